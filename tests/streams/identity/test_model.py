"""What a field weighs. The levels between exact and different are ours; the arithmetic is Splink's."""

import json
from pathlib import Path

import pytest

from streams.identity.model import load
from tests.streams.identity.people import AMY, BORN, ELSEWHERE, HOME, NHS, OTHER_NHS, TEMPORARY_UPN, UPN, said

MODEL = load()
SCORES = json.loads(Path(__file__).with_name("splink_scores.json").read_text())
EVERYTHING = AMY | {"middle_names": "Rose", "postcode": HOME, "address": "12 Kelder Road", "identifiers": [NHS]}


def features(**values):
    return said("a", **values).features


def level(field, left, right):
    found = dict(MODEL.evidence(features(**left), features(**right)))
    return found[field].level if field in found else "missing"


def test_every_pair_weighs_what_splink_says_it_weighs():
    for pair in SCORES:
        evidence = MODEL.evidence(features(**pair["left"]), features(**pair["right"]))
        ours = MODEL.prior + sum(outcome.bits for _, outcome in evidence)
        assert ours == pytest.approx(pair["bits"], abs=1e-9, rel=0)


def test_the_fixture_has_every_level_and_term_frequencies_of_its_own():
    given = {(pair["left"]["given_name"], pair["right"]["given_name"]) for pair in SCORES}
    assert {("amy", "amy"), ("oliver", "oliver"), ("zebedee", "zebedee"), ("amy", None)} <= given


def test_a_common_name_says_less_than_a_rare_one():
    common, rare = (
        MODEL.given_name(features(given_name=n), features(given_name=n)).bits for n in ("Oliver", "Zebedee")
    )
    assert common < rare


def test_a_date_that_stands_for_no_date_says_less():
    def bits(day):
        return MODEL.birth_date(features(birth_date=day), features(birth_date=day)).bits

    assert bits("2008-01-01") < bits("2008-05-15") < bits("2008-05-16")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Amy", "AMY", "exact"),
        ("Alexander", "Alex", "nickname"),
        ("Mohammed", "Muhammad", "variant"),
        ("Khadija", "Khadijah", "variant"),
        ("Zebedee", "Zebadee", "variant"),
        ("Zebedee", "Zebxdee", "similar"),
        ("Maryam", "Maryam-Rose", "part"),
        ("Maryarn", "Maryam", "similar"),
        ("Ella", "Ellie", "kin"),
        ("Harrison", "Harry", "kin"),
        ("Amy", "A", "initial"),
        ("Keira", "Keeley", "differ"),
        ("Jack", "Jacob", "differ"),
        ("Amy", None, "missing"),
        ("Amy", "Baby", "missing"),
    ],
)
def test_given_names_go_together_as_people_use_them(left, right, expected):
    assert level("given_name", {"given_name": left}, {"given_name": right}) == expected
    assert level("given_name", {"given_name": right}, {"given_name": left}) == expected


@pytest.mark.parametrize(
    ("said_of_both", "expected"),
    [
        ({"identifiers": [NHS]}, "kin"),
        ({"identifiers": [UPN], "birth_date": "2012-04-15"}, "kin"),
        ({"identifiers": [UPN], "birth_date": "2012-01-01"}, "differ"),
        ({"identifiers": [UPN], "birth_date": "2012-04"}, "differ"),
        ({"identifiers": [TEMPORARY_UPN]}, "differ"),
        ({"identifiers": [("la-child-id", "4711", True)]}, "differ"),
        ({"identifiers": [NHS], "family_name": None}, "differ"),
        ({}, "differ"),
    ],
)
def test_a_spelling_that_no_table_has_takes_a_lasting_number_the_day_of_birth_and_the_family_name(
    said_of_both, expected
):
    keira, ciara = (AMY | {"given_name": name} | said_of_both for name in ("Keira", "Ciara"))
    assert level("given_name", keira, ciara) == level("given_name", ciara, keira) == expected


def test_a_middle_name_one_goes_by_counts_but_not_one_of_half_a_community():
    assert level("given_name", AMY | {"middle_names": "Rose"}, AMY | {"given_name": "Rose"}) == "middle"
    yusuf = AMY | {"given_name": "Yusuf", "middle_names": "Mohammed"}
    assert level("given_name", yusuf, AMY | {"given_name": "Mohammed"}) == "differ"


def test_a_first_name_of_half_a_community_does_not_outweigh_second_names_that_differ():
    ali, hassan = ({"given_name": f"Mohammed {name}"} for name in ("Ali", "Hassan"))
    assert level("given_name", ali, hassan) == "differ"
    assert level("given_name", ali, {"given_name": "Mohammed"}) == "exact"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Rowe-Thistlewick", "Thistlewick Rowe", "order"),
        ("Rowe-Thistlewick", "Thistlewick", "part"),
        ("Mac Donald", "MacDonald", "exact"),
        ("O'Connor", "OConnor", "exact"),
        ("Kowalczyk", "Kovalchyk", "variant"),
        ("Al-Obaidi", "Obaidi", "exact"),
        ("Zieliński", "Zielinski", "exact"),
        ("Thistlewick", "Thistlewck", "variant"),
        ("Thistlewick", "Farthing", "differ"),
    ],
)
def test_family_names_are_the_same_in_any_order_and_script(left, right, expected):
    assert level("family_name", {"family_name": left}, {"family_name": right}) == expected


