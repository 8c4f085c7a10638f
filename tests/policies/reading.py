"""The rules of sharing in plain Python, read from docs/governance.md, and policies made at random to try them on.

Nothing is taken from the Rego nor from the data document that the engines get: where the two differ, one is wrong.
"""

from pathlib import Path
from random import Random

import yaml

from policies.attributes import CLOSED, Attributes, field_labels
from policies.load import PolicySet
from policies.masking import maskable
from schemas.catalogue import event_records

AGENCIES = ["police", "nhs", "school", "social_care"]
NEVER = ["free-text", "internal", "third-party"]
DAYS = ["2025-12-31", "2026-03-29", "2026-03-30", "2026-10-25", "2026-10-26", "2026-11-29", "2027-01-01"]
PURPOSES = ["early-help", "emergency-vital-interests", "missing-response", "s47-enquiry"]
TYPES = [
    *("police.missing_reported", "police.intelligence_report", "police.person_details", "nhs.emergency_attendance"),
    *("school.attendance_summary", "social_care.referral", "social_care.placement_change"),
]
STRENGTH = {"drop": 0, "mask": 1, "pass": 2}
LISTED = {name: sorted({*map(str, values), "unknown"}) for name, values in CLOSED.items()}
VALUES = LISTED | {"controller": AGENCIES, "emergency": [True, False], "event_type": TYPES}
NAMES = sorted({name for kind in TYPES for name in field_labels(kind)})


def decide(policy: PolicySet, asked: Attributes, now_ns: int) -> dict:
    """The whole answer, as the engine must give it."""
    labels, facts = field_labels(asked.event_type), _facts(policy, asked)
    laws = [law for law in policy.prohibitions.values() if _concerns(law, facts)]
    forbidden, left = (sorted(law.id for law in laws if law.effect == effect) for effect in ("DENY", "REVIEW"))
    held = [name for name in left if f"prohibition:{name}" not in asked.released]
    barred = [f"prohibition:{name}" for name in forbidden] + _unfit(asked, facts)
    spoken = [
        (agreement, clause)
        for agreement in policy.agreements.values()
        for clause in agreement.clauses.values()
        if asked.audience in clause.audiences and asked.event_type in clause.event_types
    ]
    live = [pair for pair in spoken if pair[0].applies(now_ns)]
    applying = [pair for pair in live if _agree(pair[1].when, facts)]
    registered = policy.audiences[asked.audience].purposes if facts["controller"] else ()
    by_purpose = {p: [pair for pair in applying if p in pair[1].purposes] for p in sorted(registered)}
    by_purpose = {purpose: pairs for purpose, pairs in by_purpose.items() if pairs}
    overdue = ["review_overdue"] if any(a.review_by_ns <= now_ns for a, _ in applying) else []
    nothing = {"agreement": None, "clause": None, "grants": [], "dropped": sorted(labels), "revision": policy.revision}
    if barred or not by_purpose:
        lapsed = ["agreement_not_in_force"] * (len(live) < len(spoken)) + ["condition_not_met"] * (applying != live)
        reasons = sorted(barred or ["no_clause", *lapsed])
        return nothing | {"outcome": "DENY", "clause": forbidden[0] if forbidden else None, "reasons": reasons}
    requiring = {p: [pair for pair in pairs if pair[1].outcome == "REVIEW"] for p, pairs in by_purpose.items()}
    asking = {p: [pair for pair in pairs if not _answered(*pair, asked)] for p, pairs in requiring.items()}
    asks, required = ({_asks(*pair) for pairs in those.values() for pair in pairs} for those in (asking, requiring))
    lifted = [f"released:prohibition:{name}" for name in left if name not in held]
    lifted += [f"released:{name}" for name in required - asks]
    if held or (asks and (left or all(requiring.values()))):
        reasons = [*(f"prohibition:{name}" for name in held), *asks, *lifted, *overdue]
        agreement, clause = _first(pair for pairs in asking.values() for pair in pairs) if asks else (None, None)
        ground = {"clause": held[0]} if held else {"agreement": agreement.id, "clause": clause.id}
        return nothing | ground | {"outcome": "REVIEW", "reasons": sorted(reasons)}
    grants = [_grant(p, pairs, labels, laws) for p, pairs in by_purpose.items() if not asking.get(p)]
    taking = [f"prohibition:{law.id}" for law in laws if any(_takes(law, applying, n, labels) for n in labels)]
    shown = {name for grant in grants for name in (*grant["fields"], *grant["masked"])}
    return {
        "outcome": "PERMIT",
        "agreement": grants[0]["agreement"],
        "clause": grants[0]["clause"],
        "reasons": sorted(["permitted", *overdue, *taking, *lifted]),
        "grants": grants,
        "dropped": sorted(set(labels) - shown),
        "revision": policy.revision,
    }


