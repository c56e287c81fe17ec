"""Root-cause analysis on and off, on the city of two grids of `script.py`, to the second."""

from __future__ import annotations

from typing import Any

import pytest
from script import COMMUNITY, NOISE, WASTE, Arises, city, city_settings, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.draws import Block
from sim.measures import MEASURES
from sim.measures.base import View
from sim.outcome import count
from sim.scenario import from_dict

ANALYSIS: dict[str, Any] = {"organisation.root_causes": {"on": True, "every": "2 h", "least": 1, "cut": 0.4, "half_life": "2 h"}}


def found(at: int, category: int = NOISE) -> Arises:
    """Found on patrol half a round later; its ticket is registered 350 s after it arose."""
    return Arises(at=at, category=category, able=COMMUNITY, found_after=0.5)


def arises(at: int, luck: float, category: int = NOISE) -> Arises:
    """An issue that nobody would find, with this luck of being prevented."""
    return Arises(at=at, category=category, luck={Block.CAUSE: [(luck, 0.5, 0.5, 0.5)]})


def told_of(story: list[Arises], changes: dict[str, Any]) -> list[str]:
    """Analyses and what is prevented."""
    return [line for line in play(story, changes) if "analysed" in line or "prevented" in line]


def test_the_worst_cluster_is_worked_on_and_its_issues_do_not_arise() -> None:
    """Two tickets on noise, one on waste: at 7200 noise is worked on.  Of what arises a second later 40% is prevented, of noise alone."""
    story = [found(0), found(600, WASTE), found(1200), arises(7201, 0.39), arises(7201, 0.41), arises(7201, 0.1, WASTE)]
    assert told_of(story, {}) == []
    assert told_of(story, ANALYSIS) == ["7200 analysed cluster 0, tickets 2", "7201 #3 prevented"]


def test_what_is_prevented_happens_to_nobody() -> None:
    """It occurs, so that both sides have the same issues, and that is all, though it would have been found, reported and got worse."""
    story = [found(0), Arises(at=8000, able=COMMUNITY, found_after=0.5, reporters=[(10, 0)], worsens=100, luck={Block.CAUSE: [(0.01,) * 4]})]
    told = play(story, ANALYSIS, hide=frozenset())
    assert [line for line in told if "#1" in line] == ["8000 #1 occurred ordinary", "8000 #1 prevented"]


def test_the_reduction_fades() -> None:
    """Worked on at 7200 and never again (the second analysis has no tickets): 40%, 30% after an hour, 20% after two, 10% after four."""
    story = [found(0), *(arises(time, luck) for time, luck in (
        (10800, 0.299), (10800, 0.301), (14401, 0.199), (14401, 0.201), (21601, 0.099), (21601, 0.101)))]
    assert told_of(story, ANALYSIS) == lines("""
        7200 analysed cluster 0, tickets 1
        10800 #1 prevented
        14401 #3 prevented
        21601 #5 prevented""")


def test_work_on_the_same_cluster_adds_up() -> None:
    """At 14400 half of the 40% is left; 40% of the other 80% comes on top: 52%."""
    story = [found(0), found(8000), arises(14400, 0.519), arises(14400, 0.521)]
    told = told_of(story, ANALYSIS)
    assert told[-2:] == ["14400 analysed cluster 0, tickets 1", "14400 #2 prevented"]


def test_categories_of_one_cluster_count_together() -> None:
    """Noise and waste make one cluster of two tickets; apart, neither has the two that are needed."""
    story = [found(0), found(600, WASTE), arises(7201, 0.1, WASTE)]
    two = {**ANALYSIS, "organisation.root_causes.least": 2}
    assert told_of(story, two) == []
    one = {f"issues.categories.{key}.cluster": "street" for key in ("noise", "waste")}
    assert told_of(story, {**two, **one}) == ["7200 analysed cluster 0, tickets 2", "7201 #2 prevented"]


def test_being_prevented_is_an_end_of_its_own() -> None:
    """Of four issues one is resolved, one prevented, two are open and unknown: the true resolution rate is that of the three that arose, while
    by time all four count, and the prevented one has no life."""
    tables = city(ANALYSIS)
    outcome = count(simulate(tables, scripted(tables, [found(0), arises(7201, 0.1), arises(7201, 0.5), arises(7201, 0.6)])), tables)
    view = View(outcome)
    values = {key: MEASURES[key].function(view) for key in ("prevented_share", "true_resolution_rate", "latent_share", "resolved_within_1_days")}
    assert values == {"prevented_share": 0.25, "true_resolution_rate": 1 / 3, "latent_share": 2 / 3, "resolved_within_1_days": 0.25}
    assert sum(view.issues(end) for end in ("resolved", "gone", "open", "prevented")) == view.issues("occurred") == 4


@pytest.mark.parametrize(("changes", "path"), [
    ({"organisation.root_causes.every": "10 min"}, "organisation.root_causes.every"),
    ({"organisation.root_causes.half_life": "1 s"}, "organisation.root_causes.half_life"),
    ({"organisation.root_causes.cut": -0.1}, "organisation.root_causes.cut"),
    ({"organisation.root_causes.least": 0}, "organisation.root_causes.least")])
def test_what_is_impossible_is_refused(changes: dict[str, Any], path: str) -> None:
    """Rounds that come too often, half-lives of nothing, shares below 0, classes of no case."""
    with pytest.raises(ScenarioError) as error:
        from_dict(city_settings(), changes)
    assert [fault.path for fault in error.value.faults] == [path]
