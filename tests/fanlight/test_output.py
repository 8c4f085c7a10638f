"""What commands print for people, whatever partners wrote."""

import pytest

from fanlight.output import print_rows

COLUMNS = ["feed", "message"]


def printed(capsys: pytest.CaptureFixture[str], value: object) -> str:
    print_rows([{"feed": value, "message": "kept"}], COLUMNS, as_json=False, nothing="nothing")
    return capsys.readouterr().out


@pytest.mark.parametrize("value", ["[/b]x", "[bold]x", ":smile:"])
def test_a_value_in_brackets_or_colons_is_shown_as_it_was_written(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert value in printed(capsys, value)


def test_a_value_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "a\x1b[2Jb\u202ec\x07")
    assert not set("\x1b\u202e\x07") & set(text)
    assert "a\ufffd[2Jb\ufffdc\ufffd" in text


def test_lists_and_absent_values_are_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert "one, two" in printed(capsys, ["one", "two"])
    assert "None" not in printed(capsys, None)
