"""The school census as flat tables, one CSV a table: pupils, leavers, sessions, exclusions, addresses.

Columns differ from term to term, so a table is known by its id column. Detail tables name their pupil by the pupil
table's id; with the pupil table in the delivery their events carry the pupil's own number, without it that id.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from connectors.cells import stated
from connectors.connector import Context, Read, Refused, Source
from connectors.school_census_pupils import PUPIL_IDS, Listed, PupilId, pupil_id_of, pupil_of, shared_ids, shared_upns
from connectors.school_census_record import Attended, Delivery, Record
from connectors.school_census_rows import DETAILS, NEEDED, Reader, attended, is_counted, off_roll, on_roll, sessions
from connectors.school_census_terms import census_of
from connectors.tabular import RowReader, Table, accepted, read_table
from schemas.vocabulary import Agency


class SchoolCensusCsv:
    """School census tables as CSV files."""

    name = "school-census-csv"
    title = "School census, flat tables as CSV files (a set or any one of it)"
    agency: Agency | None = Agency.SCHOOL

    def read(self, sources: Sequence[Source], context: Context) -> Iterator[Read]:
        """Every row of every table; the pupil tables of the set tell whom the rows of the others are about."""
        tables = [(source, read_table(source)) for source in sources]
        pupils: dict[PupilId, list[Listed]] = defaultdict(list)
        for _, table in tables:
            if isinstance(table, Table) and _reader(table) in (on_roll, off_roll):
                for row in table.rows():
                    if row.fault is None and any(pupil_id_of(row)):
                        listed = Listed(pupil_of(row), census_of(table).name, stated(row, "nativeid"))
                        pupils[pupil_id_of(row)].append(listed)
        of_pupils = {(column, each.census) for (column, _), listed in pupils.items() for each in listed}
        upns = shared_upns(pupils)
        delivery = Delivery(context, pupils, of_pupils, shared_ids(pupils, upns), upns)
        by_code: dict[Attended, set[str]] = defaultdict(set)
        for _, table in tables:
            if isinstance(table, Table) and _reader(table) is sessions:
                for row in table.rows():
                    if row.fault is None and is_counted(row):
                        record = Record(delivery, census_of(table), row)
                        by_code[attended(record)].add(record.school)
        delivery = replace(delivery, by_code=by_code)
        for source, table in tables:
            yield from accepted(source, table, partial(_row_reader, delivery))


def _row_reader(delivery: Delivery, table: Table) -> RowReader:
    """How the rows of a table are read; raises Refused for one that is none of the census."""
    reader = _reader(table)
    if reader is not None:
        if missing := [column for column in NEEDED.get(reader, ()) if column not in table.columns]:
            sentence = f"the first row has no column {missing[0]}, without which this table says nothing; add it"
            raise Refused("column_missing", f"{sentence}, or send the file as csv with a mapping", missing[0])
        census = census_of(table)
        return lambda row: reader(Record(delivery, census, row))
    if not {*PUPIL_IDS, "upn"} & set(table.columns):
        sentence = "the first row has neither UPN nor pupil table id, so no row says whom it is about; add one"
        raise Refused("column_missing", sentence, "upn")
    raise Refused("table_unknown", "the first row has the columns of no census table that is read; leave this file out")


def _reader(table: Table) -> Reader | None:
    """What reads the rows of a table: by the id column that only its kind has."""
    if not {*PUPIL_IDS, "upn"} & set(table.columns):
        return None
    for column in table.columns:
        for kind, reader in DETAILS.items():
            if re.fullmatch(kind, column):
                return reader
    if "leavingdate" in table.columns or ("entrydate" in table.columns and PUPIL_IDS[1] in table.columns):
        return off_roll
    return on_roll if {"entrydate", "upn"} & set(table.columns) else None
