"""Children who are easily taken for one another, or for two: a story each."""

import pytest

from schemas.vocabulary import MatchStatus
from tests.streams.identity.people import (
    AMY,
    AT_HOME,
    AWAY,
    BEN,
    BORN,
    ELSEWHERE,
    HOME,
    NHS,
    OTHER_NHS,
    UPN,
    people,
    registry,
    said,
    tell,
)


@pytest.mark.parametrize("twin", ["Ellie", "Ben", "Harry"])
def test_twins_with_names_alike_stay_two_where_each_has_a_number(twin):
    name = {"Ellie": "Ella", "Ben": "Amy", "Harry": "Harrison"}[twin]
    one, two = AMY | AT_HOME | {"given_name": name}, AMY | AT_HOME | {"given_name": twin}
    made = registry(
        said("a", **one, identifiers=[NHS]),
        said("b", **two, identifiers=[OTHER_NHS]),
        said("c", **one),
        said("d", **two),
    )
    assert people(made, "abcd") == {"a": "a", "c": "a", "b": "b", "d": "b"}


def test_twins_with_names_alike_are_not_one_child_on_one_agencys_books():
    ella, ellie = AMY | AT_HOME | {"given_name": "Ella"}, AMY | AT_HOME | {"given_name": "Ellie"}
    made = registry(said("a", agency="police", **ella), said("b", agency="police", **ellie))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(review.why, review.evidence.decided_by) for review in made.reviews()] == [("potential", "unsupported")]
    assert people(registry(said("a", agency="police", **ella), said("b", agency="school", **ellie)), "ab")["b"] == "a"


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
@pytest.mark.parametrize("other", [{"given_name": "Ellie"}, {"given_name": "Rose", "middle_names": "Ella"}])
def test_twins_on_one_agencys_books_are_not_made_one_by_another_agency(order, other):
    ella = AMY | AT_HOME | {"given_name": "Ella"}
    told = {
        "a": said("a", agency="nhs", **ella),
        "b": said("b", agency="nhs", **ella | other),
        "c": said("c", agency="school", **ella),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "a"}


def test_a_siblings_number_on_a_record_does_not_keep_it_from_its_own_child():
    made = registry(
        said("a", **AMY, **AT_HOME, identifiers=[NHS]),
        said("b", **(AMY | {"given_name": "Ben", "birth_date": "2009-11-30"}), **AT_HOME, identifiers=[OTHER_NHS]),
        said("c", **AMY, **AT_HOME, identifiers=[OTHER_NHS]),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "a"}


def test_a_number_that_two_records_of_one_child_carry_still_keeps_another_number_away():
    made = registry(
        *(said(key, **AMY, **AT_HOME, identifiers=[NHS]) for key in "ab"),
        said("c", **AMY, **AT_HOME, identifiers=[OTHER_NHS]),
    )
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "c"}


def test_a_wrong_number_that_nobody_else_has_is_a_contradiction():
    made = registry(
        said("a", **AMY, **AT_HOME, identifiers=[NHS]), said("b", **AMY, **AT_HOME, identifiers=[OTHER_NHS])
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(review.why, review.evidence.decided_by) for review in made.reviews()] == [("contradiction", "number")]


def test_who_moves_often_is_one_child():
    homes = [HOME, ELSEWHERE, "ZZ3 3CD", "ZZ99 3VZ", None]
    made = registry(*(said(key, **AMY, postcode=home) for key, home in zip("abcde", homes, strict=True)))
    assert people(made, "abcde") == dict.fromkeys("abcde", "a")


def test_two_of_one_name_and_birth_date_at_home_in_two_places_are_not_guessed_to_be_one():
    made = registry(
        said("a", **AMY, **AT_HOME, identifiers=[NHS]),
        said("b", **AMY, **AT_HOME),
        said("c", **AMY, **AWAY, identifiers=[UPN]),
        said("d", **AMY, **AWAY),
    )
    assert people(made, "abcd") == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert [(review.why, review.evidence.decided_by) for review in made.reviews()] == [("potential", "address")]


