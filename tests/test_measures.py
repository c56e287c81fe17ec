"""Measures: formulas on made-up counts, bounds on real runs, and the survival curves against values worked out by hand."""

import doctest
import json
import math
from pathlib import Path

import numpy as np
import pytest
import tiny as tiny_tables
from tiny import CREW, DAY, TEAM_A

from sim.draws import Draws
from sim.engine_simpy import simulate
from sim.measures import MEASURES, View, cumulative_incidence, describe, plain, quantile, restricted_mean, table, values
from sim.measures.base import tiny
from sim.outcome import STAGES, count
from sim.outcome import counting as counting_module
from sim.outcome.issues import issues_of
from sim.outcome.tickets import tickets_of
from sim.scenario import load
from sim.timeline import Event

SMALL = Path(__file__).parent.parent / "scenarios" / "small"


@pytest.fixture(scope="module", params=["fragmented", "integrated"])
def run(request):
    """Two months of the small city, either side."""
    scenario = load(SMALL / f"{request.param}.yaml", ["run.warm_up=14 days", "run.horizon=42 days", "run.run_out=14 days"])
    tables = scenario.tables()
    timeline = simulate(tables, Draws(tables, 7, 0))
    return timeline, tables, count(timeline, tables)


@pytest.mark.parametrize("key", sorted(MEASURES))
def test_documented(key):
    """Every measure says its formula and has an example that runs; names, unit and direction are given."""
    measure = MEASURES[key]
    assert measure.direction in (-1, 0, 1)
    assert measure.name
    assert measure.chinese
    assert set(measure.kinds) <= {"city", "bare"}
    assert len(measure.formula) > 20
    examples = doctest.DocTestFinder().find(measure.function, key, globs=dict(measure.function.__globals__))
    assert examples[0].examples
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(examples[0])
    assert runner.failures == 0
    assert describe(key)["en"] == measure.title
    assert "{" not in describe(key)["zh"]


def test_rates_lie_between_0_and_1(run):
    """No share leaves its bounds, for no group."""
    _, _, outcome = run
    shares = [(key, group, value) for key, group, value, unit in table(outcome) if unit == "share" and key != "reporting_gap"]
    assert len(shares) > 300
    assert [row for row in shares if not 0 <= row[2] <= 1] == []


def test_everything_is_a_number_where_there_was_something_to_count(run):
    """In a run with all kinds of events no measure of the whole is nan, save those that a mechanism that is off leaves empty."""
    _, _, outcome = run
    off = {"department_score", "street_score"}
    assert [key for key, value in values(outcome).items() if math.isnan(value) and key not in off] == []
    json.dumps({key: plain(value) for key, value in values(outcome).items()}, allow_nan=False)


def test_stages_add_up_to_life(run):
    """Seconds of all stages of all issues are their lives, exactly, by every axis."""
    _, _, outcome = run
    life = outcome.axes["issue_count"].index("life_seconds")
    for axis in ("category", "severity", "street"):
        assert (outcome.arrays[f"stages_by_{axis}"].sum(axis=1) == outcome.arrays[f"issues_by_{axis}"][:, life]).all()
    whole = values(outcome)
    stages = sum(whole[f"time_{stage}"] for stage in STAGES if f"time_{stage}" in whole)
    occurred = outcome.total("issues_by_category", "occurred")
    assert stages == pytest.approx(outcome.total("issues_by_category", "life_seconds") / occurred)


def test_issues_are_conserved(run):
    """Occurred = resolved + gone + open, in every group and in the flows; margins of one count agree."""
    timeline, tables, outcome = run
    assert outcome.total("issues_by_category", "occurred") == outcome.arrays["flow"].sum()
    for axis in ("category", "severity", "street", "community", "estate_class"):
        view = View(outcome, axis)
        assert (view.issues("occurred") == view.issues("resolved") + view.issues("gone") + view.issues("open")).all()
        assert view.issues("occurred").sum() == outcome.total("issues_by_category", "occurred")
    inside = (timeline.issue_time >= tables.warm_up) & (timeline.issue_time < tables.warm_up + tables.horizon)
    real = timeline.issue_stream < len(tables.city.category)
    assert outcome.total("issues_by_category", "occurred") == (inside & real).sum()


