import json
from pathlib import Path

import pytest

from schemas.evidence import DECIDED, LEVELS, decided

MODELS = sorted((Path(__file__).parents[2] / "streams" / "identity" / "models").glob("*.json"))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_level_that_a_model_weighs_has_words(path):
    levels = json.loads(path.read_text())["levels"]
    assert {level for of_field in levels.values() for level in of_field} - set(LEVELS) == set()


@pytest.mark.parametrize(
    ("birth_date", "said"),
    [
        ("exact", "name, birth date and home agree"),
        ("exact_fifteenth", "name, birth date and home agree"),
        ("digit", "name and home agree, and the birth dates are a slip apart"),
        ("swapped", "name and home agree, and the birth dates are a slip apart"),
    ],
)
def test_birth_dates_are_said_to_agree_only_where_they_are_equal(birth_date, said):
    assert decided("home", {"given_name": "exact", "birth_date": birth_date}) == said


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ({"given_name": "exact", "birth_date": "exact"}, DECIDED["name_and_birth"]),
        ({"birth_date": "exact"}, "what is known of name, birth date and home agrees"),
        ({"given_name": "exact", "birth_date": "coarse"}, "what is known of name, birth date and home agrees"),
        ({"given_name": "exact"}, "what is known of name, birth date and home agrees"),
    ],
)
def test_a_name_or_a_birth_date_that_is_not_whole_is_not_said_to_agree(levels, said):
    assert decided("name_and_birth", levels).startswith(said)


def test_what_decided_is_said_in_words_whatever_it_is():
    assert decided("weight", {}) == DECIDED["weight"]
    assert decided("not_yet_known", {}) == "not yet known"
