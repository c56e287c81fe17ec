"""What if?  Scenarios over many values of their settings, all on the same luck (参数扫描).

Every point is run with the same seed and replications, so any two of its cells (a scenario at a point) are paired: replication by
replication they share every issue.  Differences are from a base, a scenario at each point or a point of each scenario or one cell,
and all points of a measure are judged together (Holm), so that the chance of any false verdict about it stays within 5%.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import statistics
from sim.base import Fault, ScenarioError, Title
from sim.cells import Cells, OfTaken, Taken, take, unknown_measures
from sim.design import Axis, Point, axes_of, points, show
from sim.experiment import distinct
from sim.i18n import _
from sim.precision import MOST
from sim.scenario import Scenario
from sim.sweep_file import SCENARIO, Request, request
from sim.variants import Base, loaded, variants, whole_paths

__all__ = ["Plan", "Sweep", "plan", "planned", "sweep", "together"]


@dataclass(frozen=True)
class Plan:
    """A sweep that has been checked and can be run (扫描计划).

    Attributes
    ----------
    name : str
        For the folder.
    title : Title or None
        For the charts.
    bases : tuple of Base
        The scenarios that are varied.
    names : tuple of str
        What the tables call them.
    axes : tuple of Axis
        What is varied; of listed points, an axis a column.
    points : tuple of dict
        Value by path.
    cells : tuple of Scenario
        Point by point, base by base.
    against : tuple of int
        For each cell the cell it is compared with; itself where it is a base.
    design : str
    seed, replications : int
    measures : tuple of str or None
        Keys; None is all.
    groups : bool
    """

    name: str
    title: Title | None
    bases: tuple[Base, ...]
    names: tuple[str, ...]
    axes: tuple[Axis, ...]
    points: tuple[Point, ...]
    cells: tuple[Scenario, ...]
    against: tuple[int, ...]
    design: str
    seed: int
    replications: int
    measures: tuple[str, ...] | None
    groups: bool

    @property
    def runs(self) -> int:
        """Replications of all cells."""
        return len(self.cells) * self.replications

    @property
    def labels(self) -> pd.DataFrame:
        """A row a cell: scenario, point (from 1), and a column an axis."""
        rows = [{"scenario": name, "point": number, **point} for number, point in enumerate(self.points, 1) for name in self.names]
        return pd.DataFrame(rows, columns=["scenario", "point", *(one.path for one in self.axes)])

    def run(self, *, precision: str | Sequence[str] = (), at_most: int = MOST, **how: Any) -> Sweep:
        """Run it; parameters as those of `sim.experiment.run`: precision, at_most, jobs, engine, store, fresh, executor, progress."""
        names = [f"{name} {number}" for number in range(1, len(self.points) + 1) for name in self.names]
        cells = Cells(tuple(self.cells), tuple(names), tuple(self.names), tuple(self.against))
        judge = cells.judge(precision, self.bases[0].scenario, self.replications, at_most)
        return Sweep(self, take(self.cells, names, seed=self.seed, replications=self.replications, measures=self.measures,
                                groups=self.groups, judge=judge, **how))


def sweep(scenarios: Scenario | str | Path | Sequence[Scenario | str | Path], vary: Mapping[str, Any] | Sequence[str] = (),
          *, design: str = "grid", listed: Sequence[Point] = (), samples: int | None = None, sample_seed: int = 1,
          fixed: Mapping[str, Any] | None = None, base: str | Mapping[str, Any] | None = None,
          measures: Sequence[str] | None = None, groups: bool = False, replications: int | None = None, seed: int | None = None,
          **how: Any) -> Sweep:
    """Run scenarios over many values of their settings (参数扫描).

    Parameters
    ----------
    scenarios : Scenario, path, or several of them
        All are varied in the same way.
    vary : mapping of path to values, or sequence of "path=values"
        Values as a list, or as a text such as "10, 20, 30", "1..4", "10..60 min:10 min".
    design : str
        "grid" (every combination), "zip" (side by side), "latin_hypercube" or "sobol".
    listed : sequence of dict
        Points written out, value by path, in place of `vary`.
    samples, sample_seed : int
        Number of points of a sampled design, and its seed.
    fixed : mapping, optional
        Path to value of settings that hold at all points.
    base : str or mapping, optional
        What is compared with: a scenario's name, or coordinates such as {"scenario": "town", "staff.grid_workers.heads": 24}; what
        is not named stays as it is in the cell compared.  By default the first scenario, or with one scenario the first point.
    measures : sequence of str, optional
        Keys of measures; all where they are left out.
    groups : bool
        Also by category, place and pool.
    replications, seed : int, optional
        For all cells; by default those of the first scenario.
    **how
        As for `sim.experiment.run`: precision, at_most, jobs, engine, store, fresh, executor, progress.

    Returns
    -------
    Sweep
        Its tables are pandas DataFrames: `.points`, `.measures`, `.summary`, `.differences`.

    Raises
    ------
    ScenarioError
        With all faults of all points at once, before anything runs.

    Examples
    --------
    >>> short = {"run.warm_up": "1 day", "run.horizon": "3 days", "run.run_out": "1 day"}
    >>> found = sweep("theory/mm1", {"bare.pools.desk.heads": "1..2"}, fixed=short, measures=["wait_mean"], replications=2,
    ...               jobs=1, store=":memory:")
    >>> found.summary["bare.pools.desk.heads"].tolist(), found.differences["verdict"].tolist()
    ([1, 2], ['better'])
    """
    return planned(scenarios, vary, design=design, listed=listed, samples=samples, sample_seed=sample_seed, fixed=fixed, base=base,
                   measures=measures, groups=groups, replications=replications, seed=seed).run(**how)


def planned(scenarios: Scenario | str | Path | Sequence[Scenario | str | Path], vary: Mapping[str, Any] | Sequence[str] = (),
            *, design: str = "grid", listed: Sequence[Point] = (), samples: int | None = None, sample_seed: int = 1,
            fixed: Mapping[str, Any] | None = None, base: str | Mapping[str, Any] | None = None,
            measures: Sequence[str] | None = None, groups: bool = False, replications: int | None = None,
            seed: int | None = None) -> Plan:
    """The sweep of these parameters, which are those of `sweep`: checked, and not yet run."""
    faults: list[Fault] = []
    several = [scenarios] if isinstance(scenarios, Scenario | str | Path) else list(scenarios)
    asked = Request(several, dict(fixed or {}), axes_of(vary, faults), [dict(row) for row in listed], "list" if listed else design,
                    samples, sample_seed, replications, seed, None if measures is None else list(measures), groups,
                    {SCENARIO: base} if isinstance(base, str) else dict(base) if base else None)
    return plan(asked, faults)


def plan(asked: Request | str | Path, faults: Sequence[Fault] = ()) -> Plan:
    """A sweep, checked: every scenario at every point is made, and all faults are told at once.

    Parameters
    ----------
    asked : Request, or path of a sweep file
    faults : sequence of Fault
        Those that were found before.

    Raises
    ------
    ScenarioError
    """
    if not isinstance(asked, Request):
        asked = request(asked)
    wrong = list(faults)
    bases = loaded(asked.scenarios, asked.fixed, wrong, asked.folder)
    names = distinct([base.scenario.name for base in bases])
    axes = asked.axes
    if asked.rows:
        axes = [Axis(path, tuple(dict.fromkeys(row[path] for row in asked.rows if path in row)), None, asked.file or "--points",
                     asked.lines.get("points", 0)) for path in asked.rows[0]]
        found = asked.rows
    elif axes or not wrong:
        found = points(axes, asked.design, samples=asked.samples, seed=asked.sample_seed,
                       whole=whole_paths([one.path for one in axes]), faults=wrong)
    else:
        found = []
    for name, rule, near in unknown_measures(asked.measures or (), [base.scenario for base in bases]):
        wrong.append(asked.fault("measures", rule, name, near))
    cells = variants(bases, found, axes, wrong) if bases else []
    against = _against(asked, names, axes, found, wrong) if found and len(names) == len(asked.scenarios) else []
    if wrong:
        raise ScenarioError(wrong)
    run = bases[0].scenario.run
    return Plan(asked.name, asked.title, tuple(bases), tuple(names), tuple(axes),
                tuple(found), tuple(cell for row in cells for cell in row), tuple(against), asked.design,
                run.seed if asked.seed is None else asked.seed,
                run.replications if asked.replications is None else asked.replications,
                None if asked.measures is None else tuple(asked.measures), asked.groups)


def _against(asked: Request, names: Sequence[str], axes: Sequence[Axis], found: Sequence[Point], wrong: list[Fault]) -> list[int]:
    """For each cell the cell it is compared with."""
    said = asked.base
    if said is None:
        said = {SCENARIO: names[0]} if len(names) > 1 else dict(found[0])
    known = [SCENARIO, *(one.path for one in axes)]
    before = len(wrong)
    for key in [key for key in said if key not in known]:
        near = tuple(difflib.get_close_matches(key, known, 1, 0.5))
        wrong.append(asked.fault("base", _("{name} is not varied here").format(name=key), None, near))
    if SCENARIO in said and said[SCENARIO] not in names:
        near = tuple(difflib.get_close_matches(str(said[SCENARIO]), names, 1, 0.4))
        rule = _("no scenario of this sweep has that name; there are {names}").format(names=", ".join(names))
        wrong.append(asked.fault("base", rule, said[SCENARIO], near))
    places = {_key(point): number for number, point in reversed(list(enumerate(found)))}
    moved = {path: value for path, value in said.items() if path != SCENARIO}
    against = []
    for number, point in enumerate(found if len(wrong) == before else ()):
        there = places.get(_key({**point, **moved})) if moved else number
        if there is None:
            wrong.append(asked.fault("base", _("no point of this sweep is at {point}").format(point=show({**point, **moved})),
                                     show(moved)))
            break
        against += [there * len(names) + (names.index(said[SCENARIO]) if SCENARIO in said else which)
                    for which in range(len(names))]
    return against


def _key(point: Point) -> tuple[tuple[str, str], ...]:
    return tuple((path, repr(value)) for path, value in sorted(point.items()))


@dataclass(frozen=True, eq=False)
class Sweep(OfTaken):
    """The results of a sweep (扫描结果).

    Attributes
    ----------
    plan : Plan
        What was run.
    taken : Taken
        What was measured.
    """

    plan: Plan
    taken: Taken

    @cached_property
    def points(self) -> pd.DataFrame:
        """The points: point (from 1), and a column an axis with its values as written (试验点)."""
        return self.plan.labels.drop(columns="scenario").drop_duplicates("point").reset_index(drop=True)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure of every replication: scenario, replication, measure, group, value, unit, point, axes (指标明细)."""
        return self.taken.tidy(self.plan.labels)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Means with 95% intervals: scenario, measure, group, mean, low, high, n, unit, point, axes (指标汇总)."""
        found = statistics.mean_interval(self.taken.array)
        return self._table({"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}, range(len(self.plan.cells)),
                           ["mean", "low", "high", "n", "unit"])

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired differences of all cells from their base, with intervals and verdicts (配对差异).

        Columns: `scenario, base, base_point, measure, group, base_mean, mean, difference, low, high, n, p, unit, direction,
        verdict, point` and the axes.  Intervals and `p` hold together for all cells of a measure (Holm).
        """
        against = np.array(self.plan.against, int)
        cells = np.flatnonzero(against != np.arange(len(against)))
        array, mean = self.taken.array, statistics.mean_interval(self.taken.array).mean
        found, p = together(statistics.differences(array[against[cells]], array[cells]))
        known = importlib.import_module("sim.measures").MEASURES
        ways = np.array([int(known[row.measure].direction) for row in self.taken.rows])
        number, shape = len(self.plan.names), (len(cells), len(ways))
        columns = {"base": np.broadcast_to(np.array(self.plan.names, object)[against[cells] % number][:, None], shape),
                   "base_point": np.broadcast_to(against[cells][:, None] // number + 1, shape),
                   "base_mean": mean[against[cells]], "mean": mean[cells], "difference": found.mean, "low": found.low,
                   "high": found.high, "n": found.n, "p": p, "direction": np.broadcast_to(ways, shape),
                   "verdict": _verdicts(found, ways)}
        order = ["base_mean", "mean", "difference", "low", "high", "n", "p", "unit", "direction", "verdict"]
        table = self._table(columns, cells.tolist(), ["base", "base_point", *order])
        first = ["scenario", "base", "base_point", "measure", "group"]
        return table[first + [name for name in table.columns if name not in first]]

    def _table(self, columns: Mapping[str, Any], cells: Sequence[int], order: Sequence[str]) -> pd.DataFrame:
        """Columns of shape (cells, rows) as a tidy table without what was measured nowhere."""
        labels, rows = self.plan.labels.iloc[list(cells)], self.taken.rows
        made = pd.DataFrame({name: np.ravel(found) for name, found in columns.items()})
        made["measure"], made["group"], made["unit"] = ([getattr(row, name) for row in rows] * len(labels) for name in
                                                        ("measure", "group", "unit"))
        for name in labels.columns:
            made[name] = np.repeat(labels[name].to_numpy(), len(rows))
        axes = [name for name in labels.columns if name != "scenario"]
        made = made[["scenario", "measure", "group", *order, *axes]]
        return made[made["n"].gt(0) | made["group"].eq("all")].reset_index(drop=True)

    def plot(self, measure: str | None = None, *, lang: str | None = None) -> Any:
        """The chart of one measure, or those of the headlines by name: lines, a heat map or small multiples."""
        return importlib.import_module("sim.charts.sweep").plot(self, measure, lang=lang)

    def write(self, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
        """Write the result folder; see `sim.sweep_folder.write`."""
        written: Path = importlib.import_module("sim.sweep_folder").write(self, folder, charts, lang)
        return written

    def _repr_html_(self) -> str:
        return str(self.summary.to_html())


def together(gaps: np.ndarray) -> tuple[statistics.Interval, np.ndarray]:
    """Intervals of paired differences that hold together for all cells of a row, and Holm's adjusted probabilities.

    Parameters
    ----------
    gaps : ndarray of float, shape (cells, rows, replications)

    Examples
    --------
    >>> found, p = together(np.array([[[1.0, 1.1, 0.9]], [[0.1, -0.1, 0.3]]]))
    >>> (found.low > 0).tolist(), p.round(3).tolist()
    ([[True], [False]], [[0.007], [0.478]])
    """
    p = np.asarray(statistics.mean_interval(gaps).p)
    if not len(gaps):
        return statistics.mean_interval(gaps), p
    levels = np.moveaxis(statistics.holm_levels(np.moveaxis(p, 0, -1)), -1, 0)
    return statistics.mean_interval(gaps, levels), np.moveaxis(statistics.holm(np.moveaxis(p, 0, -1)), -1, 0)


def _verdicts(found: statistics.Interval, ways: np.ndarray) -> np.ndarray:
    """`sim.statistics.verdict` of a whole table."""
    clear, more = (found.low > 0) | (found.high < 0), found.mean > 0
    words = np.where(ways == 0, np.where(more, statistics.HIGHER, statistics.LOWER),
                     np.where(more == (ways > 0), statistics.BETTER, statistics.WORSE))
    return np.where(found.n == 1, statistics.ONE_REPLICATION, np.where(clear, words, statistics.NOT_DISTINGUISHABLE)).astype(object)
