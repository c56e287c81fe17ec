"""What must hold in every run, on random small cities with random mixtures of mechanisms and on random service systems.

Each check reads nothing but the timeline and the tables.  Worlds and their grains stand in `worlds.py`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from script import bare, simulate
from worlds import SHIFTS, World, on_duty, systems, worlds

from sim.calendars import worked_many
from sim.draws import Draws
from sim.tables import Stream, Tables
from sim.timeline import NOBODY, Close, Event, Purpose, Registered, Timeline, first_difference

Check = Callable[[Tables, Timeline], None]
_REST, _OVERTIME, _HAND_OVER = 0, 1, 2


# --- issues and tickets -------------------------------------------------------------------------------------------------------------

def no_issues(tables: Tables, timeline: Timeline) -> set[int]:
    """Numbers of what arises and is neither an issue nor a question, such as false alarms."""
    assert tables.city is not None
    return set(np.flatnonzero(tables.city.demand.kind[timeline.issue_stream] > Stream.QUESTIONS).tolist())


def every_issue_is_accounted_for(tables: Tables, timeline: Timeline) -> None:
    """Created = ended (resolved, gone or prevented, once) + latent + open; nobody discovers or resolves what did not arise or has ended."""
    created, found, resolved, gone, prevented = set(), set(), set(), set(), set()
    assert tables.city is not None
    issues, nothing = timeline.issue_stream < len(tables.city.category), no_issues(tables, timeline)
    for time, kind, issue, *_ in timeline.rows.tolist():
        if kind == Event.OCCURRED and issues[issue]:
            assert issue not in created
            assert time == timeline.issue_time[issue]
            created.add(issue)
        elif kind == Event.PREVENTED:
            assert issue in created
            assert time == timeline.issue_time[issue]
            prevented.add(issue)
        elif kind == Event.DISCOVERED:
            assert issue in created - found - resolved - gone - prevented
            found.add(issue)
        elif kind in (Event.RESOLVED, Event.GONE):
            assert issue in created - resolved - gone - prevented, "an issue ends once"
            (resolved if kind == Event.RESOLVED else gone).add(issue)
        elif kind in (Event.REGISTERED, Event.TRIAGED, Event.DISPATCHED):
            assert issue in found or issue in nothing
    latent = {issue for issue in created if issue not in found | resolved | gone | prevented}
    still_open = (found - resolved) - gone
    assert len(created) == len(resolved) + len(gone) + len(prevented) + len(latent) + len(still_open) == int(issues.sum())


def a_ticket_opens_once_and_closes_once(tables: Tables, timeline: Timeline) -> None:
    """Every ticket has a subject; the first of an issue is the first, a duplicate has an open brother, a repeat has none; after it closed
    nothing happens to it but its score, and the last moves of colleagues who are still at it."""
    open_tickets: dict[int, set[int]] = defaultdict(set)
    ever: Counter[int] = Counter()
    closed: dict[int, int] = {}
    owner: dict[int, int] = {}
    after = {Event.EVALUATED, Event.ENDED, Event.SUSPENDED, Event.STARTED}
    for time, kind, issue, ticket, _, _, value in timeline.rows.tolist():
        if ticket < 0:
            continue
        if kind == Event.REGISTERED:
            assert ticket not in owner
            owner[ticket] = issue
            assert value == (Registered.DUPLICATE if open_tickets[issue] else Registered.REPEAT if ever[issue] else Registered.FIRST)
            ever[issue] += 1
            open_tickets[issue].add(ticket)
        assert owner[ticket] == issue
        if ticket in closed:
            assert kind in after, f"{Event(kind).name} at {time} after the ticket closed"
            assert kind != Event.EVALUATED or time == closed[ticket]
        elif kind == Event.CLOSED:
            closed[ticket] = time
            open_tickets[issue].remove(ticket)
    assert sorted(owner) == list(range(len(owner)))


def what_is_resolved_was_worked(tables: Tables, timeline: Timeline) -> None:
    """An issue is truly resolved in the second in which a ticket's last work was a true fix, and only then; a ticket that closes as gone
    never was a true fix, and its issue has ended."""
    ended, nothing, settled = set(), no_issues(tables, timeline), (NOBODY, NOBODY)
    true_fix: dict[int, tuple[int, int]] = {}
    for time, kind, issue, ticket, _, _, value in timeline.rows.tolist():
        if kind == Event.WORKED and value:
            assert issue not in ended
            true_fix[ticket] = (issue, time)
        elif kind == Event.SETTLED:
            settled = (issue, time)
        elif kind == Event.RESOLVED:
            assert (settled if ticket < 0 else true_fix[ticket]) == (issue, time)
            ended.add(issue)
        elif kind == Event.GONE:
            ended.add(issue)
        elif kind == Event.CLOSED and value == Close.GONE:
            assert issue in ended or issue in nothing
            assert ticket not in true_fix


def stamps_never_go_backward(tables: Tables, timeline: Timeline) -> None:
    """Rows stand in the order of time, and within a ticket in the order of its life: registered before all else; worked before checked;
    each dispatch before its acceptance, return or refusal."""
    time = timeline.column("time")
    assert np.all(np.diff(time) >= 0)
    assert not len(time) or 0 <= time[0] <= time[-1] <= timeline.end
    seen: dict[int, Counter[int]] = defaultdict(Counter)
    for _, kind, _, ticket, _, _, value in timeline.rows.tolist():
        if ticket < 0:
            continue
        so_far = seen[ticket]
        so_far[kind] += 1
        assert so_far[Event.REGISTERED] == 1
        if kind in (Event.RETURNED, Event.REFUSED):
            assert so_far[Event.RETURNED] + so_far[Event.REFUSED] <= so_far[Event.DISPATCHED]
        if kind == Event.VERIFIED:
            assert so_far[Event.VERIFIED] <= so_far[Event.WORKED]
        if kind == Event.REWORK:
            assert value == so_far[Event.REWORK] <= so_far[Event.VERIFIED]
        if kind == Event.RECOVERED:
            assert so_far[Event.RECOVERED] <= so_far[Event.LOST]


def nothing_is_lost_in_a_shared_ledger(tables: Tables, timeline: Timeline) -> None:
    """With a shared ledger there is never a second open ticket of an issue filed by a desk, and what was lost is taken up in time."""
    assert tables.city is not None
    if not tables.city.organisation.shared_ledger:
        return
    rows = timeline.rows
    desks = tables.pools.kind[rows[:, 4]] == 1
    assert not np.any((rows[:, 1] == Event.REGISTERED) & (rows[:, 6] == Registered.DUPLICATE) & desks)
    lost: dict[int, int] = {}
    for time, kind, _, ticket, *_ in rows.tolist():
        if kind == Event.LOST:
            lost[ticket] = time
        elif kind in (Event.RECOVERED, Event.CLOSED):
            lost.pop(ticket, None)
    recovery = int(tables.city.rules.signal_recovery + 0.5)
    assert all(time + recovery > timeline.end for time in lost.values())


# --- members ------------------------------------------------------------------------------------------------------------------------

def nobody_works_on_two_jobs_or_out_of_hours(tables: Tables, timeline: Timeline) -> None:
    """Each member starts, ends, starts ...; starts on duty; works on beyond the shift only where the pool works overtime; what was put
    down is taken up with no more than what was left of it (where only one job of the ticket is at the pool, so that it can be told)."""
    pools, spans = tables.pools, tables.calendars
    busy: dict[tuple[int, int], tuple[int, int, int]] = {}
    left: dict[tuple[int, int, int], int] = {}
    inside: Counter[tuple[int, int, int]] = Counter()
    for time, kind, issue, ticket, place, member, value in timeline.rows.tolist():
        who, job = (place, member), (place, issue, ticket)
        inside[job] += kind == Event.JOINED
        if inside[job] != 1 or kind == Event.JOINED:
            left.pop(job, None)
        inside[job] -= kind in (Event.ENDED, Event.HUNG_UP, Event.LIFTED, Event.SECONDED)
        if kind not in (Event.STARTED, Event.ENDED, Event.SUSPENDED):
            continue
        calendar = 0 if pools.unlimited[place] else int(pools.member_calendar[pools.first_member[place] + member])
        rule = int(pools.at_shift_end[place])
        if kind == Event.STARTED:
            assert who not in busy, "nobody works on two jobs at once"
            assert on_duty(tables, calendar, time) or pools.unlimited[place]
            busy[who] = (time, issue, ticket)
            continue
        began, *of = busy.pop(who)
        assert of == [issue, ticket]
        work = int(worked_many(spans, calendar, time) - worked_many(spans, calendar, began))
        if rule == _OVERTIME:
            work = time - began
        elif not pools.unlimited[place]:
            # Whoever rests through the night may be called away in the second in which the shift starts.
            called_away = kind == Event.SUSPENDED and rule == _REST and on_duty(tables, calendar, time)
            assert time == began or called_away or on_duty(tables, calendar, time - 1), "the last second worked is one of the shift"
            if rule == _HAND_OVER:
                assert work == time - began, "handed over when the shift ends"
        if job in left:
            assert work + (value if kind == Event.SUSPENDED else 0) <= left[job], "it takes no longer than what was left"
        if kind == Event.SUSPENDED and inside[job] == 1:
            left[job] = value


def _waiting(tables: Tables, timeline: Timeline) -> Any:
    """After each second with events: the second, and the number of jobs that wait in each pool and of members at work in it."""
    number = len(tables.pools.key)
    waits, works = [0] * number, [0] * number
    of_ticket: dict[int, Counter[int]] = defaultdict(Counter)
    for time, rows in groupby(timeline.rows.tolist(), key=lambda row: row[0]):
        for _, kind, _, ticket, place, _, _ in rows:
            step = {Event.JOINED: (1, 0), Event.STARTED: (-1, 1), Event.SUSPENDED: (1, -1), Event.ENDED: (0, -1), Event.HUNG_UP: (-1, 0),
                    Event.LIFTED: (-1, 0), Event.SECONDED: (-1, 0)}.get(Event(kind))
            if step is not None:
                waits[place] += step[0]
                works[place] += step[1]
                if ticket >= 0:
                    of_ticket[ticket][place] += step[0]
            elif kind == Event.CLOSED:      # what still waits for it is withdrawn
                for pool, waiting in of_ticket.pop(ticket, Counter()).items():
                    waits[pool] -= waiting
        yield time, waits, works


def nobody_is_idle_while_work_waits(tables: Tables, timeline: Timeline) -> None:
    """After every second, and at the start of every shift, a pool with work waiting has all its members on duty at work."""
    pools = tables.pools
    calendars = [Counter(pools.member_calendar[low:high].tolist())
                 for low, high in zip(pools.first_member[:-1], pools.first_member[1:], strict=True)]
    busy_of: dict[int, Counter[int]] = defaultdict(Counter)
    openings = sorted(set(tables.calendars.start.tolist()))
    snapshots = [(time, list(waits), list(works)) for time, waits, works in _waiting(tables, timeline)]
    states = [(time, *snapshots[at - 1][1:]) for time in openings
              if (at := int(np.searchsorted([snapshot[0] for snapshot in snapshots], time, "right"))) > 0]
    who_works = _who_works(tables, timeline)
    for time, waits, _ in sorted([*snapshots, *states], key=lambda state: state[0]):
        for pool, waiting in enumerate(waits):
            assert waiting >= 0
            if not waiting or time >= timeline.end:
                continue
            assert not pools.unlimited[pool], "an unlimited pool has no queue"
            for calendar, heads in calendars[pool].items():
                if on_duty(tables, calendar, time):
                    busy_of[pool] = who_works(pool, calendar, time)
                    assert busy_of[pool] == heads, f"{tables.pools.key[pool]} at {time}: somebody is idle while {waiting} wait"


def _who_works(tables: Tables, timeline: Timeline) -> Any:
    """A function: members of a pool and calendar that are at work after a second."""
    pools = tables.pools
    steps: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for time, kind, _, _, place, member, _ in timeline.rows.tolist():
        if kind in (Event.STARTED, Event.ENDED, Event.SUSPENDED) and not pools.unlimited[place]:
            calendar = int(pools.member_calendar[pools.first_member[place] + member])
            steps[place, calendar].append((time, 1 if kind == Event.STARTED else -1))
    curves = {key: (np.array([time for time, _ in each]), np.cumsum([step for _, step in each])) for key, each in steps.items()}

    def number(pool: int, calendar: int, time: int) -> int:
        if (pool, calendar) not in curves:
            return 0
        times, counts = curves[pool, calendar]
        at = int(np.searchsorted(times, time, "right"))
        return int(counts[at - 1]) if at else 0

    return number


def littles_law(tables: Tables, timeline: Timeline) -> None:
    """At every pool the integral of the number there equals the sum of the times spent there, to the second."""
    number = len(tables.pools.key)
    area, before = np.zeros(number, np.int64), 0
    here = np.zeros(number, np.int64)
    for time, waits, works in _waiting(tables, timeline):
        area += here * (time - before)
        here, before = np.add(waits, works), time
    area += here * (timeline.end - before)
    spent, inside = np.zeros(number, np.int64), defaultdict(list)
    for time, kind, issue, ticket, place, *_ in timeline.rows.tolist():
        job = place, issue, ticket
        if kind == Event.JOINED:
            inside[job].append(time)
        elif kind in (Event.ENDED, Event.HUNG_UP, Event.LIFTED, Event.SECONDED):
            spent[place] += time - inside[job].pop()
        elif kind == Event.CLOSED:
            for (pool, one, of), times in inside.items():
                if (one, of) == (issue, ticket):
                    still = _at_work(timeline, pool, issue, ticket, time)
                    while len(times) > still:
                        spent[pool] += time - times.pop()
    for (place, *_), times in inside.items():
        spent[place] += sum(timeline.end - time for time in times)
    assert area.tolist() == spent.tolist()


def _at_work(timeline: Timeline, pool: int, issue: int, ticket: int, time: int) -> int:
    """Members of a pool at work on a ticket just before it closed at `time`."""
    rows = timeline.rows
    of = rows[(rows[:, 2] == issue) & (rows[:, 3] == ticket) & (rows[:, 4] == pool)]
    closed = np.flatnonzero((rows[:, 1] == Event.CLOSED) & (rows[:, 3] == ticket))[0]
    index = np.flatnonzero((rows[:, 2] == issue) & (rows[:, 3] == ticket) & (rows[:, 4] == pool))
    of = of[index < closed]
    return int((of[:, 1] == Event.STARTED).sum() - np.isin(of[:, 1], (Event.ENDED, Event.SUSPENDED)).sum())


CITY_CHECKS: list[Check] = [
    every_issue_is_accounted_for, a_ticket_opens_once_and_closes_once, what_is_resolved_was_worked, stamps_never_go_backward,
    nothing_is_lost_in_a_shared_ledger, nobody_works_on_two_jobs_or_out_of_hours, nobody_is_idle_while_work_waits, littles_law]
SYSTEM_CHECKS: list[Check] = [stamps_never_go_backward, nobody_works_on_two_jobs_or_out_of_hours, nobody_is_idle_while_work_waits, littles_law]


@pytest.mark.parametrize("check", CITY_CHECKS, ids=lambda check: check.__name__)
@given(world=worlds())
@settings(max_examples=30)
def test_in_every_city(check: Check, world: World) -> None:
    """Any mixture of mechanisms, staff, shifts and demand keeps the invariant that the check's docstring states."""
    check(*world.run())


