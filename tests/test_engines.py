"""Both engines tell the same, row by row: on random cities and service systems, on shipped scenarios, and where memory runs short.

The literal stories (`test_mechanisms.py`, `test_pools.py`), the invariants and the comparisons with theory run on both engines as well:
`script.simulate` plays every run twice.  Where Numba is not installed all of them run on SimPy alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from script import PHONE, Arises, assert_same, bare, city, compiled_engine, play, scripted, simulate
from worlds import World, systems, worlds

from sim import compiling, engine_simpy, load, shipped
from sim.draws import Draws
from sim.tables import AT_SHIFT_END, CHANNELS, TIERS, PoolKind, Tables
from sim.timeline import NOBODY, Close, Event, Found, Purpose, Registered, Timeline

needs_both = pytest.mark.skipif(not compiling.available(), reason="Numba is not installed: all stories run on the SimPy engine alone")
CALLED = Arises(reporters=[(600, PHONE)])


@needs_both
def test_a_story_runs_on_both_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the helpers tell comes from SimPy and is compared: an engine that tells something else is found out."""
    told = play([CALLED])
    compiled = compiled_engine()
    assert compiled is not None
    other = compiled(tables := city(), scripted(tables, [CALLED, CALLED]))
    monkeypatch.setattr("script.compiled_engine", lambda: lambda tables, draws: other)
    with pytest.raises(AssertionError, match="first difference in row 1 "):
        play([CALLED])
    monkeypatch.setattr("script.compiled_engine", lambda: None)
    assert play([CALLED]) == told


# --- random scenarios -----------------------------------------------------------------------------------------------------------------

CITY_SIGHTS = {
    *(kind.name for kind in Event if kind not in (Event.LEFT, Event.REFORMED, Event.HANDED_OVER)),
    *(f"joined {purpose.name}" for purpose in Purpose if purpose != Purpose.SERVICE),
    *(f"registered {why.name}" for why in Registered), *(f"discovered {how.name}" for how in Found), *(f"closed {how.name}" for how in Close),
    *(f"contacted by {channel}" for channel in CHANNELS), "asks again",
    "interrupted, rest", "interrupted, overtime", "interrupted, hand_over", "handed over, hand_over",
    "recovered when asked", "recovered by patrol", "recovered by order", "recovered in time",
    *(f"lifted from {tier}" for tier in TIERS[:3]), "lamp 1", "lamp 2", "lamp on its way", "lamp changes the order", "worse while it waits",
    *(f"checked by {who}, {passed}" for who in ("GRID_TEAM", "DESK") for passed in (0, 1)), "worked 0", "worked 1",
    "worked together", "colleague turns round", "a colleague is at it when it closes", "handed over after it closed",
    "outgrown", "transferred by letter", "transferred at once", "ruled after none", "no time at all", "many in one second", "open at the end",
    "shift starts with arrivals",
    "released 0", "released 1", "sorted 0", "sorted 1", "sorted 2", "sorted 3", "consulted 0", "consulted 1"}
RARE = {"handed over after it closed", "a colleague is at it when it closes", "recovered by order"}
"""What only the thousand scenarios of the slow part are sure to show."""
SYSTEM_SIGHTS = {
    "OCCURRED", "BLOCKED", "HUNG_UP", "JOINED", "STARTED", "SUSPENDED", "ENDED", "LEFT",
    "interrupted, rest", "interrupted, overtime", "interrupted, hand_over", "handed over, hand_over", "unlimited", "lost", "flows over twice",
    "goes round in full pools", "no time at all", "many in one second", "open at the end", "fifth visit", "fifth visit of a bulk law",
    "patience of none", "three at once", "shift starts with arrivals"}


