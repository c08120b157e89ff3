"""Tables in the manner of statistical offices (PxWebApi 2): what there is, its dimensions, code lists.

Source: PxWebApi 2 specification (resource names, members of the answers, selection expressions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from api import language, starters
from api.columns import OBS_STATUS
from api.formats.jsonstat import DIMENSIONS, TITLES
from api.language import Lang, Text
from api.problems import Fault
from api.query import Values, invalid, is_code, split
from api.release import Release
from api.schemas import API
from api.selection import Selection, fits
from api.selection_fields import FORMATS, LEVELS
from api.table import RANGES
from forecast.snapshot import GRADES, STATISTICS, STATUSES

#: outputFormat of PxWebApi 2 → our format
OUTPUT: Final = {
    "json-stat2": "json-stat", "csv": "csv", "xlsx": "xlsx", "parquet": "parquet", "json": "json",
    "sdmx-csv": "sdmx-csv", "csv-de": "csv-de", "ndjson": "ndjson", "plotly": "plotly",
}  # fmt: skip
_CALL: Final = re.compile(
    r"(TOP|BOTTOM|FROM|TO|RANGE)\(([A-Za-z0-9*_.-]{1,64})(?:,([A-Za-z0-9*_.-]{1,64}))?\)\Z", re.I
)
_PART: Final = re.compile(r"valueCodes\[([A-Za-z]{1,16})\]\Z", re.I)
_COMMA: Final = re.compile(r",(?![^(]*\))")


@dataclass(frozen=True, slots=True)
class TableInfo:
    """One table of a release.

    Args:
        id: Part of the address.
        title: Its name.
        measures: Codes of the measures it holds.
        more: Columns of this table alone.
    """

    id: str
    title: Text
    measures: tuple[str, ...]
    more: tuple[str, ...] = ()

    def document(self, release: Release, lang: Lang, base: str = API) -> dict[str, Any]:
        """Return the entry of the list of tables; links lead below an address."""
        here = f"{base}/tables/{self.id}"
        return {
            "type": "Table",
            "id": self.id,
            "label": self.title.of(lang),
            "description": RANGES.of(lang),
            "updated": f"{release.catalogue['as_of']}T00:00:00Z",
            "firstPeriod": str(release.years[0]),
            "lastPeriod": str(release.years[-1]),
            "category": "public",
            "variableNames": [TITLES[name].of(lang) for name in DIMENSIONS],
            "timeUnit": "Annual",
            "source": "; ".join(release.attribution()),
            "discontinued": False,
            "links": [
                {"rel": rel, "hreflang": lang, "href": here + tail}
                for rel, tail in (("self", ""), ("metadata", "/metadata"), ("data", "/data"))
            ],
        }


def whole(release: Release, table: TableInfo, lang: Lang) -> Selection:
    """Return all cells of a table, to describe its dimensions."""
    axes = release.snapshot.axes
    return Selection(
        axes.regions,
        release.trades,
        table.measures,
        release.years,
        (),
        "records",
        "envelope",
        "both",
        lang,
        0,
        0,
        "",
        more=table.more,
    )


def codes_of(release: Release, table: TableInfo) -> dict[str, tuple[str, ...]]:
    """Return dimension → codes of a table."""
    axes = release.snapshot.axes
    years = tuple(str(year) for year in release.years)
    numbers = (*STATISTICS, *(name for name in starters.STATISTICS if name in table.more))
    return dict(zip(DIMENSIONS, (axes.regions, release.trades, table.measures, years, numbers), strict=True))


def chosen_codes(given: Sequence[str], codes: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the codes a list of codes and expressions selects, in the order of the dimension.

    Args:
        given: Codes, patterns with ``*``, TOP(n), BOTTOM(n), FROM(code), TO(code), RANGE(code,code).
        codes: Codes of the dimension.
        name: Name of the dimension, for the error.

    Raises:
        Problem: 422 for anything that selects nothing.

    Example:
        >>> years = [str(year) for year in range(2010, 2036)]
        >>> chosen_codes(["TOP(2)"], years, "year"), chosen_codes(["RANGE(2030,2031)", "2012"], years, "year")
        (('2034', '2035'), ('2012', '2030', '2031'))
    """
    wanted: set[str] = set()
    for part in given:
        found = _selected(part, codes)
        if not found:
            shown = part if is_code(part) else "?"
            detail = Text(f"«{shown}» wählt in {name} nichts aus.", f"“{shown}” selects nothing in {name}.")
            expected = Text(
                f"Codes aus /api/v1/tables/…/metadata, *, TOP(n), FROM(), TO(), RANGE(); z. B. {codes[0]}",
                f"codes from /api/v1/tables/…/metadata, *, TOP(n), FROM(), TO(), RANGE(); e.g. {codes[0]}",
            )
            raise invalid([Fault(f"valueCodes[{name}]", detail, expected)])
        wanted.update(found)
    return tuple(code for code in codes if code in wanted)


def _selected(part: str, codes: Sequence[str]) -> Sequence[str]:
    call = _CALL.match(part)
    if call is None:
        return [code for code in codes if fits(part, code)]
    name, first, second = call[1].upper(), call[2], call[3]
    if name in {"TOP", "BOTTOM"} and second is None:
        count = int(first) if first.isascii() and first.isdigit() and len(first) < 7 else 0
        # the newest first, as PxWebApi counts a time dimension
        return codes[max(len(codes) - count, 0) :] if name == "TOP" else codes[:count]
    if first not in codes or (second is not None and second not in codes):
        return []
    at = codes.index(first)
    if name == "FROM" and second is None:
        return codes[at:]
    if name == "TO" and second is None:
        return codes[: at + 1]
    return codes[at : codes.index(second) + 1] if name == "RANGE" and second is not None else []


