from dataclasses import fields

from schemas.catalogue import definitions
from schemas.looks import LOOK, Look


def test_a_look_has_the_fields_of_its_record():
    assert {f.name for f in fields(Look)} == {f["name"] for f in definitions()[LOOK]["fields"]}
