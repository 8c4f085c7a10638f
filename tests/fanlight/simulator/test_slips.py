"""How a text goes wrong: one slip at a time, and never out of the ranges in which nobody can exist."""

import re
from datetime import date
from itertools import takewhile
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fanlight.county import identifiers as ids
from fanlight.simulator import slips

seeds = st.integers(0, 2**32)
names = st.text(alphabet="ABCDEKLMSŁŻÉabcdefghijklmnopqrstuvwxyząćęłńóśźżșțăéèüßİ'- ", min_size=1, max_size=20)
days = st.dates(date(2000, 1, 1), date(2026, 12, 31)).map(date.isoformat)


def in_common(one, other):
    """How many letters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@given(seeds, names)
def test_a_typo_touches_two_neighbours_at_most(seed, name):
    wrong = slips.typo(Random(seed), name)
    start = in_common(name, wrong)
    assert len(name) - start - in_common(name[start:][::-1], wrong[start:][::-1]) <= 2
    assert abs(len(wrong) - len(name)) <= 1


@given(seeds, names)
def test_what_is_scanned_or_heard_is_a_name_still(seed, name):
    for slip in (slips.scanned, slips.heard):
        wrong = slip(Random(seed), name)
        assert wrong
        assert abs(len(wrong) - len(name)) <= 1


@given(seeds, st.integers(0, 900_000))
def test_a_wrong_digit_or_two_swapped_break_an_nhs_number_that_stays_in_its_block(seed, first):
    number = next(ids.nhs_numbers(first))
    for slip in (slips.digit, slips.transposed):
        wrong = slip(Random(seed), number, 3)
        assert re.fullmatch(r"999\d{7}", wrong)
        assert wrong == number or wrong != next(ids.nhs_numbers(int(wrong[3:9])))


@given(seeds, st.sampled_from(list(ids.postcodes())[::97]))
def test_a_wrong_postcode_lies_nowhere_still(seed, postcode):
    assert re.fullmatch(r"ZZ\d ?\d[A-Z]{2}", slips.postcode(Random(seed), postcode))


@given(seeds, days)
def test_a_wrong_date_is_a_date(seed, day):
    date.fromisoformat(slips.misdated(Random(seed), day))


@given(days)
def test_a_day_exists_in_every_year_or_not_at_all(day):
    assert slips.exists(day) or day.endswith("02-29")
    assert not slips.exists(f"{day[:4]}-13-{day[8:]}")
    assert not slips.exists(f"{day[:4]}-02-30")


def test_an_address_is_shortened_word_by_word():
    assert slips.abbreviated("Flat 2, 9 Saint Tannery Street, Thornmere") == "Apt 2, 9 St Tannery St, Thornmere"
