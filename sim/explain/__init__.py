"""How much of the difference between two organisations does each mechanism bring?  (差异归因)

Two organisations of one city differ in some mechanisms.  Every mixture, with some mechanisms as the first organisation has them and
the others as the second does, is a scenario with the same issues, heads and pay, run on the same luck.  From what the mixtures come
to, each group of mechanisms gets its Shapley value of a measure, and each mechanism of a group that is looked into its Owen value:
what it adds, on average over the orders in which the mechanisms might be brought in.  The shares add up to the whole difference.

>>> from sim import explain                                                                                     # doctest: +SKIP
>>> explain("small/fragmented", "small/integrated", measures=["harm"]).shares                                   # doctest: +SKIP
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from sim.explain.answer import Explanation
from sim.explain.game import Game, Part, game
from sim.explain.plan import HEADLINES, METHODS, Plan, planned
from sim.explain.running import explain, run

__all__ = ["HEADLINES", "METHODS", "Explanation", "Game", "Part", "Plan", "explain", "game", "planned", "run"]


class _Callable(ModuleType):
    """The package is also its main function, so that `from sim import explain` serves both."""

    def __call__(self, *words: Any, **how: Any) -> Explanation:
        return explain(*words, **how)


sys.modules[__name__].__class__ = _Callable
