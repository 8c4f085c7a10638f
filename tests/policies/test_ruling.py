"""Anything but a complete, well-typed answer is no answer."""

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.ruling import Grant, Ruling, parse_ruling
from schemas.errors import PolicyUnavailable
from schemas.vocabulary import Outcome

ASKED_NS = 1_767_225_600_000_000_000  # the beginning of 2026, in UTC; what is granted ends with 2029
LABELS = {
    "risk_level": "routine",
    "last_seen_location": "address-protected",
    "notes": "free-text",
    "person.sex": "identity",
}
GRANT = {
    "purpose": "missing-response",
    "agreement": "an-agreement",
    "clause": "A-1",
    "obligations": ["no_onward_sharing"],
    "fields": ["risk_level"],
    "masked": ["last_seen_location"],
    "valid_until_ns": 1_893_456_000_000_000_000,
}
PERMIT = {
    "outcome": "PERMIT",
    "agreement": "an-agreement",
    "clause": "A-1",
    "reasons": ["permitted"],
    "grants": [GRANT],
    "dropped": ["person.sex", "notes"],
    "revision": "r1",
}
DENY = {
    "outcome": "DENY",
    "agreement": None,
    "clause": None,
    "reasons": ["no_clause"],
    "grants": [],
    "dropped": sorted(LABELS),
    "revision": "r1",
}
REVIEW = DENY | {"outcome": "REVIEW", "clause": "a-prohibition", "reasons": ["prohibition:a-prohibition"]}


def parse(answer):
    return parse_ruling(answer, "r1", LABELS, "an engine 1.0", asked_ns=ASKED_NS)


def test_a_whole_answer_is_read_as_it_is():
    assert parse(PERMIT) == Ruling(
        outcome=Outcome.PERMIT,
        agreement="an-agreement",
        clause="A-1",
        reasons=("permitted",),
        grants=(
            Grant(
                purpose="missing-response",
                agreement="an-agreement",
                clause="A-1",
                obligations=("no_onward_sharing",),
                fields=("risk_level",),
                masked=("last_seen_location",),
                valid_until_ns=1_893_456_000_000_000_000,
            ),
        ),
        dropped=("notes", "person.sex"),
        revision="r1",
        engine="an engine 1.0",
    )
    assert parse(DENY).outcome is Outcome.DENY
    assert parse(REVIEW).outcome is Outcome.REVIEW


def test_a_ruling_is_written_as_the_decision_record_has_it():
    assert parse(PERMIT).as_record() == {
        "outcome": Outcome.PERMIT,
        "agreement": "an-agreement",
        "clause": "A-1",
        "revision": "r1",
        "reasons": ["permitted"],
        "grants": [
            {
                "purposes": ["missing-response"],
                "agreement": "an-agreement",
                "clause": "A-1",
                "obligations": ["no_onward_sharing"],
                "fields": ["risk_level"],
                "masked": ["last_seen_location"],
                "valid_until": datetime(2030, 1, 1, tzinfo=UTC),
            }
        ],
        "dropped": ["notes", "person.sex"],
        "engine": "an engine 1.0",
    }


def test_the_digest_names_what_was_decided_and_not_which_engine_decided():
    other = parse_ruling(PERMIT, "r1", LABELS, "another engine", asked_ns=0)
    assert other.digest == parse(PERMIT).digest != parse(DENY).digest


def test_equal_grants_are_one_in_a_set():
    assert {*parse(PERMIT).grants, *parse(copy.deepcopy(PERMIT)).grants} == {parse(PERMIT).grants[0]}


def changed(answer, path, value):
    answer = copy.deepcopy(answer)
    node = answer
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return answer


def granting(**changes):
    """An answer whose grant is another, and of which nothing else is wrong."""
    grant = GRANT | changes
    return PERMIT | {"grants": [grant], "dropped": sorted({*LABELS} - {*grant["fields"], *grant["masked"]})}


