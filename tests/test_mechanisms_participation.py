"""Residents who take part: one more reporter, self-help, interest that fades, volunteers and mediators."""

from __future__ import annotations

from typing import Any

import pytest
from script import COMMUNITY, PHONE, STREET, WASTE, Arises, city, lines, play, scripted, simulate

from sim.base import ScenarioError
from sim.draws import Block
from sim.measures import values
from sim.outcome import count
from sim.outcome.compiled import count_compiled
from sim.outcome.margins import POOL_COUNTS

PART = "organisation.participation"
ACTIVE: dict[str, Any] = {PART: {"on": True, "reports": 0.4, "self_help": 0.4, "self_help_after": "2000 s"}}
TEAMS: dict[str, Any] = {PART: {"on": True, "reports": 0.0, "self_help": 0.0, "helpers": {
    "mediators": {"title": "mediators", "heads": 2, "shift": "always", "categories": {"noise": 0.6}, "success": 0.6, "slower": 2.0}}}}
REPORTS, HELPS = ({Block.PARTICIPATION: [luck]} for luck in ((0.3, 0.9, 1.0, 0.5), (0.9, 0.3, 1.0, 0.5)))
CALLED = Arises(able=COMMUNITY, reporters=[(600, PHONE)])


def test_one_more_resident_reports() -> None:
    """Nobody would have: after the usual 600 s of noticing somebody calls.  Not with worse luck, not when it is off."""
    story = [Arises(able=COMMUNITY, luck=REPORTS)]
    assert play(story, ACTIVE)[:2] == lines("""
        600 started centre
        700 discovered centre resident""")
    assert play([Arises(able=COMMUNITY, luck=HELPS)], {**ACTIVE, f"{PART}.self_help": 0.0}) == []
    assert play(story) == play(story, {**ACTIVE, f"{PART}.on": False}) == []


def test_residents_help_themselves() -> None:
    """After 2000 s it is dealt with; not what needs the street, and not what somebody has set out for."""
    assert play([Arises(able=COMMUNITY, luck=HELPS)], ACTIVE) == lines("""
        2000 settled residents
        2000 resolved staff-1""")
    assert play([Arises(able=STREET, luck=HELPS)], ACTIVE) == []
    assert play([Arises(able=COMMUNITY, reporters=[(600, PHONE)], luck=HELPS)], ACTIVE)[-1] == "880 closed staff-1 worked"


@pytest.mark.parametrize(("changes", "told"), [
    ({"half_life": "7200 s"}, True), ({"half_life": "7200 s", "rewarded": False}, False),
    ({"half_life": "7200 s", "rewarded": False, "visits_every": "10000 s"}, True), ({"half_life": "100000 s", "rewarded": False}, True)])
def test_interest_fades_without_reward(changes: dict[str, Any], told: bool) -> None:
    """At 10800 s the chance of 0.4 has fallen to 0.16 with a half-life of 7200 s, to 0.36 with one of 100000 s, or to 0.36 since the visits
    800 s ago; the luck is 0.3."""
    story = [Arises(at=10800, able=COMMUNITY, luck=HELPS)]
    assert bool(play(story, {**ACTIVE, **{f"{PART}.{key}": value for key, value in changes.items()}})) == told


def test_mediators_are_asked_first() -> None:
    """At once, without signing; 60 s of way and twice 120 s; solved, and so checked and closed as any other."""
    assert play([CALLED], TEAMS)[3:] == lines("""
        700 dispatched mediators-1 0
        700 started mediators-1 way 60
        1000 helped mediators-1
        1000 worked mediators-1 true fix
        1000 resolved mediators-1
        1000 closed mediators-1 worked""")


def test_what_they_cannot_solve_goes_to_the_usual_unit() -> None:
    """With worse luck than 0.6 it goes back to the desk (20 s), once, and on to community staff."""
    hard = Arises(able=COMMUNITY, reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, 0.7)]})
    assert play([hard], TEAMS)[5:] == lines("""
        1000 referred mediators-1
        1000 redispatched centre
        1000 started centre
        1020 dispatched staff-1 1
        1020 started staff-1 way 60
        1200 worked staff-1 true fix
        1200 resolved staff-1
        1200 closed staff-1 worked""")


def test_who_is_not_theirs_goes_the_usual_way() -> None:
    """Another category, work of the street, worse luck than the share, or nobody there."""
    for story, changes in ((Arises(category=WASTE, able=COMMUNITY, reporters=[(600, PHONE)]), TEAMS),
                           (Arises(able=STREET, reporters=[(600, PHONE)]), TEAMS),
                           (CALLED, {**TEAMS, f"{PART}.helpers.mediators.categories": {"noise": 0.4}}),
                           (CALLED, {**TEAMS, f"{PART}.on": False})):
        assert play([story], changes) == play([story])


def test_helpers_are_nobodys_staff_and_are_counted() -> None:
    """Both countings; heads and pay as without them."""
    hard = Arises(at=9, grid=1, able=COMMUNITY, reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, 0.7)]})
    tables, plain = city(TEAMS), city()
    timeline = simulate(tables, scripted(tables, [CALLED, hard]))
    outcome = count(timeline, tables)
    assert count_compiled(timeline, tables).to_bytes() == outcome.to_bytes()
    found = values(outcome)
    assert (found["helped"], found["referred"]) == (0.5, 0.5)       # two days
    other = count(simulate(plain, scripted(plain, [CALLED])), plain)
    assert outcome.arrays["heads"].sum() == other.arrays["heads"].sum()
    assert found["pay_per_year"] == values(other)["pay_per_year"]
    table = outcome.arrays["pools"][tables.pools.helpers == 0]
    busy, rostered = (table[:, POOL_COUNTS.index(name)].sum() for name in ("busy_seconds", "rostered_seconds"))
    assert 0 < busy < outcome.arrays["pools"][:, POOL_COUNTS.index("busy_seconds")].sum()
    assert found["utilisation"] == busy / rostered
    assert set(outcome.axes["pool_kind"]) - set(other.axes["pool_kind"]) == {"helpers"}


def test_what_is_impossible_is_said() -> None:
    second = {"title": "b", "heads": 1, "categories": {"noise": 0.1, "nose": 0.1}, "shift": "alwys"}
    with pytest.raises(ScenarioError) as caught:
        city({**TEAMS, f"{PART}.helpers.second": second})
    told = str(caught.value)
    for said in ("helpers.second.categories.noise = 0.1: this category is given to mediators already", "nose = 0.1: there is no such category",
                 "helpers.second.shift = 'alwys': there is no such shift"):
        assert said in told
    with pytest.raises(ScenarioError, match=r"heads = 1: too few: each of the 2 communities needs at least one"):
        city({**TEAMS, f"{PART}.helpers.mediators.heads": 1})
