"""Under which keys a record is looked for."""

import pytest

from streams.identity.blocking import blocking_keys
from streams.identity.model import load
from streams.identity.snapshot import Features
from tests.streams.identity import people
from tests.streams.identity.people import AMY, ELSEWHERE, HOME, NHS, OTHER_NHS

MODEL = load()
NUMBER = "nhs-number:9990000018"


def said(names: int, dates: int, homes: int = 0) -> Features:
    spelt = ["".join("bdfgklmnprst"[n // 12**place % 12] + "a" for place in range(4)) for n in range(names)]
    return Features(
        given=frozenset(spelt),
        family=frozenset(spelt),
        born=frozenset(f"{1990 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(dates)),
        postcodes=frozenset(f"~{n:05}" for n in range(homes)),
        identifiers=frozenset((NUMBER,)),
    )


def test_a_record_of_more_than_any_child_has_is_looked_for_by_its_numbers_alone():
    for names, dates, homes in ((1_000, 1_000, 0), (2, 3_000, 0), (20, 1, 3_000), (1, 200, 200)):
        assert blocking_keys(MODEL, said(names, dates, homes)) == {NUMBER}


def test_a_record_of_a_hundred_names_and_ten_birth_dates_is_looked_for_by_each():
    keys = blocking_keys(MODEL, said(100, 10, 5))
    assert 1_000 < len(keys) <= 4_000


def keys(**values: object) -> set[str]:
    return blocking_keys(MODEL, people.said("a", **values).features)


NO_NAME = {"given_name": None, "family_name": None}
TOWN = {"postcode": "M13"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (AMY | {"postcode": HOME}, AMY | {"postcode": ELSEWHERE}),
        (AMY, AMY | {"given_name": "Zed"}),
        (AMY, AMY | {"family_name": "Farthing"}),
        (AMY, AMY | {"birth_date": "2012-09-30"}),
        (AMY, AMY | {"birth_date": "2012"}),
        (AMY, AMY | {"birth_date": "2021-04-06"}),
        (AMY, AMY | {"birth_date": "2021-06-04"}),
        (AMY | {"postcode": HOME}, AMY | {"postcode": HOME, "birth_date": None, "family_name": "Farthing"}),
        (AMY | {"postcode": HOME}, AMY | {"postcode": HOME, "given_name": "Zed", "family_name": "Farthing"}),
        (AMY | {"postcode": HOME}, AMY | NO_NAME | {"postcode": HOME, "birth_date": "2012"}),
        (AMY | TOWN, AMY | TOWN | {"birth_date": None}),
        (AMY | {"identifiers": [NHS]}, NO_NAME | {"identifiers": [NHS, OTHER_NHS]}),
    ],
)
def test_a_record_is_found_though_a_part_of_what_it_says_is_spoilt(one: dict[str, object], other: dict[str, object]):
    assert keys(**one) & keys(**other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (AMY, AMY | {"given_name": "Zed", "family_name": "Farthing"}),
        (AMY | {"postcode": HOME}, AMY | NO_NAME | {"birth_date": "2013-04-06", "postcode": HOME}),
        # As many live in a town as were born in a year.
        (AMY | TOWN, TOWN | {"given_name": "Amy"}),
        (AMY | TOWN, TOWN | {"birth_date": "2012"}),
    ],
)
def test_nor_is_everybody_compared_with_everybody(one: dict[str, object], other: dict[str, object]):
    assert not keys(**one) & keys(**other)


def test_of_those_born_on_a_day_that_nobody_knows_a_name_of_half_a_community_finds_none():
    def shared(given: str, born: str) -> bool:
        one, other = ({"given_name": given, "family_name": name, "birth_date": born} for name in ("Khanom", "Miah"))
        return bool(keys(**one) & keys(**other))

    assert not shared("Mohammed", "2008-01-01")
    assert shared("Mohammed", "2008-01-02")
    assert shared("Zebedee", "2008-01-01")
    alone = {"given_name": "Mohammed", "birth_date": "2008-01-01"}
    assert keys(**alone) & keys(**alone)
