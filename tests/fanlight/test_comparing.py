"""Two records side by side at the command line."""

import re

from fanlight.commands.comparing import print_explanation, print_review, side_by_side


def side(agency: str, source_id: str, **said: list[str]) -> dict:
    nothing = dict.fromkeys(("given", "middle", "family", "birth_dates", "postcodes", "addresses", "identifiers"), ())
    return {"subject_key": source_id, "agency": agency, "source_id": source_id, "person_id": "p", **nothing, **said}


REVIEW = {
    "review_id": "r",
    "why": "contradiction",
    "left": side("nhs", "1", given=["robin"], identifiers=["nhs-number:9990000018"]),
    "right": side("police", "2", given=["zed"], identifiers=["nhs-number:9990000018", "upn:K999000125001"]),
    "fields": [
        {"name": "given_name", "level": "differ", "bits": -6.3},
        {"name": "nhs-number", "level": "agree", "bits": 19.9},
    ],
    "weight": -4.0,
    "prior": -17.6,
    "decided_by": "given_name",
    "model": "uk-1",
    "since": None,
    "judgements": [],
}


def test_each_field_stands_with_what_both_records_say_and_how_that_compares_in_words():
    shown = side_by_side(REVIEW)
    assert (shown["left"]["record"], shown["right"]["record"]) == ("nhs:1", "police:2")
    assert [(f["name"], f["left"], f["right"], f["words"]) for f in shown["fields"]] == [
        ("given_name", ["robin"], ["zed"], "different"),
        ("nhs-number", ["9990000018"], ["9990000018"], "the same number"),
    ]
    assert (shown["bits"], shown["prior_bits"]) == (-4.0, -17.6)


def test_why_the_pair_waits_and_what_decided_are_said_in_words():
    shown = side_by_side(REVIEW)
    assert shown["because"] == "something says that they are one person, and something that they are not"
    assert shown["decided_because"] == "no given name of one goes with any of the other"


def test_a_total_that_is_not_the_sum_says_what_else_is_in_it(capsys):
    named = [
        {"name": "given_name", "level": "exact", "bits": 8.7},
        {"name": "family_name", "level": "exact", "bits": 15},
    ]
    print_review(side_by_side(REVIEW | {"fields": named, "weight": 36.1}))
    look = capsys.readouterr().out
    assert "own agency" in " ".join(re.sub(r"[│┃|]", " ", look).split())
    assert "+30.0" in look
    print_review(side_by_side(REVIEW))
    assert "agency" not in capsys.readouterr().out


STEERING = "P\x1b[2J\u202e[/b]"


def test_the_key_of_a_record_cannot_steer_the_terminal_of_whoever_compares(capsys):
    print_review(side_by_side(REVIEW | {"right": side("police", STEERING, given=["zed"])}))
    beside = {"record": f"police:{STEERING}", "sentences": ["given name: different (-6.3 bits)"]}
    print_explanation({"record": f"nhs:{STEERING}", "status": "new", "person_id": "p", "beside": [beside]})
    text = capsys.readouterr().out
    assert not set("\x1b\u202e") & set(text)
    assert "police:P\ufffd[2J\ufffd[/b]" in text
