"""A word planted where it must never be seen is looked for in every byte that leaves the bus's own rooms."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from connectors.cells import PROTECTING
from connectors.connector import Source
from connectors.nhs import CODE_LISTS
from policies.masking import PERSON
from schemas import topics
from schemas.catalogue import definitions, event_records, person_labels
from schemas.codec import decode, encode_event
from schemas.codes import lists
from schemas.events import Event, Grading, Header, Identifier, Moment, Person
from schemas.forms import has_form
from schemas.vocabulary import Agency, Consent, Label, Outcome, Precision, Regime, Role, Sensitivity
from tests.memory_bus import KEY, NOW, MemoryBus, policy
from tests.scenarios.partner_files import LINKED, POLICE, bundle, census, episodes, missing, patient, table

CANARY = "CANARY"
SUBJECT = f"{CANARY}-subject"
NEVER = {Label.FREE_TEXT, Label.THIRD_PARTY, Label.INTERNAL}
#: Rooms of the bus alone: what was published, what was refused in its raw form, who is who.
BUS_ONLY = {*(topics.events(agency) for agency in Agency), topics.REJECTED, topics.SOURCE_RECORDS, topics.PERSONS}
ACTING = (".heartbeat", ".retraction", ".correction")
TYPES = sorted(event_records())


def field_types(record: str) -> dict[str, Any]:
    return {field["name"]: field["type"] for field in definitions()[record]["fields"]}


def planted(kind: Any, word: str) -> Any:
    """A value of an Avro type with the word in it, or None where no word fits."""
    if kind == "string":
        return word
    if isinstance(kind, list):
        return next((value for option in kind if (value := planted(option, word)) is not None), None)
    if isinstance(kind, dict) and kind.get("type") == "array":
        item = planted(kind["items"], word)
        return None if item is None else [item]
    return None


NUMBERS = {"int": 1, "long": 1, "double": 1.0, "boolean": True}


def body_of(event_type: str, labels: set[Label]) -> dict[str, Any]:
    """Every field of the labels with a word of its own in it; the rest as little as the record allows."""
    record = event_records()[event_type]
    kinds = field_types(record.name)
    body: dict[str, Any] = {}
    for name, label in record.labels.items():
        word = f"{CANARY}-{event_type}-{name}" if label in labels else "plain"
        if label in labels or kinds[name] in ("string", *NUMBERS):
            value = NUMBERS.get(str(kinds[name]), planted(kinds[name], word))
            body |= {} if value is None else {name: value}
        if isinstance(body.get(name), str) and not has_form(record.name, name, body[name]):
            body[name] = KEY.derive("planted", name)
        if kinds[name] == "fanlight.Moment":
            body[name] = Moment(value="2026-10-01", precision=Precision.DAY)
    return body


def event(event_type: str, number: int = 0, *, labels: set[Label] = NEVER, person: bool = True, **header: Any) -> Event:
    """An event that clauses pass as widely as any, with words planted in its fields of these labels."""
    agency = event_type.partition(".")[0]
    grading = Grading(source_evaluation="1", intelligence_assessment="A", handling_code="P")
    head = Header(
        event_id=KEY.derive("event", event_type, str(number)),
        type=event_type,
        schema_version=event_records()[event_type].version,
        agency=agency,
        system=f"{CANARY}-system",
        feed=f"{agency}-test",
        subject=SUBJECT,
        subject_key=KEY.subject_key(agency, SUBJECT),
        record_key=KEY.record_key(agency, event_type, str(number)),
        role=Role.SUBJECT,
        occurred=Moment(value="2026-10-01", precision=Precision.DAY),
        received_at=NOW - timedelta(hours=1),
        regime=Regime.DPA_PT3 if agency == "police" else Regime.UKGDPR,
        grading=grading if event_type == "police.intelligence_report" else None,
        consent=Consent.CONSENTED,
        emergency=True,
        marks=(f"{CANARY}-mark",),
    )
    described = Person(
        given_name="Robin",
        family_name="Quillfeather",
        birth_date="2011-05-04",
        birth_date_accuracy="AAA",
        postcode="ZZ1 1AZ",
        address=f"1 {CANARY} Row, ZZ1 1AZ",
        identifiers=(Identifier(system="upn", value="K999000125001", valid=True),),
    )
    return Event(header=replace(head, **header), person=described if person else None, body=body_of(event_type, labels))


def settled(*events: Event) -> MemoryBus:
    bus = MemoryBus()
    for each in events:
        bus.publish_event(each)
    return bus.settle()


def leaks(bus: MemoryBus, word: str = CANARY) -> list[str]:
    """Topics outside the bus's own rooms in whose keys or values the word stands."""
    open_to_somebody = {topic for topic, _ in bus.logs} - BUS_ONLY
    found = [
        name
        for (name, _), log in bus.logs.items()
        if name in open_to_somebody and any(word.encode() in key + (value or b"") for key, value in log)
    ]
    rejections = [str({**r, "raw": None}) for r in bus.records(topics.REJECTED)]
    return sorted(set(found)) + [r for r in rejections if word in r]


