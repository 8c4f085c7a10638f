"""Two records side by side at the command line: what each says, how that compares in words, and what it weighs."""

from collections.abc import Mapping
from typing import Any

from fanlight.output import OUT, as_text, print_rows
from schemas.evidence import LEVELS, WHYS, beside_fields, decided, said


def side_by_side(found: Mapping[str, Any]) -> dict[str, Any]:
    """What `fanlight identity show --json` prints of a decoded fanlight.bus.Review."""
    return {
        "review_id": found["review_id"],
        "why": found["why"],
        "because": WHYS[found["why"]],
        "since": found["since"],
        "left": _side(found["left"]),
        "right": _side(found["right"]),
        "fields": [
            {
                **field,
                "words": LEVELS.get(field["level"], field["level"]),
                "left": said(found["left"], field["name"]),
                "right": said(found["right"], field["name"]),
            }
            for field in found["fields"]
        ],
        "bits": found["weight"],
        "prior_bits": found["prior"],
        "decided_by": found["decided_by"],
        "decided_because": decided(found["decided_by"], {field["name"]: field["level"] for field in found["fields"]}),
        "model": found["model"],
        "judgements": found["judgements"],
    }


def _side(side: Mapping[str, Any]) -> dict[str, Any]:
    return {"record": f"{side['agency']}:{side['source_id']}", **side}


def print_review(shown: Mapping[str, Any]) -> None:
    """Print for people what `side_by_side` gives."""
    OUT.print(f"OFFICIAL-SENSITIVE  {shown['review_id']}  {shown['why']}: {shown['because']}")
    rows = [
        {**field, "bits": f"{field['bits']:+.1f}", "name": field["name"].replace("_", " ")} for field in shown["fields"]
    ]
    left, right = shown["left"]["record"], shown["right"]["record"]
    if beside := beside_fields(shown["bits"], shown["prior_bits"], (field["bits"] for field in shown["fields"])):
        rows.append({"name": "", "left": "", "right": "", "words": beside.words, "bits": f"{beside.bits:+.1f}"})
    columns = {"name": "field", "left": left, "right": right, "words": "compared", "bits": "bits"}
    table = [{columns[name]: row[name] for name in columns} for row in rows]
    print_rows(table, list(columns.values()), as_json=False, nothing="they have no field in common")
    OUT.print(f"together {shown['bits']:+.1f} bits, of which {shown['prior_bits']:+.1f} before anything was compared")
    OUT.print(f"not joined: {shown['decided_because']} (model {shown['model']})")
    for each in shown["judgements"]:
        told = f"{each['judgement_id']}  {each['kind']}, by {each['by']}: {each['reason']}"
        OUT.print(as_text(told))


def print_explanation(explained: Mapping[str, Any]) -> None:
    """What `fanlight identity explain` tells people of a record and of those it was weighed against."""
    OUT.print(as_text(f"{explained['record']}: {explained['status']}, person {explained['person_id']}"))
    for each in explained["beside"]:
        OUT.print(as_text(f"\n{each['record']}"))
        for sentence in each["sentences"]:
            OUT.print(f"  {sentence}")
    if not explained["beside"]:
        OUT.print("It is like nobody else's.")
