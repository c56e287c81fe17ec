"""Quotas of reports, and what grid workers make up to meet them, to the second and on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from script import GRID, Arises, Occasion, city, city_settings, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.measures import values
from sim.outcome import count
from sim.outcome.compiled import count_compiled
from sim.scenario import from_dict
from sim.tables import Stream

QUOTA: dict[str, Any] = {"organisation.padding": {"on": True, "quota": 10, "period": "1000 s", "honesty": 0.0, "category": "noise"}}


def test_a_made_up_report_costs_a_desk_and_a_way() -> None:
    """Behind the quota at 500: keyed in, filed in 50 s, sent to the team, which makes the way (30 s) and looks (10 s)."""
    assert play([Occasion(at=500)], QUOTA) == lines("""
        500 fabricated team-1
        500 started desk-1
        550 registered desk-1 first
        550 dispatched team-1 0
        550 started team-1 way 30
        590 closed team-1 gone""")


def test_who_meets_the_quota_makes_nothing_up() -> None:
    """By 140 s of 1000 a quota of 10 asks for 1.4 reports: of three occasions two are taken; a real report counts as well; a new period
    begins at 1000."""
    def made(*story: Arises) -> list[int]:
        return [int(line.split()[0]) for line in play(list(story), QUOTA) if "fabricated" in line]

    assert made(Occasion(at=100), Occasion(at=120), Occasion(at=140)) == [100, 120]
    assert made(Arises(at=1, able=GRID, found_after=0.1), Occasion(at=90), Occasion(at=120)) == [120]
    assert made(Occasion(at=900), Occasion(at=1000), Occasion(at=1100)) == [900, 1100]


def test_made_up_reports_take_patrols_and_desks_from_what_is_real() -> None:
    """What would have been found at 600 is found 40 s later; without a quota nobody makes anything up."""
    real = Arises(able=GRID, found_after=1.0)
    assert [line for line in play([real, Occasion(at=300)], QUOTA) if "discovered" in line] == ["640 #0 discovered team-1 patrol"]
    assert Stream.OCCASIONS not in city().city.demand.kind


def test_occasions_come_as_often_as_the_quota_asks() -> None:
    """30 reports a month of each of two workers are two a day and team; half of them with an honesty of one half; any demand."""
    month = {"organisation.padding": {"on": True, "quota": 30, "period": "30 days", "honesty": 0.5, "category": "waste"}}
    for scale in (1.0, 4.0):
        tables = from_dict(city_settings(), {**month, "staff.grid_workers.heads": 4, "issues.scale": scale}).tables()
        row = tables.city.demand.kind.tolist().index(Stream.OCCASIONS)
        assert tables.city.demand.category[row] == 1
        assert tables.city.demand.cell_rate[row] == pytest.approx([1.0, 1.0])


def test_they_are_counted_alike_and_are_no_issues() -> None:
    tables = city(QUOTA)
    timeline = simulate(tables, scripted(tables, [Occasion(at=500), Occasion(at=600, grid=1)]))
    outcome = count(timeline, tables)
    assert count_compiled(timeline, tables).to_bytes() == outcome.to_bytes()
    assert values(outcome)["fabricated"] == values(outcome)["tickets_on_nothing"] == 1.0      # two in two days; no ticket on anything
    assert outcome.total("tickets_by_category", "due") == 0


def test_what_is_impossible_is_said() -> None:
    with pytest.raises(ScenarioError, match=r"padding\.category = 'nose': there is no such category in issues\.categories; did you mean noise"):
        city({"organisation.padding.category": "nose"})
