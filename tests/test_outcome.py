"""What is counted, on timelines written by hand."""

from pathlib import Path

import numpy as np
import pytest
import tiny
from tiny import CREW, DAY, DESK, DESK_A, HOUR, STAFF_A, STREET_DESK, TEAM_A

from sim.draws import Draws
from sim.engine_simpy import simulate
from sim.outcome import STAGES, TIME_EDGES, Outcome, count
from sim.scenario import load
from sim.timeline import Close, Event, Found, Purpose, Registered

E, P = Event, Purpose


def visit(issue, place, joined, started, ended, ticket=-1, member=0, purpose=P.SERVICE, travel=0):
    """Rows of one job that is served at once or after a wait."""
    return [(joined, E.JOINED, issue, ticket, place, -1, purpose), (started, E.STARTED, issue, ticket, place, member, travel),
            (ended, E.ENDED, issue, ticket, place, member, purpose)]


def in_order(*parts):
    """Rows by time, equal ones as given."""
    return sorted((row for part in parts for row in part), key=lambda row: row[0])


def cell(outcome, array, group, label):
    """One number of a margin."""
    axis = outcome.axis_of(array)
    first = array.split("_by_")[1] if "_by_" in array else {"pools": "pool", "daily": "day"}[array]
    return int(outcome.arrays[array][outcome.index(first, group) if isinstance(group, str) else group,
                                     outcome.index(axis, label)])


@pytest.fixture
def queue():
    """One server: three customers at 0, 100, 200 with services 300, 300, 300; the fourth hangs up, the fifth is still there."""
    rows = in_order(
        [(t, E.OCCURRED, k, -1, -1, -1, 0) for k, t in enumerate((0, 100, 200, 250, 86_000))],
        visit(0, 0, 0, 0, 300), visit(1, 0, 100, 300, 600), visit(2, 0, 200, 600, 900),
        [(250, E.JOINED, 3, -1, 0, -1, P.SERVICE), (450, E.HUNG_UP, 3, -1, 0, -1, 0)],
        [(86_000, E.JOINED, 4, -1, 0, -1, P.SERVICE), (86_000, E.STARTED, 4, -1, 0, 0, 0)],
        [(300, E.LEFT, 0, -1, 0, -1, 0), (600, E.LEFT, 1, -1, 0, -1, 0), (900, E.LEFT, 2, -1, 0, -1, 0)])
    issues = [(0, -1, t) for t in (0, 100, 200, 250, 86_000)]
    return tiny.timeline(rows, issues, DAY), tiny.bare()


def test_waits_of_a_single_server(queue):
    """Waits 0, 200 and 400 s, one who hangs up after 200 s, one in service at the end."""
    outcome = count(*queue)
    got = {label: cell(outcome, "pools", 0, label) for label in outcome.axes["pool_count"]}
    assert (got["joined"], got["started"], got["no_wait"], got["abandoned"], got["ended"]) == (5, 4, 2, 1, 3)
    assert (got["wait_seconds"], got["leave_seconds"], got["stay_seconds"]) == (600, 200, 300 + 500 + 700)
    assert (got["waiting_area"], got["service_area"], got["busy_seconds"]) == (800, 1300, 1300)
    assert got["rostered_seconds"] == DAY
    assert outcome.arrays["pool_wait_at"][0].tolist() == [0, 400, 400, 400]
    assert outcome.arrays["pay"][0] == 864 * 10**6


def test_customers_are_issues_of_a_bare_system(queue):
    """Served customers are resolved, lost ones gone, the rest open; times add up."""
    outcome = count(*queue)
    got = {label: cell(outcome, "issues_by_category", 0, label) for label in outcome.axes["issue_count"]}
    assert (got["occurred"], got["resolved"], got["gone"], got["open"]) == (5, 3, 1, 1)
    assert got["resolution_seconds"] == 1500
    stages = dict(zip(STAGES, outcome.arrays["stages_by_category"][0].tolist(), strict=True))
    assert stages == {**dict.fromkeys(STAGES, 0), "waiting_servers": 800, "working": 1300}
    assert sum(stages.values()) == got["life_seconds"]


def test_littles_law_from_a_step_function(queue):
    """The kept areas are the integrals of the numbers waiting and in service, second by second."""
    line, tables = queue
    waiting = np.zeros(DAY, int)
    for row in line.rows:
        step = {E.JOINED: 1, E.STARTED: -1, E.HUNG_UP: -1}.get(E(int(row[1])), 0)
        waiting[row[0]:] += step
    outcome = count(line, tables)
    assert cell(outcome, "pools", 0, "waiting_area") == waiting.sum()
    joined, area = cell(outcome, "pools", 0, "joined"), cell(outcome, "pools", 0, "waiting_area")
    all_waits = cell(outcome, "pools", 0, "wait_seconds") + cell(outcome, "pools", 0, "leave_seconds")
    assert area / DAY == pytest.approx(joined / DAY * (all_waits / joined))


