"""How many people, and when: against the theoretical minimum, and what is said when there is no answer."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import theory_values as theory
from test_charts import text_faults

from sim.charts import staffing as chart
from sim.charts.style import drawing
from sim.i18n import speaking
from sim.scenario import Scenario, from_dict, load
from sim.staffing import (
    MET,
    MISSED,
    UNDECIDED,
    DemandAnswer,
    Effort,
    ShiftAnswer,
    StaffingAnswer,
    StaffingError,
    Target,
    demand_range,
    known_pools,
    lever,
    shifts,
    staff,
    sustain,
    target,
)
from sim.staffing.answers import told
from sim.staffing.bench import Bench, How
from sim.staffing.demand import demand_changes
from sim.staffing.pools import changed, pay_of, titles_of
from sim.staffing.rosters import roster
from sim.staffing.search import bisect, falls
from sim.staffing.targets import Quantity, amount, shown
from sim.store import Store

SERVICE = 600.0
QUICK: dict[str, Any] = {"jobs": 1, "store": ":memory:", "effort": Effort(first=5, most=40)}


def queue(load_: float, heads: int, *, patience: float | None = None, days: float | None = None, **more: Any) -> Scenario:
    """M/M/c, or M/M/c+M with patience (s): `load_` erlangs of services of 10 min, measured for some thousand customers."""
    days = days or max(2.0, round(40 / load_))
    one: dict[str, Any] = {"arrivals": {"kind": "poisson", "rate": f"{load_ / SERVICE * 3600!r} per hour"}, "entry": "desk",
                           "service": {"desk": {"exponential": {"mean": f"{SERVICE:g} s"}}}}
    if patience is not None:
        one["patience"] = {"desk": {"exponential": {"mean": f"{patience!r} s"}}}
    return from_dict({"name": "queue", "run": {"warm_up": "1 day", "horizon": f"{days:g} days", "run_out": "6 h"},
                      "bare": {"pools": {"desk": {"heads": heads}}, "classes": {"one": one}}, **more})


def least_for_wait(load_: float, limit: float) -> int:
    """The fewest servers of M/M/c with a mean wait within the limit, by the tests' own formulas."""
    return next(c for c in range(math.floor(load_) + 1, 200) if theory.mmc_wait(c, load_ / c, SERVICE) <= limit)


def least_for_abandonment(load_: float, patience: float, limit: float) -> int:
    """The fewest servers of M/M/c+M of which at most so many give up."""
    return next(c for c in range(1, 200) if theory.erlang_a(load_ / SERVICE, SERVICE, c, patience)["abandoned"] <= limit)


def between(above: float, below: float) -> float:
    """A target between two values, equally far from both in proportion: what the precision can see."""
    return float(f"{math.sqrt(above * below):.3g}")


def wait_limit(load_: float, servers: int) -> float:
    """A limit that `servers` meet and one fewer does not."""
    fewer = theory.mmc_wait(servers - 1, load_ / (servers - 1), SERVICE) if servers - 1 > load_ else math.inf
    here = theory.mmc_wait(servers, load_ / servers, SERVICE)
    return between(min(fewer, 9 * here), here)


def give_up_limit(load_: float, patience: float, servers: int) -> float:
    """A share that `servers` meet and one fewer does not."""
    fewer, here = (theory.erlang_a(load_ / SERVICE, SERVICE, c, patience)["abandoned"] for c in (servers - 1, servers))
    return between(fewer, here)


# --- the theoretical minimum ----------------------------------------------------------------------------------------------

MMC = [(0.6, 2), (1.5, 3), (2.2, 4), (3.5, 6), (5.0, 8), (8.0, 10), (12.0, 15)]
ERLANG_A = [(2.0, 600.0, 4), (4.0, 300.0, 5), (4.0, 900.0, 6), (6.5, 600.0, 9), (10.0, 300.0, 13)]


@pytest.mark.slow
@pytest.mark.parametrize(("load_", "servers"), MMC)
def test_staff_finds_the_minimum_of_erlang_c(load_: float, servers: int) -> None:
    """Exactly the fewest servers with which the mean wait stays within the limit, and one fewer is shown to miss it."""
    limit = wait_limit(load_, servers)
    assert least_for_wait(load_, limit) == servers
    answer = staff(queue(load_, 1), [f"desk={max(1, servers - 3)}..{servers + 8}"], [f"wait_mean <= {limit} s"], **QUICK)
    assert answer.heads == {"desk": servers}
    assert answer.below is not None
    assert answer.below.verdict == MISSED


