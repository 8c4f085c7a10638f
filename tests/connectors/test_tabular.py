import csv
import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.cells import number_in
from connectors.connector import Refused, Source
from connectors.tabular import Ordinals, Table, column_key, decode, read_table
from schemas.letters import visible


def is_plain(cell: str) -> bool:
    """Whether a cell is read as it stands: not a formula of one value, nor a whole number with a point."""
    seen = visible(cell).strip()
    return not seen.startswith("=") and not seen.endswith(".0")


CELL = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=12).filter(is_plain)
ROWS = st.lists(st.tuples(CELL.map(lambda cell: "x" + cell), CELL, CELL), max_size=8)


def table_of(data: bytes) -> Table:
    table = read_table(Source(name="file.csv", data=data))
    assert isinstance(table, Table)
    return table


def read(data: bytes) -> list[tuple[int, dict[str, str] | str]]:
    """Each row's position, and its values or its fault."""
    return [(row.position, row.fault.code if row.fault else dict(row.values)) for row in table_of(data).rows()]


def written(rows: list[tuple[str, str, str]], end: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(("A", "B", "C"))
    writer.writerows(rows)
    return out.getvalue()


@settings(deadline=None)  # a busy machine is no fault
@example(rows=[("x\ufeff", "\u200b", "1.5\u200e")], end="\n", encoding="utf-8")
@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]), encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_a_spreadsheet_writes_is_read_back(rows: list[tuple[str, str, str]], end: str, encoding: str) -> None:
    seen = [[visible(cell).strip() for cell in row] for row in rows]
    expected = [(n, dict(zip("abc", row, strict=True))) for n, row in enumerate(seen, 2)]
    assert read(written(rows, end).encode(encoding)) == expected


@settings(deadline=None)  # a busy machine is no fault
@given(data=st.binary(max_size=200))
def test_whatever_the_bytes_a_file_is_a_table_or_a_fault(data: bytes) -> None:
    table = read_table(Source(name="file.csv", data=b"A,B\n" + data))
    positions = [] if isinstance(table, Refused) else [row.position for row in table.rows()]
    assert positions == sorted(set(positions))


@settings(deadline=None)  # a busy machine is no fault
@given(rows=st.lists(st.text('ab,"\n', max_size=20), max_size=6))
def test_no_text_after_the_header_is_lost(rows: list[str]) -> None:
    body = "".join(row + "\n" for row in rows)
    table = table_of(("A,B\n" + body).encode())
    kept = "".join(row.text for row in table.rows())
    told = re.compile("[ab]")
    assert list(filter(told.search, kept.split("\n"))) == list(filter(told.search, body.split("\n")))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_the_header_has(delimiter: str) -> None:
    assert read(f"A{delimiter}B\n1{delimiter}2\n".encode()) == [(2, {"a": "1", "b": "2"})]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_header_cell_of_two_lines_is_one_name(delimiter: str) -> None:
    data = f'"Date of\nbirth, if known"{delimiter}B\r\n1{delimiter}2\r\n'.encode()
    assert read(data) == [(2, {"date_of_birth,_if_known": "1", "b": "2"})]


def test_the_mark_that_windows_ends_joined_files_with_is_no_row() -> None:
    assert read(b"A,B\r\n1,2\r\n\x1a") == [(2, {"a": "1", "b": "2"})]


def test_letters_of_the_windows_code_page_are_read() -> None:
    assert read("A\nZoë\n".encode("cp1252")) == [(2, {"a": "Zoë"})]
    assert decode(b"\x81") == "\x81"


