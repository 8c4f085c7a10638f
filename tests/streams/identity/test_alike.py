"""Twins, brothers and sisters with names as much alike as spellings of one, and a number on the wrong record."""

import pytest

from schemas.vocabulary import MatchStatus
from tests.streams.identity.people import (
    AMY,
    AT_HOME,
    AWAY,
    BEN,
    BORN,
    NHS,
    OTHER_NHS,
    OTHER_UPN,
    UPN,
    people,
    registry,
    said,
)
from tests.streams.identity.test_spellings import SPELLINGS, called

#: Names of twins, of which one could be the other misspelt.
ALIKE = [("Amina", "Amna"), ("Jayden", "Jaydon"), ("Zain", "Zayn"), ("Hassan", "Hussain"), ("Ella", "Ellie")]


def test_two_names_for_one_number_are_looked_at_however_many_records_have_each():
    made = registry(
        said("a", **called("Niamh"), **AT_HOME, identifiers=[NHS]),
        said("b", agency="school", **called("Neve"), **AT_HOME, identifiers=[NHS]),
        said("c", agency="police", **called("Niamh"), **AT_HOME),
        said("d", agency="social_care", **called("Neve"), **AT_HOME),
    )
    assert people(made, "abcd") == {"a": "a", "c": "a", "b": "b", "d": "b"}
    assert [(review.left, review.right, review.why) for review in made.reviews()] == [("a", "b", "contradiction")]


def test_twins_of_other_names_who_have_each_a_number_besides_leave_no_question():
    made = registry(
        said("a", **called("Niamh"), **AT_HOME, identifiers=[NHS]),
        said("b", agency="school", **called("Neve"), **AT_HOME, identifiers=[NHS]),
        said("c", agency="school", **called("Niamh"), **AT_HOME, identifiers=[UPN]),
        said("d", agency="social_care", **called("Neve"), **AT_HOME, identifiers=[OTHER_UPN]),
    )
    assert people(made, "abcd") == {"a": "a", "c": "a", "b": "b", "d": "b"}
    assert list(made.reviews()) == []


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
@pytest.mark.parametrize(("one", "other"), [*ALIKE, *SPELLINGS])
def test_a_twin_with_a_name_alike_does_not_get_the_record_that_has_its_number_and_the_others_name(one, other, order):
    told = {
        "a": said("a", **called(one), **AT_HOME, identifiers=[NHS]),
        "b": said("b", **called(other), **AT_HOME, identifiers=[OTHER_NHS]),
        "c": said("c", agency="school", **called(other), **AT_HOME, identifiers=[NHS]),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "c"}
    assert made.assignment("c").status is not MatchStatus.NEW
    assert ("a", "c", "many_match", "rival") in [
        (review.left, review.right, review.why, review.evidence.decided_by) for review in made.reviews()
    ]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_nor_do_other_records_of_that_twin_bring_it_there(one, other):
    made = registry(
        said("a", **called(one), **AT_HOME, identifiers=[NHS]),
        said("b", **called(other), **AT_HOME, identifiers=[OTHER_NHS]),
        said("c", agency="school", **called(one), **AT_HOME, identifiers=[UPN]),
        said("d", agency="school", **called(other), **AT_HOME, identifiers=[OTHER_UPN]),
        said("e", agency="police", **called(other), **AT_HOME, identifiers=[NHS]),
    )
    assert people(made, "ace") == {"a": "a", "c": "a", "e": made.assignment("e").person_id.removeprefix("person-")}
    assert made.assignment("e").person_id not in {made.assignment(key).person_id for key in "ab"}


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_of_twins_with_names_alike_each_has_the_records_of_its_name_though_a_number_says_otherwise(one, other):
    made = registry(
        said("a", **called(one), **AT_HOME, identifiers=[NHS]),
        said("b", **called(other), **AT_HOME, identifiers=[NHS]),
        said("c", agency="school", **called(one), **AT_HOME, identifiers=[UPN]),
        said("d", agency="school", **called(other), **AT_HOME, identifiers=[OTHER_UPN]),
    )
    assert people(made, "abcd") == {"a": "a", "c": "a", "b": "b", "d": "b"}


def test_who_is_called_so_is_a_rival_to_a_twin_who_is_called_nearly_so_and_lived_there_later():
    jackson, jaxson = called("Jackson"), called("Jaxson")
    made = registry(
        said("a", **jackson, **AT_HOME, identifiers=[NHS]),
        said("b", agency="school", **jackson, **AWAY, identifiers=[UPN]),
        said("c", agency="school", **jaxson, **AT_HOME, identifiers=[OTHER_UPN]),
        said("d", **jaxson, **AWAY, identifiers=[OTHER_NHS]),
    )
    assert not joined(made, "a", "c")
    assert not joined(made, "b", "d")


