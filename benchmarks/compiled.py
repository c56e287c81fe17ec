"""The compiled engine: a year against the SimPy engine, growth to ten million residents, a whole comparison, and its start.

Each run has a process of its own, so that peak memory is its own; the compiled code is in the cache before anything is measured, except
where the first compilation itself is.  Run by hand:

    python benchmarks/compiled.py year          # Jimei, both sides and both engines: issues a second, their ratio, peak memory
    python benchmarks/compiled.py growth        # 1, 2, 5 and 10 million residents: time and memory an arrival
    python benchmarks/compiled.py together      # replications in turn, in two threads and in two processes
    python benchmarks/compiled.py compare       # nine-dragons compare, ten paired replications, everything included
    python benchmarks/compiled.py start         # the first compilation, and a later start
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from city import JIMEI, ROOT, _scaled, one_run, tell

ONE_RUN = """
import json, resource, sys, time
began = time.perf_counter()
from sim import engine_numba, measures
from sim.draws import Draws
from sim.scenario import load
small = load("scenarios/small/integrated.yaml", ["run.warm_up=0 s", "run.horizon=1 day", "run.run_out=0 s"]).tables()
engine_numba.outcome(small, Draws(small, 1, 0, compiled=True))
ready, before = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
keep, path, overrides = sys.argv[1], sys.argv[2], sys.argv[3:]
tables = load(path, overrides).tables()
start = time.process_time()
draws = Draws(tables, 1, 0, compiled=True)
drawn = time.process_time()
engine = rows = 0
if keep == "timeline":
    timeline = engine_numba.simulate(tables, draws)
    rows, taken = len(timeline), sum(column.nbytes for chunk in timeline.chunks for column in chunk)
else:
    outcome, rows = engine_numba.outcome(tables, draws)
    values, taken = measures.values(outcome), 0
done = time.process_time()
print(json.dumps({"ready": ready, "arrivals": len(draws.time), "rows": rows, "draws": drawn - start, "engine": done - drawn, "count": 0.0,
                  "engine_MB": before / 1024, "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "row_bytes": taken}))
"""
MANY = """
import sys, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
import multiprocessing
from sim import engine_numba
from sim.draws import Draws
from sim.scenario import load
def one(replication):
    tables = load("scenarios/jimei/fragmented.yaml", ["run.horizon=60 days"]).tables()
    return engine_numba.outcome(tables, Draws(tables, 1, replication, compiled=True))[1]
if __name__ == "__main__":
    one(0)
    began = time.perf_counter()
    [one(number) for number in range(8)]
    alone = time.perf_counter() - began
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(8)))
    threads = time.perf_counter() - began
    began = time.perf_counter()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(one, range(8)))
    print(f"in turn {alone:.2f} s   two threads {threads:.2f} s ({alone / threads:.2f})   "
          f"two processes {time.perf_counter() - began:.2f} s, their start included")
"""


def compiled_run(path: Path, *overrides: str, keep: str = "counts") -> dict:
    """Figures of one replication in a process of its own (CPU seconds, megabytes)."""
    done = subprocess.run([sys.executable, "-c", ONE_RUN, keep, str(path), *overrides], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def year() -> None:
    """The reference city, both sides and both engines, in turn."""
    compiled_run(JIMEI / "integrated.yaml", "run.horizon=1 day")
    for side in ("fragmented", "integrated"):
        path = JIMEI / f"{side}.yaml"
        fast = min((compiled_run(path) for _ in range(3)), key=lambda figures: figures["engine"])
        tell(f"{side}, compiled", fast)
        kept = compiled_run(path, keep="timeline")
        print(f"{'':24} timeline kept: peak {kept['peak_MB']:.0f} MB, {kept['row_bytes'] / kept['rows']:.1f} bytes a row")
        slow = one_run(path)
        tell(f"{side}, SimPy", slow)
        print(f"{'':24} draws, engine and counts together: {_whole(slow) / _whole(fast):.1f} times as many issues a second", flush=True)


def _whole(figures: dict) -> float:
    return figures["draws"] + figures["engine"] + figures["count"]


def growth() -> None:
    """More residents with as many more places and staff, a month measured."""
    month = ("run.warm_up=10 days", "run.horizon=30 days", "run.run_out=10 days")
    for factor in (1.0, 2.0, 5.0, 10.0):
        figures = compiled_run(_scaled(factor), *month)
        tell(f"{factor:g} million residents", figures)
        per_arrival = (figures["peak_MB"] - figures["engine_MB"]) * 2**20 / figures["arrivals"]
        print(f"{'':24} {_whole(figures) / figures['arrivals'] * 1e6:.2f} microseconds and {per_arrival:.0f} bytes an arrival, "
              f"{figures['engine_MB']:.0f} MB before", flush=True)


def together() -> None:
    """Eight replications in turn, by two threads, by two processes."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "many.py"
        script.write_text(MANY, "utf-8")
        subprocess.run([sys.executable, str(script)], cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})


def compare() -> None:
    """The main job with ten paired replications, from the command to the last chart."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim", "compare", "--replications", "10", "--engine", "compiled", "--store",
                   str(Path(folder) / "store.sqlite"), "--out", str(Path(folder) / "result"), "--quiet"]
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        print(f"compare, ten paired replications: {time.perf_counter() - began:.1f} s")


def start() -> None:
    """The first compilation, in an empty cache, and the next start."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NINE_DRAGONS_CACHE"] = folder
        for name in ("first", "later"):
            print(f"{name} start: {compiled_run(JIMEI / 'integrated.yaml', 'run.horizon=1 day')['ready']:.2f} s, imports included")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("year", "growth", "together", "compare", "start"))
    globals()[parser.parse_args().what]()


if __name__ == "__main__":
    main()
