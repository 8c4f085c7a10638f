"""The one door: every question to the policy engine, and every answer from it, passes here.

`prepare` asks for what is not known yet, all of it in one batch; `rulings` only looks up. Anything but a complete,
well-typed answer raises `PolicyUnavailable`, whose sentence says why, and is not remembered.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, NamedTuple

from policies.attributes import CLOSED, Attributes, field_labels
from policies.engines.engine import Engine
from policies.explain import is_reason
from policies.load import PolicySet
from policies.prohibition import Prohibition
from policies.ruling import Grant, Ruling, parse_ruling
from policies.terms import Agreement, Clause
from schemas.errors import PolicyUnavailable
from schemas.vocabulary import AgeBand, Agency, Consent, Outcome, Regime, Role

#: Distinct attributes are some thousands; a flood of invented ones must not fill the memory.
CACHE_SIZE: Final = 100_000
#: How long remembered rulings stand without the engine confirming that it is there and at this revision.
CONFIRM_NS: Final = 1_000_000_000

#: A question whose answer is known: nobody may see anything.
_NOBODY: Final = Attributes(
    audience="",
    agency=Agency.POLICE,
    event_type="police.missing_reported",
    schema_version=1,
    role=Role.SUBJECT,
    regime=Regime.UKGDPR,
    consent=Consent.NOT_RECORDED,
    emergency=False,
    source_evaluation="",
    intelligence_assessment="",
    handling_code="",
    handling=(),
    sensitivities=(),
    age_band=AgeBand.UNKNOWN,
)


class Scope(NamedTuple):
    """What remembered rulings hold for: another revision, engine or epoch may rule otherwise."""

    revision: str
    engine: str
    epoch_ns: int


class Gate:
    """Rulings by attributes, for one policy and one engine. The clock is the caller's."""

    def __init__(
        self, policy: PolicySet, engine: Engine, clock_ns: Callable[[], int], cache_size: int = CACHE_SIZE
    ) -> None:
        self.policy = policy
        self.engine = engine
        self._clock_ns = clock_ns
        self._cache_size = cache_size
        self._cache: OrderedDict[Attributes, Ruling] = OrderedDict()
        self._scope: Scope | None = None
        self._confirmed_ns: int | None = None

    def scope(self) -> str:
        """Names what rulings hold under now: the policies, and the stretch in which no agreement begins or ends."""
        return f"{self.policy.revision}/{self.policy.epoch_ns(self._clock_ns())}"

    async def prepare(self, attributes: Iterable[Attributes]) -> None:
        """Make `rulings` answer for these, or raise `PolicyUnavailable` and remember nothing."""
        now_ns = self._clock_ns()
        self._enter(self._scope_at(now_ns))
        wanted = dict.fromkeys(attributes)
        misses = []
        for asked in wanted:
            if asked in self._cache:
                self._cache.move_to_end(asked)
            else:
                misses.append(asked)
        if misses or not self._confirmed(now_ns):
            await self._ask(misses or [_NOBODY])
            self._confirmed_ns = now_ns
            self._forget(keep=len(wanted))

    async def probe(self) -> None:
        """Ask a question whose answer is known: what `/readyz` can do where no events come."""
        self._enter(self._scope_at(self._clock_ns()))
        await self._ask([_NOBODY])

    def rulings(self, attributes: Iterable[Attributes]) -> dict[Attributes, Ruling]:
        """The rulings for all of these, which were prepared, or `PolicyUnavailable`."""
        if self._scope_at(self._clock_ns()) != self._scope:
            raise PolicyUnavailable("rulings were prepared for another engine or time, or none were: prepare again")
        try:
            return {asked: self._cache[asked] for asked in attributes}
        except KeyError:
            raise PolicyUnavailable("no ruling is prepared for these attributes: prepare first") from None

    def _scope_at(self, now_ns: int) -> Scope:
        return Scope(self.policy.revision, self.engine.name, self.policy.epoch_ns(now_ns))

    def _enter(self, scope: Scope) -> None:
        """Rulings of another revision, engine or epoch are forgotten, not kept beside."""
        if scope != self._scope:
            self._cache.clear()
            self._confirmed_ns = None
            self._scope = scope

    def _confirmed(self, now_ns: int) -> bool:
        return self._confirmed_ns is not None and 0 <= now_ns - self._confirmed_ns < CONFIRM_NS

    async def _ask(self, questions: Sequence[Attributes]) -> None:
        try:
            rulings = await self._rulings(questions)
        except PolicyUnavailable:
            self._confirmed_ns = None
            raise
        self._cache.update(zip(questions, rulings, strict=True))

    async def _rulings(self, questions: Sequence[Attributes]) -> list[Ruling]:
        before = self._scope
        assert before is not None
        answers = await self._answers(questions, before.epoch_ns)
        now_ns = self._clock_ns()
        after = self._scope_at(now_ns)
        if self._scope != before or after != before._replace(engine=after.engine):
            raise PolicyUnavailable("the policy or its epoch changed while the engine was asked: ask again")
        if after != before:
            # A server says its version when it is first reached, or has come back as another.
            remembered = len(self._cache)
            self._enter(after)
            if remembered:
                raise PolicyUnavailable("another engine answers than the one that answered before: ask again")
        return [self._ruling(asked, answer, after, now_ns) for asked, answer in zip(questions, answers, strict=True)]

    def _ruling(self, asked: Attributes, answer: object, scope: Scope, now_ns: int) -> Ruling:
        ruling = parse_ruling(answer, scope.revision, field_labels(asked.event_type), scope.engine, asked_ns=now_ns)
        applying = _applying(self.policy, asked, scope.epoch_ns) if ruling.grants else []
        if not all(_is_agreed(self.policy, asked, grant, applying) for grant in ruling.grants):
            raise PolicyUnavailable(
                "the policy engine grants what the clauses that apply do not: let it load this policy"
            )
        if ruling.grants and not _is_lawful(self.policy, asked, ruling.grants, applying):
            raise PolicyUnavailable("the policy engine grants what may not be granted: let it load this policy")
        if not _is_grounded(self.policy, ruling):
            raise PolicyUnavailable(
                "the policy engine names a ground or a reason that there is not: let it load this policy"
            )
        return ruling

    async def _answers(self, questions: Sequence[Attributes], epoch_ns: int) -> Sequence[object]:
        try:
            answers = await self.engine.evaluate([asked.as_input(epoch_ns) for asked in questions])
        except (PolicyUnavailable, asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as fault:  # a panic of regorus is not an Exception
            # What an engine says about its fault may quote the question: only the class of the fault goes on.
            raise PolicyUnavailable(f"the policy engine failed ({type(fault).__name__})") from None
        if len(answers) != len(questions):
            raise PolicyUnavailable("the policy engine did not answer every question")
        return answers

    def _forget(self, keep: int) -> None:
        """What was used longest ago goes first; a batch larger than the memory is kept whole until the next one."""
        while len(self._cache) > max(self._cache_size, keep):
            self._cache.popitem(last=False)


def _applying(policy: PolicySet, asked: Attributes, epoch_ns: int) -> list[tuple[Agreement, Clause]]:
    """Every clause that speaks of an event, whatever the purpose, with its agreement."""
    return [
        (agreement, clause)
        for agreement in policy.agreements.values()
        if agreement.applies(epoch_ns)
        for clause in agreement.clauses.values()
        if asked.event_type in clause.event_types
        and asked.audience in clause.audiences
        and all(getattr(asked, name) in values for name, values in clause.when.items())
    ]


def _is_agreed(
    policy: PolicySet, asked: Attributes, grant: Grant, applying: Sequence[tuple[Agreement, Clause]]
) -> bool:
    """Whether every clause that applies lets all of a grant through with just their obligations, and the one that it
    names is among them."""
    speaking = [(agreement, clause) for agreement, clause in applying if grant.purpose in clause.purposes]
    return (
        any((agreement.id, clause.id) == (grant.agreement, grant.clause) for agreement, clause in speaking)
        and all(grant.valid_until_ns <= agreement.in_force_until_ns for agreement, _ in speaking)
        and all(_lets_through(clause, asked, grant) for _, clause in speaking)
        and {duty for _, clause in speaking for duty in clause.obligations} == set(grant.obligations)
        and grant.purpose in policy.audiences[asked.audience].purposes
    )


def _lets_through(clause: Clause, asked: Attributes, grant: Grant) -> bool:
    labels = field_labels(asked.event_type)
    return (
        (clause.outcome == Outcome.PERMIT or clause.question in asked.released)
        and all(clause.mode(name, labels[name]) == "pass" for name in grant.fields)
        and all(clause.mode(name, labels[name]) != "drop" for name in grant.masked)
    )


def _is_lawful(
    policy: PolicySet, asked: Attributes, grants: Sequence[Grant], applying: Sequence[tuple[Agreement, Clause]]
) -> bool:
    """Whether an event may be granted at all, and no prohibition leaves less of it than these grants do."""
    facts: dict[str, Collection[str | bool]] = {"controller": [policy.audiences[asked.audience].controller]}
    for name in (*CLOSED, "emergency"):
        value = getattr(asked, name)
        facts[name] = value if isinstance(value, tuple) else [value]
    whole = {name for grant in grants for name in grant.fields}
    shown = whole | {name for grant in grants for name in grant.masked}
    labels = field_labels(asked.event_type)

    def leaves(law: Prohibition) -> bool:
        if law.effect in (Outcome.DENY, Outcome.REVIEW):
            return law.effect == Outcome.REVIEW and f"prohibition:{law.id}" in asked.released
        return not any(law.covers(name, labels[name]) for name in (shown if law.effect == "drop" else whole))

    concerning = [law for law in policy.prohibitions.values() if law.concerns(facts)]
    by_law = any(law.effect == Outcome.REVIEW for law in concerning)
    return (
        asked.is_known
        and not asked.refused
        and all(map(leaves, concerning))
        and not _waits(asked, by_law, applying, policy.audiences[asked.audience].purposes)
    )


def _waits(
    asked: Attributes, by_law: bool, applying: Sequence[tuple[Agreement, Clause]], registered: Collection[str]
) -> bool:
    """Whether a clause that asks has not been answered of an event that is left to a person, by a prohibition or
    because no clause permits it without one for any purpose: then it goes for none."""
    speaking = [(clause, purpose) for _, clause in applying for purpose in clause.purposes if purpose in registered]
    asking = {(clause.question, purpose) for clause, purpose in speaking if clause.outcome == Outcome.REVIEW}
    permitted = {purpose for _, purpose in speaking} - {purpose for _, purpose in asking}
    return (by_law or not permitted) and any(question not in asked.released for question, _ in asking)


def _is_grounded(policy: PolicySet, ruling: Ruling) -> bool:
    """Whether all that a ruling names is of this policy; the ground of a PERMIT is that of its first grant."""
    return (ruling.outcome is Outcome.PERMIT or _effect(policy, ruling) == ruling.outcome) and all(
        is_reason(policy, code) for code in ruling.reasons
    )


def _effect(policy: PolicySet, ruling: Ruling) -> str | None:
    """What the ground of a ruling does: a clause, else a prohibition; where there is none, nothing may flow."""
    if ruling.clause is None:
        return Outcome.DENY if ruling.agreement is None else None
    if ruling.agreement is not None:
        clause = policy.clause(ruling.agreement, ruling.clause)
        return clause.outcome if clause is not None else None
    prohibition = policy.prohibitions.get(ruling.clause)
    return prohibition.effect if prohibition is not None else None
