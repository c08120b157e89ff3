"""What the page for operators shows: keys without their secrets, kept releases, how the service is doing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from api.language import Lang
from api.pages import numbers
from api.pages.texts import Translations
from api.security import Key
from api.service import Service
from forecast.snapshot import SnapshotInfo, list_snapshots

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """One release on disk.

    Args:
        info: Its id and what it says of itself.
        size: Bytes of all its files.
        written: When it was written.
    """

    info: SnapshotInfo
    size: int
    written: datetime


def kept_releases(root: Path) -> list[Kept]:
    """Return the releases of a directory, the latest written first. Blocks on disk."""
    found = []
    for info in list_snapshots(root):
        files = [path.stat() for path in (root / info.id).rglob("*") if path.is_file()]
        written = datetime.fromtimestamp(max((one.st_mtime for one in files), default=0.0), UTC)
        found.append(Kept(info, sum(one.st_size for one in files), written))
    return sorted(found, key=lambda one: one.written, reverse=True)


def keys_table(
    keys: Sequence[Key], used: Mapping[str, date], today: date, lang: Lang, texts: Translations
) -> list[dict[str, str]]:
    """Return one row a key: who, what for, until when, when last used; never a salt or a hash."""
    _ = texts.gettext
    states = {"revoked": _("revoked"), "valid": _("valid"), "expired": _("expired")}
    roles = {"drafts": _("drafts"), "operations": _("operations")}
    return [
        {
            "id": key.id,
            "owner": key.owner,
            "roles": numbers.listing([roles.get(role, role) for role in key.roles], lang),
            "expires": numbers.day(key.expires, lang),
            "state": states["revoked" if key.revoked else "valid" if key.valid_on(today) else "expired"],
            "used": numbers.day(used[key.id].isoformat(), lang) if key.id in used else numbers.DASH,
        }
        for key in keys
    ]


def releases_table(
    kept: Sequence[Kept], current: str, lang: Lang, texts: Translations
) -> list[dict[str, Any]]:
    """Return one row a release; the one in force is marked."""
    _ = texts.gettext
    return [
        {
            "id": one.info.id,
            "current": one.info.id == current,
            "state": _("in force") if one.info.id == current else _("kept"),
            "as_of": numbers.day(str(one.info.meta["as_of"]), lang)
            if one.info.meta.get("as_of")
            else numbers.DASH,
            "scenario": str(one.info.meta.get("scenario") or numbers.DASH),
            "written": numbers.day(one.written.date().isoformat(), lang),
            "megabytes": numbers.number(round(one.size / MEGABYTE, 1), lang),
            "code": str(one.info.meta.get("code_version") or numbers.DASH),
        }
        for one in kept
    ]


def condition(service: Service, lang: Lang, texts: Translations) -> list[tuple[str, str]]:
    """Return how the service is doing: name and value, as the checks of readiness see it."""
    _ = texts.gettext
    settings = service.settings
    logs = {"errors": _("errors and slow answers"), "all": _("every request"), "off": _("nothing")}
    looks = _("every %(seconds)s seconds") % {"seconds": numbers.number(settings.refresh_seconds, lang)}
    limit = _("%(count)s a minute and caller") % {"count": numbers.number(settings.requests_per_minute, lang)}
    full = _("%(used)s of %(all)s MB") % {
        "used": numbers.number(round(service.cache.size / MEGABYTE, 1), lang),
        "all": numbers.number(settings.cache_megabytes, lang),
    }
    return [
        (_("Ready"), _("yes") if service.release_id else _("no: no release that can be verified")),
        (_("Release in force"), service.release_id or numbers.DASH),
        (_("Last refusal of a release"), service.last_error or _("none")),
        (_("Looks for a newer release"), looks if settings.refresh_seconds > 0 else _("never by itself")),
        (_("Requests"), limit if settings.requests_per_minute else _("no limit")),
        (_("Finished answers in memory"), full),
        (_("Written to the log"), logs[settings.access_log]),
        (_("Unpublished releases"), _("a directory is set") if settings.drafts else _("no directory is set")),
        (_("Version of the program"), service.fingerprint),
    ]
