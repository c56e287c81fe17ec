"""Emergencies: declared and called off, a cross-department team, who is interrupted, who is seconded; to the second and on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from script import (
    DISTRICT,
    GRID,
    ORDINARY,
    PHONE,
    SERIOUS,
    STREET,
    URGENT,
    WATER,
    WORKS,
    Arises,
    city,
    lines,
    play,
    scripted,
    simulate,
)

from sim.measures import values
from sim.outcome import count
from sim.outcome.compiled import count_compiled

AT = "organisation.emergencies"
ON: dict[str, Any] = {AT: {"on": True, "bar": 100.0, "over": 1.0, "pre_empts": False, "team": False, "convene": "200 s", "seconded": 0.0,
                           "slower": 1.5}}     # a bar of two tickets for 2,000 residents


def calls(at: int, severity: int = URGENT, **more: Any) -> Arises:
    return Arises(severity=severity, **{"able": DISTRICT, **more}, reporters=[(at, PHONE)])


def told_of(story: list[Arises], changes: dict[str, Any], *words: str) -> list[str]:
    """Lines with one of these words, but for clerks."""
    return [line for line in play(story, changes) if any(word in line for word in words) and "centre" not in line]


def test_an_emergency_is_declared_and_called_off() -> None:
    """With the second open urgent ticket, until fewer than two (than one with half of the bar) are open; others do not count."""
    story = [calls(600), calls(1000, SERIOUS), calls(2000)]
    assert told_of(story, ON, "declared", "down", "closed") == lines("""
        2100 declared 2
        3400 #0 closed crew-works worked
        3400 stood_down 1300
        6100 #2 closed crew-works worked
        8800 #1 closed crew-works worked""")
    assert told_of(story, {**ON, f"{AT}.over": 0.5}, "declared", "down") == ["2100 declared 2", "6100 stood_down 4000"]
    assert told_of(story, {**ON, f"{AT}.bar": 150.0}, "declared", "down") == []
    assert told_of(story, {**ON, f"{AT}.bar": 0.0}, "declared", "down") == ["700 declared 1"]


def test_what_gets_urgent_counts_from_then_on() -> None:
    worse = [calls(600, SERIOUS, worsens=1500), calls(1000)]
    assert told_of(worse, ON, "declared", "worsened") == ["1500 #0 worsened urgent", "1500 declared 2"]
    early = [calls(600, SERIOUS, worsens=650), calls(1000)]      # before there is a ticket
    assert told_of(early, ON, "declared") == ["1100 declared 2"]


def test_urgent_work_interrupts_while_it_lasts() -> None:
    """The first urgent job waits for the ordinary one under way until the second makes it an emergency."""
    story = [calls(600, ORDINARY), calls(1000), calls(2000)]
    assert told_of(story, {**ON, f"{AT}.pre_empts": True}, "suspended", "started", "declared") == lines("""
        700 #0 started crew-works way 900
        2100 declared 2
        2100 #0 suspended crew-works left 1300
        2100 #1 started crew-works way 900
        4800 #2 started crew-works way 900
        7500 #0 started crew-works""")
    for changes in (ON, {**ON, f"{AT}.pre_empts": True, f"{AT}.bar": 200.0}):
        assert told_of(story, changes, "suspended") == []
    always = {**ON, f"{AT}.pre_empts": True, f"{AT}.bar": 200.0, "organisation.pre_emption.on": True}
    assert told_of(story, always, "suspended") == ["1100 #0 suspended crew-works left 2300"]


def test_a_team_of_several_departments_works_at_once() -> None:
    """The second issue needs two departments: after 200 s both have it; one after the other without a team, or where it is not urgent."""
    def story(severity: int) -> list[Arises]:
        return [calls(600, departments=(WATER,)), calls(700), calls(1000, severity, departments=(WORKS, WATER))]

    team = {**ON, f"{AT}.team": True}
    assert [line for line in told_of(story(URGENT), team, "dispatched") if "#2" in line] == lines("""
        1300 #2 dispatched crew-works 0
        1300 #2 dispatched crew-water 0""")
    for severity, changes in ((URGENT, ON), (SERIOUS, team), (URGENT, {**team, f"{AT}.bar": 200.0})):
        assert next(line for line in told_of(story(severity), changes, "dispatched") if "#2" in line) == "1100 #2 dispatched crew-works 0"
    both = {**team, "organisation.joint_work.mode": "parallel"}     # convened in 1000 s, in an emergency in 200 s
    assert [next(line for line in told_of(story(severity), both, "dispatched") if "#2" in line) for severity in (URGENT, SERIOUS)] == [
        "1300 #2 dispatched crew-works 0", "2100 #2 dispatched crew-works 0"]