@pytest.mark.parametrize("check", SYSTEM_CHECKS, ids=lambda check: check.__name__)
@given(world=systems())
@settings(max_examples=40)
def test_in_every_service_system(check: Check, world: World) -> None:
    """So does any service system."""
    check(*world.run())


# --- customers ----------------------------------------------------------------------------------------------------------------------

@given(world=systems())
@settings(max_examples=40)
def test_every_customer_leaves_is_lost_hangs_up_or_is_still_there(world: World) -> None:
    """Arrivals = left + lost + hung up + still inside; nobody leaves twice."""
    timeline, ends = world.run()[1], Counter()
    inside: Counter[int] = Counter()
    for (_, kind, issue, *_), after in pairwise([*timeline.rows.tolist(), [NOBODY] * 7]):
        # Whoever finds a pool full and goes on to no other, at once, is lost; so is whoever went round all of them.
        if kind in (Event.LEFT, Event.HUNG_UP) or (kind == Event.BLOCKED and after[2] != issue):
            ends[issue] += 1
        elif kind in (Event.JOINED, Event.ENDED):
            inside[issue] += 1 if kind == Event.JOINED else -1
        elif kind == Event.OCCURRED:
            inside[issue] += 0
    still = sum(1 for issue in inside if not ends[issue])
    assert max(ends.values(), default=0) <= 1
    assert len(timeline.issue_time) == len(ends) + still
    assert all(inside[issue] == 1 for issue in inside if not ends[issue])


