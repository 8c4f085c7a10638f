"""What is enough to make one child of two records, and what never is: each way in which two names and two birth dates
go together, at one door and without one, with a number and without."""

import pytest

from streams.identity.compare import matters, weigh
from streams.identity.edge import VETO, Edge, Trait
from streams.identity.model import load
from streams.identity.snapshot import Features
from tests.streams.identity.people import AT_HOME, AWAY, ELSEWHERE, HOME, NHS, OTHER_NHS, said

MODEL = load()
Said = dict[str, object]

#: Two names of each level; rare ones, so that what is not joined is not for want of weight.
NAMES: dict[str, tuple[Said, Said]] = {
    "exact": ({"given_name": "Zebedee"}, {"given_name": "Zebedee"}),
    "nickname": ({"given_name": "Alexander"}, {"given_name": "Alex"}),
    "variant": ({"given_name": "Khadija"}, {"given_name": "Khadijah"}),
    "similar": ({"given_name": "Zebedee"}, {"given_name": "Zebxdee"}),
    "middle": ({"given_name": "Zebedee"}, {"given_name": "Quentin", "middle_names": "Zebedee"}),
    "swapped": ({"given_name": "Zebedee"}, {"given_name": "Thistlewick", "family_name": "Zebedee"}),
    "initial": ({"given_name": "Zebedee"}, {"given_name": "Z"}),
    "part": ({"given_name": "Maryam"}, {"given_name": "Maryam-Rose"}),
    "kin": ({"given_name": "Ella"}, {"given_name": "Ellie"}),
    "missing": ({"given_name": "Ella"}, {"given_name": "Unborn"}),
    "differ": ({"given_name": "Zebedee"}, {"given_name": "Amy"}),
}
#: Two birth dates of each level.
BORN: dict[str, tuple[str | None, str]] = {
    "exact": ("2012-04-06", "2012-04-06"),
    "exact_january": ("2012-01-01", "2012-01-01"),
    "exact_fifteenth": ("2012-04-15", "2012-04-15"),
    "expected": ("2012-04-20", "2012-04-06"),
    "swapped": ("2012-06-04", "2012-04-06"),
    "digit": ("2012-04-08", "2012-04-06"),
    "near": ("2012-04-28", "2012-04-06"),
    "rounded": ("2012-01-01", "2012-04-06"),
    "coarse": ("2012-04", "2012-04-06"),
    "missing": (None, "2012-04-06"),
    "differ": ("2009-11-30", "2012-04-06"),
}
XU, BO, NUMBER = {"middle_names": "Xu"}, {"middle_names": "Bo"}, {"identifiers": [NHS]}
#: Where: what else both say, whether one agency says both, and a row for each of `NAMES` with a letter for each of
#: `BORN`: F joined for more than name and birth date, j joined for those, . not joined, x never joined.
GRIDS: dict[str, tuple[Said, Said, bool, str]] = {
    "at one door": (
        AT_HOME,
        AT_HOME,
        False,
        """
        exact     FjFjFFjjjjx
        nickname  FjFjFFjj..x
        variant   FjFjFFjj..x
        similar   jjjjjjjj..x
        middle    FjFjFFjj..x
        swapped   FjFjFFj...x
        initial   jjjjj.....x
        part      jjjjjjjj..x
        kin       jjjjj.....x
        missing   j.jj......x
        differ    xxxxxxxxxxx
        """,
    ),
    "at one door, on one agency's books": (
        AT_HOME,
        AT_HOME,
        True,
        """
        exact     FjFjFFjjjjx
        variant   FjFjFFjj..x
        similar   jjjjjjjj..x
        middle    ..........x
        kin       ..........x
        """,
    ),
    "at one door, with two second names": (
        AT_HOME | XU,
        AT_HOME | BO,
        False,
        """
        exact     F.FjFFjj..x
        nickname  ..........x
        variant   ..........x
        similar   ..........x
        swapped   F.FjF.....x
        initial   ..........x
        part      j.jjjj....x
        kin       ..........x
        missing   ..........x
        """,
    ),
    "where nobody says who lives where": (
        {},
        {},
        False,
        """
        exact     j.jjj.....x
        nickname  j.j.......x
        variant   j.j.......x
        similar   j.j.......x
        middle    j.........x
        initial   ..........x
        missing   ..........x
        """,
    ),
    "with two second names and no home": (XU, BO, False, "exact ..........x"),
    "with one second name and no home": (XU, XU, False, "exact j.jjj.....x"),
    "in two homes": (AT_HOME, AWAY, False, "exact j.j.......x"),
    "in two homes, on one agency's books": (AT_HOME, AWAY, True, "exact j.........x"),
    "in two postcodes": ({"postcode": HOME}, {"postcode": ELSEWHERE}, False, "nickname j.j.......x"),
    "in two postcodes, on one agency's books": (
        {"postcode": HOME},
        {"postcode": ELSEWHERE},
        True,
        "nickname ..........x",
    ),
    "with one number": (
        NUMBER,
        NUMBER,
        False,
        """
        exact     FFFFFFFFFFx
        nickname  FFFFFFFFFFx
        variant   FFFFF..FFFx
        similar   FFFFF..FFFx
        middle    FFFFFFFFFFx
        swapped   FFFFFFFFFFx
        initial   FFFFFFFFFFx
        part      FFFFFFFFFFx
        kin       FFFFF..FFFx
        missing   FFFFFFFF..x
        differ    xxxxxxxxxxx
        """,
    ),
    "with one number and two second names": (
        NUMBER | XU,
        NUMBER | BO,
        False,
        """
        exact     FFFFFFFF..x
        nickname  ..........x
        variant   ..........x
        similar   ..........x
        swapped   FFFFFFFF..x
        initial   ..........x
        part      FFFFFFFF..x
        kin       ..........x
        missing   FFFFFFFF..x
        """,
    ),
}