NO_ANSWERS = {
    "nothing": None,
    "an empty object": {},
    "a truthy word": "false",
    "true": True,
    "undefined, as regorus says it": "<undefined>",
    "a list": [PERMIT],
    "a page of HTML": "<html>",
    "half an answer": {k: v for k, v in PERMIT.items() if k != "grants"},
    "more than an answer": PERMIT | {"allow": True},
    "an answer within an answer": {"result": PERMIT},
    "another revision": changed(PERMIT, ["revision"], "r0"),
    "no revision": changed(PERMIT, ["revision"], None),
    "an outcome in small letters": changed(PERMIT, ["outcome"], "permit"),
    "an outcome of true": changed(PERMIT, ["outcome"], True),
    "an outcome nobody knows": changed(PERMIT, ["outcome"], "ALLOW"),
    "a permit without grants": PERMIT | {"grants": [], "dropped": sorted(LABELS)},
    "a permit without reasons": changed(PERMIT, ["reasons"], []),
    "a permit under another clause than it grants": changed(PERMIT, ["clause"], "A-2"),
    "a permit under no agreement": changed(PERMIT, ["agreement"], None),
    "a denial with grants": changed(PERMIT, ["outcome"], "DENY"),
    "a review with grants": changed(PERMIT, ["outcome"], "REVIEW"),
    "a review without its clause": changed(REVIEW, ["clause"], None),
    "reasons that are a word": changed(DENY, ["reasons"], "no_clause"),
    "reasons that are numbers": changed(DENY, ["reasons"], [1]),
    "a reason twice": changed(DENY, ["reasons"], ["no_clause", "no_clause"]),
    "a reason within a list": changed(DENY, ["reasons"], [["no_clause"]]),
    "grants that are an object": changed(PERMIT, ["grants"], {"0": GRANT}),
    "a grant that is a word": changed(PERMIT, ["grants", 0], "missing-response"),
    "a grant without its fields": changed(PERMIT, ["grants", 0], {k: v for k, v in GRANT.items() if k != "fields"}),
    "a grant with one key more": changed(PERMIT, ["grants", 0, "all"], True),
    "a grant for an unknown purpose": changed(PERMIT, ["grants", 0, "purpose"], "curiosity"),
    "two grants for one purpose": changed(PERMIT, ["grants"], [GRANT, GRANT]),
    "a permit whose first grant is another's": changed(PERMIT, ["agreement"], "another-agreement"),
    "grants out of order": changed(PERMIT, ["grants"], [GRANT, GRANT | {"purpose": "early-help"}]),
    "an end that is a word": changed(PERMIT, ["grants", 0, "valid_until_ns"], "2030"),
    "an end that is true": changed(PERMIT, ["grants", 0, "valid_until_ns"], True),
    "an end that has come": changed(PERMIT, ["grants", 0, "valid_until_ns"], ASKED_NS),
    "an end on no day of the calendar": changed(PERMIT, ["grants", 0, "valid_until_ns"], 10**30),
    "an end that is a fraction": changed(PERMIT, ["grants", 0, "valid_until_ns"], 1.5),
    "a field the event does not have": granting(fields=["risk_level", "shoe_size"]),
    "a field that never passes": granting(fields=["risk_level", "notes"]),
    "a masked field that never passes": granting(masked=["notes"]),
    "a field both whole and masked": granting(masked=["risk_level"]),
    "a field neither granted nor dropped": changed(PERMIT, ["dropped"], ["notes"]),
    "a field both granted and dropped": changed(PERMIT, ["dropped"], ["notes", "person.sex", "risk_level"]),
    "a clause without a name": changed(DENY, ["clause"], ""),
}


def test_another_grant_is_another_answer():
    assert parse(granting(fields=["risk_level", "person.sex"])).outcome is Outcome.PERMIT


@pytest.mark.parametrize("answer", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_an_answer_that_is_not_whole_and_well_typed_is_none(answer):
    with pytest.raises(PolicyUnavailable):
        parse(answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([PERMIT, DENY, REVIEW]), st.sampled_from(sorted(PERMIT)), JSON)
def test_no_answer_with_one_part_replaced_is_a_crash_or_a_wider_permit(answer, key, value):
    try:
        ruling = parse(answer | {key: value})
    except PolicyUnavailable:
        return
    granted = {name for grant in ruling.grants for name in (*grant.fields, *grant.masked)}
    assert granted <= {"risk_level", "last_seen_location"}


@given(st.text(max_size=20))
def test_what_is_said_of_a_bad_answer_does_not_repeat_it(text):
    with pytest.raises(PolicyUnavailable) as said:
        parse(PERMIT | {"clause": f"<{text}>"})
    assert f"<{text}>" not in str(said.value)
