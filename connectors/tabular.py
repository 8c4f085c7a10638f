"""CSV as partners send it: any usual encoding, line end and delimiter; each record is a row, or says what is wrong.

The csv module does the cutting. What is added: one unclosed quote does not swallow the rows after it, each row keeps
its place and its text for the rejection topic, and a column is known by its name however that is written.
"""

import csv
import io
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate, groupby, zip_longest
from typing import NamedTuple

from connectors.connector import Read, Refused, Source, attempted
from schemas.events import Event
from schemas.letters import visible

DELIMITERS = ",;\t|"
#: Excel saves so many rows at a time, the header among the first.
EXCEL_ROWS = 16
UTF_8_MARK = b"\xef\xbb\xbf"
UTF_16_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
#: What workbooks, archives, PDF files and pictures begin with.
_DOCUMENTS = (
    b"PK\x03\x04", b"PK\x05\x06", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\x00",
    b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd", b"\x89PNG",
)  # fmt: skip
#: What a web page or JSON begins with. A bracket by itself may stand around a column's name.
_MARKUP = re.compile(r'[\ufeff\s]*(?:[<{]|\[\s*[\[{"])')
#: A blank line, or one that tells Excel what stands between the columns.
_NO_HEADER = re.compile(r'(?:"?sep=[,;|\t]?"?[,;|\t]*)?', re.IGNORECASE)
#: A value as a formula, which keeps Excel from taking zeros off a number.
_FORMULA = re.compile(r'="([^"]*)"')
#: A whole number as data frames write it: one of the child's numbers would else be none of theirs.
_WHOLE = re.compile(r"([0-9]+)\.0")
_GAPS = re.compile(r"[\s_\-]+")
#: A blank after a delimiter is no part of the value, so that a quote after it opens one.
_reader = partial(csv.reader, skipinitialspace=True)


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One record: its values by column key (stripped), or what is wrong with it. `text` is the record as it came."""

    position: int
    values: Mapping[str, str]
    text: str
    fault: Refused | None = None

    def get(self, column: str) -> str:
        """The value of a column; empty where the file has no such column."""
        return self.values.get(column, "")


class _Record(NamedTuple):
    """One record as the csv module cuts it: its cells, the text that it was cut from, and whether its quotes close."""

    cells: list[str]
    text: str
    is_closed: bool


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A file whose header could be read; `columns` are column keys, `names` the same as the file writes them."""

    source: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    header: str
    delimiter: str
    lines: Sequence[str] = field(default=())

    def rows(self) -> Iterator[Row]:
        """Every record after the header. A row without any value is none, but has its place: Excel saves rows that were
        emptied as so many delimiters."""
        numbered = enumerate(_records(self.lines, self.delimiter, len(self.columns)), 2)
        is_whole = True
        for number, together in groupby(numbered, key=lambda pair: (pair[0] - 1) // EXCEL_ROWS):
            positions, block = zip(*together, strict=True)
            columns = self.columns[: _width(block, len(self.columns))] if number and is_whole else self.columns
            # Where a row is short by itself, a column was left out of the rows, and not by Excel: the header is in its
            # first rows. What stands in later ones would be read as the values of the column before.
            short = (each.text for each in block if each.is_closed and any(columns[len(each.cells) :]))
            is_whole &= not any(map(str.strip, short))
            for position, record in zip(positions, block, strict=True):
                if self._is_header(record.cells):
                    again = Refused("header_repeated", "the header stands here again; leave it out")
                    yield Row(position, {}, record.text, again)
                elif any(map(str.strip, record.cells)):
                    yield _row(columns, position, record)

    def _is_header(self, cells: Sequence[str]) -> bool:
        """Whether these are the names of the columns, however they are written: where two files were put into one, the
        second has its own byte order mark, and may have other quotes."""
        # What stands in other rows is a child's, and has no place in the cache of column names.
        return all(_as_key(cell) == column for cell, column in zip_longest(cells, self.columns, fillvalue=""))

    def raw(self, row: Row) -> bytes:
        """The record under its header: a file of one record, so that it can be mended and sent again."""
        return (self.header.rstrip("\r\n") + "\n" + row.text).encode()


#: What makes a row of a table into events, or raises Refused.
RowReader = Callable[[Row], tuple[Event, ...]]


@lru_cache(maxsize=4096)
def column_key(name: str) -> str:
    """A column's name without its accidents: case, spaces, hyphens, underscores, marks that nobody sees."""
    return _as_key(name)


def _as_key(name: str) -> str:
    return _GAPS.sub("_", visible(name)).strip("_").casefold()


def decode(data: bytes) -> str | Refused:
    """The text of a file, or why it has none.

    Its byte order mark says the encoding. Without one it is UTF-8, and a line that is not is Windows-1252.
    """
    try:
        text = _text(data)
    except UnicodeDecodeError as fault:
        sentence = f"the file's byte order mark says {fault.encoding}, its bytes do not; save it as UTF-8"
        return Refused("encoding", sentence)
    if data.startswith(_DOCUMENTS) or _MARKUP.match(text):
        return Refused("not_csv", "the file is a workbook or document; save it as CSV and send it again")
    if text.count("\x00") * 10 > len(text):
        return Refused("not_csv", "the file holds binary data; save it as CSV in UTF-8 and send it again")
    # What some fill a value up with to its width, and with what Windows' copy ends files that it has put into one.
    return text.replace("\x00", "").removesuffix("\x1a")


def _text(data: bytes) -> str:
    for mark, encoding in UTF_16_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding)
    data = data.removeprefix(UTF_8_MARK)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # By the line, as a file that two systems wrote, or that was cut off within a letter, is not all of one kind.
        return "".join(map(_line, data.splitlines(keepends=True)))


