"""No Closed File: a case closed while another agency still worries is challenged by an entry of its own."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from policies.rulecards import RuleCard
from policies.thresholds import CLOSING
from streams.timeline import days
from streams.timeline.matching import ByType, Heard, heard
from streams.timeline.quiet import AGENCIES
from streams.timeline.unended import unended
from streams.timeline.visible import VisibleEntry

TYPE = "bus.closure_challenge"
AGENCY = "bus"

#: Any fixed namespace will do: what is hashed is an id that the deployment's key already hides.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, TYPE)


class Closures:
    """What a card hears of closings and of worries, from which the challenges of any day follow."""

    def __init__(self, card: RuleCard, entries: ByType, now: datetime) -> None:
        # What is unended may be heard as what happened, too: a worry is near if it is so as either.
        told = [*heard(card, entries), *unended(card, entries, now)]
        self._card, self._heard = card, sorted(told, key=lambda h: (h.day, h.event_id, h.part))

    def at(self, day: int) -> tuple[VisibleEntry, ...]:
        """A challenge for each closing, up to this day, near which another agency reported a concern."""
        known = [h for h in self._heard if h.day <= day]
        reach = self._card.parameters["days"]
        found: dict[str, VisibleEntry] = {}
        for closing in known:
            if closing.part == CLOSING:
                agency = closing.entry.agency
                near = [h for h in known if h.part != CLOSING and h.entry.agency != agency]
                near = [h for h in near if h.day - reach <= closing.day <= h.last(closing.day) + reach]
                near = list({h.event_id: h for h in near}.values())
                if near and closing.entry.record not in found:
                    found[closing.entry.record] = _challenge(self._card, closing.entry, near)
        return tuple(found.values())

    def next_change(self, day: int) -> int | None:
        """The first day after this one on which the challenges differ, if nothing else happens."""
        present = self.at(day)
        return next((h.day for h in self._heard if h.day > day and self.at(h.day) != present), None)


def _challenge(card: RuleCard, closing: VisibleEntry, near: Sequence[Heard]) -> VisibleEntry:
    behind = (closing, *(h.entry for h in near))
    last = max(behind, key=lambda entry: (entry.day, entry.order))
    return VisibleEntry(
        event_id=str(uuid.uuid5(_NAMESPACE, f"{card.id} {closing.event_id}")),
        type=TYPE,
        agency=AGENCY,
        role=closing.role,
        occurred=last.occurred,
        precision=last.precision,
        day=last.day,
        recorded_at=None,
        fields={
            "because": [h.event_id for h in near],
            "closed_event": closing.event_id,
            "rule": card.id,
            "statement": _statement(card, closing, near),
        },
        # It says of each of them that there is one, and what.
        obligations=tuple(sorted({duty for entry in behind for duty in entry.obligations})),
        agreement=closing.agreement,
        clause=closing.clause,
    )


def _statement(card: RuleCard, closing: VisibleEntry, near: Sequence[Heard]) -> str:
    assert closing.day is not None
    agencies = sorted({AGENCIES.get(h.entry.agency, h.entry.agency) for h in near})
    who = " and ".join(filter(None, [", ".join(agencies[:-1]), agencies[-1]]))
    records = len({h.entry.record for h in near})
    events = "1 event" if records == 1 else f"{records} events"
    return (
        f"{AGENCIES.get(closing.agency, closing.agency).capitalize()} closed the case on {days.written(closing.day)}; "
        f"{who} reported {events} of concern within {card.parameters['days']} days of it, "
        f"the last {near[-1].when}."
    )
