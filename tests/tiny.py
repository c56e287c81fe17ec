"""Tables of a city and of a service system small enough to follow by hand, and timelines written out row by row.

The city: one street S, two communities A and B of one grid each (100 and 300 residents), two categories (noise, waste), one
department.  Everybody works day and night except the crew, which works 08:00-12:00 and 14:00-18:00 every day.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np

from sim.tables import (
    AbsenceTables,
    BareTables,
    CalendarTables,
    CityTables,
    DemandTables,
    DispatchRules,
    OrganisationTables,
    ParticipationTables,
    PoolKind,
    PoolTables,
    ResidentTables,
    SensorTables,
    Tables,
    Tier,
)
from sim.timeline import Timeline

HOUR, DAY = 3600, 86400
DESK, STREET_DESK, DESK_A, DESK_B, TEAM_A, TEAM_B, STAFF_A, STAFF_B, STREET_TEAM, CREW = range(10)
ALWAYS, OFFICE = 0, 1
MONDAY = 739_251            # 2024-12-31, which counts as a Monday here


def ints(*values: int) -> np.ndarray:
    """An array of whole numbers."""
    return np.asarray(values, np.int64)


def calendars(end: int) -> CalendarTables:
    """Day and night; 08:00-12:00 and 14:00-18:00 every day."""
    spans = [(day * DAY + a * HOUR, day * DAY + b * HOUR) for day in range(-(-end // DAY)) for a, b in ((8, 12), (14, 18))]
    start = np.asarray([0] + [min(a, end) for a, _ in spans if a < end], np.int64)
    stop = np.asarray([end] + [min(b, end) for a, b in spans if a < end], np.int64)
    length = stop[1:] - start[1:]
    worked = np.r_[0, np.cumsum(length) - length]
    return CalendarTables(("always", "office"), ints(0, 1, len(start)), start, stop, worked)


def pools(keys: Sequence[str], heads: Sequence[int], *, kind: Sequence[int] | None = None, tier: Sequence[int] | None = None,
          unit: Sequence[int] | None = None, role: Sequence[str] | None = None, calendar: Sequence[int] | None = None,
          at_shift_end: int = 0, wage: float = 0.01, unlimited: Sequence[int] | None = None) -> PoolTables:
    """Pools of identical members; a wage of 0.01 CNY a second unless said otherwise."""
    number = len(keys)
    each = np.asarray(calendar if calendar is not None else [ALWAYS] * number, np.int64)
    return PoolTables(
        key=tuple(keys), title=tuple({"en": key, "zh": key} for key in keys),
        kind=np.asarray(kind if kind is not None else [PoolKind.SERVERS] * number, np.int64),
        tier=np.asarray(tier if tier is not None else [0] * number, np.int64),
        unit=np.asarray(unit if unit is not None else [0] * number, np.int64), role=tuple(role if role is not None else keys),
        order=np.zeros(number, np.int64), at_shift_end=np.full(number, at_shift_end, np.int64),
        preemptive=np.zeros(number, np.int64), capacity=np.full(number, -1, np.int64), overflow=np.full(number, -1, np.int64),
        unlimited=np.asarray(unlimited if unlimited is not None else [0] * number, np.int64),
        first_member=np.r_[0, np.cumsum(np.asarray(heads, np.int64))], member_calendar=np.repeat(each, heads),
        wage_per_second=np.full(number, wage),
        helpers=np.zeros(number, np.int64), nominal_calendar=np.repeat(each, heads), lost_share=np.zeros(number))


def _frame(key: str, pool_tables: PoolTables, days: int, warm_up: int, run_out: int, city: CityTables | None,
           bare: BareTables | None) -> Tables:
    end = days * DAY
    return Tables(key=key, start_weekday=0, start_ordinal=MONDAY, warm_up=warm_up, horizon=end - warm_up - run_out,
                  run_out=run_out, calendars=calendars(end), pools=pool_tables, city=city, bare=bare)


def bare(*, heads: Sequence[int] = (1,), days: int = 1, warm_up: int = 0, run_out: int = 0, calendar: Sequence[int] | None = None,
         at_shift_end: int = 0, unlimited: Sequence[int] | None = None, classes: int = 1) -> Tables:
    """A service system of one or more classes and a row of pools."""
    keys = [f"pool {number}" for number in range(len(heads))]
    none = (tuple([None] * len(keys)),) * classes
    names = ("customer", "guest", "stranger")[:classes]
    system = BareTables(class_name=names, priority=ints(*range(classes)), arrivals=({"kind": "given"},) * classes, service=none,
                        patience=none, entry=np.ones((classes, len(keys))),
                        routing=np.zeros((classes, len(keys), len(keys) + 1)), trace=None)
    pool_tables = pools(keys, heads, calendar=calendar, at_shift_end=at_shift_end, unlimited=unlimited)
    return _frame("tiny bare", pool_tables, days, warm_up, run_out, None, system)


def city(*, days: int = 4, warm_up: int = 0, run_out: int = 0, at_shift_end: int = 0) -> Tables:
    """The city of the module's docstring: 24-hour limits, 4 working hours for urgent issues."""
    keys = ["desk/district", "desk/street S", "desk/community A", "desk/community B", "grid_team/A", "grid_team/B",
            "community_staff/A", "community_staff/B", "street_team/S", "crew/works"]
    kind = [PoolKind.DESK] * 4 + [PoolKind.GRID_TEAM] * 2 + [PoolKind.COMMUNITY_STAFF] * 2
    kind += [PoolKind.STREET_TEAM, PoolKind.DEPARTMENT_CREW]
    tier = [Tier.DISTRICT, Tier.STREET, Tier.COMMUNITY, Tier.COMMUNITY, Tier.GRID, Tier.GRID, Tier.COMMUNITY, Tier.COMMUNITY,
            Tier.STREET, Tier.DISTRICT]
    role = ["desk"] * 4 + ["grid_worker"] * 2 + ["community_staff"] * 2 + ["street_team", "crew:works"]
    pool_tables = pools(keys, [2, 1, 1, 1, 2, 2, 1, 1, 1, 2], kind=kind, tier=tier, unit=[0, 0, 0, 1, 0, 1, 0, 1, 0, 0],
                        role=role, calendar=[ALWAYS] * 9 + [OFFICE], at_shift_end=at_shift_end)
    place = CityTables(
        department=("works",), category=("noise", "waste"), street=("S",), community=("A", "B"), grid=("a", "b"),
        estate_class=("managed",), grid_class=ints(0, 0), grid_community=ints(0, 1), community_street=ints(0, 0),
        grid_population=ints(100, 300), demand=demand(), residents=residents(), rules=rules(), organisation=organisation(), sensors=sensors(),
        absence=AbsenceTables(0, 0.0, 0.0, 1.0, 0.0, 0, 0, 0.0),
        participation=ParticipationTables(0, 0.0, 0.0, 0.0, 1, 1.0, 0.0, ints(-1, -1), np.zeros(2), np.zeros((0, 2), int), np.full(10, -1.0)))
    return _frame("tiny city", pool_tables, days, warm_up, run_out, place, None)


