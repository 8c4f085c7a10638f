"""The command's first second."""

import signal
import subprocess
import sys


def test_ctrl_c_while_modules_load_ends_it_without_a_traceback():
    tells_its_imports = [sys.executable, "-X", "importtime", "-m", "fanlight", "--help"]
    with subprocess.Popen(tells_its_imports, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        assert any("typer" in line for line in lines)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in said
