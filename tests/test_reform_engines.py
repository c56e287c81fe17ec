"""Reforms in random cities: both engines and both countings agree; before its first day a reform is nothing, and at the start it is all."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from worlds import World, reforms

from sim import compiling
from sim.outcome import count
from sim.tables import Tables
from sim.timeline import NOBODY, Event, Timeline

_OF_POOLS = (Event.SENT, Event.TRANSFERRED, Event.LIFTED, Event.HANDED_OVER)
_NO_POOL = (Event.OCCURRED, Event.SETTLED)


def renamed(timeline: Timeline, tables: Tables, other: Tables) -> np.ndarray:
    """The rows with pools as another scenario numbers them, streets' changes left out."""
    number = np.array([*(other.pools.key.index(key) if key in other.pools.key else -9 for key in tables.pools.key), NOBODY])
    rows = timeline.rows[timeline.column("kind") != Event.REFORMED].copy()
    place = ~np.isin(rows[:, 1], _NO_POOL)
    rows[place, 4] = number[rows[place, 4]]
    value = np.isin(rows[:, 1], _OF_POOLS)
    rows[value, 6] = number[rows[value, 6]]
    return rows


def pure(world: World, after: bool) -> World:
    """The same world with one of its organisations throughout."""
    made = json.loads(world.settings)
    organisation = made.pop("reform")["organisation"]
    if after:
        made["organisation"] = organisation
    return World(json.dumps(made), world.grain, world.seed)


def same(left: np.ndarray, right: np.ndarray) -> None:
    shorter = min(len(left), len(right))
    unequal = np.flatnonzero((left[:shorter] != right[:shorter]).any(axis=1))
    at = int(unequal[0]) if len(unequal) else shorter
    assert not len(unequal), f"row {at}: {left[max(0, at - 3):at + 2].tolist()} and {right[max(0, at - 3):at + 2].tolist()}"
    assert len(left) == len(right), f"{left[shorter:shorter + 2].tolist()} and {right[shorter:shorter + 2].tolist()}"


def holds(world: World) -> set[str]:
    """All that is promised of a world with a reform; what it showed."""
    tables, timeline = world.run()
    assert tables.city is not None
    assert tables.city.reform is not None
    outcome = count(timeline, tables)
    if compiling.available():
        from sim.outcome.compiled import count_compiled

        assert count_compiled(timeline, tables).to_bytes() == outcome.to_bytes()
    old, before = pure(world, False).run()
    until = int(tables.city.reform.moments[0])
    same(*(rows[rows[:, 0] < until] for rows in (renamed(timeline, tables, tables), renamed(before, old, tables))))
    begun, whole = world.run(reform__day=0, reform__phase_in="0 s", reform__training_dip__share=0.0)
    new, after = pure(world, True).run()
    same(renamed(whole, begun, begun), renamed(after, new, begun))
    heads = [int(count(line, made).arrays["heads"].sum()) for line, made in ((before, old), (timeline, tables), (after, new))]
    assert len(set(heads)) == 1
    return {Event(kind).name for kind in np.unique(timeline.column("kind"))} | {
        "street by street" for _ in tables.city.reform.moments[1:]} | {"in mid-run" for _ in range(until > 0)}


SEEN: set[str] = set()


@settings(max_examples=6)
@given(world=reforms())
def test_a_reform_keeps_its_promises(world: World) -> None:
    """Engines and countings agree; rows before the first day are those of before, and with a reform at the start all are those of after."""
    seen = holds(world)
    assert "REFORMED" in seen
    SEEN.update(seen)


@pytest.mark.slow
@settings(max_examples=80)
@given(world=reforms())
def test_many_reforms_keep_their_promises(world: World) -> None:
    assert "REFORMED" in holds(world)


def test_the_reforms_show_something() -> None:
    """After the random cities: streets changed, in mid-run and one by one, and something was handed over."""
    if SEEN:
        assert {"REFORMED", "in mid-run"} <= SEEN
