"""Customers per second on a three-stage tandem with two priority classes, ten servers a stage, 90% load: this engine against others.

Everybody simulates the same given customers (arrivals, classes and services written out once) and then customers drawn by its own
means, in turn, each round anew; what counts is CPU time.  A peer that is not installed is skipped.  Run by hand:

    python benchmarks/peers.py [--customers 100000] [--rounds 3] [--replications 100] [--without salabim]

What the peers need: SimPy comes with this package; `python -m pip install ciw salabim`; for simmer R with its package simmer, and
Rscript on the path.  This engine needs Numba (the extra `fast`).
"""

from __future__ import annotations

import argparse
import csv
import gc
import importlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import simpy

from sim import engine_simpy
from sim.compiling import available
from sim.draws import Draws
from sim.scenario import load
from sim.tables import Tables
from sim.timeline import Event, Timeline

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from theory_values import cobham, mmc_wait

SCENARIO = Path(__file__).parent.parent / "scenarios" / "theory" / "tandem.yaml"
R_SCRIPT = Path(__file__).parent / "peers" / "simmer.R"
MEAN, SERVERS, LOAD, URGENT = 600.0, 10, 0.9, 0.2
STAGES, NAMES = ("intake", "field", "check"), ("urgent", "ordinary")
FINE = 100      # how much longer everything takes in the check against theory


class Customers(NamedTuple):
    """Customers in the order of their arrivals: second, class (0 urgent, 1 ordinary), and a row of three services (s) each."""

    time: np.ndarray
    kind: np.ndarray
    service: np.ndarray

    @classmethod
    def drawn(cls, number: int) -> Customers:
        """The same ones for everybody."""
        rng = np.random.default_rng(1)
        return cls(np.cumsum(rng.exponential(MEAN / SERVERS / LOAD, number)), (rng.random(number) >= URGENT).astype(int),
                   rng.exponential(MEAN, (number, 3)))


class Answer(NamedTuple):
    """CPU seconds taken, customers served, and the mean wait at all stages together (in mean services) of urgent and ordinary ones."""

    taken: float
    number: int
    urgent: float
    ordinary: float

    @property
    def speed(self) -> float:
        """Customers a second."""
        return self.number / self.taken


def _answer(taken: float, kind: Any, waits: Any) -> Answer:
    kind, waits = np.asarray(kind), np.asarray(waits) / MEAN
    return Answer(taken, len(waits), float(waits[kind == 0].mean()), float(waits[kind == 1].mean()))


# -- this engine ------------------------------------------------------------------------------------------------------------------


def _compiled(tables: Tables, replication: int = 0) -> Timeline:
    from sim.engine_numba import simulate

    return simulate(tables, Draws(tables, 1, replication, compiled=True))


def _interpreted(tables: Tables, replication: int = 0) -> Timeline:
    return engine_simpy.simulate(tables, Draws(tables, 1, replication))


def ours(engine: Callable[[Tables], Timeline], tables: Tables) -> Answer:
    """From tables to the timeline, with every step of every customer."""
    start = time.process_time()
    timeline = engine(tables)
    taken = time.process_time() - start
    waits, gone = waits_of(timeline, tables)
    return _answer(taken, _kinds(tables)[timeline.issue_stream[gone]], waits.sum(axis=0)[gone])._replace(number=len(gone))


def _kinds(tables: Tables) -> np.ndarray:
    """0 for the urgent class of a scenario, 1 for the ordinary one."""
    assert tables.bare is not None
    return np.array([NAMES.index(name) for name in tables.bare.class_name])


def waits_of(timeline: Timeline, tables: Tables) -> tuple[np.ndarray, np.ndarray]:
    """Wait (s) of every customer at every stage, a row a stage, and which customers have left."""
    kind, issue, place, when = (timeline.column(name) for name in ("kind", "issue", "place", "time"))
    stage = np.array([STAGES.index(name) for name in tables.pools.key])
    waits = np.zeros((len(STAGES), len(timeline.issue_time)), np.int64)
    for event, sign in ((Event.JOINED, -1), (Event.STARTED, 1)):
        rows = np.flatnonzero(kind == event)
        waits[stage[place[rows]], issue[rows]] += sign * when[rows]
    gone = np.zeros(waits.shape[1], bool)
    gone[issue[kind == Event.LEFT]] = True
    return waits, gone


