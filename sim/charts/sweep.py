"""A measure over the points of a sweep 参数扫描: lines over one setting, a heat map over two, small multiples over more.

One setting: a line a scenario with its intervals.  Two settings with every combination: a heat map a scenario, and beside them how
each differs from the scenario it is compared with, with the cells in which the two cannot be told apart left grey.  Three: heat maps
for each value of the third.  Otherwise a panel a setting, with every point in each.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure

from sim.charts.page import Page, line_key, settle
from sim.charts.scales import Scale, Unit, scale_of, short, unit_of
from sim.charts.style import GREEN, GREY, HEAT, INK, PURPLE, Side, drawing, save, sides_of, tidy
from sim.charts.text import number, wrap
from sim.i18n import _, joined, language, speaking

if TYPE_CHECKING:
    from sim.sweep import Sweep

__all__ = ["draw", "frame", "framed", "plot", "write"]

MOST_PANELS = 12
MOST_CELLS = 20         # along one side of a heat map
DIVERGING = LinearSegmentedColormap.from_list("better", [PURPLE, "#FFFFFF", GREEN])
PALE = "#E4E4E4"


def frame(sweep: Sweep, measure: str) -> pd.DataFrame:
    """A row a scenario and point: scenario, point, axes, mean, low, high, and the difference from what it is compared with."""
    return framed(sweep.summary, sweep.differences, [one.path for one in sweep.plan.axes], measure)


def framed(summary: pd.DataFrame, differences: pd.DataFrame, axes: Sequence[str], measure: str) -> pd.DataFrame:
    """The same from the tables of a sweep; without differences their columns are empty."""
    found = summary[(summary["measure"] == measure) & (summary["group"] == "all")][["scenario", "point", *axes, "mean", "low", "high", "unit"]]
    columns = ["base", "base_point", "difference", "difference_low", "difference_high", "direction", "verdict"]
    if not len(differences):
        return found.reindex(columns=[*found.columns, *columns])
    other = differences[(differences["measure"] == measure) & (differences["group"] == "all")]
    other = other.rename(columns={"low": "difference_low", "high": "difference_high"}).reindex(columns=["scenario", "point", *columns])
    return found.merge(other, on=["scenario", "point"], how="left")


def plot(sweep: Sweep, measure: str | None = None, *, lang: str | None = None) -> Any:
    """The chart of one measure as a figure, or those of the headlines by name.

    Raises
    ------
    ValueError
        The measure was not taken.
    """
    known = list(dict.fromkeys(row.measure for row in sweep.taken.rows))
    if measure is not None and measure not in known:
        raise ValueError(f"no measure {measure!r} in this sweep: choose one of {', '.join(known)}")
    with speaking(lang or language()):
        figures = {key: draw(frame(sweep, key), *_about(sweep, key)) for key in ([measure] if measure else _drawn(sweep))}
    return figures[measure] if measure else figures


def write(sweep: Sweep, folder: Path | str, lang: str | None = None) -> list[Path]:
    """The charts of the measures that were named, else of the headlines: PNG, SVG and data of each."""
    written: list[Path] = []
    with speaking(lang or language()):
        for key in _drawn(sweep):
            data = frame(sweep, key)
            written += save(draw(data, *_about(sweep, key)), data, Path(folder), key)
    return written


def _drawn(sweep: Sweep) -> list[str]:
    keys = [row.measure for row in sweep.taken.rows if row.group == "all"]
    return keys if sweep.plan.measures else importlib.import_module("sim.cells").headlines(keys)


def _about(sweep: Sweep, key: str) -> tuple[list[Scale], list[Side], str, str]:
    """Scales of the axes, sides, title of the measure, footnote."""
    scales = [scale_of(one.path, sweep.points[one.path].tolist()) for one in sweep.plan.axes]
    titles = {name: base.scenario.label for name, base in zip(sweep.plan.names, sweep.plan.bases, strict=True)}
    if len(set(titles.values())) < len(titles):
        titles = {name: name for name in titles}
    known = importlib.import_module("sim.measures").MEASURES
    title = known[key].title if isinstance(known[key].title, str) else known[key].title[language()]
    facts = sweep.facts
    note = _("{replications} replications at each of {points} points, seed {seed}; the same luck everywhere.").format(
        replications=facts.replications, points=len(sweep.plan.points), seed=facts.seed)
    return scales, sides_of(titles), f"{sweep.plan.title.text()}: {title}" if sweep.plan.title else title, note


def draw(data: pd.DataFrame, scales: Sequence[Scale], sides: Sequence[Side], title: str, note: str = "") -> Figure:
    """The chart that suits the number of axes.

    Parameters
    ----------
    data : DataFrame
        As `frame` makes it.
    scales : sequence of Scale
        The axes, the first across.
    sides : sequence of Side
        The scenarios.
    title : str
        The measure.
    note : str
        Footnote.
    """
    unit = unit_of(data["unit"].iloc[0], data[["mean", "low", "high"]].to_numpy(float))
    with drawing():
        if len(scales) == 1:
            return _lines(data, scales[0], sides, unit, title, note)
        whole = _whole(data, scales, sides)
        if whole and len(scales) == 2:
            return _heat(data, scales, sides, unit, title, note)
        if whole and len(scales) == 3 and len(scales[2].ticks) * len(sides) <= MOST_PANELS:
            return _stacked(data, scales, sides, unit, title, note)
        return _multiples(data, scales, sides, unit, title, note)


def _whole(data: pd.DataFrame, scales: Sequence[Scale], sides: Sequence[Side]) -> bool:
    """Is there one point for every combination, and are they few enough for a map?"""
    points = int(np.prod([len(scale.ticks) for scale in scales]))
    return len(data) == points * len(sides) and all(len(scale.ticks) <= MOST_CELLS for scale in scales[:2])


# --- one setting ----------------------------------------------------------------------------------------------------------

def _lines(data: pd.DataFrame, scale: Scale, sides: Sequence[Side], unit: Unit, title: str, note: str) -> Figure:
    page = Page(title, _("Mean with 95% interval over {path}.").format(path=scale.path), note, height=3.4,
                key=line_key(sides, marker=not scale.numeric) if len(sides) > 1 else ())
    axes = page.figure.subplots()
    for nth, side in enumerate(sides):
        mine = data[data["scenario"] == side.key]
        mine = mine.assign(_at=[scale.at(value) for value in mine[scale.path]]).sort_values("_at")
        x = mine["_at"].to_numpy(float)
        mean, low, high = (mine[name].to_numpy(float) / unit.size for name in ("mean", "low", "high"))
        if scale.numeric:
            axes.fill_between(x, low, high, color=side.colour, alpha=0.15, linewidth=0)
            axes.plot(x, mean, color=side.colour, linestyle=side.line, marker=side.marker, markersize=4)
        else:
            x = x + (nth - (len(sides) - 1) / 2) * 0.12
            axes.vlines(x, low, high, color=side.colour, linewidth=1.6)
            axes.plot(x, mean, color=side.colour, linestyle="none", marker=side.marker, markersize=6)
    _dress(axes, scale)
    _values(axes, unit)
    if not np.isfinite(data["mean"].to_numpy(float)).any():
        axes.text(0.5, 0.5, _("No value can be drawn."), ha="center", va="center", color=GREY, transform=axes.transAxes)
    return settle(page)


def _dress(axes: Axes, scale: Scale, vertical: bool = False, tall: float = 3.0) -> None:
    """Ticks and name of an axis over a setting."""
    axis = axes.yaxis if vertical else axes.xaxis
    label = short(scale.label, tall if vertical else 3.2, 9.0)
    (axes.set_ylabel if vertical else axes.set_xlabel)(label)
    if scale.numeric:
        axis.set_major_locator(importlib.import_module("matplotlib.ticker").MaxNLocator(6, integer=scale.whole))
        axis.set_major_formatter(lambda value, _position: number(value))
        return
    axis.set_ticks(range(len(scale.ticks)), [wrap(tick, 1.1, 8.0, 2) for tick in scale.ticks])
    if not vertical:
        axes.set_xlim(-0.5, len(scale.ticks) - 0.5)


def _values(axes: Axes, unit: Unit) -> None:
    """The axis of the measure."""
    axes.yaxis.set_major_formatter(lambda value, _position: unit.text(value * unit.size))
    axes.set_ylabel(unit.name)
    tidy(axes, "y")


# --- two settings and three -----------------------------------------------------------------------------------------------

def _cells(data: pd.DataFrame, scales: Sequence[Scale], column: str) -> np.ndarray:
    """Values with a column a value of the first setting and a row a value of the second."""
    cells = np.full((len(scales[1].ticks), len(scales[0].ticks)), np.nan)
    cells[[scales[1].place(value) for value in data[scales[1].path]],
          [scales[0].place(value) for value in data[scales[0].path]]] = data[column].to_numpy(float)
    return cells


def _heat(data: pd.DataFrame, scales: Sequence[Scale], sides: Sequence[Side], unit: Unit, title: str, note: str) -> Figure:
    apart = [side for side in sides if _beside(data, side)]
    wide = len(sides) + len(apart)
    columns = min(wide, 3)
    rows = -(-wide // columns)
    tall = max(1.7, 0.3 * len(scales[1].ticks) + 0.9)
    subtitle = _mean(unit)
    if apart:
        subtitle = joined([subtitle, _("Differences: green is better, purple worse, grey not distinguishable.")])
    page = Page(title, subtitle, note, width=9.0 if columns > 1 else 6.5, height=rows * tall + 0.3)
    panels = page.figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
    across = 8.0 / columns if columns > 1 else 5.0
    norm = _norm(data["mean"])
    for axes, side in zip(panels, sides, strict=False):
        _map(axes, _cells(data[data["scenario"] == side.key], scales, "mean"), norm, unit, across)
        axes.set_title(wrap(side.title, across - 0.3, 9.5, 2), color=side.colour)
    named = {side.key: side.title for side in sides}
    for axes, side in zip(panels[len(sides):], apart, strict=False):
        mine = data[data["scenario"] == side.key]
        _gaps(axes, mine, scales, unit, across)
        axes.set_title(wrap(_("{scenario} minus {base}").format(scenario=side.title, base=named[mine["base"].iloc[0]]),
                            across - 0.3, 9.5, 2))
    for axes in panels[wide:]:
        axes.set_visible(False)
    _frame_ticks(panels, scales, columns, wide, across, tall)
    if not _size(len(scales[0].ticks), across):
        _bar(page, panels[:wide], norm, unit)
    return settle(page)


def _mean(unit: Unit) -> str:
    return _("Mean at each point, in {unit}.").format(unit=unit.name) if unit.name else _("Mean at each point.")


def _beside(data: pd.DataFrame, side: Side) -> bool:
    """Is this scenario compared with another one at the same point, everywhere?"""
    mine = data[data["scenario"] == side.key]
    return bool((mine["base_point"] == mine["point"]).all())


def _norm(values: pd.Series) -> Normalize:
    known = values[np.isfinite(values.to_numpy(float))]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return Normalize(low, high if high > low else low + (abs(low) or 1.0))


def _map(axes: Axes, cells: np.ndarray, norm: Normalize, unit: Unit, across: float) -> None:
    axes.pcolormesh(np.ma.masked_invalid(cells), cmap=HEAT, norm=norm, edgecolors="white", linewidth=0.6)
    size = _size(cells.shape[1], across)
    for (row, column), value in np.ndenumerate(cells) if size else ():
        dark = np.isfinite(value) and norm(value) > 0.55
        axes.text(column + 0.5, row + 0.5, unit.text(value), ha="center", va="center", size=size, color="white" if dark else INK)


def _size(columns: int, across: float) -> float:
    """Size of the numbers in the cells, points; 0 where there is no room."""
    room = across / (columns + 1.2)
    return 8.0 if room > 0.52 else 6.5 if room > 0.4 else 5.5 if room > 0.33 else 0.0


def _gaps(axes: Axes, mine: pd.DataFrame, scales: Sequence[Scale], unit: Unit, across: float) -> None:
    """Differences from the scenario that this one is compared with."""
    cells, way = _cells(mine, scales, "difference"), _cells(mine, scales, "direction")
    clear = _cells(mine.assign(_clear=mine["verdict"].isin(["better", "worse", "higher", "lower"])), scales, "_clear") > 0
    turned = np.where(way < 0, -cells, cells)
    top = float(np.nanmax(np.abs(cells), initial=0.0)) or 1.0
    axes.pcolormesh(np.where(clear, turned, np.nan), cmap=DIVERGING, norm=Normalize(-top, top), edgecolors="white", linewidth=0.6)
    axes.pcolormesh(np.ma.masked_where(clear, np.ones_like(cells)), cmap=LinearSegmentedColormap.from_list("pale", [PALE, PALE]),
                    edgecolors="white", linewidth=0.6)
    size = _size(cells.shape[1], across)
    for (row, column), value in np.ndenumerate(cells) if size else ():
        axes.text(column + 0.5, row + 0.5, unit.text(value, signed=True), ha="center", va="center", size=size,
                  color=INK if clear[row, column] else GREY)


def _frame_ticks(panels: np.ndarray, scales: Sequence[Scale], columns: int, used: int, across: float, tall: float) -> None:
    across_label = short(scales[0].label, across - 0.4, 9.0)
    for nth, axes in enumerate(panels):
        axes.set_xticks(np.arange(len(scales[0].ticks)) + 0.5, [wrap(tick, across / (len(scales[0].ticks) + 1), 8.0, 2)
                                                               for tick in scales[0].ticks])
        axes.set_yticks(np.arange(len(scales[1].ticks)) + 0.5, [wrap(tick, 1.1, 8.0, 2) for tick in scales[1].ticks])
        axes.tick_params(length=0, labelbottom=nth + columns >= used)
        axes.spines[["left", "bottom"]].set_visible(False)
        if nth + columns >= used:
            axes.set_xlabel(across_label)
        if nth % columns == 0:
            axes.set_ylabel(short(scales[1].label, tall - 0.5, 9.0))


def _stacked(data: pd.DataFrame, scales: Sequence[Scale], sides: Sequence[Side], unit: Unit, title: str, note: str) -> Figure:
    """A row of heat maps a scenario, one for each value of the third setting."""
    third = scales[2]
    columns, rows = len(third.ticks), len(sides)
    tall = max(1.4, 0.27 * len(scales[1].ticks) + 0.8)
    subtitle = joined([_mean(unit), _("A panel for each value of {path}.").format(path=third.path)])
    page = Page(title, subtitle, note, width=9.5, height=rows * tall + 0.6)
    panels = page.figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    norm, across = _norm(data["mean"]), 8.4 / columns
    for row, side in enumerate(sides):
        for column, tick in enumerate(third.ticks):
            mine = data[(data["scenario"] == side.key) & np.array([third.place(one) == column for one in data[third.path]])]
            _map(panels[row, column], _cells(mine, scales, "mean"), norm, unit, across)
            text = f"{third.last} = {tick} {third.unit}".rstrip() + (f"\n{side.title}" if len(sides) > 1 else "")
            panels[row, column].set_title(wrap(text, across - 0.2, 8.5, 3), color=side.colour if len(sides) > 1 else INK, size=8.5)
    _frame_ticks(panels.ravel(), scales, columns, rows * columns, across, tall)
    _bar(page, panels.ravel(), norm, unit)
    return settle(page)


def _bar(page: Page, panels: np.ndarray, norm: Normalize, unit: Unit) -> None:
    """The scale of colours, right of the maps."""
    bar = page.figure.colorbar(ScalarMappable(norm, HEAT), ax=list(panels), location="right", fraction=0.03, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_formatter(lambda value, _position: unit.text(value))
    bar.set_label(unit.name)


# --- more -----------------------------------------------------------------------------------------------------------------

def _multiples(data: pd.DataFrame, scales: Sequence[Scale], sides: Sequence[Side], unit: Unit, title: str, note: str) -> Figure:
    """A panel a setting with every point in it; a line joins the means over all other settings."""
    columns = min(3, len(scales))
    rows = -(-len(scales) // columns)
    page = Page(title, _("Every point against each setting with its 95% interval; lines: mean over all other settings."), note, width=9.0,
                height=rows * 2.2 + 0.2, key=line_key(sides, marker=True) if len(sides) > 1 else ())
    panels = page.figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axes, scale in zip(panels, scales, strict=False):
        for side in sides:
            mine = data[data["scenario"] == side.key]
            x = np.array([scale.at(value) for value in mine[scale.path]])
            y = mine["mean"].to_numpy(float) / unit.size
            low, high = (mine[name].to_numpy(float) / unit.size for name in ("low", "high"))
            known = np.isfinite(low) & np.isfinite(high)
            axes.vlines(x[known], low[known], high[known], color=side.colour, linewidth=0.7, alpha=0.35)
            axes.plot(x, y, linestyle="none", marker=side.marker, markersize=3, color=side.colour, alpha=0.55, markeredgewidth=0)
            spots = np.unique(x)
            if len(spots) <= len(x) / 2:
                axes.plot(spots, [np.nanmean(y[x == spot]) for spot in spots], color=side.colour, linestyle=side.line)
        _dress(axes, scale)
        axes.set_xlabel(short(scale.label, 2.5, 9.0))
        _values(axes, unit)
    for axes in panels[len(scales):]:
        axes.set_visible(False)
    for nth, axes in enumerate(panels[:len(scales)]):
        if nth % columns:
            axes.set_ylabel("")
    return settle(page)
