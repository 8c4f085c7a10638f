import pytest

from schemas.vocabulary import Action
from views.references import about_whom, as_kept, is_pseudonym, short_reference


def test_a_reference_is_short_and_always_the_same(synthetic):
    assert short_reference(synthetic.ROBIN) == short_reference(synthetic.ROBIN) == "YP-32C2HB"


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
