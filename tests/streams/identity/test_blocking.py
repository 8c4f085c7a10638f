"""Under which keys a record is looked for."""

from streams.identity.blocking import blocking_keys
from streams.identity.model import load
from streams.identity.snapshot import Features

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
