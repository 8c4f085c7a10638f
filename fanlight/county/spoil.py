"""Records that no partner meant to send: about one in a hundred cannot be accepted, as in any real delivery."""

from itertools import cycle
from random import Random

from fanlight.county import care, police, schools
from fanlight.county.ledger import Ledger

SHARE = 0.01
IMPOSSIBLE = "31/02/2026"

#: Which column of a table cannot do without a value that can be read.
DATES = {
    police.MISSING: "reported_at",
    police.ENCOMPASS: "incident_at",
    police.VICTIMS: "committed_at",
    schools.MARKS: "date",
    schools.CONCERNS: "recorded_on",
    schools.EXCLUSIONS: "startdate",
    care.REFERRALS: "referral_date",
    care.EPISODES: "DECOM",
    care.REVIEWS: "REVIEW",
}
KEYS = {
    police.SEARCHES: "person_ref",
    schools.ADDRESSES: "pupilonrolltableid",
    care.WORKERS: "CHILD",
}


def spoil(ledger: Ledger, rng: Random) -> None:
    """Beside the good rows, a few copies with an impossible date or without the key of the child."""
    for faults, value in ((DATES, IMPOSSIBLE), (KEYS, "")):
        for table, column in faults.items():
            rows = ledger.rows.get(table, [])
            count = max(1, round(len(rows) * SHARE)) if rows else 0
            for filed, row in rng.choices(rows, k=count):
                ledger.row(table, filed, row | {column: value})
                ledger.broken[table] += 1
    _resources(ledger, rng)
    _messages(ledger, rng)


def _resources(ledger: Ledger, rng: Random) -> None:
    """Encounters that say nowhere when, or whose they are."""
    encounters = [(p, r) for p, found in ledger.patients.items() for r in found if r["resourceType"] == "Encounter"]
    chosen = rng.choices(encounters, k=2 * max(1, round(len(encounters) * SHARE)))
    for (patient, encounter), lost in zip(chosen, cycle(("period", "subject")), strict=False):
        rest = {name: value for name, value in encounter.items() if name != lost}
        ledger.resource(patient, rest | {"id": ledger.number("BROKEN").lower()})
        ledger.broken["resources"] += 1


def _messages(ledger: Ledger, rng: Random) -> None:
    """Messages that lost their patient on the way."""
    for sent, text in rng.choices(ledger.messages, k=max(1, round(len(ledger.messages) * SHARE))):
        lost = "\r".join(segment for segment in text.split("\r") if not segment.startswith("PID"))
        ledger.message(sent, lost)
        ledger.broken["messages"] += 1
