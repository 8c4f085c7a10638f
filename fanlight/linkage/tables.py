"""CSV files that other people wrote: each fault is told by file, row and reason, and none repeats what a cell holds."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path

from schemas.errors import BusError

#: Where one fault repeats itself all the way down, nobody reads past the first screen.
FAULTS_SHOWN_MAX = 20

#: A spreadsheet with one empty cell writes the whole column as 12.0.
_WHOLE = re.compile(r"(-?[0-9]{1,40})(?:\.0+)?")

Numbered = tuple[int, tuple[str, ...]]  # where it stands, the header being row 1, and its cells in the order asked for


class InvalidFile(BusError):
    """A file breaks its contract; the message names every row at fault, up to a screenful."""


class Faults:
    """What is wrong with one file, gathered so that one reading tells it all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shown: list[str] = []
        self._count = 0

    def add(self, row: int, reason: str) -> None:
        self._count += 1
        if self._count <= FAULTS_SHOWN_MAX:
            self._shown.append(f"{self.path.name} row {row}: {reason}")

    def stop(self, reason: str) -> "InvalidFile":
        """The error to raise where nothing more can be read, with what was found before it."""
        return InvalidFile("\n".join([*self._shown, f"{self.path.name}: {reason}"]))

    def settle(self) -> None:
        """Go on if there was no fault."""
        if self._count > FAULTS_SHOWN_MAX:
            raise self.stop(f"{self._count - FAULTS_SHOWN_MAX} more faults")
        if self._shown:
            raise InvalidFile("\n".join(self._shown))


def read_rows(faults: Faults, columns: Sequence[str]) -> Iterator[Numbered]:
    """The rows of a UTF-8 CSV file with a header, blank lines left out. Columns stand in any order; others are ignored.

    Rows of the wrong width go to `faults`. A file that cannot be read as CSV at all ends in `InvalidFile`.
    """
    path, row = faults.path, 0
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, None)
            pick, row = _picker(faults, header, columns), 1
            width = len(header or ())
            for row, cells in enumerate(reader, 2):
                if len(cells) == width:
                    yield row, pick(cells)
                elif cells:
                    faults.add(row, f"{len(cells)} cells where the header has {width}")
    except OSError as error:
        raise InvalidFile(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise faults.stop(f"line {_undecodable_line(path)} is not UTF-8") from error
    except csv.Error as error:
        raise faults.stop(f"row {row + 1} is not CSV ({error})") from error


def whole_number(cell: str) -> int | None:
    """The whole number that a cell holds, or None."""
    found = _WHOLE.fullmatch(cell.strip())
    return int(found[1]) if found else None


def _picker(
    faults: Faults, header: list[str] | None, columns: Sequence[str]
) -> Callable[[Sequence[str]], tuple[str, ...]]:
    if header is None:
        raise faults.stop("is empty, without even a header")
    if missing := [name for name in columns if name not in header]:
        raise faults.stop(f"row 1: the header lacks {', '.join(missing)}")
    if twice := [name for name in columns if header.count(name) > 1]:
        raise faults.stop(f"row 1: the header has {', '.join(twice)} more than once")
    places = [header.index(name) for name in columns]
    return itemgetter(*places)


def _undecodable_line(path: Path) -> int:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return number
