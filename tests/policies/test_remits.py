import shutil
from datetime import UTC, datetime

import pytest

from policies import remits
from schemas.errors import InvalidAgreement
from schemas.vocabulary import Agency, Purpose


@pytest.fixture
def directory(tmp_path):
    return shutil.copytree(remits.REMITS, tmp_path / "remits")


def test_there_is_one_for_every_agency_and_one_for_two():
    found = remits.load()
    assert found["identity-county"].agencies == frozenset(Agency)
    assert found["identity-police-social-care"].agencies == {"police", "social_care"}
    assert {remit.purpose for remit in found.values()} == {Purpose.IDENTITY_REVIEW}
    assert all(remit.legal_basis and remit.owner for remit in found.values())


def test_a_pair_is_covered_only_where_both_agencies_are():
    remit = remits.load()["identity-police-social-care"]
    assert remit.covers(("police", "social_care"))
    assert remit.covers(("police", "police"))
    assert not remit.covers(("police", "nhs"))
    assert not remit.covers(("nhs", "school"))
    assert not remit.covers(("police", ""))
    assert not remit.covers(())


@pytest.mark.parametrize(
    ("at", "applies"),
    [
        (datetime(2025, 8, 31, 22, 59, 59, tzinfo=UTC), False),
        (datetime(2025, 8, 31, 23, 0, tzinfo=UTC), True),
        (datetime(2028, 8, 31, 22, 59, 59, tzinfo=UTC), True),
        (datetime(2028, 8, 31, 23, 0, tzinfo=UTC), False),
    ],
)
def test_a_remit_applies_from_its_first_midnight_to_its_last(at, applies):
    assert remits.load()["identity-county"].in_force(at) is applies


def test_without_a_directory_nobody_has_a_remit(tmp_path):
    assert remits.load(tmp_path / "none") == {}


FAULTS = {
    "an agency nobody knows": ("[police, social_care]", "[police, fire]", r"agencies.1: 'fire' is not one of"),
    "no agency": ("[police, social_care]", "[]", r"agencies: .* (non-empty|too short)"),
    "another purpose": ("identity-review", "missing-response", r"purpose: 'identity-review' was expected"),
    "no legal basis": ("legal_basis:", "basis:", r"'basis' was unexpected"),
    "another name than the file's": ("id: identity", "id: id", r"name the file after it"),
    "a day that is none": ("in_force_from: 2025-09-01", "in_force_from: '2025-02-30'", r"2025-02-30 is no day"),
    "an end before its beginning": ("in_force_until: 2028", "in_force_until: 2020", r"applies for a while"),
}


@pytest.mark.parametrize(("before", "after", "said"), FAULTS.values(), ids=FAULTS)
def test_a_remit_that_is_not_in_order_refuses_them_all(directory, before, after, said):
    path = directory / "identity-police-social-care.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(InvalidAgreement, match=rf"{path.name}: .*{said}"):
        remits.load(directory)
