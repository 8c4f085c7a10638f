"""What a board signs is checked before it runs, and an error names file, place and way out."""

import json
import re
import shutil
from contextlib import nullcontext
from itertools import product
from types import SimpleNamespace

import pytest

from policies import files, load
from policies.attributes import field_labels
from policies.load import HERE, PolicySet
from schemas.catalogue import event_records
from schemas.errors import InvalidAgreement

ALPHA, BETA, READER = "agreements/alpha.yaml", "agreements/beta.yaml", "audiences/reader.yaml"
FIELDS, EVENTS = "prohibitions/fields.yaml", "prohibitions/events.yaml"

FAULTS = {
    "an unknown key": (ALPHA, "tier: 1", "teir: 1\ntier: 1", r"alpha.yaml: .*'teir' was unexpected.*known are .*tier"),
    "a key given twice": (ALPHA, "tier: 1", "tier: 1\ntier: 2", r"alpha.yaml: .*line 4: the key 'tier' is given twice"),
    "a day that no calendar has": (
        ALPHA,
        "review_by: 2026-07-01",
        "review_by: 2026-02-30",
        r"alpha.yaml: not readable as YAML: line \d+: 2026-02-30 is no day",
    ),
    "an id that goes on in another line": (
        ALPHA,
        "id: A-1\n",
        'id: "A-1\\n"\n',
        r"alpha.yaml: A-1\n: id: 'A-1\\n' is not written as capital letters and digits",
    ),
    "a key that is a list": (ALPHA, "tier: 1", "[tier]: 1", r"alpha.yaml: .*line 3: a key is a list or a mapping"),
    "no YAML at all": (ALPHA, "id: alpha", "id: [", r"alpha.yaml: not readable as YAML"),
    "a missing key": (ALPHA, "dpia_ref: DPIA-1\n", "", r"alpha.yaml: 'dpia_ref' is a required property"),
    "a party that has not signed": (
        ALPHA,
        "  - {party: school, role: Director, signed_on: 2025-12-01}\n",
        "",
        r"alpha.yaml: school has not signed, and its status is in_force: name who signed, or let its status be draft",
    ),
    "a signature of nobody": (ALPHA, "{party: school", "{party: nhs", r"alpha.yaml: signatories: 'nhs' is not known"),
    "a signature on no day": (
        ALPHA,
        "school, role: Director, signed_on: 2025-12-01",
        "school, role: Director, signed_on: '2025-02-30'",
        r"alpha.yaml: signed_on: 2025-02-30 is no day",
    ),
    "a signature after the end": (
        ALPHA,
        "school, role: Director, signed_on: 2025-12-01",
        "school, role: Director, signed_on: 2027-01-01",
        r"alpha.yaml: signed_on: 2027-01-01 is not before in_force_until: it would never apply",
    ),
    "a status nobody knows": (ALPHA, "in_force\n", "active\n", r"alpha.yaml: status: 'active' is not one of"),
    "a day that is none": (ALPHA, "2026-01-01", "'2026-02-30'", r"alpha.yaml: in_force_from: 2026-02-30 is no day"),
    "a day that is none, without quotes": (
        ALPHA,
        "2026-01-01",
        "2026-02-30",
        r"alpha.yaml: .*line \d+: 2026-02-30 is no",
    ),
    "a day with a time": (
        ALPHA,
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        r"alpha.yaml: in_force_from: .* is not written as a day, as in",
    ),
    "a day too far off to be counted": (
        ALPHA,
        "in_force_until: 2027-01-01",
        "in_force_until: 9999-12-31",
        r"alpha.yaml: in_force_until: 9999-12-31 is too far off: write a day from 1970-01-02 to 2261-12-31",
    ),
    "a merge of what stands elsewhere": (
        ALPHA,
        "tier: 1",
        "<<: {tier: 1}",
        r"alpha.yaml: .*line 3: << merges nothing here: write out what it stands for",
    ),
    "a key that YAML takes for a truth": (
        ALPHA,
        "tier: 1",
        "yes: 1",
        r"alpha.yaml: .*line 3: the key yes is no text to YAML: put it in quotes",
    ),
    "an end before the beginning": (ALPHA, "2026-01-01", "2027-01-01", r"in_force_from is not before in_force_until"),
    "a name that is not the file's": (ALPHA, "id: alpha", "id: omega", r"alpha.yaml: its id is omega: name the file"),
    "a purpose nobody knows": (
        ALPHA,
        "purposes: [early-help, s47-enquiry]\nlawful",
        "purposes: [curiosity]\nlawful",
        r"alpha.yaml: purposes: 'curiosity' is not known: see Purpose",
    ),
    "a contact of nobody": (ALPHA, "contact: {police", "contact: {nhs", r"contact: 'nhs' is not known: only parties"),
    "a clause key misspelt": (ALPHA, "roles:", "rolls:", r"alpha.yaml: A-2: .*'rolls' was unexpected"),
    "a clause without an outcome": (
        ALPHA,
        "    outcome: PERMIT\n",
        "",
        r"alpha.yaml: A-1: 'outcome' is a required prop",
    ),
    "a clause id twice": (ALPHA, "id: A-2", "id: A-1", r"alpha.yaml: clause A-1: given twice"),
    "a clause for a purpose not signed": (
        BETA,
        "purposes: [s47-enquiry]\n    outcome: PERMIT",
        "purposes: [early-help]\n    outcome: PERMIT",
        r"clause B-1: purposes: 'early-help' is not known: list it among",
    ),
    "a clause of no party": (
        ALPHA,
        "agencies: [police]",
        "agencies: [nhs]",
        r"clause A-2: agencies: 'nhs' is not known",
    ),
    "an audience that is none": (ALPHA, "[reader]", "[writer]", r"clause A-1: audiences: 'writer' is not known: add"),
    "an event type that is none": (ALPHA, "police.arrest", "police.arrests", r"event_types: 'police.arrests' is not"),
    "an event type of another agency": (
        ALPHA,
        "[police.arrest]",
        "[school.on_roll]",
        r"clause A-2: event_types: school.on_roll comes from an agency",
    ),
    "a field that is none": (ALPHA, "pass: [legislation]", "pass: [legislature]", r"A-3: fields: 'legislature' is not"),
    "a field of another event": (ALPHA, "pass: [legislation]", "pass: [category]", r"A-3: fields: 'category' is not"),
    "a demographic field that is none": (ALPHA, "pass: [given_name]", "pass: [name]", r"A-1: person_fields: 'name' is"),
    "a field under two modes": (
        ALPHA,
        "pass: [location, strip",
        "drop: [location], pass: [location, strip",
        r"A-2: location is listed under drop and pass: choose one",
    ),
    "free text": (ALPHA, "pass: [legislation]", "pass: [notes]", r"A-3: notes is labelled free-text, which never"),
    "another person, masked": (ALPHA, "pass: [legislation]", "mask: [with_whom]", r"A-3: with_whom is labelled third"),
    "what the bus keeps to itself": (ALPHA, "pass: [given_name]", "pass: [address_withheld]", r"is labelled internal"),
    "a mask for what has none": (
        ALPHA,
        "pass: [legislation]",
        "mask: [legislation]",
        r"A-3: legislation has no coarser",
    ),
    "a mask by label for what has none": (
        ALPHA,
        "labels: {pass: [routine]}",
        "labels: {mask: [routine]}",
        r"alpha.yaml: clause A-1: \w+ has no coarser form: drop it",
    ),
    "identity by label": (
        ALPHA,
        "labels: {pass: [routine]}",
        "labels: {pass: [identity]}",
        r"A-1: labels.pass.0: 'identity' is not one of",
    ),
    "a condition nobody can meet": (ALPHA, "emergency: [true]", "emergency: ['yes']", r"A-2: conditions.emergency.0"),
    "a role that is none": (ALPHA, "roles: [suspect]", "roles: [accused]", r"A-2: roles: 'accused' is not known"),
    "an unknown obligation": (
        ALPHA,
        "[no_onward_sharing]",
        "[be_nice]",
        r"A-1: obligations.0: 'be_nice' is not one of",
    ),
    "an audience that counts": (READER, "Something", "3 things", r"reader.yaml: withheld.statement: '3 things"),
    "an audience of no controller": (
        READER,
        "controller: school",
        "controller: nhs",
        r"clause A-1: audiences: 'nhs' is not known: its controller must be a party",
    ),
    "an audience without the purposes": (
        READER,
        "[early-help, s47-enquiry, missing-response]",
        "[operation-encompass]",
        r"reader is registered for none of its purposes",
    ),
    "a purpose for which no audience of a clause is registered": (
        READER,
        "[early-help, s47-enquiry, missing-response]",
        "[s47-enquiry, missing-response]",
        r"alpha.yaml: clause A-1: purposes: 'early-help' is not known: register one of its audiences for it",
    ),
    "an obligation given twice": (
        ALPHA,
        "[no_onward_sharing]",
        "[no_onward_sharing, no_onward_sharing]",
        r"A-1: obligations: 'no_onward_sharing' is given twice",
    ),
    "a prohibition that never matches": (EVENTS, "[suspect]", "[suspekt]", r"role: 'suspekt' is on no list: it would"),
    "an exception that never matches": (EVENTS, "role: [victim]", "role: [vicim]", r"role: 'vicim' is on no list"),
    "an age that YAML reads as a number": (
        EVENTS,
        "[under_10]",
        "[16_17]",
        r"young-suspects: when.age_band.0: 1617 is not .*; put it in quotes",
    ),
    "a code that YAML reads as a number": (
        ALPHA,
        "emergency: [true]",
        "source_evaluation: [1]",
        r"A-2: conditions.source_evaluation.0: 1 is not one of .*; put it in quotes",
    ),
    "a version that YAML reads as a number": (
        ALPHA,
        'version: "1"',
        "version: 2.1",
        r"version: 2.1 is not .* in quotes",
    ),
    "a prohibition that its own exception undoes": (
        EVENTS,
        "unless: [{emergency: [true]}",
        "unless: [{consent: [dissented, not_told]}",
        r"events.yaml: told-not-to: when and unless leave no event that it could concern: it would never apply",
    ),
    "a prohibition that its exceptions undo together": (
        EVENTS,
        "unless: [{emergency: [true]}, {role: [victim]}]",
        "unless: [{emergency: [true], consent: [dissented]}, {emergency: [false]}]",
        r"events.yaml: told-not-to: when and unless leave no event",
    ),
    "a prohibition excepted whatever an event says": (
        FIELDS,
        "labels: [address-protected]",
        "labels: [address-protected], unless: [{emergency: [true, false]}]",
        r"fields.yaml: coarse-places: when and unless leave no event",
    ),
    "a prohibition on events of another agency": (
        EVENTS,
        "when: {consent: [dissented]}",
        "when: {agency: [nhs], event_type: [police.arrest]}",
        r"events.yaml: told-not-to: when and unless leave no event",
    ),
    "a prohibition where none of its fields is": (
        FIELDS,
        "when: {emergency: [true]}",
        "when: {agency: [social_care]}",
        r"fields.yaml: no-schools: when and unless leave no event",
    ),
    "an agency that sends nothing": (
        ALPHA,
        "agencies: [school]\n    event_types: [school.s",
        "agencies: [school, police]\n    event_types: [school.s",
        r"alpha.yaml: clause A-1: agencies: police sends none of its event_types: name one, or leave it out",
    ),
    "a clause about what only acts on others": (
        ALPHA,
        "event_types: [school.suspension]",
        "event_types: [school.suspension, school.heartbeat]",
        r"alpha.yaml: clause A-1: event_types: school.heartbeat is never on a timeline: leave it out",
    ),
    "a clause without words": (
        ALPHA,
        "text: Stops and searches for early help.",
        'text: "  "',
        r"alpha.yaml: A-3: text: '  ' is not written as words",
    ),
    "a prohibition that excepts all that it covers": (
        FIELDS,
        "fields: [school],",
        "fields: [school], except_fields: [school],",
        r"fields.yaml: no-schools: except_fields: they are all that it covers",
    ),
    "a prohibition on an event and on fields": (
        EVENTS,
        "effect: DENY, when",
        "effect: DENY, fields: [school], when",
        r"events.yaml: told-not-to: fields: this key does not belong here",
    ),
    "a prohibition on a label that is none": (FIELDS, "[address-protected]", "[address]", r"labels: 'address' is not"),
    "a prohibition on a field that is none": (
        FIELDS,
        "[school]",
        "[skool]",
        r"no-schools: fields: 'skool' is not known",
    ),
    "a prohibition that would coarsen what has no coarser form": (
        FIELDS,
        "effect: drop, fields: [school]",
        "effect: mask, fields: [school]",
        r"fields.yaml: no-schools: school has no coarser form: drop it",
    ),
    "a prohibition with an effect that is none": (
        EVENTS,
        "effect: REVIEW",
        "effect: review",
        r"events.yaml: young-suspects: effect: 'review' is not one of",
    ),
    "a prohibition on nothing": (
        FIELDS,
        "fields: [school], ",
        "",
        r"no-schools: it has none of labels, fields; give one",
    ),
    "a prohibition twice": (FIELDS, "id: no-schools", "id: told-not-to", r"fields.yaml: told-not-to is given twice"),
    "free text let through": (FIELDS, "free-text, ", "", r"prohibitions: nothing drops the label free-text always"),
    "internal let through at times": (
        FIELDS,
        "internal]}",
        "internal], when: {emergency: [false]}}",
        r"always: add that",
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_file_is_refused_with_the_place_and_a_way_out(fault, small_directory):
    name, before, after, said = fault
    text = (small_directory / name).read_text()
    assert before in text
    (small_directory / name).write_text(text.replace(before, after, 1))
    with pytest.raises(InvalidAgreement) as refused:
        PolicySet.load(small_directory)
    assert re.search(said, str(refused.value), re.DOTALL), str(refused.value)


@pytest.mark.parametrize("kind", ["agreements", "audiences", "prohibitions"])
def test_a_policy_without_one_of_its_parts_is_none(kind, small_directory):
    for path in (small_directory / kind).iterdir():
        path.unlink()
    with pytest.raises(InvalidAgreement, match=f"{kind} holds no YAML file"):
        PolicySet.load(small_directory)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("alpha.yml", "alpha.yml: only .yaml files are read: name it alpha.yaml"),
        ("alpha.YAML", "alpha.YAML: only .yaml files are read: name it alpha.yaml"),
        ("alpha.yaml.txt", "alpha.yaml.txt: only .yaml files are read: name it alpha.yaml"),
        ("of-2027/alpha.yaml", "of-2027/alpha.yaml: no folder within agreements is read: move it up, or away"),
    ],
)
def test_a_file_that_would_not_be_read_is_said(name, said, small_directory):
    (small_directory / "agreements" / "of-2027").mkdir()
    (small_directory / ALPHA).rename(small_directory / "agreements" / name)
    with pytest.raises(InvalidAgreement, match=f"^{re.escape(said)}$"):
        PolicySet.load(small_directory)


