import pytest

from streams.transport.settings import Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"batch_records_max": 0},
        {"buffered_records_max": 0},
        {"record_bytes_max": 0},
        {"window_seconds": -0.1},
        {"window_seconds": 10.0, "transaction_timeout_seconds": 10.0},
    ],
)
def test_numbers_that_cannot_work_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|shorter than"):
        Settings(**wrong)
