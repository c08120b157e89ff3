"""What stands around cells in JSON, put together from pieces that are spelled once per release."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from api.language import Lang, Text
from api.records import meta, region_head, trade_head
from api.release import Release
from api.selection import Selection

_PIECES_KEPT: Final = 4_000
_GAP: Final = b'"more":null,'


def about(release: Release, chosen: Selection, reason: Text | None = None) -> bytes:
    """Return the JSON of `meta`: release, units, sources, meaning of the ranges, extent.

    Args:
        release: The release the answer comes from.
        chosen: What is shown.
        reason: Why there are no rows, if there cannot be any.
    """
    lang = chosen.lang
    before, after = _ends(release, lang)
    parts = [before]
    if len(chosen.regions) == 1:
        region = chosen.regions[0]
        parts.append(_piece(release, ("region", region, lang), lambda: region_head(release, region, lang)))
    if len(chosen.trades) == 1:
        trade = chosen.trades[0]
        parts.append(_piece(release, ("trade", trade, lang), lambda: trade_head(release, trade, lang)))
    if len(chosen.measures) == 1:
        parts.append(b'"measure":%b,' % orjson.dumps(chosen.measures[0]))
    if len(chosen.years) == 1:
        parts.append(b'"year":%d,' % chosen.years[0])
    parts.append(_piece(release, ("units", chosen.measures), lambda: _units(release, chosen)))
    parts.append(_piece(release, ("sources", chosen.measures), lambda: _sources(release, chosen)))
    shown = (chosen.total, chosen.stop - chosen.start, chosen.limit)
    parts.append(b'"total":%d,"returned":%d,"limit":%d,' % shown)
    following = chosen.next_cursor(release)
    if following is not None:
        parts.append(b'"next_cursor":%b,' % orjson.dumps(following))
    if reason is not None:
        parts.append(b'"reason":%b,' % orjson.dumps(reason.of(lang)))
    parts.append(after)
    return b"".join(parts)


def why_empty(chosen: Selection) -> Text | None:
    """Say which two parameters have nothing in common if nothing is selected; None if something is.

    Filters of a dashboard may well exclude each other for a moment: its columns stay, and this says why it is
    empty.

    Args:
        chosen: What is selected.
    """
    if chosen.total:
        return None
    if not chosen.regions:
        return Text(
            "Keine der verlangten Regionen (region) liegt auf der verlangten Ebene (region_level).",
            "None of the regions asked for (region) is of the level asked for (region_level).",
        )
    if not chosen.trades:
        return Text(
            "Keines der verlangten Gewerke (trade) gehört zur verlangten Gruppe (group).",
            "None of the trades asked for (trade) belongs to the group asked for (group).",
        )
    return Text("Nichts erfüllt alle Filter zugleich.", "Nothing meets all filters at once.")


def _piece(release: Release, key: tuple[Any, ...], make: Callable[[], object]) -> bytes:
    """Return one member as JSON, with a comma; the first word of the key is its name."""
    found = release.pieces.get(key)
    if found is None:
        found = b'"%b":%b,' % (key[0].encode(), orjson.dumps(make()))
        if len(release.pieces) >= _PIECES_KEPT:
            release.pieces.clear()
        release.pieces[key] = found
    return found


def _ends(release: Release, lang: Lang) -> tuple[bytes, bytes]:
    """Return what stands before and after the members that depend on the question."""
    found = release.ends.get(lang)
    if found is None:
        before, _, after = orjson.dumps(meta(release, lang, more=None)).partition(_GAP)
        found = release.ends[lang] = (before, after)
    return found


def _units(release: Release, chosen: Selection) -> dict[str, str]:
    return {code: release.entries["measures"][code]["unit"] for code in chosen.measures}


def _sources(release: Release, chosen: Selection) -> list[str]:
    return list(dict.fromkeys(source for code in chosen.measures for source in release.sources_behind(code)))