@pytest.mark.parametrize(
    ("name", "read"), [("delta.yaml", False), ("prohibition/delta.yaml", False), ("rules/delta.yaml", True)]
)
def test_a_file_beside_the_folders_that_are_read_is_said(name, read, small_directory):
    path = small_directory / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("- {}")
    with (
        nullcontext() if read else pytest.raises(InvalidAgreement, match=rf"^{name}: it is not read: move it to one of")
    ):
        PolicySet.load(small_directory)


def test_a_folder_of_agreements_alone_is_no_policy(small_directory):
    with pytest.raises(InvalidAgreement, match=r"agreements/agreements holds no YAML file: a policy without"):
        PolicySet.load(small_directory / "agreements")


def test_a_file_of_another_kind_is_not_said_again(small_directory):
    (small_directory / FIELDS).write_text((small_directory / ALPHA).read_text())
    with pytest.raises(InvalidAgreement, match=r"^fields.yaml: this is not of type 'array'; see .{,50}$"):
        PolicySet.load(small_directory)


@pytest.mark.parametrize("place", ["- social_care.missing_from_care\n", "- social_care.care_leaver_contact\n"])
def test_free_text_is_refused_wherever_its_event_type_stands_in_the_list(place, tmp_path):
    """The reason of a case that closed may pass; that of a judgement is somebody's words."""
    shutil.copytree(HERE, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "agreements" / "exploitation-and-missing.yaml"
    path.write_text(path.read_text().replace(place, f"{place}      - social_care.human_judgement\n"))
    said = (
        r"clause EM-15: reason is labelled free-text, which never passes, in social_care.human_judgement: leave it out"
    )
    with pytest.raises(InvalidAgreement, match=said):
        PolicySet.load(tmp_path)


@pytest.mark.parametrize("held", ["&it [*it]", "[" * 500], ids=["itself", "too deep"])
def test_what_no_list_can_hold_is_refused_and_not_followed(held, small_directory):
    text = (small_directory / ALPHA).read_text()
    (small_directory / ALPHA).write_text(text.replace("[early-help, s47-enquiry]", held, 1))
    with pytest.raises(InvalidAgreement, match=r"^alpha.yaml: "):
        PolicySet.load(small_directory)


def test_a_policy_without_rego_is_none(small_directory):
    for path in (small_directory / "rego").rglob("*.rego"):
        path.unlink()
    with pytest.raises(InvalidAgreement, match="holds no policy"):
        PolicySet.load(small_directory)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (ALPHA, "Arrests of suspects", "Arrests of the suspects"),
        (READER, "Ask.", "Do ask."),
        (FIELDS, "A law", "Another law"),
        ("rego/fanlight/sharing/sharing.rego", "# title: Sharing", "# title: Sharing anew"),
    ],
)
def test_any_word_changed_is_another_revision(name, before, after, small, small_directory):
    text = (small_directory / name).read_text()
    (small_directory / name).write_text(text.replace(before, after, 1))
    assert PolicySet.load(small_directory).revision != small.revision


