"""When? In which shifts given heads should work (排班)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pandas as pd

from sim.i18n import _, joined
from sim.precision import MOST
from sim.selection import Selection, select
from sim.staffing.answers import Answer, Facts
from sim.staffing.bench import Bench, Effort, How
from sim.staffing.pools import Lever, StaffingError, gathered, lever, near, titles_of
from sim.staffing.precise import NOTHING, Precise, Wanted, wanted
from sim.staffing.precise import told as how_precise
from sim.staffing.search import find_scenario
from sim.staffing.targets import Quantity, amount, quantity
from sim.statistics import Interval, paired

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["Roster", "ShiftAnswer", "roster", "shifts"]

FINALISTS = 4
FINEST = 40         # parts of the heads of a post that are moved at a time, at most
Point = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Roster:
    """Who works when at one post (排班).

    Attributes
    ----------
    post : Lever
    path : str
        The setting that holds its shares by shift, or its one shift.
    shifts : tuple of str
        Shifts that may be worked.
    now : tuple of int
        Heads by shift.
    whole : bool
        Whether all work in one shift: a crew, or a pool of a bare system.
    keep : bool
        Whether a shift that is worked now must stay worked.
    """

    post: Lever
    path: str
    shifts: tuple[str, ...]
    now: tuple[int, ...]
    whole: bool
    keep: bool = True

    def setting(self, heads: Sequence[int]) -> Any:
        """The setting that gives these heads by shift."""
        if self.whole:
            return next(shift for shift, number in zip(self.shifts, heads, strict=True) if number)
        return {shift: number / sum(heads) for shift, number in zip(self.shifts, heads, strict=True)}

    def neighbours(self, heads: tuple[int, ...], step: int) -> Iterator[tuple[int, ...]]:
        """Heads by shift with `step` of them (all, where they work in one shift) in another."""
        for leave, number in enumerate(heads):
            for join in range(len(heads)):
                moved = number if self.whole else min(step, number - (self.keep and self.now[leave] > 0))
                if join != leave and moved:
                    yield tuple(n - moved * (at == leave) + moved * (at == join) for at, n in enumerate(heads))


def roster(scenario: Scenario, said: str, keep: bool = True) -> Roster:
    """A post with the shifts that it may work, from what a planner writes (岗位与班次).

    Parameters
    ----------
    scenario : Scenario
    said : str
        `NAME` or `NAME=SHIFT,SHIFT`; the name as for `sim.staffing.lever`.  Without shifts: those in which it works now.

    keep : bool
        Whether a shift that is worked now must stay worked.

    Raises
    ------
    StaffingError
        No such pool or shift, or only one shift.

    Examples
    --------
    >>> from sim.scenario import load
    >>> roster(load("small/integrated"), "street_team").now
    (3, 1)
    """
    name, _equals, listed = (part.strip() for part in said.partition("="))
    post = lever(scenario, name)
    if scenario.bare is not None:
        path, shares = f"bare.pools.{post.name}.calendar", {scenario.bare.pools[post.name].calendar: 1.0}
    elif post.name.startswith("crew:"):
        key = post.name.removeprefix("crew:")
        path, shares = f"departments.{key}.shift", {scenario.departments[key].shift: 1.0}
    else:
        holder = scenario.grid_workers if post.name == "grid_workers" else getattr(scenario.staff, post.name)
        path, shares = ("grid_workers.shifts" if post.name == "grid_workers" else f"staff.{post.name}.shifts"), holder.shifts
    known = ("office", "always", *scenario.calendars.shifts)
    wanted = [shift.strip() for shift in listed.split(",") if shift.strip()]
    for shift in wanted:
        if shift not in known:
            raise StaffingError(joined([_("There is no shift {name}.").format(name=shift), near(shift, known)]))
    names = tuple(dict.fromkeys([*(shift for shift, share in shares.items() if share > 0), *wanted]))
    if len(names) < 2:
        raise StaffingError(_("{pool} works in one shift only, {shift}. Name those it may work in, such as {pool}={shift},night; "
                              "there are: {names}.").format(pool=name, shift=names[0], names=", ".join(known)))
    from sim.city import apportion

    heads = tuple(int(n) for n in apportion(post.now, [shares.get(shift, 0.0) for shift in names]))
    return Roster(post, path, names, heads, scenario.bare is not None or post.name.startswith("crew:"), keep)


@dataclass(frozen=True, eq=False)
class ShiftAnswer(Answer):
    """Which shifts given heads should work (排班结果).

    Attributes
    ----------
    scenario : Scenario
    aim : Quantity
        What was made as good as could be.
    roster : DataFrame
        `pool, shift, now, best`: heads by shift as the scenario has them, and as they should be.
    gain : Interval
        What it brings: the paired difference of the aim, best minus now, with its 95% interval.
    choice : Selection
        How the finalists were told apart.
    settings : dict
        The settings that make the scenario so, by dotted path.
    curve : DataFrame
        Every roster tried: heads by pool and shift, `mean` of the aim over the first replications, `finalist`, `chosen`.
    facts : Facts
    asked, precision
        As in `StaffingAnswer`.
    """

    scenario: Scenario
    aim: Quantity
    roster: pd.DataFrame
    gain: Interval
    choice: Selection
    settings: dict[str, Any]
    curve: pd.DataFrame
    facts: Facts
    asked: Wanted = NOTHING
    precision: Precise | None = None
    question: ClassVar[str] = "shifts"

    @property
    def sentences(self) -> list[str]:
        """The answer in words, in the language in use."""
        rows = self.roster
        unit = self.aim.unit
        if (rows["now"] == rows["best"]).all():
            said = [_("No other roster that was tried is better: leave the shifts as they are.")]
        else:
            titles = titles_of(self.scenario)
            moved = [_("{pool} {shift}: {best} (now {now})").format(pool=titles.get(row.pool, row.pool), shift=row.shift, best=row.best, now=row.now)
                     for row in rows.itertuples() if row.best != row.now]
            said = [_("Best roster: {moves}.").format(moves="; ".join(moved)),
                    _("{measure} changes by {mean} (95% interval {low} to {high}, {n} replications).").format(
                        measure=self.aim.title, mean=amount(self.gain.mean, unit), low=amount(self.gain.low, unit),
                        high=amount(self.gain.high, unit), n=self.gain.n)]
        said += how_precise(self.precision, self.asked, _("No difference can be shown: the roster stays as it is."))
        return [*said, self.guarantee]

    @property
    def guarantee(self) -> str:
        """What is certain about the answer, in the language in use."""
        if not self.choice.decided:
            return _("Which of the {number} finalists is best was not decided with the replications allowed; this one looks best so "
                     "far.").format(number=len(self.choice.used))
        return _("Of the {number} finalists of a search over {points} rosters this is, with a chance of at least 95%, the best, or "
                 "within {zone} of it (Kim and Nelson's procedure, common random numbers).").format(
                     number=len(self.choice.used), points=self.facts.points, zone=amount(self.choice.zone, self.aim.unit))

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """`roster` and `curve`."""
        return {"roster": self.roster, "curve": self.curve}

    @property
    def changes(self) -> dict[str, Any]:
        """Shifts by path; none where they stay as they are."""
        return self.settings


def shifts(scenario: Scenario | str | Path, pools: Sequence[str | Roster], aim: str | Quantity, *, keep: bool = True,
           zone: float | None = None, effort: Effort | None = None, precision: str | Sequence[str] = (), at_most: int = MOST,
           **how: Any) -> ShiftAnswer:
    """Move given heads between shifts until a measure is as good as can be (排班优化).

    Parameters
    ----------
    scenario : Scenario or path
    pools : sequence of str
        Posts whose heads may change shifts: "grid_workers", "street_team=office,evening"; see `roster`.
    aim : str
        The measure, such as "on_time_closing_rate" or "wait_p90[street_team]".
    keep : bool
        Whether at least one head stays in every shift that is worked now: duty that the measure does not see.
    zone : float, > 0, optional
        A difference in it that would not matter, in its unit; by default 1% of what it is now.
    effort, precision, at_most, **how
        As for `staff`; differences are from the roster as it is.

    Returns
    -------
    ShiftAnswer

    Notes
    -----
    A local search: the best of all moves of some heads of one pool from one shift to another, as long as one helps, with ever
    smaller moves.  The roster of the scenario and the best found are then told apart by the procedure of Kim and Nelson, on
    replications that the search has not seen.

    Examples
    --------
    >>> shifts("small/integrated", ["street_team"], "backlog_in_wrk")
    Traceback (most recent call last):
    sim.staffing.pools.StaffingError: There is no measure backlog_in_wrk. Did you mean backlog_in_work?
    """
    base = find_scenario(scenario)
    goal, rosters, asked = cast(tuple[Quantity, list[Roster], Wanted], gathered([
        lambda: _aim(aim, base), lambda: gathered([partial(_roster, base, one, keep) for one in pools]),
        lambda: wanted(precision, base, at_most)]))
    if not rosters:
        raise StaffingError(_("At least one pool is needed whose shifts may be moved."))

    def build(point: Point) -> dict[str, Any]:
        return {one.path: one.setting(heads) for one, heads in zip(rosters, point, strict=True) if heads != one.now}

    with Bench(base, build, (), [goal, *asked.quantities], How(**how), effort) as bench:
        tried = _search(bench, rosters, goal)
        return _chosen(bench, rosters, goal, tried, zone, build, asked)


def _aim(aim: str | Quantity, scenario: Scenario) -> Quantity:
    found = aim if isinstance(aim, Quantity) else quantity(aim)
    found.check("city" if scenario.bare is None else "bare")
    if found.direction == 0:
        raise StaffingError(_("More of {measure} is neither better nor worse, so nothing can be done for it.").format(
            measure=found.key))
    return found


def _roster(scenario: Scenario, one: str | Roster, keep: bool) -> Roster:
    return one if isinstance(one, Roster) else roster(scenario, one, keep)


def _search(bench: Bench, rosters: Sequence[Roster], goal: Quantity) -> dict[Point, float]:
    """Rosters tried, with the mean of the aim, the larger the better."""
    first = bench.effort.first
    tried: dict[Point, float] = {}

    def look(points: Sequence[Point]) -> None:
        new = [point for point in dict.fromkeys(points) if point not in tried and bench.possible(point)]
        new = new[:max(0, bench.effort.points - len(tried))]
        values = bench.sample(new, goal, first, 0) if new else ()
        tried.update({point: float(row.mean()) * goal.direction for point, row in zip(new, values, strict=True)})

    here: Point = tuple(one.now for one in rosters)
    look([here])
    finest = [max(1, one.post.now // FINEST) for one in rosters]
    part = 4
    while True:
        steps = [max(least, one.post.now // part) for one, least in zip(rosters, finest, strict=True)]
        around = [(*here[:at], moved, *here[at + 1:]) for at, one in enumerate(rosters)
                  for moved in one.neighbours(here[at], steps[at])]
        look(around)
        best = max((point for point in around if point in tried), key=lambda point: tried[point], default=here)
        if tried[best] > tried[here]:
            here = best
        elif steps == finest or len(tried) >= bench.effort.points:
            return tried
        else:
            part *= 2


def _chosen(bench: Bench, rosters: Sequence[Roster], goal: Quantity, tried: dict[Point, float], zone: float | None,
            build: Any, asked: Wanted) -> ShiftAnswer:
    """Tell the finalists apart, and say what the best brings."""
    unseen = bench.effort.first
    now: Point = tuple(one.now for one in rosters)
    ranked = sorted((point for point in tried if point != now), key=lambda point: -tried[point])
    finalists = [now, *ranked[:FINALISTS]]
    zone = zone or max(abs(tried[now]) / 100, 1e-9)
    choice = select(lambda which, n: goal.direction * bench.sample([finalists[one] for one in which], goal, n, unseen),
                    len(finalists), zone, first=bench.effort.first, most=bench.effort.most, batch=bench.effort.first)
    best = finalists[choice.best]
    precise = asked.reached(bench, (best, _("the best roster")), (now, _("the roster as it is")) if best != now else None, unseen)
    n = max(choice.used)
    if precise is not None and any(one.difference and one.measure == goal.key for one in asked.targets):
        n = max(n, precise.judgement.n)
    before, after = bench.sample([now, best], goal, n, unseen)
    table = pd.DataFrame([{"pool": one.post.name, "shift": shift, "now": old, "best": new}
                          for one, heads in zip(rosters, best, strict=True)
                          for shift, old, new in zip(one.shifts, one.now, heads, strict=True)])
    curve = pd.DataFrame([{**{f"{one.post.name}:{shift}": number for one, heads in zip(rosters, point, strict=True)
                              for shift, number in zip(one.shifts, heads, strict=True)},
                           "mean": value * goal.direction, "finalist": point in finalists, "chosen": point == best}
                          for point, value in tried.items()])
    return ShiftAnswer(bench.base, goal, table, paired(before, after), choice, build(best), curve, Facts.of(bench), asked,
                       precise)
