"""Derived ids are the same here and mean nothing elsewhere."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.keys import DeploymentKey

KEY, OTHER = DeploymentKey(b"k" * 32), DeploymentKey(b"o" * 32)


def test_the_same_input_gives_the_same_id_under_one_key_only():
    assert KEY.subject_key("nhs", "9990000018") == KEY.subject_key("nhs", "9990000018")
    assert KEY.subject_key("nhs", "9990000018") != OTHER.subject_key("nhs", "9990000018")


def test_an_id_is_a_uuid_of_version_8():
    assert uuid.UUID(KEY.derive("person", "x")).version == 8


def test_two_audiences_have_different_names_for_a_person():
    assert KEY.pseudonym("a", "p") != KEY.pseudonym("b", "p")


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_parts_cannot_run_into_one_another(left, right):
    assert (KEY.derive("x", *left) == KEY.derive("x", *right)) == (left == right)


def test_a_key_of_the_wrong_length_is_refused_and_never_shown():
    with pytest.raises(ValueError, match="has 32 bytes, this one has 3"):
        DeploymentKey(b"abc")
    assert "kkkk" not in repr(KEY)
