"""Second names: written to the first, after it, before it or in another box; and twins whom only they tell apart."""

import pytest

from streams.identity.model import load
from tests.streams.identity.people import AT_HOME, AWAY, BORN, NHS, OTHER_NHS, UPN, different, people, registry, said

LIU = {"family_name": "Liu", "birth_date": BORN}
THISTLEWICK = {"family_name": "Thistlewick"}
KHAN = {"family_name": "Khanom", "birth_date": BORN}


def given_level(one: dict[str, object], other: dict[str, object]) -> str:
    return load().given_name(said("a", **one).features, said("b", **other).features).level


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("written", ["Ming-Fei", "Ming Fei", "Mingfei"])
def test_a_name_of_two_words_in_the_box_of_the_family_name_is_read_however_it_is_written(written, order):
    told = {
        "a": said("a", given_name="Mingfei", **LIU, **AT_HOME, identifiers=[NHS]),
        "b": said("b", agency="school", given_name="Liu", family_name=written, birth_date=BORN, **AT_HOME),
    }
    made = registry(*(told[key] for key in order))
    assert len(set(people(made, "ab").values())) == 1


def test_a_second_name_that_the_other_writes_to_the_first_is_no_other_second_name():
    one, other = {"given_name": "Yan Fei"}, {"given_name": "Yanfei", "middle_names": "Kevin"}
    made = registry(said("a", **one, **LIU, **AT_HOME), said("b", agency="school", **other, **LIU, **AT_HOME))
    assert people(made, "ab") == {"a": "a", "b": "a"}
    assert "middle_names" not in [field.name for each in made.explain("a") for field in each.fields]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("M", "M", "initial"),
        ("明", "明", "exact"),
        ("Mohammed Yahya", "Mohammed Yahya", "exact"),
        ("Finley", "Archie Finley", "middle"),
        ("Finley Rose", "Archie Finley Rose", "middle"),
        ("Finley Kai", "Archie Finley Kai", "middle"),
        ("Finley Kai Rose", "Archie Finley Kai", "middle"),
        ("Finley Rose", "Archie Finley", "differ"),
        ("Ella Ellie", "Archie Ella", "differ"),
        ("Mohammed Hamza", "Hamza Mohammed", "variant"),
        ("Mohammed Hamza Tariq", "Mohammed Hamzah", "exact"),
        ("Jia-Hao", "Jia Hao", "variant"),
        ("Jia-Yi", "Xin Mei", "differ"),
        ("Xiao Tong", "Xiaoyi", "kin"),
        ("Xiao Yi", "Xiaoyi", "variant"),
        ("Harun Zeb", "Haroon", "variant"),
        ("Zub Mohammed", "Zubair", "nickname"),
        ("Zub Aziz", "Zubair", "nickname"),
        ("Zub Tariq", "Zubair", "kin"),
        ("Mohammed Tariq", "Mo", "nickname"),
    ],
)
def test_second_names_say_whether_two_first_names_are_one(one, other, level):
    assert given_level({"given_name": one}, {"given_name": other}) == level
    assert given_level({"given_name": other}, {"given_name": one}) == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Finley Rose", "Archie Finley", "kin"),
        ("Yusuf Mohammed", "Muhammad", "kin"),
        ("Yusuf Syed", "Muhammad", "differ"),
        ("Yusuf Tariq", "Mohammed", "differ"),
        ("Yusuf Mohammed", "Tariq", "differ"),
        ("Amy Rose", "Zed", "differ"),
    ],
)
def test_a_number_makes_a_second_name_the_name_gone_by_but_no_one_name_of_two(one, other, level):
    told = {"family_name": "Thistlewick", "birth_date": BORN, "identifiers": [NHS]}
    assert given_level({"given_name": one} | told, {"given_name": other} | told) == level
    assert given_level({"given_name": other} | told, {"given_name": one} | told) == level


@pytest.mark.parametrize(
    ("one", "other"),
    [(("Amy", "Rowe-Thistlewick"), ("Zed", "Brown-Lee")), (("Mingfei", "Liu"), ("Liu", "Ming-Hua"))],
)
def test_family_names_of_two_words_are_not_for_that_in_one_anothers_box(one, other):
    boxes = ("given_name", "family_name")
    assert given_level(dict(zip(boxes, one, strict=True)), dict(zip(boxes, other, strict=True))) == "differ"


