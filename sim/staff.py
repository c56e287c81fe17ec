"""Staff 人员编制: how many there are at every post, what they are paid, and in which shifts they work.

The heads and the pay of a post stand here (those of a department's crew in `departments`); who works where follows from the
organisation, by one function that gives every mixture of switches the same heads and the same pay (`organisation.allot`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from sim.base import Block, Heads, Key, Money, Name, Shares
from sim.calendars import OFFICE, ShiftEnd, unknown_shift
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["POSTS", "GridWorkerPost", "Post", "RosterRow", "Staff", "faults", "touch_seconds", "travel_seconds"]

POSTS = ("grid_workers", "district_desk", "street_desk", "community_desk", "community_staff", "street_team", "departments")
"""Posts that a roster may name."""


class Post(Block):
    """A post 岗位: heads, pay, shifts."""

    heads: Heads
    """Members, all places and shifts together; at least one for each place and shift."""
    wage: Money = 90_000.0
    """Pay of a member with all costs, CNY/year.  Assumption."""
    shifts: Shares = Field(default_factory=lambda: {OFFICE: 1.0})
    """Shares of the members by shift; every place has at least one member in each."""
    at_shift_end: ShiftEnd = "rest"
    """What becomes of an unfinished job at the shift's end; `hand_over` for desks staffed day and night."""


class GridWorkerPost(Block):
    """Grid workers 网格员: heads and pay (shifts stand in grid_workers)."""

    heads: Heads
    """Members, all teams and shifts together.  Jimei: 1,132."""
    wage: Money = 72_000.0
    """Pay of a member with all costs, CNY/year.  Assumption."""


class RosterRow(Block):
    """One row of a roster 排班表: who works where, in which shift (columns of the CSV file are these names)."""

    post: Literal["grid_workers", "district_desk", "street_desk", "community_desk", "community_staff", "street_team",
                  "departments"]
    """Post: a name of the staff block, or `departments`."""
    place: Name | None = None
    """Grid, community or street by its (English) name; left out: the whole district."""
    role: Key | None = None
    """Role of grid workers, subject of a district desk, or key of a department; left out: all of them."""
    shift: Key
    """Shift."""
    heads: Heads
    """Members."""


class Staff(Block):
    """Staff 人员编制."""

    grid_workers: GridWorkerPost = GridWorkerPost(heads=23)
    """Grid workers 网格员 of the whole district."""
    district_desk: Post = Post(heads=6)
    """Clerks of the district's centre or centres 区指挥中心坐席."""
    street_desk: Post = Post(heads=2)
    """Clerks of the street centres 街道指挥中心, all streets together."""
    community_desk: Post = Post(heads=4)
    """Clerks of the community centres 社区, all communities together."""
    community_staff: Post = Post(heads=6)
    """Community workers and mediators 社区工作者, all communities together."""
    street_team: Post = Post(heads=4)
    """Street enforcement teams 街道综合执法队, all streets together."""
    roster_csv: tuple[RosterRow, ...] | None = None
    """CSV file with the roster, named from the scenario's folder: post, place, role, shift, heads; or the rows themselves.  A
    post that it names is staffed as it says, and the heads add up to the post's; the other posts are staffed by share."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the staff of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    staff: Staff = scenario.staff
    for name in POSTS[1:-1]:
        for shift in getattr(staff, name).shifts:
            yield from unknown_shift(scenario.calendars, f"staff.{name}.shifts.{shift}", shift)
    for number, row in enumerate(staff.roster_csv or ()):
        yield from unknown_shift(scenario.calendars, f"staff.roster_csv.{number}.shift", row.shift)
        roles = {"grid_workers": scenario.grid_workers.roles, "district_desk": scenario.centres.subjects,
                 "departments": scenario.departments}.get(row.post, {})
        if row.role not in roles and (row.role or row.post == "departments"):
            yield f"staff.roster_csv.{number}.role", row.role, _("there is no such role at this post"), tuple(roles)
    totals: dict[tuple[str, str], int] = {}
    for row in staff.roster_csv or ():
        key = (row.post, row.role or "" if row.post == "departments" else "")
        totals[key] = totals.get(key, 0) + row.heads
    for (post, role), total in totals.items():
        if post != "departments":
            path, heads = f"staff.{post}.heads", getattr(staff, post).heads
        elif role in scenario.departments:
            path, heads = f"departments.{role}.heads", scenario.departments[role].heads
        else:
            continue
        if total != heads:
            yield path, heads, _("the roster has {total} heads at this post").format(total=total), (str(total),)


# --- rules ----------------------------------------------------------------------------------------------------------------


@inlined
def touch_seconds(mean: float, luck: float, grown: float, speed: float) -> int:
    """Touch time of a visit (s): its mean, times factors of luck, of worsening and of generalists.

    Examples
    --------
    >>> touch_seconds(1800.0, 0.5, 1.5, 1.0)
    1350
    """
    return int(mean * luck * grown * speed + 0.5)


@inlined
def travel_seconds(mean: float, luck: float, on_the_spot: bool) -> int:
    """Travel time of a visit (s): none for whoever is there already.

    Examples
    --------
    >>> travel_seconds(900.0, 0.5, False), travel_seconds(900.0, 0.5, True)
    (450, 0)
    """
    return 0 if on_the_spot else int(mean * luck + 0.5)
