"""What an event of each type looks like, drawn from the catalogue: a new record or field is in the load at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from schemas.catalogue import definitions, event_records
from schemas.events import Grading, Moment
from schemas.vocabulary import Agency, Consent, Handling, Label, Precision, Regime, Role, Sensitivity

#: Event types by agency with their share of its events. England's own figures would be nine tenths attendance marks,
#: the cheapest events there are: they are held down so that the rest weighs something.
TYPES: Mapping[str, Mapping[str, float]] = {
    Agency.POLICE: {
        "police.missing_reported": 22,
        "police.missing_located": 20,
        "police.operation_encompass": 14,
        "police.victim_of_crime": 12,
        "police.arrest": 11,
        "police.stop_search": 11,
        "police.intelligence_report": 10,
    },
    Agency.NHS: {
        "nhs.emergency_attendance": 34,
        "nhs.was_not_brought": 18,
        "nhs.appointment": 14,
        "nhs.admission": 10,
        "nhs.discharge": 10,
        "nhs.health_condition": 8,
        "nhs.child_protection_flag": 6,
    },
    Agency.SCHOOL: {
        "school.attendance_session": 40,
        "school.attendance_summary": 22,
        "school.suspension": 12,
        "school.safeguarding_concern": 12,
        "school.on_roll": 9,
        "school.off_roll": 4,
        "school.permanent_exclusion": 1,
    },
    Agency.SOCIAL_CARE: {
        "social_care.referral": 24,
        "social_care.looked_after_episode": 14,
        "social_care.missing_from_care": 14,
        "social_care.review": 14,
        "social_care.social_worker_change": 12,
        "social_care.case_closed": 12,
        "social_care.placement_change": 10,
    },
}
_ROLES = {
    "police.missing_reported": Role.MISSING_PERSON,
    "police.missing_located": Role.MISSING_PERSON,
    "police.arrest": Role.SUSPECT,
    "police.victim_of_crime": Role.VICTIM,
    "police.operation_encompass": Role.VICTIM,
}
_CONSENTS = {
    Agency.POLICE: (Consent.NOT_TOLD,),
    Agency.NHS: (Consent.CONSENTED, Consent.DISSENTED),
    Agency.SCHOOL: (Consent.CONSENTED, Consent.NOT_ASKED),
    Agency.SOCIAL_CARE: (Consent.CONSENTED, Consent.DISSENTED, Consent.NOT_ASKED),
}
_ASKED = 0.2
_FILLED = 0.55
_SENSITIVE = 0.03
_EMERGENCY = 0.01
_DAYS = 730
_CODES = ("other", "high", "medium", "low", "1A", "3B", "N1", "U4", "C2", "PP", "DB", "yes", "no", "home", "open")
_SENTENCE = "Seen with older peers near the retail park after school; says that all is well at home."


def moment(rng: Random, now: datetime) -> Moment:
    """Some time in the two years before `now`, as a day or to the minute."""
    when = now - timedelta(minutes=rng.randrange(60, _DAYS * 1440))
    if rng.random() < 0.4:
        return Moment(value=when.strftime("%Y-%m-%d"), precision=Precision.DAY)
    return Moment(value=when.strftime("%Y-%m-%dT%H:%MZ"), precision=Precision.MINUTE)


def body(event_type: str, rng: Random, now: datetime) -> dict[str, Any]:
    """The record's own fields, a little more than half of them filled."""
    return {name: _value(kind, label, rng, now) for name, kind, label in _fields(event_type) if rng.random() < _FILLED}


@cache
def _fields(event_type: str) -> tuple[tuple[str, str, str], ...]:
    fields = definitions()[event_records()[event_type].name]["fields"]
    own = (field for field in fields if field["name"] not in ("header", "person"))
    return tuple((field["name"], field.get("form", _kind(field["type"])), field["label"]) for field in own)


def _kind(declared: Any) -> str:
    """The one plain type behind an optional field, or `array`."""
    if isinstance(declared, list):
        return next(_kind(branch) for branch in declared if branch != "null")
    return str(declared["type"] if isinstance(declared, dict) else declared)


def _value(kind: str, label: str, rng: Random, now: datetime) -> Any:
    match kind:
        case "boolean":
            return rng.random() < 0.5
        case "int" | "long":
            return rng.randrange(12)
        case "double":
            return rng.randrange(1, 24) / 2
        case "array":
            return rng.sample(_CODES, rng.randrange(3))
        case "fanlight.Moment":
            return moment(rng, now)
        case "day":
            return f"{now.year}-{rng.randrange(1, 13):02}-01"
        case _:
            return _SENTENCE if label == Label.FREE_TEXT else rng.choice(_CODES)


def circumstances(event_type: str, rng: Random) -> dict[str, Any]:
    """What policy asks about besides the fields: role, regime, grading, handling, sensitivities, consent."""
    agency = event_type.partition(".")[0]
    found: dict[str, Any] = {
        "role": _ROLES.get(event_type, Role.PATIENT if agency == Agency.NHS else Role.SUBJECT),
        "regime": Regime.DPA_PT3 if agency == Agency.POLICE else Regime.UKGDPR,
        "consent": rng.choice(_CONSENTS[Agency(agency)]) if rng.random() < _ASKED else Consent.NOT_RECORDED,
        "emergency": rng.random() < _EMERGENCY,
    }
    if rng.random() < _SENSITIVE:
        found["sensitivities"] = (rng.choice(tuple(Sensitivity)),)
    if event_type == "police.intelligence_report":
        found["grading"] = Grading(
            source_evaluation=rng.choice("123"), intelligence_assessment=rng.choice("ABCDE"), handling_code="P"
        )
        found["handling"] = (rng.choice((Handling.OVERT_USE, Handling.CONSULT_ORIGINATOR)), Handling.OFFICIAL_SENSITIVE)
    return found