@given(world=systems())
@settings(max_examples=40)
def test_in_a_pre_emptive_pool_nobody_waits_for_a_lower_class(world: World) -> None:
    """After every second, where a pool pre-empts, no customer waits while a member on duty serves one of lower priority."""
    tables, timeline = world.run()
    pools = tables.pools
    assert tables.bare is not None
    priority = tables.bare.priority[timeline.issue_stream].tolist()
    waits: dict[int, set[int]] = defaultdict(set)
    served: dict[int, dict[int, int]] = defaultdict(dict)
    for time, rows in groupby(timeline.rows.tolist(), key=lambda row: row[0]):
        for _, kind, issue, _, place, member, _ in rows:
            if kind in (Event.JOINED, Event.SUSPENDED):
                waits[place].add(issue)
            if kind in (Event.STARTED, Event.HUNG_UP):
                waits[place].discard(issue)
            if kind == Event.STARTED:
                served[place][member] = issue
            elif kind in (Event.ENDED, Event.SUSPENDED):
                served[place].pop(member)
        for place in np.flatnonzero(pools.preemptive).tolist():
            lowest = max((priority[issue] for member, issue in served[place].items() if pools.unlimited[place] or on_duty(
                tables, int(pools.member_calendar[pools.first_member[place] + member]), time)), default=0)
            assert all(priority[issue] >= lowest for issue in waits[place])


