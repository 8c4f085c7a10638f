"""Ordinary lives: most children of the county are seldom heard of, and then for something small.

The rates are per child over two years, in the proportions that England's figures have to one another, raised because
this county's files hold children somebody has been in touch with and not every child.
"""

from random import Random

from fanlight.county import care, hospitals, messages, police, schools
from fanlight.county.ledger import Ledger
from fanlight.county.names import PLACES
from fanlight.county.people import Child

PERIOD_DAYS = 730
CLINICS = ("Community paediatrics", "Children's dentistry", "Hearing and speech", "Eye clinic", "Allergy clinic")
AILMENTS = (("195967001", "Asthma"), ("24079001", "Atopic dermatitis"), ("91936005", "Allergy to penicillin"))
CONCERNS = ("Mental health or wellbeing", "Family circumstances", "Online safety", "Attendance or punctuality")
CLOCKS = ("08:40", "10:15", "11:50", "14:05", "16:30", "18:45", "20:20", "22:35")


def live(ledger: Ledger, child: Child, rng: Random) -> None:
    """What two ordinary years left behind at each agency."""
    health(ledger, child, rng)
    schooling(ledger, child, rng)
    safeguarding(ledger, child, rng)
    if child.age(ledger.today) >= 10:
        streets(ledger, child, rng)
    if rng.random() < 0.1:
        looked_after(ledger, child, rng)


def _often(rng: Random, mean: float) -> int:
    """How often something with this mean happened."""
    times, left = 0, rng.expovariate(1.0)
    while left < mean:
        times += 1
        left += rng.expovariate(1.0)
    return times


def _ago(rng: Random, oldest: int = PERIOD_DAYS) -> int:
    return rng.randint(2, oldest)


def health(ledger: Ledger, child: Child, rng: Random) -> None:
    """A patient record, and the hospital visits of most childhoods."""
    hospitals.patient(ledger, child, ledger.at(_ago(rng), "09:00"))
    for _ in range(_often(rng, 0.9)):
        arrived = ledger.at(_ago(rng), rng.choice(CLOCKS))
        reason = rng.choices(("injury", "other", "intoxication", "self_harm", "assault"), (52, 42, 2, 2, 2))[0]
        if rng.random() < 0.5:
            hospitals.emergency(ledger, child, arrived, reason, minutes=rng.randint(60, 320))
        else:
            messages.attendance(ledger, child, arrived, hospitals.REASONS[reason][1], minutes=rng.randint(60, 320))
    for _ in range(_often(rng, 1.6)):
        start = ledger.at(_ago(rng), rng.choice(CLOCKS[:4]))
        hospitals.appointment(ledger, child, start, rng.choice(CLINICS), kept=rng.random() > 0.09)
    for _ in range(_often(rng, 0.1)):
        admitted = ledger.at(_ago(rng), rng.choice(CLOCKS))
        if rng.random() < 0.5:
            hospitals.stay(ledger, child, admitted, minutes=rng.randint(300, 5000))
        else:
            messages.stay(ledger, child, admitted, "Fever", minutes=rng.randint(300, 5000))
    if rng.random() < 0.3:
        code, display = rng.choice(AILMENTS)
        hospitals.condition(ledger, child, ledger.at(_ago(rng), "11:00"), code, display)
    if rng.random() < 0.15:
        change = messages.update if rng.random() < 0.6 else messages.amend
        change(ledger, child, ledger.at(_ago(rng), "13:30"))


def schooling(ledger: Ledger, child: Child, rng: Random) -> None:
    """A place on a roll, a term's sessions, sometimes a suspension; a few registers in full."""
    entry = ledger.day(rng.randint(200, 1500))
    if rng.random() < 0.04:
        schools.off_roll(ledger, child, entry, ledger.day(rng.randint(5, 120)))
        return
    schools.on_roll(ledger, child, entry, sen=rng.choices("NKE", (80, 15, 5))[0])
    weak = rng.random() < 0.18
    sessions = {"I": rng.randint(1, 5), "M": rng.randint(1, 2)}
    if weak:
        sessions |= {"O": rng.randint(6, 18), "U": rng.randint(1, 4)}
    elif rng.random() < 0.4:
        sessions |= {"C": 1}
    schools.term(ledger, child, sessions)
    if rng.random() < (0.2 if weak else 0.04):
        schools.suspension(
            ledger,
            child,
            ledger.day(_ago(rng, 300)),
            sessions=rng.choice((2, 4, 6)),
            reasons=[rng.choice(("PP", "DB", "VA"))],
        )
    if rng.random() < 0.3:
        register(ledger, child, rng, days=28, absent=0.22 if weak else 0.05)