@pytest.mark.parametrize("event_type", TYPES)
def test_free_text_other_people_and_internals_of_an_event_reach_nobody(event_type: str) -> None:
    bus = settled(event(event_type))
    assert leaks(bus) == []
    if event_type.endswith(".heartbeat"):
        return
    assert CANARY.encode() in b"".join(bus.values(topics.PERSONS)), "nothing was planted"


def test_the_words_were_looked_for_in_events_that_do_flow() -> None:
    outcomes = {d["event_type"] for t in TYPES for d in settled(event(t)).decisions()
                if d["outcome"] == Outcome.PERMIT}  # fmt: skip
    assert len(outcomes) > len(TYPES) / 2
    assert {kind.partition(".")[0] for kind in outcomes} == set(Agency)


def test_every_field_that_may_hold_a_code_of_proceedings_is_dropped_outside_the_police() -> None:
    def tells(listed: str) -> bool:
        codes = (kept for version in lists()[listed].versions for kept in version.codes.values())
        return any(kept.get("sensitivity") == Sensitivity.CRIMINAL_JUSTICE for kept in codes)

    of_fields = [
        *CODE_LISTS.items(),
        *((f, each) for known in PROTECTING.values() for f, s in known.items() for each in s),
    ]
    telling = {name for name, listed in of_fields if tells(listed)}
    assert telling == set(policy().prohibitions["criminal-justice"].fields)


@pytest.mark.parametrize("sensitivity", Sensitivity)
def test_no_word_of_an_event_that_is_never_shared_reaches_anybody(sensitivity: Sensitivity) -> None:
    """Every field planted, whatever its label; the kinds that only hold back some fields are looked at by those."""
    labels = {
        Sensitivity.PROTECTED_ADDRESS: NEVER | {Label.ADDRESS_PROTECTED},
        Sensitivity.FAMILY_COURT: NEVER | set(Label) - {Label.IDENTITY},
        Sensitivity.ANONYMOUS_REFERRER: NEVER,
        Sensitivity.CRIMINAL_JUSTICE: NEVER,
    }.get(sensitivity, set(Label))
    kinds = [t for t in TYPES if not t.endswith(ACTING)]
    if sensitivity == Sensitivity.FAMILY_COURT:
        # The kind of order and its dates pass, from whichever record holds them.
        kinds = [t for t in kinds if "legal_status" not in event_records()[t].labels]
    found = leaks(settled(*(event(t, labels=labels, sensitivities=(sensitivity.value,)) for t in kinds)))
    if sensitivity == Sensitivity.SPENT:
        # The police hold convictions of their own; the duty binds whoever they would be told to.
        police = [a.id for a in policy().audiences.values() if a.controller == Agency.POLICE]
        found = [place for place in found if not place.endswith(tuple(police))]
    assert found == []


def test_the_address_of_a_protected_child_is_not_given_even_coarsely() -> None:
    shielded = event("police.missing_reported")
    assert shielded.person is not None
    hidden = replace(shielded, person=replace(shielded.person, address_withheld=True, postcode="ZZ7 7ZZ"))
    bus = settled(hidden)
    assert leaks(bus, "ZZ7") == []
    assert leaks(settled(shielded), "ZZ1") != []


def test_the_address_of_a_protected_child_is_no_evidence_of_who_it_is() -> None:
    shielded = event("police.missing_reported")
    assert shielded.person is not None
    marked = replace(shielded, person=replace(shielded.person, address_withheld=True))
    sensitive = replace(shielded, header=replace(shielded.header, sensitivities=("protected_address",)))
    for told, is_kept in ((shielded, True), (marked, False), (sensitive, False)):
        kept = b"".join(settled(told).values(topics.SOURCE_RECORDS))
        assert (str(shielded.person.postcode).replace(" ", "").encode() in kept) is is_kept


def test_an_address_that_a_newer_version_protects_is_no_evidence_any_more() -> None:
    told = event("police.missing_reported")
    assert told.person is not None
    later = NOW + timedelta(minutes=1)
    marked = replace(
        told,
        header=replace(told.header, event_id=KEY.derive("event", "marked"), recorded_at=later),
        person=replace(told.person, address_withheld=True),
    )
    for order in ((told, marked), (marked, told)):
        stands = settled(*order).values(topics.SOURCE_RECORDS)[-1]
        assert decode(stands)["postcodes"] == decode(stands)["addresses"] == []


def test_demographics_that_no_clause_names_reach_nobody() -> None:
    named = {
        name.removeprefix(PERSON)
        for agreement in policy().agreements.values()
        for clause in agreement.clauses.values()
        for name in clause.fields
        if name.startswith(PERSON)
    }
    for name in sorted(set(person_labels()) - named - {"address_withheld", "birth_date_expected"}):
        told = [event(t) for t in TYPES if not t.endswith(ACTING)]
        marked = [replace(e, person=replace(e.person, **{name: f"{CANARY}-{name}"})) for e in told if e.person]
        assert leaks(settled(*marked)) == []


