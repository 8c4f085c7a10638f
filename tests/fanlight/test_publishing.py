"""What `fanlight publish` says before a broker is asked anything."""

import os
import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors.mapping import load_mapping, parse
from connectors.publish import Summary
from fanlight import publishing
from fanlight.deployment import Deployment
from fanlight.engines import EmbeddedBroker
from fanlight.errors import StackError
from fanlight.state import StackState
from schemas.broker import Broker
from schemas.keys import DeploymentKey

NOWHERE = Deployment(
    data_dir=Path("nowhere"),
    broker=Broker("127.0.0.1:1", None, None),
    key=DeploymentKey(bytes(32)),
    state=StackState(broker_engine="remote", bootstrap="127.0.0.1:1", opa="embedded"),
)


def refusal(format_name: str, *paths: Path, **said: str) -> str:
    with pytest.raises(StackError) as caught:
        publishing.publish_files(NOWHERE, format_name, list(paths), **said)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize("name", ["no-such-file", "x" * 300])
def test_a_file_that_cannot_be_read_is_named(name: str, tmp_path: Path) -> None:
    assert refusal("csv", tmp_path / name).startswith(f"{tmp_path / name} cannot be read (")


def test_a_folder_without_files_holds_nothing_to_publish(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    assert refusal("csv", tmp_path) == "there is no file to publish in what was named"


def test_of_a_folder_the_files_are_read_that_somebody_put_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inner").mkdir()
    for name in ("b.csv", "a.csv", ".DS_Store"):
        (tmp_path / name).touch()
    assert [source.name for source in publishing._sources([tmp_path])] == ["a.csv", "b.csv"]
    told = capsys.readouterr().err
    assert told.replace("\n", "").endswith("inner is a folder within a folder, and is not read; name it as well")


def test_files_whose_names_are_not_in_utf_8_are_told_apart_in_words(tmp_path: Path) -> None:
    for name in (b"M\xfcller.csv", b"M\xf6ller.csv", "Möller.csv".encode()):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).touch()
    names = {source.name for source in publishing._sources([tmp_path])}
    assert names == {r"M\xfcller.csv", r"M\xf6ller.csv", "Möller.csv"}


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no file is here that can be opened and not read")
def test_a_file_that_opens_and_cannot_be_read_is_named() -> None:
    assert refusal("csv", Path("/proc/self/mem")) == "/proc/self/mem cannot be read (Input/output error)"


def test_a_file_of_a_folder_that_is_not_where_its_link_leads_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").symlink_to("unmounted/b.csv")
    assert refusal("csv", tmp_path) == f"{tmp_path / 'b.csv'} cannot be read (No such file or directory)"


def test_nothing_is_published_where_the_embedded_broker_could_not_keep_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "embedded").mkdir()
    (tmp_path / "embedded" / "kafka.json").write_bytes(bytes(1000))
    (tmp_path / "rows.csv").touch()
    embedded = replace(NOWHERE, data_dir=tmp_path, state=replace(NOWHERE.state, broker_engine="embedded"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50_001_999))
    with pytest.raises(
        StackError, match=r"^there is no room left in \S+: the embedded broker would keep nothing of it$"
    ):
        publishing.publish_files(embedded, "csv", [tmp_path / "rows.csv"])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50_002_000))
    EmbeddedBroker(tmp_path, 0).demand_room()


def test_what_the_embedded_broker_could_not_serve_is_not_published_to_it(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, 0)
    broker.home.mkdir()
    file = broker.home / "kafka.json"
    file.touch()
    os.truncate(file, 1_000_000_000)  # with nothing in it, so it takes no room
    broker.demand_room()
    os.truncate(file, 2_900_000_000)
    with pytest.raises(StackError, match=r"^the embedded broker holds 2\.9 GB in \S+, of which it can serve 1\.0: "):
        broker.demand_room()


def test_a_mapping_for_a_format_that_takes_none_is_said_and_not_ignored(tmp_path: Path) -> None:
    sentence = "hl7v2-adt takes no mapping: leave --mapping out, or publish the file as csv"
    assert refusal("hl7v2-adt", tmp_path, mapping="police-arrests") == sentence


@pytest.mark.parametrize("feed", ["", " ", "two\nlines", "f" * 101])
def test_a_feed_is_named_in_few_words_because_everybody_is_shown_its_name(feed: str, tmp_path: Path) -> None:
    sentence = "a feed's name is shown to every audience: 1 to 100 printable characters"
    assert refusal("csv", tmp_path, feed=feed) == sentence


@pytest.mark.parametrize("code", ["", " ", "@", "A@B", "X" * 41, "Greater Manchester's", "x\t1"])
def test_an_organisation_is_a_code_and_no_sentence(code: str, tmp_path: Path) -> None:
    sentence = "--organisation is a code of up to 40 letters, digits, spaces and . / _ - such as E10000023"
    assert refusal("csv", tmp_path, organisation=code) == sentence


@pytest.mark.parametrize("code", ["gmp", " GMP ", "302/4000", "E10000023"])
def test_an_organisation_is_known_by_its_code_however_it_was_typed(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    monkeypatch.setattr(publishing, "KafkaSink", lambda _: nullcontext(None))
    monkeypatch.setattr(publishing, "publish_delivery", lambda _, __, context, ___: said.append(context) or Summary())
    (tmp_path / "a.csv").touch()
    publishing.publish_files(NOWHERE, "csv", [tmp_path], organisation=code)
    assert [context.organisation for context in said] == [code.strip().upper()]


def test_columns_that_the_mapping_does_not_read_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "arrests\x1b[2J.csv"  # a name cannot steer the terminal
    path.write_text("custody_ref,person_ref,arrested_at,shoe_size,offence_grup\n")
    publishing._tell_unread(publishing._sources([path]), None)
    assert capsys.readouterr().err == "arrests\ufffd[2J.csv: police-arrests does not read shoe_size, offence_grup\n"


@pytest.mark.parametrize(
    ("more", "said"), [("", "reads where a child lives, and no mark"), (", address_withheld: Refuge", "")]
)
def test_a_mapping_that_reads_addresses_and_no_mark_of_protected_ones_is_told(
    more: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    event = "{type: police.arrest, occurred: at}"
    own = parse(
        f"{{name: own, title: t, agency: police, required: [who], subject: who, person: {{postcode: home{more}}},"
        f" events: [{event}]}}",
        "own.yaml",
    )
    publishing._tell_unread([], own)
    err = capsys.readouterr().err.replace("\n", " ")
    assert (said in err) if said else not err


def test_a_record_where_the_header_should_be_is_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "arrests.csv"
    path.write_text("C1,P1,2026-03-01,Robin,Example\n")
    publishing._tell_unread(publishing._sources([path]), load_mapping("police-arrests"))
    assert capsys.readouterr().err == ""
