"""Mapping files: which column of a partner's CSV means what. Shipped ones are found by name, others by path.

A mapping is refused here, before any row is read, if no row could be read with it, or if free text could leave the
free-text fields through it.
"""

import re
from collections import Counter
from collections.abc import Container, Hashable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema.exceptions import ValidationError

from connectors.cells import truth
from connectors.tabular import column_key
from policies.files import Loader, validator, words
from schemas.catalogue import definitions, event_records
from schemas.codes import canonical, lists
from schemas.errors import InvalidMapping
from schemas.forms import has_form, is_sentence, is_wordy
from schemas.vocabulary import Label

SHIPPED = Path(__file__).parent / "mappings"
SCHEMA = SHIPPED / "mapping.schema.json"
#: What may be said of a column, for which kinds of field, and what other kinds hold.
_FITTING = {
    "split": (("array",), "one value"),
    "hours_since": (("double",), "no hours"),
    "list": (("string", "array"), "no code"),
    "values": (("string", "array", "boolean"), "no words"),
    "as": (("string",), "no text"),
    "least": (("double", "int"), "no number"),
    "most": (("double", "int"), "no number"),
}
#: What the bus itself calls events, people and audiences. No partner's column has that, and what would act on another
#: record by it is said in other ways: an answer by a person at the agency, a merge by HL7.
_OF_THE_BUS = frozenset({"about_event", "answers", "audience", "other_subject_key", "prior_subject_key"})
#: Names under which forms keep sentences. Such a column is free text whether or not the mapping says so.
FREE_TEXT_NAMES = re.compile(r"(^|_)(notes?|comments?|narrative|remarks|free_text|rationale|circumstances|summary)$")


def shipped() -> Mapping[str, Mapping[str, Any]]:
    """Every mapping that comes with this release, by name."""
    return {path.stem: _shipped(path) for path in sorted(SHIPPED.glob("*.yaml"))}


def load_mapping(name_or_path: str) -> Mapping[str, Any]:
    """A shipped mapping by its name, or any other by the path of its file. Raises InvalidMapping."""
    if name_or_path in (path.stem for path in SHIPPED.glob("*.yaml")):
        return _shipped(SHIPPED / f"{name_or_path}.yaml")
    try:
        text = Path(name_or_path).read_text(encoding="utf-8-sig")
    except OSError as fault:
        known = ", ".join(shipped())
        sentence = f"no shipped mapping, and no file that can be read ({fault.strerror}); shipped are {known}"
        raise InvalidMapping(f"mapping {name_or_path}: {sentence}") from None
    except UnicodeDecodeError:
        raise InvalidMapping(f"mapping {name_or_path}: not text in UTF-8; save it so") from None
    return parse(text, Path(name_or_path).name)


def parse(text: str, file: str) -> Mapping[str, Any]:
    """A mapping from its text, checked against the schema of mappings, the event records and the code lists.

    `file` names it in what is raised: InvalidMapping, for the first fault that is found.
    """
    try:
        mapping = yaml.load(text, _Worded)
    except yaml.YAMLError as fault:
        place = getattr(fault, "problem_mark", None)
        way_out = "mend it there: a name with ? : , or # in it needs quotes, and no line begins with a tab"
        fact = f"not YAML at line {place.line + 1}; {way_out}" if place is not None else str(fault)
        raise InvalidMapping(f"{file}: {fact}") from None
    except (ValueError, RecursionError) as fault:  # a date that is none, or brackets without end
        raise InvalidMapping(f"{file}: YAML that cannot be read ({type(fault).__name__}); write it plainly") from None
    if not isinstance(mapping, dict):
        # Nothing of it is quoted: it may be the file of children that was to be published.
        raise InvalidMapping(f"{file}: no mapping, for it has no keys; name the mapping's own file, not the partner's")
    error = min(validator(SCHEMA).iter_errors(mapping), key=_path, default=None)
    if error is not None:
        raise InvalidMapping(f"{file}: {'.'.join(_path(error)) or 'the file'}: {words(error)}; see mapping.schema.json")
    if (found := next(_faults(mapping), None)) is not None:
        key, fact = found
        raise InvalidMapping(f"{file}: {key}: {fact}")
    return mapping


