import json
from pathlib import Path

import pytest

from connectors.connector import Source
from connectors.csv_mapped import fitting, left_out
from connectors.mapping import SHIPPED, columns, load_mapping, parse, shipped
from connectors.tabular import Table, column_key, read_table
from schemas.errors import InvalidMapping
from schemas.vocabulary import Agency, Consent, Regime, Role, Sensitivity

TEMPLATES = Path(load_mapping.__code__.co_filename).parent / "templates"
GOOD = """
name: force-arrests
title: Arrests
agency: police
required: [ref, who, at]
record: [ref]
subject: who
free_text: [story]
events:
  - type: police.arrest
    occurred: at
    body: {reference: ref, notes: story}
"""


def faulty(old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(InvalidMapping) as caught:
        parse(GOOD.replace(old, new), "force.yaml")
    return str(caught.value)


def test_a_mapping_file_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "force.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_mapping(str(path)) == parse(GOOD, "force.yaml")


def test_a_shipped_mapping_is_found_by_its_name() -> None:
    assert load_mapping("police-arrests")["name"] == "police-arrests"


def test_a_mapping_that_is_nowhere_names_the_shipped_ones() -> None:
    with pytest.raises(InvalidMapping, match="police-arrests, police-encompass"):
        load_mapping("police-arrest")


@pytest.mark.parametrize(
    "text", ["ref,who\nSYN-1,Quillfeather\n", "MSH|Quillfeather\r", "- Quillfeather", "Quillfeather: [", ""]
)
def test_nothing_is_quoted_of_a_file_of_children_that_was_named_in_the_place_of_a_mapping(text: str) -> None:
    with pytest.raises(InvalidMapping) as caught:
        parse(text, "missing.csv")
    assert str(caught.value).startswith("missing.csv: no")
    assert "Quillfeather" not in str(caught.value)


@pytest.mark.parametrize("name", [".", "x" * 300, "no/such/place.yaml"])
def test_what_is_no_file_is_told_by_its_name(name: str) -> None:
    with pytest.raises(InvalidMapping, match=rf"^mapping {name}: no shipped mapping, and no file that can be read"):
        load_mapping(name)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe\x00bad", "not text in UTF-8"),
        (b"[" * 5000, r"cannot be read \(RecursionError\)"),
        (b"name: 2026-13-45", "line 1: 2026-13-45 is no day"),
    ],
    ids=["binary", "brackets without end", "a date that is none"],
)
def test_a_file_that_is_no_yaml_is_told_in_one_sentence(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "force.yaml"
    path.write_bytes(data)
    with pytest.raises(InvalidMapping, match=message):
        load_mapping(str(path))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "title: Arrests",
            "title: [",
            "force.yaml: not YAML at line 5; mend it there: a name with ? : , or # in it needs quotes, and no line"
            " begins with a tab",
        ),
        (
            "subject: who",
            "subject: who\nsubject: at",
            "force.yaml: line 8: the key 'subject' is given twice: keep one of them",
        ),
        ("name: force-arrests\n", "", "force.yaml: the file: 'name' is a required property; see mapping.schema.json"),
        (
            "occurred: at",
            "happened: at, occurred: at".replace(", ", "\n    "),
            "force.yaml: events.0: Additional properties are not allowed ('happened' was unexpected); known are body,"
            " consent, grading, occurred, precision, role, sensitivities, type, when; see mapping.schema.json",
        ),
        (
            "police.arrest",
            "police.arests",
            "force.yaml: events.0.type: no event type police.arests; the types are the *.avsc files of schemas/avro",
        ),
        (
            "police.arrest",
            "school.on_roll",
            "force.yaml: events.0.type: school.on_roll is not a police event; set agency or type",
        ),
        (
            "notes: story",
            "disposal: {column: d, list: disposals}",
            "force.yaml: events.0.body.disposal: no code list disposals; the lists are in schemas/codes",
        ),
        (
            "notes: story",
            "offence_group: story",
            "force.yaml: events.0.body.offence_group: column story is free text, offence_group is not;"
            " map it to a field labelled free-text, or ignore it",
        ),
        (
            "notes: story",
            "offence_group: officer notes",
            "force.yaml: events.0.body.offence_group: column officer notes is free text, offence_group is not;"
            " map it to a field labelled free-text, or ignore it",
        ),
        (
            "subject: who",
            "subject: story",
            "force.yaml: subject: column story is free text; map it to a field labelled free-text, or ignore it",
        ),
        (
            "notes: story",
            "strip_search: {constant: maybe}",
            "force.yaml: events.0.body.strip_search: the constant does not fit strip_search, which is a boolean",
        ),
        (
            "occurred: at",
            "occurred: at\n    role: {column: part, values: {S: suspect, E: emperor}}",
            "force.yaml: events.0.role.values.E: 'emperor' is not one of ['subject', 'victim', 'suspect',"
            " 'witness', 'child_under_10', 'missing_person', 'patient']; see mapping.schema.json",
        ),
        (
            "occurred: at",
            "occurred: at\n    role: emperor",
            "force.yaml: events.0.role: 'emperor' is not one of ['subject', 'victim', 'suspect',"
            " 'witness', 'child_under_10', 'missing_person', 'patient']; see mapping.schema.json",
        ),
        (
            "occurred: at",
            "occurred: at\n    consent: {column: asked, values: {Y: consented, M: maybe}}",
            "force.yaml: events.0.consent.values.M: 'maybe' is not one of ['not_recorded', 'consented',"
            " 'dissented', 'not_asked', 'not_told']; see mapping.schema.json",
        ),
        (
            "notes: story",
            "disposal: {column: d, list: disposal, attribute: nonsense}",
            "force.yaml: events.0.body.disposal: no code of list disposal says nonsense; leave attribute out",
        ),
        (
            "notes: story",
            "disposal: {column: d, values: {C: charged}, attribute: title}",
            "force.yaml: events.0.body.disposal: attribute is what a code list says of a code; add list",
        ),
        (
            "notes: story",
            "disposal: {column: d, lst: disposal}",
            "force.yaml: events.0.body.disposal: Additional properties are not allowed ('lst' was unexpected);"
            " known are as, attribute, column, least, list, most, split, values; see mapping.schema.json",
        ),
        (
            "notes: story",
            "disposal: {list: disposal}",
            "force.yaml: events.0.body.disposal: 'column' is a required property; see mapping.schema.json",
        ),
        (
            "notes: story",
            "disposal: {column: d, values: {Y: yes}}",
            "force.yaml: events.0.body.disposal.values.Y: True is not of type 'string'; put it in quotes;"
            " see mapping.schema.json",
        ),
        (
            "name: force-arrests",
            "name: Our Arrests",
            "force.yaml: name: 'Our Arrests' is not written as small letters, digits and hyphens, as in force-arrests;"
            " see mapping.schema.json",
        ),
        (
            "police.arrest",
            "arrest",
            "force.yaml: events.0.type: 'arrest' is not written as an agency, a dot and what happened, as in"
            " police.arrest; see mapping.schema.json",
        ),
        (
            "subject: who",
            "subject: [who, which]",
            "force.yaml: subject: ['who', 'which'] is not of type 'string'; name one; see mapping.schema.json",
        ),
        (
            "record: [ref]",
            "record: ref",
            "force.yaml: record: 'ref' is not of type 'array'; put it in brackets; see mapping.schema.json",
        ),
        (
            "notes: story",
            "disposal: {column: d, list: disposal, values: {C: charge, D: dismissed in court}}",
            "force.yaml: events.0.body.disposal.values.D: list disposal has no dismissed in court;"
            " give a code of it, as in schemas/codes",
        ),
        (
            "notes: story",
            "disposal: {column: d, values: {c: charge, C: caution}}",
            "force.yaml: events.0.body.disposal.values: c is given twice, as capitals make no difference;"
            " keep one of them",
        ),
        (
            "notes: story",
            "strip_search: {column: s, values: {JOG: 'yes', EIP: exposed}}",
            "force.yaml: events.0.body.strip_search.values.EIP: exposed is neither yes nor no; write one of them",
        ),
        (
            "occurred: at",
            "occurred: at\n    role: {column: part, values: {IP: victim, ip: witness}}",
            "force.yaml: events.0.role.values: ip is given twice, as capitals make no difference; keep one of them",
        ),
        (
            "record: [ref]",
            "record: [ref]\naction: {column: status, retract: [D], keep: [n, d]}",
            "force.yaml: action: d stands under retract and under keep; leave it in one of them",
        ),
        (
            "record: [ref]",
            "record: {first: a number of ours, second: another number, third: and yet another}",
            "force.yaml: record: this is not of type 'array'; see mapping.schema.json",
        ),
        (
            "notes: story",
            "strip_search: {column: s, as: date}",
            "force.yaml: events.0.body.strip_search: strip_search holds no text; leave as out",
        ),
        (
            "notes: story",
            "strip_search: {column: s, list: disposal}",
            "force.yaml: events.0.body.strip_search: strip_search holds no code; leave list out",
        ),
        (
            "police.arrest",
            "police.retraction",
            "force.yaml: events.0.type: no mapping makes a police.retraction; give the type of what happened,"
            " and take back with action",
        ),
        (
            "notes: story",
            "disposal: {hours_since: at}",
            "force.yaml: events.0.body.disposal: disposal holds no hours; leave hours_since out",
        ),
        (
            "notes: story",
            "disposal: {column: d, split: ';'}",
            "force.yaml: events.0.body.disposal: disposal holds one value; leave split out",
        ),
        (
            "notes: story",
            "disposal: {column: d, least: 1}",
            "force.yaml: events.0.body.disposal: disposal holds no number; leave least out",
        ),
        (
            "occurred: at",
            "occurred: at\n    sensitivities: [{column: informant, values: [y]}]",
            "force.yaml: events.0.sensitivities: column informant protects nothing; add is, or a list whose codes tell",
        ),
        (
            "occurred: at",
            "occurred: at\n    sensitivities: [{column: risk, list: missing_risk}]",
            "force.yaml: events.0.sensitivities: column risk protects nothing; add is, or a list whose codes tell",
        ),
        (
            "occurred: at",
            "occurred: at\n    sensitivities: [{column: d, list: disposal, passed: true}]",
            "force.yaml: events.0.sensitivities: column d protects nothing; add is, or a list whose codes tell",
        ),
        (
            "notes: story",
            f"disposal: {{constant: {'went home ' * 6}}}",
            "force.yaml: events.0.body.disposal: the constant is a sentence, and disposal is not free text;"
            " say it in a few words",
        ),
        (
            "notes: story",
            "disposal: {constant: Went home}",
            "force.yaml: events.0.body.disposal: the constant is nothing that disposal takes; give a code, as one word"
            " or by its title",
        ),
        (
            "record: [ref]",
            "record: [ref, at]\naction: {column: At, retract: [D]}",
            "force.yaml: record: with column at in its key a row that takes back names another record; leave it out",
        ),
        (
            "record: [ref]",
            "action: {column: status, retract: [D]}",
            "force.yaml: action: a row without a key cannot be named again to take it back; add record",
        ),
    ],
)
def test_a_faulty_mapping_says_where_what_and_the_way_out(old: str, new: str, message: str) -> None:
    assert faulty(old, new) == message


