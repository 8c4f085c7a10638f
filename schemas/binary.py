"""Plain values in Avro's binary encoding: numbers, strings, instants, and how many items follow.

Functions that read take the bytes and the position at which to begin, and return the value and the position after it.
Nearly every length and count fits into one byte or two: those are looked up, and only longer ones are worked out.
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
    """A number that is not negative as seven bits a byte, the lowest first; in each but the last byte the top bit is
    set."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


_SHORT_MAX = 8192
_SHORT = tuple(_varint(number << 1) for number in range(_SHORT_MAX))


def long(number: int) -> bytes:
    """Encode an Avro `int` or `long`. Raises OverflowError on a number of more than 64 bits."""
    if 0 <= number < _SHORT_MAX:
        return _SHORT[number]
    zigzag = (number << 1) ^ (number >> 63)  # the sign becomes the lowest bit
    if zigzag >> _LONG_BITS:
        raise OverflowError("a number has more than 64 bits")
    return _varint(zigzag)


def text(value: str) -> bytes:
    """Encode a string."""
    raw = value.encode()
    size = len(raw)
    return (_SHORT[size] if size < _SHORT_MAX else long(size)) + raw


@lru_cache(maxsize=4096)
def word(value: str) -> bytes:
    """Encode a string from a small vocabulary (field names, types, codes), and remember the result."""
    return text(value)


def texts(values: Sequence[str]) -> bytes:
    """Encode an array of strings."""
    return b"".join((long(len(values)), *map(text, values), EMPTY)) if values else EMPTY


def sized(raw: bytes) -> bytes:
    """Encode bytes."""
    return long(len(raw)) + raw


@lru_cache(maxsize=4096)
def instant(at: datetime) -> bytes:
    """Encode an instant, cut to whole milliseconds. Remembered, as everything in a delivery was received at once."""
    # In whole numbers: a float of seconds loses milliseconds now and then.
    since = at - EPOCH
    return long((since.days * 86_400 + since.seconds) * _MS_PER_SECOND + since.microseconds // _MS_PER_SECOND)


def read_long(data: bytes, at: int) -> tuple[int, int]:
    """Read an Avro `int` or `long`. Raises IndexError where the bytes end within it, ValueError if it is too long."""
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
    """Read a length. Raises as `read_long`, and ValueError on a negative one."""
    first, second = data[at], data[at + 1]
    if second < 0x80 and first & 0x81 == 0x80:  # two bytes, and not negative
        return first >> 1 & 0x3F | second << 6, at + 2
    size, at = read_long(data, at)
    if size < 0:
        raise ValueError("a length is negative")
    return size, at


def read_count(data: bytes, at: int) -> tuple[int, int]:
    """Read how many items the next block of an array or a map has. Raises as `read_long`."""
    count, at = read_long(data, at)
    if count < 0:
        # A negative count is followed by the block's size in bytes, for readers that skip it.
        _, at = read_long(data, at)
    return abs(count), at


@lru_cache(maxsize=4096)
def instant_of(ms: int) -> datetime:
    """The instant so many milliseconds after 1970. Raises OverflowError beyond the year 9999."""
    return EPOCH + timedelta(milliseconds=ms)
