"""Reading what a board signs: YAML in, checked plain data out, or an error that names file, place and way out."""

import json
import re
from collections.abc import Hashable
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from schemas.errors import InvalidAgreement

SCHEMAS = Path(__file__).parent / "schemas"
_MERGE = "tag:yaml.org,2002:merge"
#: How the name of a file ends that somebody meant as YAML: editors and file systems have their own ideas.
_LIKE_YAML = re.compile(r"\.ya?ml(\.txt)?$", re.IGNORECASE)


class Loader(yaml.SafeLoader):
    """YAML without its quiet mistakes: a key given twice is an error, not the last one wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.YAMLError(f"line {line}: a key is a list or a mapping: write a name")
            if key_node.tag == _MERGE:
                raise yaml.YAMLError(f"line {line}: {key_node.value} merges nothing here: write out what it stands for")
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.YAMLError(f"line {line}: the key {key!r} is given twice: keep one of them")
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_day(self, node: yaml.ScalarNode) -> str:
        """A day or instant as ISO text, for JSON Schema and the engines; 2026-02-30 has the form of one and is none."""
        try:
            return str(self.construct_yaml_timestamp(node).isoformat())
        except ValueError:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"line {line}: {node.value} is no day: write YYYY-MM-DD") from None


Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_day)


def listed(directory: Path) -> list[Path]:
    """The YAML files of a directory by name, none where there is no directory; one that would be passed over raises
    InvalidAgreement."""
    found = sorted(directory.glob("*.yaml"))
    for path in sorted(directory.rglob("*")):
        # Passed over in silence, a prohibition or a stricter clause in it would be missed by nobody.
        if _LIKE_YAML.search(path.name) and path not in found:
            way_out = f"only .yaml files are read: name it {_LIKE_YAML.sub('', path.name)}.yaml"
            if path.parent != directory:
                way_out = f"no folder within {directory.name} is read: move it up, or away"
            raise InvalidAgreement(f"{path.relative_to(directory)}: {way_out}")
    return found


def demand_named(path: PurePath, found: str) -> None:
    """Refuse a document whose id is not the name of its file: whoever looks for one would find another."""
    if found != path.stem:
        raise InvalidAgreement(f"{path.name}: its id is {found}: name the file after it")


def read(path: Path, schema: str) -> Any:
    """The content of one YAML file, which fits `schemas/SCHEMA.schema.json`."""
    return checked(text_of(path), schema, path.name)


def checked(text: str, schema: str, name: str) -> Any:
    """The content of YAML, which fits `schemas/SCHEMA.schema.json`; `name` is how messages speak of its file."""
    content = loaded(text, name)
    demand_fit(content, schema, name)
    return content


def demand_fit(content: Any, schema: str, name: str) -> None:
    """Refuse content that does not fit `schemas/SCHEMA.schema.json`; `name` is how messages speak of its file."""
    try:
        misfit = best_match(validator(SCHEMAS / f"{schema}.schema.json").iter_errors(content))
    except RecursionError:
        raise InvalidAgreement(f"{name}: something in it holds itself: write it out") from None
    if misfit is not None:
        raise InvalidAgreement(
            f"{name}: {_place(content, misfit)}{words(misfit)}; see policies/schemas/{schema}.schema.json"
        )


def text_of(path: Path) -> str:
    """The text of one file in UTF-8, or InvalidAgreement."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InvalidAgreement(f"{path.name}: not text in UTF-8: save it so") from None
    except OSError as fault:
        raise InvalidAgreement(f"{path.name}: cannot be read ({fault.strerror})") from None


def loaded(text: str, name: str, loader: type[Loader] = Loader) -> Any:
    """What YAML says, or InvalidAgreement; `name` is how messages speak of the file."""
    try:
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, RecursionError) as fault:
        raise InvalidAgreement(f"{name}: not readable as YAML: {fault}") from None


@cache
def validator(schema: Path) -> Draft202012Validator:
    """What holds content to the JSON Schema in this file."""
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def _place(content: Any, fault: ValidationError) -> str:
    """Where: the nearest enclosing `id` (a clause, a prohibition), then the path within it."""
    node, name, path = content, "", []
    for step in fault.absolute_path:
        node = node[step]
        path.append(str(step))
        if isinstance(node, dict) and isinstance(node.get("id"), str):
            name, path = f"{node['id']}: ", []
    return name + (f"{'.'.join(path)}: " if path else "")


def words(fault: ValidationError) -> str:
    """What is wrong, and what would fit where that is a choice."""
    if fault.validator == "additionalProperties" and isinstance(fault.schema, dict):
        known = ", ".join(sorted(fault.schema.get("properties", {})))
        return f"{fault.message}; known are {known}"
    if fault.schema is False or fault.validator is None:
        return "this key does not belong here beside the others"
    return fault.message
