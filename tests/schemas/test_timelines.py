"""A timeline reads the same whether its entries hold what was granted or name it."""

import pytest

from schemas.codec import encode
from schemas.errors import InvalidEvent
from schemas.timelines import TIMELINE, timeline_in

GRANT = {
    "purposes": ["missing-response"],
    "agreement": "a",
    "clause": "A-1",
    "obligations": [],
    "fields": ["risk_level"],
    "masked": [],
    "valid_until": None,
}
ENTRY = {
    "decision_id": "d",
    "event_id": "e",
    "type": "police.arrest",
    "agency": "police",
    "role": "suspect",
    "occurred": {"value": "2026-03-01", "precision": "day"},
    "handling": [],
    "fields": {},
    "person": {},
    "grants": [],
}
HEAD = {"person": "p", "audience": "a"}


def _read(grants, entry):
    return timeline_in(encode(TIMELINE, HEAD | {"grants": grants, "entries": [ENTRY | entry]}))


def test_what_an_entry_names_is_what_it_holds():
    assert _read({"x": [GRANT], "y": []}, {"granted": "x"}) == _read({}, {"grants": [GRANT]})


def test_a_name_that_stands_nowhere_is_no_timeline():
    with pytest.raises(InvalidEvent, match="does not hold"):
        _read({"x": [GRANT]}, {"granted": "z"})


def test_an_entry_says_of_which_it_is_a_version():
    entries = [ENTRY, ENTRY | {"event_id": "f"}, ENTRY | {"event_id": "g"}]
    read = timeline_in(encode(TIMELINE, HEAD | {"versions": {"e": "e", "f": "e"}, "entries": entries}))
    assert [entry.get("version_of") for entry in read["entries"]] == ["e", "e", None]
