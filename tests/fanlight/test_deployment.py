"""The deployment key: there whole or not at all, its owner's alone, and the same ever after."""

import json
import os
import stat
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from fanlight.deployment import claim_key, find_deployment, make_key, open_to_others, reasons
from fanlight.errors import StackError
from fanlight.state import StackState, claim, read_state
from schemas.keys import read_key


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path):
    path = tmp_path / "new" / "deployment.key"
    assert make_key(path) == make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["deployment.key"]


def test_a_key_that_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch):
    def fail(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(StackError, match=r"deployment\.key cannot be made \(No space left on device\): name another"):
        make_key(tmp_path / "deployment.key")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_opened_again_under_the_key_of_its_data(tmp_path):
    data, key = tmp_path / "data", tmp_path / "key"
    assert claim_key(data, key) == claim_key(data, key)


def test_data_is_not_opened_under_another_key(tmp_path):
    claim_key(tmp_path, tmp_path / "key")
    with pytest.raises(StackError, match=r"was made under another deployment key than that in .*/other: .*--key-file"):
        claim_key(tmp_path, make_and_name(tmp_path / "other"))


def test_a_mark_that_cannot_be_written_whole_is_not_there(tmp_path, monkeypatch):
    key = make_and_name(tmp_path / "key")

    def fail(*paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", fail)
    with pytest.raises(OSError, match="No space left"):
        claim_key(tmp_path / "data", key)
    monkeypatch.undo()
    assert list((tmp_path / "data").iterdir()) == []
    claim_key(tmp_path / "data", key)


@pytest.mark.parametrize("holds", ["deployment.mark", "kafka", "embedded"])
def test_no_key_is_made_where_data_has_one(tmp_path, holds):
    (tmp_path / holds).mkdir()
    with pytest.raises(StackError, match=r"deployment\.key is not there, and the data in .* has its key"):
        claim_key(tmp_path, tmp_path / "deployment.key")
    assert not (tmp_path / "deployment.key").exists()


def test_a_key_that_others_can_read_is_noticed(tmp_path):
    make_key(tmp_path / "key")
    assert not open_to_others(tmp_path / "key")
    for mode in (0o640, 0o604):
        (tmp_path / "key").chmod(mode)
        assert open_to_others(tmp_path / "key")


def make_and_name(path):
    make_key(path)
    return path


def test_a_stack_of_another_release_is_not_taken_for_none(tmp_path):
    with claim(tmp_path):
        assert read_state(tmp_path) is None  # it has not said yet where it is
        (tmp_path / "state.json").write_text('{"addresses": {}}')
        with pytest.raises(StackError, match=rf"is of another release \(pid {os.getpid()}\): start it anew"):
            read_state(tmp_path)
    assert read_state(tmp_path) is None


def test_a_stack_that_says_where_it_is_just_then_is_not_of_another_release(tmp_path, monkeypatch):
    with claim(tmp_path) as mine:
        read_text = Path.read_text

        def too_early(path, *args):
            try:
                return read_text(path, *args)
            except FileNotFoundError:
                mine.publish(StackState(broker_engine="remote", bootstrap="127.0.0.1:9", opa="embedded"))
                raise

        monkeypatch.setattr(Path, "read_text", too_early)
        assert read_state(tmp_path) is None
        assert read_state(tmp_path).bootstrap == "127.0.0.1:9"


def test_what_a_crashed_stack_wrote_is_not_taken_for_the_one_that_starts(tmp_path):
    with claim(tmp_path) as crashed:
        crashed.publish(StackState(broker_engine="remote", bootstrap="127.0.0.1:9", opa="embedded"))
        written = json.loads((tmp_path / "state.json").read_text())
    with claim(tmp_path):
        (tmp_path / "state.json").write_text(json.dumps(written | {"pid": 1}))  # until its parts have ended, it stays
        assert read_state(tmp_path) is None
        with pytest.raises(StackError, match=rf" is starting \(pid {os.getpid()}\): try again when it says that it is"):
            find_deployment(tmp_path)
    with pytest.raises(StackError, match=r"^no stack is up on "):
        find_deployment(tmp_path)


def test_commands_do_not_publish_under_a_key_that_was_exchanged_beneath_a_running_stack(tmp_path):
    path = tmp_path / "shared.key"
    claim_key(tmp_path, path)
    with claim(tmp_path) as mine:
        mine.publish(StackState(broker_engine="remote", bootstrap="127.0.0.1:9", opa="embedded", key_file=str(path)))
        assert find_deployment(tmp_path).key == read_key(path)
        path.write_text("ab" * 32)
        with pytest.raises(StackError, match="another deployment key than the stack was started under: put it back"):
            find_deployment(tmp_path)


@pytest.mark.parametrize("told", [b'{"stage": "sh', b"<html>", b""], ids=["cut off", "of somebody else", "nothing"])
@pytest.mark.parametrize("status", [200, 503])
def test_a_worker_that_ends_in_the_middle_of_its_answer_has_not_answered(status, told):
    class Half(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", "80")
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *said):
            pass

    with HTTPServer(("127.0.0.1", 0), Half) as server:
        threading.Thread(target=server.handle_request).start()
        url = f"http://127.0.0.1:{server.server_port}/readyz"
        state = StackState(broker_engine="remote", bootstrap="127.0.0.1:9", opa="embedded", health={"share": url})
        assert reasons(state) == [f"{url} does not answer"]
