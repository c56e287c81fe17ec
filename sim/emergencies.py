"""Emergencies 应急处置: what changes while more urgent work is open than usual.

The district's centre declares an emergency when so many urgent tickets are open, and calls it off when most of them are closed.  While it
lasts, urgent work interrupts other work in the field; what needs several departments is worked by one cross-department team 专班 at once;
and grid workers are seconded 抽调 from patrol to urgent work that waits for a street team or a department.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.base import Block, Duration, NonNegativeFloat, Probability
from sim.compiling import inlined
from sim.tables import EmergencyTables

__all__ = ["Emergencies", "emergency_tables", "is_declared", "is_over", "may_be_seconded", "seconded_seconds", "team_is_called"]

PER = 100_000
"""Residents for whom the bar is given."""


class Emergencies(Block):
    """Switch: emergencies 应急处置.  Off: whatever happens, everybody works as on any other day.  Group: authority."""

    on: bool = False
    """Whether emergencies are declared."""
    bar: Annotated[NonNegativeFloat, Field(le=10_000)] = 4.0
    """Urgent tickets open at a time for every 100,000 residents (of the district, rounded up) with which an emergency is declared, 0 to 10,000;
    0: from the first urgent one on, and for ever.  Assumption: 1 to 20."""
    over: Probability = 0.5
    """Share of the bar below which their number must fall until it is called off, 0 to 1.  Assumption: 0.2 to 0.9."""
    pre_empts: bool = True
    """Whether urgent work interrupts other field work meanwhile; `pre_emption` does so always."""
    team: bool = True
    """Whether urgent work of several departments goes to one cross-department team: all at once, led by one, in place of one after another.
    Jimei: groups of police, enforcement and supplies are formed and told at once."""
    convene: Duration = 600.0
    """Until that team stands, s.  Jimei: at once; assumption: 5 to 30 minutes."""
    seconded: Probability = 0.3
    """Share of each grid team (rounded up) that may be seconded at a time to urgent work in their beat that waits for a street team or a
    department, 0 to 1; 0 nobody.  Wenchang's hotline: 19 seconded to 23; assumption: 0.1 to 0.5."""
    slower: Annotated[NonNegativeFloat, Field(ge=0.1, le=10)] = 1.25
    """Factor on the touch time of those who are seconded, 0.1 to 10: it is not their trade.  Assumption: 1 to 1.5."""


def emergency_tables(block: Emergencies, residents: float) -> EmergencyTables:
    """The settings as numbers.

    Parameters
    ----------
    residents : float
        Of the district.

    Examples
    --------
    >>> emergency_tables(Emergencies(on=True, bar=4.0), 30_000).emergency_bar
    2
    """
    if not block.on:
        return EmergencyTables()
    tickets = block.bar * residents / PER
    return EmergencyTables(
        emergencies=1, emergency_bar=int(tickets) + (int(tickets) < tickets), emergency_over=block.over, emergency_team=int(block.team),
        emergency_convene=block.convene, seconded=block.seconded, seconded_slower=block.slower)


# --- rules ----------------------------------------------------------------------------------------------------------------

@inlined
def is_declared(urgent: int, bar: int) -> bool:
    """Whether so many open urgent tickets make an emergency.

    Examples
    --------
    >>> is_declared(3, 4), is_declared(4, 4)
    (False, True)
    """
    return urgent >= bar


@inlined
def is_over(urgent: int, bar: int, over: float) -> bool:
    """Whether an emergency is called off.

    Examples
    --------
    >>> is_over(2, 4, 0.5), is_over(1, 4, 0.5), is_over(0, 0, 0.5)
    (False, True, False)
    """
    return urgent < bar * over


@inlined
def team_is_called(team: int, emergency: bool, severity: int) -> bool:
    """Whether work of several departments goes to a cross-department team 专班: what is urgent (2), while an emergency lasts.

    Examples
    --------
    >>> team_is_called(1, True, 2), team_is_called(1, True, 1), team_is_called(1, False, 2)
    (True, False, False)
    """
    return team == 1 and emergency and severity == 2


@inlined
def may_be_seconded(members: int, share: float) -> int:
    """How many of a grid team may be seconded at a time.

    Examples
    --------
    >>> may_be_seconded(4, 0.3), may_be_seconded(4, 0.5), may_be_seconded(4, 0.0)
    (2, 2, 0)
    """
    least = int(members * share)
    return least + 1 if least < members * share else least


@inlined
def seconded_seconds(left: int, travel: int, slower: float) -> int:
    """Working seconds of a job, of which so many are travel, for somebody who is seconded to it.

    Examples
    --------
    >>> seconded_seconds(900, 300, 1.5)
    1200
    """
    return travel + int((left - travel) * slower + 0.5)
