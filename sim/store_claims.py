"""Who is at work on what: of several commands on one store, each replication is run by one (任务认领).

A command claims a replication before it runs it, and others wait for the result or take something else.  A claim is a lease: the
command renews it as long as it lives, and one that is not renewed runs out.  Nothing ever depends on a claim but time: should two
commands run the same replication after all, they find the same outcome, and one of them is kept.
"""

from __future__ import annotations

import os
import secrets
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress

__all__ = ["LEASE", "Cells", "Claims"]

LEASE = 60.0            # s after which a claim that nobody renews is free
BEAT = 15.0             # s between renewals

Cells = tuple[str, str, int, str]
"""A key as it stands in the file: scenario, seed, replication, model."""

_THIS = secrets.token_hex(4)        # a number of a process may be given again
_ASK = "SELECT owner, expires FROM claims WHERE scenario = ? AND seed = ? AND replication = ? AND model = ?"
_DROP = "DELETE FROM claims WHERE scenario = ? AND seed = ? AND replication = ? AND model = ? AND owner = ?"


class Claims:
    """The claims of one store in one process (认领).

    A claim belongs to the process: two sessions of one process do not wait for each other.

    Parameters
    ----------
    connect : callable
        Opens the file once more, for the thread that renews.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self.owner = f"{socket.gethostname()} {os.getpid()} {_THIS}"
        self.held: set[Cells] = set()
        self._connect = connect
        self._over = threading.Event()
        self._renewing: threading.Thread | None = None

    def take(self, database: sqlite3.Connection, wanted: Iterable[Cells]) -> set[Cells]:
        """Claim what nobody else is at work on.

        Parameters
        ----------
        database : Connection
            The store's own connection.
        wanted : iterable of Cells

        Returns
        -------
        set of Cells
            What may be run here now.
        """
        granted, now, gone = set(), time.time(), {self.owner: True}
        with database:
            database.execute("BEGIN IMMEDIATE")
            for cells in wanted:
                row = database.execute(_ASK, cells).fetchone()
                if row is not None and row[0] not in gone:
                    gone[row[0]] = _has_ended(row[0])
                if row is None or gone[row[0]] or not now <= row[1] <= now + LEASE:
                    database.execute("INSERT OR REPLACE INTO claims VALUES (?, ?, ?, ?, ?, ?)", (*cells, self.owner, now + LEASE))
                    granted.add(cells)
        self.held |= granted
        if granted and self._renewing is None:
            self._renewing = threading.Thread(target=self._renew, name="claims", daemon=True)
            self._renewing.start()
        return granted

    def drop(self, database: sqlite3.Connection, cells: Iterable[Cells]) -> None:
        """Give claims back, within the transaction that is under way."""
        rows = [(*one, self.owner) for one in cells if one in self.held]
        if rows:
            database.executemany(_DROP, rows)
            self.held.difference_update(row[:4] for row in rows)

    def close(self) -> None:
        """Renew no more."""
        self._over.set()
        if self._renewing is not None:
            self._renewing.join()

    def _renew(self) -> None:
        while not self._over.wait(BEAT):
            with suppress(sqlite3.Error, RuntimeError), closing(self._connect()) as database, database:
                database.execute("UPDATE claims SET expires = ? WHERE owner = ?", (time.time() + LEASE, self.owner))


def _has_ended(owner: str) -> bool:
    """Whether a command is known to have ended: one of this machine whose process is no more."""
    host, _blank, process = owner.rpartition(" ")[0].rpartition(" ")
    if host != socket.gethostname() or os.name != "posix":      # elsewhere signal 0 is not a question
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return False
