"""`python -m api keys add|list|revoke`: who may read drafts and operations."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from api.security import ROLES, default_file, described, new_key, read_keys, write_keys
from api.settings import Settings
from forecast.errors import OperationError

DEFAULT_DAYS: Final = 365
MOST_DAYS: Final = 3 * 365


def main(arguments: list[str]) -> int:
    """Run one command on the key file.

    Returns:
        The exit code.

    Raises:
        OperationError: If the file or the disk refuses, or a key does not exist.
    """
    given = _parser().parse_args(arguments)
    path = given.file or Settings.from_environment().keys or default_file()
    today = datetime.now(UTC).date()
    match given.command:
        case "add":
            _add(path, given, today)
        case "revoke":
            _revoke(path, given.id)
        case _:
            _list(path, today)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m api keys", description="Schlüssel für Entwürfe und Betrieb verwalten."
    )
    parser.add_argument("--file", type=Path, help="Schlüsseldatei (Vorgabe: im Benutzerverzeichnis)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="BEFEHL")
    add = commands.add_parser("add", help="einen Schlüssel ausstellen; er wird nur einmal angezeigt")
    add.add_argument("owner", help="wer ihn benutzt, zum Beispiel «BI-Team HWK»")
    add.add_argument("--role", action="append", choices=ROLES, required=True, help="was er öffnet")
    add.add_argument("--days", type=int, default=DEFAULT_DAYS, help="Tage bis zum Ablauf (Vorgabe: 365)")
    commands.add_parser("list", help="alle Schlüssel ohne ihr Geheimnis zeigen")
    revoke = commands.add_parser("revoke", help="einen Schlüssel sofort widerrufen")
    revoke.add_argument("id", help="Kennung aus der Liste")
    return parser


def _add(path: Path, given: argparse.Namespace, today: date) -> None:
    if not 0 < given.days <= MOST_DAYS:
        raise OperationError(
            "Die Gültigkeit ist zu kurz oder zu lang.",
            where="--days",
            expected=f"1 bis {MOST_DAYS} Tage",
            remedy="Einen kürzeren Zeitraum wählen und rechtzeitig erneuern.",
        )
    keys = read_keys(path)
    clear, key = new_key(given.owner, tuple(dict.fromkeys(given.role)), today + timedelta(days=given.days))
    write_keys(path, {**keys, key.id: key})
    sys.stdout.write(f"{clear}\n")
    sys.stderr.write(
        f"Schlüssel {key.id} für «{key.owner}», gültig bis {key.expires}, in {path}.\n"
        "Er ist nur jetzt zu sehen; gespeichert ist nur sein Fingerabdruck.\n"
    )


def _list(path: Path, today: date) -> None:
    for key in read_keys(path).values():
        shown = described(key, today)
        sys.stdout.write("  ".join(str(shown[name]) for name in ("id", "state", "expires", "roles", "owner")))
        sys.stdout.write("\n")


def _revoke(path: Path, identity: str) -> None:
    keys = read_keys(path)
    if identity not in keys:
        raise OperationError(
            f"Einen Schlüssel {identity!r} gibt es nicht.",
            where=str(path),
            expected=", ".join(keys) or "eine Datei mit Schlüsseln",
            remedy="Die Kennung mit «python -m api keys list» nachsehen.",
        )
    write_keys(path, {**keys, identity: replace(keys[identity], revoked=True)})
    sys.stderr.write(f"Schlüssel {identity} ist widerrufen; er gilt ab der nächsten Anfrage nicht mehr.\n")
