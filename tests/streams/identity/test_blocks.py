"""Records under their keys, as a plain set for each key would hold them."""

from hypothesis import given
from hypothesis import strategies as st

from streams.identity.blocks import Blocks
from streams.identity.record import Record

KEYS = ["d2012", "d2013", "pYO1"]
STEPS = st.lists(st.tuples(st.integers(0, 2), st.frozensets(st.sampled_from(KEYS))), max_size=12)


@given(STEPS)
def test_whoever_comes_and_goes_a_key_has_just_those_who_stand_under_it(steps):
    blocks, records = Blocks(), [Record(name, name, "police") for name in "abc"]
    stands: dict[str, set[Record]] = {key: set() for key in KEYS}
    for number, keys in steps:
        record, before = records[number], frozenset(records[number].keys)
        blocks.remove(record, before - keys)
        blocks.add(record, keys - before)
        record.keys = tuple(keys)
        for key in KEYS:
            (stands[key].add if key in keys else stands[key].discard)(record)
            assert set(blocks.under(key)) == stands[key]
            assert len(blocks.under(key)) == len(stands[key])
        for each in records:
            beside = blocks.beside(each, without={"pYO1"}) - {each}
            assert beside == {other for key in each.keys if key != "pYO1" for other in stands[key]} - {each}


def test_cleared_nobody_stands_anywhere():
    blocks, record = Blocks(), Record("a", "a", "police")
    blocks.add(record, KEYS)
    blocks.clear()
    assert not blocks.under(KEYS[0])
