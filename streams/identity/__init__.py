"""Whose event is this? Pure: no Kafka, no clock, no environment."""

from pathlib import Path

from streams.compiled import folder

_compiled = folder(Path(__file__).parent)
if _compiled.is_dir():
    __path__.insert(0, str(_compiled))
