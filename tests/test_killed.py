"""A sweep that is killed, meets another on the same store or runs out of disk ends with the tables of one that was left alone."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TABLES = ("points.csv", "measures.csv", "summary.csv", "differences.csv")
RUNS = 30
SWEEP = """
import sys
from sim.sweep import sweep
if __name__ == "__main__":
    store, folder, jobs, limit, runs = sys.argv[1:]
    if int(limit):
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    found = sweep("theory/mmc", {"bare.pools.desk.heads": "4..6"}, replications=int(runs) // 3, seed=3, engine="simpy", jobs=int(jobs), store=store,
                  fixed={"run.warm_up": "1 day", "run.horizon": "4 days", "run.run_out": "1 day"},
                  measures=["wait_mean", "utilisation"], progress=True)
    found.write(folder, charts=False)
    print(found.facts.total - found.facts.reused)
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("script") / "script.py"
    path.write_text(SWEEP)
    return path


def start(script, store, folder, jobs=1, limit=0, runs=RUNS):
    return subprocess.Popen([sys.executable, *map(str, (script, store, folder, jobs, limit, runs))], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})


def ended(process):
    """How many replications it ran itself, and what it said."""
    out, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    return int(out.split()[-1]), said


def tables(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def undisturbed(script, tmp_path_factory):
    place = tmp_path_factory.mktemp("undisturbed")
    ran, _said = ended(start(script, place / "runs.sqlite", place / "out"))
    assert ran == RUNS
    return tables(place / "out")


def kill(process, lines, delay):
    """Kill it in the middle, some finished replications and a moment on; whether it was still at work."""
    for line in process.stderr:
        lines -= line.startswith("[")
        if not lines:
            break
    time.sleep(delay)
    process.kill()
    process.communicate()
    return process.returncode < 0


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
@pytest.mark.parametrize(("kills", "jobs", "runs"), [(3, 1, RUNS), (3, 2, 60), (20, 1, 120)])
def test_kills_at_random_moments_leave_no_trace(script, tmp_path, undisturbed, kills, jobs, runs):
    luck = random.Random(kills)
    for _number in range(kills):
        process = start(script, tmp_path / "runs.sqlite", tmp_path / "out", jobs, runs=runs)
        if luck.random() < 0.2:
            time.sleep(luck.uniform(0, 2))      # at any moment, before it has begun too
            process.kill()
            process.communicate()
        else:
            assert kill(process, luck.randint(1, 2), luck.uniform(0, 0.1))
    ran, _said = ended(start(script, tmp_path / "runs.sqlite", tmp_path / "out", jobs, runs=runs))
    assert 0 < ran < runs
    if runs != RUNS:
        ended(start(script, tmp_path / "other.sqlite", tmp_path / "undisturbed", jobs, runs=runs))
        undisturbed = tables(tmp_path / "undisturbed")
    assert tables(tmp_path / "out") == undisturbed
    assert ended(start(script, tmp_path / "runs.sqlite", tmp_path / "again", runs=runs))[0] == 0


@pytest.mark.slow
def test_two_commands_at_once_share_the_work(script, tmp_path, undisturbed):
    both = [start(script, tmp_path / "runs.sqlite", tmp_path / name) for name in "ab"]
    ran = [ended(process)[0] for process in both]
    assert sum(ran) == RUNS
    assert tables(tmp_path / "a") == tables(tmp_path / "b") == undisturbed


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_command_takes_over_from_one_that_was_killed(script, tmp_path, undisturbed):
    both = [start(script, tmp_path / "runs.sqlite", tmp_path / name) for name in "ab"]
    assert kill(both[0], 2, 0)
    began = time.monotonic()
    ran, _said = ended(both[1])
    assert 0 < ran < RUNS
    assert time.monotonic() - began < 40       # no lease has to run out
    assert tables(tmp_path / "b") == undisturbed


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of files' sizes there")
def test_a_full_disk_costs_no_finished_run(script, tmp_path, undisturbed):
    """The store may not grow beyond 100 kB; the tables are smaller."""
    ran, said = ended(start(script, tmp_path / "runs.sqlite", tmp_path / "a", limit=100_000))
    assert ran == RUNS
    assert said.count("kept in memory until it can be written") == 1
    assert tables(tmp_path / "a") == undisturbed
    ran, _said = ended(start(script, tmp_path / "runs.sqlite", tmp_path / "b"))
    assert 0 < ran < RUNS
    assert tables(tmp_path / "b") == undisturbed
