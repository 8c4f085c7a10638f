"""What an entry's fields say, in words: codes with their titles, dates as dates, yes and no as yes and no."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import Any

from schemas import codes
from views import words

#: Which list a field's codes are from, by agency where agencies differ. A test checks that each list exists.
LISTS: Mapping[str, str] = {
    "admission_method": "nhs_admission_method",
    "admission_source": "nhs_admission_source",
    "discharge_destination": "nhs_discharge_destination",
    "discharge_method": "nhs_discharge_method",
    "nhs.category": "ed_category",
    "flag_code": "patient_flag",
    "police.missing_reported.risk_level": "missing_risk",
    "police.operation_encompass.risk_level": "encompass_risk",
    "missing_from": "missing_from",
    "located_by": "located_by",
    "harm_found": "harm_found",
    "return_interview": "return_interview",
    "exploitation_flags": "exploitation_flag",
    "crime_flags": "crime_flag",
    "offence_group": "offence_group",
    "disposal": "disposal",
    "outcome_code": "outcome",
    "police.outcome": "stop_search_outcome",
    "object_of_search": "stop_search_object",
    "legislation": "stop_search_legislation",
    "themes": "intelligence_theme",
    "conditions": "handling_condition",
    "school.suspension.category": "exclusion_category",
    "school.permanent_exclusion.category": "exclusion_category",
    "school.safeguarding_concern.category": "concern_category",
    "school.safeguarding_concern.action": "concern_action",
    "reasons": "exclusion_reason",
    "enrolment_status": "enrolment_status",
    "leaving_reason": "leaving_reason",
    "sen_provision": "sen_provision",
    "school.code": "attendance",
    "referral_source": "cin_referral_source",
    "primary_need": "cin_primary_need",
    "assessment_factors": "cin_assessment_factor",
    "social_care.case_closed.reason": "cin_reason_for_closure",
    "step_down": "step_down",
    "reason_for_episode": "903_reason_for_episode",
    "legal_status": "903_legal_status",
    "category_of_need": "903_category_of_need",
    "placement_type": "903_placement",
    "placement_provider": "903_placement_provider",
    "reason_ended": "903_reason_ended",
    "reason_place_change": "903_reason_place_change",
    "missing_type": "903_missing",
    "participation": "903_review_participation",
    "social_care.social_worker_change.reason": "903_social_worker_reason",
    "in_touch": "903_in_touch",
    "activity": "903_activity",
    "accommodation": "903_accommodation",
    "person.sex": "sex",
}
#: Fields that hold a day or an instant; a test compares them with the records. Elsewhere 2025-26 is a school year.
DATES = frozenset(
    {
        *("admitted", "birth_date", "departed", "ended", "entry_date", "last_seen", "missing_since", "spent_on"),
        "unaccompanied_until",
    }
)
#: What is the same on every entry of a pupil: of a register mark the session tells more, of a suspension its length.
BACKGROUND = frozenset({"school", "sen_provision"})
_MOMENT = re.compile(r"^\d{4}-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?)?$")


def code_list(event_type: str, name: str) -> str | None:
    """The code list of a field: the most particular entry wins."""
    agency = event_type.partition(".")[0]
    return next((LISTS[key] for key in (f"{event_type}.{name}", f"{agency}.{name}", name) if key in LISTS), None)


def facts(event_type: str, fields: Mapping[str, Any], on: date | None) -> list[tuple[str, str]]:
    """Each field that says something, as its name and its value in words, and nothing twice; `BACKGROUND` last."""
    told = {
        name: said(event_type, name, fields[name], on)
        for name in sorted(fields, key=lambda name: name in BACKGROUND)
        if fields[name] not in (None, "", [], ())
    }
    # A code is said by its title, which mostly begins with what the code counts as.
    if "meaning" in told and told.get("code", "").startswith(told["meaning"]):
        del told["meaning"]
    return [(words.sentence(name), value) for name, value in told.items()]


def said(event_type: str, name: str, value: Any, on: date | None = None) -> str:
    """One value in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list | tuple):
        return "; ".join(said(event_type, name, item, on) for item in value)
    if isinstance(value, Mapping):
        return words.moment(str(value.get("value", "")), str(value.get("precision", "day")))
    if isinstance(value, float):
        return f"{value:g}"
    return _text(event_type, name, str(value), on)


def _text(event_type: str, name: str, value: str, on: date | None) -> str:
    listed = code_list(event_type, name)
    title = codes.title(listed, value, on) if listed is not None else None
    if title is not None:
        # A code that is itself a word adds nothing to its title.
        return title if value.islower() else f"{title} ({value})"
    if name in DATES and _MOMENT.match(value):
        with suppress(ValueError):  # a day that no calendar has is shown as it was sent
            return words.moment(value, "minute" if "T" in value else "month" if len(value) == 7 else "day")
    return words.sentence(value) if re.fullmatch(r"[a-z]+(_[a-z]+)*", value) else value


def grading(record: Mapping[str, str] | None) -> list[tuple[str, str]]:
    """A 3x5x2 grading, kept as the three fields its originator gave."""
    if record is None:
        return []
    named = (("source_evaluation", "Source"), ("intelligence_assessment", "Assessment"), ("handling_code", "Handling"))
    return [
        (label, f"{record[name]}: {(codes.title(name, record[name]) or 'not a code we know').lower()}")
        for name, label in named
    ]
