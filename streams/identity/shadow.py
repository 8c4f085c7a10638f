"""What another model would make of a region before anybody activates it: run from nothing, compared with what stands.

By record keys and person ids, never values. The same records, decisions and model give the same report under the same
id: whoever activates a model on a report can be held to it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from streams.identity.judgements import Judgement, Pair
from streams.identity.model import Model
from streams.identity.record import Assignment
from streams.identity.registry import Registry
from streams.identity.snapshot import Snapshot

Report = dict[str, Any]
#: Of a digest of what a report says, which is its id: a report that says the same has the same.
_ID_BYTES = 16


def shadow(
    model: Model,
    standing: Iterable[tuple[Snapshot, Assignment]],
    judgements: Iterable[Judgement],
    reviews: Mapping[Pair, str],
    name_person: Callable[[str], str],
) -> Report:
    """What would change if `model` weighed. `standing` is every record as it stands, `reviews` why a pair waits."""
    registry = Registry(name_person, model)
    before: dict[str, Assignment] = {}
    for said, assignment in standing:
        before[said.subject_key] = assignment
        registry.restore([said], [])
    decided = sorted(judgements, key=lambda each: each.judgement_id)
    registry.restore((), (), decided)
    for _ in registry.sweep():
        pass
    after = {key: registry.assignment(key) for key in before}
    told = _compared(registry, before, {key: each for key, each in after.items() if each is not None})
    now = {pair: review.why for pair, review in registry.stirred() if review is not None}
    report = {
        "model": model.version,
        "model_digest": model.digest,
        "judgements": len(decided),
        **told,
        "reviews": {
            "before": len(reviews),
            "after": len(now),
            "opened": [[*pair, now[pair]] for pair in sorted(now.keys() - reviews.keys())],
            "closed": [[*pair, reviews[pair]] for pair in sorted(reviews.keys() - now.keys())],
        },
        "rests_on": _digest([_as_told(registry, key, before[key]) for key in sorted(before)], decided),
    }
    return {"shadow_id": _digest(report), **report}


def _compared(registry: Registry, before: Mapping[str, Assignment], after: Mapping[str, Assignment]) -> Report:
    moved = [key for key in sorted(before) if before[key].person_id != after[key].person_id]
    turned = [key for key in sorted(before) if before[key].status is not after[key].status]
    return {
        "records": len(before),
        "persons": {"before": _persons(before), "after": _persons(after)},
        "moved": [
            {
                "subject_key": key,
                "agency": registry.said(key).agency,
                "from": before[key].person_id,
                "to": after[key].person_id,
            }
            for key in moved
        ],
        "merged": _crossing(after, before),
        "split": _crossing(before, after),
        "statuses": {
            "before": _counts(str(each.status) for each in before.values()),
            "after": _counts(str(each.status) for each in after.values()),
            "changed": len(turned),
        },
        "by_agency": {
            "records": _counts(registry.said(key).agency for key in before),
            "moved": _counts(registry.said(key).agency for key in moved),
            "status_changed": _counts(registry.said(key).agency for key in turned),
        },
    }


def _crossing(ours: Mapping[str, Assignment], theirs: Mapping[str, Assignment]) -> list[Report]:
    """The persons of one side whose records are of several on the other, with those."""
    members: dict[str, set[str]] = {}
    for key, assignment in ours.items():
        members.setdefault(assignment.person_id, set()).add(key)
    return [
        {"person_id": person_id, "others": sorted(others), "subject_keys": sorted(keys)}
        for person_id, keys in sorted(members.items())
        if len(others := {theirs[key].person_id for key in keys}) > 1
    ]


def _persons(assignments: Mapping[str, Assignment]) -> int:
    return len({each.person_id for each in assignments.values()})


def _counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _as_told(registry: Registry, key: str, stands: Assignment) -> list[Any]:
    return [key, [sorted(map(str, field)) for field in registry.said(key).features], stands.person_id, stands.status]


def _digest(*content: Any) -> str:
    told = json.dumps(content, sort_keys=True, default=repr, ensure_ascii=True)
    return blake2b(told.encode(), digest_size=_ID_BYTES).hexdigest()
