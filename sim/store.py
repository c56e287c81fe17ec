"""Finished replications, kept at once and for good (运行结果库).

A replication is a pure function of the scenario's content, the seed, its number and the model's sources; these four are its key.
So nothing that was finished is ever computed twice: an interrupted command continues where it stood, a second comparison that
shares a side reuses it, and a changed setting or a changed rule misses the key and is computed anew.

The store is one SQLite file in write-ahead mode.  Every replication is one transaction: a process that is killed, or a machine
that loses power, leaves those that were finished and nothing half-written.  Several commands may use one file at the same time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import warnings
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from sim.i18n import _

__all__ = ["ENVIRONMENT", "Key", "Record", "RunError", "Store", "StoreError", "default_path", "model_hash", "open_store"]

ENVIRONMENT = "NINE_DRAGONS_STORE"
"""Environment variable that names another store: a file, or a folder for `runs.sqlite`."""

FORMAT = 1
PATIENCE = 120.0        # s to wait for another process that is writing
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

LAYOUT = """
CREATE TABLE IF NOT EXISTS runs (
    scenario TEXT NOT NULL, seed TEXT NOT NULL, replication INTEGER NOT NULL, model TEXT NOT NULL,
    name TEXT NOT NULL, outcome BLOB NOT NULL, issues TEXT NOT NULL, events INTEGER NOT NULL, seconds REAL NOT NULL,
    finished TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (scenario, seed, replication, model)) WITHOUT ROWID
"""

NOT_MODEL = frozenset({
    "__init__", "__main__", "app", "charts", "cli", "events_csv", "experiment", "folder", "i18n", "locale", "measures",
    "progress", "report", "results", "scenarios", "schema", "shipped", "statistics", "store", "template"})
"""What cannot move an outcome: how runs are started, kept, averaged, drawn and told.  Everything else, known or new, counts."""


class RunError(RuntimeError):
    """Something about running or keeping results that the user can mend; its text is for the user."""


class StoreError(RunError):
    """The store cannot be used."""


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
    """

    outcome: bytes
    issues: str
    events: int
    seconds: float

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
        self.path = path
        self._database = self._open()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM runs").fetchone()[0])

    def close(self) -> None:
        """Close the file; a closed store is not used again."""
        self._database.close()

    def get(self, key: Key) -> Record | None:
        """The replication of this key, or None; one whose checksum does not fit counts as not there."""
        try:
            row = self._database.execute(
                "SELECT outcome, issues, events, seconds, digest FROM runs WHERE scenario = ? AND seed = ? AND replication = ? "
                "AND model = ?", _cells(key)).fetchone()
        except sqlite3.Error as error:
            self._recover(error)
            return None
        if row is None:
            return None
        record = Record(*row[:4])
        return record if record.digest == row[4] else None

    def put(self, key: Key, record: Record, *, name: str = "") -> None:
        """Keep a replication in one transaction; a second one of the same key replaces the first, which is equal to it.

        A disk that is full or has gone away costs no finished work: it is said once, and the rest is kept in memory.

        Parameters
        ----------
        key, record
            What was run, and what came out.
        name : str
            The scenario's name, for people who look into the file.
        """
        try:
            self._insert(key, record, name)
        except sqlite3.Error as error:
            self._recover(error)
            self._insert(key, record, name)

    def _insert(self, key: Key, record: Record, name: str) -> None:
        finished = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                   (*_cells(key), name, *record, finished, record.digest))

    def _open(self) -> sqlite3.Connection:
        if self.path is None:
            return _connect(":memory:")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return _connect(str(self.path))
        except sqlite3.Error as error:
            if not _damaged(error):
                raise StoreError(_unusable(self.path, error)) from error
        except OSError as error:
            raise StoreError(_unusable(self.path, error)) from error
        self._set_aside()
        return _connect(str(self.path))

    def _recover(self, error: sqlite3.Error) -> None:
        """After a failed read or write: a damaged file is set aside and a new one begun, else go on in memory."""
        self._database.close()
        if self.path is not None and _damaged(error):
            self._set_aside()
        elif self.path is not None:
            warnings.warn(_("{problem} What is finished from now on is kept until this command ends, not longer.").format(
                problem=_unusable(self.path, error)), stacklevel=3)
            self.path = None
        self._database = self._open()

    def _set_aside(self) -> None:
        assert self.path is not None
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        aside = self.path.with_name(f"{self.path.name}.damaged-{stamp}-{os.getpid()}")
        try:
            for ending in ("", "-wal", "-shm"):
                part = self.path.with_name(self.path.name + ending)
                if part.exists():
                    part.rename(aside.with_name(aside.name + ending))
        except OSError as error:
            raise StoreError(_unusable(self.path, error)) from error
        warnings.warn(_("The store of finished runs {path} is damaged. It was moved to {aside}, and a new one is begun; "
                        "runs that are missing will be computed again.").format(path=self.path, aside=aside), stacklevel=4)


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
        return Store(_file(Path(asked).expanduser()))
    try:
        return Store(default_path())
    except (StoreError, RuntimeError) as error:     # RuntimeError: no home directory
        told = _("{problem} Finished runs are kept until this command ends, not longer.").format(problem=error)
        warnings.warn(told, stacklevel=2)
        return Store(None)


