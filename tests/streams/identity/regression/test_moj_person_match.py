"""Names, postcodes and birth dates as the Ministry of Justice cleans them, for records on its courts and prisons."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.identity.snapshot import Demographics, Features, Snapshot

CASES = yaml.safe_load((Path(__file__).parent / "moj_person_match.yaml").read_text())


def features(**said: Any) -> Features:
    return Snapshot.of(
        "record", Demographics(**{name: tuple(v) if isinstance(v, list) else v for name, v in said.items()})
    ).features


def words(*fields: Iterable[str]) -> set[str]:
    return {word for field in fields for name in field for word in name.split()}


@pytest.mark.parametrize("case", CASES["names"], ids=[case["trap"] for case in CASES["names"]])
def test_a_name_becomes_the_words_that_tell_people_apart(case: dict[str, Any]) -> None:
    found = features(**case["said"])
    assert words(found.given, found.middle) == set(case.get("forenames", ()))
    assert words(found.family) == set(case.get("family", ()))


@pytest.mark.parametrize(("written", "plain"), {**CASES["postcodes"]["kept"], **CASES["postcodes"]["abroad"]}.items())
def test_a_postcode_is_kept_however_it_is_spaced(written: str, plain: str) -> None:
    assert features(postcode=written).postcodes == {plain}


@pytest.mark.parametrize("written", CASES["postcodes"]["dropped"])
def test_what_is_no_postcode_or_says_no_fixed_abode_is_dropped(written: str) -> None:
    assert features(postcode=written).postcodes == frozenset()


@pytest.mark.parametrize(("written", "day"), CASES["births"]["kept"].items())
def test_a_birth_date_is_kept(written: str, day: str) -> None:
    assert features(birth_date=written).born == {day}


@pytest.mark.parametrize("written", CASES["births"]["dropped"])
def test_a_date_that_stands_for_not_known_is_dropped(written: str) -> None:
    assert features(birth_date=written).born == frozenset()
