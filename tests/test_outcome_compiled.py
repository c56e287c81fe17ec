"""The compiled count gives what the count in arrays gives, whatever happens and however the rows come."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numba")

import tiny  # noqa: E402
from hypothesis import given, settings  # noqa: E402
from tiny import DAY, DESK, HOUR, STAFF_A, TEAM_A  # noqa: E402
from worlds import World, systems, worlds  # noqa: E402

from sim.draws import Draws  # noqa: E402
from sim.engine_simpy import simulate  # noqa: E402
from sim.outcome import Outcome, count  # noqa: E402
from sim.outcome.compiled import Counter, count_compiled  # noqa: E402
from sim.scenario import load  # noqa: E402
from sim.tables import Tables  # noqa: E402
from sim.timeline import Close, Timeline  # noqa: E402
from sim.timeline import Event as E  # noqa: E402
from sim.timeline import Purpose as P  # noqa: E402

SHORT = {"small/fragmented": "30 days", "small/integrated": "20 days", "specialists/integrated": "3 days"}
THEORY = ("bounces", "cobham", "erlang_a", "hops", "jackson", "mg1_lognormal", "mmck", "mt_m_inf", "nine_separate", "patrol",
          "preemptive_mm1", "tandem", "trace")


def ran(name: str, *settings: str) -> tuple[Timeline, Tables]:
    """A run of a shipped scenario with settings changed."""
    tables = load(name, list(settings)).tables()
    return simulate(tables, Draws(tables, 1, 0)), tables


def in_pieces(timeline: Timeline, tables: Tables, size: int) -> Outcome:
    """Counted in pieces of so many rows, each in the same place in memory as the one before."""
    counter = Counter(tables, timeline.issue_stream, timeline.issue_grid, timeline.issue_time)
    buffer, rows = np.empty((size, 7), np.int32), timeline.rows
    for first in range(0, len(rows), size):
        piece = rows[first:first + size]
        buffer[:len(piece)] = piece
        counter.feed(buffer[:len(piece)])
        buffer[:] = -7
    return counter.finish()


def check(got: Outcome, wanted: Outcome) -> None:
    """Every array, axis and fact is the same."""
    assert got.facts == wanted.facts
    assert got.axes == wanted.axes
    assert set(got.arrays) == set(wanted.arrays)
    different = {}
    for name, values in wanted.arrays.items():
        mine = got.arrays[name]
        assert (mine.shape, mine.dtype) == (values.shape, values.dtype), name
        cells = np.argwhere(mine != values)
        if len(cells):
            at = tuple(cells[0].tolist())
            different[name] = f"{len(cells)} cells, first {at}: {mine[at]} for {values[at]}"
    assert different == {}
    assert got.to_bytes() == wanted.to_bytes()


@pytest.mark.parametrize("name", SHORT)
def test_city(name: str) -> None:
    """A city's weeks, with warm-up and run-out."""
    timeline, tables = ran(name, "run.warm_up=2 days", f"run.horizon={SHORT[name]}", "run.run_out=1 days")
    check(count_compiled(timeline, tables), count(timeline, tables))


@pytest.mark.parametrize("name", THEORY)
def test_theory(name: str) -> None:
    """Service systems, and the cities that theory describes."""
    timeline, tables = ran(f"theory/{name}", "run.warm_up=5 h", "run.horizon=2 days", "run.run_out=3 h")
    assert len(timeline) > 0
    check(count_compiled(timeline, tables), count(timeline, tables))


@pytest.mark.parametrize(("warm_up", "horizon", "run_out"), [("0 s", "1 s", "0 s"), ("0 s", "3 days", "0 s"), ("29 h", "40 h", "0 s"),
                                                             ("100 min", "77 h", "12345 s")])
def test_cut_off_in_the_middle(warm_up: str, horizon: str, run_out: str) -> None:
    """The measured interval begins and ends, and the run stops, in the middle of everything."""
    timeline, tables = ran("small/fragmented", f"run.warm_up={warm_up}", f"run.horizon={horizon}", f"run.run_out={run_out}")
    check(count_compiled(timeline, tables), count(timeline, tables))


@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_pieces(size: int) -> None:
    """However the rows are handed over."""
    timeline, tables = ran("small/fragmented", "run.warm_up=1 days", "run.horizon=4 days", "run.run_out=0 s")
    check(in_pieces(timeline, tables, size), count(timeline, tables))


