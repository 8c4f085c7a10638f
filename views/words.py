"""What pages call things: plain English for event types, agencies, purposes and field names."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from schemas.dates import MONTHS, in_words, local, local_date
from schemas.vocabulary import Action

AGENCIES = {
    "police": "Police",
    "nhs": "Health",
    "school": "Education",
    "social_care": "Children’s social care",
    "bus": "Fanlight",
}

PURPOSES = {
    "s47-enquiry": "Child protection enquiry (section 47)",
    "s17-assessment": "Child in need assessment (section 17)",
    "missing-response": "Response to a missing young person",
    "exploitation-mace-l1": "Exploitation: multi-agency panel, individual",
    "exploitation-mace-l2-locality": "Exploitation: multi-agency panel, locality",
    "strategy-discussion": "Strategy discussion",
    "operation-encompass": "Operation Encompass: support in school after domestic abuse",
    "early-help": "Early help",
    "looked-after-care-planning": "Care planning for a looked-after child",
    "youth-justice-assessment": "Youth justice assessment",
    "emergency-vital-interests": "Emergency: a life is at risk",
    "governance-audit": "Governance and audit",
    "identity-review": "Identity: whether records are of one young person",
}

TYPES = {
    "correction": "Correction",
    "heartbeat": "Feed heard",
    "human_judgement": "Judgement by a named person",
    "person_details": "Personal details received",
    "retraction": "Record taken back",
    "admission": "Admitted to hospital",
    "appointment": "Health appointment",
    "child_protection_flag": "Safeguarding flag on the health record",
    "discharge": "Discharged from hospital",
    "emergency_attendance": "Emergency department attendance",
    "health_condition": "Condition on the health record",
    "patient_merged": "Hospital records merged",
    "was_not_brought": "Was not brought to an appointment",
    "arrest": "Arrest",
    "operation_encompass": "Operation Encompass notification",
    "intelligence_report": "Intelligence report",
    "missing_located": "Found or returned after missing",
    "missing_reported": "Reported missing",
    "stop_search": "Stop and search",
    "victim_of_crime": "Victim of a crime",
    "attendance_session": "Register mark for one session",
    "attendance_summary": "Attendance over a term",
    "off_roll": "Left the school roll",
    "on_roll": "Joined the school roll",
    "permanent_exclusion": "Permanent exclusion",
    "safeguarding_concern": "Safeguarding concern recorded by school",
    "suspension": "Suspension",
    "care_leaver_contact": "Contact with a care leaver",
    "case_closed": "Case closed",
    "deprivation_of_liberty": "Deprivation of liberty order",
    "looked_after_episode": "Period of care began",
    "looked_after_outcomes": "Yearly outcomes of a looked-after child",
    "missing_from_care": "Missing from care",
    "placement_change": "Placement or legal status changed",
    "referral": "Referral to children’s social care",
    "review": "Looked-after review",
    "social_worker_change": "Social worker changed",
    "closure_challenge": "Case closed while another agency was worried",
}

LAWFUL_BASES = {
    "UKGDPR-6-1-a": "UK GDPR Article 6(1)(a): consent",
    "UKGDPR-6-1-c": "UK GDPR Article 6(1)(c): a legal obligation",
    "UKGDPR-6-1-d": "UK GDPR Article 6(1)(d): vital interests",
    "UKGDPR-6-1-e": "UK GDPR Article 6(1)(e): a public task",
    "UKGDPR-6-1-ea": "UK GDPR Article 6(1)(ea): a recognised legitimate interest",
    "UKGDPR-9-2-b": "UK GDPR Article 9(2)(b): employment, social security and social protection",
    "UKGDPR-9-2-c": "UK GDPR Article 9(2)(c): vital interests",
    "UKGDPR-9-2-g": "UK GDPR Article 9(2)(g): substantial public interest",
    "UKGDPR-9-2-h": "UK GDPR Article 9(2)(h): health or social care",
    "UKGDPR-10": "UK GDPR Article 10: criminal offence data",
    "DPA-SCH1-P6": "Data Protection Act 2018, Schedule 1, paragraph 6: statutory and government purposes",
    "DPA-SCH1-P10": "Data Protection Act 2018, Schedule 1, paragraph 10: preventing or detecting unlawful acts",
    "DPA-SCH1-P18": "Data Protection Act 2018, Schedule 1, paragraph 18: safeguarding children and individuals at risk",
    "DPA-PT3-s35": "Data Protection Act 2018, Part 3, section 35: law enforcement",
}

ONWARD_SHARING = {
    "none": "None",
    "with_originator_consent": "With the consent of whoever it came from",
    "within_parties": "Among the parties alone",
}

OUTCOMES = {
    "PERMIT": "Permitted",
    "DENY": "Refused",
    "REVIEW": "Left to a person",
    "WAITING": "Left to a person, undecided since",
}

ACTIONS = {
    Action.FIND: "Searched for a person",
    Action.TIMELINE: "Opened a timeline",
    Action.ENTRY: "Opened an entry",
    Action.DECISIONS: "Searched decisions",
    Action.EXPLAIN: "Opened a decision",
    Action.LOOKS: "Opened the record of looks",
    Action.REVIEWS: "Listed identity reviews",
    Action.REVIEW: "Opened an identity review",
    Action.JUDGEMENTS: "Listed decisions of identity",
    Action.JUDGEMENT: "Opened a decision of identity",
    Action.IDENTITY: "Had explained whose a record is",
    Action.SHADOW: "Tried another identity model in shadow",
    Action.REHEARSAL: "Rehearsed other policies",
    Action.WAITING: "Looked at what is left to a person",
}

#: Why a pair of records waits, in short; `schemas.evidence` says it in full.
WHYS = {
    "potential": "May be one person",
    "many_match": "Fits several",
    "contradiction": "Evidence against evidence",
    "conflict": "Decision against decision",
}

JUDGEMENTS = {
    "same": "The same person",
    "different": "Different people",
    "do_not_link": "Never link them",
    "undo": "Taken back",
}

_ACRONYMS = {"nhs": "NHS", "urn": "URN", "sdq": "SDQ", "upn": "UPN", "sen": "SEN", "id": "ID", "pnc": "PNC"}


def sentence(code: str) -> str:
    """A code or field name as a phrase: `missing_from` → `Missing from`."""
    words = [_ACRONYMS.get(word, word) for word in re.split(r"[_\-\s]+", code.strip())]
    phrase = " ".join(words)
    return phrase[:1].upper() + phrase[1:]


def event_title(event_type: str) -> str:
    """An event type in plain English; a type we have no words for is humanised, never hidden."""
    _, _, name = event_type.partition(".")
    return TYPES.get(name) or sentence(name or event_type)


IDENTIFIERS = {
    "nhs_number": "NHS number",
    "upn": "Unique pupil number",
    "former_upn": "Former unique pupil number",
    "pnc_id": "PNC ID",
    "pnc": "PNC ID",
    "cro": "CRO number",
    "uln": "Unique learner number",
    "la_child_id": "Local authority child ID",
    "hospital_number": "Hospital number",
    "pupil_id": "Pupil ID",
    "custody_id": "Custody ID",
}


def identifier(system: str) -> str:
    """A system of identifiers by its usual name, with whoever numbers in it where that is said behind an `@`."""
    kind, _, giver = system.partition("@")
    title = IDENTIFIERS.get(kind.casefold().replace("-", "_")) or sentence(kind or "identifier")
    return f"{title} ({giver})" if giver else title


def agency(code: str) -> str:
    """An agency's name."""
    return AGENCIES.get(code) or sentence(code)


