"""Petitions upward 信访: residents whose ticket was closed without a true fix, or is overdue, turn to the district over the heads of all others.

It belongs to residents and is no switch of an organisation: both sides of a comparison have the same people.
"""

from __future__ import annotations

from sim.base import Block, PositiveDuration, Probability
from sim.compiling import inlined

__all__ = ["OF_FALSE_CLOSING", "OF_LATENESS", "Petitions", "petition_seconds", "petitions"]


class Petitions(Block):
    """Petitions upward 信访.  With both chances 0 nobody petitions."""

    false_closing: Probability = 0.0
    """Chance of a petition after a ticket was closed as worked and the issue is still there, 0 to 1.  Assumption where it is used: 0.01; 0 to
    0.05."""
    overdue: Probability = 0.0
    """Chance of a petition on a ticket that passes its time limit, 0 to 1.  Assumption where it is used: 0.005; 0 to 0.03."""
    after: PositiveDuration = 1_209_600.0
    """Mean time until they petition, s (exponential); whoever sees the issue resolved or gone meanwhile does not.  Assumption 14 days; 3 to
    60 days."""


# --- rules ----------------------------------------------------------------------------------------------------------------

OF_FALSE_CLOSING, OF_LATENESS = 0, 1
"""What a petition is about."""


@inlined
def petitions(u: float, chance: float) -> bool:
    """Whether somebody petitions.

    Examples
    --------
    >>> petitions(0.009, 0.01), petitions(0.011, 0.01)
    (True, False)
    """
    return u < chance


@inlined
def petition_seconds(mean: float, luck: float) -> int:
    """After how long they do (s); `luck` is exponential with mean 1.

    Examples
    --------
    >>> petition_seconds(1209600.0, 0.5)
    604800
    """
    return int(mean * luck + 0.5)
