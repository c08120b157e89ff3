"""API keys for what is not public: drafts and operations. Published figures need none.

A key is ``fkm_<id>_<secret>``. The file holds a salted scrypt hash of the secret, never the secret itself;
it belongs outside the checkout and is readable for its owner only. Comparison takes the same time for any
wrong secret. Roles are all a key carries: `drafts` reads unpublished snapshots, `operations` reads metrics
and makes the service look for a newer snapshot at once.

Source: RFC 7914 (scrypt), parameters N = 2¹⁴, r = 8, p = 1 of its section 2 for interactive use.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from api.heads import Head
from api.limits import RateLimiter
from api.problems import KEY_MISSING, KEY_ROLE, TOO_MANY, Problem
from forecast.errors import OperationError

LOG = logging.getLogger("api")
ROLES: Final = ("drafts", "operations")
ATTEMPTS_PER_MINUTE: Final = 20
_SCRYPT: Final[Mapping[str, int]] = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
_KEY: Final = re.compile(r"fkm_([0-9a-f]{8})_([A-Za-z0-9_-]{20,100})")
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="fachkraeftematrix"'}
_REMEMBERED: Final = 256
_OWNER_ONLY: Final = 0o600


@dataclass(frozen=True, slots=True)
class Key:
    """One key as the file holds it.

    Args:
        id: Public part; stands in lists and logs.
        owner: Who uses it.
        roles: What it opens.
        expires: Last day it is valid, ISO date.
        salt: Of the hash, hexadecimal.
        hash: scrypt of the secret, hexadecimal.
        revoked: Whether it has been withdrawn.
    """

    id: str
    owner: str
    roles: tuple[str, ...]
    expires: str
    salt: str
    hash: str
    revoked: bool = False

    def valid_on(self, day: date) -> bool:
        """Tell whether the key counts on a day."""
        return not self.revoked and day <= date.fromisoformat(self.expires)


def default_file() -> Path:
    """Return where keys are kept if nothing else is said: among the user's settings."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "fachkraeftematrix" / "keys.json"


def new_key(owner: str, roles: tuple[str, ...], expires: date) -> tuple[str, Key]:
    """Return the key in clear, shown once and kept nowhere, and what the file keeps."""
    identity, secret, salt = secrets.token_hex(4), secrets.token_urlsafe(32), secrets.token_bytes(16)
    key = Key(identity, owner, roles, expires.isoformat(), salt.hex(), _hashed(secret, salt).hex())
    return f"fkm_{identity}_{secret}", key


def _hashed(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode("ascii"), salt=salt, **_SCRYPT)


def read_keys(path: Path) -> dict[str, Key]:
    """Return the keys of a file by id; none if there is no file.

    Raises:
        OperationError: If the file is unreadable, damaged, or readable for others.
    """
    try:
        if os.name != "nt" and path.stat().st_mode & 0o077:
            raise _unusable(path, "ist auch für andere lesbar", "Rechte 600", f"chmod 600 {path.name}")
        entries = json.loads(path.read_text(encoding="utf-8"))["keys"]
        found = [Key(**{**entry, "roles": tuple(entry["roles"])}) for entry in entries]
        for key in found:
            date.fromisoformat(key.expires), bytes.fromhex(key.salt), bytes.fromhex(key.hash)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        expected = "eine Datei von «python -m api keys»"
        raise _unusable(path, "ist nicht lesbar", expected, "Wiederherstellen.") from error
    return {key.id: key for key in found}


def _unusable(path: Path, fault: str, expected: str, remedy: str) -> OperationError:
    return OperationError(f"Die Schlüsseldatei {fault}.", where=str(path), expected=expected, remedy=remedy)


