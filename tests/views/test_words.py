"""Days are those of England, whatever the zone of the machine and of the instant."""

import json
from datetime import UTC, date, datetime

import pytest

from policies.files import SCHEMAS
from schemas.dates import LONDON
from views import words
from views.filters import end_of
from views.pages import environment

SUMMER_MIDNIGHT = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words_for", "of"), [(words.LAWFUL_BASES, "lawful_basis"), (words.ONWARD_SHARING, "onward_sharing")]
)
def test_every_code_that_an_agreement_may_hold_has_words(words_for, of):
    schema = json.loads((SCHEMAS / "agreement.schema.json").read_text(encoding="utf-8"))
    allowed = schema["properties"][of]
    assert list(words_for) == allowed.get("items", allowed)["enum"]


def test_an_instant_is_of_the_day_it_was_in_england():
    assert words.day(SUMMER_MIDNIGHT) == "1 July 2026"
    assert words.day(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == "31 December 2026"
    assert words.day(date(2026, 7, 1)) == "1 July 2026"


@pytest.mark.parametrize("day", [date(2026, 7, 1), date(2026, 1, 1)], ids=str)
def test_the_end_of_a_day_is_of_that_day_and_the_next_second_is_not(day):
    assert words.day(end_of(day)) == words.day(day)
    assert end_of(day).astimezone(LONDON).time().isoformat() == "23:59:59"


def test_an_agreement_stands_from_midnight_in_england(policies):
    agreement = policies.agreements["county-childrens-safeguarding"]
    parts = environment().get_template("governance/agreement_parts.html").module
    begins = datetime.fromisoformat(agreement.in_force_from).replace(tzinfo=LONDON)
    assert "In force" in parts.standing(agreement, begins.astimezone(UTC))
    assert "not yet in force" in parts.standing(agreement, datetime.fromtimestamp(begins.timestamp() - 1, UTC))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-10-24T23:59:00+00:00", "25 October 2026, 00:59"),
        ("2026-10-25T00:30:00+00:00", "25 October 2026, 01:30 BST"),
        ("2026-10-25T01:30:00+00:00", "25 October 2026, 01:30 GMT"),
        ("2026-10-25T02:00:00+00:00", "25 October 2026, 02:00"),
        ("2026-03-29T00:59:00+00:00", "29 March 2026, 00:59"),
        ("2026-03-29T01:00:00+00:00", "29 March 2026, 02:00"),
    ],
)
def test_of_an_hour_that_comes_twice_it_is_said_which(at, said):
    """Who was reported missing in the one and came back in the other was away for an hour and not for none."""
    assert words.clock(datetime.fromisoformat(at)) == said
