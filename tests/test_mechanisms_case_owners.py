"""Case ownership on and off, on the city of two grids of `script.py`, to the second."""

from __future__ import annotations

from typing import Any

import pytest
from script import PHONE, SERIOUS, WALK_IN, Arises, city_settings, lines, play

from sim.base import ScenarioError
from sim.draws import Block
from sim.scenario import from_dict

OWNERS: dict[str, Any] = {"organisation.case_owners": {"on": True, "after": "4000 s", "repeats": True, "owners": 1, "cases": 1, "ask_again": "1 h",
                                                      "effort": 1.5}}
CALLED = Arises(reporters=[(600, PHONE)])


def told_of(story: list[Arises], changes: dict[str, Any], *words: str) -> list[str]:
    """Lines with one of these words."""
    return [line for line in play(story, changes) if any(word in line for word in words)]


def test_an_old_case_gets_an_owner_and_goes_first() -> None:
    """Three calls for one crew: at 4710 the second is under way and the leader takes the third, which waits; it goes before a serious one that
    came later and would have gone first."""
    story = [CALLED, Arises(reporters=[(610, PHONE)]), Arises(reporters=[(620, PHONE)]), Arises(severity=SERIOUS, reporters=[(4000, PHONE)])]
    free = {**OWNERS, "organisation.case_owners.cases": 2}
    assert told_of(story, free, "owned", "way") == lines("""
        700 #0 started crew-works way 900
        3400 #1 started crew-works way 900
        4710 #1 owned crew-works 1
        4800 #2 owned crew-works 2
        6100 #2 started crew-works way 900
        8100 #3 owned crew-works 2
        8800 #3 started crew-works way 900""")
    assert told_of(story, {}, "way")[2:] == ["6100 #3 started crew-works way 900", "8800 #2 started crew-works way 900"]


def test_owners_have_their_hands_full() -> None:
    """One case at a time: the second ticket is asked about again an hour later, and then the first is closed."""
    assert told_of([CALLED, Arises(reporters=[(610, PHONE)]), Arises(reporters=[(620, PHONE)])], OWNERS, "owned", "closed") == lines("""
        3400 #0 closed crew-works worked
        4710 #1 owned crew-works 1
        6100 #1 closed crew-works worked
        8400 #2 owned crew-works 1
        8800 #2 closed crew-works worked""")


def test_a_repeat_is_owned_at_once_and_worked_on_with_effort() -> None:
    """A false fix (0.5 of 0.4) is reported again 1000 s later; the second time the owner's effort makes it 0.6, and it is a true one."""
    again = Arises(reporters=[(600, PHONE)], luck={Block.ASK: [(0.5, 1.0, 0.5, 0.5)]})
    repeats = {"feedback.true_fix": 0.4, "residents.repeat": 1.0, "residents.repeat_within": "2000 s"}
    assert told_of([again], {**repeats, **OWNERS}, "owned", "worked", "repeat") == lines("""
        3400 worked crew-works false fix
        3400 closed crew-works worked
        4500 registered centre repeat
        4500 owned crew-works 1
        7200 worked crew-works true fix
        7200 closed crew-works worked""")
    never = told_of([again], {**repeats, **OWNERS, "organisation.case_owners.repeats": False}, "owned", "fix")
    assert never[:2] == ["3400 worked crew-works false fix", "7200 worked crew-works false fix"]


def test_what_has_an_owner_is_neither_lost_nor_refused() -> None:
    """Lost at 800 in silos, where nobody would see it: the leader has it sent on at 4800.  From then on no unit refuses it."""
    lost = {"organisation.signal.on": True, "organisation.signal.pass_on": 0.4, "organisation.signal.hop_time": "0 s",
            "organisation.ledger.mode": "silos"}
    refuses = {"organisation.triage.on": True, "organisation.triage.mis_dispatch": 0.0, "organisation.triage.refuse": 1.0,
               "organisation.triage.sign_in": "0 s", "organisation.triage.hold": "0 s"}
    passes = Arises(reporters=[(600, WALK_IN)], luck={Block.HOP: [(0.5, 1.0, 0.5, 0.5), (0.1, 1.0, 0.5, 0.5), (0.1, 1.0, 0.5, 0.5)]})
    assert play([passes], {**lost, **refuses})[-1] == "800 lost desk-1"
    told = play([passes], {**lost, **refuses, **OWNERS})
    assert told[4:7] == ["4800 owned desk-1 1", "4800 recovered desk-1", "4800 sent desk-1 to street-desk"]
    assert told[-1] == "7540 closed crew-works worked"


@pytest.mark.parametrize(("changes", "path"), [
    ({"organisation.case_owners.ask_again": "10 min"}, "organisation.case_owners.ask_again"),
    ({"organisation.case_owners.cases": -1}, "organisation.case_owners.cases"),
    ({"organisation.case_owners.effort": 0.9}, "organisation.case_owners.effort")])
def test_what_is_impossible_is_refused(changes: dict[str, Any], path: str) -> None:
    """Asking too often, fewer cases than none, effort below the usual."""
    with pytest.raises(ScenarioError) as error:
        from_dict(city_settings(), changes)
    assert [fault.path for fault in error.value.faults] == [path]
