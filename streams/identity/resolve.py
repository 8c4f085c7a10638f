"""Which source records are one person: a pure function of their comparisons and of what people have decided.

Edges are taken strongest first. One joins two groups only if nothing in either forbids it: a veto holds between whole
groups, not only between the two records compared. The order of arrival plays no part.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.vocabulary import MatchStatus
from streams.identity.compare import Comparison, Strength
from streams.identity.profile import Profile

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgements:
    """What people have decided, by pairs of subject keys (lesser first). Apart outranks any evidence."""

    same: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()


NO_JUDGEMENTS = Judgements()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """The groups of a component, and per record its status and the comparison that decided."""

    groups: tuple[frozenset[str], ...]
    status: Mapping[str, MatchStatus]
    because: Mapping[str, Comparison | None]


def resolve(
    profiles: Mapping[str, Profile],
    comparisons: Iterable[Comparison],
    compare: Callable[[Profile, Profile], Comparison],
    judgements: Judgements = NO_JUDGEMENTS,
) -> Resolution:
    """Group the records of one component. `compare` tells vetoes between any two of them."""
    edges = sorted(comparisons, key=lambda c: (-_rank(c, judgements), -len(c.agreed), c.left, c.right))
    groups = {key: {key} for key in profiles}
    refused: list[Comparison] = []
    rivals = _rivals(edges, judgements)
    for edge in edges:
        rank = _rank(edge, judgements)
        if rank <= Strength.POTENTIAL or groups[edge.left] is groups[edge.right]:
            continue
        contested = rank == Strength.NAME_AND_BIRTH and (edge.left in rivals or edge.right in rivals)
        if contested or _forbidden(groups[edge.left], groups[edge.right], profiles, compare, judgements):
            refused.append(edge)
            continue
        merged = groups[edge.left] | groups[edge.right]
        for key in merged:
            groups[key] = merged
    return _explain(groups, edges, refused, judgements)


def _rank(edge: Comparison, judgements: Judgements) -> int:
    pair = (edge.left, edge.right)
    if pair in judgements.apart:
        return Strength.NONE
    if pair in judgements.same:
        return Strength.SAME_SOURCE + 1
    return Strength.POTENTIAL if edge.veto and edge.strength > Strength.POTENTIAL else edge.strength


def _rivals(edges: Sequence[Comparison], judgements: Judgements) -> frozenset[str]:
    """Records whose name and birth date fit two others that cannot be one person: no guess is made between them."""
    fits: dict[str, list[str]] = {}
    for edge in edges:
        if _rank(edge, judgements) == Strength.NAME_AND_BIRTH:
            fits.setdefault(edge.left, []).append(edge.right)
            fits.setdefault(edge.right, []).append(edge.left)
    apart = {(e.left, e.right) for e in edges if e.veto} | set(judgements.apart)
    return frozenset(
        key
        for key, others in fits.items()
        if any((min(a, b), max(a, b)) in apart for i, a in enumerate(others) for b in others[i + 1 :])
    )


def _forbidden(
    left: set[str],
    right: set[str],
    profiles: Mapping[str, Profile],
    compare: Callable[[Profile, Profile], Comparison],
    judgements: Judgements,
) -> bool:
    for a in left:
        for b in right:
            pair = (min(a, b), max(a, b))
            if pair in judgements.apart:
                return True
            if pair not in judgements.same and compare(profiles[a], profiles[b]).veto:
                return True
    return False


def _explain(
    groups: Mapping[str, set[str]], edges: Sequence[Comparison], refused: Sequence[Comparison], judgements: Judgements
) -> Resolution:
    status: dict[str, MatchStatus] = {}
    because: dict[str, Comparison | None] = {}
    for key, group in groups.items():
        touching = [e for e in edges if key in (e.left, e.right)]
        inside = [e for e in touching if e.left in group and e.right in group and _rank(e, judgements) > 1]
        denied = [e for e in refused if key in (e.left, e.right)]
        doubtful = [e for e in touching if not (e.left in group and e.right in group) and e.strength >= 1]
        vetoed = [e for e in doubtful if e.veto and e.strength > Strength.POTENTIAL]
        if len(denied) > 1 and not inside:
            status[key], because[key] = MatchStatus.MANY_MATCH, denied[0]
        elif denied or vetoed:
            status[key], because[key] = MatchStatus.CONTRADICTION, (denied or vetoed)[0]
        elif inside:
            status[key], because[key] = MatchStatus.MATCH, inside[0]
        elif doubtful:
            status[key], because[key] = MatchStatus.POTENTIAL, doubtful[0]
        else:
            status[key], because[key] = MatchStatus.NEW, None
    distinct = {min(group): frozenset(group) for group in groups.values()}
    return Resolution(groups=tuple(distinct[k] for k in sorted(distinct)), status=status, because=because)
