"""The cases hold on the embedded engine; tests/system holds the OPA server to the same."""

import pytest

from policies.attributes import field_labels
from policies.casebook import cases
from policies.engines.embedded import EmbeddedEngine
from policies.load import PolicySet
from policies.ruling import parse_ruling
from schemas.errors import InvalidAgreement

SHIPPED = list(cases(PolicySet.load()))


@pytest.mark.parametrize("case", SHIPPED, ids=lambda case: case.name)
def test_a_case_gets_exactly_the_answer_it_expects(case, policy, engine, asking):
    asked = case.attributes.as_input(policy.epoch_ns(case.at_ns))
    assert asking(engine, [asked]) == [case.answer]


def test_the_small_policy_gives_exactly_the_answers_it_expects(small, small_directory, asking):
    book = list(cases(small, small_directory / "cases"))
    asked = [case.attributes.as_input(small.epoch_ns(case.at_ns)) for case in book]
    answers = asking(EmbeddedEngine(small), asked)
    assert {c.name: a for c, a in zip(book, answers, strict=True)} == {c.name: c.answer for c in book}


def test_every_expected_answer_is_one_that_the_gate_would_take(policy):
    for case in SHIPPED:
        parse_ruling(case.answer, policy.revision, field_labels(case.attributes.event_type), "an engine", asked_ns=0)


def test_cases_have_names_of_their_own():
    names = [case.name for case in SHIPPED]
    assert sorted(names) == sorted(set(names))


def test_every_prohibition_on_events_and_every_agreement_has_a_case(policy):
    said = {code for case in SHIPPED for code in case.answer["reasons"]}
    on_events = {f"prohibition:{p.id}" for p in policy.prohibitions.values() if p.effect in ("DENY", "REVIEW")}
    assert on_events - said == set()
    granting = {grant["agreement"] for case in SHIPPED for grant in case.answer["grants"]}
    assert granting == {a.id for a in policy.agreements.values() if a.status in ("signed", "in_force")}


def test_a_case_with_a_list_for_a_code_says_where(small, small_directory):
    path = small_directory / "cases" / "small.yaml"
    path.write_text(
        "- {name: odd, at: 2026-04-01, attributes: {audience: reader, event_type: school.suspension, "
        "emergency: 1}, expect: {outcome: DENY, reasons: [no_clause]}}"
    )
    with pytest.raises(InvalidAgreement, match=r"small.yaml: .*emergency: 1 is neither true nor false"):
        list(cases(small, small_directory / "cases"))


def test_cases_that_would_not_be_asked_are_said(small, small_directory):
    path = small_directory / "cases" / "small.yaml"
    path.rename(path.with_suffix(".yml"))
    with pytest.raises(InvalidAgreement, match=r"small.yml: only .yaml files are read: name it small.yaml"):
        list(cases(small, small_directory / "cases"))


def test_a_case_with_a_fraction_for_a_version_says_where(small, small_directory):
    path = small_directory / "cases" / "small.yaml"
    path.write_text(
        "- {name: odd, at: 2026-04-01, attributes: {audience: reader, event_type: school.suspension, "
        "schema_version: 1.0}, expect: {outcome: DENY, reasons: [no_clause]}}"
    )
    with pytest.raises(InvalidAgreement, match=r"small.yaml: odd: attribute schema_version has type float"):
        list(cases(small, small_directory / "cases"))
