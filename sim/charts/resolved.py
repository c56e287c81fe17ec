"""Share truly resolved over time 累计解决率, by severity: cumulative incidence after Aalen and Johansen (1978).

An issue that ends by itself can no longer be resolved, so ending is a competing end and not a censoring; what is still open when
the run stops is censored.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.page import Page, end_labels, line_key, settle
from sim.charts.style import GREY, Side, tidy
from sim.charts.text import percent
from sim.i18n import _

__all__ = ["COLUMNS", "draw"]

COLUMNS = ("scenario", "severity", "days", "share", "low", "high")


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a panel a severity, a line an organisation.

    Parameters
    ----------
    frame : DataFrame
        `scenario` (key of a side), `severity` ("ordinary", "serious", "urgent"), `days` since the issue occurred, `share`
        resolved by then (0..1) and its interval `low` to `high` (NaN with one replication).
    sides : sequence of Side
    note : str
        Footnote.
    """
    names = {"ordinary": _("Ordinary issues"), "serious": _("Serious issues"), "urgent": _("Urgent issues")}
    severities = [name for name in names if (frame["severity"] == name).any()] or list(frame["severity"].unique())
    page = Page(
        _("Share of issues truly resolved, by time since they occurred"),
        _(
            "Cumulative incidence (Aalen-Johansen), mean over replications with 95% bands; the number at the right is the share "
            "at the end. Time on a logarithmic scale."
        ),
        note,
        width=9.0,
        height=3.1,
        key=line_key(sides),
    )
    panels = np.atleast_1d(page.figure.subplots(1, max(len(severities), 1), sharey=True))
    frame = frame[frame["days"] > 0]
    first = float(frame["days"].min()) if len(frame) else 1 / 24
    last = float(frame["days"].max()) if len(frame) else 1.0
    moves = []
    for axes, severity in zip(panels, severities, strict=False):
        labels = []
        for side in sides:
            part = frame[(frame["scenario"] == side.key) & (frame["severity"] == severity)].sort_values("days")
            if not len(part):
                continue
            axes.fill_between(part["days"], part["low"], part["high"], color=side.colour, alpha=0.18, linewidth=0)
            axes.plot(part["days"], part["share"], color=side.colour, linestyle=side.line)
            labels.append((float(part["share"].iloc[-1]), percent(float(part["share"].iloc[-1])), side.colour))
        axes.set_title(names.get(severity, severity))
        _time_axis(axes, max(first, 1 / 48), max(last, first * 4))
        moves.append(end_labels(axes, labels))
    for axes in panels:
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_formatter(lambda value, _position: f"{value:.0%}")
        tidy(axes)
    panels[0].set_ylabel(_("Share of issues resolved"))
    if not severities:
        panels[0].text(0.5, 0.5, _("No issue occurred."), transform=panels[0].transAxes, ha="center", va="center", color=GREY)
    return settle(page, *moves)


def _time_axis(axes: Axes, low: float, high: float) -> None:
    ticks = [(1 / 24, _("1 h")), (0.25, _("6 h")), (1.0, _("1 d")), (7.0, _("7 d")), (30.0, _("30 d")), (180.0, _("180 d"))]
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    shown = [(at, text) for at, text in ticks if low * 0.999 <= at <= high * 1.001] or [(high, f"{high:.3g}")]
    axes.set_xticks([at for at, _text in shown], [text for _at, text in shown], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlabel(_("Time since the issue occurred"))