def test_littles_law(run):
    """Waiting time counted job by job is the area under the number waiting, which is stepped through here row by row."""
    timeline, tables, _ = run
    waiting: dict[tuple[int, int, int], list[int]] = {}
    area = np.zeros(len(tables.pools.key), np.int64)
    low, high = tables.warm_up, tables.warm_up + tables.horizon

    def leaves(key, time):
        joined = waiting[key].pop(0)
        area[key[2]] += max(0, min(time, high) - max(joined, low))

    for time, kind, issue, ticket, place, _member, _value in timeline.rows.tolist():
        key = (-1 if ticket >= 0 else issue, ticket, place)
        if kind in (Event.JOINED, Event.SUSPENDED):
            waiting.setdefault(key, []).append(time)
        elif kind in (Event.STARTED, Event.HUNG_UP, Event.LIFTED, Event.SECONDED):
            leaves(key, time)
        elif kind == Event.CLOSED:
            for other in [other for other in waiting if other[1] == ticket]:
                while waiting[other]:
                    leaves(other, time)
        if not waiting.get(key, True):
            del waiting[key]
    for key in list(waiting):
        while waiting[key]:
            leaves(key, timeline.end)
    outcome = count(timeline, tables)
    assert outcome.arrays["pools"][:, outcome.axes["pool_count"].index("waiting_area")].tolist() == area.tolist()


def test_deadlines_are_the_engines(run):
    """The red lamp lights in the very second in which a ticket is due by the measures."""
    timeline, tables, outcome = run
    rows = timeline.rows
    red = rows[(rows[:, 1] == Event.LAMP) & (rows[:, 6] == 2)]
    if not tables.city.rules.supervision:
        assert len(red) == 0
        return
    tickets = tickets_of(timeline, tables, issues_of(timeline, tables))
    due = dict(zip(tickets.number.tolist(), tickets.due.tolist(), strict=True))
    assert len(red) > 100
    assert {int(row[0]) - due[int(row[3])] for row in red} == {0}
    assert outcome.total("tickets_by_category", "red") > 0


def test_nobody_works_more_than_rostered(run):
    """No pool is busy for longer than its members are on duty."""
    _, _, outcome = run
    view = View(outcome, "pool")
    assert (view.pools("busy_seconds") <= view.pools("rostered_seconds")).all()


def test_parts_add_up(run, monkeypatch):
    """Counted in many small parts or at once, the outcome is the same to the byte."""
    timeline, tables, outcome = run
    monkeypatch.setattr(counting_module, "_AT_ONCE", 3001)
    assert count(timeline, tables).to_bytes() == outcome.to_bytes()


def test_aalen_johansen_by_hand():
    """Five issues: resolved at 1, gone at 2, censored at 2, resolved at 3, open to the end: shares 1/5, 1/5, 1/5 + 3/5 x 1/2."""
    resolved, gone, open_ = np.array([0, 1, 0, 1, 0]), np.array([0, 0, 1, 0, 0]), np.array([0, 0, 1, 0, 1])
    share = cumulative_incidence(resolved, gone, open_)
    assert share.tolist() == pytest.approx([0, 0.2, 0.2, 0.5, 0.5])
    assert (share + cumulative_incidence(gone, resolved, open_)).tolist() == pytest.approx([0, 0.2, 0.4, 0.7, 0.7])


def test_percentile_that_is_not_reached():
    """Where fewer than 90% are ever resolved the P90 is "> x": inf, and JSON says so."""
    view = tiny(times={"resolved": {60: 8}, "open": {999_999: 2}})
    assert MEASURES["time_to_resolution_p90"].function(view) == math.inf
    assert plain(math.inf) == "inf"
    assert math.isfinite(MEASURES["time_to_resolution_p50"].function(view))


def test_percentile_of_whole_seconds_is_exact():
    """In a bin of one second there is nothing to interpolate."""
    edges = np.array([0, 1, 2, 3])
    assert quantile(np.array([0.5, 0.5, 1.0, 1.0]), 0.5, edges) == 0
    assert quantile(np.array([0.5, 0.5, 1.0, 1.0]), 0.9, edges) == 2


def test_restricted_mean_counts_at_most_the_limit():
    """Half end at once, half never: the mean is half the limit."""
    assert restricted_mean(np.full(4, 0.5), 30, np.array([0, 10, 20, 30])) == pytest.approx(17.5)