def joined(made, left, right) -> bool:
    return made.assignment(left).person_id == made.assignment(right).person_id


def test_a_brother_with_a_name_and_a_birth_date_nearly_the_same_is_another_child_in_spite_of_the_number():
    for name, born, one in (("Jayden", BORN, True), ("Jaydon", BORN, True), ("Jayden", "2013-04-06", True)):
        made = registry(
            said("a", **called("Jayden"), **AT_HOME, identifiers=[NHS]),
            said("b", agency="school", **called(name, birth_date=born), **AT_HOME, identifiers=[NHS]),
        )
        assert joined(made, "a", "b") is one
    brothers = registry(
        said("a", **called("Jayden"), **AT_HOME, identifiers=[NHS]),
        said("b", agency="school", **called("Jaydon", birth_date="2013-04-06"), **AT_HOME, identifiers=[NHS]),
    )
    assert people(brothers, "ab") == {"a": "a", "b": "b"}
    assert [(each.why, each.evidence.decided_by) for each in brothers.reviews()] == [("potential", "unsupported")]


def test_names_of_twins_that_have_a_half_in_common_are_two():
    made = registry(said("a", **called("Jia-Yi"), **AT_HOME), said("b", **called("Xin-Yi"), **AT_HOME))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    whole = registry(said("a", **called("Maria-Jose"), **AT_HOME), said("b", **called("Jose-Maria"), **AT_HOME))
    assert people(whole, "ab") == {"a": "a", "b": "a"}


def test_names_that_are_two_are_two_in_whatever_box():
    for name, whose in (("Bella", "b"), ("Ella", "a"), ("Elia", "a")):
        made = registry(
            said("a", **called("Ella"), **AT_HOME),
            said("b", agency="school", **called("Thistelwick", family_name=name), **AT_HOME),
        )
        assert people(made, "ab") == {"a": "a", "b": whose}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ({"name": "Sara", "middle_names": "Jane"}, {"name": "Saraa", "middle_names": "Rose"}),
        ({"name": "Sara", "middle_names": "Jane"}, {"middle_names": "Rose", "birth_date": None}),
        ({"name": "Sara", "middle_names": "Jane"}, {"middle_names": "Rose", "birth_date": BORN[:7]}),
    ],
)
def test_a_number_is_anothers_where_a_name_alike_or_no_day_of_birth_comes_with_another_second_name(name, other):
    made = registry(
        said("a", **called(**name), **AT_HOME, identifiers=[NHS]),
        said("b", agency="school", **called(**name | other), **AT_HOME, identifiers=[NHS]),
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(each.why, each.evidence.decided_by) for each in made.reviews()] == [("potential", "unsupported")]
    slip = registry(
        said("a", **called(**name), **AT_HOME, identifiers=[NHS]),
        said("b", agency="school", **called(**name | other) | {"middle_names": "J"}, **AT_HOME, identifiers=[NHS]),
    )
    assert people(slip, "ab") == {"a": "a", "b": "a"}


def test_twins_of_whom_each_has_a_row_with_the_family_name_first_have_only_that_in_common():
    made = registry(
        said("a", **called("Aisha", family_name="Mahmoud"), **AT_HOME),
        said("a", **called("Mahmoud", family_name="Aisha"), **AT_HOME),
        said("b", agency="school", **called("Huda", family_name="Mahmoud"), **AT_HOME),
        said("b", agency="school", **called("Mahmoud", family_name="Huda"), **AT_HOME),
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert not list(made.reviews())
    made.observe(said("c", agency="police", **called("Mahmoud", family_name="Aysha"), **AT_HOME))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "a"}


@pytest.mark.parametrize(
    ("one", "other"),
    [(("Ellie", "Grace"), ("Danielle", "Ella")), (("Noor", "L"), ("N", "Kyle")), (("Zayn", "Ali"), ("Zain", "Omar"))],
)
def test_one_short_for_the_other_at_one_door_is_a_twin_where_the_middle_names_are_two(one, other):
    (first, middle), (second, other_middle) = one, other
    made = registry(
        said("a", **called(first, middle_names=middle), **AT_HOME),
        said("b", agency="school", **called(second, middle_names=other_middle), **AT_HOME),
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_a_record_with_one_twins_number_and_the_others_name_is_neithers_whatever_they_are_called(order):
    arriving = {
        "a": said("a", **AMY, **AT_HOME, identifiers=[NHS]),
        "b": said("b", **BEN, **AT_HOME, identifiers=[OTHER_NHS]),
        "c": said("c", **AMY, **AT_HOME, identifiers=[OTHER_NHS]),
    }
    made = registry(*(arriving[key] for key in order))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "c"}
    assert made.assignment("c").status is MatchStatus.CONTRADICTION