def scenario_of(customers: Customers, folder: Path) -> Tables:
    """The given customers as a scenario of ours: the shipped one, with times from a trace, in whole seconds."""
    stages = [f"service_{stage}" for stage in STAGES]
    with (folder / "trace.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time", "class", "priority", *stages, *(f"patience_{stage}" for stage in STAGES)])
        when_all, service = (np.floor(seconds + 0.5).astype(int).tolist() for seconds in (customers.time, customers.service))
        for when, kind, services in zip(when_all, customers.kind.tolist(), service, strict=True):
            writer.writerow([when, NAMES[kind], kind, *services, "", "", ""])
    text = SCENARIO.read_text(encoding="utf-8").replace("bare:\n", "bare:\n  trace: trace.csv\n")
    text = "\n".join(line.split(": {kind: poisson")[0] + ": {kind: csv}" if "{kind: poisson" in line else line
                     for line in text.splitlines()).replace('{exponential: {mean: "600 s"}}', "{given: from trace}")
    (folder / "tandem.yaml").write_text(text, encoding="utf-8")
    return load(folder / "tandem.yaml", _run(customers.time[-1] + 1000 * MEAN)).tables()


def _run(horizon: float) -> list[str]:
    return [f"run.horizon={int(horizon)} s", "run.warm_up=0 s", "run.run_out=0 s"]


# -- peers in Python --------------------------------------------------------------------------------------------------------------


def one_by_one(customers: Customers | None, number: int) -> Iterator[tuple[float, int, list[float]]]:
    """Seconds since the one before, class and services of each: the given ones, or as many drawn when each is asked for."""
    if customers is not None:
        yield from zip(np.diff(customers.time, prepend=0.0).tolist(), customers.kind.tolist(), customers.service.tolist(), strict=True)
        return
    dice = random.Random(1)     # noqa: S311
    for _ in range(number):
        yield (dice.expovariate(SERVERS * LOAD / MEAN), int(dice.random() >= URGENT), [dice.expovariate(1 / MEAN) for _ in STAGES])


def idiomatic(customers: Customers | None, number: int) -> Answer:
    """What SimPy's documentation teaches: a process a customer, a `PriorityResource` a stage."""
    env = simpy.Environment()
    stages = [simpy.PriorityResource(env, SERVERS) for _ in STAGES]
    kinds, waits = [], []

    def customer(kind, services):
        arrived = env.now
        for stage, service in zip(stages, services, strict=True):
            with stage.request(priority=kind) as request:
                yield request
                yield env.timeout(service)
        kinds.append(kind)
        waits.append(env.now - arrived - sum(services))

    def source():
        for gap, kind, services in one_by_one(customers, number):
            yield env.timeout(gap)
            env.process(customer(kind, services))

    env.process(source())
    start = time.process_time()
    env.run()
    return _answer(time.process_time() - start, kinds, waits)


def in_ciw(customers: Customers | None, number: int) -> Answer:
    """A network of three nodes with two classes; given services are looked up by the customer's number."""
    import ciw

    class Given(ciw.dists.Distribution):
        def __init__(self, services):
            self.services = services

        def sample(self, t=None, ind=None):     # noqa: ARG002
            return self.services[ind.id_number - 1]

    if customers is None:
        shares = dict(zip(NAMES, (URGENT, 1 - URGENT), strict=True))
        arrivals = {name: ciw.dists.Exponential(SERVERS * LOAD / MEAN * share) for name, share in shares.items()}
        services = [ciw.dists.Exponential(1 / MEAN) for _ in STAGES]
    else:
        arrivals = {name: ciw.dists.Sequential([*np.diff(customers.time[customers.kind == kind], prepend=0.0).tolist(), float("inf")])
                    for kind, name in enumerate(NAMES)}
        services = [Given(column.tolist()) for column in customers.service.T]
    network = ciw.create_network(
        arrival_distributions={name: [arrivals[name], None, None] for name in NAMES},
        service_distributions=dict.fromkeys(NAMES, services), number_of_servers=[SERVERS] * 3,
        routing={name: [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]] for name in NAMES},
        priority_classes={"urgent": 0, "ordinary": 1})
    ciw.seed(1)
    start = time.process_time()
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(number, method="Complete")
    taken = time.process_time() - start
    kinds, waits = [], []
    for individual in simulation.nodes[-1].all_individuals:
        kinds.append(NAMES.index(individual.customer_class))
        waits.append(sum(record.waiting_time for record in individual.data_records))
    return _answer(taken, kinds, waits)


