"""Shifts: which of their working intervals is the present one."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.layout import long_at
from sim.timeline import NEVER

__all__ = ["on_duty", "worked_until"]


@part
def on_duty(w, shift, now):
    """Whether the shift works in the second that starts now; time never goes back."""
    while now >= shift.close:
        if shift.position >= shift.last:
            shift.open = shift.close = NEVER
            return False
        shift.position += 1
        shift.open, shift.close = long_at(w, "cal_start", shift.position), long_at(w, "cal_end", shift.position)
    return now >= shift.open


@part
def worked_until(w, shift, now):
    """Working time of one member from the start of the run to now (s)."""
    on_duty(w, shift, now)
    if shift.close == NEVER:
        last = shift.last
        if last < long_at(w, "cal_first", shift.calendar):
            return 0
        return long_at(w, "cal_worked", last) + long_at(w, "cal_end", last) - long_at(w, "cal_start", last)
    return long_at(w, "cal_worked", shift.position) + (now - shift.open if now > shift.open else 0)
