"""Spliced records are the bytes that the codec would have written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.ruling import Grant, Ruling
from schemas.codec import decode_header, encode, encode_body, prefix
from schemas.timelines import timeline_in
from schemas.vocabulary import Outcome
from streams import splicing

IDS = st.uuids().map(str)
NOW = datetime(2026, 11, 22, 12, 0, 0, 5000, tzinfo=UTC)
GRANT = Grant(
    purpose="missing-response",
    agreement="a",
    clause="A-1",
    obligations=("no_onward_sharing",),
    fields=("risk_level",),
    masked=("last_seen_location",),
    valid_until_ns=1_900_000_000_000_000_000,
)
RULINGS = st.sampled_from(
    [
        Ruling(
            outcome=outcome,
            agreement="a",
            clause="A-1",
            reasons=("permitted",),
            grants=grants,
            dropped=("notes",),
            revision="r1",
            engine="an engine",
        )
        for outcome, grants in ((Outcome.PERMIT, (GRANT,)), (Outcome.DENY, ()))
    ]
)

VALUES = st.one_of(
    st.text(max_size=80),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False),
    st.booleans(),
    st.lists(st.text(max_size=5), max_size=3),
)
GRADINGS = st.none() | st.just({"source_evaluation": "1", "intelligence_assessment": "A", "handling_code": "P"})
INSTANTS = st.none() | st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def front(entry):
    """That of an event whose header says this, and whatever no entry says besides."""
    unsaid = {key: "x" * 100 for key in ("feed", "system", "subject", "subject_key", "record_key", "regime", "consent")}
    lists = {"sensitivities": ["x"], "marks": ["x"]}
    header = {**unsaid, **lists, **entry, "schema_version": 1, "received_at": datetime(2026, 3, 1, tzinfo=UTC)}
    return decode_header(
        prefix("fanlight.police.Arrest") + encode_body("fanlight.Header", header | {"emergency": True})
    )[2]


@given(RULINGS, IDS, st.dictionaries(st.text(max_size=8), VALUES, max_size=4), GRADINGS, INSTANTS, st.text(max_size=70))
def test_a_spliced_entry_is_what_the_codec_writes(ruling, event_id, values, grading, recorded_at, code):
    if recorded_at is not None:
        recorded_at = recorded_at.replace(microsecond=recorded_at.microsecond // 1000 * 1000)
    entry = {
        "event_id": event_id,
        "type": "police.missing_reported",
        "agency": "police",
        "role": "missing_person",
        "occurred": {"value": "2026-03-01", "precision": "day"},
        "recorded_at": recorded_at,
        "decision_id": "d",
        "grading": grading,
        "handling": [code],
        "fields": values,
        "person": {"aliases": [code]},
    }
    grants = ruling.as_record()["grants"]
    spliced = splicing.entry("d", front(entry), values, entry["person"])
    granted = splicing.grants(grants)
    assert spliced + granted.alone == encode_body("fanlight.bus.Entry", entry | {"grants": grants})
    named = encode_body("fanlight.bus.Entry", entry | {"grants": [], "granted": "0123456789abcdef"})
    assert len(spliced + granted.named) == len(named)
    assert named.startswith(spliced)
    assert splicing.entry_again(entry | {"grants": grants}) == spliced


@given(IDS, IDS, IDS, st.sampled_from(["police-intelligence-analyst", "é"]), st.none() | IDS)
def test_a_spliced_disclosure_and_its_recall_are_what_the_codec_writes(person, event_id, decision_id, audience, link):
    record = {
        "kind": "recalled",
        "audience": audience,
        "person": person,
        "decision_id": decision_id,
        "reason": "moved",
        "link": link,
        "event_id": event_id,
        "entry": None,
    }
    assert splicing.recall(audience, person, event_id, decision_id, "moved", link) == encode(
        "fanlight.bus.Disclosure", record
    )
    released = encode("fanlight.bus.Disclosure", record | {"kind": "disclosed", "reason": None, "link": None})
    spliced = splicing.disclosure(audience, person, event_id, decision_id, b"ENTRY", splicing.grants([]))
    assert spliced == released[:-1] + b"\x02ENTRY\x00\x00"


def _entry(number, grants):
    return {
        "decision_id": f"decision {number}",
        "event_id": f"event {number}",
        "type": "police.arrest",
        "agency": "police",
        "role": "suspect",
        "occurred": {"value": "2026-03-01", "precision": "day"},
        "recorded_at": NOW,
        "grading": None,
        "handling": [],
        "fields": {"offence_group": "theft", "strip_search": False},
        "person": {},
        "grants": grants,
    }


def _spliced(entries, redirect=None):
    parts = [(splicing.entry_again(entry), splicing.grants(entry["grants"])) for entry in entries]
    return splicing.timeline("pseudonym", "an-audience", redirect, parts)


# 63 | 64 and 8191 | 8192 are where the count of an Avro array grows by a byte.
@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 8191, 8192])
def test_a_timeline_says_once_what_was_granted(count):
    one, other = [RULINGS.elements[0].as_record()["grants"], []]
    entries = [_entry(number, other if number % 3 == 1 else one) for number in range(count)]
    value = _spliced(entries)
    record = {
        "person": "pseudonym",
        "audience": "an-audience",
        "redirect": None,
        "entries": entries,
    }
    assert timeline_in(value) == timeline_in(encode("fanlight.bus.Timeline", record))
    said = sorted({splicing.grants(entry["grants"]).said[1:17].decode(): entry["grants"] for entry in entries}.items())
    named = [
        entry | {"grants": [], "granted": splicing.grants(entry["grants"]).said[1:17].decode()} for entry in entries
    ]
    assert value == encode("fanlight.bus.Timeline", record | {"grants": dict(said), "entries": named})


def test_a_timeline_may_lead_to_another():
    record = {
        "person": "pseudonym",
        "audience": "an-audience",
        "redirect": "another",
        "entries": [],
    }
    assert _spliced([], "another") == encode("fanlight.bus.Timeline", record)


def test_a_timeline_says_which_entries_are_versions_of_one_record():
    entries = [_entry(number, []) for number in range(3)]
    versions = {"event 2": "event 0", "event 0": "event 0"}
    parts = [(splicing.entry_again(entry), splicing.grants([])) for entry in entries]
    (named,) = {granted.said[1:17].decode() for _, granted in parts}
    record = {
        "person": "pseudonym",
        "audience": "an-audience",
        "redirect": None,
        "grants": {named: []},
        "versions": dict(sorted(versions.items())),
        "entries": [entry | {"granted": named} for entry in entries],
    }
    value = splicing.timeline("pseudonym", "an-audience", None, parts, versions)
    assert value == encode("fanlight.bus.Timeline", record)
