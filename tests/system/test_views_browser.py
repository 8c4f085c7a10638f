"""The pages in a real Chromium: accessible, alive, and asking nobody else for anything."""

import importlib.util
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect, sync_playwright
from sse_starlette.sse import AppStatus

from policies import rulecards
from policies.load import PolicySet
from policies.rulecards import RuleCard
from schemas.judgements import undone
from views.app import create
from views.services import Services

pytestmark = [pytest.mark.system, pytest.mark.browser]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"wide": 1366, "narrow": 320}
DEADLINE_SECONDS = 20
#: Chromium reports every page that was refused on purpose.
REFUSED = re.compile(
    r"Failed to load resource: the server responded with a status of (404|422|503) |htmx: htmx:sse:error: .* 503"
)
LIVE_LOADS = 8
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # of what passes, thousands of places need not be written down
}


@pytest.fixture(scope="module")
def synthetic() -> ModuleType:
    """The made-up young person of the other tests of views: test folders are no packages."""
    spec = importlib.util.spec_from_file_location(
        "views_synthetic", Path(__file__).parents[1] / "views" / "conftest.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


class Site:
    """The pages on a free port of this machine, over a bus that a test writes to by hand."""

    def __init__(self, services: Services, synthetic: ModuleType, bus: Any) -> None:
        self.services, self.synthetic, self.bus = services, synthetic, bus
        self._events = 0
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        config = uvicorn.Config(
            create(services), port=self.port, log_level="warning", access_log=False, timeout_graceful_shutdown=5
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.more: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        # A switch of the whole process, thrown by the stop of another test's server.
        AppStatus.should_exit = False
        self.thread.start()
        until(lambda: self.server.started, "the pages to start")

    def entries(self) -> int:
        stored = self.services.model.timeline(self.synthetic.ANALYSTS, self.synthetic.ROBIN)
        return len(stored["entries"]) if stored else 0

    def stop(self) -> None:
        self.server.handle_exit(signal.SIGTERM, None)
        self.thread.join(DEADLINE_SECONDS)
        assert not self.thread.is_alive()

    def happen(self) -> dict[str, Any]:
        """A new event for Robin reaches the bus."""
        self._events += 1
        fields = {"offence_group": "drugs", "reference": str(self._events)}
        self.more.append(self.synthetic.entry("police.arrest", "2026-11-21", fields))
        record = self.synthetic.timeline([*self.synthetic.story(), *self.more])
        self.services.subscription.send(self.bus.batch(self.bus.timeline(record)))
        return self.more[-1]


def until(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def policies() -> PolicySet:
    return PolicySet.load()


@pytest.fixture(scope="module")
def cards() -> Sequence[RuleCard]:
    return rulecards.load()


@pytest.fixture
def site(synthetic: ModuleType, policies: PolicySet, cards: Sequence[RuleCard]) -> Iterator[Site]:
    bus = synthetic.Bus()
    made = Site(synthetic.make_services(policies, cards, synthetic.HandClock(), bus), synthetic, bus)
    made.start()
    yield made
    if made.thread.is_alive():
        made.stop()


@pytest.fixture(scope="module")
def chromium(demand: Callable[[str | None], None]) -> Iterator[Browser]:
    demand(None if CHROMIUM.exists() else f"no Chromium at {CHROMIUM}: install the package `chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(chromium: Browser, site: Site, **options: Any) -> Iterator[Page]:
    """A page that fails the test if it reports anything, or asks anybody else for anything."""
    context: BrowserContext = chromium.new_context(**options)
    said: list[str] = []
    asked: list[str] = []
    page = context.new_page()
    page.set_default_timeout(DEADLINE_SECONDS * 1000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [text for text in said if not REFUSED.match(text)] == []
    assert [url for url in asked if not url.startswith(site.address)] == []


def sign_in(page: Page, site: Site, actor: str = "Avery Example", purpose: str | None = "missing-response") -> None:
    page.goto(site.address + "/sign-in")
    page.get_by_label(actor).check()
    page.get_by_role("button", name="Sign in").click()
    if purpose:
        page.locator(f"input[value={purpose}]").check()
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/find")


def robin(site: Site) -> str:
    return f"{site.address}/people/{site.synthetic.ROBIN}"


def faults(page: Page) -> list[str]:
    """What axe holds against a page, and whether the page is wider than its window."""
    found = Axe().run(page, options=AXE).response["violations"]
    listed = [f"{fault['id']}: {node['target']}" for fault in found for node in fault["nodes"]]
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return listed + ([f"{width} wide in {window}"] if width > window else [])


def marked(page: Page) -> bool:
    top = page.locator("header .fl-marking strong").inner_text()
    bottom = page.locator("footer .fl-marking strong").inner_text()
    return top == bottom and top in ("OFFICIAL", "OFFICIAL-SENSITIVE")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_analyst_page_has_a_fault_that_axe_can_see(chromium: Browser, site: Site, width: int) -> None:
    with opened(chromium, site, viewport={"width": width, "height": 900}) as page:
        found: dict[str, list[str]] = {}

        def check(name: str) -> None:
            assert marked(page), name
            found[name] = faults(page)

        page.goto(site.address + "/sign-in")
        check("sign in")
        sign_in(page, site, purpose=None)
        check("purpose")
        page.get_by_role("button", name="Continue").click()
        check("purpose, not stated")
        sign_in(page, site)
        check("find")
        page.get_by_role("button", name="Find").click()
        check("find, nothing asked")
        page.get_by_label("Name").fill("nobody of that name")
        page.get_by_role("button", name="Find").click()
        check("nobody found")
        page.goto(site.address + "/find")
        page.get_by_label("Name").fill("robin")
        page.get_by_role("button", name="Find").click()
        check("found")
        page.get_by_role("link", name="YP-32C2HB").click()
        check("person")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        check("person, all open")
        page.goto(robin(site) + "?as_of=2026-03-01&agency=nhs&from=x")
        check("person, as of a past day")
        page.goto(robin(site))
        page.locator(".fl-details summary").first.click()
        page.get_by_role("link", name=re.compile("Open this entry")).first.click()
        check("entry")
        for address in ("/agreements", "/agreements/exploitation-and-missing", "/feeds", "/cookies", "/accessibility"):
            page.goto(site.address + address)
            check(address)
        assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_governance_page_has_a_fault_that_axe_can_see(chromium: Browser, site: Site, width: int) -> None:
    with opened(chromium, site, viewport={"width": width, "height": 900}) as page:
        sign_in(page, site, "Casey Example", None)
        decision = site.synthetic.story()[4]["decision_id"]
        found = {}
        for address in ("/decisions", f"/decisions/{decision}", "/counts", "/looks", "/feeds", "/agreements"):
            page.goto(site.address + address)
            assert marked(page), address
            found[address] = faults(page)
        assert {address: wrong for address, wrong in found.items() if wrong} == {}


def pairs_wait(site: Site) -> list[dict[str, Any]]:
    """Two pairs of records wait for a steward; about the second, people contradict one another."""
    made = site.synthetic
    first = made.review_of()
    second = made.review_of("police", "social_care", "sam", why="conflict", decided_by="judgements")
    second["judgements"] = [made.standing("j1"), made.standing("j2", "same", "Avery Example")]
    stand = [site.bus.decided("j1", second, "different"), site.bus.decided("j2", second, by="Avery Example")]
    site.services.ingest.apply(site.bus.batch(*stand, site.bus.review(first), site.bus.review(second)))
    return [first, second]


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_page_of_a_steward_has_a_fault_that_axe_can_see(chromium: Browser, site: Site, width: int) -> None:
    waiting = pairs_wait(site)
    with opened(chromium, site, viewport={"width": width, "height": 900}) as page:
        found: dict[str, list[str]] = {}

        def check(name: str) -> None:
            assert marked(page), name
            found[name] = faults(page)

        sign_in(page, site, "Jordan Example", None)
        check("reviews")
        for number, review in enumerate(waiting):
            page.goto(f"{site.address}/reviews/{review['review_id']}")
            check(f"review {number}")
        page.get_by_role("button", name="Record the decision").click()
        check("review, nothing decided")
        page.get_by_label("Different people").check()
        page.get_by_label("Why?").fill("Two cousins of one name.")
        page.get_by_role("button", name="Record the decision").click()
        page.wait_for_url("**/reviews?recorded=*")
        check("recorded")
        for address in ("/judgements", "/judgements/j1"):
            page.goto(site.address + address)
            check(address)
        page.get_by_role("button", name="Take it back").click()
        check("not taken back")
        assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_a_pair_is_decided_and_the_decision_taken_back_without_scripts(chromium: Browser, site: Site) -> None:
    review, _ = pairs_wait(site)
    written = site.services.writer.judgements
    with opened(chromium, site, java_script_enabled=False) as page:
        sign_in(page, site, "Jordan Example", None)
        page.locator(f"a[href='/reviews/{review['review_id']}']").click()
        expect(page.get_by_role("row", name=re.compile("Given name"))).to_contain_text("two spellings")
        page.get_by_label("The same person").check()
        page.get_by_role("button", name="Record the decision").click()
        expect(page.locator(".govuk-error-summary")).to_contain_text("Enter why")
        expect(page.get_by_label("The same person")).to_be_checked()
        page.get_by_label("Why?").fill("The school nurse knows both spellings.")
        page.get_by_role("button", name="Record the decision").click()
        expect(page.get_by_role("status")).to_contain_text("Recorded: the same person. It takes effect within seconds.")
        assert len(written) == 1
        settled = [site.bus.judgement(written[0]), site.bus.settled(review["review_id"])]
        site.services.subscription.send(site.bus.batch(*settled))
        count = "SELECT count(*) FROM reviews"
        until(lambda: site.services.model.db.execute(count).fetchone()[0] == 1, "the pair to be settled")
        page.get_by_role("link", name="Decisions", exact=True).click()
        page.get_by_role("row", name=re.compile("school nurse")).get_by_role("link").click()
        page.get_by_label("Why?").fill("It was her cousin.")
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("status")).to_contain_text("Recorded: the decision is taken back")
        assert len(written) == 2


def test_a_form_says_before_its_session_ends_and_keeps_what_was_typed(chromium: Browser, site: Site) -> None:
    review, _ = pairs_wait(site)
    with opened(chromium, site) as page:
        page.clock.install()
        sign_in(page, site, "Jordan Example", None)
        page.goto(f"{site.address}/reviews/{review['review_id']}")
        page.get_by_label("Different people").check()
        page.get_by_label("Why?").fill("Two cousins")
        ending = page.locator("#ending")
        for at in ("12:15", "12:28"):
            page.clock.run_for("12:55")
            expect(ending).to_have_text("")
            site.services.clock.pass_time(minutes=13)
            page.clock.run_for("00:10")
            expect(ending).to_contain_text(f"Your session ends at {at}, if you do nothing before then.")
            assert faults(page) == []
            page.get_by_role("button", name="Stay signed in").click()
            expect(ending).to_have_text("")
            page.keyboard.type(" of one name.")
        page.get_by_role("button", name="Record the decision").click()
        expect(page.get_by_role("status")).to_contain_text("Recorded: different people.")
        assert "Two cousins of one name. of one name." in str(site.services.writer.judgements)


LINES = """e => {
  const text = document.createRange();
  text.selectNodeContents(e);
  return new Set([...text.getClientRects()].map(box => Math.round(box.top))).size;
}"""


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_neither_a_reference_nor_a_standing_breaks_over_lines(chromium: Browser, site: Site, width: int) -> None:
    _, second = pairs_wait(site)
    said = {"by": "Sam Example", "reason": "Two cousins of one name. " * 9, "at": site.synthetic.NOW}
    agencies = [second[side]["agency"] for side in ("left", "right")]
    stands = [{"judgement_id": f"k{n}", "kind": "same", "left": "", "agencies": agencies} for n in range(9)]
    messages = [site.bus.decided(each["judgement_id"], second, **said) for each in stands]
    messages += [site.bus.judgement(undone(f"u-{each['judgement_id']}", each, **said)) for each in stands]
    site.services.ingest.apply(site.bus.batch(*messages))
    with opened(chromium, site, viewport={"width": width, "height": 900}) as page:
        sign_in(page, site, "Jordan Example", None)
        page.goto(site.address + "/judgements")
        expect(page.get_by_text("Taken back", exact=True)).to_have_count(9)
        shown = page.locator("tbody th a, tbody .govuk-tag").all()
        assert [text for text, lines in ((e.inner_text(), e.evaluate(LINES)) for e in shown) if lines > 1] == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_both_records_can_be_read_beside_one_another_at_any_width(chromium: Browser, site: Site, width: int) -> None:
    review, _ = pairs_wait(site)
    with opened(chromium, site, viewport={"width": width, "height": 900}) as page:
        sign_in(page, site, "Jordan Example", None)
        page.goto(f"{site.address}/reviews/{review['review_id']}")
        row = page.get_by_role("row", name=re.compile("Given name"))
        cells = row.get_by_role("cell")
        left, right = cells.nth(0).bounding_box(), cells.nth(1).bounding_box()
        assert left is not None
        assert right is not None
        for box in (left, right):
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        assert abs(left["y"] - right["y"]) < (1 if width > 1000 else 60)


def test_a_page_that_does_not_exist_is_refused_without_a_fault(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        context = page.context.request.get(site.address + "/people/none")
        assert context.status == 404
        page.set_content(context.text())
        assert "Page not found" in page.inner_text("h1")


def test_everything_works_without_scripts(chromium: Browser, site: Site) -> None:
    with opened(chromium, site, java_script_enabled=False) as page:
        sign_in(page, site)
        page.get_by_label("Name").fill("robin")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name="YP-32C2HB").click()
        marks, items = page.locator("a.fl-mark"), page.locator("ol.fl-timeline > li")
        expect(items).to_have_count(79)
        expect(marks).to_have_count(79)
        page.locator("#agency-3").check()
        page.get_by_role("button", name="Apply filter").click()
        expect(page.locator("#shown")).to_contain_text("of 79 events")
        expect(page.locator("#live")).to_be_hidden()
        site.happen()
        until(lambda: site.entries() == 82, "the event")
        page.goto(robin(site))
        expect(items).to_have_count(80)


def test_a_live_event_arrives_at_every_load_and_everything_on_the_page_agrees(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        for load in range(LIVE_LOADS):
            page.goto(robin(site))
            shown = 79 + load
            expect(page.locator("#shown")).to_have_text(f"{shown} events, newest first")
            made = site.happen()
            expect(page.locator("#shown")).to_have_text(f"{shown + 1} events, newest first")
            expect(page.get_by_role("status")).to_contain_text("Arrest, 21 November 2026")
            expect(page.locator(f"#entry-{made['event_id']}")).to_have_count(1)
            expect(page.locator(f"#mark-entry-{made['event_id']}")).to_have_count(1)
            assert page.locator("ol.fl-timeline > li").count() == shown + 1
        counts = page.locator("#counts").inner_text()
        page.reload()
        assert page.locator("#counts").inner_text() == counts


def test_whence_somebody_was_led_is_said_until_something_changes(chromium: Browser, site: Site) -> None:
    old = site.synthetic.person_id("old")
    moved = site.synthetic.timeline([], person=old, redirect=site.synthetic.ROBIN)
    site.services.ingest.apply(site.bus.batch(site.bus.timeline(moved)))
    with opened(chromium, site) as page:
        sign_in(page, site)
        page.goto(f"{site.address}/people/{old}")
        led = page.get_by_text("has been found to be one young person with YP-32C2HB")
        expect(led).to_be_visible()
        site.happen()
        expect(page.locator("#shown")).to_contain_text("80 events")
        expect(led).to_have_count(0)


def test_focus_and_open_details_survive_a_live_event(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        page.goto(robin(site))
        page.locator(".fl-details summary").nth(3).click()
        mark = page.locator("a.fl-mark").nth(5)
        name = mark.get_attribute("id")
        mark.focus()
        site.happen()
        expect(page.locator("#shown")).to_contain_text("80 events")
        assert page.evaluate("document.activeElement.id") == name
        assert page.locator(".fl-details[open]").count() == 1


def test_the_chart_is_one_tab_stop_and_arrows_move_in_it(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        page.goto(robin(site))
        assert page.locator("a.fl-mark[tabindex='0']").count() == 1
        first = page.locator("a.fl-mark").first
        first.focus()

        def lane() -> str:
            return page.evaluate("document.activeElement.dataset.lane")

        def place() -> float:
            return float(page.evaluate("document.activeElement.dataset.x"))

        start = place()
        page.keyboard.press("End")
        end = place()
        assert end > start
        page.keyboard.press("ArrowLeft")
        assert start < place() <= end
        page.keyboard.press("Home")
        assert place() == start
        page.keyboard.press("ArrowDown")
        assert lane() == "1"
        page.keyboard.press("ArrowUp")
        assert lane() == "0"
        assert page.locator("a.fl-mark[tabindex='0']").count() == 1
        target = page.evaluate("document.activeElement.getAttribute('href')")
        page.keyboard.press("Enter")
        expect(page.locator(f"{target} details")).to_have_attribute("open", "")
        assert page.evaluate("'#' + document.activeElement.id") == target


def in_view(page: Page, selector: str) -> list[bool]:
    """Of each, whether all of its width is inside the chart as far as it is scrolled."""
    chart = page.locator(".fl-chart").bounding_box()
    assert chart is not None
    boxes = [each.bounding_box() for each in page.locator(selector).all()]
    return [b is not None and chart["x"] <= b["x"] <= b["x"] + b["width"] <= chart["x"] + chart["width"] for b in boxes]


@pytest.mark.parametrize("width", [320, 683, 1000])
def test_a_narrow_chart_opens_at_its_newest_end_and_names_its_lanes_wherever_it_is(
    chromium: Browser, site: Site, width: int
) -> None:
    with opened(chromium, site, java_script_enabled=False, viewport={"width": width, "height": 900}) as page:
        sign_in(page, site)
        page.goto(robin(site))
        expect(page.get_by_text("Older ones are to the left")).to_be_visible()
        assert in_view(page, ".fl-end") == [True]
        assert in_view(page, ".fl-lane__name") == [True] * 4
        assert in_view(page, ".fl-panel__title") == [True]
        page.locator("a.fl-mark").first.scroll_into_view_if_needed()
        assert in_view(page, ".fl-end") == [width == 1000]
        assert in_view(page, ".fl-lane__name") == [True] * 4
        assert in_view(page, ".fl-panel__title") == [True]


def test_a_chart_that_fits_does_not_scroll(chromium: Browser, site: Site) -> None:
    with opened(chromium, site, viewport={"width": 1366, "height": 900}) as page:
        sign_in(page, site)
        page.goto(robin(site))
        expect(page.get_by_text("Older ones are to the left")).to_be_hidden()
        assert page.locator(".fl-chart").evaluate("e => e.scrollWidth <= e.clientWidth")
        # A symbol that stands on the first day is drawn whole, in the margin beside its lane.
        assert page.locator(".fl-lane .fl-svg").first.evaluate("e => getComputedStyle(e).overflow") == "visible"


def test_on_paper_every_page_is_marked_and_every_flag_says_why_and_as_at_when(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        page.goto(robin(site))
        reasons = page.locator(".fl-flag__why")
        expect(reasons.first).to_be_hidden()
        page.emulate_media(media="print")
        assert reasons.count() > 9
        assert all(each.is_visible() for each in reasons.all())
        for kept in (
            "What you must do",
            "Young person’s part",
            "Shared under",
            "Missing persons coordinator, force control room",
        ):
            told = page.locator("dt, dd").filter(has_text=kept)
            assert told.count() > 0
            assert all(each.is_visible() for each in told.all()), kept
        expect(page.get_by_text("Open this entry").first).to_be_hidden()
        expect(page.locator(".fl-counts")).to_contain_text("As at 22 November 2026, 12:00.")
        expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
        assert page.evaluate("getComputedStyle(document.body).page") == "official-sensitive"
        rules = page.evaluate(
            "[...document.styleSheets[0].cssRules].filter(r => r instanceof CSSPageRule).map(r => r.cssText)"
        )
        assert any("official-sensitive" in rule and rule.count('"OFFICIAL-SENSITIVE"') == 2 for rule in rules)


#: What a sheet of A4 leaves between its margins, in pixels of CSS.
PAPER = 703


def cut_on_paper(page: Page) -> list[str]:
    """The columns of tables that end beyond the sheet, or are too narrow for a word."""
    page.emulate_media(media="print")
    return page.evaluate(
        f"[...document.querySelectorAll('table thead th')].filter(t => t.getBoundingClientRect().right > {PAPER}"
        " || t.getBoundingClientRect().width < 16).map(t => t.innerText)"
    )


def test_on_paper_no_table_loses_a_column(chromium: Browser, site: Site) -> None:
    review, _ = pairs_wait(site)
    with opened(chromium, site, viewport={"width": PAPER, "height": 900}) as page:
        cut = {}
        for actor, addresses in (
            ("Casey Example", ("/decisions", "/counts", "/looks", "/feeds", "/agreements")),
            ("Jordan Example", ("/reviews", f"/reviews/{review['review_id']}", "/judgements")),
        ):
            sign_in(page, site, actor, None)
            for address in addresses:
                page.goto(site.address + address)
                cut[address] = cut_on_paper(page)
        assert {address: columns for address, columns in cut.items() if columns} == {}


def test_nothing_withheld_reaches_the_browser_by_any_way(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        bodies: list[str] = []

        def keep(answer: Response) -> None:
            if "text/html" in answer.headers.get("content-type", "") and answer.ok:
                bodies.append(answer.text())

        page.on("response", keep)
        sign_in(page, site)
        page.goto(robin(site) + "?span=all")
        site.happen()
        expect(page.locator("#shown")).to_contain_text("80 events")
        assert site.synthetic.CANARY not in page.content()
        assert not any(site.synthetic.CANARY in body for body in bodies)


def test_a_page_left_open_is_closed_with_its_session(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        page.goto(robin(site))
        until(lambda: len(site.services.watchers) == 1, "the live stream")
        site.services.clock.pass_time(minutes=16)
        site.happen()
        expect(page).to_have_url(re.compile("/sign-in"))
        assert "Robin" not in page.content()


#: What the browser tells a page whose tab goes out of view, or comes back.
SEEN = """seen => {
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => !seen});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def fall_asleep_on(page: Page, site: Site) -> None:
    """Open Robin's page, and let its tab go out of view."""
    page.goto(robin(site))
    until(lambda: len(site.services.watchers) == 1, "the live stream")
    expect(page.get_by_text("Live: new events appear")).to_be_visible()  # before that the page has not heard of it
    page.evaluate(SEEN, False)
    until(lambda: len(site.services.watchers) == 0, "the stream to pause")


def test_a_page_that_slept_while_its_session_ended_is_left_when_it_wakes(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        fall_asleep_on(page, site)
        site.services.clock.pass_time(minutes=16)
        page.evaluate(SEEN, True)
        expect(page).to_have_url(re.compile("/sign-in"))
        assert "Robin" not in page.content()


def test_a_page_that_slept_while_another_tab_stated_another_purpose_names_the_new_one(
    chromium: Browser, site: Site
) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        fall_asleep_on(page, site)
        other = page.context.new_page()
        other.goto(site.address + "/purpose")
        other.locator("input[value=exploitation-mace-l1]").check()
        other.get_by_role("button", name="Continue").click()
        page.evaluate(SEEN, True)
        expect(page.get_by_role("region", name="Why you are looking")).to_contain_text("Exploitation")


def test_a_page_says_that_it_is_live_only_while_it_is(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        page.goto(robin(site))
        live, lost = page.get_by_text("Live: new events appear"), page.get_by_text("Nothing new reaches this page")
        expect(live).to_be_visible()
        expect(lost).to_be_hidden()
        page.evaluate(SEEN, False)
        until(lambda: len(site.services.watchers) == 0, "the stream to pause")
        reached = site.services.subscription.state
        site.services.subscription.state = type(reached)(reachable=False, behind=None)
        page.evaluate(SEEN, True)
        expect(lost).to_be_visible()
        expect(live).to_be_hidden()
        site.services.subscription.state = reached
        expect(live).to_be_visible()
        expect(lost).to_be_hidden()


def test_the_server_stops_though_pages_are_open_and_nobody_is_cut_off(chromium: Browser, site: Site) -> None:
    with opened(chromium, site) as page:
        sign_in(page, site)
        page.goto(robin(site))
        until(lambda: len(site.services.watchers) == 1, "the live stream")
        site.server.config.timeout_graceful_shutdown = None
        site.stop()
