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


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("localhost", True),
        ("[::1]:8000", True),
        ("evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example#@127.0.0.1", False),
        ("0.0.0.0:8000", False),
        ("[::1", False),
        ("", False),
    ],
)
def test_pages_are_sent_under_the_names_of_this_machine_alone(analyst, synthetic, host, answered):
    """Another site's name may lead to 127.0.0.1, and its scripts would then be of our origin."""
    for address in ("/find", "/readyz", f"/people/{synthetic.ROBIN}"):
        assert analyst.get(address, headers={"Host": host}).status_code == (200 if answered else 421)
    signed_in = analyst.post("/sign-in", data={"actor": "analyst-avery-example"}, headers={"Host": host})
    assert signed_in.status_code == (303 if answered else 421)


@pytest.mark.parametrize("address", ["/sign-in", "/find", "/nowhere", "/livez", "/readyz"])
def test_every_answer_carries_the_headers(analyst, address):
    answer = analyst.get(address)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


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
