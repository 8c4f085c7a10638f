"""Which cards load, which are refused and why, and what the shipped ones promise."""

import re
from datetime import date

import pytest
import yaml

from policies.rulecards import RULES, load, parse
from policies.thresholds import MEASURES, PARTS
from schemas import codes
from schemas.errors import InvalidAgreement

CARD = {
    "id": "a-card",
    "kind": "concern",
    "title": "A card",
    "words": "Something happened that worries us.",
    "category": "missing",
    "owner": "Missing from home coordinator",
    "source": "A guidance, 2024",
    "local": True,
    "approved_on": "2026-01-05",
    "expires_on": "2027-12-31",
    "inputs": [{"type": "police.missing_reported", "roles": ["missing_person"]}],
    "window_days": 90,
    "threshold": 3,
    "weight": 1,
    "lowers": "Fewer reports of going missing.",
}


def _parse(**changes):
    card = {key: value for key, value in (CARD | changes).items() if value is not None}
    return parse(yaml.safe_dump(card), "a-card.yaml")


def _input(**changes):
    return {"inputs": [CARD["inputs"][0] | changes]}


def test_a_card_loads_as_it_was_written():
    card = _parse(half_life_days=45, window_days=90.0)

    assert (card.id, card.measure, dict(card.parameters)) == ("a-card", "count", {"at_least": 3})
    assert (card.approved_on, card.expires_on) == (date(2026, 1, 5), date(2027, 12, 31))
    assert (repr(card.window_days), card.weight, card.half_life_days, card.local) == ("90", 1.0, 45, True)
    assert card.inputs[0].roles == {"missing_person"}


def test_an_input_may_say_when_its_event_counts_and_how_long():
    changes = {"type": "social_care.missing_from_care", "dated_by": "ended", "lasts_until": "ended"}

    (item,) = _parse(**_input(**changes)).inputs

    assert (item.dated_by, item.lasts_until, item.field_names) == ("ended", "ended", {"ended"})


QUIET = {"measure": "gone_quiet", "events_min": 3, "days_min": 28, "gaps": 2, "feed_days": 7, "days_max": 730} | {
    "ignore": []
}
ENDING = {"type": "police.missing_located", "roles": "any", "began": "missing_since"}


def test_an_input_may_say_what_ends_its_event():
    back = {"type": "social_care.missing_from_care", "roles": "any", "dated_by": "ended"}

    (item,) = _parse(**_input(unended={"hours": 24, "by": [ENDING, back]})).inputs

    assert item.unended.hours == 24.0
    assert [(end.type, end.dated_by, end.began) for end in item.unended.by] == [
        ("police.missing_located", None, "missing_since"),
        ("social_care.missing_from_care", "ended", None),
    ]


