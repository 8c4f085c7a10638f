"""Plain values in Avro's binary encoding: numbers, strings, instants, and how many items follow.

Functions that read take the bytes and the position at which to begin, and return the value and the position after it.
Nearly every length and count fits into one byte or two: those are looked up, and only longer ones are worked out.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from struct import Struct
from typing import Final, Never

#: The second branch of a union with null, and its first.
SOME: Final = b"\x02"
NULL: Final = b"\x00"
#: An array or a map without items, and the end of one with some.
EMPTY: Final = b"\x00"
BOOLEANS: Final = {False: b"\x00", True: b"\x01"}
_FLAGS: Final = (False, True)
_LONG_BITS: Final = 64
_MS_PER_SECOND: Final = 1000
_DOUBLE: Final = Struct("<d")
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _varint(number: int) -> bytes:
    """A number that is not negative as seven bits a byte, the lowest first; in each but the last byte the top bit is
    set."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


_SHORT_MAX: Final = 8192
_SHORT: Final = tuple(_varint(number << 1) for number in range(_SHORT_MAX))


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


def double(value: float) -> bytes:
    """Encode a floating-point number of 64 bits."""
    return _DOUBLE.pack(value)


def no_branch(value: object) -> Never:
    """Raises TypeError: a union of the schema takes no such value."""
    raise TypeError(f"a union has no branch for {type(value).__name__}")


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


def read_sized(data: bytes, at: int) -> tuple[bytes, int]:
    """Read bytes; fewer where they end within them, and the position is beyond their end then. Raises as `read_long`,
    and ValueError on a negative length."""
    size = data[at]
    if size & 0x81:  # more bytes follow, or it is negative
        size, at = read_long(data, at)
        if size < 0:
            raise ValueError("a length is negative")
    else:
        size >>= 1
        at += 1
    return data[at : at + size], at + size


def read_text(data: bytes, at: int) -> tuple[str, int]:
    """Read a string. Raises as `read_sized`, and UnicodeDecodeError."""
    raw, at = read_sized(data, at)
    return raw.decode(), at


def read_texts(data: bytes, at: int) -> tuple[list[str], int]:
    """Read an array of strings. Raises as `read_text`."""
    values: list[str] = []
    left, at = read_count(data, at)
    while left:
        for _ in range(left):
            value, at = read_text(data, at)
            values.append(value)
        left, at = read_count(data, at)
    return values, at


def read_boolean(data: bytes, at: int) -> tuple[bool, int]:
    """Read a boolean. Raises IndexError on a byte that is none, and where the bytes end before it."""
    return _FLAGS[data[at]], at + 1


def read_double(data: bytes, at: int) -> tuple[float, int]:
    """Read a floating-point number. Raises struct.error where the bytes end within it."""
    value: float = _DOUBLE.unpack_from(data, at)[0]
    return value, at + _DOUBLE.size


def read_count(data: bytes, at: int) -> tuple[int, int]:
    """Read how many items the next block of an array or a map has. Raises as `read_long`."""
    count, at = read_long(data, at)
    if count < 0:
        # A negative count is followed by the block's size in bytes, for readers that skip it.
        _, at = read_long(data, at)
        count = -count
    return count, at


def read_instant(data: bytes, at: int) -> tuple[datetime, int]:
    """Read an instant. Raises as `read_long`, and OverflowError beyond the year 9999."""
    ms, at = read_long(data, at)
    return instant_of(ms), at


@lru_cache(maxsize=4096)
def instant_of(ms: int) -> datetime:
    """The instant so many milliseconds after 1970. Raises OverflowError beyond the year 9999."""
    return EPOCH + timedelta(milliseconds=ms)
