"""Partner files written by other people, where they lie beside the repository: nothing in them is lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.connector import Context, Source
from connectors.formats import FORMATS
from connectors.publish import publish_delivery
from connectors.sending import MemorySink
from connectors.tabular import Table, read_table
from schemas.codec import decode
from schemas.keys import DeploymentKey
from schemas.vocabulary import Agency

LINES_MAX = 1_500  # of each file, so that the suite stays quick; the rows of one file are alike
DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [
    (format_name, agency, path)
    for format_name, agency, pattern in (
        ("ssda903-csv", Agency.SOCIAL_CARE, "social-care/ssda903-csv/*/*.csv"),
        ("school-census-csv", Agency.SCHOOL, "school/school-census-csv/*/*.csv"),
        ("csv", Agency.POLICE, "police/*/*/*stop-and-search.csv"),
    )
    for path in sorted(DATA.glob(pattern))
]

if FILES:  # nothing is said of files that are not here, rather than a test that never ran

    @pytest.mark.parametrize(
        ("format_name", "agency", "path"), FILES, ids=[f"{name}-{path.stem}" for name, _, path in FILES]
    )
    def test_every_record_becomes_events_or_a_rejection(format_name: str, agency: Agency, path: Path) -> None:
        context = Context(
            key=DeploymentKey(bytes(range(32))),
            agency=agency,
            feed=format_name,
            received_at=datetime(2026, 11, 22, 9, tzinfo=UTC),
        )
        lines = path.read_bytes().splitlines(keepends=True)[:LINES_MAX]
        source = Source(name=path.name, data=b"".join(lines))
        sink = MemorySink()
        summary = publish_delivery(FORMATS[format_name], [source], context, sink)
        table = read_table(source)
        assert isinstance(table, Table)
        assert summary.read == sum(1 for _ in table.rows())
        assert set(summary.by_reason) <= {"adoption_record", "subject_missing"}
        refused = [decode(message.value)["position"] for message in sink.messages if message.topic == "events.rejected"]
        assert len(refused) == len(set(refused)) == summary.rejected
