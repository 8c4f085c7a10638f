import re
from html import unescape

import pytest

from schemas.topics import LOOKS
from views.references import short_reference


def searched(analyst, **parts):
    answer = analyst.post("/find", data=parts)
    assert answer.status_code == 303
    return answer.headers["location"]


def test_what_was_asked_never_stands_in_an_address(analyst):
    address = searched(analyst, name="Robin", identifier="9990000018", day="27", month="3", year="2011")
    assert not re.search(r"(?i)robin|999|2011", address)


def test_a_search_finds_and_is_a_look(analyst, recorded, synthetic):
    page = analyst.get(searched(analyst, name="Robin")).text
    assert "1 person found" in page
    assert f"/people/{synthetic.ROBIN}" in page
    assert [(look.action, look.shown, look.person) for look in recorded] == [("find", 1, synthetic.ROBIN)]


def test_a_search_is_a_look_at_each_whom_it_shows_and_one_that_shows_nobody_a_look_all_the_same(
    analyst, services, bus, synthetic, recorded
):
    other = synthetic.person_id("robyn")
    made = synthetic.timeline([synthetic.entry("police.person_details", "2026-11-01", person=synthetic.CARD)], other)
    services.ingest.apply(bus.batch(bus.timeline(made)))
    assert "2 people found" in analyst.get(searched(analyst, name="Robin")).text
    analyst.get(searched(analyst, name="Nobody"))
    looks = sorted((look.action, look.shown, str(look.person)) for look in recorded)
    assert looks == sorted([("find", 1, synthetic.ROBIN), ("find", 1, other), ("find", 0, "None")])


def test_a_search_belongs_to_the_session_that_made_it(analyst, synthetic):
    address = searched(analyst, name="Robin")
    synthetic.sign_in(analyst, "analyst-rowan-example")
    assert analyst.get(address).status_code == 404


def test_what_was_asked_stands_in_the_form_where_it_has_to_be_asked_again(analyst):
    page = analyst.get(searched(analyst, name="Nobody", day="1", month="2", year="2012")).text
    assert "Nobody found" in page
    for typed in ("Nobody", "1", "2", "2012"):
        assert f'value="{typed}"' in page
    assert "<form" not in analyst.get(searched(analyst, name="Robin")).text.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({}, "Enter a name, a date of birth or an identifier"),
        ({"day": "31", "month": "6", "year": "2011"}, "Enter a real date of birth"),
        ({"day": "3"}, "Enter a real date of birth"),
        ({"day": "27", "month": "3", "year": "9" * 25}, "Enter a real date of birth"),
        ({"day": "27", "month": "3", "year": "11"}, "Enter a real date of birth"),
        ({"name": "999"}, "Enter a name with at least one letter"),
        ({"identifier": "–"}, "Enter an identifier with its letters or digits"),
        ({"identifier": "%", "name": "robin"}, "Enter an identifier with its letters or digits"),
        ({"name": "Robin " * 40}, "Enter 200 characters or fewer"),
        ({"identifier": "9" * 201}, "Enter 200 characters or fewer"),
    ],
    ids=str,
)
def test_a_question_that_cannot_be_asked_is_explained(analyst, asked, problem):
    answer = analyst.post("/find", data=asked)
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert problem in answer.text
    assert "<title>Error: " in answer.text


def test_a_timeline_is_shown_and_is_a_look(analyst, recorded, synthetic):
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}").text)
    for part in ("Robin Specimen", "13 concerns active", "what would lower it", "Health has gone quiet", "<svg"):
        assert part in page
    assert [(look.action, look.shown, look.person) for look in recorded] == [("timeline", 79, synthetic.ROBIN)]
    assert (recorded[0].actor, recorded[0].purpose) == ("analyst-avery-example", synthetic.MISSING)


def test_every_flag_explains_itself(analyst, synthetic):
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}").text)
    flag = page.split('id="flag-repeat-missing"')[1].split("</details>")[0]
    for part in ("Because of", "What would lower it", "Missing from home coordinator", "Rule expires", 'href="#entry-'):
        assert part in flag


