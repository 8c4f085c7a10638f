"""The policy evaluated by an OPA server, many questions a call.

One call a question would cost more than all the rest of the bus. Only the batch rule on a constant path is asked:
opa-python-client puts a path into the address unchecked, and its own bulk call goes to /v1/query, where inputs land in
OPA's log beyond the reach of its mask.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientResponse, ClientResponseError
from opa_client.opa_async import AsyncOpaClient

from policies.load import PACKAGE
from schemas.errors import InvalidSetting, PolicyUnavailable

#: A question takes a busy server some two milliseconds: a call must stay well within its timeout.
CHUNK = 32
TIMEOUT_SECONDS = 1.5
_RULE = "results"
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,32}")
#: Else the server lets a failing builtin be undefined, which a negation turns into true. It must be text.
_STRICT = {"strict-builtin-errors": "true"}


class _Client(AsyncOpaClient):  # type: ignore[misc]  # it has no types
    """Asks the server at the address that was set, and nobody to whom an answer sends on."""

    @asynccontextmanager
    async def _request(self, method: str, url: str, **more: Any) -> AsyncIterator[ClientResponse]:
        async with super()._request(method, url, allow_redirects=False, **more) as response:
            if 300 <= response.status < 400:
                raise PolicyUnavailable("the OPA server sends on to another address: let FANLIGHT_OPA be its own")
            yield response


class OpaEngine:
    """An OPA server that serves the policy's bundle."""

    def __init__(self, url: str, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        scheme, host, port = _address(url)
        self._client = _Client(
            host=host,
            port=port,
            ssl=scheme == "https",
            # Whoever asks keeps the batch and asks again; waiting here would only hide that nothing answers.
            retries=0,
            timeout=timeout_seconds,
        )
        self._opened = False
        self._version: str | None = None

    @property
    def name(self) -> str:
        """Which engine, and its version once the server has said it; asked anew after every failure."""
        return f"opa {self._version}" if self._version else "opa"

    async def evaluate(self, inputs: Sequence[dict[str, Any]]) -> Sequence[object]:
        """One answer for each input."""
        try:
            await self._open()
            answers: list[object] = []
            for start in range(0, len(inputs), CHUNK):
                answers += await self._chunk(inputs[start : start + CHUNK])
            return answers
        except PolicyUnavailable:
            self._version = None
            raise
        except Exception as fault:
            # Its text may hold the server's answer, and so the question: only the class of the fault goes on.
            self._version = None
            raise PolicyUnavailable(f"the OPA server gave no answer ({type(fault).__name__})") from None

    async def close(self) -> None:
        """Close the connections."""
        if self._opened:
            self._opened = False
            await self._client.close_connection()

    async def _open(self) -> None:
        if not self._opened:
            # What its `async with` does; there is no public way that outlives a block.
            await self._client._init_session()
            self._opened = True
        if self._version is None:
            self._version = await self._said_version()

    async def _said_version(self) -> str:
        """The server's version; none from a server that does not show its configuration."""
        try:
            version = (await self._client.get_config())["result"]["labels"]["version"]
        except (ClientResponseError, KeyError, TypeError):
            return ""
        return version if isinstance(version, str) and _VERSION.fullmatch(version) else ""

    async def _chunk(self, inputs: Sequence[dict[str, Any]]) -> list[object]:
        names = [_name(asked) for asked in inputs]
        items = dict(zip(names, inputs, strict=True))
        reply = await self._client.query_rule({"items": items}, PACKAGE, _RULE, _STRICT)
        result = reply.get("result") if isinstance(reply, dict) else None
        if not isinstance(result, dict) or result.keys() != items.keys():
            raise PolicyUnavailable("the OPA server did not answer every question: does it serve this policy's bundle?")
        return [result[name] for name in names]


def _name(asked: dict[str, Any]) -> str:
    """Names a question by all that it asks. With its place in the batch, what a proxy kept of one batch, or gave to the
    wrong call, would pass for the answer to another."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _address(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises InvalidSetting, which does not quote the address: it may hold a password."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname is not None:
            return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 8181)
    except ValueError:  # a port that is no number, a bracket without its end
        pass
    raise InvalidSetting("FANLIGHT_OPA is no address of an OPA server: write embedded, or http://HOST:PORT") from None