@pytest.mark.slow
@pytest.mark.parametrize(("load_", "patience", "servers"), ERLANG_A)
def test_staff_finds_the_minimum_of_erlang_a(load_: float, patience: float, servers: int) -> None:
    """The same where customers give up: the share that does so."""
    limit = give_up_limit(load_, patience, servers)
    assert least_for_abandonment(load_, patience, limit) == servers
    answer = staff(queue(load_, 1, patience=patience), [f"desk=1..{servers + 7}"], [f"abandonment_share <= {limit}"], **QUICK)
    assert answer.heads == {"desk": servers}
    assert answer.below is not None
    assert answer.below.verdict == MISSED


@pytest.fixture(scope="module")
def answer() -> StaffingAnswer:
    """A load of 3.5 erlangs, with a limit that six servers meet and five do not."""
    return staff(queue(3.5, 5, days=4), ["desk=4..8"], [f"wait_mean <= {wait_limit(3.5, 6)} s"], **QUICK)


def test_the_minimum_is_found_and_one_fewer_is_shown_to_miss(answer: StaffingAnswer) -> None:
    """Erlang C with 3.5 erlangs."""
    assert answer.heads == {"desk": 6}
    assert (answer.verdict, answer.monotone, answer.pay, answer.pay_now) == (MET, True, 6.0, 5.0)
    assert answer.below is not None
    assert (answer.below.point, answer.below.verdict) == ((5,), MISSED)


def test_the_minimum_is_found_where_customers_give_up() -> None:
    """Erlang A with 4 erlangs and a patience of half a service."""
    found = staff(queue(4.0, 5, patience=300.0, days=3), ["desk=4..7"],
                  [f"abandonment_share <= {give_up_limit(4.0, 300.0, 5)}"], **QUICK)
    assert found.heads == {"desk": 5}


def test_tables_of_an_answer(answer: StaffingAnswer) -> None:
    """The curve has a row for each staffing and target, the pools say who is tight, the judged ones how they were judged."""
    curve = answer.curve
    assert list(curve.columns) == ["desk", "pay", "measure", "group", "target", "mean", "low", "high", "n", "unit", "verdict",
                                   "efficient", "chosen"]
    assert curve["pay"].is_monotonic_increasing
    assert curve.loc[curve["chosen"], "desk"].tolist() == [6]
    assert curve["mean"].is_monotonic_decreasing
    assert curve["efficient"].all()
    assert answer.pools.loc[0, "pool"] == "desk"
    assert answer.pools.loc[0, "moved_by"] == "desk"
    assert answer.pools.loc[0, "utilisation"] == pytest.approx(3.5 / 6, rel=0.05)
    assert set(answer.judged["verdict"]) == {MET, MISSED}
    assert answer.facts.replications == curve["n"].sum()


def test_an_answer_in_words(answer: StaffingAnswer) -> None:
    """It names the heads, the next fewer, and what is certain, in both languages; every text is a whole sentence."""
    text = str(answer)
    assert "desk 6" in text
    assert "misses a target" in text
    assert "at most 5%" in text
    with speaking("zh"):
        assert all(sentence.strip() for sentence in answer.sentences)
    assert all(sentence.endswith((".", "。")) for sentence in answer.sentences)


@pytest.mark.slow
def test_the_same_question_again_runs_nothing(tmp_path: Any) -> None:
    """All replications are kept, so a second search reuses every one, and says the same."""
    question = {"jobs": 1, "effort": Effort(first=4, most=8)}
    asked = queue(1.5, 2, days=2), ["desk=2..5"], ["wait_mean <= 90 s"]
    first = staff(*asked, store=tmp_path / "runs.sqlite", **question)
    again = staff(*asked, store=tmp_path / "runs.sqlite", **question)
    assert again.facts.reused == again.facts.replications == first.facts.replications
    pd.testing.assert_frame_equal(first.curve, again.curve)


# --- when there is no answer ----------------------------------------------------------------------------------------------

def test_out_of_reach_is_said_with_the_bottleneck() -> None:
    """The largest of the range still has less than the load."""
    found = staff(queue(3.5, 2, days=1), ["desk=2..3"], ["wait_mean <= 1 min"], **QUICK)
    assert (found.heads, found.verdict) == (None, MISSED)
    assert found.sentences[0].startswith("No staffing in the ranges reaches the targets: even the largest, desk 3, misses.")
    assert "The bottleneck is desk: busy for 100% of its hours" in str(found)


