"""What the service is told from outside: the only place that looks at the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from api.cors import Origins
from api.logs import MODES, Mode
from forecast.errors import OperationError

PREFIX: Final = "FACHKRAEFTEMATRIX_"


@dataclass(frozen=True, slots=True)
class Settings:
    """How one service runs; every field has an environment variable of its name.

    Args:
        snapshot_root: Directory of the published snapshots (variable ``…_SNAPSHOTS``).
        refresh_seconds: Seconds between two looks for a newer snapshot; 0 = never look again.
        requests_per_minute: Of one caller to one worker; 0 = no limit.
        origins: Web sites that may read answers in a browser.
        embed_origins: Web sites that may show the views below ``/embed`` in a frame; this service always may.
        keys: File of the hashed keys, outside the checkout; None = nothing that needs a key is reachable.
        drafts: Directory of snapshots that are not published yet; None = there are none.
        cache_megabytes: Memory for finished answers, per worker; 0 = keep none.
        access_log: ``errors``, ``all`` or ``off``.
        metrics_folder: Where several workers count together; None = one worker.
    """

    snapshot_root: Path = Path("data/snapshots")
    refresh_seconds: float = 5.0
    requests_per_minute: int = 6_000
    origins: tuple[str, ...] = ()
    embed_origins: tuple[str, ...] = ()
    keys: Path | None = None
    drafts: Path | None = None
    cache_megabytes: int = 64
    access_log: Mode = "errors"
    metrics_folder: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment variables; what is not set keeps its default.

        Args:
            environment: Instead of the process's own, for tests.

        Raises:
            OperationError: If a value cannot be read.
        """
        given = os.environ if environment is None else environment
        default = cls()
        values: dict[str, Any] = {}
        for one in fields(cls):
            name = variable(one.name)
            if text := given.get(name, ""):
                values[one.name] = _value(name, text, getattr(default, one.name))
        return cls(**values)


def variable(field: str) -> str:
    """Return the environment variable of a field.

    Example:
        >>> variable("refresh_seconds"), variable("snapshot_root")
        ('FACHKRAEFTEMATRIX_REFRESH_SECONDS', 'FACHKRAEFTEMATRIX_SNAPSHOTS')
    """
    return PREFIX + {"snapshot_root": "SNAPSHOTS"}.get(field, field.upper())


def _value(name: str, text: str, default: object) -> Any:  # noqa: ANN401
    match default:
        case float():
            return _number(name, text, float, "Sekunden, zum Beispiel 5")
        case int():
            return _number(name, text, int, "eine ganze Zahl, zum Beispiel 6000")
        case tuple():
            origins = tuple(part.strip() for part in text.split(",") if part.strip())
            try:
                Origins(origins)
            except ValueError:
                raise _refused(name, "keine Liste von Adressen", "https://www.beispiel.de, …") from None
            return origins
        case str():
            if text not in MODES:
                raise _refused(name, "kein bekannter Wert", ", ".join(MODES))
            return text
    return Path(text)


def _number(name: str, text: str, kind: type[int] | type[float], expected: str) -> float:
    try:
        number = kind(text)
    except ValueError:
        raise _refused(name, "keine Zahl", expected) from None
    if not 0 <= number < float("inf"):
        raise _refused(name, "keine Zahl ab 0", expected)
    return number


def _refused(name: str, fault: str, expected: str) -> OperationError:
    return OperationError(
        f"Die Einstellung ist {fault}.",
        where=name,
        expected=expected,
        remedy="Die Umgebungsvariable berichtigen oder weglassen.",
    )
