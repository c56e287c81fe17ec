"""Up and down the tiers 层级流向, organisations side by side: where issues come in, how high they are sent, where they end.

As the flow diagram, but with the tiers at fixed heights, district on top, so that two organisations can be read across: what rises
is sent up, what falls is handed down or ends below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from sim.charts.data import averaged, is_city, joined_frames
from sim.charts.flow import COLOURS, HATCHES
from sim.charts.page import Page, settle
from sim.charts.style import GREY, INK, RULE, YELLOW, Side
from sim.charts.text import percent, wrap
from sim.i18n import _

if TYPE_CHECKING:
    from sim.results import Result

__all__ = ["COLUMNS", "draw", "frame"]

COLUMNS = ("scenario", "found_at", "sent_to", "ended_at", "mean", "low", "high")
LEVELS = ("found_at", "sent_to", "ended_at")
ROWS = ("district", "street", "community", "grid", "none", "open", "prevented")
"""Rows of every panel from the top; "none" holds what nobody knew of, what was never sent, and what ended by itself."""
ROW_OF = {"nobody": "none", "gone": "none"}
LEAST = 0.062       # room for a label, of the panel's height
BAR = 0.05


def frame(results: Sequence[Result]) -> pd.DataFrame:
    """Share of issues by where they were found, how high they were sent and where they ended.

    Columns: `scenario`, `found_at`, `sent_to`, `ended_at` (as in the flow diagram), `mean` share of all issues that occurred (0..1)
    and its interval `low` to `high`.
    """
    frames = []
    for result in results:
        first = result.outcomes[0]
        if not is_city(first):
            continue
        flow = np.stack([outcome.arrays["flow"].sum(axis=0) for outcome in result.outcomes], axis=-1).astype(float)
        total = flow.sum(axis=(0, 1, 2))
        if not total.any():
            continue
        shares = np.divide(flow, total, out=np.full_like(flow, np.nan), where=total > 0)
        found, sent, ended = np.nonzero(flow.sum(axis=-1))
        axes = first.axes
        frames.append(averaged(shares[found, sent, ended], {
            "scenario": [result.name] * len(found), "found_at": [axes["found_at"][one] for one in found],
            "sent_to": [axes["sent_to"][one] for one in sent], "ended_at": [axes["ended_at"][one] for one in ended]},
            least=0.0, most=1.0))
    return joined_frames(frames, COLUMNS)


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: panels side by side, each with issues flowing from left to right between rows that are the same in all.

    The parameters are those of `sim.charts.equity.draw`.
    """
    columns = min(2, max(1, len(sides)))
    rows = max(1, -(-len(sides) // columns))
    page = Page(_("Up and down the tiers"),
                _("Share of all issues, mean over replications. Left: who first knew of them; middle: the highest tier they were sent to; "
                  "right: the tier that truly resolved them, or what became of them. Colour: where they end."),
                note, width=9.0, height=3.7 * rows)
    panels = page.figure.subplots(rows, columns, squeeze=False).ravel()
    slots = _slots(frame)
    for axes in panels:
        axes.set(xlim=(0, 1), ylim=(1.0, -0.07))
        axes.axis("off")
    for place, (axes, side) in enumerate(zip(panels, sides, strict=False)):
        axes.set_title(wrap(side.title, 4.0, 10, 2), color=side.colour, size=10)
        part = frame[frame["scenario"] == side.key]
        if len(part):
            _panel(axes, part, slots, named=place % columns == 0)
        else:
            axes.text(0.5, 0.5, _("No issue occurred."), ha="center", va="center", color=GREY)
    return settle(page)


def _row(name: str) -> str:
    return ROW_OF.get(name, name)


def _slots(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Middle and height of each row, of the panel's height: as high as the thickest bar in it needs."""
    thick = dict.fromkeys(ROWS, 0.0)
    for level in LEVELS:
        for (_side, name), share in frame.groupby(["scenario", level])["mean"].sum().items():
            thick[_row(name)] = max(thick[_row(name)], float(share))
    used = {row: share for row, share in thick.items() if share > 0}
    room = 1.0 - (LEAST + 0.02) * len(used)
    scale = room / (sum(used.values()) or 1.0)
    slots, top = {}, 0.0
    for row, share in used.items():
        tall = share * scale + LEAST + 0.02
        slots[row] = (top + tall / 2, scale)
        top += tall
    return slots


def _panel(axes: Axes, part: pd.DataFrame, slots: dict[str, tuple[float, float]], named: bool) -> None:
    words = {"district": _("District"), "street": _("Street"), "community": _("Community"), "grid": _("Grid workers"),
             "open": _("Still open"), "prevented": _("Prevented")}
    left = 0.2 if named else 0.02
    places = dict(zip(LEVELS, (left, left + (0.86 - left) / 2, 0.86 - BAR), strict=True))
    for row, (middle, _scale) in slots.items():
        axes.axhline(middle, xmin=left, xmax=0.86, color=RULE, linewidth=0.5, zorder=0)
        if named:
            text = words.get(row) or _("Nobody; not sent; ended by itself")
            axes.text(left - 0.015, middle, wrap(text, 0.8, 8.5, 3), ha="right", va="center", size=8.5 if row in words else 7.0, color=INK)
    scale = next(iter(slots.values()))[1]
    tops: dict[str, dict[str, float]] = {}
    for level in LEVELS:
        sums = part.groupby(level)["mean"].sum()
        tops[level] = {}
        for name, share in sums.items():
            tall = scale * float(share)
            y = slots[_row(str(name))][0] - tall / 2
            tops[level][str(name)] = y
            axes.add_artist(Rectangle((places[level], y), BAR, max(tall, 0.002), linewidth=0, zorder=3,
                                     facecolor=COLOURS.get(str(name), YELLOW) if level == "ended_at" else "#8A8A8A"))
            _said(axes, level, places[level], y, tall, float(share))
    order = {name: place for place, name in enumerate((*ROWS, "gone", "nobody"))}
    leaving, arriving = dict(tops["found_at"]), dict(tops["sent_to"])
    flows = part.groupby(["found_at", "sent_to", "ended_at"])["mean"].sum()
    for key in sorted(flows.index, key=lambda key: [order[name] for name in key]):
        thick = scale * float(flows[key])
        _ribbon(axes, places["found_at"] + BAR, leaving[key[0]], places["sent_to"], arriving[key[1]], thick, key[2])
        leaving[key[0]] += thick
        arriving[key[1]] += thick
    onward, ending = dict(tops["sent_to"]), dict(tops["ended_at"])
    ends = part.groupby(["sent_to", "ended_at"])["mean"].sum()
    for sent, ended in sorted(ends.index, key=lambda key: [order[name] for name in key]):
        thick = scale * float(ends[sent, ended])
        _ribbon(axes, places["sent_to"] + BAR, onward[sent], places["ended_at"], ending[ended], thick, ended)
        onward[sent] += thick
        ending[ended] += thick


def _said(axes: Axes, level: str, x: float, y: float, tall: float, share: float) -> None:
    """How many: right of the last bar, else on top of the bar."""
    if level == "ended_at":
        axes.text(x + BAR + 0.012, y + tall / 2, percent(share), ha="left", va="center", size=8.5, color=INK)
    else:
        axes.text(x + BAR / 2, y - 0.006, percent(share), ha="center", va="bottom", size=7.5, color=GREY, zorder=5,
                  bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.4})


def _ribbon(axes: Axes, left: float, start: float, right: float, end: float, thick: float, colour: str) -> None:
    middle = (left + right) / 2
    points = [(left, start), (middle, start), (middle, end), (right, end), (right, end + thick), (middle, end + thick),
              (middle, start + thick), (left, start + thick), (left, start)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_artist(PathPatch(Path(points, codes), facecolor=COLOURS.get(colour, YELLOW), alpha=0.6, linewidth=0.25, edgecolor="white",
                             hatch=HATCHES.get(colour, "") if thick > 0.04 else ""))