def test_posts_and_pools_are_called_in_the_language_in_use() -> None:
    side = load("small/integrated")
    for lang in ("zh", "en", "zh"):
        with speaking(lang):
            found = titles_of(side)
            pools = pd.DataFrame([{"pool": "crew/municipal", "utilisation": 1.0, "wait_mean": 60.0, "margin": -1.0, "moved_by": ""}])
            assert found["crew/municipal"] in told(pools, False, found)
        assert {"street_team", "crew:municipal", "crew/municipal"} <= set(found)
        assert all((max(map(ord, title)) > 0x2E80) == (lang == "zh") for title in found.values()), found


@pytest.mark.slow
def test_what_cannot_be_decided_is_said() -> None:
    """A target at the mean itself, and few replications allowed."""
    exact = theory.mmc_wait(5, 0.6, SERVICE)
    found = staff(queue(3.0, 5, days=2), ["desk=5"], [f"wait_mean <= {exact} s"], jobs=1, store=":memory:",
                  effort=Effort(first=5, most=10))
    assert (found.heads, found.verdict) == (None, UNDECIDED)
    assert "not decided after 10 replications" in str(found)


@pytest.mark.slow
def test_two_targets_must_both_be_met() -> None:
    """The stricter one decides: a share that waits not at all, which needs more than the mean wait does."""
    at_once = between(1 - theory.waits_not_at_all(6, 3.5 / 6), 1 - theory.waits_not_at_all(7, 0.5))
    found = staff(queue(3.5, 5, days=5), ["desk=5..9"], ["wait_mean <= 5 min", f"no_wait_share >= {1 - at_once}"], **QUICK)
    assert found.heads == {"desk": 7}
    assert found.below is not None
    assert found.below.shown[0].verdict == MET


@pytest.mark.slow
def test_a_budget_is_kept() -> None:
    """In a bare system pay counts heads: six are needed and five allowed."""
    scenario, goal = queue(3.5, 5, days=2), [f"wait_mean <= {wait_limit(3.5, 6)} s"]
    short = staff(scenario, ["desk=4..9"], goal, budget=5, **QUICK)
    assert (short.heads, short.verdict) == (None, MISSED)
    assert short.curve["pay"].max() == 5
    assert "within the budget" in str(short)
    with pytest.raises(StaffingError, match="a pay is needed"):
        staff(scenario, ["desk=3..9"], goal, budget="much", **QUICK)
    with pytest.raises(StaffingError, match=r"fewest heads of the ranges cost 3, more than the budget of 2"):
        staff(scenario, ["desk=3..9"], goal, budget="2", **QUICK)


@pytest.mark.slow
def test_a_system_in_which_more_heads_do_worse_is_noticed() -> None:
    """More clerks in front flood the one behind: the total wait rises again, and every number is judged by itself."""
    scenario = from_dict({
        "name": "flood", "run": {"warm_up": "0 s", "horizon": "2 days", "run_out": "2 h"},
        "bare": {"pools": {"front": {"heads": 1}, "back": {"heads": 1}}, "classes": {"one": {
            "arrivals": {"kind": "poisson", "rate": "30 per hour"}, "entry": "front",
            "service": {"front": {"exponential": {"mean": "10 min"}}, "back": {"exponential": {"mean": "6 min"}}},
            "patience": {"front": {"exponential": {"mean": "10 min"}}}, "routing": {"front": {"back": 1.0}}}}}})
    found = staff(scenario, ["front=1..4"], ["wait_mean[pool:back] <= 2 h"], **QUICK)
    assert not found.monotone
    assert "did not always do better" in str(found)
    assert found.heads == {"front": 1}


# --- several pools --------------------------------------------------------------------------------------------------------

def tandem(days: int = 5) -> Scenario:
    """Two stations one after the other: 3 and 1.2 erlangs."""
    return from_dict({
        "name": "tandem", "run": {"warm_up": "1 day", "horizon": f"{days} days", "run_out": "6 h"},
        "bare": {"pools": {"desk": {"heads": 6}, "field": {"heads": 4}}, "classes": {"one": {
            "arrivals": {"kind": "poisson", "rate": "18 per hour"}, "entry": "desk",
            "service": {"desk": {"exponential": {"mean": "10 min"}}, "field": {"exponential": {"mean": "4 min"}}},
            "routing": {"desk": {"field": 1.0}}}}}})


@pytest.mark.slow
def test_several_pools_find_the_cheapest_of_all() -> None:
    """Two stations in a row, a limit for each: the cheapest pair is that of two M/M/c, 5 and 3."""
    limits = (wait_limit(3.0, 5), between(theory.mmc_wait(2, 0.6, 240.0), theory.mmc_wait(3, 0.4, 240.0)))
    found = staff(tandem(3), ["desk=4..7", "field=2..4"],
                  [f"wait_mean[desk] <= {limits[0]} s", f"wait_mean[field] <= {limits[1]} s"], **QUICK)
    assert found.heads == {"desk": 5, "field": 3}
    assert found.pay == 8.0
    assert "had not seen" in found.guarantee