class _Worded(Loader):
    """YAML whose keys are words: `No` and `01` are what partners write in a column, not false and 1."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge":
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep)


def columns(mapping: Mapping[str, Any]) -> frozenset[str]:
    """The column keys (see `tabular.column_key`) of all columns that a mapping reads or leaves out on purpose."""
    named = [name for key in ("required", "record", "ignore", "free_text") for name in mapping.get(key, ())]
    named += [mapping[key] for key in ("subject", "recorded_at") if key in mapping]
    named += [*mapping.get("person", {}).values(), *mapping.get("identifiers", {}).values()]
    action = mapping.get("action", {})
    named += [action[key] for key in ("column", "reason") if key in action]
    for event in mapping["events"]:
        named += _event_columns(event)
    return frozenset(map(column_key, named))


def tells_any_address(mapping: Mapping[str, Any]) -> bool:
    """Whether a mapping reads where a young person lives, and no mark of an address that must not be told."""
    person = mapping.get("person", {})
    return not {"address", "postcode"}.isdisjoint(person) and "address_withheld" not in person


def _event_columns(event: Mapping[str, Any]) -> Iterator[str]:
    yield event["occurred"]
    yield from event.get("when", ())
    yield from event.get("grading", {}).values()
    specs = [event.get("role"), event.get("consent"), *event.get("sensitivities", ()), *event.get("body", {}).values()]
    for spec in specs:
        if isinstance(spec, dict) and "column" in spec:
            yield spec["column"]
    body = event.get("body", {}).values()
    yield from (spec for spec in body if isinstance(spec, str))
    yield from (spec["hours_since"] for spec in body if isinstance(spec, dict) and "hours_since" in spec)


def _path(error: ValidationError) -> list[str]:
    return list(map(str, error.absolute_path))


@cache
def _shipped(path: Path) -> Mapping[str, Any]:
    return parse(path.read_text(encoding="utf-8"), path.name)


def _faults(mapping: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a mapping that fits the schema: each time its key, and a sentence."""
    free = {column_key(name) for name in mapping.get("free_text", ())}
    yield from _ambiguous(mapping)
    for key, column in _identifying(mapping):
        if _is_free_text(column, free):
            yield key, f"column {column} is free text; map it to a field labelled free-text, or ignore it"
    for number, event in enumerate(mapping["events"]):
        key = f"events.{number}"
        record = event_records().get(event["type"])
        if record is None:
            yield f"{key}.type", f"no event type {event['type']}; the types are the *.avsc files of schemas/avro"
            return
        if not record.can_be_entry or demanded_fields(record.name) & _OF_THE_BUS:
            fact = f"no mapping makes a {event['type']}; give the type of what happened, and take back with action"
            yield f"{key}.type", fact
        if not event["type"].startswith(mapping["agency"] + "."):
            yield f"{key}.type", f"{event['type']} is not a {mapping['agency']} event; set agency or type"
        for name in ("role", "consent"):
            if isinstance(event.get(name), dict):
                yield from _wrong_words(f"{key}.{name}", event[name])
        for sensitivity in event.get("sensitivities", ()):
            yield from _unknown_list(f"{key}.sensitivities", sensitivity)
            is_of_codes = "sensitivity" in _attributes(sensitivity.get("list"))
            if "is" not in sensitivity and (not is_of_codes or sensitivity.keys() & {"passed", "values"}):
                fact = f"column {sensitivity['column']} protects nothing; add is, or a list whose codes tell"
                yield f"{key}.sensitivities", fact
        for field in sorted(demanded_fields(record.name) - event.get("body", {}).keys()):
            yield f"{key}.body", f"{field} is missing; a {record.name} always has one"
        for field, spec in event.get("body", {}).items():
            yield from _field_faults(f"{key}.body.{field}", field, spec, record.labels, record.name, free)


@cache
def demanded_fields(record: str) -> frozenset[str]:
    """The fields that a body of this record must say: no list, without a default, and never null."""
    own = (field for field in definitions()[record]["fields"] if field["name"] not in ("header", "person"))
    return frozenset(
        field["name"]
        for field in own
        if field_type(record, field["name"]) != "array" and "null" not in field["type"] and "default" not in field
    )


def _is_free_text(column: str, declared: Container[str]) -> bool:
    key = column_key(column)
    return key in declared or FREE_TEXT_NAMES.search(key) is not None


