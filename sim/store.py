"""Finished replications, kept at once and for good (运行结果库).

A replication is a pure function of the scenario's content, the seed, its number and the model's sources; these four are its key.
So nothing that was finished is ever computed twice: an interrupted command continues where it stood, a second comparison that
shares a side reuses it, and a changed setting or a changed rule misses the key and is computed anew.

The store is one SQLite file.  Every replication is one transaction: a process that is killed leaves those that were finished and
nothing half-written.  Several commands may use one file at the same time, and share out what there is to do (`sim.store_claims`).
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
import warnings
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from sim import store_tidy
from sim.i18n import _
from sim.sources import model_hash
from sim.store_claims import Cells, Claims
from sim.store_file import ENVIRONMENT, RunError, StoreError, connect, default_path, is_damaged, named_file, unusable
from sim.store_tidy import Entry, Pruned, Size

__all__ = ["ENVIRONMENT", "Entry", "Key", "Pruned", "Record", "RunError", "Size", "Store", "StoreError", "default_path", "open_store"]

SYNCED = 0.5            # s of computing from which on a replication is worth waiting for the disk
AGAIN = 10.0            # s between two attempts to write what could not be written


class Key(NamedTuple):
    """What a replication is a pure function of (结果的键).

    Attributes
    ----------
    scenario : str
        Hash of the resolved scenario.
    seed : int
        Seed, ≥ 0.
    replication : int
        Number of the replication, from 0.
    model : str
        Hash of the model's sources, `model_hash()`.
    """

    scenario: str
    seed: int
    replication: int
    model: str


class Record(NamedTuple):
    """One finished replication (一次仿真的结果).

    Attributes
    ----------
    outcome : bytes
        `Outcome.to_bytes()`.
    issues : str
        Digest of the issues that arose in the measured period: equal digests mean the same issues at the same seconds.
    events : int
        Rows of the timeline.
    seconds : float
        Computing time of this replication, s.
    engine : str
        Engine that ran it, "simpy" or "compiled"; the outcome does not depend on it.
    """

    outcome: bytes
    issues: str
    events: int
    seconds: float
    engine: str = "simpy"

    @property
    def digest(self) -> str:
        """Checksum of all that must come back as it was stored."""
        return hashlib.sha256(b"%s %d " % (self.issues.encode(), self.events) + self.outcome).hexdigest()


class Store:
    """Finished replications in an SQLite file, or in memory (结果库).

    Parameters
    ----------
    path : Path or None
        The file; made with its folder where it does not exist.  None keeps everything in memory, for this process only.

    Raises
    ------
    StoreError
        The file or its folder cannot be read and written, or belongs to a newer version.

    Examples
    --------
    >>> with Store(None) as store:
    ...     store.put(Key("a", 1, 0, "m"), Record(b"numbers", "i", 3, 0.5), name="town")
    ...     store.get(Key("a", 1, 0, "m")).outcome, store.get(Key("a", 2, 0, "m"))
    (b'numbers', None)
    """

    def __init__(self, path: Path | None) -> None:
        self.where = path
        self._database = self._open()
        self._claims = Claims(lambda: connect(str(path)))
        self._unwritten: dict[Key, tuple[Record, str]] = {}
        self._failed = 0.0
        self._told: set[str] = set()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM runs").fetchone()[0]) + len(self._unwritten)

    @property
    def path(self) -> Path | None:
        """The file; None where new runs are kept in memory only."""
        return None if self._unwritten else self.where

    def close(self) -> None:
        """Close the file; a closed store is not used again."""
        with suppress(sqlite3.Error):
            if self._unwritten:
                self._insert(self._unwritten)
            self.release()
        self._claims.close()
        self._database.close()

    def get(self, key: Key) -> Record | None:
        """The replication of this key, or None; one whose checksum does not fit counts as not there."""
        if key in self._unwritten:
            return self._unwritten[key][0]
        try:
            row = self._database.execute(
                "SELECT outcome, issues, events, seconds, engine, digest FROM runs WHERE scenario = ? AND seed = ? "
                "AND replication = ? AND model = ?", _cells(key)).fetchone()
        except sqlite3.Error as error:
            self._recover(error)
            return None
        if row is None:
            return None
        record = Record(*row[:-1])
        return record if record.digest == row[-1] else None

    def put(self, key: Key, record: Record, *, name: str = "") -> None:
        """Keep a replication in one transaction; a second one of the same key replaces the first, which is equal to it.

        A disk that is full or has gone away costs no finished work: it is said once, and new runs are kept in memory until they can
        be written, which is tried again from time to time and in the end.

        Parameters
        ----------
        key, record
            What was run, and what came out.
        name : str
            The scenario's name, for people who look into the file.
        """
        self._unwritten[key] = record, name
        if len(self._unwritten) > 1 and time.monotonic() < self._failed + AGAIN:
            return
        try:
            self._insert(self._unwritten)
        except sqlite3.Error as error:
            if not self._recover(error):
                return
            self._insert(self._unwritten)
        self._unwritten.clear()

    def claim(self, keys: Iterable[Key]) -> set[Key]:
        """Claim replications before they are run, so that no other command runs them too.

        A claim ends with `put`, with `release`, or within a minute when this process ends.

        Returns
        -------
        set of Key
            Those that may be run here; another command is at work on the others.
        """
        wanted = {_cells(key): key for key in keys}
        if self.where is None or self._unwritten:
            return set(wanted.values())
        try:
            return {wanted[cells] for cells in self._claims.take(self._database, wanted)}
        except sqlite3.Error:       # claims save work, nothing else depends on them
            return set(wanted.values())

    def release(self, keys: Iterable[Key] | None = None) -> None:
        """Give up claims, of these replications or all."""
        with suppress(sqlite3.Error), self._database:
            self._claims.drop(self._database, list(self._claims.held) if keys is None else map(_cells, keys))

    def entries(self, scenario: str | None = None) -> list[Entry]:
        """What is kept, newest first: all, or that of one scenario, by its name or the first four or more digits of its hash."""
        return store_tidy.entries(self._database, model_hash(), scenario)

    def size(self) -> Size:
        """How much is kept."""
        return store_tidy.size(self._database, self.where, model_hash())

    def prune(self, *, stale: bool = False, older_than: timedelta | None = None, scenario: str | None = None,
              everything: bool = False, dry_run: bool = False) -> Pruned:
        """Remove what fits every condition that is given.

        Parameters
        ----------
        stale : bool
            Made by other versions of the model than this.
        older_than : timedelta, optional
            Finished longer ago.
        scenario : str, optional
            Of that name, or with a hash that begins so.
        everything : bool
            No condition.
        dry_run : bool
            Count, and remove nothing.

        Examples
        --------
        >>> with Store(None) as store:
        ...     store.put(Key("a", 1, 0, "an older model"), Record(b"numbers", "i", 3, 0.5), name="town")
        ...     store.prune(stale=True), len(store)
        (Pruned(runs=1, size=7), 0)
        """
        return store_tidy.prune(self._database, model_hash(), stale=stale, older_than=older_than, scenario=scenario,
                                everything=everything, dry_run=dry_run)

    def vacuum(self) -> int:
        """Give unused room back to the disk; how many bytes."""
        return store_tidy.vacuum(self._database, self.where, model_hash())

    def _insert(self, records: dict[Key, tuple[Record, str]]) -> None:
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        synced = any(record.seconds >= SYNCED for record, _name in records.values())
        self._database.execute(f"PRAGMA synchronous = {'FULL' if synced else 'NORMAL'}").close()
        with self._database:
            self._database.executemany(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(*_cells(key), name, record.events, record.seconds, record.engine, finished, record.issues, record.digest,
                  record.outcome) for key, (record, name) in records.items()])
            self._claims.drop(self._database, map(_cells, records))

    def _open(self) -> sqlite3.Connection:
        if self.where is None:
            return connect(":memory:")
        try:
            self.where.parent.mkdir(parents=True, exist_ok=True)
            return connect(str(self.where))
        except sqlite3.Error as error:
            if not is_damaged(error):
                raise StoreError(unusable(self.where, error)) from error
        except OSError as error:
            raise StoreError(unusable(self.where, error)) from error
        self._set_aside()
        return connect(str(self.where))

    def _recover(self, error: sqlite3.Error) -> bool:
        """After a failed read or write: a damaged file is set aside and a new one begun, else go on in memory for a while."""
        if self.where is not None and is_damaged(error):
            self._database.close()
            self._set_aside()
            self._database = self._open()
            return True
        self._failed = time.monotonic()
        problem = unusable(self.where or Path(":memory:"), error)
        if problem not in self._told:
            self._told.add(problem)
            warnings.warn(_("{problem} What is finished from now on is kept in memory until it can be written, or this command "
                            "ends.").format(problem=problem), stacklevel=3)
        return False

    def _set_aside(self) -> None:
        assert self.where is not None
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        aside = self.where.with_name(f"{self.where.name}.damaged-{stamp}-{os.getpid()}")
        try:
            for ending in ("", "-wal", "-shm"):
                part = self.where.with_name(self.where.name + ending)
                if part.exists():
                    part.rename(aside.with_name(aside.name + ending))
        except OSError as error:
            raise StoreError(unusable(self.where, error)) from error
        warnings.warn(_("The store of finished runs {path} is damaged. It was moved to {aside}, and a new one is begun; "
                        "runs that are missing will be computed again.").format(path=self.where, aside=aside), stacklevel=4)


def open_store(place: Store | Path | str | None = None) -> Store:
    """The store to use: the one given, else the one of the environment, else the user's own cache folder.

    A place that was asked for must work.  The user's cache folder is a convenience: where it cannot be written, this is said as a
    warning and runs are kept in memory.

    Parameters
    ----------
    place : Store, path or None
        A store is handed back as it is.  A path names a file, or a folder for `runs.sqlite`.

    Raises
    ------
    StoreError
        The place that was asked for cannot be used.
    """
    if isinstance(place, Store):
        return place
    asked = place if place is not None else os.environ.get(ENVIRONMENT)
    if asked:
        return Store(named_file(Path(asked).expanduser()))
    try:
        return Store(default_path())
    except (StoreError, RuntimeError) as error:     # RuntimeError: no home directory
        told = _("{problem} Finished runs are kept until this command ends, not longer.").format(problem=error)
        warnings.warn(told, stacklevel=2)
        return Store(None)


def _cells(key: Key) -> Cells:
    return key.scenario, str(key.seed), key.replication, key.model      # a seed may exceed SQLite's 63 bits
