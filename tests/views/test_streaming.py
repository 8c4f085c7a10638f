import asyncio
from datetime import timedelta

import anyio
import pytest

from schemas.topics import LOOKS
from views.actors import SYNTHETIC_ACTORS
from views.analyst import person_page
from views.filters import Filters
from views.live import LastShown
from views.refusals import GONE
from views.services import AnalystViewer
from views.streaming import OpenPage

SECONDS_MAX = 5
#: As an open page asks for its stream.
ASKS = {"Accept": "text/html, text/event-stream"}


@pytest.fixture
def viewer(services, synthetic):
    token = services.sessions.start("analyst-avery-example", synthetic.MISSING, services.clock())
    session = services.sessions.find(token, services.clock())
    return AnalystViewer(
        actor=SYNTHETIC_ACTORS[0], session=session, audience=synthetic.ANALYSTS, stated=synthetic.MISSING
    )


@pytest.fixture
def analyst_page(services, viewer, synthetic):
    """Show the page to the viewer; which version it was."""

    def shown():
        stored = services.model.timeline(synthetic.ANALYSTS, synthetic.ROBIN)
        page = person_page(services, viewer, stored, Filters())
        services.last_shown.put(viewer.session.session_id, synthetic.ROBIN, page.version, page.gist)
        return page.version

    return shown


@pytest.fixture
def stream(services, viewer, synthetic, analyst_page):
    def opened(since=None, closing=None):
        version = since or analyst_page()
        return OpenPage(services, viewer, synthetic.ROBIN, Filters(), version).frames(closing or anyio.Event())

    return opened


@pytest.fixture
def happen(services, synthetic, bus):
    def happened(*entries):
        record = synthetic.timeline([*synthetic.story(), *entries])
        services.ingest.apply(bus.batch(bus.timeline(record)))

    return happened


async def told(frames, services, change=lambda: None):
    """The next frame, after a change made once the stream waits for one."""
    waiting = asyncio.ensure_future(anext(frames))
    async with asyncio.timeout(SECONDS_MAX):
        while len(services.watchers) == 0:
            await asyncio.sleep(0)
        for _ in range(3):
            await asyncio.sleep(0)
        change()
        return await waiting


@pytest.fixture
def arrest(synthetic):
    return synthetic.entry("police.arrest", "2026-11-21", {"offence_group": "drugs"})


async def test_a_new_event_comes_as_one_frame_with_all_that_follows_from_it(stream, services, happen, arrest, recorded):
    frame = await told(stream(), services, lambda: happen(arrest))
    for part in ("#former", "#summary", "#chart", "#flags", "#chronology", "#status"):
        assert f'hx-target="{part}"' in frame.data
    assert frame.data.count(f"entry-{arrest['event_id']}") >= 2
    assert "New event from Police: Arrest, 21 November 2026." in frame.data
    assert "80 events, newest first" in frame.data
    assert [(look.action, look.shown) for look in recorded] == [("timeline", 80)]


async def test_nothing_comes_while_nothing_changes(stream, services, happen, arrest, recorded):
    frames = stream()
    frame = await told(frames, services, lambda: (happen(), happen(), happen(arrest)))
    assert "New event" in frame.data
    assert len(recorded) == 1


async def test_what_changed_before_the_page_listened_comes_at_once(stream, services, arrest):
    before = services.model.timeline(arrest["agency"], "none")
    assert before is None
    frame = await told(stream(since="an older version"), services)
    assert "This page has been brought up to date." in frame.data


async def test_after_a_restart_of_the_pages_an_open_page_is_left_alone_while_it_says_what_is_so(
    stream, services, analyst_page, happen, arrest, recorded
):
    version = analyst_page()
    object.__setattr__(services, "last_shown", LastShown())
    frame = await told(stream(since=version), services, lambda: happen(arrest))
    assert "New event from Police: Arrest, 21 November 2026." in frame.data
    assert len(recorded) == 1


async def test_what_is_new_since_the_page_was_sent_is_said_though_it_came_before_the_page_listened(
    stream, services, analyst_page, happen, arrest
):
    version = analyst_page()
    happen(arrest)
    frame = await told(stream(since=version), services)
    assert "New event from Police: Arrest, 21 November 2026." in frame.data


async def test_the_stream_ends_when_the_server_stops(stream, services):
    closing = anyio.Event()
    with pytest.raises(StopAsyncIteration):
        await told(stream(closing=closing), services, closing.set)


async def test_the_frame_carries_the_version_to_resume_from(stream, services, happen, arrest, analyst_page):
    frame = await told(stream(), services, lambda: happen(arrest))
    assert frame.id == analyst_page()


async def test_an_event_taken_back_is_said_to_be(stream, services, happen, arrest):
    happen(arrest)
    frame = await told(stream(), services, happen)
    assert "1 event was taken back or replaced." in frame.data


