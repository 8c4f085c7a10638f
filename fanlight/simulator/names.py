"""Names as they are spread over an English county: few that many have, many that few have."""

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from fanlight.county.names import COMMUNITIES as COUNTY
from schemas.codes import data_in

#: A name's weight is 1 / (its place + this): the most common of a list is about eight times as common as the sixtieth.
_FLATTENING = 8.0


@dataclass(frozen=True, slots=True)
class Names:
    """A list of names and how common each is."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, text: str, more: tuple[str, ...] = (), first: float | None = None) -> "Names":
        """The names of a text, the most common first; `first` is the share of the first, where it stands out."""
        names = tuple(dict.fromkeys((*text.split(), *more)))
        weights = [1.0 / (place + _FLATTENING) for place in range(len(names))]
        if first is not None:
            # Not `sum`, which rounds otherwise from Python 3.12 on: a seed gives the same county everywhere.
            *_, others = accumulate(weights[1:])
            weights[0] = others * first / (1.0 - first)
        return cls(names, tuple(accumulate(weights)))

    def draw(self, rng: Random) -> str:
        """One of them."""
        return rng.choices(self.names, cum_weights=self.weights)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """People whose names go together, with their codes at schools and hospitals."""

    key: str
    ethnic: str
    ethnic_nhs: str
    language: str
    hard: float
    middle: float
    double: float
    patronymic: bool
    given: dict[str, Names]
    families: dict[str, Names]
    tail: float
    starts: tuple[str, ...]
    ends: tuple[str, ...]

    def draw_given(self, rng: Random, sex: str) -> str:
        """A given name."""
        return self.given[sex].draw(rng)

    def draw_family(self, rng: Random) -> tuple[str, str]:
        """The family name of a household's boys and that of its girls: mostly one."""
        if rng.random() < self.tail:
            rare = rng.choice(self.starts) + rng.choice(self.ends)
            return rare, rare
        name = self.families["M"].draw(rng)
        if name.endswith("ski") and rng.random() < 0.4:
            return name, f"{name[:-1]}a"
        if self.families["F"] is self.families["M"] or name in self.families["F"].names:
            return name, name
        return name, self.families["F"].names[0]


def _community(spec: dict[str, Any]) -> Community:
    county = [c for c in COUNTY if (c.ethnic, c.language) == (spec["ethnic"], spec["language"])]
    first = spec.get("first")
    families = Names.of(spec["families"], tuple(name for c in county for name in c.families), first)
    girls = spec.get("families_girls")
    return Community(
        **{name: spec[name] for name in ("key", "ethnic", "ethnic_nhs", "language", "hard", "middle")},
        double=spec.get("double", 0.0),
        patronymic=spec.get("patronymic", False),
        given={
            "F": Names.of(spec["girls"], tuple(name for c in county for name in c.girls)),
            "M": Names.of(spec["boys"], tuple(name for c in county for name in c.boys), _first_boy(spec)),
        },
        families={"M": families, "F": Names.of(girls) if girls else families},
        tail=spec.get("tail", 0.0),
        starts=tuple(spec.get("starts", "").split()),
        ends=tuple(spec.get("ends", "").split()),
    )


def _first_boy(spec: dict[str, Any]) -> float | None:
    boys = spec["boys"].split()
    return 0.15 if boys[0] in ("Mohammed", "Muhammad", "Mohamed") else None


@dataclass(frozen=True, slots=True)
class County:
    """Every community with its share, and how one name may be written or called otherwise."""

    communities: tuple[Community, ...]
    shares: tuple[float, ...]
    variants: dict[str, tuple[str, ...]]
    nicknames: dict[str, tuple[str, ...]]

    def draw(self, rng: Random) -> Community:
        """The community of a household."""
        return rng.choices(self.communities, cum_weights=self.shares)[0]

    def community(self, key: str) -> Community:
        """The community of this key."""
        return next(c for c in self.communities if c.key == key)


@cache
def county_names() -> County:
    """The names that come with this release."""
    spec = data_in(Path(__file__).parent / "names.yaml")
    written = [tuple(dict.fromkeys(line.split())) for line in spec["variants"]]
    return County(
        communities=tuple(map(_community, spec["communities"])),
        shares=tuple(accumulate(c["share"] for c in spec["communities"])),
        variants={name: tuple(n for n in group if n != name) for group in written for name in group},
        nicknames={name: tuple(text.split()) for name, text in spec["nicknames"].items()},
    )