def test_at_the_top_each_concern_is_named_beside_what_would_lower_it(analyst, synthetic):
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}").text)
    top = page.split('id="summary"')[1].split('id="timeline-heading"')[0]
    assert top.count('href="#flag-') == 13
    flag = 'href="#flag-repeat-missing">Reported missing three times in 90 days</a>: Fewer than three reports of going'
    assert flag in top


def test_a_rule_past_its_date_is_named_where_it_flags_nothing_any_more(analyst, clock, synthetic):
    address = f"/people/{synthetic.ROBIN}"
    assert "past their date" not in analyst.get(address).text
    clock.now = clock.now.replace(year=2028)
    synthetic.sign_in(analyst)
    page = unescape(analyst.get(address).text)
    assert "0 concerns active" in page
    assert "rules are past their date." in page
    assert "<code>repeat-missing</code>" in page


def test_no_symbol_is_called_contact_as_details_and_judgements_stand_within_a_silence(analyst, synthetic):
    legend = analyst.get(f"/people/{synthetic.ROBIN}").text.partition("What the symbols mean")[2].partition("</ul>")[0]
    assert "Other event" in legend
    assert "contact" not in legend.lower()


def test_the_marking_of_the_audience_stands_at_the_top_and_at_the_bottom(analyst, synthetic):
    page = analyst.get(f"/people/{synthetic.ROBIN}").text
    assert page.count("<strong>OFFICIAL-SENSITIVE</strong>") == 2


def test_it_is_said_what_is_not_here_and_whom_to_ask(analyst, synthetic, policies):
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}").text)
    audience = policies.audiences[synthetic.ANALYSTS]
    assert audience.withheld in page
    assert all(contact in page for contact in audience.ask.values())


def test_nothing_of_another_purpose_is_anywhere_on_the_page(analyst, synthetic):
    assert synthetic.CANARY not in analyst.get(f"/people/{synthetic.ROBIN}?span=all").text


@pytest.mark.parametrize("address", ["x", "00000000-0000-8000-8000-000000000000", "%2e%2e", "ROBIN"])
def test_an_unknown_timeline_is_not_found(analyst, address):
    assert analyst.get(f"/people/{address}").status_code == 404


def test_a_timeline_of_another_audience_is_as_unknown_as_one_that_never_was(client, synthetic, recorded):
    synthetic.sign_in(client, "lead-morgan-example", "early-help")
    theirs = client.get(f"/people/{synthetic.ROBIN}")
    never = client.get("/people/00000000-0000-8000-8000-000000000000")
    assert theirs.status_code == never.status_code == 404
    assert theirs.text == never.text.replace("00000000-0000-8000-8000-000000000000", synthetic.ROBIN)
    assert recorded == []


def test_a_timeline_of_which_this_purpose_sees_nothing_is_not_found(analyst, synthetic):
    analyst.post("/purpose", data={"purpose": "s47-enquiry"})
    assert analyst.get(f"/people/{synthetic.ROBIN}").status_code == 404


def test_whoever_is_refused_sees_for_what_purpose_and_can_go_on(analyst, client, synthetic):
    analyst.post("/purpose", data={"purpose": "s47-enquiry"})
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}").text)
    for part in (
        "You are viewing for:</strong> Child protection enquiry",
        'href="/find"',
        "Sign out",
        "your purpose opens",
    ):
        assert part in page
    client.post("/sign-out")
    assert "Sign out" not in client.get("/nowhere").text


@pytest.mark.parametrize("day", ["2020-01-01", "2026-03-03", "2099-01-01"])
def test_nor_is_it_found_as_of_any_day(analyst, synthetic, recorded, day):
    analyst.post("/purpose", data={"purpose": "s47-enquiry"})
    assert analyst.get(f"/people/{synthetic.ROBIN}?as_of={day}").status_code == 404
    assert recorded == []


def test_a_person_found_to_be_another_leads_to_them(analyst, services, synthetic, bus):
    old = synthetic.person_id("old")
    moved = synthetic.timeline([], person=old, redirect=synthetic.ROBIN)
    services.ingest.apply(bus.batch(bus.timeline(moved)))
    led = analyst.get(f"/people/{old}").headers["location"]
    assert led.partition("?")[0] == f"/people/{synthetic.ROBIN}"
    told = f"{short_reference(old)} has been found to be one young person with {short_reference(synthetic.ROBIN)}."
    assert told in analyst.get(led).text
    for other in (synthetic.ROBIN, synthetic.person_id("somebody"), "x"):
        assert "has been found" not in analyst.get(f"/people/{synthetic.ROBIN}?former={other}").text
    event = synthetic.story()[0]["event_id"]
    entry = analyst.get(f"/people/{old}/entries/{event}")
    assert (entry.status_code, entry.headers["location"]) == (303, f"/people/{synthetic.ROBIN}/entries/{event}")


