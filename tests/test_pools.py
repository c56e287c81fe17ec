"""The rules of a pool, on service systems whose customers are given one by one: every time can be worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from script import bare, lines, serve, simulate, tell

from sim.draws import Draws
from sim.tables import Tables
from sim.timeline import Event, first_difference

SHIFTS = {"split": {"days": "all", "hours": ["00:00-01:00", "02:00-03:00"], "holidays": "work"},
          "between": {"days": "all", "hours": ["01:00-02:00"], "holidays": "work"}}
TWO = {"urgent": 0, "ordinary": 1}
THREE = {"urgent": 0, "ordinary": 1, "minor": 2}
STEPS = frozenset(Event) - {Event.STARTED, Event.ENDED, Event.SUSPENDED, Event.HUNG_UP, Event.BLOCKED}


def customer(time: int, service: int, kind: str = "any", **more: int) -> dict[str, Any]:
    """A customer of pool a."""
    return {"time": time, "service_a": service, "class": kind, **more}


def played(tables: Tables, *, members: bool = True) -> list[str]:
    return tell(simulate(tables, Draws(tables, 1, 0)), tables, hide=STEPS, members=members)


def with_calendars(tables: Tables, calendars: Sequence[int]) -> Tables:
    """Members with these calendars: 0 always, then the others in the order in which the pools name them."""
    return replace(tables, pools=replace(tables.pools, member_calendar=np.asarray(calendars)))


# --- the queue ------------------------------------------------------------------------------------------------------------------

QUEUE = [customer(0, 100, "ordinary"), customer(10, 100, "ordinary"), customer(20, 100, "urgent"), customer(30, 100, "ordinary")]


def test_priority_then_time_of_arrival() -> None:
    """A clerk takes the most urgent customer first, and among equals the one who came first."""
    assert serve({"a": {"order": "priority"}}, QUEUE, priorities=TWO) == lines("""
        0 #0 started a
        100 #0 ended a
        100 #2 started a
        200 #2 ended a
        200 #1 started a
        300 #1 ended a
        300 #3 started a
        400 #3 ended a""")


def test_first_come_first_served() -> None:
    """An fcfs pool knows no priority: who joined its queue first is served first."""
    assert [line for line in serve({"a": {"order": "fcfs"}}, QUEUE, priorities=TWO) if "started" in line] == lines("""
        0 #0 started a
        100 #1 started a
        200 #2 started a
        300 #3 started a""")


@pytest.mark.parametrize(("order", "first", "second"), [("priority", 1, 2), ("fcfs", 2, 1)])
def test_time_registered_against_time_of_joining(order: str, first: int, second: int) -> None:
    """In a later queue, priority order goes by when a customer came to the system, fcfs by when it joined this queue.

    Customer 0 keeps c busy until 500.  Customer 1 comes at 10, reaches b at 110 and c at 310; customer 2 comes at 20 and is there at 30
    and 80.
    """
    told = serve({"a": {"heads": 3}, "b": {"heads": 3}, "c": {"order": order}},
                 [{"time": 0, "service_c": 500}, {"time": 10, "service_a": 100, "service_b": 200, "service_c": 60},
                  {"time": 20, "service_a": 10, "service_b": 50, "service_c": 60}], route=("b", "c"))
    assert [line for line in told if "started c" in line] == lines(f"""
        0 #0 started c
        500 #{first} started c
        560 #{second} started c""")


def test_equal_in_everything_goes_by_number() -> None:
    """Who came in the same second with the same priority is served in the order of the trace."""
    told = serve({"a": {"order": "priority"}}, [customer(5, 10), customer(5, 10), customer(5, 10)])
    assert [line for line in told if "started" in line] == ["5 #0 started a", "15 #1 started a", "25 #2 started a"]


# --- who serves -----------------------------------------------------------------------------------------------------------------

