"""Streets 街道 ranked by what residents feel: the harm that issues did there, or the time until they were resolved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.charts.page import Page, beside, line_key, settle
from sim.charts.style import GREY, RULE, Side, tidy
from sim.charts.text import number, wrap
from sim.i18n import _, joined

__all__ = ["COLUMNS", "draw"]

COLUMNS = ("scenario", "street", "title", "mean", "low", "high")
MOST = 40
ROW = 0.27  # inches


def draw(frame: pd.DataFrame, sides: Sequence[Side], note: str = "") -> Figure:
    """The chart: a row a street, worst on top as the last organisation leaves it, a mark an organisation.

    Parameters
    ----------
    frame : DataFrame
        `scenario`, `street` (key), `title`, `mean` (severity-weighted days that issues existed, per 1,000 residents) and
        its interval `low` to `high` (NaN with one replication).  Of more than 40 streets the worst are shown.
    sides : sequence of Side
    note : str
        Footnote.
    """
    order = _worst_first(frame, sides)
    subtitle = _(
        "Severity-weighted days that issues existed, per 1,000 residents; mean over replications with 95% intervals. "
        "Less is better."
    )
    if len(sides) > 1:
        subtitle = joined([subtitle, _("Ranked by {title}.").format(title=sides[-1].title)])
    if len(order) > MOST:
        subtitle = joined([subtitle, _("The {shown} worst of {all}.").format(shown=MOST, all=len(order))])
        order = order[:MOST]
    titles = dict(zip(frame["street"], frame["title"], strict=True))
    labels = [f"{place}. " + str(titles[street]) for place, street in enumerate(order, 1)]
    labels = [wrap(label, 2.3, 8.5) for label in labels]
    tall = [max(ROW, 0.155 * (label.count("\n") + 1) + 0.06, 0.13 * len(sides)) for label in labels]
    middles = list(np.cumsum(tall) - np.array(tall) / 2) if tall else []
    page = Page(
        _("Streets by what residents feel"),
        subtitle,
        note,
        height=max(1.2, sum(tall) + 0.55),
        key=line_key(sides, marker=True) if len(sides) > 1 else (),
    )
    axes = page.figure.subplots()
    offsets = np.linspace(-1, 1, len(sides)) * 0.045 * (len(sides) - 1) if len(sides) > 1 else [0.0]
    at = dict(zip(order, middles, strict=True))
    for street, middle in at.items():
        axes.axhline(middle, color=RULE, linewidth=0.5, zorder=0)
        values = []
        for side, offset in zip(sides, offsets, strict=True):
            for row in frame[(frame["street"] == street) & (frame["scenario"] == side.key)].itertuples():
                if row.low == row.low:
                    axes.plot([row.low, row.high], [middle + offset] * 2, color=side.colour, linewidth=1.5, solid_capstyle="butt")
                axes.plot([row.mean], [middle + offset], marker=side.marker, markersize=5.5, color=side.colour, linestyle="none")
                values.append(number(row.mean))
        beside(axes, middle, wrap(" → ".join(values), 2.2, 8.0, 2), 8.0, 8, GREY)
    axes.set_ylim(max(sum(tall), 0.3), 0)
    axes.set_yticks(middles, labels)
    highest = max([float(np.nanmax([row.mean, row.high])) for row in frame.itertuples() if row.street in at] or [1.0])
    axes.set_xlim(0, (highest or 1.0) * 1.05)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(lambda value, _position: number(value))
    tidy(axes, "x")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(_("Harm (severity-weighted days per 1,000 residents)"))
    if not order:
        axes.text(0.5, 0.5, _("Nothing was recorded."), transform=axes.transAxes, ha="center", va="center", color=GREY)
    return settle(page)


def _worst_first(frame: pd.DataFrame, sides: Sequence[Side]) -> list[str]:
    """Streets as the last organisation leaves them; those that only others have, as these do."""
    ranked = frame.groupby("street")["mean"].max()
    for side in sides[-1:]:
        mine = frame[frame["scenario"] == side.key].groupby("street")["mean"].max()
        ranked = mine.reindex(ranked.index).fillna(ranked)
    return list(ranked.sort_values(ascending=False, kind="stable").index)