def test_nobody_is_led_on_where_the_purpose_does_not_see_who_it_leads_to(analyst, services, synthetic, bus):
    old, older, round_and_round = (synthetic.person_id(name) for name in ("old", "older", "round"))
    moved = [(old, synthetic.ROBIN), (older, old), (round_and_round, round_and_round)]
    records = [synthetic.timeline([], person=person, redirect=to) for person, to in moved]
    services.ingest.apply(bus.batch(*map(bus.timeline, records)))
    event = synthetic.story()[0]["event_id"]
    assert analyst.get(f"/people/{older}").headers["location"] == f"/people/{synthetic.ROBIN}?former={older}"
    assert "has been found" in analyst.get(f"/people/{synthetic.ROBIN}?former={older}").text
    assert analyst.get(f"/people/{round_and_round}").status_code == 404
    assert analyst.get(f"/people/{older}/entries/none").status_code == 404
    analyst.post("/purpose", data={"purpose": "s47-enquiry"})
    for address in (f"/people/{old}", f"/people/{older}", f"/people/{old}/entries/{event}"):
        assert analyst.get(address).status_code == 404


def test_what_was_asked_of_somebody_is_asked_of_whom_they_lead_to(analyst, services, synthetic, bus):
    """A page of a past day that somebody kept the address of must not become the page of today unsaid."""
    old = synthetic.person_id("old")
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([], old, redirect=synthetic.ROBIN))))
    led = analyst.get(f"/people/{old}?as_of=2026-03-01&agency=nhs&span=90").headers["location"]
    assert led == f"/people/{synthetic.ROBIN}?former={old}&agency=nhs&as_of=2026-03-01&span=90"
    assert "As it was known on 1 March 2026" in analyst.get(led).text


def test_an_entry_says_why_it_counts_and_what_would_end_what_is_good(analyst, synthetic):
    held = next(e for e in synthetic.story() if e["fields"].get("return_interview") == "accepted"
                and e["occurred"]["value"] == synthetic.days_before(30, "T09:15:00Z"))  # fmt: skip
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}/entries/{held['event_id']}").text)
    assert "somebody independent is to hear them, or has" in page
    assert "What would end it: 180 days without a return interview" in page


def test_an_entry_has_a_page_of_its_own_and_is_a_look(analyst, recorded, synthetic):
    event = next(e for e in synthetic.story() if e["type"] == "school.suspension")["event_id"]
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}/entries/{event}").text)
    assert "Suspension" in page
    assert "<dt>What you must do</dt><dd>No onward sharing</dd>" in page
    assert "exploitation-and-missing" in page
    assert [(look.action, look.shown) for look in recorded] == [("entry", 1)]


def test_an_entry_that_this_purpose_may_not_see_is_not_found(analyst, synthetic):
    hidden = [e for e in synthetic.story() if synthetic.CANARY in str(e["fields"]) and e["type"] != "police.arrest"]
    answer = analyst.get(f"/people/{synthetic.ROBIN}/entries/{hidden[0]['event_id']}")
    assert answer.status_code == 404


def test_a_timeline_can_be_read_as_it_was_known(analyst, synthetic):
    page = analyst.get(f"/people/{synthetic.ROBIN}?as_of=2026-03-03").text
    assert "As it was known on 3 March 2026" in page
    assert "/live?" not in page


def test_nothing_that_was_said_of_anybody_is_kept_of_a_page_that_was_shown(analyst, services, synthetic):
    page = analyst.get(f"/people/{synthetic.ROBIN}").text
    version, opened_in = re.search(r"since=(\w+)", page)[1], re.search(r"session=(\w+)", page)[1]
    kept = services.last_shown.find(opened_in, synthetic.ROBIN, version)
    assert len(kept.told) == 79
    assert {len(digest) for digest in kept.told.values()} == {32}
    assert "Specimen" in page
    assert "Specimen" not in repr(kept)