def test_two_alike_at_one_desk_are_first_in_first_out():
    """Two jobs of one customer at one pool at once: sums are those of the queue whichever is which."""
    rows = [(0, E.OCCURRED, 0, -1, -1, -1, 0), (10, E.JOINED, 0, -1, 0, -1, 6), (20, E.JOINED, 0, -1, 0, -1, 6),
            (30, E.STARTED, 0, -1, 0, 0, 0), (40, E.STARTED, 0, -1, 0, 1, 0), (50, E.ENDED, 0, -1, 0, 1, 6),
            (90, E.ENDED, 0, -1, 0, 0, 6)]
    outcome = count(tiny.timeline(rows, [(0, -1, 0)], DAY), tiny.bare(heads=[2]))
    assert cell(outcome, "pools", 0, "wait_seconds") == 40
    assert cell(outcome, "pools", 0, "service_area") == 70
    assert cell(outcome, "pools", 0, "stay_seconds") == 40 + 70


def test_interrupted_job_waits_again():
    """Suspended at 100 with work left, resumed at 300: one visit, two waits, two stretches; its wait is until the first start."""
    rows = [(0, E.OCCURRED, 0, -1, -1, -1, 0), (0, E.JOINED, 0, -1, 0, -1, 6), (50, E.STARTED, 0, -1, 0, 0, 0),
            (100, E.SUSPENDED, 0, -1, 0, 0, 70), (300, E.STARTED, 0, -1, 0, 0, 0), (370, E.ENDED, 0, -1, 0, 0, 6),
            (370, E.LEFT, 0, -1, 0, -1, 0)]
    outcome = count(tiny.timeline(rows, [(0, -1, 0)], DAY), tiny.bare())
    got = {label: cell(outcome, "pools", 0, label) for label in outcome.axes["pool_count"]}
    assert (got["joined"], got["started"], got["wait_seconds"], got["waiting_area"]) == (1, 1, 50, 250)
    assert (got["busy_seconds"], got["stay_seconds"]) == (120, 370)


@pytest.mark.parametrize(("rule", "ended", "resting", "overtime"), [(0, 15 * HOUR, 2 * HOUR, 0), (1, 13 * HOUR, 0, HOUR)])
def test_rest_and_overtime_at_shifts_end(rule, ended, resting, overtime):
    """Work begun at 11:00 that takes two hours: it rests from 12:00 to 14:00, or its member works an hour of overtime."""
    rows = [(11 * HOUR, E.OCCURRED, 0, -1, -1, -1, 0), *visit(0, 0, 11 * HOUR, 11 * HOUR, ended, travel=1800),
            (ended, E.LEFT, 0, -1, 0, -1, 0)]
    tables = tiny.bare(calendar=[tiny.OFFICE], at_shift_end=rule)
    outcome = count(tiny.timeline(rows, [(0, -1, 11 * HOUR)], DAY), tables)
    stages = dict(zip(STAGES, outcome.arrays["stages_by_category"][0].tolist(), strict=True))
    assert (stages["resting"], stages["travelling"], stages["working"]) == (resting, 1800, 5400)
    assert cell(outcome, "pools", 0, "overtime_seconds") == overtime
    assert cell(outcome, "pools", 0, "busy_seconds") == 2 * HOUR - overtime
    assert cell(outcome, "pools", 0, "rostered_seconds") == 8 * HOUR


def test_only_the_measured_interval_counts():
    """Warm-up 500 s and run-out: the customer of second 400 is left out, its busy time after second 500 is not."""
    rows = in_order([(400, E.OCCURRED, 0, -1, -1, -1, 0), (DAY, E.OCCURRED, 1, -1, -1, -1, 0)],
                    visit(0, 0, 400, 400, 700), [(700, E.LEFT, 0, -1, 0, -1, 0)], visit(1, 0, DAY, DAY, DAY + 50))
    tables = tiny.bare(days=2, warm_up=500, run_out=DAY)
    outcome = count(tiny.timeline(rows, [(0, -1, 400), (0, -1, DAY)], 2 * DAY), tables)
    assert cell(outcome, "issues_by_category", 0, "occurred") == 0
    assert (cell(outcome, "pools", 0, "joined"), cell(outcome, "pools", 0, "busy_seconds")) == (0, 200)
    assert outcome.arrays["issues_by_day"][:, 0].tolist() == [1, 1]


