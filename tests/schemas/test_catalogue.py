"""Every fact says what it means and how it may be shared."""

from dataclasses import fields

import pytest

from schemas import events
from schemas.catalogue import definitions, event_records, labels
from schemas.vocabulary import Agency, Label

NAMES = sorted(definitions())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_named_for_its_record(name):
    definition = definitions()[name]
    assert f"{definition['namespace']}.{definition['name']}" == name


@pytest.mark.parametrize("name", NAMES)
def test_every_field_says_what_it_means_and_carries_a_label(name):
    definition = definitions()[name]
    assert definition["doc"]
    assert [f["name"] for f in definition["fields"] if not f["doc"].strip()] == []
    assert set(labels(name).values()) <= set(Label)


def test_a_field_without_a_label_does_not_load(monkeypatch):
    broken = {"x": {"fields": [{"name": "a", "type": "string", "doc": "something"}]}}
    monkeypatch.setattr("schemas.catalogue.definitions", lambda: broken)
    with pytest.raises(KeyError):
        labels("x")


@pytest.mark.parametrize("record", ["Header", "Person", "Moment", "Grading", "Identifier"])
def test_typed_records_and_avro_records_name_the_same_fields(record):
    declared = [f.name for f in fields(getattr(events, record))]
    assert declared == [f["name"] for f in definitions()[f"fanlight.{record}"]["fields"]]


def test_every_event_record_begins_with_its_header():
    firsts = {kind.name: definitions()[kind.name]["fields"][0]["name"] for kind in event_records().values()}
    assert set(firsts.values()) == {"header"}


def test_free_text_and_third_parties_are_labelled_as_such():
    telling = {"notes", "comment", "circumstances", "voice_of_child", "risk_rationale", "raw_text"}
    for kind in event_records().values():
        assert {kind.labels[n] for n in telling & set(kind.labels)} <= {Label.FREE_TEXT}, kind.event_type


def test_shared_records_have_a_type_for_every_agency():
    assert {f"{a}.retraction" for a in Agency} <= set(event_records())


def test_what_only_acts_on_other_events_is_no_entry():
    acting = {name.rpartition(".")[2] for name, record in event_records().items() if not record.can_be_entry}
    assert acting == {"heartbeat", "retraction", "correction"}