def register(ledger: Ledger, child: Child, rng: Random, *, days: int, absent: float, until: int = 1) -> None:
    """Both sessions of each school day up to `until` days ago."""
    for day in schools.school_days(ledger.day(until + days - 1), ledger.day(until)):
        away = rng.random() < absent
        code = rng.choice("INO") if away else ""
        schools.mark(ledger, child, day, "AM", code or ("L" if rng.random() < 0.05 else "/"))
        schools.mark(ledger, child, day, "PM", code or "\\")


def safeguarding(ledger: Ledger, child: Child, rng: Random) -> None:
    """Concerns, referrals, and trouble at home."""
    if rng.random() < 0.12:
        when = ledger.at(_ago(rng, 400), "15:20")
        schools.concern(ledger, child, when, rng.choice(CONCERNS), action="Monitored in school")
    if rng.random() < 0.12:
        received = rng.randint(90, PERIOD_DAYS)
        nfa = rng.random() < 0.3
        source = rng.choice(("1A", "2A", "3A", "3E", "6", "6"))
        number = care.referral(
            ledger, child, ledger.day(received), source=source, need=rng.choice(("N1", "N4", "N5")), nfa=nfa
        )
        if not nfa and rng.random() < 0.8:
            closed = ledger.day(max(2, received - rng.randint(30, 80)))
            care.closure(ledger, child, closed, number, reason=rng.choice(("RC7", "RC8", "RC9")))
    if rng.random() < 0.07:
        police.encompass(ledger, child, ledger.at(_ago(rng), "23:10"), present=rng.random() < 0.7)
    if rng.random() < 0.02:
        hospitals.flag(ledger, child, ledger.at(_ago(rng, 300), "10:00"))


def streets(ledger: Ledger, child: Child, rng: Random) -> None:
    """What police meet older children with: most of it once."""
    if rng.random() < 0.05:
        for n in range(rng.choice((1, 1, 1, 2))):
            reported = ledger.at(_ago(rng, 500), rng.choice(CLOCKS[5:]))
            police.missing(
                ledger, child, reported, hours=rng.choice((2.5, 4, 7, 11)), count=n + 1, interview="accepted"
            )
    if rng.random() < 0.05:
        when = ledger.at(_ago(rng), rng.choice(CLOCKS))
        police.victim(ledger, child, when, offence="105/01", group="theft")
    if child.age(ledger.today) < 13:
        return
    if rng.random() < 0.04:
        when = ledger.at(_ago(rng, 300), rng.choice(CLOCKS[4:]))
        police.search(
            ledger, child, when, sought="Controlled drugs", law="Misuse of Drugs Act 1971 (section 23)",
            outcome="A no further action disposal", place=rng.choice(PLACES),
        )  # fmt: skip
    if rng.random() < 0.03:
        when = ledger.at(_ago(rng, 500), rng.choice(CLOCKS[4:]))
        police.arrest(ledger, child, when, offence="46", group="theft", disposal="Community resolution")


def looked_after(ledger: Ledger, child: Child, rng: Random) -> None:
    """A period of care: mostly one foster home, reviews twice a year, one worker or two."""
    started = min(rng.randint(120, 1400), (ledger.today - child.born).days - 30)
    since = ledger.day(started)
    care.header(ledger, child, since)
    middle = ledger.day(started // 2) if rng.random() < 0.3 else None
    care.episode(ledger, child, since, middle, legal=rng.choice(("C2", "V2")), change="PLACE" if middle else "")
    if middle:
        care.episode(ledger, child, middle, rne="P", place=rng.choice(("U4", "U1", "K2")))
    for ago in range(started - 20, 1, -180):
        care.review(ledger, child, ledger.day(ago), rng.choice(("PN1", "PN1", "PN3", "PN7")))
    care.worker(ledger, child, since, middle, number=rng.randint(1, 40))
    if middle:
        care.worker(ledger, child, middle, number=rng.randint(41, 80))
    care.outcomes(ledger, child, ledger.day(60), sdq=rng.randint(4, 22))
    if rng.random() < 0.1:
        ago = rng.randint(3, started - 10)
        care.missing(ledger, child, ledger.day(ago), ledger.day(ago - 1))
