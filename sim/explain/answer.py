"""What came of an explanation: shares, both ends, interactions, and the answer in words (归因结果)."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim import shapley, statistics
from sim.explain.game import Part
from sim.explain.plan import EXACT, Plan
from sim.explain.words import HARMS, HELPS, LOWERS, RAISES, REINFORCE, SUBSTITUTE, Told, answer
from sim.i18n import language, speaking
from sim.results import ALL, RunFacts

if TYPE_CHECKING:
    from sim.explain.widths import Judgement

__all__ = ["Explanation"]

NOISE = 1e-12
"""Parts of the largest value below which a difference is rounding."""
WORDS = {statistics.BETTER: HELPS, statistics.WORSE: HARMS, statistics.HIGHER: RAISES, statistics.LOWER: LOWERS}
Worth = dict[int, np.ndarray]


@dataclass(frozen=True, eq=False)
class Explanation:
    """How much each mechanism brings (差异归因结果).

    Attributes
    ----------
    plan : Plan
        What was run.
    worths : tuple of dict
        For each replication the values of all measures by mixture (`Game.scenario`).
    facts : RunFacts
        How the results came about.
    precision : Judgement or None
        How the precision that was asked for was reached; None where none was.
    """

    plan: Plan
    worths: tuple[Worth, ...]
    facts: RunFacts
    precision: Judgement | None = None

    # --- numbers ----------------------------------------------------------------------------------------------------------

    @cached_property
    def _known(self) -> np.ndarray:
        """Whether a measure counts in a replication, shape (replications, measures): it is a number in every mixture.

        What has no bound in one mixture (a percentile that was not reached) cannot be divided at all: to leave that replication out
        would flatter the mixture.
        """
        known = np.array([np.all([~np.isnan(values) for values in worth.values()], axis=0) for worth in self.worths], bool)
        unbounded = np.array([np.any([np.isinf(values) for values in worth.values()], axis=0) for worth in self.worths], bool)
        return np.asarray(known & ~unbounded.any(axis=0))

    @cached_property
    def _read(self) -> list[Worth]:
        return [{coalition: np.where(np.isinf(values), np.nan, values) for coalition, values in worth.items()} for worth in self.worths]

    @cached_property
    def _units(self) -> np.ndarray:
        """Contribution of each player, shape (replications, pairs of orders, players, measures); exact values are one pair."""
        groups, found = self.plan.game.groups, []
        for replication, worth in enumerate(self._read):
            drawn = self.plan.orders(replication)
            if not drawn:
                found.append([shapley.owen(worth, groups)])
                continue
            each = [shapley.contributions(worth, order) for order in drawn]
            found.append([(one + back) / 2 for one, back in zip(each[::2], each[1::2], strict=True)])
        return np.where(self._known[:, None, None, :], np.array(found), np.nan)

    @cached_property
    def _parts(self) -> np.ndarray:
        """The same of each part, shape (replications, pairs, parts, measures)."""
        found = np.stack([self._units[:, :, list(part.units)].sum(axis=2) for part in self.plan.game.parts], axis=2)
        return self._clean(found)

    @cached_property
    def _scale(self) -> np.ndarray:
        values = np.array([np.abs(value) for worth in self._read for value in worth.values()])
        return np.asarray(np.max(np.nan_to_num(values), axis=0, initial=0.0))

    def _clean(self, values: np.ndarray) -> np.ndarray:
        """Rounding counts as nothing."""
        with np.errstate(invalid="ignore"):
            return np.where(np.abs(values) <= NOISE * self._scale, 0.0, values)

    @property
    def families(self) -> np.ndarray:
        """For each part whether it is a mechanism: groups are judged together, and mechanisms are, so that looking into a group leaves
        the verdicts about groups as they were.
        """
        return np.array([bool(part.mechanism) for part in self.plan.game.parts])

    def _at(self, measure: str) -> int:
        if measure not in self.plan.measures:
            raise ValueError(f"no measure {measure!r} was explained: choose one of {', '.join(self.plan.measures)}")
        return self.plan.measures.index(measure)

    def of(self, measure: str) -> np.ndarray:
        """Share of each part in every replication, shape (parts, replications), in the order of `plan.game.parts`."""
        return np.asarray(self._parts[..., self._at(measure)].mean(axis=1).T)

    def worth(self, coalition: int) -> np.ndarray:
        """What a mixture came to, shape (replications, measures); NaN in replications that do not count."""
        return np.where(self._known, np.array([worth[coalition] for worth in self._read]), np.nan)

    def differences(self, measure: str) -> np.ndarray:
        """The whole difference in every replication."""
        everyone = self.plan.game.everyone
        return np.asarray(self._clean(self.worth(everyone) - self.worth(0))[:, self._at(measure)])

    # --- tables -----------------------------------------------------------------------------------------------------------

    @cached_property
    def summary(self) -> pd.DataFrame:
        """The whole: measure, base, other, difference, low, high, n, p, unit, direction, verdict (总体差异)."""
        rows = []
        for place, key in enumerate(self.plan.measures):
            whole = statistics.mean_interval(self.differences(key))
            known = _about(key)
            base, other = (float(statistics.mean_interval(self.worth(one)[:, place]).mean) for one in (0, self.plan.game.everyone))
            rows.append({"measure": key, "base": base, "other": other, "difference": whole.mean, "low": whole.low, "high": whole.high,
                         "n": whole.n, "p": whole.p, "unit": known.unit, "direction": int(known.direction),
                         "verdict": _word(whole, int(known.direction))})
        return pd.DataFrame(rows)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """What each part brings (各机制份额): groups, and behind a group that was looked into its mechanisms.

        Columns: `measure, group, mechanism` (empty: the whole group), `share`, `error` (standard error of all that is random),
        `error_of_orders` (what of it comes from sampled orders), `low, high, n, p` (95%; Holm's rule makes them hold together for all
        groups, and for all mechanisms, of a measure), `of_whole` (share of the whole difference; NaN where that may be nothing),
        `unit, direction, verdict`.
        """
        rows = []
        for place, key in enumerate(self.plan.measures):
            whole = self.summary.iloc[place]
            found = shapley.errors(self._parts[..., place])
            told = _together(self.of(key), self.families)
            exact = self.plan.method == EXACT
            for number, part in enumerate(self.plan.game.parts):
                interval = statistics.Interval(*(column[number] for column in told))
                rows.append({
                    "measure": key, "group": part.group, "mechanism": part.mechanism, "share": interval.mean,
                    "error": found.error[number], "error_of_orders": 0.0 if exact else found.of_orders[number], "low": interval.low,
                    "high": interval.high, "n": interval.n, "p": interval.p,
                    "of_whole": interval.mean / whole["difference"] + 0.0 if whole["p"] < 1 - statistics.LEVEL else np.nan,
                    "unit": whole["unit"], "direction": whole["direction"], "verdict": _word(interval, int(whole["direction"]))})
        return pd.DataFrame(rows)

    @cached_property
    def ends(self) -> pd.DataFrame:
        """From both ends (两端效应): what a part does switched on in the base, and switched off in the other organisation.

        Columns: `measure, group, mechanism`, `on` with `on_low, on_high`, `share`, `off` with `off_low, off_high` (what is there
        with it less what is there without it, so that both ends have the sign of the share), `n, unit`; intervals as in `shares`.
        """
        made, rows = self.plan.game, []
        nobody, everyone = self.worth(0), self.worth(made.everyone)
        on = self._clean(np.array([self.worth(part.coalition) - nobody for part in made.parts]))
        off = self._clean(np.array([everyone - self.worth(made.everyone & ~part.coalition) for part in made.parts]))
        for place, key in enumerate(self.plan.measures):
            first, last = (_together(values[..., place], self.families) for values in (on, off))
            shares = statistics.mean_interval(self.of(key)).mean
            rows += [{"measure": key, "group": part.group, "mechanism": part.mechanism, "on": first.mean[at], "on_low": first.low[at],
                      "on_high": first.high[at], "share": shares[at], "off": last.mean[at], "off_low": last.low[at],
                      "off_high": last.high[at], "n": first.n[at], "unit": _about(key).unit} for at, part in enumerate(made.parts)]
        return pd.DataFrame(rows)

    @cached_property
    def _pairs(self) -> list[tuple[Part, Part, np.ndarray]]:
        """Pairs of groups, and of mechanisms of one group, with their interaction in every replication, (replications, measures)."""
        made = self.plan.game
        found: dict[tuple[bool, tuple[int, int]], np.ndarray] = {}
        shape = (len(self._read), len(self.plan.measures))
        for replication, worth in enumerate(self._read):
            drawn = self.plan.orders(replication)
            each = [shapley.order_interactions(worth, order, made.groups) for order in drawn] or [
                shapley.interactions(worth, made.groups)]
            seen: dict[tuple[bool, tuple[int, int]], list[Any]] = {}
            for one in each:
                for groupwise, pairs in ((True, one.between), (False, one.within)):
                    for pair, value in pairs.items():
                        seen.setdefault((groupwise, pair), []).append(value)
            for who, values in seen.items():
                found.setdefault(who, np.full(shape, np.nan))[replication] = np.mean(values, axis=0)
        whole = [part for part in made.parts if not part.mechanism]
        single = {part.units[0]: part for part in made.parts if part.mechanism}
        told = [(whole[one], whole[two], values) for (groupwise, (one, two)), values in sorted(found.items(), key=lambda item: item[0])
                if groupwise]
        told += [(single[one], single[two], values) for (groupwise, (one, two)), values in sorted(found.items(), key=lambda item: item[0])
                 if not groupwise and one in single and two in single]
        return [(one, two, self._clean(np.where(self._known, values, np.nan))) for one, two, values in told]

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """What two parts bring together beyond the sum of each (交互), the strongest first.

        Columns: `measure, group` (empty: two groups; else mechanisms of this one), `first, second, index, error, low, high, n, p,
        unit, kind`; intervals hold together for all pairs of groups, and of mechanisms (Holm).  Two *reinforce* each other where
        together they do more than the sum of each, and *substitute* each other where they do less: more in the direction in which
        both act, or for the measure where they act against each other.
        """
        rows = []
        for place, key in enumerate(self.plan.measures):
            pairs = [(one, two, values[:, place]) for one, two, values in self._pairs]
            if not pairs:
                continue
            families = np.array([bool(one.mechanism) for one, _two, _values in pairs])
            told = _together(np.array([values for _one, _two, values in pairs]), families)
            error = shapley.errors(np.array([values for _one, _two, values in pairs]).T[:, None]).error
            whole = self.summary.iloc[place]
            good = int(whole["direction"]) or (1 if whole["difference"] >= 0 else -1)
            acts = dict(zip(self.plan.game.parts, np.sign(statistics.mean_interval(self.of(key)).mean).tolist(), strict=True))
            ways = [int(acts[one]) if acts[one] == acts[two] != 0 else good for one, two, _values in pairs]
            here = [{"measure": key, "group": one.group if one.mechanism else "", "first": one.mechanism or one.group,
                     "second": two.mechanism or two.group, "index": told.mean[at], "error": error[at], "low": told.low[at],
                     "high": told.high[at], "n": told.n[at], "p": told.p[at], "unit": whole["unit"],
                     "kind": _kind(statistics.Interval(*(column[at] for column in told)), ways[at])}
                    for at, (one, two, _values) in enumerate(pairs)]
            rows += sorted(here, key=lambda row: -abs(row["index"]) if row["index"] == row["index"] else 1.0)
        return pd.DataFrame(rows, columns=["measure", "group", "first", "second", "index", "error", "low", "high", "n", "p", "unit", "kind"])

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every mixture in every replication: scenario (the mixture), replication, measure, group, value, unit (指标明细)."""
        rows = [{"scenario": self.plan.game.label(coalition), "replication": number, "measure": key, "group": ALL,
                 "value": worth[coalition][place], "unit": _about(key).unit}
                for coalition in sorted({one for worth in self.worths for one in worth})
                for number, worth in enumerate(self.worths) if coalition in worth for place, key in enumerate(self.plan.measures)]
        return pd.DataFrame(rows)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        return {"shares": self.shares, "ends": self.ends, "interactions": self.interactions, "summary": self.summary,
                "measures": self.measures}

    # --- the answer -------------------------------------------------------------------------------------------------------

    def sentences(self, measure: str | None = None) -> list[str]:
        """The answer in the language in use: of one measure, or of all with how it was found."""
        return answer(Told(self.plan, self.facts, self.precision, self.summary, self.shares, self.interactions), measure)

    def answer(self, lang: str | None = None) -> list[str]:
        """The answer in "en" or "zh", by default in the language in use."""
        with speaking(lang or language()):
            return self.sentences()

    def plot(self, measure: str | None = None, *, lang: str | None = None) -> Any:
        """The waterfall chart of one measure, or those of all by name."""
        return importlib.import_module("sim.charts.waterfall").plot(self, measure, lang=lang)

    def write(self, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
        """Write the result folder; see `sim.explain_folder.write`."""
        written: Path = importlib.import_module("sim.explain_folder").write(self, folder, charts, lang)
        return written

    def _repr_html_(self) -> str:
        return "".join(f"<p>{sentence}</p>" for sentence in self.sentences()) + str(self.shares.to_html())


def _about(key: str) -> Any:
    return importlib.import_module("sim.measures").MEASURES[key]


def _together(values: np.ndarray, families: np.ndarray) -> statistics.Interval:
    """Intervals of several rows that hold together within each family (Holm), and adjusted probabilities."""
    p = np.asarray(statistics.mean_interval(values).p)
    levels, adjusted = np.full(p.shape, statistics.LEVEL), p.copy()
    for one in np.unique(families):
        rows = families == one
        levels[rows], adjusted[rows] = statistics.holm_levels(p[rows]), statistics.holm(p[rows])
    return statistics.mean_interval(values, levels)._replace(p=adjusted)


def _word(interval: statistics.Interval, direction: int) -> str:
    word = statistics.verdict(interval, direction)
    return WORDS.get(word, word)


def _kind(interval: statistics.Interval, way: int) -> str:
    word = statistics.verdict(interval, way)
    return {statistics.BETTER: REINFORCE, statistics.WORSE: SUBSTITUTE}.get(word, word)