@given(world=systems())
@settings(max_examples=40)
def test_a_service_takes_what_was_drawn_for_it(world: World) -> None:
    """All stretches of a customer's first visit to a pool add up to its service time, interrupted or handed over as it may be."""
    tables, timeline = world.run()
    draws = Draws(tables, world.seed, 0, world.grain)
    due = [luck for _, luck in draws.luck.first_visits(draws.subject, draws.stream)]
    pools, began, done = tables.pools, {}, Counter()
    seen: set[tuple[int, int]] = set()
    for time, kind, issue, _, place, member, _ in timeline.rows.tolist():
        if (issue, place) in seen:
            continue
        if kind == Event.STARTED:
            began[issue] = time
        elif kind in (Event.SUSPENDED, Event.ENDED):
            work = time - began[issue]
            if pools.at_shift_end[place] == _REST and not pools.unlimited[place]:
                calendar = int(pools.member_calendar[pools.first_member[place] + member])
                work = int(worked_many(tables.calendars, calendar, time) - worked_many(tables.calendars, calendar, began[issue]))
            done[issue, place] += work
            if kind == Event.ENDED:
                assert done[issue, place] == due[issue][3 * place]
                seen.add((issue, place))


@given(data=st.data())
@settings(max_examples=60)
def test_another_member_never_delays_anybody(data: st.DataObject) -> None:
    """Given arrivals and service times, one class, one calendar, an fcfs pool: with one more member every job starts and ends no later."""
    grain = data.draw(st.sampled_from((1, 60, 900)))
    rows = data.draw(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 12)), min_size=1, max_size=25))
    heads, rule = data.draw(st.integers(1, 4)), data.draw(st.sampled_from(("rest", "overtime", "hand_over")))
    calendar = data.draw(st.sampled_from(("always", "split", "day")))
    customers = [{"time": time * grain, "service_a": service * grain} for time, service in sorted(rows)]

    def stamps(heads: int, kind: Event) -> dict[int, int]:
        tables = bare({"a": {"heads": heads, "calendar": calendar, "at_shift_end": rule}}, customers, shifts=SHIFTS)
        table = simulate(tables, Draws(tables, 1, 0)).rows.tolist()
        return {row[2]: row[0] for row in (reversed(table) if kind == Event.STARTED else table) if row[1] == kind}

    for kind in (Event.STARTED, Event.ENDED):
        few, many = stamps(heads, kind), stamps(heads + 1, kind)
        assert few.keys() <= many.keys()
        assert all(many[customer] <= few[customer] for customer in few)


