"""Leave, sickness, turnover: members who are away, to the second, and the luck of a member and a day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from script import COMMUNITY, PHONE, Arises, city, scripted, simulate, tell

from sim.base import ScenarioError
from sim.draws import in_replication, key_of
from sim.draws.absences import absences_of, days_away, with_absences
from sim.measures import values
from sim.outcome import count
from sim.scenario import load
from sim.tables import AbsenceTables, Tables

DAY = 86400
CALLED = Arises(able=COMMUNITY, reporters=[(600, PHONE)])
SHIFT: dict[str, Any] = {"calendars.shifts.day": {"days": "all", "hours": ["00:00-01:00"], "holidays": "work"},
                         "staff.community_staff.shifts": {"day": 1.0}}


def staff_away(tables: Tables, *days: int, learning: tuple[int, ...] = ()) -> Tables:
    """The same with the first community's only member away on these days, and learning on those."""
    member = tables.pools.first_member[tables.pools.key.index("community_staff/community 1")]
    away, learns = (np.zeros((len(tables.pools.member_calendar), 2), bool) for _ in range(2))
    away[member, list(days)] = True
    learns[member, list(learning)] = True
    return with_absences(tables, away, learns)


def told(tables: Tables) -> list[str]:
    return [line for line in tell(simulate(tables, scripted(tables, [CALLED])), tables) if "staff" in line]


def test_a_job_waits_for_whoever_is_away() -> None:
    """At work at once; away on the first day, at midnight; away on both, never."""
    tables = city()
    assert told(tables)[1] == "700 started staff-1 way 60"
    assert told(staff_away(tables, 0))[1] == f"{DAY} started staff-1 way 60"
    assert "started" not in " ".join(told(staff_away(tables, 0, 1)))


def test_a_job_in_hand_waits_for_its_worker() -> None:
    """Work begun 100 s before midnight of a day off is gone on with a day later."""
    tables = city()
    late = Arises(able=COMMUNITY, reporters=[(DAY - 200, PHONE)])
    away = staff_away(tables, 1)
    lines = [line for line in tell(simulate(away, scripted(away, [late])), away) if "staff" in line]
    assert lines[1] == f"{DAY - 100} started staff-1 way 60"
    assert not [line for line in lines if "worked" in line]       # 80 s are left when the run stops after the day off


def test_a_learner_has_less_of_every_interval() -> None:
    """On duty from 00:00 to 01:00; a learner works on jobs until 00:42 only, and what is left waits for the next day."""
    tables = city({**SHIFT, "absence.learning_share": 0.3})
    learner = staff_away(tables, learning=(0,))
    story = [Arises(able=COMMUNITY, reporters=[(2500 - 100, PHONE)])]
    for one, end in ((tables, 2500 + 180), (learner, DAY + 160)):      # 20 of 180 s are done at 2520
        assert f"{end} worked staff-1 true fix" in tell(simulate(one, scripted(one, story)), one)


def test_spells_and_vacancies_follow_from_luck() -> None:
    """Two days of sickness with luck of 0.3 where the mean is 2; a post left on day 3 is vacant for a day and learnt for two."""
    rules, never = AbsenceTables(1, 0.1, 0.1, 2.0, 0.1, 1, 2, 0.3), np.ones((1, 6))
    leave, goes = never.copy(), never.copy()
    leave[0, 2], goes[0, 3] = 0.05, 0.05
    away, learning = days_away(rules, leave, never, never, goes)
    assert away.astype(int).tolist() == [[0, 0, 1, 1, 0, 0]]
    assert learning.astype(int).tolist() == [[0, 0, 0, 0, 1, 1]]
    ill = never.copy()
    ill[0, 0] = 0.05
    assert [int(days_away(rules, never, ill, never * u, never)[0].sum()) for u in (0.9, 0.3, 0.1)] == [1, 2, 4]
    assert int(days_away(replace(rules, sick_days=1.0), never, ill, never * 0.1, never)[0].sum()) == 1


def test_luck_is_of_the_member_and_the_day() -> None:
    """A longer run and a larger pool leave everybody's days as they were; replications differ; chances come out."""
    tables = city({"absence.on": True, "absence.turnover": 0})
    pools, rules = tables.pools, AbsenceTables(1, 0.04, 0.0, 1.0, 0.0, 0, 0, 0.0)
    short, long = (absences_of(pools, rules, key_of(1, 0), days)[0] for days in (100, 2000))
    assert (long[:, :100] == short).all()
    assert (absences_of(pools, rules, key_of(1, 1), 2000)[0] != long).any()
    assert long.mean() == pytest.approx(0.04, abs=0.005)
    more = city({"staff.community_desk.heads": 4}).pools
    first, later = (pool.first_member[pool.key.index("community_staff/community 1")] for pool in (pools, more))
    assert (absences_of(more, rules, key_of(1, 0), 100)[0][later] == short[first]).all()


def test_off_and_never_absent_are_the_same() -> None:
    tables = city()
    assert in_replication(tables, key_of(1, 0)) is tables
    never = {f"absence.{key}": 0 for key in ("leave_days", "sick_spells", "turnover")}
    there = in_replication(city({"absence.on": True, **never}), key_of(1, 0))
    assert (there.pools.member_calendar == tables.pools.member_calendar).all()
    assert len(there.calendars.start) == len(tables.calendars.start)


def test_absence_is_paid_and_counted() -> None:
    """One of two days away: half of that member's hours, the same pay."""
    tables = city()
    away = staff_away(tables, 0)
    one, other = (count(simulate(each, scripted(each, [CALLED])), each) for each in (away, tables))
    assert values(one)["pay_per_year"] == pytest.approx(values(other)["pay_per_year"], rel=1e-6)
    assert one.total("pools", "absent_seconds") == DAY
    assert values(other)["absence_share"] == 0.0


def test_a_run_of_the_small_district_has_the_absences_of_its_replication() -> None:
    """Two replications differ in who is there; the time limits' and the units' calendars stay."""
    tables = load("small/integrated", ["absence.on=true", "run.horizon=30 days", "run.warm_up=0 s"]).tables()
    first, second = (in_replication(tables, key_of(1, number)) for number in (0, 1))
    assert (first.calendars.end[:first.calendars.first[1]] == tables.calendars.end[:tables.calendars.first[1]]).all()
    assert first.pools.nominal_calendar is tables.pools.nominal_calendar
    assert len(first.calendars.key) > len(tables.calendars.key)
    assert len(first.calendars.start) != len(second.calendars.start)


def test_what_is_impossible_is_said() -> None:
    with pytest.raises(ScenarioError, match=r"absence\.learning_share = 1\.0"):
        city({"absence.learning_share": 1.0})
