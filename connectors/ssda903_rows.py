"""What each row of an SSDA903 file says, as events."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from connectors.cells import (
    code_in,
    date_in,
    day_in,
    moment_in,
    stated,
    subject_in,
    told_by_body,
    unknown_codes,
    written_in,
)
from connectors.connector import Context, Refused, build_event
from connectors.csv_sentences import moved, unworded
from connectors.dates import birth_of, day_moment, day_of, parse_moment
from connectors.identifiers import UPN_ABSENT, identifier
from connectors.tabular import Row
from schemas.dates import MONTHS
from schemas.events import Event, Moment, Person
from schemas.vocabulary import Precision, Sensitivity

CONTINUES = "X1"
#: Legal statuses of short breaks: when one is over, the child's case goes on.
SHORT_BREAKS = ("V3", "V4")
#: A return's year as files and tables name it: 2025, or both calendar years that it has a part of, as in 2024-25. What
#: stands after eight figures, which are a day, is a time of it.
NAMED_YEAR = re.compile(
    r"(?<![0-9])(?<![0-9]{8}[-_T ])20(?P<began>[0-9]{2})"
    r"(?:[_ ]?(?:[-\u2013/]|to)?[_ ]?(?:20)?(?P<ended>[0-9]{2}))?(?![0-9])"
)
#: A day, such as that on which a file was made. Where a name has a year besides, the day is not of the return.
NAMED_DAY = re.compile(
    r"(?<![0-9])20[0-9]{2}([-_. ])[01][0-9]\1[0-3][0-9](?![0-9])"
    rf"|(?<![0-9a-z])[0-3]?[0-9](?P<gap>[-_. ])(?:[01]?[0-9]|(?:{'|'.join(name[:3] for name in MONTHS)})[a-z]*)(?P=gap)"
    r"20[0-9]{2}(?![0-9])",
    re.IGNORECASE,
)
#: Columns and their code lists; a code that a list never had is kept and marked.
CODED = {
    "sex": "sex",
    "ethnic": "ethnicity",
    "rne": "903_reason_for_episode",
    "ls": "903_legal_status",
    "cin": "903_category_of_need",
    "place": "903_placement",
    "place_provider": "903_placement_provider",
    "rec": "903_reason_ended",
    "reason_place_change": "903_reason_place_change",
    "missing": "903_missing",
    "review_code": "903_review_participation",
    "sw_reason": "903_social_worker_reason",
    "in_touch": "903_in_touch",
    "activ": "903_activity",
    "accom": "903_accommodation",
    "sdq_reason": "903_sdq_reason",
    "prev_perm": "903_previous_permanence",
}
_code = partial(code_in, CODED)
#: RNE → what the episode is. Any other code still says that a period under one status and placement began.
EPISODES = {
    "S": "social_care.looked_after_episode",
    **dict.fromkeys("LPTBU", "social_care.placement_change"),
}
NEVER_ON_THE_BUS = (
    "adoption and permanence records never travel on the bus (Adoption and Children Act 2002 ss.56-58);"
    " leave this record out"
)


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """What the files of one delivery say together: who the children are, by CHILD, since when each counts as placed for
    adoption, by CHILD `as_protected`, and the year of the return."""

    context: Context
    people: Mapping[str, Person]
    placed_on: Mapping[str, date]
    year: str | None


Reader = Callable[[Delivery, Row], tuple[Event, ...]]


def as_protected(child: str) -> str:
    """A CHILD as one file may have it and another not: a spreadsheet takes zeros off. To protect one child too many is
    no harm, so this is for that alone."""
    return child.casefold().lstrip("0")


def year_of(day: date) -> str:
    """The calendar year in which the return's year (April to March) of this day ends."""
    return str(day.year + ((day.month, day.day) >= (4, 1)))


def named_year(text: str) -> str | None:
    """The year in which the return ends that a file's name or a column names; of two years neither is meant."""
    years = {_ended(found) for found in NAMED_YEAR.finditer(NAMED_DAY.sub("", text))}
    years = years or {_ended(found) for found in NAMED_YEAR.finditer(text)}
    return years.pop() if len(years) == 1 else None


def _ended(year: re.Match[str]) -> str:
    is_span = year["ended"] is not None and int(year["ended"]) == int(year["began"]) + 1
    return f"20{year['ended'] if is_span else year['began']}"


