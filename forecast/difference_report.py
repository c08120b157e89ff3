"""The command `difference`: what changed from one release to the next, and what it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from forecast.errors import InputError
from forecast.release_difference import COMPONENT_NAMES, ReleaseDifference, release_difference
from forecast.snapshot import Snapshot, list_snapshots, open_snapshot

_SHOWN: Final = 12  # trades listed where none is asked for


class Report(Protocol):
    """Where lines are shown."""

    def line(self, text: str) -> None: ...  # noqa: D102


def print_difference(
    root: Path, before: str, after: str, region: str, trade: str, year: int, report: Report
) -> None:
    """Print how the gap of a cell, or of every trade of a region, differs between two releases.

    Args:
        root: Folder of the releases.
        before: Id of the older release, or how it begins.
        after: Id of the newer release, or how it begins; empty takes the one in force.
        region: Code of the region.
        trade: Code of the trade; empty lists the trades whose gap changed most.
        year: Workforce year.
        report: Where to print.

    Raises:
        InputError: No release or several begin like that, or one of them has no gap for this cell.
        OperationError: A release cannot be read.
    """
    old = open_snapshot(root, found_id(root, before))
    new = open_snapshot(root, found_id(root, after) if after else None)
    report.line(f"Stand {old.id} → {new.id}")
    if trade:
        _print_cell(old, new, region, trade, year, report)
    else:
        _print_region(old, new, region, year, report)


def found_id(root: Path, beginning: str) -> str:
    """Return the one release whose id begins like this.

    Raises:
        InputError: There is none, or there are several.
    """
    kept = [one.id for one in list_snapshots(root)]
    matching = [one for one in kept if beginning and one.startswith(beginning.lower())]
    if len(matching) == 1:
        return matching[0]
    raise InputError(
        f"«{beginning}» bezeichnet {'keinen' if not matching else 'mehrere'} der aufbewahrten Stände.",
        where=str(root), expected=f"einer von: {', '.join(matching or kept) or '(keiner vorhanden)'}",
        remedy="Die Kennung oder ihren eindeutigen Anfang angeben.",
    )  # fmt: skip


def _print_cell(old: Snapshot, new: Snapshot, region: str, trade: str, year: int, report: Report) -> None:
    found = release_difference(old, new, region, trade, year)
    labels = {item["code"]: str(item["label_de"]) for item in new.documents["catalogue"]["items"]}
    labels |= {
        item["code"]: str(item["label_de"])
        for item in old.documents["catalogue"]["items"]
        if item["code"] not in labels
    }
    report.line(f"\n[bold]{_name(new, trade)}, {region}, {year}[/bold]")
    report.line(f"Lücke {found.before} → {found.after} ({_signed(found.after - found.before)})")
    report.line("\nNach Posten der Erklärung:")
    _print_changes({labels[code]: change for code, change in found.items.items()}, report)
    _print_components(found, report)


def _print_components(found: ReleaseDifference, report: Report) -> None:
    if found.components is None:
        report.line(
            "\nDie Konten der beiden Stände umfassen verschiedene Jahre oder Ziehungen: Nach Bestandteilen "
            "lässt sich der Unterschied nicht aufteilen."
        )
        return
    report.line("\nNach Bestandteilen der Konten, jeder allein in die älteren Konten eingesetzt:")
    parts = found.components.contributions
    _print_changes({COMPONENT_NAMES[code][0]: change for code, change in parts.items()}, report)


def _print_changes(changes: Mapping[str, int], report: Report) -> None:
    """One line for what changed, one for how much did not, one for the sum."""
    moved = {label: change for label, change in changes.items() if change}
    for label, change in sorted(moved.items(), key=lambda item: -abs(item[1])):
        report.line(f"  {_signed(change):>7}  {label}")
    if len(moved) < len(changes):
        report.line(f"  {'0':>7}  alles andere ({len(changes) - len(moved)})")
    report.line(f"  {_signed(sum(changes.values())):>7}  zusammen")


def _print_region(old: Snapshot, new: Snapshot, region: str, year: int, report: Report) -> None:
    found = {
        trade: (_gap(old, region, trade, year), _gap(new, region, trade, year)) for trade in new.axes.trades
    }
    both = {trade: pair for trade, pair in found.items() if not np.isnan(pair).any()}
    if not both:
        raise InputError(
            "Keines der Gewerke hat in beiden Ständen eine Lücke.", where=f"{region} {year}",
            expected="eine Region und ein Jahr, die es in beiden Ständen gibt",
            remedy="Region (zum Beispiel HWK-FF) und Jahr prüfen.",
        )  # fmt: skip
    report.line(f"\n[bold]{region}, {year}: Lücke vorher → nachher[/bold]")
    ordered = sorted(both, key=lambda trade: -abs(both[trade][1] - both[trade][0]))
    for trade in ordered[:_SHOWN]:
        was, now = (int(value) for value in both[trade])
        report.line(f"  {_signed(now - was):>7}  {was} → {now}  {_name(new, trade)} ({trade})")
    if len(ordered) > _SHOWN:
        report.line(f"  … und {len(ordered) - _SHOWN} weitere Zeilen mit kleineren Änderungen")
    report.line("Mit --trade zeigt derselbe Befehl, woher die Änderung eines Gewerks kommt.")


def _gap(snapshot: Snapshot, region: str, trade: str, year: int) -> float:
    """The gap of a cell; NaN where a release has none."""
    try:
        place = [
            snapshot.index(*pair)
            for pair in (("region", region), ("trade", trade), ("measure", "gap"), ("year", year))
        ]
    except KeyError:
        return float("nan")
    return float(snapshot.cube[(*place, 0)])


def _name(snapshot: Snapshot, trade: str) -> str:
    """The German name of a trade, safe to print."""
    names = {entry["code"]: str(entry["name_de"]) for entry in snapshot.documents["catalogue"]["trades"]}
    return names.get(trade, trade).replace("[", r"\[")


def _signed(number: int) -> str:
    """A whole number with its sign; nothing before zero."""
    return f"{number:+d}".replace("-", "−") if number else "0"
