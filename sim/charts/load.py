"""Heat map of load 负荷 by hour and weekday: when residents turn to the desks, and how many of the staff are at work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.charts.page import Page, settle
from sim.charts.style import GREY, HEAT, Side
from sim.charts.text import number, wrap
from sim.i18n import _

__all__ = ["COLUMNS", "draw"]

COLUMNS = ("scenario", "load", "weekday", "hour", "value")


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a row an organisation, a column a kind of load; weekdays down, hours across, one scale of colours a column.

    Parameters
    ----------
    frame : DataFrame
        `scenario`, `load` ("contacts", "occurrences" or "arrivals": number in an average hour; "busy": people at work on
        average), `weekday` (0 Monday to 6), `hour` (0 to 23), `value` (≥ 0).
    sides : sequence of Side
    note : str
        Footnote.
    """
    headings = {
        "contacts": _("Residents turning to a desk, per hour"),
        "occurrences": _("Issues that occur, per hour"),
        "arrivals": _("Customers that arrive, per hour"),
        "busy": _("Staff busy with a job, number"),
    }
    kinds = [kind for kind in headings if (frame["load"] == kind).any()]
    page = Page(
        _("When the work comes in and when it is done"),
        _("An average week, mean over weeks and replications."),
        note,
        width=9.0,
        height=0.95 + 1.85 * max(1, len(sides)),
    )
    panels = page.figure.subplots(max(1, len(sides)), max(1, len(kinds)), sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat:
        _dress(axes)
    for column, kind in enumerate(kinds):
        part = frame[frame["load"] == kind]
        top = float(part["value"].max()) or 1.0
        for axes, side in zip(panels[:, column], sides, strict=True):
            cells = np.zeros((7, 24))
            mine = part[part["scenario"] == side.key]
            cells[mine["weekday"].to_numpy(int), mine["hour"].to_numpy(int)] = mine["value"]
            axes.pcolormesh(np.arange(25), np.arange(8), cells, cmap=HEAT, vmin=0, vmax=top, edgecolors="white", linewidth=0.5)
            if column == 0:
                axes.set_title(wrap(side.title, 3.6, 9.5, 2), color=side.colour)
        bar = page.figure.colorbar(
            ScalarMappable(Normalize(0, top), HEAT),
            ax=list(panels[:, column]),
            location="bottom",
            fraction=0.06,
            pad=0.03,
            aspect=30,
        )
        bar.set_label(wrap(headings[kind], 3.6, 9.0))
        bar.outline.set_visible(False)
        if len(number(top)) > 5:
            bar.ax.xaxis.set_major_locator(MaxNLocator(3))
        bar.ax.xaxis.set_major_formatter(lambda value, _position: number(value))
    if not kinds:
        panels[0, 0].text(12, 3.5, _("Nothing was recorded."), ha="center", va="center", color=GREY)
    return settle(page)


def _dress(axes: Axes) -> None:
    axes.set(xlim=(0, 24), ylim=(7, 0))
    axes.set_yticks(np.arange(7) + 0.5, [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")])
    axes.set_xticks(range(0, 24, 6), [f"{hour:02d}:00" for hour in range(0, 24, 6)])
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
