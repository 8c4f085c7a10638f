"""HL7 v2 syntax: a file into messages, a message into decoded values.

Not python-hl7: its unescape writes the value at fault to the log, it wants CR and no byte order mark, and it builds the
whole tree of a message of which we read a twentieth. The tests hold this reader equal to it where both can read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from connectors.connector import Refused
from connectors.nhs import hospital_named

_SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{2}")
_ENVELOPE = (b"FHS", b"BHS", b"BTS", b"FTS")
#: How an envelope, a message or its event begins: with its letters and a separator, and no line of a text with either.
_BEGINS = re.compile(rb"(?:[FB][HT]S|MSH|EVN)(?![\w\s]|[,.;:!?'\")-](?:\s|$))")
#: MLLP wraps a message in a vertical tab and a file separator. Where files without a last line end were put into one,
#: the next header stands in the line of the last segment.
_FRAMING = re.compile(rb"[\x0b\x1c]|(?=(?:MSH|[FB]HS)\|\^~\\)")
#: How a file begins that an editor saved in UTF-16, with its mark or without.
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"M\x00S\x00": "utf-16-le", b"\x00M\x00S": "utf-16-be"}
#: Editors put a byte order mark in front.
_NOISE = re.compile(rb"[\x00\x1a]|\xef\xbb\xbf")
#: HL7 table 0211. Without a declaration an old English system writes Windows-1252, and often with that of 8859/1.
_ISO_8859 = re.compile(r"8859/([2-9]|1[013-6])")
_NULL = '""'
#: Where a message names its hospital, the best first: by name, or else by id.
_FACILITIES = (("MSH", 4, 1), ("MSH", 4, 2), ("MSH", 22, 10), ("MSH", 22, 1), ("EVN", 7, 1), ("EVN", 7, 2))


@dataclass(frozen=True, slots=True, repr=False)
class Separators:
    """The characters that MSH-1 and MSH-2 declare, and those usual where they declare fewer."""

    field: str
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @classmethod
    def of(cls, header: str) -> "Separators":
        """Those that an MSH segment declares. Raises Refused where it declares too few, or one for two uses."""
        # Whoever copied a message out of a program's text has the backslash twice.
        others = header[4:].partition(header[3:4])[0].replace("\\\\", "\\") if len(header) > 3 else ""
        declared = header[3:4] + others[:4]
        if len(declared) < 2 or len(set(declared)) != len(declared) or any(c.isalnum() or c == " " for c in declared):
            raise Refused("invalid_message", "MSH-1 and MSH-2 do not declare five different separators", "MSH-2")
        return cls(*declared)


@dataclass(frozen=True, repr=False)
class Segment:
    """One segment; fields, repetitions, components and subcomponents are counted from 1, as in the standard."""

    fields: tuple[str, ...]
    separators: Separators

    @property
    def name(self) -> str:
        """Its kind: MSH, PID and so on."""
        return self.fields[0]

    def repetitions(self, field: int) -> list[str]:
        """The repetitions of a field that hold something, still undivided."""
        # MSH-1 is the separator itself, so the fields of MSH lie one to the left.
        index = field - 1 if self.name == "MSH" else field
        text = self.fields[index] if index < len(self.fields) else ""
        return [] if text == _NULL else [r for r in text.split(self.separators.repetition) if r and r != _NULL]

    def value(self, field: int, component: int = 1) -> str | None:
        """A component of a field's first repetition, decoded; None where it is empty."""
        found = self.repetitions(field)
        return self.part(found[0], component) if found else None

    def part(self, repetition: str, component: int, subcomponent: int = 1) -> str | None:
        """One part of a repetition, decoded; None where it is empty."""
        parts = repetition.split(self.separators.component)
        whole = parts[component - 1] if component <= len(parts) else ""
        pieces = whole.split(self.separators.subcomponent)
        piece = pieces[subcomponent - 1] if subcomponent <= len(pieces) else ""
        return decoded(piece, self.separators) if piece != _NULL else None

    def text(self, field: int) -> str | None:
        """A field of running text: everything in it, one line a repetition; None where it is empty."""
        lines = (self.words(repetition) for repetition in self.repetitions(field))
        return "\n".join(line for line in lines if line) or None

    def words(self, repetition: str) -> str | None:
        """Every component and subcomponent of a repetition, decoded, with blanks between; None where there is none."""
        parts = re.split(f"[{re.escape(self.separators.component + self.separators.subcomponent)}]", repetition)
        return " ".join(word for part in parts if (word := decoded(part, self.separators))) or None


