"""Each error as a page in plain words: what happened and what to do."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from views.errors import JudgementNotRecorded, LookNotRecorded, NotAllowed, NotFound, NotSignedIn, PurposeNotStated
from views.metrics import REFUSALS
from views.pages import plain
from views.services import COOKIE, services_of

PAGES = {
    400: ("There is a problem with this request", "Go back and try again."),
    403: (
        "You cannot open this page",
        "Your role does not include it. If you need it, ask your governance board.",
    ),
    404: ("Page not found", "There is no such page, or it is not one you may open. Go back and search again."),
    405: ("Page not found", "This address cannot be used in that way."),
    422: ("There is a problem with this request", "Part of it could not be read. Go back and try again."),
    500: ("Something went wrong", "Nothing was shown. Try again in a few minutes."),
    503: (
        "This page cannot be shown now",
        "Every look is written down before anything is shown. This look could not be written down, "
        "so nothing is shown. Try again in a few minutes.",
    ),
}

NOT_DECIDED = (
    "Your decision is not known to be recorded",
    "The bus did not confirm it in time. If it got through all the same, it stands on the page of decisions. "
    "If it does not, load this page again to send it once more: it counts once, however often it is sent.",
)


def refuse(request: Request, status: int, words: tuple[str, str] | None = None) -> Response:
    """The page for a status, with other words than its own where there are some."""
    title, text = words or PAGES.get(status, PAGES[500])
    REFUSALS.labels(str(status)).inc()
    return plain(request, services_of(request), "refusal.html", {"title": title, "text": text}, status=status)


def install(app: FastAPI) -> None:
    """Every error this application raises has a page."""

    @app.exception_handler(NotSignedIn)
    async def _not_signed_in(request: Request, fault: NotSignedIn) -> Response:
        ended = COOKIE in request.cookies
        response = RedirectResponse("/sign-in?ended=true" if ended else "/sign-in", status_code=303)
        if ended:
            response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response

    @app.exception_handler(PurposeNotStated)
    async def _purpose_not_stated(request: Request, fault: PurposeNotStated) -> Response:
        return RedirectResponse("/purpose", status_code=303)

    @app.exception_handler(NotFound)
    async def _not_found(request: Request, fault: NotFound) -> Response:
        return refuse(request, 404)

    @app.exception_handler(NotAllowed)
    async def _not_allowed(request: Request, fault: NotAllowed) -> Response:
        return refuse(request, 403)

    @app.exception_handler(LookNotRecorded)
    async def _look_not_recorded(request: Request, fault: LookNotRecorded) -> Response:
        return refuse(request, 503)

    @app.exception_handler(JudgementNotRecorded)
    async def _judgement_not_recorded(request: Request, fault: JudgementNotRecorded) -> Response:
        return refuse(request, 503, NOT_DECIDED)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, fault: HTTPException) -> Response:
        return refuse(request, fault.status_code)

    @app.exception_handler(RequestValidationError)
    async def _unreadable(request: Request, fault: RequestValidationError) -> Response:
        return refuse(request, 422)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, fault: Exception) -> Response:
        return refuse(request, 500)
