"""Spliced bytes equal encoded bytes."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import codec
from streams.splicing import timeline as splice_timeline
from streams.timeline.entries import encode_entry, order_of


def _timeline(entries, redirect=None):
    return {"person": "pseudonym", "audience": "an-audience", "redirect": redirect, "entries": entries}


# 63 | 64 and 8191 | 8192 are where the count of an Avro array grows by a byte.
@pytest.mark.parametrize("entries", [0, 1, 2, 63, 64, 8191, 8192])
def test_a_spliced_timeline_is_the_encoded_one_byte_for_byte(stored, entries):
    entry = stored("police.arrest", "2026-03-01", fields={"offence_group": "theft", "strip_search": False})
    spliced = splice_timeline("pseudonym", "an-audience", None, [encode_entry(entry)] * entries)

    assert spliced == codec.encode("fanlight.bus.Timeline", _timeline([entry] * entries))


def test_a_redirect_is_spliced_too(stored):
    spliced = splice_timeline("pseudonym", "an-audience", "another", [])

    assert spliced == codec.encode("fanlight.bus.Timeline", _timeline([], "another"))


_values = st.one_of(st.none(), st.text(), st.integers(-(2**62), 2**62), st.booleans(), st.lists(st.text()))


@given(fields=st.lists(st.dictionaries(st.text(min_size=1), _values, max_size=3), max_size=4))
def test_whatever_the_entries_hold_splicing_equals_encoding(stored, fields):
    entries = [
        stored("police.arrest", "2026-03-01", fields=some, recorded_at=datetime(2026, 3, 2, tzinfo=UTC))
        for some in fields
    ]

    spliced = splice_timeline("pseudonym", "an-audience", None, [encode_entry(entry) for entry in entries])

    assert spliced == codec.encode("fanlight.bus.Timeline", _timeline(entries))


def test_entries_stand_by_when_they_happened_then_by_type_then_by_id(stored):
    entries = [
        stored("police.arrest", "2026-03-01", "b"),
        stored("nhs.admission", "2026-03-01T09:00:00Z"),
        stored("police.arrest", "2026-03-01", "a"),
        stored("nhs.admission", "2026-03-01", "c"),
        stored("nhs.admission", "2026-02"),
    ]

    assert [entry["event_id"] for entry in sorted(entries, key=order_of)] == [
        "nhs.admission 2026-02",
        "c",
        "a",
        "b",
        "nhs.admission 2026-03-01T09:00:00Z",
    ]