@dataclass(frozen=True, repr=False)
class Message:
    """One message: its segments in order."""

    segments: tuple[Segment, ...]

    @cached_property
    def _first(self) -> dict[str, Segment]:
        return {segment.name: segment for segment in reversed(self.segments)}

    @property
    def facility(self) -> str | None:
        """The hospital that sent it (MSH-4): by name or else by universal id, of which the standard wants but one.

        Where that names none, the organisation that answers for the message (MSH-22), or where it happened (EVN-7), and
        else what MSH-4 says all the same."""
        said = [self.value(*place) for place in _FACILITIES]
        return next(filter(None, (*map(hospital_named, said), *said)), None)

    def all(self, name: str) -> list[Segment]:
        """The segments of a name, as DG1, in order."""
        return [segment for segment in self.segments if segment.name == name]

    def first(self, name: str) -> Segment:
        """The first segment of a name; an empty one where there is none."""
        return self._first.get(name) or Segment((name,), self.segments[0].separators)

    def value(self, name: str, field: int, component: int = 1) -> str | None:
        """A component of a field, decoded: of its first repetition in the first segment of the name; else None."""
        return self.first(name).value(field, component)


def messages(data: bytes) -> Iterator[list[bytes]]:
    """The lines of each message, envelopes left out; lines that belong to no message come as one without MSH."""
    wide = next((encoding for start, encoding in _WIDE.items() if data.startswith(start)), None)
    data = data if wide is None else data.decode(wide, "replace").encode()
    # What is added to bytes copies them, and of an attachment each line is one.
    current: list[bytearray] = []
    for raw in re.split(rb"\r\n|\r|\n", _NOISE.sub(b"", _FRAMING.sub(b"\r", data))):
        line = raw.strip(b" \t")
        if not line:
            continue
        kind = begun[0] if (begun := _BEGINS.match(line)) else b""
        # A message has one EVN: a second is that of another, whose MSH was lost.
        is_lost = kind == b"EVN" and any(other[:3] == b"EVN" for other in current)
        if kind in _ENVELOPE or kind == b"MSH" or is_lost:
            if current:
                yield list(map(bytes, current))
            current = [] if kind in _ENVELOPE else [bytearray(line)]
        elif not current or _begins_segment(line, current[0]):
            current.append(bytearray(line))
        else:
            # A line break inside a value: the sender should have escaped it.
            current[-1] += b"\n" + line
    if current:
        yield list(map(bytes, current))


def is_cut_off(data: bytes) -> bool:
    """Whether a file ends within its last message: the frame or the batch that it began has no end."""
    if b"\x0b" in data:
        return b"\x1c" not in data[data.rindex(b"\x0b") :]
    begun, ended = (re.search(rb"(?:^|[\r\n])" + end, data) for end in (rb"[BF]HS", rb"[BF]TS"))
    return begun is not None and ended is None and not _NOISE.sub(b"", data).endswith((b"\r", b"\n"))


def _begins_segment(line: bytes, header: bytearray) -> bool:
    return _SEGMENT.match(line) is not None and line[3:4] in (header[3:4], b"")


def parse(lines: list[bytes]) -> Message:
    """The message that these lines are. Raises Refused where they begin without MSH, or it declares no separators."""
    if lines[0][:3] != b"MSH":
        raise Refused("message_header_missing", "these lines belong to no message: send MSH before them", "MSH")
    text = _text(lines)
    separators = Separators.of(text[0])
    return Message(tuple(Segment(tuple(line.split(separators.field)), separators) for line in text))


def decoded(text: str, separators: Separators) -> str | None:
    """A value without its escapes and surrounding blanks, None where nothing is left. What is no escape stays."""
    if separators.escape in text:
        escape = re.escape(separators.escape)
        text = re.sub(rf"{escape}([^{escape}]{{1,40}}){escape}", lambda found: _unescape(found, separators), text)
    return text.strip() or None


def _unescape(found: re.Match[str], separators: Separators) -> str:
    code = found[1]
    plain = {
        "F": separators.field,
        "S": separators.component,
        "T": separators.subcomponent,
        "R": separators.repetition,
        "E": separators.escape,
    }
    if code in plain:
        return plain[code]
    if code in ("H", "N"):
        return ""
    if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", code):
        return _decode(bytes.fromhex(code[1:]), None)
    if re.fullmatch(r"\.(?:br|sp|ce|fi|nf|in|ti|sk)[+-]?[0-9]{0,3}", code):
        return "\n" if code[1:3] in ("br", "sp", "ce") else " "
    return found[0]


def _text(lines: list[bytes]) -> list[str]:
    """The lines decoded: UTF-8 where they are, else as MSH-18 declares, else Windows-1252."""
    fields = lines[0].split(lines[0][3:4]) if len(lines[0]) > 3 else []
    declared = fields[17].decode("ascii", "replace") if len(fields) > 17 else None
    return [_decode(line, declared) for line in lines]


def _decode(data: bytes, declared: str | None) -> str:
    iso = _ISO_8859.match(declared.strip()) if declared else None
    for charset in ("utf-8", f"iso8859-{iso[1]}" if iso else "cp1252"):
        try:
            return data.decode(charset)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")
