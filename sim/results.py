"""What came out: tables of one scenario or of a comparison, and their result folder (结果).

All tables are tidy and begin with the columns `scenario, replication, measure, group, value, unit`, as far as they apply; `group`
is "all" or names a category, tier, pool, street or community.  They are made when they are first asked for.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sim import statistics
from sim.i18n import language
from sim.store import Record

if TYPE_CHECKING:
    from sim.outcome import Outcome
    from sim.precision import Judgement
    from sim.scenario import Scenario

__all__ = ["ALL", "Comparison", "Result", "RunFacts", "engines_of"]

ALL = "all"
"""Group of a measure of the whole scenario."""

YEAR = 365 * 86400      # s
INDEX = ["measure", "group", "unit"]


class RunFacts(NamedTuple):
    """How the results came about (运行情况).

    Attributes
    ----------
    seed, replications, jobs : int
        As they were used.
    started : str
        When, UTC, ISO 8601.
    seconds : float
        Wall time, s.
    reused, total : int
        Replications that were kept from before, of all; those of all sides count.
    model : str
        Hash of the model's sources.
    """

    seed: int
    replications: int
    jobs: int
    started: str
    seconds: float
    reused: int
    total: int
    model: str


@dataclass(frozen=True, eq=False)
class Result:
    """The replications of one scenario (单方案结果).

    Attributes
    ----------
    name : str
        The scenario's name, as the tables call it.
    scenario : Scenario
        What was run.
    records : tuple of Record
        Finished replications, from 0.
    facts : RunFacts
        How they came about.
    titled : bool
        Whether its title tells it from the results it stands beside; if not, its name stands for it.
    precision : Judgement or None
        How the precision that was asked for was reached; None where none was.
    """

    name: str
    scenario: Scenario
    records: tuple[Record, ...]
    facts: RunFacts
    titled: bool = True
    precision: Judgement | None = None

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What was counted, replication by replication."""
        read = importlib.import_module("sim.outcome").Outcome.from_bytes
        return tuple(read(record.outcome) for record in self.records)

    @property
    def title(self) -> str:
        """The scenario's title in the language in use; its name where it has none, or one that another side has too."""
        return titled(self.scenario.title, self.name) if self.titled else self.name

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure of every replication: scenario, replication, measure, group, value, unit (指标明细)."""
        table = importlib.import_module("sim.measures").table
        frames = [pd.DataFrame(list(table(outcome)), columns=["measure", "group", "value", "unit"]).assign(replication=number)
                  for number, outcome in enumerate(self.outcomes)]
        found = pd.concat(frames, ignore_index=True).assign(scenario=self.name)
        return found[["scenario", "replication", "measure", "group", "value", "unit"]]

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Mean over replications with its 95% interval: scenario, measure, group, mean, low, high, n, unit (指标汇总)."""
        wide = self.wide
        interval = statistics.mean_interval(wide.to_numpy(float))
        found = wide.index.to_frame(index=False).assign(
            scenario=self.name, mean=interval.mean, low=interval.low, high=interval.high, n=interval.n)
        return found[["scenario", "measure", "group", "mean", "low", "high", "n", "unit"]]

    @cached_property
    def wide(self) -> pd.DataFrame:
        """The measures with a column a replication; rows (measure, group, unit) in the order of the measures."""
        rows = self.measures.groupby(INDEX, sort=False, dropna=False).ngroup().to_numpy()
        values = np.full((rows.max(initial=-1) + 1, len(self.records)), np.nan)
        values[rows, self.measures["replication"].to_numpy()] = self.measures["value"].to_numpy(float)
        return pd.DataFrame(values, index=pd.MultiIndex.from_frame(self.measures[INDEX].drop_duplicates()))

    @cached_property
    def daily(self) -> pd.DataFrame:
        """Backlog and flows a day: scenario, replication, measure, group, value, unit, day (逐日).

        `backlog_latent`, `backlog_waiting` and `backlog_in_work` go by tier, and count at the last second of the day.
        """
        return pd.concat([_daily(outcome).assign(replication=number) for number, outcome in enumerate(self.outcomes)],
                         ignore_index=True).assign(scenario=self.name)[
                             ["scenario", "replication", "measure", "group", "value", "unit", "day"]]

    @property
    def heads(self) -> int:
        """Everyone who works in the scenario, in heads (人数)."""
        return int(self.outcomes[0].arrays["heads"].sum())

    @property
    def pay(self) -> float:
        """Pay of all of them in the measured period, CNY (薪酬)."""
        return int(self.outcomes[0].arrays["pay"].sum()) / 1e6

    def plot(self, chart: str | None = None, **options: Any) -> Any:
        """A chart, or all of them by name; see `sim.charts`."""
        return importlib.import_module("sim.charts").plot([self], chart, **options)

    def write(self, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
        """Write the result folder; see `sim.folder.write`."""
        written: Path = importlib.import_module("sim.folder").write(self, folder, charts, lang)
        return written

    @property
    def results(self) -> tuple[Result, ...]:
        """Itself alone: what a comparison has several of."""
        return (self,)

    def _repr_html_(self) -> str:
        return str(self.summary.to_html())


class Comparison:
    """Several scenarios on the same luck; all others are compared with the first (对比结果).

    Parameters
    ----------
    results : sequence of Result, two or more
        With the same replications; the first is the base.

    Attributes
    ----------
    results : tuple of Result
        As given.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        titles = [result.scenario.title for result in results]
        self.results = tuple(result if title is None or titles.count(title) == 1 else replace(result, titled=False)
                             for result, title in zip(results, titles, strict=True))

    @property
    def base(self) -> Result:
        """The scenario that the others are compared with."""
        return self.results[0]

    @property
    def facts(self) -> RunFacts:
        """How the results came about."""
        return self.base.facts

    @property
    def precision(self) -> Judgement | None:
        """How the precision that was asked for was reached; None where none was."""
        return self.base.precision

    @cached_property
    def pairing(self) -> pd.DataFrame:
        """What it saves that all sides have the same luck; see `sim.precision.pairing_table`."""
        table: pd.DataFrame = importlib.import_module("sim.precision").pairing_table(self)
        return table

    @cached_property
    def measures(self) -> pd.DataFrame:
        """`Result.measures` of all, one under the other."""
        return pd.concat([result.measures for result in self.results], ignore_index=True)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """`Result.summary` of all, one under the other."""
        return pd.concat([result.summary for result in self.results], ignore_index=True)

    @cached_property
    def daily(self) -> pd.DataFrame:
        """`Result.daily` of all, one under the other."""
        return pd.concat([result.daily for result in self.results], ignore_index=True)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired differences from the first scenario, with interval and verdict, for every measure and group (配对差异).

        Columns: `scenario, base, measure, group`; `base_mean` and `mean` over the replications of each; `difference, low, high`
        (paired, 95%, simultaneous by Holm's rule for more than one scenario), `n` pairs, `p`, `unit`, `direction` (1: more is
        better, -1: less is, 0: neither) and `verdict` in English (`sim.statistics.VERDICTS`).
        """
        first, others = self.base.wide, [result.wide for result in self.results[1:]]
        shared = first.index[np.logical_and.reduce([first.index.isin(other.index) for other in others])]
        first, others = first.loc[shared], [other.loc[shared] for other in others]
        known = importlib.import_module("sim.measures").MEASURES
        directions = [int(known[key].direction) if key in known else 0 for key in shared.get_level_values("measure")]
        base_mean = statistics.mean_interval(first.to_numpy(float)).mean
        found = statistics.simultaneous(first.to_numpy(float), [other.to_numpy(float) for other in others])
        frames = []
        for result, other, interval in zip(self.results[1:], others, found, strict=True):
            rows = zip(*interval, strict=True)
            said = [statistics.verdict(statistics.Interval(*row), way) for row, way in zip(rows, directions, strict=True)]
            frames.append(shared.to_frame(index=False).assign(
                scenario=result.name, base=self.base.name, base_mean=base_mean,
                mean=statistics.mean_interval(other.to_numpy(float)).mean, difference=interval.mean, low=interval.low,
                high=interval.high, n=interval.n, p=interval.p, direction=directions, verdict=said))
        columns = ["scenario", "base", "measure", "group", "base_mean", "mean", "difference", "low", "high", "n", "p", "unit",
                   "direction", "verdict"]
        return pd.concat(frames, ignore_index=True)[columns]

    @property
    def verdicts(self) -> pd.DataFrame:
        """The verdict table: a row a measure and compared scenario, for the whole district (结论表).

        Columns: `measure`, `title` (in the language in use), `subject` (the group of measures it belongs to), `unit`, `scenario`;
        `base_mean, base_low, base_high` and `mean, low, high` of the two sides; `difference, difference_low, difference_high`
        (paired); `direction`, `verdict` (English, for `sim.i18n._`).
        """
        known = importlib.import_module("sim.measures").MEASURES
        table = self.differences
        table = table[(table["group"] == ALL) & table["measure"].isin(list(known))].drop(columns=["base_mean", "mean", "n", "p"])
        table = table.rename(columns={"low": "difference_low", "high": "difference_high"})
        sides = self.summary[self.summary["group"] == ALL][["scenario", "measure", "mean", "low", "high"]]
        table = table.merge(sides, on=["scenario", "measure"], how="left")
        base = sides[sides["scenario"] == self.base.name].drop(columns="scenario")
        base = base.rename(columns={"mean": "base_mean", "low": "base_low", "high": "base_high"})
        table = table.merge(base, on="measure", how="left")
        table["title"] = [titled(known[key].title, key) for key in table["measure"]]
        table["subject"] = [known[key].group for key in table["measure"]]
        return table[["measure", "title", "subject", "unit", "scenario", "base_mean", "base_low", "base_high", "mean", "low",
                      "high", "difference", "difference_low", "difference_high", "direction", "verdict"]]

    @property
    def issues_identical(self) -> bool:
        """Whether all sides had the same issues at the same seconds in every replication (问题是否相同)."""
        return all([record.issues for record in result.records] == [record.issues for record in self.base.records]
                   for result in self.results)

    @property
    def staff(self) -> pd.DataFrame:
        """Heads and pay (人数与薪酬): scenario, title, heads, pay (CNY in the measured period), pay_per_year (CNY, 365 days)."""
        return pd.DataFrame([
            {"scenario": result.name, "title": result.title, "heads": result.heads, "pay": result.pay,
             "pay_per_year": result.pay * YEAR / result.outcomes[0].facts["horizon"]} for result in self.results])

    @property
    def staff_equal(self) -> bool:
        """Whether all sides have the same heads, and the same pay to the cent (人数与薪酬是否相同)."""
        return all(result.heads == self.base.heads and abs(result.pay - self.base.pay) < 0.01 for result in self.results)

    def plot(self, chart: str | None = None, **options: Any) -> Any:
        """A chart, or all of them by name; see `sim.charts`."""
        return importlib.import_module("sim.charts").plot(list(self.results), chart, **options)

    def write(self, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
        """Write the result folder; see `sim.folder.write`."""
        written: Path = importlib.import_module("sim.folder").write(self, folder, charts, lang)
        return written

    def _repr_html_(self) -> str:
        return str(self.verdicts.to_html())


def engines_of(results: Sequence[Result]) -> dict[str, int]:
    """How many replications each engine ran, those kept from before included; the results are the same from either (所用引擎)."""
    return dict(sorted(Counter(record.engine for result in results for record in result.records).items()))


def titled(title: Any, otherwise: str) -> str:
    """A title in the language in use: of {"en": …, "zh": …}, of an object with these names, or of a text as it is.

    Examples
    --------
    >>> titled({"en": "Jimei", "zh": "集美"}, "jimei"), titled(None, "jimei")
    ('Jimei', 'jimei')
    """
    if isinstance(title, str):
        return title
    lang = language()
    found = title.get(lang) if isinstance(title, dict) else getattr(title, lang, None)
    return str(found or otherwise)


def _daily(outcome: Outcome) -> pd.DataFrame:
    """Days of one outcome, long."""
    days, counts = outcome.axes["day"], outcome.axes["daily_count"]
    states, tiers = outcome.axes["backlog_state"], outcome.axes["tier"]
    flows = pd.DataFrame({"measure": np.tile(counts, len(days)), "group": ALL, "value": outcome.arrays["daily"].ravel(),
                          "day": np.repeat(days, len(counts))})
    labels = [(f"backlog_{state}", tier) for state in states for tier in tiers]
    stocks = pd.DataFrame({"measure": np.tile([label[0] for label in labels], len(days)),
                           "group": np.tile([label[1] for label in labels], len(days)),
                           "value": outcome.arrays["backlog"].ravel(), "day": np.repeat(days, len(labels))})
    return pd.concat([flows, stocks], ignore_index=True).assign(unit="1")
