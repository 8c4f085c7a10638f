import re

import pytest


def test_whoever_is_not_signed_in_is_asked_to(client):
    answer = client.get("/find")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_the_sign_in_page_says_loudly_that_it_proves_nothing(client):
    assert "Anybody at this machine can sign in as anybody" in client.get("/sign-in").text


def test_only_a_known_person_can_sign_in(client):
    assert client.post("/sign-in", data={"actor": "nobody"}).status_code == 422


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_from_other_sites(client):
    cookie = client.post("/sign-in", data={"actor": "analyst-avery-example"}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_signing_in_makes_a_new_token_and_ends_the_old_session(client, services, synthetic):
    synthetic.sign_in(client, purpose=None)
    first = client.cookies["fanlight-session"]
    synthetic.sign_in(client, "analyst-rowan-example", None)
    assert client.cookies["fanlight-session"] != first
    assert services.sessions.find(first, services.clock()) is None


def test_nothing_is_shown_before_a_purpose_is_stated(client, synthetic, recorded):
    synthetic.sign_in(client, purpose=None)
    for address in ("/find", f"/people/{synthetic.ROBIN}", f"/people/{synthetic.ROBIN}/live"):
        assert client.get(address).headers["location"] == "/purpose"
    assert recorded == []


def test_a_purpose_not_registered_for_the_audience_is_refused(client, synthetic):
    synthetic.sign_in(client, purpose=None)
    assert client.post("/purpose", data={"purpose": "operation-encompass"}).status_code == 422
    assert client.get("/find").headers["location"] == "/purpose"


def test_a_purpose_that_is_no_longer_registered_opens_nothing(client, services, synthetic, recorded):
    synthetic.sign_in(client, purpose=None)
    session = services.sessions.find(client.cookies["fanlight-session"], services.clock())
    token = services.sessions.change_purpose(session, "operation-encompass", services.clock())
    client.cookies.clear()
    client.cookies.set("fanlight-session", token)
    for address in ("/find", f"/people/{synthetic.ROBIN}", f"/people/{synthetic.ROBIN}/live"):
        assert client.get(address).headers["location"] == "/purpose"
    assert recorded == []


def test_each_audience_is_offered_its_own_purposes(client, synthetic, policies):
    synthetic.sign_in(client, "lead-morgan-example", None)
    page = client.get("/purpose").text
    for purpose in policies.audiences[synthetic.LEADS].purposes:
        assert f'value="{purpose}"' in page
    assert 'value="missing-response"' not in page


def test_a_purpose_under_which_nobody_can_be_found_says_so_before_it_is_chosen(client, synthetic, services):
    """In an emergency nobody has the time to find out by searching."""
    assert not services.model.holds_anybody(synthetic.ANALYSTS, "emergency-vital-interests")
    synthetic.sign_in(client, purpose=None)
    told = re.findall(r'value="([^"]+)"[^>]*aria-describedby="([^"]+)"', client.get("/purpose").text)
    assert "emergency-vital-interests" in dict(told)
    assert synthetic.MISSING not in dict(told)


def test_a_change_of_purpose_makes_a_new_token(analyst):
    before = analyst.cookies["fanlight-session"]
    analyst.post("/purpose", data={"purpose": "s47-enquiry"})
    assert analyst.cookies["fanlight-session"] != before


def test_a_session_left_alone_ends_and_says_so(analyst, clock):
    clock.pass_time(minutes=16)
    answer = analyst.get("/find")
    assert answer.headers["location"] == "/sign-in?ended=true"
    page = analyst.get("/sign-in?ended=true").text
    assert "Your session has ended" in page
    assert "sent from a form after it ended was not recorded" in page


def test_signing_out_ends_the_session_on_the_server(analyst, services):
    token = analyst.cookies["fanlight-session"]
    analyst.post("/sign-out")
    assert services.sessions.find(token, services.clock()) is None


def test_the_board_states_no_purpose_and_opens_no_timeline(board, synthetic):
    assert board.get("/").headers["location"] == "/decisions"
    assert board.get("/purpose").status_code == 403
    assert board.get("/find").status_code == 403
    assert board.get(f"/people/{synthetic.ROBIN}").status_code == 403


@pytest.mark.parametrize("address", ["/decisions", "/decisions/x", "/counts", "/looks"])
def test_an_analyst_opens_no_page_of_the_board(analyst, recorded, address):
    assert analyst.get(address).status_code == 403
    assert recorded == []


def test_every_page_of_somebody_signed_in_knows_when_to_say_that_the_session_ends(analyst, clock):
    page = analyst.get("/find").text
    assert 'id="ending-words" data-seconds="780.0"' in page
    assert "Your session ends at 12:15, if you do nothing before then." in page
    clock.pass_time(minutes=14)
    said = analyst.post("/stay").text
    assert 'data-seconds="780.0"' in said
    assert "Your session ends at 12:29" in said
    clock.pass_time(minutes=14)
    assert analyst.get("/find").status_code == 200


def test_a_session_that_has_ended_is_kept_open_by_nothing(analyst, clock):
    clock.pass_time(minutes=16)
    assert analyst.post("/stay").headers["Location"] == "/sign-in?ended=true"