# --- the same again -----------------------------------------------------------------------------------------------------------------

@given(world=worlds(), other=worlds())
@settings(max_examples=10)
def test_the_same_seed_gives_the_same_run(world: World, other: World) -> None:
    """Also after another scenario was run in between: nothing is kept from one run to the next."""
    tables, timeline = world.run()
    other.run()
    again = simulate(tables, Draws(tables, world.seed, 0, world.grain))
    assert first_difference(timeline, again) is None


NEUTRAL: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "signal": ({"on": False}, {"on": True, "pass_on": 1.0, "hop_time": "0 s"}),
    "force": ({"on": False}, {"on": True, "keep": 1.0}),
    "triage": ({"on": False}, {"on": True, "mis_dispatch": 0.0, "too_low": 0.0, "hold": "0 s", "refuse": 0.0, "sign_in": "0 s",
                               "sign_in_urgent": 1.0, "ruling_after": None}),
    "authority": ({"on": False}, {"on": True, "delegated": 0.0, "by_category": {}, "heads_moved": 0.0}),
    "supervision": ({"on": False}, {"on": True, "yellow": 100.0, "red": 100.0, "lift": None, "order_effort": 1.0}),
    "verification": ({"on": False}, {"on": True, "share": 0.0}),
    "screening": ({"on": False}, {"on": True, "share": 0.0, "by_category": {}, "dispatch_every": None}),
    "root_causes": ({"on": False}, {"on": True, "least": 1_000_000}),
    "case_owners": ({"on": False}, {"on": True, "cases": 0}),
    "assessment": ({"on": False}, {"on": True, "every": "10 years"}),
    "burden": ({"on": False}, {"on": True, "share": 0.0}),
    "participation": ({"on": False}, {"on": True, "reports": 0.0, "self_help": 0.0, "helpers": {}}),
    "padding": ({"on": False}, {"on": True, "quota": 0.0}),
    "emergencies": ({"on": False}, {"on": True, "bar": 10_000.0}),
    "integration_costs": ({"on": False}, {"on": True, "generalist_slowdown": 0.0, "ownership_loss": 0.0, "training_days": 0.0})}
