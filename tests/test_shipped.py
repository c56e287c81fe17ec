"""The shipped scenarios: all are valid; both sides of a pair are the same city, heads and pay; integration loses one pair."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sim.calendars import worked_many
from sim.draws import Draws
from sim.engine_simpy import simulate
from sim.measures import values
from sim.outcome import count
from sim.scenario import load
from sim.tables import Tables
from sim.timeline import Event, Timeline

FOLDER = Path(__file__).parent.parent / "scenarios"
WHOLE = sorted(path for path in FOLDER.glob("*/*.yaml") if path.stem != "city" and path.parent.name != "sweeps")
SIDES = ("fragmented", "integrated")
DISTRICTS = sorted(path.parent.name for path in FOLDER.glob("*/integrated.yaml"))
PAIRS = [*((f"{name}/{SIDES[0]}", f"{name}/{SIDES[1]}") for name in DISTRICTS),
         *((f"{path.parent.name}/{path.stem}", f"{path.parent.name}/{path.stem.replace('before', 'after')}")
           for path in sorted(FOLDER.glob("*/*before.yaml")) if load(path).city)]
SOURCED = [name for name in DISTRICTS if name not in {"small", "specialists"}]      # these two are made up, and say so


@cache
def tables(name: str) -> Tables:
    return load(FOLDER / f"{name}.yaml").tables()


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_shipped_scenario_is_valid(path: Path) -> None:
    """It reads without a fault, names its schema in the first line, and says who is who."""
    scenario = load(path)
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../schema.json\n")
    assert scenario.title.en
    assert scenario.title.zh


@pytest.mark.parametrize("path", sorted(FOLDER.glob("theory/*.yaml")), ids=lambda path: path.stem)
def test_every_theory_scenario_can_be_run_and_counted(path: Path) -> None:
    """Two days of it, whatever kinds of pools and customers it has, give an outcome with measures that are numbers."""
    short = [] if path.stem == "trace" else ["run.warm_up=0 s", "run.horizon=2 days", "run.run_out=1 day"]
    table = load(path, short).tables()
    outcome = count(simulate(table, Draws(table, 1, 0)), table)
    assert outcome.arrays["pools"].sum() > 0
    assert 0 <= values(outcome)["no_wait_share"] <= 1


def pay(table: Tables) -> float:
    """Pay over the measured horizon, CNY."""
    pools, total = table.pools, 0.0
    start, end = (worked_many(table.calendars, pools.member_calendar, second) for second in (
        table.warm_up, table.warm_up + table.horizon))
    seconds = end - start
    for pool, wage in enumerate(pools.wage_per_second):
        total += float(wage) * float(seconds[pools.first_member[pool]:pools.first_member[pool + 1]].sum())
    return total


def shared(table: Tables, part: str, name: str) -> np.ndarray:
    """A table of the city without the streams that are an organisation's own: false alarms and the like come last."""
    assert table.city is not None
    value, streams = np.asarray(getattr(getattr(table.city, part), name)), len(table.city.demand.stream)
    own = [slice(2 * len(table.city.category)) if size == streams else slice(None) for size in value.shape]
    return value[tuple(own)]


def heads(table: Tables) -> int:
    """Members of all pools but those of unpaid helpers."""
    return int(np.diff(table.pools.first_member)[table.pools.helpers == 0].sum())


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[1])
def test_both_sides_have_the_same_city_heads_and_pay(pair: tuple[str, str]) -> None:
    """Heads are equal, and so is pay, to the cent; of a city demand, residents and places are equal array by array."""
    left, right = (tables(name) for name in pair)
    assert heads(left) == heads(right)
    assert pay(left) == pytest.approx(pay(right), abs=0.01)
    if left.city is None or right.city is None:
        assert (left.city, right.city) == (None, None)
        return
    for name in ("grid_class", "grid_community", "community_street", "grid_population"):
        assert np.array_equal(getattr(left.city, name), getattr(right.city, name)), name
    for part in ("demand", "residents"):
        for name in vars(getattr(left.city, part)):
            assert np.array_equal(shared(left, part, name), shared(right, part, name)), f"{part}.{name}"


