"""Many scenarios on the same luck, measured and forgotten: what sweeps and sensitivity analyses are made of (成批仿真).

A finished replication is kept in the store and reduced to its measures at once, so a thousand scenarios need little memory.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.base import Fault, ScenarioError
from sim.i18n import _
from sim.nearest import closest
from sim.precision import LEAST, MOST, OPTION, Growing, Judge, Judgement, Target, read_targets
from sim.results import ALL, RunFacts
from sim.scenario import Scenario
from sim.session import Session
from sim.store import Record
from sim.workers import Task

__all__ = ["HEADLINES", "Cells", "OfTaken", "Row", "Taken", "chosen", "headlines", "measured", "take", "unknown_measures"]

HEADLINES = ("on_time_closing_rate", "true_resolution_rate", "time_to_resolution_p50", "harm", "satisfaction", "utilisation",
             "sojourn_mean", "wait_mean")
"""Measures that are drawn where none are named, as far as a scenario has them."""


class Row(NamedTuple):
    """What one row of values is: a measure of a group, in its unit."""

    measure: str
    group: str
    unit: str


@dataclass(frozen=True, eq=False)
class Cells:
    """Scenarios at all points of a sweep or a sensitivity analysis, point by point (各点方案).

    Attributes
    ----------
    scenarios : tuple of Scenario
    names : tuple of str
        What each is called while it runs.
    sides : tuple of str
        Names of the scenarios at any one point.
    against : tuple of int
        For each the one that it is compared with; itself where it is a base.
    """

    scenarios: tuple[Scenario, ...]
    names: tuple[str, ...]
    sides: tuple[str, ...]
    against: tuple[int, ...]

    def judge(self, words: str | Sequence[str], one: Scenario, replications: int, at_most: int = MOST) -> Judge | None:
        """Who says how many replications are enough, at all points alike; None where no precision is asked for.

        Parameters
        ----------
        words : str or sequence of str
            As for `sim.precision.read_targets`; a target of a scenario is one of it at every point.
        one : Scenario
            Any of them.
        replications, at_most : int
            The fewest and the most.

        Raises
        ------
        ScenarioError
            With all faults at once.
        """
        if not words:
            return None
        found: list[Target] = []
        faults: list[Fault] = []
        for asked in read_targets(words, self.sides, "city" if one.bare is None else "bare", swept=True):
            cells = [place for place, name in enumerate(self.names) if asked.side in (None, self.sides[place % len(self.sides)])
                     and (self.against[place] != place or not asked.difference)]
            found += [replace(asked, side=self.names[place]) for place in cells] if asked.side else [asked] * bool(cells)
            if not cells:
                faults.append(Fault(OPTION, 0, "", None, _("{target}: nothing is compared with another here").format(target=asked)))
        if faults:
            raise ScenarioError(faults)
        least = max(LEAST, replications)
        return Judge(found, self.names, least=least, most=max(least, at_most), bases=self.against)


@dataclass(frozen=True, eq=False)
class Taken:
    """Measures of many scenarios (批量指标).

    Attributes
    ----------
    rows : tuple of Row
        In the order of a report.
    array : ndarray of float, shape (scenarios, rows, replications)
        NaN where a scenario lacks the measure.
    facts : RunFacts
        How they came about.
    precision : Judgement or None
        How the precision that was asked for was reached; None where none was.
    """

    rows: tuple[Row, ...]
    array: np.ndarray
    facts: RunFacts
    precision: Judgement | None = None

    def of(self, measure: str, group: str = ALL) -> np.ndarray:
        """One measure, shape (scenarios, replications)."""
        for number, row in enumerate(self.rows):
            if (row.measure, row.group) == (measure, group):
                return np.asarray(self.array[:, number, :])
        raise ValueError(f"no measure {measure!r} of {group!r} was taken")

    def tidy(self, labels: pd.DataFrame) -> pd.DataFrame:
        """A row a scenario, replication and measure; `labels` has a row a scenario, and its columns come last."""
        scenarios, rows, replications = self.array.shape
        which, row, number = (axis.ravel() for axis in np.indices((scenarios, rows, replications)))
        order = np.lexsort((row, number, which))
        which, row, number = which[order], row[order], number[order]
        found = pd.DataFrame({
            "scenario": labels["scenario"].to_numpy()[which], "replication": number,
            **{name: np.array([getattr(one, name) for one in self.rows], object)[row] for name in ("measure", "group")},
            "value": self.array[which, row, number], "unit": np.array([one.unit for one in self.rows], object)[row],
            **{name: labels[name].to_numpy()[which] for name in labels.columns if name != "scenario"}})
        return found[found["value"].notna() | found["group"].eq(ALL)].reset_index(drop=True)


class OfTaken:
    """What is made of measures that were taken, and says how these came about."""

    taken: Taken

    @property
    def facts(self) -> RunFacts:
        """How the results came about."""
        return self.taken.facts

    @property
    def precision(self) -> Judgement | None:
        """How the precision that was asked for was reached; None where none was."""
        return self.taken.precision


def chosen(scenario: Scenario) -> list[str]:
    """Every measure that this kind of scenario has, in the order of a report.

    Examples
    --------
    >>> from sim.scenario import load
    >>> "wait_mean" in chosen(load("theory/mm1")), "harm" in chosen(load("theory/mm1"))
    (True, False)
    """
    kind = "city" if scenario.city is not None else "bare"
    return [key for key, measure in importlib.import_module("sim.measures").MEASURES.items() if kind in measure.kinds]


def headlines(measures: Sequence[str]) -> list[str]:
    """Of measures those that are drawn where none are named; the first where none of them is known.

    Examples
    --------
    >>> headlines(["wait_mean", "harm", "pay"])
    ['harm', 'wait_mean']
    """
    return [key for key in HEADLINES if key in measures] or list(measures[:1])


def unknown_measures(measures: Sequence[str], scenarios: Sequence[Scenario]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Those names that are no measures of all scenarios: name, what is wrong, nearest names.

    Examples
    --------
    >>> from sim.scenario import load
    >>> unknown_measures(["wait_maen"], [load("theory/mm1")])[0][2]
    ('wait_mean',)
    """
    known = [chosen(scenario) for scenario in scenarios]
    shared = [key for key in known[0] if all(key in keys for keys in known)] if known else []
    return [(name, _("there is no such measure of these scenarios; `nine-dragons list measures` shows all"),
             closest(name, shared, 3)) for name in measures if known and name not in shared]