def test_codes_survive_being_written_down():
    inputs = "[{type: social_care.care_leaver_contact, roles: any, where: {in_touch: [NO, YES], activity: [01, F1]}}]"
    text = yaml.safe_dump(CARD | {"inputs": "INPUTS"}).replace("INPUTS", inputs)

    (item,) = parse(text, "a-card.yaml").inputs

    assert item.where == {"in_touch": {"no", "yes"}, "activity": {"01", "f1"}}
    assert len(item.roles) == 7


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": None}, "'source' is a required property"),
        ({"expires_on": None}, "'expires_on' is a required property"),
        ({"owner": None}, "'owner' is a required property"),
        ({"lowers": None}, "'lowers' is a required property"),
        ({"window_days": None}, "'window_days' is a required property"),
        ({"score": 4}, "Additional properties are not allowed"),
        ({"expires_on": "2026-01-05"}, "expires before it is approved (2026-01-05 <= 2026-01-05)"),
        ({"approved_on": "2026-02-30"}, "approved_on is no date"),
        ({"threshold": {"measure": "score"}}, "no measure score; there are count,"),
        ({"threshold": {"measure": "unbroken", "weeks": 4}}, "measure unbroken takes exactly days"),
        (_input(type="police.rumour"), "no event type police.rumour"),
        (_input(where={"mood": ["low"]}), "police.missing_reported has no field mood"),
        (_input(where={"reference": ["1"]}), "field reference is labelled internal"),
        (_input(unless={"notes": ["x"]}), "field notes is labelled free-text"),
        (
            _input(where={"risk_level": ["high"]}, unless={"risk_level": ["High", "medium"]}),
            "field risk_level: unless holds whenever where does, so nothing is heard; leave one of them out",
        ),
        (_input(sees=["associates"]), "field associates is labelled third-party"),
        (_input(dated_by="ended"), "police.missing_reported has no field ended"),
        (_input(lasts_until="ended"), "police.missing_reported has no field ended"),
        (_input(dated_by="risk_level"), "police.missing_reported field risk_level holds no moment"),
        (_input(lasts_until="last_seen_location"), "field last_seen_location holds no moment"),
        (_input(part="start") | {"threshold": {"measure": "unbroken", "days": 4}}, "measure unbroken hears what lasts"),
        (_input() | {"kind": "quiet", "threshold": QUIET}, "measure gone_quiet hears what lasts; give each input"),
        (_input(unended={"hours": 0, "by": [ENDING]}), "0 is less than or equal to the minimum of 0"),
        (_input(unended={"hours": 24, "by": []}), "[] should be non-empty"),
        (_input(unended={"hours": 24, "by": [ENDING | {"part": "ends"}]}), "('part' was unexpected)"),
        (
            _input(unended={"hours": 24, "by": [ENDING]}, dated_by="last_seen"),
            "counts from its own moment; leave out last_seen",
        ),
        (_input(unended={"hours": 24, "by": [ENDING | {"began": "harm_found"}]}), "field harm_found holds no moment"),
        (_input(unended={"hours": 24, "by": [ENDING | {"dated_by": "ended"}]}), "police.missing_located has no field"),
        (
            _input(unended={"hours": 24, "by": [ENDING]}, part="ends"),
            "not ends of count; leave out unended",
        ),
        (_input(part="end"), "measure count has no part end; it takes ends, evidence"),
        (_input(roles=["bystander"]), "inputs.0.roles.0: 'bystander' is not one of ['subject', 'victim'"),
        (_input(roles=[]), "inputs.0.roles: [] should be non-empty; see policies/schemas/rulecard.schema.json"),
    ],
    ids=[
        *("no source", "no expiry", "no owner", "nothing lowers it", "no window", "a score"),
        *("expires before approval", "no date", "unknown measure", "wrong parameters"),
        *(
            "unknown type",
            "unknown field",
            "internal field",
            "free text",
            "an exception to all",
            "third party",
            "no such date",
            "no such end",
        ),
        *(
            "a date that is none",
            "an end that is none",
            "nothing that lasts",
            "nothing that lasts for a silence",
            "open for no time",
            "ended by nothing",
            "an end that is a part",
            "both dated and unended",
            "a beginning that is none",
            "a date that the end lacks",
            "what ends, unended",
            "unknown part",
            "unknown role",
            "no role",
        ),
    ],
)
def test_a_card_that_breaks_a_rule_is_refused_and_told_why(changes, said):
    with pytest.raises(InvalidAgreement, match=re.escape(said)) as refusal:
        _parse(**changes)

    assert str(refusal.value).startswith("a-card.yaml: ")


