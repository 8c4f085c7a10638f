import asyncio
import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from schemas.codec import decode
from schemas.topics import JUDGEMENTS, LOOKS
from views import steward as steward_pages
from views.app import create
from views.services import StewardViewer
from views.sessions import IDLE_MAX

QUINN = "steward-quinn-example"
WHY = {"kind": "same", "reason": "Both agencies know the same child."}


@pytest.fixture
def pair(services, synthetic, bus):
    """A pair of police and school: one steward may see it, the other may not."""
    made = synthetic.review_of()
    services.ingest.apply(bus.batch(bus.review(made)))
    return made


@pytest.fixture
def other_pair(services, synthetic, bus):
    """A pair that both stewards may see."""
    made = synthetic.review_of("police", "social_care", "sam", why="conflict")
    services.ingest.apply(bus.batch(bus.review(made)))
    return made


def address(review):
    return f"/reviews/{review['review_id']}"


def form_of(page):
    return re.search(r'name="form" value="([^"]+)"', page.text).group(1)


def decide(client, review, **said):
    form = form_of(client.get(address(review)))
    return client.post(address(review), data={"form": form} | WHY | said)


def text_of(page):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub("</?bdi>", "", page.text))).split())


# Who may see what


def test_a_steward_begins_at_the_reviews_and_states_no_purpose(steward):
    assert steward.get("/").headers["location"] == "/reviews"
    assert "Identity: whether records are of one young person" in unescape(steward.get("/reviews").text)
    for page in ("/find", "/purpose", "/decisions", "/counts", "/looks"):
        assert steward.get(page).status_code == 403


@pytest.mark.parametrize("page", ["/reviews", "/reviews/ID", "/judgements", "/judgements/j1"])
def test_analysts_and_the_board_open_no_page_of_a_steward(client, synthetic, services, bus, pair, recorded, page):
    services.ingest.apply(bus.batch(bus.decided("j1", pair)))
    for actor, purpose in (("analyst-avery-example", synthetic.MISSING), ("board-casey-example", None)):
        synthetic.sign_in(client, actor, purpose)
        answer = client.get(page.replace("ID", pair["review_id"]))
        assert answer.status_code == 403
        assert "specimen" not in answer.text
    assert recorded == []


def test_the_bits_on_a_page_add_up(steward, services, bus, pair):
    assert "Beside the fields" not in text_of(steward.get(address(pair)))
    services.ingest.apply(bus.batch(bus.review(pair | {"weight": 33.9})))
    assert "Beside the fields Because their own agency says that they are one" in text_of(steward.get(address(pair)))


def test_a_form_says_how_long_it_may_take(steward, services, bus, pair):
    services.ingest.apply(bus.batch(bus.decided("j1", pair)))
    for page in (address(pair), "/judgements/j1"):
        assert f"Send it within {IDLE_MAX.seconds // 60} minutes" in steward.get(page).text


def test_whoever_is_not_signed_in_is_asked_to(client, pair):
    assert client.get(address(pair)).headers["location"] == "/sign-in"


def test_a_pair_is_shown_only_to_whoever_may_see_both_records(client, synthetic, pair, other_pair):
    synthetic.sign_in(client, QUINN, None)
    listed = client.get("/reviews").text
    assert other_pair["review_id"] in listed
    assert pair["review_id"] not in listed
    assert "1 pair waits" in text_of(client.get("/reviews"))
    assert client.get(address(other_pair)).status_code == 200
    hidden, unknown = client.get(address(pair)), client.get("/reviews/none")
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.text.replace(pair["review_id"], "none") == unknown.text


@pytest.mark.parametrize(("one", "other"), [("police", "nhs"), ("nhs", "school"), ("nhs", "nhs"), ("police", "fire")])
def test_no_pair_with_an_agency_outside_the_remit_is_opened(client, services, synthetic, bus, one, other):
    made = synthetic.review_of(one, other)
    services.ingest.apply(bus.batch(bus.review(made)))
    synthetic.sign_in(client, QUINN, None)
    assert client.get(address(made)).status_code == 404
    assert client.post(address(made), data=WHY | {"form": "x"}).status_code == 404
    assert "0 pairs wait" in text_of(client.get("/reviews"))
    assert "0 pairs wait" in text_of(client.get(f"/reviews?agency={other}"))


