"""What a worker says when it cannot start: one cause, and no secret."""

import pytest

from streams.__main__ import main


def test_a_worker_without_its_key_file_says_so_and_quotes_no_password(monkeypatch):
    monkeypatch.delenv("FANLIGHT_KEY_FILE", raising=False)
    monkeypatch.setenv("FANLIGHT_BROKER_PASSWORD", "hunter2")
    with pytest.raises(SystemExit) as ended:
        main(["identify"])
    assert "key_file" in str(ended.value.code)
    assert "hunter2" not in str(ended.value.code)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read"), (b"\xff\xfe", "64 hexadecimal digits"), (b"abcd\n", "64 hexadecimal digits")],
    ids=["no file", "no text", "too short"],
)
def test_a_key_file_that_holds_no_key_is_one_sentence(content, sentence, monkeypatch, tmp_path):
    path = tmp_path / "deployment.key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("FANLIGHT_KEY_FILE", str(path))
    with pytest.raises(SystemExit, match=sentence):
        main(["identify"])


@pytest.mark.parametrize(
    ("stage", "setting", "value", "sentence"),
    [
        ("identify", "BROKER_USERNAME", "bus", "identify: broker 127.0.0.1:1: a username comes with a password"),
        ("share", "OPA", "opa:8181", "share: FANLIGHT_OPA is no address of an OPA server"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(stage, setting, value, sentence, monkeypatch, tmp_path):
    monkeypatch.setenv("FANLIGHT_KEY_FILE", str(tmp_path / "deployment.key"))
    monkeypatch.setenv("FANLIGHT_BROKER", "127.0.0.1:1")
    monkeypatch.setenv(f"FANLIGHT_{setting}", value)
    with pytest.raises(SystemExit, match=f"^{sentence}"):
        main([stage])


def test_a_worker_whose_policies_are_not_those_that_were_started_does_not_run(monkeypatch, tmp_path):
    monkeypatch.setenv("FANLIGHT_KEY_FILE", str(tmp_path / "deployment.key"))
    monkeypatch.setenv("FANLIGHT_POLICY_REVISION", "0123")
    with pytest.raises(SystemExit, match=r"^share: the policies are of revision [0-9a-f]{32}, and 0123 is to run"):
        main(["share"])
