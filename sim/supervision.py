"""Supervision 督办: the clock on every ticket, lamps and orders.

A ticket's clock runs from its registration 挂单计时.  At a share of its time limit the lamp turns yellow, at another red 亮灯;
red writes a supervision order 督办单, which raises effort; later still the ticket is taken up a tier.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from sim.base import Block
from sim.calendars import finish, finish_many
from sim.compiling import inlined
from sim.i18n import _

if TYPE_CHECKING:
    from sim.tables import CalendarTables

__all__ = ["LIFT", "RED", "YELLOW", "Supervision", "closed_in_time", "due_time", "due_times", "effort", "faults", "review_share"]

Limit = Annotated[float, Field(gt=0, le=100)]
"""Share of the time limit, above 0."""


class Supervision(Block):
    """Switch: lamps and orders 亮灯督办.  Off: nobody watches the clock."""

    on: bool = False
    """Whether lamps are lit and orders written."""
    yellow: Limit = 0.7
    """Share of the time limit at which the lamp turns yellow 黄灯, above 0.  Tongliang: warning before the limit; assumption
    70%."""
    red: Limit = 1.0
    """Share of the time limit at which the lamp turns red 红灯 and an order is written, not below yellow."""
    lift: Limit | None = 1.5
    """Share of the time limit at which the ticket is taken up a tier, not below red; null: never.  Assumption."""
    order_effort: Annotated[float, Field(ge=1, le=10)] = 1.10
    """Factor of an order on the chance of a true fix, 1 to 10 (the chance stays at most 1).  Assumption: 1.10."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the supervision of a scenario: (path, value, rule, candidates)."""
    rule: Supervision = scenario.organisation.supervision
    if rule.red < rule.yellow:
        yield ("organisation.supervision.red", rule.red,
               _("red must not come before yellow ({yellow})").format(yellow=rule.yellow), ())
    if rule.lift is not None and rule.lift < rule.red:
        yield "organisation.supervision.lift", rule.lift, _("lift must not come before red ({red})").format(red=rule.red), ()


# --- rules ----------------------------------------------------------------------------------------------------------------

YELLOW, RED, LIFT = 1, 2, 3
"""Reviews of a ticket, one after another: the first two light the lamp of that number."""


@inlined
def due_time(first: Any, start: Any, end: Any, done: Any, calendar: int, working: int, registered: int, limit: float) -> int:
    """When a limit that runs from registration is reached (s): around the clock, or in the working time of a calendar.

    Parameters
    ----------
    first, start, end, done : sequences of int
        `CalendarTables`.
    limit : float
        Seconds, or working seconds where `working`.

    Examples
    --------
    >>> [due_time([0, 2], [10, 30], [20, 40], [0, 10], 0, working, 15, 6.0) for working in (0, 1)]
    [21, 31]
    """
    seconds = int(limit + 0.5)
    return finish(first, start, end, done, calendar, registered, seconds) if working else registered + seconds


def due_times(tables: CalendarTables, calendar: int, working: Any, registered: Any, limit: Any) -> np.ndarray:
    """`due_time` for arrays of tickets (broadcast together), int64; NEVER where it lies beyond the calendars.

    Examples
    --------
    >>> from sim.tables import CalendarTables
    >>> tables = CalendarTables(("office",), *map(np.array, ([0, 2], [10, 30], [20, 40], [0, 10])))
    >>> due_times(tables, 0, [0, 1], 15, 6.0).tolist()
    [21, 31]
    """
    seconds = np.floor(np.asarray(limit, float) + 0.5).astype(np.int64)
    registered = np.asarray(registered, np.int64)
    return np.where(np.asarray(working) == 1, finish_many(tables, calendar, registered, seconds), registered + seconds)


@inlined
def review_share(on: int, review: int, yellow: float, red: float, lift: float) -> float:
    """Share of the limit at which a ticket is looked at for YELLOW 黄灯, RED 红灯 or LIFT 提级; 0 never, as when nobody supervises.

    Examples
    --------
    >>> [review_share(1, review, 0.7, 1.0, 1.5) for review in (YELLOW, RED, LIFT, LIFT + 1)], review_share(0, YELLOW, 0.7, 1.0, 1.5)
    ([0.7, 1.0, 1.5, 0.0], 0.0)
    """
    if not on:
        return 0.0
    return yellow if review == YELLOW else red if review == RED else lift if review == LIFT else 0.0


@inlined
def effort(ordered: bool, order_effort: float) -> float:
    """Factor on the chance of a true fix: that of a supervision order 督办单, once there is one.

    Examples
    --------
    >>> effort(True, 1.1), effort(False, 1.1)
    (1.1, 1.0)
    """
    return order_effort if ordered else 1.0


@inlined
def closed_in_time(closed: int, due: int) -> bool:
    """Whether a ticket was closed within its limit 按时办结.

    Examples
    --------
    >>> closed_in_time(100, 100), closed_in_time(101, 100)
    (True, False)
    """
    return closed <= due
