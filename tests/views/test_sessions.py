from datetime import timedelta
from pathlib import Path

import pytest

from views import sessions
from views.database import connect
from views.sessions import IDLE_MAX, TOTAL_MAX, Sessions


@pytest.fixture
def kept():
    tokens = iter(f"token-{n}" for n in range(100))
    return Sessions(connect(Path(":memory:"), sessions.TABLES), lambda: next(tokens))


def test_a_token_opens_its_session(kept, clock):
    token = kept.start("avery", None, clock())
    assert kept.find(token, clock()).actor_id == "avery"


def test_an_unknown_token_opens_nothing(kept, clock):
    assert kept.find("guess", clock()) is None
    assert kept.find(None, clock()) is None


def test_the_token_itself_is_not_kept(kept, clock):
    token = kept.start("avery", None, clock())
    assert token not in str([tuple(row) for row in kept._db.execute("SELECT * FROM sessions")])


def test_a_session_ends_when_nothing_is_asked_for_too_long(kept, clock):
    token = kept.start("avery", None, clock())
    clock.pass_time(seconds=IDLE_MAX.total_seconds() + 1)
    assert kept.find(token, clock()) is None


def test_asking_keeps_a_session_open_but_not_for_ever(kept, clock):
    token, step = kept.start("avery", None, clock()), IDLE_MAX - timedelta(seconds=1)
    asked = 0
    while (session := kept.find(token, clock())) is not None:
        kept.touch(session, clock())
        clock.now += step
        asked += 1
    assert asked == TOTAL_MAX // step + 1


def test_a_change_of_purpose_makes_a_new_token_and_ends_the_old_one(kept, clock):
    token = kept.start("avery", None, clock())
    fresh = kept.change_purpose(kept.find(token, clock()), "missing-response", clock())
    assert kept.find(token, clock()) is None
    assert kept.find(fresh, clock()).purpose == "missing-response"


def test_a_change_of_purpose_does_not_lengthen_the_day(kept, clock):
    token = kept.start("avery", None, clock())
    started = clock()
    clock.pass_time(minutes=10)
    fresh = kept.change_purpose(kept.find(token, clock()), "missing-response", clock())
    assert kept.find(fresh, clock()).started_at == started


def test_a_search_is_known_to_the_session_that_asked_it_alone(kept, clock):
    one, two = (kept.find(kept.start(name, None, clock()), clock()) for name in ("avery", "rowan"))
    search = kept.remember(one, {"name": "specimen"})
    assert kept.remembered(one, search) == {"name": "specimen"}
    assert kept.remembered(two, search) is None


def test_what_is_remembered_goes_with_its_session(kept, clock):
    session = kept.find(kept.start("avery", None, clock()), clock())
    kept.remember(session, {"name": "specimen"})
    kept.end(session)
    assert kept._db.execute("SELECT count(*) FROM remembered").fetchone()[0] == 0


def test_ended_sessions_are_forgotten_when_somebody_signs_in(kept, clock):
    kept.start("avery", None, clock())
    clock.pass_time(hours=9)
    kept.start("rowan", None, clock())
    assert [row["actor_id"] for row in kept._db.execute("SELECT actor_id FROM sessions")] == ["rowan"]


def test_more_is_kept_under_an_id_for_as_long_as_its_session_is_open(kept, clock):
    session = kept.find(kept.start("avery", None, clock()), clock())
    search = kept.remember(session, {"name": "specimen"})
    kept.add_to(session, search, {"found": "1"})
    assert kept.remembered(session, search) == {"name": "specimen", "found": "1"}
    kept.end(session)
    kept.add_to(session, search, {"found": "2"})
    assert kept.remembered(session, search) is None