def test_marks_that_nobody_sees_are_no_part_of_a_value_but_for_those_that_part_letters() -> None:
    marked = "A,B,C\n\u202d9990000018\u202c,\u200e6/\u200e4/\u200e2012\ufeff,می\u200cخواهد\n"
    assert read(marked.encode()) == [(2, {"a": "9990000018", "b": "6/4/2012", "c": "می\u200cخواهد"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_a_value_is_filled_up_with_to_its_width_is_no_part_of_it(encoding: str) -> None:
    data = "NAME,BORN\nRobin\x00\x00,04/03/2011\x00\n".encode(encoding)
    assert read(data) == [(2, {"name": "Robin", "born": "04/03/2011"})]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_letter_that_is_cut_off_costs_its_own_line_and_no_other_its_letters(mark: bytes) -> None:
    data = mark + "A\nZoë\nŁukasz\nBj".encode() + "ö".encode()[:1]
    assert read(data) == [(2, {"a": "Zoë"}), (3, {"a": "Łukasz"}), (4, {"a": "BjÃ"})]


@pytest.mark.parametrize("header", ["A,B", "\ufeffA,B", '"A","B"', "a, b ", "A,B,"])
def test_a_header_that_stands_again_is_told_however_it_is_written(header: str) -> None:
    found = read(f"A,B\n1,2\n{header}\r\n3,4\n".encode())
    assert found[1:] == [(3, "header_repeated"), (4, {"a": "3", "b": "4"})]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;;;"])
def test_what_tells_excel_the_delimiter_is_no_header(first: str) -> None:
    assert read(f"{first}\r\nA;B\r\n1;2\r\n".encode()) == [(2, {"a": "1", "b": "2"})]


def test_a_formula_that_keeps_zeros_is_its_number() -> None:
    assert read(b'A,B,C\n="0012","=""0034""",=1+2\n') == [(2, {"a": "0012", "b": "0034", "c": "=1+2"})]


def test_a_whole_number_that_a_data_frame_wrote_is_that_number() -> None:
    assert read(b"A,B,C\n9990000018.0,-1.0,7.05\n") == [(2, {"a": "9990000018", "b": "-1.0", "c": "7.05"})]


def test_a_quoted_line_end_is_part_of_its_value_and_no_record_of_its_own() -> None:
    assert read(b'A,B\n"1\n2",3\n4,5\n') == [(2, {"a": "1\n2", "b": "3"}), (3, {"a": "4", "b": "5"})]


def test_an_unclosed_quote_costs_its_own_line_and_no_other() -> None:
    assert read(b'A,B\n1,2\n3,"4\n5,6\n7,"8"\n') == [
        (2, {"a": "1", "b": "2"}),
        (3, "quote_unclosed"),
        (4, {"a": "5", "b": "6"}),
        (5, {"a": "7", "b": "8"}),
    ]


def test_an_unclosed_quote_that_a_later_row_shuts_takes_no_row_between_them_along() -> None:
    rows = ['M-1,5,"ran off', "M-2,6,home", 'M-3,7,size 6"', "M-4,8,home"]
    found = [
        values if isinstance(values, str) else values["k"] for _, values in read("\n".join(["K,A,B", *rows]).encode())
    ]
    assert found == ["quote_unclosed", "M-2", "M-3", "M-4"]


def test_an_unclosed_quote_that_shuts_within_a_later_value_costs_its_own_line_and_no_other() -> None:
    assert read(b'K;A;B\nM-1;5;"said ""no""\nM-2;6;";|"\n') == [
        (2, "quote_unclosed"),
        (3, {"k": "M-2", "a": "6", "b": ";|"}),
    ]


@pytest.mark.parametrize("between", ["", "Total,2", "M-2,6,home"])
def test_an_unclosed_quote_takes_no_row_along_whatever_stands_between_it_and_the_row_that_shuts_it(
    between: str,
) -> None:
    found = read(f'K,A,B\nM-1,5,"ran off\n{between}\nM-3,7,size 6"\n'.encode())
    assert (found[0], found[-1]) == ((2, "quote_unclosed"), (4, {"k": "M-3", "a": "7", "b": 'size 6"'}))


@pytest.mark.parametrize("row", ['1,"Rob,Ex,"out, late, again",9', '1,2,3,"said "no" to me",9', '1,"Rob" Ex,2,3,4'])
def test_a_quote_that_is_shut_within_its_value_puts_nothing_under_another_column(row: str) -> None:
    assert read(f"A,B,C,D,E\n{row}\n5,6,7,8,9\n".encode())[:1] == [(2, "quote_unclosed")]


def test_blanks_around_a_value_in_quotes_are_no_part_of_it() -> None:
    assert read(b'A, "B"\n"1" , "2,\n3" \r\n4,"say ""5"" , 6"\n') == [
        (2, {"a": "1", "b": "2,\n3"}),
        (3, {"a": "4", "b": 'say "5" , 6'}),
    ]


def test_a_note_of_several_lines_is_one_value_however_many_delimiters_stand_in_it() -> None:
    note = "said so\nhe, she\n12,13,14\nM, N, O"
    assert read(f'K,A,B\nM-1,5,"{note}"\n'.encode()) == [(2, {"k": "M-1", "a": "5", "b": note})]


@pytest.mark.parametrize("quote", ["", '"'], ids=["only the note is quoted", "everything is quoted"])
def test_a_note_that_tells_of_rows_is_one_value(quote: str) -> None:
    """Of a line that begins otherwise than the record does, and where the quotes themselves tell, of any."""
    note = "she, he, they\n12,13,14" if not quote else "as before:\nM-2,6,ran off"
    row = f'{quote}M-1{quote},{quote}5{quote},"{note}"'
    assert read(f"K,A,B\n{row}\n".encode()) == [(2, {"k": "M-1", "a": "5", "b": note})]


def test_an_unclosed_quote_before_more_than_csv_can_hold_costs_its_own_line_and_no_other() -> None:
    rest = b"5,6\n" * 50_000
    assert read(b'A,B\n3,"4\n' + rest)[:2] == [(2, "quote_unclosed"), (3, {"a": "5", "b": "6"})]


@pytest.mark.parametrize("value", ["x" * 200_000, '"' + "x" * 200_000 + '"'])
def test_a_value_that_csv_cannot_hold_is_too_large_whether_it_is_quoted_or_not(value: str) -> None:
    assert read(f"A,B\n1,{value}\n3,4\n".encode()) == [(2, "too_large"), (3, {"a": "3", "b": "4"})]


def test_an_unclosed_quote_in_the_last_line_is_told() -> None:
    assert read(b'A,B\n1,2\n3,"4') == [(2, {"a": "1", "b": "2"}), (3, "quote_unclosed")]


def test_a_row_shorter_or_longer_than_the_header_is_told() -> None:
    assert read(b"A,B\n1\n1,2,3\n1,2\n") == [(2, "ragged_row"), (3, "ragged_row"), (4, {"a": "1", "b": "2"})]


def test_a_value_that_is_cut_at_its_comma_is_told_though_nothing_stands_in_the_last_column() -> None:
    """Else the rest of an address stands in the column of a code."""
    assert read(b"id,address,risk,notes\n1,1 High St, York,high,\n2,2 High St,low,\n") == [
        (2, "ragged_row"),
        (3, {"id": "2", "address": "2 High St", "risk": "low", "notes": ""}),
    ]


def test_values_that_are_cut_at_their_commas_in_every_row_are_told() -> None:
    rows = "".join(f"{n},{n} High St, York,high,\n" for n in range(20))
    assert {fault for _, fault in read(f"id,address,risk,notes\n{rows}".encode())} == {"ragged_row"}


def test_delimiters_at_the_end_of_every_record_are_nothing_where_the_header_has_them_too() -> None:
    assert read(b"A,B,\n1,2,\n3,4,\n") == [(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]
    assert read(b"A,B\n1,2,\n3,4,\n") == [(2, "ragged_row"), (3, "ragged_row")]


def test_a_blank_line_is_no_record_but_has_its_place() -> None:
    assert read(b"A,B\n\n1,2\n  \n") == [(3, {"a": "1", "b": "2"})]


def test_columns_that_excel_leaves_out_of_sixteen_rows_are_empty() -> None:
    rows = [b"1,2,,"] * 15 + [b"1,2"] * 16 + [b"1,2,3"] * 16 + [b"1,2"]
    found = read(b"\n".join([b"A,B,C,D", *rows]) + b"\n")
    assert [values if isinstance(values, str) else values.get("c", "-") for _, values in found] == (
        [""] * 15 + ["-"] * 16 + ["3"] * 16 + ["-"]
    )


def test_a_row_that_is_short_by_itself_is_told_wherever_it_stands() -> None:
    rows = [b"1,2,3,4"] * 20 + [b"1,2"] + [b"1,2,3,4"] * 20 + [b"1,2"]
    faults = [(position, fault) for position, fault in read(b"\n".join([b"A,B,C,D", *rows])) if fault == "ragged_row"]
    assert faults == [(22, "ragged_row"), (43, "ragged_row")]
    cut_off = read(b"\n".join([b"A,B,C,D", *[b"1,2,3,4"] * 31, b"1,2"]))
    assert cut_off[-1] == (33, "ragged_row")


@pytest.mark.parametrize("whole", [0, 20], ids=["from the first row on", "from the twenty-first on"])
def test_a_column_that_the_rows_leave_out_is_told_of_each_of_them(whole: int) -> None:
    rows = [b"1,2,3,4"] * whole + [b"1,3,4"] * 60
    assert [fault for _, fault in read(b"\n".join([b"A,B,C,D", *rows]) + b"\n")[whole:]] == ["ragged_row"] * 60


def test_a_row_of_delimiters_is_no_record_but_has_its_place() -> None:
    assert read(b'A,B\n1,2\n,\n" ",\n3,4\n,,,\n')[1:] == [(5, {"a": "3", "b": "4"})]


def test_columns_without_a_name_hold_nothing() -> None:
    assert read(b"A,B,,\n1,2\n3,4,,\n") == [(2, {"a": "1", "b": "2"}), (3, {"a": "3", "b": "4"})]
    assert read(b",A,B\n0,1,2\n") == [(2, {"a": "1", "b": "2"})]


def test_a_value_after_the_last_named_column_was_cut_from_another() -> None:
    assert read(b"id,address,risk,\n1,1 High St, York,high\n") == [(2, "ragged_row")]


@pytest.mark.parametrize(
    "name", ["Date of Birth", "DATE_OF_BIRTH", " date-of-birth ", "\ufeffDate  of Birth", "\xa0Date of\u200b Birth"]
)
def test_a_column_is_known_however_its_name_is_written(name: str) -> None:
    assert column_key(name) == "date_of_birth"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "empty_file", id="no bytes"),
        pytest.param(b"\xef\xbb\xbf\r\n\r\n", "empty_file", id="blank lines"),
        pytest.param(b"PK\x03\x04...", "not_csv", id="workbook"),
        pytest.param(b"\x1f\x8b\x08...", "not_csv", id="archive"),
        pytest.param(b"PK\x05\x06...", "not_csv", id="archive with nothing in it"),
        pytest.param(b"7z\xbc\xaf\x27\x1c...", "not_csv", id="archive of 7-Zip"),
        pytest.param(b"\xef\xbb\xbf\r\n<html><table>", "not_csv", id="a page that Excel opens"),
        pytest.param(b'{"A": 1}', "not_csv", id="JSON"),
        pytest.param(b'[\r\n  {"A": 1}]', "not_csv", id="JSON with several records"),
        pytest.param(b"\x00\x01" * 50, "not_csv", id="binary"),
        pytest.param("A,B\n1,2\n".encode("utf-32"), "not_csv", id="UTF-32"),
        pytest.param(b"\xff\xfeA", "encoding", id="half a UTF-16 character"),
        pytest.param(b"A,a\n1,2\n", "duplicate_column", id="one name twice"),
        pytest.param(b'"A,B\n1,2\n', "quote_unclosed", id="unclosed quote in the header"),
    ],
)
def test_an_unreadable_file_says_why(data: bytes, code: str) -> None:
    fault = read_table(Source(name="file.csv", data=data))
    assert isinstance(fault, Refused)
    assert fault.code == code


def test_a_column_in_brackets_is_no_json() -> None:
    assert read(b"[A],[B]\n1,2\n") == [(2, {"[a]": "1", "[b]": "2"})]


def test_two_columns_of_one_name_are_told_by_their_places() -> None:
    fault = read_table(Source(name="file.csv", data=b"A,Robin,B,robin\n1,2,3,4\n"))
    assert isinstance(fault, Refused)
    assert fault.message == "columns 2 and 4 of the header have one name; rename one of them"


def test_a_refused_record_is_kept_under_its_header() -> None:
    table = table_of(b"\xef\xbb\xbfA,B\r\n1,2\r\n3\r\n")
    assert [table.raw(row) for row in table.rows()] == [b"A,B\n1,2\r\n", b"A,B\n3\r\n"]


def test_records_that_share_a_key_are_numbered_by_content() -> None:
    ordinals = Ordinals()
    assert [ordinals.of("k", content) for content in ("a", "b", "a", "c")] == [0, 1, 0, 2]
    assert ordinals.of("other", "b") == 0


def test_lines_before_the_header_are_no_rows() -> None:
    assert read(b"\n \r\nA,B\n1,2\n") == [(2, {"a": "1", "b": "2"})]


def test_a_value_that_is_too_long_is_not_called_an_open_quote() -> None:
    assert read(b"A,B\n" + b"x" * 200_000 + b",2\n3,4\n") == [(2, "too_large"), (3, {"a": "3", "b": "4"})]


@pytest.mark.parametrize("text", ["inf", "1e5", "1_000", "9" * 400, "\u0663"])
def test_what_python_would_take_for_a_number_is_refused(text: str) -> None:
    (row,) = table_of(f"A\n{text}\n".encode()).rows()
    with pytest.raises(Refused) as caught:
        number_in(row, "A")
    assert caught.value.code == "invalid_number"


def test_a_number_is_read_and_an_empty_cell_is_none() -> None:
    one, other = table_of(b"A,B\n-1.5,x\n,x\n").rows()
    assert (number_in(one, "A"), number_in(other, "A")) == (-1.5, None)