def test_the_member_idle_longest_serves_then_the_lowest_number() -> None:
    """All idle since the start: member 0, then 1.  Later member 1 has been idle since 50 and member 0 since 100: 1 goes first.  At 400
    member 2, who never worked, is idle longest of all."""
    told = serve({"a": {"heads": 3}}, [customer(0, 100), customer(10, 40), customer(10, 500), customer(200, 1000), customer(210, 1000)],
                 members=True)
    assert told == lines("""
        0 #0 started a.0
        10 #1 started a.1
        10 #2 started a.2
        50 #1 ended a.1
        100 #0 ended a.0
        200 #3 started a.1
        210 #4 started a.0
        510 #2 ended a.2
        1200 #3 ended a.1
        1210 #4 ended a.0""")


def test_both_free_in_the_same_second_the_lowest_number_serves() -> None:
    """Two members become free at 100; the lower number is called, whoever of them finished which job."""
    told = serve({"a": {"heads": 2}}, [customer(0, 100), customer(0, 100), customer(100, 5)], members=True)
    assert told[-2:] == ["100 #2 started a.0", "105 #2 ended a.0"]


def test_pools_are_served_in_the_order_declared() -> None:
    """Customers reach pools b and a in the same second, b's first; a, declared first, calls its server first."""
    daily = {"kind": "deterministic", "every": "2 days", "first": "7 s"}
    tables = bare({"a": {}, "b": {}}, classes={
        "x": {"arrivals": daily, "entry": "b", "service": {"b": {"deterministic": "60 s"}}},
        "y": {"arrivals": daily, "entry": "a", "service": {"a": {"deterministic": "60 s"}}}})
    assert played(tables, members=False) == ["7 #1 started a", "7 #0 started b", "67 #1 ended a", "67 #0 ended b"]


def test_several_members_off_and_on_duty() -> None:
    """A member off duty is passed over, though idle for longer, and is called again in its own shift."""
    tables = with_calendars(bare({"a": {"heads": 2, "calendar": "split"}, "z": {"calendar": "between"}},
                                 [customer(3000, 10), customer(3700, 10), customer(7300, 10)], shifts=SHIFTS), [1, 2, 0])
    assert [line for line in played(tables) if "started" in line] == lines("""
        3000 #0 started a.0
        3700 #1 started a.1
        7300 #2 started a.0""")


# --- shifts ---------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("rule", "expected"), [
    ("rest", "3000 started a.0 / 7800 ended a.0"),
    ("overtime", "3000 started a.0 / 4200 ended a.0"),
    ("hand_over", "3000 started a.0 / 3600 suspended a.0 left 600 / 7200 started a.0 / 7800 ended a.0")])
def test_at_the_end_of_the_shift(rule: str, expected: str) -> None:
    """1200 s of work started at 3000 in a shift that ends at 3600 and goes on at 7200: it rests, is finished in overtime, or is put
    back for whoever comes on duty next."""
    told = serve({"a": {"calendar": "split", "at_shift_end": rule}}, [customer(3000, 1200)], shifts=SHIFTS, members=True)
    assert told == expected.split(" / ")


@pytest.mark.parametrize(("rule", "expected"), [
    ("rest", "3000 started a.0 / 7800 ended a.0"),
    ("hand_over", "3000 started a.0 / 3600 suspended a.0 left 600 / 3600 started a.1 / 4200 ended a.1")])
def test_a_colleague_takes_over_only_where_work_is_handed_over(rule: str, expected: str) -> None:
    """A colleague comes on duty at 3600.  Work handed over is taken up at once; work that rests waits for its own member."""
    tables = with_calendars(bare({"a": {"heads": 2, "calendar": "split", "at_shift_end": rule}, "z": {"calendar": "between"}},
                                 [customer(3000, 1200)], shifts=SHIFTS), [1, 2, 0])
    assert played(tables) == expected.split(" / ")


@pytest.mark.parametrize("rule", ["rest", "overtime", "hand_over"])
def test_work_that_fills_the_shift_to_its_last_second_ends_with_it(rule: str) -> None:
    """Completions come before shift changes: what is done at the second the shift ends is done."""
    told = serve({"a": {"calendar": "split", "at_shift_end": rule}}, [customer(3000, 600)], shifts=SHIFTS)
    assert told == ["3000 started a", "3600 ended a"]


