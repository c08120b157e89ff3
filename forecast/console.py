"""What the terminal says: a bar while a step runs, one line with counts when it is done, wrong calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn

from forecast.errors import InputError


def wrong_call(error: Exception) -> InputError:
    """Return what is wrong with a call of the command line, in German.

    Args:
        error: Usage error of the command line library; its own text is English and not shown.

    Example:
        >>> print(wrong_call(ValueError("No such command 'foo'.")).what)
        Der Aufruf ist falsch.
    """
    parameter = getattr(error, "param", None)
    names = "/".join(getattr(parameter, "opts", ())) or "die Angabe"
    context = getattr(error, "ctx", None)
    command = getattr(context, "command", None)
    match type(error).__name__:
        case "NoSuchOption":
            what = f"Die Option «{getattr(error, 'option_name', '')}» gibt es hier nicht."
        case "MissingParameter":
            what = f"Es fehlt: {names}."
        case "BadParameter":
            what = f"Der Wert für {names} passt nicht."
        case _:
            what = "Der Aufruf ist falsch."
    place = getattr(context, "info_name", None) or "fachkraeftematrix"
    commands = ", ".join(getattr(command, "commands", {}))
    expected = f"einer der Befehle {commands}" if commands else _expected(parameter)
    return InputError(
        what, where=place, expected=expected, remedy=f"Angaben zum Befehl: {_help_of(context)} --help"
    )


def _expected(parameter: object) -> str:
    """Say what a value of a parameter should look like."""
    return str(getattr(parameter, "help", None) or "nur Angaben, die die Hilfe nennt")


def _help_of(context: object) -> str:
    return str(getattr(context, "command_path", None) or "fachkraeftematrix")


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
            f"[green]✓[/green] {name:<28} {escape(step.message)}  [dim]({seconds:.1f} s)[/dim]",
            soft_wrap=True,
        )
        for warning in step.warnings:
            self.console.print(f"  [yellow]![/yellow] {escape(warning)}", soft_wrap=True)

    def line(self, text: str) -> None:
        """Print one plain line."""
        self.console.print(text, soft_wrap=True)
