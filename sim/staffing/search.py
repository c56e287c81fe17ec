"""How many people? The cheapest staffing that meets every target (人员配置).

One pool is searched by bisection.  Several are searched in three steps: balanced staffings, each pool with the same margin in
roots of its load (`sim.queueing`), are bisected for the leanest that seems to do; from there heads are taken away, or exchanged
for cheaper ones, as long as the targets seem to hold; the cheapest few are judged on replications that the search has not seen.
Every staffing sees the same luck, replication by replication.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from sim.i18n import _
from sim.precision import MOST
from sim.queueing import balanced
from sim.selection import Selection, select
from sim.staffing.answers import StaffingAnswer
from sim.staffing.bench import Bench, Effort, How, Judged
from sim.staffing.pools import Lever, StaffingError, gathered, lever, money_of, pay_of
from sim.staffing.precise import Wanted, wanted
from sim.staffing.targets import MET, Target, target

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["Found", "bisect", "falls", "find_scenario", "read_targets", "staff"]

ERROR = 0.05
"""Chance that what is said to meet the targets does not."""
SPARE = (0.0, 1.0, 2.0, 4.0)
"""Staffings are sought that seem to meet the targets with so many standard errors to spare: some will prove to do."""
EQUALS = 3      # equally cheap ones that are judged
CURVE_POINTS = 7
ZONE = 0.01     # of the target's value


Place = tuple[int, ...]


class Found(NamedTuple):
    """What a search found.

    Attributes
    ----------
    best : hashable or None
        The first point, from the least likely to the most likely, that was shown to meet the targets.
    tests : tuple of Judged
        All points that were judged.
    below : Judged or None
        The one just before it, where it was judged.
    """

    best: Any
    tests: tuple[Judged, ...]
    below: Judged | None


def staff(scenario: Scenario | str | Path, pools: Sequence[str | Lever], targets: Sequence[str | Target], *,
          budget: float | str | None = None, zone: float | None = None, effort: Effort | None = None,
          precision: str | Sequence[str] = (), at_most: int = MOST, **how: Any) -> StaffingAnswer:
    """The cheapest staffing that meets every target with 95% confidence (最省的达标配置).

    Parameters
    ----------
    scenario : Scenario or path
    pools : sequence of str, one or more
        Pools whose heads may be moved, with their ranges: "grid_workers=10..40", "crew:fire", "desk=3,4,5"; see
        `sim.staffing.lever`.
    targets : sequence of str, one or more
        "on_time_closing_rate >= 0.9", "wait_mean[pool:desk] <= 5 min"; see `sim.staffing.target`.
    budget : float or str, optional
        Pay of the whole staff at most: CNY a year, "5000000 CNY/year" (heads, in a bare system).
    zone : float, > 0, optional
        Among equally cheap staffings the better one is chosen: a difference in the first target's measure that would not matter,
        in its unit.  By default 1% of the target's value.
    effort : Effort, optional
        Replications and points at most.
    precision : str or sequence of str, optional
        How precisely the answer shall be known, such as "on_time_closing_rate=0.5pp"; with `difference:` in front, the step from
        the next cheaper staffing that was judged.  Replications of these two are added until it is reached
        (`sim.precision.read_targets`).
    at_most : int, ≥ 3
        Replications at which that is given up.
    **how
        `seed`, `jobs`, `store`, `fresh`, `executor`, `progress`, `engine`, as in `sim.run`.

    Returns
    -------
    StaffingAnswer

    Raises
    ------
    StaffingError
        A pool, a range, a target or a precision that is none, all at once; nothing in the ranges is within the budget.

    Notes
    -----
    One pool: no more than 5% chance that the heads named miss a target, over all staffings tried and all looks taken (errors are
    added up), provided that more heads never do worse; where what was seen contradicts that, every number of heads is judged by
    itself.  Several pools: the same chance, over the finalists; that nothing cheaper would do is the search's finding.

    Examples
    --------
    >>> staff("theory/mmc", ["desk=4..8"], ["wait_mean <= five minutes"])
    Traceback (most recent call last):
    sim.staffing.pools.StaffingError: wait_mean <= five minutes: a time with its unit is needed, such as "5 min", "2 h" or "3 days".
    """
    base = find_scenario(scenario)
    levers, goals, limit, asked = cast(tuple[list[Lever], list[Target], float | None, Wanted], gathered([
        lambda: _levers(base, pools), lambda: read_targets(targets, base),
        lambda: money_of(budget) if isinstance(budget, str) else budget, lambda: wanted(precision, base, at_most)]))
    return _answer(base, levers, goals, limit, zone, effort, How(**how), asked)


def _answer(base: Scenario, levers: Sequence[Lever], goals: Sequence[Target], budget: float | None, zone: float | None,
            effort: Effort | None, how: How, asked: Wanted) -> StaffingAnswer:
    """Search, judge, and say what was found."""
    def build(point: Sequence[int]) -> dict[str, Any]:
        return {one.path: heads for one, heads in zip(levers, point, strict=True)}

    def pay(point: Sequence[int]) -> float:
        return pay_of(base, levers, point)

    fewest = pay([one.values[0] for one in levers])
    if budget is not None and fewest > budget:
        raise StaffingError(_("Even the fewest heads of the ranges cost {least:,.0f}, more than the budget of {budget:,.0f}.").format(
            least=fewest, budget=budget))
    with Bench(base, build, goals, asked.quantities, how, effort) as bench:
        if len(levers) == 1:
            points = [(heads,) for heads in levers[0].values if budget is None or pay((heads,)) <= budget]
            found, monotone = _one_pool(bench, points)
            choice, unseen = None, 0
        else:
            found, choice = _several(bench, levers, pay, budget, zone)
            monotone, unseen = True, bench.effort.first
        return StaffingAnswer.of(bench, found, levers, pay, budget, monotone, choice, asked, unseen)


def find_scenario(scenario: Scenario | str | Path) -> Scenario:
    """The scenario itself, or that of a file or a shipped name; one without a reform, as heads are looked for that stay."""
    from sim.scenario import Scenario, load

    found = scenario if isinstance(scenario, Scenario) else load(scenario)
    if found.reform is not None:
        raise StaffingError(_("{name} has a reform: ask for the heads of the organisation before it, or of the one after it.").format(
            name=found.name))
    return found


def read_targets(targets: Sequence[str | Target], scenario: Scenario) -> list[Target]:
    """Targets from text, one or more, that can be measured in a scenario."""
    if isinstance(targets, str) or not targets:
        raise StaffingError(_("At least one target is needed, such as \"{one}\".").format(one="on_time_closing_rate >= 0.9"))

    def measurable(said: str | Target) -> Target:
        found = target(said)
        found.what.check("city" if scenario.bare is None else "bare")
        return found

    return gathered([partial(measurable, one) for one in targets])


def _levers(scenario: Scenario, pools: Sequence[str | Lever]) -> list[Lever]:
    levers = gathered([partial(lever, scenario, one) if isinstance(one, str) else partial(_itself, one) for one in pools])
    _check(levers)
    return levers


def _itself(one: Lever) -> Lever:
    return one


def _check(levers: Sequence[Lever]) -> None:
    if not levers:
        raise StaffingError(_("At least one pool is needed whose heads may be moved."))
    names = [one.name for one in levers]
    for name in names:
        if names.count(name) > 1:
            raise StaffingError(_("The pool {name} is named twice.").format(name=name))


# --- one pool -------------------------------------------------------------------------------------------------------------

def bisect(bench: Bench, points: Sequence[Any], error: float = ERROR) -> Found:
    """The first of points in a row, each more likely to meet the targets than the one before, that is shown to do so.

    Each point is judged with the error divided by the most tests that a bisection needs.  What is not decided counts as not met.
    """
    tests: list[Judged] = []
    share = error / (math.ceil(math.log2(max(len(points), 2))) + 1)
    last = bench.judge(points[-1], share)
    tests.append(last)
    if last.verdict != MET:
        return Found(None, tuple(tests), None)
    low, high = -1, len(points) - 1
    while high - low > 1:
        middle = (low + high) // 2
        tests.append(bench.judge(points[middle], share))
        low, high = (low, middle) if tests[-1].verdict == MET else (middle, high)
    return Found(points[high], tuple(tests), bench.judged.get(points[low]) if low >= 0 else None)


def _one_pool(bench: Bench, points: Sequence[tuple[int, ...]]) -> tuple[Found, bool]:
    """Bisection; where more heads are seen to do worse, every number from the fewest up."""
    spread = sorted({round(at) for at in np.linspace(0, len(points) - 1, min(CURVE_POINTS, len(points)))})
    bench.observe([points[at] for at in spread], bench.effort.first)
    if not falls([points[at] for at in spread], bench):
        found = bisect(bench, points)
        if not falls(sorted(bench.points), bench):
            return found, True
    tests = []
    for point in points[:bench.effort.points]:
        tests.append(bench.judge(point, ERROR / min(len(points), bench.effort.points)))
        if tests[-1].verdict == MET:
            break
    met = tests[-1].verdict == MET
    return Found(tests[-1].point if met else None, tuple(tests), tests[-2] if met and len(tests) > 1 else None), False


def falls(points: Sequence[Any], bench: Bench) -> bool:
    """Whether a measure gets clearly worse from one point to the next, which should be better (paired, 1% over all pairs)."""
    from sim.statistics import paired

    share = 0.01 / max(1, (len(points) - 1) * len(bench.targets))
    for less, more in pairwise(points):
        for one in bench.targets:
            before, after = (one.margins(bench.values(point, one.what, bench.effort.first)) for point in (less, more))
            change = paired(before, after, 1 - 2 * share)
            if change.high < 0:
                return True
    return False


# --- several pools --------------------------------------------------------------------------------------------------------

class _Search:
    """Places in the levers' ranges, tried with few replications; places are indices into `Lever.values`."""

    def __init__(self, bench: Bench, levers: Sequence[Lever], pay: Callable[[Sequence[int]], float], budget: float | None) -> None:
        self.bench, self.levers, self._pay = bench, levers, pay
        self.budget = math.inf if budget is None else budget
        self.tried: dict[Place, float] = {}         # estimated margin, in standard errors

    def heads(self, place: Place) -> tuple[int, ...]:
        """Heads at a place."""
        return tuple(one.values[at] for one, at in zip(self.levers, place, strict=True))

    def pay(self, place: Place) -> float:
        """What a place costs."""
        return self._pay(self.heads(place))

    def allowed(self, place: Place) -> bool:
        """Within the ranges and the budget."""
        return all(0 <= at < len(one.values) for one, at in zip(self.levers, place, strict=True)) and (
            self.pay(place) <= self.budget)

    def try_out(self, places: Iterable[Place]) -> list[Place]:
        """Those places that may be, tried as far as the points last."""
        wanted = [place for place in dict.fromkeys(places) if self.allowed(place)]
        new = [place for place in wanted if place not in self.tried][:max(0, self.bench.effort.points - len(self.tried))]
        self.bench.observe([self.heads(place) for place in new], self.bench.effort.first)
        for place in new:
            self.tried[place] = self.bench.slack(self.heads(place), self.bench.effort.first)
        return [place for place in wanted if place in self.tried]

    def cheapest(self, places: Iterable[Place], spare: float) -> Place | None:
        """Of these places the cheapest that seems to meet the targets with so many standard errors to spare."""
        fit = [place for place in places if self.tried[place] >= spare]
        return min(fit, key=lambda place: (self.pay(place), -self.tried[place], place), default=None)


