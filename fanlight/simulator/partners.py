"""The rows of `records.csv` as partner files: the county's own writers, then whatever else the format has room for.

Rows are delivered in the order in which they arrived, so many at a time; nothing but one delivery is in memory.
"""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from fanlight.county import care, files, schools
from fanlight.county.files import Delivery
from fanlight.county.ledger import Ledger
from fanlight.simulator.partner_rows import WRITERS, child_of
from fanlight.simulator.people import AS_OF

PARTNER_FILES = "partner-files"
ROWS_A_DELIVERY = 10_000
DELIVERIES = ("delivery", "format", "agency", "feed", "mapping", "path")


def write_partner_files(directory: Path) -> int:
    """Turn `records.csv` of a directory into a folder of deliveries; gives back the number of deliveries."""
    folder = directory / PARTNER_FILES
    folder.mkdir()
    with (
        (directory / "records.csv").open(encoding="utf-8", newline="") as source,
        (folder / "deliveries.csv").open("w", encoding="utf-8", newline="") as listed,
    ):
        lines = csv.writer(listed, lineterminator="\n")
        lines.writerow(DELIVERIES)
        ledger, rows, number = Ledger(AS_OF), csv.DictReader(source), 0
        while batch := list(islice(rows, ROWS_A_DELIVERY)):
            number += 1
            for delivery in _deliver(ledger, batch, folder / f"{number:04d}"):
                lines.writerows(_listed(number, delivery, folder))
    return number


def _deliver(ledger: Ledger, batch: list[dict[str, str]], folder: Path) -> Iterator[Delivery]:
    """One delivery of every agency. The ledger is emptied and not made anew: its reference numbers go on."""
    for row in batch:
        WRITERS[row["source"]](ledger, row, child_of(row))
    filled = {"hl7v2-adt": bool(ledger.messages), "ssda903-csv": care.HEADER in ledger.rows,
              "school-census-csv": schools.ON_ROLL in ledger.rows}  # fmt: skip
    for delivery in files.write(ledger, folder):
        if filled.get(delivery.format, True):
            yield delivery
            continue
        for empty in delivery.paths:
            empty.unlink()
    ledger.rows.clear()
    ledger.patients.clear()
    ledger.messages.clear()


def _listed(number: int, delivery: Delivery, folder: Path) -> Iterator[tuple[str, ...]]:
    for path in delivery.paths:
        yield (
            f"{number:04d}",
            delivery.format,
            delivery.agency,
            delivery.feed,
            delivery.mapping or "",
            path.relative_to(folder).as_posix(),
        )
