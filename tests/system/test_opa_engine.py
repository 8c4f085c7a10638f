"""The policy on a real OPA: its own tests and style, and the same answers as the embedded engine gives."""

import asyncio
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanlight.engines import OpaServer
from fanlight.engines.opa import opa_program, why_not
from policies.casebook import attributes, cases
from policies.engines import EmbeddedEngine, OpaEngine
from policies.gate import Gate
from policies.instants import midnight_ns
from policies.load import HERE, PACKAGE, PolicySet
from schemas.errors import PolicyUnavailable
from schemas.vocabulary import Outcome
from tests.policies.questions import POLICY, QUESTIONS
from tests.policies.reading import Maker, decide

pytestmark = [pytest.mark.system, pytest.mark.opa]

SMALL = Path(__file__).parents[1] / "policies" / "small"
REGO = HERE / "rego"
Run = Callable[..., subprocess.CompletedProcess[str]]
#: A server on a machine that is busy with other tests may be slow; these tests are not about that.
PATIENT_SECONDS = 60


@pytest.fixture(scope="session")
def opa(tools_dir: Path, demand: Callable[[str | None], None]) -> Run:
    """`opa("check", …)` runs the program and gives what came of it."""
    demand(why_not(tools_dir))
    program = str(opa_program(tools_dir))
    return lambda *args: subprocess.run([program, *map(str, args)], capture_output=True, text=True, timeout=300)


@pytest.fixture
def small(tmp_path: Path) -> PolicySet:
    """The small policy, whose clauses get in each other's way."""
    directory = tmp_path / "small"
    shutil.copytree(SMALL, directory)
    shutil.copytree(REGO, directory / "rego")
    return PolicySet.load(directory)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """The bundle of the policy that ships."""
    return POLICY.write_bundle(tmp_path / "bundle")


def book(policy: PolicySet, directory: Path) -> dict[str, Any]:
    """A policy and its cases, as the Rego tests read them."""
    examples = {
        case.name: {"input": case.attributes.as_input(policy.epoch_ns(case.at_ns)), "answer": case.answer}
        for case in cases(policy, directory)
    }
    return policy.data() | {"cases": examples}


def test_the_rego_passes_the_cases_and_they_reach_every_line(opa, small, tmp_path):
    books = {"shipped": book(POLICY, HERE / "cases"), "small": book(small, SMALL / "cases")}
    (tmp_path / "books.json").write_text(json.dumps({"books": books}))
    ran = opa("test", REGO, tmp_path / "books.json", "--fail-on-empty", "--timeout", "250s")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = opa("test", REGO, tmp_path / "books.json", "--coverage", "--threshold", "100", "--timeout", "250s")
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr


def test_the_rego_is_strict_formatted_and_within_what_both_engines_evaluate_alike(opa):
    portable = HERE / "schemas" / "capabilities.json"
    rego = sorted(p for p in REGO.rglob("*.rego") if not p.stem.endswith("_test"))
    assert opa("check", "--strict", "--capabilities", portable, *rego).stderr == ""
    assert opa("check", "--strict", REGO).stderr == ""
    formatted = opa("fmt", "--list", "--fail", REGO)
    assert (formatted.returncode, formatted.stdout) == (0, "")


def test_every_package_and_rule_says_what_it_is(opa):
    inspected = json.loads(opa("inspect", "-a", "-f", "json", REGO).stdout)
    told = {
        ".".join(step["value"] for step in entry.get("path", [])): entry["annotations"]
        for entry in inspected["annotations"]
    }
    silent = []
    for path in sorted(REGO.rglob("*.rego")):
        module = json.loads(opa("parse", path, "-f", "json").stdout)
        package = ".".join(step["value"] for step in module["package"]["path"])
        rules = {rule["head"].get("name") or rule["head"]["ref"][0]["value"] for rule in module["rules"]}
        for name in (package, *(f"{package}.{rule}" for rule in sorted(rules))):
            if not (told.get(name, {}).get("title") and told.get(name, {}).get("description")):
                silent.append(name)
    assert silent == []


def test_a_built_bundle_holds_no_tests_and_no_cases(opa, bundle, tmp_path):
    target = tmp_path / "bundle.tar.gz"
    built = opa("build", "-b", bundle, "-o", target)
    assert built.returncode == 0, built.stderr
    with tarfile.open(target) as archive:
        names = {name.lstrip("/") for name in archive.getnames()}
        manifest = json.load(archive.extractfile("/.manifest"))
    assert {name for name in names if not name.endswith("sharing.rego")} == {"data.json", ".manifest"}
    assert manifest["revision"] == POLICY.revision


@pytest.fixture
def served(opa_server: Callable[[Path], OpaServer], bundle: Path) -> OpaServer:
    """An OPA server with the policy that ships."""
    return opa_server(bundle)


def from_server(server: OpaServer, asked: list[dict[str, Any]]) -> list[Any]:
    async def ask() -> list[Any]:
        engine = OpaEngine(server.url, timeout_seconds=PATIENT_SECONDS)
        try:
            return list(await engine.evaluate(asked))
        finally:
            await engine.close()

    return asyncio.run(ask())


