"""Where an issue's time goes 时间构成: its mean life split into stages, each organisation as one bar.

The stages are those of `sim.outcome`, some of them put together; at every second an issue is in exactly one, so the parts of a bar
add up to the mean life of an issue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from sim.charts.data import DAY, averaged, is_city, joined_frames, named
from sim.charts.page import Page, beside, line_key, settle
from sim.charts.style import BLACK, GREEN, GREY, INK, ORANGE, PURPLE, SKY, YELLOW, Side, tidy
from sim.charts.survival import span
from sim.charts.text import text_width, wrap
from sim.i18n import N_, _, joined

if TYPE_CHECKING:
    from sim.results import Result

__all__ = ["COLUMNS", "PARTS", "draw", "frame"]

COLUMNS = ("scenario", "by", "group", "title", "stage", "mean", "low", "high")
PARTS: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "latent": (("latent",), "#C9C9C9", "", N_("nobody knows of it")),
    "lying": (("lying",), "#8A8A8A", "....", N_("lies: no ticket moves")),
    "hand_off": (("hand_off",), PURPLE, "", N_("hand-offs")),
    "waiting_desk": (("waiting_desk",), ORANGE, "", N_("waiting at desks")),
    "waiting_field": (("waiting_grid_team", "waiting_community_staff", "waiting_street_team", "waiting_crew", "waiting_servers"),
                      YELLOW, "////", N_("waiting for field staff")),
    "resting": (("resting",), "#E3D9C6", "", N_("whoever has it is off duty")),
    "travelling": (("travelling",), SKY, "", N_("travel")),
    "working": (("handling", "working"), GREEN, "", N_("worked on")),
    "rework": (("rework",), BLACK, "", N_("rework")),
}
"""Parts of a bar: stages that are put together, colour, hatch, name."""
MOST = 12       # categories, those with the longest lives
ROW = 0.24      # inches a bar
DARK = ("lying", "rework")


def frame(results: Sequence[Result]) -> pd.DataFrame:
    """Mean days an issue spends in each part of its life, of all issues, by severity and by category.

    Columns: `scenario`; `by` ("all", "severity", "category"), `group` and its `title`; `stage` (a key of `PARTS`, or "life", which
    is all of them); `mean` days an issue and their interval `low` to `high`.
    """
    frames: list[pd.DataFrame] = []
    for result in results:
        first = result.outcomes[0]
        if not is_city(first):
            continue
        severities = {"ordinary": _("Ordinary issues"), "serious": _("Serious issues"), "urgent": _("Urgent issues")}
        titles = {"severity": [severities.get(name, name) for name in first.axes["severity"]], "category": named(result, "category")}
        found = {by: _days(result, by) for by in titles}
        groups = [("all", "all", _("All issues"), *(part.sum(axis=0) for part in found["category"]))]
        groups += [(by, label, title, days, issues) for by, labels in titles.items()
                   for label, title, days, issues in zip(first.axes[by], labels, *found[by], strict=True)]
        frames += _rows(result.name, [one for one in groups if one[-1].any()])
    return joined_frames(frames, COLUMNS)


def _days(result: Result, by: str) -> tuple[np.ndarray, np.ndarray]:
    """Days by group, part and replication; issues by group and replication."""
    first = result.outcomes[0]
    held = np.stack([outcome.arrays[f"stages_by_{by}"] for outcome in result.outcomes], axis=-1) / DAY
    stages = first.axes["stage"]
    parts = np.stack([held[:, [stages.index(stage) for stage in part[0]]].sum(axis=1) for part in PARTS.values()], axis=1)
    occurred = first.axes["issue_count"].index("occurred")
    return parts, np.stack([outcome.arrays[f"issues_by_{by}"][:, occurred] for outcome in result.outcomes], axis=-1).astype(float)


def _rows(scenario: str, groups: Sequence[tuple[str, str, str, np.ndarray, np.ndarray]]) -> list[pd.DataFrame]:
    """Rows of all groups of a scenario: by, group, title, days by part and replication, issues by replication."""
    if not groups:
        return []
    with np.errstate(invalid="ignore", divide="ignore"):
        each = [np.where(issues > 0, days / issues, np.nan) for *_of, days, issues in groups]
    stages = [*PARTS, "life"]
    by, group, title = (np.repeat(names, len(stages)).tolist() for names in list(zip(*groups, strict=True))[:3])
    return [averaged(np.vstack([np.vstack([parts, parts.sum(axis=0)]) for parts in each]), {
        "scenario": [scenario] * len(by), "by": by, "group": group, "title": title, "stage": stages * len(groups)}, least=0.0)]


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a block of bars a group, a bar an organisation; the longest bar of a block fills the width.

    Parameters
    ----------
    frame : DataFrame
        As `frame` makes it.  Of more than twelve categories those with the longest lives are shown.
    sides : sequence of Side
    note : str
        Footnote.
    """
    groups, left_out = _groups(frame)
    used = [part for part in PARTS if (frame[frame["stage"] == part]["mean"] > 0).any()]
    key: list[Any] = line_key(sides, marker=True) if len(sides) > 1 else []
    key += [Patch(facecolor=PARTS[part][1], hatch=PARTS[part][2], edgecolor="white", linewidth=0, label=_(PARTS[part][3])) for part in used]
    subtitle = _("Mean life of an issue, from its occurrence to its end, by what happens to it; at the right the mean life with its 95% "
                 "interval. In each block the longest life fills the width.")
    if left_out:
        subtitle = joined([subtitle, _("Categories shown: {shown} of {all}, those with the longest lives.").format(
            shown=MOST, all=MOST + left_out)])
    titles = {place: wrap(title, 2.0, 8.5, 2) for place, (_by, _group, title) in enumerate(groups)}
    tall = [max(0.17 * (titles[place].count("\n") + 1) + 0.06, ROW * len(sides) + 0.12) for place in titles]
    page = Page(_("Where the time of an issue goes"), subtitle, note, width=9.0, height=max(1.0, sum(tall) + 0.55), key=key)
    axes = page.figure.subplots()
    top, ticks = 0.0, []
    for place, (by, group, _title) in enumerate(groups):
        block = frame[(frame["by"] == by) & (frame["group"] == group)]
        longest = float(block[block["stage"] == "life"][["mean", "high"]].max().max()) or 1.0
        middle = top + tall[place] / 2
        for nth, side in enumerate(sides):
            at = middle + (nth - (len(sides) - 1) / 2) * ROW
            _bar(axes, block[block["scenario"] == side.key].set_index("stage"), at, longest, side)
        ticks.append(middle)
        top += tall[place]
        if place + 1 < len(groups) and groups[place + 1][0] != by:
            axes.axhline(top, color=GREY, linewidth=0.6)
    axes.set_ylim(max(top, 0.3), 0)
    axes.set_xlim(0, 1)
    axes.set_yticks(ticks, list(titles.values()))
    axes.xaxis.set_major_formatter(lambda value, _position: f"{value:.0%}")
    axes.set_xlabel(_("Share of the longest mean life of the block"))
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    if not groups:
        axes.text(0.5, 0.5, _("No issue occurred."), transform=axes.transAxes, ha="center", va="center", color=GREY)
    return settle(page)


