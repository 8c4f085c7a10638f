"""Each error as a page in plain words: what happened and what to do."""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import reason
from views.errors import (
    JudgementNotRecorded,
    LookNotRecorded,
    NotAllowed,
    NotFound,
    NotSignedIn,
    NotWaiting,
    PurposeNotStated,
)
from views.metrics import REFUSALS
from views.pages import plain
from views.services import COOKIE, Viewer, asks_for_stream, services_of, viewer_of

log = logging.getLogger(__name__)

PAGES = {
    400: ("There is a problem with this request", "Go back and try again."),
    403: (
        "You cannot open this page",
        "Your role does not include it. If you need it, ask your governance board.",
    ),
    404: (
        "Page not found",
        "There is no such page, or it is not one that your purpose opens. Go back and search again.",
    ),
    405: ("Page not found", "This address cannot be used in that way."),
    422: ("There is a problem with this request", "Part of it could not be read. Go back and try again."),
    500: ("Something went wrong", "Nothing was shown. Try again in a few minutes."),
    503: (
        "This page cannot be shown now",
        "Every look is written down before anything is shown. This look could not be written down, "
        "so nothing is shown. Try again in a few minutes.",
    ),
}

NOT_WAITING = (
    "This pair is not waiting",
    "Nothing was recorded. It may have been settled in the meantime, by somebody else or by what the agencies sent, or "
    "your remit may not cover it. What people decided stands on the page of decisions.",
)

NOT_DECIDED = (
    "Your decision is not known to be recorded",
    "The bus did not confirm it in time. If it got through all the same, it stands on the page of decisions. "
    "If it does not, load this page again to send it once more: it counts once, however often it is sent.",
)

#: What errors become: the page of a status, with other words than its own where there are some.
REFUSED: Mapping[type[Exception], tuple[int, tuple[str, str] | None]] = {
    NotFound: (404, None),
    NotWaiting: (404, NOT_WAITING),
    NotAllowed: (403, None),
    LookNotRecorded: (503, None),
    JudgementNotRecorded: (503, NOT_DECIDED),
    RequestValidationError: (422, None),
}

#: An open page that hears this asks for itself anew, and is told in words.
GONE = "gone"


async def refuse(request: Request, status: int, words: tuple[str, str] | None = None) -> Response:
    """The page for a status, with other words than its own where there are some."""
    title, text = words or PAGES.get(status, PAGES[500])
    REFUSALS.labels(str(status)).inc()
    viewer = None if status == 500 else await _viewer(request)
    context = {"title": title, "text": text}
    return plain(request, await services_of(request), "refusal.html", context, viewer=viewer, status=status)


async def _viewer(request: Request) -> Viewer | None:
    """Who is refused, if anybody is signed in: why they look may be why, and their way on is at the top of the page."""
    try:
        return await viewer_of(request, await services_of(request))
    except NotSignedIn:
        return None


class Unforeseen:
    """An error that nobody foresaw becomes a page, and a line in the log without its text.

    Not a handler of Exception: Starlette's stands outside the guard, whose headers its page would lack, and raises the
    error again for the server to log, with whatever it quotes of a record.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_on(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        except Exception as fault:
            log.error("an error that nobody foresaw: %s", reason(fault))
            if not begun:
                page = await refuse(Request(scope), 500)
                await page(scope, receive, send)


def _ends_stream(request: Request) -> Response | None:
    """The answer to an open page that asks for its stream again, as after sleep, and may not be shown any more.

    It would read a page of refusal as a stream of nothing, and go on showing whoever it showed.
    """
    if not asks_for_stream(request):
        return None
    return Response(f"event: {GONE}\ndata: ended\n\n", media_type="text/event-stream")


def install(app: FastAPI) -> None:
    """Every error this application raises has a page."""
    app.add_middleware(Unforeseen)

    @app.exception_handler(NotSignedIn)
    async def _not_signed_in(request: Request, fault: NotSignedIn) -> Response:
        if stream := _ends_stream(request):
            return stream
        ended = COOKIE in request.cookies
        response = RedirectResponse("/sign-in?ended=true" if ended else "/sign-in", status_code=303)
        if ended:
            response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response

    @app.exception_handler(PurposeNotStated)
    async def _purpose_not_stated(request: Request, fault: PurposeNotStated) -> Response:
        return _ends_stream(request) or RedirectResponse("/purpose", status_code=303)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, fault: HTTPException) -> Response:
        return await refuse(request, fault.status_code)

    for kind in REFUSED:
        app.add_exception_handler(kind, _refused)


async def _refused(request: Request, fault: Exception) -> Response:
    return _ends_stream(request) or await refuse(request, *REFUSED[type(fault)])