def test_a_pair_of_one_agency_is_opened_by_whoever_may_see_that_agency(client, services, synthetic, bus):
    made = synthetic.review_of("police", "police")
    services.ingest.apply(bus.batch(bus.review(made)))
    synthetic.sign_in(client, QUINN, None)
    assert made["review_id"] in client.get("/reviews").text
    page = client.get(address(made))
    assert page.status_code == 200
    assert "Police, first record" in page.text


def test_a_remit_that_has_ended_opens_nothing(steward, pair, clock, synthetic):
    clock.pass_time(days=800)
    synthetic.sign_in(steward, "steward-jordan-example", None)
    assert steward.get("/reviews").status_code == 403
    assert steward.get(address(pair)).status_code == 403


def test_a_steward_without_a_remit_on_file_opens_nothing(steward, pair, services):
    object.__setattr__(services, "remits", {})
    assert steward.get("/reviews").status_code == 403


def test_two_sides_of_a_protected_group_are_kept_from_everybody(steward, services, bus, pair):
    services.ingest.apply(bus.batch(bus.review(pair | {"decided_by": "protected"})))
    assert steward.get(address(pair)).status_code == 404
    assert services.model.db.execute("SELECT count(*) FROM reviews").fetchone()[0] == 0


# The list


def test_the_list_holds_no_name_and_nothing_of_what_the_records_say(steward, pair, other_pair):
    page = steward.get("/reviews").text.casefold()
    for said in ("specimen", "robin", "robyn", "2011", "zz1", "9990000018", "syn-police"):
        assert said not in page


def test_the_list_is_searched_by_reason_and_agency(steward, pair, other_pair):
    def found(query):
        return {r["review_id"] for r in (pair, other_pair) if r["review_id"] in steward.get(f"/reviews?{query}").text}

    both = {pair["review_id"], other_pair["review_id"]}
    assert found("") == found("agency=police") == both
    assert found("why=conflict") == found("agency=social_care") == {other_pair["review_id"]}
    assert found("agency=school&why=potential") == {pair["review_id"]}
    assert found("agency=nhs") == found("agency=' OR 1=1 --") == found("why=x") == set()


