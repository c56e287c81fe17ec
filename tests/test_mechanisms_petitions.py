"""Petitions upward, on the city of two grids of `script.py`, to the second."""

from __future__ import annotations

from typing import Any

import pytest
from script import COMMUNITY, PHONE, Arises, city, city_settings, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.draws import Block
from sim.measures import MEASURES
from sim.measures.base import View
from sim.outcome import count
from sim.scenario import from_dict

PETITIONS: dict[str, Any] = {"residents.petitions": {"false_closing": 0.3, "overdue": 0.2, "after": "5000 s"}}
LATE = {f"issues.categories.{key}.deadline": {"ordinary": "2000 s", "serious": "1 h", "urgent": "1 h"} for key in ("noise", "waste")}
FALSE = {"feedback.true_fix": 0.4}
"""The usual luck of 0.5 makes a false fix."""


def called(false: float = 0.5, late: float = 0.5, **more: Any) -> Arises:
    """Reported by telephone after 600 s, with this luck of its petitions."""
    return Arises(reporters=[(600, PHONE)], luck={Block.PETITION: [(false, 1.0, late, 0.2)]}, **more)


def test_a_false_closing_may_lead_to_a_petition() -> None:
    """Closed at 3400 and not fixed: a letter 5000 s later, which the district's centre files (100 s) and has worked on; luck of 0.31 sends none."""
    told = play([called(false=0.29)], {**PETITIONS, **FALSE})
    assert told[6:] == lines("""
        3400 closed crew-works worked
        8400 petitioned centre closed falsely
        8400 started centre
        8500 registered centre repeat
        8500 dispatched crew-works 0
        8500 started crew-works way 900
        11200 worked crew-works false fix
        11200 closed crew-works worked""")
    assert play([called(false=0.31)], {**PETITIONS, **FALSE})[-1] == play([called(false=0.29)], FALSE)[-1] == "3400 closed crew-works worked"


def test_an_overdue_ticket_may_lead_to_a_petition() -> None:
    """Two hours of work for one crew, limit 2000 s: the second call's ticket falls due at 2700 and is still open; a letter comes 1000 s later and
    is merged into it."""
    story = [called(), called(late=0.19)]
    told = [line for line in play(story, {**PETITIONS, **LATE}) if "petitioned" in line or "merged" in line]
    assert told == ["3700 #1 petitioned centre overdue", "3800 #1 merged centre"]
    assert not [line for line in play(story, {**PETITIONS}) if "petitioned" in line]
    assert not [line for line in play(story, LATE) if "petitioned" in line]


def test_whoever_sees_it_done_does_not_petition() -> None:
    """Late by 700 s, and truly fixed before the letter is written."""
    told = play([called(late=0.1, able=COMMUNITY)], {**PETITIONS, **{key: {**value, "ordinary": "100 s"} for key, value in LATE.items()}})
    assert "petitioned" not in " ".join(told)


def test_petitions_are_counted_by_residents() -> None:
    """One petition among 2,000 residents: five in 10,000; ten in the community of 1,000 where it happened."""
    tables = city({**PETITIONS, **FALSE})
    outcome = count(simulate(tables, scripted(tables, [called(false=0.1)])), tables)
    assert MEASURES["petitions"].function(View(outcome)) == 5.0
    assert MEASURES["petitions"].function(View(outcome, "community")).tolist() == [10.0, 0.0]


@pytest.mark.parametrize(("changes", "path"), [
    ({"residents.petitions.overdue": 1.1}, "residents.petitions.overdue"),
    ({"residents.petitions.after": "0 s"}, "residents.petitions.after")])
def test_what_is_impossible_is_refused(changes: dict[str, Any], path: str) -> None:
    """Chances above 1, petitions at once."""
    with pytest.raises(ScenarioError) as error:
        from_dict(city_settings(), changes)
    assert [fault.path for fault in error.value.faults] == [path]
