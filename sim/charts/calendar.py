"""A year as a calendar 日历热图: tickets registered on each day, and tickets open in the evening, a panel an organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.charts.data import averaged, days_of, is_city, joined_frames
from sim.charts.page import Page, settle
from sim.charts.style import GREY, HEAT, INK, Side
from sim.charts.text import number, wrap
from sim.i18n import _, joined

if TYPE_CHECKING:
    from sim.results import Result

__all__ = ["COLUMNS", "draw", "frame"]

COLUMNS = ("scenario", "what", "date", "mean", "low", "high")
WEEKS = 54      # columns at most


def frame(results: Sequence[Result]) -> pd.DataFrame:
    """Each measured day with the tickets registered on it ("registered") and those open at its end ("open_tickets").

    In a bare system: customers who came ("occurred").  Columns: `scenario`, `what`, `date` (ISO), `mean` and its interval `low` to
    `high`.
    """
    frames = []
    for result in results:
        first = result.outcomes[0]
        days, names = days_of(first), first.axes["daily_count"]
        dates = first.axes["day"][days]
        for what in ("registered", "open_tickets") if is_city(first) else ("occurred",):
            held = np.stack([outcome.arrays["daily"][days, names.index(what)] for outcome in result.outcomes], axis=-1)
            frames.append(averaged(held.astype(float), {"scenario": [result.name] * len(dates), "what": [what] * len(dates),
                                                        "date": dates}, least=0.0))
    return joined_frames(frames, COLUMNS)


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: what is counted and by whom from top to bottom, a column a week, a row a weekday.

    Parameters
    ----------
    frame : DataFrame
        As `frame` makes it.  Of more than 54 weeks the first are shown.
    sides : sequence of Side
    note : str
        Footnote.
    """
    words = {"registered": _("Tickets registered on a day"), "open_tickets": _("Tickets open at the day's end"),
             "occurred": _("Customers who came on a day")}
    kinds = [what for what in words if (frame["what"] == what).any()]
    monday, weeks = _weeks(frame)
    subtitle = _("A column a week, a row a weekday; mean over replications. Panels of one kind share their colours.")
    if weeks > WEEKS:
        subtitle, weeks = joined([subtitle, _("The first {number} weeks.").format(number=WEEKS)]), WEEKS
    wanted = [(what, side) for what in kinds for side in sides if ((frame["what"] == what) & (frame["scenario"] == side.key)).any()]
    page = Page(_("The year, day by day"), subtitle, note, width=9.0, height=max(1.3, 1.32 * len(wanted)))
    panels = page.figure.subplots(max(1, len(wanted)), 1, squeeze=False, sharex=True)[:, 0]
    for what in kinds:
        mine = frame[frame["what"] == what]
        norm = Normalize(0, float(mine["mean"].max()) or 1.0)
        own = [axes for axes, (kind, _side) in zip(panels, wanted, strict=False) if kind == what]
        for axes, (kind, side) in zip(panels, wanted, strict=False):
            if kind == what:
                title = _("{title}: {words}").format(title=words[what], words=side.title) if len(sides) > 1 else words[what]
                axes.set_title(wrap(title, 7.2, 9.5, 2), color=side.colour if len(sides) > 1 else INK)
                _panel(axes, mine[mine["scenario"] == side.key], monday, weeks, norm)
        bar = page.figure.colorbar(ScalarMappable(norm, HEAT), ax=own, location="right", fraction=0.025, pad=0.015, aspect=12 * len(own))
        bar.outline.set_visible(False)
        bar.ax.yaxis.set_major_formatter(lambda value, _position: number(value))
        bar.ax.locator_params(nbins=3)
        bar.set_label(_("Customers") if what == "occurred" else _("Tickets"))
    _months(panels, monday, weeks)
    if not wanted:
        panels[0].text(0.5, 0.5, _("Nothing was recorded."), transform=panels[0].transAxes, ha="center", va="center", color=GREY)
    return settle(page)


def _weeks(frame: pd.DataFrame) -> tuple[int, int]:
    """Monday of the first week (ordinal), and how many weeks there are."""
    days = [date.fromisoformat(str(day)).toordinal() for day in (frame["date"].min(), frame["date"].max())] if len(frame) else [1, 1]
    monday = days[0] - (days[0] - 1) % 7        # ordinal 1 is a Monday
    return monday, (days[1] - monday) // 7 + 1


def _panel(axes: Axes, mine: pd.DataFrame, monday: int, weeks: int, norm: Normalize) -> None:
    cells = np.full((7, weeks), np.nan)
    for day, mean in zip(mine["date"], mine["mean"], strict=True):
        week, weekday = divmod(date.fromisoformat(str(day)).toordinal() - monday, 7)
        if week < weeks:
            cells[weekday, week] = mean
    axes.pcolormesh(np.ma.masked_invalid(cells), cmap=HEAT, norm=norm, edgecolors="white", linewidth=0.5)
    axes.set_ylim(7, 0)
    names = (_("Mon"), _("Wed"), _("Fri"), _("Sun"))
    axes.set_yticks([0.5, 2.5, 4.5, 6.5], list(names))
    axes.tick_params(length=0, labelsize=7.5)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _months(panels: np.ndarray, monday: int, weeks: int) -> None:
    """The months below the last panel, at the week in which each begins."""
    first = date.fromordinal(monday)
    starts: list[tuple[float, str]] = []
    for week in range(weeks):
        day = date.fromordinal(monday + 7 * week + 6)
        if day.day <= 7 or (week == 0 and weeks < 5):
            starts.append((week + 0.5, f"{day:%Y-%m}" if not starts or day.month == 1 else f"{day:%m}"))
    if not starts:
        starts = [(0.5, f"{first:%Y-%m-%d}")]
    for axes in panels:
        axes.set_xlim(0, weeks)
        axes.set_xticks([at for at, _text in starts], [text for _at, text in starts], ha="left" if weeks > 8 else "center")
        axes.tick_params(axis="x", labelbottom=False)
    panels[-1].tick_params(axis="x", labelbottom=True)
    panels[-1].set_xlabel(_("Week, by month"))
