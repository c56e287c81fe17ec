"""What a worker does, and how workers are started and stopped (工作进程).

A task is a resolved scenario as text, a seed and the number of a replication; what comes back is the outcome in bytes.  Both are
plain data, so any `concurrent.futures.Executor` can do the work: processes here, a cluster elsewhere.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.i18n import _
from sim.store import Key, Record, RunError, model_hash

if TYPE_CHECKING:
    from sim.tables import Tables
    from sim.timeline import Timeline

__all__ = ["ModelDiffers", "Task", "WorkerLost", "default_jobs", "content", "issues_digest", "perform", "work_off"]

MOST_PROCESSES = 61     # Windows cannot wait for more at once
GLANCE = 0.5            # s between two looks at the clock; a wait without end could not be interrupted on Windows


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
    """

    text: str
    name: str
    key: Key
    timeline: str | None = None


Finished = Callable[[Task, Record], None]


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


def default_jobs() -> int:
    """Processes to use unless told otherwise: one for each core that this process may use (默认进程数).

    Examples
    --------
    >>> default_jobs() >= 1
    True
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, MOST_PROCESSES))


def perform(task: Task) -> Record:
    """Run one replication: text to tables, tables to timeline, timeline to counts (执行一次仿真).

    Everything is made anew from the task, save the tables, which a process keeps for its next replication.

    Raises
    ------
    ModelDiffers
        What would come out does not belong to the task's key.
    """
    began = time.perf_counter()
    if model_hash() != task.key.model:
        raise ModelDiffers
    tables = _tables(task.text)
    draws = importlib.import_module("sim.draws").Draws(tables, task.key.seed, task.key.replication)
    timeline = importlib.import_module("sim.engine_simpy").simulate(tables, draws)
    outcome = importlib.import_module("sim.outcome").count(timeline, tables).to_bytes()
    if task.timeline is not None:
        importlib.import_module("sim.events_csv").write(timeline, tables, Path(task.timeline))
    return Record(outcome, issues_digest(timeline, tables), len(timeline), time.perf_counter() - began)


def issues_digest(timeline: Timeline, tables: Tables) -> str:
    """Digest of the issues that arise in the measured period: which, of what kind, where and when (问题集指纹).

    Two organisations with equal digests were given the same issues at the same seconds.  Consultations are left out; in a bare
    system every customer counts.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from array import array
    >>> from sim.timeline import Timeline
    >>> tables = SimpleNamespace(warm_up=0, horizon=10, city=SimpleNamespace(category=("noise",)))
    >>> quiet = Timeline.of(array("i"), [0, 1], [0, 0], [5, 6], [1, 2], end=20)     # the second is a consultation
    >>> late = Timeline.of(array("i"), [0, 0], [0, 0], [5, 15], [1, 3], end=20)     # the second is after the horizon
    >>> issues_digest(quiet, tables) == issues_digest(late, tables)
    True
    """
    stream, when = timeline.issue_stream, timeline.issue_time
    kept = (when >= tables.warm_up) & (when < tables.warm_up + tables.horizon)
    if tables.city is not None:
        kept &= stream < len(tables.city.category)
    columns = (timeline.issue_subject[kept].astype("<u8"), timeline.issue_grid[kept].astype("<i8"),
               stream[kept].astype("<i8"), when[kept].astype("<i8"))
    order = np.lexsort(columns)
    return hashlib.sha256(b"".join(column[order].tobytes() for column in columns)).hexdigest()


def work_off(tasks: Sequence[Task], finished: Finished, *, jobs: int = 1, executor: Executor | None = None,
             work: Callable[[Task], Record] = perform, tick: Callable[[], None] = lambda: None) -> None:
    """Run all tasks and hand each result over in this thread, as soon as it is there.

    Parameters
    ----------
    tasks : sequence of Task
        Taken in this order.
    finished : callable
        Called with a task and its record.
    jobs : int, ≥ 1
        Processes; 1 works in this one.  Of no effect with an executor.
    executor : Executor, optional
        Who works; it is not shut down.  Without one, processes are spawned and always stopped before this returns.
    work : callable
        What is done with a task.
    tick : callable
        Called at least twice a second while processes work.

    Raises
    ------
    WorkerLost
        A worker ended without an answer.
    KeyboardInterrupt
        Ctrl-C; what was finished has been handed over.
    """
    if executor is None and min(jobs, len(tasks)) <= 1:
        for task in tasks:
            finished(task, work(task))
    elif executor is not None:
        _collect(tasks, finished, executor, work, tick)
    else:
        _in_processes(tasks, finished, min(jobs, len(tasks), MOST_PROCESSES), work, tick)


def _in_processes(tasks: Sequence[Task], finished: Finished, jobs: int, work: Callable[[Task], Record],
                  tick: Callable[[], None]) -> None:
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)
    try:
        _collect(tasks, finished, pool, work, tick, _deaf())
    except BaseException:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()     # a replication may take minutes, and nobody waits for it any more
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown()


def _collect(tasks: Sequence[Task], finished: Finished, executor: Executor, work: Callable[[Task], Record],
             tick: Callable[[], None], starting: AbstractContextManager[None] | None = None) -> None:
    waiting: dict[Future[Record], Task] = {}
    try:
        with starting or nullcontext():
            waiting.update((executor.submit(work, task), task) for task in tasks)
        while waiting:
            done, _rest = wait(waiting, GLANCE, FIRST_COMPLETED)
            for future in sorted(done, key=list(waiting).index):
                finished(waiting[future], future.result())
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


@contextmanager
def _deaf() -> Iterator[None]:
    """Start workers that Ctrl-C does not reach, not even while they start; ours waits until they have started."""
    if not hasattr(signal, "pthread_sigmask"):      # Windows: from `_start_worker` on
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker() -> None:
    """In a new worker: Ctrl-C is the parent's business, and a worker whose parent was killed ends too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _bare(value: Any) -> Any:
    """A value without its range and source."""
    if isinstance(value, Mapping):
        if "value" in value and value.keys() <= {"value", "range", "source"}:
            return _bare(value["value"])
        return {key: _bare(below) for key, below in value.items()}
    return [_bare(below) for below in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=4)
def _tables(text: str) -> Tables:
    found: Tables = importlib.import_module("sim.scenario").Scenario.from_resolved(json.loads(text)).tables()
    return found
