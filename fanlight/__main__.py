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

    if sys.stdout is None:  # closed by whoever called: else the first connection would be taken for it
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command_line.main()


if __name__ == "__main__":
    main()