def sights(tables: Tables, timeline: Timeline) -> Iterator[str]:
    """What a run shows, in words: kinds of rows, and mixtures of them that a rule is made for."""
    rows, pools = timeline.rows.tolist(), tables.pools
    closes = {(calendar, end) for calendar in range(len(tables.calendars.key)) for end in tables.calendars.end[
        tables.calendars.first[calendar]:tables.calendars.first[calendar + 1]].tolist()}
    opens = set(tables.calendars.start.tolist())
    yield from (Event(kind).name for kind in np.unique(timeline.column("kind")))
    in_second: dict[int, set[int]] = defaultdict(set)
    began: dict[tuple[int, int], int] = {}
    for time, kind, issue, _, place, member, _ in rows:
        in_second[time].add(issue)
        if kind == Event.OCCURRED and time in opens and time:
            yield "shift starts with arrivals"
        if kind == Event.STARTED:
            began[place, member] = time
        elif kind == Event.ENDED and began[place, member] == time:
            yield "no time at all"
        elif kind == Event.SUSPENDED:
            calendar = 0 if pools.unlimited[place] else int(pools.member_calendar[pools.first_member[place] + member])
            how = "handed over" if (calendar, time) in closes else "interrupted"
            yield f"{how}, {AT_SHIFT_END[pools.at_shift_end[place]]}"
    if max(map(len, in_second.values()), default=0) > 4:
        yield "many in one second"
    if any(time == timeline.end for time in in_second) and len(began):
        yield "open at the end"


def city_sights(tables: Tables, timeline: Timeline) -> Iterator[str]:
    """What only a city shows."""
    yield from sights(tables, timeline)
    assert tables.city is not None
    pools, shared = tables.pools, tables.city.organisation.shared_ledger
    rows = timeline.rows.tolist()
    waiting: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)       # jobs of a ticket, by pool
    at_work: Counter[int] = Counter()
    closed: dict[int, int] = {}
    returns: Counter[int] = Counter()
    for before, (time, kind, issue, ticket, place, _, value) in pairwise([[NOBODY] * 7, *rows]):
        if kind == Event.JOINED:
            yield f"joined {Purpose(value).name}"
            waiting[issue, ticket][place] += 1
        elif kind == Event.REGISTERED:
            yield f"registered {Registered(value).name}"
        elif kind == Event.DISCOVERED:
            yield f"discovered {Found(value).name}"
        elif kind == Event.CLOSED:
            closed[ticket] = time
            yield f"closed {Close(value).name}"
            if at_work[ticket]:
                yield "a colleague is at it when it closes"
        elif kind == Event.CONTACTED:
            yield f"contacted by {CHANNELS[value % 8]}"
            if value >= 8:
                yield "asks again"
        elif kind == Event.STARTED:
            at_work[ticket] += 1
            waiting[issue, ticket][place] -= 1
        elif kind == Event.ENDED:
            at_work[ticket] -= 1
        elif kind == Event.SUSPENDED:
            at_work[ticket] -= 1
            waiting[issue, ticket][place] += 1
            if ticket in closed:
                yield "handed over after it closed"
        elif kind == Event.RECOVERED:
            yield {Event.MERGED: "recovered when asked", Event.SEEN_AGAIN: "recovered by patrol",
                   Event.ORDERED: "recovered by order"}.get(Event(before[1]), "recovered in time")
        elif kind in (Event.RELEASED, Event.SORTED, Event.CONSULTED):
            yield f"{Event(kind).name.lower()} {value}"
        elif kind == Event.LIFTED:
            yield f"lifted from {TIERS[pools.tier[place]]}"
        elif kind == Event.LAMP:
            yield f"lamp {value}"
            if place < 0:
                yield "lamp on its way"
            elif waiting[issue, ticket][place] and sum(counts[place] for counts in waiting.values()) > 1:
                yield "lamp changes the order"
        elif kind == Event.WORSENED and any(any(counts.values()) for (one, of), counts in waiting.items() if one == issue and of >= 0):
            yield "worse while it waits"
        elif kind == Event.VERIFIED:
            yield f"checked by {PoolKind(pools.kind[place]).name}, {value}"
        elif kind == Event.WORKED:
            yield f"worked {value}"
        elif kind == Event.TRANSFERRED:
            yield "transferred at once" if shared else "transferred by letter"
        elif kind == Event.RETURNED:
            returns[ticket] += 1
            if not tables.city.rules.mis_dispatch:
                yield "outgrown"
        elif kind == Event.RULED and not returns[ticket]:
            yield "ruled after none"
        elif kind == Event.DISPATCHED and before[1] == Event.JOINED and before[3] == ticket and tables.city.rules.parallel:
            yield "worked together"
        if kind == Event.RESOLVED and any(at_work[other] > 0 for other in {row[3] for row in rows if row[2] == issue} - {ticket, NOBODY}):
            yield "colleague turns round"


