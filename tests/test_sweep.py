"""Sweeps: the right cells, paired and compared with the right base, tables that agree with plain runs, and charts that can be read."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_charts import text_faults

from sim import run, statistics
from sim.base import ScenarioError
from sim.cells import Row, Taken, chosen, take
from sim.charts import scales
from sim.design import axes_of
from sim.results import RunFacts
from sim.scenario import load
from sim.store import Store
from sim.sweep import Sweep, plan, sweep
from sim.sweep_file import Request, request

ROOT = Path(__file__).parent.parent
HEADS, RATE, SERVICE = ("bare.pools.desk.heads", "bare.classes.ticket.arrivals.rate",
                        "bare.classes.ticket.service.desk.exponential.mean")
SHORT = {"run.warm_up": "1 day", "run.horizon": "3 days", "run.run_out": "1 day"}


@pytest.fixture(scope="module")
def store():
    with Store(None) as kept:
        yield kept


@pytest.fixture
def swept(store):
    def made(scenarios, vary, **options):
        return sweep(scenarios, vary, **{"fixed": SHORT, "replications": 3, "jobs": 1, "store": store,
                                         "measures": ["wait_mean", "utilisation"], **options})
    return made


def asked(**options):
    vary = options.pop("vary", [])
    return plan(Request(**{"scenarios": ["theory/mm1"], "fixed": SHORT, "axes": axes_of(vary, []), **options}))


def faults_of(**options):
    with pytest.raises(ScenarioError) as caught:
        asked(**options)
    return caught.value.faults


# --- tables -----------------------------------------------------------------------------------------------------------------

def test_tables_are_tidy_and_agree_with_plain_runs(swept, store) -> None:
    found = swept("theory/mm1", {HEADS: "1..2", RATE: ["3 per hour", "4 per hour"]})
    assert found.points.to_dict("list") == {"point": [1, 2, 3, 4], HEADS: [1, 1, 2, 2], RATE: ["3 per hour", "4 per hour"] * 2}
    assert list(found.measures) == ["scenario", "replication", "measure", "group", "value", "unit", "point", HEADS, RATE]
    assert list(found.summary) == ["scenario", "measure", "group", "mean", "low", "high", "n", "unit", "point", HEADS, RATE]
    assert len(found.measures) == 4 * 3 * 2
    one = run(load("theory/mm1", {**SHORT, HEADS: 2, RATE: "3 per hour"}), replications=3, jobs=1, store=store)
    assert one.facts.reused == 3
    there = found.measures[found.measures["point"] == 3]
    here = one.measures[one.measures["group"].eq("all") & one.measures["measure"].isin(["wait_mean", "utilisation"])]
    key = ["replication", "measure"]
    pd.testing.assert_frame_equal(there.sort_values(key)[[*key, "group", "value", "unit"]].reset_index(drop=True),
                                  here.sort_values(key)[[*key, "group", "value", "unit"]].reset_index(drop=True))
    summary = one.summary[one.summary["group"].eq("all") & one.summary["measure"].eq("wait_mean")].iloc[0]
    mine = found.summary[found.summary["point"].eq(3) & found.summary["measure"].eq("wait_mean")].iloc[0]
    assert [mine[name] for name in ("mean", "low", "high", "n")] == [summary[name] for name in ("mean", "low", "high", "n")]


def test_points_share_their_luck_and_replications(swept) -> None:
    """The same scenario at two points that do not differ in effect gives the same values, bit by bit."""
    found = swept("theory/mm1", {"bare.pools.desk.order": ["fcfs", "priority"]})
    first, second = (found.measures.loc[found.measures["point"] == point, "value"].tolist() for point in (1, 2))
    assert first == second
    assert found.differences["difference"].tolist() == [0, 0]
    assert found.differences["verdict"].unique().tolist() == [statistics.NOT_DISTINGUISHABLE]


def test_what_is_kept_is_not_run_again_and_jobs_change_nothing(store) -> None:
    vary = {HEADS: "1..3"}
    one = sweep("theory/mm1", vary, fixed=SHORT, replications=2, jobs=1, store=store)
    again = sweep("theory/mm1", {HEADS: "2..4"}, fixed=SHORT, replications=2, jobs=1, store=store)
    assert (again.facts.total, again.facts.reused) == (6, 4)
    pd.testing.assert_frame_equal(one.measures, sweep("theory/mm1", vary, fixed=SHORT, replications=2, jobs=2,
                                                      store=":memory:").measures)


def test_groups_and_all_measures(swept) -> None:
    whole = swept("theory/mm1", {HEADS: [1]}, measures=None, replications=1)
    assert list(dict.fromkeys(whole.measures["measure"])) == chosen(load("theory/mm1"))
    grouped = swept("theory/mm1", {HEADS: [1]}, measures=["wait_mean"], groups=True, replications=1)
    assert set(grouped.measures["group"]) == {"all", "pool:desk", "category:ticket"}


# --- compared with what -----------------------------------------------------------------------------------------------------

def test_the_base_is_a_point_a_scenario_or_a_cell() -> None:
    grid = {"vary": [f"{HEADS}=1,2", f"{RATE}=3 per hour,4 per hour"]}
    two = {"scenarios": ["theory/mm1", str(ROOT / "scenarios/theory/mm1.yaml")], **grid}
    assert asked(**grid).against == (0, 0, 0, 0)                                    # the first point
    assert asked(**grid, base={HEADS: 2}).against == (2, 3, 2, 3)
    assert asked(**grid, base={HEADS: 2, RATE: "3 per hour"}).against == (2, 2, 2, 2)
    assert asked(**two).names == ("mm1", "mm1_2")
    assert asked(**two).against == (0, 0, 2, 2, 4, 4, 6, 6)                         # the first scenario, at each point
    assert asked(**two, base={HEADS: 1}).against == (0, 1, 2, 3, 0, 1, 2, 3)
    assert asked(**two, base={"scenario": "mm1_2", HEADS: 1, RATE: "4 per hour"}).against == (3,) * 8


def test_a_base_that_is_none() -> None:
    grid = {"vary": [f"{HEADS}=1,2"]}
    assert faults_of(**grid, base={"scenario": "mm2"})[0].nearest == ("mm1",)
    assert faults_of(**grid, base={"bare.pools.desk.head": 1})[0].nearest == (HEADS,)
    assert "no point" in faults_of(**grid, base={HEADS: 9})[0].rule


def test_differences_hold_together_over_all_cells_of_a_measure() -> None:
    luck = np.random.default_rng(5)
    values = luck.normal(size=(6, 1, 8)) * 0.3 + luck.normal(size=(1, 1, 8)) + np.array([0, 0, 0.1, 0.2, 2, 3])[:, None, None]
    made = asked(vary=[f"{HEADS}=1..6"])
    found = Sweep(made, Taken((Row("wait_mean", "all", "s"),), values, facts(8))).differences
    apart = statistics.simultaneous(values[0, 0], [values[number, 0] for number in range(1, 6)])
    assert found["difference"].tolist() == pytest.approx([one.mean for one in apart])
    assert found["low"].tolist() == pytest.approx([one.low for one in apart])
    assert found["high"].tolist() == pytest.approx([one.high for one in apart])
    assert found["p"].tolist() == pytest.approx([one.p for one in apart])
    assert found["verdict"].tolist() == [statistics.verdict(one, -1) for one in apart]
    assert {"worse", "not distinguishable"} == set(found["verdict"])


def test_one_replication_decides_nothing() -> None:
    made = asked(vary=[f"{HEADS}=1..3"])
    found = Sweep(made, Taken((Row("wait_mean", "all", "s"),), np.arange(3.0).reshape(3, 1, 1), facts(1)))
    assert found.differences["verdict"].unique().tolist() == [statistics.ONE_REPLICATION]
    assert found.summary["low"].isna().all()


def facts(replications):
    return RunFacts(1, replications, 1, "2025-01-01T00:00:00+00:00", 1.0, 0, 6 * replications, "model")


# --- faults -----------------------------------------------------------------------------------------------------------------

def test_all_faults_of_all_points_are_told_before_anything_runs(tmp_path) -> None:
    path = tmp_path / "sweep.yaml"
    path.write_text(f"""scenarios: [theory/mm1, theory/mmc]
