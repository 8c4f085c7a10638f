import pytest

from connectors.identifiers import CHECKS, identifier, is_placeholder, names_several
from schemas.events import Identifier


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("nhs-number", "9434765919"), ("nhs-number", "9990000018"), ("nhs-number", "999 000 0026"),
        ("nhs-number", "999-000-0034"), ("upn", "A950000178301"), ("upn", "H243278544154"), ("upn", "K999000125001"),
        ("upn", "J99900012501A"), ("former-upn", "Z999000125002"), ("uln", "0000000042"), ("pnc-id", "1979/0163001B"),
        ("pnc-id", "2099/0000001G"), ("pnc-id", "99/1G"), ("cro", "065656/91H"), ("cro", "SF05/482703J"),
        ("la-child-id", "SYN0001"), ("custody-id", "any/thing"), ("hospital-number", "RXX 0012"),
    ],
)  # fmt: skip
def test_an_identifier_whose_check_passes_is_valid(system: str, value: str) -> None:
    assert identifier(system, value) == Identifier(system=system, value=value, valid=True)


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("nhs-number", "9990000019"), ("nhs-number", "999000001"), ("nhs-number", "99900000180"),
        ("nhs-number", "९९९००००१८"), ("upn", "R247962919251"), ("upn", "21db2df8-fa0"), ("upn", "K99900012500I"),
        ("uln", "0000000043"), ("uln", "7c93a96f-2"), ("pnc-id", "2099/0000001A"), ("cro", "065656/91A"),
        ("cro", "nonsense"), ("la-child-id", "x" * 21), ("la-child-id", ""), ("custody-id", ""),
    ],
)  # fmt: skip
def test_an_identifier_whose_check_fails_is_kept_and_not_valid(system: str, value: str) -> None:
    assert identifier(system, value) == Identifier(system=system, value=value, valid=False)


@pytest.mark.parametrize(
    "dummy",
    ["9999999999", "1111111111", "0000000000", "1234567890", "9876543210", "999 999 9999", "0123456789"],
)
def test_a_dummy_is_never_valid_even_where_its_check_digit_passes(dummy: str) -> None:
    assert not identifier("nhs-number", dummy).valid
    assert not identifier("uln", dummy).valid


@pytest.mark.parametrize(
    "nothing",
    ["UNKNOWN", "n/a", "<NA>", "(null)", "NaN", "TBC", "not provided", "-", ".", "UN5", "##", "#REF!", "1.23E+09"],
)
@pytest.mark.parametrize("system", ["la-child-id", "hospital-number", "custody-id"])
def test_what_says_that_there_is_no_number_is_never_valid(system: str, nothing: str) -> None:
    assert not identifier(system, nothing).valid


@pytest.mark.parametrize("remark", ["see her mother", "Mother has it, call 2 after half past four on any weekday"])
def test_a_remark_in_the_place_of_a_number_is_never_valid(remark: str) -> None:
    for system in (*CHECKS, "hospital-number", "custody-id"):
        assert not identifier(system, remark).valid


@pytest.mark.parametrize(
    "key", ["No UPN", "Awaiting UPN", "not yet allocated", "No  number", "NO_UPN", "Awaiting", "temporary", "<unborn>"]
)
def test_what_is_said_where_no_number_has_come_yet_names_nobody(key: str) -> None:
    assert is_placeholder(key)


@pytest.mark.parametrize(
    "key", ["NONE1", "1E05", "#1234", "SYN-0", "9999-1", "NAN01", "TOTAL-1", "Unit 4 child", "SYN-A"]
)
def test_a_key_that_only_looks_odd_is_a_key(key: str) -> None:
    assert not is_placeholder(key)


@pytest.mark.parametrize("key", ["N-1; N-2", "N1,N2", "N1\nN2", "12 / 13", "N1 and N2", "1234|1235", "12, 13 & 14"])
def test_several_keys_in_one_cell_are_several(key: str) -> None:
    assert names_several(key)


@pytest.mark.parametrize("key", ["N-1", "302/4000", "1,234,567", "A; B", "Unit 4 and child", "N1;", "12 B4"])
def test_a_key_with_a_separator_in_it_is_one(key: str) -> None:
    assert not names_several(key)


@pytest.mark.parametrize("system", CHECKS)
def test_no_check_trips_over_odd_text(system: str) -> None:
    for odd in ("", " ", "\x00", "é" * 13, "/" * 10, "SF/", "1" * 100):
        assert identifier(system, odd).value == odd