@pytest.mark.slow
def test_equally_cheap_staffings_are_told_apart_by_selection() -> None:
    """One target on both together: of the pairs that cost the same, the one that waits less is named, with its guarantee."""
    def wait(desk: int, field: int) -> float:
        return (theory.mmc_wait(desk, 3.0 / desk, 600.0) + theory.mmc_wait(field, 1.2 / field, 240.0)) / 2

    found = staff(tandem(), ["desk=4..9", "field=2..6"], [f"wait_mean <= {between(wait(4, 4), wait(5, 3))} s"], **QUICK)
    assert found.heads == {"desk": 5, "field": 3}
    if found.choice is not None:
        assert "chance of at least 95%" in found.guarantee


@pytest.mark.slow
def test_several_pools_out_of_reach_name_the_bottleneck() -> None:
    """The desk may not have more than its load; the field is no help."""
    found = staff(tandem(1), ["desk=2..3", "field=2..3"], ["wait_mean <= 1 min"], **QUICK)
    assert (found.heads, found.verdict) == (None, MISSED)
    assert found.pools.loc[0, "pool"] == "desk"


@pytest.mark.slow
def test_a_bottleneck_that_cannot_be_moved_is_named() -> None:
    """Heads are moved at the field, but the desk is short."""
    found = staff(changed(tandem(1), {"bare.pools.desk.heads": 3}), ["field=3..4"], ["wait_mean <= 1 min"], **QUICK)
    assert "The bottleneck is desk" in str(found)
    assert "not among those that could be moved" in str(found)


@pytest.mark.slow
def test_a_city_is_staffed_within_its_pay() -> None:
    """The small district, a post and a crew: what is named is within its ranges, its pay adds up, and it meets the target."""
    scenario = load("small/integrated", ["run.warm_up=5 days", "run.horizon=30 days", "run.run_out=5 days"])
    found = staff(scenario, ["street_team=4..10", "crew:urban_management=1..4"], ["on_time_closing_rate >= 70%"], jobs=1,
                  store=":memory:", effort=Effort(first=4, most=16, points=25))
    assert found.heads is not None
    assert found.pay == pay_of(scenario, found.levers, tuple(found.heads.values()))
    assert found.curve["pay"].min() <= found.pay <= found.curve["pay"].max()
    assert found.curve["n"].max() <= 4 + 16


# --- largest demand -------------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_the_largest_demand_is_that_of_theory() -> None:
    """Five servers stand the load at which Erlang C reaches the limit, to a step of 0.1."""
    limit = math.sqrt(theory.mmc_wait(5, 3.3 / 5, SERVICE) * theory.mmc_wait(5, 3.6 / 5, SERVICE))
    found = sustain(queue(3.0, 5, days=6), [f"wait_mean <= {limit} s"], low=0.8, high=1.6, step=0.1, **QUICK)
    assert found.factor == pytest.approx(1.1)
    assert found.above is not None
    assert found.above.point == pytest.approx(1.2)
    assert "1.1 times" in str(found)
    assert found.curve.loc[found.curve["chosen"], "factor"].tolist() == [found.factor]


@pytest.fixture(scope="module")
def easy() -> DemandAnswer:
    """More heads than the range of demand needs."""
    return sustain(queue(1.0, 5, days=2), ["wait_mean <= 5 min"], low=0.5, high=1.0, step=0.25, **QUICK)


@pytest.mark.slow
def test_demand_beyond_the_range_is_said(easy: DemandAnswer) -> None:
    """All of the range is stood, or none of it."""
    assert (easy.factor, easy.above) == (1.0, None)
    assert "at least 1 times" in str(easy)
    hard = sustain(queue(3.0, 3, days=2), ["wait_mean <= 1 min"], low=1.0, high=1.5, step=0.25, **QUICK)
    assert hard.factor is None
    assert "Even 1 times the demand is too much" in str(hard)


@pytest.mark.parametrize("said", ["2..1", "0..1", "1", "1..2..0", "a..b", "1..2..3..4", "1..2..nan", "0.001..900..0.001"])
def test_ranges_of_demand_that_are_none_are_refused(said: str) -> None:
    """With examples of what would be right."""
    with pytest.raises(StaffingError, match=r"such as 0\.5\.\.3"):
        demand_range(said)