def person_of(row: Row) -> Person:
    """The demographics in a row. An unreadable date of birth is left to the row's own reading, which refuses it."""
    birth_date, accuracy = birth_of(parse_moment(stated(row, "dob")))
    upn = stated(row, "upn")
    return Person(
        birth_date=birth_date,
        birth_date_accuracy=accuracy,
        sex=unworded(stated(row, "sex")),
        ethnicity=unworded(stated(row, "ethnic")),
        identifiers=(
            identifier("la-child-id", row.get("child")),
            *([identifier("upn", upn)] if upn and not UPN_ABSENT.fullmatch(upn) else []),
        ),
    )


def _event(
    delivery: Delivery,
    row: Row,
    event_type: str,
    key: Sequence[str],
    occurred: Moment,
    *,
    body: Mapping[str, object] | None = None,
    sensitivities: Iterable[Sensitivity] = (),
    marks: Iterable[str] = (),
) -> Event:
    child = subject_in(row, "CHILD")
    moment_in(row, "DOB")
    person = delivery.people.get(child) or person_of(row)
    said = {name: value or None for name, value in (body or {}).items()}
    kept, moved_marks = moved(event_type, said)
    return build_event(
        delivery.context,
        event_type,
        subject=child,
        # Rows of one delivery that share a key and differ are versions of one record, and all stand: numbering them
        # would make their ids depend on the order of the file.
        natural_key=key,
        occurred=occurred,
        person=person,
        body=kept,
        marks=[*_marks(row, person, occurred), *moved_marks, *marks],
        **(written_in(row) | {"sensitivities": sorted(sensitivities)}),
    )


def _marks(row: Row, person: Person, occurred: Moment) -> Iterator[str]:
    yield from unknown_codes(CODED, row, CODED)
    for held in person.identifiers:
        if not held.valid:
            yield "check_failed:UPN" if held.system == "upn" else "check_failed:CHILD"
    if person.birth_date and occurred.precision == Precision.DAY and person.birth_date > occurred.value:
        yield "date_order:DOB"


def _span(row: Row, start: str, end: str) -> tuple[date, Moment | None, list[str]]:
    """A period that may be open: its first day, its last, and a mark where they are the wrong way round."""
    began = day_in(row, start, "say on which day it began")
    ended = date_in(row, end)
    marks = [f"date_order:{end}"] if ended is not None and ended < began else []
    return began, day_moment(ended) if ended is not None else None, marks


def _of_the_year(delivery: Delivery, row: Row) -> tuple[str, Moment, list[str]]:
    """The year of the return, by which its outcomes are known; the year to date them by; a mark if that is assumed."""
    received_on = delivery.context.received_on
    # Several returns in one file tell them apart by a column.
    named = named_year(row.get("year")) or delivery.year
    # Else the last return that was complete when the file came.
    year = named or str(int(year_of(received_on)) - 1)
    # A return is named for the year in which it ends, but nothing in it has happened after it came.
    occurred = Moment(value=min(year, str(received_on.year)), precision=Precision.YEAR)
    return year, occurred, [] if named else ["assumed:occurred"]


def _child(delivery: Delivery, row: Row, kind: str, body: Mapping[str, object] | None = None) -> tuple[Event, ...]:
    _, occurred, marks = _of_the_year(delivery, row)
    sensitivities = [Sensitivity.IMMIGRATION] if kind == "uasc" else []
    event_type = "social_care.person_details"
    return (_event(delivery, row, event_type, (kind,), occurred, body=body, sensitivities=sensitivities, marks=marks),)


