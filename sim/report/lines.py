"""One measure on two sides, or on one: its numbers, what may be claimed of it, and how that is said (指标行与措辞).

A direction is claimed only where the interval of the difference leaves out 0; everything else is "not distinguishable".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sim.i18n import N_, _
from sim.measures import MEASURES
from sim.report.headlines import WHERE_ANY
from sim.report.reading import Kept
from sim.report.values import Shown, shown
from sim.statistics import Interval, verdict

__all__ = ["COLOURS", "Line", "Mean", "compared", "lines", "means", "measure_title", "most_telling", "subject_title"]

COLOURS = {"better": "better", "worse": "worse", "not distinguishable": "same", "not distinguishable, one replication": "same"}
"""How a row is coloured, by verdict."""

_SUBJECTS = {
    "discovery": N_("Discovery"), "work": N_("Work on tickets"), "truth": N_("What was truly achieved"), "time": N_("Where the time goes"),
    "tiers": N_("Tiers"), "backlog": N_("Backlog"), "equity": N_("Equity"), "customers": N_("Customers"), "pools": N_("Pools"),
    "residents": N_("Residents"), "staff": N_("Staff"), "cost": N_("Cost"), "intake": N_("Intake"), "routing": N_("Routing"),
}


def measure_title(key: str) -> str:
    """Name of a measure in the language in use; its key where this version does not know it."""
    return MEASURES[key].title if key in MEASURES else key


def subject_title(subject: str) -> str:
    """Name of a group of measures."""
    return _(_SUBJECTS[subject]) if subject in _SUBJECTS else _(subject)


@dataclass(frozen=True)
class Mean:
    """A measure on one side (单方案指标): mean over replications with its interval, NaN where there is none."""

    key: str
    mean: float
    low: float
    high: float
    n: int
    unit: str

    @property
    def shown(self) -> Shown:
        """How it is printed."""
        return shown(self.unit, self.mean)

    @property
    def title(self) -> str:
        """Name of the measure."""
        return measure_title(self.key)

    @property
    def text(self) -> str:
        """The mean with its unit and interval."""
        between = self.shown.between(self.low, self.high, signed=False)
        said = self.shown.text(self.mean)
        return _("{mean} (95% interval {between})").format(mean=said, between=between) if between else said


@dataclass(frozen=True)
class Line:
    """A measure on two sides (对比行).

    Attributes
    ----------
    key, unit : str
        The measure.
    group : str
        "all", or of what.
    base, other : Mean
        The side that is compared with, and the one compared.
    difference, low, high : float
        `other - base`, paired, with its interval; NaN where there is none.
    n : int
        Pairs that count.
    direction : int
        1: more is better; -1: less is better; 0: neither.
    """

    key: str
    group: str
    unit: str
    base: Mean
    other: Mean
    difference: float
    low: float
    high: float
    n: int
    direction: int

    @property
    def verdict(self) -> str:
        """What may be said, in English: a word of `sim.statistics.VERDICTS`."""
        return verdict(Interval(self.difference, self.low, self.high, self.n, math.nan), self.direction)

    @property
    def shown(self) -> Shown:
        """How all of its numbers are printed."""
        return shown(self.unit, self.base.mean, self.other.mean, difference=(self.difference, self.low, self.high))

    @property
    def title(self) -> str:
        """Name of the measure."""
        return measure_title(self.key)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to compare: 0 on both sides in every replication, or no value on either."""
        nothing = math.isnan(self.base.mean) and math.isnan(self.other.mean)
        return nothing or not any((self.base.mean, self.other.mean, self.difference, *(
            end for end in (self.low, self.high) if math.isfinite(end))))

    @property
    def gap(self) -> str:
        """The difference with its interval, or that there is none."""
        how = self.shown
        between = how.between(self.low, self.high)
        said = how.gap(self.difference)
        if between:
            return _("difference {gap}, 95% interval {between}").format(gap=said, between=between)
        return _("difference {gap}, no interval").format(gap=said) if math.isfinite(self.difference) else _("no difference defined")

    @property
    def weight(self) -> float:
        """How large the difference is beside the means: to choose the most telling of several."""
        scale = max(abs(self.base.mean), abs(self.other.mean))
        return abs(self.difference) / scale if scale and math.isfinite(scale) and math.isfinite(self.difference) else 0.0


