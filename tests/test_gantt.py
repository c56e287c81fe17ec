"""Charts of single events: what they show is what happened, and their texts can be read whatever the names are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from looks import text_faults

from sim import charts, i18n
from sim.charts import events, life, pool_day
from sim.charts.events import Run
from sim.outcome.spells import area_at, spells_of, within
from sim.scenario import load
from sim.session import Session
from sim.story import headline, story
from sim.timeline import Event

DAY = 86400
SHORT = ["run.warm_up=2 days", "run.horizon=6 days", "run.run_out=12 days"]
LONG = "Wholly Municipal Works WWW 30"


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    with Session(seed=3, jobs=1, store=":memory:", engine="simpy") as session:
        return [Run(name, *session.timeline(load(f"small/{name}", SHORT), 0)) for name in ("fragmented", "integrated")]


@pytest.fixture(scope="module")
def queue() -> Run:
    with Session(seed=3, jobs=1, store=":memory:", engine="simpy") as session:
        return Run("inf", *session.timeline(load("theory/mt_m_inf", ["run.warm_up=0 s", "run.horizon=1 day", "run.run_out=0 s"]), 0))


def sides(runs: list[Run], title: str = "") -> list[charts.Side]:
    return charts.sides_of({run.name: f"{title or run.name}{place}" for place, run in enumerate(runs)})


def test_the_life_of_an_issue_is_that_of_its_story(runs: list[Run]) -> None:
    """The longest unbroken wait, the time unknown, and when it was resolved, on both sides."""
    issue = events.eventful(runs[0])
    assert issue is not None
    data = life.frame(runs, issue)
    assert set(data["scenario"]) == {"fragmented", "integrated"}
    for run in runs:
        mine = events.twin(issue, runs[0].timeline, run.timeline)
        assert mine is not None
        assert run.timeline.issue_time[mine] == runs[0].timeline.issue_time[issue]
        rows = run.timeline.of_issues(mine, mine + 1)
        part = data[data["scenario"] == run.name]
        start = rows[0, 0]
        known = rows[rows[:, 1] == Event.DISCOVERED][0, 0]
        latent = part[part["what"] == "latent"]
        assert latent["end"].item() * DAY == pytest.approx(known - start)
        for what, kind in (("resolved", Event.RESOLVED), ("closed", Event.CLOSED), ("rework", Event.REWORK)):
            assert sorted(part[part["what"] == what]["begin"] * DAY) == pytest.approx(sorted(rows[rows[:, 1] == kind][:, 0] - start))
        work = part[part["what"].isin(["working", "travelling"])]
        started, ended = (rows[rows[:, 1] == kind][:, 0].sum() for kind in (Event.STARTED, Event.ENDED))
        assert work["end"].max() * DAY <= rows[:, 0].max() - start + 1
        assert started <= ended
        first = part.sort_values("order")["begin"].groupby(part["order"]).min()
        assert first.is_monotonic_increasing
    assert headline(runs[0].timeline, runs[0].tables, issue) == story(runs[0].timeline, runs[0].tables, issue).splitlines()[0]


def test_a_pools_day_counts_what_waits_and_who_works(runs: list[Run]) -> None:
    run = runs[0]
    spells = spells_of(run.timeline, run.tables)
    day = 6
    held = [area_at(spells.begin[spells.place == place], spells.end[spells.place == place], DAY, day + 1)[day]
            for place in range(len(run.tables.pools.key))]
    begun = np.bincount(spells.work_place[spells.work_begin // DAY == day], minlength=len(held))
    place = int(np.argmax(np.where(begun > 3, held, 0)))        # where most is waited for on that day, of those that work
    waits = held[place]
    assert waits > 3600
    data = pool_day.frame([run], [place], day)
    queue = data[data["what"] == "queue"]
    assert ((queue["end"] - queue["begin"]) * queue["waiting"]).sum() * 3600 == pytest.approx(waits)
    assert queue["begin"].iloc[0] == 0
    assert queue["end"].iloc[-1] == 24
    assert (queue["begin"].to_numpy()[1:] == queue["end"].to_numpy()[:-1]).all()
    jobs = data[~data["what"].isin(["queue", "shift"])]
    assert len(jobs)
    on_duty = data[data["what"] == "shift"]
    assert (jobs["end"] - jobs["begin"]).sum() <= (on_duty["end"] - on_duty["begin"]).sum()
    worked = spells.work_place == place
    most = within(spells.work_begin[worked], spells.work_end[worked], day * DAY, (day + 1) * DAY).sum()
    assert 0 < (jobs["end"] - jobs["begin"]).sum() * 3600 <= most + 1e-6


def test_pools_and_days_are_found_by_name(runs: list[Run]) -> None:
    tables = runs[1].tables
    assert events.pool_named(tables, "desk/street/street 1") == 1
    assert events.pool_named(tables, "街道1指挥中心") == 1
    assert events.pool_named(tables, "nobody") is None
    start = events.date_of(tables, 0)
    assert events.day_number(tables, "1") == 2
    assert events.day_number(tables, start.isoformat()) == 0
    assert [events.day_number(tables, said) for said in ("99999", "1999-01-01", "monday")] == [None] * 3
    assert events.twin(0, runs[0].timeline, replace(runs[1].timeline, issue_subject=runs[1].timeline.issue_subject + np.uint64(1))) is None


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_no_text_overlaps_or_is_cut_off(runs: list[Run], queue: Run, lang: str) -> None:
    """With names of thirty characters, an issue nobody came to know of, one side only, servers without end, a pool that one side lacks."""
    long = LONG if lang == "en" else "集美区城市运行与社会治理综合协调指挥调度服务保障中心筹备组"
    named = [run._replace(tables=replace(run.tables, pools=replace(run.tables.pools, title=tuple(
        {"en": f"{nth} {long}", "zh": f"{nth}{long}"} for nth in range(len(run.tables.pools.key)))))) for run in runs]
    issue = events.eventful(named[0])
    assert issue is not None
    counted = np.bincount(np.maximum(runs[0].timeline.column("issue"), 0), minlength=len(runs[0].timeline.issue_time))
    silent = int(np.flatnonzero(counted == counted[counted > 0].min())[0])
    faults = {}
    with i18n.speaking(lang), charts.drawing():
        for key, some, number in (("long", named, issue), ("usual", runs, issue), ("silent", runs, silent), ("alone", named[1:], 0),
                                  ("bare", [queue], 0)):
            faults[f"life {key}"] = text_faults(life.draw(life.frame(some, number), sides(some, long if key == "long" else ""), long, long))
        for key, some, places in (("long", named, [3, 1]), ("one lacks it", runs, [None, 0]), ("bare", [queue], [0]),
                                  ("many", runs, [len(run.tables.pools.key) - 1 for run in runs])):
            day = 3 if key != "bare" else 0
            faults[f"pool {key}"] = text_faults(pool_day.draw(pool_day.frame(some, places, day), sides(some, long), long, long))
    assert {key: told for key, told in faults.items() if told} == {}