ARRIVALS = [
    {"kind": "poisson", "rate": "6 per hour"}, {"kind": "sinusoidal", "rate": "6 per hour", "amplitude": 0.5, "period": "1 day"},
    {"kind": "piecewise", "starts": ["0 s", "6 h"], "rates": ["2 per hour", "10 per hour"], "period": "12 h"},
    {"kind": "batches", "rate": "3 per hour", "size": [1, 3]}, {"kind": "deterministic", "every": "10 min", "first": "5 min"},
    {"kind": "renewal", "gap": {"lognormal": {"mean": "10 min", "cv": 0.5}}},
    {"kind": "renewal", "gap": {"erlang": {"mean": "10 min", "stages": 3}}},
    {"kind": "renewal", "gap": {"uniform": {"low": "5 min", "high": "15 min"}}},
    {"kind": "renewal", "gap": {"empirical": ["5 min", "15 min"]}}, {"kind": "renewal", "gap": {"deterministic": "10 min"}}]


@pytest.mark.parametrize("arrivals", ARRIVALS, ids=lambda arrivals: "-".join([arrivals["kind"], *arrivals.get("gap", {})]))
def test_demand_of_every_kind_can_be_multiplied(arrivals: dict[str, Any]) -> None:
    """Twice the demand brings about twice the customers, and once the demand is the scenario itself."""
    scenario = changed(queue(1.0, 9, days=10), {"bare.classes.one.arrivals": arrivals})
    assert changed(scenario, demand_changes(scenario, 1.0)).hash == scenario.hash
    with Bench(scenario, lambda factor: demand_changes(scenario, factor), (), [Quantity("throughput")],
               How(jobs=1, store=":memory:")) as bench:
        once, twice = bench.sample([1.0, 2.0], Quantity("throughput"), 1, 0)[:, 0]
    assert twice == pytest.approx(2 * once, rel=0.12)
    assert once == pytest.approx(6.0, rel=0.12)


# --- shifts ---------------------------------------------------------------------------------------------------------------

def by_day() -> Scenario:
    """Customers who come by day only, and two pools that may work by day or by night."""
    return from_dict({
        "name": "daily", "run": {"warm_up": "1 day", "horizon": "3 days", "run_out": "1 day"},
        "calendars": {"shifts": {"day": {"days": "all", "hours": ["07:00-19:00"]}, "night": {"days": "all", "hours": ["19:00-07:00"]}}},
        "bare": {"pools": {"desk": {"heads": 3, "calendar": "night", "at_shift_end": "hand_over"}}, "classes": {"one": {
            "arrivals": {"kind": "piecewise", "starts": ["0 s", "8 h", "16 h"], "rates": ["0 per hour", "10 per hour", "0 per hour"],
                         "period": "24 h"},
            "entry": "desk", "service": {"desk": {"exponential": {"mean": "10 min"}}}}}}})


@pytest.fixture(scope="module")
def when() -> ShiftAnswer:
    """A desk that works at night while its customers come by day."""
    return shifts(by_day(), ["desk=day,night"], "wait_mean", **QUICK)


def test_work_goes_where_the_demand_is(when: ShiftAnswer) -> None:
    """It is moved to the day, with its gain."""
    found = when
    assert found.changes == {"bare.pools.desk.calendar": "day"}
    assert found.gain.high < 0
    assert found.choice.decided
    assert found.roster["best"].tolist() == [0, 3]
    assert "desk day: 3 (now 0)" in str(found)
    assert changed(by_day(), found.changes).bare is not None


@pytest.mark.slow
def test_shares_of_a_city_are_moved_between_shifts() -> None:
    """Heads stay as they are; a shift that is worked stays worked; the best is never worse than what there was."""
    scenario = load("small/integrated", ["run.warm_up=5 days", "run.horizon=20 days", "run.run_out=5 days"])
    found = shifts(scenario, ["street_team"], "on_time_closing_rate", jobs=1, store=":memory:", effort=Effort(first=3, most=6))
    assert found.roster["now"].sum() == found.roster["best"].sum() == 4
    assert (found.roster["best"] >= 1).all()
    assert found.gain.mean >= 0
    assert found.curve["chosen"].sum() == 1


def test_shifts_that_make_no_sense_are_refused() -> None:
    """A shift that is none, one shift only, a measure that is neither good nor bad."""
    with pytest.raises(StaffingError, match=r"no shift nigth. Did you mean night\?"):
        roster(by_day(), "desk=nigth")
    with pytest.raises(StaffingError, match="one shift only, night"):
        roster(by_day(), "desk")
    with pytest.raises(StaffingError, match="neither better nor worse"):
        shifts(by_day(), ["desk=day,night"], "utilisation")
    with pytest.raises(StaffingError, match="At least one pool"):
        shifts(by_day(), [], "wait_mean")


