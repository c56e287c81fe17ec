"""Run a scenario, or several side by side, over replications and processes (仿真试验).

A replication's outcome is a function of the scenario, the seed and its number alone, so the number of processes, the way they are
started and the order of the scenarios change no bit of it.  Replications of the sides of a comparison alternate, so that pairs
finish together.  Each is kept in the store the moment it is finished; one that is there already is not run again.
"""

from __future__ import annotations

import hashlib
import importlib
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sim import progress as _progress
from sim import shipped
from sim.i18n import _, joined
from sim.results import Comparison, Result, RunFacts
from sim.store import Key, Record, RunError, Store, model_hash, open_store
from sim.workers import Task, WorkerLost, content, default_jobs, work_off

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["Interrupted", "RunError", "WorkerLost", "compare", "default_jobs", "distinct", "run"]


class Interrupted(KeyboardInterrupt):
    """The user stopped it; finished replications are kept.

    Attributes
    ----------
    done, total : int
        Replications that are finished and kept, and that were asked for.
    how_to_continue : str
        A sentence for the user.

    Examples
    --------
    >>> print(Interrupted(3, 10, "Run it again to go on."))
    Stopped: 3 of 10 replications are finished and kept. Run it again to go on.
    """

    def __init__(self, done: int, total: int, how_to_continue: str) -> None:
        super().__init__(done, total, how_to_continue)
        self.done, self.total, self.how_to_continue = done, total, how_to_continue

    def __str__(self) -> str:
        kept = _("Stopped: {done} of {total} replications are finished and kept.").format(done=self.done, total=self.total)
        return joined([kept, self.how_to_continue])


@dataclass(frozen=True)
class _How:
    """How to run, as the user said it."""

    replications: int | None
    seed: int | None
    jobs: int | None
    store: Store | Path | str | None
    fresh: bool
    executor: Executor | None
    progress: _progress.Progress | bool | None
    timeline_dir: Path | str | None


def run(scenario: Scenario | str | Path, *, replications: int | None = None, seed: int | None = None, jobs: int | None = None,
        store: Store | Path | str | None = None, fresh: bool = False, executor: Executor | None = None,
        progress: _progress.Progress | bool | None = None, timeline_dir: Path | str | None = None) -> Result:
    """Run one scenario (运行).

    Parameters
    ----------
    scenario : Scenario or path
        What to run.
    replications : int, ≥ 1, optional
        How many; by default what the scenario says.
    seed : int, ≥ 0, optional
        Seed of all luck; by default what the scenario says.
    jobs : int, ≥ 1, optional
        Processes; by default one for each core.  1 runs in this process.
    store : Store or path, optional
        Where finished replications are kept: a file, a folder, or ":memory:"; by default as `sim.store.open_store` says.
    fresh : bool
        Run every replication again, whatever is kept.
    executor : concurrent.futures.Executor, optional
        Who does the work in place of processes started here; it is not shut down.
    progress : Progress or bool, optional
        Who is told; True shows it on the terminal.
    timeline_dir : path, optional
        Folder for every event of the first replication as CSV, one file a scenario.  That replication is always run again, for
        finished ones are kept as counts.

    Returns
    -------
    Result
        Its tables are pandas DataFrames: `.measures`, `.summary`, `.daily`.

    Raises
    ------
    ScenarioError
        The scenario has faults.
    StoreError
        The store that was asked for cannot be used.
    WorkerLost
        A process ended without an answer, most often for want of memory.
    Interrupted
        Ctrl-C; what is finished is kept, and the same call continues.

    Examples
    --------
    >>> from sim import load, run
    >>> queue = load("theory/mm1", ["run.warm_up=1 day", "run.horizon=7 days", "run.run_out=1 day"])
    >>> result = run(queue, replications=2, jobs=1, store=":memory:")
    >>> result.measures.columns.tolist()
    ['scenario', 'replication', 'measure', 'group', 'value', 'unit']
    """
    how = _How(replications, seed, jobs, store, fresh, executor, progress, timeline_dir)
    return _experiment([scenario], how)[0]


