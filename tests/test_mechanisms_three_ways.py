"""Three-way triage on and off, on the city of two grids of `script.py`, to the second."""

from __future__ import annotations

from typing import Any

import pytest
from script import COMMUNITY, DISTRICT, PHONE, POLICE, SERIOUS, STREET, URGENT, WORKS, Arises, city_settings, lines, play

from sim.base import ScenarioError
from sim.draws import Block
from sim.scenario import from_dict

WAYS: dict[str, Any] = {
    "organisation.three_ways": {"on": True, "deliberation": "1000 s", "help_case": 0.3, "help_after": "5000 s", "settles_after": "4000 s",
                                "meeting_every": "2 h", "meeting": "300 s", "agree": 0.6},
    **{f"issues.categories.{key}.nature": {"private": 0.2, "small": 0.4, "big": 0.4} for key in ("noise", "waste")}}
PRIVATE, SMALL, BIG = 0.1, 0.5, 0.9


def called(nature: float, *, able: int = DISTRICT, agree: float = 0.5, back: float = 0.5, at: int = 0, **more: Any) -> Arises:
    """Reported by telephone after 600 s, with this luck of its nature, of an agreement, and of coming back."""
    return Arises(at=at, able=able, reporters=[(600, PHONE)], luck={Block.NATURE: [(nature, 1.0, agree, back)]}, **more)


def test_a_private_matter_is_guided_and_settled_by_those_concerned() -> None:
    """Deliberated on for 1000 s, guided, closed; over by itself 4000 s later.  Nobody sets out."""
    assert play([called(PRIVATE)], WAYS) == lines("""
        600 started centre
        700 discovered centre resident
        700 registered centre first
        1700 sorted centre private
        1700 closed centre guided
        5700 gone""")
    assert play([called(PRIVATE)])[-1] == "3400 closed crew-works worked"


def test_some_private_matters_come_back_as_a_help_case() -> None:
    """With luck below 0.3 somebody reports it again after 5000 s; then it goes the usual way."""
    assert play([called(PRIVATE, back=0.29)], WAYS)[4:] == lines("""
        1700 closed centre guided
        6700 started centre
        6800 registered centre repeat
        7800 sorted centre usual
        7800 dispatched crew-works 0
        7800 started crew-works way 900
        10500 worked crew-works true fix
        10500 resolved crew-works
        10500 closed crew-works worked""")


def test_a_small_matter_waits_for_the_communitys_meeting() -> None:
    """The next meeting is at 7200 and takes 300 s a matter; those concerned agree on the first, not on the second, which goes the usual way."""
    told = play([called(SMALL, able=COMMUNITY), called(SMALL, able=STREET, agree=0.7, at=10)], WAYS)
    assert [line for line in told if int(line.split()[0]) > 1700] == lines("""
        1710 #1 sorted centre small
        7200 #0 started staff-1
        7500 #0 consulted staff-1 agreed
        7500 #0 worked staff-1 true fix
        7500 #0 resolved staff-1
        7500 #0 closed staff-1 worked
        7500 #1 started staff-1
        7800 #1 consulted staff-1 not agreed
        7800 #1 started centre
        7820 #1 dispatched street-team 0
        7820 #1 started street-team way 300
        8720 #1 worked street-team true fix
        8720 #1 resolved street-team
        8720 #1 closed street-team worked""")


def test_what_needs_a_department_is_not_talked_over() -> None:
    """A small matter of the district goes the usual way after its deliberation."""
    assert play([called(SMALL)], WAYS)[3:5] == ["1700 sorted centre usual", "1700 dispatched crew-works 0"]


def test_whoever_waits_for_the_meeting_in_vain() -> None:
    """It ends by itself before the meeting: the staff have a look (10 s), and the ticket closes as gone."""
    assert play([called(SMALL, able=COMMUNITY, lasts=5000)], WAYS)[3:] == lines("""
        1700 sorted centre small
        5000 gone
        7200 started staff-1
        7210 closed staff-1 gone""")


def test_a_big_matter_has_a_named_owner() -> None:
    """Every dispatch would go wrong and every unit refuse; not this one.  And it goes before a serious matter of the usual way that has waited
    longer for the same crew."""
    wrong = {"organisation.triage.on": True, "organisation.triage.mis_dispatch": 1.0, "organisation.triage.too_low": 0.0,
             "organisation.triage.refuse": 1.0, "organisation.triage.sign_in": "0 s", "organisation.triage.hold": "1000 s"}
    told = play([called(BIG, departments=(POLICE,))], {**WAYS, **wrong})
    assert "1700 dispatched crew-police 0" in told
    assert told[-1] == "4400 closed crew-police worked"
    story = [called(SMALL, departments=(WORKS,)), called(SMALL, at=10, severity=SERIOUS), called(BIG, at=20)]
    started = [line for line in play(story, WAYS) if "crew-works way" in line]
    assert [line.split()[1] for line in started] == ["#0", "#2", "#1"]
    started = [line for line in play(story) if "crew-works way" in line]
    assert [line.split()[1] for line in started] == ["#0", "#1", "#2"]


def test_urgent_matters_are_not_deliberated_on() -> None:
    """They go on at once, whatever their nature."""
    assert play([called(PRIVATE, severity=URGENT)], WAYS) == play([called(PRIVATE, severity=URGENT)])


@pytest.mark.parametrize(("changes", "path"), [
    ({"organisation.three_ways.meeting_every": "10 min"}, "organisation.three_ways.meeting_every"),
    ({"organisation.three_ways.agree": 1.1}, "organisation.three_ways.agree"),
    ({"organisation.three_ways.meeting": "0 s"}, "organisation.three_ways.meeting"),
    ({"issues.categories.noise.nature": {"private": 0.5, "small": 0.1, "big": 0.1}}, "issues.categories.noise.nature")])
def test_what_is_impossible_is_refused(changes: dict[str, Any], path: str) -> None:
    """Meetings that come too often or take no time, chances above 1, shares that do not add up."""
    with pytest.raises(ScenarioError) as error:
        from_dict(city_settings(), changes)
    assert [fault.path for fault in error.value.faults] == [path]
