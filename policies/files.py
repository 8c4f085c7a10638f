"""Reading what a board signs: YAML in, checked plain data out, or an error that names file, place and way out."""

import json
import re
from collections.abc import Collection, Hashable, Iterator
from functools import cache
from pathlib import Path, PurePath
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from schemas.errors import InvalidAgreement

SCHEMAS = Path(__file__).parent / "schemas"
#: What is longer is not said again: a whole file of another kind would be.
_QUOTED_CHARACTERS_MAX = 60
_MERGE = "tag:yaml.org,2002:merge"
#: How the name of a file ends that somebody meant as YAML: editors and file systems have their own ideas.
_LIKE_YAML = re.compile(r"\.ya?ml(\.txt)?$", re.IGNORECASE)


class Loader(yaml.SafeLoader):
    """YAML without its quiet mistakes: a key given twice is an error, not the last one wins, and so is one that YAML
    takes for a number, a truth or nothing: every name is text."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise yaml.YAMLError(f"line {line}: a key is a list or a mapping: write a name")
            if key_node.tag == _MERGE:
                raise yaml.YAMLError(f"line {line}: {key_node.value} merges nothing here: write out what it stands for")
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.YAMLError(f"line {line}: the key {key_node.value} is no text to YAML: put it in quotes")
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


def demand_placed(directory: Path, folders: Collection[str]) -> None:
    """Refuse a YAML file beside the folders that are read: whoever wrote it would think that it counts."""
    for path in sorted([*directory.glob("*"), *directory.glob("*/*")]):
        place = path.relative_to(directory)
        if _LIKE_YAML.search(path.name) and place.parts[0] not in folders:
            raise InvalidAgreement(f"{place}: it is not read: move it to one of {', '.join(folders)}, or away")


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


def _pattern(_: object, pattern: str, text: object, __: object) -> Iterator[ValidationError]:
    """Where a pattern ends, the text does: to Python `$` stands before a last line break as well."""
    if isinstance(text, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), text):
        yield ValidationError(f"{text!r} does not match {pattern!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@cache
def validator(schema: Path) -> Validator:
    """What holds content to the JSON Schema in this file."""
    found: Validator = _Validator(json.loads(schema.read_text(encoding="utf-8")))
    return found


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
    quoted = repr(fault.instance)
    said = quoted if len(quoted) <= _QUOTED_CHARACTERS_MAX else "this"
    match fault.validator, fault.schema:
        case "additionalProperties", {"properties": known}:
            return f"{fault.message}; known are {', '.join(sorted(known))}"
        case "pattern" | "oneOf", {"description": form}:
            return f"{said} is not written as {form}"
        case "anyOf", {"anyOf": choices}:
            return f"it has none of {', '.join(name for choice in choices for name in choice['required'])}; give one"
        case "uniqueItems", _:
            items: Any = fault.instance
            twice = next(item for number, item in enumerate(items) if item in items[:number])
            return f"{twice!r} is given twice; keep one of them"
        case "type", {"type": "boolean"}:
            return f"{said} is neither true nor false; write one of them, without quotes"
        case "not", _:
            return "this key does not belong here beside the others"
    # jsonschema puts the value first, and what is wrong with it last.
    return "; ".join(filter(None, (fault.message.replace(quoted, said, 1), _way_out(fault))))


def _way_out(fault: ValidationError) -> str | None:
    """What to do about a value of another kind, where that can be told."""
    if _is_unquoted(fault):
        return "put it in quotes"
    match fault.validator_value, fault.instance:
        case "string", list():
            return "name one"
        case "array", str():
            return "put it in brackets"
    return None


def _is_unquoted(fault: ValidationError) -> bool:
    """Whether text may be meant where YAML reads a number or a truth: 2.1 is one, no is false, and 16_17 is 1617."""
    wanted: Any = fault.validator_value
    if not isinstance(fault.instance, bool | int | float):
        return False
    if fault.validator == "enum":
        return any(str(code).replace("_", "") == str(fault.instance) for code in wanted)
    return fault.validator == "type" and "string" in wanted
