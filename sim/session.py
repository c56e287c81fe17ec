"""Replications of any scenarios, run or found, and kept (仿真会话).

A session knows a store, a seed, an engine and who works.  It is given tasks and hands back their records: those kept from before at
once, the others as they finish, each kept the moment it is there.  Whoever takes them in may ask for more: another replication
until the interval is narrow enough, the next point of a search.

    with Session(seed=1) as session:
        records = session.run([session.task(scenario, replication) for replication in range(5)])
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sim import compiling, engines, shipped
from sim import progress as _progress
from sim.i18n import _, joined
from sim.results import Result, RunFacts
from sim.sources import model_hash
from sim.store import Key, Record, Store, open_store
from sim.store_sharing import Shared
from sim.workers import (
    Finished,
    Processes,
    Task,
    Tasks,
    arrivals_of,
    code_of,
    content,
    default_jobs,
    tables_of,
    timeline_of,
    work_off,
)

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.tables import Tables
    from sim.timeline import Timeline

__all__ = ["Interrupted", "Session", "loaded", "whole"]


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


class Session:
    """Runs replications and keeps them (仿真会话).

    Parameters
    ----------
    seed : int, ≥ 0
        Seed of all luck.
    jobs : int, ≥ 1, optional
        How many replications at a time; by default one for each core.
    engine : str
        "auto", "simpy" or "compiled" (`sim.engines`).
    store : Store or path, optional
        As `sim.store.open_store` says; ":memory:" keeps until the session ends.  A store that was opened here is closed here.
    fresh : bool
        Run again whatever was kept before this session.
    executor : concurrent.futures.Executor, optional
        Who works in place of processes or threads started here; it is not shut down.
    progress : Progress or bool, optional
        Who is told; True shows it on the terminal.
    timeline_dir : path, optional
        Folder for every event of replication 0 as CSV, one file a scenario.

    Attributes
    ----------
    total, reused : int
        Replications asked for so far, and how many of them were kept from before.

    Examples
    --------
    >>> from sim import load
    >>> queue = load("theory/mm1", ["run.warm_up=1 day", "run.horizon=7 days", "run.run_out=1 day"])
    >>> def and_one_more(task, record):
    ...     return [session.task(queue, task.key.replication + 1)] if task.key.replication < 2 else None
    >>> with Session(seed=1, jobs=1, store=":memory:") as session:
    ...     sorted(key.replication for key in session.run([session.task(queue, 0)], and_one_more))
    [0, 1, 2]
    """

    def __init__(self, *, seed: int, jobs: int | None = None, engine: str = "auto", store: Store | Path | str | None = None,
                 fresh: bool = False, executor: Executor | None = None, progress: _progress.Progress | bool | None = None,
                 timeline_dir: Path | str | None = None) -> None:
        self.seed = whole("seed", seed, 0, 0)
        self.jobs = whole("jobs", jobs, default_jobs(), 1)
        if engine not in engines.ENGINES:
            raise ValueError(f"no engine {engine!r}: choose one of {', '.join(engines.ENGINES)}")
        self.engine, self.fresh, self.executor, self.timeline_dir = engine, fresh, executor, timeline_dir
        self.told = progress if isinstance(progress, _progress.Progress) else _progress.show(quiet=not progress)
        self.total = self.reused = 0
        self._own_store = not isinstance(store, Store)
        self.processes = Processes(self.jobs)
        self.store = Store(None) if store == ":memory:" else open_store(store)
        self._began, self._started = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
        self._just_run: set[Key] = set()
        self._texts: dict[int, tuple[Scenario, str, str]] = {}      # by identity; the scenario is held so that it stays its own
        self._seconds: dict[str, float] = {}
        self._hinted = self._telling = False
        self._earlier = 0       # replications of the calls that are over

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.processes.close()
        self.silence()
        if self._own_store:
            self.store.close()

    def task(self, scenario: Scenario, replication: int, name: str | None = None) -> Task:
        """A replication of a scenario, to be run; `name` is what it is called in messages and files."""
        if id(scenario) not in self._texts:
            text = content(scenario.resolved())
            self._texts[id(scenario)] = scenario, text, hashlib.sha256(text.encode()).hexdigest()
        _kept, text, digest = self._texts[id(scenario)]
        name = name or scenario.name
        wanted = self.timeline_dir is not None and replication == 0
        file = str(Path(self.timeline_dir, f"{name}.csv").absolute()) if wanted and self.timeline_dir else None
        return Task(text, name, Key(digest, self.seed, replication, model_hash()), file)

    def run(self, tasks: Iterable[Task], finished: Finished | None = None, *, keep: bool = True) -> dict[Key, Record]:
        """Run what is not kept, read what is.

        Parameters
        ----------
        tasks : iterable of Task
            Tasks of equal keys are one.
        finished : callable, optional
            Called in this thread with a task and its record, once for each key: first for all that were kept, in the order of the
            tasks, then for the others as they finish, in any order.  Tasks that it hands back are run as well.  To be the same
            whatever `jobs` is, judge replications in the order of their numbers.
        keep : bool
            Whether to hand the records back; a sweep that has taken them in already need not hold them all.

        Returns
        -------
        dict of Key to Record

        Raises
        ------
        Interrupted
            Ctrl-C; what is finished is kept, and the same call continues.
        WorkerLost
            A process ended without an answer.
        EngineMissing
            The compiled engine was asked for and cannot be had.
        """
        return _Round(self, finished, keep).run(tasks)

    def arrivals(self, scenario: Scenario, replication: int) -> int:
        """How many issues, consultations or customers one replication has: known before it is run (问题数)."""
        return arrivals_of(self.task(scenario, replication))

    def timeline(self, scenario: Scenario, replication: int) -> tuple[Timeline, Tables]:
        """Every event of one replication, run again (全部事件)."""
        task = self.task(scenario, replication)._replace(timeline=None)
        choice = self.choose([task])
        task = task._replace(engine=choice)
        self.told.begin(1, 0, 1)
        try:
            began = time.perf_counter()
            with _Compiling(self.told, task, choice, events=True):
                found = timeline_of(task)
            self.told.done(task.name, replication, time.perf_counter() - began)
        finally:
            self.told.end()
        return found

    def tell(self, total: int, reused: int, jobs: int) -> None:
        """Tell whoever follows the progress what this call adds; of a search in many calls there is one progress."""
        if not self._telling:
            self._telling = True
            self.told.begin(total, reused, jobs)
        else:
            self.told.jobs = max(self.told.jobs, jobs)
            self.told.more(total, reused)

    def silence(self) -> None:
        """Nothing more will come."""
        if self._telling:
            self._telling = False
            self.told.end()

    def facts(self, replications: int) -> RunFacts:
        """How the results of this session came about, so far."""
        return RunFacts(self.seed, replications, self.jobs, self._began, time.perf_counter() - self._started, self.reused,
                        self.total, model_hash())

    def result(self, name: str, scenario: Scenario, records: Sequence[Record]) -> Result:
        """The tables of one scenario from its records, replication by replication; several make a `sim.results.Comparison`."""
        return Result(name, scenario, tuple(records), self.facts(len(records)))

    def choose(self, todo: Sequence[Task]) -> str:
        """Engine for these tasks; whoever follows the progress is told, once, what there is to say about it."""
        warm = self.engine == "auto" and bool(todo) and compiling.is_warm(code_of(todo[0]))
        jobs = min(self.jobs, max(1, len(todo)))
        choice = engines.choose(self.engine, (self._seconds_of(task) for task in todo), jobs=jobs, warm=warm)
        if choice.hint and todo and self.told.hints and not self._hinted:
            self._hinted = True
            self.told.note(choice.hint)
        return choice.engine

    def _seconds_of(self, task: Task) -> float:
        if task.key.scenario not in self._seconds:
            self._seconds[task.key.scenario] = engines.seconds_on_simpy(tables_of(task.text))
        return self._seconds[task.key.scenario]


class _Round:
    """One call of `Session.run`."""

    def __init__(self, session: Session, finished: Finished | None, keep: bool) -> None:
        self.session, self.told, self.store = session, session.told, session.store
        self.listener: Finished = finished or (lambda task, record: None)
        self.keep = keep
        self.engine = "simpy"
        self.asked: set[Key] = set()
        self.have: set[Key] = set()         # kept from before, or run by now
        self.kept: set[Key] = set()
        self.records: dict[Key, Record] = {}

    def run(self, tasks: Iterable[Task]) -> dict[Key, Record]:
        session, told = self.session, self.told
        before = session.total, session.reused
        todo = self.unkept(tasks)
        session.tell(session.total - before[0], session.reused - before[1], min(session.jobs, max(1, len(todo))))
        try:
            self.engine = session.choose(todo)
            todo = [task._replace(engine=self.engine) for task in todo]
            rest = Tasks(todo) if session.fresh else Shared(todo, self.store, self.elsewhere)
            self.compiled_first(rest)
            work_off(rest, self.taken, jobs=session.jobs, executor=session.executor, threads=self.engine == engines.COMPILED,
                     processes=session.processes, tick=told.tick)
        except KeyboardInterrupt:
            session.silence()
            raise Interrupted(session._earlier + len(self.have), session._earlier + len(self.asked),
                              _again(self.store, session.fresh)) from None
        except BaseException:
            session.silence()
            raise
        finally:
            self.store.release()
        session._earlier += len(self.have)
        return self.records

    def compiled_first(self, tasks: Tasks) -> None:
        """On a machine without compiled code the first task compiles it, here, where Ctrl-C reaches it, and alone."""
        if self.engine != engines.COMPILED or self.session.executor is not None:
            return
        for first in tasks.take(1):
            if compiling.is_warm(code_of(first)):
                tasks.put_back([first])
                return
            with _Compiling(self.told, first, self.engine, events=False):
                work_off([first], lambda task, record: tasks.add(self.taken(task, record)))

    def unkept(self, tasks: Iterable[Task]) -> list[Task]:
        """Those of the tasks, and of what the listener adds to them, that have to be run; the others are handed over."""
        session, todo, queue = self.session, [], deque(tasks)
        while queue:
            task = queue.popleft()
            session.total += 1
            if task.key in self.asked:
                session.reused += task.key in self.kept
                continue
            self.asked.add(task.key)
            stale = session.fresh and task.key not in session._just_run
            record = None if stale or task.timeline else self.store.get(task.key)
            if record is None:
                todo.append(task)
                continue
            session.reused += 1
            self.kept.add(task.key)
            self.hold(task, record)
            queue.extend(self.listener(task, record) or ())
        return todo

    def taken(self, task: Task, record: Record) -> Iterator[Task]:
        """Keep a record that has just been made; what is to be run for it."""
        self.store.put(task.key, record, name=task.name)
        if task.key in self.have:       # Ctrl-C in the middle of this hands it over again
            return iter(())
        self.hold(task, record)
        self.session._just_run.add(task.key)
        self.told.done(task.name, task.key.replication, record.seconds)
        before = self.session.total, self.session.reused
        more = self.unkept(self.listener(task, record) or ())
        if self.session.total > before[0]:
            self.told.more(self.session.total - before[0], self.session.reused - before[1])
        return (one._replace(engine=self.engine) for one in more)

    def elsewhere(self, task: Task, record: Record) -> list[Task]:
        """Take in a record that another command has made meanwhile; what is to be run for it."""
        before = self.session.total, self.session.reused
        self.session.reused += 1
        self.kept.add(task.key)
        self.hold(task, record)
        more = self.unkept(self.listener(task, record) or ())
        self.told.more(self.session.total - before[0], self.session.reused - before[1])
        return [one._replace(engine=self.engine) for one in more]

    def hold(self, task: Task, record: Record) -> None:
        self.have.add(task.key)
        if self.keep:
            self.records[task.key] = record


class _Compiling:
    """Say that the engine is being compiled, for the length of a `with` block, if it is."""

    def __init__(self, told: _progress.Progress, task: Task, engine: str, *, events: bool) -> None:
        self.told = told
        self.cold = engine == engines.COMPILED and not compiling.is_warm(code_of(task, events))

    def __enter__(self) -> None:
        if self.cold:
            self.told.compiling(True)

    def __exit__(self, *_error: object) -> None:
        if self.cold:
            self.told.compiling(False)


def _again(store: Store, fresh: bool) -> str:
    if store.path is None:
        return _("They were kept in memory only, so the same command will start from the beginning.")
    if fresh:
        return _("Start the same command again, without --fresh, to continue from there.")
    return _("Start the same command again to continue from there.")


def loaded(scenario: Scenario | str | Path) -> Scenario:
    """A scenario, or the one in a file, or the shipped one of that name."""
    if isinstance(scenario, str | Path):
        from sim.scenario import load

        return load(shipped.find(scenario) or scenario)
    return scenario


def whole(what: str, said: int | None, otherwise: int, least: int) -> int:
    """A whole number as the user said it, or what stands for it.

    Raises
    ------
    ValueError
        It is not one, or too small.

    Examples
    --------
    >>> whole("jobs", None, 4, 1), whole("jobs", 2, 4, 1)
    (4, 2)
    """
    value = otherwise if said is None else said
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{what} is {value!r}, and must be a whole number from {least} up")
    return value
