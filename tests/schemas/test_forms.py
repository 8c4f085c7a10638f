"""A sentence has no form; what a list knows, and what stands in records, has one."""

import pytest

from schemas import binary
from schemas.catalogue import definitions, event_records
from schemas.codes import lists
from schemas.errors import Misfit
from schemas.forms import CODED, FORMS, WORDS, form_of, has_form, is_reference
from schemas.functions import reader
from schemas.vocabulary import Label

SENTENCE = "Her mother hit her"
LONG = "Her mother says so. She rang twice about her other children"
NESTED = ("fanlight.Header", "fanlight.Person", "fanlight.Moment", "fanlight.Grading", "fanlight.Identifier")
RECORDS = sorted({kind.name for kind in event_records().values()} | set(NESTED))
HAVE = {
    "code": ["", "SUSP", "a_code-nobody.knows", "x" * 48, "Youth caution", "youth_caution"],
    "day": ["2026", "2026-03", "2026-03-01", "2024-02-29"],
    "id": ["0adb7be8-5691-8909-b7b9-0a175cc8a593"],
    "line": ["police.csv", "Sam Sample, social worker", "x" * 100],
    "moment": [
        "2026",
        "2026-03",
        "2026-03-01",
        "2026-03-01T09:30Z",
        "2026-03-01T09:30:00Z",
        "2026-03-01T09:30:00.123Z",
    ],
    "precision": ["year", "second"],
    "title": ["Example Council", "2024 summer, half term 1", "x" * 48],
}
HAVE_NOT = {
    "code": ["Jo Sample", "x" * 49, "12 Example Street", "jo.sample@example.org"],
    "day": ["", "2026-02-30", "2026-13", "20260301", "2026-03-01T09:30Z", "1 March", "２０２６"],
    "id": ["", "0adb7be8-5691-8909-b7b9-0a175cc8a59", "0ADB7BE8-5691-8909-B7B9-0A175CC8A593", "9990000018", "g" * 36],
    "line": ["x" * 101, "one\nanother", "\u202eback"],
    "moment": [
        "",
        "2026-03-01T09:30",
        "2026-03-01T25:30Z",
        "2026-02-30T09:30Z",
        "2026T09:30Z",
        "T09:30Z",
        "2026-03-01 ",
    ],
    "precision": ["", "about", "DAY"],
    "title": ["x" * 49],
}


def had(form: str, text: str) -> bool:
    """Whether a reader takes it, and alike a second time, as what has the form is remembered."""
    takes = FORMS[form].takes(text)
    read = reader([{"name": "field", "type": "string", "label": "routine", "form": form}], {}, forms=form_of)
    for _ in range(2):
        if takes:
            assert read(binary.text(text), 0)[0] == {"field": text}
        else:
            with pytest.raises(Misfit, match=r"^field has not the form"):
                read(binary.text(text), 0)
    return takes


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in HAVE.items() for text in texts])
def test_what_belongs_there_has_the_form(form: str, text: str) -> None:
    assert had(form, text)


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in HAVE_NOT.items() for text in texts])
def test_what_does_not_has_it_not(form: str, text: str) -> None:
    assert not had(form, text)


@pytest.mark.parametrize("form", sorted(FORMS))
def test_a_sentence_has_no_form_but_that_of_names(form: str) -> None:
    assert had(form, SENTENCE) == (form in ("line", "title"))
    assert had(form, LONG) == (form == "line")


@pytest.mark.parametrize("name", sorted(lists()))
def test_every_code_of_every_list_and_its_title_are_codes(name: str) -> None:
    for version in lists()[name].versions:
        assert all(had("code", text) for code, said in version.codes.items() for text in (code, said["title"]))


@pytest.mark.parametrize("record", RECORDS)
def test_every_form_that_a_field_declares_is_one(record: str) -> None:
    declared = {field["form"] for field in definitions()[record]["fields"] if "form" in field}
    assert declared <= {*FORMS, WORDS}


def test_words_of_a_label_of_codes_are_those_of_clinicians_alone() -> None:
    told = {
        (record, field["name"])
        for record in RECORDS
        for field in definitions()[record]["fields"]
        if Label(field["label"]) in CODED and "string" in str(field["type"]) and form_of(field) is None
    }
    assert {record.removeprefix("fanlight.") for record, _ in told} == {
        *("nhs.Admission", "nhs.Discharge", "nhs.EmergencyAttendance", "nhs.HealthCondition")
    }
    assert {name for _, name in told} == {"reason", "diagnosis", "chief_complaint", "text"}


def test_what_is_no_text_has_every_form() -> None:
    assert has_form("fanlight.police.Arrest", "strip_search", True)
    assert has_form("fanlight.police.Arrest", "spent_on", None)
    assert not has_form("fanlight.police.Arrest", "spent_on", SENTENCE)


@pytest.mark.parametrize("text", ["9990000018", "RXX-0001/2", "K 99 9000 1250 01", "Åsa7", "AB@RXX"])
def test_a_number_of_somebodys_own_system_may_have_letters_and_blanks(text):
    assert is_reference(text)


@pytest.mark.parametrize("text", ["", "ask her mother", f"{LONG} at number 7"], ids=["none", "a remark", "a sentence"])
def test_no_number_and_a_remark_are_no_reference(text):
    assert not is_reference(text)
