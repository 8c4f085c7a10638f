"""Headers on every answer, and nothing for other sites: no form, and no page under another site's name.

Pure ASGI, so that live streams pass unwrapped.
"""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The hash is that of the one inline script in GOV.UK Frontend's page template; a test computes it again.
TEMPLATE_SCRIPT = "'sha256-GUQ5ad8JK5KmEWmROf3LZd9ge94daqNvd8xy9YS1iDw='"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' {TEMPLATE_SCRIPT}",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'none'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def is_loopback(name: str) -> bool:
    """Whether the name or address of a host is this machine's own, and nobody else's."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def asked_of_this_machine(headers: Headers) -> bool:
    """Whether a browser asked for a loopback address. Any site can let its own name lead to 127.0.0.1, and its pages
    are then of one origin with ours; but they ask under that name."""
    try:
        return is_loopback(urlsplit(f"//{headers.get('host', '')}").hostname or "")
    except ValueError:  # brackets that are never closed
        return False


def from_this_site(headers: Headers) -> bool:
    """Whether a browser sent this from one of our own pages; a request that does not say so is not trusted."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


class Guard:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = _refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)


def _refusal(method: str, headers: Headers) -> PlainTextResponse | None:
    if not asked_of_this_machine(headers):
        return PlainTextResponse("These pages are for this machine alone: open them at 127.0.0.1.", status_code=421)
    if method not in SAFE_METHODS and not from_this_site(headers):
        return PlainTextResponse("This form was not sent from a Fanlight page.", status_code=403)
    return None
