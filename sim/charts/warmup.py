"""Welch's chart 预热期: the series of a scenario day by day, smoothed, with the warm-up of the file and the cut of MSER-5."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.charts.page import Page, settle
from sim.charts.style import BLUE, GREY, INK, VERMILION, drawing, save, tidy
from sim.charts.text import number, wrap
from sim.i18n import _, language, ngettext, speaking
from sim.warmup import NOT_JUDGED, NOT_SETTLED, SERIES

if TYPE_CHECKING:
    from sim.warmup import WarmUp

__all__ = ["COLUMNS", "SERIES_COLUMNS", "draw", "plot", "write"]

COLUMNS = ("series", "day", "mean", "smooth")
SERIES_COLUMNS = ("series", "verdict", "cut", "settled", "worst", "warm_up", "run")
DASHES = (0, (4, 2))


def plot(found: WarmUp, scenario: str | None = None, *, lang: str | None = None) -> Figure:
    """The chart of one scenario.

    Parameters
    ----------
    found : WarmUp
    scenario : str, optional
        Its name; by default the one with the worst verdict.
    lang : str, optional
        "en" or "zh"; by default the language in use.

    Raises
    ------
    ValueError
        There is no such scenario.
    """
    name = scenario or str(found.worst["scenario"])
    if name not in found.titles:
        raise ValueError(f"no scenario {name!r}: choose one of {', '.join(found.titles)}")
    with speaking(lang or language()), drawing():
        curves = found.curves[found.curves["scenario"] == name]
        series = found.series[found.series["scenario"] == name]
        note = ngettext("Mean of {number} replication.", "Mean of {number} replications.", found.replications)
        return draw(curves, series, found.titles[name], note.format(number=found.replications))


def write(found: WarmUp, folder: Path | str, lang: str | None = None) -> list[Path]:
    """Write the chart of every scenario as PNG (300 dpi) and SVG, and its curves as CSV.

    Returns
    -------
    list of Path
    """
    made = []
    for name in found.titles:
        curves = found.curves[found.curves["scenario"] == name]
        with speaking(lang or language()):
            made += save(plot(found, name), curves, Path(folder), f"warmup-{name}")
    return made


def draw(curves: pd.DataFrame, series: pd.DataFrame, title: str, note: str = "") -> Figure:
    """The chart: a panel a series.

    Parameters
    ----------
    curves : DataFrame
        `series`, `day` (from 0), `mean` number over replications, `smooth` (NaN where there is no average).
    series : DataFrame
        A row a series: `verdict`, `cut` (days; NaN where it was not judged), `settled`, `worst`, `warm_up` and `run` (days).
    title : str
        Of the scenario.
    note : str
        Footnote.
    """
    rows = max(1, -(-len(series) // 2))
    page = Page(
        _("Warm-up: {title}").format(title=title),
        _(
            "Left of the line is what MSER-5 leaves out; a dashed one lies beyond the middle and does not count. The verdict "
            "rests on the series whose title is coloured. Each panel has its own scale."
        ),
        note,
        width=9.0,
        height=0.5 + 1.75 * rows,
        key=[
            Line2D([], [], color=GREY, linewidth=0.8, label=_("Each day")),
            Line2D([], [], color=BLUE, linewidth=1.9, label=_("Welch's moving average")),
            Line2D([], [], color=VERMILION, linewidth=1.6, label=_("Cut of MSER-5")),
            Patch(facecolor=GREY, alpha=0.16, label=_("Warm-up in the file")),
        ],
    )
    panels = np.atleast_1d(page.figure.subplots(rows, 2 if len(series) > 1 else 1, sharex=True)).ravel()
    for axes, row in zip(panels, series.itertuples(), strict=False):
        _panel(axes, curves[curves["series"] == row.series].sort_values("day"), row)
    shown = len(series)
    for place, axes in enumerate(panels):
        axes.set_visible(place < shown)
        if place + 2 >= shown:
            axes.tick_params(axis="x", labelbottom=True)
            axes.set_xlabel(_("Day of the run"))
    return settle(page)


def _panel(axes: Axes, curve: pd.DataFrame, row: Any) -> None:
    title = _("{series}: {cut}").format(series=_(SERIES[row.series]), cut=_told(row))
    axes.set_title(wrap(title, 3.9, 9.5, 2), color=VERMILION if row.worst else INK)
    axes.axvspan(0, row.warm_up, color=GREY, alpha=0.16, linewidth=0)
    axes.plot(curve["day"] + 1, curve["mean"], color=GREY, linewidth=0.7, marker="o" if len(curve) == 1 else "", markersize=2)
    axes.plot(curve["day"] + 1, curve["smooth"], color=BLUE, linewidth=1.9)
    if row.cut == row.cut:
        axes.axvline(row.cut, color=VERMILION, linewidth=1.6, linestyle="solid" if row.settled else DASHES)
    tidy(axes)
    axes.set_xlim(0, max(float(row.run), 1.0))
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _position: number(value))


def _told(row: Any) -> str:
    if row.cut != row.cut:
        return _(NOT_JUDGED)
    if row.verdict == NOT_SETTLED:
        return _(NOT_SETTLED)
    if not row.settled:
        return _("no clear cut")
    return ngettext("{number} day", "{number} days", int(row.cut)).format(number=int(row.cut))
