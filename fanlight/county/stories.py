"""The hand-written children: what each agency knew, and what only all of them together would have told.

Days are counted back from the day of writing, so that what is recent stays recent.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random

from fanlight.county import care, hospitals, messages, ordinary, police, schools
from fanlight.county.ledger import Ledger
from fanlight.county.names import COMMUNITIES
from fanlight.county.people import Child, Household, Registrar

ENGLISH, WELSH, POLISH, PAKISTANI, TRAVELLER, NIGERIAN, _, ASIAN = COMMUNITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A child to look for by name. `subjects` is each agency's own key for them; `never` must reach no audience."""

    key: str
    name: str
    born: date
    what: str
    subjects: dict[str, str]
    never: tuple[str, ...] = field(default=())


def story(ledger: Ledger, key: str, what: str, child: Child, never: tuple[str, ...] = ()) -> Story:
    """A child's story, under the key of each agency that has something of theirs."""
    keys = {
        "police": child.police_reference,
        "nhs": child.nhs_number,
        "school": child.upn,
        "social_care": child.child_id,
    }
    written = {value for rows in ledger.rows.values() for _, row in rows for value in row.values()}
    return Story(
        key=key,
        name=f"{child.given} {child.family}",
        born=child.born,
        what=what,
        subjects={agency: own for agency, own in keys.items() if agency == "nhs" or own in written},
        never=never,
    )


