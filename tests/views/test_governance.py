import re
from datetime import timedelta
from html import unescape

import pytest

from schemas.topics import LOOKS
from schemas.vocabulary import Action
from views import audit, words
from views.references import short_reference
from views.rows import Wanted


def rows(board, query=""):
    return int(re.search(r'role="status">([\d,]+) decision', board.get(f"/decisions?{query}").text).group(1))


def test_decisions_are_searched_by_outcome_agency_clause_and_event(board, synthetic):
    made = synthetic.story()
    assert rows(board, "outcome=DENY") == 9
    assert rows(board, "outcome=REVIEW") == 1
    assert rows(board, "agency=nhs") == sum(e["agency"] == "nhs" for e in made)
    assert rows(board, "clause=EM-1") == len(made)
    assert rows(board, f"event={made[3]['event_id']}") == 3


def test_what_was_left_to_a_person_and_has_been_decided_since_waits_no_more(board, services, bus, synthetic):
    left = synthetic.story()[3]
    answered = synthetic.decision_of(left, audience=synthetic.LEADS) | {"decision_id": "answered"}
    elsewhere = synthetic.decision_of(left) | {"decision_id": "elsewhere", "at": answered["at"] + timedelta(days=1)}
    services.ingest.apply(bus.batch(bus.decision(elsewhere)))
    assert (rows(board, "outcome=REVIEW"), rows(board, "outcome=WAITING")) == (1, 1)
    assert ">1 has not been decided since</a>" in board.get("/counts").text
    answered["at"] += timedelta(days=1)
    services.ingest.apply(bus.batch(bus.decision(answered)))
    assert (rows(board, "outcome=REVIEW"), rows(board, "outcome=WAITING")) == (1, 0)
    assert ">0 have not been decided since</a>" in board.get("/counts").text


def test_the_decisions_of_an_event_are_found_by_any_number_that_its_readers_see(board, synthetic):
    event = synthetic.story()[3]
    for number in (event["event_id"], event["decision_id"]):
        assert rows(board, f"event={number}") == rows(board, f"event=%20{number.upper()}%20") == 3


def test_an_audience_is_called_what_its_file_calls_it(board, policies):
    searched = board.get("/decisions").text
    counted = board.get("/counts").text
    for audience in policies.audiences.values():
        assert f">{audience.title}</option>" in searched
        assert f">{audience.title}</th>" in counted


def test_nobody_is_found_by_name_here(board):
    assert rows(board, "clause=Robin") == 0
    assert 'name="name"' not in board.get("/decisions").text


def test_a_search_is_typed_into_no_query(board):
    assert rows(board, "clause=' OR 1=1 --") == 0


def test_a_decision_says_which_clause_decided_and_what_became_of_each_field(board, synthetic):
    made = next(e for e in synthetic.story() if e["type"] == "school.suspension")
    page = unescape(board.get(f"/decisions/{made['decision_id']}").text)
    for part in ("Clause EM-1", "exploitation-and-missing", "3f9a1c77", "<code>sessions</code>", "<code>notes</code>"):
        assert part in page


def test_a_decision_of_another_revision_says_that_words_may_have_been_others(board, services, bus, synthetic, policies):
    caution = "which is not the one in force: clauses and prohibitions may have had other words"
    made = synthetic.story()[0]
    assert caution in board.get(f"/decisions/{made['decision_id']}").text
    of_today = synthetic.decision_of(made) | {"decision_id": "of-today", "revision": policies.revision}
    services.ingest.apply(bus.batch(bus.decision(of_today)))
    assert caution not in board.get("/decisions/of-today").text


def test_a_prohibition_is_named_as_one_and_told_in_words(board, services, bus, synthetic):
    forbidden = synthetic.decision_of(synthetic.story()[0], "DENY") | {
        "decision_id": "forbidden",
        "agreement": None,
        "clause": "sexual-health",
        "reasons": ["prohibition:sexual-health"],
    }
    services.ingest.apply(bus.batch(bus.decision(forbidden)))
    page = unescape(board.get("/decisions/forbidden").text)
    assert "Prohibition sexual-health, which outranks every agreement" in page
    assert services.policies.prohibitions["sexual-health"].title in page
    assert "/agreements/None" not in page


def test_no_value_of_any_field_is_on_a_page_of_the_board(board, synthetic):
    made = synthetic.story()
    pages = [
        board.get(address).text
        for address in ("/decisions", "/counts", "/looks", f"/decisions/{made[0]['decision_id']}")
    ]
    for value in ("Specimen", "9990000018", synthetic.CANARY, "2011-03-27"):
        assert not any(value in page for page in pages)


