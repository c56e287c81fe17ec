"""Assessment on and off, on the city of two grids of `script.py`, to the second.

Units are numbered: police 0, water 1, works 2, the street 3.
"""

from __future__ import annotations

from typing import Any

import pytest
from script import COMMUNITY, PHONE, STREET, Arises, city, city_settings, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.draws import Block
from sim.measures import MEASURES
from sim.measures.base import View
from sim.outcome import count
from sim.scenario import from_dict
from sim.tables import Tables
from sim.timeline import Event, Timeline

ASSESSMENT: dict[str, Any] = {"organisation.assessment": {
    "on": True, "every": "2 h", "self_share": 0.0, "self_bias": 0.0, "bar": 0.9, "effort": 0.8, "refusal_cut": 1.0, "listed_effort": 1.5,
    "listed_checks": 1.0}}
LATE = {f"issues.categories.{key}.deadline": {"ordinary": "1 s", "serious": "1 s", "urgent": "1 s"} for key in ("noise", "waste")}
"""All work is late, so that a unit without other faults gets two points of three."""


def called(at: int, able: int = 3, **luck: tuple[float, ...]) -> Arises:
    """Reported by telephone 600 s after it arose."""
    return Arises(at=at, able=able, reporters=[(600, PHONE)], luck={Block[name]: [lanes] for name, lanes in luck.items()})


def test_units_are_scored_by_what_others_experience() -> None:
    """Works is late with all it does (two points of three); the street did its part in time, and is not scored again without new work."""
    story = [called(0), Arises(at=0, able=STREET, reporters=[(600, PHONE)])]
    late = {"issues.categories.noise.deadline": {"ordinary": "1500 s", "serious": "1 h", "urgent": "1 h"}}
    assert [line for line in play(story, {**ASSESSMENT, **late}) if "assessed" in line or "listed" in line] == lines("""
        7200 assessed unit 2, points 667
        7200 assessed unit 3, points 1000""")
    assert "assessed" not in " ".join(play(story, late))


def test_self_scores_are_kinder() -> None:
    """Half of the score is the unit's own, 0.2 better: 667 becomes 767; nobody scores more than full marks."""
    kinder = {**ASSESSMENT, **LATE, "organisation.assessment.self_share": 0.5, "organisation.assessment.self_bias": 0.2}
    assert "7200 assessed unit 2, points 767" in play([called(0)], kinder)
    assert "7200 assessed unit 2, points 1000" in play([called(0)], {**kinder, **dict.fromkeys(LATE, city_settings()["issues"][
        "categories"]["noise"]["deadline"])})


def test_who_is_below_the_bar_tries_harder() -> None:
    """A base chance of 0.5 and luck of 0.55: a false fix.  At 667 points of 900 a quarter is missing, and a quarter of 0.8 makes 0.6 of 0.5."""
    story = [called(0, WORK=(1.0, 1.0, 0.1, 0.5)), called(8000, WORK=(1.0, 1.0, 0.55, 0.5))]
    half = {**LATE, "feedback.true_fix": 0.5}
    assert "11400 #1 worked crew-works false fix" in play(story, half)
    assert "11400 #1 worked crew-works true fix" in play(story, {**half, **ASSESSMENT})
    assert "11400 #1 worked crew-works false fix" in play(story, {**ASSESSMENT, "feedback.true_fix": 0.5})     # in time: full marks


def test_who_is_below_the_bar_refuses_less() -> None:
    """The crew refuses with 0.06; a quarter of that is given up: luck of 0.05 is not refused any more, 0.04 still is."""
    refuses = {**LATE, "organisation.triage.on": True, "organisation.triage.mis_dispatch": 0.0, "organisation.triage.hold": "0 s",
               "organisation.triage.sign_in": "0 s", "organisation.triage.refuse": 0.06}
    story = [called(0), called(8000, DISPATCH=(0.5, 0.5, 1.0, 0.05)), called(8000, DISPATCH=(0.5, 0.5, 1.0, 0.04))]

    def refused(changes: dict[str, Any]) -> list[str]:
        return [line for line in play(story, changes) if "refused" in line]

    assert refused(refuses) == ["8700 #1 refused crew-works works", "8700 #2 refused crew-works works"]
    assert refused({**refuses, **ASSESSMENT}) == ["8700 #2 refused crew-works works"]


def test_a_street_below_the_bar_is_listed_and_checked() -> None:
    """The community's staff are late: their street is listed at 7200, and the next thing they do is checked and a better fix; at 14400 it has
    done better in nothing, and stays on the list."""
    story = [called(0, COMMUNITY), called(8000, COMMUNITY, WORK=(1.0, 1.0, 0.7, 0.5))]
    half = {**LATE, "feedback.true_fix": 0.55, "organisation.verification.detects": 1.0, "organisation.verification.by_call": 0.0}
    told = play(story, {**half, **ASSESSMENT})
    assert [line for line in told if "assessed" in line or "listed" in line or "#1" in line] == lines("""
        7200 assessed unit 3, points 667
        7200 listed street 0
        8600 #1 started centre
        8700 #1 discovered centre resident
        8700 #1 registered centre first
        8700 #1 dispatched staff-1 0
        8700 #1 started staff-1 way 60
        8880 #1 worked staff-1 true fix
        8880 #1 resolved staff-1
        8880 #1 started team-1
        10080 #1 verified team-1 passed
        10080 #1 closed staff-1 worked
        14400 assessed unit 3, points 667
        14400 listed street 0""")
    assert "8880 #1 worked staff-1 false fix" in play(story, half)


def test_assessments_are_counted() -> None:
    """Two assessments of the street, one of works; a run cut in parts counts them once."""
    tables = city({**ASSESSMENT, **LATE})
    timeline = simulate(tables, scripted(tables, [called(0), called(0, COMMUNITY), called(8000, COMMUNITY)]))
    view = View(count(timeline, tables))
    assert {key: MEASURES[key].function(view) for key in ("department_score", "street_score", "listed_share")} == {
        "department_score": 66.7, "street_score": 66.7, "listed_share": 1.0}
    assert _listed(timeline, tables) == view.assessed_streets("listed") == 2
    assert MEASURES["listed_share"].function(View(count(timeline, tables), "street")).tolist() == [1.0]


def _listed(timeline: Timeline, tables: Tables) -> int:
    return int((timeline.column("kind") == Event.LISTED).sum())


@pytest.mark.parametrize(("changes", "path"), [
    ({"organisation.assessment.every": "10 min"}, "organisation.assessment.every"),
    ({"organisation.assessment.bar": 0.0}, "organisation.assessment.bar"),
    ({"organisation.assessment.listed_effort": 0.5}, "organisation.assessment.listed_effort")])
def test_what_is_impossible_is_refused(changes: dict[str, Any], path: str) -> None:
    """Rounds that come too often, a bar of nothing, effort below the usual."""
    with pytest.raises(ScenarioError) as error:
        from_dict(city_settings(), changes)
    assert [fault.path for fault in error.value.faults] == [path]