def test_the_same_files_are_the_same_revision(small, small_directory):
    assert PolicySet.load(small_directory).revision == small.revision


def test_tests_and_cases_are_no_part_of_the_revision(small, small_directory):
    (small_directory / "rego" / "fanlight" / "sharing" / "sharing_test.rego").unlink()
    (small_directory / "cases" / "small.yaml").unlink()
    assert PolicySet.load(small_directory).revision == small.revision


def test_files_that_change_while_they_are_read_are_no_policy(small_directory, monkeypatch):
    def read_and_edited(path):
        text = files.text_of(path)
        path.write_text(text.replace("Arrests of suspects only", "Arrests"))
        return text

    monkeypatch.setattr(load, "files", SimpleNamespace(**vars(files) | {"text_of": read_and_edited}))
    with pytest.raises(InvalidAgreement, match="files changed while they were read: start again"):
        PolicySet.load(small_directory)


def test_another_revision_than_the_one_demanded_does_not_run(small):
    assert small.demand_revision("") is small.demand_revision(small.revision) is small
    said = f"the policies are of revision {small.revision}, and 0123 is to run: put its files back, or"
    with pytest.raises(InvalidAgreement, match=said):
        small.demand_revision("0123")


def test_days_begin_at_midnight_in_london_summer_and_winter(policy):
    expected = {
        "exploitation-and-missing": ("2025-08-31T23:00:00Z", "2028-08-31T23:00:00Z"),
        "operation-encompass": ("2025-12-01T00:00:00Z", "2030-12-01T00:00:00Z"),
    }
    found = {
        name: tuple(_utc(ns) for ns in (a.in_force_from_ns, a.in_force_until_ns))
        for name, a in policy.agreements.items()
        if name in expected
    }
    assert found == expected