def test_the_longest_waiting_come_first_and_a_long_list_has_pages(steward, services, synthetic, bus, clock):
    made = [synthetic.review_of(name=f"n{n}", since=clock().replace(minute=n % 60, hour=n // 60)) for n in range(61)]
    services.ingest.apply(bus.batch(*map(bus.review, reversed(made))))
    first, second = (re.findall(r"/reviews/([0-9a-f-]{36})", steward.get(f"/reviews?page={n}").text) for n in (1, 2))
    assert first + second == [review["review_id"] for review in made]
    assert "Next" in steward.get("/reviews?why=potential").text


# One pair


def test_two_records_stand_side_by_side_with_how_they_compare(steward, pair):
    said = text_of(steward.get(address(pair)))
    for part in (
        "Police", "Education", "SYN-police-robin-1", "SYN-school-robin-2", "robin", "robyn",
        "two spellings of what sounds alike", "+3.2", "27 March 2011", "different", "−1.2", "NHS number",
        "9990000018", "Unique pupil number", "A999000000001", "only one record says", "does not say", "−17.6", "+4.9",
        "too little agrees", "model uk-1", "Nobody has decided anything about it yet",
    ):  # fmt: skip
        assert part in said, part


def test_what_stands_is_shown_with_who_why_and_when(steward, services, synthetic, bus, pair):
    stands = pair | {"judgements": [synthetic.standing("j1")]}
    services.ingest.apply(bus.batch(bus.decided("j1", pair, "different"), bus.review(stands)))
    page = steward.get(address(pair))
    for part in ("Different people", "Sam Example, 22 November 2026, 12:00", "Two cousins.", "Take this decision back"):
        assert part in text_of(page)
    assert "/judgements/j1" in page.text


def test_a_settled_pair_is_gone(steward, services, bus, pair):
    services.ingest.apply(bus.batch(bus.settled(pair["review_id"])))
    for answer in (steward.get(address(pair)), steward.post(address(pair), data={"kind": "same", "form": "x"})):
        assert answer.status_code == 404
        assert "Nothing was recorded. It may have been settled in the meantime" in answer.text
    assert pair["review_id"] not in steward.get("/reviews").text


def test_a_pair_that_cannot_be_read_takes_the_old_one_away(steward, services, bus, pair):
    services.ingest.apply(bus.batch(bus.message("identity.reviews", pair["review_id"], b"\xc3\x01not avro")))
    assert steward.get(address(pair)).status_code == 404
    assert services.ingest.unreadable == 1


def test_whatever_a_record_holds_is_escaped(steward, services, bus, pair):
    left = pair["left"] | {"given": ["<script>alert(1)</script>"]}
    services.ingest.apply(bus.batch(bus.review(pair | {"left": left})))
    assert "<script>alert" not in steward.get(address(pair)).text


def test_every_page_is_marked(steward, pair, services, bus):
    services.ingest.apply(bus.batch(bus.decided("j1", pair)))
    for page in ("/reviews", address(pair), "/judgements", "/judgements/j1"):
        assert steward.get(page).text.count("<strong>OFFICIAL-SENSITIVE</strong>") == 2


# Every look is recorded


def test_every_look_names_what_was_looked_at_and_nobody(steward, services, bus, pair, recorded):
    services.ingest.apply(bus.batch(bus.decided("j1", pair)))
    for page in ("/reviews", address(pair), "/judgements", "/judgements/j1"):
        steward.get(page)
    assert [(look.action, look.about, look.shown) for look in recorded] == [
        ("reviews", None, 1), ("review", pair["review_id"], 1), ("judgements", None, 1), ("judgement", "j1", 1),
    ]  # fmt: skip
    assert {(look.actor, look.role, look.purpose, look.audience, look.person) for look in recorded} == {
        ("steward-jordan-example", "identity-steward", "identity-review", None, None)
    }


def test_what_is_not_found_is_no_look(steward, recorded):
    assert steward.get("/reviews/none").status_code == 404
    assert recorded == []


@pytest.mark.parametrize("page", ["/reviews", "/reviews/ID", "/judgements", "/judgements/j1"])
def test_a_look_that_cannot_be_recorded_is_not_had(steward, services, bus, pair, page):
    services.ingest.apply(bus.batch(bus.decided("j1", pair)))
    services.writer.unanswered.add(LOOKS)
    answer = steward.get(page.replace("ID", pair["review_id"]))
    assert answer.status_code == 503
    assert "specimen" not in answer.text
    assert pair["review_id"] not in answer.text


def test_the_board_sees_who_looked_at_which_review(board, services, synthetic, bus, pair):
    look = {
        "look_id": "l1", "actor": "steward-jordan-example", "role": "identity-steward", "audience": None,
        "purpose": "identity-review", "action": "review", "person": None, "shown": 1, "at": synthetic.NOW,
        "about": pair["review_id"],
    }  # fmt: skip
    services.ingest.apply(bus.batch(bus.look(look)))
    said = text_of(board.get("/looks"))
    for part in ("Jordan Example", "Opened an identity review", "RV-", "Identity: whether records are of one"):
        assert part in said


# Deciding


@pytest.mark.parametrize("kind", ["same", "different", "do_not_link"])
def test_a_decision_is_recorded_under_the_name_of_whoever_signed_in(steward, pair, judged_so_far, clock, kind):
    answer = decide(steward, pair, kind=kind, by="Somebody Else")
    ((key, value),) = judged_so_far
    made = decode(value)
    left, right = pair["left"]["subject_key"], pair["right"]["subject_key"]
    assert key == left.encode()
    assert {name: made[name] for name in ("kind", "left", "right", "undoes", "by", "reason", "at", "agencies")} == {
        "kind": kind, "left": left, "right": right, "undoes": None, "by": "Jordan Example", "reason": WHY["reason"],
        "at": clock(), "agencies": ["police", "school"],
    }  # fmt: skip
    assert answer.status_code == 303
    assert "It takes effect within seconds" in text_of(steward.get(answer.headers["location"]))


def test_no_address_claims_that_something_was_recorded(steward, client, synthetic, pair):
    assert "Recorded" not in steward.get("/reviews?recorded=same").text
    answer = decide(steward, pair)
    synthetic.sign_in(client, QUINN, None)
    assert "Recorded" not in client.get(answer.headers["location"]).text


def test_what_cannot_be_recorded_is_not_claimed(steward, services, pair):
    form = form_of(steward.get(address(pair)))
    services.writer.unanswered.add(JUDGEMENTS)
    answer = steward.post(address(pair), data={"form": form} | WHY)
    assert answer.status_code == 503
    assert "not known to be recorded" in answer.text
    assert "Recorded:" not in steward.get(f"/reviews?recorded={form}").text


def test_sent_again_after_nobody_answered_it_says_the_same_to_the_letter(steward, services, pair, clock, judged_so_far):
    form = form_of(steward.get(address(pair)))
    services.writer.unanswered.add(JUDGEMENTS)
    assert steward.post(address(pair), data={"form": form} | WHY).status_code == 503
    clock.pass_time(minutes=5)
    services.writer.unanswered.clear()
    assert steward.post(address(pair), data={"form": form} | WHY).status_code == 303
    lost, written = judged_so_far
    assert written == lost


def test_pressed_twice_it_is_recorded_once(services, synthetic, pair, judged_so_far):
    application = create(services)
    with TestClient(application, base_url=synthetic.HERE, headers=synthetic.FORM, follow_redirects=False) as client:
        synthetic.sign_in(client, "steward-jordan-example", None)
        form = form_of(client.get(address(pair)))
        answers = [client.post(address(pair), data={"form": form} | WHY) for _ in range(2)]
    assert {answer.headers["location"] for answer in answers} == {f"/reviews?recorded={form}"}
    assert len(judged_so_far) == 1


async def test_pressed_twice_at_once_it_is_recorded_once(services, judged_so_far):
    token = services.sessions.start("steward-jordan-example", "identity-review", services.clock())
    session = services.sessions.find(token, services.clock())
    viewer = StewardViewer(
        actor=services.actors[session.actor_id], session=session, remit=services.remits["identity-county"]
    )
    form = services.sessions.remember(session, {"about": "r1"})
    await asyncio.gather(*(steward_pages._record(services, viewer, form, "same", (b"k", b"v")) for _ in range(2)))
    assert judged_so_far == [(b"k", b"v")]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"kind": ""}, "Select what you decide"),
        ({"kind": "undo"}, "Select what you decide"),
        ({"kind": "Same"}, "Select what you decide"),
        ({"reason": "  "}, "Enter why"),
        ({"reason": "x" * 501}, "500 characters or fewer"),
        ({"form": "made-up"}, "no longer open"),
        ({"form": ""}, "no longer open"),
    ],
    ids=str,
)
def test_a_decision_that_is_not_whole_is_not_recorded(steward, pair, judged_so_far, recorded, said, problem):
    answer = decide(steward, pair, **said)
    assert answer.status_code == 422
    assert problem in text_of(answer)
    assert "<title>Error: " in answer.text.replace("\n", "").replace("  ", "")
    assert judged_so_far == []
    assert [look.action for look in recorded] == ["review", "review"]


