"""How well a clustering fits the truth. Every figure is defined in `docs/identity.md`.

Two records are *truly one* where they are of one person and not on different sides of one protected group: a join
that must not be made is never recall. Sources: Bagga and Baldwin 1998 for B-cubed; Christen 2012 (Data Matching,
7.2) for pairwise precision and recall.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fanlight.linkage.overlaps import Filed, Fit, Overlaps, side_pairs


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall, each 1 where there was nothing to get wrong, and their harmonic mean."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(slots=True)
class Tally:
    """Sums over the records of one group, or over all. Pairs are counted from both ends."""

    records: int = 0
    people: int = 0
    split_people: int = 0
    misfiled_records: int = 0
    pairs_right: int = 0
    pairs_made: int = 0
    pairs_true: int = 0
    b_cubed_precision: float = 0.0
    b_cubed_recall: float = 0.0

    @property
    def pairwise(self) -> Score:
        return Score(share(self.pairs_right, self.pairs_made), share(self.pairs_right, self.pairs_true))

    @property
    def b_cubed(self) -> Score:
        return Score(share(self.b_cubed_precision, self.records), share(self.b_cubed_recall, self.records))

    def count(self, fit: Fit, times: int) -> None:
        """Add `times` records that fit alike."""
        self.records += times
        self.misfiled_records += times * fit.misfiled
        self.pairs_right += times * (fit.right - 1)
        self.pairs_made += times * (fit.made - 1)
        self.pairs_true += times * (fit.true - 1)
        self.b_cubed_precision += times * fit.right / fit.made
        self.b_cubed_recall += times * fit.right / fit.true


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Everything that can be said of a clustering with the truth in hand."""

    total: Tally
    by_group: Mapping[str, Tally]
    clusters: int
    impure_clusters: int
    protected_joins: int
    protected_pairs: int


def accuracy(records: Iterable[Filed]) -> Accuracy:
    """Compare where records were filed with whose they are. The same records in the same order give the same bits."""
    counts = Counter(records)
    overlaps = Overlaps()
    for filed, times in counts.items():
        overlaps.add(filed, times)
    total, by_group = Tally(), defaultdict[str, Tally](Tally)
    for filed, times in counts.items():
        fit = overlaps.fit(filed)
        total.count(fit, times)
        by_group[filed.group].count(fit, times)
    for person, split in overlaps.people():
        for tally in (total, *(by_group[group] for group in overlaps.groups_of[person])):
            tally.people += 1
            tally.split_people += split
    return Accuracy(
        total=total,
        by_group={group: by_group[group] for group in sorted(by_group)},
        clusters=len(overlaps.people_in),
        impure_clusters=sum(len(people) > 1 for people in overlaps.people_in.values()),
        protected_joins=sum(map(side_pairs, overlaps.sides_in.values())),
        protected_pairs=side_pairs({side for filed in counts for side in filed.sides}),
    )


def share(part: float, whole: float) -> float:
    """A part of a whole; all of it where there is nothing."""
    return part / whole if whole else 1.0