@pytest.mark.parametrize("rule", ["rest", "overtime", "hand_over"])
def test_a_job_may_start_in_the_last_second_and_none_after_it(rule: str) -> None:
    """A shift's last second still serves; the second at which it ends does not."""
    early = serve({"a": {"calendar": "split", "at_shift_end": rule}}, [customer(3599, 10)], shifts=SHIFTS)
    late = serve({"a": {"calendar": "split", "at_shift_end": rule}}, [customer(3600, 10)], shifts=SHIFTS)
    assert early[0] == "3599 started a"
    assert late == ["7200 started a", "7210 ended a"]


def test_a_queue_is_taken_up_when_the_next_shift_starts() -> None:
    """Nobody works between shifts; both members are called in the second their shift starts, in the queue's order."""
    told = serve({"a": {"heads": 2, "calendar": "split"}}, [customer(3700, 10), customer(3800, 20), customer(3900, 30)], shifts=SHIFTS,
                 members=True)
    assert told[:3] == ["7200 #0 started a.0", "7200 #1 started a.1", "7210 #0 ended a.0"]
    assert told[3] == "7210 #2 started a.0"


def test_overtime_ends_with_the_job() -> None:
    """Whoever finishes a job in overtime goes home: the next one waits for the next shift."""
    told = serve({"a": {"calendar": "split", "at_shift_end": "overtime"}}, [customer(3000, 1200), customer(3100, 60)], shifts=SHIFTS)
    assert told == ["3000 #0 started a", "4200 #0 ended a", "7200 #1 started a", "7260 #1 ended a"]


def test_work_rests_through_several_shifts() -> None:
    """8000 s of work started in the first hour of the day: 3600 s today, 3600 s two hours later, the rest tomorrow."""
    assert serve({"a": {"calendar": "split"}}, [customer(0, 8000)], shifts=SHIFTS) == ["0 started a", f"{86400 + 800} ended a"]


def test_work_not_done_when_the_run_ends_stays_open() -> None:
    """What would be done after the last second of the run is started, and never ended."""
    assert serve({"a": {}}, [customer(2 * 86400 - 10, 11)]) == [f"{2 * 86400 - 10} started a"]
    assert serve({"a": {}}, [customer(2 * 86400 - 10, 10)])[-1] == f"{2 * 86400} ended a"


# --- pre-emption ----------------------------------------------------------------------------------------------------------------

FIELD = {"a": {"heads": 3, "order": "priority", "preemptive": True}}


def test_the_victim_is_of_lowest_priority_and_resumes_with_whoever_is_free_first() -> None:
    """All three work; the urgent customer of 100 displaces the job of lowest priority (2), which was started by member 1.  It goes on
    with member 0, free first, with the 910 s left of it."""
    told = serve(FIELD, [customer(0, 500, "ordinary"), customer(10, 1000, "minor"), customer(20, 2000, "ordinary"),
                         customer(100, 5000, "urgent")], priorities=THREE, members=True)
    assert told == lines("""
        0 #0 started a.0
        10 #1 started a.1
        20 #2 started a.2
        100 #1 suspended a.1 left 910
        100 #3 started a.1
        500 #0 ended a.0
        500 #1 started a.0
        1410 #1 ended a.0
        2020 #2 ended a.2
        5100 #3 ended a.1""")


def test_among_equal_priority_the_one_started_last_is_the_victim() -> None:
    """Two minor jobs: the one started at 20, not the one started at 10."""
    told = serve(FIELD, [customer(0, 500, "ordinary"), customer(20, 1000, "minor"), customer(10, 1000, "minor"),
                         customer(100, 50, "urgent")], priorities=THREE)
    assert "100 #2 suspended a left 920" in told        # numbered by time: the one that came at 20 is number 2


