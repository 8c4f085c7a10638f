"""A link in words and numbers: what agreed, what differed, what each weighs, and what decided."""

from functools import lru_cache
from typing import Final, NamedTuple

from schemas.evidence import LEVELS, beside_fields, decided
from streams.identity.compare import MERGED_BITS, are_merged, weigh
from streams.identity.edge import Edge, Trait
from streams.identity.model import Model
from streams.identity.record import Record
from streams.identity.snapshot import PERMANENT_SYSTEMS, Features

#: Fields that show the veto of a code on the two records themselves.
_VETO_FIELDS: Final = {
    "given_name": frozenset({"given_name"}),
    "birth_date": frozenset({"birth_date"}),
    "number": PERMANENT_SYSTEMS,
}


class Field(NamedTuple):
    """One field in which both said something. `level` is how it agreed, or `differ`."""

    name: str
    level: str
    bits: float

    @property
    def agreed(self) -> bool:
        return self.level != "differ"


class Explanation(NamedTuple):
    """Two records side by side, by the names of fields and never their values. `weight` is in bits above even odds:
    the prior, what each field weighs, and what it weighs that their own source says that they are one.

    `decided_by` is what decided: what bears a link out (`support`, `judgement` or `others`), or what stands against it:
    `weight`, `unsupported`, `rival`, `crowd`, what several records of each say, `judgement`, `judgements`, `protected`,
    or the field of a veto, which may be that of other records of the two persons.
    """

    left: str
    right: str
    fields: tuple[Field, ...]
    weight: float
    prior: float
    decided_by: str
    joined: bool
    model: str

    @property
    def agreed(self) -> tuple[str, ...]:
        return self._names(agreed=True)

    @property
    def differed(self) -> tuple[str, ...]:
        return self._names(agreed=False)

    def _names(self, *, agreed: bool) -> tuple[str, ...]:
        """Without the hospital whose number it is: these are written down where no value is, and it may be a clinic."""
        names = (field.name.partition("@")[0] for field in self.fields if field.agreed is agreed)
        return tuple(dict.fromkeys(names))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same in words, a sentence a field, then what they come to and what decided."""
        said = [
            f"{field.name.replace('_', ' ')}: {LEVELS[field.level]} ({field.bits:+.1f} bits)" for field in self.fields
        ]
        if beside := beside_fields(self.weight, self.prior, (field.bits for field in self.fields)):
            said.append(f"{beside.words} ({beside.bits:+.1f} bits)")
        odds = f"together {self.weight:+.1f} bits, of which {self.prior:+.1f} are that any two records are one person"
        return (*said, odds, self.verdict)

    @property
    def verdict(self) -> str:
        """The last of these sentences: what decided."""
        return f"{'one person' if self.joined else 'not joined'}: {self.reason} (model {self.model})"

    @property
    def reason(self) -> str:
        """What decided, in words, and whether it is what other records of the two persons say."""
        said = decided(self.decided_by, {field.name: field.level for field in self.fields})
        fields = _VETO_FIELDS.get(self.decided_by)
        if fields is None or not fields.isdisjoint(self.differed):
            return said
        return f"by other records of theirs, {said}"


class Review(NamedTuple):
    """Two records a person should look at, and why: potential, many_match, contradiction or conflict."""

    left: str
    right: str
    why: str
    evidence: Explanation


def explain(model: Model, record: Record, other: Record, decided_by: str | None, joined: bool = False) -> Explanation:
    """The two side by side, the lesser key left."""
    left, right = (record, other) if record.key < other.key else (other, record)
    merged = are_merged(left, right)
    edge, fields, weight = _compared(model, left.features, right.features, merged, left.agency == right.agency)
    code = decided_by or (None if joined else edge.veto) or support(edge)
    if code == "weight" and weight >= model.join_bits > edge.weight:
        code = "unsupported"
    return Explanation(left.key, right.key, fields, weight, model.prior, code, joined, model.version)


@lru_cache(maxsize=64)  # a crowd has as many pairs of records that say the same
def _compared(
    model: Model, left: Features, right: Features, merged: bool, one_source: bool
) -> tuple[Edge, tuple[Field, ...], float]:
    edge = weigh(model, left, right, merged, one_source)
    fields = tuple(Field(name, level, bits) for name, (level, bits) in model.evidence(left, right))
    # As it adds up: that an edge counts for less where nothing bears it out is a reason, not a weight.
    # One after the other, as edges are weighed: what `sum` rounds is another from Python 3.12 on.
    weight = model.prior
    for field in fields:
        weight += field.bits
    return edge, fields, weight + MERGED_BITS if merged else weight


def support(edge: Edge) -> str:
    """What bears a link out, as a code: `merged`, `identifier`, `home` or no more than `name_and_birth`."""
    for trait, code in ((Trait.MERGED, "merged"), (Trait.IDENTIFIER, "identifier"), (Trait.FIRM, "home")):
        if edge.traits & trait:
            return code
    return "name_and_birth"
