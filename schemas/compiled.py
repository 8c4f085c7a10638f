"""A record's schema as Python functions that write and read it.

fastavro asks the schema of each field of each record what it is. Here that is asked once, and what comes of it is
Python source, as `dataclasses` and `namedtuple` make theirs: the workers spent a quarter to a third of their
time on it, and this takes half as long. Tests hold both directions equal to fastavro for every record. What an earlier
release wrote is read by fastavro, which can bring one schema to another.

Of a record with a name and an age that need not be known, the reader is

    def run(data, at):
     if (n := data[at]) & 0x81: n, at = read_size(data, at)
     else: n >>= 1; at += 1
     v1 = data[at:(at := at + n)].decode()
     n = data[at]; at += 1
     if n == 0:
      v2 = None
     elif n == 2:
      if (n := data[at]) & 0x81: v3, at = read_long(data, at)
      else: v3 = n >> 1; at += 1
      v2 = v3
     else: raise ValueError('a union has no such branch')
     if at > len(data): raise ValueError('the bytes end within the record')
     return {'name': v1, 'age': v2}, at, ()

and the writer

    def run(record):
     return b''.join((
      text(record['name']),
      (b'\\x00' + b"" if (v1 := record.get('age', None)) is None
       else b'\\x02' + long(v1) if isinstance(v1, int) else no_branch(v1)),
     ))

0x81 tells a length that is no single byte: more follow, or it is negative.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import count
from math import isfinite
from struct import Struct
from typing import Any

from schemas import binary
from schemas.errors import Misfit
from schemas.forms import Form

Definitions = Mapping[str, dict[str, Any]]
Fields = Sequence[Mapping[str, Any]]
Write = Callable[[Mapping[str, Any]], bytes]
#: Where some fields of a record begin among its bytes.
Positions = tuple[int, ...]
Read = Callable[[bytes, int], tuple[dict[str, Any], int, Positions]]
Forms = Callable[[Mapping[str, Any]], Form | None]

_DOUBLE = Struct("<d")
_INSTANT = "timestamp-millis"
#: By which question a value of a union is told; the first that is true counts, and every bool is an int.
_IS = {
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
_WRITES = {
    "null": 'b""',
    "string": "text({0})",
    "bytes": "sized({0})",
    "int": "long({0})",
    "long": "long({0})",
    "double": "pack({0})",
    "boolean": "BOOLEANS[{0}]",
    _INSTANT: "instant({0})",
}


def any_text(_: Mapping[str, Any]) -> None:
    """No form, whichever field it is."""


def writer(fields: Fields, among: Definitions) -> Write:
    """A function that encodes records of these fields; a field that is left out has its default. It raises whatever
    Python does on a value that does not fit."""
    return _Writer(among).function(fields)


def reader(
    fields: Fields, among: Definitions, located: Collection[str] = (), forms: Forms = any_text, place: str = ""
) -> Read:
    """A function that decodes a record of these fields, given the bytes and the position at which the record begins.

    It returns the record, the position after it, and the positions at which the `located` fields begin, in the record's
    order. On bytes that hold no such record it raises whatever Python does.

    `forms` gives the form that the texts of a field must have. A text of another form raises Misfit with the path of
    its field, such as `header.occurred.value`; `place` is what every path begins with, here `header.`.
    """
    return _Reader(among, forms).function(fields, located, place)


def _compile(source: str, names: dict[str, Any]) -> Any:
    """The function `run` of a source that was made of a schema of our own."""
    exec(source, names)
    return names["run"]


def _kind(declared: Any) -> str:
    """The name of a type, of what it stands for, or of the record that it is."""
    return str(declared.get("logicalType", declared["type"]) if isinstance(declared, dict) else declared)


def _variables() -> Callable[[], str]:
    """Gives a new name each time."""
    return map("v{}".format, count(1)).__next__


def _no_branch(value: object) -> bytes:
    raise TypeError(f"a union has no branch for {type(value).__name__}")


class _Writer:
    """Puts together one expression a field."""

    def __init__(self, among: Definitions) -> None:
        self._among = among
        self._variable = _variables()
        self._names: dict[str, Any] = {
            **{name: getattr(binary, name) for name in ("long", "text", "texts", "sized", "instant")},
            "datetime": datetime,
            "pack": _DOUBLE.pack,
            "BOOLEANS": {False: b"\x00", True: b"\x01"},
            "no_branch": _no_branch,
        }

    def function(self, fields: Fields) -> Write:
        parts = "".join(f"  {self._value(field['type'], self._taken(field))},\n" for field in fields)
        written: Write = _compile(f"def run(record):\n return b''.join((\n{parts} ))", self._names)
        return written

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
        name = self._variable()
        self._names[name] = writer(fields, self._among)
        return f"{name}({value})"

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
    """Puts together one statement after another; each leaves its value in a variable of its own."""

    def __init__(self, among: Definitions, forms: Forms) -> None:
        self._among = among
        self._forms = forms
        self._variable = _variables()
        self._lines: list[str] = []
        self._positions = ""  # names of the variables that hold them, each with a comma
        self._names: dict[str, Any] = {
            **{name: getattr(binary, name) for name in ("read_long", "read_size", "read_count", "instant_of")},
            "unpack": _DOUBLE.unpack_from,
            "isfinite": isfinite,
            "Misfit": Misfit,
            "BOOLEANS": (False, True),
        }

    def function(self, fields: Fields, located: Collection[str], place: str) -> Read:
        record = self._record(fields, 1, place, located)
        # A slice past the end is short and raises nothing by itself.
        end = [
            " if at > len(data): raise ValueError('the bytes end within the record')",
            f" return {record}, at, ({self._positions})",
        ]
        read: Read = _compile("\n".join(["def run(data, at):", *self._lines, *end]), self._names)
        return read

    def _record(self, fields: Fields, depth: int, place: str, located: Collection[str] = ()) -> str:
        values: dict[str, str] = {}
        for field in fields:
            name = field["name"]
            if name in located:
                begins = self._variable()
                self._put(depth, f"{begins} = at")
                self._positions += f"{begins}, "
            values[name] = self._value(field["type"], depth, self._forms(field), place + name)
        return "{" + ", ".join(f"{name!r}: {value}" for name, value in values.items()) + "}"

    def _put(self, depth: int, *lines: str) -> None:
        self._lines += [" " * depth + line for line in lines]

    def _value(self, declared: Any, depth: int, form: Form | None = None, place: str = "") -> str:
        """An expression for the next value, behind the statements that read it."""
        if isinstance(declared, list):
            return self._union(declared, depth, form, place)
        kind = _kind(declared)
        if kind == "null":
            return "None"
        if kind in ("array", "map"):
            return self._items(declared, kind, depth, form, place)
        if kind == "record":
            return self._record(declared["fields"], depth, f"{place}.")
        if kind in self._among:
            return self._record(self._among[kind]["fields"], depth, f"{place}.")
        name = self._variable()
        if kind == _INSTANT:
            self._put(depth, "n, at = read_long(data, at)", f"{name} = instant_of(n)")
        elif kind in ("string", "bytes"):
            self._put(depth, "if (n := data[at]) & 0x81: n, at = read_size(data, at)", "else: n >>= 1; at += 1")
            self._put(depth, f"{name} = data[at:(at := at + n)]{'.decode()' if kind == 'string' and not form else ''}")
            if kind == "string" and form:
                self._names |= {f"known_{name}": form.known.get, f"read_{name}": form.read}
                asked = f"known_{name}({name}) or read_{name}({name}, {place!r})"
                self._put(depth, f"{name} = {name}.decode() if {form.plain.format(name)} else {asked}")
        elif kind in ("int", "long"):
            self._put(depth, f"if (n := data[at]) & 0x81: {name}, at = read_long(data, at)")
            self._put(depth, f"else: {name} = n >> 1; at += 1")
        elif kind == "boolean":
            self._put(depth, f"{name} = BOOLEANS[data[at]]; at += 1")
        elif kind == "double":
            self._put(depth, f"{name}, = unpack(data, at); at += 8")
            if form:
                self._put(depth, f"if not isfinite({name}): raise Misfit({place!r})")
        else:
            raise TypeError(f"no way to read {kind}")
        return name

    def _union(self, branches: Sequence[Any], depth: int, form: Form | None, place: str) -> str:
        name = self._variable()
        self._put(depth, "n = data[at]; at += 1")
        for number, branch in enumerate(branches):
            self._put(depth, f"{'elif' if number else 'if'} n == {number << 1}:")
            self._put(depth + 1, f"{name} = {self._value(branch, depth + 1, form, place)}")
        self._put(depth, "else: raise ValueError('a union has no such branch')")
        return name

    def _items(self, declared: Mapping[str, Any], kind: str, depth: int, form: Form | None, place: str) -> str:
        name, left = self._variable(), self._variable()
        self._put(depth, f"{name} = {'[]' if kind == 'array' else '{}'}", f"{left} = data[at]")
        self._put(depth, f"if {left}: {left}, at = read_count(data, at)", "else: at += 1")
        self._put(depth, f"while {left}:", f" for _ in range({left}):")
        if kind == "array":
            self._put(depth + 2, f"{name}.append({self._value(declared['items'], depth + 2, form, place)})")
        else:
            key = self._value("string", depth + 2)
            self._put(depth + 2, f"{name}[{key}] = {self._value(declared['values'], depth + 2)}")
        self._put(depth, f" {left}, at = read_count(data, at)")
        return name
