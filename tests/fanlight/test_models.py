"""Whether somebody who activates a model has seen its report."""

import pytest

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
