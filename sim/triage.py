"""Triage 研判分拨: whose a ticket is, how often that is mistaken, and what happens to a wrong dispatch.

A wrong unit holds a ticket, then returns it as not its own (退单); the right unit may refuse (不愿管).  After so many returns
the centre rules, and the ruling binds.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, Duration, Probability
from sim.compiling import inlined

__all__ = ["Triage", "TriageNumbers", "dispatched_wrong", "is_ruled", "numbers", "refuses", "urgency", "wrong_department"]


class Triage(Block):
    """Switch: triage and routing 研判分拨.  Off: no mistakes, no refusals, signed at once."""

    on: bool = True
    """Whether mistakes, refusals and delays of signing happen at all."""
    mis_dispatch: Probability = 0.15
    """Chance that a dispatch goes to a wrong unit 错派, 0 to 1.  0.06 (Sanmenxia) to 0.11 (Bozhou); assumption 0.15 without a
    centre."""
    too_low: Probability = 0.3
    """Share of the wrong dispatches of district work that go to a street without the authority 管不了, 0 to 1.  Assumption."""
    hold: Duration = 86_400.0
    """Mean time that a wrong unit holds a ticket before it returns it 退单, s (lognormal, coefficient of variation 1).
    Assumption."""
    refuse: Probability = 0.06
    """Chance that the right unit refuses 不愿管, 0 to 1.  Assumption: 0.02 with a centre, 0.06 without."""
    sign_in: Duration = 28_800.0
    """Mean working time of the unit until it signs 签收, s (lognormal, coefficient of variation 1).  Assumption: 2 h or 1 day."""
    sign_in_urgent: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Factor on it for urgent issues, 0 to 1.  Assumption."""
    ruling_after: Annotated[int, Field(ge=0, le=1000)] | None = None
    """After so many returns the centre rules and the ruling binds; left out: nobody ever rules."""


class TriageNumbers(Block):
    """What triage comes to once its switch is taken into account."""

    mis_dispatch: float
    """Chance of a wrong dispatch."""
    too_low: float
    """Share of these that go too low."""
    hold: float
    """Mean time held, s."""
    refuse: float
    """Chance of a refusal."""
    sign_in: float
    """Mean working time until signed, s."""
    sign_in_urgent: float
    """Factor for urgent issues."""
    ruling_after: int
    """Returns before a ruling; -1 never."""


def numbers(triage: Triage) -> TriageNumbers:
    """The numbers of a triage block: neutral ones where it is off.

    Examples
    --------
    >>> numbers(Triage(on=False)).mis_dispatch, numbers(Triage()).ruling_after
    (0.0, -1)
    """
    values: dict[str, Any] = triage.model_dump(exclude={"on"})
    if not triage.on:
        values.update(mis_dispatch=0.0, too_low=0.0, hold=0.0, refuse=0.0, sign_in=0.0, sign_in_urgent=1.0, ruling_after=None)
    values["ruling_after"] = -1 if values["ruling_after"] is None else values["ruling_after"]
    return TriageNumbers(**values)


# --- rules ----------------------------------------------------------------------------------------------------------------
# Plain functions of plain numbers, shared by every engine.  Lamps count 0 none, 1 yellow, 2 red; severity 0, 1, 2 (urgent).


@inlined
def urgency(lamp: int, severity: int) -> int:
    """First part of the queue key: lamp, then severity; a smaller number goes first.

    Examples
    --------
    >>> urgency(2, 0) < urgency(1, 2) < urgency(0, 2) < urgency(0, 0)
    True
    """
    return (2 - lamp) * 4 + (2 - severity)


@inlined
def dispatched_wrong(u: float, chance: float, ruled: int) -> bool:
    """Whether a dispatch 派遣 goes to the wrong unit; a ruling never errs.

    Examples
    --------
    >>> dispatched_wrong(0.1, 0.15, 0), dispatched_wrong(0.1, 0.15, 1)
    (True, False)
    """
    return ruled == 0 and u < chance


@inlined
def wrong_department(u: float, right: int, departments: int) -> int:
    """Which other department a wrong dispatch goes to; every other one is as likely (`right` itself where it is the only one).

    Examples
    --------
    >>> [wrong_department(u, 1, 3) for u in (0.1, 0.9)]
    [0, 2]
    """
    if departments < 2:
        return right
    other = int(u * (departments - 1))
    return other + 1 if other >= right else other


@inlined
def refuses(u: float, chance: float, ruled: int) -> bool:
    """Whether the right unit refuses 不愿管; a ruling binds.

    Examples
    --------
    >>> refuses(0.01, 0.06, 0), refuses(0.01, 0.06, 1)
    (True, False)
    """
    return ruled == 0 and u < chance


@inlined
def is_ruled(returns: int, after: int) -> bool:
    """Whether the centre rules now: `returns` have come back and it rules after the `after`-th (-1 never).

    Examples
    --------
    >>> is_ruled(2, 2), is_ruled(1, 2), is_ruled(9, -1)
    (True, False, False)
    """
    return 0 <= after <= returns
