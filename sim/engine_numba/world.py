"""The world of one run: a scenario and its luck as arrays, and more room wherever it runs out.

Arrays of records that come and go grow between two stretches of the compiled run: the old ones are copied, and the world is told the
new addresses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.draws.bare import BareLuck, has_loops
from sim.draws.city import BLOCKS, CityLuck
from sim.draws.random import spread, uniforms
from sim.engine_numba.acts import MORE, WHOSE
from sim.engine_numba.bare import DETERMINISTIC, EMPIRICAL, EXPONENTIAL, IN_BULK, LOGNORMAL, NONE, UNIFORM, draw_ahead
from sim.engine_numba.clock import BLOCK, CALLERS, SPAN
from sim.engine_numba.layout import ASSESSED, CATEGORY, CAUSE, CHAINS, FIND, MEMBER, POOL, SHIFT, TRUST, WORLD
from sim.engine_numba.loop import ROOM, STRETCH
from sim.engine_numba.sides import aligned, lay_out_reform, rules_record
from sim.memory import blank, lay_back
from sim.tables import PoolKind
from sim.timeline import COLUMNS, NEVER, Order
from sim.trust import AT_FIRST

if TYPE_CHECKING:
    from sim.draws import Draws
    from sim.tables import BareTables, CityTables, Tables

__all__ = ["World"]

_ROWS = 1 << 14     # few enough to stay in the cache until they are counted
_FIRST_ROOM = {"nodes": 1 << 14, "chunks": 1 << 13, "jobs": 1 << 11, "tickets": 1 << 11, "issues": 1 << 12, "residents": 1 << 11}
_COMES_ROUND = 4    # analyses, assessments, the survey of trust, a reform: chunks that they may need before there is a look at how much room there is
_EVERY_ATTEMPT = 1 << 40
_FINDS = 64         # places in the heap of a beat, to begin with
_FEW_POOLS, _SHORT = 12, NEVER / 50.0   # so many pools at most, and means (s) up to this, for services drawn before the run
_EXTREMES = 2.0**-33, 1.0 - 2.0**-33    # between them lie all uniform numbers


class World:
    """Everything that a run holds in memory.

    Attributes
    ----------
    record : ndarray
        The one record that compiled functions are handed (`layout.WORLD`).
    arrays : dict of str to ndarray
        What its addresses point to.
    """

    def __init__(self, tables: Tables, draws: Draws) -> None:
        self.tables, self.draws = tables, draws
        self.record = np.zeros(1, WORLD)
        self.arrays: dict[str, np.ndarray] = {}
        self._put("asked", np.zeros((1 << MORE, 2), np.int64))      # by act: where records of that kind begin, and their size
        world = self.record[0]
        world["end"] = tables.end
        world["slower"] = 1.0
        self._put("callers", np.zeros(CALLERS, np.int64))
        self._put("rows", np.empty((_ROWS, len(COLUMNS)), np.int32))
        world["rows_size"] = _ROWS
        self._put("buckets", np.full(1 << SPAN, -1, np.int32))
        self._put("blocks", np.zeros((1 << SPAN - BLOCK) + 1, np.int64))
        self._put("later", np.full((tables.end >> SPAN) + 2, -1, np.int32))
        for name, values in zip(("cal_first", "cal_start", "cal_end", "cal_worked"), (
                tables.calendars.first, tables.calendars.start, tables.calendars.end, tables.calendars.worked), strict=True):
            self._put(name, values.astype(np.int64))
        self._pools(tables)
        world["arrivals"] = len(draws.time)
        for name, kind in (("time", np.int32), ("stream", np.int32), ("grid", np.int32)):
            self._put(name, getattr(draws, name).astype(kind, copy=False))
        self._put("subject", draws.subject.view(np.int64))
        for name, dtype in CHAINS.items():
            world[f"{name}_free"] = -1
            self.arrays[name] = np.empty(0, dtype)
            # Whoever is free stands in a heap, from the start; what comes round in a district lies ahead.
            self._more(name, _FIRST_ROOM[name] + {"nodes": int(world["members_used"]), "chunks": _COMES_ROUND}.get(name, 0))
        world["attempts_drawn"] = _EVERY_ATTEMPT
        if tables.city is not None:
            assert isinstance(draws.luck, CityLuck)
            self._city(tables, tables.city, draws.luck)
        else:
            assert tables.bare is not None
            assert isinstance(draws.luck, BareLuck)
            self._bare(tables, tables.bare, draws.luck)

    def _put(self, name: str, values: np.ndarray) -> None:
        """An array that the world knows by this name."""
        values = np.ascontiguousarray(values)
        if values.dtype.names:
            values = aligned(values)
        self.arrays[name] = values
        self.record[0][name] = values.ctypes.data
        for act in WHOSE.get(name, ()):
            self.arrays["asked"][act] = values.ctypes.data, values.itemsize

    # -- room ------------------------------------------------------------------------------------------------------------------

    def taken(self) -> np.ndarray:
        """The rows since the last time; they are overwritten when the run goes on."""
        rows = self.arrays["rows"][:int(self.record[0]["rows_used"])]
        self.record[0]["rows_used"] = 0
        return rows

    def close(self) -> None:
        """The run is over, and nothing of it will be looked at but rows that were taken."""
        self.arrays.pop("rows", None)
        lay_back(self.arrays.values())
        self.arrays.clear()

    def make_room(self) -> None:
        """More of whatever there is too little of for the next step."""
        world = self.record[0]
        need = max(int(world["need"]), ROOM)
        if world["rows_size"] < need:
            self._put("rows", np.empty((2 * need, len(COLUMNS)), np.int32))
            world["rows_size"] = 2 * need
        for name in CHAINS:
            if world[f"{name}_left"] < (need if name == "nodes" else ROOM):
                self._more(name, max(len(self.arrays[name]), 2 * need))
        if world["members_size"] - world["members_used"] < need:
            members = np.empty(2 * len(self.arrays["members"]) + need, MEMBER)
            members[:world["members_used"]] = self.arrays["members"][:world["members_used"]]
            self._put("members", members)
            world["members_size"] = len(members)
        if self.tables.city is not None:
            self._more_finds()
        if world["attempts_seen"] + 1 >= world["attempts_drawn"]:
            self._draw_attempts(2 * int(world["attempts_drawn"]))

    def _more_finds(self) -> None:
        """Room for the heaps of beats to move to, where there is too little."""
        world = self.record[0]
        need = 4 * STRETCH * int(world["finds_most"])
        if world["finds_size"] - world["finds_used"] < need:
            finds = blank(FIND, 2 * int(world["finds_used"]) + 2 * need)
            if world["finds_used"] and "finds" in self.arrays:
                finds[:world["finds_used"]] = self.arrays["finds"][:world["finds_used"]]
            self._put("finds", finds)
            world["finds_size"] = len(finds)

    def _more(self, name: str, more: int) -> None:
        """So many more free records."""
        old, world = self.arrays[name], self.record[0]
        values = blank(old.dtype, len(old) + more)
        values[:len(old)] = old
        lay_back([old])
        values["next"][len(old):] = np.arange(len(old) + 1, len(values) + 1)
        values["next"][-1] = world[f"{name}_free"]
        world[f"{name}_free"] = len(old)
        world[f"{name}_left"] += more
        if "number" in (old.dtype.names or ()):
            values["number"][len(old):] = -1
        self._put(name, values)
        if f"{name}_size" in (WORLD.names or ()):
            world[f"{name}_size"] = len(values)
        if name == "jobs" and "visits" in self.arrays:
            visits = np.full((len(values), int(world["pools_n"])), -1, np.int32)
            visits[:len(old)] = self.arrays["visits"]
            self._put("visits", visits)

    # -- who is there ----------------------------------------------------------------------------------------------------------

    def _pools(self, tables: Tables) -> None:
        """Every pool with its members and their shifts, in the order in which members name them."""
        said, world = tables.pools, self.record[0]
        number = len(said.key)
        pools, members = np.zeros(number, POOL), np.zeros(int(said.first_member[-1]) + ROOM, MEMBER)
        shifts: list[tuple[int, ...]] = []
        starts, ends = tables.calendars.start, tables.calendars.end
        for p in range(number):
            first, last = int(said.first_member[p]), int(said.first_member[p + 1])
            calendars = said.member_calendar[first:last].tolist()
            mine = list(dict.fromkeys(calendars)) or [0]
            pool = pools[p]
            pool["index"], pool["first"], pool["members"], pool["calendar"] = p, first, last - first, (
                int(said.nominal_calendar[first]) if last > first else 0)
            pool["first_shift"], pool["shifts"] = len(shifts), len(mine)
            for calendar in mine:
                position, end = int(tables.calendars.first[calendar]), int(tables.calendars.first[calendar + 1]) - 1
                there = position <= end
                shifts.append((int(starts[position]) if there else NEVER, int(ends[position]) if there else NEVER, 0, calendar, position, end,
                               -1, -1, 0, 0, 0))
            for m, calendar in enumerate(calendars, first):
                members[m] = (m, p, m - first, int(pool["first_shift"]) + mine.index(calendar), -1, 0, 0, -1, -1, 0, -1)
        pools["wakes"], pools["department"] = NEVER, -1
        for name in ("waiting", "pressing", "calls"):
            pools[name] = -1
        for name in ("preemptive", "unlimited", "kind", "tier", "capacity", "overflow"):
            pools[name] = getattr(said, name)
        pools["interrupting"] = said.preemptive == 1
        pools["fcfs"], pools["rule"] = said.order == Order.FCFS, said.at_shift_end
        pools["members"][pools["unlimited"] == 1] = 0
        pools["presses"] = said.preemptive > 0
        self._put("pools", pools)
        self._put("members", members)
        self._put("shifts", np.array(shifts, SHIFT))
        self._put("touched", np.zeros(number, np.int32))
        self._put("round", np.zeros(number, np.int32))
        self._put("lenders", np.zeros(number, np.int32))
        world["pools_n"], world["members_used"], world["members_size"] = number, int(said.first_member[-1]), len(members)

    # -- a city ----------------------------------------------------------------------------------------------------------------

    def _city(self, tables: Tables, city: CityTables, luck: CityLuck) -> None:
        world, organisation, demand = self.record[0], city.organisation, city.demand
        world["categories_n"], world["departments_n"] = len(city.category), len(city.department)
        world["centres_n"], world["classes_n"] = len(organisation.centres), len(city.estate_class)
        self.arrays["pools"]["round_time"] = organisation.round_time
        beats = organisation.round_time > 0
        self.arrays["pools"]["beat"] = beats
        self.arrays["pools"]["hidden"] = np.where(beats, _FINDS * (np.cumsum(beats) - 1), 0)
        self.arrays["pools"]["hidden_size"] = _FINDS
        world["finds_used"], world["finds_most"] = _FINDS * int(beats.sum()), _FINDS
        self._more_finds()
        categories = np.zeros(len(city.category), CATEGORY)
        for name, values in (("touch_mean", demand.touch_mean), ("travel_mean", demand.travel_mean), ("deadline", demand.deadline),
                             ("working", demand.deadline_working), ("delegated", city.rules.delegated),
                             ("worsens_touch", demand.worsens_touch), ("district_desk", organisation.district_desk),
                             ("centre", (organisation.district_desk[:, None] == organisation.centres).argmax(axis=1)),
                             ("screened", city.rules.screened), ("cluster", city.rules.cluster),
                             ("nature", city.rules.nature), ("reporters", city.residents.reporters)):
            categories[name] = values
        self._put("categories", categories)
        for name, values in (
                ("stream_category", demand.category), ("grid_class", city.grid_class), ("grid_community", city.grid_community),
                ("grid_street", city.community_street[city.grid_community]), ("team", organisation.team),
                ("staff", organisation.community_staff), ("street_team", organisation.street_team), ("crew", organisation.crew),
                ("street_desk", organisation.street_desk), ("community_desk", organisation.community_desk),
                ("centres", organisation.centres)):
            self._put(name, np.asarray(values).astype(np.int32))
        self._mechanisms(tables, city)
        if city.reform is not None:
            lay_out_reform(self.record[0], self.arrays, self._put, city)
        for name, value in luck.numbers()._asdict().items():
            if isinstance(value, np.ndarray):
                self._put(name, value.astype(np.int64 if value.dtype.kind == "i" else np.float64, copy=False))
            else:
                world[name] = value
        written = luck.written()
        if written is not None:
            world["written"] = 1
            self._put("how", np.zeros((BLOCKS, 4), np.int64))       # what is written needs no turning
            for name, values in zip(("first_luck", "luck_keys", "luck_lanes", "luck_usual"), written, strict=True):
                self._put(name, values)
            world["luck_keys_n"] = len(written[1])

    def _mechanisms(self, tables: Tables, city: CityTables) -> None:
        """What single mechanisms need to know, and what they keep."""
        world, organisation, demand = self.record[0], city.organisation, city.demand
        self._put("speed", organisation.speed.astype(np.float64))
        self._put("stream_kind", demand.kind.astype(np.int32))
        world["sensor_kinds"] = city.sensors.sensor_kinds
        self._put("sensor_reached", city.sensors.sensor_reached.astype(np.float64))
        self.arrays["pools"]["success"] = city.participation.helper_success
        if city.emergencies.seconded > 0:
            self.arrays["pools"]["may_call"] = np.isin(tables.pools.kind, (PoolKind.STREET_TEAM, PoolKind.DEPARTMENT_CREW))
        self._put("helper_of", city.participation.helper_of.astype(np.int32))
        self._put("helper_share", city.participation.helper_share.astype(np.float64))
        self._put("helper_pool", city.participation.helper_pool.astype(np.int32))
        self._put("estate_solves", demand.estate_solves.astype(np.float64))
        self._put("estate_after", demand.estate_after.astype(np.float64))
        self._put("sensor_delay", city.sensors.sensor_delay.astype(np.float64))
        self._put("rules", rules_record(city))
        world["clusters_n"] = city.rules.cluster.max() + 1
        self._put("causes", np.zeros(int(world["clusters_n"]), CAUSE))
        world["assessed_n"] = len(city.department) + len(city.street)
        assessed = np.zeros(int(world["assessed_n"]), ASSESSED)
        assessed["effort"] = assessed["refusal"] = 1.0
        self._put("assessed", assessed)
        self._put("owned", np.zeros(len(city.street), np.int64))
        world["communities_n"] = len(city.community)
        trust = np.full(len(city.community), AT_FIRST).view(TRUST)
        self._put("trust", trust)
        self.arrays["pools"]["department"][organisation.crew] = np.arange(len(city.department))

    # -- a bare system ---------------------------------------------------------------------------------------------------------

    def _bare(self, tables: Tables, bare: BareTables, luck: BareLuck) -> None:
        world, classes, pools = self.record[0], len(bare.class_name), len(tables.pools.key)
        world["k0"], world["k1"], world["grain"] = *luck.key, luck.grain
        world["bounded"] = int(tables.pools.capacity.max()) >= 0
        world["loops"] = has_loops(tables)
        self._put("priority", bare.priority.astype(np.int64))
        self._put("entry", bare.entry.astype(np.float64))
        self._put("routing", bare.routing.astype(np.float64))
        self._put("pool_block", np.array(luck.block, np.int64))
        kind, numbers, values = np.zeros((classes, pools, 2), np.int64), np.zeros((3, classes, pools, 2)), [np.zeros(0)]
        self.in_bulk: list[tuple[int, int]] = []
        for c in range(classes):
            for p in range(pools):
                for what, law in enumerate((bare.service[c][p], bare.patience[c][p])):
                    kind[c, p, what], numbers[:, c, p, what] = _law(law, values)
                if (kind[c, p] == IN_BULK).any():
                    self.in_bulk.append((c, p))
        self._means = np.where(kind == EXPONENTIAL, numbers[0], 0.0)
        if world["loops"] or luck.grain > 1 or pools > _FEW_POOLS or self._means.max() > _SHORT:
            self._means[:] = 0.0
        kind[self._means > 0.0] = IN_BULK
        no_luck = np.isin(kind, (NONE, DETERMINISTIC, IN_BULK)).all(axis=2)
        self._put("sure", (no_luck & _certain(bare.routing)).astype(np.int64))
        self._put("sure_entry", _certain(bare.entry).astype(np.int64))
        self._put("service_kind", kind)
        for name, column in zip(("service_a", "service_b", "service_c"), numbers, strict=True):
            self._put(name, column)
        self._put("values", np.concatenate(values))
        if world["loops"]:
            self._put("visits", np.full((len(self.arrays["jobs"]), pools), -1, np.int32))
        self.arrays["bulk"] = np.zeros((0, pools, 2, len(self.draws.time)), np.int32)
        world["in_bulk"] = bool(world["loops"] and self.in_bulk)
        if world["loops"] and self.in_bulk:
            self._draw_attempts(2)
        elif self.in_bulk or self._means.any():     # nobody comes to a pool twice
            self._draw_attempts(1)
            world["attempts_drawn"] = _EVERY_ATTEMPT

    def _draw_attempts(self, attempts: int) -> None:
        """Service times and patience that need more than plain arithmetic, for so many visits of every customer to a pool."""
        luck, old = self.draws.luck, self.arrays["bulk"]
        assert isinstance(luck, BareLuck)
        bulk = np.full((attempts, *old.shape[1:]), -1, np.int32)
        bulk[:len(old)] = old
        for c, p in self.in_bulk:
            who = np.flatnonzero(self.draws.stream == c)
            names = self.draws.subject[who]
            laws = luck.bare.service[c][p], luck.bare.patience[c][p]
            for attempt in range(len(old), attempts):
                drawn = any(law is not None and law["kind"] != "given" for law in laws)
                lanes = uniforms(luck.key, names, luck.block[p], attempt) if drawn else (np.empty(0),) * 4
                for what, law in enumerate(laws):
                    seconds = luck.seconds(law, names, 2 + what * len(luck.block) + p, lanes[2 * what])
                    bulk[attempt, p, what, who] = np.minimum(seconds, NEVER)
        for c in np.flatnonzero((self._means > 0.0).any(axis=(1, 2))).tolist():
            who = np.flatnonzero(self.draws.stream == c)
            names, ahead = self.arrays["subject"][who], np.empty(len(who), np.int32)
            for at, what in np.argwhere(self._means[c]).tolist():
                draw_ahead(*luck.key, names, luck.block[at], 2 * what, float(self._means[c, at, what]), ahead)
                bulk[0, at, what, who] = ahead
        self._put("bulk", bulk)
        self.record[0]["attempts_drawn"] = attempts


def _law(law: dict | None, values: list[np.ndarray]) -> tuple[int, tuple[float, float, float]]:
    """Kind and numbers of a distribution; `values` takes those of an empirical one."""
    if law is None:
        return NONE, (0.0, 0.0, 0.0)
    if law["kind"] == "exponential":
        return EXPONENTIAL, (law["mean"], 0.0, 0.0)
    if law["kind"] == "deterministic":
        return DETERMINISTIC, (law["value"], 0.0, 0.0)
    if law["kind"] == "lognormal":
        return LOGNORMAL, (law["mean"], *spread(float(law["cv"])))
    if law["kind"] == "uniform":
        return UNIFORM, (law["low"], law["high"], 0.0)
    if law["kind"] == "empirical":
        first = sum(len(part) for part in values)
        values.append(np.sort(np.asarray(law["values"], float)))
        return EMPIRICAL, (first, len(law["values"]), 0.0)
    return IN_BULK, (0.0, 0.0, 0.0)


def _certain(shares: np.ndarray) -> np.ndarray:
    """Whether all uniform numbers reach the same place in cumulative shares (last axis)."""
    low, high = ((shares < u).sum(axis=-1) for u in _EXTREMES)
    certain: np.ndarray = low == high
    return certain