@pytest.fixture
def city_run():
    """Three issues: one that a patrol solves, one that climbs, is lost, taken up, sent wrong, reworked; one that nobody finds."""
    first = [(100, E.OCCURRED, 0, -1, 0, -1, 0), (600, E.DISCOVERED, 0, -1, TEAM_A, -1, Found.PATROL),
             (600, E.REGISTERED, 0, 0, TEAM_A, -1, Registered.FIRST),
             *visit(0, TEAM_A, 600, 600, 1200, ticket=0, purpose=P.ON_THE_SPOT),
             (1200, E.WORKED, 0, 0, TEAM_A, -1, 1), (1200, E.RESOLVED, 0, 0, TEAM_A, -1, 0),
             (1200, E.CLOSED, 0, 0, TEAM_A, -1, Close.WORKED)]
    t = 8 * HOUR
    second = [(t, E.OCCURRED, 1, -1, 1, -1, 0), (t + 100, E.CONTACTED, 1, -1, DESK_A, -1, 0),
              *visit(1, DESK_A, t + 100, t + 150, t + 400, purpose=P.CONTACT),
              (t + 400, E.DISCOVERED, 1, -1, DESK_A, -1, Found.RESIDENT), (t + 400, E.REGISTERED, 1, 1, DESK_A, -1, 0),
              (t + 400, E.SENT, 1, 1, DESK_A, -1, STREET_DESK), (t + 500, E.LOST, 1, 1, STREET_DESK, -1, 0),
              (t + 900, E.RECOVERED, 1, 1, STREET_DESK, -1, 0),
              *visit(1, STREET_DESK, t + 900, t + 900, t + 1000, ticket=1, purpose=P.FORWARD),
              (t + 1000, E.DISPATCHED, 1, 1, STAFF_A, -1, 0), (t + 1200, E.RETURNED, 1, 1, STAFF_A, -1, 0),
              (t + 1200, E.WORSENED, 1, -1, -1, -1, 1),
              (t + 1200, E.DISPATCHED, 1, 1, CREW, -1, 1), (t + 1300, E.ACCEPTED, 1, 1, CREW, -1, 0),
              *visit(1, CREW, t + 1300, t + 1500, t + 2000, ticket=1, purpose=P.WORK, travel=200),
              (t + 2000, E.WORKED, 1, 1, CREW, -1, 0), (t + 2500, E.VERIFIED, 1, 1, TEAM_A, -1, 0),
              (t + 2500, E.REWORK, 1, 1, CREW, -1, 1), *visit(1, CREW, t + 2500, t + 2500, t + 3000, ticket=1, purpose=P.WORK),
              (t + 3000, E.WORKED, 1, 1, CREW, -1, 1), (t + 3000, E.RESOLVED, 1, 1, CREW, -1, 0),
              (t + 3100, E.CLOSED, 1, 1, CREW, -1, Close.WORKED), (t + 9000, E.EVALUATED, 1, 1, -1, -1, 80)]
    third = [(2 * DAY, E.OCCURRED, 2, -1, 0, -1, 2)]
    rows = in_order(first, second, third)
    return tiny.timeline(rows, [(0, 0, 100), (1, 1, t), (0, 0, 2 * DAY)], 4 * DAY), tiny.city()


def test_issue_counts(city_run):
    """Found, resolved, open, worsened, and harm weighted by the severity while it lasted."""
    outcome = count(*city_run)
    for label, wanted in {"occurred": 2, "found": 1, "found_by_staff": 1, "unfound": 1, "resolved": 1, "open": 1,
                          "discovery_seconds": 500, "resolution_seconds": 1100, "harm_seconds": 1100 + 10 * 2 * DAY,
                          "registered": 1, "reports": 1, "claimed": 1}.items():
        assert cell(outcome, "issues_by_category", "noise", label) == wanted, label
    assert cell(outcome, "issues_by_category", "waste", "harm_seconds") == 1200 + 3 * 1800
    assert cell(outcome, "issues_by_category", "waste", "worsened") == 1
    assert cell(outcome, "issues_by_community", "B", "occurred") == 1