def test_tongliang_is_the_town_of_its_sources() -> None:
    """131 community grids, 421 peace officers in seven kinds and then one, fourteen desks and then one, three kinds of sensors and then six."""
    left, right = (tables(f"tongliang/{side}") for side in SIDES)
    for table, kinds, desks, sensors in ((left, 7, 14, 3), (right, 1, 1, 6)):
        assert table.city is not None
        assert (len(table.city.grid), len(table.city.street)) == (131, 28)
        assert len(table.city.organisation.centres) == desks
        assert table.city.sensors.sensor_kinds == sensors
        teams = [pool for pool, role in enumerate(table.pools.role) if role.startswith("grid_worker")]
        assert len({table.pools.role[pool] for pool in teams}) == kinds
        assert sum(int(table.pools.first_member[pool + 1] - table.pools.first_member[pool]) for pool in teams) == 421


def test_jimei_is_the_reference_district() -> None:
    """Over a million residents, 708 grids, 1,132 grid workers, nine centres and then one."""
    left, right = (tables(f"jimei/{side}") for side in SIDES)
    assert left.city is not None
    assert right.city is not None
    assert left.city.grid_population.sum() > 1_000_000
    assert len(left.city.grid) == 708
    assert 10 <= len(left.city.category) <= 15
    for table in (left, right):
        workers = [pool for pool, role in enumerate(table.pools.role) if role.startswith("grid_worker")]
        assert sum(int(table.pools.first_member[pool + 1] - table.pools.first_member[pool]) for pool in workers) == 1132
    assert [len(table.city.organisation.centres) for table in (left, right) if table.city] == [9, 1]
    demand, categories = left.city.demand, len(left.city.category)
    per_thousand = demand.cell_rate.sum(axis=1) / left.city.grid_population.sum() * 1000
    assert per_thousand[:categories].sum() == pytest.approx(0.9, rel=0.02)
    assert per_thousand[categories:].sum() == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("path", [path for path in WHOLE if path.parent.name in SOURCED], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_figure_of_a_district_has_a_source_or_is_an_assumption_with_a_range(path: Path) -> None:
    """What a planner reads as a number says where it is from; an assumption says how far it may be off."""
    for setting, sourced in load(path).sources.items():
        assert sourced.source, setting
        number = isinstance(sourced.value, int | float)
        assert sourced.range or not number or not sourced.source.startswith("assumption"), setting


def run(pair: str, side: str, replication: int, *changes: str) -> tuple[Timeline, Tables]:
    scenario = load(FOLDER / pair / f"{side}.yaml", changes)
    table = scenario.tables()
    return simulate(table, Draws(table, scenario.run.seed, replication)), table


def lifetime(timeline: Timeline, table: Tables) -> float:
    """Mean days from occurrence until resolved, gone or the end of the run, of the issues of the measured horizon."""
    assert table.city is not None
    who = (timeline.issue_stream < len(table.city.category)) & (timeline.issue_time >= table.warm_up)
    who &= timeline.issue_time < table.warm_up + table.horizon
    ended = np.full(len(who), timeline.end)
    rows = timeline.rows[np.isin(timeline.column("kind"), [Event.RESOLVED, Event.GONE])]
    ended[rows[:, 2]] = rows[:, 0]
    return float((ended - timeline.issue_time)[who].mean() / 86_400)


@pytest.mark.slow
def test_where_specialists_are_far_faster_fragmentation_wins() -> None:
    """In the district of old machinery an issue lives longer under one centre, in each of three replications."""
    changes = ("run.warm_up=30 days", "run.horizon=120 days", "run.run_out=60 days")
    for replication in range(3):
        left, right = (lifetime(*run("specialists", side, replication, *changes)) for side in SIDES)
        assert left < right


def test_in_the_small_district_integration_wins() -> None:
    """The same comparison with ordinary work: an issue lives shorter under one centre."""
    changes = ("run.warm_up=30 days", "run.horizon=120 days", "run.run_out=60 days")
    left, right = (lifetime(*run("small", side, 0, *changes)) for side in SIDES)
    assert right < left
