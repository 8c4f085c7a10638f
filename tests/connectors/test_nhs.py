"""By which of what a health record says of a person the bus knows them."""

import pytest

from connectors.nhs import hospital_number, nhs_identifier, subject_of
from schemas.events import Identifier

VALID, FAILING, DUMMY = map(nhs_identifier, ("999 000 0018", "9990000019", "0000000000"))
REMARK = nhs_identifier("see mother")
HOSPITAL = hospital_number("H1", "RXX")


@pytest.mark.parametrize(
    ("identifiers", "own_id", "subject"),
    [
        ([HOSPITAL, FAILING, VALID], "p1", "9990000018"),
        ([HOSPITAL, FAILING], "p1", "9990000019"),
        ([DUMMY, HOSPITAL], "p1", "H1@RXX"),
        ([REMARK, hospital_number("UNKNOWN", "RXX"), HOSPITAL], "p1", "H1@RXX"),
        ([DUMMY], "p1", "p1"),
        ([DUMMY], "unknown", "0000000000#r"),
        ([], "unknown", "unknown#r"),
        ([], None, None),
    ],
)
def test_a_person_is_known_by_the_surest_of_their_numbers_and_by_none_that_many_share(
    identifiers: list[Identifier], own_id: str | None, subject: str | None
) -> None:
    assert subject_of(identifiers, own_id=own_id, record="r") == subject