def system_sights(tables: Tables, timeline: Timeline) -> Iterator[str]:
    """What only a service system shows."""
    yield from sights(tables, timeline)
    assert tables.bare is not None
    visits: Counter[tuple[int, int]] = Counter()
    for before, (time, kind, issue, _, place, _, _) in pairwise([[NOBODY] * 7, *timeline.rows.tolist()]):
        if kind == Event.JOINED:
            visits[issue, place] += 1
            if visits[issue, place] == 5:
                yield "fifth visit"
                law = tables.bare.service[timeline.issue_stream[issue]][place]
                if law is not None and law["kind"] in ("gamma", "given"):
                    yield "fifth visit of a bulk law"
        elif kind == Event.STARTED and tables.pools.unlimited[place]:
            yield "unlimited"
        elif kind == Event.BLOCKED:
            if before[1] == Event.BLOCKED and before[2] == issue:
                yield "flows over twice"
            if tables.pools.overflow[place] < 0:
                yield "lost"
            elif before[1] == Event.BLOCKED and before[2] == issue and before[4] == tables.pools.overflow[place]:
                yield "goes round in full pools"
        elif kind == Event.HUNG_UP and before[:3] == [time, Event.JOINED, issue]:
            yield "patience of none"
    together = Counter(timeline.issue_time.tolist())
    if max(together.values(), default=0) > 2:
        yield "three at once"


@needs_both
@pytest.mark.parametrize(("scenarios", "look", "wanted", "examples"), [
    (worlds, city_sights, CITY_SIGHTS, 160), (systems, system_sights, SYSTEM_SIGHTS, 120)], ids=["cities", "systems"])
def test_random_scenarios_are_the_same_on_both_engines(
        scenarios: Callable[[], st.SearchStrategy[World]], look: Callable[[Tables, Timeline], Iterator[str]], wanted: set[str],
        examples: int) -> None:
    """Any mixture of mechanisms, staff, shifts, ties: the same rows; and the scenarios show whatever is not seen rarely."""
    seen: Counter[str] = Counter()

    @given(world=scenarios())
    @settings(max_examples=examples)
    def goes_both_ways(world: World) -> None:
        seen.update(set(look(*world.run())))

    goes_both_ways()
    unseen = wanted - RARE - seen.keys()
    assert not unseen, f"no scenario shows: {', '.join(sorted(unseen))}"


@needs_both
@pytest.mark.slow
@pytest.mark.parametrize(("scenarios", "look", "wanted"), [(worlds, city_sights, CITY_SIGHTS), (systems, system_sights, SYSTEM_SIGHTS)],
                         ids=["cities", "systems"])
def test_many_more_random_scenarios(scenarios: Callable[[], st.SearchStrategy[World]],
                                    look: Callable[[Tables, Timeline], Iterator[str]], wanted: set[str]) -> None:
    """A thousand more of each, which show whatever there is to see."""
    seen: Counter[str] = Counter()

    @given(world=scenarios(), seed=st.integers(0, 10**9))
    @settings(max_examples=1000)
    def goes_both_ways(world: World, seed: int) -> None:
        seen.update(set(look(*world._replace(seed=seed).run())))

    goes_both_ways()
    unseen = wanted - seen.keys()
    assert not unseen, f"no scenario shows: {', '.join(sorted(unseen))}"


# --- shipped scenarios ------------------------------------------------------------------------------------------------------------------

def _short(name: str, cities: str, systems: str) -> tuple[Tables, Draws]:
    """A shipped scenario without warm-up, and its first replication."""
    days = systems if name.startswith("theory/") else cities
    reform = ["reform.date=2024-10-03", "reform.phase_in=0 days"] if name.endswith("/reform") else []
    scenario = load(name, [f"run.horizon={days}", "run.warm_up=0 s", "run.run_out=0 s", *reform])
    tables = scenario.tables()
    return tables, Draws(tables, scenario.run.seed, 0)


