"""What holds of the policy for every question that can be asked: none is written down here, hypothesis makes them."""

from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from policies.attributes import NAMES, Attributes, field_labels
from policies.engines.embedded import EmbeddedEngine
from policies.ruling import parse_ruling
from schemas.catalogue import event_records
from schemas.vocabulary import Outcome
from tests.policies.questions import INSTANTS, INTELLIGENCE, POLICY, QUESTIONS, TODAY_NS, what_a_clause_names
from tests.policies.reading import decide

NEVER = {"free-text", "third-party", "internal"}
#: Sensitivities of which no event may reach anybody.
FORBIDDEN = {
    "adoption",
    "gender_recognition",
    "fertility",
    "sexual_health",
    "legal_privilege",
    "covert_source",
    "immigration",
}


@pytest.fixture(scope="module")
def rule(asking):
    engine = EmbeddedEngine(POLICY)

    def ruling(attributes, at_ns):
        answer = asking(engine, [attributes.as_input(POLICY.epoch_ns(at_ns))])[0]
        return parse_ruling(answer, POLICY.revision, field_labels(attributes.event_type), engine.name, asked_ns=0)

    return ruling


asked = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("outcome", [Outcome.PERMIT, Outcome.REVIEW, Outcome.DENY])
@pytest.mark.parametrize("questions", [QUESTIONS, what_a_clause_names(INTELLIGENCE)], ids=["all", "intelligence"])
def test_the_questions_made_here_are_answered_in_every_way(rule, questions, outcome):
    made = settings(max_examples=500, phases=[Phase.generate], database=None)
    find(questions, lambda question: rule(question, TODAY_NS).outcome is outcome, settings=made, random=Random(1))


@settings(asked, max_examples=400)
@given(QUESTIONS, INSTANTS)
def test_every_question_is_answered_as_the_page_for_boards_says(question, at_ns):
    assert answer_of(EXACT, question.as_input(POLICY.epoch_ns(at_ns))) == decide(POLICY, question, at_ns)


@asked
@given(QUESTIONS, INSTANTS)
def test_words_other_people_and_the_bus_s_own_fields_never_pass(rule, question, at_ns):
    labels = field_labels(question.event_type)
    granted = {n for grant in rule(question, at_ns).grants for n in (*grant.fields, *grant.masked)}
    assert {labels[name] for name in granted} & NEVER == set()
    assert "person.ethnicity" not in granted


@asked
@given(QUESTIONS, INSTANTS)
def test_addresses_pass_only_coarsely_and_protected_ones_not_at_all(rule, question, at_ns):
    labels = field_labels(question.event_type)
    for grant in rule(question, at_ns).grants:
        assert {labels[name] for name in grant.fields} & {"address-protected"} == set()
        coarse = {labels[name] for name in grant.masked}
        assert "protected_address" not in question.sensitivities or "address-protected" not in coarse
        assert not {"home_postcode", "placement_postcode", "placement_urn"} & {*grant.fields, *grant.masked}


@asked
@given(QUESTIONS, INSTANTS, st.sampled_from(sorted(FORBIDDEN)))
def test_what_the_law_forbids_no_agreement_permits(rule, question, at_ns, sensitivity):
    named = {name: getattr(question, name) for name in NAMES}
    forbidden = Attributes(**(named | {"sensitivities": (*question.sensitivities, sensitivity)}))
    assert rule(forbidden, at_ns).outcome is Outcome.DENY


@asked
@given(what_a_clause_names(INTELLIGENCE), INSTANTS)
def test_intelligence_passes_only_under_its_originators_p_and_never_when_suspected_false(rule, question, at_ns):
    ruling = rule(question, at_ns)
    if ruling.outcome is Outcome.PERMIT and question.event_type == "police.intelligence_report":
        assert question.handling_code == "P"
        assert question.intelligence_assessment in set("ABCD")
        assert not {"C", "A1", "A2", "S1", "S2", "unknown"} & set(question.handling)


@asked
@given(QUESTIONS, INSTANTS, st.integers(min_value=0, max_value=10**15))
def test_within_an_epoch_the_answer_does_not_depend_on_the_instant(rule, question, at_ns, later):
    epoch = POLICY.epoch_ns(at_ns)
    other = at_ns + later
    if POLICY.epoch_ns(other) == epoch:
        named = question.as_input(other) | {"now_ns": other}
        exact = question.as_input(at_ns) | {"now_ns": at_ns}
        engine = EXACT
        assert answer_of(engine, named) == answer_of(engine, exact) == answer_of(engine, question.as_input(epoch))


EXACT = EmbeddedEngine(POLICY)


def answer_of(engine, asked_input):
    return engine._ask(asked_input)


def test_every_event_type_is_decided_for_every_audience_and_what_no_clause_names_is_denied(rule):
    spoken = {
        (audience, kind)
        for a in POLICY.agreements.values()
        if a.status != "expired"
        for c in a.clauses.values()
        for audience in c.audiences
        for kind in c.event_types
    }
    graded = {"source_evaluation": "1", "intelligence_assessment": "A", "handling_code": "P"}
    for audience in POLICY.audiences:
        for kind in event_records():
            named = {
                "audience": audience,
                "agency": kind.partition(".")[0],
                "event_type": kind,
                "schema_version": 1,
                "role": "subject",
                "regime": "UKGDPR",
                "consent": "not_recorded",
                "emergency": False,
                "handling": (),
                "sensitivities": (),
                "age_band": "10_15",
            }
            ruling = rule(Attributes(**named, **graded), TODAY_NS)
            assert (ruling.outcome is not Outcome.DENY) == ((audience, kind) in spoken)
            assert ruling.outcome is not Outcome.DENY or "no_clause" in ruling.reasons
