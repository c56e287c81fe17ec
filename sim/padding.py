"""Padding 凑数虚报: reports that grid workers make up so that the number is right.

Where so many reports a month are asked for, and less is to be found, the rest is made up: an occasion to do so comes as often as the
quota asks for a report, and it is taken while the team is behind its quota.  A made-up report takes the time of a desk and of whoever
looks after it, and lowers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from sim.base import Block, Key, NonNegativeFloat, PositiveDuration, Probability
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["Padding", "category_of", "faults", "is_made_up", "occasions"]


class Padding(Block):
    """Switch: quotas of reports, and what is made up to meet them 指标考核与虚报.  Off: no quota.  Group: oversight."""

    on: bool = False
    """Whether so many reports are asked for."""
    quota: Annotated[NonNegativeFloat, Field(le=1000)] = 10.0
    """Reports asked of each grid worker in a period, 0 to 1000.  A rule of at least ten events a month led to made-up ones."""
    period: PositiveDuration = 2_592_000.0
    """Length of the period, s.  30 days."""
    honesty: Probability = 0.5
    """Share of the occasions to make one up that are let pass, 0 to 1.  Assumption: 0.2 to 0.9."""
    category: Key | None = None
    """The category that is made up, of little worth and easily written: a key of issues.categories; left out: the most frequent one."""


def category_of(scenario: Any) -> str:
    """The category that is made up."""
    padding, categories = scenario.organisation.padding, scenario.issues.categories
    return padding.category or max(sorted(categories), key=lambda key: categories[key].rate)


def occasions(padding: Padding, heads: np.ndarray, grids: np.ndarray) -> np.ndarray:
    """Occasions to make up a report, in each grid and on an average day.

    Parameters
    ----------
    heads, grids : ndarray
        For each grid the members of its team, and the number of grids that the team has.

    Examples
    --------
    >>> occasions(Padding(on=True, quota=15, period="30 days", honesty=0.0), np.array([4, 4]), np.array([2, 2])).tolist()
    [1.0, 1.0]
    """
    return heads / grids * padding.quota * (1.0 - padding.honesty) * 86_400 / padding.period


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the quota of a scenario: (path, value, rule, candidates)."""
    category = scenario.organisation.padding.category
    if scenario.city is not None and category is not None and category not in scenario.issues.categories:
        yield ("organisation.padding.category", category, _("there is no such category in issues.categories"),
               tuple(scenario.issues.categories))


# --- rules ----------------------------------------------------------------------------------------------------------------

@inlined
def is_made_up(reports: int, members: int, quota: float, period: float, now: int) -> bool:
    """Whether a team makes up a report now: it is behind what the quota asks of it by this time of the period.

    Parameters
    ----------
    reports : int
        Reports of the team in this period, made up or not.
    now : int
        Second of the run.

    Examples
    --------
    >>> [is_made_up(reports, 2, 10.0, 100.0, 150) for reports in (9, 10)]
    [True, False]
    """
    return reports < quota * members * (now % period) / period
