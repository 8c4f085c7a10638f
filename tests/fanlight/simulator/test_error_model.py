"""An error model of one's own: what it may leave out, and what it is told when it cannot be used."""

import json

import pytest
from jsonschema import Draft202012Validator

from fanlight.simulator import InvalidErrorModel, error_model, load, shipped
from fanlight.simulator.error_model import Rates
from fanlight.simulator.groups import GROUPS
from fanlight.simulator.mistakes import MISTAKES

SCHEMA = json.loads((error_model.HERE / "errors.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_names_the_mistakes_there_are_and_no_other():
    named = {
        field: set(spec["propertyNames"]["enum"]) for field, spec in SCHEMA["$defs"]["errors"]["properties"].items()
    }
    assert named == {field: set(kinds) for field, kinds in MISTAKES.items()}


def test_the_schema_and_the_shipped_model_name_the_groups_there_are():
    assert set(SCHEMA["$defs"]["groups"]["properties"]) == set(GROUPS) == set(shipped().groups)


def test_what_a_file_leaves_out_is_as_shipped(written):
    assert load(written("version: 1\n")) == load(written("errors: {}\n")) == shipped()
    mine = load(written("version: 1\nerrors: {sex: {wrong: 0.5}}\n"))
    ours = {source.name: source for source in shipped().sources}
    for source in mine.sources:
        assert source.errors["given_name"] == ours[source.name].errors["given_name"]
        assert source.errors["sex"].sums[-1] > 10 * ours[source.name].errors["sex"].sums[-1]


def test_a_factor_is_on_every_rate_own_or_not(written):
    twice = load(written("version: 1\nfactor: 2\n"))
    for source, ours in zip(twice.sources, shipped().sources, strict=True):
        for field, rates in source.errors.items():
            assert rates.sums == pytest.approx([2 * total for total in ours.errors[field].sums])


def test_ages_belong_together_and_are_not_merged(written):
    mine = load(written("version: 1\nsources: {police: {known: {0: 0.0, 12: 1.0}}}\n"))
    police = next(source for source in mine.sources if source.name == "police")
    assert [police.knows(age) for age in (0, 5, 11, 12, 17)] == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("text", "key", "fact"),
    [
        ("version: 1\nerrors: {given_name: {typo: 3}}", "errors.given_name.typo", "3 is greater than"),
        ("version: 1\nerrors: {given_name: {typo: -1}}", "errors.given_name.typo", "-1 is less than"),
        ("version: 1\nerrors: {given_name: {typo: often}}", "errors.given_name.typo", "'often' is not of type"),
        ("version: 1\nerrors: {given_name: {tpyo: 0.1}}", "errors.given_name", "'tpyo'"),
        ("version: 1\nerrors: {shoe_size: {typo: 0.1}}", "errors", "'shoe_size'"),
        ("version: 1\nsources: {fire_brigade: {factor: 1}}", "sources", "'fire_brigade'"),
        ("version: 2", "version", "1 was expected"),
        ("[]", "the file", "it has no keys"),
        ("", "the file", "it has no keys"),
        ("version: 1\npeople: {groups: {twin: 0.4, uasc: 0.2}}", "people.groups", "0.6"),
        ("version: 1\ntogether: {careless: {share: 0.5, times: 4}}", "together.careless", "share 0.5 × times 4"),
        ("version: 1\nsources: {nhs: {known: {5: 0.9}}}", "sources.nhs.known", "age 0"),
        ("version: 1\nerrors: {given_name: {typo: .nan}}", "errors.given_name.typo", "nan"),
    ],
)
def test_a_bad_file_is_answered_with_its_key_and_its_value(text, key, fact, written):
    with pytest.raises(InvalidErrorModel) as answer:
        load(written(text))
    assert str(answer.value).startswith(f"mine.yaml: {key}: ")
    assert fact in str(answer.value)


def test_a_file_that_is_no_yaml_is_answered_with_its_line(written):
    with pytest.raises(InvalidErrorModel, match=r"mine\.yaml: not YAML at line 2"):
        load(written("version: 1\nerrors: {given_name: [}\n"))


@pytest.mark.parametrize("text", ["version: 2026-02-30", "[" * 3000], ids=["a date that is none", "brackets"])
def test_a_file_that_yaml_stumbles_over_is_answered_too(text, written):
    with pytest.raises(InvalidErrorModel, match=r"mine\.yaml: not YAML"):
        load(written(text))


def test_nothing_is_quoted_of_a_file_of_records_that_was_named_in_its_place(tmp_path):
    (tmp_path / "records.csv").write_text("source,given_name\nnhs,Quillfeather\n")
    with pytest.raises(InvalidErrorModel, match=r"records\.csv: the file: no error model") as answer:
        load(tmp_path / "records.csv")
    assert "Quillfeather" not in str(answer.value)


def test_a_file_that_is_not_there_is_answered_with_its_name(tmp_path):
    with pytest.raises(InvalidErrorModel, match=r"nowhere\.yaml: cannot be read"):
        load(tmp_path / "nowhere.yaml")


def test_kinds_share_one_throw():
    rates = Rates(("typo", "missing"), (0.1, 0.4))
    assert [rates.draw(chance, 1) for chance in (0.0, 0.09, 0.11, 0.39, 0.41)] == [
        "typo", "typo", "missing", "missing", None,
    ]  # fmt: skip
    assert [rates.draw(chance, 0.5) for chance in (0.04, 0.06, 0.21)] == ["typo", "missing", None]


def test_more_than_certain_is_one_of_them_in_proportion():
    rates = Rates(("typo", "missing"), (0.5, 1.0))
    assert [rates.draw(chance, 4) for chance in (0.0, 0.49, 0.51, 0.999)] == ["typo", "typo", "missing", "missing"]
