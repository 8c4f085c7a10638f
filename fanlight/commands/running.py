"""For whoever runs the stack: up, demo, reset, topics."""

import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from fanlight.bus import create_topics, demand_audiences
from fanlight.commands.options import DataDir, named_path
from fanlight.county import LEAST_PEOPLE
from fanlight.demo import Demo
from fanlight.deployment import DATA_DIR, PERSON_PARTITIONS, reasons, remote_broker
from fanlight.engines import is_address
from fanlight.errors import StackError, WrongUsage
from fanlight.output import ERR
from fanlight.stack import Options, run_stack
from fanlight.state import StackState, claim, holder, why_not_emptied
from policies.load import PolicySet
from schemas.topics import table as topic_table

Broker = Annotated[str, typer.Option(help="auto, kafka, embedded, or HOST:PORT of a broker that runs already.")]
Opa = Annotated[str, typer.Option(help="embedded, server, or the URL of an OPA server that runs already.")]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", parser=named_path, help="The deployment key, made where absent. Default: kept with the data."
    ),
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the pages, on 127.0.0.1.")]


def up(
    broker: Broker = "auto",
    opa: Opa = "embedded",
    data_dir: DataDir = DATA_DIR,
    key_file: KeyFile = None,
    port: Port = 8000,
) -> None:
    """Run the whole stack in the foreground until Ctrl-C."""
    options = Options(broker=broker, opa=opa, data_dir=data_dir, key_file=key_file, port=port)
    run_stack(options, when_up=lambda state, _: announce(state))


def announce(state: StackState) -> None:
    """One line that says the stack is ready, and where; and on stderr what nothing flows without."""
    health = " ".join(f"{stage}-health={where}" for stage, where in state.health.items())
    print(
        f"ready views={state.views} {health} broker={state.broker_engine}:{state.bootstrap} opa={state.opa}", flush=True
    )
    for reason in reasons(state):
        ERR.print(f"not all is well yet: {reason}")


def demo(
    once: Annotated[
        bool, typer.Option("--once", "--json", help="Load the county, print a JSON summary and stop.")
    ] = False,
    people: Annotated[int, typer.Option(min=LEAST_PEOPLE, help="How many synthetic young people.")] = 60,
    seed: Annotated[int, typer.Option(help="Which synthetic county.")] = 1,
    broker: Broker = "auto",
    opa: Opa = "embedded",
    data_dir: DataDir = DATA_DIR,
    key_file: KeyFile = None,
    port: Port = 8000,
) -> None:
    """Run the stack with a synthetic county in it, written as partner files and published through the connectors."""
    options = Options(broker=broker, opa=opa, data_dir=data_dir, key_file=key_file, port=port)
    Demo(options, people=people, seed=seed, once=once).run()


def topics(
    broker: Annotated[str, typer.Option(metavar="HOST:PORT", help="A broker that no `fanlight up` runs.")],
) -> None:
    """Make the bus's topics on a broker that runs elsewhere; `fanlight up` does this by itself."""
    if not is_address(broker):
        raise WrongUsage(f"--broker must be HOST:PORT, not {broker}")
    audiences = tuple(PolicySet.load().audiences)
    demand_audiences(remote_broker(broker), audiences)
    table = topic_table(audiences)
    create_topics(remote_broker(broker), table, PERSON_PARTITIONS)
    ERR.print(f"{len(table)} topics stand on {broker}")


def reset(
    data_dir: DataDir = DATA_DIR,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Empty the data folder: events, timelines, decisions, and the deployment key kept with them."""
    if holder(data_dir) is not None:
        raise StackError(f"the stack is up on {data_dir}: stop it first")
    if not data_dir.exists():
        ERR.print(f"there is nothing in {data_dir}")
        return
    if (reason := why_not_emptied(data_dir)) is not None:
        raise StackError(f"{data_dir} was left as it is: {reason}")
    if not yes:
        if not sys.stdin.isatty():
            raise StackError(f"{data_dir} was left as it is: there is nobody to ask here, so say --yes")
        typer.confirm(f"Delete everything in {data_dir}?", abort=True)
    with claim(data_dir):  # a stack may be starting, or one that was killed may still be writing
        _empty(data_dir)
    ERR.print(f"{data_dir} is empty")


def _empty(data_dir: Path) -> None:
    """Take away all that is in the folder, its lock last, and the folder itself where that can be done."""
    for each in sorted(data_dir.iterdir(), key=lambda found: found.name == "lock"):
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
    with suppress(OSError):  # it is a link, or a disk is mounted there
        data_dir.rmdir()
