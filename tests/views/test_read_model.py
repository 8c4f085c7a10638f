import uuid
from pathlib import Path

import pytest

from schemas.codec import encode
from views import read_model
from views.database import connect
from views.read_model import LEADS_ON, ReadModel, Term
from views.references import short_reference

TERM = Term("missing-response", "name", "specimen")


@pytest.fixture
def model():
    return ReadModel(connect(Path(":memory:"), read_model.TABLES))


@pytest.fixture
def body(synthetic):
    return encode("fanlight.bus.Timeline", synthetic.timeline([synthetic.entry("police.arrest", "2026-03-01")]))


def test_a_timeline_is_read_back_as_it_was_written(model, synthetic, body):
    model.put_timeline(synthetic.ANALYSTS, synthetic.ROBIN, body, [TERM])
    assert model.timeline(synthetic.ANALYSTS, synthetic.ROBIN)["person"] == synthetic.ROBIN


def test_a_timeline_of_another_audience_is_not_there(model, synthetic, body):
    model.put_timeline(synthetic.ANALYSTS, synthetic.ROBIN, body, [TERM])
    assert model.timeline(synthetic.LEADS, synthetic.ROBIN) is None


def test_a_new_version_replaces_what_the_old_one_was_found_by(model, synthetic, body):
    model.put_timeline(synthetic.ANALYSTS, synthetic.ROBIN, body, [TERM])
    model.put_timeline(synthetic.ANALYSTS, synthetic.ROBIN, body, [])
    assert model.people_with(synthetic.ANALYSTS, "missing-response", "name", "specimen") == set()


@pytest.mark.timeout(20)
def test_references_that_lead_to_one_another_lead_nobody_round_for_ever(model, synthetic):
    """As while two who were parted and joined again are read: of one the newest is here, of the other not yet."""
    here, there = synthetic.ROBIN, str(uuid.UUID(int=1))
    for person, led in ((here, there), (there, here)):
        timeline = encode("fanlight.bus.Timeline", synthetic.timeline([], person, redirect=led))
        model.put_timeline(synthetic.ANALYSTS, person, timeline, [Term(LEADS_ON, "led", led)])
    assert model.leads_to(synthetic.ANALYSTS, here) == there
    both = {short_reference(here), short_reference(there)}
    assert model.references([synthetic.ANALYSTS], [short_reference(here)]) == both


def test_a_term_is_found_under_its_own_purpose_alone(model, synthetic, body):
    model.put_timeline(synthetic.ANALYSTS, synthetic.ROBIN, body, [TERM])
    assert model.people_with(synthetic.ANALYSTS, "missing-response", "name", "spec", begins=True) == {synthetic.ROBIN}
    assert model.people_with(synthetic.ANALYSTS, "s47-enquiry", "name", "specimen") == set()


def test_what_is_taken_back_leaves_nothing(model, synthetic, body):
    model.put_timeline(synthetic.ANALYSTS, synthetic.ROBIN, body, [TERM])
    model.drop_timeline(synthetic.ANALYSTS, synthetic.ROBIN)
    assert model.timeline(synthetic.ANALYSTS, synthetic.ROBIN) is None
    assert model.people_with(synthetic.ANALYSTS, "missing-response", "name", "specimen") == set()


def test_what_is_stored_and_how_far_was_read_are_one_transaction(model, synthetic, body):
    def half_a_batch():
        with model.transaction():
            model.put_timeline(synthetic.ANALYSTS, synthetic.ROBIN, body, [TERM])
            model.set_offset("timelines", 0, 8)
            raise RuntimeError("the process ends here")

    with pytest.raises(RuntimeError):
        half_a_batch()
    assert model.timeline(synthetic.ANALYSTS, synthetic.ROBIN) is None
    assert model.offsets() == {}


def test_a_restart_goes_on_where_reading_stopped(tmp_path):
    first = ReadModel(connect(tmp_path / "model.sqlite", read_model.TABLES))
    with first.transaction():
        first.set_offset("decisions", 2, 41)
    first.db.close()
    assert ReadModel(connect(tmp_path / "model.sqlite", read_model.TABLES)).offsets() == {("decisions", 2): 41}


def test_a_feed_is_shown_as_last_heard_whatever_order_its_deliveries_come_in(model, synthetic):
    newer = synthetic.feeds()[0]
    older = {**newer, "delivery": "police-0", "last_heard": newer["last_heard"].replace(hour=1)}
    for delivery in (newer, older):
        model.put_feed(delivery, encode("fanlight.bus.FeedStatus", delivery))
    assert [feed["last_heard"] for feed in model.feeds()] == [newer["last_heard"]]


def test_two_agencies_may_call_their_feeds_alike(model, synthetic):
    for delivery in synthetic.feeds():
        nightly = delivery | {"feed": "nightly"}
        model.put_feed(nightly, encode("fanlight.bus.FeedStatus", nightly))
    assert [each["agency"] for each in model.feeds()] == ["nhs", "police", "school", "social_care"]


def test_what_another_edition_stored_is_read_anew_once(tmp_path):
    first = connect(tmp_path / "model.sqlite", "CREATE TABLE feeds (feed TEXT PRIMARY KEY) STRICT")
    first.execute("INSERT INTO feeds VALUES ('police-nightly')")
    first.execute("CREATE TABLE offsets (topic TEXT) STRICT")
    first.close()
    again = ReadModel(connect(tmp_path / "model.sqlite", read_model.TABLES, read_model.EDITION))
    assert (again.offsets(), again.feeds()) == ({}, [])
    again.set_offset("feeds", 0, 7)
    again.db.close()
    once_more = ReadModel(connect(tmp_path / "model.sqlite", read_model.TABLES, read_model.EDITION))
    assert once_more.offsets() == {("feeds", 0): 7}


@pytest.mark.parametrize(
    "topic",
    ["timelines.police-intelligence-analyst", "decisions", "feeds", "looks", "identity.reviews", "identity.judgements"],
)
def test_a_topic_made_anew_is_forgotten_and_no_other(services, synthetic, bus, topic):
    model = services.model
    review = synthetic.review_of()
    services.ingest.apply(bus.batch(bus.review(review), bus.decided("j1", review)))
    before = model.offsets()
    model.forget_topic(topic)
    assert set(before) - set(model.offsets()) == {key for key in before if key[0] == topic}
    kept = {name: model.db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("reviews", "judgements")}
    assert kept == {name: int(topic != f"identity.{name}") for name in kept}