def write_keys(path: Path, keys: Mapping[str, Key]) -> None:
    """Replace the file in one move; it is never readable for others, not even for a moment.

    Raises:
        OperationError: If the file would lie in a checkout, or the disk refuses.
    """
    if any((folder / ".git").exists() for folder in path.resolve().parents):
        raise _unusable(
            path,
            "läge in einem Arbeitsverzeichnis von Git",
            "ein Ort außerhalb",
            "Anderen Ort angeben (--file).",
        )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    text = json.dumps({"keys": [asdict(key) for key in keys.values()]}, indent=1, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = str(error.strerror)
        raise _unusable(path, "lässt sich nicht schreiben", "Schreibrecht und Platz", reason) from error


class Guard:
    """Checks keys of requests against the file; a changed file counts from the next request on.

    Args:
        path: The key file.
        clock: Seconds that never run backwards, for the limit of attempts.
        today: The day expiry is judged by.
    """

    def __init__(
        self, path: Path, *, clock: Callable[[], float], today: Callable[[], date] = lambda: _today()
    ) -> None:
        self._path = path
        self._today = today
        self.used: dict[str, date] = {}
        self._attempts = RateLimiter(ATTEMPTS_PER_MINUTE, clock)
        self._stamp: tuple[int, ...] | None = None
        self._keys: dict[str, Key] = {}
        self._verified: dict[bytes, str] = {}
        self._one_at_a_time: asyncio.Lock = asyncio.Lock()

    async def require(self, role: str, head: Head, caller: str) -> Key:
        """Return the key of a request that may do what needs the role.

        Raises:
            Problem: 401 without a valid key, 403 without the role, 429 after many wrong keys.
        """
        key = await self._identify(head, caller)
        if key is None:
            raise Problem(KEY_MISSING, headers=_CHALLENGE)
        if role not in key.roles:
            raise Problem(KEY_ROLE)
        self.used[key.id] = self._today()
        return key

    def keys(self) -> tuple[Key, ...]:
        """Return the keys of the file as it is now; show nothing of them but what `described` shows."""
        self._reload()
        return tuple(self._keys.values())

    def today(self) -> date:
        """Return the day expiry is judged by."""
        return self._today()

    async def _identify(self, head: Head, caller: str) -> Key | None:
        found = _KEY.fullmatch(presented(head))
        self._reload()
        key = self._keys.get(found[1]) if found else None
        if key is None or found is None or not key.valid_on(self._today()):
            return None
        digest = hashlib.sha256(found[0].encode("ascii")).digest()
        if self._verified.get(digest) == key.id:
            return key
        left, seconds = self._attempts.count(caller)
        if left < 0:
            raise Problem(TOO_MANY, headers={"Retry-After": str(seconds)})
        async with self._one_at_a_time:  # scrypt takes 16 MiB and some time: never many at once
            hashed = await asyncio.to_thread(_hashed, found[2], bytes.fromhex(key.salt))
        if not hmac.compare_digest(hashed, bytes.fromhex(key.hash)):
            return None
        if len(self._verified) >= _REMEMBERED:
            self._verified.clear()
        self._verified[digest] = key.id
        return key

    def _reload(self) -> None:
        """Read the file again if it has changed; a damaged file opens nothing."""
        try:
            status = self._path.stat()
            stamp: tuple[int, ...] | None = (
                status.st_ino,
                status.st_mtime_ns,
                status.st_size,
                status.st_mode,
            )
        except OSError:
            stamp = None
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self._verified.clear()
        self._keys = {}
        try:
            self._keys = read_keys(self._path)
        except OperationError:
            LOG.error("Die Schlüsseldatei %s ist nicht benutzbar; kein Schlüssel gilt.", self._path.name)


def presented(head: Head) -> str:
    """Return the key a request carries, from X-API-Key or as a bearer token; never from the address."""
    given = head.get(b"x-api-key") or head.get(b"authorization")
    text = given.decode("latin-1").strip()
    return text[7:].strip() if text[:7].lower() == "bearer " else text


def _today() -> date:
    return datetime.now(UTC).date()


def described(key: Key, today: date) -> dict[str, Any]:
    """Return what a list of keys may show."""
    state = "widerrufen" if key.revoked else "gültig" if key.valid_on(today) else "abgelaufen"
    return {"id": key.id, "owner": key.owner, "roles": ", ".join(key.roles), "expires": key.expires,
            "state": state}  # fmt: skip
