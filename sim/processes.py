"""Worker processes: started when they are first needed, deaf to Ctrl-C, gone when their parent is (工作进程)."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from types import TracebackType

__all__ = ["Processes", "default_jobs"]

MOST_PROCESSES = 61     # Windows cannot wait for more at once


def default_jobs() -> int:
    """Replications at a time unless told otherwise: one for each core that this process may use (默认并行数).

    Examples
    --------
    >>> default_jobs() >= 1
    True
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, MOST_PROCESSES))


class Processes:
    """Worker processes that are started when they are first needed, and serve until they are closed (工作进程池).

    Starting one and loading its libraries takes a second or two: a search that asks for replications sixty times starts them once.

    Parameters
    ----------
    number : int, ≥ 1
        How many, at most.

    Examples
    --------
    >>> with Processes(2) as crew:      # nothing is started before there is work
    ...     len(crew.members)
    0
    """

    def __init__(self, number: int) -> None:
        self.number = min(number, MOST_PROCESSES)
        self.members: set[BaseProcess] = set()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def executor(self) -> ProcessPoolExecutor:
        """Who takes the tasks."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self.number, mp_context=multiprocessing.get_context("spawn"), initializer=_start_worker)
        return self._pool

    @contextmanager
    def starting(self) -> Iterator[None]:
        """For the time in which tasks are handed in, and so processes started: Ctrl-C does not reach them."""
        before = set(multiprocessing.active_children())
        try:
            with _deaf():
                yield
        finally:
            self.members |= set(multiprocessing.active_children()) - before

    def stop(self) -> None:
        """End them at once, in the middle of whatever they do; new ones are started where there is more work."""
        for process in self.members:
            process.terminate()
        self.close()

    def close(self) -> None:
        """End them when they have done what they were given."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool, self.members = None, set()


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
