"""Given names: which are common, which are short for which, and how two of them go together.

Frozen with the model. Ella and Ellie are two girls although one letter parts them, because both are names; Elia is
neither, and so a slip of the keyboard. A name of half a community, such as Mohammed, tells nobody apart.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from streams.identity.likeness import are_a_pair, mistyped, sounds_alike
from streams.identity.normalise import sound

_SIMILAR: Final = 0.92
#: About one child in a thousand.
_POPULAR: Final = 0.001


class GivenNames:
    """`frequencies` of known given names, `nicknames` (formal name to short ones), and names `too_common` to tell."""

    def __init__(
        self, frequencies: Mapping[str, float], nicknames: Mapping[str, Iterable[str]], too_common: Iterable[str]
    ) -> None:
        self.frequencies = frequencies
        self.too_common = frozenset(too_common)
        #: Two models of one version hear every name alike, and look for every record under the same keys.
        self.version = _version(self.frequencies, nicknames, self.too_common)
        formal: dict[str, set[str]] = {}
        for name, shorts in nicknames.items():
            for short in shorts:
                formal.setdefault(short, set()).add(name)
        self._formal = {short: frozenset(names) for short, names in formal.items()}
        self._known = frozenset(frequencies) | frozenset(nicknames) | frozenset(formal)
        self.level = lru_cache(maxsize=1 << 17)(self._level)
        self.heard_in = cache(self._heard_in)

    def _heard_in(self, names: frozenset[str]) -> tuple[str, ...]:
        """How some names sound, or the formal ones that they are short for; each sound once."""
        return tuple({sound(self.formal(name)) for name in names})

    def formal(self, name: str) -> str:
        """The formal name that a short one most often stands for; else the name itself."""
        candidates = self._formal.get(name)
        if not candidates or self._popular(name):
            return name
        return max(candidates, key=lambda each: (self.frequencies.get(each, 0.0), each))

    def is_known(self, name: str) -> bool:
        """Whether any table has it."""
        return name in self._known

    def _popular(self, name: str) -> bool:
        """Whether many are christened so: Harry is short for Harrison, and yet twins can be Harry and Harrison."""
        return self.frequencies.get(name, 0.0) > _POPULAR

    def _level(self, left: str, right: str) -> str:
        """Two given names, not the same: one of the levels of the model. `kin` are short for one name.

        Names that only begin alike are two: so do those of twins, even where one has the other's number.
        """
        if len(left) == 1 or len(right) == 1:
            return "initial" if left[0] == right[0] else "differ"
        if " " in left or " " in right:
            return self._compound(left.split(" "), right.split(" "))
        ours, theirs = self._formal.get(left, frozenset()), self._formal.get(right, frozenset())
        if right in ours or left in theirs:
            return "kin" if self._popular(left) and self._popular(right) else "nickname"
        if ours & theirs:
            return "kin"
        if left in self.too_common and right in self.too_common and left[0] == right[0]:
            return "variant"
        if left in self.frequencies and right in self.frequencies:
            return "kin" if sounds_alike(left, right) else "differ"
        if sounds_alike(left, right):
            return "kin" if are_a_pair(left, right) else "variant"
        if left in self._known and right in self._known:
            return "differ"
        short, long = sorted((left, right), key=len)
        if mistyped(left, right) or (len(short) == 3 and OSA.distance(left, right, score_cutoff=1) <= 1):
            return "similar"
        if len(short) > 2 and (long.startswith(short) or (len(short) > 3 and long.endswith(short))):
            return "nickname"
        if JaroWinkler.similarity(left, right) >= _SIMILAR or self._nearly_kin(left, right):
            return "similar"
        return "differ"

    def _nearly_kin(self, left: str, right: str) -> bool:
        """Whether one is short for a name that the other spells otherwise: Vicky for Wiktoria."""
        return any(
            mistyped(formal, other) or sounds_alike(formal, other)
            for short, other in ((left, right), (right, left))
            for formal in self._formal.get(short, ())
        )

    def _compound(self, left: list[str], right: list[str]) -> str:
        """Names of several words: the same written together, or one a part of the other."""
        if "".join(left) == "".join(right):
            return "variant"
        if left[0] == right[0] or (len(left) == len(right) == 1):
            return "part" if len(left) != len(right) else "differ"
        ours, theirs = "".join(left), "".join(right)
        if mistyped(ours, theirs) or sounds_alike(ours, theirs):
            return "similar"
        # What twins' names have in common is mostly a half of each: Jia-Yi is not Xin-Yi.
        return "part" if set(left) <= set(right) or set(right) <= set(left) else "differ"


def _version(frequencies: Mapping[str, float], nicknames: Mapping[str, Iterable[str]], common: Iterable[str]) -> str:
    told = [sorted(frequencies.items()), sorted((name, list(short)) for name, short in nicknames.items())]
    return blake2b(json.dumps([*told, sorted(common)]).encode(), digest_size=4).hexdigest()