def test_the_server_gives_every_case_the_answer_it_expects(served):
    shipped = list(cases(POLICY))
    asked = [case.attributes.as_input(POLICY.epoch_ns(case.at_ns)) for case in shipped]
    found = dict(zip((case.name for case in shipped), from_server(served, asked), strict=True))
    assert found == {case.name: case.answer for case in shipped}


def test_the_server_gives_the_small_policy_the_answers_it_expects(opa_server, small, tmp_path):
    expected = list(cases(small, SMALL / "cases"))
    server = opa_server(small.write_bundle(tmp_path / "small-bundle"))
    asked = [case.attributes.as_input(small.epoch_ns(case.at_ns)) for case in expected]
    assert from_server(server, asked) == [case.answer for case in expected]


INSTANTS = sorted({b + d for b in POLICY.boundaries_ns for d in (-1, 0, 1)} | {0, midnight_ns("2026-11-22"), 2**63 - 1})
#: Exactly as the gate never asks: at the instant itself, not at the beginning of its epoch.
BATCHES = st.lists(
    st.tuples(QUESTIONS, st.sampled_from(INSTANTS)).map(lambda q: q[0].as_input(q[1])), min_size=40, max_size=60
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=BATCHES)
def test_both_engines_give_the_same_answer_to_every_question_at_every_boundary(served, asked):
    embedded, server = asyncio.run(EmbeddedEngine(POLICY).evaluate(asked)), from_server(served, asked)
    wider = [a for a, b in zip(embedded, server, strict=True) if a["outcome"] == "PERMIT" != b["outcome"]]
    assert wider == [], "the embedded engine permits what the server does not"
    assert embedded == server


@pytest.mark.parametrize("seed", range(100, 106))
def test_the_program_decides_a_policy_made_at_random_as_its_words_say(opa, seed, tmp_path):
    maker = Maker(seed)
    shutil.copytree(REGO, tmp_path / "policies" / "rego")
    policy = maker.policy(tmp_path / "policies")
    questions = [maker.question(policy) for _ in range(60)]
    items = {str(n): asked.as_input(policy.epoch_ns(at_ns)) for n, (asked, at_ns) in enumerate(questions)}
    (tmp_path / "input.json").write_text(json.dumps({"items": items}))
    bundle = policy.write_bundle(tmp_path / "bundle")
    ran = opa("eval", "-b", bundle, "-i", tmp_path / "input.json", "-f", "raw", f"data.{PACKAGE}.results")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {str(n): decide(policy, *question) for n, question in enumerate(questions)}


MISSING = attributes({"audience": "police-intelligence-analyst", "event_type": "police.missing_reported"})


def test_the_gate_holds_while_the_server_is_away_and_goes_on_when_it_is_back(served):
    async def story() -> None:
        gate = Gate(POLICY, OpaEngine(served.url, timeout_seconds=PATIENT_SECONDS), lambda: midnight_ns("2026-11-22"))
        await gate.prepare([MISSING])
        assert gate.rulings([MISSING])[MISSING].outcome is Outcome.PERMIT
        assert gate.rulings([MISSING])[MISSING].engine.startswith("opa 1.")
        served.kill()
        with pytest.raises(PolicyUnavailable, match=r"^the OPA server gave no answer"):
            await gate.probe()
        served.start()
        await gate.prepare([MISSING])
        assert gate.rulings([MISSING])[MISSING].outcome is Outcome.PERMIT
        await gate.engine.close()

    asyncio.run(story())


def test_a_server_with_a_stale_bundle_gives_no_answer(opa_server, small, tmp_path):
    server = opa_server(small.write_bundle(tmp_path / "stale"))

    async def story() -> None:
        gate = Gate(POLICY, OpaEngine(server.url, timeout_seconds=PATIENT_SECONDS), lambda: midnight_ns("2026-11-22"))
        with pytest.raises(PolicyUnavailable, match="another revision"):
            await gate.prepare([MISSING])
        await gate.engine.close()

    asyncio.run(story())


def test_a_server_without_the_policy_gives_no_answer(opa_server, tmp_path):
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / ".manifest").write_text('{"revision": "none", "roots": [""], "rego_version": 1}')
    (tmp_path / "bare" / "data.json").write_text("{}")
    with pytest.raises(PolicyUnavailable, match="did not answer every question"):
        from_server(opa_server(tmp_path / "bare"), [MISSING.as_input(0)])


def test_what_the_bundle_owns_cannot_be_overwritten_through_the_servers_own_interface(served):
    async def story() -> None:
        engine = OpaEngine(served.url, timeout_seconds=PATIENT_SECONDS)
        await engine.evaluate([MISSING.as_input(0)])
        for path in ("prohibitions", "prohibitions/events", "agreements"):
            with pytest.raises(Exception, match="bundle"):
                await engine._client.update_or_create_data({}, path)
        rule = f"package {PACKAGE}\n\ndecision := {{}}\n"
        with pytest.raises(Exception, match="bundle"):
            await engine._client.update_policy_from_string(rule, "wider", rego_compat=False)
        await engine.close()

    asyncio.run(story())
