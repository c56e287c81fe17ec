"""Burden: hours of communities that go into forms, and their relief."""

from __future__ import annotations

from typing import Any

import pytest
from script import COMMUNITY, PHONE, Arises, city, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.calendars import worked_many
from sim.measures import View, values
from sim.outcome import count

CALLED = Arises(able=COMMUNITY, reporters=[(600, PHONE)])
SHIFT: dict[str, Any] = {"calendars.shifts.day": {"days": "all", "hours": ["00:10-01:10"], "holidays": "work"},
                         "staff.community_staff.shifts": {"day": 1.0}}
FORMS = {**SHIFT, "organisation.burden": {"on": True, "share": 0.25}}


def test_the_first_member_fills_forms_first() -> None:
    """On duty from 600: without forms at work at 700, with a quarter lost only from 1500."""
    assert play([CALLED], SHIFT) == lines("""
        600 started centre
        700 discovered centre resident
        700 registered centre first
        700 dispatched staff-1 0
        700 started staff-1 way 60
        880 worked staff-1 true fix
        880 resolved staff-1
        880 closed staff-1 worked""")
    assert "1500 started staff-1 way 60" in play([CALLED], FORMS)


def test_the_second_member_fills_forms_last() -> None:
    """Of two members one is there from the start and goes a quarter early; none is there at both ends."""
    two = {**FORMS, "staff.community_staff.heads": 4}
    assert "700 started staff-1.1 way 60" in play([CALLED], two, members=True)
    late = Arises(able=COMMUNITY, reporters=[(3000, PHONE)])        # 03:00 s before the second's end at 3300
    assert "3100 started staff-1.0 way 60" in play([late], two, members=True)


def test_off_and_a_share_of_nothing_are_the_same() -> None:
    off, nothing = (play([CALLED], {**SHIFT, "organisation.burden": burden}) for burden in ({"on": False}, {"on": True, "share": 0.0}))
    assert off == nothing == play([CALLED], SHIFT)


def test_day_and_night_loses_its_share_of_every_day() -> None:
    """A shift without end is cut day by day, not once at the end of the run; streets and the district lose nothing."""
    tables = city({"organisation.burden": {"on": True, "share": 0.25}})
    day = 86400
    for pool, key in enumerate(tables.pools.key):
        calendar = tables.pools.member_calendar[tables.pools.first_member[pool]]
        worked = worked_many(tables.calendars, calendar, [day, 2 * day]).tolist()
        share = 0.75 if key.startswith(("desk/community", "community_staff")) else 1.0
        assert worked == [share * day, 2 * share * day], key


def test_pay_stays_and_lost_time_is_counted() -> None:
    """The same pay for three quarters of the hours; the share is that of the pools concerned."""
    with_forms, without = (city(changes) for changes in ({"organisation.burden": {"on": True, "share": 0.25}}, {}))
    one, other = (count(simulate(tables, scripted(tables, [CALLED])), tables) for tables in (with_forms, without))
    assert values(one)["pay_per_year"] == pytest.approx(values(other)["pay_per_year"], rel=1e-6)
    by_role = dict(zip(View(one, "pool_role").groups, View(one, "pool_role").pools("forms_seconds").tolist(), strict=True))
    assert by_role["community_staff"] == 2 * 2 * 86400 // 4
    assert by_role["street_team"] == 0
    assert values(other)["forms_share"] == 0.0
    assert 0.0 < values(one)["forms_share"] < 0.25


def test_what_is_impossible_is_said() -> None:
    with pytest.raises(ScenarioError, match=r"organisation\.burden\.share = 0\.95"):
        city({"organisation.burden": {"on": True, "share": 0.95}})