def in_salabim(customers: Customers | None, number: int) -> Answer:
    """A component a customer, a resource a stage, in the form with `yield`."""
    import salabim

    salabim.yieldless(False)
    env = salabim.Environment(trace=False, time_unit="seconds")
    stages = [salabim.Resource(stage, capacity=SERVERS, monitor=False) for stage in STAGES]
    kinds, waits = [], []

    class Customer(salabim.Component):
        def setup(self, kind, services):
            self.kind, self.services = kind, services

        def process(self):
            arrived = env.now()
            for stage, service in zip(stages, self.services, strict=True):
                yield self.request((stage, 1, self.kind))
                yield self.hold(service)
                self.release(stage)
            kinds.append(self.kind)
            waits.append(env.now() - arrived - sum(self.services))

    class Source(salabim.Component):
        def process(self):
            for gap, kind, services in one_by_one(customers, number):
                yield self.hold(gap)
                Customer(kind=kind, services=services)

    Source()
    start = time.process_time()
    env.run()
    return _answer(time.process_time() - start, kinds, waits)


# -- simmer -----------------------------------------------------------------------------------------------------------------------


def in_simmer(customers: Customers | None, number: int, *, monitored: bool) -> Answer:
    """A data frame of arrivals, by an R script of ours; monitored as simmer does unless told otherwise, or not at all."""
    with tempfile.TemporaryDirectory() as folder:
        how = ["drawn", str(number), "1"]
        if customers is not None:
            file = Path(folder) / "customers"
            np.column_stack([customers.time, customers.kind, customers.service]).T.astype("<f8").tofile(file)
            how = ["given", str(number), str(file)]
        done = subprocess.run(["Rscript", str(R_SCRIPT), *how, str(int(monitored))], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "Rscript failed")
    taken, urgent, ordinary = (float(word) for word in done.stdout.split())
    return Answer(taken, number, urgent / MEAN, ordinary / MEAN)


# -- the comparison ---------------------------------------------------------------------------------------------------------------

PEERS: dict[str, tuple[Callable[[Customers | None, int], Answer], str]] = {
    "idiomatic SimPy": (idiomatic, "simpy"), "simmer": (partial(in_simmer, monitored=True), "Rscript"),
    "simmer, no record": (partial(in_simmer, monitored=False), "Rscript"), "Ciw": (in_ciw, "ciw"), "salabim": (in_salabim, "salabim")}


def missing(need: str) -> str | None:
    """Why a peer cannot take part; None where it can."""
    if need == "Rscript":
        if not shutil.which("Rscript"):
            return "no Rscript on the path"
        found = subprocess.run(["Rscript", "-e", "library(simmer)"], capture_output=True, check=False)
        return "R has no package simmer" if found.returncode else None
    try:
        importlib.import_module(need)
    except ImportError:
        return f"no Python package {need}"
    return None


def compare(number: int, rounds: int, without: list[str]) -> None:
    """Print everybody's speed and mean waits, with given and with drawn customers."""
    customers = Customers.drawn(number)
    players: dict[str, list[Callable[[], Answer]]] = {}
    tables = load(SCENARIO, _run(number * MEAN / SERVERS / LOAD)).tables()
    with tempfile.TemporaryDirectory() as folder:
        given = scenario_of(customers, Path(folder))
    engines = {"ours, compiled": _compiled, "ours, on SimPy": _interpreted}
    if not available():
        print("ours, compiled: skipped, no Numba")
        del engines["ours, compiled"]
    for name, engine in engines.items():
        players[name] = [partial(ours, engine, tables=given), partial(ours, engine, tables=tables)]
    for name, (play, need) in PEERS.items():
        reason = "not wanted" if name in without else missing(need)
        if reason:
            print(f"{name}: skipped, {reason}")
        else:
            players[name] = [partial(play, customers, number), partial(play, None, number)]
    for plays in players.get("ours, compiled", []):
        plays()     # what is compiled now is not compiled when it counts
    for place, title in enumerate(("the same given customers", "customers drawn by each")):
        _table(title, {name: both[place] for name, both in players.items()}, rounds)


