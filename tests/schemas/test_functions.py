"""What is made of a schema writes and reads what fastavro does, for every record, and takes no bytes that are none."""

from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from fastavro import schemaless_reader, schemaless_writer
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import binary
from schemas.catalogue import definitions, schema
from schemas.codec import decode_body, encode_body
from schemas.errors import InvalidEvent
from schemas.functions import reader, writer

NAMES = sorted(definitions())
#: Of each of seventy records, which are made of the same few types.
few = settings(max_examples=10)
PLAIN = {
    "null": st.none(),
    "string": st.text(max_size=80),
    "bytes": st.binary(max_size=80),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
}
#: What a calendar has, in whole milliseconds.
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(
    lambda at: at - timedelta(microseconds=at.microsecond % 1000)
)


def values(declared: Any) -> st.SearchStrategy[Any]:
    if isinstance(declared, list):
        return st.one_of(*map(values, declared))
    if isinstance(declared, str):
        return PLAIN[declared] if declared in PLAIN else records(declared)
    kind = declared["type"]
    if kind == "record":
        return st.fixed_dictionaries({field["name"]: values(field["type"]) for field in declared["fields"]})
    if kind == "array":
        return st.lists(values(declared["items"]), max_size=3)
    if kind == "map":
        return st.dictionaries(st.text(max_size=8), values(declared["values"]), max_size=3)
    return INSTANTS if declared.get("logicalType") == "timestamp-millis" else PLAIN[kind]


@cache
def records(name: str) -> st.SearchStrategy[Any]:
    return values(definitions()[name])


@cache
def records_without_defaults(name: str) -> st.SearchStrategy[Any]:
    fields = definitions()[name]["fields"]
    return st.fixed_dictionaries({f["name"]: values(f["type"]) for f in fields if "default" not in f})


def by_fastavro(name: str, record: dict[str, Any]) -> bytes:
    out = BytesIO()
    schemaless_writer(out, schema(name), record)
    return out.getvalue()


@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data())
def test_it_writes_and_reads_as_fastavro_does(name, data):
    record = data.draw(records(name))
    written = by_fastavro(name, record)
    assert encode_body(name, record) == written
    assert decode_body(name, written) == schemaless_reader(BytesIO(written), schema(name), None) == record


@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data())
def test_a_record_that_is_cut_off_is_refused(name, data):
    written = encode_body(name, data.draw(records(name)))
    if not written:
        return
    with pytest.raises(InvalidEvent):
        decode_body(name, written[: data.draw(st.integers(0, len(written) - 1))])


@pytest.mark.parametrize("name", NAMES)
@few
@given(noise=st.binary(max_size=200))
def test_noise_is_a_record_or_refused(name, noise):
    try:
        record = decode_body(name, noise)
    except InvalidEvent:
        return
    assert decode_body(name, encode_body(name, record)) == record


@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data())
def test_a_field_that_is_left_out_has_its_default(name, data):
    fields = definitions()[name]["fields"]
    record = data.draw(records_without_defaults(name))
    # fastavro would write the text that JSON has for them.
    no_bytes = {f["name"]: b"" for f in fields if f["type"] == "bytes" and "default" in f}
    assert encode_body(name, record) == by_fastavro(name, no_bytes | record)
    for missing in record:
        with pytest.raises(InvalidEvent):
            encode_body(name, {key: value for key, value in record.items() if key != missing})


ONE = {"name": "one", "type": "long"}


@pytest.mark.parametrize(
    ("declared", "bad"),
    [
        ("string", 5),
        ("string", None),
        ("bytes", "text"),
        ("long", "5"),
        ("long", 1.5),
        ("long", 2**63),
        ("long", -(2**63) - 1),
        ("double", "5"),
        ("boolean", "yes"),
        (["null", "string"], 5),
        ({"type": "array", "items": "string"}, [5]),
        ({"type": "map", "values": "long"}, {"a": "b"}),
        ({"type": "long", "logicalType": "timestamp-millis"}, datetime(2026, 3, 1)),  # of no time zone
        ({"type": "record", "name": "R", "fields": [ONE]}, {}),
        ({"type": "record", "name": "R", "fields": [ONE]}, "text"),
    ],
)
def test_a_value_of_another_type_does_not_fit(declared, bad):
    write = writer([{"name": "field", "type": declared}], {})
    with pytest.raises(Exception, match=r".*"):
        write({"field": bad})


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_number_is_read_back_from_where_it_stands(number):
    written = b"." + binary.long(number)
    assert binary.read_long(written + b".", 1) == (number, len(written))


@pytest.mark.parametrize("size", [0, 63, 64, 8191, 8192, 1 << 20, 1 << 21])
def test_a_text_of_any_length_is_read_back(size):
    written = writer([{"name": "field", "type": "string"}], {})({"field": "x" * size})
    assert reader([{"name": "field", "type": "string"}], {})(written, 0) == ({"field": "x" * size}, len(written), ())


def test_items_may_come_in_blocks_that_say_their_size():
    # Another writer may cut an array so: two items of four bytes together, then one.
    block = binary.long(-2) + binary.long(4) + binary.text("a") + binary.text("b")
    data = block + binary.long(1) + binary.text("c") + binary.EMPTY
    read = reader([{"name": "field", "type": {"type": "array", "items": "string"}}], {})
    assert read(data, 0) == ({"field": ["a", "b", "c"]}, len(data), ())


@given(st.text(max_size=300), st.integers(0, 2**40), st.text(max_size=300))
def test_a_reader_gives_the_positions_at_which_the_fields_asked_for_begin(first, second, third):
    fields = [{"name": "a", "type": "string"}, {"name": "b", "type": "long"}, {"name": "c", "type": "string"}]
    written = writer(fields, {})({"a": first, "b": second, "c": third})
    *_, positions = reader(fields, {}, ("b", "c"))(written, 0)
    assert positions == (len(binary.text(first)), len(written) - len(binary.text(third)))


@pytest.mark.parametrize("data", [b"\xff" * 11, b"\x01\x00"], ids=["a number without end", "a negative length"])
def test_lengths_that_are_none_are_refused(data):
    read = reader([{"name": "field", "type": "string"}], {})
    with pytest.raises(ValueError, match=r"a number has|a length is"):
        read(data, 0)