def compare(scenarios: Sequence[Scenario | str | Path], *, replications: int | None = None, seed: int | None = None,
            jobs: int | None = None, store: Store | Path | str | None = None, fresh: bool = False,
            executor: Executor | None = None, progress: _progress.Progress | bool | None = None,
            timeline_dir: Path | str | None = None) -> Comparison:
    """Run two or more scenarios on the same luck and compare all others with the first (对比).

    The parameters behind `scenarios` are those of `run`; the seed and the number of replications are by default those of the
    first scenario.

    Parameters
    ----------
    scenarios : sequence of Scenario or path, two or more
        The first is the base.

    Returns
    -------
    Comparison
        `.verdicts` has a row a measure; `.differences` also those by category, place and pool.

    Raises
    ------
    ValueError
        Fewer than two scenarios.

    Examples
    --------
    >>> compare(["scenarios/small/integrated.yaml"])
    Traceback (most recent call last):
    ValueError: a comparison needs at least two scenarios, not 1
    """
    if len(scenarios) < 2:
        raise ValueError(f"a comparison needs at least two scenarios, not {len(scenarios)}")
    how = _How(replications, seed, jobs, store, fresh, executor, progress, timeline_dir)
    return Comparison(_experiment(scenarios, how))


def _experiment(scenarios: Sequence[Scenario | str | Path], how: _How) -> list[Result]:
    sides = [_loaded(scenario) for scenario in scenarios]
    replications = _whole("replications", how.replications, sides[0].run.replications, 1)
    seed = _whole("seed", how.seed, sides[0].run.seed, 0)
    jobs = _whole("jobs", how.jobs, default_jobs(), 1)
    names = distinct([side.name for side in sides])
    texts = [content(side.resolved()) for side in sides]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    tasks = [_task(text, name, Key(digest, seed, replication, model_hash()), how.timeline_dir)
             for replication in range(replications) for text, name, digest in zip(texts, names, hashes, strict=True)]
    began, started = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    store = Store(None) if how.store == ":memory:" else open_store(how.store)
    with nullcontext() if store is how.store else closing(store):
        done, reused = _finish(tasks, store, how, jobs)
    facts = RunFacts(seed, replications, jobs, began, time.perf_counter() - started, reused, len(tasks), model_hash())
    return [Result(name, side, tuple(done[task.key] for task in tasks[index::len(sides)]), facts)
            for index, (side, name) in enumerate(zip(sides, names, strict=True))]


def _finish(tasks: Sequence[Task], store: Store, how: _How, jobs: int) -> tuple[dict[Key, Record], int]:
    """All tasks' records, kept or run, and how many were kept."""
    told = how.progress if isinstance(how.progress, _progress.Progress) else _progress.show(quiet=not how.progress)
    done: dict[Key, Record] = {}
    for task in tasks:
        found = None if how.fresh or task.timeline else store.get(task.key)
        if found is not None:
            done[task.key] = found
    reused = sum(task.key in done for task in tasks)
    first_of_its_key = {task.key: task for task in reversed(tasks)}
    todo = [task for task in tasks if task.key not in done and first_of_its_key[task.key] is task]

    def finished(task: Task, record: Record) -> None:
        store.put(task.key, record, name=task.name)
        if task.key not in done:        # Ctrl-C in the middle of this hands it over again
            done[task.key] = record
            told.done(task.name, task.key.replication, record.seconds)

    told.begin(len(done) + len(todo), len(done), min(jobs, max(1, len(todo))))
    try:
        work_off(todo, finished, jobs=jobs, executor=how.executor, tick=told.tick)
    except KeyboardInterrupt:
        raise Interrupted(len(done), len(done) + sum(task.key not in done for task in todo), _again(store, how.fresh)) from None
    finally:
        told.end()
    return done, reused


def _again(store: Store, fresh: bool) -> str:
    if store.path is None:
        return _("They were kept in memory only, so the same command will start from the beginning.")
    if fresh:
        return _("Start the same command again, without --fresh, to continue from there.")
    return _("Start the same command again to continue from there.")


def _loaded(scenario: Scenario | str | Path) -> Scenario:
    if isinstance(scenario, str | Path):
        found: Scenario = importlib.import_module("sim.scenario").load(shipped.find(scenario) or scenario)
        return found
    return scenario


def _whole(what: str, said: int | None, otherwise: int, least: int) -> int:
    value = otherwise if said is None else said
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{what} is {value!r}, and must be a whole number from {least} up")
    return value


def _task(text: str, name: str, key: Key, timelines: Path | str | None) -> Task:
    wanted = timelines is not None and key.replication == 0
    return Task(text, name, key, str(Path(timelines, f"{name}.csv").absolute()) if wanted and timelines else None)


def distinct(names: Sequence[str]) -> list[str]:
    """Names that differ: the second of the same name gets a 2, and so on.

    Examples
    --------
    >>> distinct(["town", "city", "town"])
    ['town', 'city', 'town_2']
    """
    found: list[str] = []
    for name in names:
        number, said = 1, name
        while said in found:
            number += 1
            said = f"{name}_{number}"
        found.append(said)
    return found