def demand() -> DemandTables:
    """Two categories and one stream of consultations, nothing ever arises by itself."""
    two = np.zeros(2)
    return DemandTables(
        stream=("noise", "waste", "noise?"), category=ints(0, 1, 0), cell_rate=np.zeros((3, 2)), weekday=np.ones((3, 7)),
        month=np.ones((3, 12)), hour=np.full((3, 24), 1 / 24), daily_cv=np.zeros(3), severity=np.ones((2, 3)),
        authority=np.ones((1, 2, 4)), department=np.ones((2, 1)), more_departments=np.ones((2, 3)),
        touch_mean=np.full((2, 4), 600.0), touch_cv=two, travel_mean=np.full((2, 4), 300.0), travel_cv=two,
        lasts_mean=two, lasts_cv=two, lasts_share=two,
        worsens=two, worsens_after=two, worsens_touch=np.ones(2), visible=np.ones(2),
        deadline=np.array([[DAY, DAY, 4 * HOUR]] * 2),
        deadline_working=np.array([[0, 0, 1]] * 2), deadline_calendar=OFFICE,
        surge_factor=np.ones((0, 3)), surge_first=ints(), surge_days=ints(), surge_half_life=np.zeros(0),
        kind=ints(0, 0, 1), estate_solves=np.zeros((1, 2)), estate_after=np.zeros(1))