def test_started_together_the_highest_number_is_the_victim() -> None:
    """Two minor jobs started in the same second: the higher number gives way; member 2 takes its work up again."""
    told = serve(FIELD, [customer(0, 500, "ordinary"), customer(10, 1000, "minor"), customer(10, 1000, "minor"),
                         customer(100, 50, "urgent")], priorities=THREE, members=True)
    assert told[3:6] == ["100 #2 suspended a.2 left 910", "100 #3 started a.2", "150 #3 ended a.2"]
    assert told[6] == "150 #2 started a.2"


def test_equal_priority_interrupts_nobody() -> None:
    """An urgent job waits for another urgent one."""
    told = serve({"a": {"order": "priority", "preemptive": True}}, [customer(0, 100, "urgent"), customer(50, 100, "urgent")],
                 priorities=TWO)
    assert told == ["0 #0 started a", "100 #0 ended a", "100 #1 started a", "200 #1 ended a"]


def test_without_pre_emption_the_urgent_job_waits() -> None:
    """The same pool without pre-emption finishes what is started."""
    given = [customer(0, 100, "ordinary"), customer(50, 100, "urgent")]
    told = {on: serve({"a": {"order": "priority", "preemptive": on}}, given, priorities=TWO) for on in (False, True)}
    assert told[False] == ["0 #0 started a", "100 #0 ended a", "100 #1 started a", "200 #1 ended a"]
    assert told[True] == lines("""
        0 #0 started a
        50 #0 suspended a left 50
        50 #1 started a
        150 #1 ended a
        150 #0 started a
        200 #0 ended a""")


def test_an_interrupted_job_keeps_its_place_in_an_fcfs_queue() -> None:
    """In an fcfs pool with pre-emption the job that gave way came first and goes on first; nothing is lost."""
    told = serve({"a": {"order": "fcfs", "preemptive": True}},
                 [customer(0, 100, "ordinary"), customer(50, 20, "urgent"), customer(60, 5, "ordinary")], priorities=TWO)
    assert told == lines("""
        0 #0 started a
        50 #0 suspended a left 50
        50 #1 started a
        70 #1 ended a
        70 #0 started a
        120 #0 ended a
        120 #2 started a
        125 #2 ended a""")


@pytest.mark.parametrize("order", ["fcfs", "priority"])
def test_whoever_waits_before_it_does_not_keep_an_urgent_job_from_interrupting(order: str) -> None:
    """An ordinary customer waits since 10, also first in an fcfs queue; the urgent one of 20 interrupts all the same."""
    told = serve({"a": {"order": order, "preemptive": True}},
                 [customer(0, 100, "ordinary"), customer(10, 5, "ordinary"), customer(20, 30, "urgent")], priorities=TWO)
    assert told[:5] == ["0 #0 started a", "20 #0 suspended a left 80", "20 #2 started a", "50 #2 ended a", "50 #0 started a"]


def test_a_job_at_rest_is_interrupted_when_its_shift_comes() -> None:
    """In the break nobody can be interrupted: nobody is there.  When the shift starts the urgent job goes first; of the job at rest
    600 s were done before the break."""
    told = serve({"a": {"order": "priority", "preemptive": True, "calendar": "split"}},
                 [customer(3000, 1200, "ordinary"), customer(3700, 100, "urgent")], priorities=TWO, shifts=SHIFTS)
    assert told == lines("""
        3000 #0 started a
        7200 #0 suspended a left 600
        7200 #1 started a
        7300 #1 ended a
        7300 #0 started a
        7900 #0 ended a""")


# --- patience, capacity ---------------------------------------------------------------------------------------------------------

def test_patience_ends_when_service_starts() -> None:
    """Whoever waits longer than their patience leaves; once served, and even interrupted, nobody leaves any more."""
    told = serve({"a": {"order": "priority", "preemptive": True}},
                 [customer(0, 1000, "ordinary", patience_a=100), customer(50, 100, "urgent"),
                  customer(60, 100, "ordinary", patience_a=500)], priorities=TWO)
    assert told == lines("""
        0 #0 started a
        50 #0 suspended a left 950
        50 #1 started a
        150 #1 ended a
        150 #0 started a
        560 #2 hung_up a
        1100 #0 ended a""")


