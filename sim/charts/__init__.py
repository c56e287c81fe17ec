"""Charts 图表 of a run or a comparison, in English or Chinese, each with its data beside it.

================  ==============================================================================================================
name              shows
================  ==============================================================================================================
`forest`          what the second organisation changes: paired differences with intervals (comparisons only)
`resolved`        share of issues truly resolved over time, by severity
`survival`        share of issues still there over time since occurrence and since discovery
`stages`          where the time of an issue goes: unknown, waiting, travel, work, hand-offs
`flow`            who first learns of issues, how high they are sent, and at which tier they end
`tiers`           the same between fixed tiers, organisations side by side
`backlog`         what is open at the end of each day, by tier
`calendar`        tickets registered and open, day by day of the year
`lamps`           lamps, supervision orders and lifts by week
`utilisation`     how busy the staff are, by role
`load`            when the work comes in and is done, by hour and weekday
`streets`         streets ranked by the harm that residents feel
`equity`          how evenly communities are served
================  ==============================================================================================================

A chart that makes no sense is left out: most of them in a bare service system, `lamps` where nobody watches the clock.
`offered` says which there are, `caption` what each shows.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.charts import (
    backlog,
    calendar,
    equity,
    flow,
    forest,
    lamps,
    load,
    resolved,
    stages,
    streets,
    survival,
    tiers,
    utilisation,
)
from sim.charts import frames as _frames
from sim.charts.frames import forest_frame
from sim.charts.style import Side, drawing, save, sides_of
from sim.i18n import N_, _, language, speaking

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from sim.results import Comparison, Result

__all__ = [
    "CAPTIONS",
    "CHARTS",
    "FRAMES",
    "Side",
    "backlog",
    "calendar",
    "caption",
    "draw_all",
    "drawing",
    "drawn",
    "equity",
    "flow",
    "forest",
    "lamps",
    "load",
    "offered",
    "plot",
    "resolved",
    "save",
    "sides_of",
    "stages",
    "streets",
    "survival",
    "tiers",
    "utilisation",
    "write",
]

CAPTIONS = {
    "forest": N_("What the other organisation changes: measures with paired differences and intervals"),
    "resolved": N_("Share of issues truly resolved over time, by severity"),
    "survival": N_("Share of issues still there, by time since they occurred and were discovered"),
    "stages": N_("Where the time of an issue goes: unknown, waiting, travel, work, hand-offs, rework"),
    "flow": N_("Where issues come in, how far they climb, and where they end"),
    "tiers": N_("Up and down the tiers, organisations side by side"),
    "backlog": N_("Backlog at the end of each day, by tier"),
    "calendar": N_("The year day by day: tickets registered, and tickets open"),
    "lamps": N_("Yellow and red lamps, supervision orders and lifts, week by week"),
    "utilisation": N_("How busy the staff are, by role"),
    "load": N_("When the work comes in and is done, by hour and weekday"),
    "streets": N_("Streets by what residents feel"),
    "equity": N_("How evenly communities are served: time to resolution and harm"),
}
"""What each chart of a run or a comparison shows, in one line, in the order of a report."""
CHARTS = tuple(CAPTIONS)
"""Names of the charts, in the order of a report."""
FRAMES: dict[str, Callable[[Sequence[Any]], pd.DataFrame]] = {
    "resolved": _frames.resolved_frame,
    "survival": survival.frame,
    "stages": stages.frame,
    "flow": _frames.flow_frame,
    "tiers": tiers.frame,
    "backlog": _frames.backlog_frame,
    "calendar": calendar.frame,
    "lamps": lamps.frame,
    "utilisation": _frames.utilisation_frame,
    "load": _frames.load_frame,
    "streets": _frames.streets_frame,
    "equity": equity.frame,
}
"""The table of every chart but the forest plot, from results; without rows where the chart makes no sense."""
_DRAW: dict[str, Callable[[pd.DataFrame, Sequence[Side], str], Figure]] = {
    "resolved": resolved.draw,
    "survival": survival.draw,
    "stages": stages.draw,
    "flow": flow.draw,
    "tiers": tiers.draw,
    "backlog": backlog.draw,
    "calendar": calendar.draw,
    "lamps": lamps.draw,
    "utilisation": utilisation.draw,
    "load": load.draw,
    "streets": streets.draw,
    "equity": equity.draw,
}


def caption(name: str, lang: str | None = None) -> str:
    """What a chart shows, in one line.

    Parameters
    ----------
    name : str
        A name that `offered` gives.
    lang : str, optional
        "en" or "zh"; by default the language in use.

    Examples
    --------
    >>> caption("backlog", "en")
    'Backlog at the end of each day, by tier'
    """
    with speaking(lang or language()):
        return _(CAPTIONS["forest" if name.startswith("forest-") else name])


def offered(results: Comparison | Result | Sequence[Result]) -> tuple[str, ...]:
    """Names of the charts that make sense for these results, in the order of a report.

    Of three organisations and more there is a forest plot for each but the first: `forest-NAME`.

    Parameters
    ----------
    results : Comparison, Result or sequence of Result
    """
    found = _results(results)
    forests = ["forest"] if len(found) == 2 else [f"forest-{result.name}" for result in found[1:]]
    return (*forests, *(name for name, frame in FRAMES.items() if len(frame(found))))


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
        One of `CHARTS`, or `forest-NAME`; all where it is left out.
    lang : str, optional
        "en" or "zh"; by default the language in use.

    Raises
    ------
    ValueError
        There is no such chart, or it makes no sense for these results.
    """
    if chart is not None and chart not in CHARTS and not chart.startswith("forest-"):
        raise ValueError(f"no chart {chart!r}: choose one of {', '.join(CHARTS)}")
    with speaking(lang or language()):
        figures = {name: figure for name, (figure, _data) in _drawn(results, chart).items()}
    if chart is None:
        return figures
    if not figures:
        raise ValueError(f"the chart {chart!r} makes no sense for these results")
    return figures.get(chart, figures)


