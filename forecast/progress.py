"""What a step of a run may say while it runs, and how it writes a number."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol


class Step(Protocol):
    """What a step may say while it runs."""

    def reached(self, done: int, total: int) -> None: ...  # noqa: D102
    def done(self, message: str) -> None: ...  # noqa: D102
    def warn(self, message: str) -> None: ...  # noqa: D102


class Report(Protocol):
    """Where steps are shown."""

    def step(self, name: str) -> AbstractContextManager[Step]: ...  # noqa: D102


def german(count: int) -> str:
    """A whole number with German thousands separators.

    Example:
        >>> german(7429)
        '7.429'
    """
    return f"{count:,}".replace(",", ".")
