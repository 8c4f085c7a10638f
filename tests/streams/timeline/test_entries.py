"""The order of entries on a timeline."""

from streams.timeline.entries import order_of


def test_entries_stand_by_when_they_happened_then_by_type_then_by_id(stored):
    entries = [
        stored("police.arrest", "2026-03-01", "b"),
        stored("nhs.admission", "2026-03-01T09:00:00Z"),
        stored("police.arrest", "2026-03-01", "a"),
        stored("nhs.admission", "2026-03-01", "c"),
        stored("nhs.admission", "2026-02"),
    ]

    assert [entry["event_id"] for entry in sorted(entries, key=order_of)] == [
        "nhs.admission 2026-02",
        "c",
        "a",
        "b",
        "nhs.admission 2026-03-01T09:00:00Z",
    ]