def means(kept: Kept, scenario: str, group: str = "all") -> dict[str, Mean]:
    """Every measure of one side, for the whole of it or for one group, without surges where there was none."""
    table = kept.of_group("summary", group)
    table = table[(table["scenario"] == scenario) & ~(table["measure"].isin(WHERE_ANY) & (table["mean"] == 0))]
    return {row.measure: Mean(row.measure, float(row.mean), float(row.low), float(row.high), int(row.n), row.unit)
            for row in table.itertuples()}


def lines(kept: Kept, other: str, group: str = "all") -> dict[str, Line]:
    """Every measure of a side beside the base, for the whole of it or for one group, without surges where neither had one."""
    table = kept.of_group("differences", group)
    table = table[(table["scenario"] == other) & ~(table["measure"].isin(WHERE_ANY) & (table["mean"] == 0) & (table["base_mean"] == 0))]
    here, there = means(kept, other, group), means(kept, str(table["base"].iloc[0]), group) if len(table) else {}
    found = {}
    for row in table.itertuples():
        alone = {"low": math.nan, "high": math.nan, "n": int(row.n), "unit": row.unit}
        known = MEASURES.get(row.measure)
        direction = getattr(row, "direction", known.direction if known else 0)
        found[row.measure] = Line(
            row.measure, group, row.unit, there.get(row.measure, Mean(row.measure, float(row.base_mean), **alone)),
            here.get(row.measure, Mean(row.measure, float(row.mean), **alone)), float(row.difference), float(row.low),
            float(row.high), int(row.n), int(direction) if not pd.isna(direction) else 0)
    return found


_SAID: dict[str, str] = {
    "better": N_("{title}: “{other}” is better than “{base}”, {here} against {there} ({gap})."),
    "worse": N_("{title}: “{other}” is worse than “{base}”, {here} against {there} ({gap})."),
    "higher": N_("{title}: “{other}” is higher than “{base}”, {here} against {there} ({gap}); by itself neither better nor worse."),
    "lower": N_("{title}: “{other}” is lower than “{base}”, {here} against {there} ({gap}); by itself neither better nor worse."),
    "not distinguishable": N_("{title}: “{other}” and “{base}” are not distinguishable, {here} against {there} ({gap})."),
    "not distinguishable, one replication": N_("{title}: {here} under “{other}”, {there} under “{base}”; one replication decides nothing."),
}
_RESOLVED: dict[str, str] = {
    "better": N_("Half of all issues are truly resolved within {here} under “{other}” rather than {there} under “{base}”: better ({gap})."),
    "worse": N_("Half of all issues are truly resolved only within {here} under “{other}” rather than {there} under “{base}”: worse "
                "({gap})."),
    "not distinguishable": N_("How long it takes until half of all issues are truly resolved is not distinguishable: {here} under “{other}”, "
                              "{there} under “{base}” ({gap})."),
    "not distinguishable, one replication": N_("Half of all issues were truly resolved within {here} under “{other}” and {there} under "
                                               "“{base}”; one replication decides nothing."),
}
_HARM: dict[str, str] = {
    "better": N_("Residents live with less: issues existed {here} under “{other}” against {there} under “{base}”, days weighted by severity "
                 "({gap})."),
    "worse": N_("Residents live with more: issues existed {here} under “{other}” against {there} under “{base}”, days weighted by severity "
                "({gap})."),
    "not distinguishable": N_("What residents live with is not distinguishable: issues existed {here} under “{other}”, {there} under "
                              "“{base}”, days weighted by severity ({gap})."),
    "not distinguishable, one replication": N_("Issues existed {here} under “{other}” and {there} under “{base}”, days weighted by severity; "
                                               "one replication decides nothing."),
}


def compared(line: Line, base: str, other: str, *, plain: bool = False) -> str:
    """What may be said of a measure on two sides, in a sentence with its figures and interval.

    Parameters
    ----------
    line : Line
    base, other : str
        Titles.
    plain : bool
        Whether to name the measure, also where there is a sentence that says it in other words.
    """
    own: dict[str, dict[str, str]] = {} if plain else {"time_to_resolution_p50": _RESOLVED, "harm": _HARM}
    said = own.get(line.key, _SAID)
    how = line.shown
    return _(said.get(line.verdict, _SAID[line.verdict])).format(
        title=line.title, base=base, other=other, here=how.text(line.other.mean), there=how.text(line.base.mean), gap=line.gap)


def most_telling(found: Sequence[Line], word: str) -> Line | None:
    """Of those with this verdict, the one whose difference is largest beside its means."""
    return max((line for line in found if line.verdict == word), key=lambda line: line.weight, default=None)
