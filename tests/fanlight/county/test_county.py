"""The county as files: the same every time, of nobody who exists, with the stories in it."""

import csv
import io
import json
import re
from datetime import date
from pathlib import Path

import pytest
from nhs_number import is_valid
from stdnum.gb import upn as gb_upn

from fanlight.county import LEAST_PEOPLE, Manifest, write_county

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    folder = tmp_path_factory.mktemp("county")
    return folder, write_county(folder, people=60, seed=1, today=TODAY)


def written(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text(encoding="utf-8"), newline="")))


def test_the_same_people_seed_and_day_give_the_same_bytes(county: tuple[Path, Manifest], tmp_path: Path) -> None:
    write_county(tmp_path, people=60, seed=1, today=TODAY)
    assert written(tmp_path) == written(county[0])


def test_another_seed_gives_another_county(county: tuple[Path, Manifest], tmp_path: Path) -> None:
    write_county(tmp_path, people=60, seed=2, today=TODAY)
    assert written(tmp_path) != written(county[0])


@pytest.mark.parametrize("people", [LEAST_PEOPLE, 61, 300])
def test_a_county_has_as_many_people_as_it_was_asked_for(people: int, tmp_path: Path) -> None:
    assert write_county(tmp_path, people=people, today=TODAY).people == people


def test_a_county_without_room_for_its_stories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=str(LEAST_PEOPLE)):
        write_county(tmp_path, people=LEAST_PEOPLE - 1, today=TODAY)


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2027, 3, 1), date(2028, 2, 29), date(2026, 8, 9)])
def test_a_county_can_be_written_on_any_day(today: date, tmp_path: Path) -> None:
    manifest = write_county(tmp_path, people=40, today=today)
    assert {d.agency for d in manifest.deliveries} == {"police", "nhs", "school", "social_care"}


def test_every_file_belongs_to_one_delivery(county: tuple[Path, Manifest]) -> None:
    folder, manifest = county
    delivered = [str(path.relative_to(folder)) for d in manifest.deliveries for path in d.paths]
    assert sorted(delivered) == sorted(written(folder))


# Identifiers: read from the bytes, so that a new table cannot escape.


def everything(folder: Path) -> str:
    return "\n".join(data.decode("utf-8").replace("\r", "\n") for data in written(folder).values())


def test_every_nhs_number_is_of_the_block_that_is_never_issued(county: tuple[Path, Manifest]) -> None:
    # Any ten digits that are not the middle of something longer.
    numbers = set(re.findall(r"(?<![\w-])\d{10}(?![\w-])", everything(county[0])))
    assert len(numbers) >= 60
    assert [n for n in numbers if not n.startswith("999") or not is_valid(n)] == []


def test_every_upn_is_of_an_authority_that_does_not_exist_and_has_its_check_letter(
    county: tuple[Path, Manifest],
) -> None:
    upns = set(re.findall(r"\b[A-Z]\d{11}[0-9A-Z]\b", everything(county[0])))
    assert len(upns) >= 55
    assert [u for u in upns if u[1:4] != "999"] == []
    assert [u for u in upns if u[-1].isdigit() and gb_upn.calc_check_digit(u[1:]) != u[0]] == []
    assert [u for u in upns if u[-1].isalpha()] != [], "one child has a temporary UPN"


def test_every_postcode_lies_nowhere(county: tuple[Path, Manifest]) -> None:
    postcodes = set(re.findall(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", everything(county[0])))
    assert len(postcodes) >= 30
    assert [p for p in postcodes if not p.startswith("ZZ")] == []


def test_every_telephone_number_is_reserved_for_drama(county: tuple[Path, Manifest]) -> None:
    numbers = set(re.findall(r"\b0\d{4} \d{6}\b", everything(county[0])))
    assert numbers
    assert [n for n in numbers if not n.startswith("01632 960")] == []


def test_every_child_of_the_authority_and_the_force_is_marked_as_synthetic(county: tuple[Path, Manifest]) -> None:
    folder = county[0]
    children = {row["CHILD"] for p in (folder / "social-care/ssda903").iterdir() for row in rows(folder, str(p))}
    people = {row["person_ref"] for p in (folder / "police").iterdir() for row in rows(folder, str(p))}
    assert {key[:3] for key in (children | people) - {""}} == {"SYN"}


def test_nobody_can_be_written_to(county: tuple[Path, Manifest]) -> None:
    hosts = set(re.findall(r"https?://([\w.-]+)", everything(county[0])))
    assert hosts <= {
        "example.org", "fhir.nhs.uk", "fhir.hl7.org.uk", "snomed.info", "terminology.hl7.org",
    }  # fmt: skip
    assert "@" not in everything(county[0])


# The stories.


def told(manifest: Manifest, name: str) -> dict[str, str]:
    return next(story.subjects for story in manifest.stories if story.key == name)


def test_exploitation_builds_up_over_the_last_ninety_days(county: tuple[Path, Manifest]) -> None:
    folder, manifest = county
    who = told(manifest, "building-up")
    reports = [r for r in rows(folder, "police/missing-episodes.csv") if r["person_ref"] == who["police"]]
    assert len({r["report_ref"] for r in reports}) == 4
    graded = [r for r in rows(folder, "police/intelligence.csv") if r["person_ref"] == who["police"]]
    assert [(r["source_evaluation"], r["intelligence_assessment"], r["handling_code"]) for r in graded] == [
        ("2", "B", "P")
    ]


def test_a_case_is_closed_before_school_and_police_last_worried(county: tuple[Path, Manifest]) -> None:
    folder, manifest = county
    who = told(manifest, "closed-too-soon")
    [closed] = [r for r in rows(folder, "social-care/closures.csv") if r["child_id"] == who["social_care"]]
    concerns = [r["recorded_on"] for r in rows(folder, "school/concerns.csv") if r["upn"] == who["school"]]
    reports = [
        r["reported_at"] for r in rows(folder, "police/missing-episodes.csv") if r["person_ref"] == who["police"]
    ]
    assert max(concerns) > closed["closed_on"]
    assert max(reports) > closed["closed_on"]


def test_what_must_never_show_is_in_the_files_of_the_protected_child(county: tuple[Path, Manifest]) -> None:
    folder, manifest = county
    [story] = [s for s in manifest.stories if s.never]
    text = everything(folder).casefold()
    assert [word for word in story.never if word.casefold() not in text] == []
    assert set(story.subjects) == {"police", "nhs", "school", "social_care"}


def test_bundles_hold_each_patient_before_what_happened_to_them(county: tuple[Path, Manifest]) -> None:
    for path in (county[0] / "nhs/fhir").iterdir():
        seen: set[str] = set()
        for entry in json.loads(path.read_text(encoding="utf-8"))["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "Patient":
                seen.add(f"Patient/{resource['id']}")
            elif "subject" in resource:
                assert resource["subject"]["reference"] in seen


def test_messages_end_their_segments_with_a_carriage_return(county: tuple[Path, Manifest]) -> None:
    data = (county[0] / "nhs/adt-batch.hl7").read_bytes()
    assert b"\n" not in data
    triggers = set(re.findall(rb"\|ADT\^(A\d\d)\^", data))
    assert triggers == {b"A01", b"A03", b"A04", b"A08", b"A31", b"A40"}
