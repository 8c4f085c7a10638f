"""How large records, events and their parts may be, so that whatever follows from an event goes into one record."""

from typing import Final

from schemas.codec import decode_header, decode_rest, encode_body, record_name

#: The largest record on any topic. A timeline is one record, and some children's are long: a mark for each half day of
#: fourteen years at school is two megabytes.
RECORD_BYTES_MAX: Final = 16 << 20
#: The largest record that is kept with a rejection: more than an event may have, so that none is lost.
RAW_BYTES_MAX: Final = RECORD_BYTES_MAX // 4
#: The largest event, whoever publishes it: a timeline has room for several, and one that is refused is kept whole.
EVENT_BYTES_MAX: Final = 1_000_000
#: The largest event that our connectors publish, and the most that they keep of a rejected record: with the key and
#: headers around it, it stays below the megabyte that brokers take by default.
PUBLISHED_BYTES_MAX: Final = 900_000
#: The most other names of one person in one event. The test patients of hospital systems have some dozens.
ALIASES_MAX: Final = 100
#: The largest person in one event, encoded: a hundred other names and as many numbers are half of it.
PERSON_BYTES_MAX: Final = 16_000
#: The largest header, encoded: a usual one has four hundred bytes. Many records repeat its ids and keys.
HEADER_BYTES_MAX: Final = 16_000


def excess(data: bytes, aliases: int) -> str | None:
    """Which part of an event is larger than it may be, in words; `aliases` is how many other names its person has."""
    if aliases > ALIASES_MAX:
        return f"{aliases} other names of its person, and may have {ALIASES_MAX}"
    if len(data) <= min(HEADER_BYTES_MAX, PERSON_BYTES_MAX):
        return None  # by far the most
    _, ends_at, _ = decode_header(data)
    if ends_at > HEADER_BYTES_MAX:
        return f"a header of {ends_at} bytes, and may have {HEADER_BYTES_MAX}"
    person = decode_rest(record_name(data), data, ends_at).get("person")
    if person is not None and (size := len(encode_body("fanlight.Person", person))) > PERSON_BYTES_MAX:
        return f"a person of {size} bytes, and may have {PERSON_BYTES_MAX}"
    return None
