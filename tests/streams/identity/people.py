"""Snapshots and registries in one line, for the tests of identity. Numbers are of ranges that are never issued."""

from collections.abc import Iterable

from streams.identity.judgements import Judgement
from streams.identity.registry import Registry
from streams.identity.snapshot import Demographics, Snapshot

NHS = ("nhs-number", "9990000018", True)
OTHER_NHS = ("nhs-number", "9990000026", True)
UPN = ("upn", "K999000125001", True)
OTHER_UPN = ("upn", "Z999000125002", True)
TEMPORARY_UPN = ("upn", "J99900012501A", True)
BORN = "2012-04-06"
HOME = "ZZ1 2AB"
ELSEWHERE = "ZZ7 9XY"
AT_HOME = {"postcode": HOME, "address": "12 Kelder Road"}
AWAY = {"postcode": ELSEWHERE, "address": "3 Packhorse Row"}

AMY = {"given_name": "Amy", "family_name": "Thistlewick", "birth_date": BORN}
BEN = AMY | {"given_name": "Ben"}


def said(key: str, *, merged: Iterable[str] = (), agency: str = "nhs", **values: object) -> Snapshot:
    """What a record says; identifiers as a list of (system, value, valid)."""
    values["identifiers"] = tuple(values.get("identifiers", ()))
    return Snapshot.of(key, Demographics(**values), agency=agency, merged=merged)


def registry(*arriving: Snapshot | Judgement) -> Registry:
    made = Registry(lambda key: f"person-{key}")
    for each in arriving:
        tell(made, each)
    return made


def tell(made: Registry, each: Snapshot | Judgement) -> None:
    if isinstance(each, Judgement):
        made.judge(each)
    else:
        made.observe(each)


def people(made: Registry, keys: str) -> dict[str, str]:
    """Person by record; keys are single letters."""
    return {key: made.assignment(key).person_id.removeprefix("person-") for key in keys}


def state(made: Registry, keys: Iterable[str]) -> list[tuple[str, str, str]]:
    """Everything a reader could tell two registries apart by, but for history."""
    found = [(key, made.assignment(key)) for key in sorted(keys)]
    return [(key, a.person_id, str(a.status)) for key, a in found if a] + [
        (r.left, r.right, r.why) for r in made.reviews()
    ]


def same(left: str, right: str, name: str = "") -> Judgement:
    return _judgement("same", left, right, name)


def different(left: str, right: str, name: str = "") -> Judgement:
    return _judgement("different", left, right, name)


def do_not_link(left: str, right: str, name: str = "") -> Judgement:
    return _judgement("do_not_link", left, right, name)


def undo(judgement: Judgement) -> Judgement:
    undoes = judgement.judgement_id
    return Judgement(judgement_id=f"undo-{undoes}", kind="undo", undoes=undoes, by="A. Worker", reason="mistaken")


def _judgement(kind: str, left: str, right: str, name: str) -> Judgement:
    name = name or f"{kind}-{left}-{right}"
    return Judgement(judgement_id=name, kind=kind, left=left, right=right, by="A. Worker", reason="seen by the worker")
