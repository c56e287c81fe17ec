"""What a sensitivity analysis varies and looks at, and the scenarios of its points (分析对象)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.base import Fault, ScenarioError
from sim.cells import Cells, unknown_measures
from sim.design import show
from sim.experiment import distinct
from sim.factors import Factor, declared, settings_at
from sim.i18n import _
from sim.precision import MOST, Judge
from sim.scenario import Scenario
from sim.variants import Base, loaded

__all__ = ["Study", "study"]


@dataclass(frozen=True)
class Study:
    """What is varied and what is looked at (分析对象).

    Attributes
    ----------
    bases : tuple of Base
        One scenario, or two.
    names : tuple of str
        What the tables call them.
    measure : str
        Key of the measure.
    factors : tuple of Factor
    seed, replications : int
    """

    bases: tuple[Base, ...]
    names: tuple[str, ...]
    measure: str
    factors: tuple[Factor, ...]
    seed: int
    replications: int

    def settings(self, places: np.ndarray, side: int) -> dict[str, Any]:
        """The settings of one scenario at a point; a place that is NaN is as the file has it."""
        return settings_at(self.factors, [None if np.isnan(place) else float(place) for place in places], self.bases[side], side)

    def cells(self, places: np.ndarray) -> Cells:
        """Every scenario at every point, the first of which is as stated.

        What is compared: of two scenarios the second with the first, at each point; of one each point with the first.

        Parameters
        ----------
        places : ndarray of float, shape (points, factors)

        Raises
        ------
        ScenarioError
            What is impossible, of all points at once, with the settings that were moved.
        """
        number = len(self.names)
        against = [place - place % 2 if number == 2 else 0 for place in range(len(places) * number)]
        return Cells(tuple(_scenarios(self, places)), tuple(f"{name} {point}" for point in range(len(places)) for name in self.names),
                     self.names, tuple(against))

    def judge(self, words: str | Sequence[str], cells: Cells | None = None, least: int = 0, at_most: int = MOST) -> Judge | None:
        """Who says how many replications are enough, at all points alike; None where no precision is asked for.

        Parameters
        ----------
        words : str or sequence of str
            As for `sim.precision.read_targets`; without cells they are only checked.
        """
        found = cells or Cells((), tuple(f"{name} {point}" for point in range(2) for name in self.names), self.names, (0, 0, 2, 2) if len(
            self.names) == 2 else (0, 0))
        return found.judge(words, self.bases[0].scenario, max(least, self.replications), at_most)


def study(scenarios: Sequence[Scenario | str | Path], measure: str, *, only: Sequence[str] = (), without: Sequence[str] = (),
          together: bool = False, fixed: Mapping[str, Any] | None = None, replications: int | None = None,
          seed: int | None = None) -> Study:
    """What is varied, checked as far as it goes without its points; parameters as those of `sensitivity`.

    Raises
    ------
    ScenarioError
        With all faults at once.
    """
    if len(scenarios) not in (1, 2):
        raise ValueError(f"one scenario or two are needed, not {len(scenarios)}")
    faults: list[Fault] = []
    bases = loaded(scenarios, fixed or {}, faults)
    faults += [Fault("--measure", 0, "", name, rule, near)
               for name, rule, near in unknown_measures([measure], [base.scenario for base in bases])]
    factors = declared(bases, only, without, together=together, faults=faults) if len(bases) == len(scenarios) else []
    if faults:
        raise ScenarioError(faults)
    run = bases[0].scenario.run
    return Study(tuple(bases), tuple(distinct([base.scenario.name for base in bases])), measure, tuple(factors),
                 run.seed if seed is None else seed, run.replications if replications is None else replications)


def _scenarios(made: Study, places: np.ndarray) -> list[Scenario]:
    found: list[Scenario] = []
    wrong: dict[tuple[str, str], Fault] = {}
    for point in places:
        for side, base in enumerate(made.bases):
            settings = made.settings(point, side)
            try:
                found.append(base.at(settings) if settings else base.scenario)
            except ScenarioError as error:
                for fault in error.faults:
                    rule = _("{rule} (at {point}); --without leaves a setting out").format(rule=fault.rule, point=_few(settings))
                    wrong.setdefault((fault.path, fault.rule), replace(fault, file=base.scenario.name, line=0, rule=rule))
    if wrong:
        raise ScenarioError(list(wrong.values()))
    return found


def _few(settings: Mapping[str, Any], most: int = 3) -> str:
    said = show(dict(list(settings.items())[:most]))
    return said if len(settings) <= most else said + ", …"
