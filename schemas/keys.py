"""Derived ids: UUIDs cut from HMAC-SHA256 under the deployment's key.

An unkeyed hash of an NHS number is an NHS number: anyone can compute it. Under a key that stays with the data the
same input gives the same id here and nothing elsewhere. Each audience has a key of its own, so that two audiences
cannot join their pseudonyms.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from schemas.errors import InvalidKey

KEY_BYTES: Final = 32
#: Of SHA-256, and what HMAC does to a key for either hash.
_BLOCK_BYTES: Final = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
#: RFC 9562 keeps two bits of a UUID for its variant: what the first digit of its fourth group becomes.
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _message(parts: Iterable[str]) -> bytes:
    # Length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    return b"".join([len(raw := part.encode()).to_bytes(4) + raw for part in parts])


class _Keyed(NamedTuple):
    """HMAC-SHA256 (RFC 2104) that has begun with a key: both of its hashes have read their block of it.

    `hmac` begins so too, but to go on from there takes it twice as long, and ids are made by the million.
    """

    inner: "hashlib._Hash"
    outer: "hashlib._Hash"

    @classmethod
    def of(cls, key: bytes) -> "_Keyed":
        block = key.ljust(_BLOCK_BYTES, b"\0")
        return cls(hashlib.sha256(block.translate(_INNER)), hashlib.sha256(block.translate(_OUTER)))

    def after(self, message: bytes) -> "_Keyed":
        """The same, having read the beginning of each message to come."""
        inner = self.inner.copy()
        inner.update(message)
        return _Keyed(inner, self.outer)

    def uuid(self, message: bytes) -> str:
        """The id of a message."""
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        # Version 8: content of our own making. Not uuid.UUID: it costs more than the HMAC.
        text = outer.hexdigest()
        return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


@dataclass(frozen=True, slots=True)
class DeploymentKey:
    """The secret of one deployment, and every id derived from it. `secret` is 32 bytes."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a deployment key has {KEY_BYTES} bytes, this one has {len(self.secret)}")

    def derive(self, kind: str, *parts: str) -> str:
        """The id of `kind` for these parts, as a UUID string."""
        return _keyed(self.secret).uuid(_message((kind, *parts)))

    def deriver(self, kind: str, *parts: str) -> Callable[[str], str]:
        """`derive` for many ids that differ in their last part alone."""
        uuid = _keyed(self.secret).after(_message((kind, *parts))).uuid

        def derive(last: str) -> str:
            raw = last.encode()
            return uuid(len(raw).to_bytes(4) + raw)

        return derive

    def subject_key(self, agency: str, source_id: str) -> str:
        """Which source record an agency means by its own key."""
        return self.derive("subject", agency, source_id)

    def record_key(self, agency: str, event_type: str, *natural_key: str) -> str:
        """Which record of the source an event is a version of."""
        return self.derive("record", agency, event_type, *natural_key)

    def pseudonym(self, audience: str, person_id: str) -> str:
        """The audience's own name for a person."""
        return _audience_key(self.secret, audience).uuid(_message(("person", person_id)))


def read_key(path: Path) -> DeploymentKey:
    """The deployment key in this file: 32 bytes, written as 64 hexadecimal digits. Raises InvalidKey."""
    try:
        return DeploymentKey(bytes.fromhex(path.read_text().strip()))
    except OSError as error:
        raise InvalidKey(f"the deployment key {path} cannot be read ({error.strerror})") from None
    except ValueError:
        raise InvalidKey(f"{path} holds no deployment key: it must be {KEY_BYTES * 2} hexadecimal digits") from None


@cache
def _keyed(key: bytes) -> _Keyed:
    return _Keyed.of(key)


@cache
def _audience_key(secret: bytes, audience: str) -> _Keyed:
    return _keyed(hmac.digest(secret, b"audience\x00" + audience.encode(), "sha256"))
