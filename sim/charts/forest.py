"""Forest plot 森林图: what the second organisation changes, measure by measure, with the interval of the paired difference.

Measures have different units, so each difference is shown as a share of the first organisation's mean and turned so that right is
always better; the two means stand beside it in their own unit.
"""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.charts.page import Page, beside, settle
from sim.charts.style import GREEN, GREY, INK, PURPLE, Side, tidy
from sim.charts.text import number, percent, wrap
from sim.i18n import N_, _

__all__ = ["COLUMNS", "draw"]

COLUMNS = ("measure", "title", "unit", "direction", "base", "other", "difference", "low", "high", "verdict")
_SPANS = ((86400.0, N_("d")), (3600.0, N_("h")), (60.0, N_("min")), (1.0, N_("s")))
LIMIT = 1.5  # shares beyond are drawn as an arrow at the edge
_LOOK = {"better": (GREEN, "o", True), "worse": (PURPLE, "D", True), "": (GREY, "o", False)}


def draw(frame: pd.DataFrame, base: Side, other: Side, note: str = "") -> Figure:
    """The chart.

    Parameters
    ----------
    frame : DataFrame
        A row a measure: `measure`, `title`, `unit` ("share" is shown in %), `direction` (1 more is better, -1 worse, 0 neither),
        `base` and `other` (the means), `difference` (other − base) with its interval `low` to `high` (NaN with one replication),
        `verdict` ("better", "worse", anything else is not distinguishable).
    base, other : Side
        The organisation compared with, and the one compared.
    note : str
        Footnote.
    """
    frame = frame[frame["direction"] != 0] if (frame["direction"] != 0).any() else frame
    turned = bool((frame["direction"] != 0).any())
    frame = frame[frame["difference"].notna()].reset_index(drop=True)
    titles = [wrap(str(title), 2.5, 8.5) for title in frame["title"]]
    means = [_means(row.base, row.other, row.unit) for row in frame.itertuples()]
    tall = [0.13 + 0.155 * (title.count("\n") + 1) for title in titles]
    subtitle = (
        _(
            "Each difference as a share of the mean of {base}, with its 95% interval; right of the line is better, left worse. "
            "Numbers: mean of {base} → mean of {other}."
        )
        if turned
        else _(
            "Each difference as a share of the mean of {base}, with its 95% interval. Numbers: mean of {base} → mean of {other}."
        )
    )
    page = Page(
        _("What changes from {base} to {other}").format(base=base.title, other=other.title),
        subtitle.format(base=base.title, other=other.title),
        note,
        height=max(1.3, sum(tall) + 0.75),
        key=[_key("better", _("better")), _key("worse", _("worse")), _key("", _("not distinguishable"))],
    )
    axes = page.figure.subplots()
    places, at = [], 0.0
    for height in tall:
        places.append(at + height / 2)
        at += height
    _rows(axes, frame, places, turned)
    for place, text in zip(places, means, strict=True):
        beside(axes, place, wrap(text, 1.9, 8.5, 2), 8.5, 10)
    if not len(frame):
        axes.text(0, 0.5, _("No measure could be compared."), ha="center", va="center", color=GREY)
    axes.set_yticks(places, titles)
    axes.set_ylim(max(at, 0.3), 0)
    axes.tick_params(axis="y", labelsize=8.5)
    if turned:
        axes.set_title("← " + _("worse"), loc="left", size=9, color=PURPLE)
        axes.set_title(_("better") + " →", loc="right", size=9, color=GREEN)
    axes.set_xlabel(_("Improvement on the mean of the first (%)") if turned else _("Change from the mean of the first (%)"))
    return settle(page)


def _rows(axes: Axes, frame: pd.DataFrame, places: list[float], turned: bool) -> None:
    spans = []
    for place, row in zip(places, frame.itertuples(), strict=True):
        sign = row.direction if turned else 1
        scale = abs(row.base)
        centre, ends = sign * row.difference, sorted((sign * row.low, sign * row.high))
        if not scale:
            centre, ends = math.copysign(9.9, centre) if centre else 0.0, [math.nan, math.nan]
        else:
            centre, ends = centre / scale, [end / scale for end in ends]
        spans.append((place, centre, ends, *_LOOK.get(row.verdict, _LOOK[""])))
    inside = [abs(x) for _place, centre, ends, *_rest in spans for x in (centre, *ends) if math.isfinite(x)]
    reach = min(LIMIT, max([0.05, *inside])) * 1.08
    for place, centre, ends, colour, marker, filled in spans:
        if all(map(math.isfinite, ends)):
            low, high = (min(max(end, -reach), reach) for end in ends)
            axes.plot([100 * low, 100 * high], [place, place], color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)
        off = abs(centre) > reach
        axes.plot(
            [100 * math.copysign(reach * 0.985, centre) if off else 100 * centre],
            [place],
            linestyle="none",
            marker=(">" if centre > 0 else "<") if off else marker,
            markersize=6,
            color=colour,
            markerfacecolor=colour if filled else "white",
            zorder=3,
            clip_on=False,
        )
    axes.set_xlim(-100 * reach, 100 * reach)
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:+.0f}".replace("-", "−") if abs(value) > 1e-9 else "0")
    if reach < 0.08:
        axes.xaxis.set_major_formatter(lambda value, _position: f"{value:+.3g}".replace("-", "−") if abs(value) > 1e-9 else "0")
    axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
    tidy(axes, "x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _key(verdict: str, label: str) -> Line2D:
    colour, marker, filled = _LOOK[verdict]
    return Line2D([], [], color=colour, marker=marker, markersize=6, markerfacecolor=colour if filled else "white", label=label)


def _means(base: float, other: float, unit: str) -> str:
    """Both means in one unit; times in the largest unit that one of them fills twice.

    Examples
    --------
    >>> _means(0.25, 0.5, "share"), _means(7200.0, 9000.0, "s"), _means(3.0, 2.0, "tickets")
    ('25% → 50%', '2 → 2.5 h', '3 → 2 tickets')
    """
    if unit == "share":
        return f"{percent(base)} → {percent(other)}"
    size, name = 1.0, unit
    if unit == "s":
        largest = max(abs(base), abs(other))
        size, name = next((span for span in _SPANS if largest >= 2 * span[0]), _SPANS[-1])
    return f"{number(base / size)} → {number(other / size)}" + (f" {_(name)}" if name not in ("", "1") else "")
