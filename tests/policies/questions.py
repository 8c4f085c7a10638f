"""Questions to the policy, of every kind that can be asked: half without aim, half near what some clause names."""

from datetime import date

from hypothesis import strategies as st

from policies.attributes import CLOSED, NAMES, Attributes
from policies.instants import midnight_ns
from policies.load import PolicySet
from schemas.catalogue import event_records
from tests.policies.reading import reviews

POLICY = PolicySet.load()
TODAY_NS = midnight_ns(date(2026, 11, 22).isoformat())


def codes(name):
    return st.sampled_from([*sorted(CLOSED[name]), "unknown"])


def few(name):
    return st.lists(codes(name), max_size=2, unique=True).map(tuple)


REASONS = reviews(POLICY)
INSTANTS = st.just(TODAY_NS) | st.sampled_from([b + d for b in POLICY.boundaries_ns for d in (-1, 0, 1)] + [0])
ANY = st.builds(
    Attributes,
    audience=st.sampled_from([*POLICY.audiences, "nobody-known", ""]),
    agency=codes("agency"),
    event_type=st.sampled_from(sorted(event_records())),
    schema_version=st.sampled_from([1, 1, 1, 0, 2]),
    role=codes("role"),
    regime=codes("regime"),
    consent=codes("consent"),
    emergency=st.booleans(),
    source_evaluation=codes("source_evaluation"),
    intelligence_assessment=codes("intelligence_assessment"),
    handling_code=codes("handling_code"),
    handling=few("handling"),
    sensitivities=few("sensitivities"),
    age_band=codes("age_band"),
    released=st.just(()) | st.lists(st.sampled_from(REASONS), max_size=2, unique=True).map(tuple),
    refused=st.sampled_from([False] * 9 + [True]),
).map(lambda a: a if a.agency == "unknown" else rightly(a))


def rightly(attributes):
    """Mostly the agency that the event type belongs to: else almost everything is denied for that."""
    named = {name: getattr(attributes, name) for name in NAMES}
    return Attributes(**(named | {"agency": attributes.event_type.partition(".")[0]}))


CLAUSES = [
    (clause, event_type)
    for agreement in POLICY.agreements.values()
    if agreement.in_force_from_ns <= TODAY_NS < agreement.in_force_until_ns
    for clause in agreement.clauses.values()
    for event_type in clause.event_types
]
INTELLIGENCE = [(clause, event_type) for clause, event_type in CLAUSES if event_type == "police.intelligence_report"]


@st.composite
def what_a_clause_names(draw, clauses=CLAUSES):
    """What some clause names, with up to two attributes changed: of questions without an aim hardly one is granted."""
    clause, event_type = draw(st.sampled_from(clauses))
    named = {
        "audience": draw(st.sampled_from(clause.audiences)),
        "agency": event_type.partition(".")[0],
        "event_type": event_type,
        "schema_version": 1,
        "role": draw(st.sampled_from(clause.roles or ("subject",))),
        "regime": "DPA_PT3" if event_type.startswith("police.") else "UKGDPR",
        "consent": "not_recorded",
        "emergency": False,
        "source_evaluation": "1",
        "intelligence_assessment": "A",
        "handling_code": "P",
        "handling": (),
        "sensitivities": (),
        "age_band": "10_15",
        "released": (),
        "refused": False,
    }
    named |= {name: draw(st.sampled_from(values)) for name, values in clause.conditions.items() if name in named}
    other = draw(ANY)
    changed = draw(st.lists(st.sampled_from(sorted(named)), max_size=2, unique=True))
    return Attributes(**(named | {name: getattr(other, name) for name in changed}))


QUESTIONS = what_a_clause_names() | ANY
