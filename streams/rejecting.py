"""What a stage cannot use, kept with the reason: never a crash, and never lost."""

from datetime import datetime

from schemas import topics
from schemas.codec import encode
from schemas.sizes import RAW_BYTES_MAX
from streams.puts import Put


def rejection(
    rejection_id: str,
    code: str,
    *,
    agency: str,
    feed: str,
    source: str,
    why: str,
    raw: bytes | None,
    at: datetime,
    field: str | None = None,
) -> Put:
    """A fanlight.bus.Rejection. `source` names the record on its topic, `field` the field at fault."""
    record = {
        "rejection_id": rejection_id,
        "agency": agency,
        "feed": feed,
        "format": "avro",
        "source": source,
        "position": 0,
        "field": field,
        "code": code,
        "message": why,
        "raw": raw if len(raw or b"") <= RAW_BYTES_MAX else None,
        "at": at,
    }
    return Put(topics.REJECTED, rejection_id.encode(), encode("fanlight.bus.Rejection", record), 0)
