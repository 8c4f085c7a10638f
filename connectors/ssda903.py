"""SSDA903, the yearly return on looked-after children: any of its files, alone or as a set, known by their columns.

Rows are joined to the header file by CHILD. Files without a date of their own (header, oc2, oc3, uasc) speak of the
collection year: the one that they name, else that of the dated files beside them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from datetime import date
from functools import partial
from statistics import multimode

from connectors.connector import Context, Read, Refused, Source
from connectors.dates import parse_date
from connectors.ssda903_rows import READERS, Delivery, as_protected, named_year, person_of, year_of
from connectors.tabular import RowReader, Table, accepted, read_table
from schemas.events import Person
from schemas.vocabulary import Agency

#: The columns that tell the header file.
HEADER = ("upn", "ethnic")
#: The columns that date a file, best first.
DATED = (("decom", "dec"), ("mis_start", "mis_end"), ("review",), ("sw_decom",), ("dolo_start",))
#: Of which a return tells what was in its own year alone.
OF_ONE_YEAR = (("mis_start", "mis_end"), ("review",))


class Ssda903Csv:
    """SSDA903 return as CSV files."""

    name = "ssda903-csv"
    title = "SSDA903 return on looked-after children, CSV files (a set or any one of it)"
    agency: Agency | None = Agency.SOCIAL_CARE

    def read(self, sources: Sequence[Source], context: Context) -> Iterator[Read]:
        """Every row of every file; the header and adoption files of the set tell more about the rows of the others."""
        tables = [(source, read_table(source)) for source in sources]
        delivery = _delivery(context, [table for _, table in tables if isinstance(table, Table)])
        for source, table in tables:
            yield from accepted(source, table, partial(_row_reader, delivery))


def _kind(table: Table) -> str | None:
    """The column that tells which file this is."""
    return next((column for column in READERS if column in table.columns), None)


def _kinds(table: Table) -> list[str]:
    """The columns that tell of a file other than the header, whose own many files have."""
    return [column for column in READERS if column in table.columns and column not in HEADER]


def _row_reader(delivery: Delivery, table: Table) -> RowReader:
    """How the rows of a file are read; raises Refused for one that is none of the return."""
    kind = _kind(table)
    if kind is None:
        raise Refused(
            "table_unknown", "the first row has the columns of no 903 file; send a file of the return, its header first"
        )
    if other := next((each for each in _kinds(table) if READERS[each] is not READERS[kind]), None):
        sentence = f"the first row has the columns of several 903 files, as {kind.upper()} and {other.upper()}"
        raise Refused("table_unknown", f"{sentence}; send each of them as a file of its own")
    if "child" not in table.columns:
        raise Refused("column_missing", "there is no column CHILD, so no row says whom it is about; add it", "CHILD")
    return partial(READERS[kind], replace(delivery, year=named_year(table.source) or delivery.year))


def _delivery(context: Context, tables: Sequence[Table]) -> Delivery:
    told: dict[str, tuple[tuple[bool, int, str], Person]] = {}
    placed_on: dict[str, date] = {}
    for table in tables:
        year = int(named_year(table.source) or 0)
        for row in table.rows():
            child = row.get("child")
            if "sex" in table.columns or _kind(table) in HEADER:
                # The header says more than any other table, and that of a later year knows better. Of two rows on one
                # child in it the lesser counts, so that neither the order of the rows nor that of the files does.
                person = person_of(row)
                saying = (_kind(table) not in HEADER, -year, repr(astuple(person))), person
                told[child] = min(saying, told.get(child, saying), key=lambda each: each[0])
            for column in {"date_int", "date_placed"}.intersection(table.columns):
                # Without a readable date, everything about the child counts as after it. A broken row still says of
                # somebody that they are to be adopted: of whomever any of its values names.
                placed = parse_date(row.get(column)) or date.min
                broken = map(str.strip, row.text.replace('"', "").split(table.delimiter)) if row.fault else ()
                for named in map(as_protected, (child, *broken)):
                    placed_on[named] = min(placed, placed_on.get(named, date.max))
    people = {child: person for child, (_, person) in told.items()}
    return Delivery(context, people, placed_on, _collection_year(context, tables))


def _collection_year(context: Context, tables: Iterable[Table]) -> str | None:
    """The year in which the return's own year (April to March) ends, by the last day of the best dated file of the set,
    or a later one in which most of its reviews or missing episodes were: of children who have been in one placement for
    years the episodes have no new day."""
    tables = list(tables)
    told = {columns: _years(context, tables, columns) for columns in DATED}
    best = next(filter(None, told.values()), None)
    if best is None:
        return None
    return max([max(best), *(year for columns in OF_ONE_YEAR for year in multimode(told[columns]))])


def _years(context: Context, tables: Iterable[Table], columns: Sequence[str]) -> list[str]:
    """The year of each day that these columns tell, but for days to come."""
    return [
        year_of(day)
        for table in tables
        if columns[0] in table.columns
        for row in table.rows()
        for column in columns
        if (day := parse_date(row.get(column))) is not None and day <= context.received_on
    ]