def _identifying(mapping: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "subject" in mapping:
        yield "subject", mapping["subject"]
    for part in ("person", "identifiers"):
        yield from ((f"{part}.{name}", column) for name, column in mapping.get(part, {}).items())


def _ambiguous(mapping: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    demanded = set(map(column_key, mapping["required"]))
    for name in mapping.get("record", ()):
        if column_key(name) not in demanded:
            yield "record", f"column {name} names the record, so a file must have it; add it to required"
    if "action" in mapping and not mapping.get("record"):
        yield "action", "a row without a key cannot be named again to take it back; add record"
    action = column_key(mapping.get("action", {}).get("column", ""))
    kept, taken = (set(map(str.casefold, mapping.get("action", {}).get(key, ()))) for key in ("keep", "retract"))
    if both := kept & taken:
        yield "action", f"{min(both)} stands under retract and under keep; leave it in one of them"
    if action and action in map(column_key, mapping.get("record", ())):
        yield "record", f"with column {action} in its key a row that takes back names another record; leave it out"
    types = [event["type"] for event in mapping["events"]]
    if len(set(types)) < len(types):
        yield "events", "two events have one type, and would be one record; keep one, and part such a row into two"


def _field_faults(
    key: str, field: str, spec: Any, labels: Mapping[str, Label], record: str, free: Container[str]
) -> Iterator[tuple[str, str]]:
    fields = [name for name in labels if name not in _OF_THE_BUS]
    if field not in fields:
        yield key, f"{record} has no such field for a mapping; those it has are {', '.join(fields)}"
        return
    if isinstance(spec, dict):
        yield from _unknown_list(key, spec)
        yield from _no_attribute(key, spec)
        yield from _wrong_type(key, record, field, spec)
        yield from _wrong_words(key, spec)
        if field_type(record, field) == "boolean":
            yield from _neither_yes_nor_no(key, spec)
    column = spec if isinstance(spec, str) else spec.get("column", "")
    if labels[field] == Label.FREE_TEXT:
        return
    if _is_free_text(column, free):
        yield key, f"column {column} is free text, {field} is not; map it to a field labelled free-text, or ignore it"
    constant = spec.get("constant") if isinstance(spec, dict) else None
    if is_sentence(constant):
        yield key, f"the constant is a sentence, and {field} is not free text; say it in a few words"
    elif not has_form(record, field, constant):
        yield key, f"the constant is nothing that {field} takes; give a code, as one word or by its title"


def _unknown_list(key: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "list" in spec and spec["list"] not in lists():
        yield key, f"no code list {spec['list']}; the lists are in schemas/codes"


def _no_attribute(key: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """An attribute that no code of the list has would empty the field without a word."""
    if "attribute" not in spec:
        return
    if "list" not in spec:
        yield key, "attribute is what a code list says of a code; add list"
        return
    if spec["attribute"] not in _attributes(spec["list"]):
        yield key, f"no code of list {spec['list']} says {spec['attribute']}; leave attribute out"


def _wrong_words(key: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of two words that differ in case alone every row would be told the meaning of the last; and what stands for one
    in several words that are no code, as a sentence does, would empty the field."""
    values = spec.get("values", {})
    twice = [word for word, count in Counter(map(str.casefold, values)).items() if count > 1]
    if twice:
        yield f"{key}.values", f"{twice[0]} is given twice, as capitals make no difference; keep one of them"
    for word, meaning in values.items():
        if "list" in spec and is_wordy(meaning) and canonical(spec["list"], meaning) is None:
            yield (
                f"{key}.values.{word}",
                f"list {spec['list']} has no {meaning}; give a code of it, as in schemas/codes",
            )


def _neither_yes_nor_no(key: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for word, meaning in spec.get("values", {}).items():
        if truth(meaning) is None:
            yield f"{key}.values.{word}", f"{meaning} is neither yes nor no; write one of them"


def _attributes(listed: str | None) -> set[str]:
    """What any code of a list says beside what it is called."""
    versions = lists()[listed].versions if listed is not None else ()
    return {name for version in versions for code in version.codes.values() for name in code} - {"aliases"}


def _wrong_type(key: str, record: str, field: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind = field_type(record, field)
    for word, (kinds, held) in _FITTING.items():
        if word in spec and kind not in kinds:
            yield key, f"{field} holds {held}; leave {word} out"
    constant = spec.get("constant")
    wanted: dict[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "int": int, "double": (int, float)}
    if constant is not None and not isinstance(constant, wanted.get(kind, ())):
        yield key, f"the constant does not fit {field}, which is a {kind}"


@cache
def field_type(record: str, field: str) -> str:
    """The Avro type of a field of a record, but for null: string, boolean, int, double, fanlight.Moment or array."""
    declared = next(f["type"] for f in definitions()[record]["fields"] if f["name"] == field)
    if isinstance(declared, list):
        declared = next(option for option in declared if option != "null")
    return str(declared["type"] if isinstance(declared, dict) else declared)