def _several(bench: Bench, levers: Sequence[Lever], pay: Callable[[Sequence[int]], float], budget: float | None,
             zone: float | None) -> tuple[Found, Selection | None]:
    search = _Search(bench, levers, pay, budget)
    path = _balanced_path(search)
    for spare in SPARE:
        low, high = -1, len(path)       # the leanest of the path that seems to do
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if search.cheapest(search.try_out([path[middle]]), spare) else (middle, high)
        place = search.cheapest(search.tried, spare) or _climb(search, spare)
        if place is None:
            break
        _descend(search, place, spare)
    return _final(search, zone)


def _balanced_path(search: _Search) -> list[Place]:
    """Staffings with equal margins in roots of the load, from lean to rich, up to the most heads that may be."""
    levers = search.levers
    now = tuple(int(np.argmin([abs(heads - one.now) for heads in one.values])) for one in levers)
    search.bench.observe([search.heads(now)], search.bench.effort.first)
    loads = search.bench.loads(search.heads(now))
    top = tuple(len(one.values) - 1 for one in levers)
    path: dict[Place, None] = {}
    for quality in np.concatenate([np.arange(0.0, 3.0, 0.1), np.geomspace(3.0, 60.0, 30)]):
        wanted = [balanced([pool for pool in loads if one.staffs(pool.key)], float(quality)) for one in levers]
        path[tuple(min(int(np.searchsorted(one.values, heads)), last)
                   for one, heads, last in zip(levers, wanted, top, strict=True))] = None
    return [place for place in [*path, top] if search.allowed(place)] or [tuple(0 for _one in levers)]


