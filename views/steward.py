"""The identity steward's pages: pairs that wait, one pair side by side, deciding, and taking a decision back.

A remit opens a pair only where it covers the agencies of both records. Any other pair is as unknown as one that never
was.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from schemas import evidence, topics
from schemas.judgements import judged, undone
from schemas.topics import Message
from schemas.vocabulary import Action, JudgementKind
from views import comparing, pairs
from views.errors import JudgementNotRecorded, NotFound, NotWaiting, NotWritten
from views.pages import LookAt, show
from views.rows import Wanted
from views.services import Services, ServicesOf, StewardOf, StewardViewer

router = APIRouter()

REASON_MAX = 500
#: What a steward can decide of a pair, in the order in which it is offered.
CHOICES = (JudgementKind.SAME, JudgementKind.DIFFERENT, JudgementKind.DO_NOT_LINK)

Text = Annotated[str, Form()]


def wanted_of(why: str = "", agency: str = "", page: int = 1) -> Wanted:
    """Which pairs are wanted, as an address has it."""
    return Wanted(why=why, agency=agency, page=page)


WantedOf = Annotated[Wanted, Depends(wanted_of)]


@router.get("/reviews")
async def reviews_page(
    request: Request, services: ServicesOf, viewer: StewardOf, wanted: WantedOf, recorded: str = ""
) -> Response:
    """Which pairs wait; without names, for nobody needs them to choose one."""
    found = pairs.reviews(services.model.db, viewer.remit, wanted)
    context = {
        "wanted": wanted,
        "found": found,
        "whys": evidence.WHYS,
        "agencies": sorted(viewer.remit.agencies),
        "taking_effect": {r["review_id"]: pairs.taking_effect(services.model.db, r) for r in found.rows},
        "recorded": _recorded(services, viewer, recorded),
    }
    seen = LookAt(Action.REVIEWS, len(found.rows))
    return await show(request, services, viewer, "reviews.html", context, seen, viewer.remit.marking)


def _recorded(services: Services, viewer: StewardViewer, form: str) -> str:
    """The kind of decision that this form recorded: what an address claims is never believed."""
    return (services.sessions.remembered(viewer.session, form) or {}).get("recorded", "")


def _review(services: Services, viewer: StewardViewer, review_id: str) -> dict[str, Any]:
    found = pairs.review(services.model.db, viewer.remit, review_id)
    if found is None:
        raise NotWaiting("no such review")
    return found


@router.get("/reviews/{review_id}")
async def review_page(request: Request, services: ServicesOf, viewer: StewardOf, review_id: str) -> Response:
    """Two records side by side."""
    return await _show_review(request, services, viewer, _review(services, viewer, review_id))


async def _show_review(
    request: Request, services: Services, viewer: StewardViewer, review: Mapping[str, Any], **sent: Mapping[str, str]
) -> Response:
    db = services.model.db
    ids = [each["judgement_id"] for each in review["judgements"]]
    context = {
        "review": review,
        "lines": comparing.lines(review),
        "comparing": comparing,
        "why": evidence.WHYS.get(review["why"], review["why"]),
        "undoable": {each for each in ids if pairs.judgement(db, viewer.remit, each)},
        "taking_effect": pairs.taking_effect(db, review),
        "choices": CHOICES,
    }
    seen = LookAt(Action.REVIEW, 1, about=review["review_id"])
    return await _show_form(request, services, viewer, "review.html", context, seen, **sent)


async def _show_form(
    request: Request,
    services: Services,
    viewer: StewardViewer,
    template: str,
    context: Mapping[str, Any],
    seen: LookAt,
    asked: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Response:
    """A page with a form about one pair or one decision, which is good for that alone; `asked` is what was sent, where
    there are problems with it."""
    form = {
        "reason_max": REASON_MAX,
        "asked": asked or {},
        "problems": problems or {},
        "form": services.sessions.remember(viewer.session, {"about": str(seen.about)}),
    }
    status = 422 if problems else 200
    return await show(request, services, viewer, template, {**context, **form}, seen, viewer.remit.marking, status)


@router.post("/reviews/{review_id}")
async def decide(
    request: Request,
    services: ServicesOf,
    viewer: StewardOf,
    review_id: str,
    kind: Text = "",
    reason: Text = "",
    form: Text = "",
) -> Response:
    """Record what the steward decided of the pair."""
    review = _review(services, viewer, review_id)
    problems = ({} if kind in CHOICES else {"kind": "Select what you decide"}) | _problems_of(reason)
    problems |= _problems_of_form(services, viewer, form, review_id)
    if problems:
        asked = {"kind": kind, "reason": reason}
        return await _show_review(request, services, viewer, review, asked=asked, problems=problems)
    left, right = review["left"], review["right"]
    message = judged(
        _judgement_id(form, kind),
        JudgementKind(kind),
        left["subject_key"],
        right["subject_key"],
        by=viewer.actor.name,
        reason=reason.strip(),
        at=_decided_at(services, viewer, form),
        agencies=(left["agency"], right["agency"]),
    )
    await _record(services, viewer, form, kind, message)
    return RedirectResponse(f"/reviews?recorded={form}", status_code=303)


def _problems_of(reason: str) -> dict[str, str]:
    if not reason.strip():
        return {"reason": "Enter why"}
    if len(reason.strip()) > REASON_MAX:
        return {"reason": f"Why must be {REASON_MAX} characters or fewer"}
    return {}


def _problems_of_form(services: Services, viewer: StewardViewer, form: str, about: str) -> dict[str, str]:
    """A form is good for what it was made for, in the session that it was made in."""
    remembered = services.sessions.remembered(viewer.session, form)
    good = remembered is not None and remembered["about"] == about
    return (
        {} if good else {"form": "This form is no longer open. Nothing was recorded: look again, and send it once more"}
    )


def _judgement_id(form: str, kind: str) -> str:
    """A form sent twice says the same once. Another kind is another decision, though the form is the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{form}:{kind}"))


