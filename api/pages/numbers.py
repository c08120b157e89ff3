"""Numbers, ranges and dates as German and English readers expect them (Unicode CLDR through Babel)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from api.language import Lang

LOCALES: Final[dict[Lang, str]] = {"de": "de_DE", "en": "en_GB"}
BETWEEN: Final[dict[Lang, str]] = {"de": "bis", "en": "to"}
NBSP: Final = "\u00a0"
MINUS: Final = "\u2212"
DASH: Final = "–"


@lru_cache(maxsize=65_536)
def number(value: int | float, lang: Lang, *, signed: bool = False, digits: int = 0) -> str:
    """Return a number with grouping, a real minus sign, and a plus sign where the sign carries meaning.

    Args:
        value: Any number; it is rounded already.
        lang: Language.
        signed: Whether a plus sign carries meaning.
        digits: Least digits after the decimal sign, so that numbers of a column stand below each other.

    Example:
        >>> number(1234, "de"), number(-35, "de"), number(120, "en", signed=True), number(7, "de", digits=1)
        ('1.234', '−35', '+120', '7,0')
    """
    pattern = f"#,##0.{'0' * digits}{'#' * (3 - digits)}"
    text = str(format_decimal(value, pattern, LOCALES[lang])).replace("-", MINUS)
    return f"+{text}" if signed and value > 0 else text


@lru_cache(maxsize=65_536)
def interval(
    lower: int | float, upper: int | float, lang: Lang, *, signed: bool = False, digits: int = 0
) -> str:
    """Return a range that does not break across lines.

    Example:
        >>> interval(-20, 1035, "de", signed=True).replace(NBSP, " ")
        '−20 bis +1.035'
    """
    ends = (number(end, lang, signed=signed, digits=digits) for end in (lower, upper))
    return f"{NBSP}{BETWEEN[lang]}{NBSP}".join(ends)


@lru_cache(maxsize=4_096)
def day(iso: str, lang: Lang) -> str:
    """Return a date in words.

    Example:
        >>> day("2025-10-31", "de")
        '31. Oktober 2025'
    """
    return str(format_date(date.fromisoformat(iso), format="long", locale=LOCALES[lang]))


def listing(parts: list[str], lang: Lang) -> str:
    """Return an enumeration as it is spoken.

    Example:
        >>> listing(["a", "b", "c"], "de")
        'a, b und c'
    """
    return _listed(tuple(parts), lang)


@lru_cache(maxsize=4_096)
def _listed(parts: tuple[str, ...], lang: Lang) -> str:
    return str(format_list(parts, style="standard", locale=LOCALES[lang]))


@lru_cache(maxsize=4_096)
def percent(share: float, lang: Lang, *, signed: bool = False) -> str:
    """Return a share in percent with one decimal, as all shares on the pages are rounded.

    Example:
        >>> percent(0.8216, "de").replace(NBSP, " "), percent(-0.4637, "en", signed=True)
        ('82,2 %', '−46.4%')
    """
    text = str(
        format_percent(share, format="#,##0.0 %" if lang == "de" else "#,##0.0%", locale=LOCALES[lang])
    )
    text = text.replace("-", MINUS).replace(" ", NBSP)
    return f"+{text}" if signed and round(share, 3) > 0 else text
