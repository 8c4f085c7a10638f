"""A decision in words: the clause as it was signed, and why each field fared as it did."""

from datetime import UTC, datetime

import pytest

from policies.attributes import field_labels
from policies.casebook import attributes, cases
from policies.engines.embedded import EmbeddedEngine
from policies.explain import REASONS, explain, reason_in_words
from policies.load import PolicySet
from policies.ruling import parse_ruling

ANALYST = "police-intelligence-analyst"
NOW_NS = 1_795_305_600_000_000_000


def decision_of(policy, engine, asking, at_ns, **named):
    """What an engine decides under a policy, as it stands on the log."""
    asked = attributes(named)
    answer = asking(engine, [asked.as_input(at_ns)])[0]
    labels = field_labels(asked.event_type)
    return parse_ruling(answer, policy.revision, labels, "an engine", asked_ns=0).as_record()


@pytest.fixture
def decided(policy, engine, asking):
    def decide(event_type, **named):
        return decision_of(policy, engine, asking, NOW_NS, **({"audience": ANALYST, "event_type": event_type} | named))

    return decide


def test_a_permit_is_explained_by_the_words_of_its_clause(policy, decided):
    told = explain(policy, decided("police.missing_reported"), "police.missing_reported")
    assert told["outcome"] == "PERMIT"
    assert told["reasons"] == [{"code": "permitted", "words": REASONS["permitted"]}]
    assert told["ground"] == {
        "agreement": "exploitation-and-missing",
        "title": "Exploitation and missing children",
        "version": "2.1",
        "clause": "EM-1",
        "text": policy.clause("exploitation-and-missing", "EM-1").text,
        "contact": dict(policy.agreements["exploitation-and-missing"].contact),
    }
    assert [(p["purpose"], p["clause"], p["obligations"]) for p in told["purposes"]] == [
        ("exploitation-mace-l1", "EM-1", ["no_onward_sharing"]),
        ("missing-response", "EM-1", ["no_onward_sharing"]),
        ("s47-enquiry", "CS-1", ["no_onward_sharing", "victim_anonymity"]),
        ("strategy-discussion", "CS-1", ["no_onward_sharing", "victim_anonymity"]),
    ]


def test_each_field_says_what_became_of_it_and_why(policy, decided):
    told = explain(policy, decided("police.missing_reported"), "police.missing_reported")
    fields = {field["name"]: (field["fate"], field["why"]) for field in told["fields"]}
    assert set(fields) == set(field_labels("police.missing_reported"))
    law = policy.prohibitions["free-text"]
    assert fields["risk_level"] == ("passed", "Clause EM-1, CS-1 passes it")
    assert fields["person.identifiers"] == ("passed", "Clause EM-1 passes it")
    assert fields["last_seen_location"] == ("masked", "Clause EM-1, CS-1 passes it in a coarser form")
    assert fields["notes"] == ("dropped", f"{law.title} ({law.law})")
    assert fields["person.ethnicity"] == ("dropped", "Clause EM-1, CS-1 does not pass it")
    identifiers = next(field for field in told["fields"] if field["name"] == "person.identifiers")
    assert identifiers["passed_for"] == ["exploitation-mace-l1", "missing-response"]
    assert identifiers["masked_for"] == ["s47-enquiry", "strategy-discussion"]


def test_a_field_that_a_prohibition_takes_names_the_prohibition(policy, decided):
    decision = decided("police.missing_reported", sensitivities=["protected_address"])
    told = explain(policy, decision, "police.missing_reported")
    fields = {field["name"]: (field["fate"], field["why"]) for field in told["fields"]}
    law = policy.prohibitions["protected-address"]
    assert fields["person.postcode"] == ("dropped", f"{law.title} ({law.law})")
    assert fields["last_seen_location"] == ("dropped", f"{law.title} ({law.law})")


def test_a_clause_of_an_agreement_that_was_not_in_force_is_not_blamed(small_directory, asking):
    """Gamma is suspended, and would pass nothing."""
    gamma = small_directory / "agreements" / "gamma.yaml"
    gamma.write_text(gamma.read_text().replace("    labels: {pass: [routine]}\n", "", 1))
    small = PolicySet.load(small_directory)
    decision = on_a_suspension(small, asking)
    grants = [grant for grant in decision["grants"] if grant["purposes"] == ["s47-enquiry"]]
    enquiry = decision | {"at": datetime.fromtimestamp(1_775_000_000, UTC), "grants": grants}
    why = {field["name"]: field["why"] for field in explain(small, enquiry, "school.suspension")["fields"]}
    assert why["category"] == "Clause A-1 passes it; B-1 of beta, which applies too, does not"


def test_clauses_that_go_by_one_name_are_told_apart(small):
    grant = {"obligations": [], "fields": ["category"], "masked": [], "valid_until": None}
    grants = [grant | {"purposes": [p], "agreement": a, "clause": "A-1"} for p, a in (("a", "alpha"), ("b", "beta"))]
    decision = {
        "outcome": "PERMIT",
        "agreement": "alpha",
        "clause": "A-1",
        "revision": "",
        "reasons": [],
        "grants": grants,
    }
    why = {f["name"]: f["why"] for f in explain(small, decision, "school.suspension")["fields"]}
    assert why["category"] == "Clause A-1 of alpha, A-1 of beta passes it"


