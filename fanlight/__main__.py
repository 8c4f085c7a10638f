"""Where the command begins. Its modules take most of a second to load, and until then Ctrl-C just ends it."""

import os
import signal
import sys


def main() -> None:
    """Load the command line and run it."""
    # Not where a shell has had it ignored, as for a command in the background of a script.
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeded:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from fanlight import command_line

    # Closed by whoever called, as a daemon may: else the first file or connection would be taken for it.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115
    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command_line.main()


if __name__ == "__main__":
    main()
