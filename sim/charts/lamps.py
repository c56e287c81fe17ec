"""Lamps and supervision 亮灯与督办 week by week: yellow and red lamps, supervision orders, tickets lifted a tier."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.charts.data import averaged, days_of, is_city, joined_frames, table_of
from sim.charts.page import Page, end_labels, line_key, settle
from sim.charts.style import GREY, Side, tidy
from sim.charts.text import number
from sim.i18n import N_, _

if TYPE_CHECKING:
    from sim.results import Result

__all__ = ["COLUMNS", "draw", "frame"]

COLUMNS = ("scenario", "kind", "start", "days", "mean", "low", "high")
KINDS = {"yellow": N_("Yellow lamps"), "red": N_("Red lamps"), "ordered": N_("Supervision orders"), "lifted": N_("Lifted a tier")}
WEEKS = 6       # shorter runs are shown by day


def frame(results: Sequence[Result]) -> pd.DataFrame:
    """Lamps lit, orders written and tickets lifted, by the week in which the ticket falls due (in short runs by the day).

    Columns: `scenario`, `kind` ("yellow", "red", "ordered", "lifted"), `start` (first day, ISO date), `days` (7 or 1), `mean` number
    in that time and its interval `low` to `high`.  Empty where nothing of the kind happened on any side.
    """
    frames = []
    for result in results:
        first = result.outcomes[0]
        if not is_city(first):
            continue
        days, names = days_of(first), first.axes["ticket_count"]
        dates = first.axes["day"][days]
        step = 7 if len(dates) >= 7 * WEEKS else 1
        held = np.stack([outcome.arrays["tickets_by_day"][days][:, [names.index(kind) for kind in KINDS]]
                         for outcome in result.outcomes], axis=-1).astype(float)
        spans = len(dates) // step      # a last week that is not whole would look like a fall
        summed = held[: spans * step].reshape(spans, step, len(KINDS), -1).sum(axis=1)
        frames += [averaged(summed[:, place], {"scenario": [result.name] * spans, "kind": [kind] * spans,
                                               "start": dates[: spans * step : step], "days": [step] * spans}, least=0.0)
                   for place, kind in enumerate(KINDS)]
    found = joined_frames(frames, COLUMNS)
    return found if len(found) and found["mean"].any() else table_of([], COLUMNS)


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a panel a kind, a line an organisation.

    The parameters are those of `sim.charts.equity.draw`.
    """
    weekly = bool(len(frame) and (frame["days"] == 7).all())
    subtitle = _("By the week in which the ticket falls due, mean over replications with 95% bands; the number at the right is the mean "
                 "of a week. Each panel has its own scale.") if weekly else _(
        "By the day on which the ticket falls due, mean over replications with 95% bands; the number at the right is the mean of a day. "
        "Each panel has its own scale.")
    page = Page(_("Lamps on late tickets, supervision orders, lifts"), subtitle, note, width=9.0, height=4.0, key=line_key(sides))
    panels = page.figure.subplots(2, 2, sharex=True).ravel()
    moves = []
    for axes, (kind, title) in zip(panels, KINDS.items(), strict=True):
        labels = []
        for side in sides:
            mine = frame[(frame["scenario"] == side.key) & (frame["kind"] == kind)].sort_values("start")
            if not len(mine):
                continue
            x = date2num(pd.to_datetime(mine["start"]).to_numpy())
            axes.fill_between(x, mine["low"].to_numpy(float), mine["high"].to_numpy(float), color=side.colour, alpha=0.18, linewidth=0)
            axes.plot(x, mine["mean"], color=side.colour, linestyle=side.line, marker="o" if len(mine) == 1 else "", linewidth=1.4)
            labels.append((float(mine["mean"].iloc[-1]), number(float(mine["mean"].mean())), side.colour))
        axes.set_title(_(title))
        axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
        moves.append(end_labels(axes, labels))
    for place, axes in enumerate(panels):
        tidy(axes)
        axes.margins(x=0.0 if len(set(frame["start"])) > 1 else 0.5)
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(lambda value, _position: number(value))
        if place % 2 == 0:
            axes.set_ylabel(_("Number a week") if weekly else _("Number a day"))
        if place >= 2:
            axes.set_xlabel(_("Date"))
        _dates(axes, frame)
    if not len(frame):
        panels[0].text(0.5, 0.5, _("Nothing was recorded."), transform=panels[0].transAxes, ha="center", va="center", color=GREY)
    return settle(page, *moves)


def _dates(axes: Axes, frame: pd.DataFrame) -> None:
    starts = sorted(frame["start"].unique())
    if not starts:
        axes.set_xticks([])
        return
    whole = (pd.Timestamp(starts[-1]) - pd.Timestamp(starts[0])).days
    axis = axes.xaxis
    if whole < 7:
        axes.set_xticks([float(x) for x in date2num(pd.to_datetime(starts).to_numpy())][::2])
    else:
        axis.set_major_locator(AutoDateLocator(minticks=2, maxticks=5))
    axis.set_major_formatter(DateFormatter("%Y-%m" if whole > 100 else "%m-%d"))
