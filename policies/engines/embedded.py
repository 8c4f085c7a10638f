"""The policy evaluated in this process by regorus: for the demo, tests and replay, where no OPA server is wanted.

Only its interpreter: its other machine, the RVM, answers wrongly. The differential tests hold this one equal to OPA.
"""

import asyncio
import hashlib
import json
import threading
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import regorus

from policies.load import PACKAGE, PolicySet
from schemas.errors import PolicyUnavailable

_RULE = f"data.{PACKAGE}.decision"
#: After so many evaluations (some 15 ms) the event loop gets its turn.
_BREATH = 32
#: Policies that one thread keeps ready: those in force, and those of a rehearsal.
_READY_MAX = 4
#: The engines of each thread by what is loaded. Only the thread that made one may use it, or drop it: so none
#: is part of an object that any thread may be the last to hold.
_of_thread = threading.local()


class EmbeddedEngine:
    """regorus with one policy loaded, once for each thread that asks."""

    def __init__(self, policy: PolicySet) -> None:
        self.name = f"regorus {version('gordon-to-regorus')}"
        self._sources = dict(policy.rego)
        self._data = json.dumps(policy.data())
        # Not the revision: that is what the policy says of itself, and here it is seen whether it is so.
        self._digest = hashlib.sha256(json.dumps([self._sources, self._data]).encode()).hexdigest()

    async def evaluate(self, inputs: Sequence[dict[str, Any]]) -> Sequence[object]:
        """One answer for each input."""
        answers: list[object] = []
        for number, asked in enumerate(inputs, start=1):
            answers.append(self._ask(asked))
            if number % _BREATH == 0:
                await asyncio.sleep(0)
        return answers

    def _ask(self, asked: dict[str, Any]) -> object:
        """Input and evaluation in one step: an engine whose input was refused would answer the question before."""
        engine = self._engine()
        try:
            engine.set_input_json(json.dumps(asked, allow_nan=False))
            return json.loads(engine.eval_rule_as_json(_RULE))
        except (KeyboardInterrupt, SystemExit):
            self._drop()
            raise
        except BaseException as fault:  # regorus panics as BaseException
            self._drop()
            # Its text quotes policy source and input: only the class of the fault goes on.
            raise PolicyUnavailable(f"the embedded policy engine failed ({type(fault).__name__})") from None

    def _engine(self) -> Any:
        ready = vars(_of_thread)
        if self._digest not in ready:
            while len(ready) >= _READY_MAX:
                del ready[next(iter(ready))]
            ready[self._digest] = self._fresh()
        return ready[self._digest]

    def _drop(self) -> None:
        vars(_of_thread).pop(self._digest, None)

    def _fresh(self) -> Any:
        engine = regorus.Engine()
        for name, text in self._sources.items():
            engine.add_policy(name, text)
        engine.add_data_json(self._data)
        return engine
