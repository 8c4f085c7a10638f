"""An edge of the graph: what two records are to one another (weighed in compare.py)."""

from typing import Final, NamedTuple


class Trait:
    """What a pair has besides its weight, as bits of an int (an IntFlag costs more than the comparison itself)."""

    IDENTIFIER: Final = 1  # a valid identifier agrees
    HOME: Final = 2  # an address or postcode agrees, and nothing says that house or town is another
    FIRM: Final = 4  # corroborated: more than name and birth date agrees
    MERGED: Final = 8  # their own source says they are one
    NAMESAKE: Final = 16  # the given name agrees exactly, and no family name says otherwise
    DOOR: Final = 32  # postcode and address agree, and both are namesakes: one child at one door
    NO_NAME: Final = 64  # veto: no given name of one goes with any of the other
    NO_BIRTH: Final = 128  # veto: the birth dates have nothing in common
    NO_NUMBER: Final = 256  # veto: different valid permanent identifiers of one system
    PROTECTED: Final = 512  # veto: different sides of a protected group
    BORN_NEAR: Final = 1024  # the birth dates are a slip apart
    BY_MIDDLE: Final = 2048  # the given name of one is a middle name of the other
    PERMANENT: Final = 4096  # an identifier agrees that is one person's everywhere, not only in one authority
    OVERLAID: Final = 8192  # veto: one of the two was said to be two children itself


VETO: Final = Trait.NO_NAME | Trait.NO_BIRTH | Trait.NO_NUMBER | Trait.PROTECTED | Trait.OVERLAID
#: What still tells who is who in a crowd of one name, birth date and home.
TELLING: Final = Trait.IDENTIFIER | Trait.MERGED
VETOES: Final = {
    Trait.PROTECTED: "protected",
    Trait.OVERLAID: "overlaid",
    Trait.NO_NAME: "given_name",
    Trait.NO_BIRTH: "birth_date",
    Trait.NO_NUMBER: "number",
}


class Edge(NamedTuple):
    """What two records are to one another: how likely they are of one person, and what bears that out or forbids it.

    `weight` is in bits: log2 of the odds that they are of one person. `traits` are bits of `Trait`.
    """

    weight: float
    traits: int

    @property
    def veto(self) -> str | None:
        """What forbids that the two are one, whatever else agrees."""
        return next((name for trait, name in VETOES.items() if self.traits & trait), None)
