"""A decision is explained by the policies under which it was made, as the log has them."""

import pytest

from fanlight import revisions
from fanlight.revisions import Revisions, unsettled
from policies.load import PolicySet
from schemas.applied import Applied, PolicyText

SHIPPED = PolicySet.load()
ENCOMPASS = "agreements/operation-encompass.yaml"


@pytest.fixture
def ran(monkeypatch):
    """What the log says has run: of each revision the text of one agreement, replaced."""

    def say(*texts: PolicyText) -> Revisions:
        monkeypatch.setattr(revisions, "told_of_policies", lambda broker: [*texts, Applied(0, "now/0", True)])
        return Revisions(None)

    return say


def test_each_revision_has_the_words_that_were_signed_then(ran):
    text = SHIPPED.texts[ENCOMPASS]
    title = SHIPPED.agreements["operation-encompass"].title
    found = ran(*(PolicyText(name, SHIPPED.texts | {ENCOMPASS: text.replace(title, name)}) for name in ("then", "now")))
    for name in ("then", "now"):
        policy = found.policy(name)
        assert (policy.revision, policy.agreements["operation-encompass"].title) == (name, name)
    assert found.in_force == {"now"}


def test_what_the_log_does_not_have_or_is_read_no_more_is_left_to_the_files_of_this_machine(ran):
    found = ran(PolicyText("of another form", SHIPPED.texts | {ENCOMPASS: "id: operation-encompass"}))
    assert found.policy("of another form") == found.policy("never heard of") == SHIPPED


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
    monkeypatch.setattr(revisions, "behind", lambda broker: [])
    assert unsettled(None, at_ns) == waits
