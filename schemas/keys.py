"""Derived ids: UUIDs cut from HMAC-SHA256 under the deployment's key.

An unkeyed hash of an NHS number is an NHS number: anyone can compute it. Under a key that stays with the data the
same input gives the same id here and nothing elsewhere. Each audience has a key of its own, so that two audiences
cannot join their pseudonyms.
"""

import hmac
from dataclasses import dataclass, field
from functools import cache

KEY_BYTES = 32


def _uuid(key: bytes, parts: tuple[str, ...]) -> str:
    # Length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    message = b"".join(len(raw).to_bytes(4) + raw for raw in (part.encode() for part in parts))
    digest = bytearray(hmac.digest(key, message, "sha256")[:16])
    digest[6] = digest[6] & 0x0F | 0x80  # RFC 9562 version 8: content of our own making
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()  # not uuid.UUID: ids are made by the million, and it costs more than the HMAC
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class DeploymentKey:
    """The secret of one deployment, and every id derived from it. `secret` is 32 bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a deployment key has {KEY_BYTES} bytes, this one has {len(self.secret)}")

    def derive(self, kind: str, *parts: str) -> str:
        """The id of `kind` for these parts, as a UUID string."""
        return _uuid(self.secret, (kind, *parts))

    def subject_key(self, agency: str, source_id: str) -> str:
        """Which source record an agency means by its own key."""
        return self.derive("subject", agency, source_id)

    def record_key(self, agency: str, event_type: str, *natural_key: str) -> str:
        """Which record of the source an event is a version of."""
        return self.derive("record", agency, event_type, *natural_key)

    def pseudonym(self, audience: str, person_id: str) -> str:
        """The audience's own name for a person."""
        return _uuid(_audience_key(self.secret, audience), ("person", person_id))


@cache
def _audience_key(secret: bytes, audience: str) -> bytes:
    return hmac.digest(secret, b"audience\x00" + audience.encode(), "sha256")