def test_two_boys_at_one_hostel_with_a_birth_date_nobody_knows_are_not_joined_by_the_hostel():
    boy = {"given_name": "Mohammed", "family_name": "Ahmed"} | AT_HOME
    made = registry(said("a", **boy, birth_date="2008-01-01"), said("b", **boy, birth_date="2009-01-01"))
    assert people(made, "ab") == {"a": "a", "b": "b"}


def test_two_of_whom_nobody_wrote_down_where_they_live_are_not_joined_by_that():
    boy = {"given_name": "Mohammed", "family_name": "Ahmed", "birth_date": "2009-01-01", "address": "Not recorded"}
    made = registry(said("a", **boy), said("b", agency="school", **boy))
    assert people(made, "ab") == {"a": "a", "b": "b"}


def test_two_at_one_hostel_of_other_family_names_and_a_birth_date_nobody_knows_are_two():
    boy = {"given_name": "Abdul", "middle_names": "Rahman", "birth_date": "2009-01-01"} | AT_HOME
    made = registry(said("a", **boy, family_name="Abdi"), said("b", agency="school", **boy, family_name="Al-Najjar"))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(each.why, each.evidence.decided_by) for each in made.reviews()] == [("potential", "unsupported")]


def test_so_are_two_there_of_other_second_names():
    boy = {"given_name": "Malak", "family_name": "Najjar", "birth_date": "2007-01-01"} | AT_HOME
    made = registry(
        said("a", **boy, middle_names="Laith"),
        said("b", agency="school", **boy, middle_names="Zaid"),
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}


@pytest.mark.parametrize("order", ["abc", "bca", "cab"])
def test_nor_does_a_record_without_a_family_name_make_them_one(order):
    boy = {"given_name": "Farhad", "birth_date": "2007-01-01"} | AT_HOME
    told = {
        "a": said("a", **boy, family_name="Safi"),
        "b": said("b", agency="school", **boy, family_name="Zazai"),
        "c": said("c", agency="police", **boy),
    }
    found = people(registry(*(told[key] for key in order)), "abc")
    assert found["a"] != found["b"]


def test_two_at_two_hostels_of_one_name_with_a_birth_date_nobody_knows_are_two():
    boy = {"given_name": "Ahmad", "family_name": "Karimi", "birth_date": "2010-01-01", "address": "Bridge House Hotel"}
    one, other = said("a", **boy, postcode=HOME), said("b", agency="school", **boy, postcode=ELSEWHERE)
    made = registry(one, other)
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(each.why, each.evidence.decided_by) for each in made.reviews()] == [("potential", "unsupported")]
    assert people(registry(one, said("b", agency="school", **boy, postcode=HOME)), "ab") == {"a": "a", "b": "a"}


UNBORN = {"given_name": "Unborn", "family_name": "Thistlewick", "birth_date": "2012-04-20", "birth_date_expected": True}


def test_an_unborn_child_is_the_one_of_the_family_that_is_born_at_that_home():
    assert people(registry(said("a", **UNBORN, **AT_HOME), said("b", **AMY, **AT_HOME)), "ab") == {"a": "a", "b": "a"}
    elsewhere = registry(said("a", **UNBORN, **AT_HOME), said("b", **AMY, **AWAY))
    assert people(elsewhere, "ab") == {"a": "a", "b": "b"}
    older = registry(said("a", **UNBORN, **AT_HOME), said("b", **AMY | {"birth_date": "2011-03-01"}, **AT_HOME))
    assert people(older, "ab") == {"a": "a", "b": "b"}


def test_where_twins_are_born_nobody_knows_which_of_them_was_expected():
    made = registry(said("a", **UNBORN, **AT_HOME), said("b", **AMY, **AT_HOME), said("c", **BEN, **AT_HOME))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "c"}
    assert made.assignment("a").status is MatchStatus.MANY_MATCH


