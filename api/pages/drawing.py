"""The few shapes our charts consist of, as SVG text: no script, no style attribute, colours by class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 440.0
_NOTHING: Final = 1e-9
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to the drawing.

    Args:
        low: Smallest value.
        high: Largest value, above `low`.
        start: Where `low` lies.
        end: Where `high` lies.
    """

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the place of a value.

        Example:
            >>> Scale(0, 10, 100, 200).at(2.5)
            125.0
        """
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round values in equal steps that cover a range; one too small to draw becomes one of length 1.

    Args:
        low: Smallest value to cover.
        high: Largest value to cover.
        most: About how many steps.

    Example:
        >>> ticks(-30, 130), ticks(0, 0)
        ([-50.0, 0.0, 50.0, 100.0, 150.0], [0.0, 1.0])
    """
    if high - low <= _NOTHING * max(1.0, abs(low), abs(high)):
        high = low + 1.0
        most = 1
    rough = (high - low) / most
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in _STEPS if factor * size >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def length(value: float) -> str:
    """Return a coordinate with at most one decimal.

    Example:
        >>> length(12.04), length(12.26), length(-0.01)
        ('12', '12.3', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def text(x: float, y: float, content: object, kind: str = "", anchor: str = "start") -> str:
    """Return a text; the content is escaped."""
    named = f' class="{kind}"' if kind else ""
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{length(x)}" y="{length(y)}"{named}{placed}>{escape(content)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    ends = f'x1="{length(x1)}" y1="{length(y1)}" x2="{length(x2)}" y2="{length(y2)}"'
    return f'<line {ends} class="{kind}"/>'


def rectangle(x1: float, x2: float, y: float, height: float, kind: str) -> str:
    """Return a bar between two places, at least half a unit wide so that it can be seen."""
    left, wide = min(x1, x2), max(abs(x2 - x1), 0.5)
    return (
        f'<rect x="{length(left)}" y="{length(y)}" width="{length(wide)}" height="{length(height)}" '
        f'class="{kind}"/>'
    )


def circle(x: float, y: float, radius: float, kind: str) -> str:
    """Return a dot."""
    return f'<circle cx="{length(x)}" cy="{length(y)}" r="{length(radius)}" class="{kind}"/>'


def path(points: Sequence[tuple[float, float]], kind: str, *, closed: bool = False) -> str:
    """Return a polyline, or an area if it is closed."""
    steps = "L".join(f"{length(x)} {length(y)}" for x, y in points)
    return f'<path d="M{steps}{"Z" if closed else ""}" class="{kind}"/>'


def drawing(
    parts: Sequence[str], *, key: str, title: str, description: str, height: float, kind: str
) -> Markup:
    """Return a whole chart that screen readers announce with title and description.

    Args:
        parts: Its shapes in drawing order.
        key: Unique on the page.
        title: A sentence.
        description: What can be seen, in words.
        height: In the units of WIDTH.
        kind: Class beside ``chart``.
    """
    head = (
        f'<svg class="chart {kind}" viewBox="0 0 {length(WIDTH)} {length(height)}" role="img" '
        f'aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(description)}</desc>'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - every text in it is escaped above