def features(**values: object) -> Features:
    return said("a", **({"family_name": "Thistlewick"} | values)).features


def pair(name: str, born: str, left: Said, right: Said) -> tuple[Features, Features]:
    """Two whose names and birth dates go together so, and what else each says."""
    (one, other), (first, second) = NAMES[name], BORN[born]
    return (
        features(birth_date=first, birth_date_expected=born == "expected", **one | left),
        features(birth_date=second, **other | right),
    )


def told(edge: Edge) -> str:
    if edge.traits & VETO:
        return "x"
    if edge.weight < MODEL.join_bits:
        return "."
    return "F" if edge.traits & Trait.FIRM else "j"


@pytest.mark.parametrize("name", NAMES)
def test_the_names_and_dates_of_the_tables_go_together_as_they_say(name: str) -> None:
    for born in BORN:
        one, other = pair(name, born, {}, {})
        assert (MODEL.given_name(one, other).level, MODEL.birth_date(one, other).level) == (name, born)


@pytest.mark.parametrize("where", GRIDS)
def test_what_is_enough_to_make_one_child_of_two_records(where: str) -> None:
    left, right, one_agency, grid = GRIDS[where]
    expected = dict(zip(*[iter(grid.split())] * 2, strict=True))
    found = {
        name: "".join(told(weigh(MODEL, *pair(name, born, left, right), one_source=one_agency)) for born in BORN)
        for name in expected
    }
    assert found == expected