def _utc(ns):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_agreement_applies_from_its_first_instant_up_to_but_not_at_its_end(policy):
    signed = policy.agreements["operation-encompass"]
    begins, ends = signed.in_force_from_ns, signed.in_force_until_ns
    assert [signed.applies(ns) for ns in (begins - 1, begins, ends - 1, ends)] == [False, True, True, False]


def test_an_agreement_begins_when_the_last_party_has_signed(small_directory):
    path = small_directory / ALPHA
    path.write_text(
        path.read_text().replace(
            "school, role: Director, signed_on: 2025-12-01", "school, role: Director, signed_on: 2026-06-21"
        )
    )
    alpha = PolicySet.load(small_directory).agreements["alpha"]
    assert (alpha.in_force_from, _utc(alpha.in_force_from_ns)) == ("2026-06-21", "2026-06-20T23:00:00Z")


def test_an_epoch_begins_at_a_boundary_and_lasts_to_the_next(small):
    for boundary in small.boundaries_ns:
        assert small.epoch_ns(boundary - 1) < boundary
        assert small.epoch_ns(boundary) == small.epoch_ns(boundary + 1) == boundary
    assert small.epoch_ns(0) == 0


def test_the_agreements_that_ship_are_of_every_kind_asked_for(policy):
    shipped = {
        "county-childrens-safeguarding": (1, "in_force"),
        "exploitation-and-missing": (2, "in_force"),
        "locality-tasking": (2, "signed"),
        "missing-protocol-2021": (2, "expired"),
        "operation-encompass": (2, "in_force"),
    }
    assert shipped.items() <= {name: (a.tier, a.status) for name, a in policy.agreements.items()}.items()
    assert {"police-intelligence-analyst", "designated-safeguarding-lead"} <= set(policy.audiences)


