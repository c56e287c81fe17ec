"""Streams of what arises: issues, questions, and what is no issue at all, as rows of `DemandTables`.

The order is: the issues of every category, consultations, false alarms, occasions to make up a report.  Whoever adds a stream moves
nobody: an arrival's luck comes from the name of its stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from sim.city import Places
from sim.issues import Issues, month_factors, profile
from sim.organisation import Allotment
from sim.padding import category_of, occasions
from sim.sensors import chances
from sim.surges import Surge, first_day, surging
from sim.tables import Stream

__all__ = ["Row", "streams"]

_EVEN_WEEK, _EVEN_YEAR = (1.0,) * 7, np.ones(12)


class Row(NamedTuple):
    """One stream.

    Attributes
    ----------
    rate : ndarray
        Expected events per average day by grid.
    week : sequence of float
        Weights of the days of the week.
    month, hour : ndarray
        Factors of the months; shares of the hours.
    """

    name: str
    kind: Stream
    category: int
    rate: np.ndarray
    week: tuple[float, ...]
    month: np.ndarray
    hour: np.ndarray


def streams(scenario: Any, where: Places, done: Allotment) -> dict[str, Any]:
    """The columns of `DemandTables` that have a row a stream."""
    rows, issues = [*_rows(scenario, where), *_occasions(scenario, where, done)], scenario.issues
    week = np.array([row.week for row in rows])
    return {"stream": tuple(row.name for row in rows), "category": np.array([row.category for row in rows], np.int32),
            "cell_rate": np.array([row.rate for row in rows]) * issues.scale, "weekday": week * 7 / week.sum(axis=1, keepdims=True),
            "month": np.array([row.month for row in rows]), "hour": np.array([row.hour for row in rows]),
            "daily_cv": np.full(len(rows), issues.daily_cv), "kind": np.array([row.kind for row in rows], np.int32),
            **_surges(scenario, rows)}


def _rows(scenario: Any, where: Places) -> Iterator[Row]:
    issues: Issues = scenario.issues
    categories = issues.categories
    people = where.grid_population.astype(float)
    estates = np.array([one.issue_factor for one in scenario.city.estate_classes.values()])[where.grid_class]
    for c, (key, one) in enumerate(categories.items()):
        yield Row(key, Stream.ISSUES, c, one.rate * people * estates, one.weekday, month_factors(one.month), profile(issues, one.hour))
    for c, (key, one) in enumerate(categories.items()):
        if one.consultations > 0:
            yield Row(f"consultation/{key}", Stream.QUESTIONS, c, one.consultations * people, issues.consultation_weekday, _EVEN_YEAR,
                      profile(issues, issues.consultation_hour))
    seen, precision = chances(scenario), np.array([kind.precision for kind in scenario.sensors.values()])
    for c, (key, one) in enumerate(categories.items()):
        # For each true alarm there are so many false ones, at any hour.
        false = float((seen[c] * (1.0 - precision) / precision).sum()) if seen.shape[1] else 0.0
        if false > 0:
            yield Row(f"false_alarm/{key}", Stream.FALSE_ALARMS, c, one.rate * people * estates * false, _EVEN_WEEK, _EVEN_YEAR,
                      profile(issues, "flat"))


def _occasions(scenario: Any, where: Places, done: Allotment) -> Iterator[Row]:
    """Occasions to make up a report, as often as the quota of the grid's team asks for one."""
    padding, categories = scenario.organisation.padding, scenario.issues.categories
    if not padding.on:
        return
    key = category_of(scenario)
    pools = done.team.get("") or done.team.get(categories[key].role or "")
    if pools is None:       # nobody looks for it
        return
    area = where.parent(done.team_area)
    heads = np.array([done.pools[pool].members for pool in pools])[area]
    rate = occasions(padding, heads, np.bincount(area)[area])
    scale = scenario.issues.scale
    yield Row(f"occasion/{key}", Stream.OCCASIONS, list(categories).index(key), rate / scale if scale > 0 else rate * 0.0, _EVEN_WEEK,
              _EVEN_YEAR, profile(scenario.issues, "flat"))


def _surges(scenario: Any, rows: list[Row]) -> dict[str, np.ndarray]:
    """Surges: factors on the rate of every stream, first day, days at full height, half-life."""
    surges, categories = surging(scenario), list(scenario.issues.categories)
    def factor(one: Surge, row: Row) -> float:
        if row.kind == Stream.OCCASIONS:
            return 1.0
        return one.consultations if row.kind == Stream.QUESTIONS else one.categories.get(categories[row.category], one.factor)

    factors = [[factor(one, row) for row in rows] for one in surges]
    return {"surge_factor": np.array(factors, float).reshape(len(surges), len(rows)),
            "surge_first": np.array([first_day(one, scenario.run) for one in surges], np.int64),
            "surge_days": np.array([one.days for one in surges], np.int64),
            "surge_half_life": np.array([one.half_life for one in surges], float)}
