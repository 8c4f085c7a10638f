from datetime import date

import pytest
import yaml

from schemas import codes
from schemas.vocabulary import Sensitivity

BEFORE, AFTER = date(2024, 8, 18), date(2024, 8, 19)
SAID = {"title", "meaning", "sensitivity", "aliases", "unplanned", "left_before_seen"}


@pytest.mark.parametrize("code_list", codes.lists().values(), ids=lambda code_list: code_list.name)
class TestEachList:
    def test_it_has_a_source_and_its_versions_follow_one_another(self, code_list: codes.CodeList) -> None:
        assert code_list.source.strip()
        assert code_list.versions
        ends = [version.until for version in code_list.versions]
        assert all(a < b.since for a, b in zip(ends, code_list.versions[1:], strict=False))
        assert ends[-1] == date.max

    def test_each_code_is_text_with_a_title(self, code_list: codes.CodeList) -> None:
        for version in code_list.versions:
            for code, said in version.codes.items():
                assert isinstance(code, str), code
                assert isinstance(said["title"], str), code
                assert set(said) <= SAID, code
                assert said.get("sensitivity") in (None, *Sensitivity), code

    def test_each_code_is_known_by_itself_and_by_its_title(self, code_list: codes.CodeList) -> None:
        newest = code_list.versions[-1]
        for code, said in newest.codes.items():
            assert codes.canonical(code_list.name, code) == code
            found = codes.canonical(code_list.name, said["title"].upper())
            assert found is not None
            assert newest.codes[found]["title"] == said["title"]


def test_an_attendance_code_means_what_it_meant_on_the_day() -> None:
    assert codes.attribute("attendance", "J", "meaning", BEFORE) == "present"
    assert codes.attribute("attendance", "C2", "meaning", AFTER) == "authorised"
    assert codes.attribute("attendance", "D", "meaning", AFTER) == "not_counted"
    assert codes.attribute("attendance", "N", "meaning", AFTER) == "unauthorised"
    assert {codes.attribute("attendance", c, "meaning", AFTER) for c in ("/", "\\", "L", "K", "V", "P", "W", "B")} == {
        "present"
    }


def test_a_withdrawn_code_is_unknown_on_later_days_and_keeps_its_meaning() -> None:
    assert (codes.known("attendance", "H", BEFORE), codes.known("attendance", "H", AFTER)) == (True, False)
    assert codes.known("attendance", "H")
    assert codes.attribute("attendance", "H", "meaning", AFTER) == "authorised"


def test_a_placement_code_belongs_to_its_years() -> None:
    assert [codes.known("903_placement", code, date(2025, 3, 31)) for code in ("H5", "K3")] == [True, False]
    assert [codes.known("903_placement", code, date(2025, 4, 1)) for code in ("H5", "K3")] == [False, True]
    assert codes.title("903_placement", "K3") == "Supported accommodation"


@pytest.mark.parametrize(("raw", "code"), [("16.0", "16"), ("16", "16"), ("6.05", None), (".0", None)])
def test_a_whole_number_with_a_point_is_the_code(raw: str, code: str | None) -> None:
    assert codes.canonical("outcome", raw) == code


@pytest.mark.parametrize("raw", ["RC1", "rc1", "Adopted", "RC1 - Adopted", "Adopted (RC1)"])
def test_a_code_is_known_with_its_title_beside_it(raw: str) -> None:
    assert codes.canonical("cin_reason_for_closure", raw) == "RC1"


@pytest.mark.parametrize(
    ("raw", "told"), [("RC1: by carers", "adoption"), ("was adopted", "adoption"), ("RC2: by carers", None), ("", None)]
)
def test_words_that_hold_a_code_tell_what_it_tells(raw: str, told: str | None) -> None:
    assert codes.sensitivity("cin_reason_for_closure", raw) == told


def test_an_unknown_code_has_no_title() -> None:
    assert codes.title("903_placement", "K9") is None
    assert codes.attribute("attendance", "H", "nothing") is None


@pytest.mark.parametrize(
    ("name", "raw", "code"),
    [
        ("missing_risk", "MEDIUM", "medium"),
        ("missing_risk", "absent", "no_apparent_risk"),
        ("missing_risk", "No apparent risk (absent)", "no_apparent_risk"),
        ("encompass_risk", "High Risk", "high"),
        ("encompass_risk", "S", "standard"),
        ("stop_search_legislation", "Misuse of Drugs Act 1971 (section 23)", "mda_23"),
        ("stop_search_legislation", "Psychoactive Substances Act 2016 (s36(2))", "psa_36"),
        ("stop_search_legislation", "Environmental Protection Act 1990 (section 34B )", "environment_34b"),
        ("stop_search_object", "Detailed object of search unavailable", "unavailable"),
        ("stop_search_object", "Anything to threaten or harm anyone", "serious_violence"),
        ("stop_search_outcome", "Nothing found - no further action", "nothing_found"),
        ("attendance", "/", "/"),
        ("attendance", "n", "N"),
        ("exploitation_flag", "county-lines", "county_lines"),
        ("disposal", "Released NFA", "NFA"),
        ("offence_group", "Possession of weapons offences", "weapons"),
        ("offence_group", "Violence without injury", "violence"),
        ("exploitation_flag", "Child Criminal Exploitation (CCE)", "CCE"),
        ("crime_flag", "Child sexual exploitation", "CSE"),
        ("intelligence_theme", "Child sexual exploitation", "exploitation"),
        ("intelligence_theme", "Child Criminal Exploitation (CCE)", "exploitation"),
        ("concern_category", "Child Sexual Exploitation (CSE)", "exploitation_sexual"),
        ("concern_category", "Child criminal exploitation", "exploitation_criminal"),
        ("missing_risk", "purple", None),
    ],
)
def test_a_value_in_words_finds_its_code(name: str, raw: str, code: str | None) -> None:
    assert codes.canonical(name, raw) == code


def test_a_code_outranks_words() -> None:
    assert codes.canonical("sex", "M", date(2026, 1, 1)) == "M"
    assert codes.canonical("sex", "1", date(2026, 1, 1)) == "M"


@pytest.mark.parametrize("code", ["9", "1A", "1B", "1C", "1D"])
def test_private_referrers_are_sensitive(code: str) -> None:
    assert codes.attribute("cin_referral_source", code, "sensitivity") == Sensitivity.ANONYMOUS_REFERRER


def test_every_file_says_what_the_loader_written_in_python_reads_in_it():
    for path in codes.CODES.glob("*.yaml"):
        assert codes.data_in(path) == yaml.safe_load(path.read_text(encoding="utf-8")), path.name
