"""Departments 部门 (bureaus 委办局) with their crews, and joint work 联合处置.

A department works from the district, with a crew 处置队伍 of its own, on what it is in charge of.  What needs several
departments is worked one after another, each hand-off through a desk (分头管), or by all at once after they were called
together (拉群).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from sim.base import Block, Duration, Heads, Key, Money, Title
from sim.calendars import OFFICE, ShiftEnd, unknown_shift
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["DONE", "GONE", "NEXT_DEPARTMENT", "OTHERS_ARE_AT_IT", "Department", "JointWork", "asked_of", "convene_seconds", "faults",
           "parts_together", "what_follows_work"]


class Department(Block):
    """A department 部门 and its crew."""

    title: Title
    """Name in English and Chinese."""
    heads: Heads
    """Members of its crew, all shifts together; at least 1."""
    wage: Money = 120_000.0
    """Pay of a member with all costs, CNY/year.  Assumption."""
    shift: Key = OFFICE
    """Shift in which they work; a name of calendars.shifts, `office` or `always`."""
    at_shift_end: ShiftEnd = "rest"
    """What becomes of an unfinished job at the shift's end: `rest` waits for its member, `overtime` is finished now,
    `hand_over` goes to whoever is on."""


class JointWork(Block):
    """Joint work 分头管/拉群: how several departments share one issue."""

    mode: Literal["serial", "parallel"] = "serial"
    """`serial`: one after another, each hand-off through a desk; `parallel`: all at once."""
    convene: Duration = 1800.0
    """Parallel: until the joint team stands, s.  Assumption: minutes (Jimei, Tongliang)."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the departments of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    departments: dict[str, Department] = scenario.departments
    if not departments:
        yield "departments", None, _("at least one department is needed"), ()
    rows = scenario.staff.roster_csv or ()
    for key, one in departments.items():
        rostered = [row for row in rows if row.post == "departments" and row.role == key]
        if one.heads == 0 and not rostered:
            yield f"departments.{key}.heads", 0, _("nobody staffs this department: it needs at least 1 member"), ()
        yield from unknown_shift(scenario.calendars, f"departments.{key}.shift", one.shift)


# --- rules ----------------------------------------------------------------------------------------------------------------

GONE, NEXT_DEPARTMENT, OTHERS_ARE_AT_IT, DONE = 0, 1, 2, 3
"""What follows a part of the work."""


@inlined
def parts_together(able: int, departments: int, part: int, parallel: int, convened: bool) -> int:
    """How many departments are called together 拉群 for what is left of the work; 0: it is dispatched to one unit.

    Parameters
    ----------
    able : int
        The lowest tier able to solve it; only district work (3) has parts.
    departments, part : int
        Departments needed, and which of them is next.
    parallel, convened : int
        Whether they work all at once, and whether they have been called together before.

    Examples
    --------
    >>> parts_together(3, 3, 1, 1, False), parts_together(3, 3, 0, 0, False), parts_together(2, 3, 0, 1, False)
    (2, 0, 0)
    """
    left = departments - part if able == 3 else 1
    return left if left > 1 and parallel and not convened else 0


@inlined
def convene_seconds(convene: float) -> int:
    """Until the joint team stands (s).

    Examples
    --------
    >>> convene_seconds(1800.0)
    1800
    """
    return int(convene + 0.5)


@inlined
def asked_of(part: int, departments: int) -> int:
    """Which of the departments needed stands in the record of a part: its own, or the last.

    Examples
    --------
    >>> asked_of(1, 3), asked_of(3, 3)
    (1, 2)
    """
    return min(part, departments - 1)


@inlined
def what_follows_work(gone: bool, convened: bool, left: int, on_the_spot: bool, able: int, part: int, departments: int) -> int:
    """What follows a part of the work 处置.

    Parameters
    ----------
    gone : bool
        The issue ended, and not by this ticket's work: GONE.
    convened, left : int
        Whether a joint team is at it, and how many parts were left with this one: OTHERS_ARE_AT_IT.
    on_the_spot : bool
        A grid worker solved it where it was found.
    able, part, departments : int
        District work (3), this part of so many: NEXT_DEPARTMENT; else DONE.

    Examples
    --------
    >>> what_follows_work(True, False, 1, False, 3, 0, 2), what_follows_work(False, False, 1, False, 3, 0, 2)
    (0, 1)
    >>> what_follows_work(False, True, 2, False, 3, 0, 2), what_follows_work(False, True, 1, False, 3, 0, 2)
    (2, 3)
    """
    if gone:
        return GONE
    if convened:
        return OTHERS_ARE_AT_IT if left > 1 else DONE
    return NEXT_DEPARTMENT if not on_the_spot and able == 3 and part + 1 < departments else DONE
