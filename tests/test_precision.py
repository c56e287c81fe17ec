"""How many replications: the rule by hand, by its definition and against another program; targets as people write them."""

from __future__ import annotations

import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import statistics
from sim.base import ScenarioError
from sim.measures import MEASURES
from sim.measures.base import tiny
from sim.precision import (
    Judge,
    Judgement,
    Target,
    extend,
    look_ahead_of,
    needed,
    pairing_sentence,
    pairing_table,
    read_targets,
    until_precise,
    value_of,
)
from sim.results import Comparison, Result, RunFacts
from sim.scenario import load
from sim.session import Session
from sim.sources import model_hash
from sim.store import Key, Record, RunError

NAN, INF = float("nan"), float("inf")
RATE = ("closing_rate", "all")


def flags(text: str) -> list[bool]:
    return [letter == "y" for letter in text]


# --- the rule -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("met", "least", "ahead", "expected"), [
    ("nnyyyyyy", 3, 5, (3, 8, 8)),                  # narrow from the third on, and for five more
    ("yyyyyyyy", 3, 5, (3, 8, 8)),                  # two replications are not judged
    ("nnnnny", 3, 0, (6, 6, 6)),                    # no look-ahead: the first narrow one
    ("nnnyyyynyyyyyy", 3, 5, (9, 14, 14)),          # the eighth spoils it, four after the fourth
    ("nnnyyyyyn", 3, 4, (4, 8, 8)),                 # spoilt too late
    ("nnnyyyynyyyyy", 3, 5, (None, None, 14)),      # one more has to be seen
    ("nnnn", 3, 5, (None, None, 10)),               # at the earliest the fifth, and five more
    ("", 3, 5, (None, None, 8)),
    ("y", 5, 2, (None, None, 7)),
])
def test_the_rule_by_hand(met, least, ahead, expected):
    assert needed(flags(met), least, ahead) == expected


@given(st.lists(st.booleans(), max_size=160), st.integers(2, 8), st.integers(0, 7))
def test_the_rule_is_its_definition(met, least, ahead):
    """The smallest n from which on it is met for the whole look-ahead."""
    whole = (n for n in range(least, len(met) + 1) if len(met) >= n + look_ahead_of(n, ahead)
             and all(met[n - 1:n + look_ahead_of(n, ahead)]))
    answer = next(whole, None)
    found = needed(met, least, ahead)
    assert found.needed == answer
    assert found.stop == (None if answer is None else answer + look_ahead_of(answer, ahead))


@given(st.lists(st.booleans(), max_size=40), st.lists(st.booleans(), max_size=40), st.integers(0, 7))
def test_what_is_surely_needed_is_needed(met, later, ahead):
    """No continuation ends before it, and the luckiest ends with it; what comes after the end changes nothing."""
    found = needed(met, 3, ahead)
    longer = needed(met + later, 3, ahead)
    if found.stop is not None:
        assert longer == found
    else:
        assert longer.stop is None or longer.stop >= found.surely
        assert needed(met + [True] * (found.surely - len(met)), 3, ahead).stop == found.surely > len(met)


def test_half_widths_by_hand():
    """10, 12, 11, 11, ...: half-widths 2.484, 1.299, 0.878 and 0.664 after the 3rd to the 6th."""
    values = {RATE: [[10, 12, 11, *[11] * 9]]}
    for limit, answer in ((2.5, 3), (1.3, 4), (1.29, 5), (0.87, 6)):
        found = Judge([Target("closing_rate", limit)], ["a"]).judge(values)
        assert (found.needed, found.n, found.done, found.reached) == (answer, answer + 5, True, True)
    assert Judge([Target("closing_rate", 0.08, relative=True)], ["a"]).judge(values).needed == 5      # 8% of 11 is 0.88
    row = Judge([Target("closing_rate", 0.08, relative=True)], ["a"], look_ahead=0).judge(values).table.iloc[0]
    assert (row["n"], row["mean"], row["met"], row["expected"]) == (5, 11, True, 5)
    assert row["half_width"] == pytest.approx(2.776445 * np.sqrt(0.5) / np.sqrt(5), rel=1e-6)
    assert row["limit"] == pytest.approx(0.88)


@pytest.mark.parametrize(("share", "ahead", "answer"), [
    (0.2, 0, 32), (0.2, 5, 32), (0.15, 5, 50), (0.1, 5, 103), (0.08, 5, 154), (0.06, 0, 272), (0.06, 5, 277)])
