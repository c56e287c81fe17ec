"""Equity over communities 社区公平性: how long they wait for a true resolution, and how unevenly the harm falls on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.data import DAY, averaged, is_city, joined_frames, named, table_of
from sim.charts.page import Page, end_labels, line_key, settle
from sim.charts.style import GREY, Side, tidy
from sim.charts.text import number, wrap
from sim.i18n import _
from sim.measures import MEASURES, View

if TYPE_CHECKING:
    from sim.results import Result

__all__ = ["COLUMNS", "draw", "frame"]

COLUMNS = ("scenario", "what", "community", "title", "residents", "mean", "low", "high")
SUMS = {"time_ratio": "resolution_time_ratio", "harm_gini": "harm_gini"}
"""Rows for the whole district: which measure says how unequal the communities are."""


def frame(results: Sequence[Result]) -> pd.DataFrame:
    """Time to resolution and harm by community, and what sums up how unequal they are.

    Columns: `scenario`; `what`: "time" (mean days from occurrence to true resolution), "harm" (severity-weighted days that issues
    existed, per 1,000 residents), and with an empty community "time_ratio" (P90 over P10 of the communities' times) and "harm_gini";
    `community`, its `title` and `residents`; `mean` over replications and its interval `low` to `high`.  Within a scenario and a
    `what` communities stand from the least to the most.
    """
    frames = []
    for result in results:
        first = result.outcomes[0]
        if not is_city(first) or "issues_by_community" not in first.arrays:
            continue
        people = first.arrays["population_by_community"].astype(float)
        names = first.axes["issue_count"]
        held = np.stack([outcome.arrays["issues_by_community"] for outcome in result.outcomes], axis=-1).astype(float)
        spent, resolved, harm = (held[:, names.index(name)] for name in ("resolution_seconds", "resolved", "harm_seconds"))
        time = np.divide(spent, resolved, out=np.full_like(spent, np.nan), where=resolved > 0) / DAY
        lived = people > 0
        burden = 1000 * harm / DAY / np.where(lived, people, np.nan)[:, None]
        titles = named(result, "community")
        for what, values, kept in (("time", time, ~np.isnan(time).any(axis=1)), ("harm", burden, lived)):
            rows = [place for place in np.argsort(np.where(kept, values.mean(axis=1), np.inf), kind="stable") if kept[place]]
            frames.append(averaged(values[rows], {
                "scenario": [result.name] * len(rows), "what": [what] * len(rows),
                "community": [first.axes["community"][place] for place in rows], "title": [titles[place] for place in rows],
                "residents": people[rows].tolist()}, least=0.0))
        for what, key in SUMS.items():
            said = np.array([[float(MEASURES[key].function(View(outcome))) for outcome in result.outcomes]])
            frames.append(averaged(said, {"scenario": [result.name], "what": [what], "community": [""], "title": [""],
                                          "residents": [float(people.sum())]}))
    found = joined_frames([one for one in frames if len(one)], COLUMNS)
    return found if len(found) and (found["what"] == "time").any() else table_of([], COLUMNS)


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: at the left communities in order of their time to resolution, at the right the Lorenz curve of harm.

    Parameters
    ----------
    frame : DataFrame
        As `frame` makes it.
    sides : sequence of Side
    note : str
        Footnote.
    """
    page = Page(_("How evenly communities are served"),
                _("Left: communities from the fastest to the slowest, mean over replications with 95% bands; the slowest is named. Right: "
                  "what share of all harm per resident falls on the communities with least of it; the straight line is perfect equality."),
                note, width=9.0, height=3.3, key=line_key(sides))
    left, right = page.figure.subplots(1, 2)
    moves = [_ordered(left, frame, sides)]
    _lorenz(right, frame, sides)
    for axes in (left, right):
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(lambda value, _position: f"{value:.0%}")
        axes.set_xticks([0.1, 0.5, 0.9] if axes is left else [0, 0.25, 0.5, 0.75, 1.0])
        tidy(axes)
    left.set_title(wrap(_("Time to true resolution"), 3.6, 9.5, 2))
    left.set_ylabel(_("Mean days, by community"))
    left.set_xlabel(_("Communities, the fastest first"))
    right.set_title(wrap(_("Harm per resident"), 3.6, 9.5, 2))
    right.set_ylabel(_("Share of the harm"))
    right.set_xlabel(_("Communities, those with least harm first"))
    right.set_ylim(0, 1)
    right.yaxis.set_major_formatter(lambda value, _position: f"{value:.0%}")
    if not len(frame):
        left.text(0.5, 0.5, _("Nothing was recorded."), transform=left.transAxes, ha="center", va="center", color=GREY)
    return settle(page, *moves)


def _ordered(axes: Axes, frame: pd.DataFrame, sides: Sequence[Side]) -> Callable[[], None]:
    """Communities in order of their times, and the sentence about P90 over P10."""
    labels, place, top = [], 0, 0.0
    for side in sides:
        mine = frame[(frame["scenario"] == side.key) & (frame["what"] == "time")]
        if not len(mine):
            continue
        x = (np.arange(len(mine)) + 0.5) / len(mine)
        y = mine["mean"].to_numpy(float)
        few = len(mine) <= 40
        axes.fill_between(x, mine["low"].to_numpy(float), mine["high"].to_numpy(float), color=side.colour, alpha=0.18, linewidth=0)
        axes.plot(x, y, color=side.colour, linestyle=side.line, marker=side.marker if few else "", markersize=3.5, linewidth=1.2)
        labels.append((float(y[-1]), wrap(str(mine["title"].iloc[-1]), 1.1, 7.5, 2), side.colour))
        top = max(top, float(np.nanmax([y.max(), mine["high"].max()])))
        _say(axes, place, _("P90/P10: {number}"), frame, side, "time_ratio")
        place += 1
    axes.set_ylim(0, (top or 1.0) * (1.1 + 0.1 * place))
    axes.yaxis.set_major_formatter(lambda value, _position: number(value))
    return end_labels(axes, labels, size=7.5, gap=2.5)


def _lorenz(axes: Axes, frame: pd.DataFrame, sides: Sequence[Side]) -> None:
    """Cumulated harm per resident against communities, and the Gini coefficient in words."""
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    place = 0
    for side in sides:
        mine = frame[(frame["scenario"] == side.key) & (frame["what"] == "harm")]
        harm = mine["mean"].to_numpy(float)
        if not harm.sum() > 0:
            continue
        axes.plot(np.arange(len(harm) + 1) / len(harm), np.append(0.0, np.cumsum(harm) / harm.sum()), color=side.colour,
                  linestyle=side.line, linewidth=1.4)
        _say(axes, place, _("Gini: {number}"), frame, side, "harm_gini")
        place += 1


def _say(axes: Axes, place: int, text: str, frame: pd.DataFrame, side: Side, what: str) -> None:
    """One line in the upper left corner: a number with its interval."""
    row = frame[(frame["scenario"] == side.key) & (frame["what"] == what)].iloc[0]
    said = text.format(number=number(float(row["mean"])))
    if row["low"] == row["low"]:
        said += f" ({number(float(row['low']))}–{number(float(row['high']))})"
    axes.annotate(said, xy=(0.0, 1.0), xycoords="axes fraction", xytext=(5, -3 - 11.5 * place), textcoords="offset points", ha="left",
                  va="top", size=8.0, color=side.colour)