def test_a_field_that_a_record_does_not_have_is_named_with_those_it_has() -> None:
    message = faulty("notes: story", "nots: story")
    assert message.startswith(
        "force.yaml: events.0.body.nots: fanlight.police.Arrest has no such field for a mapping; those it has are"
    )


def test_a_column_that_names_the_record_is_one_that_files_must_have() -> None:
    message = faulty("record: [ref]", "record: [number]")
    assert message == "force.yaml: record: column number names the record, so a file must have it; add it to required"


def test_a_column_is_the_same_however_the_mapping_writes_it() -> None:
    assert parse(GOOD.replace("record: [ref]", "record: [REF]"), "force.yaml")["record"] == ["REF"]


@pytest.mark.parametrize("kind", ["heartbeat", "retraction", "correction"])
def test_what_no_row_can_say_is_no_type_for_a_mapping(kind: str) -> None:
    assert f"no mapping makes a police.{kind}" in faulty("police.arrest", f"police.{kind}")


def test_what_the_bus_calls_its_own_is_in_no_column() -> None:
    merge = GOOD.replace("agency: police", "agency: nhs").replace("police.arrest", "nhs.patient_merged")
    with pytest.raises(InvalidMapping, match=r"no mapping makes a nhs\.patient_merged"):
        parse(merge, "force.yaml")
    answer = "police.human_judgement\n    occurred: at\n    body: {judgement: j, judged_by: b, about_event: e}\n"
    with pytest.raises(InvalidMapping, match=r"about_event: fanlight\.HumanJudgement has no such field for a mapping"):
        parse(GOOD[: GOOD.index("police.arrest")] + answer, "force.yaml")


