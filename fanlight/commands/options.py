"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from connectors.identifiers import as_national
from fanlight.deployment import DATA_DIR
from fanlight.errors import WrongUsage
from policies.load import PolicySet
from schemas.vocabulary import Agency


def named_path(said: str | Path) -> Path:
    """A path as it was typed. An empty one is refused: it comes of a variable that is not set, and would be the current
    folder."""
    if not str(said):
        raise typer.BadParameter("it may not be empty")
    return Path(said)


DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        parser=named_path,
        metavar="DIR",
        help="Where the stack keeps its data, and how commands find it.",
        show_default=str(DATA_DIR),
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]


Name = Annotated[str, typer.Option("--name", help="The name of the person who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in their words.")]


class Discreet(TyperCommand):
    """A command that does not repeat arguments that it has no use for: they may be a name, or the rest of a number.

    Nor does it begin with words that are none: blank, as of a variable that is not set, or bytes that no event holds.
    """

    allow_extra_args = True

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        rest: list[str] = super().parse_args(ctx, args)
        if ctx.resilient_parsing:  # the shell only asks how the line may go on
            return rest
        params: list[Any] = self.params
        for param in params:
            if isinstance(said := ctx.params.get(param.name), str) and (fault := _why_no_words(said)):
                raise typer.BadParameter(fault, ctx=ctx, param=param)
        if rest:
            more = "one argument" if len(rest) == 1 else f"{len(rest)} arguments"
            ctx.fail(f"{more} more than it takes: put what has spaces in it between quotes")
        return rest


def _why_no_words(said: str) -> str | None:
    if not said.strip():
        return "it may not be empty"
    try:
        said.encode()
    except UnicodeEncodeError:  # bytes that the terminal's encoding does not know
        return "it is not text in UTF-8; see how this terminal writes letters"
    return None


def audiences() -> list[str]:
    """What a shell offers where an audience is to be named."""
    return [*PolicySet.load().audiences]


def demand_audience(policy: PolicySet, audience: str) -> None:
    """Raise where these policies have no such audience: else nothing would seem to be there for it."""
    if audience not in policy.audiences:
        raise WrongUsage(f"no audience {audience}; there are {', '.join(policy.audiences)}")


def source_record(named: str, option: str) -> tuple[str, str]:
    """The agency and the agency's own key, of a record named AGENCY:SOURCE_ID in an option or argument."""
    agency, colon, source_id = named.partition(":")
    if not colon or not source_id or agency not in set(Agency):
        raise WrongUsage(f"{option} is AGENCY:SOURCE_ID, and the agencies are {', '.join(Agency)}")
    # A number may be printed in groups, and is known to the bus in one word: else it would be somebody unheard of.
    return agency, as_national(agency, source_id) or source_id
