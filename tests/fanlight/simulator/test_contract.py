"""The evaluation contract: its columns, its order, and what is true of any county whatever went wrong in it."""

import csv
import re
from collections import defaultdict
from itertools import pairwise

import pytest
from nhs_number import is_valid
from stdnum.gb import upn as gb_upn

from fanlight.simulator.groups import ALL_GROUPS


def test_the_columns_are_those_of_the_contract(county):
    header = (county.folder / "records.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == (
        "source,record_id,seq,given_name,middle_names,family_name,aliases,birth_date,sex,postcode,address,"
        "nhs_number,upn,la_child_id,protected,observed_on"
    )
    header = (county.folder / "truth.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "source,record_id,person,group"


def test_seq_counts_the_rows_in_order_of_arrival(county):
    assert [int(row["seq"]) for row in county.rows] == list(range(1, len(county.rows) + 1))


def test_every_record_has_one_truth_and_every_truth_a_record(county):
    lines = (county.folder / "truth.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert len(lines) == len(county.truth)
    assert set(county.truth) == {(row["source"], row["record_id"]) for row in county.rows}


def test_every_person_is_listed_with_what_fairness_asks(county):
    with (county.folder / "people.csv").open(encoding="utf-8", newline="") as file:
        people = {row["person"]: row for row in csv.DictReader(file)}
    assert len(people) == 4000
    assert all(people[t["person"]]["group"] == t["group"] for t in county.truth.values())
    assert len({row["community"] for row in people.values()}) > 10
    assert {row["hard_name"] for row in people.values()} == {"yes", "no"}


def test_there_are_about_three_records_a_person_over_four_agencies(county):
    assert 2.8 < len(county.truth) / 4000 < 3.4
    assert {source for source, _ in county.truth} == {"nhs", "school", "social_care", "police"}


def test_every_group_is_there(county):
    assert {t["group"] for t in county.truth.values()} == set(ALL_GROUPS)


def test_hospitals_and_schools_share_no_identifier(county):
    assert {row["upn"] + row["la_child_id"] for row in county.rows if row["source"] == "nhs"} == {""}
    assert {row["nhs_number"] + row["la_child_id"] for row in county.rows if row["source"] == "school"} == {""}


def test_a_record_changes_over_time_comes_late_and_comes_twice(county):
    assert any(len({row["postcode"] for row in rows}) > 1 for rows in county.by_record.values())
    days = [[row["observed_on"] for row in rows] for rows in county.by_record.values()]
    assert any(seen != sorted(seen) for seen in days)
    said = [[{k: v for k, v in row.items() if k != "seq"} for row in rows] for rows in county.by_record.values()]
    assert any(one == other for rows in said for one, other in pairwise(rows))


def test_nothing_is_observed_outside_the_three_years_or_at_a_school_before_a_child_can_go(county):
    assert all("2023-09-02" <= row["observed_on"] <= "2026-09-01" for row in county.rows)
    ages = [
        int(row["observed_on"][:4]) - int(rows[-1]["birth_date"][:4])
        for (source, _), rows in county.by_record.items()
        for row in rows
        if source == "school" and rows[-1]["birth_date"]
    ]
    assert sum(age < 3 for age in ages) < len(ages) / 200, "but for birth years that are wrong"


# Nobody in it can exist.


def test_every_nhs_number_is_of_the_block_that_is_never_issued(county):
    numbers = {row["nhs_number"] for row in county.rows} - {""}
    assert all(re.fullmatch(r"999\d{7}", number) for number in numbers)
    assert 0 < sum(not is_valid(number) for number in numbers) < len(numbers) / 100


def test_every_upn_is_of_an_authority_that_does_not_exist(county):
    upns = {row["upn"] for row in county.rows} - {""}
    assert all(re.fullmatch(r"[A-Z]999\d{8}[0-9A-Z]", number) for number in upns)
    passing = [u for u in upns if u[-1].isdigit() and gb_upn.calc_check_digit(u[1:]) == u[0]]
    assert len(upns) * 0.9 < len(passing) < len(upns)


def test_every_postcode_lies_nowhere_and_every_key_says_that_it_is_invented(county):
    assert {row["postcode"][:2] for row in county.rows} == {"", "ZZ"}
    assert {row["record_id"][:3].upper() for row in county.rows} == {"SYN"}
    assert {row["la_child_id"][:3] for row in county.rows} == {"", "SYN"}


def test_a_birth_date_is_a_day_a_month_or_missing(county):
    assert all(re.fullmatch(r"(\d{4}-\d\d(-\d\d)?)?", row["birth_date"]) for row in county.rows)


# What must never be joined.


def test_a_protected_group_has_two_sides_and_each_side_is_one_person(county):
    sides = defaultdict(lambda: defaultdict(set))
    for key, rows in county.by_record.items():
        for row in rows:
            if row["protected"]:
                group, side = row["protected"].split("/")
                sides[group][side].add(county.truth[key]["person"])
    assert len(sides) >= 5
    assert all(len(people) == 1 for group in sides.values() for people in group.values())
    both = [group for group in sides.values() if len(group) == 2]
    assert len(both) >= len(sides) * 0.8, "a side without any record is the only reason for one"
    assert all(len(set.union(*group.values())) == 2 for group in both)
    assert max(map(len, sides.values())) == 2


def test_some_protected_children_are_alike_in_all_that_is_not_a_number(county):
    def alike(rows):
        return {(r["given_name"], r["family_name"], r["birth_date"], r["postcode"]) for r in rows}

    by_group = defaultdict(list)
    for person, rows in county.group("adopted").items():
        by_group[next(r["protected"] for r in rows if r["protected"])[:-2]].append(person)
    pairs = [people for people in by_group.values() if len(people) == 2]
    assert any(alike(county.by_person[one]) & alike(county.by_person[other]) for one, other in pairs)


@pytest.mark.parametrize("people", [1, 2, 7, 50])
def test_a_small_county_has_no_more_people_than_it_was_asked_for(people, simulated):
    found = simulated(people=people)
    assert 1 <= len(found.by_person) <= people
