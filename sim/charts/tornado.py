"""What matters most 敏感性: a tornado of single settings, Morris's screening, Sobol indices.

The tornado shows the answer at both ends of every declared range, all else as stated; the line is the answer at the stated values, and
of a difference also where it would be nothing: bars that cross it would turn the conclusion round.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation

from sim.charts.page import Page, beside, settle
from sim.charts.scales import Unit, short, unit_of
from sim.charts.style import BLUE, GREY, INK, ORANGE, SKY, drawing, save, tidy
from sim.charts.text import number, spread
from sim.i18n import _, joined, language, speaking

if TYPE_CHECKING:
    from sim.sensitivity import Sensitivity

__all__ = ["CHARTS", "draw_morris", "draw_sobol", "draw_tornado", "plot", "write"]

CHARTS = ("tornado", "morris", "sobol")
"""Names of the charts."""

MOST = 20       # bars and rows, the largest
LABELLED = 12   # points of the screening that are named


def plot(found: Sensitivity, chart: str | None = None, *, lang: str | None = None) -> Any:
    """One chart as a figure, or all that there is data for by name.

    Raises
    ------
    ValueError
        There is no such chart, or that method was not asked for.
    """
    if chart is not None and chart not in CHARTS:
        raise ValueError(f"no chart {chart!r}: choose one of {', '.join(CHARTS)}")
    with speaking(lang or language()):
        figures = {name: figure for name, (figure, _data) in _drawn(found).items() if chart in (None, name)}
    if chart is not None and not figures:
        raise ValueError(f"the method {chart!r} was not asked for")
    return figures if chart is None else figures[chart]


def write(found: Sensitivity, folder: Path | str, lang: str | None = None) -> list[Path]:
    """All charts that there is data for: PNG, SVG and data of each."""
    written: list[Path] = []
    with speaking(lang or language()):
        for name, (figure, data) in _drawn(found).items():
            written += save(figure, data, Path(folder), name)
    return written


def _drawn(found: Sensitivity) -> dict[str, tuple[Figure, pd.DataFrame]]:
    known = importlib.import_module("sim.measures").MEASURES[found.study.measure]
    title = known.title if isinstance(known.title, str) else known.title[language()]
    labels = [base.scenario.label for base in found.study.bases]
    if len(labels) == 2:
        labels = labels if labels[0] != labels[1] else list(found.study.names)
        title = _("{measure}: {scenario} minus {base}").format(measure=title, scenario=labels[1], base=labels[0])
    else:
        title = f"{title}: {labels[0]}"
    facts = found.facts
    note = _("{replications} replications at each of {points} points, seed {seed}; the same luck everywhere.").format(
        replications=facts.replications, points=len(found.places), seed=facts.seed)
    charts: dict[str, tuple[Figure, pd.DataFrame]] = {}
    pairs: dict[str, Callable[[pd.DataFrame], Figure]] = {
        "tornado": lambda table: draw_tornado(table, float(found.means[0]), known.unit, title, note, gap=len(labels) == 2),
        "morris": lambda table: draw_morris(table, known.unit, title, note),
        "sobol": lambda table: draw_sobol(table, title, note)}
    for name, draw in pairs.items():
        data = getattr(found, name)
        if len(data):
            charts[name] = draw(data), data
    return charts


# --- tornado --------------------------------------------------------------------------------------------------------------

def draw_tornado(data: pd.DataFrame, base: float, unit: str, title: str, note: str = "", *, gap: bool = False) -> Figure:
    """Bars from the stated answer to that at each end of every range, the longest first.

    Parameters
    ----------
    data : DataFrame
        `factor, end, value, mean, effect, low, high`, as `Sensitivity.tornado` has it.
    base : float
        The answer at the stated values.
    unit : str
        Unit of the measure.
    title, note : str
    gap : bool
        Whether the answer is a difference, so that 0 is where the conclusion would turn.
    """
    factors = list(dict.fromkeys(data["factor"]))
    shown = factors[:MOST]
    ends = data[["low", "high"]].to_numpy(float) + base
    scale = unit_of(unit, np.append(ends[np.isfinite(ends)], [base]))
    subtitle = _("Each setting alone at the ends of its declared range, all others as stated; whiskers: 95% interval of the change.")
    if len(shown) < len(factors):
        more = _("The {number} that move it most, of {total}.").format(number=len(shown), total=len(factors))
        subtitle = joined([subtitle, more])
    with drawing():
        page = Page(title, subtitle, note, width=9.0, height=0.7 + 0.27 * max(len(shown), 3),
                    key=[Patch(facecolor=BLUE, label=_("at the lowest value")), Patch(facecolor=ORANGE, hatch="////", edgecolor="white",
                                                                                    linewidth=0, label=_("at the highest value"))])
        axes = page.figure.subplots()
        known = math.isfinite(base)
        base = base if known else 0.0
        for row, factor in enumerate(shown):
            both = data[data["factor"] == factor].set_index("end")
            _bar(axes, row, both, base, scale)
            low, high = both.loc["low", "value"], both.loc["high", "value"]
            beside(axes, row, f"{low} – {high}" if str(low) else "", 7.5, 6, GREY)
        if known:
            axes.axvline(base / scale.size, color=INK, linewidth=0.9, zorder=3)
        else:
            axes.set_title(_("No value can be drawn."), color=GREY)
        if gap:
            axes.axvline(0, color=GREY, linewidth=0.9, linestyle=(0, (3, 2)), zorder=1)
        axes.set_yticks(range(len(shown)), [short(factor, 3.6, 8.0) for factor in shown])
        axes.tick_params(axis="y", labelsize=8.0)
        axes.set_ylim(max(len(shown), 1) - 0.4, -0.6)
        axes.set_xlim(*_reach(data["effect"].to_numpy(float) / scale.size, base / scale.size, gap))
        axes.xaxis.set_major_formatter(lambda value, _position: scale.text(value * scale.size, signed=gap))
        axes.set_xlabel(scale.name)
        _bare(axes)
        return settle(page)


def _reach(effects: np.ndarray, base: float, gap: bool) -> tuple[float, float]:
    """Ends of the axis: all bars, the line of no difference, and room for whiskers; longer ones are cut off at the edge."""
    known = base + np.append(effects[np.isfinite(effects)], 0.0)
    known = np.append(known, 0.0) if gap else known
    low, high = float(known.min()), float(known.max())
    room = 0.3 * (high - low) or 0.05 * abs(base) or 1.0
    return low - room, high + room


def _bar(axes: Axes, row: int, both: pd.DataFrame, base: float, scale: Unit) -> None:
    same = np.sign(both["effect"].iloc[0]) == np.sign(both["effect"].iloc[1])       # both ends on one side: two thin bars
    looks = {"low": {"color": BLUE}, "high": {"facecolor": ORANGE, "hatch": "////", "edgecolor": "white", "linewidth": 0}}
    for end, shift in (("low", -0.17), ("high", 0.17)):
        effect = float(both.loc[end, "effect"])
        if not math.isfinite(effect):
            continue
        at, height = (row + shift, 0.3) if same else (row, 0.62)
        axes.barh(at, effect / scale.size, left=base / scale.size, height=height, zorder=2, **looks[end])  # type: ignore[arg-type]
        low, high = float(both.loc[end, "low"]), float(both.loc[end, "high"])
        if math.isfinite(low):
            axes.plot([(base + low) / scale.size, (base + high) / scale.size], [at, at], color=INK, linewidth=0.8, zorder=4)


def _bare(axes: Axes) -> None:
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


# --- Morris and Sobol -----------------------------------------------------------------------------------------------------

def draw_morris(data: pd.DataFrame, unit: str, title: str, note: str = "") -> Figure:
    """Importance across, interaction upwards; the most important are named beside the axes' right edge.

    Parameters
    ----------
    data : DataFrame
        `factor, mu, mu_star, low, high, sigma`, the most important first.
    unit, title, note : str
    """
    scale = unit_of(unit, data[["mu_star", "high", "sigma"]].to_numpy(float))
    named = data.head(LABELLED)
    with drawing():
        page = Page(_("{title}: Morris's screening").format(title=title),
                    _("Across: mean size of the change over a whole range, with its 95% interval. Upwards: how much it differs from place "
                      "to place; below the dotted line a setting mostly acts by itself and in one direction."), note, width=9.0, height=3.8)
        axes = page.figure.subplots()
        x, y = data["mu_star"].to_numpy(float) / scale.size, data["sigma"].to_numpy(float) / scale.size
        axes.hlines(y, data["low"].to_numpy(float) / scale.size, data["high"].to_numpy(float) / scale.size, color=SKY, linewidth=1.2)
        axes.plot(x, y, linestyle="none", marker="o", markersize=5, color=BLUE)
        top = max(float(np.nanmax(np.append(x, 0.0))), float(np.nanmax(np.append(y, 0.0)))) or 1.0
        axes.plot([0, top], [0, top], color=GREY, linewidth=0.9, linestyle=(0, (1, 1.5)))
        axes.set(xlim=(0, None), ylim=(-0.03 * top, 1.08 * top))
        rows = spread([top * (1 - place / max(len(named) - 1, 1)) for place in range(len(named))], 0.0)
        marks = []
        for place, (at, row) in enumerate(zip(rows, named.itertuples(), strict=True), 1):
            beside(axes, at, f"{place}  {short(str(row.factor), 3.2, 8.0)}", 8.0, 8)
            if math.isfinite(x[place - 1]) and math.isfinite(y[place - 1]):
                marks.append(axes.annotate(str(place), (x[place - 1], y[place - 1]), xytext=(0, 4), textcoords="offset points",
                                           size=7.5, ha="center", va="bottom", color=INK))
        for axis, name in ((axes.xaxis, _("mean size of effect (μ*)")), (axes.yaxis, _("spread of effect (σ)"))):
            axis.set_major_formatter(lambda value, _position: scale.text(value * scale.size))
            axis.set_label_text(f"{name}, {scale.name}" if scale.name else name)
        tidy(axes, "y")
        return settle(page, lambda: _apart(axes, marks))


def _apart(axes: Axes, marks: Sequence[Annotation]) -> None:
    """Of numbers that would lie on each other only the first is shown."""
    kept: list[tuple[float, float]] = []
    room = axes.figure.dpi / 72 * 11
    for mark in marks:
        x, y = axes.transData.transform(mark.xy)
        free = all(abs(x - left) > room or abs(y - low) > room for left, low in kept)
        mark.set_visible(free)
        if free:
            kept.append((float(x), float(y)))


def draw_sobol(data: pd.DataFrame, title: str, note: str = "") -> Figure:
    """First and total index of each setting, with intervals.

    Parameters
    ----------
    data : DataFrame
        `factor, first, first_low, first_high, total, total_low, total_high`, the largest total first.
    title, note : str
    """
    data = data.head(MOST)
    looks = (("first", BLUE, "o", -0.14, _("by itself (first index)")), ("total", ORANGE, "D", 0.14, _("with others (total index)")))
    with drawing():
        page = Page(_("{title}: Sobol indices").format(title=title),
                    _("Share of the variance over the declared ranges that goes with each setting, with its 95% interval."), note,
                    width=9.0, height=0.8 + 0.42 * max(len(data), 2),
                    key=[Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=6, label=label)
                         for _name, colour, marker, _shift, label in looks])
        axes = page.figure.subplots()
        rows = np.arange(len(data))
        for name, colour, marker, shift, _label in looks:
            axes.hlines(rows + shift, data[f"{name}_low"].to_numpy(float), data[f"{name}_high"].to_numpy(float), color=colour)
            axes.plot(data[name].to_numpy(float), rows + shift, linestyle="none", marker=marker, markersize=5, color=colour)
        axes.set_yticks(rows, [short(factor, 3.6, 8.0) for factor in data["factor"]])
        axes.tick_params(axis="y", labelsize=8.0)
        axes.set_ylim(len(data) - 0.5, -0.5)
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.xaxis.set_major_formatter(lambda value, _position: number(value))
        axes.set_xlabel(_("share of the variance"))
        _bare(axes)
        return settle(page)
