"""What a worker does, and how work is handed out and taken in (工作任务).

A task is a resolved scenario as text, a seed and the number of a replication; what comes back is the outcome in bytes.  Both are
plain data, so any `concurrent.futures.Executor` can do the work: threads or processes here, a cluster elsewhere.

SimPy runs in processes, for Python code of one process takes turns.  The compiled engine does not, so it runs in threads of this
process: nothing is started, imported or loaded twice.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import lru_cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim import compiling
from sim.i18n import _
from sim.processes import Processes, default_jobs
from sim.sources import model_hash
from sim.store import Key, Record, RunError

if TYPE_CHECKING:
    from sim.draws import Draws
    from sim.tables import Tables
    from sim.timeline import Timeline

__all__ = ["Finished", "ModelDiffers", "Processes", "Task", "Tasks", "WorkerLost", "arrivals_of", "code_of", "content", "default_jobs",
           "issues_digest", "perform", "tables_of", "timeline_of", "work_off"]

GLANCE = 0.5            # s between two looks at the clock; a wait without end could not be interrupted on Windows
AHEAD = 1024            # tasks handed to an executor at a time; of a long sweep, the rest waits here


class WorkerLost(RunError):
    """A worker process ended without an answer."""


class ModelDiffers(RunError):
    """A worker has other sources of the model than the command that asked it: edited meanwhile, or another version there."""

    def __str__(self) -> str:
        return _("A worker runs another version of the model than this command: the program was changed meanwhile, or differs on "
                 "another machine. Nothing of its work was kept; start the same command again.")


class Task(NamedTuple):
    """One replication to run (任务).

    Attributes
    ----------
    text : str
        The scenario's `content`.
    name : str
        The scenario's name, for messages.
    key : Key
        What the outcome is a function of.
    timeline : str or None
        CSV file for the timeline; None writes none.
    engine : str
        "simpy" or "compiled"; where there is no Numba, the SimPy engine does it with the same outcome.
    """

    text: str
    name: str
    key: Key
    timeline: str | None = None
    engine: str = "simpy"


class Tasks:
    """Tasks that wait to be run, in their order (待办任务).

    Examples
    --------
    >>> tasks = Tasks(["a", "b", "c"])
    >>> tasks.take(2), len(tasks)
    (['a', 'b'], 1)
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self.waiting = deque(tasks)

    def __len__(self) -> int:
        return len(self.waiting)

    def add(self, tasks: Iterable[Task]) -> None:
        """More tasks, behind the others."""
        self.waiting.extend(tasks)

    def put_back(self, tasks: Sequence[Task]) -> None:
        """Tasks that were taken and are not run after all, before the others."""
        self.waiting.extendleft(reversed(tasks))

    def take(self, number: int) -> list[Task]:
        """The next tasks to run, at most so many; none where all that are left have to wait for something."""
        return [self.waiting.popleft() for _number in range(min(number, len(self.waiting)))]


Finished = Callable[[Task, Record], Iterable[Task] | None]
"""Who takes a record in; what it hands back is run as well."""


def content(resolved: Mapping[str, Any]) -> str:
    """All of a resolved scenario that can be found in an outcome, as canonical JSON; two equal texts share their runs (场景内容).

    What it is called, what it is for, the sources of its values, the seed and the number of replications are left out; names of
    places, pools and categories are part of what is counted, and stay.

    Examples
    --------
    >>> content({"name": "a", "run": {"seed": 1, "start": "2025-01-01"}, "city": {"grids": {"value": 7, "source": "census"}}})
    '{"city":{"grids":7},"run":{"start":"2025-01-01"}}'
    """
    kept = {key: _bare(value) for key, value in resolved.items() if key not in ("name", "title", "description")}
    kept["run"] = {key: value for key, value in kept.get("run", {}).items() if key not in ("seed", "replications")}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def perform(task: Task, stop: threading.Event | None = None) -> Record:
    """Run one replication: text to tables, tables to timeline, timeline to counts (执行一次仿真).

    Everything is made anew from the task, save the tables, which a process keeps for its next replication.

    Parameters
    ----------
    task : Task
        What to run.
    stop : threading.Event, optional
        Once it is set, compiled work ends soon with `sim.compiling.Stopped`.

    Raises
    ------
    ModelDiffers
        What would come out does not belong to the task's key.
    """
    began = time.perf_counter()
    if model_hash() != task.key.model:
        raise ModelDiffers
    tables, draws, engine = _prepared(task)
    if engine == "compiled" and task.timeline is None:
        cold = not compiling.is_warm(_code(tables))
        with compiling.beside("sim.outcome.compiled.counter", "warm") if cold else nullcontext():
            outcome, events = importlib.import_module("sim.engine_numba").outcome(tables, draws, stop)
        compiling.mark_warm(_code(tables), _code(tables, events=True))
    else:
        timeline = _simulated(tables, draws, engine, stop)
        outcome, events = importlib.import_module("sim.outcome").count(timeline, tables), len(timeline)
        if task.timeline is not None:
            importlib.import_module("sim.events_csv").write(timeline, tables, Path(task.timeline))
    digest = issues_digest(tables, draws.stream, draws.grid, draws.time, draws.subject)
    return Record(outcome.to_bytes(), digest, events, time.perf_counter() - began, engine)