_LONG = {"ordinary": "2 days", "serious": "2 days", "urgent": "2 days"}


@pytest.mark.parametrize("mechanism", NEUTRAL)
@given(world=worlds())
@settings(max_examples=8)
def test_off_equals_neutral(mechanism: str, world: World) -> None:
    """A mechanism switched off is the same run, row by row, as the mechanism on with neutral parameters."""
    off, neutral = NEUTRAL[mechanism]
    limits = {f"issues__categories__{key}__deadline": _LONG for key in ("noise", "waste")} if mechanism == "supervision" else {}
    here = world.run(**limits, **{f"organisation__{mechanism}": off})[1]
    there = world.run(**limits, **{f"organisation__{mechanism}": neutral})[1]
    assert first_difference(here, there) is None


@given(world=worlds())
@settings(max_examples=10)
def test_separating_one_is_merging_it(world: World) -> None:
    """With one subject and one role, and the same beats, separate and merged are the same organisation; so are serial and parallel where one
    department is enough."""
    one = {"centres__subjects": {"all": {"title": {"en": "all", "zh": "全"}, "share": 1.0}},
           "grid_workers__roles": {"all": {"title": {"en": "all", "zh": "全"}, "share": 1.0}}, "grid_workers__role_area": "community",
           "organisation__integration_costs__on": False}
    for category in ("noise", "waste"):
        one |= {f"issues__categories__{category}__subject": "all", f"issues__categories__{category}__role": "all",
                f"issues__categories__{category}__more_departments": {"one": 0.0, "two": 0.0}}
    separate = {"organisation__centres__mode": "separate", "organisation__grid_workers__mode": "separate",
                "organisation__joint_work__mode": "serial"}
    merged = {"organisation__centres__mode": "merged", "organisation__grid_workers__mode": "merged",
              "organisation__joint_work__mode": "parallel"}
    one |= {"sensors": {}, "absence__on": False}     # sensors are owned by the two subjects; who is absent goes by the name of the pool
    assert first_difference(world.run(**one, **separate)[1], world.run(**one, **merged)[1]) is None


