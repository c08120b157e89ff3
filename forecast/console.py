"""Progress on the terminal: a bar while a step runs, one line with counts and seconds when it is done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn


@dataclass
class Step:
    """One running step: tells how far it is and, at the end, what it did."""

    progress: Progress
    task: TaskID
    message: str = ""
    warnings: list[str] = field(default_factory=list)

    def reached(self, done: int, total: int) -> None:
        """Say how many of how many pieces are done."""
        self.progress.update(self.task, completed=done, total=total)

    def done(self, message: str) -> None:
        """Say in a few words what came out; shown in the line of the step."""
        self.message = message

    def warn(self, message: str) -> None:
        """A remark the user should see, below the line of the step."""
        self.warnings.append(message)


class ConsoleReport:
    """Writes steps to the terminal; quiet progress bars where the output is not a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run one step under a bar and print its line when it ends well."""
        started = time.monotonic()
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
        )
        quiet = not self.console.is_terminal
        with Progress(*columns, console=self.console, transient=True, disable=quiet) as progress:
            step = Step(progress, progress.add_task(name, total=None))
            yield step
        seconds = time.monotonic() - started
        self.console.print(
            f"[green]✓[/green] {name:<28} {step.message}  [dim]({seconds:.1f} s)[/dim]", soft_wrap=True
        )
        for warning in step.warnings:
            self.console.print(f"  [yellow]![/yellow] {warning}", soft_wrap=True)

    def line(self, text: str) -> None:
        """Print one plain line."""
        self.console.print(text, soft_wrap=True)
