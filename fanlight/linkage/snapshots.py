"""A row of records.csv, and a decision on two records, as the resolver of the bus takes them."""

import re
from datetime import date
from functools import cache

from connectors.dates import parse_date, parse_moment
from connectors.identifiers import identifier
from fanlight.linkage.contract import COLUMNS, Row, side_of
from fanlight.linkage.decisions import Decision
from schemas.letters import visible
from streams.identity.judgements import Judgement
from streams.identity.normalise import name_words
from streams.identity.snapshot import Demographics

_SYSTEMS = {"nhs_number": "nhs-number", "upn": "upn", "la_child_id": "la-child-id"}
#: How long before a birth it may be told of; a birth date further ahead is a slip.
_PREGNANCY_DAYS = 300
_ISO_DAY = len("2026-02-24")
#: A spreadsheet with one empty cell writes a whole column of numbers so.
_FRACTION = re.compile(r"^([0-9]+)\.0+$")
_PLACES = [(COLUMNS.index(column), system) for column, system in _SYSTEMS.items()]


def demographics(row: Row) -> Demographics:
    """Who a row says its record is. Sex is left out: it is no evidence."""
    _, _, _, given, middle, family, aliases, born, _, postcode, address, _, _, _, protected, observed = row.cells
    birth_date = _day(born)
    return Demographics(
        given_name=given or None,
        middle_names=middle or None,
        family_name=family or None,
        aliases=_aliases(aliases),
        birth_date=birth_date,
        birth_date_expected=not name_words(given) and _is_expected(birth_date, _day(observed)),
        postcode=postcode or None,
        address=address or None,
        identifiers=tuple(_identifier(system, row.cells[place]) for place, system in _PLACES if row.cells[place]),
        protected=side_of(protected),
    )


def judgement(decision: Decision) -> Judgement:
    """A decision as the resolver takes it; the file does not say when it was made, and nothing depends on it."""
    return Judgement(
        judgement_id=decision.decision_id,
        kind=str(decision.kind),
        left=decision.left,
        right=decision.right,
        undoes=decision.undoes,
        by=decision.by,
        reason=decision.reason,
        at=None,
    )


@cache
def _aliases(cell: str) -> tuple[str, ...]:
    return tuple(alias.strip() for alias in cell.split(";") if alias.strip())


@cache
def _day(cell: str) -> str | None:
    """A date as far as it is told, and never its time; None for what is no date, as connectors do."""
    cell = visible(cell)
    if day := parse_date(cell):
        return day.isoformat()
    moment = parse_moment(cell)
    return moment.value if moment else None


def _is_expected(born: str | None, seen: str | None) -> bool:
    """Whether a source wrote a birth date down before it, both to the day. Of a child with a name that is a slip."""
    if born is None or seen is None or born <= seen or not len(born) == len(seen) == _ISO_DAY:
        return False
    return (date.fromisoformat(born) - date.fromisoformat(seen)).days <= _PREGNANCY_DAYS


@cache
def _identifier(system: str, cell: str) -> tuple[str, str, bool]:
    found = identifier(system, _FRACTION.sub(r"\1", visible(cell).strip()))
    return found.system, found.value, found.valid
