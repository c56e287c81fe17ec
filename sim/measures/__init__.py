"""Measures 指标: each one a documented function of an outcome, with key, names, unit and direction.

`MEASURES` holds them by key, in the order of a report; `values(outcome)` gives those of the whole scenario, `table(outcome)` also
those of each category, tier, street, community, pool, ...  Rates are ratios of two kept counts and lie between 0 and 1; times are
in seconds.

Two values are not numbers: nan where there is nothing to divide by (no ticket fell due), inf for a percentile that is not reached
("> x": fewer than that share were ever resolved).  `plain` turns them into what JSON can say: null and the text "inf".
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.measures import emergencies, issues, padding, participation, places, pools, reform, sensors, surges, tickets
from sim.measures.base import MEASURES, Measure, View, cumulative_incidence, quantile, ratio, restricted_mean
from sim.outcome import Outcome

__all__ = ["MEASURES", "Measure", "View", "cumulative_incidence", "describe", "plain", "quantile", "ratio",
           "restricted_mean", "table", "values"]

# Importing them fills MEASURES, in this order.
_MODULES = (issues, tickets, pools, places, surges, sensors, participation, padding, emergencies, reform)


def values(outcome: Outcome) -> dict[str, float]:
    """Every measure that this kind of scenario has, for the whole of it.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> values(tiny(tickets={"due": 4, "closed": 3}).outcome)["closing_rate"]
    0.75
    """
    view = View(outcome)
    return {key: float(measure.function(view)) for key, measure in MEASURES.items() if outcome.facts["kind"] in measure.kinds}


def table(outcome: Outcome) -> Iterator[tuple[str, str, float, str]]:
    """Rows (measure, group, value, unit): group "all", then "category:noise", "street:S", "pool:crew/fire", ...

    Groups without anything to count (nan) are left out.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> [row for row in table(tiny(tickets={"due": 4, "closed": 3}).outcome) if row[0] == "closing_rate"]
    [('closing_rate', 'all', 0.75, 'share'), ('closing_rate', 'category:one', 0.75, 'share')]
    """
    kind = outcome.facts["kind"]
    whole = values(outcome)
    views: dict[str, View] = {}
    for key, value in whole.items():
        measure = MEASURES[key]
        yield key, "all", value, measure.unit
        for axis in measure.axes:
            if kind == "bare" and axis not in ("category", "pool"):
                continue
            view = views.setdefault(axis, View(outcome, axis))
            try:
                found = np.atleast_1d(measure.function(view))
            except KeyError:
                continue
            for group, number in zip(view.groups, found.tolist(), strict=True):
                if not math.isnan(number):
                    yield key, f"{axis}:{group}", number, measure.unit


def plain(value: float) -> float | str | None:
    """A value as JSON can say it.

    Examples
    --------
    >>> plain(0.5), plain(float("inf")), plain(float("nan"))
    (0.5, 'inf', None)
    """
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else "inf" if value > 0 else "-inf"


def describe(key: str) -> dict[str, Any]:
    """What there is to say about a measure: names, unit, direction and formula.

    Examples
    --------
    >>> describe("closing_rate")["zh"], describe("closing_rate")["direction"]
    ('结案率', 1)
    """
    measure = MEASURES[key]
    return {"key": key, "en": measure.name.format(**measure.fill), "zh": measure.chinese.format(**measure.fill),
            "group": measure.group, "unit": measure.unit,
            "direction": measure.direction, "formula": measure.formula}
