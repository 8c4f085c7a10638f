"""The analyst's pages: find a young person, read their timeline, open one entry. Nothing before a purpose."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from schemas.dates import YEARS
from schemas.vocabulary import Action
from views.chronology import Line
from views.errors import NotFound
from views.filters import DATES, SPANS, Filters, filters_of
from views.finding import Question, bare_identifier, find, words_of
from views.pages import LookAt, marking_of, plain, show
from views.person import PersonPage, build
from views.presenting import Reading, Timeline
from views.references import is_pseudonym
from views.services import AnalystOf, AnalystViewer, Services, ServicesOf

router = APIRouter()

FiltersOf = Annotated[Filters, Depends(filters_of)]
Text = Annotated[str, Form()]
TYPED_MAX = 200


@router.get("/find")
async def find_page(request: Request, services: ServicesOf, viewer: AnalystOf) -> Response:
    """The form that asks who is looked for."""
    context: dict[str, Any] = {"asked": {}, "problems": {}}
    return plain(request, services, "find.html", context, viewer=viewer, marking=marking_of(services, viewer))


@router.post("/find")
async def ask(
    request: Request,
    services: ServicesOf,
    viewer: AnalystOf,
    name: Text = "",
    day: Text = "",
    month: Text = "",
    year: Text = "",
    identifier: Text = "",
) -> Response:
    """Keep the question on the server and go to its answer: what was asked never stands in an address."""
    asked = {key: value.strip() for key, value in
             {"name": name, "day": day, "month": month, "year": year, "identifier": identifier}.items()}  # fmt: skip
    problems = _problems(asked)
    if problems:
        context = {"asked": asked, "problems": problems}
        marking = marking_of(services, viewer)
        return plain(request, services, "find.html", context, viewer=viewer, marking=marking, status=422)
    search = services.sessions.remember(viewer.session, asked)
    return RedirectResponse(f"/find/{search}", status_code=303)


def _problems(asked: dict[str, str]) -> dict[str, str]:
    if long := [part for part in ("name", "identifier") if len(asked[part]) > TYPED_MAX]:
        return {part: f"Enter {TYPED_MAX} characters or fewer" for part in long}
    if not any(asked.values()):
        return {"name": "Enter a name, a date of birth or an identifier"}
    if (asked["day"] or asked["month"] or asked["year"]) and not _birth_date(asked):
        return {"birth_date": "Enter a real date of birth, like 27 3 2011"}
    if asked["name"] and not words_of(asked["name"]):
        return {"name": "Enter a name with at least one letter"}
    if asked["identifier"] and not bare_identifier(asked["identifier"]):
        return {"identifier": "Enter an identifier with its letters or digits"}
    return {}


def _birth_date(asked: dict[str, str]) -> str:
    try:
        born = date(int(asked["year"]), int(asked["month"]), int(asked["day"]))
    except (ValueError, OverflowError):
        return ""
    # A year of two digits is a slip: as the year 11 it would find nobody.
    return born.isoformat() if born.year in YEARS else ""


@router.get("/find/{search}")
async def found_page(request: Request, services: ServicesOf, viewer: AnalystOf, search: str) -> Response:
    """The people who fit a question asked before, and why; no such page where this session did not ask it."""
    asked = services.sessions.remembered(viewer.session, search)
    if asked is None:
        raise NotFound("no such search in this session")
    question = Question(name=asked["name"], birth_date=_birth_date(asked), identifier=asked["identifier"])
    answer = find(services.model, viewer.audience, viewer.stated, question, services.clock())
    context = {"asked": asked, "problems": {}, "answer": answer}
    # Of each who is shown, so that a board that asks who has seen somebody finds this too.
    seen = [LookAt(Action.FIND, 1, found.person) for found in answer.found] or LookAt(Action.FIND, 0)
    return await show(request, services, viewer, "found.html", context, seen, marking_of(services, viewer))


def stored_timeline(services: Services, viewer: AnalystViewer, person: str) -> Timeline:
    """A person's timeline for the viewer's own audience. Raises NotFound where there is none, or only another's."""
    stored = services.model.timeline(viewer.audience, person) if is_pseudonym(person) else None
    if stored is None:
        raise NotFound("no such timeline")
    return stored


