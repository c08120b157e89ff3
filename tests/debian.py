"""Programs the tests need and Python packages do not bring: found, or installed where that is possible.

Nothing is left out in silence: where a program cannot be installed, the message says what is to be done.
"""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PATIENCE_SECONDS: Final = 900
LOCK: Final = "fachkraeftematrix-programs.lock"


class MissingProgramError(Exception):
    """A program is missing and cannot be installed here."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs that belong together.

    Args:
        title: As a sentence names them.
        needed_by: Which tests need them, as the beginning of a sentence.
        names: One list per program: any of its names will do.
        packages: Debian packages that bring them.
        without: Command that runs the other tests.
        folders: Patterns of folders beside the search path, where packages put them.
    """

    title: str
    needed_by: str
    names: tuple[tuple[str, ...], ...]
    packages: tuple[str, ...]
    without: str
    folders: tuple[str, ...] = ()

    @property
    def install(self) -> str:
        """The command that installs them."""
        return f"apt-get install --no-install-recommends {' '.join(self.packages)}"

    def found(self) -> dict[str, str] | None:
        """Return program → path, by their first names; None if one is missing."""
        paths = {names[0]: self._path(names) for names in self.names}
        return {name: path for name, path in paths.items() if path} if all(paths.values()) else None

    def _path(self, names: tuple[str, ...]) -> str | None:
        beside = [folder for pattern in self.folders for folder in sorted(glob.glob(pattern), reverse=True)]
        for name in names:
            if path := shutil.which(name):
                return path
            if path := next(
                (f"{folder}/{name}" for folder in beside if os.access(f"{folder}/{name}", os.X_OK)), None
            ):
                return path
        return None

    def missing(self, reason: str) -> MissingProgramError:
        """Return what to tell somebody whose machine lacks one of them."""
        expected = "; ".join(", ".join(names) for names in self.names)
        one_each = "eines der Programme" if len(self.names) == 1 else "die Programme"
        return MissingProgramError(
            f"Fehler: {self.needed_by} {self.title}; {reason}.\n"
            f"  Erwartet: {one_each} {expected} im Suchpfad\n"
            f"  Abhilfe:  unter Debian und Ubuntu: sudo {self.install}; danach derselbe Befehl noch einmal.\n"
            f"            Ohne diese Prüfungen: {self.without}."
        )

    def provided(self) -> dict[str, str]:
        """Return program → path; install Debian's packages first where one is missing and this process may.

        Raises:
            MissingProgramError: If one is missing and cannot be installed.
        """
        programs = self.found()
        if programs is not None:
            return programs
        if shutil.which("apt-get") is None:
            raise self.missing("es fehlt, und dieses System hat kein apt-get")
        if os.geteuid() != 0:
            raise self.missing("es fehlt, und nur die Systemverwaltung (root) darf es einrichten")
        with (Path(tempfile.gettempdir()) / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes, one package manager
            if self.found() is None:
                self._set_up()
        programs = self.found()
        if programs is None:
            raise self.missing("es ließ sich einrichten, ist aber nicht im Suchpfad")
        return programs

    def _set_up(self) -> None:
        for command in ("apt-get update", f"{self.install} --yes"):
            done = subprocess.run(
                command.split(), capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )  # fmt: skip
            if done.returncode != 0:
                last = (done.stderr.strip().splitlines() or ["ohne Meldung"])[-1]
                raise self.missing(f"«{command}» ist gescheitert: {last}")


R: Final = Programs(
    "R", "Die Prüfung der beiden Zeilen für R braucht", (("Rscript",),), ("r-base-core",),
    'make test ARGS="--deselect tests/api/test_connections.py::test_two_lines_of_r_read_the_matrix"',
)  # fmt: skip
POSTGRESQL: Final = Programs(
    "PostgreSQL", "Die Prüfungen des Sternschemas brauchen", (("initdb",), ("postgres",), ("psql",)),
    ("postgresql", "postgresql-client"), 'make test ARGS="--ignore=tests/pipeline/test_star_schema.py"',
    ("/usr/lib/postgresql/*/bin",),
)  # fmt: skip
