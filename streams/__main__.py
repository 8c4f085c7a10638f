"""`python -m streams identify|share`: one worker process."""

import logging
import sys

from faust import Worker
from pydantic import ValidationError

from schemas.errors import BusError
from streams.app import WorkerSettings, identify_app, share_app
from streams.collecting import collect_rarely

APPS = {"identify": identify_app, "share": share_app}


def main(argv: list[str]) -> None:
    """Run the worker named on the command line until it is told to stop."""
    if len(argv) != 1 or argv[0] not in APPS:
        sys.exit(f"usage: python -m streams {'|'.join(APPS)}")
    try:
        app = APPS[argv[0]](WorkerSettings())  # type: ignore[call-arg]  # from the environment
    except (BusError, ValidationError) as fault:
        sys.exit(f"{argv[0]}: {fault}")
    collect_rarely()
    # Loopback, or TLS in front: a warning at each connection would drown what matters.
    logging.getLogger("aiokafka.conn").setLevel(logging.ERROR)
    worker = Worker(app, loglevel="WARN", redirect_stdouts=False, quiet=True)
    # It would turn at the end of a log whose last lines are shown where a worker has died.
    worker.spinner = None
    worker.execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1:])