@pytest.mark.parametrize(("given", "level"), [("Jack", "swapped"), ("Jakc", "swapped"), ("Jake", "differ")])
def test_two_names_in_use_are_two_in_whatever_box(given, level):
    one, other = {"given_name": "Thistlewick", "family_name": "Jack"}, {"given_name": given} | THISTLEWICK
    assert given_level(one, other) == given_level(other, one) == level


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_second_names_of_which_none_is_the_same_tell_twins_apart_also_by_other_records_of_theirs(order):
    jack = {"given_name": "Jack", "birth_date": BORN} | THISTLEWICK
    told = {
        "a": said("a", **jack, **AT_HOME),
        "b": said("b", agency="school", **jack, **AT_HOME, middle_names="Farah"),
        "c": said("c", agency="police", **jack | {"given_name": "Jake"}, **AT_HOME, middle_names="Sadia"),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abc") == {"a": "a", "b": "a", "c": "c"}
    assert {each.decided_by for each in made.explain("c") if each.left == "a"} == {"names"}


def test_a_part_of_the_given_name_that_the_other_has_for_a_second_is_no_other_second_name():
    one, other = ({"given_name": name, "family_name": "Thistlewick"} for name in ("Maryam-Rose Jane", "Maryam Rose"))
    assert load().middle_names(said("a", **one).features, said("b", **other).features).level == "missing"


def test_a_family_name_in_the_box_of_the_given_name_tells_nobody_from_another_of_half_a_communitys_name():
    made = registry(
        said("a", given_name="Mohammed", **KHAN, **AT_HOME),
        said("a", given_name="Khanom", family_name="Mohammed", birth_date=BORN, **AT_HOME),
        said("b", agency="school", given_name="Mohammed", middle_names="Ayaan", **KHAN, **AT_HOME),
    )
    assert people(made, "ab") == {"a": "a", "b": "a"}


def test_two_names_in_another_order_are_no_other_second_names():
    one = {"given_name": "Samuel", "middle_names": "Ayokunle", "family_name": "Okafor", "birth_date": BORN}
    other = one | {"given_name": "Ayokunle", "middle_names": "Samuel"}
    made = registry(said("a", **one, **AT_HOME), said("b", agency="school", **other))
    assert people(made, "ab") == {"a": "a", "b": "a"}


@pytest.mark.parametrize("order", ["ab", "ba"])
@pytest.mark.parametrize("middle", ["", "Abdi", "Abdi Jama"])
def test_a_family_name_that_the_other_has_for_a_second_name_is_a_part_of_the_whole_name(middle, order):
    one = {"given_name": "Hodan", "middle_names": middle, "family_name": "Warsame", "birth_date": BORN}
    other = {"given_name": "Hodan", "middle_names": "Abdi Warsame", "family_name": "Elmi", "birth_date": BORN}
    told = {"a": said("a", **one, **AT_HOME), "b": said("b", agency="school", **other, **AT_HOME)}
    made = registry(*(told[key] for key in order))
    assert people(made, "ab") == {"a": "a", "b": "a"}
    assert {field.level for field in made.explain("a")[0].fields if field.name == "family_name"} == {"part"}


def test_a_family_name_among_second_names_is_not_that_of_a_child_with_another_second_name():
    boy = {"given_name": "Ahmad", "birth_date": "2009-01-01", **AT_HOME}
    one = said("a", **boy, middle_names="Ali", family_name="Warsame")
    other = said("b", agency="school", **boy, middle_names="Warsame", family_name="Karimi")
    assert people(registry(one, other), "ab") == {"a": "a", "b": "b"}


def test_a_name_that_begins_alike_and_goes_on_with_another_second_name_is_a_twins():
    xiaotong, xiaoyi = {"given_name": "Xiao Tong"}, {"given_name": "Xiaoyi"}
    assert given_level(xiaotong, xiaoyi) == "kin"
    made = registry(
        said("a", **xiaotong, **LIU, **AT_HOME, identifiers=[NHS]),
        said("b", **xiaoyi, **LIU, **AT_HOME),
        said("c", agency="school", **xiaoyi, **LIU, **AT_HOME, identifiers=[UPN]),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "b"}
    # Of what tables know as short, or what may be the rest of it, nobody says so.
    assert given_level({"given_name": "Sam", "middle_names": "Lee"}, {"given_name": "Samuel"}) == "nickname"
    assert given_level({"given_name": "Xiao", "middle_names": "Y"}, xiaoyi) in ("nickname", "variant")


def test_who_has_half_a_communitys_name_first_goes_by_the_second_by_the_word_of_several_records():
    both, second = {"given_name": "Mohammed", "middle_names": "Hamza", **KHAN}, {"given_name": "Hamza", **KHAN}
    made = registry(
        said("a", **both, **AT_HOME, identifiers=[NHS]),
        said("b", agency="hospital", **both, **AT_HOME),
        said("c", agency="school", **second, **AT_HOME, identifiers=[UPN]),
        said("d", agency="police", **second, **AT_HOME),
    )
    assert people(made, "abcd") == dict.fromkeys("abcd", "a")


@pytest.mark.parametrize(("second", "whose"), [("Mohammed", "a"), (None, "b")])
def test_half_a_communitys_name_is_the_childs_whose_number_and_second_name_it_is(second, whose):
    made = registry(
        said("a", given_name="Yusuf", middle_names=second, **KHAN, **AT_HOME, identifiers=[NHS]),
        said("b", agency="hospital", given_name="Mohamed", **KHAN, **AT_HOME, identifiers=[NHS]),
        said("c", agency="school", given_name="Yusuf", middle_names=second, **KHAN, **AT_HOME),
    )
    assert people(made, "abc") == {"a": "a", "b": whose, "c": "a"}


def test_twins_of_half_a_communitys_name_are_told_apart_by_the_names_they_go_by_in_whatever_row():
    made = registry(
        said("a", given_name="Mohammed", **KHAN, **AT_HOME, identifiers=[NHS]),
        said("a", given_name="Tariq", **KHAN, **AT_HOME, identifiers=[NHS]),
        said("b", agency="school", given_name="Mo", middle_names="Fahad", aliases=("Mohammed",), **KHAN, **AT_HOME),
        said("b", agency="school", given_name="Fahad", **KHAN, **AT_HOME, identifiers=[UPN]),
    )
    assert people(made, "ab") == {"a": "a", "b": "b"}
    # Mo is no other name than Mohammed.
    short = registry(
        said("a", given_name="Mohammed", middle_names="Fahad", **KHAN, **AT_HOME),
        said("b", agency="school", given_name="Mo", aliases=("Mohammed", "Abdul"), **KHAN, **AT_HOME),
    )
    assert people(short, "ab") == {"a": "a", "b": "a"}


@pytest.mark.parametrize("order", ["abcd", "dcba", "cdab"])
@pytest.mark.parametrize("spelt", ["Mohammed", "Mohamed"])
def test_two_records_of_which_each_may_be_either_twins_are_not_one_child(spelt, order):
    told = {
        "a": said("a", given_name="Mohammed", middle_names="Ayaan", **KHAN, **AT_HOME, identifiers=[NHS]),
        "b": said("b", given_name="Mohammed", middle_names="Faisal", **KHAN, **AT_HOME, identifiers=[OTHER_NHS]),
        "c": said("c", agency="school", given_name=spelt, **KHAN, **AT_HOME, identifiers=[UPN]),
        "d": said("d", agency="police", given_name="Mohamed", **KHAN, **AT_HOME),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abcd") == {key: key for key in "abcd"}
    assert ("c", "d", "many_match") in [(review.left, review.right, review.why) for review in made.reviews()]


@pytest.mark.parametrize("order", ["abcdx", "xdcba"])
@pytest.mark.parametrize("by", ["protected", "different"])
def test_nor_are_two_of_which_each_may_be_either_of_two_whom_somebody_holds_apart(by, order):
    one = {"given_name": "Elin", "family_name": "Thistlewick", "birth_date": BORN, **AT_HOME}
    sides = {"a": ("adoption", "before"), "b": ("adoption", "after")} if by == "protected" else {}
    told = {
        "a": said("a", **one, protected=sides.get("a")),
        "b": said("b", **one, protected=sides.get("b")),
        "c": said("c", agency="school", **one),
        "d": said("d", agency="police", **one),
        "x": different("a", "b") if by == "different" else said("x", given_name="Zed"),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abcd") == {key: key for key in "abcd"}


@pytest.mark.parametrize("order", ["abcd", "dcba", "cdab"])
@pytest.mark.parametrize(("moved", "newcomer"), ["cd", "dc"])
def test_nor_is_one_who_has_moved_the_other_twin_who_is_known_at_the_new_home_alone(moved, newcomer, order):
    boy = {"given_name": "Mohammed", **KHAN}
    told = {
        "a": [said("a", **boy, middle_names="Ayaan", **AT_HOME, identifiers=[NHS])],
        "b": [said("b", **boy, middle_names="Faisal", **AT_HOME, identifiers=[OTHER_NHS])],
        moved: [said(moved, agency="school", **boy, **home, identifiers=[UPN]) for home in (AT_HOME, AWAY)],
        newcomer: [said(newcomer, agency="police", **boy, **AWAY)],
    }
    made = registry(*(each for key in order for each in told[key]))
    assert people(made, "abcd") == {key: key for key in "abcd"}
    assert ("c", "d", "many_match") in [(review.left, review.right, review.why) for review in made.reviews()]


def test_two_at_another_home_are_one_child_though_twins_of_that_name_live_elsewhere():
    made = registry(
        said("a", given_name="Mohammed", middle_names="Ayaan", **KHAN, **AT_HOME, identifiers=[NHS]),
        said("b", given_name="Mohammed", middle_names="Faisal", **KHAN, **AT_HOME, identifiers=[OTHER_NHS]),
        said("c", agency="school", given_name="Mohammed", **KHAN, **AWAY, identifiers=[UPN]),
        said("d", agency="police", given_name="Mohamed", **KHAN, **AWAY),
    )
    assert people(made, "cd") == {"c": "c", "d": "c"}


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
@pytest.mark.parametrize("told_of", [None, BORN[:4]])
def test_of_one_name_at_one_door_another_second_name_without_a_day_of_birth_is_a_parents(told_of, order):
    child = {"given_name": "Bruce", "family_name": "Thistlewick", "birth_date": BORN, **AT_HOME}
    told = {
        "a": said("a", **child, middle_names="John"),
        "b": said("b", agency="school", **child),
        "c": said("c", agency="police", **child | {"birth_date": told_of}, middle_names="Richard"),
    }
    assert people(registry(told["a"], told["c"]), "ac") == {"a": "a", "c": "c"}
    assert people(registry(*(told[key] for key in order)), "abc") == {"a": "a", "b": "a", "c": "c"}


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_nor_is_who_has_no_given_name_another_with_other_second_names_whoever_stands_between(order):
    told = {
        "a": said("a", given_name="Joanne", middle_names="Mary", **LIU, **AT_HOME),
        "b": said("b", agency="school", given_name="Joanne", **LIU, **AT_HOME),
        "c": said("c", agency="police", middle_names="Sean", **LIU, **AT_HOME),
    }
    assert people(registry(*(told[key] for key in order)), "abc") == {"a": "a", "b": "a", "c": "c"}


def test_the_letter_of_a_second_name_makes_no_boy_his_sister():
    assert given_level({"given_name": "Amir", "middle_names": "A"}, {"given_name": "Amira"}) == "kin"


CIURAR = {"family_name": "Ciurar", "birth_date": BORN} | AT_HOME


@pytest.mark.parametrize("order", ["abcd", "dcba", "bdac"])
def test_twins_who_share_a_name_that_one_has_now_first_and_now_second_are_told_apart_by_the_others(order):
    told = {
        "a": said("a", given_name="Maria", middle_names="Narcisa", **CIURAR),
        "b": said("a", given_name="Narcisa", middle_names="Maria", **CIURAR),
        "c": said("c", agency="police", given_name="Narcisa", **CIURAR),
        "d": said("d", agency="social_care", given_name="Maria", middle_names="Stefania", **CIURAR),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "acd") == {"a": "a", "c": "a", "d": "d"}


@pytest.mark.parametrize("order", ["abcd", "dcba", "bdac"])
def test_twins_whose_family_name_stands_first_have_no_given_name_in_common_by_that(order):
    do = {"birth_date": BORN} | AT_HOME
    told = {
        "a": said("a", given_name="Tuan", family_name="Do", **do, identifiers=[NHS]),
        "b": said("b", given_name="Do", family_name="Tuan", **do, identifiers=[NHS]),
        "c": said("c", agency="police", given_name="Do", family_name="Tuan", **do),
        "d": said("d", agency="social_care", given_name="Do", middle_names="Duc", family_name="Thao", **do),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abcd") == {"a": "a", "b": "a", "c": "a", "d": "d"}