def test_ticket_counts(city_run):
    """The ticket that climbed carries every mark of its way once."""
    outcome = count(*city_run)
    got = {label: cell(outcome, "tickets_by_category", "waste", label) for label in outcome.axes["ticket_count"]}
    wanted = {"due": 1, "sent_up": 1, "hops_up": 1, "lost": 1, "dispatched": 1, "dispatched_in_limit": 1, "dispatched_right": 0,
              "accepted": 1, "accepted_in_limit": 1, "returned": 1, "bounces": 1, "worked": 1, "worked_in_time": 1, "closed": 1,
              "closed_in_time": 1, "checked": 1, "rework": 1, "evaluated": 1, "satisfied": 1, "score_sum": 80,
              "closing_seconds": 2700, "limit_seconds": DAY}
    assert got == {**dict.fromkeys(got, 0), **wanted}
    assert cell(outcome, "tickets_by_tier", "district", "due") == 1
    assert cell(outcome, "tickets_by_tier", "grid", "dispatched") == 0
    assert outcome.arrays["scores_by_community"].tolist() == [[0] * 5, [0, 1, 0, 0, 0]]


def test_stages_follow_the_ticket(city_run):
    """Every second of the second issue's 3000 is where the timeline puts it."""
    outcome = count(*city_run)
    stages = dict(zip(STAGES, outcome.arrays["stages_by_category"][1].tolist(), strict=True))
    assert stages == {**dict.fromkeys(STAGES, 0), "latent": 100, "waiting_desk": 50, "handling": 350, "hand_off": 100 + 300 + 500,
                      "lying": 400, "waiting_crew": 200, "travelling": 200, "working": 300, "rework": 500}
    assert sum(stages.values()) == 3000


def test_flows(city_run):
    """Found at grid, solved there; found at a community desk, solved by the district; never found, still open."""
    outcome = count(*city_run)
    flow = outcome.arrays["flow"]
    assert flow[0, 0, 0, 0] == 1
    assert flow[1, 1, 3, 3] == 1
    assert flow[0, 4, 4, 5] == 1
    assert flow.sum() == 3


def test_times_by_severity(city_run):
    """Durations stand in the bin that holds them; severity is that of the occurrence."""
    outcome = count(*city_run)
    table = outcome.arrays["times_by_severity"]
    resolved, open_ = outcome.index("time", "resolved"), outcome.index("time", "open")
    assert table[0, resolved].sum() == 2
    assert TIME_EDGES[table[2, open_].argmax()] == 2 * DAY
    closed = table[0, outcome.index("time", "closed")]
    assert sorted(TIME_EDGES[closed > 0].tolist()) == [600, 2700]


def test_edges_hold_whole_days():
    """The shares after 1, 7, 30, 90 and 180 days can be read off exactly."""
    assert {day * DAY for day in (1, 7, 30, 90, 180)} <= set(TIME_EDGES.tolist())
    assert (np.diff(TIME_EDGES) > 0).all()


def test_backlog_and_daily(city_run):
    """At the last second of day 2 and 3 the unfound issue is latent; events fall on their days."""
    outcome = count(*city_run)
    assert outcome.arrays["backlog"][:, 0, 0].tolist() == [0, 0, 1, 1]
    assert [cell(outcome, "daily", 0, label) for label in ("occurred", "closed", "contacts", "resolved")] == [2, 2, 1, 2]
    assert cell(outcome, "daily", 3, "open_tickets") == 0


def test_due_day_decides_for_tickets(city_run):
    """A ticket registered before the warm-up ends but due after it counts; one due in the run-out does not."""
    line, _ = city_run
    assert count(line, tiny.city(warm_up=DAY)).total("tickets_by_category", "due") == 2
    assert count(line, tiny.city(run_out=3 * DAY)).total("tickets_by_category", "due") == 0


def test_urgent_limit_in_working_hours():
    """An urgent ticket of 17:00 has 4 working hours: it falls due at 11:00 next day, not at 21:00."""
    t = 17 * HOUR
    rows = [(t, E.OCCURRED, 0, -1, 0, -1, 2), (t, E.DISCOVERED, 0, -1, TEAM_A, -1, 0), (t, E.REGISTERED, 0, 0, TEAM_A, -1, 0),
            (DAY + 11 * HOUR, E.CLOSED, 0, 0, TEAM_A, -1, 0)]
    outcome = count(tiny.timeline(rows, [(0, 0, t)], 4 * DAY), tiny.city())
    assert cell(outcome, "tickets_by_severity", "urgent", "closed_in_time") == 1
    assert cell(outcome, "tickets_by_day", 1, "due") == 1
    assert cell(outcome, "tickets_by_severity", "urgent", "limit_seconds") == 18 * HOUR


