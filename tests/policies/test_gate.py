"""The one door: whatever is wrong with the engine, nothing flows and nothing wrong stays, and it mends by itself."""

import asyncio
from dataclasses import replace

import pytest

from policies.casebook import attributes
from policies.engines.embedded import EmbeddedEngine
from policies.gate import CONFIRM_NS, Gate
from policies.load import PolicySet
from policies.prohibition import Prohibition
from schemas.errors import PolicyUnavailable
from schemas.vocabulary import Outcome

ANALYST = "police-intelligence-analyst"
MISSING = attributes({"audience": ANALYST, "event_type": "police.missing_reported"})
MARK = attributes({"audience": ANALYST, "event_type": "school.attendance_session"})
#: What a school is asked of a concern.
CONCERNS = tuple(
    PolicySet.load().agreements[agreement].clauses[clause].question
    for agreement, clause in (("county-childrens-safeguarding", "CS-6"), ("exploitation-and-missing", "EM-12"))
)
NOW_NS = 1_795_305_600_000_000_000  # 22 November 2026
YEAR_NS = 365 * 24 * 3600 * 10**9


class Clock:
    def __init__(self, ns=NOW_NS):
        self.ns = ns

    def __call__(self):
        return self.ns


class Counting:
    """An engine that keeps what it was asked."""

    def __init__(self, engine):
        self._engine = engine
        self.name = engine.name
        self.asked = []

    async def evaluate(self, inputs):
        self.asked.append([(asked["audience"], asked["event_type"]) for asked in inputs])
        return await self._engine.evaluate(inputs)


class Faulty(Counting):
    """An engine that spoils its answers while `spoil` says how."""

    spoil = None

    async def evaluate(self, inputs):
        answers = list(await super().evaluate(inputs))
        return self.spoil(answers) if self.spoil else answers


def raising(fault):
    def spoil(_):
        raise fault

    return spoil


def each(change):
    return lambda answers: [change(answer) for answer in answers]


def granting(**changes):
    """Answers whose last grant is another, and of which nothing else is wrong."""

    def spoil(answer):
        others, last = answer["grants"][:-1], answer["grants"][-1:]
        grants = sorted([*others, *(grant | changes for grant in last)], key=lambda grant: grant["purpose"])
        named = {name for grant in grants for name in (*grant["fields"], *grant["masked"])}
        return answer | {"grants": grants, "dropped": [name for name in answer["dropped"] if name not in named]}

    return each(spoil)


def refusing(**changes):
    """Answers that refuse, of which nothing else is wrong."""

    def spoil(answer):
        names = [name for grant in answer["grants"] for name in (*grant["fields"], *grant["masked"])]
        refused = {"outcome": "DENY", "agreement": None, "clause": None, "reasons": ["no_clause"], "grants": []}
        return answer | refused | {"dropped": sorted({*answer["dropped"], *names})} | changes

    return each(spoil)