@needs_both
@pytest.mark.parametrize("name", shipped.names())
def test_shipped_scenarios_are_the_same_on_both_engines(name: str) -> None:
    """A day and a half of a city, five of a system."""
    assert len(simulate(*_short(name, "36 h", "5 days"))) > 20


@needs_both
@pytest.mark.slow
@pytest.mark.parametrize("name", shipped.names())
def test_shipped_scenarios_are_the_same_for_longer(name: str) -> None:
    """Forty days of a city, two hundred of a system."""
    assert len(simulate(*_short(name, "40 days", "200 days"))) > 40


# --- where memory runs short -------------------------------------------------------------------------------------------------------------

@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """A compiled engine that begins with room for one of everything; counts what it had to ask more of."""
    world = import_module("sim.engine_numba.world")
    monkeypatch.setattr(world, "_FIRST_ROOM", dict.fromkeys(world._FIRST_ROOM, 1))
    monkeypatch.setattr(world, "_ROWS", 1)
    asked: Counter[str] = Counter()
    more, draw = world.World._more, world.World._draw_attempts

    def asks(self: Any, name: str, number: int) -> None:
        asked[name] += 1
        more(self, name, number)

    def asks_for_attempts(self: Any, attempts: int) -> None:
        asked[f"{attempts} attempts"] += 1
        draw(self, attempts)

    monkeypatch.setattr(world.World, "_more", asks)
    monkeypatch.setattr(world.World, "_draw_attempts", asks_for_attempts)
    return asked


@needs_both
@pytest.mark.parametrize(("scenarios", "wanted"), [
    (worlds, {"jobs", "tickets", "issues", "residents"}), (systems, {"jobs", "2 attempts", "4 attempts", "8 attempts"})],
    ids=["cities", "systems"])
def test_little_room_changes_nothing(scenarios: Callable[[], st.SearchStrategy[World]], wanted: set[str], little_room: Counter[str]) -> None:
    """An engine that has to stop every few rows, and to make room for each kind of record several times, tells the same."""
    compiled = compiled_engine()
    assert compiled is not None
    often: Counter[str] = Counter()

    @given(world=scenarios())
    @settings(max_examples=25)
    def tells_the_same(world: World) -> None:
        little_room.clear()
        tables = world.tables()
        draws = Draws(tables, world.seed, 0, world.grain)
        assert_same(engine_simpy.simulate(tables, draws), compiled(tables, draws))
        often.update({name for name, times in little_room.items() if times > 1 or "attempts" in name})

    tells_the_same()
    steps = import_module("sim.engine_numba.layout").CHAINS.keys() - {"tickets", "issues", "residents"}
    assert wanted | steps <= often.keys(), often


@needs_both
def test_room_for_many_members_and_a_long_chain_of_full_pools(little_room: Counter[str]) -> None:
    """Each member stands in line from the start; a customer may find every pool full in one step."""
    many = bare({"a": {"heads": 500}}, [{"time": time, "service_a": 100} for time in range(5)])
    simulate(many, Draws(many, 1, 0))
    names = [f"p{number:03d}" for number in range(100)]
    chain = bare({name: {"capacity": 1, **({"overflow": after} if after else {})} for name, after in zip(names, [*names[1:], ""], strict=True)},
                 [{"time": time, **{f"service_{name}": 5000 for name in names}} for time in range(110)])
    rows = simulate(chain, Draws(chain, 1, 0)).rows
    assert (rows[:, 1] == Event.BLOCKED).sum() == 100 * 99 // 2 + 10 * 100


@needs_both
def test_servers_without_end(little_room: Counter[str]) -> None:
    """As many servers as customers at once: more members than there was room for."""
    tables = bare({"a": {"heads": "unlimited"}}, [{"time": time // 100, "service_a": 900} for time in range(1000)])
    rows = simulate(tables, Draws(tables, 1, 0)).rows
    assert rows[:, 5].max() == 999
