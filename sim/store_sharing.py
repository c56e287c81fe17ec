"""Tasks of which other commands on the same store may have some as well (任务分担)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from sim.store import Record, Store
from sim.workers import GLANCE, Task, Tasks

__all__ = ["Shared"]


class Shared(Tasks):
    """Tasks of which each is run by one command; the others wait for its record.

    Parameters
    ----------
    tasks : iterable of Task
    store : Store
        Where they are claimed, and where records of others turn up.
    elsewhere : callable
        Told of a task and its record that another command has made meanwhile; tasks that it hands back are run as well.

    Examples
    --------
    >>> from sim.store import Key
    >>> shared = Shared([Task("{}", "town", Key("a", 1, 0, "m"))], Store(None), lambda task, record: None)
    >>> [task.name for task in shared.take(2)], len(shared)
    (['town'], 0)
    """

    def __init__(self, tasks: Iterable[Task], store: Store, elsewhere: Callable[[Task, Record], Iterable[Task] | None]) -> None:
        super().__init__(tasks)
        self.store, self.elsewhere = store, elsewhere
        self.away: list[Task] = []
        self._look = 0.0

    def __len__(self) -> int:
        return len(self.waiting) + len(self.away)

    def take(self, number: int) -> list[Task]:
        """The next that no other command is at work on; what others have finished meanwhile is handed over on the way."""
        found: list[Task] = []
        if self.away and time.monotonic() >= self._look:
            self.put_back(self.away)
            self.away, self._look = [], time.monotonic() + GLANCE
        while self.waiting and len(found) < number:
            batch = super().take(number - len(found))
            claimed = self.store.claim(task.key for task in batch)
            for task in batch:
                record = None if task.timeline else self.store.get(task.key)
                if record is not None:
                    self.store.release([task.key])
                    self.add(self.elsewhere(task, record) or ())
                elif task.key in claimed:
                    found.append(task)
                else:
                    self.away.append(task)
        return found