FAULTS = {
    "it is down": raising(ConnectionRefusedError("refused by 10.0.0.1")),
    "it is slow": raising(TimeoutError("")),
    "it answers with a page": raising(ValueError("<html>")),
    "it says so itself": raising(PolicyUnavailable("the OPA server gave no answer")),
    "it answers nothing": lambda answers: [],
    "it answers half of the questions": lambda answers: answers[: len(answers) // 2],
    "it answers more than it was asked": lambda answers: [*answers, answers[0]],
    "it answers {}": each(lambda _: {}),
    "it answers null": each(lambda _: None),
    "it answers a truthy word": each(lambda _: "false"),
    "it answers true": each(lambda _: True),
    "it answers undefined": each(lambda _: "<undefined>"),
    "it answers half": each(lambda answer: {k: v for k, v in answer.items() if k != "dropped"}),
    "it answers from a stale bundle": each(lambda answer: answer | {"revision": "0" * 32}),
    "it permits without grants": each(lambda answer: answer | {"outcome": "PERMIT", "grants": []}),
    "it grants free text": each(
        lambda answer: answer | {"grants": [g | {"fields": [*g["fields"], "notes"]} for g in answer["grants"]]}
    ),
    "it grants what ended before it was asked": each(
        lambda answer: answer | {"grants": [g | {"valid_until_ns": NOW_NS - CONFIRM_NS} for g in answer["grants"]]}
    ),
    "it grants without the obligations": granting(obligations=["no_onward_sharing"]),
    "it grants for longer than was agreed": granting(valid_until_ns=NOW_NS + 10 * YEAR_NS),
    "it grants under a clause that is not there": granting(clause="CS-99"),
    "it grants under an agreement that is not there": granting(agreement="another"),
    "it grants under an agreement that has not begun": granting(
        agreement="locality-tasking",
        clause="LT-1",
        purpose="exploitation-mace-l2-locality",
        obligations=["never_name_a_child", "no_onward_sharing"],
        fields=["risk_level"],
        masked=[],
    ),
    "it grants for a purpose that the clause does not name": granting(purpose="youth-justice-assessment"),
    "it grants under a clause of another event type": granting(clause="CS-4"),
    "it grants whole what was to be coarser": granting(fields=["person.postcode"], masked=["last_seen_location"]),
    "it grants coarser what was to be dropped": granting(masked=["person.ethnicity"]),
    "it grants with an obligation that nobody agreed": each(
        lambda answer: (
            answer | {"grants": [g | {"obligations": ["<html>", *g["obligations"]]} for g in answer["grants"]]}
        )
    ),
    "it refuses by no ground of ours": refusing(clause="<html>"),
    "it refuses by what leaves it to a person": refusing(clause="mental-health"),
    "it leaves it to a person by a clause that permits": refusing(
        outcome="REVIEW",
        agreement="exploitation-and-missing",
        clause="EM-1",
        reasons=["clause_requires_review:exploitation-and-missing/EM-12"],
    ),
    "it refuses for a reason that is none": refusing(reasons=["no_clause", "10.0.0.1 is down"]),
    "it refuses by a prohibition that there is not": refusing(reasons=["prohibition:another"]),
    "it refuses because it is permitted": refusing(reasons=["permitted"]),
    "it leaves it to a person for no clause": refusing(
        outcome="REVIEW", clause="mental-health", reasons=["prohibition:mental-health", "clause_requires_review"]
    ),
    "it leaves it to a person for a clause that permits": refusing(
        outcome="REVIEW",
        clause="mental-health",
        reasons=["prohibition:mental-health", "clause_requires_review:exploitation-and-missing/EM-1"],
    ),
    "it says that somebody released what is left to nobody": refusing(reasons=["no_clause", "released:permitted"]),
    "it permits for no reason to": each(lambda answer: answer | {"reasons": ["review_overdue"]}),
    "one answer of many is spoilt": lambda answers: [*answers[:-1], {}],
}


@pytest.mark.parametrize("spoil", FAULTS.values(), ids=FAULTS.keys())
async def test_while_the_engine_is_at_fault_nothing_flows_and_then_it_mends_by_itself(spoil, policy, engine):
    faulty = Faulty(engine)
    gate = Gate(policy, faulty, Clock())
    faulty.spoil = spoil
    for _ in range(2):
        with pytest.raises(PolicyUnavailable, match=r"^the ") as fault:
            await gate.prepare([MISSING, MARK])
        assert "10.0.0.1" not in str(fault.value)
        assert "html" not in str(fault.value)
        for asked in (MISSING, MARK):
            with pytest.raises(PolicyUnavailable):
                gate.rulings([asked])
    faulty.spoil = None
    await gate.prepare([MISSING, MARK])
    assert gate.rulings([MISSING])[MISSING].outcome is Outcome.PERMIT
    assert gate.rulings([MARK])[MARK].outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("event_type", "met"),
    [
        pytest.param("police.missing_reported", {"emergency": True}, id="condition"),
        pytest.param("school.safeguarding_concern", {"released": CONCERNS}, id="review"),
    ],
)
async def test_what_is_granted_where_a_clause_applies_is_no_answer_where_it_does_not(event_type, met, policy, engine):
    asked = attributes({"audience": ANALYST, "event_type": event_type})
    (answer,) = await engine.evaluate([replace(asked, **met).as_input(policy.epoch_ns(NOW_NS))])
    assert answer["outcome"] == "PERMIT"
    faulty = Faulty(engine)
    faulty.spoil = each(lambda _: answer)
    gate = Gate(policy, faulty, Clock())
    await gate.prepare([replace(asked, **met)])
    with pytest.raises(PolicyUnavailable):
        await gate.prepare([asked])


