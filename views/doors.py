"""The way in: signing in as a synthetic person, stating a purpose, signing out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from schemas.vocabulary import Purpose
from views import words
from views.actors import Actor
from views.errors import NotAllowed
from views.pages import plain, render
from views.services import COOKIE, Services, ServicesOf, Viewer, ViewerOf, purposes_of
from views.sessions import TOTAL_MAX

router = APIRouter()


def _home(actor: Actor, purpose: str | None) -> str:
    if actor.governs:
        return "/decisions"
    if actor.remit is not None:
        return "/reviews"
    return "/find" if purpose else "/purpose"


def _purpose_of_role(services: Services, actor: Actor) -> str | None:
    """The purpose that a role has by itself: that of a board or of a steward's remit; None where one must be stated."""
    if actor.governs:
        return Purpose.GOVERNANCE_AUDIT.value
    remit = services.remits.get(actor.remit or "")
    return remit.purpose if remit else None


def _go(address: str, token: str | None = None) -> Response:
    response = RedirectResponse(address, status_code=303)
    if token is not None:
        response.set_cookie(COOKIE, token, max_age=int(TOTAL_MAX.total_seconds()), httponly=True, samesite="lax")
    return response


@router.get("/")
async def home(viewer: ViewerOf) -> Response:
    """Leads on to where the actor's work begins."""
    return _go(_home(viewer.actor, viewer.purpose))


@router.get("/sign-in")
async def sign_in_page(request: Request, services: ServicesOf, ended: bool = False) -> Response:
    """The form that asks who signs in; `ended` says that a session has just ended."""
    return _sign_in(request, services, ended=ended)


def _sign_in(request: Request, services: Services, *, ended: bool = False, problem: str = "") -> Response:
    context = {"actors": services.actors.values(), "ended": ended, "problem": problem}
    return plain(request, services, "sign_in.html", context, status=422 if problem else 200)


@router.post("/sign-in")
async def sign_in(request: Request, services: ServicesOf, actor: Annotated[str, Form()] = "") -> Response:
    """Begin a session under a new token, whatever session there was."""
    chosen = services.actors.get(actor)
    if chosen is None:
        return _sign_in(request, services, problem="Select who you are")
    now = services.clock()
    former = services.sessions.find(request.cookies.get(COOKIE), now)
    if former is not None:
        services.sessions.end(former)
    purpose = _purpose_of_role(services, chosen)
    return _go(_home(chosen, purpose), services.sessions.start(chosen.actor_id, purpose, now))


@router.post("/stay")
async def stay(services: ServicesOf, viewer: ViewerOf) -> Response:
    """Keep the session open, which asking does; the answer is what the page then has to say before it ends."""
    return HTMLResponse(render("parts/ending_later.html", {"viewer": viewer, "now": services.clock()}))


@router.post("/sign-out")
async def sign_out(request: Request, services: ServicesOf) -> Response:
    """End the session here and in the browser."""
    session = services.sessions.find(request.cookies.get(COOKIE), services.clock())
    if session is not None:
        services.sessions.end(session)
    response = _go("/sign-in")
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


@router.get("/purpose")
async def purpose_page(request: Request, services: ServicesOf, viewer: ViewerOf) -> Response:
    """The form that asks for the purpose of looking."""
    return _purpose(request, services, viewer)


def _purpose(request: Request, services: Services, viewer: Viewer, problem: str = "") -> Response:
    audience = viewer.actor.audience
    if audience is None:
        raise NotAllowed("this role states no purpose")
    purposes = purposes_of(services, viewer.actor)
    # Told before it is chosen: in an emergency nobody has the time to find out by searching.
    empty = {code for code in purposes if not services.model.holds_anybody(audience, code)}
    context = {"choices": [(code, words.purpose(code)) for code in purposes], "empty": empty, "problem": problem}
    return plain(request, services, "purpose.html", context, viewer=viewer, status=422 if problem else 200)


@router.post("/purpose")
async def state_purpose(
    request: Request, services: ServicesOf, viewer: ViewerOf, purpose: Annotated[str, Form()] = ""
) -> Response:
    """Go on under a new token for the purpose, if it is one of the audience's own."""
    if purpose not in purposes_of(services, viewer.actor):
        return _purpose(request, services, viewer, "Select why you are looking")
    token = services.sessions.change_purpose(viewer.session, purpose, services.clock())
    return _go("/find", token)


@router.get("/cookies")
async def cookies_page(request: Request, services: ServicesOf) -> Response:
    """The page on the one cookie that is set."""
    return plain(request, services, "cookies.html", {"cookie": COOKIE})


@router.get("/accessibility")
async def accessibility_page(request: Request, services: ServicesOf) -> Response:
    """The accessibility statement: what was tested and what is known to be wrong."""
    return plain(request, services, "accessibility.html", {})
