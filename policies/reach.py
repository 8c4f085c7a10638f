"""Whether a prohibition can ever apply: one that cannot would be signed, and be missed by nobody."""

from collections.abc import Mapping, Sequence

from policies.attributes import CLOSED, UNKNOWN
from schemas.vocabulary import Agency

Circumstances = Mapping[str, tuple[str | bool, ...]]
Possible = Mapping[str, frozenset[str | bool]]

#: What prohibitions may ask about, and what each may be; UNKNOWN stands for whatever is on no list.
VALUES: Possible = {
    **{name: listed | {UNKNOWN} for name, listed in CLOSED.items()},
    "controller": frozenset(Agency),
    "emergency": frozenset({True, False}),
}
#: Of these an event has as many as it likes: none, where nothing asks for one.
_LISTS = {name: frozenset({""}) for name in ("handling", "sensitivities")}


def applies_ever(when: Circumstances, unless: Sequence[Circumstances], event_types: frozenset[str]) -> bool:
    """Whether an event of one of these types can be what `when` asks for, and none of what is excepted."""
    possible = {name: values | _LISTS.get(name, frozenset()) for name, values in VALUES.items()}
    possible |= {"event_type": frozenset(event_types)}
    return _escapes(possible | {name: possible[name].intersection(values) for name, values in when.items()}, unless)


def _escapes(possible: Possible, unless: Sequence[Circumstances]) -> bool:
    """Whether something possible is left: an exception is escaped by any one attribute that is not as it says."""
    if not unless:
        return any(str(kind).partition(".")[0] in possible["agency"] for kind in possible["event_type"]) and all(
            possible.values()
        )
    first, *others = unless
    return any(_escapes({**possible, name: possible[name].difference(first[name])}, others) for name in first)
