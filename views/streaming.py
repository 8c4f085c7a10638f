"""A page that stays open: each change comes as one frame with everything derived from it, its look recorded first."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import anyio
from fastapi import APIRouter, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.responses import Response

from schemas.vocabulary import Action
from views import words
from views.analyst import FiltersOf, person_context, person_page, stored_timeline
from views.chronology import Line
from views.errors import LookNotRecorded, NotFound
from views.filters import Filters
from views.pages import render
from views.person import Gist, PersonPage
from views.refusals import GONE
from views.services import AnalystOf, AnalystViewer, Services, ServicesOf, purposes_of, record_look
from views.sessions import Session

router = APIRouter()

PING_SECONDS = 15
CLOSING_SECONDS = 3


@router.get("/people/{person}/live")
async def live(
    request: Request,
    services: ServicesOf,
    viewer: AnalystOf,
    person: str,
    filters: FiltersOf,
    since: str = "",
    session: str = "",
) -> Response:
    """Changes as they happen, from the version that the browser shows. `session` is the one that the page was opened
    in."""
    if session != viewer.session.session_id:
        # A tab in the background asks again when it is looked at. Its heading says who looked and why in that session,
        # and no frame changes the heading.
        raise NotFound("the page was opened in another session")
    stored_timeline(services, viewer, person)
    if not services.flows:
        raise HTTPException(503)
    version = request.headers.get("last-event-id") or since
    closing = anyio.Event()
    return EventSourceResponse(
        OpenPage(services, viewer, person, filters, version).frames(closing),
        ping=PING_SECONDS,
        # htmx takes a carriage return at the end of one network chunk and the line feed at the start of the next for
        # two line ends, and so cuts a frame in two. A line feed alone cannot be torn apart.
        sep="\n",
        shutdown_event=closing,
        shutdown_grace_period=CLOSING_SECONDS,
        headers={"X-Accel-Buffering": "no"},
    )


@dataclass(slots=True)
class OpenPage:
    """The page of a person that is open in a browser, in the version that is in front of the reader. `shown` is the
    gist of it; None where that is not known any more, as after a restart."""

    services: Services
    viewer: AnalystViewer
    person: str
    filters: Filters
    version: str
    shown: Gist | None = None
    #: When the session ends, once that is soon enough to be said on the page, and has been.
    ending: datetime | None = None

    async def frames(self, closing: anyio.Event) -> AsyncIterator[ServerSentEvent]:
        """A frame for each change, and one that warns of the end of the session, until `closing` is set or nothing more
        may or can be shown."""
        services, viewer = self.services, self.viewer
        self.shown = services.last_shown.find(viewer.session.session_id, self.person, self.version)
        with services.watchers.watching(viewer.audience, self.person) as changed:
            while not closing.is_set():
                changed.clear()
                if self._session() is None:
                    yield ServerSentEvent(data="ended", event=GONE)
                    return
                try:
                    frames = await self._frame(), self._warning()
                except (NotFound, LookNotRecorded):
                    # Taken back, or not to be recorded: the page reloads and is told so in words.
                    yield ServerSentEvent(data="ended", event=GONE)
                    return
                for frame in filter(None, frames):
                    yield frame
                if not services.flows:
                    # Nothing new can come. The browser finds the stream refused, and its page says that it is not live.
                    return
                await self._while_nothing_is_due(changed, closing)

    async def _while_nothing_is_due(self, changed: asyncio.Event, closing: anyio.Event) -> None:
        """Wait until something changes, the server closes, nothing more may or can be shown, the session is about to
        end, or the clock alone has changed something. Whoever signs out in another tab leaves nobody on the screen for
        long, nor does a grant that ends."""
        services, turns_at = self.services, self.shown.turns_at if self.shown else None
        seconds = min(services.look_up_seconds, services.reassess_seconds)
        for _ in range(round(services.reassess_seconds / seconds)):
            if await _first_of(changed, closing, seconds) or not services.flows:
                return
            session = self._session()
            if session is None or self._end_of(session) != self.ending:
                return
            if turns_at is not None and turns_at <= services.clock():
                return

    def _session(self) -> Session | None:
        """The session as it is now; None where it has ended, or its purpose is not registered any more. A change of
        purpose makes a new session."""
        services, viewer = self.services, self.viewer
        registered = viewer.stated in purposes_of(services, viewer.actor)
        return services.sessions.still_open(viewer.session, services.clock()) if registered else None

    def _end_of(self, session: Session) -> datetime | None:
        return session.ends_at if session.warned_at <= self.services.clock() else None

    def _warning(self) -> ServerSentEvent | None:
        """What the page has to say of the end of the session, if that is not what it says."""
        session = self._session()
        ending = self._end_of(session) if session else None
        if ending == self.ending:
            return None
        self.ending = ending
        return ServerSentEvent(data=render("person_ending.html", {"session": session if ending else None}))

    async def _frame(self) -> ServerSentEvent | None:
        """The page as it is now, if that is not what is in front of the reader. The look is recorded first."""
        services, viewer = self.services, self.viewer
        stored = stored_timeline(services, viewer, self.person)
        page = person_page(services, viewer, stored, self.filters)
        before, self.shown = self.shown, page.gist
        if self.version == page.version:
            return None
        self.version = page.version
        await record_look(services, viewer, Action.TIMELINE, len(page.every), person=self.person)
        services.last_shown.put(viewer.session.session_id, self.person, page.version, page.gist)
        context: dict[str, Any] = {**person_context(services, viewer, page), "news": news(before, page)}
        return ServerSentEvent(data=render("person_frame.html", context), id=page.version)


async def _first_of(changed: asyncio.Event, closing: anyio.Event, seconds_max: float) -> bool:
    """Whether something changes, or the server closes, before the time is over."""
    waiting = [asyncio.ensure_future(changed.wait()), asyncio.ensure_future(closing.wait())]
    try:
        done, _ = await asyncio.wait(waiting, timeout=seconds_max, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    return bool(done)


def news(before: Gist | None, page: PersonPage) -> str:
    """What changed, in words: what came, what went, what says something else than it did, and which flags with it."""
    if before is None:
        return "This page has been brought up to date."
    now = page.gist
    new = [line for line in page.every if line.event_id not in before.told]
    gone = len(before.told.keys() - now.told.keys())
    altered = sum(now.told[event_id] != before.told[event_id] for event_id in now.told.keys() & before.told.keys())
    told = (
        _arrived(new) if new else "",
        f"{words.plural(gone, 'event was', 'events were')} taken back or replaced." if gone else "",
        f"{words.plural(altered, 'event says', 'events say')} something else now." if altered else "",
        *_flags(before.active, now.active),
    )
    return " ".join(filter(None, told)) or "What is active on this timeline has changed."


def _flags(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for said, titles, known in (("Now active", now, before), ("No longer active", before, now)):
        if changed := [title for rule, title in titles.items() if rule not in known]:
            yield f"{said}: {'; '.join(changed)}."


def _arrived(new: Sequence[Line]) -> str:
    first = f"New event from {new[0].agency_name}: {new[0].title}, {new[0].when}."
    return first if len(new) == 1 else f"{len(new)} new events. {first}"
