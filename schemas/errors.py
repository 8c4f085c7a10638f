"""The errors that several rooms raise. Those of one room stand in its own `errors.py` or beside what raises them.

    BusError
    ├── InvalidEvent        an event that does not fit its Avro record
    │   └── Misfit          a field of it holds what has not the form of what belongs there
    ├── InvalidJudgement    a decision about two source records that is not whole
    ├── InvalidMapping      a mapping file that cannot be applied
    ├── InvalidActivation   an activation of a model that is not whole
    ├── InvalidKey          a deployment key that cannot be used
    ├── InvalidSetting      a setting that cannot be used
    ├── UnknownModel        a model of identity that this release does not ship
    ├── InvalidAgreement    an agreement, audience, prohibition or rule card that does not load
    └── PolicyUnavailable   no complete, well-typed answer from the policy engine

Messages name the fact and the way out, and never a person's data.
"""

import traceback


class BusError(Exception):
    """Something the bus can say in one sentence."""


class InvalidEvent(BusError):
    """An event does not fit its Avro record."""


class Misfit(InvalidEvent):
    """A field of an event holds what has not the form of what belongs there; `field` is its path."""

    def __init__(self, field: str) -> None:
        super().__init__(
            f"{field} has not the form of what belongs there; send an id, a date or a code as its record says"
        )
        self.field = field


class InvalidJudgement(BusError):
    """A decision about two source records is not whole."""


class InvalidMapping(BusError):
    """A mapping file cannot be applied."""


class InvalidActivation(BusError):
    """An activation of a model is not whole."""


class InvalidKey(BusError):
    """A deployment key that cannot be used."""


class InvalidSetting(BusError):
    """A setting that cannot be used."""


class UnknownModel(BusError):
    """A model of identity that this release does not ship."""


class InvalidAgreement(BusError):
    """An agreement, audience, prohibition or rule card does not load."""


class PolicyUnavailable(BusError):
    """The policy engine gave no complete, well-typed answer: nothing may be released until it does."""


def reason(error: BaseException) -> str:
    """What happened and where, for a log. The text of an exception not our own is left out: it may quote a record."""
    if isinstance(error, BusError):
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
