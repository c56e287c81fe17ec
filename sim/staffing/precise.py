"""How precisely an answer is known: more replications of it, and of what it is compared with (答案的精度).

A search stops looking at a staffing as soon as it is clear that it meets its targets.  Whoever wants to know how well it does adds
replications, by the rule of `sim.precision`: of the answer, and for a difference of its neighbour, the next cheaper staffing, the
next larger demand or the roster as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.i18n import _
from sim.precision import LEAST, MOST, Judge, Judgement, Target, read_targets
from sim.staffing.targets import Quantity, amount

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.staffing.bench import Bench

__all__ = ["ANSWER", "NEIGHBOUR", "NOTHING", "Precise", "Wanted", "told", "wanted"]

NEIGHBOUR, ANSWER = "neighbour", "answer"
"""Names of the two in a precision that is asked for: "neighbour:wait_mean=5%"; without a name the answer is meant."""


@dataclass(frozen=True)
class Precise:
    """How precisely an answer is known (答案精度).

    Attributes
    ----------
    judgement : Judgement
        How the precision was reached, or that it was not.
    """

    judgement: Judgement

    @property
    def table(self) -> pd.DataFrame:
        """A row an interval, as `sim.precision.Judgement.table`."""
        return self.judgement.table

    @property
    def sentences(self) -> list[str]:
        """Each interval, and whether all are narrow enough, in words, in the language in use."""
        return [*(self._told(row) for row in self.table.to_dict("records")), self.judgement.sentences()]

    def as_dict(self) -> dict[str, Any]:
        """All of it as JSON can say it."""
        return self.judgement.as_dict()

    def _told(self, row: dict[str, Any]) -> str:
        what = Quantity(row["measure"], "" if row["group"] == "all" else row["group"])
        said = _("{measure} changes by {mean} ± {half} from {other} to {name} (95%, {n} replications).") if row["difference"] else _(
            "{measure} with {name}: {mean} ± {half} (95%, {n} replications).")
        return said.format(measure=what.title, mean=amount(row["mean"], what.unit), half=amount(row["half_width"], what.unit),
                           other=self.judgement.sides[0], name=row["scenario"], n=int(row["n"]))


@dataclass(frozen=True)
class Wanted:
    """The precision that is asked for; none where there are no targets (所求精度)."""

    targets: tuple[Target, ...] = ()
    at_most: int = MOST

    @property
    def quantities(self) -> list[Quantity]:
        """What has to be read from each replication."""
        return [_quantity(one) for one in self.targets]

    def reached(self, bench: Bench, answer: tuple[Any, str], neighbour: tuple[Any, str] | None, start: int = 0) -> Precise | None:
        """Run more replications, until all of it is precise enough.

        Parameters
        ----------
        bench : Bench
            On which both were tried.
        answer, neighbour : (point, str)
            What it is and what it is called; where there is no neighbour, what is asked for of it is left out.
        start : int
            The first replication that counts: those before it were used to choose the answer.

        Returns
        -------
        Precise or None
            None where nothing is asked for.
        """
        alone = neighbour is None or all(one.side == ANSWER and not one.difference for one in self.targets)
        targets = [one for one in self.targets if not alone or (one.side == ANSWER and not one.difference)]
        if not targets:
            return None
        points, names = zip(*([answer] if alone or neighbour is None else [neighbour, answer]), strict=True)
        titles = {NEIGHBOUR: names[0], ANSWER: names[-1]}
        least = max(LEAST, bench.effort.first)
        judge = Judge([replace(one, side=titles[one.side or ANSWER]) for one in targets], names, least=least,
                      most=max(least, self.at_most))
        number = judge.first
        while True:
            bench.observe(points, start + number)
            judgement = judge.judge({(one.measure, one.group): np.array([bench.values(point, _quantity(one), number, start)
                                                                         for point in points]) for one in targets})
            bench.aim("" if judgement.done else judgement.worst)
            if judgement.done:
                return Precise(judgement)
            number = judgement.ask


NOTHING = Wanted()
"""No precision is asked for."""


def wanted(words: str | Sequence[str], scenario: Scenario, at_most: int = MOST) -> Wanted:
    """The precision of an answer, from what a planner writes (读取精度要求).

    Parameters
    ----------
    words : str or sequence of str
        As for `sim.precision.read_targets`: "on_time_closing_rate=0.5pp" of the answer, "difference:on_time_closing_rate=0.5pp" of
        the step from its neighbour to it.
    scenario : Scenario
    at_most : int
        Replications at which it is given up.

    Raises
    ------
    ScenarioError
        With all faults at once.

    Examples
    --------
    >>> from sim.scenario import load
    >>> [str(one) for one in wanted("wait_mean=5%, difference:utilisation=1pp", load("theory/mmc")).targets]
    ['answer:wait_mean=5%', 'difference:answer:utilisation=0.01']
    """
    found = read_targets(words, (NEIGHBOUR, ANSWER), "city" if scenario.bare is None else "bare") if words else ()
    return Wanted(tuple(replace(one, side=one.side or ANSWER) for one in found), at_most)


def _quantity(one: Target) -> Quantity:
    return Quantity(one.measure, "" if one.group == "all" else one.group)


def told(precise: Precise | None, asked: Wanted, nobody: str) -> list[str]:
    """Sentences about the precision of an answer; `nobody` says why a difference that was asked for cannot be shown."""
    missing = any(one.difference or one.side == NEIGHBOUR for one in asked.targets) and (
        precise is None or len(precise.judgement.sides) == 1)
    return [*(precise.sentences if precise is not None else ()), *([nobody] if missing else ())]
