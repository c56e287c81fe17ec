"""Where a difference comes from 差异归因: a waterfall from one organisation to the other, a step a group of mechanisms.

Each bar begins where the one above ended; the mechanisms of a group that was looked into stand below it, as thinner bars that lead
from its beginning to its end.  Colour and hatch say whether a step helps the measure or harms it, whatever its direction.
"""

from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.charts.page import Page, beside, settle
from sim.charts.scales import Unit, unit_of
from sim.charts.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RULE, drawing, save, tidy
from sim.charts.text import wrap
from sim.i18n import _, language, speaking

if TYPE_CHECKING:
    from sim.explain import Explanation

__all__ = ["draw", "footnote", "frame", "plot", "steps", "write"]

LOOKS = {"helps": (GREEN, ""), "harms": (PURPLE, "////"), "raises it": (BLUE, ""), "lowers it": (ORANGE, "////")}
UNCLEAR = ("#B8B8B8", "....")
LABELS = 2.3
"""Inches for the titles of the rows."""


def plot(found: Explanation, measure: str | None = None, *, lang: str | None = None) -> Any:
    """The chart of one measure as a figure, or those of all measures by name.

    Raises
    ------
    ValueError
        That measure was not explained.
    """
    keys = found.plan.measures
    if measure is not None and measure not in keys:
        raise ValueError(f"no measure {measure!r} was explained: choose one of {', '.join(keys)}")
    with speaking(lang or language()):
        figures = {key: _drawn(found, key)[0] for key in keys if measure in (None, key)}
    return figures if measure is None else figures[measure]


def write(found: Explanation, folder: Path | str, lang: str | None = None) -> list[Path]:
    """The chart of every measure: PNG, SVG and data of each."""
    written: list[Path] = []
    with speaking(lang or language()):
        for key in found.plan.measures:
            figure, data = _drawn(found, key)
            written += save(figure, data, Path(folder), f"waterfall-{key}")
    return written


def frame(found: Explanation, measure: str) -> pd.DataFrame:
    """What the chart of a measure shows: part, title, level, start, end, low and high of the end, share, half-width, verdict.

    The first row is the base (`level` "base"), the last the other organisation ("other"); those between are groups and mechanisms.
    """
    whole = found.summary[found.summary["measure"] == measure].iloc[0]
    shares = found.shares[found.shares["measure"] == measure]
    names = [found.plan.game.base.label, found.plan.game.other.label]
    return steps(whole, shares, [part.title for part in found.plan.game.parts], names if names[0] != names[1] else list(found.plan.names))