def _asks(agreement, clause):
    return f"clause_requires_review:{agreement.id}/{clause.id}"


def _answered(agreement, clause, asked):
    """Whether somebody was asked for this clause, as it reads now; of how it reads a test of its own has more."""
    return any(each == clause.question and each.startswith(f"{_asks(agreement, clause)}@") for each in asked.released)


def reviews(policy: PolicySet) -> list[str]:
    """Every question that a person may be asked under a policy."""
    clauses = (clause for agreement in policy.agreements.values() for clause in agreement.clauses.values())
    laws = [f"prohibition:{law.id}" for law in policy.prohibitions.values()]
    return [*(clause.question for clause in clauses if clause.outcome == "REVIEW"), *laws, "clause_requires_review"]


def _facts(policy, asked):
    facts = {n: [v] if isinstance(v := getattr(asked, n), str | bool) else list(v) for n in VALUES if n != "controller"}
    audience = policy.audiences.get(asked.audience)
    return facts | {"controller": [audience.controller] if audience else []}


def _unfit(asked, facts):
    unknown = [
        n for n in ("agency", "event_type", "role", "regime", "consent", "sensitivities") if "unknown" in facts[n]
    ]
    unknown += ["audience"] * (not facts["controller"]) + ["schema_version"] * (asked.schema_version == 0)
    foreign = asked.event_type.partition(".")[0] != asked.agency
    refused = ["refused_by_a_person"] * asked.refused
    return [f"unknown:{name}" for name in unknown] + ["agency_mismatch"] * foreign + refused


def _agree(when, facts):
    return all(any(value in values for value in facts[name]) for name, values in when.items())


def _concerns(law, facts):
    return _agree(law.when, facts) and not any(_agree(exception, facts) for exception in law.unless)


def _strength(clause, name, labels):
    return STRENGTH[clause.fields.get(name, clause.labels.get(labels[name], "drop"))]


def _takes(law, applying, name, labels):
    left = STRENGTH.get(law.effect, 2)
    return law.covers(name, labels[name]) and any(_strength(c, name, labels) > left for _, c in applying)


def _first(pairs):
    return min(pairs, key=lambda pair: f"{pair[0].id}/{pair[1].id}")


def _grant(purpose, pairs, labels, laws):
    least = {name: min(_strength(clause, name, labels) for _, clause in pairs) for name in labels}
    for law in laws:
        for name in labels:
            if law.effect in STRENGTH and law.covers(name, labels[name]):
                least[name] = min(least[name], STRENGTH[law.effect])
    agreement, clause = _first(pairs)
    return {
        "purpose": purpose,
        "agreement": agreement.id,
        "clause": clause.id,
        "obligations": sorted({duty for _, c in pairs for duty in c.obligations}),
        "fields": sorted(name for name, strength in least.items() if strength == STRENGTH["pass"]),
        "masked": sorted(name for name, strength in least.items() if strength == STRENGTH["mask"]),
        "valid_until_ns": min(a.in_force_until_ns for a, _ in pairs),
    }


