"""Derived ids are the same here and mean nothing elsewhere."""

import hmac
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.keys import DeploymentKey

KEY, OTHER = DeploymentKey(b"k" * 32), DeploymentKey(b"o" * 32)


def test_the_same_input_gives_the_same_id_under_one_key_only():
    assert KEY.subject_key("nhs", "9990000018") == KEY.subject_key("nhs", "9990000018")
    assert KEY.subject_key("nhs", "9990000018") != OTHER.subject_key("nhs", "9990000018")


@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_an_id_is_cut_from_the_hmac_of_its_parts(parts):
    message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in ("x", *parts))
    digest = hmac.digest(KEY.secret, message, "sha256").hex()
    derived = KEY.derive("x", *parts)
    assert derived == KEY.deriver("x", *parts[:-1])(parts[-1])
    # But for what says that it is a UUID of version 8.
    assert derived.replace("-", "")[:12] + derived.replace("-", "")[17:] == digest[:12] + digest[17:32]


def test_an_id_is_a_uuid_of_version_8():
    assert uuid.UUID(KEY.derive("person", "x")).version == 8


def test_two_audiences_have_different_names_for_a_person():
    assert KEY.pseudonym("a", "p") != KEY.pseudonym("b", "p")


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_parts_cannot_run_into_one_another(left, right):
    assert (KEY.derive("x", *left) == KEY.derive("x", *right)) == (left == right)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_the_wrong_length_is_refused(size):
    with pytest.raises(ValueError, match=f"has 32 bytes, this one has {size}"):
        DeploymentKey(b"k" * size)


def test_a_key_is_never_shown():
    assert "kkkk" not in repr(KEY)
