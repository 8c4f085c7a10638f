"""The documents against the code: what exists is documented where it belongs, and what is documented exists."""

import ast
import json
import re
import shlex
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from connectors.formats import FORMATS
from connectors.mapping import shipped
from fanlight.command_line import app
from fanlight.commands import governing
from policies import files, remits, rulecards
from policies.explain import REASONS
from policies.load import PolicySet
from schemas import evidence, topics
from schemas.catalogue import definitions, event_records
from schemas.vocabulary import Agency
from streams.app import WorkerSettings
from streams.health import Health
from streams.splicing import GRANT
from streams.timeline.present import present
from views import analyst, doors, governance, health, steward, streaming
from views import words as page_words
from views.__main__ import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("schemas", "policies", "connectors", "streams", "views", "fanlight")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PARTNERS, ANALYSTS, GOVERNANCE, STEWARDS, ARCHITECTURE, EXTENDING = (
    (ROOT / "docs" / f"{name}.md").read_text()
    for name in ("partners", "analysts", "governance", "stewards", "architecture", "extending")
)
POLICY = PolicySet.load()
CLI = typer.main.get_command(app)
ROUTES = {
    re.sub(r"\{\w+\}", "ID", route.path)
    for part in (doors, analyst, streaming, steward, governance, health)
    for route in part.router.routes
} | {page.canonical for page in Health("identify").application().router.resources()}
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def spans(text: str) -> list[str]:
    """Everything written as code within a sentence or a table."""
    return _SPAN.findall(prose(text))


def fences(text: str, *kinds: str) -> list[str]:
    return [
        "\n".join(line.removeprefix(m[1]) for line in m[3].splitlines()) for m in _FENCE.finditer(text) if m[2] in kinds
    ]


def section(text: str, heading: str) -> str:
    """What stands under a heading, to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no heading {heading}"
    return found[1]


def table(text: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading, each as its cells."""
    rows = re.findall(r"^\|(.*)\|$", section(text, heading), re.MULTILINE)
    return [[cell.strip() for cell in row.split("|")] for row in rows[2:]]


def codes(cell: str) -> tuple[str, ...]:
    return tuple(_SPAN.findall(cell))