@pytest.mark.parametrize(
    "other",
    [
        {"audiences": ("designated-safeguarding-lead",)},
        {"event_types": ("police.missing_located",)},
        {"purposes": ("youth-justice-assessment",)},
        {"conditions": {"emergency": (True,)}},
        {"outcome": "REVIEW"},
        {"obligations": ("tell_source_it_was_used",)},
        {"fields": {}, "labels": {}},
    ],
    ids=lambda other: next(iter(other)),
)
async def test_a_grant_is_held_against_each_part_of_the_clause_that_it_names(other, policy, engine):
    """The engine grants what the clauses say; the policy of the gate has them otherwise in one part."""
    agreements = {
        name: replace(agreement, clauses={key: replace(clause, **other) for key, clause in agreement.clauses.items()})
        for name, agreement in policy.agreements.items()
    }
    await Gate(policy, engine, Clock()).prepare([MISSING])
    with pytest.raises(PolicyUnavailable, match="grants what the clauses that apply do not"):
        await Gate(replace(policy, agreements=agreements), engine, Clock()).prepare([MISSING])


@pytest.mark.parametrize(
    "other",
    [
        {"sensitivities": ("adoption",)},
        {"sensitivities": ("mental_health",)},
        {"sensitivities": ("protected_address",)},
        {"sensitivities": ("something new",)},
        {"role": "passer-by"},
        {"schema_version": 99},
        {"agency": "nhs"},
        {"refused": True},
    ],
    ids=str,
)
async def test_what_is_granted_of_one_event_is_no_answer_for_another_of_which_policy_grants_less(other, policy, engine):
    (answer,) = await engine.evaluate([MISSING.as_input(policy.epoch_ns(NOW_NS))])
    swapping = Faulty(engine)
    swapping.spoil = each(lambda _: answer)
    gate = Gate(policy, swapping, Clock())
    await gate.prepare([MISSING])
    with pytest.raises(PolicyUnavailable, match="let it load this policy"):
        await gate.prepare([replace(MISSING, **other)])


@pytest.mark.parametrize(
    ("law", "holds"),
    [
        ({"effect": "DENY", "when": {"event_type": ("police.missing_reported",)}}, True),
        ({"effect": "DENY", "when": {"event_type": ("police.missing_located",)}}, False),
        ({"effect": "REVIEW", "when": {"controller": ("police",)}}, True),
        ({"effect": "REVIEW", "when": {"controller": ("police",)}, "unless": ({"emergency": (False,)},)}, False),
        ({"effect": "drop", "labels": ("routine",)}, True),
        ({"effect": "drop", "fields": ("person.postcode",), "except_fields": ("person.postcode",)}, False),
        ({"effect": "mask", "fields": ("last_seen",)}, True),
        ({"effect": "mask", "fields": ("person.postcode",)}, False),
    ],
    ids=str,
)
async def test_a_grant_is_held_against_the_prohibitions_too(law, holds, policy, engine):
    """The gate has one prohibition more than the engine."""
    nothing = {"labels": (), "fields": (), "except_fields": (), "when": {}, "unless": ()}
    rule = Prohibition(id="one-more", title="One more", law="A law", **(nothing | law))
    beside = replace(policy, prohibitions={**policy.prohibitions, rule.id: rule})
    asked = Gate(beside, engine, Clock()).prepare([MISSING])
    if not holds:
        return await asked
    with pytest.raises(PolicyUnavailable, match="grants what may not be granted"):
        await asked


