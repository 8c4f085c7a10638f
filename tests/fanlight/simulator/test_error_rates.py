"""What is written down is as wrong as the model says: against the truth, within what chance allows."""

from collections import defaultdict
from datetime import date
from itertools import pairwise
from math import sqrt

import pytest

from fanlight.simulator import shipped
from fanlight.simulator.population import families
from fanlight.simulator.registers import DUMMY_NHS, Registers

PEOPLE, SEED = 1200, 11
#: So unlikely that a sound simulator trips over it once in a million tests.
SIGMAS = 5


@pytest.fixture
def truth_of():
    """The facts of every person of a county in which nothing changes, by key."""

    def facts(model, people=PEOPLE):
        everybody = families(people, SEED, model, Registers(people, SEED))
        return {person.key: person for _, family in everybody for person in family}

    return facts


def plain(facts, field):
    if field in ("postcode", "address"):
        return getattr(facts.home, field)
    return getattr(facts, field)


def wrong(found, people, field, source=None):
    """For each row that should have the field: whether it has something else."""
    told = []
    for key, rows in found.by_record.items():
        right = plain(people[found.truth[key]["person"]].first, field)
        told += [row[field] != right for row in rows if right and source in (None, row["source"])]
    return told


def near(told, rate, *, slack=0.06):
    """Within chance of a rate; a few slips leave what they touch as it was, so a little less will do."""
    share, spread = sum(told) / len(told), SIGMAS * sqrt(rate * (1 - rate) / len(told))
    return rate * (1 - slack) - spread <= share <= rate + spread


def test_where_nothing_goes_wrong_every_row_is_the_truth(model_with, simulated, truth_of):
    model = model_with()
    found, people = simulated(model, PEOPLE, SEED), truth_of(model)
    for field in ("given_name", "middle_names", "family_name", "birth_date", "sex", "postcode", "address"):
        assert not any(wrong(found, people, field)), field
    assert all(row["la_child_id"] == row["record_id"] for row in found.rows if row["source"] == "social_care")


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("given_name", "typo"),
        ("given_name", "initial"),
        ("given_name", "placeholder"),
        ("family_name", "phonetic"),
        ("family_name", "other_parent"),
        ("middle_names", "missing"),
        ("birth_date", "digit"),
        ("birth_date", "month_only"),
        ("birth_date", "missing"),
        ("sex", "wrong"),
        ("postcode", "typo"),
        ("postcode", "unknown"),
        ("address", "missing"),
    ],
)
def test_a_mistake_happens_as_often_as_the_model_says(field, kind, model_with, simulated, truth_of):
    model = model_with(**{f"errors__{field}__{kind}": 0.12, "together__hard_name": 1})
    told = wrong(simulated(model, PEOPLE, SEED), truth_of(model), field)
    assert near(told, 0.12)


@pytest.mark.parametrize("kind", ["digit", "transposed", "dummy", "somebody_elses"])
def test_a_wrong_number_happens_as_often_as_the_model_says(kind, model_with, simulated, truth_of):
    # Twice the careless would be certain: without them, the chance of one record is that of all.
    careless = {"share": 0.0, "times": 1}
    model = model_with(
        **{
            f"errors__nhs_number__{kind}": 0.1,
            "together__careless": careless,
            "sources__nhs__carries": {"nhs_number": 1},
        }
    )
    told = wrong(simulated(model, PEOPLE, SEED), truth_of(model), "nhs_number", "nhs")
    assert near(told, 0.1)


def test_a_source_has_a_factor_and_rates_of_its_own(model_with, simulated, truth_of):
    model = model_with(
        errors__given_name__typo=0.04,
        sources__police__factor=3,
        sources__nhs__errors={"given_name": {"typo": 0.2}},
        together__hard_name=1,
    )
    found, people = simulated(model, PEOPLE, SEED), truth_of(model)
    assert near(wrong(found, people, "given_name", "school"), 0.04)
    assert near(wrong(found, people, "given_name", "police"), 0.12)
    assert near(wrong(found, people, "given_name", "nhs"), 0.2)


def test_a_careless_record_has_several_errors_and_the_mean_stays(model_with, simulated, truth_of):
    several, means = {}, {}
    for share in (0.0, 0.1):
        model = model_with(
            errors__birth_date__missing=0.05,
            errors__sex__missing=0.05,
            errors__address__missing=0.05,
            together__careless={"share": share, "times": 8},
        )
        found, people = simulated(model, PEOPLE, SEED), truth_of(model)
        told = zip(*(wrong(found, people, field) for field in ("birth_date", "sex", "address")), strict=True)
        counts = [sum(errors) for errors in told]
        several[share], means[share] = sum(n > 1 for n in counts), sum(counts) / len(counts)
    assert several[0.1] > 3 * several[0.0]
    assert means[0.1] == pytest.approx(means[0.0], rel=0.12)


