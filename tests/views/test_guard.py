import base64
import hashlib
import re

import pytest
from starlette.datastructures import Headers

from views.guard import CONTENT_SECURITY_POLICY, from_this_site


@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver", "host": "testserver"}, False),
        ({"origin": "http://testserver", "host": "testserver"}, True),
        ({"origin": "http://elsewhere.example", "host": "testserver"}, False),
        ({"origin": "null", "host": "testserver"}, False),
        ({"host": "testserver"}, False),
    ],
    ids=str,
)
def test_a_form_is_accepted_from_our_own_pages_alone(headers, accepted):
    assert from_this_site(Headers(headers)) is accepted


def test_a_form_from_another_site_changes_nothing(analyst):
    refused = analyst.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert analyst.get("/find").status_code == 200


def test_whoever_follows_a_link_from_elsewhere_is_answered(analyst):
    assert analyst.get("/find", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_the_pages_answer_under_this_machines_own_names(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["rebound.example:8000", "127.0.0.1.rebound.example", "192.0.2.7:8000", "", "["])
def test_a_site_that_leads_its_own_name_here_is_told_nothing(analyst, host):
    for refused in (analyst.get("/find", headers={"Host": host}), analyst.post("/sign-out", headers={"Host": host})):
        assert refused.status_code == 421
        assert refused.headers["cache-control"] == "no-store"
    assert analyst.get("/find").status_code == 200


@pytest.mark.parametrize("address", ["/sign-in", "/find", "/nowhere", "/livez", "/readyz"])
def test_every_answer_carries_the_headers(analyst, address):
    answer = analyst.get(address)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_an_error_nobody_foresaw_is_a_page_with_the_headers_and_says_nothing_of_a_record(
    analyst, services, synthetic, monkeypatch, capsys, caplog
):
    def break_down(*_):
        raise ValueError(f"cannot read {synthetic.CANARY}")

    monkeypatch.setattr(services.model, "timeline", break_down)
    answer = analyst.get(f"/people/{synthetic.ROBIN}")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"
    said = capsys.readouterr()
    logged = said.out + said.err + caplog.text
    assert "ValueError" in logged
    assert "break_down" in logged
    assert synthetic.CANARY not in answer.text + logged


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere():
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY


def test_the_one_inline_script_is_the_one_whose_hash_is_allowed(client):
    scripts = re.findall(r"<script\s*>(.*?)</script>", client.get("/sign-in").text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert len(digests) == 1
    assert f"'sha256-{digests[0]}'" in CONTENT_SECURITY_POLICY


def test_no_page_has_an_inline_style_or_handler(analyst, synthetic):
    page = analyst.get(f"/people/{synthetic.ROBIN}").text
    assert not re.search(r'\sstyle="|\son[a-z]+="', page)


def test_the_documentation_pages_of_the_framework_are_off(analyst):
    assert [analyst.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]


def test_built_files_may_be_kept_for_ever(client):
    address = re.search(r'href="(/static/styles[^"]+)"', client.get("/sign-in").text)
    assert "immutable" in client.get(address.group(1)).headers["cache-control"]
