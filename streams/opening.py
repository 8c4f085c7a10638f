"""Events as they come off a topic: what the bytes are, and whether that is what they say they are.

Policy decides by the type that the header claims and copies fields out of the record: the two must be one.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from schemas.catalogue import event_records
from schemas.codec import decode_header, decode_rest, record_name, renewed
from schemas.dates import YEARS
from schemas.errors import InvalidEvent, Misfit
from schemas.forms import form_of, is_reference, naming_form_of
from schemas.functions import Forms, any_text


class Opened(NamedTuple):
    """An event read from beginning to end.

    `rest` is its person and its own fields, which begin at `rest_at` in `data`: the event as this release writes it.
    `front` is the header's part of a fanlight.bus.Entry.
    """

    name: str
    header: dict[str, Any]
    rest: dict[str, Any]
    rest_at: int
    data: bytes
    front: bytes


def open_event(data: bytes, *, arriving: bool = False) -> Opened:
    """The whole event; raises InvalidEvent.

    Of one that is `arriving` each field must have its form: what belongs there is shown as it is, and words must not
    be. What was taken in before stands. What is shown nowhere itself has only to name what it is about, as taking back
    must not fail for want of a form.
    """
    name = record_name(data)
    if name not in _shown():
        raise InvalidEvent(f"{name} is no event")
    forms = forms_of(name) if arriving else any_text
    data = renewed(data)
    header, rest_at, front = decode_header(data, forms)
    if arriving and header["received_at"].year not in YEARS:
        # An empty instant of whoever published it. Feeds are timed by it, and what came later counts.
        raise Misfit("header.received_at")
    if fault := _fault(name, header["type"], header["agency"]):
        raise InvalidEvent(fault)
    rest = decode_rest(name, data, rest_at, forms)
    if arriving and (person := rest.get("person")):
        _check_numbers(person)
    return Opened(name, header, rest, rest_at, data, front)


def forms_of(name: str) -> Forms:
    """Which form each text of an event record must have that arrives."""
    return form_of if _shown()[name] else naming_form_of


@cache
def _shown() -> Mapping[str, bool]:
    """The names of all event records, and whether what they say can be shown itself."""
    return {kind.name: kind.can_be_entry for kind in event_records().values()}


def _check_numbers(person: Mapping[str, Any]) -> None:
    """Numbers that fail their check are kept whatever they are: they are shown to no audience."""
    for each in person["identifiers"]:
        if each["valid"] and not is_reference(each["value"]):
            raise Misfit("person.identifiers")


@lru_cache(maxsize=1024)
def _fault(name: str, event_type: str, agency: str) -> str | None:
    """What is wrong with what the header of a `name` says that it is, in words."""
    kind = event_records().get(event_type)
    if kind is None or kind.name != name:
        return f"the type in the header is not that of {name}"
    if event_type.partition(".")[0] != agency:
        return "the type in the header is of another agency than the header's own"
    return None
