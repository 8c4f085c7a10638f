"""What a cell comes to: the cleaning cases of the Ministry of Justice's person match (MIT), and placeholders."""

import pytest

from streams.identity.normalise import (
    alias_names,
    birth_day,
    family_words,
    given_words,
    name_words,
    plain_address,
    plain_postcode,
)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("MIG_ERROR_Tom", "tom"),
        ("NO_SHOW_William", "william"),
        ("DUPLICATE_Brown", "brown"),
        ("MARY-ANN O'CONNOR", "mary ann oconnor"),
        ("john    james", "john james"),
        ("NOT ENTERED NAMAMC", "namamc"),
        ("JONES NOT\n  ENTERED ", "jones"),
        ("", ""),
        ("Unknown", ""),
        ("Baby Boy Smith", ""),
        ("Babyboy", ""),
        ("BABYGIRL", ""),
        ("TwinB", ""),
        ("Twinone", ""),
        ("Emma Twinone", "emma"),
        ("Babita", "babita"),
        ("Boy", ""),
        ("Boy A", ""),
        ("Girl Two", ""),
        ("Son of Sarah Jones", ""),
        ("A", "a"),
        ("Three", "three"),
        ("Boy George", "boy george"),
        ("Withheld", ""),
        ("REDACTED", ""),
        ("Name Confidential", ""),
        ("not disclosed", ""),
        ("No first name", ""),
        ("to be confirmed", ""),
        ("Xxxx", ""),
        ("nan", ""),
        ("nan nan", ""),
        ("Nan", "nan"),
        ("undefined", ""),
        ("#NAME?", ""),
        ("B/O Sarah Jones", ""),
        ("zzz", ""),
        ("Jones aaa", "jones"),
        ("Master Tom", "tom"),
        ("Th0rnhurst", "thornhurst"),
        ("José", "jose"),
        ("Ødegård", "odegard"),
        ("Анна-Мария", "анна мария"),
        ("रीता", "रीता"),
        ("A\u200bmy", "amy"),
        ("Tho\u00admas \u200eLee\u200f", "thomas lee"),
    ],
)
def test_a_name_is_its_words(written, words):
    assert " ".join(name_words(written)) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("MC DUFF-MCDONALD", "mcduff mcdonald"),
        ("Mc Kenzie", "mckenzie"),
        ("MC CARTHY", "mccarthy"),
        ("van der Berg", "berg"),
        ("Al-Hassan", "hassan"),
        ("Le", "le"),
        ("Smith", "smith"),
    ],
)
def test_a_family_name_is_the_words_that_tell_families_apart(written, words):
    assert " ".join(family_words(written)) == words


@pytest.mark.parametrize(
    ("written", "given", "rest"),
    [
        ("Mimi", "mimi", ""),
        ("Mimi Rose Jones", "mimi", "rose jones"),
        ("Mary-Jane Jones", "mary jane", "jones"),
        ("aka Mimi Jones", "mimi", "jones"),
        ("A.K.A. Mimi", "mimi", ""),
        ("formerly known as Mimi Jones", "mimi", "jones"),
        ("Preferred name: Mimi", "mimi", ""),
        ("formerly Jones", "", "jones"),
        ("née Jones", "", "jones"),
        ("Lil Man", "man", ""),
        ("Lil G", "", ""),
        ("G", "", ""),
        ("G Jones", "", "jones"),
        ("明", "明", ""),
        ("Big", "big", ""),
        ("Mr T", "", ""),
        ("unknown", "", ""),
        (" ", "", ""),
    ],
)
def test_an_alias_is_the_name_in_it_without_what_introduces_it(written, given, rest):
    assert alias_names(written) == (given, rest)


@pytest.mark.parametrize("hyphen", "-\u2010\u2011\u2013")
def test_a_hyphen_of_any_kind_holds_given_names_together(hyphen):
    assert given_words(f"Maryam{hyphen}Rose Ann") == ("maryam rose", "ann")


def test_a_hyphen_holds_given_names_together():
    assert given_words("Maryam-Rose") == ("maryam rose",)
    assert given_words("Mary-Jane Ann") == ("mary jane", "ann")
    assert given_words("Mary Jane") == ("mary", "jane")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("SW1A 1AA", "SW1A1AA"),
        ("n16 8ph", "N168PH"),
        (" ab1 4bc ", "AB14BC"),
        ("invalid postcode", None),
        ("NF1 1FA ", None),
        ("1xy z22", None),
        ("TEST", None),
        ("12345", None),
        ("ZZ99 3VZ", None),
        ("ZZ1 2AB", "ZZ12AB"),
        ("90210-1234", "~902101234"),
        ("K1A 0B1", "~K1A0B1"),
        ("SW1A", "~SW1A"),
        ("2000", "~2000"),
        ("9999", None),
        ("0000", None),
    ],
)
def test_a_postcode_is_one_or_nothing(written, plain):
    assert plain_postcode(written) == plain


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2012-04-05", "2012-04-05"),
        ("2012-04", "2012-04"),
        ("2012-04-31", None),
        ("1900-01-01", None),
        ("1904-07-12", "1904-07-12"),
        ("1753-01-01", None),
        ("²1²²", None),
        ("٢٠١٢-04-05", None),
        ("", None),
    ],
)
def test_a_birth_date_is_a_day_of_the_calendar_or_nothing(written, day):
    assert birth_day(written, "AAA", expected=False) == day


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("12, High St.", "12 high street"),
        ("ул. Ленина, 12", "12 ленина ул"),
        ("Königstraße 5", "5 konigstrasse"),
        ("12", None),
        ("No fixed abode", None),
    ],
)
def test_an_address_is_its_words_in_whatever_script(written, plain):
    assert plain_address(written) == plain


@pytest.mark.parametrize(
    "note",
    [
        "N/A",
        "None",
        "no address",
        "Not recorded",
        "Homeless",
        "Confidential",
        "Women's refuge",
        "same as above",
        "n.a.",
    ],
)
def test_a_note_that_there_is_no_address_is_no_home_that_two_have_in_common(note):
    assert plain_address(note) is None
    assert plain_address(f"{note} Lodge") is not None
