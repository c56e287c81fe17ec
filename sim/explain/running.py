"""Runs the mixtures of an explanation, until the shares are narrow enough where that is asked for (归因运行)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.cells import Row, measured
from sim.explain.answer import Explanation
from sim.explain.game import Game
from sim.explain.plan import PAIRS, Plan, planned
from sim.explain.widths import Judgement, judged
from sim.precision import LEAST, LOOK_AHEAD, MOST
from sim.results import ALL
from sim.session import Session

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.store import Key, Record
    from sim.workers import Task

__all__ = ["explain", "run"]

Worth = dict[int, np.ndarray]
"""Values of all measures by mixture, of one replication."""


def explain(base: Scenario | str | Path, other: Scenario | str | Path, *, measures: Sequence[str] | None = None,
            within: Sequence[str] = (), everything: bool = False, method: str = "auto", orders: int = PAIRS, order_seed: int = 1,
            fixed: dict[str, Any] | None = None, replications: int | None = None, seed: int | None = None, runs: int | None = None,
            precision: str | Sequence[str] = (), at_most: int = MOST, **how: Any) -> Explanation:
    """How much of the difference between two organisations each mechanism brings (差异归因).

    Parameters
    ----------
    base, other : Scenario, or path
        Of one city: the same issues.  Shares are of `other` minus `base`.
    measures : sequence of str, optional
        Keys; some headlines where they are left out.
    within : sequence of str
        Groups whose mechanisms get shares of their own: "people", "information", "authority", "oversight", "prevention".
    everything : bool
        All groups are looked into.
    method : str
        "exact" (all mixtures), "orders" (sampled orders), or "auto": all mixtures if they are at most twice as many.
    orders : int, ≥ 1
        Pairs of opposite orders in each replication, where orders are sampled.
    order_seed : int, ≥ 0
        Seed of the orders.
    fixed : dict, optional
        Path to value of settings that hold on both sides.
    replications, seed : int, optional
        By default those of `base`.
    runs : int, optional
        Runs at most, of all mixtures together: as many replications as they are enough for.
    precision : str or sequence of str
        "MEASURE=WIDTH": replications are added until the half-width of every share is at most WIDTH, in the measure's unit or as a
        share of the whole difference ("5%").
    at_most : int
        Replications at which that is given up.
    **how
        As for `sim.experiment.run`: jobs, engine, store, fresh, executor, progress.

    Returns
    -------
    Explanation
        Its tables are pandas DataFrames: `.shares`, `.ends`, `.interactions`, `.summary`, `.measures`.

    Raises
    ------
    ScenarioError
        With all faults at once, before anything runs.

    Examples
    --------
    >>> short = {"run.warm_up": "0 s", "run.horizon": "1 day", "run.run_out": "0 s"}
    >>> found = explain("small/fragmented", "small/integrated", measures=["harm"], fixed=short, replications=1, jobs=1, engine="simpy",
    ...                 store=":memory:")
    >>> list(found.shares["group"]), bool(abs(found.shares["share"].sum() - found.summary["difference"][0]) < 1e-12)
    (['people', 'information', 'authority', 'oversight'], True)
    """
    plan = planned(base, other, measures=measures, within=within, everything=everything, method=method, orders=orders,
                   order_seed=order_seed, fixed=fixed, replications=replications, seed=seed, runs=runs, precision=precision)
    return run(plan, at_most=at_most, **how)


def run(plan: Plan, *, at_most: int = MOST, **how: Any) -> Explanation:
    """Run a plan; parameters as those of `explain`."""
    with Session(seed=plan.seed, **how) as session:
        taking = _Taking(session, plan)
        if not plan.targets:
            number = plan.replications if plan.budget is None else plan.within(plan.budget, MOST_BY_BUDGET)
            taking.up_to(number)
            judgement = None
        else:
            least = max(LEAST, plan.replications if plan.budget is None else 0)
            most = max(least, at_most)
            if plan.budget is not None:
                most = max(2, plan.within(plan.budget, most))
            judgement = taking.until_narrow(min(least, most), most)
            number = judgement.n
        return Explanation(plan, tuple(taking.worth(replication) for replication in range(number)), session.facts(number), judgement)


MOST_BY_BUDGET = 100_000
"""Replications at most that a budget of runs may come to."""


class _Taking:
    """Runs mixtures and holds what they come to."""

    def __init__(self, session: Session, plan: Plan) -> None:
        self.session, self.plan = session, plan
        known = importlib.import_module("sim.measures").MEASURES
        self.rows = [Row(key, ALL, known[key].unit) for key in plan.measures]
        self.held: dict[tuple[int, int], np.ndarray] = {}
        self.who: dict[Key, list[tuple[int, int]]] = {}

    def up_to(self, replications: int) -> None:
        """Have all mixtures of the first so many replications; mixture by mixture, so that tables of one are made once."""
        wanted = sorted({(coalition, number) for number in range(replications) for coalition in self.plan.coalitions(number)})
        tasks = []
        made: Game = self.plan.game
        for coalition, number in wanted:
            if (coalition, number) not in self.held:
                task = self.session.task(made.scenario(coalition), number, made.label(coalition))
                self.who.setdefault(task.key, []).append((coalition, number))
                tasks.append(task)
        self.session.run(tasks, self.finished, keep=False)

    def finished(self, task: Task, record: Record) -> None:
        """Take in what came back."""
        found = measured(record, self.plan.measures)
        values = np.array([found.get(row, np.nan) for row in self.rows])
        for who in self.who[task.key]:
            self.held[who] = values

    def worth(self, replication: int) -> Worth:
        """What every mixture of a replication came to."""
        return {coalition: self.held[coalition, replication] for coalition in self.plan.coalitions(replication)}

    def until_narrow(self, least: int, most: int) -> Judgement:
        """Add replications until every share is narrow enough, or as many are there as are allowed."""
        number = min(most, least + LOOK_AHEAD)
        while True:
            self.up_to(number)
            found = Explanation(self.plan, tuple(self.worth(replication) for replication in range(number)),
                                self.session.facts(number), None)
            judgement = judged(found, self.plan.targets, least, most)
            self.session.told.aim = "" if judgement.done else judgement.worst
            if judgement.done:
                return judgement
            number = judgement.ask