def test_patience_is_measured_in_each_queue() -> None:
    """90 s in the first queue do not count in the second, where patience is 100 s again."""
    told = serve({"a": {}, "b": {}}, [{"time": 0, "service_a": 90, "service_b": 1000},
                                      {"time": 0, "service_a": 10, "service_b": 10, "patience_a": 100, "patience_b": 100}], route=("b",))
    assert "90 #1 started a" in told
    assert "200 #1 hung_up b" in told


def test_a_full_pool_loses_whoever_comes() -> None:
    """Capacity counts those waiting and those in service: one of each, the third is lost, the fourth finds a place again."""
    told = serve({"a": {"capacity": 2}}, [customer(0, 100), customer(10, 100), customer(20, 100), customer(110, 5)])
    assert told == lines("""
        0 #0 started a
        20 #2 blocked a
        100 #0 ended a
        100 #1 started a
        200 #1 ended a
        200 #3 started a
        205 #3 ended a""")


def test_what_does_not_fit_flows_over() -> None:
    """Whoever finds a full goes to b; whoever finds b full too is lost."""
    told = serve({"a": {"capacity": 1, "overflow": "b"}, "b": {"capacity": 1}},
                 [{"time": time, "service_a": 100, "service_b": 70} for time in (0, 10, 20)])
    assert told == lines("""
        0 #0 started a
        10 #1 blocked a
        10 #1 started b
        20 #2 blocked a
        20 #2 blocked b
        80 #1 ended b
        100 #0 ended a""")


def test_an_unlimited_pool_serves_everybody_at_once() -> None:
    """As many servers as customers; a server who is free again is called before a new one."""
    told = serve({"a": {"heads": "unlimited"}, "b": {}}, [customer(0, 100), customer(0, 100), customer(50, 100), customer(150, 5)],
                 members=True)
    assert told == lines("""
        0 #0 started a.0
        0 #1 started a.1
        50 #2 started a.2
        100 #0 ended a.0
        100 #1 ended a.1
        150 #2 ended a.2
        150 #3 started a.0
        155 #3 ended a.0""")


# --- within one second ----------------------------------------------------------------------------------------------------------

def test_patience_ends_before_anybody_is_served() -> None:
    """A clerk is free at 100, in the second in which patience ends: completions, then patience, and only then who is served next."""
    told = serve({"a": {}}, [customer(0, 100), customer(0, 50, patience_a=100)])
    assert told == ["0 #0 started a", "100 #0 ended a", "100 #1 hung_up a"]


def test_a_place_that_is_left_is_free_for_whoever_arrives() -> None:
    """Completions and patience come before arrivals: both leave a place for the one who comes in that second."""
    served = serve({"a": {"capacity": 1}}, [customer(0, 100), customer(100, 5)])
    left = serve({"a": {"capacity": 2}}, [customer(0, 300), customer(0, 50, patience_a=100), customer(100, 5)])
    assert served[-1] == "105 #1 ended a"
    assert left == ["0 #0 started a", "100 #1 hung_up a", "300 #0 ended a", "300 #2 started a", "305 #2 ended a"]


def test_who_arrives_in_the_second_is_there_when_the_next_is_chosen() -> None:
    """A clerk is free at 100; the urgent customer who arrives at 100 goes before the ordinary one who has waited since 10."""
    told = serve({"a": {"order": "priority"}}, [customer(0, 100, "ordinary"), customer(10, 5, "ordinary"), customer(100, 5, "urgent")],
                 priorities=TWO)
    assert told[2:] == ["100 #2 started a", "105 #2 ended a", "105 #1 started a", "110 #1 ended a"]


def test_a_shift_change_comes_before_arrivals_and_service_after_them() -> None:
    """At 7200 the shift starts and an urgent customer arrives: it goes before the one who has waited through the break."""
    told = serve({"a": {"order": "priority", "calendar": "split"}}, [customer(4000, 5, "ordinary"), customer(7200, 5, "urgent")],
                 priorities=TWO, shifts=SHIFTS)
    assert told == ["7200 #1 started a", "7205 #1 ended a", "7205 #0 started a", "7210 #0 ended a"]