def _climb(search: _Search, spare: float) -> Place | None:
    """From the best place so far, add heads or exchange them within the budget; None where that leads nowhere.

    If even the most heads of all do not seem to do, there is nowhere to climb.
    """
    if search.tried.get(tuple(len(one.values) - 1 for one in search.levers), spare) < spare:
        return None
    search.try_out([tuple(0 for _one in search.levers)])
    place = max(search.tried, key=lambda one: (search.tried[one], -search.pay(one)))
    while True:
        near = search.try_out(_moved(place, up, down, step) for step in (4, 1) for up in range(len(place))
                              for down in (None, *range(len(place))) if down != up)
        fit = search.cheapest(near, spare)
        best = max(near, key=lambda one: search.tried[one], default=place)
        if fit is not None or search.tried[best] <= search.tried[place]:
            return fit
        place = best


def _moved(place: Place, up: int | None, down: int | None, step: int, back: int | None = None) -> Place:
    """A place with one pool `step` up and another `back` (as much) down."""
    back = step if back is None else back
    return tuple(at + step * (number == up) - back * (number == down) for number, at in enumerate(place))


def _descend(search: _Search, place: Place, spare: float) -> None:
    """Take heads away, or exchange dear ones for cheap ones, as long as the targets seem to hold; large steps first."""
    step = max(1, max(place) // 2)
    while step:
        better = search.cheapest(search.try_out(_moved(place, None, down, step) for down in range(len(place))), spare)
        if better is None and step == 1:
            swaps = [_moved(place, up, down, more, 1) for down in range(len(place)) for up in range(len(place)) if up != down
                     for more in (1, 2)]
            pay = search.pay(place)
            better = search.cheapest(search.try_out(one for one in swaps if search.allowed(one) and search.pay(one) < pay), spare)
        if better is not None:
            place = better
        else:
            step //= 2


def _final(search: _Search, zone: float | None) -> tuple[Found, Selection | None]:
    """Judge the finalists on replications that the search has not seen; among equally cheap ones choose by KN."""
    bench, unseen = search.bench, search.bench.effort.first
    steps = _finalists(search)
    error = ERROR / sum(len(step) for step in steps)
    judged: dict[Place, Judged] = {}

    def meets(step: Sequence[Place]) -> bool:
        for place in step:
            judged[place] = bench.judge(search.heads(place), error, start=unseen)
        return any(judged[place].verdict == MET for place in step)

    low, high = -1, len(steps)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(steps[middle]) else (middle, high)
    tests = tuple(judged.values())
    met = [search.heads(place) for place in steps[high] if judged[place].verdict == MET] if high < len(steps) else []
    below = judged[steps[high - 1][0]] if met and high else None
    if len(met) < 2:
        return Found(met[0] if met else None, tests, below), None
    first = bench.targets[0]

    def sample(which: Sequence[int], n: int) -> np.ndarray:
        return bench.sample([met[one] for one in which], first.what, n, unseen) * first.sign

    choice = select(sample, len(met), zone or max(abs(first.value) * ZONE, 1e-9), first=bench.effort.first,
                    most=bench.effort.most, batch=bench.effort.first)
    return Found(met[choice.best], tests, below), choice


def _finalists(search: _Search) -> list[list[Place]]:
    """Ever dearer and safer staffings, those that cost the same together; where none seems to do, the one that comes nearest.

    They follow from the search alone, so that judging them on other replications counts each of them once.
    """
    steps: list[list[Place]] = []
    for spare in SPARE:
        best = search.cheapest(search.tried, spare)
        if best is not None:
            equal = [place for place, slack in search.tried.items()
                     if slack >= spare and abs(search.pay(place) - search.pay(best)) < 0.5]
            steps.append(sorted(equal, key=lambda place: (-search.tried[place], place))[:EQUALS])
    known = [steps[number] for number in range(len(steps)) if all(steps[number][0] not in step for step in steps[:number])]
    return known or [[max(search.tried, key=lambda place: search.tried[place])]]