def test_a_reason_that_is_far_too_long_is_not_lost(steward, pair, judged_so_far):
    answer = decide(steward, pair, reason="x" * 5000)
    assert "500 characters or fewer" in answer.text
    assert f"{'x' * 5000}</textarea>" in answer.text
    assert judged_so_far == []


def test_a_form_of_one_pair_decides_no_other(steward, pair, other_pair, judged_so_far):
    form = form_of(steward.get(address(pair)))
    assert steward.post(address(other_pair), data={"form": form} | WHY).status_code == 422
    assert judged_so_far == []


def test_a_form_of_another_session_decides_nothing(client, synthetic, other_pair, judged_so_far):
    synthetic.sign_in(client, "steward-jordan-example", None)
    form = form_of(client.get(address(other_pair)))
    synthetic.sign_in(client, QUINN, None)
    assert client.post(address(other_pair), data={"form": form} | WHY).status_code == 422
    assert judged_so_far == []


def test_a_form_from_another_site_decides_nothing(steward, pair, judged_so_far):
    form = form_of(steward.get(address(pair)))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert steward.post(address(pair), data={"form": form} | WHY, headers=headers).status_code == 403
    assert judged_so_far == []


def test_what_is_recorded_and_not_yet_in_effect_says_so(steward, services, bus, pair, judged_so_far):
    decide(steward, pair)
    services.ingest.apply(bus.batch(bus.judgement(judged_so_far[0])))
    assert "Decided, taking effect" in text_of(steward.get("/reviews"))
    assert "Decided, taking effect: the same person. By Jordan Example" in text_of(steward.get(address(pair)))