def test_a_page_of_a_past_day_is_not_what_an_open_page_was_last_shown(analyst, services, synthetic):
    stream = synthetic.stream_of(analyst.get(f"/people/{synthetic.ROBIN}").text)
    analyst.get(f"/people/{synthetic.ROBIN}?as_of=2026-03-03")
    session = services.sessions.find(analyst.cookies["fanlight-session"], services.clock())
    version = re.findall(r"since=(\w+)", stream)[0]
    assert len(services.last_shown.find(session.session_id, synthetic.ROBIN, version).told) == 79


def test_a_page_is_the_same_to_the_letter_whatever_came_for_another_purpose(analyst, services, synthetic, bus):
    before = analyst.get(f"/people/{synthetic.ROBIN}").text
    granted = synthetic.grant({"offence_group": 1}, {}, purpose="exploitation-mace-l1")
    elsewhere = synthetic.entry("police.arrest", "2026-11-20", grants=[granted])
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([*synthetic.story(), elsewhere]))))
    assert analyst.get(f"/people/{synthetic.ROBIN}").text == before


def test_of_a_day_before_anything_was_written_down_it_is_said_that_nothing_was(analyst, synthetic):
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}?as_of=2020-01-01").text)
    assert page.count("Nothing that you may see now had been written down by then.") == 2
    for wrong in ("No event fits this filter", "No personal details reach you for this purpose"):
        assert wrong not in page


def test_a_filter_that_lets_nothing_through_is_told_apart_from_having_nothing(analyst, synthetic):
    page = analyst.get(f"/people/{synthetic.ROBIN}?from=2030-01-01").text
    assert "No event fits this filter." in page
    assert "0 of 79 events" in page


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("from=x", "From: enter a real date, like 2026-03-27"),
        ("from=x&to=y", "To: enter a real date, like 2026-03-27"),
        ("as_of=2026-02-30", "As it was known on: enter a real date, like 2026-03-27"),
        ("as_of=2026-11-23", "Enter a day that has come. This is how it is now"),
        ("to=2026-03-01&from=2026-03-02", "Enter the same day as From, or a later one"),
    ],
)
def test_a_day_that_cannot_be_shown_is_explained(analyst, synthetic, query, problem):
    page = analyst.get(f"/people/{synthetic.ROBIN}?{query}").text
    assert "<title>Error: " in page
    assert page.count(problem) == 2
    assert f'href="#{query.partition("=")[0]}"' in page


def test_today_is_a_day_that_has_come(analyst, synthetic):
    assert "Error: " not in analyst.get(f"/people/{synthetic.ROBIN}?as_of=2026-11-22").text


def test_kinds_of_one_name_can_be_told_apart_in_the_filter(analyst, services, synthetic, bus):
    told = [
        synthetic.entry(f"{agency}.person_details", "2026-03-01", person=synthetic.CARD) for agency in ("nhs", "school")
    ]
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline(told))))
    offered = re.findall(r"<option[^>]*>([^<]*)<", analyst.get(f"/people/{synthetic.ROBIN}").text)
    assert {"Personal details received, Health", "Personal details received, Education"} <= {o.strip() for o in offered}


def test_filters_stand_in_the_address(analyst, synthetic):
    page = analyst.get(f"/people/{synthetic.ROBIN}?agency=nhs&from=2026-01-01").text
    assert re.search(r"\d+ of 79 events", page)
    assert "from Education" not in page


def test_an_alert_gives_no_day_to_a_closing_but_its_own(analyst, services, synthetic, bus):
    """The entry stands at the last worry: right behind the words `case closed` its day was taken for the closing."""
    closed = synthetic.entry("social_care.case_closed", synthetic.days_before(13), {"reason": "RC8"})
    worry = synthetic.entry("school.suspension", synthetic.days_before(3), {"category": "SUSP"})
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([worry, closed]))))
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}").text)
    assert '<h2 class="moj-alert__heading">Case closed while another agency was worried</h2>' in page
    assert "closed the case on 9 November 2026" in page


