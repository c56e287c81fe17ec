"""The bench on which staffings are tried: replications on common random numbers, each run once, judged as they come.

A *point* is whatever a search moves: heads, a factor on demand, a roster.  Replication r of every point has the same luck, so
points differ by what they are and not by chance.  A finished replication is remembered here, and kept in the store for good.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sim.base import ScenarioError
from sim.i18n import _
from sim.queueing import PoolLoad
from sim.selection import spread_level
from sim.staffing.pools import StaffingError
from sim.staffing.targets import MET, MISSED, UNDECIDED, Quantity, Shown, Target, shown

if TYPE_CHECKING:
    from sim.outcome import Outcome
    from sim.progress import Progress
    from sim.scenario import Scenario
    from sim.session import Session
    from sim.store import Record, Store
    from sim.workers import Task

__all__ = ["Bench", "Effort", "How", "Judged", "Point"]

Point = Hashable
POOL_COUNTS = ("joined", "started", "abandoned", "wait_seconds", "waiting_area", "busy_seconds", "rostered_seconds")


@dataclass(frozen=True)
class How:
    """How to run: the arguments of the same names of `sim.run` (运行方式)."""

    seed: int | None = None
    jobs: int | None = None
    store: Store | Path | str | None = None
    fresh: bool = False
    executor: Executor | None = None
    progress: Progress | bool | None = None
    engine: str = "auto"


@dataclass(frozen=True)
class Effort:
    """How hard to look (投入).

    Attributes
    ----------
    first : int, ≥ 3
        Replications with which every point is looked at.
    most : int, ≥ first
        Replications with which a point is judged at most; what they do not decide is called not decided.
    points : int, ≥ 1
        Points of a search over several pools at most.
    """

    first: int = 10
    most: int = 160
    points: int = 120

    def __post_init__(self) -> None:
        if self.first < 3 or self.most < self.first or self.points < 1:
            raise ValueError(f"first {self.first} (3 or more), most {self.most} (first or more) or points {self.points} (1 or "
                             "more) is out of bounds")

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of replications at which a point is judged: the first, and twice as many each time.

        Examples
        --------
        >>> Effort(first=10, most=100).looks
        (10, 20, 40, 80, 100)
        """
        found = [self.first]
        while found[-1] < self.most:
            found.append(min(self.most, 2 * found[-1]))
        return tuple(found)


class Judged(NamedTuple):
    """What came out about a point (判定结果).

    Attributes
    ----------
    point : hashable
    verdict : str
        `MET` all targets, `MISSED` at least one, or `UNDECIDED`.
    shown : tuple of Shown
        By target.
    n : int
        Replications looked at.
    error : float
        Chance that a verdict other than `UNDECIDED` is wrong, at most.
    """

    point: Any
    verdict: str
    shown: tuple[Shown, ...]
    n: int
    error: float


@dataclass
class _Seen:
    """What a point has shown so far."""

    scenario: Scenario
    rows: list[tuple[float, ...]] = field(default_factory=list)
    pools: np.ndarray | None = None
    heads: np.ndarray | None = None