@pytest.mark.parametrize(
    ("clause", "holds"),
    [
        ({"fields": {"risk_level": "drop"}}, True),
        ({"fields": {"last_seen": "mask"}}, True),
        ({"outcome": "REVIEW"}, True),
        ({"obligations": ("tell_source_it_was_used",)}, True),
        ({"outcome": "REVIEW", "conditions": {"emergency": (True,)}}, False),
        ({"outcome": "REVIEW", "purposes": ("youth-justice-assessment",)}, False),
    ],
    ids=str,
)
async def test_a_grant_is_held_against_every_clause_that_applies(clause, holds, policy, engine):
    """The gate has one clause more than the engine, beside the one that the grant names."""
    agreement = policy.agreements["exploitation-and-missing"]
    stricter = replace(agreement.clauses["EM-1"], id="EM-1-A", **clause)
    clauses = {**agreement.clauses, stricter.id: stricter}
    agreements = {**policy.agreements, agreement.id: replace(agreement, clauses=clauses)}
    asked = Gate(replace(policy, agreements=agreements), engine, Clock()).prepare([MISSING])
    if not holds:
        return await asked
    with pytest.raises(PolicyUnavailable, match="grants what the clauses that apply do not"):
        await asked


@pytest.mark.parametrize(
    ("clause", "holds"),
    [
        ({}, True),
        ({"purposes": ("emergency-vital-interests",)}, True),
        ({"purposes": ("early-help",)}, False),
        ({"outcome": "PERMIT", "purposes": ("emergency-vital-interests",)}, False),
    ],
    ids=str,
)
async def test_what_was_released_is_granted_for_no_purpose_while_another_clause_asks(clause, holds, policy, engine):
    """The gate has one clause more than the engine, which nobody has answered."""
    agreement = policy.agreements["exploitation-and-missing"]
    another = replace(agreement.clauses["EM-12"], **{"id": "EM-12-A", "question": "another", **clause})
    clauses = {**agreement.clauses, another.id: another}
    agreements = {**policy.agreements, agreement.id: replace(agreement, clauses=clauses)}
    concern = attributes({"audience": ANALYST, "event_type": "school.safeguarding_concern", "released": CONCERNS})
    asked = Gate(replace(policy, agreements=agreements), engine, Clock()).prepare([concern])
    if not holds:
        return await asked
    with pytest.raises(PolicyUnavailable, match="let it load this policy"):
        await asked


async def test_a_grant_for_a_purpose_that_the_audience_is_not_registered_for_is_no_answer(policy, engine):
    audiences = {name: replace(audience, purposes=("early-help",)) for name, audience in policy.audiences.items()}
    with pytest.raises(PolicyUnavailable, match="grants what the clauses that apply do not"):
        await Gate(replace(policy, audiences=audiences), engine, Clock()).prepare([MISSING])


async def test_what_no_engine_should_raise_goes_up_and_is_not_remembered(policy, engine):
    class Panic(BaseException):
        """As regorus raises where it is used from another thread."""

    faulty = Faulty(engine)
    faulty.spoil = raising(Panic())
    gate = Gate(policy, faulty, Clock())
    with pytest.raises(PolicyUnavailable, match="Panic"):
        await gate.prepare([MISSING])
    with pytest.raises(PolicyUnavailable):
        gate.rulings([MISSING])


async def test_being_cancelled_is_not_an_answer_of_the_engine(policy, engine):
    class Hanging(Counting):
        async def evaluate(self, inputs):
            await asyncio.Event().wait()

    gate = Gate(policy, Hanging(engine), Clock())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate.prepare([MISSING]), 0.01)
    with pytest.raises(PolicyUnavailable):
        gate.rulings([MISSING])


