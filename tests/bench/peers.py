"""The peers, seen from here: an environment of their own, asked through files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tests.bench.ours import Said
from tests.bench.samples import Sample, read_samples, write_samples

ENVIRONMENT: Final = ".venv-bench"
ABSENT: Final = "die Umgebung der Vergleichsverfahren ließ sich nicht einrichten"
#: Names of the peers as the package calls them → as they stand in the table.
NAMES: Final = {
    "AutoETS": "AutoETS",
    "DynamicOptimizedTheta": "DOTM",
    "AutoTheta": "AutoTheta",
    "Holt": "Holt",
    "Naive": "letzter Wert",
    "RWD": "Drift",
}
_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Peers:
    """Where the peers live and where files are exchanged.

    Args:
        root: The checkout.
        folder: For files.
        python: Interpreter of the peers; None if there is none.
    """

    root: Path
    folder: Path
    python: Path | None

    def public_sets(self) -> dict[str, Sample]:
        """Return M1, M3 and Tourism, read where the package is installed; empty if it is nowhere."""
        target = self.folder / "sets.npz"
        for python in (self.python, Path(sys.executable)):
            if python is not None and self._asked(python, "sets", target):
                return read_samples(target)
        return {}

    def forecasts(
        self, samples: Sequence[Sample], models: Sequence[str] = tuple(NAMES)
    ) -> dict[str, dict[str, Said]]:
        """Return what the peers said: sample → name in the table → forecasts; empty without peers."""
        source, target = self.folder / "samples.npz", self.folder / "said.npz"
        write_samples(source, list(samples))
        if self.python is None or not self._asked(self.python, "fit", source, target, ",".join(models)):
            return {}
        with np.load(target, allow_pickle=False) as stored:
            return {
                sample.name: {
                    name: Said(stored[f"{key}.point"], stored[f"{key}.quantiles"])
                    for model, name in NAMES.items()
                    if model in models
                    for key in [f"{sample.name}.{model}"]
                }
                for sample in samples
            }

    def series_per_second(self, sample: Sample) -> float | None:
        """Return the speed of AutoETS with ranges in series per CPU second; None without peers."""
        source, target = self.folder / "timed.npz", self.folder / "speed.json"
        write_samples(source, [sample])
        if self.python is None or not self._asked(self.python, "speed", source, target):
            return None
        return float(json.loads(target.read_text(encoding="utf-8"))["series_per_second"])

    def _asked(self, python: Path, *order: object) -> bool:
        """Run one order; say what went wrong and return False if it did."""
        command = [str(python), "-m", "tests.bench.peer_process", *map(str, order)]
        try:
            subprocess.run(
                command,
                cwd=self.root,
                env=one_thread(os.environ),
                check=True,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
            )
        except subprocess.CalledProcessError as error:
            last = error.stderr.strip().splitlines()[-1:] or [f"Ende mit {error.returncode}"]
            if "No module named" not in last[0]:
                print(f"  Hinweis: {order[0]}: {last[0]}")
            return False
        except subprocess.TimeoutExpired:
            print(f"  Hinweis: {order[0]}: nach {_SECONDS:.0f} s abgebrochen")
            return False
        return True


def find_peers(root: Path, folder: Path) -> Peers:
    """Return the peers; without interpreter if `make bench` could not install them."""
    python = root / ENVIRONMENT / "bin" / "python"
    ready = python.exists() and (root / ENVIRONMENT / "bench.done").exists()
    return Peers(root, folder, python if ready else None)


def one_thread(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with linear algebra on one thread."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {**environment, **dict.fromkeys(names, "1")}
