"""Which model weighs records in a region: the one that was activated last. And whether all have been resolved by it.

An activation is an event like any other. From then on every edge is weighed by the new model, and every component is
resolved anew, some at a time between batches of events. When all have been, a `ModelApplied` on the same topic says so.
A worker that reads the log back and does not find it there begins again with the first component, and comes to the same
end.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from schemas import topics
from schemas.activations import ACTIVATION, MODEL_APPLIED, applied
from schemas.codec import decode, record_name
from schemas.errors import InvalidEvent, UnknownModel
from schemas.signature import unsigned
from streams.identity.change import Change
from streams.identity.model import Model, load
from streams.identity.registry import Registry
from streams.puts import Put


class Activating:
    """The model in force, and the components still to be resolved by it. `default` is in force until one is
    activated."""

    def __init__(self, registry: Registry, default: str) -> None:
        self._registry = registry
        self._default = default
        self._heard: set[str] = set()
        self._last: dict[str, Any] | None = None
        self._applied = True
        self._sweep: Iterator[list[Change]] | None = None

    def restore(self, values: Iterable[bytes | None]) -> None:
        """Read back the values of the topic of models, up to where the worker had come."""
        for value in values:
            with suppress(InvalidEvent):  # refused when it came
                self._take(value or b"")

    def hear(self, data: bytes) -> bool:
        """Take in one record of the topic. Returns whether a model must be adopted.

        Raises InvalidEvent, UnknownModel.
        """
        if not self._take(data):
            return False
        self._sweep = None
        self._model()
        return True

    def adopt(self) -> Iterator[None]:
        """Weigh by the model in force; to be run to its end before anything else is. Raises UnknownModel."""
        model = self._model()
        if model is not self._registry.model:
            yield from self._registry.adopt(model)

    def begin(self) -> None:
        """Resolve everything anew from here on, unless that has been done since the last activation."""
        self._sweep = None if self._applied else self._registry.sweep()

    @property
    def under_way(self) -> bool:
        """Whether records are still to be resolved by the model in force."""
        return self._sweep is not None

    def step(self) -> list[Change] | None:
        """Resolve one more component; None when all are."""
        changes = next(self._sweep, None) if self._sweep is not None else None
        if changes is None:
            self._sweep = None
        return changes

    def applied(self, at: datetime) -> Put:
        """The message that every record has been resolved by the model in force."""
        return Put(topics.MODELS, *applied(self._activation_id, self._version, records=len(self._registry), at=at))

    def _model(self) -> Model:
        try:
            return load(self._version)
        except UnknownModel as fault:
            raise UnknownModel(f"activation {self._activation_id} is of a model that cannot be used: {fault}") from None

    @property
    def _version(self) -> str:
        return str(self._last["model"]) if self._last is not None else self._default

    @property
    def _activation_id(self) -> str:
        return str(self._last["activation_id"]) if self._last is not None else "none"

    def _take(self, data: bytes) -> bool:
        """Take in one record; whether it is an activation that has not come before."""
        name, said = record_name(data), decode(data)
        activation_id = said.get("activation_id")
        if name == MODEL_APPLIED:
            self._applied = self._applied or activation_id == self._activation_id
            return False
        if name != ACTIVATION:
            raise InvalidEvent(f"a {name} is no activation of a model")
        if fault := unsigned("an activation", said["activated_by"], said["reason"]):
            raise InvalidEvent(fault)
        if activation_id in self._heard:
            return False
        self._heard.add(said["activation_id"])
        self._last, self._applied = said, False
        return True
