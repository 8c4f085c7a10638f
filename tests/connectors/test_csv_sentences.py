import pytest

from connectors.csv_sentences import moved, unworded
from schemas.forms import CODE_CHARACTERS_MAX

SENTENCE = "x" * (CODE_CHARACTERS_MAX + 1)


def test_codes_and_their_titles_stay_where_they_are() -> None:
    body = {"category": "SUSP", "reasons": ["VA", "x" * CODE_CHARACTERS_MAX], "sessions": 2.0}
    assert moved("school.suspension", body) == (body, [])


def test_sentences_are_added_to_what_the_free_text_already_says() -> None:
    body = {"category": SENTENCE, "reasons": ["VA", SENTENCE], "notes": "before"}
    assert moved("school.suspension", body) == (
        {"reasons": ["VA"], "notes": f"before\n{SENTENCE}\n{SENTENCE}"},
        ["unknown_code:category", "unknown_code:reasons"],
    )


def test_several_words_in_a_field_of_codes_are_no_code() -> None:
    body = {"category": "after a fight", "reasons": ["VA", "Jo Sample"], "school": "Example School"}
    assert moved("school.suspension", body) == (
        {"reasons": ["VA"], "school": "Example School", "notes": "after a fight\nJo Sample"},
        ["unknown_code:category", "unknown_code:reasons"],
    )


@pytest.mark.parametrize(
    ("written", "sex"), [("F", "F"), ("Z", "Z"), ("Not known", "Not known"), ("", None), ("F (was M)", None)]
)
def test_what_is_more_than_a_code_of_sex_is_left_out(written: str, sex: str | None) -> None:
    assert unworded(written) == sex


def test_a_record_without_free_text_has_no_place_for_a_sentence() -> None:
    assert moved("social_care.review", {"participation": SENTENCE}) == (
        {},
        ["unknown_code:participation"],
    )


def test_long_references_other_people_and_cleared_texts_are_no_codes() -> None:
    body = {"reference": SENTENCE, "other_pupils": [SENTENCE]}
    assert moved("school.suspension", body) == (body, [])
    assert moved("police.intelligence_report", {"sanitised_text": SENTENCE}) == ({"sanitised_text": SENTENCE}, [])
