"""A row of a school census table, with all that the other tables of its delivery say, on its way to events."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import astuple, dataclass, field, replace

from connectors.cells import NO_KEY, stated, told_by_body, written_in
from connectors.connector import Context, Refused, build_event
from connectors.csv_sentences import moved
from connectors.identifiers import is_remark
from connectors.school_census_pupils import NOBODY, Listed, Pupil, PupilId, pupil_id_of, pupil_of
from connectors.school_census_terms import Census
from connectors.tabular import Ordinals, Row
from schemas.events import Event, Moment, Person
from schemas.vocabulary import Precision

#: A pupil, a term, and what sessions of theirs counted as.
Attended = tuple[str, str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """What the tables of one delivery say together: who the pupils are, which pupil tables of which census there are,
    which ids mean nobody by themselves, which UPNs mean several, and of which sessions which schools tell the codes."""

    context: Context
    pupils: Mapping[PupilId, Sequence[Listed]]
    tables: Set[tuple[str, str]]
    shared: Set[str]
    shared_upns: Set[str]
    by_code: Mapping[Attended, Set[str]] = field(default_factory=dict)
    ordinals: Ordinals = field(default_factory=Ordinals)


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """A row of a census table, on its way to events: with the census that its table is of, and the whole delivery."""

    delivery: Delivery
    census: Census
    row: Row

    @property
    def school(self) -> str:
        """The number of the school that says it."""
        return stated(self.row, "nativeid")

    @property
    def key(self) -> tuple[str, ...]:
        """What the school calls a row of a detail table: its own id in this census, else the code that it counts."""
        own_id = stated(self.row, self.census.table) or self.row.get("attendancereason")
        return self.census.table, self.census.name, own_id

    def when(self, month: Moment | None) -> tuple[Moment, list[str]]:
        """That month; where the file's name tells none the year in which it came, and a mark."""
        if month is not None:
            return month, []
        received_at = self.delivery.context.received_at
        return Moment(value=str(received_at.year), precision=Precision.YEAR), ["assumed:occurred"]

    def pupil(self) -> Pupil:
        """Whom it is about: a pupil of the delivery's pupil tables, else as much as the row itself says.

        Another census may have given its id to somebody else, and counts only where there is no such table of its own.
        Of several the one of its school is meant.
        """
        own = pupil_of(self.row)
        own_id = pupil_id_of(self.row)
        told: Sequence[Listed] = self.delivery.pupils.get(own_id, ())
        if (own_id[0], self.census.name) in self.delivery.tables:
            told = [each for each in told if each.census == self.census.name]
        if own.subject != own_id[1]:  # a UPN of its own says more than any table's id
            told = [each for each in told if each.pupil.subject == own.subject]
        told = [each for each in told if each.school == self.school] or told
        who = {each.pupil.known_as for each in told}
        if len({each.pupil.subject for each in told}) > 1 and (len(who) > 1 or None in who.pop()):
            return NOBODY
        # Of two rows on one pupil that with the fewer failed checks counts, then the lesser: not the order of the file.
        pupils = (each.pupil for each in told)
        return min(pupils, key=lambda pupil: (len(pupil.marks), repr(astuple(pupil))), default=own)

    def _told_apart(self, pupil: Pupil) -> Pupil:
        """The pupil under a key that is theirs alone. Raises Refused where it is not told who that is."""
        column, own_id = pupil_id_of(self.row)
        if pupil.subject in self.delivery.shared_upns:
            if not own_id:
                sentence = "different pupils of these files have this UPN; give one of them a UPN of their own"
                raise Refused("subject_missing", sentence, "upn")
            pupil = replace(pupil, subject=own_id, marks=(*pupil.marks, "shared:UPN"))
        if pupil is NOBODY or (pupil.subject == own_id and own_id in self.delivery.shared):
            sentence = "several pupils of these files have this id; send each census with its own pupil table, or UPN"
            raise Refused("subject_missing", sentence, column)
        if is_remark(pupil.subject):
            sentence = f"{column} {NO_KEY}; send the pupil table's own id, or the UPN"
            raise Refused("subject_missing", sentence, column)
        if not pupil.subject:
            sentence = "neither UPN nor pupil table id is filled; say whom the record is about"
            raise Refused("subject_missing", sentence, "upn")
        return pupil

    def event(
        self,
        event_type: str,
        pupil: Pupil,
        key: Sequence[str],
        occurred: Moment,
        body: Mapping[str, object],
        marks: Iterable[str],
    ) -> Event:
        """An event about a pupil. Raises Refused where it is not told who that is."""
        pupil = self._told_apart(pupil)
        # Rows of one census that say the same under ids of their own are as many records. Rows that share a key and
        # differ are versions of one record, of which the newest census stands, and of one census all: numbering them
        # would make ids depend on the file's order.
        said = (
            self.census.name,
            event_type,
            pupil,
            *key,
            occurred.value,
            *(f"{k}={v}" for k, v in sorted(body.items())),
        )
        content = frozenset(cell for cell in self.row.values.items() if cell[0] != "updated_at")
        ordinal = self.delivery.ordinals.of(said, content)
        header = self.census.written() | written_in(self.row)
        if protected := told_by_body(event_type, body):
            header["sensitivities"] = sorted(protected)
        body, moved_marks = moved(event_type, body)
        return build_event(
            self.delivery.context,
            event_type,
            subject=pupil.subject,
            natural_key=(*key, f"#{ordinal}") if ordinal else tuple(key),
            occurred=occurred,
            person=pupil.person,
            body={name: value for name, value in body.items() if value not in (None, "")},
            marks=[*pupil.marks, *marks, *moved_marks, *_born_later(pupil.person, occurred)],
            **header,
        )


def _born_later(person: Person, occurred: Moment) -> list[str]:
    later = person.birth_date is not None and person.birth_date[: len(occurred.value)] > occurred.value
    return ["date_order:DOB"] if later else []
