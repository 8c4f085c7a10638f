import asyncio
from dataclasses import replace

from schemas.codec import encode


def test_a_batch_is_applied_with_its_offsets(services, synthetic, bus):
    sam = synthetic.person_id("sam")
    message = bus.timeline(synthetic.timeline([synthetic.entry("police.arrest", "2026-03-01")], person=sam))
    services.ingest.apply(bus.batch(message))
    assert services.model.timeline(synthetic.ANALYSTS, sam)["person"] == sam
    assert services.model.offsets()[message.topic, 0] == message.offset + 1


def test_the_same_batch_twice_changes_nothing(services, synthetic, bus):
    batch = bus.batch(*(bus.decision(synthetic.decision_of(made)) for made in synthetic.story()[:5]))
    before = services.model.db.execute("SELECT count(*) FROM decisions").fetchone()[0]
    services.ingest.apply(batch)
    services.ingest.apply(batch)
    assert services.model.db.execute("SELECT count(*) FROM decisions").fetchone()[0] == before


def test_two_decisions_on_one_event_are_both_kept(services, synthetic, bus):
    made = synthetic.entry("police.arrest", "2026-01-05")
    permit, deny = synthetic.decision_of(made), synthetic.decision_of(made, "DENY", synthetic.LEADS)
    services.ingest.apply(bus.batch(bus.decision(permit), bus.decision(deny)))
    kept = services.model.db.execute("SELECT count(*) FROM decisions WHERE event_id = ?", (made["event_id"],))
    assert kept.fetchone()[0] == 2


def test_a_timeline_taken_back_is_gone(services, synthetic, bus):
    services.ingest.apply(bus.batch(bus.taken_back(synthetic.ROBIN)))
    assert services.model.timeline(synthetic.ANALYSTS, synthetic.ROBIN) is None


def test_a_timeline_that_cannot_be_read_takes_the_old_one_away(services, synthetic, bus):
    garbage = bus.message(f"timelines.{synthetic.ANALYSTS}", synthetic.ROBIN, b"\xc3\x01not avro")
    services.ingest.apply(bus.batch(garbage))
    assert services.model.timeline(synthetic.ANALYSTS, synthetic.ROBIN) is None
    assert services.ingest.unreadable == 1


def test_a_timeline_of_one_audience_on_the_topic_of_another_is_not_shown(services, synthetic, bus):
    wrong = synthetic.timeline([synthetic.entry("police.arrest", "2026-03-01")])
    value = encode("fanlight.bus.Timeline", wrong)
    services.ingest.apply(bus.batch(bus.message(f"timelines.{synthetic.LEADS}", synthetic.ROBIN, value)))
    assert services.model.timeline(synthetic.LEADS, synthetic.ROBIN) is None


def test_of_one_person_in_a_batch_only_the_last_timeline_is_kept(services, synthetic, bus):
    messages = [bus.timeline(synthetic.timeline([synthetic.entry("police.arrest", f"2026-03-0{n}")])) for n in (1, 2)]
    services.ingest.apply(bus.batch(*messages))
    stored = services.model.timeline(synthetic.ANALYSTS, synthetic.ROBIN)
    assert [e["occurred"]["value"] for e in stored["entries"]] == ["2026-03-02"]


def test_whoever_watches_a_person_is_told_and_nobody_else(services, synthetic, bus):
    sam = synthetic.person_id("sam")
    with (
        services.watchers.watching(synthetic.ANALYSTS, synthetic.ROBIN) as robin,
        services.watchers.watching(synthetic.ANALYSTS, sam) as other,
    ):
        services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([], person=sam))))
    assert (robin.is_set(), other.is_set()) == (False, True)


def test_positions_may_lie_beyond_the_last_message(services, bus):
    batch = replace(bus.batch(), positions={("decisions", 0): 900})
    services.ingest.apply(batch)
    assert services.model.offsets()["decisions", 0] == 900


async def test_pages_and_signals_have_their_turn_between_two_batches(services, synthetic, bus):
    entry = synthetic.entry("police.arrest", "2026-03-01")
    for _ in range(3):
        services.subscription.queue.put_nowait(bus.batch(bus.timeline(synthetic.timeline([entry]))))
    reading, left = asyncio.create_task(services.ingest.run(services.subscription)), []
    while services.subscription.queue.qsize():
        await asyncio.sleep(0)
        left.append(services.subscription.queue.qsize())
    reading.cancel()
    assert left == [2, 1, 0]
