from streams.transport.preflight import Needs, problems

NEEDS = Needs(sources=("events",), sinks=("decisions",), tables=("timelines",), replays=("persons",))
FIT = {"events": 4, "decisions": 1, "timelines": 4, "persons": 4}


def test_topics_that_fit_have_no_problems() -> None:
    assert problems(NEEDS, FIT) == []


def test_every_missing_topic_is_named_with_its_use() -> None:
    assert problems(NEEDS, {}) == [
        "source topic events does not exist: create it before the worker starts",
        "sink topic decisions does not exist: create it before the worker starts",
        "changelog topic timelines does not exist: create it before the worker starts",
        "replayed topic persons does not exist: create it before the worker starts",
    ]


def test_a_table_has_as_many_partitions_as_its_sources() -> None:
    assert problems(NEEDS, FIT | {"events": 6}) == [
        "source topic events has 6 partitions and changelog timelines has 4:"
        " a table's partitions must equal those of its sources"
    ]


def test_an_agent_has_one_batch_in_hand() -> None:
    needs = Needs(sources=("events",), sinks=(), tables=(), replays=(), concurrent=("share",))
    assert problems(needs, FIT) == ["agent share must have a concurrency of 1: batches finish in order"]


def test_a_source_topic_has_one_agent() -> None:
    needs = Needs(sources=("events", "events"), sinks=(), tables=(), replays=())
    assert problems(needs, FIT) == [
        "source topic events has more than one agent: its offsets can travel in one transaction only"
    ]