def test_an_unborn_child_is_the_one_that_has_its_number():
    child_id = [("la-child-id", "SYN1", True)]
    made = registry(said("a", **UNBORN, **AT_HOME, identifiers=child_id), said("b", **AMY, identifiers=child_id))
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_a_record_without_a_given_name_is_the_child_of_that_birth_date_at_home_there():
    nameless = {"family_name": "Thistlewick", "birth_date": BORN} | AT_HOME
    assert people(registry(said("a", **nameless), said("b", **AMY, **AT_HOME)), "ab") == {"a": "a", "b": "a"}
    assert people(registry(said("a", **nameless), said("b", **AMY, **AWAY)), "ab") == {"a": "a", "b": "b"}
    twins = registry(said("a", **nameless), said("b", **AMY, **AT_HOME), said("c", **BEN, **AT_HOME))
    assert people(twins, "abc") == {"a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize(
    ("one", "other"), [("Baby", "Baby"), ("Babyboy", "Babyboy"), ("Twin One", "Twin Two"), (None, "Baby Girl")]
)
def test_two_newborns_without_names_on_one_agencys_books_are_two_whoever_else_knows_one_of_them(one, other):
    nameless = AMY | AT_HOME
    twins = [said("a", **nameless | {"given_name": one}), said("b", **nameless | {"given_name": other})]
    made = registry(*twins)
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert len(list(made.reviews())) == 1
    for given in ("Amy", None):
        known = said("c", agency="school", **nameless | {"given_name": given})
        for arriving in ([*twins, known], [known, *twins], [twins[1], known, twins[0]]):
            assert people(registry(*arriving), "abc") == {"a": "a", "b": "b", "c": "c"}


def test_a_newborn_without_a_name_is_the_same_by_a_number_to_another_agency_or_as_once_expected():
    nameless = AMY | AT_HOME | {"given_name": "Baby"}
    expected = nameless | {"birth_date_expected": True}
    assert people(registry(said("a", **expected), said("b", **nameless)), "ab") == {"a": "a", "b": "a"}
    numbered = [said(key, **nameless, identifiers=[NHS]) for key in "ab"]
    assert people(registry(*numbered), "ab") == {"a": "a", "b": "a"}
    assert people(registry(said("a", **nameless), said("b", agency="social_care", **nameless)), "ab") == {
        "a": "a",
        "b": "a",
    }


def test_who_is_known_by_month_of_birth_needs_no_more_than_the_postcode_of_that_name():
    by_month = AMY | {"birth_date": BORN[:7], "postcode": HOME}
    assert people(registry(said("a", **AMY, **AT_HOME), said("b", **by_month)), "ab") == {"a": "a", "b": "a"}
    other_house = by_month | {"address": "99 Fellside Road"}
    assert people(registry(said("a", **AMY, **AT_HOME), said("b", **other_house)), "ab") == {"a": "a", "b": "b"}


def test_once_a_child_is_born_the_day_it_was_expected_joins_nobody():
    awaited = AMY | {"given_name": "Baby", "birth_date": "2012-03-17", "birth_date_expected": True}
    born_then = AMY | AWAY | {"birth_date": "2012-03-17"}
    made = registry(said("a", **awaited, **AT_HOME), said("a", **AMY, **AT_HOME), said("b", **born_then))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert list(made.reviews()) == []


@pytest.mark.parametrize(("given", "whose"), [("Amy", "a"), ("Ben", "b")])
def test_who_is_known_by_month_of_birth_is_the_child_of_the_whole_name_at_that_door(given, whose):
    by_month = AMY | AT_HOME | {"given_name": given, "birth_date": BORN[:7]}
    assert people(registry(said("a", **AMY, **AT_HOME), said("b", **by_month)), "ab") == {"a": "a", "b": whose}


def test_two_of_one_name_in_one_street_whose_birth_date_nobody_knows_are_not_joined_by_the_street():
    unknown = AMY | AT_HOME | {"birth_date": "2012-01-01"}
    next_door = unknown | {"address": "14 Kelder Road"}
    assert people(registry(said("a", **unknown), said("b", **next_door)), "ab") == {"a": "a", "b": "b"}


def test_an_alias_holds_two_names_together():
    made = registry(
        said("a", **AMY, **AT_HOME, aliases=("Ben Rowe",)),
        said("b", **(BEN | {"family_name": "Rowe"}), **AT_HOME),
        said("c", **AMY, **AT_HOME),
    )
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "a"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("aka Mimi", "AKA: Benji"),
        ("known as Mimi", "known as Benji"),
        ("formerly Jones", "formerly Jones"),
        ("Lil Mim", "Lil Man"),
        ("The General", "The Ghost"),
        ("M", "M"),
    ],
)
@pytest.mark.parametrize("home", [AT_HOME, {}])
def test_aliases_that_only_begin_alike_make_no_one_child_of_two_born_on_one_day(home, one, other):
    made = registry(
        said("a", **AMY, **home, aliases=(one,)), said("b", agency="school", **BEN, **home, aliases=(other,))
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}


