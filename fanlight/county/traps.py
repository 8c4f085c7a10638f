"""Children who are easily taken for one another, or for two: what identity resolution must get right."""

from dataclasses import replace
from random import Random

from fanlight.county import care, messages, ordinary, police, schools
from fanlight.county.identifiers import NO_FIXED_ABODE
from fanlight.county.ledger import Ledger
from fanlight.county.people import Child, Registrar, with_temporary_upn
from fanlight.county.stories import ASIAN, ENGLISH, PAKISTANI, TRAVELLER, Story, story


def _seen(ledger: Ledger, child: Child, rng: Random) -> None:
    ordinary.health(ledger, child, rng)
    schools.on_roll(ledger, child, ledger.day(600))
    schools.term(ledger, child, {"I": 2})


def twins(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """One birth date, one address, one family name, nearly one given name: two children."""
    home, born = registrar.household(), registrar.born(14, 160)
    girls = [registrar.child(name, "Appleyard", "F", born, ENGLISH, home) for name in ("Ella", "Ellie")]
    for girl in girls:
        _seen(ledger, girl, rng)
    police.missing(ledger, girls[0], ledger.at(47, "19:20"), hours=6, interview="accepted")
    police.victim(ledger, girls[1], ledger.at(30, "16:10"), offence="105/01", group="theft")
    return [
        story(
            ledger,
            "twins",
            "twins at one address are two children",
            girls[0],
        )
    ]


def siblings(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """Three children a year apart, of no fixed abode: a postcode that says so proves nothing."""
    home = replace(registrar.household(), line="The Paddock", postcode=NO_FIXED_ABODE)
    for given, sex, age in (("Levi", "M", 12), ("Lavinia", "F", 13), ("Elijah", "M", 14)):
        child = registrar.child(given, "Loveridge", sex, registrar.born(age, 80), TRAVELLER, home)
        _seen(ledger, child, rng)
        police.encompass(ledger, child, ledger.at(73, "22:30"))
    schools.off_roll(ledger, child, ledger.day(600), ledger.day(45))
    return []


def misspelt(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """One letter more at the police than anywhere else, and an address that nobody else knows: their record stands
    apart until a person joins it."""
    child = registrar.child("Charlie", "Whitaker", "M", registrar.born(13, 250), ENGLISH, registrar.household())
    _seen(ledger, child, rng)
    misheard = replace(child, police_family="Whittaker", household=registrar.household())
    police.missing(ledger, misheard, ledger.at(58, "20:40"), hours=5, interview="accepted")
    return [story(ledger, "misspelt", "another spelling and address at the police", child)]


def namesakes(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """Two boys of one name, born on one day, at two addresses: never one timeline."""
    born = registrar.born(15, 20)
    boys = [registrar.child("Adam", "Hussain", "M", born, PAKISTANI, registrar.household()) for _ in range(2)]
    for boy in boys:
        _seen(ledger, boy, rng)
    police.arrest(ledger, boys[0], ledger.at(66, "18:30"), offence="92/20", group="drugs", disposal="NFA")
    police.victim(ledger, boys[1], ledger.at(25, "15:45"), offence="8/01", group="violence")
    return [story(ledger, "namesakes", "same name and birth date, two boys", boys[0])]


def new_to_school(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """A child with a temporary UPN, for whom the return on looked-after children holds none: name, birth date and
    postcode of the referral join it."""
    child = with_temporary_upn(
        registrar.child("Skye", "Metcalfe", "F", registrar.born(10, 15), ENGLISH, registrar.household()),
        registrar.schools,
    )
    _seen(ledger, child, rng)
    since = ledger.day(75)
    care.header(ledger, child, since, upn="UN2")
    care.episode(ledger, child, since, legal="V2")
    care.worker(ledger, child, since, number=31)
    care.referral(ledger, child, ledger.day(80), source="2A")
    return [story(ledger, "new-to-school", "a temporary UPN, and none in the return", child)]


def merged(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """Registered in the night without an NHS number; the hospital finds out in the morning who it was."""
    child = registrar.child("Riley", "Thackray", "M", registrar.born(12, 333), ENGLISH, registrar.household())
    _seen(ledger, child, rng)
    messages.merge(ledger, child, ledger.at(38, "02:20"), ledger.at(37, "10:05"), old=registrar.spare_hospital_number())
    messages.amend(ledger, child, ledger.at(37, "10:40"))
    return [story(ledger, "merged", "two hospital records made one", child)]


def arrived_alone(ledger: Ledger, registrar: Registrar, rng: Random) -> list[Story]:
    """An unaccompanied boy. Month and year of his birth are known; the 15th stands for the day, as guidance has it."""
    born = registrar.born(17, 120).replace(day=15)
    child = registrar.child("Omid", "Karimi", "M", born, ASIAN, registrar.household())
    _seen(ledger, child, rng)
    since = ledger.day(420)
    care.header(ledger, child, since)
    care.asylum_seeking(ledger, child, since, born.replace(year=born.year + 18))
    care.episode(ledger, child, since, legal="V2", need="N8", place="K3", provider="PR4")
    care.worker(ledger, child, since, number=12)
    care.care_leaver(ledger, child, ledger.day(40), touch="YES", activity="F2", home="D1")
    return [story(ledger, "arrived-alone", "came to the country alone; that he did is never shown", child)]


TRAPS = (twins, siblings, misspelt, namesakes, new_to_school, merged, arrived_alone)
