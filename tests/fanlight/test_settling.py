"""Whether everything published has reached every timeline, as `settle` asks it."""

from types import SimpleNamespace

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


def stack_under(revision):
    return SimpleNamespace(broker=None, state=SimpleNamespace(revision=revision))


@pytest.fixture
def told(monkeypatch):
    """What the log says of policies, where all events have been decided on."""
    monkeypatch.setattr(settling, "behind", lambda broker: [])
    return lambda *said: monkeypatch.setattr(revisions, "told_of_policies", lambda broker: said)


@pytest.mark.parametrize(
    ("under", "is_done", "at_ns", "waits"),
    [
        (BEFORE, True, ENDS_NS - 1, []),
        (BEFORE, False, ENDS_NS - 1, WAITS),
        (BEFORE, True, ENDS_NS, WAITS),
        (AFTER, True, ENDS_NS, []),
        (AFTER, True, ENDS_NS - 1, []),  # the worker's clock is ahead of ours
    ],
)
def test_what_ended_at_midnight_is_waited_for_where_the_worker_was_away(told, under, is_done, at_ns, waits):
    told(PolicyText(SHIPPED.revision, SHIPPED.texts), Applied(0, under, is_done))
    assert unsettled(stack_under(SHIPPED.revision), at_ns) == waits


def test_policies_whose_text_the_log_does_not_have_are_waited_for_but_not_for_their_days(told):
    told(Applied(0, "elsewhere/0", True))
    assert unsettled(stack_under("elsewhere"), ENDS_NS) == []


def test_a_stack_that_starts_with_other_policies_is_waited_for_before_its_worker_says_so(told):
    told(PolicyText(SHIPPED.revision, SHIPPED.texts), Applied(0, BEFORE, True))
    assert unsettled(stack_under("another"), ENDS_NS - 1) == WAITS
