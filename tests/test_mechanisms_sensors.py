"""Sensors: alarms true and false, who watches them and when, to the second and on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from script import DISTRICT, WASTE, Arises, FalseAlarm, city, city_settings, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.draws import Block
from sim.measures import values
from sim.outcome import count
from sim.outcome.compiled import count_compiled
from sim.scenario import from_dict
from sim.tables import Stream

EYES: dict[str, Any] = {
    "sensors": {"eyes": {"title": "eyes", "sees": {"noise": 0.5, "waste": 0.5}, "delay": "300 s", "precision": 0.5}},
    "organisation.sensors": {"on": True, "mode": "merged", "hours": "always", "recognised": 0.4}}
OFFICE = {**EYES, "organisation.sensors.hours": "office", "calendars.shifts.open": {"days": "all", "hours": ["02:00-03:00"], "holidays": "work"},
          "calendars.office": "open"}
SEEN = Arises(luck={Block.SENSOR: [(0.4, 1.0, 1.0, 0.5)]})
"""A district job that a sensor detects."""


def test_an_alarm_becomes_a_ticket() -> None:
    """300 s after it arises the alarm reaches the centre, 120 s later there is a ticket."""
    assert play([SEEN], EYES) == lines("""
        300 alarm centre
        300 started centre
        420 discovered centre sensor
        420 registered centre first
        420 dispatched crew-works 0
        420 started crew-works way 900
        3120 worked crew-works true fix
        3120 resolved crew-works
        3120 closed crew-works worked""")


def test_nobody_watches_or_nothing_is_seen() -> None:
    """Off, of a category that no sensor sees, or with worse luck than the chance: no alarm."""
    assert play([SEEN], {"sensors": EYES["sensors"]}) == []
    assert play([SEEN], {**EYES, "sensors.eyes.sees": {"waste": 0.5}}) == []
    assert play([Arises(luck={Block.SENSOR: [(0.6, 1.0, 1.0, 0.5)]})], EYES) == []


def test_two_kinds_see_more_than_one() -> None:
    """0.5 and 0.5 together see 0.75; the second is slower."""
    two = {**EYES, "sensors.heat": {"title": "heat", "sees": {"noise": 0.5}, "delay": "600 s"}}
    assert play([Arises(luck={Block.SENSOR: [(0.7, 1.0, 1.0, 0.5)]})], two)[0] == "600 alarm centre"
    assert play([Arises(luck={Block.SENSOR: [(0.76, 1.0, 1.0, 0.5)]})], two) == []


def test_in_office_hours_alarms_are_found_when_the_office_opens() -> None:
    """Open from 02:00 to 03:00: an alarm of the night is found at 02:00, one within the hour at once."""
    assert play([SEEN], OFFICE)[0] == "7200 alarm centre"
    assert play([Arises(at=8000, luck=SEEN.luck)], OFFICE)[0] == "8300 alarm centre"


def test_separate_owners_look_at_their_own() -> None:
    """The centre for repair owns the sensors: on noise, which is the other's, there is no alarm; nobody's sensors look at all."""
    own = {**EYES, "organisation.centres.mode": "separate", "organisation.sensors.mode": "separate", "sensors.eyes.owner": "repair"}
    assert play([SEEN], own) == []
    assert play([Arises(category=WASTE, luck=SEEN.luck)], own)[0] == "300 alarm centre-repair"
    assert play([SEEN], {**own, "organisation.sensors.mode": "merged"})[0] == "300 alarm centre-order"
    assert play([SEEN], {**own, "sensors.eyes.owner": None})[0] == "300 alarm centre-order"


def test_what_has_ended_raises_no_alarm_and_what_is_known_is_merged() -> None:
    assert play([Arises(lasts=299, luck=SEEN.luck)], EYES) == ["299 gone"]
    assert "420 merged centre" in play([Arises(reporters=[(100, 0)], luck=SEEN.luck)], EYES)


def test_a_false_alarm_sends_somebody_for_nothing() -> None:
    """Not dismissed: a ticket, 900 s of way, a look of 10 s, closed as gone; nothing is discovered or resolved."""
    false = FalseAlarm(at=50, able=DISTRICT, luck={Block.SENSOR: [(0.5, 1.0, 1.0, 0.5)]})
    assert play([false], EYES) == lines("""
        50 false_alarm centre
        50 started centre
        170 registered centre first
        170 dispatched crew-works 0
        170 started crew-works way 900
        1080 closed crew-works gone""")
    assert play([false], {**EYES, "organisation.sensors.recognised": 0.6}) == lines("""
        50 false_alarm centre
        50 started centre
        170 dismissed centre""")


def test_a_false_alarm_makes_others_wait() -> None:
    """One head of the department: whoever is sent for nothing comes 910 s late to what is real."""
    false = FalseAlarm(at=280, luck={Block.SENSOR: [(0.5, 1.0, 1.0, 0.5)]})
    assert play([SEEN], EYES)[-1] == "3120 closed crew-works worked"
    assert play([SEEN, false], EYES)[-1] == "4010 #0 closed crew-works worked"


def test_alarms_are_counted_alike_and_false_ones_are_no_issues() -> None:
    """Both countings; the rates of tickets know only tickets on issues, the pools know all work."""
    tables = city(EYES)
    story = [SEEN, FalseAlarm(at=50, luck={Block.SENSOR: [(0.5, 1.0, 1.0, 0.5)]}),
             FalseAlarm(at=90, category=WASTE, luck={Block.SENSOR: [(0.5, 1.0, 1.0, 0.1)]})]
    timeline = simulate(tables, scripted(tables, story))
    outcome = count(timeline, tables)
    assert count_compiled(timeline, tables).to_bytes() == outcome.to_bytes()
    found = values(outcome)
    assert (found["sensor_discovery_rate"], found["proactive_discovery_rate"]) == (1.0, 1.0)
    assert (found["false_alarms"], found["alarms"]) == (1.0, 1.5)      # two days
    assert found["tickets_on_nothing"] == 0.5
    assert outcome.total("tickets_by_category", "due") == 1
    assert outcome.total("issues_by_category", "occurred") == 1
    assert outcome.total("pools", "ended") == 5     # three looks at pictures, two jobs


def test_false_alarms_come_with_the_precision() -> None:
    """As many false alarms as true ones where half of the alarms are true; none where all are; both kinds keep their issues."""
    rate = {f"issues.categories.{key}.rate": "4 per 1000 residents/day" for key in ("noise", "waste")}
    demand = from_dict(city_settings(), {**EYES, **rate}).tables().city.demand
    kind = demand.kind.tolist()
    assert kind == [Stream.ISSUES, Stream.ISSUES, Stream.QUESTIONS, Stream.QUESTIONS, Stream.FALSE_ALARMS, Stream.FALSE_ALARMS]
    assert demand.cell_rate[4:] == pytest.approx(0.5 * demand.cell_rate[:2])
    sure = from_dict(city_settings(), {**EYES, **rate, "sensors.eyes.precision": 1.0}).tables().city.demand
    assert Stream.FALSE_ALARMS not in sure.kind
    assert (sure.cell_rate[:2] == demand.cell_rate[:2]).all()


def test_what_is_impossible_is_said() -> None:
    wrong = {**EYES, "sensors.eyes.sees": {"nose": 0.5}, "sensors.eyes.owner": "repare", "sensors.eyes.precision": 0}
    with pytest.raises(ScenarioError) as caught:
        city(wrong)
    told = str(caught.value)
    assert "sensors.eyes.sees.nose = 0.5: there is no such category in issues.categories; did you mean noise?" in told
    assert "sensors.eyes.owner = 'repare': there is no such centre in centres.subjects; did you mean repair?" in told
    assert "sensors.eyes.precision = 0" in told
    assert play([SEEN], {"organisation.sensors.on": True}) == []     # nothing to watch is no fault: every mixture of switches is valid
