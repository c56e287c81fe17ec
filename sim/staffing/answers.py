"""Answers to the staffing questions: tables, sentences, charts (人员配置结果)."""

from __future__ import annotations

import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from sim.i18n import _, joined, ngettext
from sim.measures import plain
from sim.staffing.pools import Lever, titles_of
from sim.staffing.pools import changed as with_changes
from sim.staffing.precise import NOTHING, Precise, Wanted
from sim.staffing.precise import told as how_precise
from sim.staffing.targets import MET, MISSED, UNDECIDED, Target, amount
from sim.statistics import mean_interval

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.selection import Selection
    from sim.staffing.bench import Bench, Judged
    from sim.staffing.search import Found

__all__ = ["Answer", "Facts", "StaffingAnswer", "bottleneck", "curve_of", "money", "people", "told"]

SHORT = 1.5
"""A pool with a larger margin over its load, in roots of it, is no bottleneck."""


@dataclass(frozen=True)
class Facts:
    """How an answer came about (运行情况): seed, points tried, replications of all of them, of these kept from before."""

    seed: int
    points: int
    replications: int
    reused: int

    @classmethod
    def of(cls, bench: Bench) -> Facts:
        """Of a bench, so far."""
        return cls(bench.seed, len(bench.points), bench.replications, bench.reused)


