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


@pytest.mark.parametrize(
    ("command", "closed", "code", "told"),
    [
        ("formats --json", ">&-", 0, ""),
        (
            *("reset --data-dir {}", "<&-", 1),
            "fanlight: {} was left as it is: there is nobody to ask here, so say --yes\n",
        ),
    ],
    ids=["output", "input"],
)
def test_a_command_that_is_given_no_output_or_input_does_its_work(command, closed, code, told, tmp_path):
    line = ["sh", "-c", f'exec "$0" -m fanlight {command.format(tmp_path)} {closed}', sys.executable]
    done = subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (code, told.format(tmp_path))