def test_counts_add_up(services):
    counts = audit.counts(services.model.db)
    assert counts.adds_up
    assert (counts.total["DENY"], counts.total["REVIEW"]) == (9, 1)


def test_an_outcome_nobody_knows_is_counted_and_does_not_add_up(board, services, bus, synthetic):
    odd = synthetic.decision_of(synthetic.story()[0], "MAYBE")
    services.ingest.apply(bus.batch(bus.decision(odd)))
    counts = audit.counts(services.model.db)
    assert counts.total["MAYBE"] == 1
    assert sum(counts.total.values()) == counts.held
    assert not counts.adds_up
    assert "do not come to the same number: report this" in board.get("/counts").text


@pytest.fixture
def look(synthetic):
    return {
        "look_id": "l1", "actor": "analyst-avery-example", "role": "police-intelligence-analyst",
        "audience": synthetic.ANALYSTS, "purpose": synthetic.MISSING, "action": "timeline",
        "person": synthetic.ROBIN, "shown": 79, "at": synthetic.NOW,
    }  # fmt: skip


def test_who_looked_is_shown_with_purpose_and_reference(board, services, bus, look):
    services.ingest.apply(bus.batch(bus.look(look)))
    page = unescape(board.get("/looks").text)
    shown = ("Opened a timeline", "YP-32C2HB", "Response to a missing young person")
    assert all(part in page for part in (">Avery Example</option>", ">Avery Example<br>", *shown))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        *(("YP-32C2HB", 1), ("+yp-32c2hb+", 1), ("yp32c2hb", 1), ("YP-000000", 0), ("RV-32C2HB", 0), ("Robin", 0)),
        *(("", 3), ("6a1fe426b6dcd211417026db323e3597", 1), ("6A1FE426B6DCD211417026DB323E3597", 1)),
    ],
)
def test_who_looked_at_what_can_be_asked_by_the_reference_shown(board, services, bus, synthetic, look, asked, found):
    other = look | {"look_id": "l2", "person": None, "action": "review", "about": synthetic.KEY.derive("review", "x")}
    run = other | {"look_id": "l3", "action": "rehearsal", "about": "6a1fe426b6dcd211417026db323e3597"}
    services.ingest.apply(bus.batch(bus.look(look), bus.look(other), bus.look(run)))
    assert f"{found} look" in board.get(f"/looks?about={asked}").text


def test_who_looked_can_be_asked_by_the_whole_id_too(board, services, bus, synthetic, look):
    """As an address, a steward's page and the command line have it: `0 looks` would say that nobody had looked."""
    reviewed, old = synthetic.KEY.derive("review", "x"), synthetic.person_id("old")
    moved = bus.timeline(synthetic.timeline([], person=old, redirect=synthetic.ROBIN))
    at_review = look | {"look_id": "l2", "person": None, "action": "review", "about": reviewed}
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([])), moved, bus.look(look), bus.look(at_review)))
    for asked in (reviewed, synthetic.ROBIN.upper(), old):
        page = board.get(f"/looks?about={asked}").text
        assert "1 look" in page
        assert ("to be the same young person" in page) == (asked != reviewed)


def test_who_looked_at_somebody_is_told_whole_where_two_were_found_to_be_one(board, services, bus, synthetic, look):
    """A look stands under the reference of its day, and whoever asks knows one of them."""
    old, older, stranger = (synthetic.person_id(name) for name in ("old", "older", "stranger"))
    joined = [synthetic.timeline([], person=p, redirect=to) for p, to in ((old, synthetic.ROBIN), (older, old))]
    seen = [look | {"look_id": p, "person": p} for p in (old, older, synthetic.ROBIN, stranger)]
    synthetic_looks = map(bus.look, seen)
    services.ingest.apply(bus.batch(*map(bus.timeline, [synthetic.timeline([]), *joined]), *synthetic_looks))
    theirs = {short_reference(person) for person in (old, older, synthetic.ROBIN)}
    for asked in theirs:
        told = f"3 looks. {', '.join(sorted(theirs - {asked}))} have been found to be the same young person"
        assert told in board.get(f"/looks?about={asked}").text
    alone = board.get(f"/looks?about={short_reference(stranger)}").text
    assert "1 look</p>" in alone


def test_who_opened_a_decision_can_be_asked_for(board, services, bus, synthetic, recorded):
    made = synthetic.decision_of(synthetic.entry("police.arrest", "2026-03-01"))
    services.ingest.apply(bus.batch(bus.decision(made)))
    board.get(f"/decisions/{made['decision_id']}")
    assert [(look.action, look.about) for look in recorded] == [("explain", made["decision_id"])]


