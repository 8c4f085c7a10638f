"""Why a page is not shown. Each becomes a page of its own words in `views.refusals`."""

from schemas.errors import BusError


class NotSignedIn(BusError):
    """Nobody is signed in, or the session has ended."""


class PurposeNotStated(BusError):
    """Nothing about a young person is shown before a purpose is stated."""


class NotFound(BusError):
    """There is no such page for this actor; whether there is one for another is not said."""


class NotWaiting(NotFound):
    """No such pair waits for this actor: it may have been settled, or never have been theirs, which is said of both."""


class NotAllowed(BusError):
    """The actor's role does not open this page."""


class NotWritten(BusError):
    """A message is not known to be durable; it may be yet, or never."""


class LookNotRecorded(BusError):
    """The look could not be written down, so nothing is shown."""


class JudgementNotRecorded(BusError):
    """A decision about two records is not known to be durable, so nothing is claimed."""


class UnsafeHost(BusError):
    """Synthetic sign-in would be reachable from another machine."""
