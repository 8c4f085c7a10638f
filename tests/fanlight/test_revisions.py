"""A decision is explained by the policies under which it was made, as the log has them."""

import pytest

from fanlight import revisions
from fanlight.revisions import Revisions
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