async def test_all_that_is_missing_is_asked_in_one_batch_and_only_once(policy, engine):
    counting = Counting(engine)
    gate = Gate(policy, counting, Clock())
    await gate.prepare([MISSING, MARK, MISSING])
    await gate.prepare([MARK, MISSING])
    assert counting.asked == [[(ANALYST, "police.missing_reported"), (ANALYST, "school.attendance_session")]]


async def test_what_was_not_prepared_has_no_ruling(policy, engine):
    gate = Gate(policy, engine, Clock())
    with pytest.raises(PolicyUnavailable, match="prepare"):
        gate.rulings([MISSING])
    await gate.prepare([MARK])
    with pytest.raises(PolicyUnavailable, match="prepare first"):
        gate.rulings([MISSING])


async def test_what_is_remembered_stands_only_while_the_engine_confirms_it(policy, engine):
    clock, faulty = Clock(), Faulty(engine)
    gate = Gate(policy, faulty, clock)
    await gate.prepare([MISSING])
    clock.ns += CONFIRM_NS - 1
    await gate.prepare([MISSING])
    assert len(faulty.asked) == 1
    clock.ns += 1
    await gate.prepare([MISSING])
    assert faulty.asked[1:] == [[("", "police.missing_reported")]]
    clock.ns += CONFIRM_NS
    faulty.spoil = raising(ConnectionRefusedError())
    with pytest.raises(PolicyUnavailable, match=r"^the policy engine failed \(ConnectionRefusedError\)$"):
        await gate.prepare([MISSING])


async def test_what_is_remembered_stands_no_longer_once_the_engine_has_failed_however_lately_it_confirmed(
    policy, engine
):
    faulty = Faulty(engine)
    gate = Gate(policy, faulty, Clock())
    await gate.prepare([MISSING])
    faulty.spoil = raising(ConnectionRefusedError())
    with pytest.raises(PolicyUnavailable):
        await gate.prepare([MARK])
    with pytest.raises(PolicyUnavailable):
        await gate.prepare([MISSING])


async def test_a_clock_that_steps_back_asks_again(policy, engine):
    clock, counting = Clock(), Counting(engine)
    gate = Gate(policy, counting, clock)
    await gate.prepare([MISSING])
    clock.ns -= 1
    await gate.prepare([MISSING])
    assert counting.asked[1:] == [[("", "police.missing_reported")]]


async def test_when_an_agreement_begins_or_ends_everything_is_asked_again(policy, engine):
    end = policy.agreements["exploitation-and-missing"].in_force_until_ns
    clock = Clock(end - 1)
    gate = Gate(policy, engine, clock)
    await gate.prepare([MISSING])
    assert "missing-response" in {grant.purpose for grant in gate.rulings([MISSING])[MISSING].grants}
    clock.ns = end
    with pytest.raises(PolicyUnavailable, match="another engine or time"):
        gate.rulings([MISSING])
    await gate.prepare([MISSING])
    assert "missing-response" not in {grant.purpose for grant in gate.rulings([MISSING])[MISSING].grants}


async def test_answers_that_come_after_an_agreement_has_ended_are_not_used(policy, engine):
    end = policy.agreements["exploitation-and-missing"].in_force_until_ns
    clock = Clock(end - 1)

    class Late(Counting):
        async def evaluate(self, inputs):
            answers = await super().evaluate(inputs)
            clock.ns = end
            return answers

    gate = Gate(policy, Late(engine), clock)
    with pytest.raises(PolicyUnavailable, match="changed while the engine was asked"):
        await gate.prepare([MISSING])
    await gate.prepare([MISSING])
    assert "missing-response" not in {grant.purpose for grant in gate.rulings([MISSING])[MISSING].grants}