ABSENCE = {"measure": "absence", "share": 0.1, "sessions_min": 36, "sessions_term_max": 150, "marks_days": 42}
CLOSED = [("case_closed", {"part": "closing"}), ("referral", {})]
OFF_ROLL = {"type": "school.off_roll", "roles": "any"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"threshold": {"measure": "count", "at_least": 0}},
            "count: at_least is 0; write a whole number from 1",
        ),
        ({"threshold": {"measure": "days", "at_least": "three"}}, "at_least is 'three'; write a whole number from 1"),
        ({"threshold": {"measure": "days", "at_least": 1.5}}, "at_least is 1.5; write a whole number from 1"),
        (
            {"threshold": {"measure": "across_agencies", "at_least": 2, "agencies": 5}},
            "agencies is 5; write a whole number from 1 to 4",
        ),
        (
            {"threshold": ABSENCE | {"share": 10}},
            "measure absence: share is 10; write a number from 0.01 to 1",
        ),
        ({"kind": "quiet", "threshold": QUIET | {"events_min": 1}}, "events_min is 1; write a whole number from 2"),
        (
            {"kind": "quiet", "threshold": QUIET | {"ignore": ["police.arrest"]}},
            "['police.arrest']; write a list",
        ),
        ({"threshold": QUIET}, "measure gone_quiet is for a card of kind quiet, not concern"),
        ({"kind": "challenge"}, "measure count is for a card of kind concern or protective, not challenge"),
        (
            {"kind": "challenge", "threshold": {"measure": "closed_while_worried", "days": 84}},
            "measure closed_while_worried never holds without an input of part closing; give one",
        ),
        (
            {"threshold": {"measure": "across_agencies", "at_least": 2, "agencies": 2}},
            "agencies is 2, and the evidence is of 1; hear more of them",
        ),
        (
            {"threshold": {"measure": "days", "at_least": 91}},
            "measure days: at_least is 91 of 90 window_days; ask for no more than there are",
        ),
        (
            {
                "kind": "challenge",
                "threshold": {"measure": "closed_while_worried", "days": 84},
                "inputs": [{"type": f"social_care.{kind}", "roles": "any"} | part for kind, part in CLOSED],
            },
            "its evidence is of the agency that closes; hear another one",
        ),
        ({"threshold": ABSENCE}, "measure absence is of school sessions; hear events with a meaning"),
        (
            {"inputs": [*CARD["inputs"], {"type": "nhs.appointment", "roles": "any", "part": "ends"}]},
            "nhs ends nothing, as no evidence is its own; hear some, or leave out what ends",
        ),
        (_input(type="police.retraction"), "police.retraction is never on a timeline, so nothing is heard"),
        (_input(part="ends"), "measure count never holds without an input of part evidence; give one"),
        (
            {"inputs": [OFF_ROLL | {"where": {"destination_known": ["no"]}}]},
            "field destination_known holds true or false (without quotes), and 'no' is none; write what it holds",
        ),
        ({"inputs": [OFF_ROLL | {"unless": {"destination_known": [0]}}]}, "and 0 is none; write what it holds"),
        (_input(where={"repeat_count": ["3"]}), "field repeat_count holds numbers, and '3' is none"),
        (_input(where={"risk_level": [3]}), "field risk_level holds text, and 3 is none"),
        (_input(at_least={"risk_level": 3}), "field risk_level holds text, and 3 is none"),
    ],
)
def test_a_card_that_would_hold_always_or_never_or_break_a_page_is_refused(changes, said):
    with pytest.raises(InvalidAgreement, match=re.escape(said)):
        _parse(**changes)


@pytest.mark.parametrize("role", ["victim", "witness", "missing_person", "child_under_10"])
def test_no_offending_card_takes_a_role_in_which_a_child_was_harmed_or_cannot_offend(role):
    changes = _input(type="police.arrest", roles=["suspect", role])

    with pytest.raises(InvalidAgreement, match=f"an offending card cannot take role {role}"):
        _parse(category="offending", **changes)
    assert _parse(category="victimisation", **changes)


@pytest.mark.parametrize("age", [{}, {"age_years_min": 9}])
def test_no_offending_card_takes_what_a_child_under_10_did(age):
    suspect = {"type": "police.arrest", "roles": ["suspect"]}

    with pytest.raises(InvalidAgreement, match="cannot take what a child did before the age of 10"):
        _parse(category="offending", **_input(**suspect, **age))
    assert _parse(category="offending", **_input(**suspect, age_years_min=10))


def test_no_offending_card_takes_any_role():
    with pytest.raises(InvalidAgreement, match="an offending card cannot take role child_under_10"):
        _parse(category="offending", **_input(type="police.arrest", roles="any"))


@pytest.mark.parametrize(
    "kind",
    [
        *("police.victim_of_crime", "police.operation_encompass", "police.missing_located"),
        *("nhs.emergency_attendance", "nhs.child_protection_flag", "social_care.missing_from_care"),
        *("nhs.admission", "school.safeguarding_concern", "social_care.referral"),
    ],
)
def test_no_offending_card_takes_an_event_of_harm_whatever_role_it_names(kind):
    with pytest.raises(InvalidAgreement, match=f"cannot take event type {kind}"):
        _parse(category="offending", **_input(type=kind, roles=["suspect"]))


def test_text_that_is_no_yaml_is_refused():
    with pytest.raises(InvalidAgreement, match=r"a-card\.yaml: not readable as YAML"):
        parse("{", "a-card.yaml")


def test_brackets_without_end_are_refused():
    with pytest.raises(InvalidAgreement, match=r"a-card\.yaml: not readable as YAML"):
        parse("[" * 500, "a-card.yaml")


def test_a_file_that_was_not_saved_as_utf_8_is_refused(tmp_path):
    (tmp_path / "a-card.yaml").write_bytes(yaml.safe_dump(CARD).encode() + "# café\n".encode("cp1252"))
    with pytest.raises(InvalidAgreement, match=r"a-card\.yaml: not text in UTF-8: save it so"):
        load(tmp_path)