def _table(title: str, plays: dict[str, Callable[[], Answer]], rounds: int) -> None:
    answers: dict[str, list[Answer]] = {name: [] for name in plays}
    for _ in range(rounds):
        for name, play in plays.items():
            gc.collect()
            gc.freeze()     # what is left from before is nobody's burden
            answers[name].append(play())
    first = next(iter(answers))
    print(f"\n{title}\n{'':17} {'customers/s':>12} {first + ' is':>20} {'mean wait, urgent':>20} {'ordinary':>16}")
    for name, mine in answers.items():
        ratios = [own.speed / other.speed for own, other in zip(answers[first], mine, strict=True)]
        print(f"{name:17} {statistics.median(answer.speed for answer in mine):12,.0f} {statistics.median(ratios):13.1f} times "
              f"{mine[0].urgent:20.12f} {mine[0].ordinary:16.12f}")
    peers = [mine[0] for name, mine in answers.items() if name in PEERS]
    if peers and "given" in title:
        apart = max(max(column) / min(column) - 1 for column in ([peer.urgent for peer in peers], [peer.ordinary for peer in peers]))
        print(f"mean waits of the peers are {apart:.1e} apart, relatively")


def theory(number: int, replications: int) -> None:
    """Mean waits of ours over many replications against theory: each class at the first stage, all customers at every stage.

    What leaves a stage comes to the next as a Poisson process (Burke 1956) for all customers together, not for each class.  Services
    are a hundred times as long as in the benchmark, so that whole seconds do not show: in the benchmark's own, whoever arrives within a
    second of a server coming free is served at once, and the urgent wait about 0.0005 mean services less.
    """
    mean = FINE * MEAN
    horizon = number * mean / SERVERS / LOAD
    slower = [f"bare.classes.{name}.service.{stage}={{exponential: {{mean: {mean} s}}}}" for name in NAMES for stage in STAGES]
    slower += [f"bare.classes.{name}.arrivals.rate={SERVERS * LOAD / mean * 3600 * share} per hour"
               for name, share in zip(NAMES, (URGENT, 1 - URGENT), strict=True)]
    tables = load(SCENARIO, [*_run(horizon), "calendars.holidays=none", *slower]).tables()
    engine = _compiled if available() else _interpreted
    found = []
    for replication in range(replications):
        timeline = engine(tables, replication)
        waits, gone = waits_of(timeline, tables)
        counted = gone & (timeline.issue_time > 0.1 * horizon) & (timeline.issue_time < 0.98 * horizon)
        urgent = counted & (_kinds(tables)[timeline.issue_stream] == 0)
        found.append([waits[0, urgent].mean(), waits[0, counted & ~urgent].mean(), *waits[:, counted].mean(axis=1)])
    rate = SERVERS * LOAD
    expected = [*cobham([rate * URGENT, rate * (1 - URGENT)], 1.0, SERVERS), *[mmc_wait(SERVERS, LOAD)] * 3]
    print(f"\nours against theory, {replications} replications of {number:,} customers, in mean services")
    for name, theirs, ours_ in zip(["intake, urgent", "intake, ordinary", *STAGES], expected, np.array(found).T / mean, strict=True):
        error = float(ours_.std(ddof=1)) / len(ours_)**0.5
        off = (float(ours_.mean()) - theirs) / error
        print(f"{name:17} theory {theirs:.4f}   simulated {ours_.mean():.4f} ± {error:.4f}   {off:+.1f} standard errors")


def main() -> None:
    """Compare with whoever is there, and with theory."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000, help="at most 470,000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--replications", type=int, default=100, help="against theory; 0 leaves that out")
    parser.add_argument("--without", action="append", default=[], choices=sorted(PEERS))
    asked = parser.parse_args()
    compare(asked.customers, asked.rounds, asked.without)
    if asked.replications:
        theory(asked.customers, asked.replications)


if __name__ == "__main__":
    main()