def test_where_several_clauses_apply_the_stricter_one_is_named(small, asking):
    decision = on_a_suspension(small, asking)
    enquiry = decision | {"grants": [g for g in decision["grants"] if g["purposes"] == ["s47-enquiry"]]}
    why = {field["name"]: field["why"] for field in explain(small, enquiry, "school.suspension")["fields"]}
    assert why["sessions"] == "Clause A-1 passes it"
    assert why["category"] == "Clause A-1 passes it; B-1 of beta, which applies too, does not"
    assert why["person.given_name"] == "Clause A-1 passes it; B-1 of beta, which applies too, only in a coarser form"
    assert why["person.birth_date"] == "Clause A-1 passes it in a coarser form"
    assert why["person.sex"] == "Clause A-1 does not pass it"
    elsewhere = explain(small, enquiry | {"audience": "nobody"}, "school.suspension")
    assert "B-1" not in str(elsewhere["fields"])


def on_a_suspension(policy, asking):
    """What the embedded engine decides of one for a reader."""
    named = {"audience": "reader", "event_type": "school.suspension"}
    return decision_of(policy, EmbeddedEngine(policy), asking, 1_775_000_000_000_000_000, **named)


def test_where_the_clause_named_is_the_stricter_one_it_is_not_said_that_none_passes_a_field(small_directory, asking):
    beta = small_directory / "agreements" / "beta.yaml"
    beta.write_text(beta.read_text().replace("fields: {pass: [sessions]}", "fields: {pass: [sessions, school]}"))
    policy = PolicySet.load(small_directory)
    decision = on_a_suspension(policy, asking)
    why = {field["name"]: field["why"] for field in explain(policy, decision, "school.suspension")["fields"]}
    assert why["school"] == "Clause A-1 does not pass it"
    of_another = explain(policy, decision | {"revision": "another"}, "school.suspension")["fields"]
    assert {field["name"]: field["why"] for field in of_another}["school"] == "Not every clause that applied passes it"


def test_a_clause_that_drops_a_field_for_one_purpose_is_not_said_to_coarsen_it_for_another(small_directory, asking):
    beta = small_directory / "agreements" / "beta.yaml"
    beta.write_text(beta.read_text().replace("mask: [given_name], pass: [birth_date]", "mask: [given_name]"))
    policy = PolicySet.load(small_directory)
    decision = on_a_suspension(policy, asking)
    told = {field["name"]: field for field in explain(policy, decision, "school.suspension")["fields"]}
    born = told["person.birth_date"]
    assert (born["fate"], born["masked_for"]) == ("masked", ["early-help"])
    assert born["why"] == "Clause A-1 passes it in a coarser form"


def test_a_prohibition_that_masks_is_named_too(small, small_directory, asking):
    named = {"audience": "reader", "event_type": "police.arrest", "role": "suspect", "emergency": True}
    decision = decision_of(small, EmbeddedEngine(small), asking, 1_775_000_000_000_000_000, **named)
    told = explain(small, decision, "police.arrest")
    assert {f["name"]: f["why"] for f in told["fields"] if f["fate"] == "masked"} == {"location": "Places (A law)"}


def test_a_denial_by_prohibition_cites_the_law_and_nothing_is_released(policy, decided):
    decision = decided("nhs.admission", sensitivities=["fertility"])
    told = explain(policy, decision, "nhs.admission")
    law = policy.prohibitions["fertility"]
    assert told["ground"] == {"prohibition": "fertility", "title": law.title, "law": law.law}
    assert told["reasons"] == [{"code": "prohibition:fertility", "words": f"{law.title} ({law.law})"}]
    assert {field["fate"] for field in told["fields"]} == {"dropped"}
    fields = {field["name"]: field["why"] for field in told["fields"]}
    assert fields["admission_source"] == "Nothing of the event is released"


def test_a_denial_for_want_of_a_clause_has_no_ground(policy, decided):
    told = explain(policy, decided("nhs.health_condition"), "nhs.health_condition")
    assert told["ground"] is None
    assert told["reasons"] == [{"code": "no_clause", "words": REASONS["no_clause"]}]


def test_a_review_names_the_clause_that_asks_for_it(policy, decided):
    told = explain(policy, decided("school.safeguarding_concern"), "school.safeguarding_concern")
    assert (told["outcome"], told["ground"]["clause"]) == ("REVIEW", "CS-6")


def test_words_of_another_revision_are_not_put_into_its_mouth(policy, decided):
    decision = decided("police.missing_reported") | {"revision": "of another year"}
    told = explain(policy, decision, "police.missing_reported")
    assert told["ground"] == {
        "agreement": "exploitation-and-missing",
        "title": None,
        "version": None,
        "clause": "EM-1",
        "text": None,
        "contact": {},
    }
    denied = decided("nhs.admission", sensitivities=["fertility"]) | {"revision": "of another year"}
    assert explain(policy, denied, "nhs.admission")["ground"] == {
        "prohibition": "fertility",
        "title": None,
        "law": None,
    }


def test_every_reason_that_a_case_expects_has_words(policy):
    codes = {code for case in cases(policy) for code in case.answer["reasons"]}
    assert {code for code in codes if "another revision" in reason_in_words(policy, code)} == set()


def test_a_clause_that_leaves_an_event_to_a_person_is_named(policy: PolicySet):
    required = "clause_requires_review:exploitation-and-missing/EM-12"
    words = "Clause EM-12 of exploitation-and-missing leaves the decision to a person"
    assert reason_in_words(policy, required) == words
    assert reason_in_words(policy, f"released:{required}").endswith(f": {words}")
    assert reason_in_words(policy, "clause_requires_review") == "A clause leaves the decision to a person"


def test_a_reason_that_is_not_known_says_so(policy: PolicySet):
    assert reason_in_words(policy, "because") == "A reason of another revision"
    assert reason_in_words(policy, "prohibition:gossip") == "A prohibition of another revision"
    assert reason_in_words(policy, "unknown:event_type") == "Its event type is on no list that policy knows"
