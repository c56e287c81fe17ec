"""Utilisation 利用率 by role: busy time as a share of rostered time."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.page import Page, bar_key, settle
from sim.charts.style import GREY, INK, Side, tidy
from sim.charts.text import percent, wrap
from sim.i18n import _, joined

__all__ = ["COLUMNS", "draw"]

COLUMNS = ("scenario", "role", "title", "mean", "low", "high")
MOST = 60  # bars
BAR = 0.185  # inches


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a group of bars a role, a bar an organisation that has that role.

    Parameters
    ----------
    frame : DataFrame
        `scenario`, `role` (key), `title`, `mean` (0..1, above 1 with overtime) and its interval `low` to `high` (NaN with one
        replication).  Beyond 60 bars, the roles least used are left out and the subtitle says so.
    sides : sequence of Side
    note : str
        Footnote.
    """
    roles = list(dict.fromkeys(frame["role"]))
    subtitle = _("Busy hours as a share of rostered hours, mean over replications with 95% intervals.")
    if any(str(role).startswith("grid_worker") for role in roles):
        subtitle = joined([subtitle, _("The rest of the grid workers' hours is patrol.")])
    most = max(1, MOST // max(1, len(sides)))
    if len(roles) > most:
        busiest = set(frame.groupby("role")["mean"].max().nlargest(most).index)
        subtitle = joined([subtitle, _("The {shown} most used of {all}.").format(shown=most, all=len(roles))])
        roles = [role for role in roles if role in busiest]
    rows, ticks, at = [], [], 0.0
    for role in roles:
        part = frame[frame["role"] == role].set_index("scenario")
        title = wrap(str(part["title"].iloc[0]), 2.6, 8.5)
        mine = [side for side in sides if side.key in part.index]
        tall = max(BAR * len(mine), 0.155 * (title.count("\n") + 1))
        start = at + (tall - BAR * len(mine)) / 2
        rows += [(start + BAR * (n + 0.5), side, part.loc[side.key]) for n, side in enumerate(mine)]
        ticks.append((at + tall / 2, title))
        at += tall + 0.1
    page = Page(
        _("How busy the staff are"), subtitle, note, height=max(1.2, at + 0.5), key=bar_key(sides) if len(sides) > 1 else ()
    )
    axes = page.figure.subplots()
    top = max([100.0, *(115.0 * row["mean"] for _y, _side, row in rows)])  # wider intervals run into the edge
    for y, side, row in rows:
        _bar(axes, y, side, row, top)
    axes.set_xlim(0, top * 1.09)
    axes.axvline(100, color=GREY, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set_ylim(max(at - 0.05, 0.3), -0.08)
    axes.set_yticks([y for y, _title in ticks], [title for _y, title in ticks])
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(_("Busy / rostered hours (%)"))
    if not rows:
        axes.text(0.5, 0.5, _("Nothing was recorded."), transform=axes.transAxes, ha="center", va="center", color=GREY)
    return settle(page)


def _bar(axes: Axes, y: float, side: Side, row: pd.Series, top: float) -> None:
    """A bar, its interval and its number; nothing reaches beyond `top` (%)."""
    axes.barh(y, 100 * row["mean"], height=BAR * 0.9, color=side.colour, hatch=side.hatch, edgecolor="white", linewidth=0)
    end = row["mean"]
    if row["low"] == row["low"] and row["high"] > row["low"]:
        for colour, width in (("white", 2.6), (INK, 1.1)):
            axes.plot(
                [100 * row["low"], min(100 * row["high"], top)], [y, y], color=colour, linewidth=width, solid_capstyle="butt"
            )
        end = min(max(end, row["high"]), top / 100)
    axes.annotate(
        percent(float(row["mean"])),
        xy=(100 * end, y),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        size=7.5,
        color=INK,
        bbox={"facecolor": "white", "linewidth": 0, "pad": 0.5},
    )