@pytest.mark.parametrize("nothing", ["Withheld", "Redacted", "Confidential", "not disclosed", "xxxx", "FNU"])
def test_two_whose_names_are_withheld_are_not_one_child_for_being_born_on_one_day(nothing):
    told = {"given_name": nothing, "family_name": nothing, "birth_date": BORN}
    assert people(registry(said("a", **told), said("b", agency="school", **told)), "ab") == {"a": "a", "b": "b"}


@pytest.mark.parametrize("unnamed", ["Boy A", "Girl One", "Son of Sarah"])
def test_nor_are_two_of_one_family_name_who_have_none_of_their_own_yet(unnamed):
    told = {"given_name": unnamed, "family_name": "Thistlewick", "birth_date": BORN}
    assert people(registry(said("a", **told), said("b", agency="school", **told)), "ab") == {"a": "a", "b": "b"}


def test_a_link_explains_itself_in_words_and_numbers_without_a_value():
    made = registry(said("a", **AMY, **AT_HOME, identifiers=[NHS]), said("b", **BEN, **AT_HOME, identifiers=[NHS]))
    (told,) = made.explain("a")
    assert (told.left, told.right, told.joined, told.decided_by, told.model) == ("a", "b", False, "given_name", "uk-1")
    assert told.differed == ("given_name",)
    assert told.agreed == ("family_name", "birth_date", "postcode", "address", "nhs-number")
    assert told.weight == pytest.approx(told.prior + sum(field.bits for field in told.fields))
    words = " ".join(told.sentences)
    assert "given name: different (-" in words
    assert "no given name of one goes with any of the other (model uk-1)" in words
    assert not any(value in words for value in ("Amy", "Ben", "Thistlewick", BORN, HOME, NHS[1]))


def test_whoever_adds_up_what_an_explanation_shows_comes_to_what_it_shows():
    namesakes = {"given_name": "Omid", "family_name": "Karimi", "birth_date": "2009-01-01"}
    look = registry(said("a", **namesakes, postcode=HOME), said("b", **namesakes, postcode=ELSEWHERE))
    (told,) = look.explain("a")
    assert told.weight == pytest.approx(told.prior + sum(field.bits for field in told.fields))
    merged = registry(said("a", **AMY, merged=["b"]), said("b", **BEN))
    assert "their own agency says that they are one (+30.0 bits)" in merged.explain("a")[0].sentences


def test_every_way_to_decide_has_words():
    made = registry(said("a", **AMY, identifiers=[NHS]))
    for each in (said("b", **AMY, identifiers=[OTHER_NHS]), said("c", **AMY), said("d", **AMY | {"family_name": None})):
        tell(made, each)
    assert all(told.sentences for key in "abcd" for told in made.explain(key))


def test_two_of_one_name_and_no_known_birth_date_are_not_joined_by_that_alone():
    boy = {"given_name": "Hiwa", "family_name": "Rasul", "birth_date": "2010-01-01"}
    made = registry(said("a", **boy), said("b", **boy, **AWAY))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert made.assignment("b").status is MatchStatus.POTENTIAL


@pytest.mark.parametrize("order", ["abcd", "dcba", "acbd"])
def test_two_names_that_several_records_have_each_are_no_slip(order):
    jaxson, jayson = (AMY | AT_HOME | {"given_name": name} for name in ("Jaxson", "Jayson"))
    arriving = {"a": said("a", **jaxson), "b": said("b", **jaxson), "c": said("c", **jayson), "d": said("d", **jayson)}
    made = registry(*(arriving[key] for key in order))
    assert people(made, "abcd") == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert [(each.why, each.evidence.decided_by) for each in made.reviews()] == [("potential", "names")]


def test_one_record_with_a_name_like_that_of_several_is_a_slip():
    jaxson = AMY | AT_HOME | {"given_name": "Jaxson"}
    made = registry(said("a", **jaxson), said("b", **jaxson), said("c", **(jaxson | {"given_name": "Jayson"})))
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "a"}