# --- pools and targets by name --------------------------------------------------------------------------------------------

def test_every_post_and_crew_of_a_city_can_be_named() -> None:
    """And each of their pools is staffed from exactly one of them."""
    scenario = load("small/integrated")
    known = known_pools(scenario)
    assert {"grid_workers", "district_desk", "street_desk", "community_desk", "community_staff", "street_team"} < set(known)
    for key in scenario.tables().pools.key:
        assert sum(one.staffs(key) for one in known.values()) == 1, key
    assert lever(scenario, "crew/municipal").name == lever(scenario, "municipal").name == "crew:municipal"
    assert lever(scenario, "staff.street_team.heads=4..6").values == (4, 5, 6)


def test_pay_is_that_of_the_tables() -> None:
    """Pay from the settings equals the pay a year that a run measures."""
    scenario = load("small/integrated", ["run.warm_up=0 s", "run.horizon=365 days", "run.run_out=0 s"])
    pools = scenario.tables().pools
    heads = np.diff(pools.first_member).sum()
    assert heads == sum(one.now for one in known_pools(scenario).values())
    assert pay_of(scenario, [], []) == pytest.approx(4_778_000)


@pytest.mark.parametrize(("said", "message"), [
    ("grid_worker", r"no pool grid_worker .* Did you mean grid_workers\?"), ("crew:fires", "There is no pool crew:fires"),
    ("street_team=5..4", "a range of heads is needed"), ("street_team=a..b", "a range of heads is needed"),
    ("street_team=0..4", "a range of heads is needed"), ("street_team=1..9", "at least 4 heads"),
    ("street_team=4..9..0", "a range of heads is needed"), ("street_team=4..900000", "a range of heads is needed")])
def test_pools_that_make_no_sense_are_refused(said: str, message: str) -> None:
    """Each with what would be right."""
    with pytest.raises(StaffingError, match=message):
        lever(load("small/integrated"), said)


def test_a_post_on_a_roster_is_refused() -> None:
    """Its heads stand row by row, so one number cannot move them."""
    scenario = changed(load("small/integrated"), {"staff.roster_csv": [
        {"post": "street_team", "place": None, "role": None, "shift": "office", "heads": 4}]})
    with pytest.raises(StaffingError, match=r"staff\.roster_csv"):
        lever(scenario, "street_team")


@pytest.mark.parametrize(("said", "message"), [
    ("on_time_closing_rate", "a target is needed"), ("on_time_closing_rat >= 0.9", r"Did you mean on_time_closing_rate\?"),
    ("on_time_closing_rate >= 1.5", "a share from 0 to 1"), ("wait_mean <= 5", "a time with its unit"),
    ("number_waiting <= many", "a number is needed"), ("xyzzy <= 5", "nine-dragons list measures")])
def test_targets_that_make_no_sense_are_refused(said: str, message: str) -> None:
    """Each with what would be right."""
    with pytest.raises(StaffingError, match=message):
        target(said)


def test_targets_are_read_in_many_ways() -> None:
    """Signs, percent, units, groups."""
    assert target("closing_rate≥90%") == target("closing_rate >= 0.9") == Target(Quantity("closing_rate"), 1, 0.9)
    assert target("wait_mean [ pool:desk ] <= 5分钟") == Target(Quantity("wait_mean", "pool:desk"), -1, 300.0)
    assert target("wait_mean <= 0").value == 0
    assert target("wait_mean[all] < 1 h").what == Quantity("wait_mean")


@pytest.mark.parametrize(("said", "message"), [
    ("wait_mean[dsek] <= 5 min", r"no group dsek. Did you mean"), ("on_time_closing_rate >= 0.9", "cannot be measured")])
def test_a_measure_or_group_that_the_scenario_has_not_is_refused(said: str, message: str) -> None:
    """As soon as a first replication shows which there are."""
    with pytest.raises(StaffingError, match=message):
        staff(queue(1.0, 3, days=2), ["desk=2..4"], [said], **QUICK)


def test_questions_without_pools_or_targets_are_refused() -> None:
    """And a pool named twice."""
    scenario = queue(1.0, 3)
    for pools, targets, message in (([], ["wait_mean <= 1 min"], "At least one pool"), (["desk"], [], "At least one target"),
                                    (["desk", "desk=1..4"], ["wait_mean <= 1 min"], "named twice")):
        with pytest.raises(StaffingError, match=message):
            staff(scenario, pools, targets, **QUICK)


