"""What matters most?  Answers over the ranges that the scenarios declare for their own values (敏感性分析).

Every value written `{value, range, source}` is a factor.  *Tornado*: each factor alone, to both ends of its range.  *Morris*: paths
on which all factors move, one at a time, for an order of importance that sees interaction.  *Sobol*: shares of the variance, for the
few that matter.  The answer is a measure of one scenario, or the difference of two on the same luck.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import statistics
from sim.cells import OfTaken, Taken, take
from sim.conclusion import Seen, difference_answer, range_answer, seen
from sim.design import show
from sim.i18n import _, language, ngettext, speaking
from sim.indices import effects, saltelli, screening, sobol, trajectories
from sim.precision import MOST
from sim.scenario import Scenario
from sim.store import Store
from sim.study import Study, study

__all__ = ["METHODS", "Sensitivity", "Study", "analysed", "sensitivity", "study"]

METHODS = ("tornado", "morris", "sobol")
"""What can be asked for, in the order in which it is done."""
STATED = "stated"
"""Method of the first point: all values as the files state them."""


def sensitivity(scenarios: Scenario | str | Path | Sequence[Scenario | str | Path], measure: str, *,
                methods: Sequence[str] = ("tornado",), only: Sequence[str] = (), without: Sequence[str] = (),
                together: bool = False, paths: int = 10, samples: int = 64, few: int = 5, design_seed: int = 1,
                fixed: Mapping[str, Any] | None = None, replications: int | None = None, seed: int | None = None,
                **how: Any) -> Sensitivity:
    """How much the declared ranges move a measure, or the difference of two scenarios (敏感性分析).

    Parameters
    ----------
    scenarios : Scenario, path, or two of them
        Of two, the second is judged against the first, on the same luck; a value that both state alike moves in both.
    measure : str
        Key of a measure.
    methods : sequence of str
        Of "tornado", "morris" and "sobol".
    only, without : sequence of str
        Paths to take or to leave out, with `*` for anything; a path stands for all below it.
    together : bool
        Settings that differ only in the name of a category, department, role … move as one.
    paths : int, ≥ 2
        Morris's paths; each takes a point more than there are factors.
    samples : int, ≥ 2
        Sobol's samples, a power of 2; each takes two points more than there are factors.
    few : int, ≥ 1
        With more factors than these, Sobol's indices are of those that come first by Morris, else by tornado.
    design_seed : int, ≥ 0
        Seed of paths and samples; the luck of the runs has another.
    fixed, replications, seed, **how
        As for `sim.sweep.sweep`.  With a `precision`, replications are added at all points alike until the intervals of all points
        are narrow enough; `difference:` means that of the two scenarios at each point, or with one scenario, of each point from the
        values stated.

    Raises
    ------
    ScenarioError
        With all faults of all points at once, before these run.

    Examples
    --------
    >>> from sim.scenario import from_dict
    >>> mean = {"value": "10 min", "range": ["8 min", "12 min"], "source": "assumption"}
    >>> desk = from_dict({"name": "desk", "run": {"warm_up": "1 day", "horizon": "3 days", "run_out": "1 day"}, "bare": {
    ...     "pools": {"clerk": {"heads": 1}}, "classes": {"all": {
    ...         "arrivals": {"kind": "poisson", "rate": "4 per hour"}, "entry": "clerk",
    ...         "service": {"clerk": {"exponential": {"mean": mean}}}}}}})
    >>> found = sensitivity(desk, "utilisation", replications=2, jobs=1, store=":memory:")
    >>> found.tornado[["end", "value"]].to_numpy().tolist(), (found.tornado["effect"] > 0).tolist()
    ([['low', '8 min'], ['high', '12 min']], [False, True])
    """
    several = [scenarios] if isinstance(scenarios, Scenario | str | Path) else list(scenarios)
    odd = [method for method in methods if method not in METHODS]
    if odd or not methods:
        raise ValueError(f"no method {', '.join(map(repr, odd)) or 'was named'}: choose of {', '.join(METHODS)}")
    made = study(several, measure, only=only, without=without, together=together, fixed=fixed, replications=replications, seed=seed)
    return analysed(made, methods, paths=paths, samples=samples, few=few, design_seed=design_seed, **how)


def analysed(made: Study, methods: Sequence[str], *, paths: int = 10, samples: int = 64, few: int = 5, design_seed: int = 1,
             precision: str | Sequence[str] = (), at_most: int = MOST, store: Any = None, **how: Any) -> Sensitivity:
    """Run the points of all methods, parameters as those of `sensitivity`; those of Sobol's after the few that matter are known."""
    made.judge(precision)       # tells what is wrong with it before anything runs
    with Store(None) if store == ":memory:" else nullcontext(store) as kept:        # one for both rounds
        return _both_rounds(made, methods, paths, samples, few, design_seed,
                            {**how, "precision": precision, "at_most": at_most, "store": kept})