def _decided_at(services: Services, viewer: StewardViewer, form: str) -> datetime:
    """When the form was first sent: sent again because nobody answered, it says the same to the letter."""
    remembered = services.sessions.remembered(viewer.session, form) or {}
    if "at" not in remembered:
        remembered["at"] = services.clock().isoformat()
        services.sessions.add_to(viewer.session, form, {"at": remembered["at"]})
    return datetime.fromisoformat(remembered["at"])


async def _record(services: Services, viewer: StewardViewer, form: str, kind: str, message: Message) -> None:
    """Once a form: pressed twice, the second finds that the first was recorded."""
    async with services.deciding:
        if _recorded(services, viewer, form):
            return
        try:
            await services.writer.write(topics.JUDGEMENTS, *message)
        except NotWritten as fault:
            raise JudgementNotRecorded(str(fault)) from fault
        services.sessions.add_to(viewer.session, form, {"recorded": kind})


@router.get("/judgements")
async def judgements_page(
    request: Request, services: ServicesOf, viewer: StewardOf, wanted: WantedOf, recorded: str = ""
) -> Response:
    """What was decided of pairs that the viewer may see, whoever decided."""
    found = pairs.judgements(services.model.db, viewer.remit, wanted)
    context = {
        "wanted": wanted,
        "found": found,
        "agencies": sorted(viewer.remit.agencies),
        "undone": {r["judgement_id"]: pairs.undone_by(services.model.db, r["judgement_id"]) for r in found.rows},
        "recorded": _recorded(services, viewer, recorded),
    }
    seen = LookAt(Action.JUDGEMENTS, len(found.rows))
    return await show(request, services, viewer, "judgements.html", context, seen, viewer.remit.marking)


def _judgement(services: Services, viewer: StewardViewer, judgement_id: str) -> dict[str, Any]:
    found = pairs.judgement(services.model.db, viewer.remit, judgement_id)
    if found is None:
        raise NotFound("no such decision")
    return found


@router.get("/judgements/{judgement_id}")
async def judgement_page(request: Request, services: ServicesOf, viewer: StewardOf, judgement_id: str) -> Response:
    """One decision, and the form that takes it back."""
    return await _show_judgement(request, services, viewer, _judgement(services, viewer, judgement_id))


async def _show_judgement(
    request: Request, services: Services, viewer: StewardViewer, judgement: Mapping[str, Any], **sent: Mapping[str, str]
) -> Response:
    judgement_id = judgement["judgement_id"]
    context = {"judgement": judgement, "undone": pairs.undone_by(services.model.db, judgement_id)}
    seen = LookAt(Action.JUDGEMENT, 1, about=judgement_id)
    return await _show_form(request, services, viewer, "judgement.html", context, seen, **sent)


@router.post("/judgements/{judgement_id}/undo")
async def undo(
    request: Request, services: ServicesOf, viewer: StewardOf, judgement_id: str, reason: Text = "", form: Text = ""
) -> Response:
    """Take a decision back, whoever made it."""
    judgement = _judgement(services, viewer, judgement_id)
    problems = _problems_of(reason) | _problems_of_form(services, viewer, form, judgement_id)
    if problems:
        asked = {"reason": reason}
        return await _show_judgement(request, services, viewer, judgement, asked=asked, problems=problems)
    kind = JudgementKind.UNDO
    message = undone(
        _judgement_id(form, kind),
        judgement,
        by=viewer.actor.name,
        reason=reason.strip(),
        at=_decided_at(services, viewer, form),
    )
    await _record(services, viewer, form, kind, message)
    return RedirectResponse(f"/judgements?recorded={form}", status_code=303)
