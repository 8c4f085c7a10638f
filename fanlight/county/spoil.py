"""Records that no partner meant to send: about one in a hundred cannot be accepted, as in any real delivery."""

from random import Random

from fanlight.county import care, police, schools
from fanlight.county.ledger import Ledger

SHARE = 0.01
IMPOSSIBLE = "31/02/2026"

#: Which column of a table cannot do without a value that can be read.
DATES = {
    police.MISSING: "reported_at",
    police.ENCOMPASS: "incident_at",
    police.VICTIMS: "offence_date",
    schools.MARKS: "date",
    schools.CONCERNS: "recorded_at",
    schools.EXCLUSIONS: "startdate",
    care.REFERRALS: "referral_date",
    care.EPISODES: "DECOM",
    care.REVIEWS: "REVIEW",
}
KEYS = {
    police.SEARCHES: "person_ref",
    schools.SESSIONS: "pupilonrolltableid",
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