def test_names_in_one_anothers_box_are_found():
    swapped = {"given_name": "Thistlewick", "family_name": "Amy"}
    assert level("given_name", AMY, swapped) == level("family_name", AMY, swapped) == "swapped"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (BORN, "exact"),
        ("2012-06-04", "swapped"),
        ("2012-04-08", "digit"),
        ("2013-04-06", "digit"),
        ("2012-04-28", "near"),
        ("2012-01-01", "rounded"),
        ("2012-04", "coarse"),
        ("2012", "coarse"),
        ("2009-11-30", "differ"),
        ("1900-01-01", "missing"),
        ("2012-02-31", "missing"),
        ("not known", "missing"),
    ],
)
def test_birth_dates_are_near_in_the_ways_they_go_wrong(other, expected):
    assert level("birth_date", {"birth_date": BORN}, {"birth_date": other}) == expected


def test_a_birth_may_come_some_weeks_from_when_it_was_expected():
    unborn = {"birth_date": "2012-04-20", "birth_date_expected": True}
    assert level("birth_date", unborn, {"birth_date": BORN}) == "expected"
    assert level("birth_date", unborn, {"birth_date": "2012-09-20"}) == "differ"


@pytest.mark.parametrize("nowhere", ["ZZ99 3VZ", "NF1 1NF", "not a postcode", ""])
def test_no_fixed_abode_is_nothing_to_have_in_common(nowhere):
    assert level("postcode", {"postcode": nowhere}, {"postcode": nowhere}) == "missing"


def test_an_address_is_the_same_in_another_writing():
    assert level("address", {"address": "Flat 2, 14 High Street"}, {"address": "14 High St., Apt 2"}) == "exact"
    assert level("address", {"address": "14 High Street, Kelderby"}, {"address": "14 High Street"}) == "similar"
    assert level("address", {"address": "14 High Street"}, {"address": "15 High Street"}) == "differ"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("Rose", "Rose Ann", "exact"),
        ("Rose", "R", "similar"),
        ("Alexander", "Alex", "similar"),
        ("Rose", "Ryan", "differ"),
        ("Alexander", "Sandy", "differ"),
        ("Rose", None, "missing"),
    ],
)
def test_middle_names_go_together_where_they_begin_alike(left, right, expected):
    assert level("middle_names", {"middle_names": left}, {"middle_names": right}) == expected
    assert level("middle_names", {"middle_names": right}, {"middle_names": left}) == expected


def test_a_letter_for_a_family_name_is_only_a_part_of_one():
    assert level("family_name", {"family_name": "T"}, {"family_name": "T"}) == "part"


def test_a_family_name_that_either_has_for_a_second_name_is_a_part_of_the_whole():
    hodan = {"given_name": "Hodan", "middle_names": "Abdi", "family_name": "Warsame"}
    also = {"given_name": "Hodan", "middle_names": "Abdi Warsame", "family_name": "Elmi"}
    assert level("family_name", hodan, also) == level("family_name", also, hodan) == "part"


@pytest.mark.parametrize(
    ("said_of_both", "expected"),
    [
        ({"birth_date": "2012-04"}, "coarse"),
        ({"birth_date": "2012"}, "coarse"),
        ({"birth_date": BORN, "birth_date_expected": True}, "expected"),
    ],
)
def test_a_birth_date_that_is_not_known_to_the_day_is_not_one_in_common(said_of_both, expected):
    assert level("birth_date", said_of_both, said_of_both) == expected


FAR = ["2001-09-11", "2002-09-11", "2003-09-11", "2004-09-11", "2005-09-11"]


def test_of_all_that_a_record_was_ever_said_to_be_what_agrees_most_counts():
    def born(*days):
        return features()._replace(born=frozenset(days))

    assert MODEL.birth_date(born(*FAR, "2012-04-08"), born(BORN)).level == "digit"
    assert MODEL.birth_date(born(BORN, "2012-01-01", "2012-04"), born(BORN, "2012-01-01", "2012-04")).level == "exact"
    oliver, zebedee, both = (
        features()._replace(given=frozenset(n)) for n in (["oliver"], ["zebedee"], ["oliver", "zebedee"])
    )
    assert MODEL.given_name(both, both) == MODEL.given_name(zebedee, zebedee)
    assert MODEL.given_name(both, oliver) == MODEL.given_name(oliver, oliver)


def test_evidence_is_of_every_field_in_which_both_said_something():
    everything = features(**EVERYTHING)
    names = ["given_name", "middle_names", "family_name", "birth_date", "postcode", "address", "nhs-number"]
    assert [name for name, _ in MODEL.evidence(everything, everything)] == names
    assert MODEL.evidence(everything, features()) == MODEL.evidence(features(), everything) == []


def test_evidence_is_the_same_from_either_side():
    left, right = features(**EVERYTHING), features(**(EVERYTHING | {"postcode": ELSEWHERE, "identifiers": [OTHER_NHS]}))
    assert sorted(MODEL.evidence(left, right)) == sorted(MODEL.evidence(right, left))


@pytest.mark.parametrize("number", ["9999999999", "0000000000", "1234567890"])
def test_a_number_typed_to_get_past_a_form_is_none(number):
    assert features(identifiers=[("nhs-number", number, True)]).identifiers == frozenset()


def test_a_number_whose_check_fails_is_not_compared():
    assert features(identifiers=[("nhs-number", "9990000019", False)]).identifiers == frozenset()


def test_a_former_upn_leads_to_the_child_but_stands_against_nobody():
    former, current = ("former-upn", "K999000125001", True), ("upn", "Z999000125002", True)
    moved = features(identifiers=[former, current])
    assert moved.identifiers == {"upn:K999000125001", "upn:Z999000125002"}
    assert features(identifiers=[former]).identifiers == {"former-upn:K999000125001"}
