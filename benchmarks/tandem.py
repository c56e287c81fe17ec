"""Customers per second on a three-stage tandem with two priority classes, 10 servers a stage, 90% load: this engine against SimPy.

Both sides run in this process, in turn, and draw their own variates.  "Idiomatic SimPy" is what its documentation teaches: a process a
customer, a `PriorityResource` a stage.  Run by hand:

    python benchmarks/tandem.py [--customers 50000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import numpy as np
import simpy

from sim.draws import Draws
from sim.engine_simpy import simulate
from sim.scenario import load
from sim.timeline import Event

SCENARIO = Path(__file__).parent.parent / "scenarios" / "theory" / "tandem.yaml"
MEAN, SERVERS, LOAD = 600.0, 10, 0.9


def idiomatic(customers: int) -> tuple[float, float]:
    """CPU seconds taken and mean time in the system, in mean services."""
    rng, env = np.random.default_rng(1), simpy.Environment()
    stages = [simpy.PriorityResource(env, SERVERS) for _ in range(3)]
    stays = []

    def customer(priority, services):
        arrived = env.now
        for stage, service in zip(stages, services, strict=True):
            with stage.request(priority=priority) as request:
                yield request
                yield env.timeout(service)
        stays.append(env.now - arrived)

    def source():
        for _ in range(customers):
            yield env.timeout(rng.exponential(MEAN / SERVERS / LOAD))
            env.process(customer(int(rng.random() < 0.5), rng.exponential(MEAN, 3)))

    env.process(source())
    start = time.process_time()
    env.run()
    return time.process_time() - start, float(np.mean(stays)) / MEAN


def ours(customers: int) -> tuple[float, int, int, float]:
    """CPU seconds taken from tables to timeline, customers, rows, and mean time in the system in mean services."""
    horizon = int(customers * MEAN / SERVERS / LOAD)
    tables = load(SCENARIO, [f"run.horizon={horizon} s", "run.warm_up=0 s", "run.run_out=0 s"]).tables()
    start = time.process_time()
    draws = Draws(tables, 1, 0)
    timeline = simulate(tables, draws)
    taken = time.process_time() - start
    left = timeline.rows[timeline.column("kind") == Event.LEFT]
    stays = left[:, 0] - timeline.issue_time[left[:, 2]]
    mean = next(iter(load(SCENARIO).tables().bare.service[0])) or {"mean": MEAN}
    return taken, len(draws.time), len(timeline), float(stays.mean()) / mean["mean"]


def main() -> None:
    """Print the figures of each round and the median ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    ratios = []
    for _ in range(asked.rounds):
        taken, number, rows, stay = ours(asked.customers)
        theirs, their_stay = idiomatic(asked.customers)
        ratios.append(number / taken / (asked.customers / theirs))
        print(f"engine {number / taken:9,.0f} customers/s ({rows:,} rows, stay {stay:.2f})   "
              f"idiomatic SimPy {asked.customers / theirs:9,.0f} (stay {their_stay:.2f})   ratio {ratios[-1]:.2f}")
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