def take(scenarios: Sequence[Scenario], names: Sequence[str], *, seed: int, replications: int,
         measures: Sequence[str] | None = None, groups: bool = False, judge: Judge | None = None, **how: Any) -> Taken:
    """Run all scenarios over the same replications and keep their measures.

    Parameters
    ----------
    scenarios : sequence of Scenario
        Equal ones are run once.
    names : sequence of str
        What each is called while it runs.
    seed : int, ≥ 0
    replications : int, ≥ 1
    measures : sequence of str, optional
        Keys; all where they are left out.
    groups : bool
        Also by category, place and pool.
    judge : Judge, optional
        Of the same names: it says in place of `replications` how many are run.
    **how
        As for `sim.experiment.run`: jobs, engine, store, fresh, executor, progress.

    Examples
    --------
    >>> from sim.scenario import load
    >>> queue = load("theory/mm1", ["run.warm_up=1 day", "run.horizon=2 days", "run.run_out=1 day"])
    >>> take([queue], ["queue"], seed=1, replications=2, jobs=1, store=":memory:", measures=["wait_mean"]).array.shape
    (1, 1, 2)
    """
    with Session(seed=seed, **how) as session:
        if judge is None:
            found, judgement = _fixed(session, scenarios, names, replications, measures, groups), None
        else:
            found, judgement = _judged(session, dict(zip(names, scenarios, strict=True)), judge, measures, groups)
        number = replications if judgement is None else judgement.n
        facts = session.facts(number)
    rows = _ordered([found[place, replication] for place in range(len(scenarios)) for replication in range(number)])
    values = np.full((len(scenarios), len(rows), number), np.nan)
    column = {row: at for at, row in enumerate(rows)}
    for place in range(len(scenarios)):
        for replication in range(number):
            for row, value in found[place, replication].items():
                values[place, column[row], replication] = value
    return Taken(rows, values, facts, judgement)


Found = dict[tuple[int, int], dict[Row, float]]
"""Measures by place of the scenario and number of the replication."""


def _fixed(session: Session, scenarios: Sequence[Scenario], names: Sequence[str], replications: int,
           measures: Sequence[str] | None, groups: bool) -> Found:
    found: dict[Any, dict[Row, float]] = {}

    def finished(task: Task, record: Record) -> None:
        found[task.key] = measured(record, measures, groups)

    tasks = [[session.task(scenario, number, name) for number in range(replications)]
             for scenario, name in zip(scenarios, names, strict=True)]
    session.run([task for of_one in tasks for task in of_one], finished, keep=False)
    return {(place, number): found[task.key] for place, of_one in enumerate(tasks) for number, task in enumerate(of_one)}


def _judged(session: Session, sides: Mapping[str, Scenario], judge: Judge, measures: Sequence[str] | None,
            groups: bool) -> tuple[Found, Judgement]:
    def told(judgement: Judgement) -> None:
        session.told.aim = "" if judgement.done else judgement.worst

    growing = Growing(session, sides, judge, told, lambda record: measured(record, measures, groups))
    return growing.held, growing.run()


def _ordered(every: Sequence[Mapping[Row, float]]) -> tuple[Row, ...]:
    """All rows, measures in the order of a report and groups in that of their first appearance."""
    rows = dict.fromkeys(row for found in every for row in found)
    known = {key: number for number, key in enumerate(importlib.import_module("sim.measures").MEASURES)}
    return tuple(sorted(rows, key=lambda row: known[row.measure]))


def measured(record: Record, measures: Sequence[str] | None, groups: bool = False) -> dict[Row, float]:
    """Measures of one finished replication (单次指标).

    Parameters
    ----------
    record : Record
    measures : sequence of str or None
        Keys; None is all.
    groups : bool
        Also by category, place and pool.
    """
    outcome = importlib.import_module("sim.outcome").Outcome.from_bytes(record.outcome)
    made = importlib.import_module("sim.measures")
    if groups:
        return {Row(key, group, unit): value for key, group, value, unit in made.table(outcome)
                if measures is None or key in measures}
    if measures is None:
        return {Row(key, ALL, made.MEASURES[key].unit): value for key, value in made.values(outcome).items()}
    view = made.View(outcome)
    return {Row(key, ALL, made.MEASURES[key].unit): float(made.MEASURES[key].function(view)) for key in measures
            if outcome.facts["kind"] in made.MEASURES[key].kinds}