def purpose(code: str | None) -> str:
    """A purpose in words."""
    return PURPOSES.get(code) or sentence(code) if code else "none stated"


def audience(code: str | None, titles: Mapping[str, str]) -> str:
    """An audience by the title that its file gives it; one that has no file any more by its code."""
    return titles.get(code) or sentence(code) if code else "no audience"


def day(value: date | datetime) -> str:
    """A date as GOV.UK writes it: 3 March 2026; of an instant the day it was in England."""
    value = local_date(value) if isinstance(value, datetime) else value
    return in_words(value)


def clock(value: datetime) -> str:
    """A date and time as clocks in England showed it: 3 March 2026, 14:05."""
    return f"{day(value)}, {hour(value)}"


def hour(value: datetime) -> str:
    """A time of the day as clocks in England showed it: 14:05; of an hour that they showed twice, which of the two."""
    shown = local(value)
    is_twice = shown.utcoffset() != shown.replace(fold=1 - shown.fold).utcoffset()
    return f"{shown:%H:%M}{f' {shown:%Z}' if is_twice else ''}"


def moment(value: str, precision: str) -> str:
    """When something happened, as precisely as the source knew it and no more."""
    match precision:
        case "year":
            return value[:4]
        case "month":
            return f"{MONTHS[date.fromisoformat(value[:7] + '-01').month - 1]} {value[:4]}"
        case "minute" | "second":
            return clock(datetime.fromisoformat(value))
        case _:
            return day(date.fromisoformat(value[:10]))


def known_of(value: str) -> str:
    """A day, a month or a year, as much of it as a value has; of another form it stays as it is."""
    precision = {4: "year", 7: "month", 10: "day"}.get(len(value))
    return moment(value, precision) if precision else value


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = max(0, int((now - then).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{plural(seconds // size, unit)} ago"
    return "less than a minute ago"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 concern`, `2 concerns`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listing(values: list[str]) -> str:
    """`a, b and c`."""
    *others, last = values or [""]
    return f"{', '.join(others)} and {last}" if others else last