def test_lifted_job_leaves_the_queue():
    """A ticket taken up a tier while it waits at the street desk stops waiting there."""
    rows = [(0, E.OCCURRED, 0, -1, 0, -1, 0), (0, E.DISCOVERED, 0, -1, TEAM_A, -1, 0), (0, E.REGISTERED, 0, 0, TEAM_A, -1, 0),
            (0, E.JOINED, 0, 0, STREET_DESK, -1, P.FORWARD), (500, E.LIFTED, 0, 0, STREET_DESK, -1, DESK),
            *visit(0, DESK, 500, 600, 700, ticket=0, purpose=P.FORWARD)]
    outcome = count(tiny.timeline(rows, [(0, 0, 0)], 4 * DAY), tiny.city())
    assert cell(outcome, "pools", STREET_DESK, "withdrawn") == 1
    assert cell(outcome, "pools", STREET_DESK, "waiting_area") == 500
    assert outcome.arrays["backlog"][0, 1].sum() == 0


def test_load_by_hour_and_weekday(city_run):
    """Monday 08:00: one contact, one occurrence, 350 s of desk work, 1000 s of the crew."""
    outcome = count(*city_run)
    assert outcome.arrays["load"][:, 0, 8].tolist() == [1, 1, 350, 1000]
    assert outcome.arrays["load"][:, 2, 0].tolist() == [0, 1, 0, 0]


def test_bytes_round_trip(city_run):
    """An outcome written and read back is the same, and its bytes do not depend on the moment."""
    outcome = count(*city_run)
    data = outcome.to_bytes()
    again = Outcome.from_bytes(data)
    assert again.axes == outcome.axes
    assert again.facts == outcome.facts
    assert set(again.arrays) == set(outcome.arrays)
    assert all((again.arrays[name] == outcome.arrays[name]).all() for name in outcome.arrays)
    assert again.to_bytes() == data


@pytest.mark.parametrize("least, most", [(0, 0), (-128, 127), (0, 128), (-32769, 5), (-5, 2**31 - 1), (-(2**31) - 1, 0), (1 - 2**63, 2**63 - 1)])
def test_bytes_of_any_width(least, most):
    """Numbers of any size, arrays without any, and names in any language come back as they were."""
    arrays = {"a": np.array([[least, 0, most], [1, most, least]]), "b": np.zeros((0, 3), np.int64), "c": np.array([7])}
    outcome = Outcome(arrays, {"街道": ["集美", "b"], "none": []}, {"scenario": "市", "start": "2025-01-01", "surge_days": [3]})
    again = Outcome.from_bytes(outcome.to_bytes())
    assert list(again.axes.items()) == sorted(outcome.axes.items())
    assert again.facts == outcome.facts
    assert {name: again.arrays[name].tolist() for name in again.arrays} == {name: array.tolist() for name, array in arrays.items()}
    assert {array.dtype for array in again.arrays.values()} == {np.dtype(np.int64)}
    assert {name: again.arrays[name].shape for name in again.arrays} == {name: array.shape for name, array in arrays.items()}


def test_an_outcome_that_was_read_belongs_to_its_reader(city_run):
    """Changing one that was read, or counted, changes no other."""
    outcome = count(*city_run)
    data = outcome.to_bytes()
    for changed in (Outcome.from_bytes(data), count(*city_run)):
        changed.axes["pool"][0] = "another"
        changed.facts["scenario"] = "another"
        changed.arrays["heads"][:] = -1
    assert outcome.to_bytes() == count(*city_run).to_bytes() == Outcome.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize("data", [b"", b"numbers", b"PK\x03\x04" + bytes(40)])
def test_bytes_that_are_no_outcome(data):
    """They are refused, whatever they are."""
    with pytest.raises(ValueError, match="no outcome"):
        Outcome.from_bytes(data)


def test_empty_run():
    """Nothing happened: every margin is there, and zero."""
    for tables in (tiny.bare(), tiny.city()):
        outcome = count(tiny.timeline([], [], tables.end), tables)
        assert outcome.arrays["pools"][:, 0].sum() == 0
        assert outcome.total("issues_by_category", "occurred") == 0


def test_parts_in_which_nobody_is_served_count_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that only grows: counted in parts, the last of which hold only customers who still wait, it gives the same margins."""
    folder = Path(__file__).parent.parent / "scenarios" / "theory"
    table = load(folder / "mmc.yaml", ["run.warm_up=0 s", "run.horizon=4 h", "run.run_out=0 s", "bare.pools.desk.heads=1"]).tables()
    line = simulate(table, Draws(table, 1, 0))
    whole = count(line, table)
    monkeypatch.setattr("sim.outcome.counting._AT_ONCE", 10)
    parts = count(line, table)
    assert whole.arrays["pools"].sum() > 0
    assert all(np.array_equal(parts.arrays[name], values) for name, values in whole.arrays.items())
