"""Feedback 闭环: whether the work was a true fix, who checks it, and what a failed check leads to.

`closed` and `truly resolved` are different facts.  One base chance of a true fix serves every organisation; only force, effort
and ownership move it.  Verification 核查 sees some of the false fixes 假性整改, and sends them back as rework 返工.
"""

from __future__ import annotations

from sim.base import Block, Duration, PositiveDuration, Probability
from sim.compiling import inlined

__all__ = ["BY_TELEPHONE", "NOTHING_LEFT", "NO_CHECK", "ONLY_A_LOOK", "ON_THE_SPOT", "THE_WORK", "Feedback", "Verification",
           "check_passes", "check_seconds", "checked_how", "closed_at", "left_when_gone", "may_end", "what_to_do_there"]


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

NO_CHECK, BY_TELEPHONE, ON_THE_SPOT = 0, 1, 2
"""How finished work is checked."""
NOTHING_LEFT, ONLY_A_LOOK, THE_WORK = 0, 1, 2
"""What whoever sets out will do there."""


@inlined
def what_to_do_there(closed: bool, ended: bool) -> int:
    """What whoever sets out will do: NOTHING_LEFT where others have closed the ticket, ONLY_A_LOOK at what has ended, or THE_WORK.

    Examples
    --------
    >>> what_to_do_there(True, True), what_to_do_there(False, True), what_to_do_there(False, False)
    (0, 1, 2)
    """
    if closed:
        return NOTHING_LEFT
    return ONLY_A_LOOK if ended else THE_WORK


@inlined
def may_end(ended: bool, started: bool) -> bool:
    """Whether an issue ends by itself when its time has come: unless somebody has already set out to work on it.

    Examples
    --------
    >>> may_end(False, False), may_end(False, True), may_end(True, False)
    (True, False, False)
    """
    return not ended and not started


@inlined
def left_when_gone(left: int, travel_left: int, look: float) -> int:
    """What is left of a job whose issue is gone (s): the rest of the way, and a look.

    Examples
    --------
    >>> left_when_gone(5000, 900, 600.0), left_when_gone(400, 0, 600.0)
    (1500, 400)
    """
    return min(left, travel_left + int(look + 0.5))


@inlined
def checked_how(u: float, share: float, u_call: float, by_call: float, team: int) -> int:
    """Whether and how finished work is checked 核查: NO_CHECK, BY_TELEPHONE, or ON_THE_SPOT where there is a grid team (-1 none).

    Examples
    --------
    >>> checked_how(0.6, 0.5, 0.9, 0.3, 4), checked_how(0.1, 0.5, 0.9, 0.3, 4), checked_how(0.1, 0.5, 0.9, 0.3, -1)
    (0, 2, 1)
    """
    if u >= share:
        return NO_CHECK
    return BY_TELEPHONE if team < 0 or u_call < by_call else ON_THE_SPOT


@inlined
def check_seconds(mean: float, luck: float) -> int:
    """Time of a check on the spot with its way (s); `luck` is a factor with mean 1.

    Examples
    --------
    >>> check_seconds(1200.0, 0.5)
    600
    """
    return int(mean * luck + 0.5)


@inlined
def closed_at(unit: int, desk: int) -> int:
    """Where a ticket counts as closed: the unit that accepted it last (-1 none), else its desk.

    Examples
    --------
    >>> closed_at(7, 2), closed_at(-1, 2)
    (7, 2)
    """
    return unit if unit >= 0 else desk


@inlined
def check_passes(ended: bool, u: float, detects: float) -> bool:
    """Whether a check 核查 passes: the issue is gone, or it goes on and the check does not see it.

    Examples
    --------
    >>> check_passes(True, 0.0, 0.8), check_passes(False, 0.7, 0.8), check_passes(False, 0.9, 0.8)
    (True, False, True)
    """
    return ended or u >= detects