def drawn(results: Comparison | Result | Sequence[Result], chart: str) -> tuple[Figure, pd.DataFrame]:
    """One chart that `offered` names, with the table that it shows, in the language in use.

    Raises
    ------
    ValueError
        It makes no sense for these results.
    """
    found = _drawn(results, chart)
    if chart not in found:
        raise ValueError(f"the chart {chart!r} makes no sense for these results")
    return found[chart]


def _drawn(results: Any, only: str | None) -> dict[str, tuple[Figure, pd.DataFrame]]:
    """Figures with their data by file name; those without data are left out."""
    found = _results(results)
    sides = sides_of({result.name: result.title for result in found})
    note = _note(found)
    charts: dict[str, tuple[Figure, pd.DataFrame]] = {}
    with drawing():
        if len(found) > 1 and (only is None or only.startswith("forest")):
            comparison = results if hasattr(results, "verdicts") else importlib.import_module("sim.results").Comparison(found)
            for side in sides[1:]:
                name = "forest" if len(found) == 2 else f"forest-{side.key}"
                data = forest_frame(comparison, side.key) if only in (None, "forest", name) else ()
                if len(data):
                    charts[name] = forest.draw(data, sides[0], side, note), data
        for name, frame in FRAMES.items():
            if only in (None, name):
                data = frame(found)
                if len(data):
                    charts[name] = _DRAW[name](data, sides, note), data
    return charts


def _results(results: Any) -> tuple[Result, ...]:
    return tuple(getattr(results, "results", results))


def _note(results: Sequence[Result]) -> str:
    facts, first = results[0].facts, results[0].outcomes[0].facts
    days = first["horizon"] / 86400
    if len(results[0].outcomes) == 1:
        return _("One replication, so no intervals; seed {seed}; {days:.4g} days measured.").format(seed=facts.seed, days=days)
    return _("{replications} replications, seed {seed}, {days:.4g} days measured.").format(
        replications=len(results[0].outcomes), seed=facts.seed, days=days
    )
