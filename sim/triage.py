"""Triage 研判分拨: whose a ticket is, how often that is mistaken, and what happens to a wrong dispatch.

A wrong unit holds a ticket, then returns it as not its own (退单); the right unit may refuse (不愿管).  After so many returns
the centre rules, and the ruling binds.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, Duration, Probability
from sim.compiling import inlined

__all__ = ["ACCEPTED", "REFUSED", "RETURNED", "TO_STREET", "Triage", "TriageNumbers", "answer_of_unit", "answered_after",
           "dispatched_wrong", "goes_as", "interrupts", "is_ruled", "numbers", "said_of_triage", "urgency", "wrong_department", "wrong_unit"]


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

ACCEPTED, REFUSED, RETURNED = 0, 1, 2
"""What a unit does with what was dispatched to it."""
TO_STREET = -1
"""A wrong unit that is no department."""


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
def goes_as(lamp: int, ahead: bool) -> int:
    """The lamp as which a ticket counts in queues: its own, or red where somebody has put it ahead.

    Examples
    --------
    >>> goes_as(0, False), goes_as(1, False), goes_as(1, True)
    (0, 1, 2)
    """
    return 2 if ahead else lamp


@inlined
def interrupts(severity: int) -> bool:
    """Whether a job of this severity may interrupt others, where the pool lets it: an urgent one.

    Examples
    --------
    >>> interrupts(2), interrupts(1)
    (True, False)
    """
    return severity == 2


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
def is_ruled(returns: int, after: int, ruled: int) -> bool:
    """Whether the centre rules now 裁定: `returns` have come back, it rules after the `after`-th (-1 never), and has not yet.

    Examples
    --------
    >>> is_ruled(2, 2, 0), is_ruled(1, 2, 0), is_ruled(9, -1, 0), is_ruled(3, 2, 1)
    (True, False, False, False)
    """
    return ruled == 0 and 0 <= after <= returns


@inlined
def wrong_unit(able: int, right: int, u: float, too_low: float, departments: int) -> int:
    """The wrong unit 错派: the street (`TO_STREET`) without authority 管不了, or for what is the community's; else a department.

    Parameters
    ----------
    able : int
        The tier whose work it is.
    right : int
        The department in charge.
    u : float
        Luck, uniform in (0, 1): below `too_low` district work goes to the street; the rest of it says to which department.

    Examples
    --------
    >>> wrong_unit(1, 0, 0.9, 0.3, 3), wrong_unit(3, 1, 0.2, 0.3, 3), [wrong_unit(3, 1, u, 0.3, 3) for u in (0.4, 0.9)]
    (-1, -1, [0, 2])
    """
    if able < 2 or (able == 3 and u < too_low):
        return TO_STREET
    share = too_low if able == 3 else 0.0
    return wrong_department((u - share) / (1 - share), right, departments)


@inlined
def answer_of_unit(wrong: bool, u: float, chance: float, ruled: int) -> int:
    """What a unit does with what is dispatched to it: ACCEPTED 签收, REFUSED 不愿管, or, where it is the wrong one, RETURNED 退单.

    The right unit refuses with a chance; a ruling binds.

    Examples
    --------
    >>> answer_of_unit(True, 0.9, 0.06, 0), answer_of_unit(False, 0.01, 0.06, 0), answer_of_unit(False, 0.01, 0.06, 1)
    (2, 1, 0)
    """
    if wrong:
        return RETURNED
    return REFUSED if ruled == 0 and u < chance else ACCEPTED


@inlined
def answered_after(mean: float, luck: float, urgent_factor: float, severity: int, hold_mean: float, held: float) -> int:
    """Working time of the unit until it answers (s): its time for signing 签收, and that for which a wrong one holds it.

    `luck` and `held` are factors with mean 1; `held` is 0 for the right unit.

    Examples
    --------
    >>> [answered_after(7200.0, 1.0, 0.1, severity, 86400.0, held) for severity, held in ((0, 0.0), (2, 0.0), (0, 1.0))]
    [7200, 720, 93600]
    """
    seconds = mean * luck * (urgent_factor if severity == 2 else 1.0)
    return int(seconds + hold_mean * held + 0.5)


@inlined
def said_of_triage(able: int, department: int) -> int:
    """`value` of a row TRIAGED: tier and department.

    Examples
    --------
    >>> said_of_triage(3, 2)
    11
    """
    return able + 4 * department
