"""Sweeps and ten-day dispatching on and off, on the city of two grids of `script.py`, to the second."""

from __future__ import annotations

from typing import Any

import pytest
from script import COMMUNITY, DISTRICT, PHONE, WALK_IN, WASTE, Arises, city_settings, lines, play

from sim.base import ScenarioError
from sim.draws import Block
from sim.scenario import from_dict

SCREENING: dict[str, Any] = {"organisation.screening": {"on": True, "every": "2 h", "share": 1.0, "time": "900 s", "dispatch_every": None}}
DISPATCHING: dict[str, Any] = {"organisation.screening": {"on": True, "share": 0.0, "dispatch_every": "2 h", "stuck_after": "1 h"}}
HIDDEN = Arises(at=100, able=COMMUNITY)
"""Nobody would ever find it."""


def test_a_sweep_finds_what_is_hidden() -> None:
    """The staff find it on their round at 7200, which takes them 900 s, and report it to their desk (50 s), which sends it to the staff."""
    assert play([HIDDEN]) == []
    assert play([HIDDEN], SCREENING) == lines("""
        7200 started staff-1
        8100 discovered staff-1 screening
        8100 started desk-1
        8150 registered desk-1 first
        8150 dispatched staff-1 0
        8150 started staff-1 way 60
        8330 worked staff-1 true fix
        8330 resolved staff-1
        8330 closed staff-1 worked""")


def test_what_a_sweep_misses_the_next_one_may_find() -> None:
    """A sweep finds half: the luck of the first (0.5) misses it, that of the second (0.4) finds it, half as fast as usual."""
    story = [Arises(at=7200, able=COMMUNITY, luck={Block.SCREEN: [(0.5, 1.0, 0.5, 0.5), (0.4, 2.0, 0.5, 0.5)]})]
    told = play(story, {**SCREENING, "organisation.screening.share": 0.5})
    assert told[:2] == ["21600 started staff-1", "23400 discovered staff-1 screening"]


def test_categories_are_looked_for_with_chances_of_their_own() -> None:
    """Waste is not looked for; noise is."""
    story = [HIDDEN, Arises(at=100, category=WASTE, able=COMMUNITY)]
    told = play(story, {**SCREENING, "organisation.screening.by_category": {"waste": 0.0}})
    assert [line for line in told if "discovered" in line] == ["8100 #0 discovered staff-1 screening"]


def test_staff_on_a_sweep_have_no_time_for_their_work() -> None:
    """The sweep comes upon two issues; a ticket that arrives meanwhile waits until both are done with."""
    only_noise = {**SCREENING, "organisation.screening.by_category": {"waste": 0.0}}
    called = Arises(at=100, category=WASTE, able=COMMUNITY, reporters=[(7150, PHONE)])
    for hidden, started in ((0, 7350), (1, 8100), (2, 9000)):
        told = play([*[HIDDEN] * hidden, called], only_noise)
        assert any(line.startswith("7350") and "dispatched staff-1 0" in line for line in told)
        assert any(line.startswith(str(started)) and "started staff-1 way 60" in line for line in told)


def test_whoever_comes_too_late_has_spent_the_time() -> None:
    """It ends by itself while they are on their way, or a resident tells of it first: no find, and no second report."""
    assert play([Arises(at=100, able=COMMUNITY, lasts=7500)], SCREENING) == ["7200 started staff-1", "7600 gone"]
    told = play([Arises(at=100, able=DISTRICT, reporters=[(7200, PHONE)])], SCREENING)
    assert told[:4] == ["7200 started staff-1", "7300 started centre", "7400 discovered centre resident", "7400 registered centre first"]
    assert "screening" not in " ".join(told)


LOST = {"organisation.signal.on": True, "organisation.signal.pass_on": 0.4, "organisation.signal.hop_time": "0 s",
        "organisation.ledger.mode": "silos"}


def test_a_review_sends_on_what_a_hop_lost() -> None:
    """Lost at 800 on the way up; in silos nobody would ever see it, but the review at 7200 does.  The next hop has luck of its own."""
    passes = Arises(reporters=[(600, WALK_IN)], luck={Block.HOP: [(0.5, 1.0, 0.5, 0.5), (0.1, 1.0, 0.5, 0.5), (0.1, 1.0, 0.5, 0.5)]})
    assert play([passes], LOST)[-1] == "800 lost desk-1"
    assert play([passes], {**LOST, **DISPATCHING})[3:7] == lines("""
        800 lost desk-1
        7200 released desk-1 lay
        7200 recovered desk-1
        7200 sent desk-1 to street-desk""")


def test_a_review_puts_ahead_what_has_waited_for_long() -> None:
    """Three calls for one crew of one: the third has waited for more than an hour at 7200, when the second is under way, and goes before the
    fourth, which is more serious; without the review it comes last."""
    story = [Arises(reporters=[(600 + 10 * number, PHONE)]) for number in range(3)]
    story.append(Arises(severity=1, reporters=[(4000, PHONE)]))
    started = "started crew-works"
    assert [line for line in play(story) if started in line] == [
        "700 #0 started crew-works way 900", "3400 #1 started crew-works way 900", "6100 #3 started crew-works way 900",
        "8800 #2 started crew-works way 900"]
    early = [*story, Arises(severity=1, reporters=[(5000, PHONE)])]
    told = play(early, DISPATCHING)
    assert [line for line in told if "released" in line][:1] == ["7200 #2 released crew-works waited"]
    assert [line for line in told if started in line][2:] == [
        "6100 #3 started crew-works way 900", "8800 #2 started crew-works way 900", "11500 #4 started crew-works way 900"]
    assert [line for line in play(early) if started in line][3:] == ["8800 #4 started crew-works way 900", "11500 #2 started crew-works way 900"]


@pytest.mark.parametrize(("changes", "path"), [
    ({"organisation.screening.every": "10 min"}, "organisation.screening.every"),
    ({"organisation.screening.dispatch_every": "1 s"}, "organisation.screening.dispatch_every"),
    ({"organisation.screening.by_category": {"nois": 0.5}}, "organisation.screening.by_category.nois"),
    ({"organisation.screening.share": 1.5}, "organisation.screening.share")])
def test_what_is_impossible_is_refused(changes: dict[str, Any], path: str) -> None:
    """Rounds that come too often, categories that do not exist, chances above 1."""
    with pytest.raises(ScenarioError) as error:
        from_dict(city_settings(), changes)
    assert [fault.path for fault in error.value.faults] == [path]
