"""Where figures come from and what happened to them: sources and dated events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

EVENT_KINDS = ("step", "pulse", "definition_change", "reclassification")


@dataclass(frozen=True, slots=True)
class Source:
    """A publication that can be read again, with its terms and the attribution they ask for.

    Args:
        retrieved: Day or month of reading as ISO text.
    """

    id: str
    publisher: str
    title: str
    url: str
    terms: str
    attribution: str
    retrieved: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that moved a series on a known date: a plant opens, a definition or an occupation changes.

    Args:
        years: First and last year concerned; no last year means until further notice.
        treatment: What an estimator does about it.
        indicators: Published series brought to the level after the event, or rid of the pulse, before they
            are continued; empty where a forecast leaves the series as it is or treats it elsewhere.
    """

    id: str
    name_de: str
    name_en: str
    date: date
    kind: str
    trades: tuple[str, ...]
    regions: tuple[str, ...]
    years: tuple[int, int | None]
    treatment: str
    description: str
    source: str
    indicators: tuple[str, ...] = ()

    def touches(self, trade: str, region: str, year: int) -> bool:
        """Say whether the event concerns this subject code and region in this year (`*` stands for all)."""
        first, last = self.years
        in_time = first <= year and (last is None or year <= last)
        return in_time and bool({trade, "*"} & set(self.trades)) and bool({region, "*"} & set(self.regions))
