"""Who else fits about as well, and what the records of two say together: reasons that no single pair shows."""

import gc
import itertools

import pytest

from schemas.vocabulary import MatchStatus
from streams.identity.groups import Group
from tests.streams.identity.people import (
    AT_HOME,
    AWAY,
    BORN,
    ELSEWHERE,
    HOME,
    NHS,
    OTHER_NHS,
    OTHER_UPN,
    UPN,
    people,
    registry,
    said,
)

ZEB = {"given_name": "Zebedee", "family_name": "Thistlewick", "birth_date": BORN}
MISSPELT = ZEB | {"given_name": "Zebxdee"}
TWO_DAYS_LATER = {"birth_date": "2012-04-08"}
ALEXANDER = ZEB | {"given_name": "Alexander"}
ALEX = ZEB | {"given_name": "Alex"}


def little_known(child):
    """Somebody of that name and year of birth, at whom nobody can look and say at once that all records are one."""
    return said("x", agency="hospital", **(child | {"birth_date": "2012"}))


MOHAMMED = {"given_name": "Mohammed", "family_name": "Khanom", "birth_date": BORN, **AT_HOME}


@pytest.mark.parametrize(("home", "whose"), [({"postcode": HOME}, "c"), (AWAY, "a")], ids=["near", "elsewhere"])
def test_who_fits_about_as_well_is_a_rival_and_who_fits_far_worse_is_none(home, whose):
    made = registry(
        said("a", **ALEXANDER, **AT_HOME, identifiers=[NHS]),
        said("b", **ALEXANDER, **home, identifiers=[OTHER_NHS]),
        said("c", agency="school", **ALEX, **AT_HOME),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": whose}
    assert made.assignment("c").status is (MatchStatus.MANY_MATCH if whose == "c" else MatchStatus.MATCH)


@pytest.mark.parametrize(("near", "far"), ["bd", "db"])
@pytest.mark.parametrize("called", [ALEX, ALEXANDER])
def test_a_rival_fits_as_well_as_the_record_of_theirs_that_fits_best(called, near, far):
    made = registry(
        said("a", **ALEXANDER, **AT_HOME, identifiers=[NHS]),
        said(near, **ALEXANDER, postcode=HOME, identifiers=[OTHER_NHS]),
        said(far, agency="hospital", **ALEXANDER, **AWAY, identifiers=[OTHER_NHS]),
        said("c", agency="school", **called, **AT_HOME),
    )
    assert people(made, "abcd") == {"a": "a", "b": "b", "c": "c", "d": "b"}


@pytest.mark.parametrize("keys", ["abc", "bca", "cab", "cba"])
def test_whose_an_equal_record_is_does_not_depend_on_what_the_records_are_called(keys):
    first, second, third = keys
    made = registry(
        said(first, **ALEXANDER, **AT_HOME, identifiers=[NHS]),
        said(second, **ALEXANDER, **AT_HOME, identifiers=[OTHER_NHS]),
        said(third, agency="school", **ALEXANDER, **AT_HOME),
    )
    found = people(made, keys)
    assert found[third] == found[first] != found[second]


def test_whoever_was_resolved_leaves_nothing_to_the_collector():
    made = registry(
        said("a", **ALEXANDER, **AT_HOME, identifiers=[NHS]),
        said("b", **ALEXANDER, **AT_HOME, identifiers=[OTHER_NHS]),
        said("c", agency="school", **ALEX, **AT_HOME),
    )
    gc.collect()
    gc.disable()
    try:
        assert len(list(made.reviews())) == 1
        assert not [each for each in gc.get_objects() if isinstance(each, Group)]
    finally:
        gc.enable()


def test_two_of_one_name_at_one_door_are_no_rivals_but_a_number_to_look_into():
    made = registry(
        said("a", **ALEXANDER, **AT_HOME, identifiers=[NHS]),
        said("b", **ALEXANDER, **AT_HOME, identifiers=[OTHER_NHS]),
        said("c", agency="school", **ALEX, **AT_HOME),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "a"}
    assert [(each.left, each.right, each.why) for each in made.reviews()] == [("b", "c", "contradiction")]


def test_between_one_of_its_name_elsewhere_and_one_called_nearly_so_at_its_door_a_record_is_neithers():
    made = registry(
        said("a", **ALEXANDER, **AT_HOME, identifiers=[NHS]),
        said("b", **ALEX, **AWAY, identifiers=[OTHER_NHS]),
        said("c", agency="school", **ALEXANDER, **AWAY),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "c"}
    assert made.assignment("c").status is MatchStatus.MANY_MATCH


def test_who_cannot_be_the_record_by_what_another_of_theirs_says_is_no_rival():
    made = registry(
        said("a", **MOHAMMED, middle_names="Ayaan", identifiers=[NHS]),
        said("b", **MOHAMMED, middle_names="Faisal", identifiers=[OTHER_NHS]),
        said("c", agency="school", **MOHAMMED, identifiers=[UPN]),
        said("d", agency="school", **MOHAMMED, middle_names="Faisal", identifiers=[OTHER_UPN]),
    )
    assert people(made, "abcd") == {"a": "a", "b": "b", "c": "a", "d": "b"}


@pytest.mark.parametrize(("merged", "whose"), [(["a"], "a"), ([], "c")], ids=["merged", "not merged"])
def test_where_a_hospital_says_that_two_records_are_one_nobody_is_a_rival(merged, whose):
    made = registry(
        said("a", **MOHAMMED, middle_names="Ayaan", identifiers=[NHS]),
        said("b", **MOHAMMED, middle_names="Faisal", identifiers=[OTHER_NHS]),
        said("c", **MOHAMMED, merged=merged),
    )
    assert people(made, "abc") == {"a": "a", "b": "b", "c": whose}


KHADIJA, KHADIJAH = ZEB | {"given_name": "Khadija"}, ZEB | {"given_name": "Khadijah"}


@pytest.mark.parametrize(
    ("one", "other", "home", "agency", "whose"),
    [
        (ALEXANDER, ALEX, AWAY, "school", "a"),
        (ALEXANDER, ALEX, AWAY, "nhs", "c"),
        (ZEB, ZEB, AWAY, "nhs", "a"),
        (KHADIJA, KHADIJAH, {}, "nhs", "a"),
    ],
    ids=["two agencies", "one agency", "a rare name", "no other home"],
)
def test_a_short_name_at_another_home_is_another_child_where_one_agency_has_both(one, other, home, agency, whose):
    made = registry(
        said("a", **one, **AT_HOME),
        said("b", agency="police", **one, **AT_HOME),
        said("c", agency=agency, **other, **home),
        little_known(other),
    )
    assert people(made, "abc") == {"a": "a", "b": "a", "c": whose}


@pytest.mark.parametrize(
    ("middle", "there", "whose"),
    [(None, "c", "a"), (None, "cd", "c"), ("Quentin", "cd", "a")],
    ids=["one record there", "several there", "several of one second name"],
)
@pytest.mark.parametrize(("here", "home", "elsewhere"), [("ab", AT_HOME, AWAY), ("ba", AWAY, AT_HOME)])
def test_several_records_at_each_of_two_homes_must_agree_in_more(here, home, elsewhere, middle, there, whose):
    boy = ZEB | {"middle_names": middle}
    agencies = dict(zip("abcd", ("nhs", "police", "school", "social_care"), strict=True))
    made = registry(
        *(said(key, agency=agencies[key], **boy, **home) for key in here),
        *(said(key, agency=agencies[key], **boy, **elsewhere) for key in there),
        little_known(ZEB),
    )
    assert people(made, "ab" + there) == dict.fromkeys("ab", "a") | dict.fromkeys(there, whose)


@pytest.mark.parametrize(("first", "second"), [(ZEB, MISSPELT), (MISSPELT, ZEB)])
@pytest.mark.parametrize(("keys", "whose"), [("abc", "a"), ("cab", "a"), ("abcd", "c")])
def test_a_name_misspelt_on_one_record_is_a_slip_and_on_several_another_name(keys, whose, first, second):
    told = {"a": first, "b": first, "c": second, "d": second}
    agencies = dict(zip("abcd", ("nhs", "police", "school", "social_care"), strict=True))
    made = registry(*(said(key, agency=agencies[key], **told[key], **AT_HOME) for key in keys), little_known(first))
    assert people(made, keys) == {key: "a" if key in "ab" else whose for key in keys}


@pytest.mark.parametrize("dated", ["abcd", "acd", "abc"])
def test_a_birth_date_is_a_slip_unless_several_records_of_each_have_theirs(dated):
    told = {
        "a": said("a", **ZEB, **AT_HOME, identifiers=[NHS]),
        "b": said("b", agency="hospital", **(ZEB if "b" in dated else ZEB | {"birth_date": None}), identifiers=[NHS]),
        "c": said("c", agency="school", **(ZEB | TWO_DAYS_LATER), **AT_HOME, identifiers=[UPN]),
        "d": said(
            "d",
            agency="social_care",
            **(ZEB | (TWO_DAYS_LATER if "d" in dated else {"birth_date": None})),
            identifiers=[UPN],
        ),
    }
    whose = "c" if dated == "abcd" else "a"
    assert people(registry(*told.values()), "abcd") == {"a": "a", "b": "a", "c": whose, "d": whose}


LOCAL = ("la-child-id", "4711", True)


@pytest.mark.parametrize(
    ("ours", "theirs", "said_of_one", "persons"),
    [
        ([NHS], [UPN], {}, 2),
        ([NHS, LOCAL], [UPN, LOCAL], {}, 1),
        ([NHS, UPN], [OTHER_NHS, OTHER_UPN], {}, 2),
        ([NHS, UPN], [OTHER_NHS, OTHER_UPN], {"merged": ["a"]}, 1),
    ],
    ids=["neither", "a number in common", "other numbers", "merged by their source"],
)
def test_two_birth_dates_of_several_records_each_are_one_childs_by_a_number_or_the_word_of_their_source(
    ours, theirs, said_of_one, persons
):
    later = ZEB | TWO_DAYS_LATER
    made = registry(
        said("a", **ZEB, **AT_HOME, identifiers=ours),
        said("b", agency="hospital", **ZEB, **AT_HOME, identifiers=[each for each in ours if each != LOCAL]),
        said("c", **later, **AT_HOME, identifiers=theirs, **said_of_one),
        said("d", agency="school", **later, **AT_HOME, identifiers=[each for each in theirs if each != LOCAL]),
    )
    assert len(set(people(made, "abcd").values())) == persons


@pytest.mark.parametrize(("agency", "whose"), [("police", "a"), ("nhs", "b")])
def test_two_names_in_use_on_one_agencys_books_are_two_whoever_else_knows_one_of_them(agency, whose):
    ella, ellie = ZEB | {"given_name": "Ella"}, ZEB | {"given_name": "Ellie"}
    made = registry(
        said("a", **ella, **AT_HOME),
        said("b", agency="school", **ellie, **AT_HOME),
        said("c", agency=agency, **ellie, **AT_HOME),
        little_known(ella),
    )
    assert people(made, "abc") == {"a": "a", "b": whose, "c": whose}


@pytest.mark.parametrize("order", ["abcdx", "xdcba"])
@pytest.mark.parametrize("home", [{}, {"postcode": "ZZ9 1AA", "address": "9 Fuller Street"}])
def test_who_is_at_home_with_neither_of_two_namesakes_is_neither_of_them(home, order):
    told = {
        "a": said("a", **ZEB, **AT_HOME, identifiers=[NHS]),
        "b": said("b", agency="social_care", **ZEB, **AT_HOME, identifiers=[NHS]),
        "c": said("c", agency="school", **ZEB, **AWAY, identifiers=[UPN]),
        "d": said("d", agency="youth_justice", **ZEB, **AWAY, identifiers=[UPN]),
        "x": said("x", agency="police", **ZEB, **home),
    }
    made = registry(*(told[key] for key in order))
    assert people(made, "abcdx") == {"a": "a", "b": "a", "c": "c", "d": "c", "x": "x"}
    assert made.assignment("x").status is MatchStatus.MANY_MATCH


def called(key, given, agency="nhs", **values):
    return said(key, agency=agency, **ZEB | {"given_name": given}, **AT_HOME | values)


def apart(*arriving):
    """Whether each stands alone, in whichever order they come."""
    keys = "".join(each.subject_key for each in arriving)
    return all(
        people(registry(*order), keys) == {key: key for key in keys} for order in itertools.permutations(arriving)
    )


@pytest.mark.parametrize("agency", ["nhs", "police"])
@pytest.mark.parametrize(
    ("boy", "girl", "short"),
    [("Samuel", "Samantha", "Sam"), ("Patrick", "Patricia", "Pat"), ("Christopher", "Christine", "Chris")],
)
def test_a_name_that_is_short_for_two_is_neither_of_theirs(boy, girl, short, agency):
    told = called("a", boy), called("b", girl, agency), called("c", short, "school")
    assert apart(*told)
    assert {registry(*told).assignment(key).status for key in "abc"} == {MatchStatus.MANY_MATCH}


def test_what_two_cut_short_in_ways_that_no_table_has_is_one_childs_name():
    made = registry(called("a", "Zebed"), called("b", "Bedee", "police"), called("c", "Zebedee", "school"))
    assert set(people(made, "abc").values()) == {"a"}


def test_who_was_given_the_names_of_both_is_no_third():
    made = registry(
        called("a", "Samuel"), called("b", "Zebedee"), called("c", "Samuel", "school", aliases=("Zebedee",))
    )
    assert set(people(made, "abc").values()) == {"a"}


def test_two_that_one_agency_tells_apart_leave_a_third_to_neither():
    assert apart(called("a", "Alexander"), called("b", "Alexandra"), called("c", "Alex", "school"))


def test_who_is_called_as_one_of_two_on_an_agencys_books_is_not_the_other():
    jack, jake = called("a", "Jack"), called("b", "Jake")
    made = registry(jack, jake, called("c", "Jake", "police"), called("d", "Jkae", "school"))
    assert people(made, "abc") == {"a": "a", "b": "b", "c": "c"}


def test_who_is_called_as_one_of_two_on_an_agencys_books_is_that_one():
    jan, jana = called("a", "Jan", "school"), called("b", "Jana", "school", postcode=ELSEWHERE)
    more = called("c", "Jan", "police"), called("d", "Jana", identifiers=[NHS])
    assert people(registry(jan, jana, *more), "abcd") == {"a": "a", "b": "b", "c": "a", "d": "b"}


def test_of_two_of_different_names_and_numbers_who_has_the_names_of_both_is_neither():
    of_both = called("c", "Muhammad", "school", middle_names="Bilal")
    numbered = {"identifiers": [NHS]}, {"identifiers": [OTHER_NHS]}
    assert apart(called("a", "Mohammad", **numbered[0]), called("b", "Bilal", **numbered[1]), of_both)
    made = registry(called("a", "Mohammad"), called("b", "Bilal"), of_both)
    assert set(people(made, "abc").values()) == {"a"}


def test_two_records_that_may_each_be_of_either_of_two_with_numbers_and_names_alike_are_not_one():
    assert apart(
        called("a", "Xinyi", identifiers=[NHS]),
        called("b", "Xinyue", identifiers=[OTHER_NHS]),
        called("c", "Xiniy", "school"),
        called("d", "Xinyue", "hospital", postcode=None, address=None),
    )