@pytest.mark.parametrize(
    ("left", "right", "home"),
    [
        (AT_HOME, AT_HOME, True),
        ({"postcode": HOME}, {"postcode": HOME}, True),
        ({"address": "12 Kelder Road"}, {"address": "12 Kelder Road"}, True),
        (AT_HOME, {"postcode": HOME}, True),
        (AT_HOME, {"postcode": HOME, "address": "14 Kelder Road"}, False),
        ({"postcode": "M13"}, {"postcode": "M13"}, False),
        (AT_HOME | {"postcode": "M13"}, AT_HOME | {"postcode": "M13"}, True),
        # Every town has a High Street.
        (AT_HOME, AT_HOME | {"postcode": AWAY["postcode"]}, False),
        (AT_HOME, AWAY, False),
        ({}, {}, False),
    ],
)
def test_what_is_a_home_in_common(left: Said, right: Said, home: bool) -> None:
    assert bool(weigh(MODEL, *pair("exact", "exact", left, right)).traits & Trait.HOME) is home


@pytest.mark.parametrize(
    ("left", "right", "door"),
    [
        (AT_HOME, AT_HOME, True),
        (AT_HOME | {"postcode": "M13"}, AT_HOME | {"postcode": "M13"}, True),
        ({"postcode": HOME}, {"postcode": HOME}, False),
        ({"address": "12 Kelder Road"}, {"address": "12 Kelder Road"}, False),
        (AT_HOME, AT_HOME | {"postcode": AWAY["postcode"]}, False),
    ],
)
def test_one_door_is_of_postcode_and_address(left: Said, right: Said, door: bool) -> None:
    one, other = pair("exact", "missing", left, right)
    assert bool(weigh(MODEL, one, other).traits & Trait.DOOR) is door
    assert (told(weigh(MODEL, one, other)) == "j") is door
    assert told(weigh(MODEL, one, other._replace(family=frozenset(("farthing",))))) == "."


def test_who_stands_on_one_agencys_books_at_two_homes_is_one_child_if_a_number_says_so() -> None:
    one, other = pair("exact", "exact_fifteenth", AT_HOME | NUMBER, AWAY | NUMBER)
    assert told(weigh(MODEL, one, other, one_source=True)) == "F"


@pytest.mark.parametrize("born", BORN)
def test_birth_dates_a_slip_apart_are_marked(born: str) -> None:
    traits = weigh(MODEL, *pair("exact", born, {}, {})).traits
    assert bool(traits & Trait.BORN_NEAR) is (born in ("swapped", "digit", "near"))
    assert bool(traits & Trait.NO_BIRTH) is (born == "differ")


LOCAL = {"identifiers": [("la-child-id", "4711", True)]}


@pytest.mark.parametrize(
    ("name", "born", "left", "right", "looked_at"),
    [
        # A sister's number typed once, and what two authorities both count from one.
        ("differ", "differ", NUMBER, NUMBER, True),
        ("differ", "differ", LOCAL, LOCAL, False),
        ("differ", "exact", LOCAL | AT_HOME, LOCAL | AT_HOME, True),
        # Twins and sisters are two: nobody needs to be told.
        ("differ", "exact", AT_HOME, AT_HOME, False),
        ("exact", "differ", AT_HOME, AT_HOME, False),
        # Two numbers of one child, or two children.
        ("exact", "exact", AT_HOME | NUMBER, AT_HOME | {"identifiers": [OTHER_NHS]}, True),
        ("exact", "exact", NUMBER, {"identifiers": [OTHER_NHS]}, False),
        ("exact", "rounded", {}, {}, True),
        ("exact", "near", AT_HOME, AWAY, False),
    ],
)
def test_what_two_records_have_in_common_is_kept_where_it_leaves_a_question(
    name: str, born: str, left: Said, right: Said, looked_at: bool
) -> None:
    assert matters(MODEL, weigh(MODEL, *pair(name, born, left, right))) is looked_at


@pytest.mark.parametrize("which", [0, 1])
def test_a_record_that_was_said_to_be_two_children_is_one_with_nobody(which: int) -> None:
    both = list(pair("exact", "exact", AT_HOME | NUMBER, AT_HOME | NUMBER))
    both[which] = both[which].joined(features(given_name="Amy", birth_date="2009-11-30"))
    assert weigh(MODEL, *both).veto == "overlaid"