async def test_answers_of_an_epoch_that_another_batch_has_left_are_not_used_though_the_clock_steps_back_to_it(
    policy, engine
):
    end = policy.agreements["exploitation-and-missing"].in_force_until_ns
    clock, answer = Clock(end - 1), asyncio.Event()

    class FirstIsLate(Counting):
        async def evaluate(self, inputs):
            answers = await super().evaluate(inputs)
            if len(self.asked) == 1:
                await answer.wait()
            return answers

    gate = Gate(policy, FirstIsLate(engine), clock)
    late = asyncio.create_task(gate.prepare([MISSING]))
    await asyncio.sleep(0)
    clock.ns = end
    await gate.prepare([MARK])
    clock.ns = end - 1
    answer.set()
    with pytest.raises(PolicyUnavailable, match="changed while the engine was asked"):
        await late
    clock.ns = end
    with pytest.raises(PolicyUnavailable, match="prepare first"):
        gate.rulings([MISSING])


async def test_a_ruling_of_one_engine_is_not_handed_out_under_another(policy, engine):
    counting = Counting(engine)
    gate = Gate(policy, counting, Clock())
    await gate.prepare([MISSING])
    counting.name = "another version"
    with pytest.raises(PolicyUnavailable, match="prepare again"):
        gate.rulings([MISSING])


async def test_another_version_of_the_engine_is_asked_again(policy, engine):
    counting = Counting(engine)
    gate = Gate(policy, counting, Clock())
    await gate.prepare([MISSING])
    counting.name = "another version"
    await gate.prepare([MISSING])
    assert [len(batch) for batch in counting.asked] == [1, 1]
    assert gate.rulings([MISSING])[MISSING].engine == "another version"


async def test_an_engine_that_turns_into_another_while_it_is_asked_is_asked_again(policy, engine):
    class Changing(Counting):
        async def evaluate(self, inputs):
            answers = await super().evaluate(inputs)
            self.name = f"version {len(self.asked)}"
            return answers

    gate = Gate(policy, Changing(engine), Clock())
    await gate.prepare([MISSING])
    assert gate.rulings([MISSING])[MISSING].engine == "version 1"
    with pytest.raises(PolicyUnavailable, match="another engine answers"):
        await gate.prepare([MISSING, MARK])
    with pytest.raises(PolicyUnavailable):
        gate.rulings([MISSING])


async def test_the_memory_is_bounded_and_keeps_what_was_used_last(policy, engine):
    counting = Counting(engine)
    gate = Gate(policy, counting, Clock(), cache_size=2)
    third = attributes({"audience": ANALYST, "event_type": "nhs.admission"})
    await gate.prepare([MISSING])
    await gate.prepare([MARK])
    await gate.prepare([MISSING])
    await gate.prepare([third])
    assert gate.rulings([MISSING])[MISSING].outcome is Outcome.PERMIT
    assert gate.rulings([third])[third].outcome is Outcome.PERMIT
    with pytest.raises(PolicyUnavailable):
        gate.rulings([MARK])


async def test_one_batch_larger_than_the_memory_can_still_be_ruled(policy, engine):
    gate = Gate(policy, engine, Clock(), cache_size=1)
    await gate.prepare([MISSING])
    await gate.prepare([MISSING, MARK])
    assert gate.rulings([MISSING])[MISSING].outcome is Outcome.PERMIT
    assert gate.rulings([MARK])[MARK].outcome is Outcome.DENY


async def test_a_probe_says_how_the_engine_is_where_no_events_come(policy, engine):
    faulty = Faulty(engine)
    gate = Gate(policy, faulty, Clock())
    await gate.probe()
    faulty.spoil = each(lambda _: {})
    with pytest.raises(
        PolicyUnavailable, match=r"no complete answer: the answer has not exactly the keys it should have"
    ):
        await gate.probe()


async def test_batches_prepared_at_the_same_time_do_not_disturb_one_another(policy):
    gate = Gate(policy, EmbeddedEngine(policy), Clock())
    kinds = ["police.missing_reported", "nhs.admission", "school.suspension", "social_care.referral"]
    asked = [attributes({"audience": ANALYST, "event_type": kind}) for kind in kinds]
    await asyncio.gather(*(gate.prepare([each_one]) for each_one in asked))
    assert [gate.rulings([each_one])[each_one].outcome for each_one in asked] == [Outcome.PERMIT] * 4
