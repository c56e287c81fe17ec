"""Sensors 智能感知: what they detect, and alarms on nothing."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.acts import ALARMS
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.layout import category_at, float_at, int_at, ints, issue_at, rules_of, table
from sim.engine_numba.luck import arising_luck, sensor_luck
from sim.engine_numba.tickets import forget_issue, new_issue
from sim.escalation import able_tier
from sim.order import RAISED
from sim.sensors import NO_SENSOR, alarm_seconds, is_dismissed, noticed_at, which_sensor
from sim.timeline import Event, Phase

__all__ = ["dismisses", "false_alarm", "may_see"]

_ARRIVAL, _DISMISSED = int(Phase.ARRIVAL), int(Event.DISMISSED)


@part
def may_see(w, i):
    """An issue has arisen: a sensor that detects it raises an alarm after a while."""
    if w.sensor_kinds == 0:
        return
    issue = issue_at(w, i)
    which, after, _, _ = sensor_luck(w, issue.number, issue.subject)
    kind = which_sensor(which, table(w.sensor_reached, w.categories_n, w.sensor_kinds)[issue.category])
    if kind != NO_SENSOR:
        _is_raised(w, i, w.now + alarm_seconds(float_at(w, "sensor_delay", kind), after))


@part
def false_alarm(w, number, subject, category, grid):
    """误报: an alarm, and nothing is there.  What somebody would be sent for is drawn as for an issue."""
    i = new_issue(w)
    nothing = issue_at(w, i)
    severity, able, delegation, first, _, _, _, _, _, _, _ = arising_luck(w, number, subject, category, int_at(w, "grid_class", grid))
    nothing.number, nothing.subject, nothing.category, nothing.grid, nothing.severity = number, subject, category, grid, severity
    nothing.able = able_tier(able, delegation, category_at(w, category).delegated)
    nothing.departments[0], nothing.departments[1], nothing.departments[2] = first, -1, -1
    nothing.parts = nothing.phantom = nothing.ended = nothing.found = 1
    _is_raised(w, i, w.now)


@part
def _is_raised(w, i, time):
    number = issue_at(w, i).number
    noticed = noticed_at(ints(w.cal_first), ints(w.cal_start), ints(w.cal_end), ints(w.cal_worked), rules_of(w).watch_calendar, time)
    schedule(w, noticed, rank(_ARRIVAL, number, RAISED), ALARMS, i, number)


@part
def dismisses(w, i, desk):
    """Whether the clerk dismisses a false alarm; otherwise somebody is sent."""
    nothing = issue_at(w, i)
    _, _, _, dismissed = sensor_luck(w, nothing.number, nothing.subject)
    if not is_dismissed(dismissed, rules_of(w).recognised):
        return False
    record(w, _DISMISSED, nothing.number, -1, desk, -1, 0)
    forget_issue(w, i)
    return True
