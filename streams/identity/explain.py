"""A link in words and numbers: what agreed, what differed, what each weighs, and what decided."""

from typing import NamedTuple

from streams.identity.compare import Edge, Mark, Node, are_merged, weigh
from streams.identity.model import Model


class Field(NamedTuple):
    """One field in which both said something. `level` is how it agreed, or `differ`."""

    name: str
    level: str
    bits: float

    @property
    def agreed(self) -> bool:
        return self.level != "differ"


class Explanation(NamedTuple):
    """Two records side by side, by the names of fields and never their values. `weight` is in bits above even odds.

    `decided_by` is what decided: what bears a link out (`support`), or what stands against it: `weight`, `rival`,
    `judgements`, `protected`, or the field of a veto.
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
        return tuple(field.name for field in self.fields if field.agreed)

    @property
    def differed(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields if not field.agreed)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The same in words, a sentence a field, then what they come to and what decided."""
        said = [
            f"{field.name.replace('_', ' ')}: {LEVELS[field.level]} ({field.bits:+.1f} bits)" for field in self.fields
        ]
        odds = f"together {self.weight:+.1f} bits, of which {self.prior:+.1f} are that any two records are one person"
        verdict = f"{'one person' if self.joined else 'not joined'}: {DECIDED[self.decided_by]} (model {self.model})"
        return (*said, odds, verdict)


#: Each level of the model, in words.
LEVELS = {
    "exact": "the same",
    "exact_january": "the same, but the 1st of January often stands for a date not known",
    "exact_fifteenth": "the same, but the 15th often stands for a day not known",
    "agree": "the same number",
    "nickname": "one is short for the other",
    "kin": "both are short for one name, or sound alike",
    "variant": "two spellings of what sounds alike",
    "similar": "nearly the same, as if mistyped",
    "part": "one is a part of the other",
    "middle": "one goes by a middle name of the other",
    "initial": "one is only an initial of the other",
    "swapped": "exchanged: given and family name, or day and month",
    "order": "the same words in another order",
    "digit": "one figure differs",
    "near": "two of day, month and year are the same",
    "rounded": "the same year, of which one knows no more",
    "estimated": "two years of which neither is known more closely",
    "coarse": "the same as far as it is known",
    "expected": "within six weeks of when the birth was expected",
    "sector": "the same but for the last two letters",
    "differ": "different",
}
#: What can decide, in words.
DECIDED = {
    "merged": "their own agency says that they are",
    "identifier": "a number and more agrees",
    "home": "name, birth date and home agree",
    "name_and_birth": "name and birth date agree and nobody else could be meant",
    "weight": "too little agrees",
    "rival": "somebody else fits about as well, and both cannot be",
    "judgements": "people have decided, and their decisions contradict one another",
    "judgement": "somebody has decided",
    "protected": "they are on different sides of a protected group",
    "given_name": "no given name of one goes with any of the other",
    "birth_date": "the birth dates have nothing in common",
    "number": "they have different valid numbers of one kind",
    "address": "each is at home in another place, by the word of several records",
}


class Review(NamedTuple):
    """Two records a person should look at, and why: potential, many_match, contradiction or conflict."""

    left: str
    right: str
    why: str
    evidence: Explanation


def explain(model: Model, record: Node, other: Node, decided_by: str | None, joined: bool = False) -> Explanation:
    """The two side by side, the lesser key left."""
    left, right = (record, other) if record.key < other.key else (other, record)
    evidence = model.evidence(left.features, right.features)
    edge = weigh(model, left.features, right.features, are_merged(left, right))
    fields = tuple(Field(name, outcome.level, outcome.bits) for name, outcome in evidence)
    decided = decided_by or edge.veto or support(edge)
    return Explanation(left.key, right.key, fields, edge.weight, model.prior, decided, joined, model.version)


def support(edge: Edge) -> str:
    """What bears a link out, as a code: `merged`, `identifier`, `home` or no more than `name_and_birth`."""
    for mark, code in ((Mark.MERGED, "merged"), (Mark.IDENTIFIER, "identifier"), (Mark.FIRM, "home")):
        if edge.marks & mark:
            return code
    return "name_and_birth"
