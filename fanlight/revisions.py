"""The policies under which this bus has decided, as the log has them: the files on a machine may be others by now."""

from functools import cached_property, lru_cache

from fanlight.bus import told_of_policies
from policies.load import PolicySet
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

    def policy(self, revision: str) -> PolicySet:
        """The policies of a revision; those on this machine where the log has none of it that can be read today."""
        return _signed(revision, tuple(self._texts.get(revision, {}).items())) or self._here

    @cached_property
    def _here(self) -> PolicySet:
        return PolicySet.load()


@lru_cache(maxsize=8)  # whoever waits asks again and again, and reading them takes a third of a second
def _signed(revision: str, files: tuple[tuple[str, str], ...]) -> PolicySet | None:
    """The policies of these files; none where there are none, or where an earlier release signed in another form."""
    try:
        return PolicySet.of(dict(files), revision)
    except InvalidAgreement:
        return None
