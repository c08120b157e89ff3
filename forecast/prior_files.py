"""`make prior`: trains the shipped prior from scratch and writes it with its card.

``models/prior/prior.json`` holds the prior trained on all sets and, for honest tests, one per set trained
without it; ``card.yaml`` and ``CARD.md`` say how good it is and where it loses;
``forecast/stats/prior_table.py`` is the same prior as constants, since the cores read no files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import yaml
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from forecast.estimators.baselines import drift, left_aligned
from forecast.estimators.panels import learn_panel, panel_quantiles
from forecast.prior import (
    FOLDER,
    ROOT,
    Series,
    Table,
    Training,
    competitions,
    cut_windows,
    fit_gate,
    gate_from,
    joined,
    stored_gate,
    tabulate,
)
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from forecast.stats.gate import FEATURES, PROPERTIES, Gate

Array = NDArray[np.float64]

_ENDS: Final = 2000  # all histories end in the same year: they may share the shocks of their last years


@dataclass(frozen=True, slots=True)
class SetScore:
    """How forecasts of one set did whose prior was trained without it.

    Args:
        name: Set.
        series: Number of series.
        horizon: Years ahead.
        owa: Mean of MASE and sMAPE, both relative to the last value: production, learned average alone, theta
            bank alone, drift.
        coverage: Share inside the 95 % and the 80 % range.
    """

    name: str
    series: int
    horizon: int
    owa: Mapping[str, float]
    coverage: Mapping[str, float]


def train(sets: Mapping[str, tuple[Series, ...]], t: Training) -> tuple[Gate, dict[str, Gate]]:
    """Return the prior trained on all sets and one per set trained without it; one thread, same numbers."""
    with threadpool_limits(limits=1):
        tables = {name: tabulate(cut_windows(series, t), t) for name, series in sets.items()}
        without = {name: fit_gate(_others(tables, name), t) for name in tables}
        return fit_gate(joined(list(tables.values())), t), without


def _others(tables: Mapping[str, Table], name: str) -> Table:
    return joined([table for other, table in tables.items() if other != name])


def score_set(name: str, series: tuple[Series, ...], settings: SeriesSettings) -> SetScore:
    """Forecast a set as `predict` would and score it."""
    horizon = series[0].truth.size
    histories = [(np.arange(_ENDS - one.known.size, _ENDS), one.known) for one in series]
    grid, first = left_aligned(histories)
    truth = np.stack([one.truth for one in series])
    rows = np.arange(len(grid))
    last_column = np.array([one.known.size - 1 for one in series])
    last = grid[rows, last_column][:, None] + np.zeros(horizon)
    change = np.array([np.abs(np.diff(one.known)).mean() for one in series])
    learning = learn_panel((grid, first), horizon, settings=settings)
    found = panel_quantiles(learning, grid, first, horizon, settings=settings)
    alone = {}
    for method, prior in (("learned", (0.0, 0.0, 0.0, 1.0)), ("theta", (0.0, 0.0, 1.0, 0.0))):
        only = replace(settings, prior=prior)
        part = learn_panel((grid, first), horizon, settings=only)
        alone[method] = panel_quantiles(part, grid, first, horizon, settings=only).mean
    points = {
        "production": found.mean,
        **alone,
        "drift": drift(grid, horizon, damping=1.0)[rows, last_column],
    }
    inside = {
        "95": (found.quantiles[:, :, 0] <= truth) & (truth <= found.quantiles[:, :, -1]),
        "80": (found.quantiles[:, :, 1] <= truth) & (truth <= found.quantiles[:, :, -2]),
    }
    return SetScore(
        name=name,
        series=len(series),
        horizon=horizon,
        owa={method: _owa(said, truth, last, change) for method, said in points.items()},
        coverage={share: float(hit.mean()) for share, hit in inside.items()},
    )


def _owa(said: Array, truth: Array, last: Array, change: Array) -> float:
    """Return the mean of MASE and sMAPE, both relative to the last value."""

    def both(forecast: Array) -> tuple[float, float]:
        miss = np.abs(truth - forecast)
        return (
            float((miss.mean(axis=1) / change).mean()),
            float((miss / (np.abs(truth) + np.abs(forecast))).mean()),
        )

    own, naive = both(said), both(last)
    return (own[0] / naive[0] + own[1] / naive[1]) / 2


def write_prior(
    root: Path, gate: Gate, without: Mapping[str, Gate], scores: list[SetScore], t: Training
) -> None:
    """Write prior.json, card.yaml, CARD.md and the table of constants."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "features": list(FEATURES),
        "properties": list(PROPERTIES),
        "shipped": stored_gate(gate),
        "without": {name: stored_gate(other) for name, other in without.items()},
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "prior.json").write_text(text + "\n", encoding="utf-8")
    card = {
        "quantity": "prior",
        "training": {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(t).items()},
        "scores": [_rounded(score) for score in scores],
    }
    (folder / "card.yaml").write_text(
        yaml.safe_dump(card, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    (folder / "CARD.md").write_text(_card(scores), encoding="utf-8")
    table = root / "forecast" / "stats" / "prior_table.py"
    table.write_text(_constants(stored_gate(gate)), encoding="utf-8")


def _rounded(score: SetScore) -> dict[str, object]:
    return {
        "set": score.name,
        "series": score.series,
        "horizon": score.horizon,
        "owa": {key: round(value, 3) for key, value in score.owa.items()},
        "coverage": {key: round(value, 3) for key, value in score.coverage.items()},
    }


def _constants(stored: Mapping[str, object]) -> str:
    """Return the module that holds the prior as constants."""
    lines = []
    for row in np.array(stored["coefficients"]).tolist():
        half = len(row) // 2
        first, second = (", ".join(f"{number:g}" for number in part) for part in (row[:half], row[half:]))
        lines += [f"    ({first},", f"     {second}),"]
    return "\n".join(
        [
            '"""The shipped prior as constants: written by `make prior`, equals models/prior/prior.json."""',
            "",
            "from __future__ import annotations",
            "",
            "from typing import Final",
            "",
            "import numpy as np",
            "",
            "from forecast.stats.gate import Gate",
            "",
            "# fmt: off",
            "_ROWS = (",
            *lines,
            ")",
            "# fmt: on",
            "",
            "SHIPPED_GATE: Final = Gate(",
            f"    temperature={stored['temperature']},",
            f"    lengthening={stored['lengthening']},",
            "    coefficients=np.array(_ROWS),",
            "    floor=0.05,",
            "    noise_floor=0.25,",
            ")",
            "",
        ]
    )


_HEAD: Final = """# Vorgewichte der Glätterbank

Wozu: Das Vorausschätzen kurzer Jahresreihen mittelt 96 lineare Glätter. Wie stark jeder zählt, folgt aus
seiner Anpassung an die Reihe und aus diesen Vorgewichten: 108 Zahlen, die neun Merkmale einer Reihe (Länge,
Richtung, Rückschläge, Anteil des Zählrauschens …) mit zwölf Eigenschaften eines Glätters verbinden. Gelernt
an öffentlichen Wettbewerbsdaten (M1, M3, Tourism, jährlich), zum Teil verdünnt zu kleinen, auf Dreier
gerundeten Anzahlen. `make prior` rechnet alles neu; die Reihen selbst liegen nicht im Archiv.

## Wie gut

Jeder Satz mit Vorgewichten, die ohne ihn gelernt wurden. OWA: Mittel aus MASE und sMAPE, je relativ zum
letzten Wert; unter 1 ist besser als der letzte Wert. «Gelernt» und «Theta»: nur dieses Mittel allein.

| Satz | Reihen | Jahre | Gesamtverfahren | gelernt | Theta | Drift | im 95-%-Bereich | im 80-%-Bereich |
|---|---|---|---|---|---|---|---|---|
"""

_FOOT: Final = """\
- Auf kurzen Verwaltungsreihen mit gemeinsamen Wendepunkten (offene Stellen, Arbeitslose) schreibt es
  Aufschwünge fort, die enden. Deshalb hat dort der letzte Wert das größte Gewicht, bis die Reihen selbst an
  vielen Ausgangsjahren das Gegenteil gezeigt haben.

## Wann nicht verwenden

- Für Monats- oder Quartalswerte und für Reihen mit Saison.
- Für mehr als etwa zehn Jahre voraus: gelernt und geprüft wurde bis sechs.
- Wo ein angekündigtes Ereignis (Werksansiedlung, neue Abgrenzung) das Niveau ändert: Ereignisse gehören nach
  data/events, nicht in die Fortschreibung.
"""


def _card(scores: list[SetScore]) -> str:
    """Return the card for readers, in German."""
    methods = ("production", "learned", "theta", "drift")
    lines = []
    for s in scores:
        owa = " | ".join(f"{s.owa[key]:.3f}" for key in methods)
        shares = " | ".join(f"{100 * s.coverage[key]:.1f} %" for key in ("95", "80"))
        lines.append(f"| {s.name} | {s.series} | {s.horizon} | {owa} | {shares} |".replace(".", ","))
    product = {key: np.prod([s.owa[key] for s in scores]) ** (1 / len(scores)) for key in methods}
    means = " | ".join(f"{product[key]:.3f}" for key in methods)
    lines += [f"| geometrisches Mittel | | | {means} | | |".replace(".", ","), "", "## Wo sie verlieren", ""]
    names = {"theta": "die ungelernte Theta-Bank", "drift": "die Drift"}
    for s in scores:
        better = [name for key, name in names.items() if s.owa[key] < s.owa["learned"]]
        if better:
            lines.append(
                f"- {s.name}: allein ist das gelernte Mittel schlechter als {' und '.join(better)}; deshalb "
                "zählt\n  es nie allein."
            )
    return _HEAD + "\n".join(lines) + "\n" + _FOOT


def main() -> int:
    """Train, score, write; say what was done."""
    t = Training()
    sets = competitions()
    gate, without = train(sets, t)
    scores = []
    for name, series in sets.items():
        honest = replace(SHORT_SERIES, gate=gate_from(stored_gate(without[name])))
        scores.append(score_set(name, series, honest))
    write_prior(ROOT, gate, without, scores, t)
    for score in scores:
        sys.stdout.write(f"{score.name}: OWA {score.owa['production']:.3f}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
