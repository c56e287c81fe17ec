"""Answers to the staffing questions 人员配置: pay against service, demand against service, heads by shift."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.charts.page import Page, settle
from sim.charts.style import BLUE, GREEN, GREY, INK, ORANGE, VERMILION, drawing, save, tidy
from sim.charts.text import number, wrap
from sim.i18n import N_, _, language, speaking

if TYPE_CHECKING:
    from sim.staffing import DemandAnswer, ShiftAnswer, StaffingAnswer
    from sim.staffing.targets import Target

__all__ = ["demand", "frontier", "plot", "roster", "write"]

_LOOK = {"met": (GREEN, "o"), "missed": (VERMILION, "X"), "not decided": (ORANGE, "s"), "": (GREY, ".")}
_SPANS = ((172800.0, 86400.0, N_("days")), (7200.0, 3600.0, N_("h")), (120.0, 60.0, N_("min")))
WIDE = 50.0         # a measure that spans more is drawn on a logarithmic axis
MOST_BARS = 40


def plot(answer: StaffingAnswer | DemandAnswer | ShiftAnswer, *, lang: str | None = None) -> Figure:
    """The chart of an answer.

    Parameters
    ----------
    answer : StaffingAnswer, DemandAnswer or ShiftAnswer
    lang : str, optional
        "en" or "zh"; by default the language in use.
    """
    with speaking(lang or language()), drawing():
        return _figure(answer)


def write(answer: StaffingAnswer | DemandAnswer | ShiftAnswer, folder: Path | str, lang: str | None = None) -> list[Path]:
    """Write the chart as PNG (300 dpi) and SVG, and the table that it shows as CSV.

    Returns
    -------
    list of Path
    """
    with speaking(lang or language()):
        with drawing():
            figure = _figure(answer)
        return save(figure, answer.tables["roster" if answer.question == "shifts" else "curve"], Path(folder), answer.question)


def _figure(answer: Any) -> Figure:
    if answer.question == "shifts":
        titles = importlib.import_module("sim.staffing.pools").titles_of(answer.scenario)
        return roster(answer.roster, answer.aim.title, _searched(answer), titles)
    if answer.question == "staff":
        return frontier(answer.curve, answer.targets, _searched(answer), bare=answer.scenario.bare is not None)
    return demand(answer.curve, answer.targets, _searched(answer))


def _searched(answer: Any) -> str:
    facts = answer.facts
    return _("{points} settings tried with {replications} replications in all, seed {seed}; the same luck for all.").format(
        points=facts.points, replications=facts.replications, seed=facts.seed)


def frontier(curve: pd.DataFrame, targets: Sequence[Target], note: str = "", *, bare: bool = False) -> Figure:
    """Pay against service: a panel a target, a point a staffing.

    Parameters
    ----------
    curve : DataFrame
        As `StaffingAnswer.curve`.
    targets : sequence of Target
    note : str
        Footnote.
    bare : bool
        Whether `pay` counts heads.
    """
    scale = 1.0 if bare else 1e6
    label = _("Heads") if bare else _("Pay of all staff (million CNY a year)")
    return _panels(curve, targets, curve["pay"] / scale if len(curve) else curve.get("pay", pd.Series(dtype=float)), label,
                   _("What better service costs"), _("Each point is a staffing, with its 95% interval; the line joins those that no "
                                                     "cheaper one equals."), note)


def demand(curve: pd.DataFrame, targets: Sequence[Target], note: str = "") -> Figure:
    """Demand against service: a panel a target; `curve` as `DemandAnswer.curve`."""
    return _panels(curve.assign(efficient=True), targets, curve["factor"], _("Demand (multiple of the scenario's)"),
                   _("How much demand the staff stands"), _("Each point is a level of demand, with its 95% interval."), note)


def _panels(curve: pd.DataFrame, targets: Sequence[Target], across: pd.Series, label: str, title: str, subtitle: str,
            note: str) -> Figure:
    words = {"met": _("met"), "missed": _("missed"), "not decided": _("not decided"), "": _("looked at only")}
    seen = [verdict for verdict in _LOOK if (curve["verdict"] == verdict).any()]
    key: list[Any] = [Line2D([], [], linestyle="none", color=_LOOK[verdict][0], marker=_LOOK[verdict][1], markersize=6,
                             label=words[verdict]) for verdict in seen]
    key.append(Line2D([], [], color=INK, linestyle=(0, (4, 2)), linewidth=1.0, label=_("target")))
    if curve["chosen"].any():
        key.append(Line2D([], [], linestyle="none", marker="o", markersize=11, markerfacecolor="none", color=BLUE, label=_("answer")))
    page = Page(title, subtitle, note, height=2.6 * len(targets) + 0.4, key=key)
    panels = np.atleast_1d(page.figure.subplots(len(targets), 1, sharex=True))
    for axes, goal in zip(panels, targets, strict=True):
        part = curve["measure"].eq(goal.what.key) & curve["group"].eq(goal.what.group or "all")
        part &= curve["target"].eq(goal.value)
        _panel(axes, curve[part], across[part], goal)
    panels[-1].set_xlabel(label)
    return settle(page)


def _panel(axes: Axes, part: pd.DataFrame, across: pd.Series, goal: Target) -> None:
    unit = goal.what.unit
    size, word = 0.01 if unit == "share" else 1.0, "%" if unit == "share" else _(unit)
    if unit == "s":
        size, word = next(((size, _(name)) for least, size, name in _SPANS if goal.value >= least), (1.0, _("s")))
    middle = part["mean"].to_numpy(float) / size
    finite = np.isfinite(middle)
    line = part["efficient"].to_numpy(bool) & finite
    axes.plot(across.to_numpy(float)[line], middle[line], color=GREY, linewidth=0.9, zorder=1)
    for x, row, y in zip(across, part.itertuples(), middle, strict=True):
        if not np.isfinite(y):
            continue
        colour, marker = _LOOK[row.verdict]
        if row.low == row.low and row.high > row.low:
            axes.plot([x, x], [row.low / size, row.high / size], color=colour, linewidth=1.1, solid_capstyle="butt", zorder=2)
        axes.plot([x], [y], linestyle="none", marker=marker, markersize=7 if marker == "." else 5.5, color=colour, zorder=3)
        if row.chosen:
            axes.plot([x], [y], linestyle="none", marker="o", markersize=12, markerfacecolor="none", color=BLUE, zorder=4)
    axes.axhline(goal.value / size, color=INK, linestyle=(0, (4, 2)), linewidth=1.0, zorder=1)
    shown = np.append(middle[finite], goal.value / size)
    if len(shown) and shown.min() > 0 and shown.max() / shown.min() > WIDE:
        axes.set_yscale("log")
        axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _position: number(value))
    axes.set_ylabel(wrap(f"{goal.what.title} ({word})" if word not in ("", "1") else goal.what.title, 2.3, 9.0, 3))
    tidy(axes, "y")


def roster(table: pd.DataFrame, aim: str, note: str = "", titles: Mapping[str, str] | None = None) -> Figure:
    """Heads by shift, as they are and as they should be.

    Parameters
    ----------
    table : DataFrame
        As `ShiftAnswer.roster`.
    aim : str
        What it was made for.
    note : str
        Footnote.
    titles : mapping, optional
        What the posts are called; by default as in the table.
    """
    titles = titles or {}
    table = table.head(MOST_BARS)
    page = Page(_("When the staff should work"), _("Heads by shift that make this as good as can be: {aim}.").format(aim=aim), note,
                height=max(1.2, 0.46 * len(table) + 0.6),
                key=[Patch(color=GREY, label=_("now")), Patch(color=BLUE, label=_("best"))])
    axes = page.figure.subplots()
    for row, (old, new) in enumerate(zip(table["now"], table["best"], strict=True)):
        for value, at, colour in ((old, row - 0.19, GREY), (new, row + 0.19, BLUE)):
            axes.barh(at, value, height=0.34, color=colour, linewidth=0)
            axes.annotate(number(float(value)), xy=(value, at), xytext=(4, 0), textcoords="offset points", va="center", size=7.5,
                          color=INK)
    axes.set_ylim(max(len(table) - 0.5, 0.5), -0.5)
    axes.set_xlim(0, 1.1 * max(1.0, float(table[["now", "best"]].max().max()) if len(table) else 1.0))
    axes.set_yticks(range(len(table)), [wrap(f"{titles.get(row.pool, row.pool)} · {row.shift}", 2.6, 8.5, 2) for row in table.itertuples()])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel(_("Heads"))
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)
    return settle(page)