def test_a_clause_is_found_by_name_and_keeps_its_words(policy):
    assert policy.clause("operation-encompass", "OE-1").text.startswith("Before the start of the next school day")
    assert policy.clause("operation-encompass", "OE-2") is None
    assert policy.clause("no-such-agreement", "OE-1") is None


@pytest.mark.parametrize(
    ("before", "after", "is_another"),
    [
        ("text: Missing", "text: All missing", False),
        ("event_types: [police.missing_reported]", "event_types: [police.missing_reported, police.arrest]", False),
        ("purposes: [missing-response, s47-enquiry]\n    outcome", "purposes: [missing-response]\n    outcome", True),
        ("obligations: []", "obligations: [no_onward_sharing]", True),
        ("obligations: []", "obligations: []\n    fields: {pass: [risk_level]}", True),
        ("obligations: []", "obligations: []\n    labels: {pass: [routine]}", True),
    ],
)
def test_a_clause_that_would_let_through_otherwise_asks_another_question(
    before, after, is_another, small, small_directory
):
    path = small_directory / "agreements" / "beta.yaml"
    head, clause = path.read_text().split("id: B-3")
    assert before in clause
    path.write_text(f"{head}id: B-3{clause.replace(before, after)}")
    changed = PolicySet.load(small_directory)
    reason = "clause_requires_review:beta/B-3"
    assert (changed.question(reason) != small.question(reason)) is is_another
    assert changed.question(reason).startswith(f"{reason}@")


