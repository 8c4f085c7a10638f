"""What is known of each record by whoever made the files: whose it really is, and to which group it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fanlight.linkage.tables import Faults, read_rows

COLUMNS = ("source", "record_id", "person", "group")
#: How records without a group are called.
NO_GROUP = "none"


@dataclass(frozen=True, slots=True)
class Truth:
    """Whose one record is, and the group it counts to."""

    person: str
    group: str


def read_truth(folder: Path, first_rows: Mapping[str, int]) -> Mapping[str, Truth]:
    """Key of a record -> its truth, for exactly the records named; a row said twice alike counts once.

    `first_rows` says of each record in which row of records.csv it was first named.
    """
    faults = Faults(folder / "truth.csv")
    found: dict[str, Truth] = {}
    for row, (source, record_id, person, group) in read_rows(faults, COLUMNS):
        key = f"{source}:{record_id}"
        truth = Truth(person, group or NO_GROUP)
        if not person.strip():
            faults.add(row, "person is empty")
        elif key not in first_rows:
            faults.add(row, "records.csv has no such record")
        elif found.setdefault(key, truth) != truth:
            faults.add(row, "an earlier row says otherwise of this record")
    faults.settle()
    if missing := sorted(first_rows[key] for key in first_rows.keys() - found.keys()):
        more = f", nor have {len(missing) - 1} records more" if missing[1:] else ""
        raise faults.stop(f"row {missing[0]} of records.csv has no truth{more}")
    return found
