"""The application: routes, guard, refusals, and what runs beside them: the reader of topics, the watch on workers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from views import analyst, doors, governance, health, refusals, steward, streaming
from views.guard import Guard
from views.pages import STATIC
from views.services import Services


class _HashedFiles(StaticFiles):
    """Files whose names change with their content: kept for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


async def _nothing() -> None:
    """Nothing to let go of."""


def create(services: Services, closing: Callable[[], Awaitable[None]] = _nothing) -> FastAPI:
    """The application over these services; `closing` is awaited when it stops."""

    @asynccontextmanager
    async def reading(_: FastAPI) -> AsyncIterator[None]:
        tasks = [
            asyncio.create_task(work) for work in (services.ingest.run(services.subscription), services.workers.watch())
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await closing()

    # FastAPI's own documentation pages load scripts from elsewhere.
    app = FastAPI(title="Fanlight", docs_url=None, redoc_url=None, openapi_url=None, lifespan=reading)
    app.state.services = services
    for part in (doors, analyst, streaming, steward, governance, health):
        app.include_router(part.router)
    app.mount("/static", _HashedFiles(directory=STATIC), name="static")
    refusals.install(app)
    app.add_middleware(Guard)
    return app
