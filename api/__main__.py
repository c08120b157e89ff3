"""`python -m api`: the web service, without any configuration file; `python -m api keys …` manages keys."""

from __future__ import annotations

import argparse
import logging.config
import os
import sys
import tempfile
from pathlib import Path

import uvicorn

from api import key_commands
from api.express import Express
from api.logs import MODES, configuration
from api.settings import Settings, variable
from forecast.errors import OperationError

GRACE_SECONDS = 8  # shorter than the 10 seconds after which most managers of services kill
MOST_GRACE_SECONDS = 3_600
MOST_WORKERS = 64


def main(arguments: list[str] | None = None) -> int:
    """Read the command line; serve until interrupted, or manage keys.

    Returns:
        The exit code.
    """
    given = sys.argv[1:] if arguments is None else arguments
    try:
        if given[:1] == ["keys"]:
            return key_commands.main(given[1:])
        _serve(_parser(Settings.from_environment()).parse_args(given))
    except OperationError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _parser(default: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="Stellt die Fachkräftematrix bereit. Schlüssel verwaltet «python -m api keys».",
    )
    parser.add_argument("--host", default="127.0.0.1", help="Adresse (Vorgabe: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="Port (Vorgabe: %(default)s)")
    parser.add_argument("--snapshots", type=Path, default=default.snapshot_root, help="Ordner der Stände")
    parser.add_argument(
        "--refresh-seconds",
        type=float,
        default=default.refresh_seconds,
        help="Sekunden zwischen zwei Blicken auf einen neueren Stand (Vorgabe: %(default)s)",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        choices=range(1, MOST_WORKERS + 1),
        metavar="ANZAHL",
        help="Prozesse, die sich die Arbeit und die Zahlen im Speicher teilen (Vorgabe: %(default)s)",
    )
    parser.add_argument(
        "--access-log",
        default=default.access_log,
        choices=MODES,
        help="welche Anfragen im Protokoll stehen: Fehler und langsame, alle, keine (Vorgabe: %(default)s)",
    )
    parser.add_argument(
        "--grace-seconds",
        type=int,
        default=GRACE_SECONDS,
        choices=range(1, MOST_GRACE_SECONDS + 1),
        metavar="SEKUNDEN",
        help="so lange dürfen laufende Antworten beim Beenden noch fertig werden (Vorgabe: %(default)s)",
    )
    return parser


def _serve(given: argparse.Namespace) -> None:
    """Hand the settings to the workers through the environment and run them."""
    os.environ[variable("snapshot_root")] = str(given.snapshots)
    os.environ[variable("refresh_seconds")] = str(given.refresh_seconds)
    os.environ[variable("access_log")] = given.access_log
    logging.config.dictConfig(configuration())
    with tempfile.TemporaryDirectory(prefix="fachkraeftematrix-") as folder:
        if given.workers > 1:
            os.environ[variable("metrics_folder")] = folder
        uvicorn.run(
            "api.app:create_app",
            factory=True,
            host=given.host,
            port=given.port,
            workers=given.workers,
            access_log=False,
            server_header=False,
            log_config=configuration(),
            http=Express,
            ws="none",
            timeout_graceful_shutdown=given.grace_seconds,
        )


if __name__ == "__main__":
    sys.exit(main())