def _both_rounds(made: Study, methods: Sequence[str], paths: int, samples: int, few: int, design_seed: int,
                 how: Mapping[str, Any]) -> Sensitivity:
    """What needs no other's result, then Sobol's points for what came first there."""
    number = len(made.factors)
    blocks = [(STATED, np.full((1, number), np.nan))]
    if "tornado" in methods or ("sobol" in methods and "morris" not in methods and number > few):
        blocks.append(("tornado", _ends(number)))
    if "morris" in methods:
        blocks.append(("morris", trajectories(number, paths, seed=design_seed).reshape(-1, number)))
    if "sobol" not in methods:
        return _run(made, blocks, how)
    which = np.arange(number)
    first: Sensitivity | None = None
    if number > few:
        first = _run(made, blocks, how)
        which = np.sort(first.order[:few])
    cube = saltelli(len(which), samples, design_seed)
    places = np.full((samples * (len(which) + 2), number), np.nan)
    places[:, which] = cube.reshape(-1, len(which))
    if first is None:
        return _run(made, [*blocks, ("sobol", places)], how)
    if how["precision"]:    # all points have as many replications: those that ran may need more of them
        return _run(made, [*blocks, ("sobol", places)], how, first)
    return first.joined(_run(made, [("sobol", places)], how))


def _ends(number: int) -> np.ndarray:
    """Each factor at its lowest, then at its highest, all others as they are."""
    places = np.full((2 * number, number), np.nan)
    for factor in range(number):
        places[2 * factor, factor], places[2 * factor + 1, factor] = 0.0, 1.0
    return places


def _run(made: Study, blocks: Sequence[tuple[str, np.ndarray]], how: Mapping[str, Any], before: Sensitivity | None = None) -> Sensitivity:
    """Run points; `before` are the first of them, with the replications that they had."""
    places = np.concatenate([block for _method, block in blocks])
    methods = tuple(method for method, block in blocks for _row in block)
    cells, how = made.cells(places), dict(how)
    judge = made.judge(how.pop("precision"), cells, before.facts.replications if before else 0, how.pop("at_most"))
    taken = take(cells.scenarios, cells.names, seed=made.seed, replications=made.replications, measures=[made.measure], judge=judge, **how)
    if before is not None:      # what these had to run was found again
        facts, ran = taken.facts, before.facts.total - before.facts.reused
        taken = replace(taken, facts=facts._replace(seconds=facts.seconds + before.facts.seconds, reused=max(0, facts.reused - ran)))
    return Sensitivity(made, methods, places, taken)