async def test_a_flag_that_comes_or_goes_with_an_event_is_named(stream, services, synthetic, happen):
    excluded = synthetic.entry("school.permanent_exclusion", "2026-11-18")
    frames = stream()
    assert "Now active: Permanently excluded." in (await told(frames, services, lambda: happen(excluded))).data
    happen()
    gone = (await anext(frames)).data
    assert "1 event was taken back or replaced. No longer active: Permanently excluded.</hx-partial>" in gone


async def test_what_came_in_the_place_of_another_does_not_hide_that_it_was_taken_back(stream, services, happen, arrest):
    corrected = arrest | {"event_id": arrest["event_id"][:-1] + "x"}
    happen(arrest)
    frame = await told(stream(), services, lambda: happen(corrected))
    assert "New event from Police: Arrest, 21 November 2026. 1 event was taken back or replaced." in frame.data


async def test_a_field_that_is_not_passed_any_more_leaves_an_open_page(stream, services, synthetic, happen, recorded):
    shown = synthetic.entry("police.arrest", "2026-11-21", {"offence_group": "drugs", "reference": "R-77"})
    happen(shown)
    narrowed = shown | {"grants": [synthetic.grant({"offence_group": 1}, {})]}
    frame = await told(stream(), services, lambda: happen(narrowed))
    assert "R-77" not in frame.data
    assert "1 event says something else now." in frame.data
    assert len(recorded) == 1


async def test_the_clock_alone_can_change_what_is_active(services, synthetic, clock, stream, viewer, recorded):
    record = services.model.timeline(synthetic.ANALYSTS, synthetic.ROBIN)
    turn = person_page(services, viewer, record, Filters()).turns_at
    clock.now = turn - timedelta(minutes=1)
    token = services.sessions.start(viewer.actor.actor_id, synthetic.MISSING, clock())
    object.__setattr__(viewer, "session", services.sessions.find(token, clock()))
    object.__setattr__(services, "reassess_seconds", 0.01)
    frame = await told(stream(), services, lambda: clock.pass_time(minutes=2))
    assert "What is active on this timeline has changed." in frame.data
    assert [look.action for look in recorded] == ["timeline"]


async def test_what_was_granted_until_now_leaves_an_open_page_soon(services, synthetic, clock, stream, happen):
    fields = {"offence_group": "arson"}
    ending = synthetic.grant(fields, {}, valid_until=clock() + timedelta(minutes=5))
    happen(synthetic.entry("police.arrest", "2026-11-21", fields, grants=[ending]))
    object.__setattr__(services, "look_up_seconds", 0.01)
    frame = await told(stream(), services, lambda: clock.pass_time(minutes=5))
    assert "1 event was taken back or replaced." in frame.data
    assert "arson" not in frame.data.lower()


async def test_the_stream_ends_with_the_session(stream, services, viewer, happen, arrest, recorded):
    def sign_out():
        services.sessions.end(viewer.session)
        happen(arrest)

    frame = await told(stream(), services, sign_out)
    assert (frame.event, recorded) == (GONE, [])


async def test_whoever_signs_out_in_another_tab_leaves_nobody_on_the_screen(stream, services, viewer):
    object.__setattr__(services, "look_up_seconds", 0.01)
    frame = await told(stream(), services, lambda: services.sessions.end(viewer.session))
    assert frame.event == GONE


async def test_a_stream_ends_soon_once_nothing_new_can_come(stream, services):
    def stand_still():
        services.workers.stand_still = True

    object.__setattr__(services, "look_up_seconds", 0.01)
    with pytest.raises(StopAsyncIteration):
        await told(stream(), services, stand_still)


async def test_an_open_page_does_not_keep_a_session_alive(stream, services, clock, happen, arrest):
    def leave():
        clock.pass_time(minutes=16)
        happen(arrest)

    assert (await told(stream(), services, leave)).event == GONE


async def test_an_open_page_says_two_minutes_before_that_its_session_ends(stream, services, viewer, clock, recorded):
    """Whoever reads slowly, as with a screen reader, is not thrown out unwarned."""
    object.__setattr__(services, "look_up_seconds", 0.01)
    frames = stream()
    frame = await told(frames, services, lambda: clock.pass_time(minutes=13))
    assert "<strong>Your session ends at 12:15, if you do nothing before then.</strong>" in frame.data
    assert 'id="stay">Stay signed in</button>' in frame.data
    assert (frame.id, recorded) == (None, [])
    frame = await told(frames, services, lambda: services.sessions.touch(viewer.session, clock()))
    assert frame.data.count("ession") == 0
    for _ in range(34):  # to the last minutes of eight hours, in which nothing keeps it open
        clock.pass_time(minutes=13.7)
        services.sessions.touch(viewer.session, clock())
    frame = await told(frames, services)
    assert "Your session ends at 20:00.</strong>\nSign in again to go on after that." in frame.data
    assert (await told(frames, services, lambda: clock.pass_time(minutes=2))).event == GONE


