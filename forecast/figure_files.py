"""Figures as files: a page to open and share, and the JSON other dashboards read."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from forecast.figures import Figure

LIBRARY: Final = "plotly.min.js"
_PAGE: Final = """<!doctype html>
<html lang="de">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
{figure}
</body>
</html>
"""


def save_figure(figure: Figure, folder: Path, name: str) -> go.Figure:
    """Write a figure as `<name>.html` and `<name>.json` and return it as plotly shows it.

    The library lies once beside the pages of a folder, so that they open without a network.

    Args:
        figure: One of `forecast.figures`.
        folder: Where to; made if it is missing.
        name: Name of the files without ending.

    Returns:
        The figure, checked by plotly; as the last line of a notebook cell it is shown.

    Raises:
        ValueError: It is no figure in the form of plotly.
    """
    shown = go.Figure(figure)
    options = {"displayModeBar": False, "responsive": True}
    drawn = shown.to_html(full_html=False, include_plotlyjs="directory", div_id=name, config=options)
    page = _PAGE.format(title=html.escape(shown.layout.title.text or name), figure=drawn)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / LIBRARY).exists():
        (folder / LIBRARY).write_text(get_plotlyjs(), encoding="utf-8")
    (folder / f"{name}.html").write_text(page, encoding="utf-8")
    (folder / f"{name}.json").write_text(f"{shown.to_json()}\n", encoding="utf-8")
    return shown