def _led_here(services: Services, viewer: AnalystViewer, former: str, person: str) -> bool:
    """Whether a reference leads to this person: what an address claims is never believed."""
    return former != person and is_pseudonym(former) and services.model.leads_to(viewer.audience, former) == person


def _led_on(services: Services, viewer: AnalystViewer, person: str) -> PersonPage:
    """The page of whoever `person` was found to be one with. Raises NotFound where the viewer's purpose sees nothing
    there: it is not told that the two are one either."""
    led = services.model.leads_to(viewer.audience, person)
    return person_page(services, viewer, stored_timeline(services, viewer, led), Filters())


def person_page(services: Services, viewer: AnalystViewer, stored: Timeline, filters: Filters) -> PersonPage:
    """The page of a timeline under the viewer's purpose. Raises NotFound where that purpose sees nothing of it."""
    reading = Reading(
        cards=services.cards,
        policies=services.policies,
        timeline=stored,
        purpose=viewer.stated,
        feeds=services.model.feeds(),
    )
    now = services.clock()
    page = build(reading, filters, now)
    # That somebody is known under another purpose is not told by a page of a past day either.
    if not page.every and not reading.present(now)["entries"]:
        raise NotFound("nothing under this purpose")
    return page


def person_context(services: Services, viewer: AnalystViewer, page: PersonPage) -> dict[str, Any]:
    """The variables of the person templates."""
    agencies = sorted({(line.agency, line.agency_name) for line in page.every}, key=lambda pair: pair[1])
    return {
        "page": page,
        "agencies": agencies,
        "types": _kinds(page.every),
        "spans": SPANS,
        "dates": DATES,
        "ask": services.policies.audiences[viewer.audience].ask,
        "problems": dict(page.filters.problems),
    }


def _kinds(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """The kinds of entry to choose from, by title; one that several agencies have says whose it is."""
    kinds = {line.event_type: line for line in lines}
    alike = Counter(line.title for line in kinds.values())
    titles = {
        kind: line.title if alike[line.title] == 1 else f"{line.title}, {line.agency_name}"
        for kind, line in kinds.items()
    }
    return sorted(titles.items(), key=lambda pair: pair[1])


@router.get("/people/{person}")
async def timeline_page(
    request: Request, services: ServicesOf, viewer: AnalystOf, person: str, filters: FiltersOf, former: str = ""
) -> Response:
    """The page of one young person across agencies. `former` is the reference that led here, if it is another one: of
    somebody found to be the same."""
    stored = stored_timeline(services, viewer, person)
    if stored["redirect"] is not None:
        led = _led_on(services, viewer, person)
        asked = filter(None, (f"former={person}", filters.query()))
        return RedirectResponse(f"/people/{led.person}?{'&'.join(asked)}", status_code=303)
    page = person_page(services, viewer, stored, filters)
    if page.filters.as_of is None:
        # A page of a past day is not live, and what is new is not told against it.
        services.last_shown.put(viewer.session.session_id, person, page.version, page.gist)
    context = person_context(services, viewer, page)
    context["former"] = former if _led_here(services, viewer, former, person) else None
    # A filter narrows the chronology alone: the drawing and the flags show every entry.
    seen = LookAt(Action.TIMELINE, len(page.every), person)
    return await show(request, services, viewer, "person.html", context, seen, marking_of(services, viewer))


@router.get("/people/{person}/entries/{event_id}")
async def entry_page(request: Request, services: ServicesOf, viewer: AnalystOf, person: str, event_id: str) -> Response:
    """The page of one entry: all that was shared of it, and under which clause."""
    stored = stored_timeline(services, viewer, person)
    led = stored["redirect"] is not None
    page = _led_on(services, viewer, person) if led else person_page(services, viewer, stored, Filters())
    line = page.by_id.get(event_id)
    if line is None:
        raise NotFound("no such entry")
    if led:
        return RedirectResponse(f"/people/{page.person}/entries/{event_id}", status_code=303)
    flags = [f for f in (*page.concerns, *page.protective) if event_id in f["because"]]
    context = {"page": page, "line": line, "flags": flags}
    seen = LookAt(Action.ENTRY, 1, person)
    return await show(request, services, viewer, "entry.html", context, seen, marking_of(services, viewer))
