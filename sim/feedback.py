"""Feedback 闭环: whether the work was a true fix, who checks it, and what a failed check leads to.

`closed` and `truly resolved` are different facts.  One base chance of a true fix serves every organisation; only force, effort
and ownership move it.  Verification 核查 sees some of the false fixes 假性整改, and sends them back as rework 返工.
"""

from __future__ import annotations

from sim.base import Block, Duration, PositiveDuration, Probability
from sim.compiling import inlined

__all__ = ["Feedback", "Verification", "check_passes"]


class Feedback(Block):
    """True fixes and looks."""

    true_fix: Probability = 0.88
    """Base chance that finished work is a true fix, 0 to 1, the same for every organisation.  Observed: 0.80 (Gaohang), 0.53 to
    0.89 (Beijing); assumption."""
    look: Duration = 600.0
    """Time to see that nothing is left to do, s.  Assumption."""


class Verification(Block):
    """Switch: verification 核查.  Off: departments close their own tickets."""

    on: bool = False
    """Whether worked tickets are checked."""
    share: Probability = 0.5
    """Share of the worked tickets that are checked, 0 to 1.  Assumption."""
    by_call: Probability = 0.3
    """Share of the checks made by telephone 回访, 0 to 1; grid workers make the rest on the spot.  Assumption."""
    time: PositiveDuration = 1200.0
    """Mean time of a check on the spot with its way, s (lognormal, coefficient of variation 0.5).  Assumption."""
    detects: Probability = 0.8
    """Chance that a check sees a false fix, 0 to 1.  Assumption."""


# --- rules ----------------------------------------------------------------------------------------------------------------


@inlined
def check_passes(ended: bool, u: float, detects: float) -> bool:
    """Whether a check 核查 passes: the issue is gone, or it goes on and the check does not see it.

    Examples
    --------
    >>> check_passes(True, 0.0, 0.8), check_passes(False, 0.7, 0.8), check_passes(False, 0.9, 0.8)
    (True, False, True)
    """
    return ended or u >= detects
