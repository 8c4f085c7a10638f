"""What an audience is told whoever the young person is, and which cards can be judged on it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from policies.attributes import field_labels
from policies.casebook import attributes
from policies.instants import instant_ns
from policies.rulecards import load
from policies.ruling import parse_ruling
from policies.told import judgeable, told
from schemas.catalogue import event_records

ANALYST, LEAD = "police-intelligence-analyst", "designated-safeguarding-lead"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GRADED = {"source_evaluation": "2", "intelligence_assessment": "B", "handling_code": "P"}
BEFORE, AFTER = datetime(2025, 6, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)


def _judged(policy, audience=ANALYST, purpose="missing-response", now=NOW):
    """Whether `missing-24-hours` can be judged on a report of which no end is known."""
    (card,) = judgeable([card for card in load() if card.id == "missing-24-hours"], policy, audience, purpose, now)
    assert any(item.at_least for item in card.inputs)
    return any(item.unended for item in card.inputs)


def _with_clause(policy, agreement, clause, **changes):
    """The policy in which a clause has other terms."""
    signed = policy.agreements[agreement]
    clauses = {**signed.clauses, clause: replace(signed.clauses[clause], **changes)}
    return replace(policy, agreements={**policy.agreements, agreement: replace(signed, clauses=clauses)})


@pytest.mark.parametrize("now", [NOW, BEFORE, AFTER], ids=["now", "before an agreement began", "after one began"])
@pytest.mark.parametrize("audience", [ANALYST, LEAD])
def test_it_is_never_more_than_the_engine_grants_an_event_without_particulars(policy, engine, asking, audience, now):
    kinds = sorted(event_records())
    asked = [attributes({"audience": audience, "event_type": kind, **GRADED}) for kind in kinds]
    answers = asking(engine, [each.as_input(instant_ns(now)) for each in asked])
    found = 0
    for kind, answer in zip(kinds, answers, strict=True):
        ruling = parse_ruling(answer, policy.revision, field_labels(kind), "embedded", asked_ns=0)
        granted = {grant.purpose: frozenset(grant.fields) | frozenset(grant.masked) for grant in ruling.grants}
        for purpose in policy.audiences[audience].purposes:
            fields = told(policy, audience, purpose, kind, now)
            if fields is not None:
                assert fields <= granted[purpose], (purpose, kind)
                found += 1
    assert found > 20


@pytest.mark.parametrize(
    ("audience", "purpose"),
    [
        (ANALYST, "missing-response"),
        (ANALYST, "exploitation-mace-l1"),
        (ANALYST, "s47-enquiry"),
        (ANALYST, "strategy-discussion"),
        (LEAD, "early-help"),
        (LEAD, "s47-enquiry"),
    ],
)
def test_a_report_without_a_return_says_something_to_whom_returns_are_told(policy, audience, purpose):
    assert _judged(policy, audience, purpose)


def test_it_says_nothing_under_a_purpose_that_passes_reports_alone(policy):
    assert told(policy, ANALYST, "emergency-vital-interests", "police.missing_located", NOW) is None
    assert not _judged(policy, ANALYST, "emergency-vital-interests")


def test_it_says_nothing_before_the_agreement_that_passes_returns(policy):
    assert not _judged(policy, now=BEFORE)


@pytest.mark.parametrize(
    ("clause", "changes"),
    [
        ("EM-1", {"event_types": ("police.missing_reported",)}),
        ("EM-1", {"outcome": "REVIEW"}),
        ("EM-1", {"roles": ("subject",)}),
        ("EM-1", {"conditions": {"emergency": (True,)}}),
        ("EM-15", {"fields": {"missing_type": "pass"}}),
        ("EM-15", {"fields": {"missing_type": "pass", "ended": "drop"}}),
    ],
    ids=["no returns", "a person decides", "only in one role", "only in an emergency", "no ends", "ends dropped"],
)
def test_it_says_nothing_where_some_returns_are_not_told(policy, clause, changes):
    assert _judged(policy)
    assert not _judged(_with_clause(policy, "exploitation-and-missing", clause, **changes))


@pytest.mark.parametrize(
    ("clause", "changes"),
    [("EM-1", {"outcome": "REVIEW"}), ("EM-15", {"fields": {"missing_type": "pass"}, "labels": {}})],
    ids=["a person decides", "no ends"],
)
def test_it_says_nothing_where_a_clause_beside_the_one_that_tells_is_stricter(policy, clause, changes):
    signed = policy.agreements["exploitation-and-missing"]
    beside = replace(signed.clauses[clause], id="EM-99", **changes)
    both = replace(signed, clauses={**signed.clauses, beside.id: beside})
    assert not _judged(replace(policy, agreements={**policy.agreements, signed.id: both}))


def test_it_says_nothing_under_a_purpose_that_the_audience_is_not_registered_for(policy):
    known = policy.audiences[ANALYST]
    other = replace(known, purposes=tuple(name for name in known.purposes if name != "missing-response"))
    assert not _judged(replace(policy, audiences={**policy.audiences, ANALYST: other}))


def test_what_names_the_report_that_a_return_ends_need_not_be_told(policy):
    assert _judged(_with_clause(policy, "exploitation-and-missing", "EM-1", fields={"missing_since": "drop"}))


def test_an_end_in_a_coarser_form_is_told(policy):
    assert _judged(_with_clause(policy, "exploitation-and-missing", "EM-15", fields={"ended": "mask"}))


@pytest.mark.parametrize(
    ("changes", "judged"),
    [
        ({"effect": "DENY", "when": {"event_type": ("police.missing_located",)}}, False),
        ({"effect": "REVIEW", "when": {"agency": ("social_care",)}}, False),
        ({"effect": "drop", "fields": ("ended",), "when": {"controller": ("police",)}}, False),
        ({"effect": "drop", "fields": ("ended",), "when": {"controller": ("nhs",)}}, True),
        ({"effect": "drop", "fields": ("ended",), "when": {"sensitivities": ("family_court",)}}, True),
        ({"effect": "drop", "fields": ("ended",), "unless": ({"controller": ("police",)},)}, True),
        ({"effect": "drop", "fields": ("ended",), "unless": ({"controller": ("nhs",)}, {"emergency": (True,)})}, False),
    ],
    ids=[
        *("a type denied", "an agency held", "a field dropped", "for somebody else", "for what the event is"),
        *("but for them", "but for somebody else"),
    ],
)
def test_a_prohibition_counts_where_it_concerns_a_kind_of_event(policy, changes, judged):
    law = replace(policy.prohibitions["third-party"], id="another", labels=(), **changes)

    assert _judged(replace(policy, prohibitions={**policy.prohibitions, "another": law})) is judged
