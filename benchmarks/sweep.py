"""Sweeps of a small city: what a run costs beside the computing, how well two cores are used, and how fast a full store answers.

Run by hand, on a machine that does nothing else:

    python benchmarks/sweep.py parts                    # ms of each part of one run
    python benchmarks/sweep.py scaling [--runs 100]     # one core against two, in turn; what handing out and keeping cost
    python benchmarks/sweep.py thousand [--runs 1000]   # a sweep from the command line, then again on the full store
    python benchmarks/sweep.py cluster [--runs 200]     # what a task costs at a Dask scheduler on this machine
"""

from __future__ import annotations

import argparse
import importlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))      # also where the package is not installed
CITY = "small/integrated"
ROUNDS = 3


def parts(_runs: int) -> None:
    """CPU time of everything that one run is made of, ms."""
    from sim import load
    from sim.measures import values
    from sim.outcome import Outcome
    from sim.session import Session
    from sim.workers import content, issues_digest

    scenario, draws, engine = load(CITY), importlib.import_module("sim.draws"), importlib.import_module("sim.engine_numba")
    with tempfile.TemporaryDirectory() as folder, Session(seed=1, jobs=1, engine="compiled", store=Path(folder, "runs.sqlite")) as session:
        record, = session.run([session.task(scenario, 0)]).values()
        tables = tell("scenario to tables (once)", scenario.tables)
        tell("content and its hash (once)", lambda: content(scenario.resolved()))
        luck = tell("issues drawn", lambda: draws.Draws(tables, 1, 0, compiled=True))
        outcome, _rows = tell("engine and counting", lambda: engine.outcome(tables, luck, None))
        data = tell("outcome to bytes", outcome.to_bytes)
        tell("digest of the issues", lambda: issues_digest(tables, luck.stream, luck.grid, luck.time, luck.subject))
        numbers = iter(range(1, 10_000))
        tell("claim", lambda: session.store.claim([session.task(scenario, next(numbers)).key]))
        tell("kept", lambda: session.store.put(session.task(scenario, next(numbers)).key, record))
        tell("found again", lambda: session.store.get(session.task(scenario, 0).key))
        tell("bytes to outcome", lambda: Outcome.from_bytes(data))
        tell("all measures", lambda: values(Outcome.from_bytes(data)))
        print(f"outcome {len(data):,} bytes, scenario as text {len(session.task(scenario, 0).text):,} bytes")


def tell(name: str, call: Callable, times: int = 20):
    """One line; hands back what came out."""
    found = call()
    began, wall = time.process_time(), time.perf_counter()
    for _number in range(times):
        call()
    print(f"{name:30} {(time.process_time() - began) / times * 1e3:8.3f} ms CPU {(time.perf_counter() - wall) / times * 1e3:8.3f} ms",
          flush=True)
    return found


def scaling(runs: int) -> None:
    """Runs a second with one and with two at a time, in turn; and the difference between that and the computing itself."""
    from sim import load

    seconds: dict[int, list[float]] = {1: [], 2: []}
    beside = []
    timed(load(CITY), 2, 2, 0)      # compiles, where that has not been done
    for number in range(ROUNDS):
        for jobs in (1, 2):
            passed, computing = timed(load(CITY), runs, jobs, 10 * number + jobs)
            seconds[jobs].append(passed)
            if jobs == 1:
                beside.append((passed - computing) / runs)
            print(f"{jobs} at a time: {runs} runs in {passed:.2f} s, {runs / passed:.1f} a second", flush=True)
    one, two = (statistics.median(seconds[jobs]) for jobs in (1, 2))
    print(f"two against one: {one / two:.2f} times the throughput; handing out, keeping and the rest beside the computing: "
          f"{statistics.median(beside) * 1e3:.1f} ms a run")


def timed(scenario, runs: int, jobs: int, seed: int) -> tuple[float, float]:
    """Seconds that runs take on a new store, and the seconds of computing in it; a new seed, so that no luck is drawn already."""
    from sim.session import Session

    with tempfile.TemporaryDirectory() as folder, \
            Session(seed=seed, jobs=jobs, engine="compiled", store=Path(folder, "runs.sqlite")) as session:
        tasks = [session.task(scenario, replication) for replication in range(runs)]
        began = time.perf_counter()
        records = session.run(tasks)
        return time.perf_counter() - began, sum(record.seconds for record in records.values())


def thousand(runs: int) -> None:
    """Ten numbers of grid workers, a tenth of the runs each, from start to the tables; then once more."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("first", "second"):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-m", "sim", "sweep", CITY, "--vary", "staff.grid_workers.heads=20..38:2", "--replications",
                            str(runs // 10), "--measure", "on_time_closing_rate", "--engine", "compiled", "--quiet", "--no-charts",
                            "--out", f"{folder}/{name}"], cwd=ROOT, check=True, capture_output=True,
                           env=environment() | {"NINE_DRAGONS_STORE": f"{folder}/runs.sqlite"})
            print(f"{name} start: {runs} runs in {time.perf_counter() - began:.2f} s", flush=True)
        print(f"store: {Path(folder, 'runs.sqlite').stat().st_size / 1e6:.0f} MB")


def environment() -> dict[str, str]:
    """This one's, with the package on the path."""
    import os

    return os.environ | {"PYTHONPATH": str(ROOT)}


def cluster(runs: int) -> None:
    """A scheduler and two workers here: tasks that do nothing, and replications of a queue against the same ones without a cluster."""
    from sim import load
    from sim.cluster import executor
    from sim.session import Session

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    queue = load("theory/mm1", ["run.warm_up=1 day", "run.horizon=20 days", "run.run_out=1 day"])
    started = [subprocess.Popen([sys.executable, "-m", f"distributed.cli.{what}", *options], env=environment(), stderr=subprocess.DEVNULL)
               for what, *options in (("dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"),
                                      *[("dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard")] * 2)]
    try:
        time.sleep(5)
        with executor(address, timeout=30) as workers:
            workers.client.wait_for_workers(2)
            for _number in range(ROUNDS):
                began = time.perf_counter()
                for future in [workers.submit(abs, -number) for number in range(runs)]:
                    future.result()
                empty = time.perf_counter() - began
                with Session(seed=1, engine="simpy", store=":memory:", executor=workers) as session:
                    began = time.perf_counter()
                    records = session.run([session.task(queue, replication) for replication in range(runs)])
                    passed = time.perf_counter() - began
                print(f"empty task {empty / runs * 1e3:.2f} ms; {runs} runs of {sum(one.seconds for one in records.values()) / runs * 1e3:.0f} "
                      f"ms each on two workers in {passed:.2f} s", flush=True)
    finally:
        for process in started:
            process.kill()
            process.wait()


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = {"parts": (parts, 0), "scaling": (scaling, 100), "thousand": (thousand, 1000), "cluster": (cluster, 200)}
    parser.add_argument("what", choices=what)
    parser.add_argument("--runs", type=int)
    said = parser.parse_args()
    call, usual = what[said.what]
    call(said.runs or usual)


if __name__ == "__main__":
    main()