def test_a_town_is_no_home():
    one = AMY | {"given_name": "Maryam", "postcode": "2000", "birth_date": "2012-04-06"}
    made = registry(said("a", **one), said("b", **(one | {"birth_date": None})))
    assert people(made, "ab") == {"a": "a", "b": "b"}


def test_a_brother_who_has_ones_name_for_a_middle_name_is_another_child():
    archie, max_archie = AMY | AT_HOME | {"given_name": "Archie"}, AMY | AT_HOME | {"given_name": "Max"}
    made = registry(
        said("a", **archie, middle_names="Finley"),
        said("b", **max_archie, middle_names="Archie"),
        said("c", **archie, middle_names="F"),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "a"}


@pytest.mark.parametrize("middle", [None, "Max", "M", "Archie"])
def test_who_goes_by_a_middle_name_is_one_child_unless_one_agency_has_both(middle):
    archie = said("a", **AMY | {"given_name": "Archie"}, **AT_HOME, middle_names=middle)
    max_archie = AMY | {"given_name": "Max", "middle_names": "Archie"} | AT_HOME
    assert people(registry(archie, said("b", agency="school", **max_archie)), "ab") == {"a": "a", "b": "a"}
    twins = registry(archie, said("b", **max_archie))
    assert people(twins, "ab") == {"a": "a", "b": "b"}
    assert twins.assignment("b").status is MatchStatus.POTENTIAL


def test_brothers_with_one_first_name_in_two_spellings_go_by_their_second_names():
    boy = {"family_name": "Hussain", "birth_date": BORN} | AT_HOME
    made = registry(
        said("a", **boy, given_name="Muhammad", middle_names="Ali"),
        said("b", **boy, given_name="Mohammed", middle_names="Hamza"),
        said("c", **boy, given_name="Mohammad", middle_names="H"),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "b"}


@pytest.mark.parametrize("order", ["abcd", "dcba", "acbd"])
def test_two_birth_dates_that_several_records_have_each_are_no_slip(order):
    one, other = (AMY | AT_HOME | {"birth_date": born} for born in ("2012-04-06", "2013-04-06"))
    arriving = {"a": said("a", **one), "b": said("b", **one), "c": said("c", **other), "d": said("d", **other)}
    made = registry(*(arriving[key] for key in order))
    assert people(made, "abcd") == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert [(each.why, each.evidence.decided_by) for each in made.reviews()] == [("potential", "birth_dates")]
    assert not any(told.joined for told in made.explain("a") if told.right in "cd")
    numbered = registry(
        said("a", **one, identifiers=[NHS]), said("b", **one), said("c", **other, identifiers=[NHS]), said("d", **other)
    )
    assert people(numbered, "abcd") == dict.fromkeys("abcd", "a")


def test_one_record_with_a_birth_date_like_that_of_several_is_a_slip():
    made = registry(
        *(said(key, **AMY, **AT_HOME) for key in "ab"), said("c", **AMY | {"birth_date": "2013-04-06"}, **AT_HOME)
    )
    assert people(made, "abc") == dict.fromkeys("abc", "a")


def test_two_of_one_name_and_birth_date_with_other_middle_names_are_two_by_the_word_of_several_records():
    made = registry(
        *(said(key, **AMY, middle_names="Rose") for key in "ab"),
        *(said(key, **AMY, middle_names="Zadie") for key in "cd"),
    )
    assert people(made, "abcd") == {"a": "a", "b": "a", "c": "c", "d": "c"}


def test_so_they_are_where_one_of_them_is_at_home_nobody_knows_where():
    made = registry(
        said("a", **AMY, **AT_HOME, middle_names="Rose"),
        said("b", agency="police", **AMY, **AT_HOME),
        said("c", agency="school", **AMY, middle_names="Zadie", identifiers=[UPN]),
        said("d", agency="social_care", **AMY, identifiers=[UPN]),
    )
    assert people(made, "abcd") == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert [(each.left, each.right, each.evidence.decided_by) for each in made.reviews()] == [("b", "d", "names")]