class Bench:
    """Tries points and remembers them (试验台); use it in a `with` block.

    Parameters
    ----------
    base : Scenario
    build : callable
        From a point to the settings it changes, by dotted path.
    quantities : sequence of Quantity
        What to read from each replication.
    targets : sequence of Target
        What to judge; their quantities are read too.
    how : How
    effort : Effort
    """

    def __init__(self, base: Scenario, build: Callable[[Any], Mapping[str, Any]], targets: Sequence[Target],
                 quantities: Sequence[Quantity] = (), how: How | None = None, effort: Effort | None = None) -> None:
        self.base, self.targets, self.effort = base, tuple(targets), effort or Effort()
        self.quantities = tuple(dict.fromkeys([*(one.what for one in targets), *quantities]))
        self._build, self._resolved = build, base.resolved()
        self._seen: dict[Any, _Seen] = {}
        self.pool_keys: tuple[str, ...] = ()
        self.judged: dict[Any, Judged] = {}
        how = how or How()
        self.seed = base.run.seed if how.seed is None else how.seed
        self._session: Session = importlib.import_module("sim.session").Session(
            seed=self.seed, jobs=how.jobs, engine=how.engine, store=how.store, fresh=how.fresh, executor=how.executor,
            progress=how.progress)

    def __enter__(self) -> Bench:
        self._session.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.__exit__(kind, error, trace)

    @property
    def points(self) -> list[Any]:
        """Points looked at so far, in the order in which they came."""
        return [point for point, seen in self._seen.items() if seen.rows]

    @property
    def replications(self) -> int:
        """Replications of all points together, so far."""
        return sum(len(seen.rows) for seen in self._seen.values())

    @property
    def reused(self) -> int:
        """Of these, how many were kept from before."""
        return int(self._session.reused)

    def aim(self, what: str) -> None:
        """Tell whoever follows the progress what is still wanted."""
        self._session.told.aim = what

    def possible(self, point: Any) -> bool:
        """Whether there is a scenario for a point: every place may need somebody in each shift."""
        try:
            self._of(point)
        except ScenarioError:
            return False
        return True

    def scenario(self, point: Any) -> Scenario:
        """The scenario of a point."""
        return self._of(point).scenario

    def observe(self, points: Sequence[Any], n: int) -> None:
        """See to it that each of these points has n replications; what is missing is run, all of it at once."""
        asked: list[tuple[Task, _Seen]] = []        # two points may be the same scenario, and so the same tasks
        for point in dict.fromkeys(points):
            seen = self._of(point)
            for replication in range(len(seen.rows), n):
                asked.append((self._session.task(seen.scenario, replication), seen))
        if not asked:
            return
        first = 0 if self.pool_keys else 1      # the very first alone: it shows whether what is asked for can be measured
        for part in (asked[:first], asked[first:]):
            records = self._session.run([task for task, _seen in part]) if part else {}
            for task, seen in part:
                self._take_in(seen, records[task.key])

    def values(self, point: Any, what: Quantity, n: int | None = None, start: int = 0) -> np.ndarray:
        """Values of replications `start` to `start + n - 1` of a point, which must have been observed."""
        rows = self._of(point).rows
        column = self.quantities.index(what)
        return np.array([row[column] for row in rows[start:None if n is None else start + n]], float)

    def sample(self, points: Sequence[Any], what: Quantity, n: int, start: int) -> np.ndarray:
        """Values of replications `start` to `start + n - 1` of several points, run where they are missing; shape (points, n).

        Raises
        ------
        StaffingError
            The measure has no finite value in some replication, so that nothing can be compared.
        """
        self.observe(points, start + n)
        found = np.array([self.values(point, what, n, start) for point in points])
        if not np.isfinite(found).all():
            raise StaffingError(_("{measure} has no value in some replications, so staffings cannot be ranked by it; a longer "
                                  "run.horizon may help.").format(measure=what.title))
        return found

    def judge(self, point: Any, error: float, start: int = 0) -> Judged:
        """Run a point until it is clear whether it meets all targets, or the most replications are used up (逐步判定).

        All targets must be shown to be met, each with the whole error: a claim that needs every one of several true errs no more
        often than the weakest of them.  That one is missed is claimed with the error divided among the targets.

        Parameters
        ----------
        point : hashable
        error : float
            Chance of a wrong verdict, over all looks together.
        start : int
            The first replication that counts.
        """
        looks = self.effort.looks
        found = Judged(point, UNDECIDED, (), 0, error)
        for n, share in zip(looks, spread_level(error, len(looks)), strict=True):
            self.observe([point], start + n)
            columns = [self.values(point, one.what, n, start) for one in self.targets]
            said = tuple(shown(one, values, share) for one, values in zip(self.targets, columns, strict=True))
            strict = [shown(one, values, share / len(columns)) for one, values in zip(self.targets, columns, strict=True)]
            missed = any(one.verdict == MISSED for one in strict)
            verdict = MISSED if missed else MET if all(one.verdict == MET for one in said) else UNDECIDED
            found = Judged(point, verdict, said, n, error)
            if verdict != UNDECIDED:
                break
        self.judged[point] = found
        return found

    def slack(self, point: Any, n: int | None = None) -> float:
        """How far a point is from missing its targets: the least margin, in standard errors of its mean; an estimate."""
        least = np.inf
        for one in self.targets:
            margins = one.margins(self.values(point, one.what, n))
            margins = margins[~np.isnan(margins)]
            if not len(margins) or not np.isfinite(margins).all():
                least = min(least, 0.0 if not len(margins) else -np.inf if margins.min() == -np.inf else np.inf)
                continue
            spread = margins.std(ddof=1) / np.sqrt(len(margins)) if len(margins) > 1 else 0.0
            least = min(least, float(margins.mean() / max(spread, 1e-12 * (1 + abs(one.value)))))
        return float(least)

    def pools(self, point: Any) -> pd.DataFrame:
        """What each pool had to do at a point, over its replications: pool, heads, utilisation, wait_mean (s), waiting, ...

        `waiting` is the mean number of jobs waiting, `load` the share of their time that its members were busy, times the members,
        `margin` what they are more than this load, in roots of it (`sim.queueing.square_root_staffing`).
        """
        seen = self._of(point)
        assert seen.pools is not None
        assert seen.heads is not None
        count = dict(zip(POOL_COUNTS, seen.pools.T.astype(float), strict=True))
        with np.errstate(divide="ignore", invalid="ignore"):
            busy = count["busy_seconds"] / count["rostered_seconds"]
            load = busy * seen.heads
            return pd.DataFrame({
                "pool": self.pool_keys, "heads": seen.heads, "utilisation": busy,
                "wait_mean": count["wait_seconds"] / count["started"],
                "waiting": count["waiting_area"] / (seen.scenario.run.horizon * len(seen.rows)),
                "abandoned": count["abandoned"] / count["joined"], "load": load, "margin": (seen.heads - load) / np.sqrt(load)})

    def loads(self, point: Any) -> list[PoolLoad]:
        """The same for the queueing formulas; pools with members without number are left out."""
        return [PoolLoad(str(row.pool), int(row.heads), float(row.load), float(row.wait_mean))
                for row in self.pools(point).itertuples() if row.load == row.load]

    def _of(self, point: Any) -> _Seen:
        if point not in self._seen:
            from sim.scenario import from_dict

            self._seen[point] = _Seen(from_dict(self._resolved, self._build(point)))
        return self._seen[point]

    def _take_in(self, seen: _Seen, record: Record) -> None:
        outcome: Outcome = importlib.import_module("sim.outcome").Outcome.from_bytes(record.outcome)
        seen.rows.append(tuple(one.value(outcome) for one in self.quantities))
        columns = [outcome.axes["pool_count"].index(label) for label in POOL_COUNTS]
        counts = outcome.arrays["pools"][:, columns]
        seen.pools = counts if seen.pools is None else seen.pools + counts
        seen.heads = outcome.arrays["heads"]
        self.pool_keys = tuple(outcome.axes["pool"])
