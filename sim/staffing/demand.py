"""How much demand? The largest demand that given heads stand under the targets (最大承载量)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pandas as pd

from sim.i18n import _, joined
from sim.precision import MOST
from sim.staffing.answers import Answer, Facts, bottleneck, curve_of
from sim.staffing.bench import Bench, Effort, How, Judged
from sim.staffing.pools import StaffingError, gathered, titles_of
from sim.staffing.precise import NOTHING, Precise, Wanted, wanted
from sim.staffing.precise import told as how_precise
from sim.staffing.search import Found, bisect, falls, find_scenario, read_targets
from sim.staffing.targets import MET, MISSED, Target, amount

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["DemandAnswer", "demand_changes", "demand_range", "sustain"]

MOST_FACTORS = 10_000


@dataclass(frozen=True, eq=False)
class DemandAnswer(Answer):
    """The largest demand that a staffing stands (最大承载量).

    Attributes
    ----------
    scenario : Scenario
    targets : tuple of Target
    factor : float or None
        Demand as a multiple of what the scenario has, the largest that was shown to meet every target; None where none was.
    above : Judged or None
        The next larger factor, as it was judged; None where `factor` is the largest of the range.
    curve : DataFrame
        A row for each demand looked at and each target: `factor, measure, group, target, mean, low, high, n, unit, verdict,
        chosen`.
    pools : DataFrame
        What each pool had to do at the next larger demand (or the largest met), tightest first; columns as in `StaffingAnswer.pools`.
    tests : tuple of Judged
    facts : Facts
    asked, precision
        As in `StaffingAnswer`.
    """

    scenario: Scenario
    targets: tuple[Target, ...]
    factor: float | None
    best: Judged
    above: Judged | None
    monotone: bool
    curve: pd.DataFrame
    pools: pd.DataFrame
    tests: tuple[Judged, ...]
    facts: Facts
    asked: Wanted = NOTHING
    precision: Precise | None = None
    question: ClassVar[str] = "demand"

    @property
    def sentences(self) -> list[str]:
        """The answer in words, in the language in use."""
        now = "issues.scale" if self.scenario.bare is None else "bare.classes"
        reached = joined([_("{target}: {mean} on average.").format(target=goal.text, mean=amount(one.mean, goal.what.unit))
                          for goal, one in zip(self.targets, self.best.shown, strict=True)])
        if self.factor is None:
            head = _("Even {factor:.4g} times the demand is too much: a target is missed.") if self.best.verdict == MISSED else (
                _("Whether the targets are met was not decided, even at {factor:.4g} times the demand."))
            said = [joined([head.format(factor=self.best.point), reached])]
        else:
            head = (_("These heads stand at least {factor:.4g} times the demand of {setting} with 95% confidence; more was not tried.")
                    if self.above is None else
                    _("These heads stand {factor:.4g} times the demand of {setting} with 95% confidence."))
            said = [joined([head.format(factor=self.factor, setting=now), reached])]
        if self.above is not None:
            said.append((_("At {factor:.4g} times a target is missed.") if self.above.verdict == MISSED else
                         _("At {factor:.4g} times it was not decided.")).format(factor=self.above.point))
        if not self.monotone:
            said.append(_("More demand did not always do worse here: a larger one than this may meet the targets too."))
        first = self.pools.iloc[0]
        said.append(_("The first to give way is {pool}: busy for {share:.0%} of its hours, its jobs wait {wait} on average.").format(
            pool=titles_of(self.scenario).get(first["pool"], first["pool"]), share=first["utilisation"], wait=amount(float(first["wait_mean"]), "s")))
        said += how_precise(self.precision, self.asked, _("No difference can be shown: no larger demand was judged."))
        return [*said, self.guarantee]

    @property
    def guarantee(self) -> str:
        """What is certain about the answer, in the language in use."""
        return _("If this says that the targets are met, the chance that one of them is missed is at most 5%, counting every demand "
                 "that was judged and every look at the replications.")

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """`curve` and `pools`."""
        return {"curve": self.curve, "pools": self.pools}

    @property
    def changes(self) -> dict[str, Any]:
        """Settings of the largest demand that was stood."""
        return demand_changes(self.scenario, self.factor) if self.factor is not None else {}


def sustain(scenario: Scenario | str | Path, targets: Sequence[str | Target], *, low: float = 0.5, high: float = 3.0,
            step: float = 0.05, effort: Effort | None = None, precision: str | Sequence[str] = (), at_most: int = MOST,
            **how: Any) -> DemandAnswer:
    """The largest demand at which the scenario's staff still meets every target with 95% confidence (最大承载量).

    Parameters
    ----------
    scenario : Scenario or path
    targets : sequence of str
        As for `staff`.
    low, high, step : float, > 0
        Factors on demand that are tried: from `low` to `high`, `step` apart.  They multiply `issues.scale`, or all arrival rates
        of a bare system.
    effort, precision, at_most, **how
        As for `staff`; differences are from the next larger demand that was judged.

    Raises
    ------
    StaffingError
        A target or a range that is none; arrivals that are given one by one and cannot be multiplied.

    Examples
    --------
    >>> sustain("theory/mmc", ["wait_mean <= 5 min"], low=2.0, high=1.0)
    Traceback (most recent call last):
    sim.staffing.pools.StaffingError: Demand from 2 to 1 in steps of 0.05 is no range.
    """
    base = find_scenario(scenario)

    def ranged() -> None:
        if not (0 < low <= high and step > 0 and (high - low) / step < MOST_FACTORS):
            raise StaffingError(_("Demand from {low:g} to {high:g} in steps of {step:g} is no range.").format(
                low=low, high=high, step=step))

    _ranged, goals, asked = cast(tuple[None, list[Target], Wanted], gathered([
        ranged, lambda: read_targets(targets, base), lambda: wanted(precision, base, at_most)]))
    number = int((high - low) / step + 1e-9) + 1
    factors = [round(low + step * index, 9) for index in range(number)][::-1]
    demand_changes(base, 1.0)
    with Bench(base, lambda factor: demand_changes(base, factor), goals, asked.quantities, How(**how), effort) as bench:
        found = bisect(bench, factors)
        monotone = not falls(sorted(bench.points, reverse=True), bench)
        return _answer(bench, found, monotone, asked)


def demand_range(said: str) -> tuple[float, float, float]:
    """Lowest and highest factor and step from text: "0.5..3" or "0.5..3..0.05"; without a step, a fiftieth of the range.

    Raises
    ------
    StaffingError
        It is none.

    Examples
    --------
    >>> demand_range("0.5..3..0.05"), demand_range("1..2")
    ((0.5, 3.0, 0.05), (1.0, 2.0, 0.02))
    """
    try:
        low, high, *rest = (float(part) for part in said.split(".."))
        step = rest[0] if rest else max(round((high - low) / 50, 4), 1e-4)
    except ValueError:
        low, high, step, rest = 1.0, 0.0, 0.0, []
    if len(rest) > 1 or not (0 < low <= high and step > 0 and (high - low) / step < MOST_FACTORS):
        raise StaffingError(_("{said}: a range of demand is needed, such as 0.5..3 or 0.5..3..0.05.").format(said=said))
    return low, high, step


def _answer(bench: Bench, found: Found, monotone: bool, asked: Wanted) -> DemandAnswer:
    def called(test: Judged) -> tuple[Any, str]:
        return test.point, _("{factor:.4g} times the demand").format(factor=test.point)

    best = bench.judged[found.best] if found.best is not None else found.tests[0]
    precise = asked.reached(bench, called(best), called(found.below) if found.below else None)
    curve = curve_of(bench, lambda factor: {"factor": factor}, lambda factor: -factor)
    curve = curve.drop(columns=["pay", "efficient"]).sort_values("factor", kind="stable", ignore_index=True)
    curve["chosen"] = curve["factor"] == (found.best if best.verdict == MET else None)
    shown = found.below.point if found.below is not None else best.point
    return DemandAnswer(bench.base, bench.targets, found.best, best, found.below, monotone, curve, bottleneck(bench, shown, []),
                        found.tests, Facts.of(bench), asked, precise)


def demand_changes(scenario: Scenario, factor: float) -> dict[str, Any]:
    """Settings that multiply all demand by a factor.

    Examples
    --------
    >>> from sim.scenario import load
    >>> demand_changes(load("small/integrated"), 1.5)
    {'issues.scale': 1.5}
    """
    if scenario.bare is None:
        return {"issues.scale": scenario.issues.scale * factor}
    changes: dict[str, Any] = {}
    for key, one in scenario.bare.classes.items():
        plain = one.arrivals.model_dump(mode="python", exclude_none=True)
        if plain["kind"] == "csv" or (plain["kind"] == "renewal" and "given" in plain["gap"]):
            raise StaffingError(_("The arrivals of class {name} are given one by one; their demand cannot be multiplied.").format(
                name=key))
        changes[f"bare.classes.{key}.arrivals"] = _scaled(plain, factor)
    return changes


def _scaled(arrivals: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Arrivals so many times as frequent, written as a file would."""
    found: dict[str, Any] = {}
    for name, value in arrivals.items():
        if name == "rate":
            found[name] = f"{value * factor!r} per s"
        elif name == "rates":
            found[name] = [f"{rate * factor!r} per s" for rate in value]
        elif name == "every":
            found[name] = f"{value / factor!r} s"
        elif name == "gap":
            found[name] = {kind: _shorter(spread, factor) for kind, spread in value.items()}
        elif name in ("period", "phase", "first"):
            found[name] = f"{value!r} s"
        elif name == "starts":
            found[name] = [f"{start!r} s" for start in value]
        else:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def _shorter(spread: Any, factor: float) -> Any:
    """A distribution of times divided by a factor."""
    if isinstance(spread, Mapping):
        return {name: value if name in ("cv", "stages") else _shorter(value, factor) for name, value in spread.items()}
    if isinstance(spread, tuple | list):
        return [_shorter(value, factor) for value in spread]
    return f"{spread / factor!r} s"
