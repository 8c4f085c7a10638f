import uuid

import pytest

from schemas.vocabulary import Action
from views.references import about_whom, as_kept, is_pseudonym, pseudonyms_of, short_reference


def test_a_reference_is_short_and_always_the_same(synthetic):
    assert short_reference(synthetic.ROBIN) == short_reference(synthetic.ROBIN) == "YP-32C2HB"


def test_a_reference_can_be_of_every_pseudonym_that_is_shortened_to_it_and_of_no_other(synthetic):
    first, last = (uuid.UUID(each).int for each in pseudonyms_of("YP-32C2HB"))
    assert first <= uuid.UUID(synthetic.ROBIN).int <= last
    around = [str(uuid.UUID(int=number)) for number in (first - 1, first, last, last + 1)]
    assert [short_reference(each) == "YP-32C2HB" for each in around] == [False, True, True, False]
    assert pseudonyms_of("YP-ZZZZZZ")[1] == "f" * 8 + "-ffff" * 3 + "-" + "f" * 12
    assert {pseudonyms_of(text) for text in ("", "YP-UUUUUU", "RV-32C2HB", "robin")} == {("", "")}


@pytest.mark.parametrize("text", ["", "YP-32C2HB", "not-a-uuid", "{00000000-0000-8000-8000-000000000000}"])
def test_only_a_pseudonym_has_the_form_of_one(text):
    assert not is_pseudonym(text)


ID = "00000000-0000-8000-8000-000000000000"


@pytest.mark.parametrize(
    ("action", "person", "about", "said"),
    [
        (Action.TIMELINE, ID, None, "YP-000000"),
        (Action.REVIEW, None, ID, "RV-000000"),
        (Action.IDENTITY, None, ID, "SR-000000"),
        (Action.SHADOW, None, ID, ID),
        (Action.REHEARSAL, None, "0123abcd", "0123abcd"),
        (Action.DECISIONS, None, None, None),
    ],
)
def test_a_look_names_what_it_was_about(action, person, about, said):
    """A run of a model or of policies is no source record."""
    assert about_whom({"action": action, "person": person, "about": about}) == said


@pytest.mark.parametrize("typed", ["YP-0X1Y2Z", " yp-ox1y2z", "YPoxIy2z", "yp 0XLY2Z"])
def test_a_reference_is_kept_in_one_way_however_it_was_typed(typed):
    assert as_kept(typed) == "YP-0X1Y2Z"
