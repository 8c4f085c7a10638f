"""Plain values as Avro's binary encoding has them: numbers, strings, instants, and how many items follow.

Nearly every length and count is of one byte or two; what is longer takes the way round.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

#: The second branch of a union with null, and its first.
SOME, NULL = b"\x02", b"\x00"
#: An array or a map without items, and the end of one with some.
EMPTY = b"\x00"
_LONG_BITS = 64
_MS_PER_SECOND = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _varint(number: int) -> bytes:
    """Seven bits a byte, least first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


_SHORT_MAX = 8192
_SHORT = tuple(_varint(number << 1) for number in range(_SHORT_MAX))


def long(number: int) -> bytes:
    """A number, its sign moved to its last bit. Raises OverflowError on one of more than 64 bits."""
    if 0 <= number < _SHORT_MAX:
        return _SHORT[number]
    zigzag = (number << 1) ^ (number >> 63)
    if zigzag >> _LONG_BITS:
        raise OverflowError("a number has more than 64 bits")
    return _varint(zigzag)


def text(value: str) -> bytes:
    """A string."""
    raw = value.encode()
    size = len(raw)
    return (_SHORT[size] if size < _SHORT_MAX else long(size)) + raw


@lru_cache(maxsize=4096)
def word(value: str) -> bytes:
    """A string from a small vocabulary: field names, types, codes."""
    return text(value)


def texts(values: Sequence[str]) -> bytes:
    """An array of strings."""
    return b"".join((long(len(values)), *map(text, values), EMPTY)) if values else EMPTY


def sized(raw: bytes) -> bytes:
    """Bytes."""
    return long(len(raw)) + raw


@lru_cache(maxsize=4096)
def instant(at: datetime) -> bytes:
    """A timestamp in milliseconds. Everything in a delivery was received at once."""
    # In whole numbers: a float of seconds loses milliseconds now and then.
    since = at - EPOCH
    return long((since.days * 86_400 + since.seconds) * _MS_PER_SECOND + since.microseconds // _MS_PER_SECOND)


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """A number, and where it ends. Raises IndexError where the bytes end first, ValueError where it has no end."""
    byte = data[at]
    zigzag, shift = byte & 0x7F, 7
    while byte & 0x80:
        at += 1
        byte = data[at]
        zigzag |= (byte & 0x7F) << shift
        shift += 7
        if shift > _LONG_BITS + 7:
            raise ValueError("a number has more than 64 bits")
    return (zigzag >> 1) ^ -(zigzag & 1), at + 1


def read_size(data: bytes, at: int) -> tuple[int, int]:
    """A length, and where it ends. Raises as `read_long`."""
    first, second = data[at], data[at + 1]
    if second < 0x80 and first & 0x81 == 0x80:  # two bytes, and no less than none
        return first >> 1 & 0x3F | second << 6, at + 2
    size, at = read_long(data, at)
    if size < 0:
        raise ValueError("a length is less than none")
    return size, at


def read_count(data: bytes, at: int) -> tuple[int, int]:
    """How many items follow in one go, and where that number ends. Raises as `read_long`."""
    count, at = read_long(data, at)
    if count < 0:
        # Then their size in bytes follows, for whoever wants to skip them.
        _, at = read_long(data, at)
    return abs(count), at


@lru_cache(maxsize=4096)
def instant_of(ms: int) -> datetime:
    """The instant that `instant` wrote, from its number. Raises OverflowError where no calendar goes so far."""
    return EPOCH + timedelta(milliseconds=ms)
