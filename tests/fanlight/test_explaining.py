"""Decisions in words at the command line."""

from datetime import UTC, datetime

import pytest

from fanlight.commands.explaining import COARSER, print_decisions, print_waiting
from policies.attributes import field_labels
from policies.explain import explain
from policies.load import PolicySet
from policies.masking import maskable
from schemas.catalogue import event_records
from schemas.vocabulary import Outcome

POLICY = PolicySet.load()
EVENT = "police.missing_reported"
GRANT = {
    "purposes": ["missing-response"],
    "agreement": "exploitation-and-missing",
    "clause": "EM-1",
    "obligations": ["no_onward_sharing"],
    "fields": ["last_seen", "missing_from"],
    "masked": ["person.postcode"],
    "valid_until": datetime(2028, 8, 31, 23, tzinfo=UTC),
}
PERMIT = {
    "decision_id": "d-1",
    "event_type": EVENT,
    "audience": "police-intelligence-analyst",
    "outcome": "PERMIT",
    "agreement": "exploitation-and-missing",
    "clause": "EM-1",
    "revision": POLICY.revision,
    "reasons": ["permitted"],
    "grants": [GRANT],
    "at": datetime(2026, 7, 1, 23, 30, tzinfo=UTC),
}
DENY = PERMIT | {
    "outcome": "DENY",
    "agreement": None,
    "clause": "sexual-health",
    "reasons": ["prohibition:sexual-health"],
    "grants": [],
}


def reading(capsys, *made: dict, in_force: bool = True, policy: PolicySet = POLICY) -> list[str]:
    """The lines that a person reads of decisions on one event."""
    explained = [
        {"decision_id": each["decision_id"], "audience": each["audience"]}
        | explain(policy, each, each["event_type"])
        | {"revision_in_force": in_force}
        for each in made
    ]
    print_decisions("e-1", list(zip(made, explained, strict=True)))
    return capsys.readouterr().out.splitlines()


def under(lines: list[str], heading: str) -> list[str]:
    """The lines that stand under a heading, without their indent."""
    found = []
    for line in lines[lines.index(f"  {heading}") + 1 :]:
        if not line.startswith("    "):
            break
        found.append(line.strip())
    return found


def test_a_permit_says_for_whom_since_when_and_by_which_clause_in_its_words(capsys):
    lines = reading(capsys, PERMIT)
    assert lines[0] == f"{EVENT} e-1, for police-intelligence-analyst"
    assert "  PERMIT since 2 July 2026, 00:30: released as said below" in lines  # as clocks in England show it
    text = POLICY.clause("exploitation-and-missing", "EM-1").text
    version = POLICY.agreements["exploitation-and-missing"].version
    assert f"  clause EM-1 of exploitation-and-missing version {version}: {text}" in lines
    assert "  because: A clause permits it, and no prohibition stands against it [permitted]" in lines


@pytest.mark.parametrize(("in_force", "words"), [(True, "is"), (False, "is not")])
def test_it_says_whether_the_revision_is_in_force(in_force, words, capsys):
    told = f"  made at revision {POLICY.revision}, which {words} in force"
    assert told in reading(capsys, PERMIT, in_force=in_force)


def test_purposes_stand_with_what_whoever_reads_must_observe_and_until_when(capsys):
    (told,) = under(reading(capsys, PERMIT), "for these purposes:")
    assert told.startswith("missing-response: clause EM-1 of exploitation-and-missing")
    assert told.endswith(", until 1 September 2028, 00:00; obligations: no_onward_sharing")


def test_every_field_is_passed_masked_or_dropped_once_and_says_why(capsys):
    lines = reading(capsys, PERMIT)
    assert under(lines, "passed:") == ["last_seen, missing_from: Clause EM-1 passes it; for missing-response"]
    (masked,) = under(lines, "masked:")
    assert masked.startswith("person.postcode (postcode district only): ")
    dropped = under(lines, "dropped:")
    assert any(each.startswith("risk_rationale, notes: Free text never flows") for each in dropped)
    named = [name for line in dropped for name in line.split(": ")[0].split(", ")]
    assert sorted([*named, "last_seen", "missing_from", "person.postcode"]) == sorted(field_labels(EVENT))


def test_a_denial_names_the_prohibition_and_its_law(capsys):
    lines = reading(capsys, DENY)
    assert any(line.startswith("  DENY since ") and line.endswith(": nothing is released") for line in lines)
    assert "  prohibition sexual-health, which outranks every agreement" in lines
    law = POLICY.prohibitions["sexual-health"].law
    assert any(line.startswith("  because: ") and law in line for line in lines)
    assert "  for these purposes:" not in lines


def test_a_denial_for_want_of_a_clause_says_so(capsys):
    lines = reading(capsys, DENY | {"clause": None, "reasons": ["no_clause"]})
    assert "  no clause and no prohibition decided it" in lines


def test_a_clause_of_a_revision_that_is_not_at_hand_is_named_and_not_quoted(capsys):
    lines = reading(capsys, PERMIT | {"revision": "0" * 32}, in_force=False)
    assert "  clause EM-1 of exploitation-and-missing, in words of a revision that is not at hand" in lines


def test_of_several_decisions_for_one_audience_none_is_said_to_hold_since(capsys):
    lines = reading(capsys, PERMIT | {"outcome": "REVIEW", "grants": []}, PERMIT)
    assert [line.split(":")[0] for line in lines if " decided 2 July 2026" in line] == [
        "  REVIEW decided 2 July 2026, 00",
        "  PERMIT decided 2 July 2026, 00",
    ]


def test_every_field_that_can_be_masked_says_how():
    fields = {name for event_type in event_records() for name in field_labels(event_type)}
    assert set(COARSER) == {name for name in fields if maskable(name)}


def test_what_waits_is_told_line_by_line(capsys):
    shown = {
        "event_id": "e-1",
        "record": "school:T1",
        "event_type": "school.safeguarding_concern",
        "occurred": "2026-05-09",
        "recorded_at": None,
        "received_at": datetime(2026, 5, 10, 6, tzinfo=UTC),
        "audiences": [
            {
                "audience": "police-intelligence-analyst",
                "stands": "waiting",
                "reasons": [
                    {"code": "clause_requires_review:a/A-1", "words": "A clause asks", "outstanding": True},
                    {"code": "prohibition:restricted-record", "words": "It is restricted", "outstanding": False},
                ],
                "would_pass": {"s47-enquiry": ["category", "person.postcode (coarser)"]},
                "answers": [
                    {"answer": "refuse", "by": "R\x1b[2J", "reason": "r", "at": datetime(2026, 5, 11, tzinfo=UTC)}
                ],
            }
        ],
    }
    print_waiting(shown)
    assert capsys.readouterr().out.splitlines() == [
        "school.safeguarding_concern e-1, record school:T1",
        "  occurred 2026-05-09",
        "  received 10 May 2026, 07:00",
        "",
        "for police-intelligence-analyst: waiting",
        "  because: A clause asks [clause_requires_review:a/A-1]",
        "  because: It is restricted, which was answered [prohibition:restricted-record]",
        "  if released, for s47-enquiry: category, person.postcode (coarser)",
        "  11 May 2026, 01:00: refuse, by R\ufffd[2J: r",
    ]


def test_every_outcome_has_words(capsys):
    for outcome in Outcome:
        assert any(f"{outcome} since" in line for line in reading(capsys, PERMIT | {"outcome": str(outcome)}))
