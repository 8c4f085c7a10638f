"""Weights of the identity model, estimated offline; what comes out is looked over before it becomes a release.

    python tools/train_identity.py estimate DIR            m and u of every level, from DIR/records.csv
    python tools/train_identity.py parity FILE             Splink's own scores of some pairs (needs the extra `train`)

m comes from pairs of records that share a valid NHS number or UPN and not by expectation-maximisation: on blocked pairs
that takes siblings for matches (measured: a different NHS number came out at -1.6 bits). Pairs of which the names say
that the number is a sibling's are left out. u comes from random pairs, and from a name's own frequency.
"""

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.identity import read  # noqa: E402
from streams.identity.model import Model, load  # noqa: E402
from streams.identity.snapshot import Features, Snapshot  # noqa: E402

RANDOM_PAIRS = 400_000
#: Fields that an estimate is made of; what an identifier is worth is not to be had from pairs chosen by it.
FIELDS = ("given_name", "middle_names", "family_name", "birth_date", "postcode", "address", "address_in_postcode")
Pair = tuple[Features, Features]


def estimate(folder: Path) -> dict[str, Any]:
    """The levels of each field with m and u, as they stand in `models/*.json`."""
    model = load()
    records: dict[str, Features] = {}
    for key, said in read(folder):
        features = Snapshot.of(key, said).features
        records[key] = records[key].joined(features) if key in records else features
    m, u = _shares(model, _same(model, records.values())), _shares(model, _random(list(records.values())))
    return {
        field: {level: {"m": m[field][level], "u": u[field][level]} for level in sorted(m[field] | u[field])}
        for field in FIELDS
    }


def _same(model: Model, records: Iterable[Features]) -> Iterator[Pair]:
    """Pairs that share a number which no third child carries, and of which either name or birth date agrees."""
    carriers: dict[str, list[Features]] = defaultdict(list)
    for features in records:
        for each in features.identifiers:
            if each.startswith(("nhs-number:", "upn:")):
                carriers[each].append(features)
    for group in carriers.values():
        for a, b in combinations(group, 2):
            if model.given_name(a, b).level != "differ" or model.middle_names(a, b).level == "exact":
                yield a, b


def _random(records: list[Features]) -> Iterator[Pair]:
    rng = random.Random("random pairs")
    for _ in range(RANDOM_PAIRS):
        a, b = rng.choice(records), rng.choice(records)
        if a is not b and a.identifiers.isdisjoint(b.identifiers):
            yield a, b


def _shares(model: Model, pairs: Iterable[Pair]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for a, b in pairs:
        told = dict(model.evidence(a, b))
        at_home = "postcode" in told and told["postcode"].level == "exact"
        for field, outcome in told.items():
            counts["address_in_postcode" if field == "address" and at_home else field][outcome.level] += 1
    return {field: _as_shares(counts[field]) for field in FIELDS}


def _as_shares(counts: Counter[str]) -> Counter[str]:
    total = sum(counts.values()) or 1
    return Counter({level: round(count / total, 7) for level, count in counts.items()})  # type: ignore[misc]


def parity() -> list[dict[str, Any]]:
    """Some pairs of invented people with the match weight that Splink gives them under the model's own m, u and TF."""
    import pandas
    from splink import DuckDBAPI, Linker, SettingsCreator

    spec = json.loads((ROOT / "streams/identity/models/uk-1.json").read_text())
    people = pandas.DataFrame(_people())
    comparisons = [_comparison(spec, field) for field in ("given_name", "family_name", "birth_date", "postcode")]
    settings = SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=spec["prior"],
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=["1=1"],
        retain_intermediate_calculation_columns=True,
    )
    database = DuckDBAPI()
    linker = Linker(database.register(people), settings)
    for field in ("given_name", "family_name"):
        lookup = database.register(_frequencies(spec, field))
        linker.table_management.register_term_frequency_lookup(lookup, field)
    found = linker.inference.predict().as_pandas_dataframe()
    rows = {row.pop("unique_id"): row for row in _people()}
    return [
        {"left": rows[row.unique_id_l], "right": rows[row.unique_id_r], "bits": row.match_weight}
        for row in found.itertuples()
    ]


def _people() -> list[dict[str, Any]]:
    """Values that either are the same or have nothing in common: levels between are ours, not Splink's."""
    rng = random.Random("parity")
    given = ["amy", "oliver", "zebedee", None]
    family = ["thistlewick", "smith", "khan", None]
    born = ["2012-04-06", "2007-11-23", None]
    home = ["ZZ12AB", "ZZ79XY", None]
    return [
        {
            "unique_id": number,
            "given_name": rng.choice(given),
            "family_name": rng.choice(family),
            "birth_date": rng.choice(born),
            "postcode": rng.choice(home),
        }
        for number in range(24)
    ]


def _comparison(spec: dict[str, Any], field: str) -> dict[str, Any]:
    levels = spec["levels"][field]
    exact = {
        "sql_condition": f"{field}_l = {field}_r",
        "label_for_charts": "exact",
        "m_probability": levels["exact"]["m"],
        "u_probability": levels["exact"]["u"],
    }
    if field in spec["rarest"]:
        exact |= {"tf_adjustment_column": field, "tf_adjustment_weight": 1.0}
    return {
        "output_column_name": field,
        "comparison_levels": [
            {"sql_condition": f"{field}_l IS NULL OR {field}_r IS NULL", "is_null_level": True},
            exact,
            {
                "sql_condition": "ELSE",
                "label_for_charts": "differ",
                "m_probability": levels["differ"]["m"],
                "u_probability": levels["differ"]["u"],
            },
        ],
    }


def _frequencies(spec: dict[str, Any], field: str) -> Any:
    import pandas

    known, rarest = spec[f"{field}s"], spec["rarest"][field]
    names = ["amy", "oliver", "zebedee", "thistlewick", "smith", "khan"]
    return pandas.DataFrame({field: names, f"tf_{field}": [max(known.get(name, rarest), rarest) for name in names]})


def main() -> None:
    """Estimate, or record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("estimate", "parity"))
    parser.add_argument("place", type=Path, metavar="DIR|FILE")
    given = parser.parse_args()
    if given.what == "estimate":
        print(json.dumps(estimate(given.place), indent=1))
    else:
        lines = ",\n".join(json.dumps(pair) for pair in parity())
        given.place.write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
