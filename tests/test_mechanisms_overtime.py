"""Overtime and a second ticket: who works on after the shift's end is at work by then, and no longer on the way."""

from __future__ import annotations

from script import DISTRICT, PHONE, WALK_IN, Arises, play


def test_who_arrived_in_overtime_is_not_on_the_way() -> None:
    """Two tickets on one issue, two members of the crew, a shift that ends at 900: the second sets out at 840 and arrives at 1740, in
    overtime.  When the first has resolved it at 3400 the second is at work, and finds out when the work is done, at 3540."""
    shift = {"calendars.shifts.early": {"days": "all", "hours": ["00:00-00:15"], "holidays": "work"}}
    crew = {"title": {"en": "works", "zh": "works"}, "heads": 2, "shift": "early", "at_shift_end": "overtime"}
    silos = {**shift, "departments.works": crew, "organisation.ledger.mode": "silos"}
    told = play([Arises(able=DISTRICT, reporters=[(600, PHONE), (600, WALK_IN)])], silos)
    assert [line for line in told if "crew" in line and "dispatched" not in line] == [
        "700 started crew-works way 900", "840 started crew-works way 900", "3400 worked crew-works true fix", "3400 resolved crew-works",
        "3400 closed crew-works worked", "3540 closed crew-works gone"]
    assert [int(line.split()[0]) for line in told] == sorted(int(line.split()[0]) for line in told)
