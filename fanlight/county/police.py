"""What the police force would send: nightly extracts of its records system, one table a kind of record."""

from datetime import date, datetime

from fanlight.county.ledger import Ledger, later
from fanlight.county.people import Child

MISSING = "missing-episodes.csv"
ARRESTS = "arrests.csv"
SEARCHES = "stop-search.csv"
ENCOMPASS = "encompass.csv"
INTELLIGENCE = "intelligence.csv"
VICTIMS = "victims.csv"


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat(timespec="minutes") if moment else ""


def _who(child: Child) -> dict[str, object]:
    return {
        "person_ref": child.police_reference,
        "forename": child.given,
        "surname": child.family_at_police,
        "date_of_birth": child.born.isoformat(),
        "middle_names": child.middle,
        "sex": {"M": "Male", "F": "Female"}[child.sex],
        "address": child.household.address,
        "postcode": child.household.postcode,
    }


def missing(
    ledger: Ledger,
    child: Child,
    reported: datetime,
    *,
    hours: float | None,
    risk: str = "medium",
    missing_from: str = "home",
    count: int = 1,
    flags: str = "",
    interview: str = "offered",
    out_of_area: bool = False,
    associates: str = "",
    note: str = "",
) -> None:
    """A missing report and, unless the child is still missing, how it ended."""
    located = later(reported, round(hours * 60)) if hours is not None else None
    ledger.row(
        MISSING,
        reported.date(),
        _who(child)
        | {
            "report_ref": ledger.number("MISPER"),
            "reported_at": _stamp(reported),
            "updated_at": _stamp(located or reported),
            "last_seen_at": _stamp(later(reported, -150)),
            "missing_from": missing_from,
            "risk_level": risk,
            "previous_episodes": count - 1,
            "exploitation_flags": flags,
            "responsible_authority": "Ambershire",
            "located_at": _stamp(located),
            "duration_hours": hours,
            "located_by": "police" if located else "",
            "harm_found": "",
            "return_interview": interview if located else "",
            "out_of_area": "Y" if out_of_area else "N",
            "associates": associates,
            "notes": note,
            "action": "",
        },
    )


def arrest(ledger: Ledger, child: Child, when: datetime, *, offence: str, group: str, disposal: str) -> None:
    """A custody record."""
    ledger.row(
        ARRESTS,
        when.date(),
        _who(child)
        | {
            "custody_ref": ledger.number("CUSTODY"),
            "arrested_at": _stamp(when),
            "offence_code": offence,
            "offence_group": group,
            "disposal": disposal,
            "strip_search": "N",
            "appropriate_adult": "Y",
            "co_accused": "",
        },
    )


def search(ledger: Ledger, child: Child, when: datetime, *, sought: str, law: str, outcome: str, place: str) -> None:
    """A stop and search."""
    ledger.row(
        SEARCHES,
        when.date(),
        _who(child)
        | {
            "search_ref": ledger.number("SEARCH"),
            "searched_at": _stamp(when),
            "object_of_search": sought,
            "legislation": law,
            "outcome": outcome,
            "outcome_linked_to_object_of_search": "",
            "removal_of_more_than_outer_clothing": "N",
            "location": place,
        },
    )


def encompass(ledger: Ledger, child: Child, when: datetime, *, present: bool = True, voice: str = "") -> None:
    """Police tell a school of domestic abuse at home before the next school day."""
    ledger.row(
        ENCOMPASS,
        when.date(),
        _who(child)
        | {
            "incident_ref": ledger.number("ENC"),
            "incident_at": _stamp(when),
            "notified_at": _stamp(later(when, 420)),
            "child_present": "Y" if present else "N",
            "risk_level": "medium",
            "voice_of_child": voice,
            "incident_address": child.household.address,
        },
    )


def intelligence(
    ledger: Ledger, child: Child, written: date, *, grading: str, themes: str, text: str, conditions: str = ""
) -> None:
    """An intelligence report, graded 3x5x2: source, intelligence, handling."""
    source, assessment, handling = grading.split("-")
    ledger.row(
        INTELLIGENCE,
        written,
        {name: value for name, value in _who(child).items() if name not in ("address", "postcode")}
        | {
            "report_urn": ledger.number("INTEL"),
            "information_date": written.isoformat(),
            "source_evaluation": source,
            "intelligence_assessment": assessment,
            "handling_code": handling,
            "themes": themes,
            "sanitised_text": text,
            "conditions": conditions,
        },
    )


def victim(ledger: Ledger, child: Child, when: datetime, *, offence: str, group: str, flags: str = "") -> None:
    """A crime of which the child is the victim."""
    ledger.row(
        VICTIMS,
        when.date(),
        _who(child)
        | {
            "crime_ref": ledger.number("CRIME"),
            "committed_at": _stamp(when),
            "offence_code": offence,
            "offence_group": group,
            "crime_flags": flags,
            "outcome_code": "18",
        },
    )