def test_only_what_leaves_an_event_to_a_person_asks_a_question(policy):
    required = "clause_requires_review:exploitation-and-missing/"
    asks = ["prohibition:mental-health", f"{required}EM-12"]
    none = ["prohibition:adoption", "prohibition:another", f"{required}EM-1", f"{required}EM-99", "permitted"]
    none += ["clause_requires_review", "released:prohibition:mental-health", "clause_requires_review:another/EM-12"]
    assert [policy.question(reason) is not None for reason in (*asks, *none)] == [True] * 2 + [False] * len(none)


def test_the_index_finds_what_looking_at_everything_finds(policy):
    index = policy.data()["index"]
    for audience, event_type in product(policy.audiences, event_records()):
        scanned = {
            f"{a.id}/{c.id}": [a.id, c.id]
            for a in policy.agreements.values()
            for c in a.clauses.values()
            if audience in c.audiences and event_type in c.event_types
        }
        assert index["clauses"][audience].get(event_type, {}) == scanned
        for name, label in field_labels(event_type).items():
            covering = {p.id for p in policy.prohibitions.values() if label in p.labels or name in p.fields}
            assert {*index["labels"].get(label, []), *index["fields"].get(name, [])} == covering
    on_events = {p.id for p in policy.prohibitions.values() if p.effect in ("DENY", "REVIEW")}
    found = {}
    for attribute, by_value in index["events"].items():
        for value, ids in by_value.items():
            for name in ids:
                found.setdefault(name, set()).add((attribute, value))
    assert found.keys() == on_events
    for name, pairs in found.items():
        [attribute] = {attribute for attribute, _ in pairs}
        assert {value for _, value in pairs} == set(policy.prohibitions[name].when[attribute])


def test_a_bundle_holds_rego_without_tests_the_data_and_the_revision(policy, tmp_path):
    policy.write_bundle(tmp_path)
    written = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {".manifest", "data.json", "fanlight/sharing/sharing.rego"}
    manifest = json.loads((tmp_path / ".manifest").read_text())
    assert manifest == {
        "revision": policy.revision,
        "roots": ["agreements", "audiences", "fanlight/sharing", "index", "prohibitions", "revision"],
        "rego_version": 1,
    }
    data = json.loads((tmp_path / "data.json").read_text())
    assert data == policy.data()
    assert set(data) | {"fanlight/sharing"} == set(manifest["roots"])
    rego = (tmp_path / "fanlight/sharing/sharing.rego").read_text()
    assert rego == (HERE / "rego/fanlight/sharing/sharing.rego").read_text()