def timeline_of(task: Task) -> tuple[Timeline, Tables]:
    """Run one replication and keep every event of it, for whoever wants to look at one issue (单次仿真的事件)."""
    tables, draws, engine = _prepared(task)
    return _simulated(tables, draws, engine, None), tables


def arrivals_of(task: Task) -> int:
    """How many arrivals one replication has; they are drawn, and nothing is run (到达数)."""
    _tables, draws, _engine = _prepared(task)
    return len(draws.time)


def _prepared(task: Task) -> tuple[Tables, Draws, str]:
    """What a replication begins with, and the engine that is at hand."""
    draws_of = importlib.import_module("sim.draws")
    tables = draws_of.in_replication(tables_of(task.text), draws_of.key_of(task.key.seed, task.key.replication))
    fast = task.engine == "compiled" and compiling.available()
    draws = draws_of.Draws(tables, task.key.seed, task.key.replication, compiled=fast)
    return tables, draws, "compiled" if fast else "simpy"


def _simulated(tables: Tables, draws: Draws, engine: str, stop: threading.Event | None) -> Timeline:
    found: Timeline
    if engine == "compiled":
        found = importlib.import_module("sim.engine_numba").simulate(tables, draws, stop)
        compiling.mark_warm(_code(tables, events=True))
    else:
        found = importlib.import_module("sim.engine_simpy").simulate(tables, draws)
    return found


def code_of(task: Task, events: bool = False) -> str:
    """Which compiled code a task needs (`sim.compiling.is_warm`): all, or only what gives the events."""
    return _code(tables_of(task.text), events)


def _code(tables: Tables, events: bool = False) -> str:
    return ("bare" if tables.city is None else "city") + ("-events" if events else "")


def issues_digest(tables: Tables, stream: np.ndarray, grid: np.ndarray, time: np.ndarray, subject: np.ndarray) -> str:
    """Digest of the issues that arise in the measured period: which, of what kind, where and when (问题集指纹).

    Two organisations with equal digests were given the same issues at the same seconds.  Consultations are left out; in a bare
    system every customer counts.

    Parameters
    ----------
    tables : Tables
        The scenario.
    stream, grid, time, subject : ndarray
        One entry an arrival, as `sim.draws.Draws` has them and in its order, by time and then by subject.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> tables = SimpleNamespace(warm_up=0, horizon=10, city=SimpleNamespace(category=("noise",)))
    >>> none = np.zeros(2, np.int32)
    >>> quiet = issues_digest(tables, np.array([0, 1]), none, np.array([5, 6]), np.array([1, 2]))   # the second only asks
    >>> quiet == issues_digest(tables, none, none, np.array([5, 15]), np.array([1, 3]))             # the second is too late
    True
    """
    kept = (time >= tables.warm_up) & (time < tables.warm_up + tables.horizon)
    if tables.city is not None:
        kept &= stream < len(tables.city.category)
    found = hashlib.sha256()
    for column, kind in ((subject, "<u8"), (grid, "<i4"), (stream, "<i4"), (time, "<i4")):
        found.update(np.ascontiguousarray(column[kept], kind).data)
    return found.hexdigest()