def default_path() -> Path:
    """Where finished runs are kept unless told otherwise: the platform's cache folder (缓存目录).

    Examples
    --------
    >>> default_path().name
    'runs.sqlite'
    """
    if sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Caches"
    else:
        named = Path(os.environ.get("XDG_CACHE_HOME") or "")
        folder = named if named.is_absolute() else Path.home() / ".cache"
    return folder / "nine-dragons" / "runs.sqlite"


@cache
def model_hash(package: Path | None = None) -> str:
    """Hash of the sources that decide outcomes (模型源码指纹): an edited rule makes all kept runs miss, an edited chart none.

    Parameters
    ----------
    package : Path or None
        Folder of the package; None for this one.

    Examples
    --------
    >>> len(model_hash())
    64
    """
    package = package or Path(__file__).parent
    found = hashlib.sha256()
    for path in sorted(package.rglob("*"), key=lambda path: path.relative_to(package).as_posix()):
        inside = path.relative_to(package)
        if path.suffix not in (".py", ".csv", ".json") or inside.parts[0].removesuffix(".py") in NOT_MODEL:
            continue
        name, source = inside.as_posix(), path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{name} {len(source)}\n".encode() + source)
    return found.hexdigest()


def _connect(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=PATIENCE)
    try:
        with closing(database.execute("PRAGMA user_version")) as answer:
            version = answer.fetchone()[0]
        if version > FORMAT:
            raise StoreError(_("The store of finished runs {path} was written by a newer version of this program. "
                               "Update, or name another file in {variable}.").format(path=path, variable=ENVIRONMENT))
        database.execute("PRAGMA journal_mode = WAL").close()
        database.execute("PRAGMA synchronous = FULL").close()
        if version < FORMAT:
            with database:
                database.execute(LAYOUT)
                database.execute(f"PRAGMA user_version = {FORMAT}")
        database.execute("SELECT scenario, digest FROM runs LIMIT 1").close()
    except BaseException:
        database.close()
        raise
    return database


def _cells(key: Key) -> tuple[str, str, int, str]:
    return key.scenario, str(key.seed), key.replication, key.model      # a seed may exceed SQLite's 63 bits


def _file(place: Path) -> Path:
    return place / "runs.sqlite" if place.is_dir() or not place.suffix else place


def _damaged(error: sqlite3.Error) -> bool:
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in DAMAGED


def _unusable(path: Path, error: Exception) -> str:
    return _("The store of finished runs {path} cannot be used ({reason}). Name another file in {variable}.").format(
        path=path, reason=getattr(error, "strerror", None) or error, variable=ENVIRONMENT)
