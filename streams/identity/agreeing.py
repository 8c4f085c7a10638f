"""Records that all agree: one person, without anything else to look at. So are nearly all components."""

from collections.abc import Sequence

from streams.identity.edge import TELLING, VETO, Trait
from streams.identity.record import MANY, Record, Saying


def all_agree(records: Sequence[Record], firm_bar: float, alone_bar: float, crowded: bool) -> bool:
    """Whether each record could be joined with each other one: then nothing forbids it between any two groups either,
    as a veto between groups takes one between two of their records, and to be settled apart takes two records each.

    Of many that say the same one is looked at, as all have the same edges.
    """
    others = len(records) - 1
    against = VETO | Trait.BORN_NEAR | Trait.BY_MIDDLE if others > 2 else VETO
    anywhere = Trait.HOME | Trait.NAMESAKE if others > 2 else 0
    firm, telling = Trait.FIRM, TELLING
    many, agree = others >= MANY, set[Saying]()
    for record in records:
        if many and record.saying in agree:
            continue
        count = len(record.edges)
        if count < others:
            return False
        for weight, traits in record.edges.values():
            if crowded and not traits & telling:
                count -= 1
                continue
            if traits & against or weight < firm_bar:
                return False
            if not traits & firm and (weight < alone_bar or traits & anywhere != anywhere):
                return False
        if count != others:
            return False
        # Whom its agency merges with another by key agrees for that reason alone, and speaks for nobody else.
        if many and not any(edge.traits & Trait.MERGED for edge in record.edges.values()):
            agree.add(record.saying)
    return True
