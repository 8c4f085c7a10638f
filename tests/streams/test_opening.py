"""What the bytes of an event are must be what its header says they are."""

import pytest

from schemas.codec import decode, encode
from schemas.errors import InvalidEvent
from streams.opening import open_event
from tests.streams.test_identifying import event

EVENT = event("nhs", "9990000018")


def test_an_event_is_opened_whole():
    opened = open_event(EVENT)
    assert (opened.name, opened.header["type"], opened.data) == ("fanlight.PersonDetails", "nhs.person_details", EVENT)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"type": "nhs.admission"}, r"^the type in the header is not that of fanlight\.PersonDetails$"),
        ({"type": "nhs.nonsense"}, r"^the type in the header is not that of fanlight\.PersonDetails$"),
        ({"type": "police.person_details"}, "of another agency than the header's own$"),
        ({"agency": "police"}, "of another agency than the header's own$"),
    ],
    ids=["another record's type", "no type", "another agency's type", "another agency"],
)
def test_a_header_that_says_otherwise_is_refused(said, why):
    record = decode(EVENT)
    with pytest.raises(InvalidEvent, match=why):
        open_event(encode("fanlight.PersonDetails", record | {"header": record["header"] | said}))


def test_a_record_that_is_no_event_is_refused():
    heard = {"feed": "f", "agency": "nhs", "delivery": "d", "records_read": 0, "records_rejected": 0}
    record = heard | {"last_heard": decode(EVENT)["header"]["received_at"]}
    with pytest.raises(InvalidEvent, match="FeedStatus is no event"):
        open_event(encode("fanlight.bus.FeedStatus", record))