def test_one_audiences_pseudonyms_never_stand_on_anothers_topics() -> None:
    bus = settled(*(event(t) for t in TYPES))
    audiences = tuple(policy().audiences)
    for audience in audiences:
        pseudonyms = set(bus.timelines(audience))
        for other in set(audiences) - {audience}:
            for topic in (topics.disclosures(other), topics.timelines(other)):
                assert not any(p.encode() in value for p in pseudonyms for value in bus.values(topic))
        assert pseudonyms


def test_person_ids_and_source_keys_stay_on_the_bus() -> None:
    bus = settled(*(event(t) for t in TYPES))
    internal = {bus.person_id(agency, SUBJECT) for agency in Agency} | {KEY.subject_key(a, SUBJECT) for a in Agency}
    internal |= {KEY.record_key(t.partition(".")[0], t, "0") for t in TYPES}
    for audience in policy().audiences:
        for topic in (topics.disclosures(audience), topics.timelines(audience), topics.DECISIONS, topics.FEEDS):
            assert not any(name.encode() in value for name in internal for value in bus.values(topic)), topic


def outgoing(bus: MemoryBus, audience: str) -> list[tuple[str, int, bytes, bytes | None]]:
    """Everything an audience's topics hold, in order."""
    mine = (topics.disclosures(audience), topics.timelines(audience))
    return [(*tp, *record) for tp in sorted(bus.logs) if tp[0] in mine for record in bus.logs[tp]]


def withheld_from(audience: str, events: list[Event]) -> Iterator[Event]:
    for each in events:
        decisions = settled(each).decisions()
        if any(d["audience"] == audience and d["outcome"] != Outcome.PERMIT for d in decisions):
            yield each


@pytest.mark.parametrize("audience", tuple(policy().audiences))
def test_what_is_withheld_from_an_audience_leaves_no_trace_on_its_topics(audience: str) -> None:
    kinds = [t for t in TYPES if not t.endswith(ACTING)]
    plain = [event(t, n, role=role) for t in kinds for n, role in enumerate((Role.SUBJECT, Role.VICTIM))]
    hidden = [event(t, 9, sensitivities=("adoption",)) for t in kinds]
    withheld = [*withheld_from(audience, plain), *hidden]
    seen = [e for e in plain if e not in withheld]
    assert len(withheld) > len(hidden)
    assert seen
    # The same records are known either way: each agency's person details, which some audiences may see.
    known = [event(f"{agency}.person_details", 77) for agency in Agency]
    alone, beside = settled(*known, *seen), settled(*known, *_mixed(seen, withheld))
    assert set(outgoing(alone, audience)) == set(outgoing(beside, audience))
    assert outgoing(alone, audience) == outgoing(settled(*known, *seen, *withheld), audience)


def _mixed(seen: list[Event], withheld: list[Event]) -> list[Event]:
    """Withheld events between the others, these in their own order."""
    rng, waiting, mixed = Random(1), list(seen), list[Event]()
    for each in withheld:
        mixed += [waiting.pop(0)] if waiting and rng.random() < 0.5 else []
        mixed.append(each)
    return mixed + waiting


def test_a_refused_record_says_where_and_why_and_never_what() -> None:
    bus = MemoryBus()
    broken = missing(1, CANARY, **LINKED)
    bus.publish("csv", table("missing.csv", [broken, missing(2, "2026-11-04", person_ref="")]),
                mapping="police-missing-episodes")  # fmt: skip
    bus.publish("fhir-r4-json", Source(name="bad.json", data=b'{"resourceType": "Patient", "name": "' + b"CANARY"))
    bus.publish("hl7v2-adt", Source(name="bad.hl7", data=b"MSH|^~\\&|CANARY"))
    bus.publish("fhir-r4-json", bundle(patient() | {"birthDate": CANARY, "identifier": [], "name": []}))
    bus.settle()
    assert len(bus.values(topics.REJECTED)) >= 4
    assert leaks(bus) == []


def test_notes_of_partner_files_reach_nobody() -> None:
    notes = {"notes": f"{CANARY} notes", "associates": f"{CANARY} friend", "risk_rationale": f"{CANARY} why",
             "found_with": f"{CANARY} man", "reported_by": f"{CANARY} mother"}  # fmt: skip
    bus = MemoryBus()
    bus.publish("csv", table("missing.csv", [missing(1, "2026-11-04", **LINKED, **notes)]),
                mapping="police-missing-episodes")  # fmt: skip
    bus.publish("ssda903-csv", *episodes())
    bus.publish("school-census-csv", *census())
    bus.settle()
    assert bus.present("police", POLICE)["entries"]
    assert CANARY.encode() in b"".join(bus.values(topics.PERSONS))
    assert leaks(bus) == []


def test_an_event_is_encoded_as_it_was_planted() -> None:
    for event_type in TYPES:
        record = decode(encode_event(event(event_type)))
        words = [name for name, label in event_records()[event_type].labels.items() if label in NEVER]
        kinds = field_types(event_records()[event_type].name)
        asked = [name for name in words if planted(kinds[name], CANARY) is not None]
        ids = [name for name in asked if not has_form(event_records()[event_type].name, name, CANARY)]
        assert all(CANARY in str(record[name]) for name in asked if name not in ids)