def _line(data: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    # cp1252 leaves five bytes undefined; latin-1 has a character for each.
    return data.decode("latin-1")


def read_table(source: Source) -> Table | Refused:
    """The table that a file holds, with its rows still to be read; or why it holds none. Raises nothing."""
    text = decode(source.data)
    if isinstance(text, Refused):
        return text
    # newline="" cuts at CR, LF and CRLF alike and keeps them; str.splitlines would cut at eight other characters too.
    lines = list(io.StringIO(text, newline=""))
    if not text.strip("\ufeff \t\r\n"):
        return Refused("empty_file", "the file is empty; send it with its header row")
    while len(lines) > 1 and _NO_HEADER.fullmatch(lines[0].strip("\ufeff \t\r\n")):
        del lines[0]  # what stands before the header is no row: the header is row 1
    delimiter = _delimiter(lines)
    first = next(_records(lines, delimiter))
    if not first.is_closed:
        return _unclosed("the header row")
    columns = tuple(column_key(cell) for cell in first.cells)
    places: dict[str, list[int]] = {}
    for place, column in enumerate(columns, 1):
        places.setdefault(column, []).append(place)
    if twice := next((found for column, found in places.items() if column and len(found) > 1), None):
        # By their places: the first row may be no header but a record.
        sentence = f"columns {twice[0]} and {twice[1]} of the header have one name; rename one of them"
        return Refused("duplicate_column", sentence)
    names = tuple(cell.strip("\ufeff \t\r\n") for cell in first.cells)
    return Table(source.name, columns, names, first.text, delimiter, lines[_count_lines(first.text) :])


def _width(block: Sequence[_Record], columns: int) -> int:
    """How many columns the rows of a block have: fewer than the header where all have equally few, as Excel leaves them
    out of a block that has nothing in them. A row that is short by itself was broken or cut off."""
    widths = {len(each.cells) for each in block if each.text.strip()}
    return min(columns, *widths) if len(widths) == 1 and block[-1].text.endswith(("\r", "\n")) else columns


def _count_lines(text: str) -> int:
    return sum(1 for _ in io.StringIO(text, newline=""))


def _delimiter(lines: Sequence[str]) -> str:
    """What stands between the names of the columns: a name in quotes may be of several lines, and hold any of them."""
    quotes = accumulate(line.count('"') for line in lines)
    last = next((number for number, count in enumerate(quotes) if count % 2 == 0), 0)
    outside_quotes = "".join("".join(lines[: last + 1]).split('"')[::2])
    return max(DELIMITERS, key=outside_quotes.count)


def _records(lines: Sequence[str], delimiter: str, columns: int | None = None) -> Iterator[_Record]:
    """Cut lines into records, of so many columns where that is known. Where a quote was left open, the first line is
    given up as one record, and reading goes on with the line after it."""
    start = 0
    while start < len(lines):
        first = start
        reader = _reader((lines[i] for i in range(first, len(lines))), delimiter=delimiter)
        try:
            for cells in reader:
                end = first + reader.line_num
                text = lines[start:end]
                if not _closed(text, delimiter):
                    break
                if len(text) > 1 and _holds_row(cells, text, delimiter, columns or len(cells)):
                    break
                yield _Record(cells, "".join(text), True)
                start = end
            else:
                return
        except csv.Error:  # a field beyond csv's limit: an open quote that ran on
            pass
        yield _Record([lines[start]], lines[start], False)
        start += 1


def _closed(lines: Sequence[str], delimiter: str) -> bool:
    """Whether each quote that opens a value is shut where the value ends, but for blanks. Else one value was cut where
    another begins, and what follows would be read as that of other columns."""
    if not any('"' in line for line in lines):
        return True
    ends = re.compile(rf'" +(?=[{re.escape(delimiter)}\r\n]|$)')
    try:
        return bool(list(_reader((ends.sub('"', line) for line in lines), delimiter=delimiter, strict=True)))
    except csv.Error:
        return False


def _holds_row(cells: Sequence[str], lines: Sequence[str], delimiter: str, columns: int) -> bool:
    """Whether the last line of a record is a row: a quote was left open, and that of a later row shut it.

    It has all columns, and the first two, where the numbers of a record and of a child stand, are made like those of
    the record. In a file that quotes everything the quotes themselves tell.
    """
    last = next(_reader(lines[-1:], delimiter=delimiter), [])
    return not lines[0].startswith('"') and len(last) == columns and _form(last) == _form(cells)


def _form(cells: Sequence[str]) -> list[str]:
    return [re.sub(r"[A-Za-z]+", "A", re.sub(r"[0-9]+", "9", cell.strip())) for cell in cells[:2]]


def _row(columns: Sequence[str], position: int, record: _Record) -> Row:
    cells, text, is_closed = record
    fault = None
    named = len(columns) - next((n for n, column in enumerate(reversed(columns)) if column), len(columns))
    if not is_closed and ('"' not in text or len(text) > csv.field_size_limit()):
        fault = Refused("too_large", f"a value of this record is longer than {csv.field_size_limit()} characters")
    elif not is_closed:
        fault = _unclosed("this record")
    elif any(cell.strip() for cell in cells[named:]) or len(cells) > len(columns):
        # Also where no more stands there than blanks: a value may have been cut before a last column that is empty, and
        # what follows it would be read as that of another column.
        sentence = "the record has more fields than the header; quote values that hold the delimiter"
        fault = Refused("ragged_row", f"{sentence}, and end the header in one too if every record does")
    elif any(columns[len(cells) :]):
        fault = Refused("ragged_row", "the record has fewer fields than the header; send it whole")
    values = {} if fault else {key: _value(cell) for key, cell in zip(columns, cells, strict=False) if key}
    return Row(position, values, text, fault)


def _unclosed(place: str) -> Refused:
    return Refused("quote_unclosed", f"a quote in {place} is not closed where its value ends; close it, or double it")


def _value(cell: str) -> str:
    text = visible(cell).strip()
    found = (
        _FORMULA.fullmatch(text) if text.startswith("=") else _WHOLE.fullmatch(text) if text.endswith(".0") else None
    )
    return found[1].strip() if found else text


def accepted(source: Source, table: Table | Refused, reader_of: Callable[[Table], RowReader]) -> Iterator[Read]:
    """Each row as what the reader of its table makes of it, or as its rejection; one that trips it stops no other.

    A file that is no table, or one for which `reader_of` raises Refused, is one rejection at position 0.
    """
    try:
        if isinstance(table, Refused):
            raise table
        read = reader_of(table)
    except Refused as fault:
        yield fault.as_read(source.name, 0, source.data)
        return

    def events(row: Row) -> tuple[Event, ...]:
        if row.fault is not None:
            raise row.fault
        return read(row)

    for row in table.rows():
        yield attempted(table.source, row.position, partial(events, row), partial(table.raw, row))


class Ordinals:
    """Numbers the different records under one key: 0 for the first, the same number for an identical repetition."""

    def __init__(self) -> None:
        self._seen: dict[Hashable, dict[Hashable, int]] = {}

    def of(self, key: Hashable, content: Hashable) -> int:
        """The ordinal of `content` among the records that share `key`."""
        contents = self._seen.setdefault(key, {})
        return contents.setdefault(content, len(contents))