# Taking back


def test_a_decision_is_taken_back_by_whoever_may_see_both(steward, services, bus, pair, judged_so_far, clock):
    services.ingest.apply(bus.batch(bus.decided("j1", pair), bus.settled(pair["review_id"])))
    page = steward.get("/judgements/j1")
    answer = steward.post("/judgements/j1/undo", data={"form": form_of(page), "reason": "It was a cousin."})
    made = decode(judged_so_far[0][1])
    assert {name: made[name] for name in ("kind", "undoes", "by", "reason", "at", "agencies")} == {
        "kind": "undo", "undoes": "j1", "by": "Jordan Example", "reason": "It was a cousin.", "at": clock(),
        "agencies": ["police", "school"],
    }  # fmt: skip
    assert "Recorded: the decision is taken back" in text_of(steward.get(answer.headers["location"]))
    services.ingest.apply(bus.batch(bus.judgement(judged_so_far[0])))
    assert "Taken back" in text_of(steward.get("/judgements"))
    page = text_of(steward.get("/judgements/j1"))
    assert "It was a cousin." in page
    assert "Take it back" not in page
    assert steward.get(f"/judgements/{made['judgement_id']}").status_code == 404  # an undo cannot be undone


def test_a_decision_outside_the_remit_is_not_there(client, synthetic, services, bus, pair, judged_so_far):
    services.ingest.apply(bus.batch(bus.decided("j1", pair), bus.decided("j2", pair, agencies=())))
    synthetic.sign_in(client, QUINN, None)
    assert "0 decisions" in text_of(client.get("/judgements"))
    for name in ("j1", "j2", "none"):
        assert client.get(f"/judgements/{name}").status_code == 404
        assert client.post(f"/judgements/{name}/undo", data={"reason": "x", "form": "x"}).status_code == 404
    assert judged_so_far == []


def test_a_decision_that_says_nobody_s_records_is_shown_to_nobody(steward, services, bus, pair):
    services.ingest.apply(bus.batch(bus.decided("j2", pair, agencies=())))
    assert steward.get("/judgements/j2").status_code == 404


def test_taking_back_needs_a_reason(steward, services, bus, pair, judged_so_far):
    services.ingest.apply(bus.batch(bus.decided("j1", pair)))
    form = form_of(steward.get("/judgements/j1"))
    answer = steward.post("/judgements/j1/undo", data={"form": form, "reason": ""})
    assert answer.status_code == 422
    assert "Enter why" in answer.text
    assert judged_so_far == []


def test_a_decision_sent_twice_is_the_first(services, bus, pair):
    services.ingest.apply(bus.batch(bus.decided("j1", pair), bus.decided("j1", pair, "different")))
    rows = services.model.db.execute("SELECT kind FROM judgements").fetchall()
    assert [row["kind"] for row in rows] == ["same"]
