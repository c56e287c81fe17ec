"""How long a run must go on before anything is measured (预热期).

A run begins with an empty district, and what is measured before queues and open issues have built up is too small.  MSER-5 finds
from where on a series is best measured: the values of each day, averaged over the replications, are put together in batches of
five, and that many batches are cut off at the front that the rest has the smallest squared standard error.  Cutting off more than
half of the run does not count: then the series has not settled, and a longer run is needed.  The last five batches are never all
that is left, for so few are alike by chance.

MSER-5 takes every long wave for a start that has not ended, and a city has waves that have nothing to do with its start: the pile
after the Spring Festival, the months.  So the warm-up is judged on a calm twin of each scenario, without public holidays and with
equal months, and what a weekday usually has is taken off the twin's series.  Welch's moving average shows to the eye what MSER-5
says in a number; a chart shows both.

The cut wanders where nothing is to be cut, and slow series often seem unsettled by chance.  So a series counts against a warm-up only
where that moves its mean by more than 1%, and by more than chance does: 99% interval over the replications, for several series are
looked at, each at its worst.  Ten replications see a start that moves a mean by 2%; three see little.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.i18n import N_, _, joined
from sim.precision import LEAST, MOST, Judgement, Target, until_precise
from sim.results import titled
from sim.statistics import mean_interval
from sim.truncation import BATCH, mser, welch, without_weekdays
from sim.variants import calm

if TYPE_CHECKING:
    from sim.outcome import Outcome
    from sim.precision.growing import Runs
    from sim.results import Result, RunFacts
    from sim.scenario import Scenario

__all__ = ["ENOUGH", "MORE_THAN_HALF", "NOT_JUDGED", "NOT_SETTLED", "SERIES", "TOO_SHORT", "VERDICTS", "WarmUp",
           "assess", "calm", "warm_up"]

LEAST_BATCHES = 10
"""Fewer cannot be judged."""
TOLERANCE = 0.01
"""A warm-up that moves the mean by no more than this share is long enough."""
LEVEL = 0.99
"""Confidence level at which a mean has moved."""
DAY = 86400

ENOUGH = N_("long enough")
TOO_SHORT = N_("too short")
MORE_THAN_HALF = N_("more than half of the run")
NOT_SETTLED = N_("does not settle")
NOT_JUDGED = N_("run too short to judge")

VERDICTS = (NOT_SETTLED, TOO_SHORT, MORE_THAN_HALF, NOT_JUDGED, ENOUGH)
"""What can be said of a scenario's warm-up, the worst first; `sim.i18n._` says it in the user's language."""

SERIES = {
    "latent": N_("Issues that nobody knows of"),
    "known": N_("Issues known and not ended"),
    "waiting": N_("Jobs that wait"),
    "in_work": N_("Jobs in work"),
    "closed": N_("Tickets closed a day"),
    "resolved": N_("Issues resolved a day"),
    "open_tickets": N_("Open tickets"),
    "customers_waiting": N_("Customers who wait"),
    "customers_in_service": N_("Customers in service"),
    "customers_served": N_("Customers served a day"),
}
"""Series of each day, with their names: of a city, and of a bare service system."""
OF_CUSTOMERS = {"customers_waiting": "waiting", "customers_in_service": "in_work", "customers_served": "resolved"}
PILES = ("open_tickets",)
"""Where tickets get lost these grow as long as a run goes on, so no warm-up is measured by them; they are only shown."""


@dataclass(frozen=True, eq=False)
class WarmUp:
    """What MSER-5 says about the warm-up of some scenarios (预热期判断).

    Attributes
    ----------
    series : DataFrame
        A row a scenario and series: `scenario, series, verdict`; `cut` (days that MSER-5 leaves out), `settled`, `level` (mean after
        the cut, or late in the run), `shift` (how far the mean from the file's warm-up on lies from that, as a share), `decides`
        (whether the scenario's verdict takes note of it), `warm_up` (of the file, days), `run` (warm-up and measured days), `worst`.
    verdicts : DataFrame
        A row a scenario: `scenario, verdict` (English, one of `VERDICTS`), `series` (the slowest), `cut, shift, warm_up, run`.
    curves : DataFrame
        A row a scenario, series and day: `scenario, series, day, date, mean` (over replications), `smooth` (Welch; NaN at the end).
    names : tuple of str
        What the tables call the scenarios.
    replications : int
        Averaged over.
    scenarios, facts : tuple of Scenario, RunFacts
        As they were run, and how it came about.
    precision : Judgement or None
        How the precision that was asked for was reached; None where none was.
    """

    series: pd.DataFrame
    verdicts: pd.DataFrame
    curves: pd.DataFrame
    names: tuple[str, ...]
    replications: int
    scenarios: tuple[Scenario, ...]
    facts: RunFacts
    precision: Judgement | None = None

    @property
    def titles(self) -> dict[str, str]:
        """Scenarios' titles in the language in use, by name; their names where titles do not tell them apart."""
        found = {name: titled(one.title, name) for name, one in zip(self.names, self.scenarios, strict=True)}
        return found if len(set(found.values())) == len(found) else {name: name for name in found}

    @property
    def worst(self) -> pd.Series:
        """The row of `verdicts` that matters most: the worst verdict, then the longest cut."""
        order = self.verdicts["verdict"].map(VERDICTS.index)
        table = self.verdicts[order == order.min()]
        return table.loc[table["cut"].fillna(0).idxmax()]

    @property
    def needed(self) -> int | None:
        """Days of warm-up that are enough for every scenario; None where one does not settle or cannot be judged."""
        if self.verdicts["verdict"].isin([NOT_SETTLED, NOT_JUDGED]).any():
            return None
        table = self.verdicts
        return int(np.ceil(np.where(table["verdict"] == TOO_SHORT, table["cut"], np.fmin(table["cut"], table["warm_up"])).max()))

    def sentences(self) -> list[str]:
        """The verdicts in words, one a scenario."""
        return [_sentence(row, self.titles[row.scenario], self._piles(row.scenario)) for row in self.verdicts.itertuples()]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """`verdicts`, `series` and `curves`."""
        return {"verdicts": self.verdicts, "series": self.series, "curves": self.curves}

    def write(self, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
        """Write the result folder; see `sim.folder.write_answer`."""
        written: Path = importlib.import_module("sim.folder").write_answer(self, folder, charts, lang)
        return written

    def _piles(self, scenario: str) -> list[str]:
        table = self.series[(self.series["scenario"] == scenario) & ~self.series["decides"]]
        return table[table["verdict"] == NOT_SETTLED]["series"].tolist()

    def plot(self, scenario: str | None = None, *, lang: str | None = None) -> Any:
        """Welch's chart of one scenario, by default of the worst (Welch 图)."""
        return importlib.import_module("sim.charts.warmup").plot(self, scenario, lang=lang)

    def _repr_html_(self) -> str:
        return str(self.verdicts.to_html())


def _sentence(row: Any, title: str, piles: Sequence[str]) -> str:
    name = _(SERIES[row.series])
    facts = {"title": title, "series": name, "cut": "" if row.cut != row.cut else int(row.cut), "run": f"{row.run:g}",
             "warm_up": f"{row.warm_up:g}", "shift": f"{abs(100 * row.shift):.2g}"}
    if row.verdict == NOT_JUDGED:
        return _("{title}: a run of {run} days is too short to judge its warm-up; ten days are the least, and 50 are "
                 "better.").format(**facts)
    if row.verdict == NOT_SETTLED:
        said = _("{title}: no warm-up is long enough in a run of {run} days, for “{series}” has not settled by its middle. Make "
                 "run.horizon longer; if it grows to the end, the staff cannot keep up.").format(**facts)
    elif row.verdict == TOO_SHORT:
        said = _("{title}: the warm-up of {warm_up} days is too short. “{series}” takes {cut} days to settle; measured from day "
                 "{warm_up} its mean is off by {shift}%. Set run.warm_up to at least {cut} days.").format(**facts)
    elif row.verdict == MORE_THAN_HALF:
        said = _("{title}: the warm-up of {warm_up} days takes more than half of the run of {run} days; {cut} days would "
                 "do.").format(**facts)
    elif row.cut > row.warm_up:
        said = _("{title}: the warm-up of {warm_up} days is long enough; a longer one would move the mean of no series by more than "
                 "1% and by more than chance.").format(**facts)
    else:
        said = _("{title}: the warm-up of {warm_up} days is long enough; the slowest series, “{series}”, takes {cut} days to "
                 "settle.").format(**facts)
    if piles:
        said = joined([said, _("Tickets that get lost are never closed, so “{series}” grows as long as the run goes on: compare "
                               "it between runs of equal length only.").format(series=_(SERIES[piles[0]]))])
    return said


def assess(results: Sequence[Result]) -> WarmUp:
    """Judge the warm-up from finished replications (判断预热期).

    The run-out is left out; the days of the warm-up are looked at as all others are.  The scenarios should be `calm`.

    Parameters
    ----------
    results : sequence of Result
        With the same number of replications.
    """
    series, curves, verdicts = [], [], []
    for result in results:
        held, facts = _series(result.outcomes), result.outcomes[0].facts
        days, file = int(facts["last_day"]), facts["warm_up"] / DAY
        rows = [{"scenario": result.name, "series": name, **_judged(values, facts["kind"], file), "decides": name not in PILES,
                 "warm_up": file, "run": days} for name, values in held.items()]
        worst = max((row for row in rows if row["decides"]), key=_weight)
        series += [{**row, "worst": row is worst} for row in rows]
        half = worst["verdict"] == ENOUGH and 2 * file > days
        verdicts.append({**{key: worst[key] for key in ("scenario", "verdict", "series", "cut", "shift", "warm_up", "run")},
                         **({"verdict": MORE_THAN_HALF} if half else {})})
        for name, values in held.items():
            smooth = np.full(days, np.nan)
            average = welch(values.mean(axis=0), _window(days))
            smooth[:len(average)] = average
            curves.append(pd.DataFrame({"scenario": result.name, "series": name, "day": range(days),
                                        "date": result.outcomes[0].axes["day"][:days], "mean": values.mean(axis=0),
                                        "smooth": smooth}))
    return WarmUp(pd.DataFrame(series), pd.DataFrame(verdicts), pd.concat(curves, ignore_index=True),
                  tuple(result.name for result in results), len(results[0].outcomes),
                  tuple(result.scenario for result in results), results[0].facts)


def warm_up(session: Runs, sides: Mapping[str, Scenario], replications: int, targets: Sequence[Target] = (), at_most: int = MOST,
            told: Callable[[Judgement], None] = lambda judgement: None) -> WarmUp:
    """Run the calm twins of scenarios and judge their warm-up (预热期).

    Parameters
    ----------
    session : Session
        Who runs them; what it keeps is used.
    sides : mapping of str to Scenario
        By name.
    replications : int, ≥ 1
        Averaged over; ten or more make the series smooth and let a start be told from chance.
    targets : sequence of Target
        Of the calm twins' measured interval: replications are added until all are met.
    at_most : int
        Replications at which that is given up.
    told : callable
        As for `sim.precision.until_precise`.
    """
    sides = {name: calm(scenario) for name, scenario in sides.items()}
    if targets:
        least = max(LEAST, replications)
        precise, judgement = until_precise(session, sides, targets, least=least, most=max(least, at_most), told=told)
        return replace(assess(precise.results), precision=judgement)
    tasks = {(name, number): session.task(scenario, number, name)
             for number in range(replications) for name, scenario in sides.items()}
    found = session.run(tasks.values())
    return assess([session.result(name, scenario, [found[tasks[name, number].key] for number in range(replications)])
                   for name, scenario in sides.items()])


def _series(outcomes: Sequence[Outcome]) -> dict[str, np.ndarray]:
    """Values of each day of warm-up and measured interval, shape (replications, days)."""
    first = outcomes[0]
    days = int(first.facts["last_day"])
    stocks = np.stack([outcome.arrays["backlog"][:days].sum(axis=2) for outcome in outcomes]).astype(float)
    flows = np.stack([outcome.arrays["daily"][:days] for outcome in outcomes]).astype(float)
    states, counts = list(first.axes["backlog_state"]), list(first.axes["daily_count"])
    city = {name: name for name in SERIES if name not in OF_CUSTOMERS}
    names = city if first.facts["kind"] == "city" else OF_CUSTOMERS
    return {shown: stocks[..., states.index(name)] if name in states else flows[..., counts.index(name)]
            for shown, name in names.items()}


def _judged(values: np.ndarray, kind: str, file: float) -> dict[str, Any]:
    """What can be said of one series; single days make the batches of a run of less than fifty."""
    days = values.shape[1]
    if days < LEAST_BATCHES:
        return {"verdict": NOT_JUDGED, "cut": np.nan, "settled": False, "level": np.nan, "shift": np.nan}
    together = values.mean(axis=0)
    cut, settled, _statistic = mser(without_weekdays(together) if kind == "city" else together,
                                    BATCH if days >= BATCH * LEAST_BATCHES else 1)
    kept = min(int(np.ceil(file)), days - 1)
    rest = cut if settled else (kept + days) // 2       # where it does not settle, the second half of what is measured
    level = float(together[rest:].mean())
    moved = mean_interval((values[:, kept:].mean(axis=1) - values[:, rest:].mean(axis=1)) / level if level else np.zeros(len(values)), LEVEL)
    matters = abs(moved.mean) > TOLERANCE and not moved.low <= 0 <= moved.high
    verdict = ENOUGH if not matters or (settled and cut <= file) else TOO_SHORT if settled else NOT_SETTLED
    return {"verdict": verdict, "cut": cut, "settled": settled, "level": level, "shift": moved.mean}


def _weight(row: Mapping[str, Any]) -> tuple[int, bool, float]:
    """The worst verdict first; then, of what is within the warm-up, the slowest, else the slowest of all."""
    within = row["settled"] and row["cut"] <= row["warm_up"]
    return -VERDICTS.index(row["verdict"]), within, row["cut"] if row["cut"] == row["cut"] else 0.0


def _window(days: int) -> int:
    """Days on each side in Welch's average: whole weeks together, and no more than a quarter of the run."""
    return 10 if days >= 140 else 3 if days >= 12 else 0
