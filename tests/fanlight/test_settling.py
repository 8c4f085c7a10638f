"""Whether everything published has reached every timeline, as `settle` asks it."""

import pytest

from fanlight import revisions, settling
from fanlight.settling import _has_records, unsettled
from policies.load import PolicySet
from schemas.applied import Applied, PolicyText
from tests.fanlight.test_bus import PARTITION, Reader

SHIPPED = PolicySet.load()


@pytest.mark.parametrize(
    ("polls", "waits"),
    [
        ([(False, 1), (False, 1)], False),  # two markers of transactions
        ([(False, 1), (True, 1)], True),
        ([(False, 0), (False, 1), (False, 1)], False),  # an answer that took its time
    ],
)
def test_markers_are_nothing_to_wait_for(polls, waits):
    assert _has_records(Reader(polls), PARTITION, 0, 2) is waits


def test_what_cannot_be_read_because_nobody_ends_a_transaction_before_it_is_waited_for(monkeypatch):
    monkeypatch.setattr(settling, "_UNREAD_SECONDS", 0.0)
    assert _has_records(Reader([(False, 0)]), PARTITION, 0, 2)


ENDS_NS = SHIPPED.agreements["operation-encompass"].in_force_until_ns
BEFORE, AFTER = (f"{SHIPPED.revision}/{SHIPPED.epoch_ns(at)}" for at in (ENDS_NS - 1, ENDS_NS))
WAITS = ["share has not yet decided everybody on persons.events/0 under the policies that hold now"]


@pytest.mark.parametrize(
    ("under", "is_done", "at_ns", "waits"),
    [
        (BEFORE, True, ENDS_NS - 1, []),
        (BEFORE, False, ENDS_NS - 1, WAITS),
        (BEFORE, True, ENDS_NS, WAITS),
        (AFTER, True, ENDS_NS, []),
        (AFTER, True, ENDS_NS - 1, []),  # the worker's clock is ahead of ours
        ("elsewhere/0", True, ENDS_NS, []),  # whose days nobody here can know
    ],
)
def test_what_ended_at_midnight_is_waited_for_where_the_worker_was_away(monkeypatch, under, is_done, at_ns, waits):
    told = [PolicyText(SHIPPED.revision, SHIPPED.texts), Applied(0, under, is_done)]
    monkeypatch.setattr(revisions, "told_of_policies", lambda broker: told)
    monkeypatch.setattr(settling, "behind", lambda broker: [])
    assert unsettled(None, at_ns) == waits
