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
from sim.i18n import _

__all__ = ["Department", "JointWork", "faults"]


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