@pytest.mark.parametrize("order", ["abc", "cba", "bac"])
def test_two_birth_dates_are_not_one_childs_because_an_estimate_fits_both(order):
    born = {"a": "2012-01-01", "b": "2012-04-06", "c": "2012-11-20"}
    told = {key: said(key, agency=f"agency {key}", **AMY | {"birth_date": day}, **AT_HOME) for key, day in born.items()}
    made = registry(*(told[key] for key in order))
    assert people(made, "abc") == {key: key for key in "abc"}
    assert {each.evidence.decided_by for each in made.reviews()} == {"rival"}


def test_one_name_in_the_others_box_is_no_exchange_where_the_other_name_is_another():
    robin = said("a", given_name="Robin", family_name="Quillfeather", birth_date=BORN, **AT_HOME)
    zed = said("b", agency="school", given_name="Zed", family_name="Robin", birth_date=BORN, **AT_HOME)
    for order in ((robin, zed), (zed, robin)):
        assert people(registry(*order), "ab") == {"a": "a", "b": "b"}
    other = said("b", agency="school", given_name="Quillfeather", family_name="Zed", birth_date=BORN, **AT_HOME)
    assert people(registry(robin, other), "ab") == {"a": "a", "b": "b"}


def test_an_address_that_leaves_out_the_town_is_the_same_door():
    girl = AMY | {"birth_date": None}
    made = registry(
        said("a", **AMY, postcode=HOME, address="12 Kelder Road, Marrickdale"),
        said("b", **girl, postcode=HOME, address="12 Kelder Rd"),
        said("c", **girl, postcode=HOME, address="14 Kelder Road"),
    )
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "c"}


def test_another_house_in_the_same_postcode_is_no_home():
    one, other = {"postcode": HOME, "address": "12 Kelder Road"}, {"postcode": HOME, "address": "14 Kelder Road"}
    made = registry(said("a", **AMY, **one), said("b", **AMY, **other))
    (told,) = made.explain("a")
    assert (told.joined, told.decided_by) == (True, "name_and_birth")


def test_cousins_of_one_name_and_about_one_age_on_one_site_are_two():
    one, other = {"postcode": HOME, "address": "3 Green Lane"}, {"postcode": HOME, "address": "17 Green Lane"}
    made = registry(said("a", **AMY, **one), said("b", **AMY | {"birth_date": "2012-04-15"}, **other))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    (told,) = made.explain("a")
    assert told.decided_by == "unsupported"


def test_every_pair_that_is_explained_adds_up_and_is_told_what_kept_it_apart():
    made = registry(
        said("a", **AMY, **AT_HOME, identifiers=[NHS]),
        said("b", **AMY, **AT_HOME),
        said("c", **AMY, **AWAY, identifiers=[UPN]),
        said("d", **AMY, **AWAY),
        said("e", **AMY | {"birth_date": None}, postcode=HOME),
    )
    told = {(each.left, each.right): each for key in "abcd" for each in made.explain(key)}
    for each in told.values():
        assert each.weight == pytest.approx(each.prior + sum(field.bits for field in each.fields))
    apart = {told[pair].decided_by for pair in (("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"))}
    assert apart == {"address"}
    assert told["a", "e"].decided_by == "unsupported"
    assert told["a", "e"].weight > made.model.join_bits


def test_a_link_in_spite_of_a_siblings_number_is_not_said_to_rest_on_others():
    made = registry(
        said("a", **AMY, **AT_HOME, identifiers=[NHS]),
        said("b", **(AMY | {"given_name": "Ben", "birth_date": "2009-11-30"}), **AT_HOME, identifiers=[OTHER_NHS]),
        said("c", **AMY, **AT_HOME, identifiers=[OTHER_NHS]),
    )
    told = {each.right: each for each in made.explain("a")}
    assert (told["c"].joined, told["c"].decided_by) == (True, "home")


def test_a_veto_of_other_records_is_told_as_theirs():
    made = registry(
        said("a", **AMY, **AT_HOME, identifiers=[NHS]),
        said("b", **AMY, **AT_HOME, identifiers=[OTHER_NHS, UPN]),
        said("c", **AMY, **AT_HOME, identifiers=[UPN]),
    )
    told = {each.right: each for each in made.explain("a")}
    assert (told["b"].decided_by, told["c"].decided_by) == ("number", "number")
    assert told["b"].reason == "they have different valid numbers of one kind"
    assert told["c"].reason == "by other records of theirs, they have different valid numbers of one kind"


