"""Screening 月排查 and ten-day dispatching 旬调度: what is hidden is looked for, what is stuck is set going again.

In a sweep the staff of every community go from door to door and find a share of what nobody knows of yet; it takes them time for each find,
fruitless visits included, and the rest of their work waits meanwhile.  In a dispatching review what lies at a hop is sent on, and what has
been open for long with nobody at work on it goes before all else from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from sim.base import Block, Duration, Key, PositiveDuration, Probability
from sim.compiling import inlined
from sim.i18n import _
from sim.timeline import NEVER

__all__ = ["LIES", "NOT_STUCK", "WAITS", "Screening", "faults", "found_in_sweep", "how_stuck", "next_round", "screened", "sweep_seconds"]

SHORTEST = 3600.0
"""Least time between two rounds of anything that comes round, s."""


class Screening(Block):
    """Switch: sweeps 月排查 and ten-day dispatching 旬调度 (prevention).  Off: nobody looks for what is hidden, or for what is stuck."""

    on: bool = False
    """Whether there are sweeps and dispatching reviews."""
    every: PositiveDuration = 2_592_000.0
    """Time from one sweep to the next, s, an hour at least; the first comes when it has passed once.  Chuzhou: every month."""
    share: Probability = 0.3
    """Chance that a sweep finds an issue that nobody knows of yet, 0 to 1.  Assumption 0.3; 0.1 to 0.6."""
    by_category: dict[Key, Probability] = Field(default_factory=dict)
    """The chance for single categories, in place of `share`; 0 for those that are not looked for.  Chuzhou screens disputes and hazards."""
    time: Duration = 7_200.0
    """Mean time of community staff for each issue found, fruitless visits included, s (lognormal, coefficient of variation 0.5).
    Assumption 2 h; 30 min to 1 day."""
    dispatch_every: PositiveDuration | None = 864_000.0
    """Time from one dispatching review 旬调度 to the next, s, an hour at least; null: there are none.  Chuzhou: every ten days."""
    stuck_after: Duration = 864_000.0
    """A ticket open for so long with nobody at work on it is stuck, s.  Assumption 10 days; 5 to 30 days."""


def screened(screening: Screening, category: str) -> float:
    """Chance that a sweep finds an issue of the category; 0 where there are no sweeps.

    Examples
    --------
    >>> screened(Screening(on=True, by_category={"noise": 0.0}), "noise"), screened(Screening(on=True), "waste"), screened(Screening(), "waste")
    (0.0, 0.3, 0.0)
    """
    return screening.by_category.get(category, screening.share) if screening.on else 0.0


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the screening of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    rule: Screening = scenario.organisation.screening
    for name in ("every", "dispatch_every"):
        value = getattr(rule, name)
        if value is not None and value < SHORTEST:
            yield f"organisation.screening.{name}", value, _("an hour at least must lie between two rounds"), ("1 h",)
    for key, share in rule.by_category.items():
        if key not in scenario.issues.categories:
            yield (f"organisation.screening.by_category.{key}", share, _("there is no such category in issues.categories"),
                   tuple(scenario.issues.categories))


# --- rules ----------------------------------------------------------------------------------------------------------------

NOT_STUCK, WAITS, LIES = -1, 0, 1
"""What a dispatching review finds of a ticket."""


@inlined
def next_round(now: int, every: float) -> int:
    """The second of the next round of what comes every so often; NEVER where it does not come at all (`every` 0).

    Examples
    --------
    >>> next_round(0, 86400.0), next_round(86399, 86400.0), next_round(86400, 86400.0), next_round(5, 0.0) == NEVER
    (86400, 86400, 172800, True)
    """
    if every <= 0.0:
        return NEVER
    seconds = int(every + 0.5)
    return (now // seconds + 1) * seconds


@inlined
def found_in_sweep(u: float, share: float) -> bool:
    """Whether a sweep 排查 comes upon an issue that nobody knows of.

    Examples
    --------
    >>> found_in_sweep(0.29, 0.3), found_in_sweep(0.31, 0.3)
    (True, False)
    """
    return u < share


@inlined
def sweep_seconds(mean: float, luck: float) -> int:
    """Time that the find takes the community's staff (s); `luck` is a factor with mean 1.

    Examples
    --------
    >>> sweep_seconds(7200.0, 0.5)
    3600
    """
    return int(mean * luck + 0.5)


@inlined
def how_stuck(lying: bool, ahead: bool, at_work: bool, age: int, stuck_after: float) -> int:
    """What a dispatching review 旬调度 finds of an open ticket: it LIES where a hop lost it, or it WAITS for too long and nobody is at work on
    it, or NOT_STUCK; what goes `ahead` of all else already can go no faster.

    Examples
    --------
    >>> how_stuck(True, False, False, 0, 864000.0), how_stuck(False, False, False, 864000, 864000.0)
    (1, 0)
    >>> [how_stuck(False, ahead, at_work, 10**6, 864000.0) for ahead, at_work in ((True, False), (False, True))]
    [-1, -1]
    """
    if lying:
        return LIES
    return WAITS if not ahead and not at_work and age >= int(stuck_after + 0.5) else NOT_STUCK
