"""Figures worked out by hand, and properties that hold of any clustering whatever."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanlight.linkage.metrics import Accuracy, Score, accuracy
from fanlight.linkage.overlaps import Filed, are_protected

NOBODY = frozenset()


def filed(cluster: str, person: str, sides: str = "", group: str = "none") -> Filed:
    """A record; its sides are written as in records.csv, blank-separated."""
    return Filed(cluster, person, frozenset(tuple(side.split("/")) for side in sides.split()), group)


#: Person 1 has three records, two of them together with one of person 2; the other record of each is alone.
MIXED = [filed("X", "1"), filed("X", "1"), filed("X", "2"), filed("Y", "1"), filed("Z", "2")]


def test_pairwise_figures_of_a_mixed_clustering() -> None:
    # Of the 3 pairs made 1 is right; of the 4 to find 1 was found.
    assert accuracy(MIXED).total.pairwise == Score(1 / 3, 1 / 4)
    assert accuracy(MIXED).total.pairwise.f1 == pytest.approx(2 / 7)


def test_b_cubed_figures_of_a_mixed_clustering() -> None:
    found = accuracy(MIXED).total.b_cubed
    assert found.precision == pytest.approx(float((Fraction(2, 3) * 2 + Fraction(1, 3) + 1 + 1) / 5))
    assert found.recall == pytest.approx(float((Fraction(2, 3) * 2 + Fraction(1, 3) + Fraction(1, 2) * 2) / 5))


def test_a_record_among_the_records_of_somebody_else_is_misfiled_and_its_cluster_impure() -> None:
    found = accuracy(MIXED)
    assert (found.total.misfiled_records, found.total.records) == (1, 5)
    assert (found.impure_clusters, found.clusters) == (1, 3)


def test_where_two_people_have_equally_many_records_one_of_them_is_misfiled() -> None:
    found = accuracy([filed("X", "1", group="a"), filed("X", "2", group="b")])
    assert {group: tally.misfiled_records for group, tally in found.by_group.items()} == {"a": 0, "b": 1}


def test_a_person_in_two_clusters_is_split_and_counts_in_each_of_their_groups() -> None:
    found = accuracy([filed("X", "1", group="twin"), filed("Y", "1", group="moved"), filed("Z", "2", group="twin")])
    assert (found.total.split_people, found.total.people) == (1, 2)
    assert {group: (t.split_people, t.people) for group, t in found.by_group.items()} == {
        "moved": (1, 1),
        "twin": (1, 2),
    }


def test_recall_of_a_group_counts_the_pairs_from_its_own_ends() -> None:
    records = [filed("X", "1", group="a"), filed("X", "1", group="b"), filed("Y", "1", group="b")]
    found = accuracy(records).by_group
    # Of its two partners a found one; one b found one of two, the other none of two.
    assert (found["a"].pairwise.recall, found["b"].pairwise.recall) == (1 / 2, 1 / 4)


@pytest.mark.parametrize("persons", [("1", "1"), ("1", "2")], ids=["one person", "two persons"])
def test_a_join_across_a_protected_group_is_never_right_whoever_it_is(persons: tuple[str, str]) -> None:
    joined = accuracy([filed("X", persons[0], "g/before"), filed("X", persons[1], "g/after")])
    assert (joined.protected_joins, joined.protected_pairs) == (1, 1)
    assert joined.total.pairwise == Score(0.0, 1.0)
    apart = accuracy([filed("X", persons[0], "g/before"), filed("Y", persons[1], "g/after")])
    assert (apart.protected_joins, apart.protected_pairs) == (0, 1)
    assert apart.total.pairwise == apart.total.b_cubed == Score(1.0, 1.0)
    assert apart.total.split_people == 0


def test_a_protected_join_through_an_unprotected_record_counts() -> None:
    found = accuracy([filed("X", "1", "g/before"), filed("X", "1"), filed("X", "1", "g/after")])
    assert found.protected_joins == 1


def test_a_protected_person_in_more_clusters_than_their_sides_demand_is_split() -> None:
    before, after = filed("X", "1", "g/before"), filed("Y", "1", "g/after")
    assert accuracy([before, after, filed("X", "1")]).total.split_people == 0
    assert accuracy([before, after, filed("Z", "1")]).total.split_people == 1


def test_sides_of_different_groups_may_be_joined() -> None:
    found = accuracy([filed("X", "1", "g/a"), filed("X", "1", "h/b")])
    assert (found.protected_joins, found.protected_pairs, found.total.pairwise) == (0, 0, Score(1.0, 1.0))


def test_of_nothing_nothing_is_wrong() -> None:
    found = accuracy([])
    assert found.total.pairwise == found.total.b_cubed == Score(1.0, 1.0)
    assert (found.clusters, found.impure_clusters, found.protected_pairs) == (0, 0, 0)


def test_a_clustering_that_finds_nothing_of_anything_has_no_f1() -> None:
    assert accuracy([filed("X", "1"), filed("X", "2"), filed("Y", "1"), filed("Y", "2")]).total.pairwise.f1 == 0.0


SIDES = st.sampled_from(["", "", "", "g/a", "g/b", "h/a", "g/a h/b"])
RECORDS = st.lists(
    st.builds(filed, st.sampled_from("WXYZ"), st.sampled_from("1234"), SIDES, st.sampled_from("ab")), max_size=14
)


def truly_one(left: Filed, right: Filed) -> bool:
    return left.person == right.person and not are_protected(left.sides, right.sides)


@settings(deadline=None)  # a busy machine is no fault
@given(RECORDS)
def test_counting_gives_what_listing_every_pair_gives(records: list[Filed]) -> None:
    pairs = list(combinations(records, 2))
    made = [truly_one(*pair) for pair in pairs if pair[0].cluster == pair[1].cluster]
    to_find = [left.cluster == right.cluster for left, right in pairs if truly_one(left, right)]
    found = accuracy(records).total.pairwise
    assert found.precision == (sum(made) / len(made) if made else 1.0)
    assert found.recall == (sum(to_find) / len(to_find) if to_find else 1.0)


@settings(deadline=None)  # a busy machine is no fault
@given(RECORDS)
def test_the_groups_together_are_the_whole(records: list[Filed]) -> None:
    found = accuracy(records)
    for sums in ("records", "misfiled_records", "pairs_right", "pairs_made", "pairs_true"):
        assert sum(getattr(tally, sums) for tally in found.by_group.values()) == getattr(found.total, sums)


def persons_told_apart(records: list[Filed]) -> list[Filed]:
    """Each record in the cluster of its person alone, or of the side of it."""
    return [record._replace(cluster=f"{record.person}{sorted(record.sides)}") for record in records]


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(st.builds(filed, st.just(""), st.sampled_from("1234")), max_size=14))
def test_a_perfect_clustering_has_nothing_wrong(records: list[Filed]) -> None:
    found = accuracy(persons_told_apart(records))
    assert found.total.pairwise == Score(1.0, 1.0)
    assert (found.total.b_cubed.precision, found.total.b_cubed.recall) == (1.0, 1.0)
    assert (found.impure_clusters, found.total.misfiled_records, found.total.split_people) == (0, 0, 0)


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(st.builds(filed, st.just(""), st.sampled_from("1234"), SIDES), max_size=14))
def test_parting_every_side_from_every_other_joins_nothing_protected(records: list[Filed]) -> None:
    assert accuracy(persons_told_apart(records)).protected_joins == 0


@settings(deadline=None)  # a busy machine is no fault
@given(RECORDS, st.permutations("WXYZ"), st.permutations("1234"))
def test_what_clusters_and_people_are_called_changes_nothing_but_ties(
    records: list[Filed], clusters: list[str], people: list[str]
) -> None:
    named = [
        r._replace(cluster=clusters["WXYZ".index(r.cluster)], person=people["1234".index(r.person)]) for r in records
    ]
    assert without_ties(accuracy(named)) == without_ties(accuracy(records))


def without_ties(found: Accuracy) -> tuple[object, ...]:
    """All figures of a clustering but which group a tie counts to."""
    total = found.total
    counts = (found.clusters, found.impure_clusters, found.protected_joins, found.protected_pairs)
    by_group = {group: (tally.pairwise, tally.b_cubed) for group, tally in found.by_group.items()}
    return total, counts, by_group


@settings(deadline=None)  # a busy machine is no fault
@given(RECORDS, st.randoms())
def test_the_order_of_records_changes_nothing(records: list[Filed], random: object) -> None:
    shuffled = list(records)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = accuracy(records), accuracy(shuffled)
    assert one.total.b_cubed.precision == pytest.approx(other.total.b_cubed.precision)
    assert one.total.pairwise == other.total.pairwise
    assert one.total.misfiled_records == other.total.misfiled_records