def listed(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


# Links and places


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(page):
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
        place, _, part = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (page.parent / place).resolve() if place else page
        headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE) if part and file.exists() else []
        if not file.exists() or (part and part not in map(anchor, headings)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_and_folder_that_a_page_names_is_there(page):
    of_ours = re.compile(rf"(?:{'|'.join((*ROOMS, 'tests', 'docs', 'benchmarks', 'tools'))})/[\w./*-]*")
    if page.name == "CHANGELOG.md":
        return  # it speaks of the past
    named = [span for span in spans(page.read_text()) if of_ours.fullmatch(span)]
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_address_that_a_page_names_is_served(page):
    named = {span for span in spans(page.read_text()) if re.fullmatch(r"/[a-z][\w/-]*", span)}
    assert named - ROUTES - {"/proc"} == set()  # the kernel's, which the benchmark reads


# Commands


def commands(text: str) -> Iterator[list[str]]:
    """Each command of ours in the examples of a page, as its words."""
    for block in fences(text, "sh", ""):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\||;", line.partition("#")[0]):
                words = shlex.split(part) if re.match(r"\s*(fanlight|make) ", part) else []
                if words:
                    yield words


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_shown_is_one_that_can_be_given(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wrong = []
    for words in commands(page.read_text()):
        if words[0] == "make":
            wrong += [] if words[1] in targets else [words]
            continue
        try:
            command, rest = found_command(words[1:])
            assert not hasattr(command, "commands"), "no command of ours"
            command.make_context(words[1], rest)
        except Exception as fault:  # Typer brings its own copy of click, whose errors have no public name
            wrong.append((words, fault))
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_mentioned_exists_with_the_options_mentioned(page):
    wrong = []
    for span in spans(page.read_text()):
        if not re.match(r"fanlight [a-z]+\b", span):
            continue
        command, _ = found_command(re.findall(r"[a-z]+", span.partition("--")[0])[1:])
        if not set(re.findall(r"--[a-z-]+", span)) <= options_of(command):
            wrong.append(span)
    assert wrong == []


def found_command(words: list[str]) -> tuple[typer.core.TyperCommand, list[str]]:
    """The command that the words begin with, within its group if it has one, and the words after it."""
    command = CLI
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def options_of(command: typer.core.TyperCommand) -> set[str]:
    params = command.params if command is not CLI else []
    return {option for param in params if param.param_type_name == "option" for option in param.opts} | {"--help"}


def leaves(group: typer.core.TyperGroup, *above: str) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    """Every command that does something, by all the words one gives."""
    for called, command in group.commands.items():
        inside = hasattr(command, "commands")
        yield from leaves(command, *above, called) if inside else [(" ".join((*above, called)), command)]


def test_every_command_and_every_option_is_in_the_table_of_commands():
    documented = {
        re.match(r"[a-z]+(?: [a-z]+)*", codes(row[0])[0])[0]: set(codes(row[1]))
        for row in table(ARCHITECTURE, "Commands")
    }
    assert documented == {called: options_of(command) - {"--help"} for called, command in leaves(CLI)}


# What comes in


def test_every_format_and_mapping_is_documented_and_no_other():
    said = section(ARCHITECTURE, "Commands").partition("Formats:")[2]
    named, _, mapped = said.partition("Shipped mappings")
    assert codes(named) == tuple(FORMATS)
    assert codes(mapped) == ("csv", *shipped())


def test_every_format_is_in_the_partners_guide():
    assert set(FORMATS) - set(spans(PARTNERS)) == set()


def test_every_mapping_that_the_partners_guide_names_is_shipped():
    used = re.findall(r"--mapping ([a-z-]+)", PARTNERS)
    rows = [row for row in table(PARTNERS, "What do I send, and why am I allowed to?") if "mapping" in row[2]]
    used += [code for row in rows for code in codes(row[2]) if code not in FORMATS and "…" not in code]
    assert used
    assert set(used) - set(shipped()) == set()


#: How a record is refused, and where in the call the code stands.
REFUSING = {"refused": 2, "required": 2, "Refused": 0, "Crowded": 0, "rejection": 1}


def rejection_codes() -> set[str]:
    """Every code with which some code of ours refuses a record."""
    found: set[str] = set()
    for path in [*(ROOT / "connectors").rglob("*.py"), *(ROOT / "streams").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = REFUSING.get(node.func.id)
                given = node.args[place : place + 1] if place is not None else []
                given += [
                    k.value for k in node.keywords if k.arg == "code" and node.func.id in (*REFUSING, "Rejection")
                ]
            elif isinstance(node, ast.Dict) and "rejection_id" in {getattr(k, "value", None) for k in node.keys}:
                given = [v for k, v in zip(node.keys, node.values, strict=True) if getattr(k, "value", None) == "code"]
            else:
                continue
            found |= {v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)}
    return found


def test_every_rejection_code_is_documented_and_no_other():
    documented = {code for row in table(PARTNERS, "Reason codes") for code in codes(row[0])}
    more = re.search(r"\* \*\*Rejections\*\*.*?(?=\n\n|\n\* )", ARCHITECTURE, re.DOTALL)
    assert more
    documented |= {code for code in codes(more[0]) if re.fullmatch(r"[a-z_]+", code)}
    assert documented == rejection_codes()


# What a fact is


def test_every_event_type_is_in_the_table_of_event_types_and_no_other():
    documented = []
    for who, types in table(ARCHITECTURE, "Event types"):
        prefix = codes(who)[0]
        whose = [f"{agency}." for agency in Agency] if prefix == "AGENCY." else [prefix]
        documented += [agency + kind for agency in whose for kind in codes(types)]
    assert sorted(documented) == sorted(event_records())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_event_type_that_a_page_names_exists(page):
    feeds = {f"{agency}.{format_name}" for agency in Agency for format_name in FORMATS}
    shaped = re.compile(rf"(?:{'|'.join(Agency)})\.[a-z][a-z_-]+")
    text = page.read_text()
    named = {span for span in spans(text) if shaped.fullmatch(span)}
    named |= {word for block in fences(text, "json", "yaml") for word in re.findall(rf"\b{shaped.pattern}\b", block)}
    assert named - set(event_records()) - feeds == set()


def programs(cell: str) -> set[str]:
    said = cell.replace("nobody yet; for an audit", "audit").replace("the command line", "command line")
    return set(said.split(", "))


def test_every_topic_is_in_the_table_of_topics_with_who_writes_and_reads_it_and_no_other():
    real = {}
    for topic in topics.table(tuple(POLICY.audiences)):
        kind = re.sub(rf"^events\.({'|'.join(Agency)})$", "events.AGENCY", topic.name)
        kind = re.sub(rf"\.({'|'.join(POLICY.audiences)})$", ".AUDIENCE", kind)
        real[kind] = (topic.compacted, set(topic.written_by), set(topic.read_by))
    assert {
        codes(topic)[0]: ("compacted" in carries, programs(writers), programs(readers))
        for topic, carries, _, writers, readers in table(ARCHITECTURE, "Topics")
    } == real


# Who may


def test_the_table_of_agreements_is_what_the_files_say():
    assert table(GOVERNANCE, "Agreements") == [
        [f"`{a.id}`", a.title, str(a.tier), a.version, f"`{a.status}`", a.in_force_from, a.in_force_until, a.review_by]
        for a in POLICY.agreements.values()
    ]


def test_the_table_of_clauses_is_what_the_files_say():
    signed = [clause for agreement in POLICY.agreements.values() for clause in agreement.document["clauses"]]
    columns = ("agencies", "audiences", "event_types", "purposes")
    assert table(GOVERNANCE, "Clauses") == [
        [f"`{clause['id']}`", *(listed(clause[column]) for column in columns), clause["outcome"]] for clause in signed
    ]


def test_the_table_of_prohibitions_is_what_the_files_say():
    assert table(GOVERNANCE, "Prohibitions") == [[f"`{p.id}`", p.title, p.effect] for p in POLICY.prohibitions.values()]


def test_the_table_of_remits_is_what_the_files_say():
    documented = {
        codes(name)[0]: frozenset(codes(agencies)) for name, agencies in table(STEWARDS, "Who may, and what they see")
    }
    assert documented == {remit.id: remit.agencies for remit in remits.load().values()}


def test_a_steward_finds_every_reason_and_every_decision_explained():
    rows = {row[0] for row in table(STEWARDS, "A walk")}
    shown = {page_words.WHYS[why] for why in evidence.WHYS} | {page_words.JUDGEMENTS[kind] for kind in steward.CHOICES}
    assert shown - rows == set()


def test_every_reason_code_is_in_the_table_of_reason_codes_and_no_other():
    rows = {codes(code)[0]: words for code, words in table(GOVERNANCE, "Reason codes")}
    named = {"clause_requires_review:AGREEMENT/CLAUSE", "prohibition:ID", "released:REASON", "unknown:NAME"}
    assert set(rows) == {*REASONS, *named}
    rego = POLICY.rego["fanlight/sharing/sharing.rego"]
    attributes = set(re.findall(r'contains "unknown:(\w+)"', rego))
    for found in re.findall(r"some name in \[(.*?)\]\s+\"unknown\"", rego, re.DOTALL):
        attributes |= set(re.findall(r'"(\w+)"', found))
    assert set(codes(rows["unknown:NAME"])) == attributes


def test_every_field_of_an_agreement_is_in_the_table_of_fields_and_no_other():
    schema = json.loads((ROOT / "policies/schemas/agreement.schema.json").read_text())["properties"]
    rows = table(GOVERNANCE, "An agreement is a file")
    assert sorted(code for row in rows for code in codes(row[0])) == sorted(schema)
    status = next(row[1] for row in rows if codes(row[0]) == ("status",))
    assert set(codes(status)) == set(schema["status"]["enum"])


def test_the_clause_shown_is_the_clause_that_runs():
    (shown,) = (block[0] for block in map(yaml.safe_load, fences(GOVERNANCE, "yaml")) if "text" in block[0])
    signed = POLICY.agreements["exploitation-and-missing"].document["clauses"]
    assert shown == next(clause for clause in signed if clause["id"] == shown["id"])


def test_the_case_shown_is_one_of_the_cases():
    (shown,) = (block[0] for block in map(yaml.safe_load, fences(GOVERNANCE, "yaml")) if "expect" in block[0])
    book = [case for file in (ROOT / "policies/cases").glob("*.yaml") for case in yaml.safe_load(file.read_text())]
    assert shown in book


def test_every_purpose_of_the_analyst_is_explained_and_no_other():
    explained = [codes(row[0])[0] for row in table(ANALYSTS, "Start, sign in, say why")]
    assert sorted(explained) == sorted(POLICY.audiences["police-intelligence-analyst"].purposes)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_clause_that_a_page_names_was_signed(page):
    signed = {clause for agreement in POLICY.agreements.values() for clause in agreement.clauses}
    prefixes = "|".join({clause.partition("-")[0] for clause in signed})
    text = prose(page.read_text()) + "".join(fences(page.read_text(), "json", "yaml"))
    assert set(re.findall(rf"\b(?:{prefixes})-\d+\b", text)) - signed == set()


# What is seen


def test_the_table_of_rule_cards_is_what_the_files_say():
    kinds = ("concern", "protective", "quiet", "challenge")
    cards = sorted(rulecards.load(), key=lambda card: (kinds.index(card.kind), card.id))
    assert table(ANALYSTS, "Rule cards") == [
        [f"`{card.id}`", card.title, card.kind, card.owner, str(card.expires_on)] for card in cards
    ]


@pytest.mark.parametrize(("shown", "schema"), [(0, "audience"), (1, "rulecard")], ids=["audience", "card"])
def test_what_is_shown_to_be_added_is_in_order(shown, schema):
    assert files.checked(fences(EXTENDING, "yaml")[shown], schema, "shown.yaml")["id"]


def test_the_rule_quoted_to_analysts_says_what_its_card_says():
    card = next(card for card in rulecards.load() if card.id == "repeat-missing")
    shown = next(block for block in fences(ANALYSTS, "") if card.title in block)
    for part in (card.words, card.lowers, card.owner):
        assert part in shown


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_json_sample_is_json(page):
    for block in fences(page.read_text(), "json"):
        json.loads(block)


def samples(text: str) -> list[Any]:
    return [json.loads(block) for block in fences(text, "json")]


def test_the_timeline_shown_has_the_keys_of_a_timeline():
    nobody = {"person": "", "audience": "", "redirect": None, "entries": []}
    at = datetime(2026, 11, 22, tzinfo=UTC)
    real = present(nobody, purpose="", policy_withheld="", cards=(), feeds=(), now=at)
    (shown,) = (sample for sample in samples(ANALYSTS) if "withheld" in sample)
    assert set(shown) - set(real) == set()


def test_the_decision_shown_has_the_keys_of_a_decision():
    (shown,) = (sample[0] for sample in samples(GOVERNANCE) if isinstance(sample, list))
    assert set(shown) == {*governing.COLUMNS, *governing.MORE}
    assert [set(grant) for grant in shown["grants"]] == [{field["name"] for field in definitions()[GRANT]["fields"]}]


# What it stands on


def packages(requirements: list[str]) -> list[str]:
    return [re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in requirements]


def test_every_setting_of_workers_and_pages_stands_in_the_table_and_no_other():
    programs: dict[str, set[str]] = defaultdict(set)
    for program, settings in (("workers", WorkerSettings), ("pages", Settings)):
        for field in settings.model_fields:
            programs[f"FANLIGHT_{field.upper()}"].add(program)
    documented = {codes(row[0])[0]: set(row[1].split(", ")) - {"commands"} for row in table(ARCHITECTURE, "Settings")}
    assert {setting: who for setting, who in documented.items() if who} == programs


def test_every_dependency_stands_in_the_table_once_with_its_reason_and_no_other():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    rows = table(ARCHITECTURE, "Dependencies")
    cells = [row[0] for row in rows]
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for cell in cells:
        extra, _, several = cell.rpartition(": ")
        named[extra].update(several.split(", "))
    extras = {"": project["dependencies"], **project["optional-dependencies"]}
    assert named == {extra: Counter(packages(asked)) for extra, asked in extras.items()}
    assert [row for row in rows if not row[1]] == []


def module_patterns() -> list[str]:
    """What the list of modules names, one path or pattern each."""
    patterns, room = [], ""
    for line in fences(section(ARCHITECTURE, "Modules"), "")[0].splitlines():
        if not line.startswith(" "):
            room, _, line = line.partition(" ")
        for named in line.partition("#")[0].split():
            before, brace, rest = named.partition("{")
            inside, _, after = rest.partition("}")
            choices = [before + choice + after for choice in inside.split(",")] if brace else [named]
            patterns += [room + choice for choice in choices]
    return patterns


@pytest.mark.parametrize("row", table(ARCHITECTURE, "Laws"), ids=lambda row: row[0])
def test_each_law_names_a_test_that_is_there(row):
    [test] = codes(row[2])
    file, _, function = test.partition("::")
    assert re.search(rf"^ *(?:async )?def {function}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_everything_in_the_list_of_modules_is_there():
    assert [pattern for pattern in module_patterns() if not list(ROOT.glob(pattern.rstrip("/")))] == []


def test_every_module_is_in_the_list_of_modules():
    documented = {path for pattern in module_patterns() for path in ROOT.glob(pattern.rstrip("/"))}
    modules = {path for room in ROOMS for path in (ROOT / room).rglob("*.py") if path.name != "__init__.py"}
    assert sorted(name(path) for path in modules - documented) == []
