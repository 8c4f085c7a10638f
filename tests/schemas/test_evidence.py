import json
from pathlib import Path

import pytest

from schemas.evidence import LEVELS

MODELS = sorted((Path(__file__).parents[2] / "streams" / "identity" / "models").glob("*.json"))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_level_that_a_model_weighs_has_words(path):
    levels = json.loads(path.read_text())["levels"]
    assert {level for of_field in levels.values() for level in of_field} - set(LEVELS) == set()