@pytest.mark.parametrize("order", ["abcd", "dcba", "acbd"])
def test_a_twin_with_ones_middle_name_is_another_child_by_the_word_of_several_records(order):
    pawel, lukasz = (AMY | AT_HOME | {"given_name": name} for name in ("Paweł", "Łukasz"))
    arriving = {key: said(key, **pawel) for key in "ab"} | {
        key: said(key, agency="school", **lukasz, middle_names="Paweł") for key in "cd"
    }
    made = registry(*(arriving[key] for key in order))
    assert people(made, "abcd") == {"a": "a", "b": "a", "c": "c", "d": "c"}
    assert [(each.why, each.evidence.decided_by) for each in made.reviews()] == [("potential", "names")]


def test_a_rare_whole_name_outweighs_that_two_are_at_home_in_two_places():
    girl = AMY | {"middle_names": "Zelda", "given_name": "Amaryllis"}
    made = registry(
        *(said(key, **girl, **AT_HOME) for key in "ab"),
        said("c", **girl, **AWAY),
        said("d", **AMY | {"given_name": "Amaryllis"}, **AWAY),
    )
    assert people(made, "abcd") == dict.fromkeys("abcd", "a")


def test_one_local_number_in_two_authorities_is_no_contradiction():
    number = [("la-child-id", "1001", True)]
    other = {"given_name": "Ben", "family_name": "Rowe", "birth_date": "2009-11-30"}
    made = registry(said("a", **AMY, identifiers=number), said("b", **other, identifiers=number))
    assert not list(made.reviews())
    assert made.assignment("a").status is MatchStatus.NEW
    twin = registry(said("a", **AMY, identifiers=number), said("b", **BEN, identifiers=number))
    assert [each.why for each in twin.reviews()] == ["contradiction"]


def test_two_whose_first_and_middle_names_both_differ_at_one_door_are_twins():
    made = registry(
        said("a", **AMY | AT_HOME | {"given_name": "Jaxson", "middle_names": "Jessica"}),
        said("b", **AMY | AT_HOME | {"given_name": "Jayson", "middle_names": "Sophie"}),
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(review.why, review.evidence.decided_by) for review in made.reviews()] == [("potential", "unsupported")]


def test_a_slip_in_the_name_at_one_door_is_one_child_where_no_middle_name_says_otherwise():
    for middle in (None, "Jessica", "J"):
        made = registry(
            said("a", **AMY | AT_HOME | {"given_name": "Jaxson", "middle_names": "Jessica"}),
            said("b", **AMY | AT_HOME | {"given_name": "Jayson", "middle_names": middle}),
        )
        assert people(made, "ab") == {"a": "a", "b": "a"}


