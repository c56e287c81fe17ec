"""Flow diagram 流向图: who first learns of issues, how high they are sent, and where they end.

A Sankey diagram of three columns.  Every ribbon keeps the colour of its end, so that one sees at which tier what the community
came to know is solved, and what has to climb to the district for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from sim.charts.page import Page, settle
from sim.charts.style import GREY, INK, Side
from sim.charts.text import number, percent, spread, wrap
from sim.i18n import _

__all__ = ["COLUMNS", "draw"]

COLUMNS = ("scenario", "found_at", "sent_to", "ended_at", "issues")
KNOWN = ("grid", "community", "street", "district", "nobody")
ENDS = ("grid", "community", "street", "district", "gone", "open", "prevented")
COLOURS = {
    "grid": "#56B4E9",
    "community": "#009E73",
    "street": "#E69F00",
    "district": "#CC79A7",
    "gone": "#BBBBBB",
    "open": "#555555",
    "prevented": "#F0E442",
}
HATCHES = {"grid": "", "community": "...", "street": "///", "district": "\\\\\\", "gone": "", "open": "xxx", "prevented": "||"}
PLACES = {"found_at": 0.21, "sent_to": 0.475, "ended_at": 0.745}  # left edge of each column's bars, of the panel's width
BAR = 0.014
GAP = 0.035  # between bars, of the panel's height
HEIGHT = 2.9  # inches a panel


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a panel an organisation, each with issues flowing from left to right.

    Parameters
    ----------
    frame : DataFrame
        `scenario`, `found_at` (tier that first knew of it: "grid", "community", "street", "district", or "nobody"), `sent_to`
        (highest tier one of its tickets was sent to, or "nobody"), `ended_at` (tier that truly resolved it, "gone", "open" or
        "prevented"),
        `issues` (mean number a replication, ≥ 0).
    sides : sequence of Side
    note : str
        Footnote.
    """
    page = Page(
        _("Where issues come in, how far they climb, and where they end"),
        _("Width: number of issues, mean over replications. Colour: the tier that truly resolves them, or what becomes of them."),
        note,
        width=9.0,
        height=HEIGHT * max(1, len(sides)),
    )
    panels = np.atleast_1d(page.figure.subplots(max(1, len(sides)), 1))
    for axes, side in zip(panels, sides, strict=False):
        part = frame[(frame["scenario"] == side.key) & (frame["issues"] > 0)]
        axes.set(xlim=(0, 1), ylim=(1, -0.09))
        axes.axis("off")
        total = float(part["issues"].sum())
        heading = _("{title}: {issues} issues").format(title=side.title, issues=number(total))
        axes.set_title(wrap(heading, 8.4, 10, 2), color=side.colour, size=10)
        if total:
            _panel(axes, part, total)
        else:
            axes.text(0.5, 0.5, _("No issue occurred."), ha="center", va="center", color=GREY)
    return settle(page)


def _panel(axes: Axes, part: pd.DataFrame, total: float) -> None:
    columns = {level: [name for name in (ENDS if level == "ended_at" else KNOWN) if name in set(part[level])] for level in PLACES}
    scale = (1 - GAP * (max(map(len, columns.values())) - 1)) / total
    tops: dict[str, dict[str, float]] = {}
    for level, names in columns.items():
        sums = part.groupby(level)["issues"].sum()
        y, tops[level], middles = (1 - scale * total - GAP * (len(names) - 1)) / 2, {}, []
        for name in names:
            tall = scale * float(sums[name])
            tops[level][name] = y
            middles.append(y + tall / 2)
            axes.add_artist(
                Rectangle(
                    (PLACES[level], y),
                    BAR,
                    max(tall, 0.002),
                    linewidth=0,
                    zorder=3,
                    facecolor=COLOURS[name] if level == "ended_at" else "#8A8A8A",
                )
            )
            y += tall + GAP
        _labels(axes, level, names, middles, sums / total)
    rank = {name: place for place, name in enumerate((*KNOWN, "gone", "open", "prevented"))}
    leaving, arriving, ending = dict(tops["found_at"]), dict(tops["sent_to"]), dict(tops["ended_at"])
    amounts = part.groupby(["found_at", "sent_to", "ended_at"])["issues"].sum()
    for found, sent, ended in sorted(amounts.index, key=lambda key: [rank[name] for name in key]):
        thick = scale * float(amounts[found, sent, ended])
        _ribbon(axes, "found_at", leaving[found], "sent_to", arriving[sent], thick, ended)
        leaving[found] += thick
        arriving[sent] += thick
    onward = dict(tops["sent_to"])
    amounts = part.groupby(["sent_to", "ended_at"])["issues"].sum()
    for sent, ended in sorted(amounts.index, key=lambda key: [rank[name] for name in key]):
        thick = scale * float(amounts[sent, ended])
        _ribbon(axes, "sent_to", onward[sent], "ended_at", ending[ended], thick, ended)
        onward[sent] += thick
        ending[ended] += thick


def _ribbon(axes: Axes, source: str, start: float, target: str, end: float, thick: float, colour: str) -> None:
    left, right = PLACES[source] + BAR, PLACES[target]
    middle = (left + right) / 2
    points = [
        (left, start),
        (middle, start),
        (middle, end),
        (right, end),
        (right, end + thick),
        (middle, end + thick),
        (middle, start + thick),
        (left, start + thick),
        (left, start),
    ]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_artist(
        PathPatch(
            Path(points, codes),
            facecolor=COLOURS[colour],
            alpha=0.6,
            linewidth=0.25,
            edgecolor="white",
            hatch=HATCHES[colour] if thick > 0.02 else "",
        )
    )


def _labels(axes: Axes, level: str, names: list[str], middles: list[float], shares: pd.Series) -> None:
    tiers = {"grid": _("Grid workers"), "community": _("Community"), "street": _("Street"), "district": _("District")}
    headings = {"found_at": _("First known to"), "sent_to": _("Sent as high as"), "ended_at": _("Truly resolved by, or ended")}
    words = {
        "found_at": {**tiers, "nobody": _("Nobody")},
        "sent_to": {**tiers, "nobody": _("Not sent")},
        "ended_at": {**tiers, "gone": _("Ended by itself"), "open": _("Still open"), "prevented": _("Prevented")},
    }[level]
    left = level == "found_at"
    edge, away = (PLACES[level], -1) if left else (PLACES[level] + BAR, 1)
    axes.text(
        edge + (0 if left else -BAR), -0.045, headings[level], ha="right" if left else "left", va="bottom", size=8.5, color=GREY
    )
    inside = {"facecolor": "white", "alpha": 0.82, "linewidth": 0, "pad": 1.2} if level == "sent_to" else None
    for name, middle, place in zip(names, middles, spread(middles, 0.24 / (HEIGHT - 0.6), 0.04, 0.96), strict=True):
        if inside is None:
            axes.plot(
                [edge + x * away for x in (0.003, 0.012, 0.024, 0.03)], [middle, middle, place, place], color=GREY, linewidth=0.6
            )
        axes.text(
            edge + (0.012 if inside else 0.035) * away,
            place,
            f"{words[name]}  {percent(float(shares[name]))}",
            ha="right" if left else "left",
            va="center",
            size=8.5,
            color=INK,
            bbox=inside,
            zorder=4,
        )