vary:
  {HEADS}: [1, -1]
  {RATE}: [3 per hour, 4]
  bare.pools.dsk.order: [fcfs]
measures: [wait_mean, wait_maen, harm]
base: mm2
""", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        plan(path)
    found = {(fault.line, fault.path): fault for fault in caught.value.faults}
    assert set(found) >= {(3, HEADS), (4, RATE), (5, "bare.pools.dsk.order"), (6, "measures"), (7, "base")}
    assert found[5, "bare.pools.dsk.order"].nearest == ("desk",)
    assert {fault.value for fault in caught.value.faults if fault.path == "measures"} == {"wait_maen", "harm"}


def test_scenarios_that_cannot_be_read_are_told_too() -> None:
    found = faults_of(scenarios=["theory/mm1", "theory/mm11"], vary=[f"{HEADS}=-1"])
    assert {fault.file for fault in found} == {"theory/mm11", "--vary"}


def test_shipped_sweeps_are_valid() -> None:
    paths = sorted((ROOT / "scenarios" / "sweeps").glob("*.yaml"))
    assert paths
    for path in paths:
        assert plan(path).runs > 1
        assert request(path).title.zh


# --- written and drawn ------------------------------------------------------------------------------------------------------

def test_the_result_folder(swept, tmp_path) -> None:
    found = swept("theory/mm1", {HEADS: "1..2"})
    place = found.write(tmp_path / "out", lang="zh")
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    names = {"points.csv", "measures.csv", "summary.csv", "differences.csv",
             *(f"charts/{key}.{kind}" for key in ("wait_mean", "utilisation") for kind in ("png", "svg", "csv"))}
    assert set(manifest["files"]) == names
    assert {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()} == names | {"manifest.json"}
    before = {name: (place / name).read_bytes() for name in names}
    assert found.write(tmp_path / "out", lang="zh") == place
    assert {name: (place / name).read_bytes() for name in names} == before
    other = swept("theory/mm1", {RATE: "3..4 per hour"})
    assert other.write(tmp_path / "out", charts=False) == tmp_path / "out-2"
    table = pd.read_csv(place / "measures.csv")
    assert table["value"].tolist() == found.measures["value"].tolist()


def drawn(vary, scenarios=("theory/mm1",), design="grid", replications=4, spoil=None, **options):
    made = asked(vary=vary, scenarios=list(scenarios), design=design, **options)
    luck = np.random.default_rng(1)
    values = luck.uniform(0.1, 0.9, (len(made.cells), 2, replications)) * np.array([9000, 1])[None, :, None]
    if spoil is not None:
        values[:, 0] = spoil
    rows = (Row("wait_mean", "all", "s"), Row("utilisation", "all", "share"))
    return Sweep(made, Taken(rows, values, facts(replications)))


GRID = [f"{HEADS}=1..3", f"{RATE}=3..5:0.5 per hour"]
CASES = {
    "one setting": {"vary": GRID[1:]},
    "one setting, two scenarios": {"vary": GRID[1:], "scenarios": ["theory/mm1", "theory/mm1"]},
    "words": {"vary": ["bare.pools.desk.order=fcfs,priority"], "scenarios": ["theory/mm1", "theory/mm1"]},
    "units that differ": {"vary": ["run.horizon=20 h,3 days,2 weeks"]},
    "one value": {"vary": [f"{HEADS}=1"], "replications": 1},
    "two settings": {"vary": GRID},
    "two settings, two scenarios": {"vary": GRID, "scenarios": ["theory/mm1", "theory/mm1"]},
    "two settings, five scenarios": {"vary": GRID, "scenarios": ["theory/mm1"] * 5},
    "a large map": {"vary": [f"{HEADS}=1..20", f"{RATE}=1..5:0.25 per hour"]},
    "too large for a map": {"vary": [f"{HEADS}=1..40", f"{RATE}=3,4 per hour".replace("3,", "3 per hour,")]},
    "three settings": {"vary": [*GRID, f"{SERVICE}=400..600:100 s"]},
    "three settings, two scenarios": {"vary": [*GRID, f"{SERVICE}=400..600:100 s"], "scenarios": ["theory/mm1"] * 2},
    "four settings": {"vary": [*GRID, f"{SERVICE}=400..600:100 s", "run.run_out=1..2 days"]},
    "sampled": {"vary": [f"{HEADS}=1..3", f"{RATE}=3..5 per hour"], "design": "latin_hypercube", "samples": 30},
    "nothing known": {"vary": GRID, "spoil": np.nan},
    "without bounds": {"vary": GRID[1:], "spoil": np.inf},
    "all equal": {"vary": GRID, "spoil": 0.0},
}


@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", CASES)
def test_no_text_overlaps_or_is_cut_off(case, lang) -> None:
    figures = drawn(**CASES[case]).plot(lang=lang)
    assert list(figures) == ["utilisation", "wait_mean"] or list(figures) == ["wait_mean", "utilisation"]
    assert {name: told for name, figure in figures.items() if (told := text_faults(figure))} == {}


def test_a_chart_of_a_measure_that_was_not_taken() -> None:
    with pytest.raises(ValueError, match="choose one of wait_mean, utilisation"):
        drawn(GRID).plot("harm")


def test_scales() -> None:
    assert scales.scale_of("a", ["10 min", "5 min"]).numbers == (5, 10)
    assert scales.scale_of("a", ["10 min", "1 h"]).numeric is False
    assert scales.scale_of("a", [True, False]).ticks == ["true", "false"]
    assert scales.scale_of("a", ["2025-01-01", "2025-07-01"]).numeric is False
    assert scales.scale_of("a", [None, 3]).ticks == ["null", "3"]
    assert scales.scale_of("a", ["5%", "10%"]).label == "a (%)"


def test_equal_scenarios_are_run_once(store) -> None:
    desk = load("theory/mm1", SHORT)
    found = take([desk, desk], ["one", "two"], seed=77, replications=1, jobs=1, store=store, measures=["wait_mean"])
    assert found.array[0].tolist() == found.array[1].tolist()


# --- killed and started again -----------------------------------------------------------------------------------------------

KILLED = """
import sys
from sim.sweep import plan
from sim.sweep_file import request
if __name__ == "__main__":
    file, store, out, jobs = sys.argv[1:]
    found = plan(request(file)).run(jobs=int(jobs), store=store)
    found.write(out, charts=False)
