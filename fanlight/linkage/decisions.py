"""What people decided, as a file: `docs/identity.md` has its contract. Records are named as they are in records.csv."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fanlight.linkage.tables import Faults, read_rows, whole_number
from schemas.vocabulary import JudgementKind

COLUMNS = ("decision_id", "kind", "left", "right", "undoes", "by", "reason", "seq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One row. `left` and `right` are keys of records, None for an undo; without `seq` it came after every record."""

    decision_id: str
    kind: JudgementKind
    left: str | None
    right: str | None
    undoes: str | None
    by: str
    reason: str
    seq: int | None


def read_decisions(path: Path, keys: Collection[str]) -> list[Decision]:
    """The decisions in the order of their ids; each names records among `keys`, or a decision of the same file."""
    faults = Faults(path)
    rows = list(read_rows(faults, COLUMNS))
    kinds = {cells[0]: cells[1] for _, cells in rows}
    found: dict[str, Decision] = {}
    for row, cells in rows:
        reasons = _faults_of(cells, keys, kinds)
        if cells[0] in found:
            reasons.append("an earlier row has the same decision_id")
        for reason in reasons:
            faults.add(row, reason)
        if not reasons:
            found[cells[0]] = _decision(cells)
    faults.settle()
    return [found[name] for name in sorted(found)]


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions on two records that nobody has taken back."""
    decisions = list(decisions)
    undone = {decision.undoes for decision in decisions}
    return [d for d in decisions if d.kind is not JudgementKind.UNDO and d.decision_id not in undone]


def _decision(cells: Sequence[str]) -> Decision:
    name, kind, left, right, undoes, by, reason, seq = cells
    return Decision(
        decision_id=name,
        kind=JudgementKind(kind),
        left=left or None,
        right=right or None,
        undoes=undoes or None,
        by=by,
        reason=reason,
        seq=whole_number(seq),
    )


def _faults_of(cells: Sequence[str], keys: Collection[str], kinds: dict[str, str]) -> list[str]:
    name, kind, left, right, undoes, by, reason, seq = cells
    needed = {"decision_id": name, "by": by, "reason": reason}
    faults = [f"{column} is empty" for column, cell in needed.items() if not cell.strip()]
    if kind not in list(JudgementKind):
        faults.append(f"kind is none of {', '.join(JudgementKind)}")
    elif kind == JudgementKind.UNDO:
        faults += _faults_of_undo(left, right, undoes, kinds)
    else:
        faults += [
            f"{column} is no SOURCE:RECORD_ID of records.csv"
            for column, cell in (("left", left), ("right", right))
            if cell not in keys
        ]
        if left == right:
            faults.append("left and right are one record")
        if undoes:
            faults.append("undoes is only for an undo")
    if seq and whole_number(seq) is None:
        faults.append("seq is not a whole number")
    return faults


def _faults_of_undo(left: str, right: str, undoes: str, kinds: dict[str, str]) -> list[str]:
    faults = ["left and right are not for an undo"] if left or right else []
    if undoes not in kinds:
        return [*faults, "undoes names no decision of this file"]
    return [*faults, "undoes names an undo: decide anew instead"] if kinds[undoes] == JudgementKind.UNDO else faults
