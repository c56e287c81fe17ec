"""Charts 图表 of a run or a comparison, in English or Chinese, each with its data beside it.

================  ==============================================================================================================
name              shows
================  ==============================================================================================================
`forest`          what the second organisation changes: paired differences with intervals (comparisons only)
`resolved`        share of issues truly resolved over time, by severity
`backlog`         what is open at the end of each day, by tier
`flow`            who first learns of issues, how high they are sent, and at which tier they end
`utilisation`     how busy the staff are, by role
`load`            when the work comes in and is done, by hour and weekday
`streets`         streets ranked by the harm that residents feel
================  ==============================================================================================================

In a bare service system `resolved`, `flow` and `streets` make no sense and are left out.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.charts import backlog, flow, forest, load, resolved, streets, utilisation
from sim.charts.frames import FRAMES, forest_frame
from sim.charts.style import Side, drawing, save, sides_of
from sim.i18n import _, language, speaking

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.results import Comparison, Result

__all__ = [
    "CHARTS",
    "Side",
    "backlog",
    "draw_all",
    "drawing",
    "flow",
    "forest",
    "load",
    "plot",
    "resolved",
    "save",
    "sides_of",
    "streets",
    "utilisation",
    "write",
]

CHARTS = ("forest", "resolved", "backlog", "flow", "utilisation", "load", "streets")
"""Names of the charts, in the order of a report."""
_DRAW = {
    "resolved": resolved.draw,
    "backlog": backlog.draw,
    "flow": flow.draw,
    "utilisation": utilisation.draw,
    "load": load.draw,
    "streets": streets.draw,
}


def draw_all(results: Comparison | Result | Sequence[Result], folder: Path | str, lang: str | None = None) -> list[Path]:
    """Draw every chart that makes sense, and write each as PNG (300 dpi), SVG and CSV.

    Parameters
    ----------
    results : Comparison, Result or sequence of Result
        What to show; the first organisation keeps the first colour in every chart.
    folder : path
        Made where it is missing.
    lang : str, optional
        "en" or "zh"; by default the language in use.

    Returns
    -------
    list of Path
        The files, chart by chart.
    """
    written: list[Path] = []
    with speaking(lang or language()):
        for name, (figure, data) in _drawn(results, None).items():
            written += save(figure, data, Path(folder), name)
    return written


write = draw_all
"""The name by which the result folder asks for them."""


def plot(results: Comparison | Result | Sequence[Result], chart: str | None = None, *, lang: str | None = None) -> Any:
    """One chart as a matplotlib figure, or all of them by name.

    Parameters
    ----------
    results : Comparison, Result or sequence of Result
    chart : str, optional
        One of `CHARTS`; all where it is left out.
    lang : str, optional
        "en" or "zh"; by default the language in use.

    Raises
    ------
    ValueError
        There is no such chart, or it makes no sense for these results.
    """
    if chart is not None and chart not in CHARTS:
        raise ValueError(f"no chart {chart!r}: choose one of {', '.join(CHARTS)}")
    with speaking(lang or language()):
        figures = {name: figure for name, (figure, _data) in _drawn(results, chart).items()}
    if chart is None:
        return figures
    if not figures:
        raise ValueError(f"the chart {chart!r} makes no sense for these results")
    return figures.get(chart, figures)


def _drawn(results: Any, only: str | None) -> dict[str, tuple[Figure, pd.DataFrame]]:
    """Figures with their data by file name; those without data are left out."""
    found: Sequence[Result] = tuple(getattr(results, "results", results))
    sides = sides_of({result.name: result.title for result in found})
    note = _note(found)
    charts: dict[str, tuple[Figure, pd.DataFrame]] = {}
    with drawing():
        if len(found) > 1 and only in (None, "forest"):
            comparison = results if hasattr(results, "verdicts") else importlib.import_module("sim.results").Comparison(found)
            for side in sides[1:]:
                data = forest_frame(comparison, side.key)
                if len(data):
                    name = "forest" if len(found) == 2 else f"forest-{side.key}"
                    charts[name] = forest.draw(data, sides[0], side, note), data
        for name, frame in FRAMES.items():
            if only in (None, name):
                data = frame(found)
                if len(data):
                    charts[name] = _DRAW[name](data, sides, note), data
    return charts


def _note(results: Sequence[Result]) -> str:
    facts, first = results[0].facts, results[0].outcomes[0].facts
    days = first["horizon"] / 86400
    if len(results[0].outcomes) == 1:
        return _("One replication, so no intervals; seed {seed}; {days:.4g} days measured.").format(seed=facts.seed, days=days)
    return _("{replications} replications, seed {seed}, {days:.4g} days measured.").format(
        replications=len(results[0].outcomes), seed=facts.seed, days=days
    )