def test_the_answers_of_another_program(share, ahead, answer):
    """sim-tools 1.3.0 (Monks and others), `ReplicationsAlgorithm.select` on the same lognormal values."""
    values = np.random.RandomState(2010).lognormal(3, 0.5, size=400)
    found = Judge([Target("closing_rate", share, relative=True)], ["a"], look_ahead=ahead).judge({RATE: [values]})
    assert (found.needed, found.n) == (answer, answer + look_ahead_of(answer, ahead))


def test_intervals_found_so_hold_the_truth():
    """Of 1000 experiments that stopped by the rule about 94% hold the mean; without the look-ahead clearly fewer."""
    values = np.random.default_rng(42).normal(10, 1, size=(1000, 80))
    held = {}
    for ahead in (5, 0):
        judge = Judge([Target("closing_rate", 0.05, relative=True)], ["a"], look_ahead=ahead)
        count = 0
        for row in values:
            found = judge.judge({RATE: row[None, :]})
            assert found.reached
            last = found.table.iloc[0]
            count += abs(last["mean"] - 10) <= last["half_width"]
        held[ahead] = count / len(values)
    assert 0.92 <= held[5] <= 0.965
    assert 0.88 <= held[0] < held[5]


# --- the judge ------------------------------------------------------------------------------------------------------------

def drawn(seed: int, sides: int, n: int = 60) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 5 + rng.normal(size=n) + 0.3 * rng.normal(size=(sides, n)) + np.arange(sides)[:, None] * 0.2


def test_all_targets_together():
    values = {("harm", "all"): drawn(1, 2), RATE: drawn(2, 2)}
    one, other = Target("harm", 0.5), Target("closing_rate", 0.4, side="b")
    alone = [Judge([target], ["a", "b"]).judge(values) for target in (one, other)]
    both = Judge([one, other], ["a", "b"]).judge(values)
    assert both.needed is not None
    assert both.needed >= max(found.needed or 0 for found in alone)
    assert both.table["scenario"].tolist() == ["a", "b", "b"]
    assert both.table["met"].all()
    assert both.table["target"].tolist() == ["harm=0.5", "harm=0.5", "b:closing_rate=0.4"]


def test_a_difference_needs_far_fewer_than_a_side():
    values = {("harm", "all"): drawn(3, 2, 300)}
    side, apart = (Judge([Target("harm", 0.15, difference=difference)], ["a", "b"]).judge(values) for difference in (False, True))
    assert apart.needed is not None
    assert side.needed is not None
    assert 4 * apart.needed < side.needed


def test_half_widths_are_those_that_are_shown():
    """Of differences too, which Holm's rule widens where there are several."""
    values = drawn(4, 3)
    found = Judge([Target("harm", 0.3, difference=True)], ["a", "b", "c"]).judge({("harm", "all"): values})
    shown = statistics.simultaneous(values[0, :found.n], values[1:, :found.n])
    assert found.table["scenario"].tolist() == ["b", "c"]
    assert found.table["half_width"].tolist() == pytest.approx([(one.high - one.low) / 2 for one in shown])
    assert found.table["mean"].tolist() == pytest.approx([one.mean for one in shown])


@given(st.integers(0, 10_000), st.floats(0.1, 1), st.booleans(), st.integers(1, 3), st.lists(st.integers(0, 59), max_size=3))
@settings(max_examples=60, deadline=None)
def test_what_came_later_changes_nothing(seed, width, difference, others, holes):
    """Judged with everything or with just as much as it asked for, the answer is the same; and it never asks for less than it has."""
    values = drawn(seed, others + 1)
    values[:, holes[:2]] = NAN
    values[0, holes[2:]] = INF
    judge = Judge([Target("harm", width, difference=difference)], ["a", "b", "c", "d"][:others + 1], most=50)
    whole = judge.judge({("harm", "all"): values})
    have, last = judge.first, 0
    while True:
        found = judge.judge({("harm", "all"): values[:, :have]})
        if found.done:
            break
        assert have < found.ask <= 50
        have, last = found.ask, have
    assert whole.done
    assert (found.n, found.needed, found.sentences()) == (whole.n, whole.needed, whole.sentences())
    assert last < found.n <= have
    assert found.n <= 50


def test_the_cap():
    values = drawn(5, 1, 20)
    found = Judge([Target("harm", 0.01)], ["a"], most=20).judge({("harm", "all"): values})
    assert (found.done, found.reached, found.n, found.ask) == (True, False, 20, 20)
    expected = found.table["expected"].item()
    assert expected > 1000
    assert "not reached with 20 replications" in found.sentences()
    assert "It would take about" in found.sentences()
    cut = Judge([Target("harm", 1.0)], ["a"], most=4, least=4).judge({("harm", "all"): [[5.0, 5.1, 4.9, 5.0]]})
    assert (cut.needed, cut.n, cut.done) == (4, 4, True)        # the cap cuts the look-ahead short