@dataclass(frozen=True, eq=False)
class Sensitivity(OfTaken):
    """The results of a sensitivity analysis (敏感性分析结果).

    Attributes
    ----------
    study : Study
        What was varied and looked at.
    methods : tuple of str
        For each point the method that it belongs to; the first point is "stated".
    places : ndarray of float, shape (points, factors)
        Where each factor lay in its range; NaN is as the file has it.
    taken : Taken
        What was measured, point by point, scenario by scenario.
    """

    study: Study
    methods: tuple[str, ...]
    places: np.ndarray
    taken: Taken

    def joined(self, more: Sensitivity) -> Sensitivity:
        """These points and then those of another run of the same study."""
        here, there = self.taken.facts, more.taken.facts
        facts = here._replace(seconds=here.seconds + there.seconds, reused=here.reused + there.reused,
                              total=here.total + there.total)
        return Sensitivity(self.study, self.methods + more.methods, np.concatenate([self.places, more.places]),
                           Taken(self.taken.rows, np.concatenate([self.taken.array, more.taken.array]), facts))

    @cached_property
    def answers(self) -> np.ndarray:
        """What is looked at: the measure, or its difference, shape (points, replications)."""
        values = self.taken.of(self.study.measure).reshape(len(self.places), len(self.study.bases), -1)
        return values[:, 0] if len(self.study.bases) == 1 else np.asarray(statistics.differences(values[:, 0], values[:, 1]))

    @cached_property
    def means(self) -> np.ndarray:
        """Mean over replications of `answers`, a value a point."""
        return np.asarray(statistics.mean_interval(self.answers).mean)

    def _of(self, method: str) -> np.ndarray:
        return np.flatnonzero(np.array(self.methods) == method)

    @property
    def order(self) -> np.ndarray:
        """Factors by importance: by Morris's mu* where it was done, else by the larger swing of the tornado."""
        size = self._screening().mu_star if len(self._of("morris")) else self._swings()
        return np.argsort(-np.nan_to_num(size, nan=-1.0), kind="stable")

    def _swings(self) -> np.ndarray:
        ends = self.means[self._of("tornado")].reshape(-1, 2) - self.means[0]
        return np.asarray(np.nanmax(np.nan_to_num(np.abs(ends), nan=0.0), axis=1))

    def _screening(self) -> Any:
        rows, number = self._of("morris"), len(self.study.factors)
        return screening(effects(self.places[rows].reshape(-1, number + 1, number), self.means[rows].reshape(-1, number + 1)))

    # --- tables -----------------------------------------------------------------------------------------------------------

    @property
    def factors(self) -> pd.DataFrame:
        """What was varied: factor, scenario, value, low, high (as written), settings (how many), source (因素表)."""
        return pd.DataFrame([
            {"factor": one.name, "scenario": " ".join(name for name, side in zip(self.study.names, one.sides, strict=True) if side),
             "value": one.first.value, "low": one.first.low, "high": one.first.high, "settings": one.number, "source": one.source}
            for one in self.study.factors])

    @cached_property
    def points(self) -> pd.DataFrame:
        """The points: point (0 is as stated), method, mean, low, high of the answer, and a column a factor, 0 to 1 (试验点)."""
        found = statistics.mean_interval(self.answers)
        first = pd.DataFrame({"point": np.arange(len(self.places)), "method": self.methods, "mean": found.mean, "low": found.low,
                              "high": found.high, "n": found.n})
        return pd.concat([first, pd.DataFrame(self.places, columns=[one.name for one in self.study.factors])], axis=1)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The measure at every point: scenario, replication, measure, group, value, unit, point, method (指标明细)."""
        number = len(self.study.names)
        return self.taken.tidy(pd.DataFrame({"scenario": self.study.names * len(self.places),
                                             "point": np.repeat(np.arange(len(self.places)), number),
                                             "method": np.repeat(np.array(self.methods, object), number)}))

    @cached_property
    def tornado(self) -> pd.DataFrame:
        """Each factor alone at both ends, the most moving first (单因素).

        Columns: `factor, end, value, mean, effect, low, high, n, p`; the effect is the paired difference from the stated values,
        with intervals that hold together for all ends (Holm).
        """
        rows = self._of("tornado")
        if not len(rows):
            return pd.DataFrame(columns=["factor", "end", "value", "mean", "effect", "low", "high", "n", "p"])
        gaps = statistics.differences(np.broadcast_to(self.answers[0], self.answers[rows].shape), self.answers[rows])
        p = np.asarray(statistics.mean_interval(gaps).p)
        found, held = statistics.mean_interval(gaps, statistics.holm_levels(p)), statistics.holm(p)
        order, factors = np.argsort(-self._swings(), kind="stable"), self.study.factors
        return pd.DataFrame([
            {"factor": factors[one].name, "end": end, "value": getattr(factors[one].first, end) if factors[one].number == 1 else "",
             "mean": self.means[rows[at]], "effect": found.mean[at], "low": found.low[at], "high": found.high[at], "n": found.n[at],
             "p": held[at]} for one in order for at, end in ((2 * one, "low"), (2 * one + 1, "high"))])

    @cached_property
    def morris(self) -> pd.DataFrame:
        """Morris's screening, the most important first: factor, mu, mu_star, low, high, sigma (Morris 筛选)."""
        if not len(self._of("morris")):
            return pd.DataFrame(columns=["factor", "mu", "mu_star", "low", "high", "sigma"])
        found = self._screening()
        table = pd.DataFrame({"factor": [one.name for one in self.study.factors], **found._asdict()})
        return table.iloc[self.order].reset_index(drop=True)

    @cached_property
    def sobol(self) -> pd.DataFrame:
        """Sobol indices with 95% intervals, the largest total first: factor, first, total and their ends (Sobol 指数)."""
        rows = self._of("sobol")
        if not len(rows):
            return pd.DataFrame(columns=["factor", "first", "first_low", "first_high", "total", "total_low", "total_high"])
        which = np.flatnonzero(~np.isnan(self.places[rows[0]]))
        found = sobol(self.means[rows].reshape(-1, len(which) + 2))
        table = pd.DataFrame({"factor": [self.study.factors[one].name for one in which], **found._asdict()})
        return table.sort_values("total", ascending=False, kind="stable").reset_index(drop=True)

    # --- the answer -------------------------------------------------------------------------------------------------------

    @property
    def seen(self) -> Seen:
        """What became of the conclusion at every point after the first."""
        return seen(self.answers[0], self.answers[1:])

    def answer(self, lang: str | None = None) -> str:
        """Does the conclusion flip anywhere in the declared ranges?  In a sentence, claiming no more than was seen."""
        with speaking(lang or language()):
            known = importlib.import_module("sim.measures").MEASURES[self.study.measure]
            title = known.title if isinstance(known.title, str) else known.title[language()]
            points = [self.called(number) for number in range(1, len(self.places))]
            labels = [base.scenario.label for base in self.study.bases]
            if len(labels) == 2:
                labels = labels if labels[0] != labels[1] else list(self.study.names)
                return difference_answer(self.seen, base=labels[0], other=labels[1], measure=title, direction=int(known.direction),
                                         how=self.how(), points=points)
            unit = importlib.import_module("sim.charts.scales").unit_of(known.unit, self.means)
            return range_answer(self.means[0], self.means[1:], title=labels[0], measure=title, how=self.how(), points=points,
                                text=[f"{unit.text(mean)} {unit.name}".strip() for mean in self.means])

    def called(self, number: int) -> str:
        """A point as a person would call it: by what was moved, or by its number."""
        places = self.places[number]
        moved = [(factor, place) for factor, place in zip(self.study.factors, places, strict=True) if not np.isnan(place)]
        if len(moved) == 1 and moved[0][0].number == 1:
            return show({moved[0][0].name: moved[0][0].first.at(float(moved[0][1]))})
        if len(moved) == 1:
            end = _("lowest") if moved[0][1] == 0 else _("highest")
            return f"{moved[0][0].name} = {end}"
        return _("point {number} ({method})").format(number=number, method=_method(self.methods[number]))

    def how(self) -> str:
        """How the points were chosen."""
        said = []
        for method in METHODS:
            rows = self._of(method)
            number = int((~np.isnan(self.places[rows])).any(axis=0).sum())
            texts = {"tornado": ngettext("{number} setting, at both ends", "{number} settings one at a time, at both ends", number),
                     "morris": ngettext("{number} setting on Morris's paths", "{number} settings on Morris's paths", number),
                     "sobol": ngettext("{number} setting in a Sobol sample", "{number} settings in a Sobol sample", number)}
            said += [texts[method].format(number=number)] if len(rows) else []
        return _("; ").join(said)

    def plot(self, chart: str | None = None, *, lang: str | None = None) -> Any:
        """The chart of one method ("tornado", "morris", "sobol"), or all that there are by name."""
        return importlib.import_module("sim.charts.tornado").plot(self, chart, lang=lang)

    def write(self, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
        """Write the result folder; see `sim.sweep_folder.write`."""
        written: Path = importlib.import_module("sim.sweep_folder").write(self, folder, charts, lang)
        return written

    def _repr_html_(self) -> str:
        return f"<p>{self.answer()}</p>" + str((self.tornado if len(self.tornado) else self.morris).to_html())


def _method(method: str) -> str:
    return {"tornado": _("tornado"), "morris": _("Morris"), "sobol": _("Sobol"), STATED: _("as stated")}[method]
