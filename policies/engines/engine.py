"""What the gate needs of a policy engine."""

from collections.abc import Sequence
from typing import Any, Protocol


class Engine(Protocol):
    """Evaluates the policy. `name` says which engine at which version, and stands in every decision."""

    @property
    def name(self) -> str: ...

    async def evaluate(self, inputs: Sequence[dict[str, Any]]) -> Sequence[object]:
        """One answer for each input, in order and unchecked, or `PolicyUnavailable`."""
        ...