async def test_the_stream_ends_with_a_change_of_purpose(stream, services, viewer, happen, arrest, clock):
    def change():
        services.sessions.change_purpose(viewer.session, "s47-enquiry", clock())
        happen(arrest)

    assert (await told(stream(), services, change)).event == GONE


@pytest.mark.parametrize("why", ["signed out", "no purpose", "taken back", "not allowed"])
def test_an_open_page_that_may_not_go_on_is_told_so_when_it_asks_again(client, services, synthetic, bus, why):
    synthetic.sign_in(
        client, "board-casey-example" if why == "not allowed" else "analyst-avery-example",
        synthetic.MISSING if why == "taken back" else None,
    )  # fmt: skip
    address = f"/people/{synthetic.ROBIN}/live?since=0:1"
    if why == "signed out":
        client.post("/sign-out")
    if why == "taken back":
        address = synthetic.stream_of(client.get(f"/people/{synthetic.ROBIN}").text)
        services.ingest.apply(bus.batch(bus.taken_back(synthetic.ROBIN)))
    answer = client.get(address, headers=ASKS)
    assert (answer.status_code, answer.text) == (200, f"event: {GONE}\ndata: ended\n\n")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_an_open_page_that_asks_for_its_stream_again_and_again_does_not_keep_a_session_alive(
    client, services, synthetic, clock
):
    synthetic.sign_in(client)
    address = synthetic.stream_of(client.get(f"/people/{synthetic.ROBIN}").text)
    services.subscription.state = type(services.subscription.state)(reachable=False, behind=None)
    for status in (503, 503, 503, 200):
        clock.pass_time(minutes=4)
        answer = client.get(address, headers=ASKS)
        assert answer.status_code == status
    assert answer.text.startswith(f"event: {GONE}")


@pytest.mark.parametrize(
    "form", [("/purpose", {"purpose": "s47-enquiry"}), ("/sign-in", {"actor": "analyst-rowan-example"})]
)
def test_an_open_page_goes_on_in_no_other_session_than_its_own(analyst, services, synthetic, recorded, form):
    """A tab in the background, while somebody states another purpose or signs in as somebody else in the next one."""
    address = synthetic.stream_of(analyst.get(f"/people/{synthetic.ROBIN}").text)
    analyst.post(form[0], data=form[1])
    analyst.post("/purpose", data={"purpose": "s47-enquiry"})
    looks = len(recorded)
    services.workers.stand_still = True  # or the stream of one that goes on would never end
    answer = analyst.get(address, headers=ASKS)
    assert (answer.text, len(recorded)) == (f"event: {GONE}\ndata: ended\n\n", looks)


async def test_a_stream_ends_while_the_bus_cannot_be_read(stream, services, happen, arrest):
    def lose():
        services.subscription.state = type(services.subscription.state)(reachable=False, behind=None)
        happen(arrest)

    frames = stream()
    assert "New event" in (await told(frames, services, lose)).data
    with pytest.raises(StopAsyncIteration):
        await anext(frames)


@pytest.mark.parametrize("still", ["broker", "worker"])
def test_no_stream_begins_while_nothing_new_can_come(analyst, services, synthetic, still):
    address = synthetic.stream_of(analyst.get(f"/people/{synthetic.ROBIN}").text)
    if still == "worker":
        services.workers.stand_still = True
    else:
        services.subscription.state = type(services.subscription.state)(reachable=False, behind=None)
    assert analyst.get(address).status_code == 503


async def test_a_push_that_cannot_be_recorded_is_not_made(stream, services, happen, arrest):
    def fail():
        services.writer.unanswered.add(LOOKS)
        happen(arrest)

    frame = await told(stream(), services, fail)
    assert (frame.event, frame.data) == (GONE, "ended")


async def test_a_timeline_taken_back_ends_the_stream(stream, services, bus, synthetic):
    def take_back():
        services.ingest.apply(bus.batch(bus.taken_back(synthetic.ROBIN)))

    assert (await told(stream(), services, take_back)).event == GONE


async def test_what_was_decided_anew_for_another_purpose_makes_no_frame(stream, services, synthetic, happen, arrest):
    elsewhere = [*arrest["grants"], synthetic.grant({"offence_group": 1}, {}, purpose="exploitation-mace-l1")]
    again = arrest | {"grants": elsewhere, "decision_id": synthetic.KEY.derive("decision", "again")}
    later = synthetic.entry("police.arrest", "2026-11-20")
    happen(arrest)
    frame = await told(stream(), services, lambda: (happen(again), happen(again, later)))
    assert "New event from Police: Arrest, 20 November 2026.</hx-partial>" in frame.data


async def test_nothing_of_another_purpose_makes_a_frame(stream, services, synthetic, happen, arrest):
    other = synthetic.entry(
        "police.arrest", "2026-11-20", grants=[synthetic.grant({}, {}, purpose="exploitation-mace-l1")]
    )
    frame = await told(stream(), services, lambda: (happen(other), happen(other, arrest)))
    assert "New event from Police: Arrest, 21 November 2026." in frame.data
    assert other["event_id"] not in frame.data
