"""The policies under which this bus has decided, as the log has them: the files on a machine may be others by now."""

from collections.abc import Iterator
from functools import lru_cache

from fanlight.bus import behind, told_of_policies
from policies.load import PolicySet
from schemas import topics
from schemas.applied import Applied, PolicyText
from schemas.broker import Broker
from schemas.errors import InvalidAgreement


class Revisions:
    """Every revision that ran, read when it is asked for."""

    def __init__(self, broker: Broker) -> None:
        told = told_of_policies(broker)
        self.applied = [each for each in told if isinstance(each, Applied)]
        self.in_force = {each.revision for each in self.applied}
        self._texts = {each.revision: each.files for each in told if isinstance(each, PolicyText)}
        self._found: dict[str, PolicySet] = {}

    def policy(self, revision: str) -> PolicySet:
        """The policies of a revision; those on this machine where the log has none of it that can be read today."""
        if revision not in self._found:
            self._found[revision] = self._read(revision)
        return self._found[revision]

    def _read(self, revision: str) -> PolicySet:
        signed = _signed(revision, tuple(self._texts.get(revision, {}).items()))
        return PolicySet.load() if signed is None else signed


@lru_cache(maxsize=8)  # whoever waits asks again and again, and reading them takes a third of a second
def _signed(revision: str, files: tuple[tuple[str, str], ...]) -> PolicySet | None:
    """The policies of these files; none where there are none, or where an earlier release signed in another form."""
    try:
        return PolicySet.of(dict(files), revision)
    except InvalidAgreement:
        return None


def unsettled(broker: Broker, now_ns: int) -> list[str]:
    """What has not yet reached every timeline, a sentence each: published events, and what other policies or another
    day take back or let through."""
    return behind(broker) or list(_undecided(Revisions(broker), now_ns))


def _undecided(revisions: Revisions, now_ns: int) -> Iterator[str]:
    """Of the partitions of which somebody is still to be decided under the policies that hold now."""
    for each in revisions.applied:
        if not each.is_done or _is_past(each, revisions.policy(each.revision), now_ns):
            place = f"{topics.PERSONS}/{each.partition}"
            yield f"share has not yet decided everybody on {place} under the policies that hold now"


def _is_past(applied: Applied, policy: PolicySet, now_ns: int) -> bool:
    """Whether an agreement has begun or ended since, which a worker that is away at midnight has not heard of yet."""
    return policy.revision == applied.revision and policy.epoch_ns(now_ns) > applied.epoch_ns