def test_a_hard_name_is_hard_everywhere_and_misspelt_the_same_way_again(model_with, simulated, truth_of):
    model = model_with(errors__family_name__typo=0.1, together__hard_name=4, together__same_again=1)
    found, people = simulated(model, PEOPLE, SEED), truth_of(model)
    told, spellings = {True: [], False: []}, defaultdict(list)
    for key, rows in found.by_record.items():
        person = people[found.truth[key]["person"]]
        is_wrong = rows[0]["family_name"] != person.first.family_name
        told[person.hard_name].append(is_wrong)
        if is_wrong:
            spellings[person.hard_name, person.key].append(rows[0]["family_name"])
    assert near(told[False], 0.1)
    assert near(told[True], 0.4, slack=0.15), "the careless cannot err more often than always"
    again = {hard: [len(set(s)) == 1 for (h, _), s in spellings.items() if h == hard and len(s) > 1] for hard in told}
    assert all(again[True])
    assert not all(again[False])


def test_who_has_moved_has_old_postcode_and_old_address_together(model_with, simulated, truth_of):
    model = model_with(errors__home__old=1, people__moves=1)
    found, people = simulated(model, PEOPLE, SEED), truth_of(model)
    old = 0
    for key, rows in found.by_record.items():
        homes = {(facts.home.postcode, facts.home.address) for _, facts in people[found.truth[key]["person"]].truths}
        assert {(row["postcode"], row["address"]) for row in rows} <= homes
        lived = people[found.truth[key]["person"]]
        old += rows[-1]["postcode"] != lived.last.home.postcode and rows[-1]["observed_on"] > str(lived.truths[-1][0])
    assert old > len(found.by_record) / 20


@pytest.mark.parametrize("corrected", [0, 1])
def test_an_error_stays_until_it_is_put_right(corrected, model_with, simulated, truth_of):
    looks = {f"sources__{source}__again": 2 for source in ("nhs", "school", "social_care", "police")}
    model = model_with(errors__birth_date__digit=0.5, together__corrected=corrected, **looks)
    found, people = simulated(model, 400, SEED), truth_of(model, 400)
    several = [rows for rows in found.by_record.values() if len(rows) > 1]
    assert len(several) > 300
    for rows in several:
        born = people[found.truth[rows[0]["source"], rows[0]["record_id"]]["person"]].first.birth_date
        first = min(rows, key=lambda row: row["observed_on"])
        later = [row["birth_date"] for row in rows if row["observed_on"] > first["observed_on"]]
        assert set(later) <= {born if corrected else first["birth_date"]}


@pytest.mark.parametrize(("arrival", "in_order"), [({}, True), ({"out_of_order": 1}, False), ({"late": 0.5}, False)])
def test_rows_arrive_in_the_order_in_which_they_were_written_unless_they_do_not(
    arrival, in_order, model_with, simulated
):
    looks = {f"sources__{source}__again": 2 for source in ("nhs", "school", "social_care", "police")}
    found = simulated(model_with(**{f"arrival__{kind}": share for kind, share in arrival.items()}, **looks), 400)
    days = [[row["observed_on"] for row in rows] for rows in found.by_record.values()]
    # Five days are an ordinary delay, and may let one row overtake another.
    behind = [one > other for seen in days for one, other in pairwise(seen) if apart(one, other) > 5]
    assert (sum(behind) == 0) is in_order


def apart(one, other):
    return abs((date.fromisoformat(one) - date.fromisoformat(other)).days)


def test_what_is_repeated_comes_again_word_for_word(model_with, simulated):
    found = simulated(model_with(arrival__repeated=1), 200)
    said = [[{**row, "seq": ""} for row in rows] for rows in found.by_record.values()]
    assert all(len(rows) == 2 and rows[0] == rows[1] for rows in said)


def test_a_dummy_is_shared_by_strangers(county):
    dummies = [row for row in county.rows if row["nhs_number"] in DUMMY_NHS]
    assert len({county.truth[row["source"], row["record_id"]]["person"] for row in dummies}) > 5


@pytest.mark.parametrize("group", ["parent_identifier", "dummy_number"])
def test_a_borrowed_number_stands_on_six_records_of_ten(group, county):
    everybody = families(4000, 7, shipped(), Registers(4000, 7))
    borrowed = {person.key: person.borrowed_nhs for _, family in everybody for person in family}
    records = [(borrowed[county.truth[key]["person"]], rows[-1]["nhs_number"]) for key, rows in county.by_record.items()
               if county.truth[key]["group"] == group and rows[-1]["nhs_number"]]  # fmt: skip
    assert len(records) > 15
    assert near([number == used for number, used in records], 0.6)


def test_another_error_model_spoils_the_same_people(model_with, simulated):
    clean = simulated(model_with(), 300, 5)
    spoilt = simulated(model_with(errors__sex__missing=0.9), 300, 5)
    births = [
        {t["person"]: found.by_record[key][0]["birth_date"] for key, t in found.truth.items()}
        for found in (clean, spoilt)
    ]
    both = births[0].keys() & births[1].keys()
    assert len(both) > 250
    assert all(births[0][person] == births[1][person] for person in both)