@given(world=worlds(), other=worlds())
@settings(max_examples=10)
def test_both_sides_have_the_same_issues(world: World, other: World) -> None:
    """Any two organisations of the same city have the same issues in the same seconds with the same severity, the same heads and the same
    pay."""
    organisation = json.loads(other.settings)["organisation"]
    here, there = world.run(), world.run(organisation=organisation)
    assert here[0].city is not None
    streams = len(here[0].city.category)        # of issues; false alarms and the like are an organisation's own
    for name in ("issue_stream", "issue_grid", "issue_time", "issue_subject"):
        assert np.array_equal(*(getattr(timeline, name)[timeline.issue_stream < streams] for _, timeline in (here, there)))
    arose = [[row for row in renamed(timeline) if row[1] == Event.OCCURRED] for _, timeline in (here, there)]
    assert arose[0] == arose[1]
    heads = [int((np.diff(tables.pools.first_member) * (tables.pools.helpers == 0)).sum()) for tables, _ in (here, there)]
    assert heads[0] == heads[1]


def renamed(timeline: Timeline, without: int | None = None) -> list[list[int]]:
    """Rows with identities in place of issue numbers, those of one stream left out."""
    subjects, streams = timeline.issue_subject.tolist(), timeline.issue_stream.tolist()
    return [[time, kind, subjects[issue] if issue >= 0 else NOBODY, *rest] for time, kind, issue, *rest in timeline.rows.tolist()
            if issue < 0 or streams[issue] != without]


@given(world=worlds())
@settings(max_examples=10)
def test_what_nobody_knows_of_changes_nothing(world: World) -> None:
    """One more kind of issue that nobody sees, reports or works on leaves every other row as it was."""
    # Else one more resident would report it, or it would be what is made up, being frequent.
    quiet: dict[str, Any] = {"organisation__participation__reports": 0.0, "organisation__padding__on": False}
    hidden = {**json.loads(world.settings)["issues"]["categories"]["noise"], "rate": "20 per 1000 residents/day",
              "consultations": "0 per 1000 residents/day", "visible": 0.0, "reporters": 0.0}
    here, there = world.run(**quiet)[1], world.run(**quiet, issues__categories__zzz=hidden)
    stream = there[0].city.demand.stream.index("zzz") if there[0].city is not None else -1
    assert renamed(here) == renamed(there[1], stream)


@given(world=worlds())
@settings(max_examples=10)
def test_a_longer_horizon_appends(world: World) -> None:
    """A run that goes on for a day longer is the same until the shorter one ends."""
    no_training = {"organisation__integration_costs__on": False}
    tables, short = world.run(**no_training)
    _, long = world.run(**no_training, run__horizon=f"{tables.end + 86400} s")
    assert np.array_equal(short.rows[short.rows[:, 0] < tables.end], long.rows[long.rows[:, 0] < tables.end])