def building_up(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """Exploitation building up, seen in pieces by four agencies; then health hears nothing more."""
    home = registrar.household()
    child = registrar.child("Callum", "Hartley", "M", registrar.born(15, 140), ENGLISH, home, "James")
    hospitals.patient(ledger, child, ledger.at(700, "09:00"))
    # A rhythm of some forty days, so that the eighty-eight since the assault are a silence.
    for ago, kept in ((610, True), (480, True), (248, False), (168, False)):
        hospitals.appointment(ledger, child, ledger.at(ago, "10:20"), "Asthma review", kept=kept)
    for ago, reason in ((290, "injury"), (210, "other"), (128, "injury"), (88, "assault")):
        hospitals.emergency(ledger, child, ledger.at(ago, "23:40"), reason, minutes=255)
    schools.on_roll(ledger, child, ledger.day(1180))
    schools.term(ledger, child, {"I": 4, "M": 1, "O": 24, "N": 3, "E": 10})
    ordinary.register(ledger, child, rng, days=35, absent=0.04, until=36)
    ordinary.register(ledger, child, rng, days=35, absent=0.55)
    schools.suspension(ledger, child, ledger.day(33), sessions=10, reasons=["BW", "OW"])
    schools.concern(
        ledger,
        child,
        ledger.at(29, "13:10"),
        "Criminal exploitation",
        action="Referred to children's social care",
        referred=True,
    )
    episodes = (
        (81, "22:15", 7.5, "medium"),
        (52, "21:40", 14, "medium"),
        (24, "20:55", 26, "high"),
        (8, "19:30", 31, "high"),
    )
    for count, (ago, clock, hours, risk) in enumerate(episodes, 1):
        police.missing(
            ledger, child, ledger.at(ago, clock), hours=hours, risk=risk, count=count, interview="declined",
            flags="CCE" if count > 2 else "", out_of_area=count > 2,
        )  # fmt: skip
    police.search(
        ledger, child, ledger.at(20, "17:45"), sought="Offensive weapons", place="Westing Bay seafront",
        law="Police and Criminal Evidence Act 1984 (section 1)", outcome="A no further action disposal",
    )  # fmt: skip
    police.intelligence(
        ledger, child, ledger.day(15), grading="2-B-P", themes="CCE;county lines",
        text="Young person seen repeatedly with older males who supply; believed to be carrying for them.",
    )  # fmt: skip
    care.referral(ledger, child, ledger.day(28), source="2A", need="N1", factors="10A;24A")
    _little_sister(ledger, registrar, rng, home)
    return [story(ledger, "building-up", "exploitation builds up, and health has gone quiet", child)]


def _little_sister(ledger: Ledger, registrar: Registrar, rng: Random, home: Household) -> None:
    """Somebody at the same address, of whom nothing belongs on his timeline."""
    sister = registrar.child("Ellie", "Hartley", "F", registrar.born(11, 40), ENGLISH, home)
    ordinary.health(ledger, sister, rng)
    schools.on_roll(ledger, sister, ledger.day(80))
    police.encompass(ledger, sister, ledger.at(190, "23:20"))


def closed_too_soon(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """A case closed because a family stopped answering, while school and police still worry."""
    child = registrar.child("Maja", "Kowalczyk", "F", registrar.born(14, 70), POLISH, registrar.household())
    ordinary.health(ledger, child, rng)
    schools.on_roll(ledger, child, ledger.day(820))
    schools.term(ledger, child, {"I": 3, "O": 15, "N": 4}, before={"I": 3, "O": 6})
    ordinary.register(ledger, child, rng, days=42, absent=0.25)
    number = care.referral(ledger, child, ledger.day(214), source="6", need="N5", factors="3B;10A")
    care.closure(ledger, child, ledger.day(22), number, reason="RC8", disengaged=True)
    schools.concern(ledger, child, ledger.at(39, "12:30"), "Neglect", action="Monitored in school")
    schools.concern(ledger, child, ledger.at(11, "09:25"), "Sexual exploitation", action="Spoke with the pupil")
    police.encompass(ledger, child, ledger.at(44, "00:50"), voice="I just go to my room")
    police.missing(ledger, child, ledger.at(36, "21:10"), hours=9, count=1, interview="accepted")
    police.missing(ledger, child, ledger.at(9, "22:05"), hours=16, count=2, interview="declined")
    return [
        story(
            ledger,
            "closed-too-soon",
            "social care closed the case while school and police still worry",
            child,
        )
    ]


def recovering(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """It gets better, and that is shown too."""
    child = registrar.child("Aaliyah", "Hussain", "F", registrar.born(13, 200), PAKISTANI, registrar.household())
    hospitals.patient(ledger, child, ledger.at(690, "09:00"))
    for ago in (340, 250, 160, 70, 20):
        hospitals.appointment(ledger, child, ledger.at(ago, "11:10"), "Looked-after health")
    since = ledger.day(760)
    care.header(ledger, child, since)
    care.episode(ledger, child, since, place="U4")
    care.worker(ledger, child, since, number=7)
    for ago in (740, 650, 470, 290, 110, 12):
        care.review(ledger, child, ledger.day(ago), "PN1")
    care.outcomes(ledger, child, ledger.day(50), sdq=9)
    for ago, scale in ((172, 3), (110, 5), (12, 7)):
        care.scaling(ledger, child, ledger.day(ago), scale, by="Sam Sample, social worker")
    care.missing(ledger, child, ledger.day(176), ledger.day(175))
    police.missing(ledger, child, ledger.at(131, "19:40"), hours=3, missing_from="care", interview="accepted")
    schools.on_roll(ledger, child, ledger.day(740), sen="K")
    schools.term(ledger, child, {"I": 3, "M": 2}, before={"I": 4, "O": 19, "N": 3})
    ordinary.register(ledger, child, rng, days=42, absent=0.32, until=43)
    ordinary.register(ledger, child, rng, days=42, absent=0.0)
    return [story(ledger, "recovering", "recovering: what works stands beside what worried", child)]


#: Words planted in the records of one child, in every place whose content must reach no audience.
NEVER = (
    "Marigold Refuge",
    "Ravensworth",
    "Chlamydial",
    "Brinkworth",
    "Oakapple Clinic",
)


def protected(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """Known to all four, with much that must never show."""
    home = registrar.household()
    child = registrar.child("Seren", "Pritchard", "F", registrar.born(16, 95), WELSH, home)
    refuge = replace(child, household=replace(home, line="Room 4, Marigold Refuge"))
    hospitals.patient(ledger, refuge, ledger.at(60, "09:00"), restricted=True, kin="Dale Ravensworth")
    hospitals.condition(
        ledger, child, ledger.at(41, "15:30"), "105629000", "Chlamydial infection", "Seen at Oakapple Clinic"
    )
    hospitals.appointment(ledger, child, ledger.at(40, "15:00"), "Oakapple Clinic", kept=False)
    messages.stay(ledger, child, ledger.at(97, "02:10"), "Alcohol intoxication", minutes=900, kin="RAVENSWORTH^DALE")
    hospitals.flag(ledger, child, ledger.at(97, "09:00"))
    schools.on_roll(ledger, child, ledger.day(1500))
    schools.term(ledger, child, {"I": 6, "O": 11})
    schools.concern(
        ledger, child, ledger.at(57, "10:40"), "Domestic abuse", referred=True,
        action="Referred to children's social care",
        note="Mother's partner Dale Ravensworth waited at the gate",
    )  # fmt: skip
    young, placed = ledger.day(3300), ledger.day(3050)
    care.header(ledger, child, young)
    care.episode(ledger, child, young, placed, legal="E1", place="U4", change="PLACE")
    care.episode(
        ledger, child, placed, ledger.day(2700), rne="P", legal="E1", place="A3", provider="PR1", change="CREQB"
    )
    care.episode(ledger, child, ledger.day(2700), rne="P", legal="C2", place="U4")
    care.review(ledger, child, ledger.day(130), "PN3")
    police.missing(
        ledger, child, ledger.at(63, "18:20"), hours=5, missing_from="care", interview="accepted",
        associates="Dale Ravensworth", note="Former adopter Mrs Brinkworth rang; now at Marigold Refuge",
    )  # fmt: skip
    police.victim(ledger, child, ledger.at(62, "23:00"), offence="8/51", group="violence", flags="DA")
    police.intelligence(
        ledger, child, ledger.day(45), grading="3-E-C", themes="exploitation", conditions="S2",
        text="Said by a rival to recruit for Ravensworth.",
    )  # fmt: skip
    care.referral(ledger, child, ledger.day(56), source="9", need="N1", factors="3B")
    return [story(ledger, "protected", "known to all four agencies; much of it must never show", child, NEVER)]


def not_brought(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """No single missed appointment means much; five clinics in a row do."""
    child = registrar.child("Tobi", "Ogunleye", "M", registrar.born(8, 30), NIGERIAN, registrar.household(), "Ayo")
    hospitals.patient(ledger, child, ledger.at(600, "09:00"))
    for ago, kept, clinic in (
        (420, True, "Community paediatrics"),
        (300, True, "Hearing and speech"),
        (118, False, "Community paediatrics"),
        (83, False, "Hearing and speech"),
        (55, False, "Children's dentistry"),
        (26, False, "Community paediatrics"),
        (6, False, "Eye clinic"),
    ):
        start = ledger.at(ago, "09:30")
        hospitals.appointment(ledger, child, start, clinic, kept=kept, community=clinic != "Eye clinic")
    schools.on_roll(ledger, child, ledger.day(1100), sen="K")
    schools.term(ledger, child, {"I": 9, "O": 7, "U": 6})
    ordinary.register(ledger, child, rng, days=28, absent=0.2)
    schools.concern(ledger, child, ledger.at(34, "11:15"), "Neglect", action="Contacted a parent or carer")
    schools.concern(ledger, child, ledger.at(14, "14:50"), "Neglect", action="Monitored in school")
    care.referral(ledger, child, ledger.day(90), source="3A", need="N1", nfa=True)
    return [story(ledger, "not-brought", "was not brought, again and again and at two trusts", child)]


STORIES: tuple[Callable[[Ledger, Registrar, Random], list[Story]], ...] = (
    building_up,
    closed_too_soon,
    recovering,
    protected,
    not_brought,
)
