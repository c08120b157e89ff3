"""What every benchmark leaves behind: where and when it ran, a file of results, a table in a page."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.bench.metered import busy
from tests.bench.table import Section, as_json

ROOT: Final = Path(__file__).resolve().parents[2]
RESULTS: Final = Path(__file__).resolve().parent / "results"
METHODS: Final = ROOT / "docs" / "methods"
END: Final = "<!-- end of table -->"


@dataclass(frozen=True, slots=True)
class Measurement:
    """When a benchmark began and how busy the machine was then.

    Args:
        kind: Which benchmark, as its file is called; empty for the first of them.
        quick: Only samples were measured.
        began: Its start.
        load: What the machine did before it.
    """

    kind: str
    quick: bool
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    load: str = field(default_factory=busy)

    def heading(self, *with_what: str, after: str = "") -> str:
        """Say when, where and with what was measured."""
        parts = [f"Python {platform.python_version()}", *with_what, f"{os.cpu_count()} Kerne"]
        if self.load:
            parts.append(f"Last {self.load} zu Beginn, {busy()} am Ende")
        samples = ", Stichproben" if self.quick else ""
        return f"Messung {datetime.now(UTC):%Y-%m-%d %H:%M} UTC{samples}  ({', '.join(parts)}{after})"

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return (datetime.now(UTC) - self.began).total_seconds()

    def stored(self, sections: Sequence[Section], text: str, more: Mapping[str, Any] | None = None) -> str:
        """Write the result beside this file and return its path; results are not under version control."""
        now = datetime.now(UTC)
        name = [f"{now:%Y%m%dT%H%M%SZ}", self.kind, "quick" if self.quick else ""]
        content = {
            "measured": now.isoformat(timespec="seconds"),
            "quick": self.quick,
            "seconds": self.seconds,
            "python": platform.python_version(),
            "rows": as_json(sections),
            "text": text,
            **(more or {}),
        }
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{'-'.join(part for part in name if part)}.json"
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=float), encoding="utf-8")
        return str(path.relative_to(ROOT))


def fenced(text: str) -> str:
    """Return a text as a page shows what a terminal printed."""
    return f"```\n{text}\n```"


def with_table(document: str, command: str, table: str) -> str:
    """Return a document with a table in the place that waits for the result of a command.

    Args:
        document: The whole text.
        command: What the place says it is written by.
        table: What shall stand between the marks.

    Raises:
        ValueError: A mark is missing.

    Example:
        >>> with_table("<!-- table: written by make x -->\\n<!-- end of table -->", "make x", "| 1 |")
        '<!-- table: written by make x -->\\n| 1 |\\n<!-- end of table -->'
    """
    start = f"<!-- table: written by {command} -->"
    before, mark, rest = document.partition(start)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"no place for the table: {start} … {END}")
    return f"{before}{start}\n{table}\n{END}{after}"


def write_table(page: Path, command: str, table: str) -> None:
    """Put a table into the place a page keeps for the result of a command."""
    page.write_text(with_table(page.read_text(encoding="utf-8"), command, table), encoding="utf-8")
