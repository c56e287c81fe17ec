"""Estates 小区 that look after themselves: what a property manager 物业 solves before anybody else has to.

An estate with a manager has one more pair of hands on the spot.  It takes on a share of some categories, and deals with them after a
while, unless somebody has set out to work on them by then.  Where it is gone nobody does, and they are left to the community.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.compiling import inlined
from sim.i18n import _

__all__ = ["chances", "faults", "is_taken_on", "taken_after"]


def chances(scenario: Any) -> np.ndarray:
    """Chance that an estate of a class deals with an issue of a category itself; shape (classes, categories)."""
    return np.array([[estate.solves.get(key, 0.0) for key in scenario.issues.categories]
                     for estate in scenario.city.estate_classes.values()])


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in what estates do themselves: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    known = tuple(scenario.issues.categories)
    for key, estate in scenario.city.estate_classes.items():
        for name in estate.solves:
            if name not in known:
                yield (f"city.estate_classes.{key}.solves.{name}", estate.solves[name],
                       _("there is no such category in issues.categories"), known)


# --- rules ----------------------------------------------------------------------------------------------------------------

@inlined
def is_taken_on(u: float, chance: float) -> bool:
    """Whether an estate deals with an issue itself.

    Examples
    --------
    >>> is_taken_on(0.2, 0.3), is_taken_on(0.4, 0.3), is_taken_on(0.01, 0.0)
    (True, False, False)
    """
    return u < chance


@inlined
def taken_after(mean: float, luck: float) -> int:
    """When it has done so, from the issue's occurrence (s); `luck` is exponential with mean 1.

    Examples
    --------
    >>> taken_after(3600.0, 0.5)
    1800
    """
    return int(mean * luck + 0.5)
