"""A record as the registry holds it."""

from streams.identity.record import Record, by_content
from streams.identity.snapshot import Features


def test_what_a_record_says_is_in_one_order_on_every_machine() -> None:
    record = Record("key", "person", "nhs")
    names = ("ada", "bea", "cleo", "dora", "eve")
    record.features = Features(given=frozenset(names), family=frozenset({"finch"}))
    said, key = by_content(record)
    assert (said[0], said[2], key) == (names, ("finch",), "key")
