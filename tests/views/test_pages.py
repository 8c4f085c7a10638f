import hashlib
import json
import re
from pathlib import Path

import pytest

from views.pages import STATIC, environment, render

TEMPLATES = STATIC.parent / "templates"
FORBIDDEN_NAMES = re.compile(r"(?i)crest|crown|logotype|govuk-icon|opengraph|\.woff|gds|fonts?\b")
FORBIDDEN_BYTES = (b"GDS Transport", b"@font-face", b"govuk-crest", b"url(", b"sourceMappingURL")
#: Names, not addresses: SVG's namespace, and where GOV.UK Frontend's error messages send a developer to read.
HOSTS_ALLOWED = {"www.w3.org", "frontend.design-system.service.gov.uk"}
FILES = sorted(path for path in STATIC.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_is_shipped_that_is_not_ours_to_ship(path):
    assert not FORBIDDEN_NAMES.search(path.name)
    content = path.read_bytes()
    assert [mark for mark in FORBIDDEN_BYTES if mark in content] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_shipped_file_names_another_host(path):
    hosts = set(re.findall(rb"(?:https?:)?//([a-z0-9-]+(?:\.[a-z0-9-]+)+)", path.read_bytes()))
    assert {host.decode() for host in hosts} <= HOSTS_ALLOWED


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_names_another_host_or_runs_a_script_of_its_own(path):
    text = path.read_text()
    assert "//" not in re.sub(r"\{#.*?#\}", "", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon[a-z]+=|style=|hx-on|js:", text)


def test_the_manifest_tells_the_truth_about_every_file():
    manifest = json.loads((STATIC / "manifest.json").read_text())
    for entry in manifest.values():
        digest = hashlib.sha256((STATIC / entry["file"]).read_bytes()).hexdigest()
        assert digest == entry["sha256"]
        assert entry["sha256"][:12] in entry["file"]
    assert {path.name for path in FILES} == {e["file"] for e in manifest.values()} | {"manifest.json"}


def test_every_package_that_is_shipped_has_its_licence_in_the_notices():
    notices = (STATIC.parents[1] / "THIRD_PARTY_NOTICES.md").read_text()
    manifest = json.loads((STATIC / "manifest.json").read_text())
    assert [made for entry in manifest.values() for made in entry["made_from"] if made not in notices] == []


def test_the_live_script_is_one_file_so_that_nothing_races():
    manifest = json.loads((STATIC / "manifest.json").read_text())
    text = (STATIC / manifest["live.js"]["file"]).read_text()
    assert text.index("var htmx") < re.search(r"registerExtension\(.sse.", text).start()


def test_the_lock_file_of_the_assets_names_no_registry():
    lock = Path(STATIC.parents[1] / "tools" / "assets" / "package-lock.json").read_text()
    assert '"resolved"' not in lock


def test_whatever_a_field_holds_is_escaped():
    made = environment().from_string("{{ value }}").render(value='<script>"')
    assert made == "&lt;script&gt;&#34;"


#: Everything in Unicode that turns the direction of text without being seen itself.
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_no_character_that_turns_the_text_around_it_reaches_a_page(analyst, services, synthetic, bus):
    name = "".join(f"{character}Robin" for character in TURNING)
    details = synthetic.entry("police.person_details", "2025-02-01", {"notes": name}, person={"given_name": name})
    services.ingest.apply(bus.batch(bus.timeline(synthetic.timeline([details]))))
    page = analyst.get(f"/people/{synthetic.ROBIN}").text
    assert "Robin" * len(TURNING) in page
    assert not set(TURNING) & set(page)


def test_a_name_keeps_what_it_needs_to_read_right():
    joined = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"  # Persian letters with the mark that parts them
    assert joined in render("refusal.html", {"title": joined, "text": "", "marking": "OFFICIAL", "path": "/"})


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_name_before_a_date_keeps_its_direction_to_itself(path):
    # After letters that run from right to left, the figures of a date would run on with them.
    assert not re.search(r"(?<!<bdi>)\{\{ \w+\.by \}\}", path.read_text())
