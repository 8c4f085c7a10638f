"""A record's schema as Python functions that write and read it.

fastavro asks the schema of each field of each record what it is. Here that is asked once, and what comes of it is
Python source, as `dataclasses` and `namedtuple` make theirs: the workers spent a quarter to a third of their
time on it, and this takes half as long. Tests hold both directions equal to fastavro for every record. What an earlier
release wrote is read by fastavro, which can bring one schema to another.

Of a record with a name and an age that need not be known, the reader is

    def run_c0ffee(data: bytes, at: int) -> tuple[dict[str, Any], int, tuple[int, ...]]:
     record: dict[str, Any] = {}
     record['name'], at = read_text(data, at)
     n = data[at]; at += 1
     if n == 0:
      record['age'] = None
     elif n == 2:
      record['age'], at = read_long(data, at)
     else: raise ValueError('a union has no such branch')
     if at > len(data): raise ValueError('the bytes end within the record')
     return record, at, ()

and the writer

    def run_f00d(record: dict[str, Any]) -> bytes:
     out: list[bytes] = []
     out.append(text(record['name']))
     out.append((b'\\x00' + b"" if (v1 := record.get('age', None)) is None
       else b'\\x02' + long(v1) if isinstance(v1, int) else no_branch(v1)))
     return b''.join(out)

A function is named after a digest of its source. `tools/compile_core.py` makes machine code of all that workers need;
one of the same name in `schemas.machine_code` is taken instead.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, partial
from hashlib import sha256
from importlib import import_module
from itertools import count
from types import ModuleType
from typing import Any, Final

from schemas import binary
from schemas.forms import FORMS, Form

Definitions = Mapping[str, dict[str, Any]]
Fields = Sequence[Mapping[str, Any]]
Write = Callable[[dict[str, Any]], bytes]
#: Where some fields of a record begin among its bytes.
Positions = tuple[int, ...]
Read = Callable[[bytes, int], tuple[dict[str, Any], int, Positions]]
Forms = Callable[[Mapping[str, Any]], Form | None]

_INSTANT: Final = "timestamp-millis"
#: By which question a value of a union is told; the first that is true counts, and every bool is an int.
_IS: Final = {
    "null": "{0} is None",
    "boolean": "{0}.__class__ is bool",
    "string": "isinstance({0}, str)",
    "long": "isinstance({0}, int)",
    "int": "isinstance({0}, int)",
    "double": "isinstance({0}, float)",
    "bytes": "isinstance({0}, bytes)",
    _INSTANT: "isinstance({0}, datetime)",
    "array": "isinstance({0}, (list, tuple))",
    "map": "isinstance({0}, dict)",
}
_WRITES: Final = {
    "null": 'b""',
    "string": "text({0})",
    "bytes": "sized({0})",
    "int": "long({0})",
    "long": "long({0})",
    "double": "double({0})",
    "boolean": "BOOLEANS[{0}]",
    _INSTANT: "instant({0})",
}
_READS: Final = {
    "string": "read_text",
    "bytes": "read_sized",
    "int": "read_long",
    "long": "read_long",
    "double": "read_double",
    "boolean": "read_boolean",
    _INSTANT: "read_instant",
}
#: What stands before the functions, so that they find what they call.
PRELUDE: Final = "\n".join(
    [
        "from datetime import datetime",
        "from math import isfinite",
        "from typing import Any, Final",
        "from schemas.binary import BOOLEANS, double, instant, long, no_branch, sized, text, texts",
        "from schemas.binary import read_boolean, read_count, read_double, read_instant, read_long, read_sized",
        "from schemas.binary import read_text, read_texts",
        "from schemas.errors import Misfit",
        "from schemas.forms import FORMS",
        *(f"form_{name}: Final = FORMS[{name!r}]" for name in FORMS),
    ]
)
#: The sources of the functions that have been asked for, by name.
SOURCES: Final[dict[str, str]] = {}
_names: dict[str, Any] = {}


def any_text(_: Mapping[str, Any]) -> None:
    """No form, whichever field it is."""


def writer(fields: Fields, among: Definitions) -> Write:
    """A function that encodes records of these fields; a field that is left out has its default. It raises whatever
    Python does on a value that does not fit."""
    write: Write = _names[_Writer(among).function(fields)]
    return write


def reader(
    fields: Fields, among: Definitions, located: Collection[str] = (), forms: Forms = any_text, place: str = ""
) -> Read:
    """A function that decodes a record of these fields, given the bytes and the position at which the record begins.

    It returns the record, the position after it, and the positions at which the `located` fields begin, in the record's
    order. On bytes that hold no such record it raises whatever Python does.

    `forms` gives the form that the texts of a field must have. A text of another form raises Misfit with the path of
    its field, such as `header.occurred.value`; `place` is what every path begins with, here `header.`.
    """
    read: Read = _names[_Reader(among, forms).function(fields, located, place)]
    return read


def _define(signature: str, lines: Sequence[str]) -> str:
    """Make a function of our own source unless it is there. Returns its name."""
    body = "\n".join([f"{signature}:", *lines, ""])
    name = f"run_{sha256(body.encode()).hexdigest()[:16]}"
    if name not in SOURCES:
        SOURCES[name] = f"def {name}{body}"
        _names[name] = getattr(_machine_code(), name, None) or _as_source(name)
    return name


@cache
def _machine_code() -> ModuleType | None:
    try:
        return import_module("schemas.machine_code")
    except ModuleNotFoundError:
        return None  # asked for once: looking for it takes as long each time


def _as_source(name: str) -> Any:
    if "FORMS" not in _names:
        exec(PRELUDE, _names)
    exec(SOURCES[name], _names)
    return _names[name]


def _kind(declared: Any) -> str:
    """The name of a type, of what it stands for, or of the record that it is."""
    return str(declared.get("logicalType", declared["type"]) if isinstance(declared, dict) else declared)


def _variables() -> Callable[[], str]:
    """Gives a new name each time."""
    return map("v{}".format, count(1)).__next__


class _Writer:
    """Puts together one expression a field."""

    def __init__(self, among: Definitions) -> None:
        self._among = among
        self._variable = _variables()

    def function(self, fields: Fields) -> str:
        """Make it. Returns its name."""
        values = (self._value(field["type"], self._taken(field)) for field in fields)
        puts = [f" out.append({value})" for value in values]
        return _define("(record: dict[str, Any]) -> bytes", [" out: list[bytes] = []", *puts, " return b''.join(out)"])

    def _taken(self, field: Mapping[str, Any]) -> str:
        name = field["name"]
        if "default" not in field:
            return f"record[{name!r}]"
        default = field["default"]
        if field["type"] == "bytes":
            default = default.encode("iso-8859-1")  # JSON has no bytes: Avro writes each as a character
        return f"record.get({name!r}, {default!r})"

    def _value(self, declared: Any, value: str) -> str:
        """An expression for the bytes of the value of an expression, which it takes once."""
        if isinstance(declared, list):
            return self._union(declared, value)
        kind = _kind(declared)
        if kind in _WRITES:
            return _WRITES[kind].format(value)
        if kind == "array" and declared["items"] == "string":
            return f"texts({value})"
        if kind in ("array", "map"):
            return self._items(declared, kind, value)
        fields = declared["fields"] if kind == "record" else self._among[kind]["fields"]
        return f"{_Writer(self._among).function(fields)}({value})"

    def _union(self, branches: Sequence[Any], value: str) -> str:
        name = self._variable()
        ways = {
            _kind(branch): f"{binary.long(number)!r} + {self._value(branch, name)}"
            for number, branch in enumerate(branches)
        }
        asked = [(question, ways.pop(kind)) for kind, question in _IS.items() if kind in ways]
        # What is left is a record: one at most, as two could not be told apart.
        (last,) = ways.values() or (f"no_branch({name})",)
        chain = "".join(f"{way} if {question.format(name)} else " for question, way in asked[1:])
        question, way = asked[0]
        return f"({way} if {question.format(f'({name} := {value})')} else {chain}{last})"

    def _items(self, declared: Mapping[str, Any], kind: str, value: str) -> str:
        items, item = self._variable(), self._variable()
        if kind == "array":
            each, of = self._value(declared["items"], item), f"{item} in {items}"
        else:
            key = self._variable()
            each, of = f"text({key}) + {self._value(declared['values'], item)}", f"{key}, {item} in {items}.items()"
        return f"(long(len({items})) + b''.join([{each} for {of}]) + b'\\0' if ({items} := {value}) else b'\\0')"


class _Reader:
    """Puts together one statement after another; each leaves a value where it belongs.

    A record is filled field by field, as machine code of a function with many variables in use at once grows with their
    square.
    """

    def __init__(self, among: Definitions, forms: Forms) -> None:
        self._among = among
        self._forms = forms
        self._variable = _variables()
        self._lines: list[str] = []

    def function(self, fields: Fields, located: Collection[str], place: str) -> str:
        """Make it. Returns its name."""
        positions = ""  # names of the variables that hold them, each with a comma
        self._put(1, "record: dict[str, Any] = {}")
        for field in fields:
            name = field["name"]
            if name in located:
                begins = self._variable()
                self._put(1, f"{begins} = at")
                positions += f"{begins}, "
            self._read(f"record[{name!r}]", field["type"], 1, self._forms(field), place + name)
        # A slice past the end is short and raises nothing by itself.
        self._put(1, "if at > len(data): raise ValueError('the bytes end within the record')")
        self._put(1, f"return record, at, ({positions})")
        return _define("(data: bytes, at: int) -> tuple[dict[str, Any], int, tuple[int, ...]]", self._lines)

    def _put(self, depth: int, *lines: str) -> None:
        self._lines += [" " * depth + line for line in lines]

    def _read(self, target: str, declared: Any, depth: int, form: Form | None = None, place: str = "") -> None:
        """Leave the next value in a variable, or under a key."""
        kind = _kind(declared)
        put = partial(self._put, depth)
        if isinstance(declared, list):
            self._union(target, declared, depth, form, place)
        elif kind == "array" and declared["items"] == "string" and not form:
            put(f"{target}, at = read_texts(data, at)")
        elif kind in ("array", "map"):
            self._items(target, declared, depth, form, place)
        elif kind == "record" or kind in self._among:
            fields = declared["fields"] if kind == "record" else self._among[kind]["fields"]
            read = _Reader(self._among, self._forms).function(fields, (), f"{place}.")
            put(f"{target}, at, _ = {read}(data, at)")
        elif kind == "string" and form:
            put(f"{target}, at = form_{form.name}.read(data, at, {place!r})")
        elif kind in _READS:
            put(f"{target}, at = {_READS[kind]}(data, at)")
        else:
            raise TypeError(f"no way to read {kind}")
        if kind == "double" and form:
            put(f"if not isfinite({target}): raise Misfit({place!r})")

    def _union(self, target: str, branches: Sequence[Any], depth: int, form: Form | None, place: str) -> None:
        self._put(depth, "n = data[at]; at += 1")
        for number, branch in enumerate(branches):
            self._put(depth, f"{'elif' if number else 'if'} n == {number << 1}:")
            if branch == "null":
                self._put(depth + 1, f"{target} = None")
            else:
                self._read(target, branch, depth + 1, form, place)
        self._put(depth, "else: raise ValueError('a union has no such branch')")

    def _items(self, target: str, declared: Mapping[str, Any], depth: int, form: Form | None, place: str) -> None:
        items, item, left = self._variable(), self._variable(), self._variable()
        is_array = declared["type"] == "array"
        empty = "list[Any] = []" if is_array else "dict[str, Any] = {}"
        self._put(depth, f"{items}: {empty}", f"{item}: Any", f"{left}, at = read_count(data, at)")
        self._put(depth, f"while {left}:", f" for _ in range({left}):")
        if is_array:
            self._read(item, declared["items"], depth + 2, form, place)
            self._put(depth + 2, f"{items}.append({item})")
        else:
            key = self._variable()
            self._read(key, "string", depth + 2)
            self._read(item, declared["values"], depth + 2)
            self._put(depth + 2, f"{items}[{key}] = {item}")
        self._put(depth, f" {left}, at = read_count(data, at)", f"{target} = {items}")
