"""The error model: a YAML file that says how often what goes wrong, laid over the one that comes with this release."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from policies.files import validator
from schemas.errors import BusError

HERE = Path(__file__).parent
SHIPPED = HERE / "errors.yaml"
SCHEMA = HERE / "errors.schema.json"
#: More special people than this leave no room for their brothers and sisters.
GROUPS_MAX = 0.5
#: A value may be a whole list; its beginning is enough to find it.
MESSAGE_MAX = 200


class InvalidErrorModel(BusError):
    """The error model cannot be used; the message names the file, the key, the value and what it may be."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What may go wrong with one field at one source: the kinds of mistake, and beside each kind the sum of its chance
    and those of all kinds before it."""

    kinds: tuple[str, ...]
    sums: tuple[float, ...]

    def draw(self, chance: float, times: float) -> str | None:
        """The kind of mistake that happens, or None where all goes well, as it mostly does.

        `chance` is a random number from 0 up to 1, and mistakes are `times` as likely as the rates say.
        """
        total = self.sums[-1] * times
        if chance >= total:
            return None
        # Where kinds add up to more than certainty, one of them happens, in proportion.
        return self.kinds[bisect_right(self.sums, chance / times if total <= 1 else chance * self.sums[-1])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """How one source keeps records; `docs/simulator.md` says of each number what it does.

    `known` holds, from each age in years on, the share of people of whom the source has a record, youngest first.
    """

    name: str
    known: tuple[tuple[int, float], ...]
    twice: float
    again: float
    carries: Mapping[str, float]
    errors: Mapping[str, Rates]

    def knows(self, age: int) -> float:
        """The chance that it has a record of somebody of this age."""
        return next((share for least, share in reversed(self.known) if age >= least), self.known[0][1])


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorModel:
    """A checked error model. Each number is the one of its name in `errors.yaml`; `docs/simulator.md` explains it."""

    sources: tuple[Source, ...]
    careless: float
    careless_times: float
    hard_name: float
    same_again: float
    corrected: float
    late: float
    repeated: float
    out_of_order: float
    moves: float
    wrong_number_used: float
    groups: Mapping[str, float]

    @property
    def careful_times(self) -> float:
        """By how much the other records err less, so that the mean over all stays the rate in the file."""
        return (1 - self.careless * self.careless_times) / (1 - self.careless) if self.careless < 1 else 1.0


@cache
def shipped() -> ErrorModel:
    """The error model that comes with this release."""
    return _model(_content(SHIPPED))


def load(path: Path) -> ErrorModel:
    """Somebody's error model: what their file leaves out is as in the shipped one. Raises InvalidErrorModel."""
    said = _content(path)
    _demand_none(_faults(said), path)
    merged = _over(_content(SHIPPED), said)
    _demand_none(_contradictions(merged), path)
    return _model(merged)


def _demand_none(faults: Iterator[tuple[str, str]], path: Path) -> None:
    """Raise InvalidErrorModel for the first fault, if there is one."""
    if (first := next(faults, None)) is not None:
        key, fact = first
        raise InvalidErrorModel(f"{path.name}: {key}: {fact}")


def _content(path: Path) -> Any:
    try:
        return _with_text_keys(yaml.safe_load(path.read_text(encoding="utf-8-sig")))
    except OSError as fault:
        raise InvalidErrorModel(f"{path.name}: cannot be read ({fault.strerror})") from None
    except (yaml.YAMLError, ValueError, RecursionError) as fault:  # a date that is none is a ValueError
        mark = getattr(fault, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark is not None else ""
        raise InvalidErrorModel(f"{path.name}: not YAML{line}; mend it there") from None


def _with_text_keys(value: Any) -> Any:
    """YAML reads 12 as a number and `no` as a truth; keys are words here."""
    return {str(key): _with_text_keys(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _faults(said: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(said, dict):
        # Nothing of it is quoted: it may be a file of records.
        yield "the file", "no error model, for it has no keys; see errors.schema.json"
        return
    for error in sorted(validator(SCHEMA).iter_errors(said), key=lambda error: list(map(str, error.absolute_path))):
        key = ".".join(map(str, error.absolute_path)) or "the file"
        yield key, f"{error.message[:MESSAGE_MAX]}; see errors.schema.json"
    for key in _no_number(said):
        yield key, "nan and inf are no rates; give a number from 0 to 1"


def _no_number(value: Any, *path: str) -> Iterator[str]:
    """The keys of what YAML has beyond numbers: .nan and .inf, which no bound of a schema catches."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _no_number(inner, *path, key)
    elif isinstance(value, float) and not isfinite(value):
        yield ".".join(path)


def _contradictions(merged: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    careless = merged["together"]["careless"]
    if careless["share"] * careless["times"] > 1:
        yield (
            "together.careless",
            f"share {careless['share']} × times {careless['times']} is more than 1, which leaves the other records"
            " fewer errors than none; lower one of them",
        )
    total = sum(merged["people"]["groups"].values())
    if total > GROUPS_MAX:
        yield "people.groups", f"together they are {total:.3f} of all people; at most {GROUPS_MAX} can be special"
    for name, source in merged["sources"].items():
        if "0" not in source["known"]:
            yield f"sources.{name}.known", "says nothing of age 0; give the youngest age a share"


def _over(base: Any, said: Any) -> Any:
    """What `said` gives, and where it gives nothing what `base` has, key by key at every depth. `known` is taken from
    one of the two as a whole, because its ages belong together."""
    if not isinstance(base, dict) or not isinstance(said, dict):
        return said
    merged = dict(base)
    for key, value in said.items():
        merged[key] = value if key == "known" or key not in base else _over(base[key], value)
    return merged


def _model(merged: Mapping[str, Any]) -> ErrorModel:
    together, people = merged["together"], merged["people"]
    return ErrorModel(
        sources=tuple(_source(name, spec, merged) for name, spec in merged["sources"].items()),
        careless=together["careless"]["share"],
        careless_times=together["careless"]["times"],
        hard_name=together["hard_name"],
        same_again=together["same_again"],
        corrected=together["corrected"],
        **merged["arrival"],
        moves=people["moves"],
        wrong_number_used=people["wrong_number_used"],
        groups=people["groups"],
    )


def _source(name: str, spec: Mapping[str, Any], merged: Mapping[str, Any]) -> Source:
    own, times = spec.get("errors", {}), merged["factor"]
    fields = {
        field: _rates(_times(rates, times * spec["factor"]) | _times(own.get(field, {}), times))
        for field, rates in merged["errors"].items()
    }
    return Source(
        name=name,
        known=tuple(sorted((int(age), share) for age, share in spec["known"].items())),
        twice=spec["twice"],
        again=spec["again"],
        carries=spec["carries"],
        errors={field: rates for field, rates in fields.items() if rates.kinds and rates.sums[-1] > 0},
    )


def _times(rates: Mapping[str, float], factor: float) -> dict[str, float]:
    return {kind: rate * factor for kind, rate in rates.items()}


def _rates(rates: Mapping[str, float]) -> Rates:
    return Rates(tuple(rates), tuple(accumulate(rates.values())))