def test_what_cannot_be_reached_is_said_at_once():
    endless = Judge([Target("time_to_resolution_p90", 0.05, relative=True)], ["a"])
    found = endless.judge({("time_to_resolution_p90", "all"): [[4.0, 5.0, 6.0, INF]]})
    assert (found.done, found.reached, found.n) == (True, False, 4)
    assert "no bound" in found.sentences()
    never = Judge([Target("repeat_rate", 0.05)], ["a"])
    values = [[NAN] * 10]
    assert never.judge({("repeat_rate", "all"): [values[0][:9]]}).ask > 9
    found = never.judge({("repeat_rate", "all"): values})
    assert (found.done, found.n) == (True, 10)
    assert "not defined in any of 10 replications" in found.sentences()
    seldom = never.judge({("repeat_rate", "all"): [[NAN] * 5 + [3.0] * 9]})
    assert (seldom.reached, seldom.needed) == (True, 7)         # two values that are equal, and n counts them only


def test_equal_values_and_zero():
    zero = {("harm", "all"): [[0.0] * 8]}
    assert Judge([Target("harm", 0.05, relative=True)], ["a"]).judge(zero).needed == 3
    near = {("harm", "all"): [[1.0, -1.0] * 10]}
    found = Judge([Target("harm", 0.05, relative=True)], ["a"], most=20).judge(near)       # no share of nothing
    assert not found.reached
    assert found.sentences()


def test_the_current_half_width_for_the_progress():
    judge = Judge([Target("harm", 0.02, relative=True), Target("closing_rate", 0.5)], ["a", "b"])
    found = judge.judge({("harm", "all"): drawn(6, 2, 10), RATE: drawn(7, 2, 10)})
    assert found.worst.startswith(f"{MEASURES['harm'].title}, ")
    assert "wanted ±2%" in found.worst
    assert found.sentences().startswith(f"After 10 replications the precision is not reached yet. {found.worst}")
    assert Judge([Target("harm", 1.0)], ["a"]).judge({("harm", "all"): [[]]}).worst == ""


def test_a_judge_refuses_nonsense():
    for options in ({"least": 1}, {"look_ahead": -1}, {"most": 2}):
        with pytest.raises(ValueError, match="least"):
            Judge([Target("harm", 1.0)], ["a"], **options)
    with pytest.raises(ValueError, match="target"):
        Judge([], ["a"])


# --- what people write ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "expected"), [
    ("time_to_resolution_mean=2%", Target("time_to_resolution_mean", 0.02, True)),
    ("on_time_closing_rate=0.005", Target("on_time_closing_rate", 0.005)),
    ("on-time closing rate = .5", Target("on_time_closing_rate", 0.5)),
    ("on_time_closing_rate=0.5pp", Target("on_time_closing_rate", 0.005)),
    ("按期结案率＝0.5个百分点", Target("on_time_closing_rate", 0.005)),
    ("time_to_resolution_mean=2 h", Target("time_to_resolution_mean", 7200.0)),
    ("time_to_resolution_mean=30 分钟", Target("time_to_resolution_mean", 1800.0)),
    ("time_to_resolution_mean=600", Target("time_to_resolution_mean", 600.0)),
    ("difference:on_time_closing_rate=1e-3", Target("on_time_closing_rate", 0.001, difference=True)),
    ("差异：结案率=1%", Target("closing_rate", 0.01, True, difference=True)),
    ("new:closing_rate=1％", Target("closing_rate", 0.01, True, "new")),
    ("Difference: new: closing_rate=1%", Target("closing_rate", 0.01, True, "new", True)),
    ("utilisation@pool:desk/district=0.01", Target("utilisation", 0.01, group="pool:desk/district")),
])
def test_a_target_as_written(text, expected):
    assert read_targets([text], ["old", "new"]) == (expected,)
    assert read_targets([str(expected)], ["old", "new"]) == (expected,)     # and back


def test_several_targets():
    found = read_targets(["closing_rate=1%,harm=2", "harm=2; rework_rate=1%"], ["a"])
    assert [str(target) for target in found] == ["closing_rate=1%", "harm=2", "rework_rate=1%"]


