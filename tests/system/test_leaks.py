"""Words planted in partner files where nobody may read them are hunted through everything a running stack shows."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.connector import Source
from fanlight.bus import read_topic
from fanlight.engines import kafka
from fanlight.publishing import publish_files
from policies import remits
from policies.load import PolicySet
from schemas import topics
from schemas.vocabulary import Agency
from tests.scenarios.partner_files import (
    BORN,
    FAMILY,
    LINKED,
    POLICE,
    arrest,
    attendance,
    bundle,
    census,
    closure,
    concern,
    doubtful,
    episodes,
    missing,
    patient,
    table,
)
from tests.system.browser import Browser
from tests.system.stack import Stack, running, until
from views.actors import SYNTHETIC_ACTORS, Actor

pytestmark = [pytest.mark.system, pytest.mark.kafka]

ANALYST, MISSING = "police-intelligence-analyst", "missing-response"
#: One word a place, so that a leak says where it comes from.
WORDS = {
    place: f"Zyx{place.title().replace('-', '')}qvw"
    for place in (
        "notes", "associates", "rationale", "found-with", "reporter", "placement", "mother", "clinician", "comment",
        "concern", "co-accused", "broken", "unknown-column", "closing", "narrative", "escort", "secret-clinic", "raw",
        "adult", "others", "street", "source", "doubt",
    )
}  # fmt: skip
FREE = {
    "notes": WORDS["notes"], "associates": WORDS["associates"], "risk_rationale": WORDS["rationale"],
    "found_with": WORDS["found-with"], "reported_by": WORDS["reporter"], "address": f"1 {WORDS['street']} Row",
    "located_at": "2026-11-16T02:00+00:00", "located_address": f"2 {WORDS['placement']} Lane",
    "shoe_size": WORDS["unknown-column"],
}  # fmt: skip


def intelligence(number: int, grading: str, text: str) -> dict[str, str]:
    who = {"person_ref": POLICE, "forename": "Robin", "surname": FAMILY, "date_of_birth": BORN, "sex": "M"}
    graded = dict(
        zip(("source_evaluation", "intelligence_assessment", "handling_code"), grading.split("-"), strict=True)
    )
    report = {"report_urn": f"SYN-INTEL-{number}", "information_date": "2026-11-01", "themes": "CCE"}
    hidden = {"raw_text": WORDS["raw"], "provenance": WORDS["source"], "linked_people": WORDS["others"]}
    return who | graded | report | hidden | {"sanitised_text": text}


def files() -> list[tuple[str, str | None, list[Source]]]:
    """Deliveries in which every word stands somewhere."""
    stay = attendance(1, "2026-11-05") | {
        "participant": [{"individual": {"display": WORDS["clinician"]}}],
        "text": {"status": "generated", "div": f"<div>{WORDS['narrative']}</div>"},
        "serviceProvider": {"display": WORDS["secret-clinic"]},
    }
    condition = {
        "resourceType": "Condition", "id": "syn-c", "subject": {"reference": "Patient/syn-77"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "105629000"}], "text": WORDS["secret-clinic"]},
        "note": [{"text": WORDS["comment"]}], "recordedDate": "2026-10-01",
    }  # fmt: skip
    parent = {"contact": [{"name": {"text": WORDS["mother"]}, "relationship": [{"text": "mother"}]}]}
    gone = [missing(n, f"2026-11-1{n}", **LINKED, **FREE) for n in (1, 3, 5)]
    gone += [missing(7, WORDS["broken"], **LINKED), missing(8, "2026-11-02", person_ref="", notes=WORDS["broken"])]
    seen, noted = doubtful(f"3 {WORDS['doubt']} Row")
    gone.append(missing(9, "2026-11-03", **seen, notes=WORDS["notes"]))
    held = arrest(1, "2026-10-30", co_accused=WORDS["co-accused"], appropriate_adult=WORDS["adult"])
    worries = [concern(1, "2026-11-10", details=WORDS["concern"])]
    worries.append(concern(2, "2026-11-11", **noted, details=WORDS["concern"]))
    graded = [intelligence(1, "1-A-P", "Cleared."), intelligence(2, "3-E-C", WORDS["escort"])]
    return [
        ("csv", "police-missing-episodes", [table("missing.csv", gone)]),
        ("csv", "police-arrests", [table("arrests.csv", [held])]),
        ("csv", "police-intelligence", [table("intel.csv", graded)]),
        ("csv", "school-concerns", [table("concerns.csv", worries)]),
        ("csv", "social-care-closures", [table("closures.csv", [closure("2026-11-16", notes=WORDS["closing"])])]),
        ("fhir-r4-json", None, [bundle(patient() | parent, stay, condition)]),
        ("fhir-r4-json", None, [Source(name="broken.json", data=b'{"resourceType": "' + WORDS["broken"].encode())]),
        ("hl7v2-adt", None, [Source(name="broken.hl7", data=b"MSH|^~\\&|" + WORDS["broken"].encode())]),
        ("ssda903-csv", None, episodes()),
        ("school-census-csv", None, census()),
    ]


#: Those with something to refuse: what a command says of them is looked at too.
AT_THE_COMMAND_LINE = (0, 6, 7)


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, tools_dir: Path, demand: Callable[[str | None], None]
) -> Iterator[Stack]:
    """A stack with the files in it, published and looked at through every command."""
    demand(kafka.why_not(tools_dir))
    folder = tmp_path_factory.mktemp("leaks")
    with running(Stack(folder / "data")) as stack:
        for number, (name, mapping, sources) in enumerate(files()):
            paths = [folder / str(number) / source.name for source in sources]
            for path, source in zip(paths, sources, strict=True):
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(source.data)
            if number in AT_THE_COMMAND_LINE:
                done = stack.run("publish", name, *paths, *(["--mapping", mapping] if mapping else []))
                assert done.returncode == 3, done.stderr
            else:
                publish_files(stack.deployment, name, paths, mapping=mapping)
        stack.settle()
        yield stack


#: An address is what two records are compared by, so it stands where they are compared, and nowhere else.
COMPARED = "doubt"
PAIRED = {"police", "school"}
#: What nobody may open, or not so: each has a page that says so.
WRONG = ("/people/nobody", "/people/nobody/entries/1", "/reviews/none", "/judgements/none", "/decisions/none",
         "/decisions?page=x&outcome=none", "/agreements/none", "/find/none", "/nothing-here")  # fmt: skip


def found_in(text: str | bytes) -> list[str]:
    data = text if isinstance(text, bytes) else text.encode()
    return [place for place, word in WORDS.items() if word.casefold().encode() in data.lower()]


def bytes_of(stack: Stack, topic: str) -> bytes:
    parts = [
        (r.key or b"") + (r.value or b"") + repr(r.headers).encode() for r in read_topic(stack.deployment.broker, topic)
    ]
    return b"\n".join(parts)


def test_the_words_did_reach_the_bus(stack: Stack) -> None:
    held = b"".join(bytes_of(stack, t) for t in (*(topics.events(a) for a in Agency), topics.REJECTED))
    missing_words = set(WORDS) - set(found_in(held))
    # What no connector reads is on no topic at all.
    assert missing_words <= {"mother", "unknown-column", "narrative"}


def test_no_topic_that_anybody_else_reads_holds_one(stack: Stack) -> None:
    audiences = tuple(PolicySet.load().audiences)
    read = [f(audience) for audience in audiences for f in (topics.disclosures, topics.timelines)]
    others = (topics.FEEDS, topics.LOOKS, topics.ASSIGNMENTS, topics.IDENTITY_DECISIONS, topics.JUDGEMENTS)
    for topic in (*read, topics.DECISIONS, *others):
        assert found_in(bytes_of(stack, topic)) == [], topic
    assert found_in(bytes_of(stack, topics.REVIEWS)) == [COMPARED]
    assert bytes_of(stack, topics.timelines(ANALYST))


def test_keys_and_headers_of_the_bus_own_topics_hold_nobody(stack: Stack) -> None:
    for topic in (
        *(topics.events(a) for a in Agency),
        topics.PERSONS,
        topics.REJECTED,
        topics.SOURCE_RECORDS,
        topics.REVIEWS,
    ):
        for record in read_topic(stack.deployment.broker, topic):
            open_to_all = (record.key or b"") + repr(record.headers).encode()
            assert found_in(open_to_all) == []
            assert not re.search(rf"{FAMILY}|{POLICE}|9990000018".encode(), open_to_all)


def test_refusals_keep_what_was_sent_and_never_say_it(stack: Stack) -> None:
    refused = stack.records(topics.REJECTED)
    assert len(refused) >= 4
    for each in refused:
        assert found_in(str({**each, "raw": None})) == []
    assert found_in(stack.run("rejections", "--json").stdout) == []


def test_no_command_says_one(stack: Stack) -> None:
    asked = ["--subject", f"police:{POLICE}", "--audience", ANALYST, "--purpose", MISSING]
    shown = stack.json("timeline", *asked)
    assert {entry["agency"] for entry in shown["entries"]} >= {"police", "nhs", "school", "social_care"}
    for command in (["timeline", *asked], ["decisions"], ["rejections"], ["explain", shown["entries"][0]["event_id"]]):
        assert stack.run(*command).returncode == 0
    stack.run("explain", "no-such-event")
    waiting = stack.json("waiting", "list")
    assert waiting, "nothing waits for a person"
    assert stack.run("waiting", "show", waiting[0]["event_id"]).returncode == 0
    for said in stack.said:
        assert found_in(said) == []


def test_the_commands_of_stewards_say_what_two_records_are_compared_by_and_nothing_else(stack: Stack) -> None:
    pair = stack.json("identity", "review")[0]["review_id"]
    shown = stack.run("identity", "show", pair, "--json").stdout
    assert COMPARED in found_in(shown)
    known, unknown = (stack.run("identity", "explain", of) for of in (f"police:{POLICE}", "nhs:nobody"))
    assert (known.returncode, unknown.returncode) == (0, 1)
    for said in (shown, *known[1:], *unknown[1:]):
        assert set(found_in(said)) <= {COMPARED, "street"}  # addresses both


@pytest.mark.parametrize("actor", SYNTHETIC_ACTORS, ids=lambda actor: actor.actor_id)
def test_no_page_that_a_person_can_open_shows_one(stack: Stack, actor: Actor) -> None:
    browser, audiences = Browser(stack), PolicySet.load().audiences
    browser.open("/sign-in")
    browser.open("/sign-in", actor=actor.actor_id)
    if actor.remit is not None:
        pairs = [review["review_id"] for review in stack.records(topics.REVIEWS)]
        for page in ("/reviews", "/judgements", "/find", *(f"/reviews/{pair}" for pair in pairs)):
            browser.open(page)
        covered = remits.load()[actor.remit].agencies >= PAIRED
        shown = [text for place, text in browser.seen.items() if place.startswith("/reviews/")]
        assert [found_in(text) for text in shown] == [[COMPARED] if covered else []]
        browser.seen = {place: text for place, text in browser.seen.items() if text not in shown}
    elif actor.audience is None:
        for page in ("/decisions", "/looks", "/find"):
            browser.open(page)
    else:
        people = 0
        for purpose in audiences[actor.audience].purposes:
            browser.open("/purpose", purpose=purpose)
            for question in ({"name": FAMILY}, {"name": WORDS["mother"]}, {"day": "4", "month": "5", "year": "2011"}):
                found = browser.open("/find", **question)
                for link in sorted(set(re.findall(r'href="(/people/[0-9a-f-]+)', found))):
                    people += 1
                    page = browser.open(link)
                    for inner in sorted(set(re.findall(r'href="(/people/[^"#?]+)"', page)))[:12]:
                        browser.open(inner)
        if actor.audience == ANALYST:
            assert people, "the young person was never found"
    for page in WRONG:
        browser.open(page)
    browser.open("/find", day=WORDS["mother"], name="")
    for place, text in browser.seen.items():
        if WORDS["mother"] in text and "/find" in place:
            continue  # the question itself, shown again to whoever asked it
        assert found_in(text) == [], place
    assert len(browser.seen) >= 4


def test_no_log_and_no_number_holds_one(stack: Stack) -> None:
    logs = list((stack.data_dir / "logs").iterdir())
    assert {log.stem for log in logs} >= {"identify", "share", "views", "kafka"}
    for log in (*logs, stack.out, stack.err, stack.data_dir / "state.json"):
        assert found_in(log.read_bytes()) == [], log.name
    ports = [url.removesuffix("/readyz") for url in stack.state.health.values()]
    for place in (*ports, f"http://127.0.0.1:{stack.port}"):
        for page in ("/metrics", "/readyz", "/livez", "/nothing-here"):
            status, text = until(lambda: (a := stack.get(place + page))[0] and a, place)  # noqa: B023
            assert status in (200, 404)
            assert found_in(text) == []


def test_what_the_pages_keep_holds_none_but_what_they_compare(stack: Stack) -> None:
    kept = [path for path in (stack.data_dir / "views").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        allowed = {"mother"}  # that one was asked for by name
        if path.name.startswith("read-model"):
            allowed.add(COMPARED)
        assert set(found_in(path.read_bytes())) <= allowed, path.name