@pytest.mark.parametrize("homes", [(AT_HOME, AWAY), (AT_HOME, {}), ({}, {})])
def test_two_of_one_name_with_other_middle_names_are_not_joined_without_a_home_in_common(homes):
    one, two = homes
    made = registry(
        said("a", **AMY | {"middle_names": "Victoria"}, **one), said("b", **AMY | {"middle_names": "Eleanor"}, **two)
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert len(list(made.reviews())) == 1


AVA = {"given_name": "Ava", "family_name": "Robinson", "birth_date": BORN}


def test_two_of_a_common_name_at_two_homes_are_two_on_one_agencys_books():
    made = registry(said("a", agency="police", **AVA, **AT_HOME), said("b", agency="police", **AVA, **AWAY))
    assert people(made, "ab") == {"a": "a", "b": "b"}
    assert [(review.why, review.evidence.decided_by) for review in made.reviews()] == [("potential", "unsupported")]
    moved = registry(said("a", agency="police", **AVA, **AT_HOME), said("b", agency="school", **AVA, **AWAY))
    assert people(moved, "ab") == {"a": "a", "b": "a"}


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_two_of_a_common_name_on_one_agencys_books_are_not_made_one_by_another_agency(order):
    told = {
        "a": said("a", agency="police", **AVA, **AT_HOME),
        "b": said("b", agency="school", **AVA, **AT_HOME),
        "c": said("c", agency="police", **AVA, **AWAY),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "c"}
    assert [(review.why, review.evidence.decided_by) for review in made.reviews()] == [("potential", "address")]


@pytest.mark.parametrize(("moved", "whose"), [("c", "a"), ("cd", "c")], ids=["one record", "several records"])
def test_where_no_agency_has_both_on_its_books_two_homes_part_two_of_one_name_by_the_word_of_several_records(
    moved, whose
):
    agencies = {"a": "police", "b": "school", "c": "nhs", "d": "social_care"}
    made = registry(*(said(k, agency=v, **AVA, **(AWAY if k in moved else AT_HOME)) for k, v in agencies.items()))
    assert people(made, "abcd") == dict.fromkeys("abd", "a") | dict.fromkeys(moved, whose)


def test_a_rare_name_on_one_agencys_books_is_one_child_that_has_moved():
    made = registry(said("a", agency="police", **AMY, **AT_HOME), said("b", agency="police", **AMY, **AWAY))
    assert people(made, "ab") == {"a": "a", "b": "a"}


BETH = {"given_name": "Beth", "family_name": "Quayle", "birth_date": "2013-09-09"}


@pytest.mark.parametrize("order", ["abcd", "dcba", "bdac"])
def test_a_record_saved_over_another_childs_is_neither_of_them(order):
    told = {
        "a": [said("a", **AMY, **AT_HOME), said("a", **BETH, **AWAY)],
        "b": [said("b", **AMY, **AT_HOME)],
        "c": [said("c", **BETH, **AWAY)],
        "d": [said("d", **AMY, **AT_HOME)],
    }
    made = registry(*(each for key in order for each in told[key]))
    assert people(made, "abcd") == {"a": "a", "b": "b", "c": "c", "d": "b"}
    assert made.assignment("a").status is MatchStatus.CONTRADICTION
    assert {review.evidence.decided_by for review in made.reviews()} == {"overlaid"}
    assert {key for review in made.reviews() for key in (review.left, review.right)} >= {"a", "c"}


def test_a_record_of_two_children_is_up_for_review_where_only_name_and_birth_date_lead_to_one_of_them():
    made = registry(said("a", **AMY), said("a", **BETH), said("b", **AMY))
    reviews = [(review.left, review.right, review.why, review.evidence.decided_by) for review in made.reviews()]
    assert reviews == [("a", "b", "contradiction", "overlaid")]


def test_a_record_of_two_children_is_a_contradiction_also_where_it_is_like_nobody_elses():
    made = registry(said("a", **AMY), said("a", **BETH))
    assert made.assignment("a").status is MatchStatus.CONTRADICTION


def test_who_was_given_another_name_and_keeps_the_birth_date_is_one_child():
    renamed = AMY | {"given_name": "Beth"}
    made = registry(
        said("a", **AMY, **AT_HOME),
        said("a", **renamed, **AT_HOME),
        said("b", **AMY, **AT_HOME),
        said("c", **renamed, **AT_HOME),
    )
    assert people(made, "abc") == dict.fromkeys("abc", "a")


@pytest.mark.parametrize(
    ("theirs", "level"),
    [
        ("40017@https://rxx.example/mrn", "agree"),
        ("40018@https://rxx.example/mrn", "differ"),
        ("40017@https://ryy.example/mrn", None),
        ("40017", None),
    ],
)
def test_numbers_of_two_hospitals_say_nothing_of_each_other(theirs, level):
    def patient(key, number):
        return said(key, **AMY, **AT_HOME, identifiers=[("hospital-number", number, True)])

    made = registry(patient("a", "40017@https://rxx.example/mrn"), patient("b", theirs))
    (explained,) = made.explain("a")
    found = {field.name: field.level for field in explained.fields if field.name.startswith("hospital-number")}
    assert found == ({"hospital-number@HTTPS//RXX.EXAMPLE/MRN": level} if level else {})
    written_down = {"agree": explained.agreed, "differ": explained.differed}
    assert [name for names in written_down.values() for name in names if "@" in name] == []
    assert level is None or "hospital-number" in written_down[level]
