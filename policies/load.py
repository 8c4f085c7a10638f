"""The policy that runs: agreements, audiences, prohibitions and Rego of one directory, checked, with a revision.

Both engines get the same data document and the same Rego from here; the revision is in every answer they give.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, TypeVar

from policies import data, files, prohibition, terms
from policies.attributes import PROHIBITION, REQUIRED, field_labels
from policies.prohibition import Prohibition
from policies.terms import Agreement, Audience, Clause
from schemas.catalogue import event_records
from schemas.errors import InvalidAgreement
from schemas.vocabulary import NEVER_PASS, Outcome

HERE = Path(__file__).parent
PACKAGE = "fanlight.sharing"
_KINDS = ("agreements", "audiences", "prohibitions")
#: Where a YAML file is read: by this module, and by those for rule cards, remits and cases.
_FOLDERS = (*_KINDS, "rules", "remits", "cases")
_REGO = "rego/"
_REVISION_DIGITS = 32
_ROOTS = ("agreements", "audiences", "fanlight/sharing", "index", "prohibitions", "revision")

Named = TypeVar("Named", Agreement, Audience, Prohibition)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """Everything that decides, at one revision."""

    agreements: Mapping[str, Agreement]
    audiences: Mapping[str, Audience]
    prohibitions: Mapping[str, Prohibition]
    #: The files it was read from, by their paths within its directory.
    texts: Mapping[str, str]
    revision: str
    boundaries_ns: tuple[int, ...]

    @classmethod
    def load(cls, directory: Path = HERE) -> "PolicySet":
        """The policy in a directory, or `InvalidAgreement` for the first thing in it that is not in order."""
        texts = _texts(directory)
        found = cls.of(texts, _revision(texts))
        if _texts(directory) != texts:
            raise InvalidAgreement(f"{directory}: files changed while they were read: start again")
        return found

    @classmethod
    def of(cls, texts: Mapping[str, str], revision: str) -> "PolicySet":
        """The policy that these files are, by their paths; `InvalidAgreement` as `load`."""
        audiences = _unique((n, terms.audience(d, n)) for n, d in _documents(texts, "audiences", "audience"))
        agreements = _unique(
            (n, terms.agreement(d, n, audiences)) for n, d in _documents(texts, "agreements", "agreement")
        )
        prohibitions = _unique(
            (n, prohibition.parse(item, n))
            for n, items in _documents(texts, "prohibitions", "prohibition")
            for item in items
        )
        _check_floor(prohibitions)
        return cls(
            agreements=MappingProxyType(agreements),
            audiences=MappingProxyType(audiences),
            prohibitions=MappingProxyType(prohibitions),
            texts=MappingProxyType(dict(texts)),
            revision=revision,
            boundaries_ns=_boundaries(agreements.values()),
        )

    @property
    def rego(self) -> Mapping[str, str]:
        """The Rego by its paths within its folder."""
        return {name.removeprefix(_REGO): text for name, text in self.texts.items() if name.startswith(_REGO)}

    def demand_revision(self, revision: str) -> "PolicySet":
        """The set itself, if it is of the revision that is to run; an empty `revision` is any.

        Raises InvalidAgreement if it is of another. A program that died and comes back must not put in force what
        somebody has begun to edit since.
        """
        if revision not in ("", self.revision):
            raise InvalidAgreement(
                f"the policies are of revision {self.revision}, and {revision} is to run: put its files back, or start "
                "the stack anew for these"
            )
        return self

    def epoch_ns(self, now_ns: int) -> int:
        """Start of the stretch around `now_ns` in which no agreement begins, ends or falls due for review."""
        passed = bisect_right(self.boundaries_ns, now_ns)
        return self.boundaries_ns[passed - 1] if passed else 0

    def clause(self, agreement: str, clause: str) -> Clause | None:
        """A clause by name; none where this revision has no such clause."""
        found = self.agreements.get(agreement)
        return found.clauses.get(clause) if found else None

    def question(self, reason: str) -> str | None:
        """What a person answers of an event that is left to them for this reason; None for every other reason.

        Of a clause it is what the clause lets through in this revision: whoever releases an event answers for no more.
        """
        kind, _, name = reason.partition(":")
        if kind == PROHIBITION and (law := self.prohibitions.get(name)) is not None:
            return reason if law.effect == Outcome.REVIEW else None
        agreement, _, clause = name.partition("/")
        terms = self.clause(agreement, clause) if kind == REQUIRED else None
        return terms.question if terms is not None and terms.outcome == Outcome.REVIEW else None

    def data(self) -> dict[str, Any]:
        """The document that the Rego reads."""
        return data.of(self.agreements, self.audiences, self.prohibitions, self.revision)

    def write_bundle(self, directory: Path) -> Path:
        """An OPA bundle directory: Rego without tests, data, and a manifest with the revision."""
        for name, text in self.rego.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        manifest = {"revision": self.revision, "roots": list(_ROOTS), "rego_version": 1}
        (directory / ".manifest").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        (directory / "data.json").write_text(json.dumps(self.data(), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return directory


def _texts(directory: Path) -> dict[str, str]:
    """The files of a policy, by their paths within its directory."""
    found: dict[str, str] = {}
    for kind in _KINDS:
        paths = files.listed(directory / kind)
        if not paths:
            raise InvalidAgreement(f"{directory}/{kind} holds no YAML file: a policy without {kind} is not one")
        found |= {f"{kind}/{path.name}": files.text_of(path) for path in paths}
    files.demand_placed(directory, _FOLDERS)
    rego = [p for p in sorted((directory / "rego").rglob("*.rego")) if not p.stem.endswith("_test")]
    if not rego:
        raise InvalidAgreement(f"{directory}/rego holds no policy: nothing could be decided")
    return found | {p.relative_to(directory).as_posix(): files.text_of(p) for p in rego}


def _documents(texts: Mapping[str, str], kind: str, schema: str) -> Iterator[tuple[str, Any]]:
    """The documents of one kind, each with the name of its file."""
    for path in (PurePosixPath(name) for name in texts if name.startswith(f"{kind}/")):
        content = files.checked(texts[str(path)], schema, path.name)
        if isinstance(content, dict):
            files.demand_named(path, content["id"])
        yield path.name, content


def _unique(items: Iterable[tuple[str, Named]]) -> dict[str, Named]:
    found: dict[str, Named] = {}
    for file, item in items:
        if item.id in found:
            raise InvalidAgreement(f"{file}: {item.id} is given twice: ids are unique")
        found[item.id] = item
    return found


def _check_floor(prohibitions: Mapping[str, Prohibition]) -> None:
    """Some labels never pass, in no circumstances: that must stand in the files where a board reads it."""
    for label in sorted(NEVER_PASS):
        if not any(each.always_drops and label in each.labels for each in prohibitions.values()):
            raise InvalidAgreement(f"prohibitions: nothing drops the label {label} always: add that to fields.yaml")


def _revision(texts: Mapping[str, str]) -> str:
    """A digest of all that decides: the files, and the labels that the Avro records carry."""
    digest = hashlib.sha256()
    for name, text in texts.items():
        _feed(digest, name.removeprefix(_REGO), text.encode())
    labels = {event_type: dict(field_labels(event_type)) for event_type in event_records()}
    _feed(digest, "labels", json.dumps(labels, sort_keys=True).encode())
    return digest.hexdigest()[:_REVISION_DIGITS]


def _feed(digest: "hashlib._Hash", name: str, content: bytes) -> None:
    """Lengths in front, so that no two lists of files feed the same bytes."""
    for part in (name.encode(), content):
        digest.update(len(part).to_bytes(8, "big") + part)


def _boundaries(agreements: Iterable[Agreement]) -> tuple[int, ...]:
    return tuple(sorted({ns for a in agreements for ns in (a.in_force_from_ns, a.in_force_until_ns, a.review_by_ns)}))
