"""Backlog 积压 day by day, by tier (in a bare system by pool): what waits and is in work at the end of each day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.charts.page import Page, end_labels, line_key, settle
from sim.charts.style import GREY, Side, tidy
from sim.charts.text import number, wrap
from sim.i18n import _

__all__ = ["COLUMNS", "draw"]

COLUMNS = ("scenario", "tier", "title", "day", "date", "mean", "low", "high")
MOST = 8  # panels


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a panel a tier, a line an organisation.

    Parameters
    ----------
    frame : DataFrame
        `scenario`, `tier` (key of the panel), `title` (its heading), `day` (from 0) or `date` (ISO), `mean` number at the day's
        end and its interval `low` to `high` (NaN with one replication).  Of more than eight panels those with most are shown.
        With a reform also `reform`, 1 on the days on which it begins and ends.
        With surges also `surge`, 1 on the first day of one, and `back`, 1 where open issues are back within their band before it.
    sides : sequence of Side
    note : str
        Footnote.
    """
    tiers = list(dict.fromkeys(frame["tier"]))
    if len(tiers) > MOST:
        largest = frame.groupby("tier")["mean"].max().nlargest(MOST).index
        tiers = [tier for tier in tiers if tier in largest]
    columns = 1 if len(tiers) <= 1 else 2
    rows = max(1, -(-len(tiers) // columns))
    surges = "surge" in frame and bool(frame["surge"].any())
    reforms = "reform" in frame and bool((frame["reform"] == 1).any())
    page = Page(
        _("Backlog at the end of each day"),
        _(
            "Mean over replications with 95% bands; the number at the right is the mean over all days. "
            "Each panel has its own scale."
        )
        + (_(" Dashed: a reform begins, and its last street changes.") if reforms else "")
        + (_(" Dotted: a surge begins; diamond: back within the band of the four weeks before.") if surges else ""),
        note,
        width=9.0,
        height=0.5 + 1.75 * rows,
        key=line_key(sides),
    )
    panels = np.atleast_1d(page.figure.subplots(rows, columns, sharex=True)).ravel()
    dated = "date" in frame and bool(frame["date"].notna().all()) and len(frame) > 0
    moves = []
    for axes, tier in zip(panels, tiers, strict=False):
        part = frame[frame["tier"] == tier]
        axes.set_title(wrap(str(part["title"].iloc[0]), 3.4, 9.5, 2))
        labels = []
        for side in sides:
            mine = part[part["scenario"] == side.key].sort_values("day")
            if not len(mine):
                continue
            _line(axes, date2num(pd.to_datetime(mine["date"]).to_numpy()) if dated else mine["day"].to_numpy(float), mine, side)
            labels.append((float(mine["mean"].iloc[-1]), number(float(mine["mean"].mean())), side.colour))
        axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
        moves.append(end_labels(axes, labels))
    for axes in panels[len(tiers) :]:
        axes.set_visible(False)
    _dress(panels[: max(1, len(tiers))], columns, dated, frame)
    if not tiers:
        panels[0].text(0.5, 0.5, _("Nothing was recorded."), transform=panels[0].transAxes, ha="center", va="center", color=GREY)
    return settle(page, *moves)


def _line(axes: Axes, x: np.ndarray, mine: pd.DataFrame, side: Side) -> None:
    """One organisation in one panel: its mean and band, and the days of its surges and of its reform."""
    single = "o" if len(mine) == 1 else ""
    axes.fill_between(x, mine["low"].to_numpy(float), mine["high"].to_numpy(float), color=side.colour, alpha=0.18, linewidth=0)
    axes.plot(x, mine["mean"], color=side.colour, linestyle=side.line, marker=single, linewidth=1.4)
    if "surge" in mine and mine["surge"].any():
        _mark(axes, x, mine, side)
    for begins in x[mine["reform"].to_numpy() == 1] if "reform" in mine else ():
        axes.axvline(begins, color=side.colour, linestyle="--", linewidth=1.0, zorder=1)


def _mark(axes: Axes, x: np.ndarray, mine: pd.DataFrame, side: Side) -> None:
    """The first day of each surge as a dotted line, and a diamond where this side's open issues are back."""
    for begins in x[mine["surge"].to_numpy() == 1]:
        axes.axvline(begins, color=GREY, linestyle=":", linewidth=1.0, zorder=1)
    back = mine["back"].to_numpy() == 1
    axes.plot(x[back], mine["mean"].to_numpy(float)[back], linestyle="none", marker="D", markersize=5.5, color=side.colour,
              markeredgecolor="white", markeredgewidth=0.8, zorder=5)


def _dress(panels: np.ndarray, columns: int, dated: bool, frame: pd.DataFrame) -> None:
    for place, axes in enumerate(panels):
        tidy(axes)
        axes.margins(x=0.0 if len(frame) and frame["day"].max() > frame["day"].min() else 0.5)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(lambda value, _position: number(value))
        if place % columns == 0:
            axes.set_ylabel(_("Open (number)"))
        if place + columns >= len(panels):
            axes.tick_params(axis="x", labelbottom=True)
            axes.set_xlabel(_("Date") if dated else _("Day of the run"))
        if dated:
            days = frame["day"].max() - frame["day"].min()
            axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=5))
            axes.xaxis.set_major_formatter(DateFormatter("%Y-%m" if days > 100 else "%m-%d"))
            if days < 7:
                axes.set_xticks(sorted({float(x) for x in date2num(pd.to_datetime(frame["date"].unique()).to_numpy())})[::2])
