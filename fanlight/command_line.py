"""The command line: its commands, and what each failure says."""

import logging
import sys
from collections.abc import Callable, Sequence

import typer
from kafka.errors import KafkaError

from fanlight.commands import governing, identity, publishing, running, seeing, simulating, waiting
from fanlight.commands.options import Discreet
from fanlight.errors import StackError, WrongUsage
from fanlight.output import ERR, Exit, as_text
from schemas.errors import BusError, reason

EPILOG = (
    "Exit codes: 0 done; 1 it could not be done, and stderr says why; 2 wrong usage;"
    " 3 published, but some records were refused; 4 not settled, and stderr says what is stuck;"
    " 130 ended by Ctrl-C before it was done."
)

app = typer.Typer(
    name="fanlight",
    help="Share what police, NHS, schools and social care know of one young person, where an agreement allows it.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback may quote what a record holds
)
COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {
    "The stack": (running.up, running.demo, running.reset, running.topics),
    "Partners publish": (publishing.formats, publishing.publish, publishing.settle, publishing.rejections),
    "Analysts see": (seeing.timeline,),
    "Boards audit": (governing.decisions, governing.explain, governing.policies, governing.rehearse),
    "Builders measure": (simulating.simulate,),
}
for panel, commands in COMMANDS.items():
    for command in commands:
        app.command(rich_help_panel=panel, cls=Discreet)(command)
app.add_typer(waiting.app, rich_help_panel="Agencies decide")
app.add_typer(identity.app, rich_help_panel="Stewards decide")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; what it cannot do is one sentence on stderr; no exception shows what a record holds."""
    # What matters of it comes as an exception; the rest would stand between a command's own lines.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        app(args=arguments)
    except WrongUsage as error:
        _fail(str(error), Exit.USAGE)
    except (StackError, BusError) as error:
        _fail(str(error))
    except KafkaError as error:
        _fail(f"the broker gave no answer ({type(error).__name__}): try again when the stack is ready")
    except OSError as error:  # such as a data folder in which another account has left its files
        _fail(f"{error.filename or 'a file or connection'} cannot be used ({error.strerror or type(error).__name__})")
    except Exception as error:  # a traceback of Python's own ends with the exception's text
        _fail(f"a mistake of ours, please report it with these lines: {reason(error)}")


def _fail(why: str, code: Exit = Exit.FAILED) -> None:
    ERR.print(f"fanlight: {as_text(why)}", style="bold red")  # it may name a file of a partner's
    sys.exit(code)
