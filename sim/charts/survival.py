"""Issues still there 存续曲线: what share of issues is neither resolved nor gone, by time since they occurred and were discovered.

The Kaplan-Meier curve, which is one less the cumulative incidences of both ends (Aalen and Johansen 1978); what is still open when
the run stops is censored.  A row of panels a clock, a panel a severity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.data import DAY, averaged, is_city, joined_frames
from sim.charts.page import Page, line_key, settle
from sim.charts.style import GREY, RULE, Side, tidy
from sim.charts.text import number
from sim.i18n import _
from sim.measures import cumulative_incidence

if TYPE_CHECKING:
    from sim.results import Result

__all__ = ["COLUMNS", "draw", "frame", "thinned"]

COLUMNS = ("scenario", "since", "severity", "days", "share", "low", "high", "half")
CLOCKS = {"occurred": ("resolved", "gone", "open"), "discovered": ("found_resolved", "found_gone", "found_open")}
FIRST, LAST = 1 / 48, 180.0      # days that are shown


def thinned(days: np.ndarray, points: int = 120) -> np.ndarray:
    """Places of about so many points, evenly on a logarithmic scale from half an hour to 180 days.

    Examples
    --------
    >>> thinned(np.array([0.01, 0.02, 1.0, 200.0])).tolist()
    [2, 3]
    """
    wanted = np.geomspace(FIRST, LAST, points)
    return np.unique(np.searchsorted(days, wanted * (1 - 1e-9)).clip(0, len(days) - 1))


def frame(results: Sequence[Result]) -> pd.DataFrame:
    """Share still there at some hundred points of time, all severities together ("all") and each by itself.

    Columns: `scenario`, `since` ("occurred", "discovered"), `severity`, `days`, `share` (0..1, mean over replications), its
    interval `low` to `high`, and `half`: days by which half of them were resolved or gone (mean curve; NaN where it stays above).
    """
    frames = []
    for result in results:
        outcomes = result.outcomes
        if not is_city(outcomes[0]):
            continue
        axes = outcomes[0].axes
        edges = np.asarray(axes["bin"], float)
        ends = np.append(edges[1:], edges[-1]) / DAY
        for since, labels in CLOCKS.items():
            kinds = [axes["time"].index(label) for label in labels]
            counts = np.stack([outcome.arrays["times_by_severity"][:, kinds] for outcome in outcomes], axis=-1).astype(float)
            for severity, one in {"all": counts.sum(axis=0), **dict(zip(axes["severity"], counts, strict=True))}.items():
                if one.sum():
                    frames.append(_curve(one, ends, {"scenario": result.name, "since": since, "severity": severity}))
    return joined_frames(frames, COLUMNS)


def _curve(counts: np.ndarray, ends: np.ndarray, columns: dict[str, str]) -> pd.DataFrame:
    """One curve from counts of shape (resolved, gone, open; bins; replications)."""
    resolved, gone, still = np.moveaxis(counts, -1, 1)
    left = 1 - cumulative_incidence(resolved + gone, 0, still)       # replications, bins
    kept = thinned(ends)
    mean = left.mean(axis=0) if not np.isnan(left).any() else np.nanmean(left, axis=0)
    half = np.flatnonzero(mean <= 0.5)
    found = averaged(left[:, kept].T, {name: [value] * len(kept) for name, value in columns.items()} | {"days": ends[kept]},
                     least=0.0, most=1.0).rename(columns={"mean": "share"})
    return found.assign(half=float(ends[half[0]]) if len(half) else float("nan"))


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a row of panels a clock, a panel a severity, a line an organisation.

    The parameters are those of `sim.charts.equity.draw`.
    """
    names = {"all": _("All issues"), "ordinary": _("Ordinary issues"), "serious": _("Serious issues"), "urgent": _("Urgent issues")}
    severities = [name for name in names if (frame["severity"] == name).any()] or ["all"]
    clocks = [since for since in CLOCKS if (frame["since"] == since).any()] or ["occurred"]
    page = Page(_("Issues still there, by time since they occurred and since they were discovered"),
                _("Share neither truly resolved nor ended by itself (Kaplan-Meier), mean over replications with 95% bands. In each panel: "
                  "when half of them were over. Time on a logarithmic scale."),
                note, width=9.0, height=2.15 * len(clocks) + 0.2, key=line_key(sides))
    panels = page.figure.subplots(len(clocks), len(severities), sharey=True, sharex=True, squeeze=False)
    for row, since in enumerate(clocks):
        for axes, severity in zip(panels[row], severities, strict=True):
            part = frame[(frame["since"] == since) & (frame["severity"] == severity)]
            _panel(axes, part, sides)
            if row == 0:
                axes.set_title(names[severity])
        panels[row, 0].set_ylabel(_("Still there, since occurrence") if since == "occurred" else _("Still there, since discovery"))
    for axes in panels[-1]:
        axes.set_xlabel(_("Time"))
    if not len(frame):
        panels[0, 0].text(0.5, 0.5, _("No issue occurred."), transform=panels[0, 0].transAxes, ha="center", va="center", color=GREY)
    return settle(page)


def _panel(axes: Axes, part: pd.DataFrame, sides: Sequence[Side]) -> None:
    place = 0
    for side in sides:
        mine = part[part["scenario"] == side.key].sort_values("days")
        if not len(mine):
            continue
        axes.fill_between(mine["days"], mine["low"], mine["high"], color=side.colour, alpha=0.18, linewidth=0)
        axes.plot(mine["days"], mine["share"], color=side.colour, linestyle=side.line)
        half = float(mine["half"].iloc[0])
        axes.annotate(span(half), xy=(1.0, 1.0), xycoords="axes fraction", xytext=(-2, -2 - 11 * place),
                      textcoords="offset points", ha="right", va="top", size=8.0, color=side.colour)
        if half == half:
            axes.plot([half], [0.5], linestyle="none", marker=side.marker, markersize=4, color=side.colour)
        place += 1
    axes.axhline(0.5, color=RULE, linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    ticks = [(1 / 24, _("1 h")), (1.0, _("1 d")), (7.0, _("7 d")), (30.0, _("30 d")), (LAST, _("180 d"))]
    axes.set_xscale("log")
    axes.set_xlim(FIRST, LAST)
    axes.set_xticks([at for at, _text in ticks], [text for _at, text in ticks], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(lambda value, _position: f"{value:.0%}")
    tidy(axes)


def span(days: float) -> Any:
    """A length of time as a label: in days, hours or minutes, whichever it fills; "> 180 d" where it is not reached.

    Examples
    --------
    >>> span(2.25), span(0.25), span(0.01), span(float("nan"))
    ('2.25 d', '6 h', '14.4 min', '> 180 d')
    """
    if days != days:
        return _("> 180 d")
    for least, size, text in ((1.0, 1.0, _("{number} d")), (1 / 24, 1 / 24, _("{number} h"))):
        if days >= least * 0.9995:
            return text.format(number=number(days / size))
    return _("{number} min").format(number=number(days * 1440))