def test_margins_of_replications_add():
    """Rates of two outcomes together are the ratio of the added counts."""
    one, two = tiny(tickets={"due": 4, "closed": 4}), tiny(tickets={"due": 12, "closed": 4})
    one.outcome.arrays["tickets_by_category"] += two.outcome.arrays["tickets_by_category"]
    assert values(one.outcome)["closing_rate"] == 0.5


def test_bare_system_has_waits_by_class_and_pool():
    """A bare system knows waits, numbers, losses and sojourns; nothing of tickets."""
    rows = [(0, Event.OCCURRED, 0, -1, -1, -1, 0), (0, Event.JOINED, 0, -1, 0, -1, 6), (0, Event.STARTED, 0, -1, 0, 0, 0),
            (600, Event.ENDED, 0, -1, 0, 0, 6), (600, Event.LEFT, 0, -1, 0, -1, 0), (60, Event.OCCURRED, 1, -1, -1, -1, 0),
            (60, Event.BLOCKED, 1, -1, 0, -1, 0)]
    rows.sort(key=lambda row: row[0])
    outcome = count(tiny_tables.timeline(rows, [(0, -1, 0), (0, -1, 60)], DAY), tiny_tables.bare())
    got = values(outcome)
    assert (got["sojourn_mean"], got["lost_share"], got["blocked_share"], got["wait_mean"]) == (600, 0.5, 0.5, 0)
    assert got["utilisation"] == pytest.approx(600 / DAY)
    assert "closing_rate" not in got
    groups = {(measure, group) for measure, group, *_ in table(outcome)}
    assert {("wait_mean", "category:customer"), ("wait_mean", "pool:pool 0")} <= groups


def test_found_too_late_is_not_found():
    """A resident who reports an issue that is gone finds nothing: it stays among those never found while they lasted."""
    rows = [(0, Event.OCCURRED, 0, -1, 0, -1, 0), (100, Event.GONE, 0, -1, -1, -1, 0),
            (200, Event.DISCOVERED, 0, -1, TEAM_A, -1, 1)]
    outcome = count(tiny_tables.timeline(rows, [(0, 0, 0)], 4 * DAY), tiny_tables.city())
    assert values(outcome)["latent_share"] == 1
    assert outcome.arrays["stages_by_category"][0, STAGES.index("latent")] == 100


def test_joint_work_counts_as_dispatched_right():
    """A ticket with a second department is right unless somebody returned it."""
    first = [(0, Event.OCCURRED, 0, -1, 0, -1, 0), (0, Event.REGISTERED, 0, 0, TEAM_A, -1, 0),
             (0, Event.DISPATCHED, 0, 0, CREW, -1, 0)]
    other = [(10, Event.DISPATCHED, 0, 0, TEAM_A, -1, 1)]
    returned = [(5, Event.RETURNED, 0, 0, CREW, -1, 0)]
    for rows, wanted in ((first + other, 1.0), (first + returned + other, 0.0)):
        outcome = count(tiny_tables.timeline(rows, [(0, 0, 0)], 4 * DAY), tiny_tables.city())
        assert values(outcome)["dispatch_accuracy"] == wanted


def test_waits_of_each_class():
    """Two classes at one server: each has its own wait."""
    rows = [(0, Event.OCCURRED, 0, -1, -1, -1, 0), (0, Event.JOINED, 0, -1, 0, -1, 6), (0, Event.STARTED, 0, -1, 0, 0, 0),
            (10, Event.OCCURRED, 1, -1, -1, -1, 0), (10, Event.JOINED, 1, -1, 0, -1, 6), (600, Event.ENDED, 0, -1, 0, 0, 6),
            (600, Event.LEFT, 0, -1, 0, -1, 0), (600, Event.STARTED, 1, -1, 0, 0, 0), (700, Event.ENDED, 1, -1, 0, 0, 6),
            (700, Event.LEFT, 1, -1, 0, -1, 0)]
    outcome = count(tiny_tables.timeline(rows, [(0, -1, 0), (1, -1, 10)], DAY), tiny_tables.bare(classes=2))
    got = {(measure, group): value for measure, group, value, _ in table(outcome)}
    assert got["wait_mean", "category:customer"] == 0
    assert got["wait_mean", "category:guest"] == 590
    assert got["stay_mean", "category:guest"] == 690
    assert got["wait_p90", "pool:pool 0"] == got["wait_p90", "all"] == 590
    assert ("wait_p90", "category:guest") not in got
