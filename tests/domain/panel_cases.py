"""A toy country for tests of the panel: two trades, five occupations, three regions, three indicators."""

from __future__ import annotations

from datetime import date

import pandas as pd

from forecast.domain.codes import CodeList, Region, Trade, TrainingOccupation
from forecast.domain.indicators import Indicator, PublicationLag

LAG = PublicationLag(9, 8, 10, "judgement", "s", "because", date(2027, 6, 30))


def indicator(code, kind="flow", non_negative=True, additive_over=("trade", "region")):
    return Indicator(
        code=code, name_de=code, name_en=code, kind=kind, unit="contracts", definition="", definition_en="",
        purpose="", population="", formula="", breakdowns=(), sources=("s",), reference_date="", breaks=(),
        quality="", cautions=(), additive_over=additive_over, disclosure="", non_negative=non_negative,
        publication_lag_months=LAG, role="published",
    )  # fmt: skip


def _trade(code):
    return Trade(code, code, code, "other", "craft", "A", "", 3.0, None, None, "source", "s", "")


def occupation(code, trade, weight=1.0, start=None, end=None):
    return TrainingOccupation(code, code, code, code, trade, weight, 3.0, "", start, end, "source", "s", "")


def _region(code, level, *parents):
    return Region(code, code, code, level, parents, "", "", None, None, "source", "s", "")


def code_list(*occupations):
    chosen = occupations or (
        occupation("AO-maler", "A-10"),
        occupation("AO-lack", "A-10"),
        occupation("AO-beschichter", "A-10"),
        occupation("AO-kfz", "A-20"),
        occupation("AO-mat", ""),
    )
    return CodeList(
        {code: _trade(code) for code in ("A-10", "A-20")},
        {entry.code: entry for entry in chosen},
        {},
        {
            "DE": _region("DE", "country"),
            "BB": _region("BB", "land", "DE"),
            "HWK-FF": _region("HWK-FF", "other", "BB"),
        },
        (),
        {},
    )


INDICATORS = {
    "new_contracts": indicator("new_contracts"),
    "net_growth": indicator("net_growth", non_negative=False),
    "termination_rate": indicator("termination_rate", kind="rate", additive_over=()),
}


def frame(*rows):
    """Rows of (trade, region, year, value) plus optional changes as a dictionary."""
    base = {
        "indicator": "new_contracts",
        "age": "",
        "status": "observed",
        "published": "2020-01-01",
        "source": "s",
    }
    records = []
    for trade, region, year, value, *changes in rows:
        row = base | {"trade": trade, "region": region, "year": year, "value": value}
        records.append(row | (changes[0] if changes else {}))
    return pd.DataFrame(records)
