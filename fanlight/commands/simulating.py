"""For whoever builds or measures: people who cannot exist, and what agencies wrote down of them."""

from pathlib import Path
from typing import Annotated

import typer

from fanlight import simulator
from fanlight.commands.options import AsJson, named_path
from fanlight.errors import StackError
from fanlight.output import ERR, print_json


def simulate(
    people: Annotated[int, typer.Option(min=1, max=simulator.PEOPLE_MAX, help="How many people, exactly.")],
    seed: Annotated[int, typer.Option(help="Another seed, another county.")],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", parser=named_path, help="Where to write; what was simulated there is replaced."),
    ],
    errors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An error model of your own, in YAML; see docs/simulator.md.")
    ] = None,
    partner_files: Annotated[
        bool, typer.Option("--partner-files", help="Also the same rows as partners would send them, in every format.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic county with its truth: records.csv and truth.csv. The same arguments give the same bytes."""
    model = _model(errors)
    try:
        written = simulator.simulate(out, people=people, seed=seed, model=model, partner_files=partner_files)
    except OSError as error:
        raise StackError(f"{out} cannot be written ({error.strerror}); name another directory") from error
    if as_json:
        print_json({"people": written.people, "records": written.records, "rows": written.rows})
    else:
        ERR.print(f"{written.people} people, {written.records} records in {written.rows} rows, in {out}")


def _model(errors: Path | None) -> simulator.ErrorModel:
    if errors is None:
        return simulator.shipped()
    try:
        return simulator.load(errors)
    except simulator.InvalidErrorModel as fault:
        raise typer.BadParameter(str(fault), param_hint="--errors") from fault
