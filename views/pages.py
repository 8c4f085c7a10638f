"""Templates into pages. A page about anybody is sent only after its look is written down."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, select_autoescape

from schemas.vocabulary import Action
from views import words
from views.fields import said
from views.finding import birth, identifiers_of, value_of
from views.references import about_whom, short_reference
from views.services import Services, Viewer, record_look

STATIC = Path(__file__).parent / "static"
OFFICIAL = "OFFICIAL"
OFFICIAL_SENSITIVE = "OFFICIAL-SENSITIVE"
#: Characters that nobody sees and that turn the direction of what stands around them. A name reads right without them.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class LookAt:
    """What a page lets somebody look at, as the record of looks puts it."""

    action: Action
    shown: int
    person: str | None = None
    about: str | None = None


@cache
def asset(name: str) -> str:
    """The address of a built file; its name carries a hash, so it may be kept for ever."""
    manifest = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    return f"/static/{manifest[name]['file']}"


@cache
def environment() -> Environment:
    """Our templates and GOV.UK's, with everything escaped."""
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    found = Environment(
        loader=ChoiceLoader([PackageLoader("views"), govuk]),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(
        asset=asset,
        words=words,
        about_whom=about_whom,
        value_of=value_of,
        identifiers_of=identifiers_of,
        birth=birth,
        said=partial(said, "person"),
    )
    found.filters["reference"] = short_reference
    return found


def render(template: str, context: Mapping[str, Any]) -> str:
    """A template as text, in which nothing that a partner wrote turns the text around it."""
    return _TURNING.sub("", environment().get_template(template).render(context))


async def show(
    request: Request,
    services: Services,
    viewer: Viewer,
    template: str,
    context: Mapping[str, Any],
    seen: LookAt | Sequence[LookAt],
    marking: str = OFFICIAL_SENSITIVE,
    status: int = 200,
) -> HTMLResponse:
    """A page that lets somebody see something: the look first, or each where it shows several, then the page."""
    looks = [seen] if isinstance(seen, LookAt) else seen
    await asyncio.gather(
        *(record_look(services, viewer, s.action, s.shown, person=s.person, about=s.about) for s in looks)
    )
    return _page(request, services, template, {"viewer": viewer, "marking": marking, **context}, status)


def plain(
    request: Request,
    services: Services,
    template: str,
    context: Mapping[str, Any],
    *,
    viewer: Viewer | None = None,
    marking: str = OFFICIAL,
    status: int = 200,
) -> HTMLResponse:
    """A page that shows nothing about anybody."""
    return _page(request, services, template, {"viewer": viewer, "marking": marking, **context}, status)


def _page(request: Request, services: Services, template: str, context: Mapping[str, Any], status: int) -> HTMLResponse:
    frame = {
        "path": request.url.path,
        "now": services.clock(),
        "health": services.subscription.health(),
        "flows": services.flows,
        "audience_titles": {name: audience.title for name, audience in services.policies.audiences.items()},
    }
    return HTMLResponse(render(template, {**frame, **context}), status_code=status)


def marking_of(services: Services, viewer: Viewer) -> str:
    """How this audience's pages are marked."""
    terms = services.policies.audiences.get(viewer.actor.audience or "")
    return terms.marking if terms else OFFICIAL_SENSITIVE
