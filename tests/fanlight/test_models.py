"""Models in shadow, and whether somebody who activates one has seen its report."""

from types import SimpleNamespace

import pytest

from fanlight.commands import models
from fanlight.commands.models import DIGITS_MIN, is_named

REPORT = "b838c4da203e80c75a120a9b4ff50951"


@pytest.mark.parametrize(
    ("said", "named"),
    [
        pytest.param(REPORT, True, id="whole"),
        pytest.param(REPORT[:DIGITS_MIN], True, id="its beginning"),
        pytest.param(REPORT[: DIGITS_MIN - 1], False, id="less than anybody would know"),
        pytest.param("", False, id="nothing"),
        pytest.param(REPORT[1:], False, id="its end"),
        pytest.param(REPORT + "0", False, id="more than it"),
    ],
)
def test_a_report_is_named_by_its_id_or_enough_of_it(said: str, named: bool) -> None:
    assert is_named(REPORT, said) is named


def test_a_file_that_cannot_be_written_is_said_before_the_minutes_of_a_shadow_and_no_look_is_recorded(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(models, "find_deployment", lambda _: SimpleNamespace(broker=None, key=None))
    monkeypatch.setattr(models, "shadow_of", lambda *_: pytest.fail("it ran"))
    with pytest.raises(FileNotFoundError):
        models.shadow("uk-2", out=tmp_path / "no folder" / "report.json")
