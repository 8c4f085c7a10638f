"""The simulated rows as partner files, through the real connectors: all are read, and say what records.csv says."""

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from connectors.connector import Context, Source
from connectors.formats import FORMATS
from connectors.mapping import load_mapping
from fanlight.simulator import load, simulate
from schemas.codec import encode_event
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency


def deliveries(folder):
    found = defaultdict(list)
    with (folder / "partner-files/deliveries.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            key = line["delivery"], line["format"], line["agency"], line["feed"], line["mapping"]
            found[key].append(folder / "partner-files" / line["path"])
    return found


def read_all(folder):
    found = []
    for (_, format_name, agency, feed, mapping), paths in deliveries(folder).items():
        context = Context(
            key=DeploymentKey(bytes(32)),
            agency=Agency(agency),
            feed=feed,
            received_at=datetime(2026, 11, 22, tzinfo=UTC),
            mapping=load_mapping(mapping) if mapping else None,
        )
        sources = [Source(name=path.name, data=path.read_bytes()) for path in paths]
        found += [(format_name, read) for read in FORMATS[format_name].read(sources, context)]
    return found


@pytest.fixture(scope="module")
def reads(county):
    return read_all(county.folder)


def test_every_format_is_there_and_every_file_in_the_list(county):
    listed = deliveries(county.folder)
    assert {key[1] for key in listed} == set(FORMATS)
    folder = county.folder / "partner-files"
    files = {path for path in folder.rglob("*") if path.is_file()} - {folder / "deliveries.csv"}
    assert files == {path for paths in listed.values() for path in paths}


def test_nothing_is_refused(reads):
    refused = Counter((name, read.rejection.code) for name, read in reads if read.rejection)
    assert refused == {}


def test_every_event_fits_its_record(reads):
    assert all(encode_event(event) for _, read in reads for event in read.events)


def said(given_name, middle_names, family_name, birth_date, postcode):
    return tuple(value or "" for value in (given_name, middle_names, family_name, birth_date, postcode))


def test_every_row_arrives_with_its_names_birth_date_and_postcode(county, reads):
    """School census addresses are events of their own, so a postcode there stands apart from the name."""
    arrived = {
        said(p.given_name, p.middle_names, p.family_name, p.birth_date, p.postcode)
        for _, read in reads
        for event in read.events
        if (p := event.person) is not None
    }
    lost = Counter(
        row["source"]
        for row in county.rows
        for whole in [len(row["birth_date"]) == 10 or row["source"] == "nhs"]
        for told in [[row[f] for f in ("given_name", "middle_names", "family_name")]]
        for born in [row["birth_date"] if whole else ""]
        # A FHIR name is a list of given names: without a first, the second is the first.
        if told[0] and not {said(*told, born, row["postcode"]), said(*told, born, "")} & arrived
    )
    assert lost == {}


def test_every_identifier_arrives(county, reads):
    arrived = {
        (identifier.system, identifier.value.partition("@")[0])  # a hospital's number comes with the hospital
        for _, read in reads
        for event in read.events
        if event.person
        for identifier in event.person.identifiers
    }
    for source, system, column in (
        ("nhs", "nhs-number", "nhs_number"),
        ("nhs", "hospital-number", "record_id"),
        ("school", "upn", "upn"),
        ("social_care", "la-child-id", "record_id"),
        ("social_care", "nhs-number", "nhs_number"),
        ("social_care", "upn", "upn"),
    ):
        written = {(system, row[column]) for row in county.rows if row["source"] == source and row[column]}
        assert written - arrived == set(), column


def test_who_has_an_alias_has_it_at_the_hospital(county, reads):
    aliases = {alias for _, read in reads for event in read.events if event.person for alias in event.person.aliases}
    written = {row["aliases"] for row in county.rows if row["source"] == "nhs" and row["aliases"]}
    assert written
    assert written - aliases == set()


@pytest.mark.parametrize(
    "model",
    [
        "{version: 1, factor: 50, together: {careless: {share: 0.2, times: 5}}}",
        "{version: 1, sources: {social_care: {carries: {la_child_id: 0}}, school: {carries: {upn: 0}}}}",
        "{version: 1, arrival: {late: 1, repeated: 1, out_of_order: 1}, people: {groups: {unborn: 0.2, uasc: 0.15}}}",
    ],
)
def test_nothing_is_refused_whatever_goes_wrong(model, tmp_path):
    (tmp_path / "errors.yaml").write_text(model, encoding="utf-8")
    simulate(tmp_path / "county", people=400, seed=6, model=load(tmp_path / "errors.yaml"), partner_files=True)
    found = read_all(tmp_path / "county")
    assert len(found) > 1000
    assert [read.rejection for _, read in found if read.rejection] == []


@pytest.mark.parametrize("people", [1, 3, 30])
def test_a_few_people_make_no_empty_file(people, tmp_path):
    simulate(tmp_path / "few", people=people, seed=3, partner_files=True)
    for (_, format_name, *_), paths in deliveries(tmp_path / "few").items():
        assert all(path.stat().st_size > 100 for path in paths), format_name


def test_partner_files_of_an_earlier_run_do_not_stay(tmp_path):
    simulate(tmp_path, people=20, seed=3, partner_files=True)
    simulate(tmp_path, people=20, seed=4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv", "records.csv", "truth.csv"]
