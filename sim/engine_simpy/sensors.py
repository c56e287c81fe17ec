"""Sensors 智能感知: alarms reach a desk, and a clerk looks at the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws.random import Block
from sim.engine_simpy.clock import Turn, rank
from sim.engine_simpy.tickets import Contact, Issue
from sim.escalation import able_tier
from sim.order import RAISED, SENSOR_ATTEMPT
from sim.sensors import NO_SENSOR, alarm_seconds, is_dismissed, noticed_at, which_sensor
from sim.tables import CHANNELS
from sim.timeline import Event, Phase, Registered

if TYPE_CHECKING:
    from sim.engine_simpy.city import City

__all__ = ["Sensors"]

_SENSOR = CHANNELS.index("sensor")
_ALARM, _FALSE_ALARM, _DISMISSED, _ARRIVAL = int(Event.ALARM), int(Event.FALSE_ALARM), int(Event.DISMISSED), int(Phase.ARRIVAL)


class Sensors:
    """Cameras, electronic fences, thermal imaging, and whoever watches them."""

    def __init__(self, city: City) -> None:
        self.city, self.clock = city, city.clock
        self.settings = city.tables.sensors
        self.reached, self.delay = self.settings.sensor_reached.tolist(), self.settings.sensor_delay.tolist()
        self.delegated = city.rules.delegated.tolist()

    def may_see(self, issue: Issue) -> None:
        """An issue has arisen: a sensor that detects it raises an alarm after a while."""
        reached = self.reached[issue.category]
        if not reached:
            return
        which, after, *_ = self._luck(issue)
        kind = which_sensor(which, reached)
        if kind != NO_SENSOR:
            self._is_raised(issue, self.clock._now + alarm_seconds(self.delay[kind], after))

    def false_alarm(self, number: int, subject: int, category: int, grid: int, lucky: tuple[Any, ...]) -> None:
        """误报: an alarm, and nothing is there.  What somebody would be sent for is drawn as for an issue."""
        severity, able, delegation, one, *_, row = lucky
        nothing = Issue(number, subject, category, grid, able_tier(able, delegation, self.delegated[category]), severity, (one,), row)
        nothing.phantom = nothing.ended = nothing.found = True
        self._is_raised(nothing, self.clock._now)

    def _is_raised(self, issue: Issue, time: int) -> None:
        noticed = noticed_at(*self.city.spans, self.settings.watch_calendar, time)
        self.clock.then(noticed, rank(_ARRIVAL, issue.number, RAISED), self.alarms, issue)

    def alarms(self, issue: Issue) -> None:
        """告警: it reaches the desk of the centre in charge, unless the issue has ended meanwhile."""
        if issue.ended and not issue.phantom:
            return
        desk = self.city.desks.district_desk[issue.category]
        self.clock.record(_FALSE_ALARM if issue.phantom else _ALARM, issue.number, place=desk)
        contact = Contact(SENSOR_ATTEMPT, issue.category, _SENSOR, desk, desk, issue, Turn(self.clock))
        self.city.residents.turns_to(contact, issue.number, 0, (self._luck(issue)[2], 0.0, 0.0, 0.0))

    def is_looked_at(self, nothing: Issue, desk: int) -> None:
        """The clerk dismisses a false alarm, or opens a ticket on nothing."""
        if is_dismissed(self._luck(nothing)[3], self.settings.recognised):
            self.clock.record(_DISMISSED, nothing.number, place=desk)
            nothing.forget()
        else:
            self.city.desks.triages(self.city.register(nothing, desk, Registered.FIRST), desk)

    def _luck(self, issue: Issue) -> tuple[Any, ...]:
        return self.city.luck.again(issue.subject, issue.category, Block.SENSOR, 0)
