"""The topic of reviews: each pair of records that waits for a person, with both records side by side."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from schemas import topics
from schemas.codec import decode_as, encode
from schemas.keys import DeploymentKey
from streams.identity.explain import Review
from streams.identity.judgements import Judgement, Pair
from streams.identity.registry import Registry
from streams.puts import Put

REVIEW: Final = "fanlight.bus.Review"
#: Decisions on one pair that its review repeats.
_JUDGEMENTS_MAX: Final = 100
#: The agency's own key of a record.
SourceId = Callable[[str], str]


class _Open(NamedTuple):
    pair: Pair
    since: datetime
    digest: bytes


class Reviewing:
    """What stands on the topic of reviews, and what must be written there. A review is written again only where it says
    something else than before."""

    def __init__(self, key: DeploymentKey, registry: Registry, source_id: SourceId) -> None:
        self._key = key
        self._registry = registry
        self._source_id = source_id
        self._open: dict[str, _Open] = {}

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take back keys and values of the topic."""
        for key, value in pairs:
            review_id = key.decode()
            if value is not None:
                review = decode_as(REVIEW, value)
                pair = (review["left"]["subject_key"], review["right"]["subject_key"])
                self._open[review_id] = _Open(pair, review["since"], _digest(value))
                self._registry.restore_review(pair, True)
            elif (settled := self._open.pop(review_id, None)) is not None:
                self._registry.restore_review(settled.pair, False)

    def puts(self, at: datetime) -> Iterator[Put]:
        """What to write for the pairs that the registry has settled anew since this was last asked: a review, or a
        record without a value where nobody needs to look any more."""
        for pair, review in self._registry.stirred():
            review_id = self._key.derive("review", *pair)
            known = self._open.get(review_id)
            if review is not None:
                value = encode(REVIEW, self._record(review_id, review, known.since if known else at))
                if known is None or known.digest != _digest(value):
                    self._open[review_id] = _Open(pair, known.since if known else at, _digest(value))
                    yield Put(topics.REVIEWS, review_id.encode(), value)
            elif known is not None:
                del self._open[review_id]
                yield Put(topics.REVIEWS, review_id.encode(), None)

    def _record(self, review_id: str, review: Review, since: datetime) -> dict[str, Any]:
        evidence, judged = review.evidence, self._registry.judged(review.left, review.right)
        return {
            "review_id": review_id,
            "why": review.why,
            "left": self._side(review.left),
            "right": self._side(review.right),
            "fields": [{"name": f.name, "level": f.level, "bits": f.bits} for f in evidence.fields],
            "weight": evidence.weight,
            "prior": evidence.prior,
            "decided_by": evidence.decided_by,
            "model": evidence.model,
            "since": since,
            "judgements": [_standing(each) for each in judged[:_JUDGEMENTS_MAX]],
        }

    def _side(self, subject_key: str) -> dict[str, Any]:
        said = self._registry.said(subject_key)
        assignment = self._registry.assignment(subject_key)
        assert assignment is not None, "a settled record is assigned"
        features = said.features
        return {
            "subject_key": subject_key,
            "agency": said.agency,
            "source_id": self._source_id(subject_key),
            "person_id": assignment.person_id,
            "given": sorted(features.given),
            "middle": sorted(features.middle),
            "family": sorted(features.family),
            "birth_dates": sorted(features.born),
            "postcodes": sorted(features.postcodes),
            "addresses": sorted(features.addresses),
            "identifiers": sorted(features.identifiers),
        }


def _standing(judgement: Judgement) -> Mapping[str, Any]:
    return {name: getattr(judgement, name) for name in ("judgement_id", "kind", "by", "reason", "at")}


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()
