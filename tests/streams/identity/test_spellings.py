"""Given names in a spelling that no table has: whose they may be, and whose not."""

import pytest

from streams.identity.likeness import family_level, has_like_consonants
from streams.identity.model import load
from streams.identity.normalise import family_words, sound
from tests.streams.identity.people import (
    AMY,
    AT_HOME,
    AWAY,
    BORN,
    NHS,
    UPN,
    people,
    registry,
    said,
)

#: Spellings of one name that are no slip of the keyboard, and that the model has not, or has as two names.
SPELLINGS = [
    ("Ciara", "Keira"),
    ("Padraig", "Patrick"),
    ("Siobhan", "Shivaun"),
    ("Zaynab", "Zeynep"),
    ("Mariam", "Meryem"),
    ("Ciaran", "Kieran"),
    ("Mohammed", "Mehmet"),
    ("György", "George"),
]


def called(name: str, **other: str | None) -> dict[str, str | None]:
    return AMY | {"given_name": name} | other


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Stephen", "Steven"),
        ("Christina", "Kristina"),
        ("Nicholas", "Nikolas"),
        ("Ashleigh", "Ashley"),
        ("Kowalczyk", "Kovalchyk"),
        ("Aleksander", "Alexander"),
        ("Oleksandr", "Alexandr"),
    ],
)
def test_one_name_in_the_letters_of_two_languages_sounds_alike(left, right):
    assert sound(left.lower()) == sound(right.lower())


@pytest.mark.parametrize(("left", "right"), [("charlie", "carly"), ("jack", "zack"), ("leah", "chloe"), ("gemma", "j")])
def test_names_that_are_two_do_not(left, right):
    assert sound(left) != sound(right)


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("ciara", "keira", True),
        ("carly", "charlie", True),
        ("jack", "zack", False),
        ("jayden", "kaiden", False),
        ("hana", "maya", False),
        ("alex", "luke", False),
        ("amy", "ben", False),
    ],
)
def test_consonants_are_alike_by_kind_and_order_and_from_the_first(left, right, alike):
    assert has_like_consonants(left, right) is has_like_consonants(right, left) is alike


@pytest.mark.parametrize(("left", "right"), SPELLINGS)
@pytest.mark.parametrize("home", [AT_HOME, AWAY, {}])
def test_a_name_spelt_as_no_table_has_it_is_that_of_the_child_with_the_number_birth_date_and_family_name(
    left, right, home
):
    for number in (NHS, UPN):
        made = registry(
            said("a", **called(left), **AT_HOME, identifiers=[number]),
            said("b", agency="school", **called(right), **home, identifiers=[number]),
        )
        assert people(made, "ab") == {"a": "a", "b": "a"}
        (told,) = made.explain("a")
        assert {field.name: field.level for field in told.fields}["given_name"] == "kin"


@pytest.mark.parametrize(
    "other",
    [
        {"birth_date": None},
        {"birth_date": BORN[:7]},
        {"birth_date": "2012-04-16"},
        {"family_name": "Rowe"},
        {"family_name": None},
    ],
)
def test_such_a_spelling_is_doubted_unless_birth_date_and_family_name_agree_too(other):
    made = registry(
        said("a", **called("Ciara"), **AT_HOME, identifiers=[NHS]),
        said("b", **called("Keira") | other, **AT_HOME, identifiers=[NHS]),
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [review.why for review in made.reviews()] == ["contradiction"]


def test_such_a_spelling_is_another_name_where_no_number_or_only_a_local_one_agrees():
    for number in ([], [("la-child-id", "4711", True)]):
        made = registry(
            said("a", **called("Ciara"), **AT_HOME, identifiers=number),
            said("b", **called("Keira"), **AT_HOME, identifiers=number),
        )
        assert people(made, "ab") == {"a": "a", "b": "b"}


def test_the_birth_date_of_everybody_does_not_help_a_spelling():
    ciara, keira = (called(name, birth_date="2012-01-01") for name in ("Ciara", "Keira"))
    made = registry(said("a", **ciara, identifiers=[NHS]), said("b", **keira, identifiers=[NHS]))
    assert people(made, "ab") == {"a": "a", "b": "b"}


@pytest.mark.parametrize(
    ("apart", "together"),
    [("Ben Ali", "Benali"), ("Al-Hassan", "Alhassan"), ("de Souza", "Desouza"), ("van Dijk", "VANDIJK")],
)
def test_a_family_name_with_its_particle_written_to_it_is_the_same(apart, together):
    assert family_level(" ".join(family_words(apart)), " ".join(family_words(together))) == "variant"
    made = registry(
        said("a", **AMY | {"family_name": apart}, **AT_HOME), said("b", **AMY | {"family_name": together}, **AT_HOME)
    )
    assert {field.name: field.level for field in made.explain("a")[0].fields}["family_name"] == "variant"


def test_what_is_left_without_a_particle_has_to_be_a_name():
    assert family_level("le", "lele") == family_level("ce", "vance") == "differ"


@pytest.mark.parametrize("number", [[], [NHS]])
@pytest.mark.parametrize(
    ("apart", "middle", "together"),
    [("Jia Hao", None, "Jiahao"), ("Si Qi", "Wing", "SIQI"), ("Ho", "Yin", "Hoyin"), ("Anne", "Marie", "Annemarie")],
)
def test_a_given_name_written_as_one_word_or_two_is_one(apart, middle, together, number):
    made = registry(
        said("a", **called(apart, middle_names=middle), **AT_HOME, identifiers=number),
        said("b", agency="school", **called(together), **AT_HOME, identifiers=number),
    )
    assert people(made, "ab") == {"a": "a", "b": "a"}


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("amir", "amira", "kin"),
        ("anton", "antonia", "kin"),
        ("mario", "maria", "kin"),
        ("alexandru", "alexandra", "kin"),
        ("emmanuel", "emmanuella", "kin"),
        ("gabriel", "gabrielle", "kin"),
        ("ali", "aliya", "kin"),
        ("hassan", "hussain", "kin"),
        ("hasan", "husayn", "kin"),
        ("hussain", "husayn", "variant"),
        ("yusuf", "youssef", "variant"),
        ("omar", "umar", "variant"),
        ("oleksandr", "aleksandr", "variant"),
        ("fatima", "fatimah", "variant"),
    ],
)
def test_names_of_a_brother_and_a_sister_are_no_spellings_of_one(left, right, level):
    names = load().names
    assert names.level(left, right) == names.level(right, left) == level
