"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from fanlight.settings import DATA_DIR

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir", help="Where the stack keeps its data, and how commands find it.", show_default=str(DATA_DIR)
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
