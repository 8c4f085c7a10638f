"""What children's social care would send: an SSDA903 return, and the referrals, closures and scalings of its case
system."""

from datetime import date

from fanlight.county.ledger import Ledger
from fanlight.county.people import Child

EPISODES = "ssda903/episodes.csv"
HEADER = "ssda903/header.csv"
MISSING = "ssda903/missing.csv"
REVIEWS = "ssda903/reviews.csv"
OC2 = "ssda903/oc2.csv"
OC3 = "ssda903/oc3.csv"
WORKERS = "ssda903/sw_episodes.csv"
UASC = "ssda903/uasc.csv"
REFERRALS = "referrals.csv"
CLOSURES = "closures.csv"
SCALINGS = "scalings.csv"


def _uk(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def header(ledger: Ledger, child: Child, since: date, *, upn: str | None = None) -> None:
    """The line that every other table of the return hangs on. It has no name: only the UPN says who this is."""
    ledger.row(
        HEADER,
        since,
        {
            "CHILD": child.child_id,
            "SEX": child.sex,
            "DOB": _uk(child.born),
            "ETHNIC": child.ethnic,
            "UPN": child.upn if upn is None else upn,
            "MOTHER": "",
            "MC_DOB": "",
        },
    )


def episode(
    ledger: Ledger,
    child: Child,
    start: date,
    end: date | None = None,
    *,
    rne: str = "S",
    legal: str = "C2",
    need: str = "N1",
    place: str = "U4",
    provider: str = "PR1",
    change: str = "",
) -> None:
    """One episode of a period of care."""
    ledger.row(
        EPISODES,
        start,
        {
            "CHILD": child.child_id,
            "DECOM": _uk(start),
            "RNE": rne,
            "LS": legal,
            "CIN": need,
            "PLACE": place,
            "PLACE_PROVIDER": provider,
            "DEC": _uk(end),
            "REC": "X1" if end else "",
            "REASON_PLACE_CHANGE": change,
            "HOME_POST": child.household.postcode,
            "PL_POST": "ZZ9 9XA",
            "URN": "SC999901" if place in ("K1", "K2", "K3") else "XXXXXXX",
        },
    )


def missing(ledger: Ledger, child: Child, start: date, end: date | None) -> None:
    """Missing from care, as the return counts it: dates only."""
    ledger.row(
        MISSING,
        start,
        {
            "CHILD": child.child_id,
            "DOB": _uk(child.born),
            "MISSING": "M",
            "MIS_START": _uk(start),
            "MIS_END": _uk(end),
        },
    )


def review(ledger: Ledger, child: Child, held: date, took_part: str) -> None:
    """A statutory review and how the child took part."""
    ledger.row(
        REVIEWS,
        held,
        {"CHILD": child.child_id, "DOB": _uk(child.born), "REVIEW": _uk(held), "REVIEW_CODE": took_part},
    )


def outcomes(ledger: Ledger, child: Child, filed: date, *, sdq: int) -> None:
    """The yearly health and conduct line."""
    ledger.row(
        OC2,
        filed,
        {
            "CHILD": child.child_id,
            "DOB": _uk(child.born),
            "SDQ_SCORE": sdq,
            "SDQ_REASON": "",
            "CONVICTED": 0,
            "HEALTH_CHECK": 1,
            "IMMUNISATIONS": 1,
            "TEETH_CHECK": 1,
            "HEALTH_ASSESSMENT": 1,
            "SUBSTANCE_MISUSE": 0,
            "INTERVENTION_RECEIVED": 0,
            "INTERVENTION_OFFERED": 0,
        },
    )


def care_leaver(ledger: Ledger, child: Child, filed: date, *, touch: str, activity: str, home: str) -> None:
    """Contact with a young person who has left care."""
    ledger.row(
        OC3,
        filed,
        {"CHILD": child.child_id, "DOB": _uk(child.born), "IN_TOUCH": touch, "ACTIV": activity, "ACCOM": home},
    )


def worker(ledger: Ledger, child: Child, start: date, end: date | None = None, *, number: int) -> None:
    """Who holds the case, by number."""
    ledger.row(
        WORKERS,
        start,
        {
            "CHILD": child.child_id,
            "DOB": _uk(child.born),
            "SW_ID": f"XX{9_990_000 + number}",
            "SW_DECOM": _uk(start),
            "SW_DEC": _uk(end),
            "SW_REASON": "FCONTA" if end is None else "CHCHAN",
        },
    )


def asylum_seeking(ledger: Ledger, child: Child, since: date, until: date) -> None:
    """An unaccompanied child, and the day on which that ends."""
    ledger.row(
        UASC,
        since,
        {"CHILD": child.child_id, "SEX": child.sex, "DOB": _uk(child.born), "DUC": _uk(until)},
    )


def _known(child: Child) -> dict[str, object]:
    return {
        "child_id": child.child_id,
        "forename": child.given,
        "middle_names": child.middle,
        "surname": child.family,
        "date_of_birth": child.born.isoformat(),
        "sex": child.sex,
        "postcode": child.household.postcode,
        "upn": child.upn,
    }


def referral(
    ledger: Ledger, child: Child, received: date, *, source: str, need: str = "N1", nfa: bool = False, factors: str = ""
) -> str:
    """A referral and what it was about; gives back its number, by which a closure names it."""
    reference = ledger.number("REF")
    ledger.row(
        REFERRALS,
        received,
        _known(child)
        | {
            "referral_ref": reference,
            "referral_date": received.isoformat(),
            "referral_source": source,
            "primary_need": need,
            "no_further_action": "true" if nfa else "false",
            "assessment_factors": factors,
        },
    )
    return reference


def closure(
    ledger: Ledger, child: Child, closed: date, reference: str, *, reason: str = "RC8", disengaged: bool = False
) -> None:
    """A case closed, and whether the family had stopped answering."""
    ledger.row(
        CLOSURES,
        closed,
        _known(child)
        | {
            "case_ref": reference,
            "closed_on": closed.isoformat(),
            "reason": reason,
            "disengaged": "true" if disengaged else "false",
            "step_down": "",
        },
    )


def scaling(ledger: Ledger, child: Child, given: date, scale: int, *, by: str) -> None:
    """How safe a practitioner says a young person is."""
    ledger.row(
        SCALINGS,
        given,
        _known(child)
        | {
            "scaling_ref": ledger.number("SCALING"),
            "given_on": given.isoformat(),
            "scale": scale,
            "given_by": by,
            "reason": "",
        },
    )
