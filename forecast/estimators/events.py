"""Dated events that a published series is corrected for before it is continued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from forecast.domain.codes import CodeList
from forecast.domain.provenance import Event
from forecast.estimators.protocol import KnownEvent


def known_events(
    events: Sequence[Event], codes: CodeList, indicator: str, trade: str, region: str, day: date | None = None
) -> tuple[KnownEvent, ...]:
    """Return what is known to have moved a published series, in the order of the years.

    An event counts if it names the indicator, and the trade and the region or a region around it; a change of
    definition in the nation concerns every Land. Steps, changes of definition and reclassifications begin a
    new level in their first year, a pulse concerns each of its years.

    Args:
        events: All dated events.
        codes: Regions and what they lie in.
        indicator: Code.
        trade: Subject code.
        region: Region code.
        day: Only events that had happened by then.
    """
    around = {region, *_around(codes, region)}
    found: set[KnownEvent] = set()
    for event in events:
        if indicator not in event.indicators or (day is not None and event.date > day):
            continue
        if not {trade, "*"} & set(event.trades) or not (around | {"*"}) & set(event.regions):
            continue
        first, last = event.years
        if event.kind == "pulse":
            found |= {KnownEvent(year, "pulse") for year in range(first, (last or first) + 1)}
        else:
            found.add(KnownEvent(first, "definition_change"))
    return tuple(sorted(found))


def _around(codes: CodeList, region: str) -> set[str]:
    """Return every region a region lies in."""
    found: set[str] = set()
    waiting = [region]
    while waiting:
        entry = codes.regions.get(waiting.pop())
        new = set(entry.parents) - found if entry else set()
        found |= new
        waiting += new
    return found