"""


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_sweep_killed_at_random_moments_ends_with_the_same_tables(tmp_path, jobs) -> None:
    """Killed twenty times and started again, it ends with the tables of an uninterrupted one, byte for byte."""
    script, file, store = tmp_path / "go.py", tmp_path / "sweep.yaml", tmp_path / "runs.sqlite"
    script.write_text(KILLED, encoding="utf-8")
    file.write_text(f"scenarios: theory/mm1\nset: {{run.warm_up: 1 day, run.horizon: 6 days, run.run_out: 1 day}}\nvary:\n"
                    f"  {HEADS}: 1..3\n  {RATE}: 3..5 per hour:0.25 per hour\nreplications: 6\n", encoding="utf-8")
    command = [sys.executable, str(script), str(file), str(store), str(tmp_path / "out"), str(jobs)]
    luck, kills, kept = random.Random(3), 0, []
    while kills < 20:
        going = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={
            **os.environ, "PYTHONPATH": str(ROOT)})
        try:
            going.wait(1.2 + luck.uniform(0, 0.8))
            break       # done before its time
        except subprocess.TimeoutExpired:
            going.kill()
            going.wait()
            kills += 1
            if store.exists():
                with Store(store) as there:
                    kept.append(len(there))
    assert kept == sorted(kept)
    assert kills >= 3, "it was done too soon to be killed"
    assert subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode == 0
    whole = plan(file).run(jobs=1, store=":memory:").write(tmp_path / "whole", charts=False)
    for name in ("points", "measures", "summary", "differences"):
        assert (tmp_path / "out" / f"{name}.csv").read_bytes() == (whole / f"{name}.csv").read_bytes(), name