@pytest.mark.parametrize(("days", "at_the_top"), [(80, True), (95, False)])
def test_a_case_closed_while_another_agency_was_worried_says_so_in_words(
    analyst, services, synthetic, bus, days, at_the_top
):
    worry = synthetic.entry("school.suspension", synthetic.days_before(days + 5), {"category": "SUSP"})
    closed = synthetic.entry("social_care.case_closed", synthetic.days_before(days), {"reason": "RC8"})
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([worry, closed]))))
    page = unescape(analyst.get(f"/people/{synthetic.ROBIN}").text)
    top, chronology = page.split('id="chronology"')
    assert ("Case closed while another agency was worried" in top.split('id="timeline-heading"')[0]) is at_the_top
    assert "closed the case on" in chronology
    entry = chronology.split("Case closed while another agency was worried</h3>")[1].split("</li>")[0]
    assert closed["event_id"] not in entry.split("<details")[0]
    rests_on = chronology.split("Rests on")[1].split("</ul>")[0]
    for event in (worry, closed):
        assert f"/people/{synthetic.ROBIN}/entries/{event['event_id']}" in rests_on


def test_every_link_to_an_entry_leads_to_it_whatever_the_filter_leaves_out(analyst, synthetic):
    page = analyst.get(f"/people/{synthetic.ROBIN}?agency=nhs").text
    here = set(re.findall(r'id="(entry-[^"]+)"', page))
    led = re.findall(r'href="#(entry-[^"]+)"', page)
    assert len(here) == 13
    assert set(led) <= here
    away = set(re.findall(r'href="(/people/[^"]+/entries/[^"]+)"', page.split('id="chronology"')[0]))
    assert len(away) == 79 - 13
    assert analyst.get(away.pop()).status_code == 200


def test_two_alerts_of_one_day_are_told_apart_by_whoever_does_not_see_them(analyst, services, synthetic, bus):
    worry = synthetic.entry("police.missing_reported", synthetic.days_before(2), role="missing_person")
    closed = [synthetic.entry("social_care.case_closed", synthetic.days_before(d), {"reason": "RC8"}) for d in (4, 3)]
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([worry, *closed]))))
    labels = re.findall(
        r'role="region" aria-label="(Case closed[^"]*)"', analyst.get(f"/people/{synthetic.ROBIN}").text
    )
    assert labels[0].endswith(", 1 of 2")
    assert labels[1].endswith(", 2 of 2")


def test_a_look_counts_what_is_drawn_whatever_the_filter_leaves_of_the_chronology(analyst, synthetic, recorded):
    page = analyst.get(f"/people/{synthetic.ROBIN}?from=2030-01-01").text
    assert page.count('class="fl-mark"') == 79
    assert [look.shown for look in recorded] == [79]


def test_a_page_that_is_behind_says_so_and_not_by_how_much(analyst, services, synthetic):
    """Among what is still to be read are decisions on what is withheld."""
    pages = []
    for behind in (501, 9000):
        services.subscription.state = type(services.subscription.state)(reachable=True, behind=behind)
        pages.append(analyst.get(f"/people/{synthetic.ROBIN}").text)
    assert "Catching up" in pages[0]
    assert pages[0] == pages[1]


@pytest.mark.parametrize("still", ["broker", "worker"])
def test_pages_say_that_nothing_new_comes(analyst, services, synthetic, still):
    if still == "worker":
        services.workers.stand_still = True
    else:
        services.subscription.state = type(services.subscription.state)(reachable=False, behind=0)
    for address in (f"/people/{synthetic.ROBIN}", "/find", "/feeds"):
        assert "The bus stands still." in analyst.get(address).text


def looked_at(analyst, synthetic):
    event = synthetic.story()[1]["event_id"]
    return [
        searched(analyst, name="Robin"),
        f"/people/{synthetic.ROBIN}",
        f"/people/{synthetic.ROBIN}/entries/{event}",
    ]


def test_a_look_that_cannot_be_recorded_is_not_had(analyst, services, synthetic):
    addresses = looked_at(analyst, synthetic)
    services.writer.unanswered.add(LOOKS)
    for address in addresses:
        answer = analyst.get(address)
        assert answer.status_code == 503
        assert "This page cannot be shown now" in answer.text
        assert "Specimen" not in answer.text
        assert "Reported missing" not in answer.text
