"""The OPA adapter against a local server that answers as it is told: what it sends, and what it takes for no answer."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from policies.casebook import attributes
from policies.engines.opa import CHUNK, OpaEngine
from policies.gate import Gate
from schemas.errors import InvalidSetting, PolicyUnavailable
from schemas.vocabulary import Outcome

NOW_NS = 1_795_305_600_000_000_000
MISSING = attributes({"audience": "police-intelligence-analyst", "event_type": "police.missing_reported"})


class StubOpa:
    """A server on the loopback interface whose `reply` makes each answer; `asked` keeps paths, queries and items."""

    def __init__(self):
        self.asked = []
        self.reply = lambda items: web.json_response({"result": dict.fromkeys(items, "answer")})
        self.config = {"result": {"labels": {"version": "1.22.0"}}}
        self._port = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    async def start(self):
        application = web.Application()
        application.router.add_get("/v1/config", self._configuration)
        application.router.add_post("/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self):
        await self._runner.cleanup()

    async def _configuration(self, request):
        if self.config is None:
            raise web.HTTPFound("http://elsewhere.example/v1/config")
        return web.json_response(self.config)

    async def _answer(self, request):
        items = (await request.json())["input"]["items"]
        self.asked.append((request.path_qs, items))
        reply = self.reply(items)
        return await reply if asyncio.iscoroutine(reply) else reply


@pytest.fixture
async def stub() -> AsyncIterator[StubOpa]:
    stub = StubOpa()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
async def opa(stub: StubOpa) -> AsyncIterator[OpaEngine]:
    engine = OpaEngine(stub.url, timeout_seconds=20)
    yield engine
    await engine.close()


async def test_questions_go_in_batches_to_the_batch_rule_and_answers_come_back_in_order(stub, opa):
    stub.reply = lambda items: web.json_response({"result": {n: i["n"] for n, i in reversed(items.items())}})
    asked = [{"n": number} for number in range(CHUNK + 2)]
    assert await opa.evaluate(asked) == list(range(CHUNK + 2))
    assert [path for path, _ in stub.asked] == ["/v1/data/fanlight/sharing/results?strict-builtin-errors=true"] * 2
    assert [len(items) for _, items in stub.asked] == [CHUNK, 2]
    assert list(stub.asked[1][1].values()) == [{"n": CHUNK}, {"n": CHUNK + 1}]


async def test_an_answer_to_other_questions_is_no_answer_though_they_were_as_many(stub, opa):
    """As from a proxy that gives one call the answer to another, or one that it kept."""
    await opa.evaluate([{"n": 1}, {"n": 2}])
    kept = stub.asked[0][1]
    stub.reply = lambda items: web.json_response({"result": dict.fromkeys(kept, "answer")})
    with pytest.raises(PolicyUnavailable, match="did not answer every question"):
        await opa.evaluate([{"n": 1}, {"n": 3}])
    assert await opa.evaluate([{"n": 2}, {"n": 1}]) == ["answer", "answer"]


async def test_no_questions_are_no_call(stub, opa):
    assert await opa.evaluate([]) == []
    assert stub.asked == []


def answering_as(engine):
    async def answering(items):
        answers = await engine.evaluate(list(items.values()))
        return web.json_response({"result": dict(zip(items, answers, strict=True))})

    return answering


def text(body, status=200, kind="application/json"):
    return lambda items: web.Response(text=body, status=status, content_type=kind)


async def never(items):
    await asyncio.Event().wait()


NO_ANSWERS = {
    "no rule there": text("{}"),
    "no rule there, but an id": text('{"decision_id": "1"}'),
    "a list": text("[]"),
    "a word": text('"yes"'),
    "null": text("null"),
    "a result that is a word": text('{"result": "false"}'),
    "a result that is null": text('{"result": null}'),
    "an empty result": text('{"result": {}}'),
    "half of the items": lambda items: web.json_response({"result": dict.fromkeys([min(items)], "answer")}),
    "more than the items": lambda items: web.json_response({"result": dict.fromkeys([*items, "9"], "answer")}),
    "another item": lambda items: web.json_response({"result": dict.fromkeys([min(items), "7"], "answer")}),
    "half of a reply": text('{"result": {"0": "ans'),
    "a page": text("<html>down for Amber Testing</html>", kind="text/html"),
    "a page called JSON": text("<html>down for Amber Testing</html>"),
    "an error of the policy": text('{"code": "internal_error", "message": "Amber Testing"}', status=500),
    "a proxy without a server": text("", status=503),
    "no right to ask": text("{}", status=401),
}


@pytest.mark.parametrize("reply", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
async def test_this_is_no_answer_and_the_next_one_is(reply, stub, opa):
    stub.reply = reply
    with pytest.raises(PolicyUnavailable) as said:
        await opa.evaluate([{"n": 1}, {"n": 2}])
    assert "Amber" not in str(said.value)
    stub.reply = lambda items: web.json_response({"result": dict.fromkeys(items, "answer")})
    assert await opa.evaluate([{"n": 1}]) == ["answer"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_question_goes_where_an_answer_sends_on_to(status, stub, opa):
    other = StubOpa()
    await other.start()

    def send_on(items):
        body = json.dumps({"result": dict.fromkeys(items, "answer")})
        return web.Response(status=status, headers={"Location": f"{other.url}/v1/data/x"}, text=body)

    stub.reply = send_on
    with pytest.raises(PolicyUnavailable, match="sends on to another address: let FANLIGHT_OPA be its own"):
        await opa.evaluate([{"n": 1}])
    assert other.asked == []
    await other.stop()


async def test_nor_where_its_version_is_asked_for(stub, opa):
    stub.config = None
    with pytest.raises(PolicyUnavailable, match="sends on to another address"):
        await opa.evaluate([{"n": 1}])
    assert stub.asked == []


async def test_a_server_that_takes_too_long_gives_no_answer(stub):
    stub.reply = never
    opa = OpaEngine(stub.url, timeout_seconds=0.2)
    with pytest.raises(PolicyUnavailable, match=r"^the OPA server gave no answer \(TimeoutError\)$"):
        await opa.evaluate([{"n": 1}])
    await opa.close()


async def test_a_failing_call_is_not_tried_again_behind_the_callers_back(stub, opa):
    stub.reply = text("{}", status=502)
    with pytest.raises(PolicyUnavailable):
        await opa.evaluate([{"n": 1}])
    assert len(stub.asked) == 1


async def test_a_server_that_is_gone_is_no_answer_and_one_that_comes_back_is(stub, opa, policy, engine):
    stub.reply = answering_as(engine)
    gate = Gate(policy, opa, lambda: NOW_NS)
    await stub.stop()
    with pytest.raises(PolicyUnavailable, match=r"^the OPA server gave no answer \(ClientConnectorError\)$"):
        await gate.prepare([MISSING])
    await stub.start()
    await gate.prepare([MISSING])
    assert gate.rulings([MISSING])[MISSING].outcome is Outcome.PERMIT


@pytest.mark.parametrize(
    "url", ["localhost:8181", "ftp://localhost", "http://", "", "http://opa:eighty", "http://opa:81810", "http://[opa"]
)
def test_an_address_that_is_none_is_refused_with_the_way_out(url):
    with pytest.raises(InvalidSetting, match=r"no address of an OPA server: write embedded, or http://HOST:PORT$"):
        OpaEngine(url)


async def test_the_name_says_the_version_that_the_server_says_and_decisions_bear_it(stub, opa, policy, engine):
    stub.reply = answering_as(engine)
    assert opa.name == "opa"
    gate = Gate(policy, opa, lambda: NOW_NS)
    await gate.prepare([MISSING])
    assert opa.name == gate.rulings([MISSING])[MISSING].engine == "opa 1.22.0"


@pytest.mark.parametrize(
    "config", [{}, [], {"result": {"labels": {"version": 1}}}, {"result": {"labels": {"version": "<b>"}}}]
)
async def test_a_server_that_does_not_say_its_version_is_used_all_the_same(config, stub, opa):
    stub.config = config
    assert await opa.evaluate([{"n": 1}]) == ["answer"]
    assert opa.name == "opa"


async def test_a_server_that_comes_back_as_another_version_is_asked_everything_again(stub, opa, policy, engine):
    stub.reply = answering_as(engine)
    gate = Gate(policy, opa, lambda: NOW_NS)
    await gate.prepare([MISSING])
    await stub.stop()
    other = attributes({"audience": "police-intelligence-analyst", "event_type": "nhs.admission"})
    with pytest.raises(PolicyUnavailable):
        await gate.prepare([other])
    stub.config = {"result": {"labels": {"version": "1.23.0"}}}
    await stub.start()
    await gate.prepare([MISSING, other])
    assert [len(items) for _, items in stub.asked] == [1, 2]
    assert gate.rulings([MISSING])[MISSING].engine == "opa 1.23.0"