@given(world=worlds())
@settings(max_examples=10)
def test_more_demand_adds_issues_and_moves_none(world: World) -> None:
    """At twice the demand every issue of the single demand is there, in its second, as severe as it was."""
    def arose(timeline: Timeline) -> set[tuple[int, ...]]:
        subjects = timeline.issue_subject.tolist()
        return {(row[0], subjects[row[2]], row[4], row[6]) for row in timeline.rows.tolist() if row[1] == Event.OCCURRED}

    assert arose(world.run()[1]) <= arose(world.run(issues__scale=2.0)[1])


@given(world=worlds())
@settings(max_examples=5)
def test_with_members_without_end_nobody_waits(world: World) -> None:
    """Hundreds of members in every pool, day and night, and no quota that grows with them: every job starts in the second in which it joins."""
    many: dict[str, Any] = {f"staff__{post}": {"heads": 300, "shifts": {"always": 1.0}} for post in (
        "district_desk", "street_desk", "community_desk", "community_staff", "street_team")}
    many |= {"staff__grid_workers__heads": 300, "grid_workers__shifts": {"always": 1.0}, "organisation__authority__heads_moved": 0.0,
             "organisation__integration_costs__training_days": 0.0, "organisation__burden__on": False, "absence__on": False,
             "organisation__participation__helpers": {}, "organisation__padding__on": False, "residents__phone_patience": "1 day"}
    for key in ("police", "water", "works"):
        many |= {f"departments__{key}__heads": 150, f"departments__{key}__shift": "always"}
    rows = world.run(**many)[1].rows
    joined, started = (rows[rows[:, 1] == kind][:, [0, 2, 3, 4]].tolist() for kind in (Event.JOINED, Event.STARTED))
    end = rows[:, 0].max(initial=0)
    assert sorted(row for row in joined if row[0] < end) == sorted(row for row in started if row[0] < end)


def test_purposes_and_kinds_are_told_apart() -> None:
    """A random run uses most kinds of event, so that the checks above have something to check."""
    seen: set[int] = set()
    purposes: set[int] = set()

    @given(world=worlds())
    @settings(max_examples=30)
    def look(world: World) -> None:
        rows = world.run()[1].rows
        seen.update(np.unique(rows[:, 1]).tolist())
        purposes.update(np.unique(rows[rows[:, 1] == Event.JOINED, 6]).tolist())

    look()
    rare = {Event.LIFTED, Event.RULED, *(kind for kind in Event if kind >= Event.RELEASED)}      # looked for in test_engines.py
    assert set(Event) - seen <= {Event.LEFT, *rare}     # of service systems
    assert {Purpose.SERVICE} <= set(Purpose) - purposes <= {Purpose.SERVICE, Purpose.SCREEN, Purpose.CONSULT}


def test_the_checks_see_what_is_wrong() -> None:
    """The checks themselves fail where a timeline is wrong: an idle member, two jobs at once, time running backward."""
    tables = bare({"a": {"heads": 1}}, [{"time": 0, "service_a": 100}, {"time": 10, "service_a": 100}])
    timeline = simulate(tables, Draws(tables, 1, 0))
    for check in SYSTEM_CHECKS:
        check(tables, timeline)
    rows = timeline.rows.copy()
    late = rows[:, 1] == Event.STARTED
    late[np.flatnonzero(late)[0]] = False
    for change, check in (((late, 0, 150), nobody_is_idle_while_work_waits), ((late, 0, 50), nobody_works_on_two_jobs_or_out_of_hours),
                          ((late, 0, 500), stamps_never_go_backward)):
        wrong = rows.copy()
        wrong[change[0], change[1]] = change[2]
        if check is not stamps_never_go_backward:
            wrong = wrong[np.argsort(wrong[:, 0], kind="stable")]
        with pytest.raises(AssertionError):
            check(tables, Timeline.of(wrong, timeline.issue_stream, timeline.issue_grid, timeline.issue_time, timeline.issue_subject,
                                      end=timeline.end))