@pytest.mark.parametrize(("text", "said"), [
    ("closing_rate", "write it as measure=half-width"),
    ("=2%", "write it as measure=half-width"),
    ("closing_rate=", "write it as measure=half-width"),
    ("closingrate=2%", "there is no such measure; did you mean closing_rate?"),
    ("结案律=2%", "there is no such measure; did you mean 结案率?"),
    ("closing_rate=0", "must be above 0"),
    ("closing_rate=-1%", "must be above 0"),
    ("closing_rate=100%", "below 100%"),
    ("closing_rate=2 h", "a share of the mean, such as 2%, or a number in the measure's unit"),
    ("closing_rate=two", "a share of the mean"),
    ("time_to_resolution_mean=2 furlongs", "for times also with a unit, such as 30 min"),
    ("time_to_resolution_mean=2pp", "percentage points fit shares only; the unit of this measure is s"),
    ("middle:closing_rate=2%", "there is no scenario middle; there are old, new"),
    ("newer:closing_rate=2%", "did you mean new?"),
    ("diference:closing_rate=2%", "did you mean difference?"),
    ("difference:old:closing_rate=2%", "old is the base"),
    ("a:b:c=2%", "write it as difference:SCENARIO:MEASURE=half-width"),
])
def test_faults_of_a_target(text, said):
    with pytest.raises(ScenarioError) as caught:
        read_targets([text], ["old", "new"])
    assert said in str(caught.value)
    assert caught.value.faults[0].file == "--precision"


def test_all_faults_at_once():
    with pytest.raises(ScenarioError) as caught:
        read_targets(["harms=2%,closing_rate=0", "difference:nought=-1"], ["a"])
    assert len(caught.value.faults) == 5        # no such measure twice, two widths, no second scenario
    bare = next(key for key, measure in MEASURES.items() if "city" not in measure.kinds)
    with pytest.raises(ScenarioError, match="a city has no such measure"):
        read_targets([f"{bare}=2%"], ["a"])
    with pytest.raises(ScenarioError, match="a bare service system has no such measure"):
        read_targets(["closing_rate=2%"], ["a"], "bare")


def test_the_value_of_a_group():
    outcome = tiny(tickets={"due": 4, "closed": 3}).outcome
    assert value_of(outcome, "closing_rate") == value_of(outcome, "closing_rate", "category:one") == 0.75
    with pytest.raises(ScenarioError, match="closing_rate is not given by category:on; did you mean category:one"):
        value_of(outcome, "closing_rate", "category:on")


# --- growing --------------------------------------------------------------------------------------------------------------

SIDES: dict[str, Any] = {"old": SimpleNamespace(name="old", title=None), "new": SimpleNamespace(name="new", title=None)}


class Disorderly:
    """A session whose tasks finish in any order, so many at a time."""

    def __init__(self, seed: int = 0, jobs: int = 4) -> None:
        self.rng, self.jobs, self.run_of = random.Random(seed), jobs, []

    def task(self, scenario: Any, replication: int, name: str | None = None) -> Any:
        return SimpleNamespace(key=Key(scenario.name, 1, replication, model_hash()), name=name)

    def run(self, tasks: Iterable[Any], finished: Any = None) -> dict[Key, Record]:
        queue, records = list(tasks), {}
        while queue:
            task = queue.pop(self.rng.randrange(min(self.jobs, len(queue))))
            record = records[task.key] = self.record(task.key)
            self.run_of.append(task.key)
            queue.extend((finished(task, record) if finished else None) or [])
        return records

    def record(self, key: Key) -> Record:
        luck = np.random.default_rng(key.replication).normal()
        closed = 800 + 20 * luck + (50 + np.random.default_rng(900 + key.replication).normal()) * (key.scenario == "new")
        outcome = tiny(tickets={"due": 1000, "closed": round(closed)}).outcome
        return Record(outcome.to_bytes(), "", 0, 0.0)

    def result(self, name: str, scenario: Any, records: Any) -> Result:
        return Result(name, scenario, tuple(records), RunFacts(1, len(records), self.jobs, "", 0.0, 0, 0, model_hash()))


