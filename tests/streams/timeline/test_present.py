"""The JSON of a timeline: complete, the same for the same entries, and deaf to what is withheld."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.timelines import timeline_in
from streams import splicing
from streams.timeline.entries import order_of
from streams.timeline.present import present

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PURPOSE = "missing-response"
FEEDS = [
    {"feed": "niche", "agency": "police", "last_heard": NOW - timedelta(days=1)},
    {"feed": "adt", "agency": "nhs", "last_heard": NOW - timedelta(days=9)},
]
FINDING = {"rule", "title", "since", "because", "lowers", "words", "detail", "category", "owner", "source", "local"}
ENTRY = {"event_id", "type", "agency", "role", "occurred", "precision", "recorded_at", "fields", "grading", "handling"}


def _timeline(entries):
    return {"person": "pseudonym", "audience": "an-audience", "redirect": None, "entries": list(entries)}


@pytest.fixture(scope="session")
def shown(cards):
    def make(entries, purpose=PURPOSE, now=NOW, feeds=FEEDS):
        return present(_timeline(entries), purpose=purpose, policy_withheld=["…"], cards=cards, feeds=feeds, now=now)

    return make


def test_it_says_everything_the_command_line_promises(stored, shown):
    entries = [
        stored("police.missing_reported", day, fields={"risk_level": "high"}, person={"family_name": "Family"})
        for day in ("2026-04-20", "2026-05-01", "2026-05-20")
    ]
    entries += [
        stored("police.missing_located", "2026-05-21", fields={"return_interview": "completed"}),
        stored("social_care.case_closed", "2026-05-25", fields={"reason": "RC8"}),
        stored("nhs.admission", "2026-05-26", recorded_at=NOW - timedelta(days=2)),
    ]

    result = shown(entries)

    assert (result["person"], result["audience"], result["purpose"]) == ("pseudonym", "an-audience", PURPOSE)
    assert [entry["type"] for entry in result["entries"]] == [
        "police.missing_reported",
        "police.missing_reported",
        "police.missing_reported",
        "police.missing_located",
        "bus.closure_challenge",
        "social_care.case_closed",
        "nhs.admission",
    ]
    assert all(ENTRY | {"obligations", "agreement", "clause"} == entry.keys() for entry in result["entries"])
    assert result["entries"][0]["fields"] == {"risk_level": "high"}
    assert result["entries"][-1]["recorded_at"] == "2026-05-30T12:00:00Z"
    assert result["challenges"] == [result["entries"][4]["event_id"]]
    (concern,) = result["concerns"]
    (protective,) = result["protective"]
    assert FINDING | {"expires_on"} == concern.keys() == protective.keys()
    assert (concern["rule"], concern["since"]) == ("repeat-missing", "2026-05-20")
    assert concern["because"] == [entry["event_id"] for entry in result["entries"][:3]]
    assert protective["rule"] == "return-interview-held"
    assert result["card"]["family_name"]["value"] == "Family"
    assert result["feeds"] == [
        {"feed": "adt", "agency": "nhs", "last_heard": "2026-05-23T12:00:00Z"},
        {"feed": "niche", "agency": "police", "last_heard": "2026-05-31T12:00:00Z"},
    ]
    assert [(item["agency"], item["kind"], item["days"]) for item in result["quiet"]] == [("nhs", "feed_silent", 9)]
    assert result["withheld"] == ["…"]
    assert result["as_of"] == "2026-06-01T12:00:00Z"
    assert json.loads(json.dumps(result)) == result


def test_an_empty_timeline_says_so(shown):
    result = shown([], feeds=[])

    assert [result[key] for key in ("entries", "concerns", "protective", "quiet", "feeds", "challenges")] == [[]] * 6
    assert result["card"] == {}


def test_a_timeline_reads_the_same_from_its_bytes(stored, shown):
    entries = [
        stored("police.missing_reported", day, fields={"repeat_count": 2}) for day in ("2026-05-01", "2026-05-02")
    ]
    parts = [(splicing.entry_again(entry), splicing.grants(entry["grants"])) for entry in entries]
    data = splicing.timeline("pseudonym", "an-audience", None, parts)

    assert shown(timeline_in(data)["entries"]) == shown(entries)


def test_intelligence_keeps_its_grading(stored, shown):
    grading = {"source_evaluation": "2", "intelligence_assessment": "B", "handling_code": "C"}
    entry = stored("police.intelligence_report", "2026-05-01", grading=grading, handling=["S2"])

    (line,) = shown([entry])["entries"]

    assert (line["grading"], line["handling"]) == (grading, ["S2"])


def test_a_scaling_is_shown_with_its_giver(stored, shown):
    fields = {"judgement": "scaling", "scale": 4, "judged_by": "A, social worker"}
    entry = stored("social_care.human_judgement", "2026-05-01", "s", fields=fields)

    assert shown([entry])["scalings"] == [
        {
            "event_id": "s",
            "given_by": "A, social worker",
            "scale": 4,
            "occurred": "2026-05-01",
            "agency": "social_care",
        }
    ]


def test_what_is_shown_changes_when_a_grant_ends(stored, shown):
    entry = stored("school.on_roll", "2026-05-01", valid_until=NOW + timedelta(hours=3))

    assert shown([entry], feeds=[])["next_change_at"] == "2026-06-01T15:00:00Z"


_types = st.sampled_from(
    [
        "police.missing_reported",
        "police.arrest",
        "nhs.emergency_attendance",
        "school.suspension",
        "social_care.case_closed",
        "social_care.social_worker_change",
    ]
)
_days = st.integers(0, 400).map(lambda n: (NOW - timedelta(days=n)).date().isoformat())
_fields = st.fixed_dictionaries(
    {"category": st.sampled_from(["assault", "injury"]), "reason": st.sampled_from(["RC8", "RC2"])}
)


@st.composite
def _entries(draw, stored, **changes):
    made = draw(st.lists(st.tuples(_types, _days, _fields), max_size=8))
    prefix = changes.pop("prefix", "e")
    return [stored(kind, day, f"{prefix}{n}", fields=fields, **changes) for n, (kind, day, fields) in enumerate(made)]


@settings(deadline=None)
@given(data=st.data())
def test_entries_withheld_from_the_purpose_change_not_one_byte(stored, shown, data):
    granted = data.draw(_entries(stored, person={"sex": "F"}))
    other = data.draw(_entries(stored, purpose="early-help", prefix="x", person={"sex": "M"}))
    ended = data.draw(_entries(stored, valid_until=NOW, prefix="y", person={"sex": "U"}))

    assert json.dumps(shown([*other, *granted, *ended])) == json.dumps(shown(granted))


@settings(deadline=None)
@given(data=st.data())
def test_a_field_withheld_from_the_purpose_changes_not_one_byte(stored, shown, data):
    granted = data.draw(_entries(stored))
    values = st.one_of(st.none(), st.text(), st.sampled_from(["self_harm", "CSE", "M"]))
    extra = [
        entry
        | {
            "fields": entry["fields"] | {"missing_type": data.draw(values), "harm_found": data.draw(values)},
            "person": {"ethnicity": data.draw(values)},
        }
        for entry in granted
    ]

    assert json.dumps(shown(extra)) == json.dumps(shown(granted))


@settings(deadline=None)
@given(data=st.data())
def test_the_same_entries_in_any_order_and_number_give_the_same_bytes(stored, shown, data):
    entries = data.draw(_entries(stored))
    again = data.draw(st.lists(st.sampled_from(entries))) if entries else []
    mixed = data.draw(st.permutations([*entries, *again]))

    assert json.dumps(shown(mixed, feeds=FEEDS[::-1])) == json.dumps(shown(sorted(entries, key=order_of)))
