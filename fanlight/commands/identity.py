"""`fanlight identity …`: whose a record is: on files of anybody's, and, on a stack, what people decide."""

from pathlib import Path
from typing import Annotated

import typer

from fanlight.commands import judging, models
from fanlight.commands.options import AsJson, Discreet, named_path
from fanlight.linkage.folders import evaluate_folder, naming, resolve_folder
from fanlight.linkage.report import print_figures
from fanlight.output import ERR, print_json

app = typer.Typer(
    name="identity",
    help="Whose is a record? Resolve files of records and say how well that goes; see and decide what is in doubt.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

for command in (
    *(judging.review, judging.show, judging.same, judging.different, judging.undo, judging.explain),
    *(models.models, models.shadow, models.activate),
):
    app.command(cls=Discreet)(command)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder in the form of docs/identity.md.")]
Decisions = Annotated[Path | None, typer.Option(metavar="FILE", help="What people decided, as a CSV file.")]


@app.command(cls=Discreet)
def resolve(
    folder: Folder,
    out: Annotated[
        Path,
        typer.Option(
            metavar="DIR", parser=named_path, help="The folder to write; an earlier outcome in it is replaced whole."
        ),
    ],
    decisions: Decisions = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            parser=named_path,
            help="Derive person ids under this deployment key, not the evaluation key.",
        ),
    ] = None,
) -> None:
    """Tell whose each record of DIR/records.csv is: assignments.csv, reviews.csv and evidence.jsonl.

    Exit code 1 where a file breaks the contract: stderr names the rows and the reasons, and nothing is written.
    """
    told = resolve_folder(folder, out, decisions, naming(key_file))
    for note in told.notes:
        ERR.print(note)
    ERR.print(
        f"{told.rows} rows read: {told.records} records of {told.people} people, {told.reviews} pairs to review;"
        f" the outcome is in {out}"
    )


@app.command(cls=Discreet)
def evaluate(
    folder: Folder,
    shuffle: Annotated[int, typer.Option(metavar="K", min=0, help="In how many more orders to run everything.")] = 0,
    decisions: Decisions = None,
    as_json: AsJson = False,
) -> None:
    """Compare what becomes of DIR/records.csv with DIR/truth.csv: accuracy, fairness, reviews, order, speed.

    Exit code 1 where a file breaks the contract: stderr names the rows and the reasons.
    """
    figures = evaluate_folder(folder, decisions, shuffle)
    if as_json:
        print_json(figures)
    else:
        print_figures(figures)
