"""Absence 缺勤: leave, sickness, and posts whose holders go and are replaced 人员流动.

All of it is the same for every organisation.  Who is away on which day is luck of the member and the day, drawn before the run and put
into the members' calendars (`sim.draws.absences`), so that no order of events decides it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.base import Block, NonNegativeFloat

__all__ = ["Absence"]

Days = Annotated[NonNegativeFloat, Field(le=365)]
"""Days, 0 to 365."""


class Absence(Block):
    """Switch: leave, sickness and turnover of all staff 休假、病假与人员流动.  Off: everybody is always there."""

    on: bool = False
    """Whether members are ever absent."""
    leave_days: Days = 10.0
    """Working days of leave a year that a member takes, one by one, 0 to 365, taking 250 working days for a year.  Paid annual leave by
    length of service is 5, 10 or 15 days."""
    sick_spells: Annotated[NonNegativeFloat, Field(le=50)] = 1.0
    """Spells of sickness a year of a member, 0 to 50.  Assumption: 0.5 to 2."""
    sick_days: Annotated[float, Field(ge=1, le=365)] = 3.0
    """Mean length of a spell of sickness, days (geometric), 1 to 365.  Assumption: 2 to 5."""
    turnover: Annotated[NonNegativeFloat, Field(le=5)] = 0.15
    """Times a year that the holder of a post leaves it, 0 to 5.  Assumption: 0.05 to 0.3."""
    vacancy: Annotated[int, Field(ge=0, le=365)] = 30
    """Days until the post is filled again, 0 to 365.  Assumption: 15 to 60."""
    learning: Annotated[int, Field(ge=0, le=365)] = 60
    """Days, after these, in which the new holder is still learning, 0 to 365.  Assumption: 20 to 90."""
    learning_share: Annotated[float, Field(ge=0, le=0.9)] = 0.3
    """Share of every working interval that a learner does not work on jobs, 0 to 0.9.  Assumption: 0.1 to 0.5."""
