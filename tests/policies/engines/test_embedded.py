"""regorus answers each question for itself, in any thread, and a fault leaves nothing behind."""

import asyncio
import threading
from dataclasses import replace

import pytest

from policies.casebook import attributes
from policies.engines.embedded import _READY_MAX, EmbeddedEngine, _of_thread
from schemas.errors import PolicyUnavailable

NOW_NS = 1_795_305_600_000_000_000
ANALYST = "police-intelligence-analyst"
MISSING = attributes({"audience": ANALYST, "event_type": "police.missing_reported"}).as_input(NOW_NS)
MARK = attributes({"audience": ANALYST, "event_type": "school.attendance_session"}).as_input(NOW_NS)


def with_rego(policy, rule):
    """The policy with one rule in the place of all of its own."""
    own = {name: text for name, text in policy.texts.items() if not name.startswith("rego/")}
    return replace(policy, texts=own | {"rego/only.rego": f"package fanlight.sharing\n\n{rule}\n"})


def outcomes(answers):
    return [answer["outcome"] for answer in answers]


async def test_each_question_gets_its_own_answer_in_order(policy):
    engine = EmbeddedEngine(policy)
    answers = await engine.evaluate([MISSING, MARK] * 40)
    assert outcomes(answers) == ["PERMIT", "DENY"] * 40
    assert {answer["revision"] for answer in answers} == {policy.revision}


def test_the_name_says_which_engine_at_which_version(policy):
    assert EmbeddedEngine(policy).name == "regorus 0.13.0"


def deep(levels):
    nested = []
    for _ in range(levels):
        nested = [nested]
    return nested


@pytest.mark.parametrize(
    "refused",
    [MISSING | {"now_ns": float("nan")}, MISSING | {"handling": deep(500)}, MISSING | {"role": object()}],
    ids=["no number", "nested too deeply", "not JSON"],
)
async def test_a_refused_question_does_not_get_the_answer_to_the_question_before(policy, refused):
    engine = EmbeddedEngine(policy)
    assert outcomes(await engine.evaluate([MISSING])) == ["PERMIT"]
    with pytest.raises(PolicyUnavailable, match=r"^the embedded policy engine failed \(\w+\)$"):
        await engine.evaluate([refused])
    assert outcomes(await engine.evaluate([MARK])) == ["DENY"]


def test_every_thread_has_an_engine_of_its_own(policy):
    engine = EmbeddedEngine(policy)
    found = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: found.append(outcomes(asyncio.run(engine.evaluate([MISSING, MARK])))))
        thread.start()
        thread.join()
    found.append(outcomes(asyncio.run(engine.evaluate([MISSING, MARK]))))
    assert found == [["PERMIT", "DENY"]] * 3


async def test_a_panic_is_no_answer_and_the_next_question_gets_a_fresh_engine(policy):
    class Panic(BaseException):
        pass

    class Panicking:
        def set_input_json(self, _):
            raise Panic

    engine = EmbeddedEngine(policy)
    vars(_of_thread)[engine._digest] = Panicking()
    with pytest.raises(PolicyUnavailable, match="Panic"):
        await engine.evaluate([MISSING])
    assert outcomes(await engine.evaluate([MISSING])) == ["PERMIT"]


async def test_being_stopped_is_not_swallowed(policy):
    class Stopping:
        def set_input_json(self, _):
            raise KeyboardInterrupt

    engine = EmbeddedEngine(policy)
    vars(_of_thread)[engine._digest] = Stopping()
    with pytest.raises(KeyboardInterrupt):
        await engine.evaluate([MISSING])


async def test_a_policy_whose_rule_is_gone_is_no_answer_to_the_gate(policy):
    engine = EmbeddedEngine(with_rego(policy, "nothing := true"))
    with pytest.raises(PolicyUnavailable):
        await engine.evaluate([MISSING])


async def test_other_work_gets_its_turn_during_a_long_batch(policy):
    engine = EmbeddedEngine(policy)
    turns = []

    async def others():
        while True:
            turns.append(None)
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    await engine.evaluate([MARK] * 96)
    task.cancel()
    assert len(turns) >= 3


async def test_a_thread_keeps_few_engines_and_each_answers_by_its_own_policy(policy):
    rules = [f'decision := {{"outcome": "{number}"}}' for number in range(_READY_MAX + 2)]
    engines = [EmbeddedEngine(with_rego(policy, rule)) for rule in rules]
    for _ in range(2):
        for number, engine in enumerate(engines):
            assert outcomes(await engine.evaluate([MISSING])) == [str(number)]
            assert len(vars(_of_thread)) <= _READY_MAX


def test_an_engine_may_be_let_go_by_any_thread(policy):
    """regorus complains where another thread than its own drops one."""
    held = [EmbeddedEngine(policy)]
    asyncio.run(held[0].evaluate([MISSING]))
    other = threading.Thread(target=held.clear)
    other.start()
    other.join()
    assert held == []
