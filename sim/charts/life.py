"""The life of one issue as a Gantt chart 单件办理甘特图: where it was, when it waited, when somebody worked on it.

A row a place, in the order in which the issue came there; the sides of a comparison one under the other, for they have the same
issues at the same seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.charts.data import DAY, table_of
from sim.charts.events import Run, pool_title, twin
from sim.charts.page import Page, settle
from sim.charts.style import BLACK, GREEN, GREY, ORANGE, PURPLE, RULE, SKY, YELLOW, Side, tidy
from sim.charts.survival import span
from sim.charts.text import number, wrap
from sim.i18n import N_, _, joined
from sim.outcome.spells import pieces_of, spells_of
from sim.story import alone
from sim.timeline import Event

__all__ = ["COLUMNS", "draw", "frame"]

COLUMNS = ("scenario", "order", "place", "title", "what", "begin", "end")
BARS: dict[str, tuple[str, str, str]] = {
    "latent": ("#C9C9C9", "", N_("nobody knows of it")),
    "waiting": (ORANGE, "", N_("waiting")),
    "resting": ("#E3D9C6", "", N_("whoever has it is off duty")),
    "travelling": (SKY, "", N_("travel")),
    "working": (GREEN, "", N_("worked on")),
}
MARKS: dict[str, tuple[str, str, str]] = {
    "registered": ("v", "#555555", N_("ticket opened")), "returned": ("x", PURPLE, N_("returned or refused")),
    "rework": ("P", PURPLE, N_("sent back to be done again")), "yellow": ("o", YELLOW, N_("yellow lamp")),
    "red": ("o", "#C00000", N_("red lamp")), "ordered": ("d", "#C00000", N_("supervision order")),
    "worsened": ("^", BLACK, N_("gets worse")), "closed": ("s", "#555555", N_("ticket closed")),
    "resolved": ("*", GREEN, N_("truly resolved")), "gone": ("*", GREY, N_("ended by itself")),
}
_MARK_OF = {Event.REGISTERED: "registered", Event.RETURNED: "returned", Event.REFUSED: "returned", Event.REWORK: "rework",
            Event.ORDERED: "ordered", Event.WORSENED: "worsened", Event.CLOSED: "closed", Event.RESOLVED: "resolved",
            Event.GONE: "gone"}
MOST = 16       # rows a side
ROW = 0.27      # inches
LEAST = 0.006   # width of a bar, of the axis


def frame(runs: Sequence[Run], issue: int) -> pd.DataFrame:
    """What happened to one issue, side by side.

    Parameters
    ----------
    runs : sequence of Run
    issue : int, ≥ 0
        Its number on the first side.

    Returns
    -------
    DataFrame
        `scenario`; `order` of the row in the chart, its `place` (key of a pool; "" for the time in which nobody knows of it) and
        `title`; `what` (a key of `BARS` or `MARKS`); `begin` and `end` in days since the issue occurred, equal for a mark.
    """
    rows: list[dict[str, Any]] = []
    for run in runs:
        mine = twin(issue, runs[0].timeline, run.timeline)
        if mine is not None:
            rows += _events(run, mine)
    return table_of(rows, COLUMNS)


def _events(run: Run, issue: int) -> list[dict[str, Any]]:
    tables = run.tables
    table = run.timeline.of_issues(issue, issue + 1)
    line = alone(run.timeline, table, issue)
    start = int(run.timeline.issue_time[issue])
    spells = spells_of(line, tables)
    pieces = pieces_of(spells, tables)
    found: list[tuple[str, int, int, int]] = []      # what, place, begin, end
    known = table[table[:, 1] == Event.DISCOVERED]
    ends = table[np.isin(table[:, 1], (Event.RESOLVED, Event.GONE))]
    until = int(known[0, 0]) if len(known) else int(ends[0, 0]) if len(ends) else run.timeline.end
    if tables.city is not None and int(run.timeline.issue_stream[issue]) < len(tables.city.category):
        found.append(("latent", -1, start, until))
    found += [("waiting", int(place), int(low), int(high))
              for place, low, high in zip(spells.place, spells.begin, spells.end, strict=True)]
    found += [("resting", int(place), int(low), int(high))
              for place, low, high in zip(spells.work_place, spells.work_begin, spells.work_end, strict=True)]
    for stretch, low, way, high in zip(pieces.stretch, pieces.begin, pieces.travel_end, pieces.end, strict=True):
        place = int(spells.work_place[stretch])
        found += [("travelling", place, int(low), int(way)), ("working", place, int(way), int(high))]
    last = -1
    for time, kind, _issue, _ticket, place, _member, value in table.tolist():
        if kind == Event.LAMP:
            found.append(("yellow" if value == 1 else "red", place if place >= 0 else last, time, time))
        elif kind in _MARK_OF:
            here = 0 <= place < len(tables.pools.key) and kind != Event.WORSENED
            found.append((_MARK_OF[Event(kind)], place if here else last, time, time))
        if kind in (Event.JOINED, Event.REGISTERED, Event.DISPATCHED, Event.SENT):
            last = place
    found = [one for one in found if one[3] > one[2] or one[0] in MARKS]
    order = {place: nth for nth, place in enumerate(dict.fromkeys(one[1] for one in sorted(found, key=lambda one: one[2])))}
    names = {place: pool_title(tables, place) if place >= 0 else _("Nobody knows of it") for place in order}
    return [{"scenario": run.name, "order": order[place], "place": tables.pools.key[place] if place >= 0 else "", "title": names[place],
             "what": what, "begin": (low - start) / DAY, "end": (high - start) / DAY} for what, place, low, high in found]


def draw(frame: pd.DataFrame, sides: Sequence[Side], title: str, note: str = "") -> Figure:
    """The chart: a panel an organisation, a row a place.

    Parameters
    ----------
    frame : DataFrame
        As `frame` makes it.
    sides : sequence of Side
    title : str
        Which issue it is.
    note : str
        Footnote.
    """
    used = set(frame["what"])
    key: list[Any] = [Patch(facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0, label=_(word))
                      for what, (colour, hatch, word) in BARS.items() if what in used]
    key += [Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=6, label=_(word))
            for what, (marker, colour, word) in MARKS.items() if what in used]
    shown = [side for side in sides if (frame["scenario"] == side.key).any()]
    subtitle = _("A row a place, in the order in which the issue came there. Short stretches are drawn a little wider than they are.")
    places = {side.key: min(MOST, int(frame[frame["scenario"] == side.key]["order"].max()) + 1) for side in shown}
    if len(frame) and int(frame["order"].max()) >= MOST:
        subtitle = joined([subtitle, _("The first {number} places of each side.").format(number=MOST)])
    heights = [ROW * places[side.key] + 0.35 for side in shown] or [1.0]
    page = Page(title, subtitle, note, width=9.0, height=sum(heights) + 0.45, key=key)
    panels = page.figure.subplots(max(1, len(shown)), 1, squeeze=False, sharex=True, height_ratios=heights)[:, 0]
    longest = float(frame["end"].max()) if len(frame) else 1.0
    size, unit = next(((size, unit) for size, unit in ((1.0, _("days")), (1 / 24, _("h")), (1 / 1440, _("min"))) if longest >= 2 * size),
                      (1 / 1440, _("min")))
    for axes, side in zip(panels, shown, strict=False):
        _panel(axes, frame[frame["scenario"] == side.key], side, longest or 1.0, size, len(sides) > 1)
    panels[-1].set_xlabel(_("Time since it occurred ({unit})").format(unit=unit))
    panels[-1].xaxis.set_major_locator(MaxNLocator(8))
    panels[-1].xaxis.set_major_formatter(lambda value, _position: number(value))
    if not shown:
        panels[0].text(0.5, 0.5, _("Nothing was recorded."), transform=panels[0].transAxes, ha="center", va="center", color=GREY)
    return settle(page)


def _panel(axes: Axes, part: pd.DataFrame, side: Side, longest: float, size: float, named: bool) -> None:
    rows = part[part["order"] < MOST]
    marks = rows[rows["what"].isin(list(MARKS))]
    for what, (colour, hatch, _word) in BARS.items():
        for row in rows[rows["what"] == what].itertuples():
            wide = max(row.end - row.begin, LEAST * longest)
            axes.barh(row.order, wide / size, left=row.begin / size, height=0.62, color=colour, hatch=hatch, linewidth=0,
                      zorder=2 if what in ("waiting", "latent", "resting") else 3)
    _hand_overs(axes, rows[rows["what"].isin(["latent", "waiting", "resting"])], size)
    for row in marks.itertuples():
        marker, colour, _word = MARKS[str(row.what)]
        axes.plot([row.begin / size], [row.order], linestyle="none", marker=marker, color=colour, markeredgecolor="white" if marker not in
                  ("x",) else colour, markeredgewidth=0.6, markersize=7.5 if marker == "*" else 6.0, zorder=5, clip_on=False)
    titles = rows.drop_duplicates("order").sort_values("order")
    axes.set_yticks(titles["order"].to_list(), [wrap(str(title), 2.6, 8.5, 1) for title in titles["title"]])
    axes.set_ylim(int(rows["order"].max()) + 0.6, -0.6)
    axes.set_xlim(-0.01 * longest / size, 1.02 * longest / size)
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(RULE)
    if named:
        axes.set_title(wrap(_("{title}: {words}").format(title=side.title, words=_outcome(part)), 6.0, 9.5, 2), color=side.colour)
    else:
        axes.set_title(_outcome(part))


def _hand_overs(axes: Axes, rows: pd.DataFrame, size: float) -> None:
    """Thin lines from where it was to where it came next."""
    stays = rows.sort_values(["begin", "end"], kind="stable")
    ends, begins, places = ((stays[name].to_numpy(float)) for name in ("end", "begin", "order"))
    for nth in np.flatnonzero(np.diff(places)):
        axes.plot([min(ends[nth], begins[nth + 1]) / size, begins[nth + 1] / size, begins[nth + 1] / size],
                  [places[nth], places[nth], places[nth + 1]], color=GREY, linewidth=0.6, zorder=1)


def _outcome(part: pd.DataFrame) -> str:
    """How it ended, and after what time."""
    for what, text in (("resolved", _("truly resolved after {span}")), ("gone", _("ended by itself after {span}"))):
        rows = part[part["what"] == what]
        if len(rows):
            return text.format(span=span(float(rows["begin"].min())))
    return _("not resolved while the run lasted")