def header(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """A child of the return. Of two rows on one child each says its own, which may differ."""
    date_in(row, "MC_DOB")
    return _child(replace(delivery, people={}), row, "header", {"mother": stated(row, "mother")})


def uasc(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """An unaccompanied asylum-seeking child."""
    until = date_in(row, "DUC")
    return _child(delivery, row, "uasc", {"unaccompanied_until": until.isoformat() if until else None})


def previous_permanence(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """Refused, unless it says that there was none: then it says no more than that the child is in the return."""
    if _code(row, "prev_perm") not in ("", "Z1") or stated(row, "la_perm") or stated(row, "date_perm"):
        return adoption(delivery, row)
    return _child(delivery, row, "previous_permanence")


def adoption(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """Always refused."""
    subject_in(row, "CHILD")
    raise Refused("adoption_record", NEVER_ON_THE_BUS)


def episode(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """An episode of care; where it ends the period of care, and no short break, the closing of the case too."""
    began, ended, marks = _span(row, "DECOM", "DEC")
    key = (began.isoformat(), _code(row, "rne"))
    body = {
        "reason_for_episode": _code(row, "rne"),
        "legal_status": _code(row, "ls"),
        "category_of_need": _code(row, "cin"),
        "placement_type": _code(row, "place"),
        "placement_provider": _code(row, "place_provider"),
        "ended": ended,
        "reason_ended": _code(row, "rec"),
        "reason_place_change": _code(row, "reason_place_change"),
        "home_postcode": stated(row, "home_post"),
        "placement_postcode": stated(row, "pl_post"),
        "placement_urn": stated(row, "urn"),
    }
    event_type = EPISODES.get(_code(row, "rne"), "social_care.looked_after_episode")
    sensitivities = told_by_body(event_type, body) | _placed_for_adoption(delivery, row, ended)
    event = partial(_event, delivery, row, sensitivities=sensitivities, marks=marks)
    began_event = event(event_type, key, day_moment(began), body=body)
    if ended is None or _code(row, "rec") in ("", CONTINUES) or _code(row, "ls") in SHORT_BREAKS:
        return (began_event,)
    return began_event, event("social_care.case_closed", key, ended, body={"reason": _code(row, "rec")})


def _placed_for_adoption(delivery: Delivery, row: Row, ended: Moment | None) -> set[Sensitivity]:
    """What an episode tells by going on when the child was placed."""
    placed = delivery.placed_on.get(as_protected(row.get("child")))
    return {Sensitivity.ADOPTION} if placed is not None and (ended is None or day_of(ended) >= placed) else set()


def missing(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """A child was missing or away; without an end it lasts."""
    began, ended, marks = _span(row, "MIS_START", "MIS_END")
    body = {"missing_type": _code(row, "missing"), "ended": ended}
    key = (began.isoformat(), _code(row, "missing"))
    return (_event(delivery, row, "social_care.missing_from_care", key, day_moment(began), body=body, marks=marks),)


def review(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """A review was held."""
    held = day_moment(day_in(row, "REVIEW", "say on which day it was held"))
    body = {"participation": _code(row, "review_code")}
    return (_event(delivery, row, "social_care.review", (held.value,), held, body=body),)


def outcomes(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """A year's outcomes (OC2)."""
    year, occurred, marks = _of_the_year(delivery, row)
    fields = (
        "sdq_score", "sdq_reason", "convicted", "health_check", "immunisations", "teeth_check", "health_assessment",
        "substance_misuse", "intervention_received", "intervention_offered",
    )  # fmt: skip
    body = {name: stated(row, name) for name in fields}
    event_type = "social_care.looked_after_outcomes"
    return (_event(delivery, row, event_type, (year,), occurred, body=body, marks=marks),)


def care_leaver(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """Contact with a care leaver (OC3)."""
    year, occurred, marks = _of_the_year(delivery, row)
    columns = {"in_touch": "in_touch", "activity": "activ", "accommodation": "accom"}
    body = {name: _code(row, column) for name, column in columns.items()}
    event_type, key = "social_care.care_leaver_contact", (year,)
    sensitivities = told_by_body(event_type, body)
    return (_event(delivery, row, event_type, key, occurred, body=body, sensitivities=sensitivities, marks=marks),)


def deprivation_of_liberty(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """An order that deprives a child of liberty."""
    began, ended, marks = _span(row, "DOLO_START", "DOLO_END")
    event_type, key = "social_care.deprivation_of_liberty", (began.isoformat(),)
    return (_event(delivery, row, event_type, key, day_moment(began), body={"ended": ended}, marks=marks),)


def social_worker(delivery: Delivery, row: Row) -> tuple[Event, ...]:
    """A social worker took over a case."""
    began, ended, marks = _span(row, "SW_DECOM", "SW_DEC")
    worker = stated(row, "sw_id")
    body = {"worker_reference": worker, "ended": ended, "reason": _code(row, "sw_reason")}
    key = (began.isoformat(), worker)
    return (_event(delivery, row, "social_care.social_worker_change", key, day_moment(began), body=body, marks=marks),)


#: The column that only one file has → how its rows are read. The header file, whose columns others share, is last.
#: DECOM is none of them: systems put the day on which care began into files of everything else.
READERS: Mapping[str, Reader] = {
    "rne": episode,
    "mis_start": missing,
    "review": review,
    "sdq_score": outcomes,
    "convicted": outcomes,
    "in_touch": care_leaver,
    "duc": uasc,
    "date_int": adoption,
    "date_placed": adoption,
    "prev_perm": previous_permanence,
    "dolo_start": deprivation_of_liberty,
    "sw_decom": social_worker,
    "upn": header,
    "ethnic": header,
}
