"""Whether the pages are alive, whether they are fit to be read, and how much they do. No personal data in any of it."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from views.metrics import BEHIND, UNREADABLE, WATCHING
from views.services import ServicesOf

router = APIRouter()


@router.get("/livez")
async def livez() -> Response:
    """The process answers."""
    return JSONResponse({"live": True})


@router.get("/readyz")
async def readyz(services: ServicesOf) -> Response:
    """The broker answers, we have read nearly all it holds, and the workers go on; else why not."""
    health = services.subscription.health()
    stalled = "; ".join(await services.workers.reasons())
    ready = health.reachable and health.caught_up and not stalled
    why = health.why or ("" if health.caught_up else "still reading what the bus holds") or stalled
    body = {"ready": ready, "why": why, "behind": health.behind, "unreadable": services.ingest.unreadable}
    return JSONResponse(body, status_code=200 if ready else 503)


@router.get("/metrics")
async def metrics(services: ServicesOf) -> Response:
    """For Prometheus."""
    BEHIND.set(services.subscription.health().behind or 0)
    UNREADABLE.set(services.ingest.unreadable)
    WATCHING.set(len(services.watchers))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