def residents() -> ResidentTables:
    """Residents who never do anything."""
    none = np.zeros(2)
    return ResidentTables(
        reporters=none, notice_mean=none, notice_cv=none, channel=np.ones((2, 3)), consultation_channel=np.ones(3),
        phone_patience_mean=60.0, call_back=0.0, call_back_after=60.0, ask_again=0.0, ask_again_after=60.0, asks_at_most=1,
        repeat=0.0, repeat_within=60.0, evaluated=0.0,
        petition_false=0.0, petition_overdue=0.0, petition_after=1.0,
        trust_gain=0.0, trust_loss=0.0, trust_low=0.0, trust_high=1.0, score=np.ones((2, 2, 5)))


def rules() -> DispatchRules:
    """Neutral rules: nothing goes wrong, nothing takes time."""
    return DispatchRules(
        handling_mean=np.zeros(5), consultation_mean=0.0, forward_mean=0.0, call_back_mean=0.0, handling_cv=0.0, wrong_centre=0.0,
        transfer_mean=0.0, signal_pass=1.0, signal_time=0.0, signal_recovery=0.0, force_keep=1.0, mis_dispatch=0.0, too_low=0.0,
        hold_mean=0.0, refuse=0.0, sign_in_mean=0.0, sign_in_urgent=1.0, ruling_after=-1, delegated=np.zeros(2), parallel=0,
        convene=0.0, true_fix=1.0, look=0.0, supervision=0, lamp_yellow=0.7, lamp_red=1.0, lift=0.0, order_effort=1.0,
        verify_share=0.0, verify_by_call=0.0, verify_mean=0.0, verify_detects=1.0,
        screened=np.zeros(2), sweep_every=0.0, sweep_mean=0.0, dispatch_every=0.0, stuck_after=0.0,
        cluster=np.arange(2), analysis_every=0.0, analysis_least=1, analysis_cut=0.0, analysis_half_life=3600.0,
        assess_every=0.0, self_share=0.0, self_bias=0.0, bar=0.8, assess_effort=0.0, refusal_cut=0.0, listed_effort=1.0, listed_checks=0.0,
        three_ways=0, nature=np.ones((2, 3)), deliberation=0.0, help_case=0.0, help_after=1.0, settles_after=1.0, meeting_every=3600.0,
        meeting=1.0, agree=1.0, owned_at_most=0, owned_after=1.0, own_repeats=0, own_again=3600.0, owner_effort=1.0,
        padding=0, quota=0.0, padding_period=1)


def organisation() -> OrganisationTables:
    """One centre, merged grid workers, a shared ledger."""
    return OrganisationTables(
        shared_ledger=1, team=np.array([[TEAM_A, TEAM_A], [TEAM_B, TEAM_B]]), round_time=np.zeros(10),
        district_desk=ints(DESK, DESK), centres=ints(DESK), street_desk=ints(STREET_DESK), community_desk=ints(DESK_A, DESK_B),
        community_staff=ints(STAFF_A, STAFF_B), street_team=ints(STREET_TEAM), crew=ints(CREW), speed=np.ones((10, 2)))


def sensors() -> SensorTables:
    """Nobody watches any."""
    return SensorTables(sensor_reached=np.zeros((2, 0)), sensor_delay=np.zeros(0), sensor_kinds=0, watch_calendar=0, recognised=0.0)


def timeline(rows: Sequence[Sequence[int]], issues: Sequence[tuple[int, int, int]], end: int) -> Timeline:
    """A timeline from rows (time, kind, issue, ticket, place, member, value) and issues (stream, grid, second)."""
    cells = array("i", [int(cell) for row in rows for cell in row])
    stream, grid, time = zip(*issues, strict=True) if issues else ((), (), ())
    return Timeline.of(cells, stream, grid, time, range(len(issues)), end=end)
