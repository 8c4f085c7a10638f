"""The engine decides any policy as the governance page reads, not only the policies that ship."""

import asyncio
import shutil
from collections import Counter

import pytest

from policies.engines.embedded import EmbeddedEngine
from policies.gate import Gate
from policies.load import HERE
from tests.policies.reading import Maker, decide


@pytest.fixture
def directory(tmp_path):
    shutil.copytree(HERE / "rego", tmp_path / "rego")
    return tmp_path


@pytest.mark.parametrize("seed", range(24))
def test_a_policy_made_at_random_is_decided_as_its_words_say(seed, directory, asking):
    maker = Maker(seed)
    policy = maker.policy(directory)
    engine = EmbeddedEngine(policy)
    questions = [maker.question(policy) for _ in range(40)]
    answers = asking(engine, [asked.as_input(policy.epoch_ns(at_ns)) for asked, at_ns in questions])
    for (asked, at_ns), answer in zip(questions, answers, strict=True):
        assert answer == decide(policy, asked, at_ns), asked
        asyncio.run(Gate(policy, engine, lambda at_ns=at_ns: at_ns).prepare([asked]))


def test_what_is_made_at_random_is_answered_in_every_way(directory):
    outcomes = Counter()
    for seed in range(24):
        maker = Maker(seed)
        (directory / str(seed)).mkdir()
        shutil.copytree(HERE / "rego", directory / str(seed) / "rego")
        policy = maker.policy(directory / str(seed))
        outcomes.update(decide(policy, *maker.question(policy))["outcome"] for _ in range(40))
    assert min(outcomes[outcome] for outcome in ("PERMIT", "REVIEW", "DENY")) > 20, outcomes