def test_the_order_of_finishing_changes_nothing():
    targets = read_targets(["closing_rate=0.5%", "difference:closing_rate=0.0005"], list(SIDES))
    found = []
    for seed in range(4):
        session = Disorderly(seed, jobs=1 + 3 * seed)
        told: list[Judgement] = []
        result, judgement = until_precise(session, SIDES, targets, told=told.append)
        assert isinstance(result, Comparison)
        assert len(set(session.run_of)) == len(session.run_of)
        assert len(session.run_of) <= 2 * (judgement.n + (judgement.n // 2))        # few are run in vain
        assert [one.n for one in told] == sorted({one.n for one in told})
        assert [len(side.records) for side in result.results] == [judgement.n] * 2
        found.append((judgement.n, judgement.needed, judgement.sentences(), [side.records for side in result.results]))
    assert judgement.reached
    assert all(one == found[0] for one in found)
    shown = result.verdicts.set_index("measure").loc["closing_rate"]
    assert (shown["difference_high"] - shown["difference_low"]) / 2 == pytest.approx(judgement.table["half_width"].iloc[-1])
    assert (shown["difference_high"] - shown["difference_low"]) / 2 <= 0.0005


def test_no_more_are_run_than_are_allowed():
    session = Disorderly()
    result, judgement = until_precise(session, {"old": SIDES["old"]}, read_targets(["closing_rate=0.001%"], ["old"]), most=12)
    assert isinstance(result, Result)
    assert (judgement.n, judgement.reached, len(session.run_of), len(result.records)) == (12, False, 12, 12)


def test_equal_sides_are_run_once():
    session = Disorderly()
    twins = {"one": SIDES["old"], "two": SIDES["old"]}
    _result, judgement = until_precise(session, twins, [Target("closing_rate", 0.001, difference=True)])
    assert (judgement.needed, judgement.n) == (3, 8)
    assert len(set(session.run_of)) == 8


def test_what_pairing_saves():
    session = Disorderly()
    result, _judgement = until_precise(session, {**SIDES, "late": SIDES["new"]}, [Target("closing_rate", 0.02)], least=20)
    table = pairing_table(result).set_index(["scenario", "measure"])
    one = table.loc["new", "closing_rate"]
    old, new = (side.wide.xs("all", level="group").loc["closing_rate"].to_numpy(float)[0] for side in result.results[:2])
    assert one["n"] == len(old)
    assert one["factor"] == pytest.approx((old.var(ddof=1) + new.var(ddof=1)) / (new - old).var(ddof=1), rel=1e-6)
    assert one["factor"] > 100
    assert one["correlation"] > 0.99
    assert set(table.index.get_level_values("scenario")) == {"new", "late"}
    assert len(pairing_table(result, groups=True)) > len(table)
    assert "times as many" in pairing_sentence(pairing_table(result))
    assert pairing_sentence(table[table["factor"].isna()]) == ""
    assert "saves no replications" in pairing_sentence(table.assign(factor=0.9))


def test_a_result_grows():
    session = Disorderly()
    whole, _judgement = until_precise(session, SIDES, [Target("closing_rate", 0.02)], least=6)
    some = Comparison([session.result(side.name, side.scenario, side.records[:4]) for side in whole.results])
    again = Disorderly(3)
    grown = extend(again, some, len(whole.results[0].records))
    assert isinstance(grown, Comparison)
    assert [side.records for side in grown.results] == [side.records for side in whole.results]
    assert {key.replication for key in again.run_of} == set(range(4, len(whole.results[0].records)))
    alone = extend(again, some.results[0], 4)
    assert isinstance(alone, Result)
    assert alone.records == some.results[0].records


def test_a_result_that_cannot_grow():
    session = Disorderly()
    result = session.result("old", SIDES["old"], [session.record(Key("old", 1, number, "")) for number in range(3)])
    with pytest.raises(ValueError, match="whole number from 3 up"):
        extend(session, result, 2)
    edited = Result("old", SIDES["old"], result.records, result.facts._replace(model="another"))
    with pytest.raises(RunError, match="model was changed"):
        extend(session, edited, 5)
    with pytest.raises(ValueError, match="seed differs"):
        extend(session, Result("old", SIDES["old"], result.records, result.facts._replace(seed=7)), 5)


# --- with real runs -------------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_a_queue_until_it_is_known(tmp_path):
    """One at a time or three at a time, in whatever order they finish: the same replications, to the last bit."""
    overrides = ["run.warm_up=1 day", "run.horizon=10 days", "run.run_out=1 day"]
    sides = {"one": load("theory/mm1", overrides), "two": load("theory/mm1", [*overrides, "bare.pools.desk.heads=2"])}
    targets = read_targets(["one:wait_mean=20%", "difference:utilisation=1pp"], list(sides), "bare")
    found = []
    for threads in (1, 3):
        with ThreadPoolExecutor(threads) as pool, Session(seed=1, engine="simpy", store=":memory:", executor=pool) as session:
            result, judgement = until_precise(session, sides, targets, most=200)
            found.append((judgement.n, judgement.sentences(), [side.records for side in result.results]))
            assert judgement.reached
            assert judgement.table["met"].all()
            grown = extend(session, result, judgement.n + 2)
            assert [len(side.records) for side in grown.results] == [judgement.n + 2] * 2
    outcomes = [[[record.outcome for record in records] for records in one[2]] for one in found]
    assert found[0][:2] == found[1][:2]
    assert outcomes[0] == outcomes[1]
