import pytest

from views import comparing


def by_name(review):
    return {line.name: line for line in comparing.lines(review)}


def test_each_field_says_what_both_hold_and_how_that_compares(synthetic):
    review = synthetic.review_of()
    lines = by_name(review)
    held = [list(lines["given_name"].left), list(lines["given_name"].right)]
    assert sorted(held) == [["robin"], ["robyn"]]
    assert (lines["given_name"].compared, lines["given_name"].bits) == ("two spellings of what sounds alike", 3.2)
    assert lines["address"].compared == lines["middle_names"].compared == "only one record says"
    assert lines["upn"].title == "Unique pupil number"


def test_a_field_of_which_neither_says_anything_is_left_out(synthetic):
    review = synthetic.review_of()
    for side in ("left", "right"):
        review[side] = review[side] | {"addresses": [], "middle": []}
    assert not {"address", "middle_names"} & set(by_name(review))


def test_what_a_later_model_weighs_is_shown_though_nothing_here_knows_it(synthetic):
    review = synthetic.review_of(fields=[{"name": "school_year", "level": "one_apart", "bits": -0.5}])
    line = by_name(review)["school_year"]
    assert (line.title, line.compared, line.bits) == ("School year", "one apart", -0.5)


def test_both_may_say_something_that_is_not_weighed(synthetic):
    assert by_name(synthetic.review_of(fields=[]))["given_name"].compared == "not weighed"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2011-03-27", "27 March 2011"),
        ("2011-03", "March 2011"),
        ("2011", "2011"),
        ("~2011-05-02", "expected 2 May 2011"),
        ("odd", "odd"),
    ],
)
def test_a_birth_date_is_said_as_far_as_it_is_known(synthetic, value, said):
    review = synthetic.review_of()
    review["left"] = review["left"] | {"birth_dates": [value]}
    assert list(by_name(review)["birth_date"].left) == [said]


def test_a_total_that_is_not_the_sum_of_the_lines_says_what_else_is_in_it(synthetic):
    assert comparing.beside(synthetic.review_of()) is None
    beside = comparing.beside(synthetic.review_of(weight=34.9))
    assert beside == ("their own agency says that they are one", pytest.approx(30.0))


@pytest.mark.parametrize(("bits", "said"), [(3.24, "+3.2"), (-17.6, "−17.6"), (0.0, "+0.0")])
def test_bits_have_their_sign(bits, said):
    assert comparing.bits(bits) == said


def test_a_hospitals_number_is_named_with_the_hospital(synthetic):
    review = synthetic.review_of()
    review["left"] = review["left"] | {"identifiers": ["hospital-number@RXX:40017"]}
    line = by_name(review)["hospital-number@RXX"]
    assert (line.title, line.left, line.right) == ("Hospital number (RXX)", ["40017"], [])