def test_what_values_show() -> None:
    """Undefined values are left out; unbounded ones are on one side; one value shows nothing."""
    goal = target("wait_p90 <= 10 min")
    assert shown(goal, [math.nan, math.nan], 0.05).verdict == UNDECIDED
    assert shown(goal, [60.0], 0.05).verdict == UNDECIDED
    assert shown(goal, [60.0, 60.0, math.nan], 0.05) == (MET, 60.0, 60.0, 2)
    assert shown(goal, [60.0, math.inf], 0.05).verdict == MISSED
    assert [amount(value, "s") for value in (30.0, 90.0, 7200.0, 864000.0)] == ["30 s", "1.5 min", "2 h", "10 days"]


def test_bisection_tests_no_more_than_it_must() -> None:
    """Of a thousand points eleven are judged, and the first that is good enough is found wherever it is."""
    class Counted(Bench):
        def __init__(self, first: int) -> None:
            self.judged, self.first = {}, first

        def judge(self, point: Any, error: float, start: int = 0) -> Any:
            from sim.staffing.bench import Judged

            self.judged[point] = Judged(point, MET if point >= self.first else MISSED, (), 1, error)
            return self.judged[point]

    for first in (0, 1, 499, 998, 999):
        bench = Counted(first)
        found = bisect(bench, range(1000))
        assert found.best == first
        assert len(found.tests) <= 11
        assert sum(test.error for test in found.tests) <= 0.05 + 1e-12
        assert (found.below is None) == (first == 0)
    assert bisect(Counted(1000), range(1000)).best is None


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_charts_of_all_answers(lang: str, answer: StaffingAnswer, easy: DemandAnswer, when: ShiftAnswer, tmp_path: Any) -> None:
    """Each is drawn without texts that overlap or are cut off, and written whole."""
    for number, one in enumerate((answer, easy, when)):
        assert text_faults(one.plot(lang=lang)) == []
        files = chart.write(one, tmp_path / str(number), lang)
        assert [file.name for file in files] == [f"{one.question}{end}" for end in (".png", ".svg", ".csv")]
        assert all(file.stat().st_size > 0 for file in files)


@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=pytest.mark.slow)])
def test_charts_of_odd_answers(lang: str, answer: StaffingAnswer) -> None:
    """Nothing known, one point, no bounds, three targets; many pools with long names."""
    curve = answer.curve
    goals = [target(said) for said in ("wait_mean <= 2 min", "no_wait_share >= 60%", "wait_mean[pool:a desk of a long name] <= 3 days")]
    odd = pd.concat([curve.assign(measure=goal.what.key, group=goal.what.group or "all", target=goal.value) for goal in goals])
    with speaking(lang), drawing():
        for data, said in ((curve, answer.targets), (curve.head(1), answer.targets), (curve.assign(mean=math.nan), answer.targets),
                           (curve.assign(mean=math.inf, low=math.nan, high=math.nan), answer.targets), (odd, goals)):
            assert text_faults(chart.frontier(data, said, bare=len(data) > 1)) == []
        many = pd.DataFrame({"pool": [f"Wholly municipal works and greenery {n}" for n in range(60)], "shift": "evening_duty",
                             "now": range(60), "best": range(60, 0, -1)})
        assert text_faults(chart.roster(many, "On-time closing rate")) == []
        assert text_faults(chart.roster(many.head(0), "On-time closing rate")) == []


def test_answers_can_be_handed_on(answer: StaffingAnswer, easy: DemandAnswer, when: ShiftAnswer) -> None:
    """As JSON, and as the scenario that they recommend; where nothing is found the scenario stays as it is."""
    for one in (answer, easy, when):
        said = json.loads(json.dumps(one.as_dict(), allow_nan=False))
        assert said["question"] == one.question
        assert set(one.tables) <= set(said)
        assert one._repr_html_().startswith("<")
    assert answer.changed.bare is not None
    assert answer.changed.bare.pools["desk"].heads == 6
    assert easy.changed.hash == changed(easy.scenario, demand_changes(easy.scenario, 1.0)).hash
    assert changed(when.scenario, {"bare.pools.desk.calendar": "day"}).hash == when.changed.hash


def test_a_store_of_ones_own_is_left_open() -> None:
    """Whoever brings a store may go on with it."""
    with Store(None) as store:
        staff(queue(1.0, 3, days=2), ["desk=2..4"], ["wait_mean <= 5 min"], jobs=1, store=store, effort=Effort(first=3, most=6))
        assert len(store) > 0