SENT = {**ON, f"{AT}.seconded": 0.5}


def test_patrol_members_are_seconded_to_a_department() -> None:
    """The crew is at the first; at 2100 the team of that community gives its only member to the second: 900 s of way and 1.5 times 1800 s, in
    the crew's name."""
    assert told_of([calls(600), calls(2000)], SENT, "#1", "declared") == lines("""
        2100 declared 2
        2100 #1 dispatched crew-works 0
        2100 #1 seconded crew-works to team-1
        2100 #1 started team-1 way 900
        5700 #1 worked crew-works true fix
        5700 #1 resolved crew-works
        5700 #1 closed crew-works worked""")


def test_what_waits_already_is_helped_when_it_is_declared() -> None:
    """The first urgent job has waited for the street's team since 1100; the second, of the other community, has a team of its own there."""
    story = [calls(600, ORDINARY, able=STREET), calls(1000, able=STREET), calls(1100, able=STREET, grid=1)]
    assert told_of(story, SENT, "seconded", "declared", "started") == lines("""
        700 #0 started street-team way 300
        1200 declared 2
        1200 #1 seconded street-team to team-1
        1200 #1 started team-1 way 300
        1200 #2 seconded street-team to team-2
        1200 #2 started team-2 way 300""")


def test_nobody_is_seconded_beyond_the_share_or_after_it() -> None:
    """One of one at a time: the third urgent job waits until the first is done, and the crew takes it; without share or bar nobody is."""
    story = [calls(600), calls(2000), calls(2050)]
    assert told_of(story, SENT, "seconded", "#2 started") == ["2100 #1 seconded crew-works to team-1", "3400 #2 started crew-works way 900"]
    more = {**SENT, "staff.grid_workers.heads": 8}      # two of four
    assert told_of(story, more, "seconded") == ["2100 #1 seconded crew-works to team-1", "2150 #2 seconded crew-works to team-1"]
    for changes in (ON, {**SENT, f"{AT}.bar": 200.0}, {**SENT, f"{AT}.on": False}):
        assert told_of(story, changes, "seconded") == []
    assert play(story, {**SENT, f"{AT}.on": False}) == play(story)


def test_who_is_seconded_does_not_patrol() -> None:
    """What would have been found at 2400 waits until the only member is back at 5700 and has gone on for the rest of it."""
    hidden = Arises(at=1800, able=STREET, found_after=1.0)
    story = [calls(600), calls(2000), hidden]
    assert told_of(story, {}, "discovered") == ["2400 #2 discovered team-1 patrol"]
    assert told_of(story, SENT, "discovered") == ["6000 #2 discovered team-1 patrol"]


def test_who_comes_back_from_a_task_is_seconded() -> None:
    """The team's only member is at something else from 2060 on, and takes what waits when it is done at 2120."""
    story = [calls(600), calls(2000), Arises(able=GRID, found_after=2060 / 600)]
    assert told_of(story, SENT, "seconded", "worked team-1") == ["2120 #2 worked team-1 true fix", "2120 #1 seconded crew-works to team-1"]


def test_they_are_counted_alike() -> None:
    tables = city(SENT)
    timeline = simulate(tables, scripted(tables, [calls(600), calls(2000)]))
    outcome = count(timeline, tables)
    assert count_compiled(timeline, tables).to_bytes() == outcome.to_bytes()
    assert (values(outcome)["emergencies"], values(outcome)["seconded"]) == (0.5, 0.5)       # two days


@pytest.mark.parametrize("severity", [ORDINARY, SERIOUS])
def test_what_is_not_urgent_goes_the_usual_way(severity: int) -> None:
    story = [calls(600, severity), calls(2000, severity), calls(2050, severity, departments=(WORKS, WATER))]
    everything = {AT: {"on": True, "bar": 0.0, "seconded": 1.0}}
    assert play(story, everything) == play(story)


def test_what_nobody_knows_of_is_no_emergency() -> None:
    """It gets urgent unseen: nothing is declared, whatever the bar."""
    hidden = Arises(severity=SERIOUS, worsens=500)
    assert told_of([hidden], {**ON, f"{AT}.bar": 0.0}, "declared", "worsened") == ["500 worsened urgent"]
