"""The command's first second."""

import signal
import subprocess
import sys

import pytest


@pytest.mark.parametrize(("ignored", "code"), [(False, -signal.SIGINT), (True, 0)], ids=["heeded", "ignored"])
def test_ctrl_c_while_modules_load_ends_it_without_a_traceback(ignored, code):
    # A shell has it ignored for what a script runs in the background, and that stays so.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN if ignored else signal.default_int_handler)
    tells_its_imports = [sys.executable, "-X", "importtime", "-m", "fanlight", "--help"]
    with subprocess.Popen(tells_its_imports, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, before)
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any("typer" in line for line in lines)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == code
    assert "Traceback" not in said


def test_a_command_whose_output_nobody_wants_does_its_work():
    closed = ["sh", "-c", 'exec "$0" -m fanlight formats --json >&-', sys.executable]
    done = subprocess.run(closed, stderr=subprocess.PIPE, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
