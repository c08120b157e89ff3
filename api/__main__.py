"""`python -m api`: the web service in one process, without any configuration file."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from api.app import create_app
from api.service import Settings

GRACE_SECONDS = 10  # running answers may finish; then the process ends


def main() -> None:
    """Read the command line and serve until interrupted."""
    default = Settings.from_environment()
    parser = argparse.ArgumentParser(prog="python -m api", description="Stellt die Fachkräftematrix bereit.")
    parser.add_argument("--host", default="127.0.0.1", help="Adresse (Vorgabe: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="Port (Vorgabe: %(default)s)")
    parser.add_argument("--snapshots", type=Path, default=default.snapshot_root, help="Ordner der Stände")
    parser.add_argument(
        "--refresh-seconds",
        type=float,
        default=default.refresh_seconds,
        help="Sekunden zwischen zwei Blicken auf einen neueren Stand (Vorgabe: %(default)s)",
    )
    given = parser.parse_args()
    uvicorn.run(
        create_app(Settings(given.snapshots, given.refresh_seconds)),
        host=given.host,
        port=given.port,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