def test_a_mapping_says_all_that_such_a_record_always_says() -> None:
    message = faulty("police.arrest", "police.human_judgement")
    assert "events.0.body: judged_by is missing; a fanlight.HumanJudgement always has one" in message


def test_two_events_of_one_type_are_refused() -> None:
    message = faulty("events:\n", "events:\n  - {type: police.arrest, occurred: at}\n")
    assert message.startswith("force.yaml: events: two events have one type")


def test_the_schema_of_mappings_has_the_words_of_the_vocabulary() -> None:
    schema = json.loads((SHIPPED / "mapping.schema.json").read_text(encoding="utf-8"))
    words, event = schema["$defs"], schema["$defs"]["event"]["properties"]
    assert words["roles"]["enum"] == list(Role)
    assert words["consents"]["enum"] == list(Consent)
    assert event["sensitivities"]["items"]["properties"]["is"]["enum"] == list(Sensitivity)
    assert schema["properties"]["agency"]["enum"] == list(Agency)
    assert schema["properties"]["regime"]["enum"] == list(Regime)


@pytest.mark.parametrize("name", shipped())
class TestEachShippedMapping:
    def test_it_is_named_as_its_file(self, name: str) -> None:
        assert shipped()[name]["name"] == name

    def test_it_reads_its_own_template_and_only_that(self, name: str) -> None:
        if "subject" not in shipped()[name]:
            assert not (TEMPLATES / f"{name}.csv").exists()
            return
        source = Source(name="template.csv", data=(TEMPLATES / f"{name}.csv").read_bytes())
        table = read_table(source)
        assert isinstance(table, Table)
        assert fitting(table.columns) == shipped()[name]
        assert left_out(source, shipped()[name]) == ()
        assert set(map(column_key, columns(shipped()[name]))) == set(table.columns)