class Answer(ABC):
    """What all answers have: words, tables, a chart, and the scenario as it should be."""

    scenario: Scenario
    facts: Facts
    precision: Precise | None
    question: ClassVar[str]

    @property
    @abstractmethod
    def sentences(self) -> list[str]:
        """The answer in words, in the language in use."""

    @property
    @abstractmethod
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of the answer, by file name."""

    @property
    @abstractmethod
    def changes(self) -> dict[str, Any]:
        """The settings that make the scenario so, by dotted path; none where nothing was found."""

    @property
    def changed(self) -> Scenario:
        """The scenario as it should be (调整后的方案); as it was where nothing was found."""
        return with_changes(self.scenario, self.changes) if self.changes else self.scenario

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON can say it: question, scenario, sentences, changes, seed, ..., and the tables as lists of rows."""
        rows = {name: [{key: plain(value) if isinstance(value, float) else value for key, value in row.items()}
                       for row in table.to_dict("records")] for name, table in self.tables.items()}
        return {"question": self.question, "scenario": self.scenario.name, "sentences": self.sentences, "changes": self.changes,
                **asdict(self.facts), **({"precision": self.precision.as_dict()} if self.precision else {}), **rows}

    def plot(self, **options: Any) -> Any:
        """The chart of the answer; see `sim.charts.staffing`."""
        return importlib.import_module("sim.charts.staffing").plot(self, **options)

    def write(self, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
        """Write the result folder; see `sim.folder.write_answer`."""
        written: Path = importlib.import_module("sim.folder").write_answer(self, folder, charts, lang)
        return written

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        return str(next(iter(self.tables.values())).to_html())


@dataclass(frozen=True, eq=False)
class StaffingAnswer(Answer):
    """How many people (人员配置).

    Attributes
    ----------
    scenario : Scenario
        As it was given.
    levers : tuple of Lever
        The pools whose heads were moved.
    targets : tuple of Target
    heads : dict of str to int, or None
        The cheapest staffing that was shown to meet every target; None where none was.
    pay : float
        What it costs, or what the staffing that came nearest costs: all pay of the scenario, CNY a year; heads in a bare system.
    verdict : str
        `MET`; `MISSED`: even the largest staffing (or the best one found) was shown to miss; `UNDECIDED`: neither was shown.
    best : Judged
        The staffing named, or the one that came nearest, as it was judged.
    below : Judged or None
        The next cheaper staffing that was judged: with one pool, the next fewer heads.
    monotone : bool
        Whether more heads never did clearly worse.
    budget : float or None
    choice : Selection or None
        How it was chosen among equally cheap ones.
    curve : DataFrame
        Pay against service: a row for each staffing looked at and each target; heads of each pool, `pay`, `measure`, `group`,
        `target`, `mean, low, high` (95%, over `n` replications), `unit`, `verdict` ("" where it was not judged), `efficient` (no
        cheaper one is as good), `chosen`.
    pools : DataFrame
        What each pool had to do with the staffing named (or that came nearest), tightest first: `pool, heads, utilisation,
        wait_mean` (s), `waiting` (jobs on average), `abandoned` (share), `margin` (heads beyond the load, in roots of it),
        `moved_by` (the pool or post that staffs it, "" where it was not moved).
    facts : Facts
    asked : Wanted
        The precision that was asked for.
    precision : Precise or None
        How precisely the staffing named is known; None where that was not asked for.
    """

    scenario: Scenario
    levers: tuple[Lever, ...]
    targets: tuple[Target, ...]
    heads: dict[str, int] | None
    pay: float
    pay_now: float
    verdict: str
    best: Judged
    below: Judged | None
    monotone: bool
    budget: float | None
    choice: Selection | None
    tests: tuple[Judged, ...]
    curve: pd.DataFrame
    pools: pd.DataFrame
    facts: Facts
    asked: Wanted = NOTHING
    precision: Precise | None = None
    question: ClassVar[str] = "staff"

    @classmethod
    def of(cls, bench: Bench, found: Found, levers: Sequence[Lever], pay: Callable[[Any], float], budget: float | None,
           monotone: bool, choice: Selection | None, asked: Wanted, unseen: int) -> StaffingAnswer:
        """From what a search found; more replications, from the `unseen`-th on, for what is asked to be known precisely."""
        best = bench.judged[found.best] if found.best is not None else max(
            found.tests, key=lambda test: (test.verdict != MISSED, bench.slack(test.point)))
        precise = asked.reached(bench, (best.point, people(levers, best.point)),
                                (found.below.point, people(levers, found.below.point)) if found.below else None, unseen)
        names = [one.name for one in levers]
        curve = curve_of(bench, lambda point: dict(zip(names, point, strict=True)), pay)
        curve["chosen"] = [tuple(row) == found.best for row in curve[names].itertuples(index=False)]
        heads = None if found.best is None else {one.name: int(n) for one, n in zip(levers, found.best, strict=True)}
        return cls(bench.base, tuple(levers), bench.targets, heads, pay(best.point), pay([one.now for one in levers]),
                   MET if heads else best.verdict, best, found.below, monotone, budget, choice, found.tests, curve,
                   bottleneck(bench, best.point, levers), Facts.of(bench), asked, precise)

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Every staffing that was judged: heads of each pool, `target, mean, bound` (one-sided, 95% over all), `n, verdict`."""
        rows = [{**dict(zip([one.name for one in self.levers], test.point, strict=True)), "target": goal.text, "mean": shown.mean,
                 "bound": shown.bound, "unit": goal.what.unit, "n": shown.n, "verdict": test.verdict}
                for test in self.tests for goal, shown in zip(self.targets, test.shown, strict=True)]
        return pd.DataFrame(rows)

    @property
    def sentences(self) -> list[str]:
        """The answer in words, in the language in use."""
        said = [self._found()] if self.heads is not None else self._not_found()
        if self.below is not None:
            said.append(self._one_fewer(self.below))
        if not self.monotone:
            said.append(_("More heads did not always do better here, so every number was judged by itself, from the fewest up."))
        said.append(told(self.pools, self.heads is not None, titles_of(self.scenario)))
        said += how_precise(self.precision, self.asked, _("No difference can be shown: no cheaper staffing was judged."))
        return [*said, self.guarantee]

    @property
    def guarantee(self) -> str:
        """What is certain about the answer, and how certain, in the language in use."""
        said = [_("If this says that the targets are met, the chance that one of them is missed is at most 5%, counting every "
                  "staffing that was judged and every look at the replications.")]
        if len(self.levers) > 1:
            said.append(_("The staffings judged were the cheapest of {points} that a search tried; they were judged on "
                          "replications that the search had not seen. That nothing cheaper would do is not proved.").format(
                              points=self.facts.points))
        if self.choice is not None:
            said.append(_("Of those that cost the same it is, with a chance of at least 95%, the one with the best {measure}, or "
                          "within {zone} of it.").format(measure=self.targets[0].what.title,
                                                         zone=amount(self.choice.zone, self.targets[0].what.unit))
                        if self.choice.decided else _("Which of those that cost the same is best was not decided."))
        return joined(said)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """`judged`, `curve` and `pools`."""
        return {"judged": self.judged, "curve": self.curve, "pools": self.pools}

    @property
    def changes(self) -> dict[str, Any]:
        """Heads by path."""
        return {one.path: self.heads[one.name] for one in self.levers} if self.heads else {}

    def _people(self, point: Sequence[int]) -> str:
        return people(self.levers, point)

    def _found(self) -> str:
        cost = money(self.pay, self.scenario)
        said = _("The cheapest staffing that meets every target with 95% confidence: {people} ({cost}).").format(
            people=self._people(self.best.point), cost=cost)
        change = self.pay - self.pay_now
        than = (_("As much as the scenario has now.") if abs(change) < 0.5 else
                _("{amount} more than the scenario has now.") if change > 0 else _("{amount} less than the scenario has now."))
        return joined([said, than.format(amount=money(abs(change), self.scenario)), self._reached(self.best)])

    def _reached(self, test: Judged) -> str:
        return joined([_("{target}: {mean} on average, {bound} at worst ({n} replications).").format(
            target=goal.text, mean=amount(one.mean, goal.what.unit), bound=amount(one.bound, goal.what.unit), n=one.n)
            for goal, one in zip(self.targets, test.shown, strict=True)])

    def _not_found(self) -> list[str]:
        people = self._people(self.best.point)
        largest = self.best.point == tuple(max(one.values) for one in self.levers)
        if self.verdict == UNDECIDED:
            return [_("No staffing could be shown to meet every target: with {people} it was not decided after {n} "
                      "replications.").format(people=people, n=self.best.n), self._reached(self.best)]
        head = _("No staffing in the ranges reaches the targets: even the largest, {people}, misses.") if largest else (
            _("No staffing within the budget was found that reaches the targets; {people} comes nearest, and misses.")
            if self.budget is not None else
            _("No staffing in the ranges was found that reaches the targets; {people} comes nearest, and misses."))
        missed = [_("{target}: {mean} on average.").format(target=goal.text, mean=amount(one.mean, goal.what.unit))
                  for goal, one in zip(self.targets, self.best.shown, strict=True)]
        return [head.format(people=people), *missed]

    def _one_fewer(self, below: Judged) -> str:
        people = self._people(below.point)
        if below.verdict == MISSED:
            return _("The next cheaper that was judged, {people}, misses a target.").format(people=people)
        return _("Whether the next cheaper that was judged, {people}, would do was not decided after {n} replications.").format(
            people=people, n=below.n)


def people(levers: Sequence[Lever], point: Sequence[int]) -> str:
    """A staffing in words, in the language in use."""
    return ", ".join(_("{pool} {heads}").format(pool=one.title, heads=heads) for one, heads in zip(levers, point, strict=True))


def curve_of(bench: Bench, label: Callable[[Any], dict[str, Any]], cost: Callable[[Any], float]) -> pd.DataFrame:
    """A row for each point looked at and each target, by what it costs; `label` gives a point's own columns."""
    points = sorted(bench.points, key=lambda point: (cost(point), point))
    means = {point: [mean_interval(goal.margins(bench.values(point, goal.what))).mean for goal in bench.targets] for point in points}
    rows = []
    for point in points:
        mine = (-cost(point), *means[point])
        others = [(-cost(other), *means[other]) for other in points]
        beaten = any(other != mine and all(one >= two for one, two in zip(other, mine, strict=True)) for other in others)
        for goal in bench.targets:
            found = mean_interval(bench.values(point, goal.what))
            rows.append({**label(point), "pay": cost(point), "measure": goal.what.key,
                         "group": goal.what.group or "all", "target": goal.value, "mean": found.mean, "low": found.low,
                         "high": found.high, "n": found.n, "unit": goal.what.unit,
                         "verdict": bench.judged[point].verdict if point in bench.judged else "", "efficient": not beaten})
    return pd.DataFrame(rows)


def bottleneck(bench: Bench, point: Any, levers: Sequence[Lever]) -> pd.DataFrame:
    """Pools of a point, the one with the least margin over its load first."""
    table = bench.pools(point).drop(columns="load")
    table["moved_by"] = [next((one.name for one in levers if one.staffs(str(pool))), "") for pool in table["pool"]]
    return table.sort_values(["margin", "waiting"], ascending=[True, False], kind="stable", ignore_index=True)


def told(pools: pd.DataFrame, met: bool, titles: Mapping[str, str]) -> str:
    """Which pool is the bottleneck (瓶颈), in words, from a table as `StaffingAnswer.pools`.

    A pool is short of heads if they are less than its load and one and a half roots of it, so that more than 8% of its jobs
    would wait (`sim.queueing.delay_limit`): 1 member who is busy for 25% of the time, 10 who are busy for 62%, or 100 for 86%.

    Parameters
    ----------
    pools : DataFrame
    met : bool
        Whether the targets are met: then this is no more than the tightest pool.
    titles : mapping
        What pools are called, by key.
    """
    tightest = pools.iloc[0]
    facts = {"pool": titles.get(tightest["pool"], tightest["pool"]), "share": np.nan_to_num(tightest["utilisation"]),
             "wait": amount(float(tightest["wait_mean"]), "s")}
    if met:
        return _("The tightest pool is then {pool}: busy for {share:.0%} of its hours, its jobs wait {wait} on average.").format(
            **facts)
    if not tightest["margin"] < SHORT:
        return _("No pool is short of heads, not even {pool} with {share:.0%} of its hours busy: it is not heads that hold the "
                 "targets back.").format(**facts)
    said = _("The bottleneck is {pool}: busy for {share:.0%} of its hours, its jobs wait {wait} on average.").format(**facts)
    return joined([said, _("Its heads were not among those that could be moved.")]) if not tightest["moved_by"] else said


def money(pay: float, scenario: Scenario) -> str:
    """Pay a year as a person writes it; heads in a bare system.

    Examples
    --------
    >>> from sim.scenario import load
    >>> money(5.0, load("theory/mmc"))
    '5 heads'
    """
    if scenario.bare is not None:
        return ngettext("{heads:.0f} head", "{heads:.0f} heads", round(pay)).format(heads=pay)
    return _("{pay:,.0f} CNY a year").format(pay=pay) if math.isfinite(pay) else "–"
