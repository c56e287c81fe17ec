"""Grid workers 网格员: roles, teams and their beats.

While roles are separate, each team looks for its own role's categories over a larger beat; merged into peace officers 平安员, a
team looks for every category in its own area.  Patrol is what a team does when it has nothing else to do: its patrol clock runs
at the number of its members who are patrolling, and one round of the beat takes `round` for each grid in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from sim.base import Block, Key, PositiveDuration, Probability, Shares, Title
from sim.calendars import OFFICE, ShiftEnd, unknown_shift
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["NOTHING", "REPORTED", "SEEN_AGAIN", "SOLVED_THERE", "Area", "GridWorkers", "MergedRoles", "Role", "clock_until_found",
           "clock_until_seen_again", "faults", "is_looked_for", "what_follows_find"]

Area = Literal["grid", "community", "street", "district"]


class Role(Block):
    """A role 角色 of grid workers while roles are separate: patrol member, mediator, city-management assistant, …"""

    title: Title
    """Name in English and Chinese."""
    share: Probability
    """Share of the grid workers in this role, 0 to 1; the shares of all roles add up to 1."""


class GridWorkers(Block):
    """Grid workers 网格员."""

    roles: dict[Key, Role] = Field(default_factory=dict)
    """Roles by key; without any, all grid workers do everything."""
    round: PositiveDuration = 3600.0
    """One member's full round of one grid, s of patrol clock; a beat of several grids takes as many times this.  Assumption."""
    team_area: Area = "community"
    """Beat of a team of merged grid workers."""
    role_area: Area = "street"
    """Beat of a team of one role while roles are separate: the larger beat of specialists."""
    shifts: Shares = Field(default_factory=lambda: {OFFICE: 1.0})
    """Shares of the members by shift; every team has at least one member in each."""
    at_shift_end: ShiftEnd = "rest"
    """What becomes of an unfinished job at the shift's end."""


class MergedRoles(Block):
    """Switch: separate roles or merged peace officers 平安员 (多员合一)."""

    mode: Literal["separate", "merged"] = "separate"
    """`separate`: a team for each role, with its own categories and a larger beat; `merged`: every category, one beat."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible among the grid workers of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    workers: GridWorkers = scenario.grid_workers
    for shift in workers.shifts:
        yield from unknown_shift(scenario.calendars, f"grid_workers.shifts.{shift}", shift)
    total = sum(role.share for role in workers.roles.values())
    if workers.roles and abs(total - 1) > 1e-6:
        yield "grid_workers.roles", f"{total:.6g}", _("the shares of the roles must add up to 1"), ()
    for key, role in workers.roles.items():
        if role.share == 0:
            yield f"grid_workers.roles.{key}.share", 0, _("nobody has this role"), ()


# --- rules ----------------------------------------------------------------------------------------------------------------

NOTHING, SEEN_AGAIN, SOLVED_THERE, REPORTED = 0, 1, 2, 3
"""What follows a find on patrol."""
_MOST_PASSES = 1000


@inlined
def clock_until_found(phase: float, misses: int, round_time: float) -> int:
    """Patrol clock from the rise of an issue to its discovery (member-seconds): the rest of the round, and one a missed pass.

    Over all phases (uniform) and passes (each detecting with chance d) the mean is T/2 + T(1 - d)/d for a round of T.

    Examples
    --------
    >>> clock_until_found(0.25, 2, 1000.0)
    2250
    """
    return int(phase * round_time + misses * round_time + 0.5)


@inlined
def is_looked_for(misses: int) -> bool:
    """Whether patrol will ever find an issue that so many passes would miss: after a thousand of them it counts as never.

    Examples
    --------
    >>> is_looked_for(0), is_looked_for(1000)
    (True, False)
    """
    return misses < _MOST_PASSES


@inlined
def clock_until_seen_again(misses: int, round_time: float) -> int:
    """Patrol clock until what was found is seen the next time (member-seconds): a whole round later at the earliest.

    Examples
    --------
    >>> clock_until_seen_again(0, 1000.0), clock_until_seen_again(2, 1000.0)
    (1000, 3000)
    """
    return int(round_time + misses * round_time + 0.5)


@inlined
def what_follows_find(reported: bool, found: bool, known: bool, able: int) -> int:
    """What a grid worker does about a find 发现.

    Parameters
    ----------
    reported : bool
        A grid worker's report of it waits at a desk: NOTHING.
    found : bool
        It was known to somebody before.
    known : bool
        The community's desk or the team knows of an open ticket: SEEN_AGAIN.
    able : int
        The lowest tier able to solve it: SOLVED_THERE 自行处置 by the grid (0), else REPORTED by terminal 一键上报.

    Examples
    --------
    >>> what_follows_find(True, True, True, 0), what_follows_find(False, True, True, 0)
    (0, 1)
    >>> what_follows_find(False, True, False, 0), what_follows_find(False, False, False, 2)
    (2, 3)
    """
    if reported:
        return NOTHING
    if found and known:
        return SEEN_AGAIN
    return SOLVED_THERE if able == 0 else REPORTED
