"""The governance board's pages: what was decided and why, what it adds up to, who looked, what was agreed.

Searches go by outcome, agency, clause and event, never by a child's name: nothing here holds one.
"""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from policies.explain import reason_in_words
from schemas.vocabulary import Action, Agency
from views import audit, words
from views.errors import NotFound
from views.pages import OFFICIAL, LookAt, plain, show
from views.references import as_kept, references_to
from views.rows import Wanted
from views.services import GovernorOf, ServicesOf, ViewerOf

router = APIRouter()


def wanted_of(
    outcome: str = "",
    agency: str = "",
    clause: str = "",
    event: str = "",
    audience: str = "",
    actor: str = "",
    action: str = "",
    about: str = "",
    page: int = 1,
) -> Wanted:
    """What a governance search asks for, as its address has it."""
    return Wanted(
        outcome=outcome,
        agency=agency,
        clause=clause.strip(),
        event=event.strip().lower(),
        audience=audience,
        actor=actor,
        action=action,
        about=as_kept(about),
        page=page,
    )


WantedOf = Annotated[Wanted, Depends(wanted_of)]


@router.get("/decisions")
async def decisions_page(request: Request, services: ServicesOf, viewer: GovernorOf, wanted: WantedOf) -> Response:
    """The decisions of the gate that are asked for, newest first."""
    found = audit.decisions(services.model.db, wanted)
    context = {
        "wanted": wanted,
        "found": found,
        "outcomes": (*audit.OUTCOMES, audit.WAITING),
        "agencies": list(Agency),
        "clauses": audit.choices(services.model.db, "decisions", "clause"),
        "audiences": audit.choices(services.model.db, "decisions", "audience"),
        "reason_in_words": partial(reason_in_words, services.policies),
    }
    return await show(request, services, viewer, "decisions.html", context, LookAt(Action.DECISIONS, len(found.rows)))


@router.get("/decisions/{decision_id}")
async def decision_page(request: Request, services: ServicesOf, viewer: GovernorOf, decision_id: str) -> Response:
    """One decision: which clause of which agreement decided, and what became of each field."""
    decision = audit.decision(services.model.db, decision_id)
    if decision is None:
        raise NotFound("no such decision")
    others = audit.decisions(services.model.db, Wanted(event=decision["event_id"]))
    context = {
        "decision": decision,
        "others": [d for d in others.rows if d["decision_id"] != decision_id],
        "revision": services.policies.revision,
        "reason_in_words": partial(reason_in_words, services.policies),
    }
    return await show(request, services, viewer, "decision.html", context, LookAt(Action.EXPLAIN, 1, about=decision_id))


@router.get("/counts")
async def counts_page(request: Request, services: ServicesOf, viewer: GovernorOf) -> Response:
    """How many decisions there are by audience, agency and outcome, and whether they add up."""
    counts = audit.counts(services.model.db)
    context = {"counts": counts, "outcomes": audit.OUTCOMES}
    seen = LookAt(Action.DECISIONS, len(counts.rows))
    return await show(request, services, viewer, "counts.html", context, seen, OFFICIAL)


@router.get("/looks")
async def looks_page(request: Request, services: ServicesOf, viewer: GovernorOf, wanted: WantedOf) -> Response:
    """The looks that are asked for, newest first: who looked at what, and why."""
    # A look stands under the reference of its day: of two who were found to be one, each keeps its own.
    named = references_to(wanted.about)
    others = services.model.references(services.policies.audiences, named).difference(named)
    found = audit.looks(services.model.db, wanted, {*named, *others})
    context = {
        "others": sorted(others),
        "wanted": wanted,
        "found": found,
        "actors": audit.choices(services.model.db, "looks", "actor"),
        "actions": words.ACTIONS,
        "names": {actor.actor_id: actor.name for actor in services.actors.values()},
    }
    return await show(request, services, viewer, "looks.html", context, LookAt(Action.LOOKS, len(found.rows)))


@router.get("/feeds")
async def feeds_page(request: Request, services: ServicesOf, viewer: ViewerOf) -> Response:
    """When each feed was last heard: about no person, so not a look."""
    context = {"feeds": services.model.feeds()}
    return plain(request, services, "feeds.html", context, viewer=viewer)


@router.get("/agreements")
async def agreements_page(request: Request, services: ServicesOf, viewer: ViewerOf) -> Response:
    """The register of agreements."""
    return plain(request, services, "agreements.html", {"policies": services.policies}, viewer=viewer)


@router.get("/agreements/{agreement_id}")
async def agreement_page(request: Request, services: ServicesOf, viewer: ViewerOf, agreement_id: str) -> Response:
    """One agreement, clause by clause."""
    agreement = services.policies.agreements.get(agreement_id)
    if agreement is None:
        raise NotFound("no such agreement")
    context = {"agreement": agreement, "policies": services.policies}
    return plain(request, services, "agreement.html", context, viewer=viewer)