@pytest.mark.parametrize("key", ["true", "7", "0.5"])
def test_a_field_that_yaml_takes_for_no_text_is_refused(key):
    text = yaml.safe_dump(CARD | _input(where={"risk_level": ["high"]})).replace("risk_level:", f"{key}:")
    with pytest.raises(InvalidAgreement, match=rf"line \d+: the key {key} is no text to YAML: put it in quotes"):
        parse(text, "a-card.yaml")


def test_a_key_given_twice_is_refused():
    text = yaml.safe_dump(CARD, sort_keys=False) + "threshold: 1\n"
    with pytest.raises(
        InvalidAgreement, match=r"a-card\.yaml: not readable as YAML: line \d+: the key 'threshold' is given twice"
    ):
        parse(text, "a-card.yaml")


@pytest.mark.parametrize("text", ["", "- a", "7"])
def test_yaml_that_is_no_card_is_refused(text):
    with pytest.raises(InvalidAgreement, match="is not of type 'object'"):
        parse(text, "a-card.yaml")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("one.yaml", "one.yaml: its id is a-card: name the file after it"),
        ("a-card.yml", "a-card.yml: only .yaml files are read: name it a-card.yaml"),
        ("a-card.txt", "holds no rule card"),
    ],
)
def test_a_card_that_would_be_missed_in_its_file_is_refused(tmp_path, name, said):
    (tmp_path / name).write_text(yaml.safe_dump(CARD), encoding="utf-8")
    with pytest.raises(InvalidAgreement, match=re.escape(said)):
        load(tmp_path)


@pytest.mark.parametrize(
    ("today", "fires"),
    [("2026-01-04", False), ("2026-01-05", True), ("2027-12-30", True), ("2027-12-31", False)],
    ids=["before approval", "approved", "last day", "expired"],
)
def test_a_card_is_in_force_from_its_approval_to_the_day_before_it_expires(today, fires):
    assert _parse().in_force(date.fromisoformat(today)) is fires


def test_each_measure_says_what_an_input_may_be_to_it():
    assert set(PARTS) == set(MEASURES)


class TestShippedCards:
    def test_there_are_ten_concerns_and_six_protective_factors_at_least(self):
        kinds = [card.kind for card in load()]

        assert kinds.count("concern") >= 10
        assert kinds.count("protective") >= 6
        assert kinds.count("quiet") == kinds.count("challenge") == 1

    def test_each_is_named_as_its_file(self):
        assert {card.id for card in load()} == {path.stem for path in RULES.glob("*.yaml")}

    @pytest.mark.parametrize(
        "words", ["lifestyle choice", "risky behaviour", "did not attend", "DNA", "failed to", "score"]
    )
    def test_none_speaks_of_children_in_words_that_blame_them(self, words):
        text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.yaml")))

        assert words not in text

    def test_a_threshold_without_a_published_number_says_that_it_is_local(self):
        assert [card.id for card in load() if "are local" in card.source and not card.local] == []


def test_a_key_given_twice_is_an_error_and_not_the_last_one_wins():
    text = (RULES / "repeat-arrest.yaml").read_text(encoding="utf-8") + "category: education\n"
    with pytest.raises(InvalidAgreement, match="the key 'category' is given twice"):
        parse(text, "a-card.yaml")


def test_a_card_that_hears_a_code_for_weapon_or_prohibited_item_says_so():
    """The code does not say which of the two it was, and a child who brought a vape carries no weapon."""
    (card,) = (card for card in load() if card.id == "carrying-weapons")
    heard = {reason for item in card.inputs for reason in item.where.get("reasons", ())}
    titles = [codes.title("exclusion_reason", reason.upper(), date(2026, 1, 1)) for reason in heard]
    assert len(titles) == 2
    assert all(title is not None and "weapon or prohibited item" in title for title in titles)
    assert "weapon or prohibited item" in card.words


@pytest.mark.parametrize("name", ["protection-flag-ended", "same-social-worker", "stable-placement"])
def test_what_reassures_by_what_is_not_there_says_that_it_may_be_withheld(name):
    """A flag that stands may be restricted, and wait for a person: nobody may read that there is none."""
    (card,) = (card for card in load() if card.id == name)
    assert "as far as this view can see" in card.words