def steps(whole: pd.Series, shares: pd.DataFrame, titles: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """What the chart shows, from the tables of an explanation.

    Parameters
    ----------
    whole : Series
        The row of `summary` of the measure: base, other.
    shares : DataFrame
        Its rows of `shares`: group, mechanism (empty for a whole group), share, low, high, verdict.
    titles : sequence of str
        Of these rows.
    names : sequence of str
        Titles of both organisations.
    """
    rows = [_end("base", names[0], float(whole["base"]))]
    at = {"": float(whole["base"])}
    for row, title in zip(shares.to_dict("records"), titles, strict=True):
        group, mechanism, share = str(row["group"]), str(row["mechanism"]), float(row["share"])
        start = at.setdefault(group, at[""]) if mechanism else at[""]
        rows.append({"part": f"{group}.{mechanism}" if mechanism else group, "title": title, "level": "mechanism" if mechanism else "group",
                     "start": start, "end": start + share, "low": start + row["low"], "high": start + row["high"],
                     "share": share, "half_width": (row["high"] - row["low"]) / 2, "verdict": row["verdict"]})
        at[group] = start + share if mechanism else start
        if not mechanism:
            at[""] = start + share
    return pd.DataFrame([*rows, _end("other", names[1], float(whole["other"]))])


def _end(level: str, title: str, value: float) -> dict[str, Any]:
    return {"part": "", "title": title, "level": level, "start": value, "end": value, "low": math.nan, "high": math.nan,
            "share": math.nan, "half_width": math.nan, "verdict": ""}


def footnote(mixtures: int | None, orders: int | None, replications: int | str, seed: int | str) -> str:
    """How the shares were found: from all mixtures, from sampled orders, or, where neither is known, in how many replications."""
    if mixtures:
        return _("All {mixtures} mixtures in each of {replications} replications, seed {seed}; the same luck everywhere.").format(
            mixtures=mixtures, replications=replications, seed=seed)
    if orders:
        return _("{orders} sampled orders with their reverses in each of {replications} replications, seed {seed}; the same luck "
                 "everywhere.").format(orders=orders, replications=replications, seed=seed)
    return _("{replications} replications, seed {seed}.").format(replications=replications, seed=seed)


def _drawn(found: Explanation, key: str) -> tuple[Figure, pd.DataFrame]:
    known = importlib.import_module("sim.measures").MEASURES[key]
    title = known.title if isinstance(known.title, str) else known.title[language()]
    data, facts, how = frame(found, key), found.facts, found.plan.how()
    note = footnote(how["mixtures"], how["pairs_of_orders"], facts.replications, facts.seed)
    return draw(data, known.unit, title, int(known.direction), note), data


def draw(data: pd.DataFrame, unit: str, title: str, direction: int, note: str = "") -> Figure:
    """The chart.

    Parameters
    ----------
    data : DataFrame
        As `frame` has it.
    unit, title : str
        Of the measure.
    direction : int
        1 more is better, -1 less is, 0 neither.
    note : str
        Footnote.
    """
    names = data["title"].tolist()
    points = data[["start", "end"]].to_numpy(float)
    scale = unit_of(unit, points)
    words = {"helps": _("helps"), "harms": _("harms"), "raises it": _("raises it"), "lowers it": _("lowers it")}
    shown = ("helps", "harms") if direction else ("raises it", "lowers it")
    key = [Patch(facecolor=LOOKS[word][0], hatch=LOOKS[word][1], edgecolor="white", linewidth=0, label=words[word]) for word in shown]
    key.append(Patch(facecolor=UNCLEAR[0], hatch=UNCLEAR[1], edgecolor="white", linewidth=0, label=_("not distinguishable")))
    better = {1: _("More is better."), -1: _("Less is better."), 0: ""}[direction]
    subtitle = _("From {base} to {other}. Each bar is what a part brings, on average over the orders in which the parts might be brought "
                 "in; whiskers: 95% interval.").format(base=names[0], other=names[-1])
    with drawing():
        page = Page(_("{measure}: what brings the difference").format(measure=title), f"{subtitle} {better}".strip(), note, width=8.6,
                    height=0.75 + sum(_tall(level) for level in data["level"]), key=key)
        axes = page.figure.subplots()
        places, decimals = _places(data), _decimals(data, scale)
        if np.isfinite(points).all():
            for place, (_row, row) in zip(places, data.iterrows(), strict=True):
                _step(axes, place, row, scale, decimals)
            _connected(axes, places, data, scale)
        else:
            axes.set_title(_("No value can be drawn."), color=GREY)
        labels = [wrap(("   " if level == "mechanism" else "") + name, LABELS, 8.5, 2) for name, level in
                  zip(names, data["level"], strict=True)]
        axes.set_yticks(places, labels)
        for tick, level in zip(axes.get_yticklabels(), data["level"], strict=True):
            tick.set_color(GREY if level == "mechanism" else INK)
        axes.set_ylim(places[-1] + 0.26, places[0] - 0.26)
        axes.set_xlim(*_reach(data, scale))
        axes.xaxis.set_major_formatter(lambda value, _position: scale.text(value * scale.size))
        axes.set_xlabel(scale.name)
        tidy(axes, "x")
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        return settle(page)


def _tall(level: str) -> float:
    return 0.24 if level == "mechanism" else 0.34


def _places(data: pd.DataFrame) -> list[float]:
    """Middle of each row, in inches from the top."""
    found, at = [], 0.0
    for level in data["level"]:
        found.append(at + _tall(level) / 2)
        at += _tall(level)
    return found


def _reach(data: pd.DataFrame, scale: Unit) -> tuple[float, float]:
    """Ends of the axis: all bars, and whiskers as far as they are no longer than twice the bars."""
    points = data[["start", "end"]].to_numpy(float)
    points = points[np.isfinite(points)] / scale.size
    if not len(points):
        return 0.0, 1.0
    low, high = float(points.min()), float(points.max())
    wide = high - low or 0.1 * abs(high) or 1.0
    ends = data[["low", "high"]].to_numpy(float) / scale.size
    ends = ends[np.isfinite(ends)].clip(low - 0.5 * wide, high + 0.5 * wide)
    low, high = min([low, *ends]), max([high, *ends])
    room = 0.06 * (high - low or wide)
    return low - room, high + room


def _step(axes: Axes, place: float, row: pd.Series, scale: Unit, decimals: int) -> None:
    """One bar with its whisker, and its value beside the axes."""
    start, end = float(row["start"]) / scale.size, float(row["end"]) / scale.size
    if row["level"] in ("base", "other"):
        axes.plot([start], [place], marker="D", markersize=6, color=INK, linestyle="none", zorder=4, clip_on=False)
        value = float(row["start"])
        beside(axes, place, f"{100 * value:.1f}%" if scale.share else scale.text(value), 8.5, 8)
        return
    thin = row["level"] == "mechanism"
    colour, hatch = LOOKS.get(str(row["verdict"]), UNCLEAR)
    axes.barh(place, end - start, left=start, height=0.11 if thin else 0.22, facecolor=colour, hatch=hatch, edgecolor="white",
              linewidth=0, alpha=0.75 if thin else 1.0, zorder=2)
    axes.plot([end, end], [place - (0.06 if thin else 0.11), place + (0.06 if thin else 0.11)], color=INK, linewidth=0.9, zorder=3)
    low, high = float(row["low"]) / scale.size, float(row["high"]) / scale.size
    if math.isfinite(low) and math.isfinite(high):
        axes.plot([low, high], [place, place], color=INK, linewidth=0.9, zorder=3)
    beside(axes, place, _value(float(row["share"]), float(row["half_width"]), scale, decimals), 7.5 if thin else 8.5, 8,
           GREY if thin else INK)


def _value(share: float, half: float, scale: Unit, decimals: int) -> str:
    """A share with half the width of its interval; the axis names the unit, save percentage points.

    Examples
    --------
    >>> _value(-0.034, 0.01, Unit(1.0, "", True), 1), _value(7200.0, 600.0, Unit(3600.0, "h"), 2)
    ('−3.4 ±1.0 pp', '+2.00 ±0.17')
    """
    size, name = (0.01, _("pp")) if scale.share else (scale.size, "")
    text = f"{share / size:+,.{decimals}f}".replace("-", "−")
    return " ".join(filter(None, [text, f"±{half / size:,.{decimals}f}" if math.isfinite(half) else "", name]))


def _decimals(data: pd.DataFrame, scale: Unit) -> int:
    """Digits behind the point so that the largest share has three that count."""
    size = 0.01 if scale.share else scale.size
    shares = np.abs(data["share"].to_numpy(float)) / size
    top = float(np.max(shares[np.isfinite(shares)], initial=0.0))
    return min(max(2 - math.floor(math.log10(top)), 0), 6) if top > 0 else 0


def _connected(axes: Axes, places: list[float], data: pd.DataFrame, scale: Unit) -> None:
    """Thin lines from where one bar ends to where the next begins."""
    main = [(place, float(row["end"]) / scale.size) for place, (_row, row) in zip(places, data.iterrows(), strict=True)
            if row["level"] != "mechanism"]
    for (place, end), (below, _end) in itertools.pairwise(main):
        axes.plot([end, end], [place, below], color=RULE if place == main[0][0] else GREY, linewidth=0.7, zorder=1)