def test_every_kind_of_look_has_words_and_can_be_asked_for(board):
    assert set(words.ACTIONS) == set(Action)
    page = unescape(board.get("/looks").text)
    assert all(words.ACTIONS[action] in page for action in Action)


def test_looking_at_looks_is_a_look(board, recorded):
    board.get("/looks")
    assert [(look.action, look.role, look.purpose) for look in recorded] == [
        ("looks", "governance-board-member", "governance-audit")
    ]


def test_feeds_say_when_they_were_last_heard(board):
    page = board.get("/feeds").text
    assert "nhs-main" in page
    assert "4 hours ago" in page
    assert '<td class="govuk-table__cell">120</td>' in page


def test_no_audience_is_told_how_many_records_came(analyst):
    """What is withheld is counted among them."""
    page = analyst.get("/feeds").text
    assert "4 hours ago" in page
    assert not re.search("Records|Refused|120", page.split("<main")[1])


def test_the_register_lists_every_agreement_and_how_it_stands(board, policies):
    page = unescape(board.get("/agreements").text)
    assert all(agreement.title in page for agreement in policies.agreements.values())
    assert all(standing in page for standing in ("In force", "Expired", "not yet in force"))
    assert policies.revision in page


def test_an_agreement_is_read_clause_by_clause(board, policies):
    agreement = policies.agreements["exploitation-and-missing"]
    page = " ".join(unescape(board.get("/agreements/exploitation-and-missing").text).split())
    assert all(" ".join(clause.text.split()) in page for clause in agreement.clauses.values())


def test_no_agreement_seems_to_be_kept_where_no_program_sees_to_it(board, policies):
    for agreement in policies.agreements:
        assert "nothing is deleted by age yet" in board.get(f"/agreements/{agreement}").text


def test_a_clause_says_from_whom_and_where_it_applies_at_all(board):
    page = unescape(board.get("/agreements/exploitation-and-missing").text)
    clause = page[page.index('id="EM-5"') : page.index('id="EM-6"')]
    assert "<dt>From</dt><dd>Police</dd>" in clause
    assert "<dt>Conditions</dt><dd><code>handling_code</code> is <code>P</code></dd>" in clause
    urgent = unescape(board.get("/agreements/county-childrens-safeguarding").text)
    assert "<dt>Conditions</dt><dd><code>emergency</code> is <code>true</code></dd>" in urgent
    assert "<dt>From</dt><dd>Police, Health, Children’s social care</dd>" in urgent


@pytest.mark.parametrize("address", ["/agreements/none", "/decisions/none"])
def test_what_is_not_there_is_not_found(board, address):
    assert board.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/decisions", "/counts", "/looks"])
def test_a_look_that_cannot_be_recorded_is_not_had(board, services, address):
    services.writer.unanswered.add(LOOKS)
    assert board.get(address).status_code == 503


def test_a_decision_is_not_shown_where_the_look_cannot_be_recorded(board, services, synthetic):
    services.writer.unanswered.add(LOOKS)
    answer = board.get(f"/decisions/{synthetic.story()[0]['decision_id']}")
    assert answer.status_code == 503
    assert "EM-1" not in answer.text


def test_long_lists_come_in_pages_that_keep_the_search(services):
    first = audit.decisions(services.model.db, Wanted(outcome="PERMIT"))
    last = audit.decisions(services.model.db, Wanted(outcome="PERMIT", page=99))
    assert (first.page, first.pages, last.page) == (1, 2, 2)
    assert len(first.rows) + len(last.rows) == first.total
    assert Wanted(outcome="PERMIT").query(2) == "outcome=PERMIT&page=2"


@pytest.mark.parametrize(
    "asked",
    [
        lambda db: audit.decisions(db, Wanted()),
        lambda db: audit.decisions(db, Wanted(outcome="REVIEW")),
        lambda db: audit.decisions(db, Wanted(outcome=audit.WAITING)),
        lambda db: audit.decisions(db, Wanted(agency="nhs", outcome="DENY")),
        lambda db: audit.decisions(db, Wanted(clause="EM-1")),
        lambda db: audit.decisions(db, Wanted(event="x")),
        lambda db: audit.choices(db, "decisions", "clause"),
        audit.counts,
    ],
    ids=["all", "outcome", "waiting", "agency and outcome", "clause", "event", "clauses to choose from", "counts"],
)
def test_no_search_reads_every_decision_that_is_held(services, asked):
    db, stated = services.model.db, []
    db.set_trace_callback(stated.append)
    asked(db)
    db.set_trace_callback(None)
    plans = [row["detail"] for query in stated for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert plans
    assert [plan for plan in plans if plan.startswith("SCAN") and "INDEX" not in plan] == []
