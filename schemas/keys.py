"""Derived ids: UUIDs cut from HMAC-SHA256 under the deployment's key.

An unkeyed hash of an NHS number is an NHS number: anyone can compute it. Under a key that stays with the data the
same input gives the same id here and nothing elsewhere. Each audience has a key of its own, so that two audiences
cannot join their pseudonyms.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from schemas.errors import InvalidKey

KEY_BYTES = 32


#: RFC 9562 keeps two bits of a UUID for its variant: what the first digit of its fourth group becomes.
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def _message(parts: Iterable[str]) -> bytes:
    # Length-prefixed, so that ("ab", "c") and ("a", "bc") differ.
    return b"".join([len(raw).to_bytes(4) + raw for raw in [part.encode() for part in parts]])


def _uuid(keyed: hmac.HMAC, message: bytes) -> str:
    """The id of a message. `keyed` has begun with the key, which takes two thirds of the time of an HMAC."""
    mac = keyed.copy()
    mac.update(message)
    # Version 8: content of our own making. Not uuid.UUID: ids are made by the million, and it costs more than the HMAC.
    text = mac.hexdigest()
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
        return _uuid(_keyed(self.secret), _message((kind, *parts)))

    def deriver(self, kind: str, *parts: str) -> Callable[[str], str]:
        """`derive` for many ids that differ in their last part alone."""
        begun = _keyed(self.secret).copy()
        begun.update(_message((kind, *parts)))

        def derive(last: str) -> str:
            raw = last.encode()
            return _uuid(begun, len(raw).to_bytes(4) + raw)

        return derive

    def subject_key(self, agency: str, source_id: str) -> str:
        """Which source record an agency means by its own key."""
        return self.derive("subject", agency, source_id)

    def record_key(self, agency: str, event_type: str, *natural_key: str) -> str:
        """Which record of the source an event is a version of."""
        return self.derive("record", agency, event_type, *natural_key)

    def pseudonym(self, audience: str, person_id: str) -> str:
        """The audience's own name for a person."""
        return _uuid(_audience_key(self.secret, audience), _message(("person", person_id)))


def read_key(path: Path) -> DeploymentKey:
    """The deployment key in this file: 32 bytes, written as 64 hexadecimal digits. Raises InvalidKey."""
    try:
        return DeploymentKey(bytes.fromhex(path.read_text().strip()))
    except OSError as error:
        raise InvalidKey(f"the deployment key {path} cannot be read ({error.strerror})") from None
    except ValueError:
        raise InvalidKey(f"{path} holds no deployment key: it must be {KEY_BYTES * 2} hexadecimal digits") from None


@cache
def _keyed(key: bytes) -> hmac.HMAC:
    return hmac.new(key, digestmod="sha256")


@cache
def _audience_key(secret: bytes, audience: str) -> hmac.HMAC:
    return _keyed(hmac.digest(secret, b"audience\x00" + audience.encode(), "sha256"))