class Maker:
    """Policies and questions, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def policy(self, directory: Path) -> PolicySet:
        """A policy whose clauses and prohibitions get in each other's way, written into a directory that has Rego."""
        audiences = [self._audience(f"audience-{n}") for n in range(self._random.randint(1, 3))]
        agreements = [self._agreement(f"agreement-{n}", audiences) for n in range(self._random.randint(1, 3))]
        never = {"id": "never", "title": "Never", "law": "A law", "effect": "drop", "labels": NEVER}
        laws = [never, *(self._law(f"law-{n}") for n in range(self._random.randint(0, 5)))]
        for kind, named in (("audiences", audiences), ("agreements", agreements), ("prohibitions", [laws])):
            (directory / kind).mkdir()
            for item in named:
                name = item["id"] if isinstance(item, dict) else "all"
                (directory / kind / f"{name}.yaml").write_text(yaml.safe_dump(item))
        return PolicySet.load(directory)

    def question(self, policy: PolicySet) -> tuple[Attributes, int]:
        """What somebody asks, and when: mostly what is ordinary."""
        kind = self._random.choice(TYPES)
        ordinary = {"source_evaluation": "1", "intelligence_assessment": "A", "handling_code": "P", "role": "subject"}
        ordinary |= {"consent": "not_recorded", "regime": "UKGDPR"}
        named = {name: v if self._chance(0.7) else self._random.choice(LISTED[name]) for name, v in ordinary.items()}
        asked = Attributes(
            audience=self._random.choice([*policy.audiences] * 9 + ["nobody"]),
            agency=kind.partition(".")[0] if self._chance(0.97) else self._random.choice(AGENCIES),
            event_type=kind,
            schema_version=event_records()[kind].version if self._chance(0.97) else 0,
            emergency=self._chance(0.4),
            handling=tuple(self._some(LISTED["handling"], 1)) if self._chance(0.2) else (),
            sensitivities=tuple(self._some(LISTED["sensitivities"], 1)) if self._chance(0.2) else (),
            age_band=self._random.choice(sorted(CLOSED["age_band"])),
            released=tuple(self._released(policy)) if self._chance(0.2) else (),
            refused=self._chance(0.03),
            **named,
        )
        return asked, self._random.choice(policy.boundaries_ns) + self._random.choice([-1, 0, 1])

    def _released(self, policy):
        return self._some(reviews(policy))

    def _chance(self, of_one):
        return self._random.random() < of_one

    def _some(self, values, most=99):
        return self._random.sample(list(values), self._random.randint(1, min(most, len(values))))

    def _audience(self, name):
        ask = dict.fromkeys(AGENCIES, "Somebody")
        return {
            "id": name,
            "title": "Reader",
            "controller": self._random.choice(AGENCIES),
            "purposes": PURPOSES if self._chance(0.5) else ["s47-enquiry", *self._some(PURPOSES[:3])],
            "marking": "OFFICIAL",
            "withheld": {"statement": "Ask.", "ask": ask},
        }

    def _agreement(self, name, audiences):
        begins, ends = sorted(self._random.sample(DAYS, 2))
        return {
            **{"id": name, "title": "Agreement", "tier": 1, "version": "1", "parties": AGENCIES, "purposes": PURPOSES},
            "status": self._random.choice(["in_force"] * 5 + ["signed", "draft", "suspended"]),
            "signatories": [{"party": a, "role": "Director", "signed_on": "2025-01-01"} for a in AGENCIES],
            **{"in_force_from": begins, "in_force_until": ends, "review_by": self._random.choice(DAYS)},
            **{"lawful_basis": ["UKGDPR-6-1-e"], "retention": "A year", "onward_sharing": "none", "dpia_ref": "DPIA-1"},
            **{"contact": {"police": "Desk"}, "gsc_marking": "OFFICIAL"},
            "clauses": [self._clause(f"C-{n}", audiences) for n in range(self._random.randint(1, 3))],
        }

    def _clause(self, name, audiences):
        kinds, readers = self._some(TYPES, 5), self._some(audiences)
        registered = sorted({purpose for reader in readers for purpose in reader["purposes"]})
        clause = {
            **{"id": name, "text": "Words", "audiences": [reader["id"] for reader in readers]},
            **{"agencies": sorted({kind.partition(".")[0] for kind in kinds}), "event_types": kinds},
            "purposes": sorted({"s47-enquiry", *self._some(registered)}) if self._chance(0.5) else ["s47-enquiry"],
            "obligations": self._some(["no_onward_sharing", "victim_anonymity", "never_name_a_child"]),
            "outcome": "PERMIT" if self._chance(0.75) else "REVIEW",
        }
        named = {n for kind in kinds for n, label in field_labels(kind).items() if label not in NEVER}
        own = sorted(name for name in named if not name.startswith("person."))
        clause["fields"] = self._modes(own)
        clause["person_fields"] = self._modes(sorted(named - set(own)))
        clause["labels"] = self._modes(["routine", "criminal-offence", "originator-controlled"], lambda _: False)
        if self._chance(0.3):
            clause["roles"] = ["subject", *self._some(["victim", "suspect"])]
        if self._chance(0.3):
            asked = self._random.choice(["consent", "emergency", "age_band"])
            clause["conditions"] = {asked: self._some(VALUES[asked][:4])}
        return clause

    def _modes(self, names, coarser=maskable):
        modes = {}
        for name in names:
            mode = self._random.choice(["pass", "pass", "mask", "drop", None])
            if mode is not None and (mode != "mask" or coarser(name)):
                modes.setdefault(mode, []).append(name.removeprefix("person."))
        return modes

    def _law(self, name):
        law = {"id": name, "title": "A rule", "law": "A law"}
        law["effect"] = self._random.choice(["DENY", "REVIEW", "drop", "mask"])
        if law["effect"] in ("DENY", "REVIEW") or self._chance(0.6):
            law["when"] = self._circumstances()
        if law["effect"] in ("drop", "mask"):
            law["labels"] = self._some(["routine", "identity", "special-category", "address-protected"])
            named = [field for field in NAMES if law["effect"] == "drop" or maskable(field)]
            law |= {"fields": self._some(named, 9)} if self._chance(0.4) else {}
            law |= {"except_fields": self._some(NAMES, 9)} if self._chance(0.4) else {}
        return law | ({"unless": [self._circumstances()]} if self._chance(0.4) else {})

    def _circumstances(self):
        return {name: self._some(VALUES[name], 4) for name in self._some(VALUES, 2)}
