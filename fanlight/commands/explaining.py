"""Decisions in words at the command line: for whom, on which ground, and what becomes of each field of the event."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fanlight.output import OUT, as_text
from schemas.dates import in_words, local, local_date
from schemas.vocabulary import Outcome

_DISTRICT, _DAY, _MONTH, _INITIALS = "postcode district only", "day only", "month only", "initials only"
#: The coarser form in which a field is shown that is masked.
COARSER: Mapping[str, str] = {
    **dict.fromkeys(("person.given_name", "person.family_name", "person.aliases"), _INITIALS),
    **dict.fromkeys(("person.birth_date", "entry_date"), _MONTH),
    **dict.fromkeys(("person.postcode", "person.address", "location", "last_seen_location"), _DISTRICT),
    **dict.fromkeys(("located_address", "incident_address"), _DISTRICT),
    **dict.fromkeys(("last_seen", "missing_since", "departed", "admitted", "ended"), _DAY),
    "person.identifiers": "kind and last digits only",
    "referral_source": "kind of agency only",
    "assessment_factors": "only those of the young person's own exploitation and missing episodes",
    "code": "only as present, authorised or not, where the code tells more",
}
_NO_FORM = "has no coarser form, so it is not shown"
_OUTCOMES = {
    Outcome.PERMIT: "released as said below",
    Outcome.DENY: "nothing is released",
    Outcome.REVIEW: "nothing is released until a person at the agency decides",
}


def print_decisions(event_id: str, decided: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
    """Print for people what `fanlight explain` gives: each decision on an event, beside what was explained of it."""
    times = Counter(explained["audience"] for _, explained in decided)
    for decision, explained in decided:
        _say(0, f"{decision['event_type']} {event_id}, for {explained['audience']}")
        outcome = Outcome(explained["outcome"])
        # Of several it is not told which holds now: a decision made again is on the log as it was first made.
        when = "since" if times[explained["audience"]] == 1 else "decided"
        _say(1, f"{outcome} {when} {_clock(decision['at'])}: {_OUTCOMES[outcome]}")
        _say(1, f"decision {explained['decision_id']}")
        is_so = "is" if explained["revision_in_force"] else "is not"
        _say(1, f"made at revision {explained['revision']}, which {is_so} in force")
        _say(1, _ground(explained["ground"]))
        print_reasons(explained["reasons"])
        if explained["purposes"]:
            _print_purposes(explained["purposes"])
        _print_fields(explained["fields"])
        OUT.print()


def print_reasons(reasons: Iterable[Mapping[str, Any]]) -> None:
    """Each reason in words, with the code by which it is asked for; of what waits, whether it was answered already."""
    for reason in reasons:
        answered = "" if reason.get("outstanding", True) else ", which was answered"
        _say(1, f"because: {reason['words']}{answered} [{reason['code']}]")


def _ground(ground: Mapping[str, Any] | None) -> str:
    if ground is None:
        return "no clause and no prohibition decided it"
    if "prohibition" in ground:
        return f"prohibition {ground['prohibition']}, which outranks every agreement"
    words = f": {ground['text']}" if ground["text"] else ", in words of a revision that is not at hand"
    return f"{_clause(ground)}{words}"


def _clause(ground: Mapping[str, Any]) -> str:
    version = f" version {ground['version']}" if ground["version"] else ""
    return f"clause {ground['clause']} of {ground['agreement']}{version}"


def _print_purposes(purposes: Iterable[Mapping[str, Any]]) -> None:
    _say(1, "for these purposes:")
    for each in purposes:
        obliged = f"; obligations: {', '.join(each['obligations'])}" if each["obligations"] else "; no obligations"
        until = f", until {_clock(each['valid_until'])}" if each["valid_until"] else ""
        _say(2, f"{each['purpose']}: {_clause(each)}{until}{obliged}")


def _print_fields(fields: Sequence[Mapping[str, Any]]) -> None:
    """What became of the fields: those that fared alike, for the same reason, on one line."""
    for fate in ("passed", "masked", "dropped"):
        alike: dict[str, list[str]] = {}
        for field in fields:
            if field["fate"] == fate:
                alike.setdefault(_why(field), []).append(_named(field))
        if alike:
            _say(1, f"{fate}:")
        for why, names in alike.items():
            _say(2, f"{', '.join(names)}: {why}")


def _named(field: Mapping[str, Any]) -> str:
    form = f" ({COARSER.get(field['name'], _NO_FORM)})" if field["masked_for"] else ""
    return f"{field['name']}{form}"


def _why(field: Mapping[str, Any]) -> str:
    coarser = "in a coarser form for" if field["passed_for"] else "for"
    ways = (("for", field["passed_for"]), (coarser, field["masked_for"]))
    shown = "; ".join(f"{way} {', '.join(purposes)}" for way, purposes in ways if purposes)
    return f"{field['why']}; {shown}" if shown else str(field["why"])


def _clock(instant: str | datetime) -> str:
    """An instant as clocks in England showed it."""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return f"{in_words(local_date(at))}, {local(at):%H:%M}"


def print_waiting(shown: Mapping[str, Any]) -> None:
    """Print for people what `fanlight waiting show` gives of an event that policy leaves to a person."""
    _say(0, f"{shown['event_type']} {shown['event_id']}, record {shown['record']}")
    _say(1, f"occurred {shown['occurred']}")
    for name in ("recorded_at", "received_at"):
        if shown[name]:
            _say(1, f"{name.replace('_at', '')} {_clock(shown[name])}")
    for each in shown["audiences"]:
        _say(0, f"\nfor {each['audience']}: {each['stands']}")
        print_reasons(each["reasons"])
        for purpose, fields in each["would_pass"].items():
            _say(1, f"if released, for {purpose}: {', '.join(fields)}")
        for answer in each["answers"]:
            _say(1, f"{_clock(answer['at'])}: {answer['answer']}, by {answer['by']}: {answer['reason']}")


def _say(depth: int, text: str) -> None:
    OUT.print(as_text("  " * depth + text))