def read_selection(raw: bytes) -> tuple[dict[str, list[str]], Values]:
    """Return dimension → expressions, and the other parameters, of a data query.

    Raises:
        Problem: 422 naming an unknown parameter or dimension.
    """
    by_dimension: dict[str, list[str]] = {}
    other: dict[str, tuple[str, ...]] = {}
    names = {name.casefold(): name for name in DIMENSIONS}
    plain = {"lang": ("de", "en"), "outputformat": tuple(OUTPUT), "format": FORMATS}
    for name, text in split(raw):
        found = _PART.match(name)
        if found is not None and found[1].casefold() in names:
            by_dimension.setdefault(names[found[1].casefold()], []).extend(_COMMA.split(text))
        elif (word := name.casefold()) in plain and text in plain[word] and _free(word, other):
            other[word] = (text,)
        else:
            listed = ", ".join(
                [*(f"valueCodes[{one}]" for one in DIMENSIONS), "outputFormat", "format", "lang"]
            )
            detail = Text(
                "Ein Parameter oder sein Wert ist unbekannt.", "A parameter or its value is unknown."
            )
            more = ", ".join(OUTPUT)
            expected = Text(
                f"nur: {listed}; outputFormat aus {more}", f"only: {listed}; outputFormat of {more}"
            )
            known = name if name.casefold() in plain else "?"
            raise invalid([Fault(known, detail, expected, pointer="/query")])
    return by_dimension, other


def _free(word: str, taken: Iterable[str]) -> bool:
    """Tell whether a parameter stands here for the first time; the two names of the format count as one."""
    both = {"outputformat", "format"}
    return not (both if word in both else {word}) & {*taken}


def select(release: Release, table: TableInfo, raw: bytes) -> tuple[Selection, str]:
    """Return the selection of a data query and its format.

    What is not named is the region and the year of the release, every trade and measure, the value alone.

    Raises:
        Problem: 422 or 413 as for every selection.
    """
    asked, other = read_selection(raw)
    codes = codes_of(release, table)
    default = {
        "region": [str(release.catalogue["default_region"])],
        "year": [str(release.catalogue["default_year"])],
        "statistic": [STATISTICS[0]],
    }
    found = {
        name: chosen_codes(asked.get(name) or default.get(name) or ["*"], codes[name], name)
        for name in DIMENSIONS
    }
    lang = other.get("lang", ("de",))[0]
    form = other["format"][0] if "format" in other else OUTPUT[other.get("outputformat", ("json-stat2",))[0]]
    values: Values = {name: found[name] for name in DIMENSIONS[:-1]} | {"lang": (lang,)}
    bounds = [name for name in found["statistic"] if name in STATISTICS[1:]]
    levels = tuple(dict.fromkeys(name.split("_")[1] for name in bounds)) or ("none",)
    if form not in {"json-stat", "sdmx-csv"}:
        values["quantiles"] = levels
    chosen = Selection.of(values, release, form=form, more=table.more)
    text = "&".join(f"valueCodes[{name}]={','.join(found[name])}" for name in DIMENSIONS)
    return replace(chosen, levels=levels, only=found["statistic"], text=f"{text}&lang={lang}"), form


# --- code lists -------------------------------------------------------------------------------------------


def codelists(release: Release, lang: Lang, base: str = API) -> dict[str, dict[str, Any]]:
    """Return id → code list: the dimensions, the groupings, and the words of a cell.

    Args:
        release: The release.
        lang: Language of the labels.
        base: Address below which links lead.
    """
    entries = release.entries
    found = {
        kind: _list(kind, kind, "Valueset", _named(entries[kind], lang), lang)
        for kind in ("regions", "trades", "measures")
    }
    groups = {code: language.label(entry, lang) for code, entry in entries["groups"].items()}
    by_group = _members(entries["trades"], "group")
    found["groups"] = _list("groups", "trades", "Aggregation", groups, lang, by_group)
    levels = {level: level for level in LEVELS}
    by_level = _members(entries["regions"], "level")
    found["region_levels"] = _list("region_levels", "regions", "Aggregation", levels, lang, by_level)
    found["statuses"] = _list("statuses", "cells", "Valueset", {s: OBS_STATUS[s] for s in STATUSES}, lang)
    found["grades"] = _list("grades", "cells", "Valueset", {grade: grade for grade in GRADES if grade}, lang)
    if classes := release.starters().classes(lang):
        named = {one["code"]: one["label"] for one in classes}
        found["outlook_classes"] = _list("outlook_classes", "cells", "Valueset", named, lang)
        for value, one in zip(found["outlook_classes"]["values"], classes, strict=True):
            value["notes"] = [{"mandatory": False, "text": starters.limits_sentence(one, lang)}]
    for identity, one in found.items():
        one["links"] = [{"rel": "self", "hreflang": lang, "href": f"{base}/codelists/{identity}"}]
    return found


def _named(entries: Mapping[str, Mapping[str, Any]], lang: Lang) -> dict[str, str]:
    return {code: language.label(entry, lang) for code, entry in entries.items()}


def _members(entries: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, entry in entries.items():
        found.setdefault(str(entry.get(key)), []).append(code)
    return found


def _list(
    identity: str,
    of: str,
    kind: str,
    labels: Mapping[str, str],
    lang: Lang,
    members: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    return {
        "id": identity,
        "label": identity,
        "language": lang,
        "type": kind,
        "of": of,
        "values": [
            {
                "code": code,
                "label": label,
                "valueMap": list((members or {}).get(code, [] if members else [code])),
            }
            for code, label in labels.items()
        ],
    }