def work_off(tasks: Tasks | Iterable[Task], finished: Finished, *, jobs: int = 1, executor: Executor | None = None,
             threads: bool = False, processes: Processes | None = None, work: Callable[..., Record] = perform,
             tick: Callable[[], None] = lambda: None) -> None:
    """Run all tasks and hand each result over in this thread, as soon as it is there.

    Parameters
    ----------
    tasks : Tasks or iterable of Task
        Taken in this order.
    finished : callable
        Called with a task and its record; tasks that it hands back are run too.
    jobs : int, ≥ 1
        How many at a time; 1 works in this thread.  Of no effect with an executor.
    executor : Executor, optional
        Who works; it is not shut down.  Without one, processes are spawned and always stopped before this returns.
    threads : bool
        Take threads of this process: for the compiled engine.  They are given `stop`, an event, beside the task.
    processes : Processes, optional
        Where threads are not what is wanted: processes to use, and to leave as they are; they say how many work at a time.
    work : callable
        What is done with a task.
    tick : callable
        Called at least twice a second while others work.

    Raises
    ------
    WorkerLost
        A worker ended without an answer.
    KeyboardInterrupt
        Ctrl-C; what was finished has been handed over.
    """
    tasks = tasks if isinstance(tasks, Tasks) else Tasks(tasks)
    if executor is not None:
        _collect(tasks, finished, executor, AHEAD, work, tick)
    elif min(jobs, len(tasks)) <= 1:
        _here(tasks, finished, work, tick)
    elif threads:
        _in_threads(tasks, finished, jobs, work, tick)
    else:
        with nullcontext(processes) if processes is not None else Processes(jobs) as crew:
            _in_processes(tasks, finished, crew, work, tick)


def _here(tasks: Tasks, finished: Finished, work: Callable[..., Record], tick: Callable[[], None]) -> None:
    while tasks:
        batch = tasks.take(1)
        for task in batch:
            tasks.add(finished(task, work(task)) or ())
        if tasks and not batch:
            time.sleep(GLANCE)
            tick()


def _in_threads(tasks: Tasks, finished: Finished, jobs: int, work: Callable[..., Record], tick: Callable[[], None]) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(jobs, "replication") as pool:
        try:
            _collect(tasks, finished, pool, 2 * jobs, partial(work, stop=stop), tick)
        except BaseException:
            stop.set()      # a replication may take long, and nobody waits for it any more
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _in_processes(tasks: Tasks, finished: Finished, crew: Processes, work: Callable[..., Record],
                  tick: Callable[[], None]) -> None:
    try:
        _collect(tasks, finished, crew.executor(), 2 * crew.number, work, tick, crew.starting)
    except BaseException:
        crew.stop()     # a replication may take minutes, and nobody waits for it any more
        raise


def _collect(tasks: Tasks, finished: Finished, executor: Executor, ahead: int, work: Callable[..., Record], tick: Callable[[], None],
             starting: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
    """Keep `ahead` tasks with an executor until none are left: enough that no worker waits, and no more of them than need be."""
    waiting: dict[Future[Record], Task] = {}
    done: SimpleQueue[Future[Record]] = SimpleQueue()
    try:
        while tasks or waiting:
            batch = tasks.take(ahead - len(waiting)) if tasks and len(waiting) < ahead else []
            if batch:
                with starting():
                    for task in batch:
                        future = executor.submit(work, task)
                        waiting[future] = task
                        future.add_done_callback(done.put)
            with suppress(Empty):
                future = done.get(timeout=GLANCE) if tasks or waiting else done.get_nowait()
                tasks.add(finished(waiting[future], future.result()) or ())
                del waiting[future]
            tick()
    except BrokenExecutor as error:
        raise WorkerLost(_("A worker process ended without an answer; most often the memory was not enough. Finished runs are "
                           "kept: start the same command again, with a lower --jobs. (From a script of your own, call it under "
                           "`if __name__ == \"__main__\":`.)")) from error
    except KeyboardInterrupt:
        for future, task in waiting.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                finished(task, future.result())
        raise
    finally:
        for future in waiting:
            future.cancel()


def _bare(value: Any) -> Any:
    """A value without its range and source."""
    if isinstance(value, Mapping):
        if "value" in value and value.keys() <= {"value", "range", "source"}:
            return _bare(value["value"])
        return {key: _bare(below) for key, below in value.items()}
    return [_bare(below) for below in value] if isinstance(value, list | tuple) else value


def tables_of(text: str) -> Tables:
    """Tables of a scenario's `content`; those of the last few are kept, and threads that ask for the same wait for one."""
    with _making_tables:
        return _tables(text)


_making_tables = threading.Lock()


@lru_cache(maxsize=4)
def _tables(text: str) -> Tables:
    found: Tables = importlib.import_module("sim.scenario").Scenario.from_resolved(json.loads(text)).tables()
    return found
