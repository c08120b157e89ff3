"""The four kinds of error a user can meet, each saying what, where, what was expected and what to do.

FachkraefteError
├── InputError        a file or a command line is wrong            exit code 2
├── DefinitionError   something under data/ contradicts its rules  exit code 3
├── ModelError        an estimator refuses what it was given       exit code 4
└── OperationError    disk, port, snapshot: the surroundings fail  exit code 5
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

MAX_ROWS = 5


class FachkraefteError(Exception):
    """An error that names what failed, where, what was expected and the remedy.

    Args:
        what: One sentence in the user's words (German) on what went wrong.
        where: File and line, parameter name, or address; empty where there is none.
        expected: What would have been right.
        remedy: What the user can do now.
        rows: Offending rows; at most five are shown, the rest is counted.

    Example:
        >>> error = InputError("Unbekannter Code «A-99».", where="panel.csv, Zeile 3",
        ...                    expected="ein Code aus data/codes/trades.csv", remedy="Code berichtigen.")
        >>> print(error)
        Unbekannter Code «A-99».
          Wo:       panel.csv, Zeile 3
          Erwartet: ein Code aus data/codes/trades.csv
          Abhilfe:  Code berichtigen.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, what: str, *, where: str = "", expected: str = "", remedy: str = "", rows: Sequence[str] = ()
    ) -> None:
        self.what = what
        self.where = where
        self.expected = expected
        self.remedy = remedy
        self.rows = tuple(rows)
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        for label, text in (("Wo:", self.where), ("Erwartet:", self.expected), ("Abhilfe:", self.remedy)):
            if text:
                lines.append(f"  {label:<9} {text}")
        lines.extend(f"    {row}" for row in self.rows[:MAX_ROWS])
        if len(self.rows) > MAX_ROWS:
            lines.append(f"    … und {len(self.rows) - MAX_ROWS} weitere")
        return "\n".join(lines)


class InputError(FachkraefteError):
    """A file, an argument or an uploaded table is not what it should be."""

    exit_code: ClassVar[int] = 2


class DefinitionError(FachkraefteError):
    """A code list, indicator, parameter, event or source under data/ breaks its own rules."""

    exit_code: ClassVar[int] = 3


class ModelError(FachkraefteError):
    """An estimator or an account refuses its input, for example because it would not close."""

    exit_code: ClassVar[int] = 4


class OperationError(FachkraefteError):
    """The surroundings fail: full disk, busy port, broken snapshot."""

    exit_code: ClassVar[int] = 5
