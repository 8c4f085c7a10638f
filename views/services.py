"""Everything a page needs, put together once where the program starts and handed to every route."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from policies.load import PolicySet
from policies.remits import Remit
from policies.rulecards import RuleCard
from schemas import topics
from schemas.looks import Look
from schemas.vocabulary import Action
from views.actors import Actor
from views.errors import LookNotRecorded, NotAllowed, NotSignedIn, NotWritten, PurposeNotStated
from views.ingest import Ingest, Subscription
from views.live import LastShown, Watchers
from views.metrics import LOOKS
from views.read_model import ReadModel
from views.sessions import Session, Sessions
from views.workers import Workers
from views.writing import Writer

COOKIE = "fanlight-session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts behind the pages; clock, ids and tokens are handed in, so that a test can hold them still."""

    model: ReadModel
    sessions: Sessions
    writer: Writer
    watchers: Watchers
    last_shown: LastShown = field(default_factory=LastShown)
    ingest: Ingest
    subscription: Subscription
    policies: PolicySet
    cards: Sequence[RuleCard]
    remits: Mapping[str, Remit]
    actors: Mapping[str, Actor]
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    workers: Workers = field(default_factory=lambda: Workers(()))
    reassess_seconds: float = 60.0
    look_up_seconds: float = 3.0
    #: Held while a decision is recorded, so that a form pressed twice is seen to be.
    deciding: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def flows(self) -> bool:
        """Whether what agencies send can reach the pages now: the broker answers, and no worker stands still."""
        return self.subscription.health().reachable and not self.workers.stand_still


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The actor who asks for this page, in their session."""

    actor: Actor
    session: Session

    @property
    def purpose(self) -> str | None:
        """Why they look."""
        return self.session.purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalystViewer(Viewer):
    """A viewer who has an audience and has stated a purpose that is registered for it."""

    audience: str
    stated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardViewer(Viewer):
    """A viewer who holds a remit that is in force."""

    remit: Remit


# Coroutines, though they await nothing: FastAPI runs anything else in threads beside the loop, and the one connection
# that each database has is the loop's.


async def services_of(request: Request) -> Services:
    """The services of this application."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesOf = Annotated[Services, Depends(services_of)]


def asks_for_stream(request: Request) -> bool:
    """Whether an open page asks for its stream, of itself and whenever it lost it; no person does."""
    return "text/event-stream" in request.headers.get("accept", "")


async def viewer_of(request: Request, services: ServicesOf) -> Viewer:
    """Who asks; asking keeps the session alive, unless an open page does it."""
    now = services.clock()
    session = services.sessions.find(request.cookies.get(COOKIE), now)
    actor = services.actors.get(session.actor_id) if session else None
    if session is None or actor is None:
        raise NotSignedIn("nobody is signed in")
    if not asks_for_stream(request):
        session = services.sessions.touch(session, now)
    return Viewer(actor=actor, session=session)


ViewerOf = Annotated[Viewer, Depends(viewer_of)]


def purposes_of(services: Services, actor: Actor) -> tuple[str, ...]:
    """The purposes registered for the actor's audience."""
    terms = services.policies.audiences.get(actor.audience or "")
    return terms.purposes if terms else ()


async def analyst_of(viewer: ViewerOf, services: ServicesOf) -> AnalystViewer:
    """A viewer who may open timelines of their own audience, for the purpose stated."""
    if viewer.actor.audience is None:
        raise NotAllowed("this role opens no timeline")
    # Registered purposes change with the agreements: a session never outlives its purpose.
    if viewer.purpose is None or viewer.purpose not in purposes_of(services, viewer.actor):
        raise PurposeNotStated("no purpose stated")
    return AnalystViewer(
        actor=viewer.actor, session=viewer.session, audience=viewer.actor.audience, stated=viewer.purpose
    )


async def governor_of(viewer: ViewerOf) -> Viewer:
    """A viewer who audits."""
    if not viewer.actor.governs:
        raise NotAllowed("this page is for the governance board")
    return viewer


async def steward_of(viewer: ViewerOf, services: ServicesOf) -> StewardViewer:
    """A viewer who may see records side by side, within their remit and for as long as it is in force."""
    remit = services.remits.get(viewer.actor.remit or "")
    if remit is None or not remit.in_force(services.clock()):
        raise NotAllowed("this role compares no records")
    return StewardViewer(actor=viewer.actor, session=viewer.session, remit=remit)


AnalystOf = Annotated[AnalystViewer, Depends(analyst_of)]
GovernorOf = Annotated[Viewer, Depends(governor_of)]
StewardOf = Annotated[StewardViewer, Depends(steward_of)]


async def record_look(
    services: Services,
    viewer: Viewer,
    action: Action,
    shown: int,
    *,
    person: str | None = None,
    about: str | None = None,
) -> None:
    """Write down that this viewer is about to see something, before anything is sent. Raises LookNotRecorded."""
    look = Look(
        look_id=services.new_id(),
        actor=viewer.actor.actor_id,
        role=str(viewer.actor.role),
        audience=viewer.actor.audience,
        purpose=viewer.purpose,
        action=action,
        person=person,
        shown=shown,
        at=services.clock(),
        about=about,
    )
    try:
        await services.writer.write(topics.LOOKS, *look.message())
    except NotWritten as fault:
        raise LookNotRecorded(f"look {look.look_id}: {fault}") from fault
    LOOKS.labels(action).inc()
