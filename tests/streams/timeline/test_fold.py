"""What stands, whatever the order and however often it came."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.timeline.fold import standing, versions_together


def test_events_that_nothing_contradicts_all_stand(held):
    assert standing([held("a"), held("b")]) == {"a", "b"}


def test_nothing_stands_of_nothing():
    assert standing([]) == frozenset()


def test_a_repeated_event_counts_once_as_it_first_came(held):
    first, again = held("a", received=1), held("a", received=9)
    taken_back = held("r", kind="retraction", received=5, retracts="record of a")

    assert standing([again, first, taken_back]) == frozenset()


@pytest.mark.parametrize("kind", ["retraction", "correction", "heartbeat"])
def test_what_speaks_of_other_events_never_stands(held, kind):
    assert standing([held("a", kind=kind, retracts="x", corrects="x")]) == frozenset()


class TestVersions:
    def test_the_newest_by_when_it_was_recorded_stands_however_late_the_older_comes(self, held):
        newer = held("newer", record="k", recorded=5, received=6)
        older = held("older", record="k", recorded=4, received=9)

        assert standing([newer, older]) == {"newer"}

    def test_where_nothing_was_recorded_the_last_received_stands(self, held):
        assert standing([held("a", record="k", received=1), held("b", record="k", received=2)]) == {"b"}

    def test_a_version_with_a_recorded_time_outranks_one_without(self, held):
        assert standing([held("a", record="k", recorded=1), held("b", record="k", received=9)]) == {"a"}

    def test_a_version_dated_after_it_came_is_as_old_as_its_coming(self, held):
        slip = held("slip", record="k", recorded=9_999, received=2)

        assert standing([slip, held("right", record="k", recorded=4, received=5)]) == {"right"}

    def test_versions_that_came_together_all_stand(self, held):
        assert standing([held("a", record="k"), held("b", record="k")]) == {"a", "b"}

    def test_two_agencies_may_use_the_same_key_of_two_records(self, held):
        events = [held("a", record="k"), held("b", record="k", agency="nhs", received=3)]

        assert standing(events) == {"a", "b"}


class TestRetractions:
    def test_every_version_of_the_record_goes(self, held):
        versions = [held("a", record="k", received=1), held("b", record="k", received=2)]

        assert standing([*versions, held("r", kind="retraction", received=3, retracts="k")]) == frozenset()

    def test_a_retraction_may_name_any_version_by_its_id(self, held):
        versions = [held("a", record="k", received=1), held("b", record="k", received=2)]

        assert standing([*versions, held("r", kind="retraction", received=3, retracts="a")]) == frozenset()

    def test_a_record_that_came_to_be_before_is_gone_though_it_arrives_after(self, held):
        late = held("a", record="k", recorded=1, received=9)

        assert standing([held("r", kind="retraction", received=3, retracts="k"), late]) == frozenset()

    def test_a_record_that_came_with_its_retraction_is_gone(self, held):
        together = [held("a", record="k", received=3), held("r", kind="retraction", received=3, retracts="k")]

        assert standing(together) == frozenset()

    def test_a_record_dated_after_it_came_goes_as_well(self, held):
        slip = held("slip", record="k", recorded=9_999, received=2)

        assert standing([slip, held("r", kind="retraction", received=3, retracts="k")]) == frozenset()

    def test_a_record_sent_again_later_stands_again(self, held):
        events = [
            held("a", record="k", received=1),
            held("r", kind="retraction", received=3, retracts="k"),
            held("again", record="k", received=4),
        ]

        assert standing(events) == {"again"}

    @pytest.mark.parametrize("target", ["k", "a"])
    def test_an_agency_cannot_withdraw_what_another_sent(self, held, target):
        events = [held("a", record="k"), held("r", kind="retraction", agency="nhs", received=3, retracts=target)]

        assert standing(events) == {"a"}

    def test_a_retraction_that_names_nothing_takes_nothing_back(self, held):
        assert standing([held("a"), held("r", kind="retraction", received=3)]) == {"a"}

    def test_a_retraction_can_itself_be_taken_back(self, held):
        events = [
            held("a", record="k", received=1),
            held("r", kind="retraction", received=2, retracts="k"),
            held("r2", kind="retraction", received=3, retracts="record of r"),
        ]

        assert standing(events) == {"a"}


class TestReplacement:
    def test_a_superseded_event_goes(self, held):
        assert standing([held("a"), held("b", supersedes="a")]) == {"b"}

    def test_an_agency_cannot_supersede_what_another_sent(self, held):
        assert standing([held("a"), held("b", agency="nhs", supersedes="a")]) == {"a", "b"}

    def test_a_corrected_event_goes_and_its_older_version_stays_gone(self, held):
        events = [
            held("old", record="k", received=1),
            held("wrong", record="k", received=2),
            held("c", kind="correction", received=3, corrects="wrong"),
            held("right", received=3),
        ]

        assert standing(events) == {"right"}

    def test_an_agency_cannot_correct_what_another_sent(self, held):
        assert standing([held("a"), held("c", kind="correction", agency="nhs", corrects="a")]) == {"a"}

    def test_what_a_retracted_event_superseded_stands_again(self, held):
        events = [
            held("a"),
            held("b", record="k", supersedes="a", received=1),
            held("r", kind="retraction", received=2, retracts="k"),
        ]

        assert standing(events) == {"a"}

    def test_an_event_cannot_supersede_itself(self, held):
        assert standing([held("a", supersedes="a")]) == {"a"}


_acts = st.sampled_from(["arrest", "arrest", "arrest", "retraction", "correction", "heartbeat"])
_ids = st.sampled_from("abcdefg")
_records = st.sampled_from(["k", "l", "m"])
_hours = st.integers(0, 4)


@st.composite
def _facts(draw):
    """What a source may say, coherent or not."""
    named = draw(st.one_of(_ids, _records))
    return {
        "kind": draw(_acts),
        "agency": draw(st.sampled_from(["police", "nhs"])),
        "record": draw(_records),
        "recorded": draw(st.one_of(st.none(), _hours)),
        "retracts": named,
        "corrects": draw(_ids),
        "supersedes": draw(st.one_of(st.none(), st.none(), _ids)),
    }


@given(st.dictionaries(_ids, _facts(), max_size=6), st.data())
def test_any_order_and_any_repetition_stand_the_same(held, facts, data):
    events = [held(event_id, received=data.draw(_hours), **said) for event_id, said in facts.items()]
    expected = standing(events)

    repeated = data.draw(
        st.permutations([*events, *data.draw(st.lists(st.sampled_from(events)) if events else st.just([]))])
    )

    assert standing(repeated) == expected


def test_two_retractions_of_each_other_at_one_instant_have_one_outcome(held):
    events = [
        held("a", record="k"),
        held("r", kind="retraction", record="p", received=1, retracts="q"),
        held("s", kind="retraction", record="q", received=1, retracts="p"),
        held("t", kind="retraction", record="o", received=1, retracts="k"),
    ]

    assert {standing(order) for order in permutations(events)} == {frozenset()}


class TestVersionsThatCameTogether:
    def test_they_are_told_record_by_record(self, held):
        events = [held("b", record="k"), held("c", record="l"), held("a", record="k"), held("d")]

        assert versions_together(events) == (("a", "b"),)
        assert versions_together(reversed(events)) == (("a", "b"),)

    def test_records_of_two_agencies_are_two(self, held):
        assert versions_together([held("a", record="k"), held("b", record="k", agency="nhs")]) == ()
