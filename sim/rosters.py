"""Heads of a post by role, place and shift: in proportion, or as a roster says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.base import Key
from sim.calendars import build
from sim.city import Places, apportion
from sim.staff import RosterRow
from sim.tables import CalendarTables

__all__ = ["by_shift", "duties_of", "grids_of", "laid_out", "post_cells"]

COHORTS = 2
"""Halves of a merged pool that train on different days."""


def by_shift(heads: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Heads of each cell by shift, at least one in each where there are enough; remainders are carried on to the next cell.

    A shift with the larger share never has fewer heads than one with the smaller.

    Examples
    --------
    >>> by_shift(np.array([3, 3]), [0.5, 0.5]).tolist()
    [[2, 1], [1, 2]]
    """
    share = np.asarray(shares, float)
    split = np.zeros((len(heads), len(share)), np.int64)
    if len(share) == 1:
        split[:, 0] = heads
        return split
    carried = np.zeros(len(share))
    for cell, number in enumerate(heads.tolist()):
        wanted = share * number + carried
        given = apportion(number, wanted.clip(0), least=1)
        split[cell, np.lexsort((-given, -share))] = np.sort(given)[::-1]
        carried = wanted - split[cell]
    return split


def _rostered(rows: Sequence[RosterRow], city: Places, area: str, roles: Sequence[str],
              weights: np.ndarray) -> list[dict[str, int]]:
    """Heads of each cell (role by place) by shift, as a roster says; rows that fit several cells are shared out by weight."""
    parent = city.parent(area)
    number = len(city.names(area))
    wanted, given = np.zeros(len(weights)), np.zeros(len(weights))
    cells: list[dict[str, int]] = [{} for _cell in weights]
    for row in rows:
        near = np.unique(parent[grids_of(row.place, city)])
        kin = [r for r, role in enumerate(roles) if not row.role or not role or role == row.role]
        fitting = np.concatenate([near + r * number for r in kin]) if kin else np.zeros(0, int)
        if not len(fitting) or not row.heads:
            continue
        weight = np.maximum(weights[fitting], 1e-12)
        wanted[fitting] += row.heads * weight / weight.sum()
        for _head in range(row.heads):
            cell = int(fitting[np.argmax(np.round(wanted[fitting] - given[fitting], 9))])
            given[cell] += 1
            cells[cell][row.shift] = cells[cell].get(row.shift, 0) + 1
    return cells


def grids_of(name: str | None, city: Places) -> np.ndarray:
    """Grids of the place of that name; all where there is no name."""
    if name is None:
        return np.arange(len(city.grid))
    if name in city.grid_key:
        return np.array([city.grid_key.index(name)])
    for level in ("street", "community", "grid"):
        at = [i for i, title in enumerate(city.names(level)) if name in (title.en, title.zh)]
        if at:
            return np.flatnonzero(city.parent(level) == at[0])
    return np.zeros(0, int)


def post_cells(scenario: Any, city: Places, post: str, heads: int, shifts: dict[Key, float], area: str,
                roles: dict[str, float]) -> list[dict[str, int]]:
    """Heads by shift of every cell of a post: role by place, in proportion to role share and residents."""
    weights = np.outer(list(roles.values()), np.maximum(city.population(area), 1e-9)).ravel()
    rows = [row for row in scenario.staff.roster_csv or () if row.post == post]
    if rows:
        return _rostered(rows, city, area, list(roles), weights)
    used = {shift: share for shift, share in shifts.items() if share > 0}
    split = by_shift(apportion(heads, weights, least=len(used)), list(used.values()))
    return [{shift: int(n) for shift, n in zip(used, row, strict=True) if n} for row in split]


def duties_of(organisation: Any, plan: Any) -> list[tuple[str, int, float, int]]:
    """What the members of a pool keep, one by one: shift, training cohort (-1 none), share lost to forms, at which end of an interval."""
    costs = organisation.integration_costs
    trains = plan.merged and costs.on and costs.training_days > 0
    found = []
    for shift, heads in plan.heads.items():
        # Members who lose time to forms take turns: one early, one late.
        cohorts = [(shift, cohort, plan.lost, side) for cohort in (range(COHORTS) if trains else (-1,)) for side in (range(2) if plan.lost else (0,))]
        found += [cohorts[head % len(cohorts)] for head in range(heads)]
    return found


def laid_out(scenario: Any, duties: Sequence[tuple[str, int, float, int]], end: int) -> CalendarTables:
    """The calendars of duties, in their order."""
    costs = scenario.organisation.integration_costs
    return build(scenario.calendars, [one[:2] for one in duties], scenario.run.start, end, training_days=costs.training_days if costs.on else 0.0,
                 cohorts=COHORTS, lost=[one[2:] for one in duties])
