"""From a scenario to its tables: every setting as plain arrays, ready for the draws, an engine and the measures.

Nothing is drawn and nothing is decided here.  A switch that is off has become the neutral value of its parameters on the way,
so that no engine asks whether a mechanism is on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from sim.absence import Absence
from sim.calendars import ALWAYS, build, worked_many
from sim.city import Places, places
from sim.emergencies import emergency_tables
from sim.escalation import delegated
from sim.estates import chances as chances_of_estates
from sim.issues import Category, Issues, shifted_authority
from sim.organisation import HELPERS, Allotment, PoolPlan, allot, canonical
from sim.residents import score_table
from sim.root_causes import clusters
from sim.rosters import duties_of, laid_out
from sim.screening import screened
from sim.sensors import chances
from sim.streams import streams
from sim.tables import (
    AT_SHIFT_END,
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
)
from sim.timeline import Order
from sim.triage import numbers
from sim.units import DAY

__all__ = ["city_of", "cumulative", "pools_of", "tabulate"]



def tabulate(scenario: Any) -> Tables:
    """The scenario as arrays.

    Parameters
    ----------
    scenario : Scenario
        Checked: without faults.

    Returns
    -------
    Tables
        The same for the same scenario, to the last bit.
    """
    scenario = canonical(scenario)
    run = scenario.run
    warm_up, horizon, run_out = (round(span) for span in (run.warm_up, run.horizon, run.run_out))
    end = warm_up + horizon + run_out
    city = bare = None
    if scenario.city is not None:
        calendars, pools, city = _city(scenario, end, (warm_up, warm_up + horizon))
    else:
        calendars, pools, bare = _bare(scenario, end)
    return Tables(key=scenario.name, start_weekday=run.start.weekday(), start_ordinal=run.start.toordinal(), warm_up=warm_up,
                  horizon=horizon, run_out=run_out, calendars=calendars, pools=pools, city=city, bare=bare)


def cumulative(shares: Any) -> np.ndarray:
    """Cumulative shares along the last axis, exactly 1 from the last share that is above 0.

    Examples
    --------
    >>> cumulative([0.1, 0.2, 0.7, 0.0]).tolist()
    [0.1, 0.30000000000000004, 1.0, 1.0]
    """
    share = np.asarray(shares, float)
    total = np.cumsum(share, axis=-1)
    whole = total[..., -1:]
    scaled = np.where(np.abs(whole - 1) < 1e-12, total, total / np.where(whole > 0, whole, 1))
    left = np.cumsum(share[..., ::-1], axis=-1)[..., ::-1] - share      # what comes after each
    return np.where(left <= 0, 1.0, scaled)


# --- pools ----------------------------------------------------------------------------------------------------------------

def _pools(scenario: Any, plans: Sequence[PoolPlan], end: int, span: tuple[int, int]) -> tuple[CalendarTables, PoolTables]:
    """Pools and the calendars of their members; calendar 0 is that of time limits in working time."""
    duties = [duties_of(scenario.organisation, plan) for plan in plans]
    number = {(scenario.calendars.office, -1, 0.0, 0): 0}
    members = np.asarray([number.setdefault(one, len(number)) for of_pool in duties for one in of_pool], np.int64)
    calendars = laid_out(scenario, list(number), end)
    first = np.asarray([0, *np.cumsum([len(of_pool) for of_pool in duties])], np.int64)
    return calendars, pools_of(scenario.organisation, plans, first, members, calendars, span)


def pools_of(organisation: Any, plans: Sequence[PoolPlan], first: np.ndarray, members: np.ndarray, calendars: CalendarTables,
             span: tuple[int, int]) -> PoolTables:
    """Pools as rows of a table; `first` and `members`: where the members of each pool begin, and their calendars."""
    whole = len(plans)
    order = Order.FCFS if organisation.queue_order == "fcfs" else Order.PRIORITY
    urgent = 1 if organisation.pre_emption.on else 2 if organisation.emergencies.on and organisation.emergencies.pre_empts else 0
    return PoolTables(
        key=tuple(plan.key for plan in plans), title=tuple(plan.title for plan in plans),
        kind=_ints(plan.kind for plan in plans), tier=_ints(plan.tier for plan in plans), unit=_ints(plan.unit for plan in plans),
        role=tuple(plan.role for plan in plans), order=np.full(whole, int(order), np.int32),
        at_shift_end=_ints(AT_SHIFT_END.index(plan.at_shift_end) for plan in plans),
        preemptive=_ints(urgent * (plan.kind != PoolKind.DESK) for plan in plans),
        capacity=_ints(plan.lines for plan in plans), overflow=np.full(whole, -1, np.int32), unlimited=np.zeros(whole, np.int32),
        first_member=first, member_calendar=members, wage_per_second=_wages(plans, first, members, calendars, span),
        nominal_calendar=members, helpers=_ints(plan.role.startswith(HELPERS) for plan in plans),
        lost_share=np.array([plan.lost for plan in plans], float))


def _ints(values: Iterable[int]) -> np.ndarray:
    return np.fromiter((int(value) for value in values), np.int32)


def _wages(plans: Sequence[PoolPlan], first: np.ndarray, members: np.ndarray, calendars: CalendarTables,
           span: tuple[int, int]) -> np.ndarray:
    """CNY per rostered second, such that the rostered seconds of the measured time cost the yearly pay, in proportion to its
    length.

    Training is paid and not rostered; where a pool is not on duty at all in the measured time, its pay shows nowhere.
    """
    every = np.arange(len(calendars.key))
    seconds = (worked_many(calendars, every, span[1]) - worked_many(calendars, every, span[0]))[members]
    before = np.concatenate([[0], np.cumsum(seconds)])
    rostered = before[first[1:]] - before[first[:-1]]
    pay = np.array([plan.pay / 100 for plan in plans]) * (span[1] - span[0]) / (365 * DAY)
    return np.where(rostered > 0, pay / np.maximum(rostered, 1), 0.0)


# --- the city -------------------------------------------------------------------------------------------------------------

def _city(scenario: Any, end: int, span: tuple[int, int]) -> tuple[CalendarTables, PoolTables, CityTables]:
    where = places(scenario.city)
    allotment = allot(scenario, where)
    return *_pools(scenario, allotment.pools, end, span), city_of(scenario, where, allotment)


def city_of(scenario: Any, where: Places, allotment: Allotment) -> CityTables:
    """Places, what arises there, and the rules of an organisation whose pools are allotted."""
    issues: Issues = scenario.issues
    return CityTables(
        department=tuple(scenario.departments), category=tuple(issues.categories),
        street=tuple(title.en for title in where.street), community=tuple(title.en for title in where.community),
        grid=where.grid_key, estate_class=tuple(scenario.city.estate_classes),
        grid_class=where.grid_class, grid_community=where.grid_community, community_street=where.community_street,
        grid_population=where.grid_population, demand=_demand(scenario, where, allotment), residents=_residents(scenario),
        rules=_rules(scenario), organisation=_organisation(scenario, where, allotment), sensors=_sensors(scenario),
        absence=_absence(scenario.absence), participation=_participation(scenario, allotment),
        emergencies=emergency_tables(scenario.organisation.emergencies, where.grid_population.sum()))


def _participation(scenario: Any, done: Allotment) -> ParticipationTables:
    part, categories = scenario.organisation.participation, list(scenario.issues.categories)
    helpers = part.helpers if part.on else {}
    asked = {name: (number, share) for number, one in enumerate(helpers.values()) for name, share in one.categories.items()}
    success = np.full(len(done.pools), -1.0)
    for key, one in helpers.items():
        success[done.helpers[key]] = one.success
    return ParticipationTables(
        participation=int(part.on), reports=part.reports, self_help=part.self_help, self_help_after=part.self_help_after,
        rewarded=int(part.rewarded), interest_half_life=part.half_life, visits_every=part.visits_every,
        helper_of=np.array([asked.get(key, (-1, 0.0))[0] for key in categories], np.int32),
        helper_share=np.array([asked.get(key, (-1, 0.0))[1] for key in categories], float),
        helper_pool=np.array([done.helpers[key] for key in helpers] or np.zeros((0, 0)), np.int32), helper_success=success)


def _absence(rules: Absence) -> AbsenceTables:
    """Chances a day; leave is counted in working days, of which a year has 250."""
    return AbsenceTables(
        on=int(rules.on), leave=min(rules.leave_days / 250, 1.0), falls_ill=min(rules.sick_spells / 365, 1.0), sick_days=rules.sick_days,
        goes=min(rules.turnover / 365, 1.0), vacancy=rules.vacancy, learning=rules.learning, learning_share=rules.learning_share)


def _sensors(scenario: Any) -> SensorTables:
    chance = chances(scenario)
    watch, kinds = scenario.organisation.sensors, chance.shape[1]
    delay = [kind.delay for kind in scenario.sensors.values()] if kinds else []
    return SensorTables(sensor_reached=1.0 - np.cumprod(1.0 - chance, axis=1), sensor_delay=np.array(delay, float), sensor_kinds=kinds,
                        watch_calendar=0 if watch.hours == "office" else -1, recognised=watch.recognised)


def _demand(scenario: Any, where: Places, done: Allotment) -> DemandTables:
    kinds = list(scenario.issues.categories.values())
    classes = list(scenario.city.estate_classes.values())
    due = [[one.deadline.ordinary, one.deadline.serious, one.deadline.urgent] for one in kinds]
    return DemandTables(
        **streams(scenario, where, done),
        severity=cumulative([one.severity.shares() for one in kinds]),
        authority=cumulative([[shifted_authority(one.authority.shares(), estate.local_solve) for one in kinds]
                              for estate in classes]),
        department=cumulative([[one.departments.get(key, 0.0) for key in scenario.departments] for one in kinds]),
        more_departments=cumulative([_more(one) for one in kinds]),
        touch_mean=np.array([one.touch.seconds() for one in kinds]), touch_cv=_floats(kinds, "touch_cv"),
        travel_mean=np.array([one.travel.seconds() for one in kinds]), travel_cv=_floats(kinds, "travel_cv"),
        lasts_mean=np.array([one.lasts.mean if one.lasts else 0.0 for one in kinds]),
        lasts_cv=np.array([one.lasts.cv if one.lasts else 0.0 for one in kinds]),
        lasts_share=np.array([one.lasts.share if one.lasts else 0.0 for one in kinds]),
        worsens=np.array([one.worsens.chance if one.worsens else 0.0 for one in kinds]),
        worsens_after=np.array([one.worsens.after if one.worsens else 0.0 for one in kinds]),
        worsens_touch=np.array([one.worsens.touch_factor if one.worsens else 1.0 for one in kinds]),
        visible=_floats(kinds, "visible"), deadline=np.array([[one.seconds for one in row] for row in due], np.int64),
        deadline_working=np.array([[int(one.working) for one in row] for row in due], np.int32), deadline_calendar=0,
        estate_solves=chances_of_estates(scenario), estate_after=np.array([estate.solves_after for estate in classes], float))


def _more(one: Category) -> tuple[float, float, float]:
    more = one.more_departments
    return 1 - more.one - more.two, more.one, more.two


def _floats(kinds: Sequence[Category], name: str) -> np.ndarray:
    return np.array([getattr(one, name) for one in kinds], float)


def _residents(scenario: Any) -> ResidentTables:
    kinds = list(scenario.issues.categories.values())
    one = scenario.residents
    channels = one.consultation_channels
    return ResidentTables(
        reporters=_floats(kinds, "reporters"), notice_mean=np.array([kind.notice.mean for kind in kinds]),
        notice_cv=np.array([kind.notice.cv for kind in kinds]),
        channel=cumulative([(kind.channels.phone, kind.channels.app, kind.channels.walk_in) for kind in kinds]),
        consultation_channel=cumulative((channels.phone, channels.app, channels.walk_in)),
        phone_patience_mean=one.phone_patience, call_back=one.call_back, call_back_after=one.call_back_after,
        ask_again=one.ask_again, ask_again_after=one.ask_again_after, asks_at_most=one.asks_at_most, repeat=one.repeat,
        petition_false=one.petitions.false_closing, petition_overdue=one.petitions.overdue, petition_after=one.petitions.after,
        trust_gain=one.trust.gain, trust_loss=one.trust.loss, trust_low=one.trust.low, trust_high=one.trust.high,
        repeat_within=one.repeat_within, evaluated=one.evaluated, score=score_table(one.score))


def _pooled(scenario: Any) -> tuple[bool, bool]:
    """Whether centres, and grid workers, were really merged: from several into one."""
    organisation = scenario.organisation
    return (organisation.centres.mode == "merged" and len(scenario.centres.subjects) > 1,
            organisation.grid_workers.mode == "merged" and len(scenario.grid_workers.roles) > 1)


def _rules(scenario: Any) -> DispatchRules:
    organisation, centres, feedback = scenario.organisation, scenario.centres, scenario.feedback
    desk, signal, force, joint = organisation.centres, organisation.signal, organisation.force, organisation.joint_work
    watch, check, costs = organisation.supervision, organisation.verification, organisation.integration_costs
    triage, screen, causes = numbers(organisation.triage), organisation.screening, organisation.root_causes
    assess, ways, owners = organisation.assessment, organisation.three_ways, organisation.case_owners
    separate = desk.mode == "separate" and len(centres.subjects) > 1
    loss = costs.ownership_loss if costs.on and any(_pooled(scenario)) else 0.0
    handling = centres.handling
    return DispatchRules(
        handling_mean=np.array([handling.phone, handling.app, handling.walk_in, handling.terminal, handling.sensor]),
        consultation_mean=centres.consultation, forward_mean=centres.forward, call_back_mean=centres.call_back,
        handling_cv=centres.handling_cv, wrong_centre=desk.wrong_centre if separate else 0.0,
        transfer_mean=desk.transfer if separate else 0.0,
        signal_pass=signal.pass_on if signal.on else 1.0, signal_time=signal.hop_time if signal.on else 0.0,
        signal_recovery=organisation.ledger.recovery, force_keep=force.keep if force.on else 1.0,
        mis_dispatch=triage.mis_dispatch, too_low=triage.too_low, hold_mean=triage.hold, refuse=triage.refuse,
        sign_in_mean=triage.sign_in, sign_in_urgent=triage.sign_in_urgent, ruling_after=triage.ruling_after,
        delegated=np.array([delegated(organisation.authority, key) for key in scenario.issues.categories]),
        parallel=int(joint.mode == "parallel"), convene=joint.convene if joint.mode == "parallel" else 0.0,
        true_fix=feedback.true_fix * (1 - loss), look=feedback.look, supervision=int(watch.on), lamp_yellow=watch.yellow,
        lamp_red=watch.red, lift=(watch.lift or 0.0) if watch.on else 0.0, order_effort=watch.order_effort if watch.on else 1.0,
        verify_share=check.share if check.on else 0.0, verify_by_call=check.by_call, verify_mean=check.time,
        verify_detects=check.detects,
        screened=np.array([screened(screen, key) for key in scenario.issues.categories]), sweep_every=screen.every if screen.on else 0.0,
        sweep_mean=screen.time, dispatch_every=(screen.dispatch_every or 0.0) if screen.on else 0.0, stuck_after=screen.stuck_after,
        cluster=np.array(clusters(scenario.issues.categories), np.int64), analysis_every=causes.every if causes.on else 0.0,
        analysis_least=causes.least, analysis_cut=causes.cut, analysis_half_life=causes.half_life,
        assess_every=assess.every if assess.on else 0.0, self_share=assess.self_share, self_bias=assess.self_bias, bar=assess.bar,
        assess_effort=assess.effort, refusal_cut=assess.refusal_cut, listed_effort=assess.listed_effort, listed_checks=assess.listed_checks,
        three_ways=int(ways.on), nature=cumulative([one.nature.shares() for one in scenario.issues.categories.values()]),
        deliberation=ways.deliberation, help_case=ways.help_case, help_after=ways.help_after, settles_after=ways.settles_after,
        meeting_every=ways.meeting_every, meeting=ways.meeting, agree=ways.agree,
        owned_at_most=owners.owners * owners.cases if owners.on else 0, owned_after=owners.after, own_repeats=int(owners.repeats),
        own_again=owners.ask_again, owner_effort=owners.effort,
        padding=int(organisation.padding.on), quota=organisation.padding.quota, padding_period=round(organisation.padding.period))


def _organisation(scenario: Any, where: Places, done: Allotment) -> OrganisationTables:
    kinds = list(scenario.issues.categories.values())
    area = where.parent(done.team_area)
    team = np.full((len(where.grid), len(kinds)), -1, np.int32)
    for c, one in enumerate(kinds):
        pools = done.team.get("") or (done.team[one.role] if one.role else None)
        if pools is not None:
            team[:, c] = np.asarray(pools)[area]
    beat = np.bincount(area, minlength=len(where.names(done.team_area))) * scenario.grid_workers.round
    round_time = np.zeros(len(done.pools))
    for pools in done.team.values():
        round_time[pools] = beat
    desk = [done.district_desk.get("", done.district_desk.get(one.subject or "", -1)) for one in kinds]
    return OrganisationTables(
        shared_ledger=int(scenario.organisation.ledger.mode == "shared"),
        team=team, round_time=round_time,
        district_desk=np.array(desk, np.int32), centres=np.array(list(done.district_desk.values()), np.int32),
        street_desk=np.array(done.street_desk, np.int32), community_desk=np.array(done.community_desk, np.int32),
        community_staff=np.array(done.community_staff, np.int32), street_team=np.array(done.street_team, np.int32),
        crew=np.array(list(done.crew.values()), np.int32), speed=_speed(scenario, done, kinds))


def _speed(scenario: Any, done: Allotment, kinds: Sequence[Category]) -> np.ndarray:
    """Factor on the touch time: generalists are slower; street teams by the share of their work that was delegated to them."""
    speed = np.ones((len(done.pools), len(kinds)))
    organisation = scenario.organisation
    for key, pools in done.helpers.items():
        speed[pools] = organisation.participation.helpers[key].slower
    costs = organisation.integration_costs
    if not costs.on:
        return speed
    for pool, plan in enumerate(done.pools):
        if plan.merged and plan.kind in (PoolKind.GRID_TEAM, PoolKind.DESK):
            speed[pool] += costs.generalist_slowdown
    for c, (key, one) in enumerate(zip(scenario.issues.categories, kinds, strict=True)):
        given = delegated(organisation.authority, key) * one.authority.district
        if given > 0:
            speed[done.street_team, c] += costs.generalist_slowdown * given / (given + one.authority.street)
    return speed


# --- bare systems ---------------------------------------------------------------------------------------------------------

def _bare(scenario: Any, end: int) -> tuple[CalendarTables, PoolTables, BareTables]:
    bare = scenario.bare
    names = list(bare.pools)
    pools = list(bare.pools.values())
    number: dict[tuple[str, int], int] = {(ALWAYS, -1): 0}
    first, member_calendar = [0], []
    for pool in pools:
        heads = 0 if pool.heads == "unlimited" else pool.heads
        member_calendar += [number.setdefault((pool.calendar, -1), len(number))] * heads
        first.append(len(member_calendar))
    zero = np.zeros(len(pools), np.int32)
    plain = PoolTables(
        key=tuple(names), title=tuple({"en": name, "zh": name} for name in names), kind=zero + int(PoolKind.SERVERS), tier=zero,
        unit=zero, role=tuple("servers" for _name in names),
        order=_ints(Order.FCFS if pool.order == "fcfs" else Order.PRIORITY for pool in pools),
        at_shift_end=_ints(AT_SHIFT_END.index(pool.at_shift_end) for pool in pools),
        preemptive=_ints(pool.preemptive for pool in pools),
        capacity=_ints(-1 if pool.capacity is None else pool.capacity for pool in pools),
        overflow=_ints(-1 if pool.overflow == "lost" else names.index(pool.overflow) for pool in pools),
        unlimited=_ints(pool.heads == "unlimited" for pool in pools), first_member=np.asarray(first, np.int64),
        member_calendar=np.asarray(member_calendar, np.int64), wage_per_second=np.zeros(len(pools)),
        nominal_calendar=np.asarray(member_calendar, np.int64), lost_share=np.zeros(len(pools)),
        helpers=zero)
    return build(scenario.calendars, list(number), scenario.run.start, end), plain, _classes(bare, names)


def _classes(bare: Any, names: list[str]) -> BareTables:
    """Classes of customers; a trace row with another priority than its class's makes a class of its own."""
    classes = [(key, one, one.priority) for key, one in bare.classes.items()]
    at = {(key, priority): number for number, (key, _one, priority) in enumerate(classes)}
    for row in bare.trace or ():
        key = str(row["class"])
        priority = int(row.get("priority", bare.classes[key].priority))
        if (key, priority) not in at:
            at[key, priority] = len(classes)
            classes.append((f"{key} (priority {priority})", bare.classes[key], priority))
    entry = [[float(one.entry == name) if isinstance(one.entry, str) else one.entry.get(name, 0.0) for name in names]
             for _key, one, _priority in classes]
    leave = {"exit": 1.0}
    routing = [[[one.routing.get(name, leave).get(goal, 0.0) for goal in (*names, "exit")] for name in names]
               for _key, one, _priority in classes]

    def plain(table: dict[str, Any]) -> tuple[dict[str, Any] | None, ...]:
        return tuple(table[name].plain() if name in table else None for name in names)

    trace = None
    if bare.trace is not None:
        rows = []
        for row in bare.trace:
            key = str(row["class"])
            cells = [float(row.get(f"{part}_{name}", -1.0)) for part in ("service", "patience") for name in names]
            rows.append([float(row["time"]), at[key, int(row.get("priority", bare.classes[key].priority))], *cells])
        trace = np.array(rows, float).reshape(-1, 2 + 2 * len(names))
    return BareTables(
        class_name=tuple(key for key, _one, _priority in classes), priority=_ints(priority for _key, _one, priority in classes),
        arrivals=tuple(one.arrivals.plain() for _key, one, _priority in classes),
        service=tuple(plain(one.service) for _key, one, _priority in classes),
        patience=tuple(plain(one.patience) for _key, one, _priority in classes), entry=cumulative(entry),
        routing=cumulative(routing), trace=trace)