@pytest.mark.slow
def test_falling_service_is_seen_only_where_it_is_clear() -> None:
    """Equal points do not fall."""
    with Bench(queue(1.0, 3, days=2), lambda point: {"bare.pools.desk.heads": point[0]}, [target("wait_mean <= 1 min")],
               (), How(jobs=1, store=":memory:"), Effort(first=4, most=8)) as bench:
        bench.observe([(2,), (6,)], 4)
        assert not falls([(2,), (6,)], bench)
        assert falls([(6,), (2,)], bench)


# --- how precisely ----------------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_an_answer_is_known_as_precisely_as_was_asked() -> None:
    """And so is the step from the next cheaper staffing; what was judged stays as it was."""
    scenario, goal = queue(3.5, 5, days=4), f"wait_mean <= {wait_limit(3.5, 6)} s"
    plain = staff(scenario, ["desk=5..6"], [goal], **QUICK)
    found = staff(scenario, ["desk=5..6"], [goal], precision=["wait_mean=8%", "difference:utilisation=0.4pp"], **QUICK)
    assert (found.heads, found.verdict) == (plain.heads, MET) == ({"desk": 6}, MET)
    assert found.judged.equals(plain.judged)
    assert found.precision.judgement.reached
    table = found.precision.table
    assert table["scenario"].tolist() == ["desk 6", "desk 6"]
    assert table["difference"].tolist() == [False, True]
    assert (table["half_width"] <= table["limit"]).all()
    assert table.loc[1, "mean"] == pytest.approx(3.5 / 6 - 3.5 / 5, abs=0.02)
    n = found.precision.judgement.n
    assert found.curve.loc[found.curve["desk"] == 6, "n"].min() >= n > plain.curve["n"].min()
    for text in ("desk 6", "±", "from desk 5 to desk 6", "The precision is reached with"):
        assert text in str(found)
    assert found.as_dict()["precision"]["reached"] is True
    assert "precision" not in plain.as_dict()


@pytest.mark.slow
def test_precision_of_a_demand_and_of_a_roster() -> None:
    """The neighbour is the next larger demand, and the roster as it is."""
    demand = sustain(queue(2.0, 3, days=2), ["utilisation <= 80%"], low=1.0, high=1.6, step=0.2,
                     precision="difference:utilisation=2pp", **QUICK)
    assert demand.above is not None
    assert demand.precision.judgement.sides == (f"{demand.above.point:.4g} times the demand", f"{demand.factor:.4g} times the demand")
    assert demand.precision.judgement.reached
    moved = shifts(by_day(), ["desk=day,night"], "wait_mean", precision=["wait_mean=60%", "difference:wait_mean=90%"], **QUICK)
    assert moved.precision.judgement.sides == ("the roster as it is", "the best roster")
    easy_ = sustain(queue(1.0, 3, days=2), ["utilisation <= 99%"], low=0.5, high=1.0, step=0.5,
                    precision="difference:utilisation=2pp", **QUICK)
    assert easy_.precision is None
    assert "No difference can be shown: no larger demand was judged." in str(easy_)


@pytest.mark.slow
def test_a_staffing_out_of_reach_can_be_known_precisely_too() -> None:
    """The one that comes nearest."""
    found = staff(queue(3.5, 4, days=2), ["desk=4..4"], ["wait_mean <= 1 s"],
                  precision="utilisation=5%, wait_mean=0.01%", at_most=7, **QUICK)
    assert (found.verdict, found.precision.judgement.reached, found.precision.judgement.n) == (MISSED, False, 7)
    assert "The precision is not reached with 7 replications" in str(found)


def test_all_that_is_wrong_with_a_question_is_told_at_once() -> None:
    """Pools, targets, budget and precision, before anything runs."""
    with pytest.raises(StaffingError) as caught:
        staff(queue(1.0, 3), ["dsk=2..4", "desk=0..3"], ["wait_maen <= 1 min", "closing_rate >= 0.9"], budget="much",
              precision=["wait_mean=0", "wait=2%"], **QUICK)
    lines = str(caught.value).splitlines()
    for number, text in enumerate(("no pool dsk", "desk=0..3", "no measure wait_maen", "closing_rate cannot be measured", "much: a pay",
                                   "2 faults", "wait_mean=0: the half-width", "wait=2%: there is no such measure")):
        assert text in lines[number]
    with pytest.raises(StaffingError, match=r"(?s)no range.*no measure.*half-width"):
        sustain(queue(1.0, 3), ["x >= 1"], low=2, high=1, precision="wait_mean=0", **QUICK)
    with pytest.raises(StaffingError, match=r"(?s)no measure.*no pool.*half-width"):
        shifts(queue(1.0, 3), ["dsk"], "xyzzy", precision="wait_mean=0", **QUICK)