def test_services_of_no_length_are_served_on_until_nothing_changes() -> None:
    """Three customers who need no time pass through two pools in the second in which they come, one after another."""
    told = serve({"a": {}, "b": {}}, [{"time": 9} for _ in range(3)], route=("b",))
    assert told == lines("""
        9 #0 started a
        9 #0 ended a
        9 #1 started a
        9 #0 started b
        9 #1 ended a
        9 #0 ended b
        9 #2 started a
        9 #1 started b
        9 #2 ended a
        9 #1 ended b
        9 #2 started b
        9 #2 ended b""")


# --- ways ------------------------------------------------------------------------------------------------------------------------

def looping(back: float) -> Tables:
    """One pool whose customers come back with a chance, with a new service each time."""
    return bare({"a": {"heads": "unlimited"}}, run={"horizon": "20 days"}, classes={"x": {
        "arrivals": {"kind": "deterministic", "every": "1 h"}, "entry": "a", "service": {"a": {"exponential": {"mean": "600 s"}}},
        "routing": {"a": {"a": back, "exit": round(1 - back, 6)}}}})


def test_each_visit_has_a_service_of_its_own() -> None:
    """A customer who comes back is served anew: times differ, and the number of visits is that of a coin tossed each time (mean 2)."""
    tables = looping(0.5)
    rows = simulate(tables, Draws(tables, 1, 0)).rows
    length: dict[int, list[int]] = {}
    for time, kind, issue, *_ in rows.tolist():
        if kind == Event.STARTED:
            length.setdefault(issue, []).append(-time)
        elif kind == Event.ENDED:
            length[issue][-1] += time
    several = [each for each in length.values() if len(each) > 1]
    assert len(several) > 100
    assert all(len(set(each)) > 1 for each in several)
    assert np.mean([len(each) for each in length.values()]) == pytest.approx(2, abs=0.3)


def test_more_loops_leave_the_first_visits_as_they_were() -> None:
    """Luck belongs to a customer, a pool and a visit: who would come back more often has the same services as before."""
    def first_services(back: float) -> dict[int, int]:
        tables, began, found = looping(back), {}, {}
        for time, kind, issue, *_ in simulate(tables, Draws(tables, 1, 0)).rows.tolist():
            if kind == Event.STARTED:
                began.setdefault(issue, time)
            elif kind == Event.ENDED:
                found.setdefault(issue, time - began[issue])
        return found
    assert first_services(0.5) == first_services(0.1)


def test_a_walk_through_three_pools() -> None:
    """From pool to pool, each with a service of its own, no time lost between them."""
    told = serve({"a": {}, "b": {}, "c": {}}, [{"time": 5, "service_a": 10, "service_b": 20, "service_c": 30}], route=("b", "c"))
    assert told == ["5 started a", "15 ended a", "15 started b", "35 ended b", "35 started c", "65 ended c"]


@pytest.mark.parametrize("pools", [
    {"a": {"heads": 2, "order": "priority", "preemptive": True}}, {"a": {"heads": 2, "calendar": "split", "at_shift_end": "hand_over"}},
    {"a": {"heads": "unlimited"}}])
def test_the_same_luck_gives_the_same_timeline(pools: Mapping[str, Any]) -> None:
    """Two runs of the same draws are equal to the last row, another replication is not."""
    tables = bare(pools, shifts=SHIFTS, classes={name: {
        "priority": priority, "arrivals": {"kind": "poisson", "rate": "5 per hour"}, "entry": "a",
        "service": {"a": {"lognormal": {"mean": "600 s", "cv": 1.0}}}, "patience": {"a": {"exponential": {"mean": "1 h"}}},
        "routing": {"a": {"a": 0.2, "exit": 0.8}}} for name, priority in TWO.items()})
    one, same, other = (simulate(tables, Draws(tables, 3, replication)) for replication in (0, 0, 1))
    assert first_difference(one, same) is None
    assert first_difference(one, other) is not None