def _groups(frame: pd.DataFrame) -> tuple[list[tuple[str, str, str]], int]:
    """Blocks from top to bottom (by, group, title), and how many categories are left out."""
    lives = frame[frame["stage"] == "life"]
    found = [(str(row.by), str(row.group), str(row.title)) for row in lives.drop_duplicates(["by", "group"]).itertuples()]
    order = lives.groupby(["by", "group"])["mean"].max()
    categories = sorted((one for one in found if one[0] == "category"), key=lambda one: -float(order[one[0], one[1]]))
    return [one for one in found if one[0] != "category"] + categories[:MOST], max(0, len(categories) - MOST)


def _bar(axes: Axes, row: pd.DataFrame, at: float, longest: float, side: Side) -> None:
    if not len(row):
        return
    left = 0.0
    for part, (_stages, colour, hatch, _name) in PARTS.items():
        long = float(row.loc[part, "mean"]) / longest
        if not long > 0:
            continue
        piece = Rectangle((left, at - 0.4 * ROW), long, 0.8 * ROW, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0, zorder=2)
        axes.add_artist(piece).set_in_layout(False)     # what lies within the axes needs no room beside them
        share = f"{float(row.loc[part, 'mean']) / float(row.loc['life', 'mean']):.0%}"
        if long * 5.0 > text_width(share, 7.5) + 0.1:       # inches of axes there are at least
            box = {"facecolor": colour, "linewidth": 0, "pad": 0.6} if hatch else None
            axes.text(left + long / 2, at, share, ha="center", va="center", size=7.5, color="white" if part in DARK else INK,
                      bbox=box, zorder=4, in_layout=False)
        left += long
    low, high = float(row.loc["life", "low"]) / longest, float(row.loc["life", "high"]) / longest
    if low == low:
        axes.plot([low, high], [at, at], color=side.colour, linewidth=1.6, solid_capstyle="butt", zorder=5)
    axes.plot([left], [at], linestyle="none", marker=side.marker, markersize=5, color=side.colour, zorder=6, clip_on=False)
    beside(axes, at, _length(row.loc["life"]), 8.0, 7, side.colour)


def _length(life: Any) -> str:
    """A mean life with its interval, such as "2.30 d ±0.12": an interval that has some width never reads ±0.

    Examples
    --------
    >>> _length({"mean": 16.0, "low": 15.97, "high": 16.03}), _length({"mean": 0.25, "low": 0.25, "high": 0.25})
    ('16.00 d ±0.03', '6.00 h ±0.00')
    """
    mean, low = float(life["mean"]), float(life["low"])
    if low != low or mean <= 0:
        return str(span(mean))
    size, text = next((size, text) for size, text in ((1.0, _("{number} d")), (1 / 24, _("{number} h")), (1 / 1440, _("{number} min")))
                      if mean >= size * 0.9995 or size < 1 / 24)
    half = (float(life["high"]) - low) / 2 / size
    digits = min(max(0, 2 - math.floor(math.log10(mean / size * 1.0005))), 4)
    while half > 0 and digits < 4 and float(f"{half:.{digits}f}") == 0:
        digits += 1
    return f"{text.format(number=f'{mean / size:,.{digits}f}')} ±{half:.{digits}f}"
