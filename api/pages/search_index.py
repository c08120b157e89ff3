"""What can be searched for: trades under all their names, codes, regions, documents; tolerant of spelling.

Umlauts may be written as one letter, two letters or without dots; endings such as «-in» do not matter; a
small typing error is forgiven in words of four letters and more.

Source of method: optimal string alignment distance (Damerau 1964, restricted), on folded words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_WORD = re.compile(r"[a-z0-9]+")
_ENDING = re.compile(r"[/:*_(]-?in(?:nen)?\b\)?", re.IGNORECASE)
_DOUBLED: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))
EXACT, START, INSIDE, TYPO, MORE = 1.0, 0.9, 0.75, 0.6, 0.15
_INSIDE_FROM: Final = 3
_TYPO_FROM: Final = 4
_TWO_TYPOS_FROM: Final = 8


@lru_cache(maxsize=16_384)
def fold(text: str) -> str:
    """Return a text as it is compared: small letters without marks, umlauts in any spelling the same.

    Example:
        >>> fold("Bäcker/-in") == fold("BAECKER") == fold("backer")
        True
    """
    plain = _ENDING.sub("", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    for two, one in _DOUBLED:
        plain = plain.replace(two, one)
    return plain


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of a text.

    Example:
        >>> words("Kfz-Mechaniker/-in (A-20)")
        ('kfz', 'mechaniker', 'a', '20')
    """
    return tuple(_WORD.findall(fold(text)))


def distance(one: str, other: str, most: int) -> int:
    """Return the number of typing errors between two words; a number above `most` if there are more.

    An error is a letter too many, one missing, a wrong one, or two neighbours exchanged.

    Example:
        >>> distance("tischler", "tishcler", 2), distance("maler", "maurer", 2), distance("a", "abcd", 2)
        (1, 2, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        past, before, row = before, row, [i]
        for j, against in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, past[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


@dataclass(frozen=True, slots=True)
class Target:
    """Something a search can lead to.

    Args:
        kind: ``trade``, ``occupation``, ``former``, ``name``, ``group``, ``region``, ``page``, ``term`` or
            ``document``.
        code: Code or address.
        name: Words it is found under.
        known: Folded words of the name, its codes and other spellings.
        codes: Folded codes without separators.
        leads_to: Code of what the page is about: trade or region; the address of a document.
    """

    kind: str
    code: str
    name: str
    known: tuple[str, ...]
    codes: tuple[str, ...]
    leads_to: str

    @classmethod
    def of(
        cls,
        kind: str,
        code: str,
        name: str,
        leads_to: str,
        *,
        other: Iterable[str] = (),
        codes: Iterable[str] = (),
    ) -> Target:
        """Return a target from its names and codes as they are written."""
        known = dict.fromkeys(word for text in (name, *other) for word in words(text))
        return cls(kind, code, name, tuple(known), tuple(dict.fromkeys(map(joined, codes))), leads_to)

    def is_called(self, wanted: Sequence[str]) -> bool:
        """Tell whether the folded words are all of its name, written together or apart."""
        return "".join(wanted) == "".join(words(self.name))


@dataclass(frozen=True, slots=True)
class Hit:
    """A target with how well it fits, 0 to 1, and whether its whole name was typed."""

    target: Target
    score: float
    whole: bool = False


_ORDER: Final = ("trade", "region", "occupation", "former", "name", "group", "page", "term", "document")


def joined(code: str) -> str:
    """Return a code without what separates its parts.

    Example:
        >>> joined("HwO A-24"), joined("KldB-342")
        ('hwoa24', 'kldb342')
    """
    return "".join(_WORD.findall(code.casefold()))


def search(targets: Sequence[Target], text: str) -> list[Hit]:
    """Return the targets that fit a text, the best first.

    Every word must be found. A code counts with and without its separators.

    Args:
        targets: What can be found.
        text: As typed.
    """
    wanted, code = words(text), joined(text)
    if not wanted:
        return []
    hits = []
    for target in targets:
        whole = target.is_called(wanted)
        score = EXACT if whole or code in target.codes else _fit(wanted, target)
        if score > 0:
            hits.append(Hit(target, score, whole))
    return sorted(hits, key=_rank)


def _rank(hit: Hit) -> tuple[float, bool, int, str]:
    """Best fit first; of equals what is called exactly so, then by kind and name."""
    kind = _ORDER.index(hit.target.kind)
    return -hit.score, not hit.whole, kind, hit.target.name.casefold()


def _fit(wanted: Sequence[str], target: Target) -> float:
    """Return the mean over the words typed; 0 if one of them is not found."""
    total = 0.0
    for word in wanted:
        best = max((_word_fit(word, known) for known in target.known), default=0.0)
        if not best:
            return 0.0
        total += best
    return total / len(wanted)


@lru_cache(maxsize=65_536)
def _word_fit(word: str, known: str) -> float:
    if word == known:
        return EXACT
    if known.startswith(word):
        return START
    if len(word) >= _INSIDE_FROM and word in known:
        return INSIDE
    if len(word) < _TYPO_FROM or not word.isalpha():
        return 0.0
    most = 2 if len(word) >= _TWO_TYPOS_FROM else 1
    errors = distance(word, known, most)
    return 0.0 if errors > most else TYPO - MORE * (errors - 1)
