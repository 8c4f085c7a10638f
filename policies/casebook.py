"""Cases that a board can read: what is asked, and the whole answer that must come, in `policies/cases/*.yaml`.

One file of cases holds for every engine: pytest asks both, `opa test` gets them as data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from policies import files
from policies.attributes import Attributes, field_labels
from policies.instants import instant_ns, midnight_ns
from policies.load import HERE, PolicySet
from policies.masking import PERSON
from schemas.errors import InvalidAgreement
from schemas.vocabulary import AgeBand, Consent, Regime, Role

#: What an ordinary event says; a case names only what is different.
_ORDINARY: Mapping[str, Any] = {
    "schema_version": 1,
    "role": Role.SUBJECT.value,
    "regime": Regime.UKGDPR.value,
    "consent": Consent.NOT_RECORDED.value,
    "emergency": False,
    "source_evaluation": "",
    "intelligence_assessment": "",
    "handling_code": "",
    "handling": (),
    "sensitivities": (),
    "age_band": AgeBand.FROM_10_TO_15.value,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question, when it is asked, and its whole answer."""

    name: str
    attributes: Attributes
    at_ns: int
    answer: Mapping[str, Any]


def cases(policy: PolicySet, directory: Path = HERE / "cases") -> Iterator[Case]:
    """Every case, with answers as this policy's engines must give them."""
    for path in files.listed(directory):
        for item in files.read(path, "case"):
            yield _case(item, policy, path.name)


def attributes(named: Mapping[str, Any]) -> Attributes:
    """Attributes of an ordinary event, but for those named; lists become tuples."""
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in named.items()}
    agency = str(named.get("event_type", "")).partition(".")[0]
    return Attributes(**{"audience": "", "agency": agency, "event_type": "", **_ORDINARY, **given})


def _case(item: Mapping[str, Any], policy: PolicySet, file: str) -> Case:
    named = item["attributes"]
    if "released" in named:
        # A case names who asked; what was asked is what the policy says of them.
        named = named | {"released": [policy.question(reason) or reason for reason in named["released"]]}
    try:
        asked = attributes(named)
    except TypeError as fault:
        raise InvalidAgreement(f"{file}: {item['name']}: {fault}") from None
    expected = item["expect"]
    grants = sorted((g for item in expected.get("grants", []) for g in _grants(item)), key=itemgetter("purpose"))
    shown = {name for grant in grants for name in (*grant["fields"], *grant["masked"])}
    answer = {
        "outcome": expected["outcome"],
        "agreement": expected.get("agreement"),
        "clause": expected.get("clause"),
        "reasons": sorted(expected["reasons"]),
        "grants": grants,
        "dropped": sorted(set(field_labels(asked.event_type)) - shown),
        "revision": policy.revision,
    }
    return Case(name=item["name"], attributes=asked, at_ns=_instant(item["at"]), answer=answer)


def _grants(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One grant for each purpose listed; demographics are listed apart."""
    for purpose in item["purposes"]:
        yield {
            "purpose": purpose,
            "agreement": item["agreement"],
            "clause": item["clause"],
            "obligations": sorted(item.get("obligations", [])),
            "fields": sorted([*item.get("fields", []), *(PERSON + name for name in item.get("person", []))]),
            "masked": sorted([*item.get("masked", []), *(PERSON + name for name in item.get("person_masked", []))]),
            "valid_until_ns": midnight_ns(item["valid_until"]),
        }


def _instant(text: str) -> int:
    return midnight_ns(text) if len(text) == len("2026-11-22") else instant_ns(datetime.fromisoformat(text))
