"""The whole way of both commands: read a folder of somebody's files, resolve it, write or judge what came out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanlight.linkage.contract import Records, read_records
from fanlight.linkage.decisions import Decision, read_decisions
from fanlight.linkage.evaluation import Case, Figures, evaluate
from fanlight.linkage.outcome import ASSIGNMENTS, EVIDENCE, REVIEWS, check_place, replaced, write_csv, write_jsonl
from fanlight.linkage.replay import NamePerson, Replay, in_order, replay
from fanlight.linkage.truth import read_truth
from schemas.keys import DeploymentKey, read_key
from streams.collecting import collecting_rarely
from streams.identity.registry import Registry

#: Person ids of files are derived under a key that everybody knows: the same files give the same ids everywhere.
EVALUATION_KEY = DeploymentKey(b"the evaluation key: not a secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a resolve read and found; `notes` says in words what was read but is no evidence."""

    rows: int
    records: int
    people: int
    reviews: int
    notes: Sequence[str]


def naming(key_file: Path | None = None) -> NamePerson:
    """How a record's own person id is derived: under the key in the file, else under the evaluation key."""
    key = read_key(key_file) if key_file is not None else EVALUATION_KEY
    return key.deriver("person")


@collecting_rarely()
def resolve_folder(folder: Path, out: Path, decisions: Path | None, name_person: NamePerson) -> Resolved:
    """Resolve DIR/records.csv and write the outcome to `out`, whole or not at all."""
    check_place(out)
    records = read_records(folder)
    run = replay(in_order(records, _decisions(decisions, records)), name_person)
    return _write(out, records, run)


@collecting_rarely()
def evaluate_folder(folder: Path, decisions: Path | None, orders: int) -> Figures:
    """Resolve DIR/records.csv, in `orders` more orders too, and compare it with DIR/truth.csv."""
    records = read_records(folder)
    truth = read_truth(folder, records.first_rows)
    case = Case(records=records, truth=truth, decisions=_decisions(decisions, records))
    return evaluate(case, naming(), orders)


def _decisions(path: Path | None, records: Records) -> list[Decision]:
    return read_decisions(path, records.first_rows) if path is not None else []


def _write(out: Path, records: Records, run: Replay) -> Resolved:
    found = run.assignments(sorted(records.first_rows))
    reviews = list(run.registry.reviews())
    with replaced(out) as draft:
        write_csv(
            draft / ASSIGNMENTS,
            ("source", "record_id", "person_id", "status"),
            ((*records.name(key), each.person_id, each.status) for key, each in found.items()),
        )
        write_csv(
            draft / REVIEWS,
            ("left", "right", "why", "bits"),
            ((each.left, each.right, each.why, f"{each.evidence.weight:.3f}") for each in reviews),
        )
        write_jsonl(draft / EVIDENCE, _evidence(run.registry, found))
    people = len({each.person_id for each in found.values()})
    return Resolved(rows=run.rows, records=len(found), people=people, reviews=len(reviews), notes=records.notes)


def _evidence(registry: Registry, keys: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Each pair of records that was weighed, or decided on, once: under the lesser of its keys."""
    for pair in registry.explain_each(keys):
        yield {
            "left": pair.left,
            "right": pair.right,
            "joined": pair.joined,
            "decided_by": pair.decided_by,
            "because": pair.verdict,
            "bits": round(pair.weight, 3),
            "prior_bits": round(pair.prior, 3),
            "fields": {field.name: {"level": field.level, "bits": round(field.bits, 3)} for field in pair.fields},
            "model": pair.model,
        }
