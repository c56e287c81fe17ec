"""Estates that deal with issues themselves, to the second and on both engines."""

from __future__ import annotations

from typing import Any

import pytest
from script import PHONE, WASTE, Arises, city, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.draws import Block
from sim.measures import values
from sim.outcome import count
from sim.outcome.compiled import count_compiled

MANAGED: dict[str, Any] = {"city.estate_classes": {"estate": {"title": "estate", "solves": {"noise": 0.5}, "solves_after": "1000 s"}}}
TAKEN = {Block.ESTATE: [(0.4, 1.0, 0.5, 0.5)]}


def test_a_manager_solves_before_anybody_reports() -> None:
    """After 1000 s it is settled, and whoever comes by at 2000 has nothing to tell."""
    assert play([Arises(reporters=[(2000, PHONE)], luck=TAKEN)], MANAGED) == lines("""
        1000 settled manager
        1000 resolved staff-1""")


def test_without_a_manager_it_is_left_to_others() -> None:
    """No class that solves it, another category, or worse luck than the chance."""
    story = [Arises(reporters=[(2000, PHONE)], luck=TAKEN)]
    usual = play(story)
    assert usual[-1] == "4800 closed crew-works worked"
    assert play([Arises(category=WASTE, reporters=[(2000, PHONE)], luck=TAKEN)], MANAGED) == usual
    assert play([Arises(reporters=[(2000, PHONE)], luck={Block.ESTATE: [(0.6, 1.0, 0.5, 0.5)]})], MANAGED) == usual


def test_whoever_has_set_out_goes_on() -> None:
    """Called at 100, at work from 200 on: the manager leaves it to them."""
    assert play([Arises(reporters=[(100, PHONE)], luck=TAKEN)], MANAGED)[-1] == "2900 closed crew-works worked"


def test_what_waits_for_somebody_is_found_gone() -> None:
    """The crew is busy until 2900 with another: it comes at 3800 and finds nothing."""
    busy = Arises(category=WASTE, reporters=[(100, PHONE)])
    told = play([busy, Arises(reporters=[(100, PHONE)], luck=TAKEN)], MANAGED)
    assert "1000 #1 settled manager" in told
    assert told[-1] == "3810 #1 closed crew-works gone"


def test_settled_issues_are_resolved_and_not_latent() -> None:
    """Both countings; a settled issue that nobody ever reported is no missed one."""
    tables = city(MANAGED)
    timeline = simulate(tables, scripted(tables, [Arises(luck=TAKEN), Arises(at=50)]))
    outcome = count(timeline, tables)
    assert count_compiled(timeline, tables).to_bytes() == outcome.to_bytes()
    found = values(outcome)
    assert (found["settled_rate"], found["true_resolution_rate"], found["latent_share"]) == (0.5, 0.5, 0.5)
    assert found["solved_at_grass_roots"] == 1.0


def test_what_is_impossible_is_said() -> None:
    with pytest.raises(ScenarioError, match=r"there is no such category in issues\.categories; did you mean noise"):
        city({"city.estate_classes": {"estate": {"title": "estate", "solves": {"nose": 0.5}}}})
