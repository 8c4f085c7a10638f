import pytest

from views.references import is_pseudonym, short_reference


def test_a_reference_is_short_and_always_the_same(synthetic):
    assert short_reference(synthetic.ROBIN) == short_reference(synthetic.ROBIN) == "YP-32C2HB"


@pytest.mark.parametrize("text", ["", "YP-32C2HB", "not-a-uuid", "{00000000-0000-8000-8000-000000000000}"])
def test_only_a_pseudonym_has_the_form_of_one(text):
    assert not is_pseudonym(text)