def test_room_is_made_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for a handful of records at first, all of them are made larger on the way."""
    monkeypatch.setattr("sim.outcome.compiled.counter._ROOM", 2)
    monkeypatch.setattr("sim.outcome.compiled.counter._FIRST_ROOM", 4)
    for name in ("small/fragmented", "theory/preemptive_mm1"):
        timeline, tables = ran(name, "run.warm_up=1 days", "run.horizon=6 days", "run.run_out=0 s")
        counter = Counter(tables, timeline.issue_stream, timeline.issue_grid, timeline.issue_time)
        counter.feed(timeline.rows)
        check(counter.finish(), count(timeline, tables))


def test_a_counter_leaves_nothing_for_the_next_one() -> None:
    """What one run wrote into memory that the next one uses again is not seen there."""
    runs = [ran("small/fragmented", "run.warm_up=1 days", f"run.horizon={days} days", "run.run_out=0 s") for days in (6, 1)]
    for _number in range(2):
        for timeline, tables in runs:
            check(count_compiled(timeline, tables), count(timeline, tables))


@settings(max_examples=20)
@given(worlds())
def test_any_city(world: World) -> None:
    """Random mechanisms, with times so coarse that most things happen in the same seconds."""
    tables, timeline = world.run(run__warm_up="19 h", run__run_out="7 h")
    wanted = count(timeline, tables)
    check(count_compiled(timeline, tables), wanted)
    check(in_pieces(timeline, tables, 64), wanted)


@settings(max_examples=20)
@given(systems())
def test_any_system(world: World) -> None:
    """Random service systems: loops, overflow, patience, pre-emption, shifts."""
    tables, timeline = world.run(run__warm_up="19 h", run__run_out="7 h")
    check(count_compiled(timeline, tables), count(timeline, tables))


def test_nothing_happens() -> None:
    """Empty timelines; and issues of which no row ever tells."""
    for tables in (tiny.bare(), tiny.city()):
        empty = tiny.timeline([], [], tables.end)
        check(count_compiled(empty, tables), count(empty, tables))
    told_of = tiny.timeline([(50, E.OCCURRED, 0, -1, 0, -1, 2)], [(0, 0, 50), (1, 1, 60), (2, 0, 70)], tables.end)
    check(count_compiled(told_of, tables), count(told_of, tables))


@pytest.mark.parametrize("at_shift_end", [0, 1])
def test_two_at_once_on_one_issue(at_shift_end: int) -> None:
    """The crew rests or works overtime on one ticket while community staff, then a clerk, are at work for another and for nobody."""
    crew, t = tiny.CREW, 10 * HOUR
    rows = [(t, E.OCCURRED, 0, -1, 0, -1, 0), (t, E.DISCOVERED, 0, -1, TEAM_A, -1, 0), (t, E.REGISTERED, 0, 0, TEAM_A, -1, 0),
            (t, E.JOINED, 0, 0, crew, -1, P.WORK), (t, E.STARTED, 0, 0, crew, 0, 600), (t + 100, E.REGISTERED, 0, 1, TEAM_A, -1, 1),
            (t + 100, E.JOINED, 0, 1, STAFF_A, -1, P.WORK), (t + 100, E.STARTED, 0, 1, STAFF_A, 0, 3 * HOUR),
            (t + 7300, E.JOINED, 0, -1, DESK, -1, P.CONTACT), (t + 7400, E.STARTED, 0, -1, DESK, 0, 0),
            (t + 7600, E.ENDED, 0, -1, DESK, 0, P.CONTACT), (t + 3 * HOUR + 500, E.ENDED, 0, 1, STAFF_A, 0, P.WORK),
            (t + 3 * HOUR + 500, E.CLOSED, 0, 1, STAFF_A, -1, Close.GONE), (t + 6 * HOUR, E.ENDED, 0, 0, crew, 0, P.WORK),
            (t + 6 * HOUR, E.WORKED, 0, 0, crew, -1, 1), (t + 6 * HOUR, E.CLOSED, 0, 0, crew, -1, Close.WORKED),
            (t + 6 * HOUR, E.RESOLVED, 0, 0, crew, -1, 0)]
    timeline, tables = tiny.timeline(rows, [(0, 0, t)], 4 * DAY), tiny.city(at_shift_end=at_shift_end)
    check(count_compiled(timeline, tables), count(timeline, tables))


def test_alike_at_one_desk() -> None:
    """Several calls about one issue at one desk: first in, first out, whoever hung up or was called away from."""
    rows = [(0, E.OCCURRED, 0, -1, 0, -1, 0), *((10 * k, E.JOINED, 0, -1, DESK, -1, P.CONTACT) for k in range(1, 5)),
            (60, E.STARTED, 0, -1, DESK, 0, 0), (70, E.STARTED, 0, -1, DESK, 1, 0), (80, E.SUSPENDED, 0, -1, DESK, 0, 50),
            (90, E.HUNG_UP, 0, -1, DESK, -1, 0), (95, E.HUNG_UP, 0, -1, DESK, -1, 0), (100, E.HUNG_UP, 0, -1, DESK, -1, 0),
            (120, E.ENDED, 0, -1, DESK, 1, P.CONTACT), (130, E.JOINED, 0, -1, DESK, -1, P.CONTACT), (140, E.STARTED, 0, -1, DESK, 1, 0),
            (150, E.ENDED, 0, -1, DESK, 1, P.CONTACT), (500, E.GONE, 0, -1, -1, -1, 0)]
    for stop in range(1, len(rows) + 1):
        timeline, tables = tiny.timeline(rows[:stop], [(0, 0, 0)], 4 * DAY), tiny.city()
        check(count_compiled(timeline, tables), count(timeline, tables))
