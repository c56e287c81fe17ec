"""One pool's day as a Gantt chart 班组一日甘特图: members as rows, jobs as bars, the length of the queue above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.charts.data import DAY, table_of
from sim.charts.events import Run, rows_of_pool
from sim.charts.page import Page, settle
from sim.charts.style import BLACK, GREEN, GREY, ORANGE, PURPLE, SKY, YELLOW, Side, tidy
from sim.charts.text import number, wrap
from sim.i18n import N_, _, joined
from sim.outcome.spells import pieces_of, spells_of
from sim.tables import Tables
from sim.timeline import Purpose

__all__ = ["COLUMNS", "draw", "frame"]

COLUMNS = ("scenario", "what", "member", "begin", "end", "issue", "waiting")
PURPOSES: dict[str, tuple[str, str, str]] = {
    "contact": (SKY, "", N_("contact with a resident")), "forward": (PURPLE, "", N_("taking over a ticket")),
    "redispatch": (ORANGE, "", N_("sending out again")), "work": (GREEN, "", N_("work")),
    "on_the_spot": ("#8C8C00", "", N_("on the spot")), "verify": (YELLOW, "////", N_("check")),
    "service": (GREEN, "", N_("service")), "consult": (BLACK, "", N_("talk at the community's meeting")),
    "screen": ("#8C6D46", "", N_("a sweep's find")), "other": ("#BBBBBB", "", N_("something else")), "travel": ("#9A9A9A", "....", N_("travel")),
}
_PURPOSES = {int(purpose): purpose.name.lower() for purpose in Purpose}
SHIFT = "#EDEDED"
MOST = 30       # members shown
HOUR = 3600


def frame(runs: Sequence[Run], places: Sequence[int | None], day: int) -> pd.DataFrame:
    """Queue, shifts and jobs of one pool on one day.

    Parameters
    ----------
    runs : sequence of Run
    places : sequence of int or None
        The pool on each side; None where it has none.
    day : int
        Day of the run, from 0.

    Returns
    -------
    DataFrame
        `scenario`; `what`: "queue" (from `begin` to `end` there were `waiting` jobs in the queue), "shift" (`member` is on duty), or
        what a job is for (a key of `PURPOSES`; "travel" is the way to it) with `member` (from 1) and `issue`; `begin` and `end` in
        hours of the day.
    """
    rows: list[dict[str, Any]] = []
    for run, place in zip(runs, places, strict=True):
        if place is None:
            continue
        low, high = day * DAY, min((day + 1) * DAY, run.timeline.end)
        spells = spells_of(rows_of_pool(run, place, high), run.tables)
        pieces = pieces_of(spells, run.tables)
        found = _queue(spells.begin, spells.end, low, high)
        found += _shifts(run.tables, place, low, high)
        for stretch, begin, way, end in zip(pieces.stretch, pieces.begin, pieces.travel_end, pieces.end, strict=True):
            known = _PURPOSES.get(int(spells.work_purpose[stretch]), "")
            purpose = known if known in PURPOSES else "other"
            who = {"member": int(spells.work_member[stretch]) + 1, "issue": int(spells.work_issue[stretch])}
            found += [{"what": what, "begin": max(one, low), "end": min(other, high), **who}
                      for what, one, other in (("travel", int(begin), int(way)), (purpose, int(way), int(end)))
                      if min(other, high) > max(one, low)]
        rows += [one | {"scenario": run.name, "begin": (one["begin"] - low) / HOUR, "end": (one["end"] - low) / HOUR} for one in found]
    return table_of(rows, COLUMNS)


def _queue(begin: np.ndarray, end: np.ndarray, low: int, high: int) -> list[dict[str, Any]]:
    """How many waited, from change to change."""
    here = (end > low) & (begin < high) & (end > begin)
    times = np.concatenate([np.maximum(begin[here], low), np.minimum(end[here], high)]).astype(np.int64)
    steps = np.concatenate([np.ones(int(here.sum()), np.int64), -np.ones(int(here.sum()), np.int64)])
    at = np.unique(np.append(times, [low, high]))
    change = np.bincount(np.searchsorted(at, times), weights=steps, minlength=len(at)).astype(np.int64)
    held = np.cumsum(change)
    return [{"what": "queue", "begin": int(one), "end": int(other), "waiting": int(number_)}
            for one, other, number_ in zip(at[:-1], at[1:], held[:-1], strict=True)]


def _shifts(tables: Tables, place: int, low: int, high: int) -> list[dict[str, Any]]:
    """When each member is on duty."""
    pools, calendars = tables.pools, tables.calendars
    if pools.unlimited[place]:
        return []
    found = []
    for nth, member in enumerate(range(int(pools.first_member[place]), int(pools.first_member[place + 1]))):
        calendar = int(pools.member_calendar[member])
        part = slice(int(calendars.first[calendar]), int(calendars.first[calendar + 1]))
        found += [{"what": "shift", "member": nth + 1, "begin": max(int(begin), low), "end": min(int(end), high)}
                  for begin, end in zip(calendars.start[part], calendars.end[part], strict=True) if begin < high and end > low]
    return found


def draw(frame: pd.DataFrame, sides: Sequence[Side], title: str, note: str = "") -> Figure:
    """The chart: for each organisation the queue, and under it a row a member.

    Parameters
    ----------
    frame : DataFrame
        As `frame` makes it.  Of more than thirty members the first are shown.
    sides : sequence of Side
    title : str
        Which pool and day it is.
    note : str
        Footnote.
    """
    used = set(frame["what"])
    shown = [side for side in sides if (frame["scenario"] == side.key).any()]
    key: list[Any] = [Patch(facecolor=SHIFT, edgecolor=GREY, linewidth=0.4, label=_("on duty"))] if "shift" in used else []
    key += [Patch(facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0, label=_(word))
            for what, (colour, hatch, word) in PURPOSES.items() if what in used]
    members = {side.key: int(np.nanmax(np.append(frame[frame["scenario"] == side.key]["member"].to_numpy(float), 1.0))) for side in shown}
    subtitle = _("Above: jobs that wait in the queue. Below: a row a member, a bar a job.")
    if max(members.values(), default=0) > MOST:
        subtitle = joined([subtitle, _("The first {number} members.").format(number=MOST)])
    heights = [height for side in shown for height in (0.9, 0.16 * min(MOST, members[side.key]) + 0.25)] or [1.0]
    page = Page(title, subtitle, note, width=9.0, height=sum(heights) + 0.3 * len(heights) + 0.35, key=key)
    panels = page.figure.subplots(len(heights), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    for nth, side in enumerate(shown):
        mine = frame[frame["scenario"] == side.key]
        _waiting(panels[2 * nth], mine[mine["what"] == "queue"], side, len(sides) > 1)
        _jobs(panels[2 * nth + 1], mine[mine["what"] != "queue"], min(MOST, members[side.key]))
    for axes in panels:
        axes.set_xlim(0, 24)
        axes.set_xticks(range(0, 25, 3))
        axes.xaxis.set_major_formatter(lambda value, _position: f"{value:.0f}:00")
    panels[-1].set_xlabel(_("Hour of the day"))
    if not shown:
        panels[0].text(0.5, 0.5, _("Nothing was recorded."), transform=panels[0].transAxes, ha="center", va="center", color=GREY)
    return settle(page)


def _waiting(axes: Axes, rows: pd.DataFrame, side: Side, named: bool) -> None:
    edges = np.append(rows["begin"].to_numpy(float), rows["end"].to_numpy(float)[-1:])
    held = np.append(rows["waiting"].to_numpy(float), rows["waiting"].to_numpy(float)[-1:])
    axes.fill_between(edges, held, step="post", color=side.colour, alpha=0.3, linewidth=0)
    axes.step(edges, held, where="post", color=side.colour, linewidth=1.2)
    axes.set_ylim(0, max(1.0, float(held.max(initial=0.0)) * 1.05))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _position: number(value))
    axes.set_ylabel(_("Waiting"))
    if named:
        axes.set_title(wrap(side.title, 7.5, 9.5, 2), color=side.colour)
    tidy(axes)


def _jobs(axes: Axes, rows: pd.DataFrame, members: int) -> None:
    rows = rows[rows["member"] <= members]
    for row in rows[rows["what"] == "shift"].itertuples():
        axes.barh(row.member, row.end - row.begin, left=row.begin, height=0.86, color=SHIFT, linewidth=0, zorder=1)
    for what, (colour, hatch, _word) in PURPOSES.items():
        part = rows[rows["what"] == what]
        if len(part):
            axes.barh(part["member"], (part["end"] - part["begin"]).clip(lower=0.03), left=part["begin"], height=0.62, color=colour,
                      hatch=hatch, edgecolor="white", linewidth=0.3, zorder=2)
    axes.set_ylim(members + 0.6, 0.4)
    axes.set_yticks(range(1, members + 1, -(-members // 10)))
    axes.set_ylabel(_("Member"))
    tidy(axes, "x")
