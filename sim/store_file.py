"""The file in which finished replications are kept: where it is, how it is opened, what its tables look like."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing, suppress
from pathlib import Path

from sim.i18n import _

__all__ = ["ENVIRONMENT", "RunError", "StoreError", "connect", "default_path", "is_damaged", "named_file", "on_network", "unusable"]

ENVIRONMENT = "NINE_DRAGONS_STORE"
"""Environment variable that names another store: a file, or a folder for `runs.sqlite`."""

FORMAT = 3
PATIENCE = 120.0        # s to wait for another process that is writing
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

# What is listed stands before the outcome, so that a list reads no outcome.
LAYOUT = """
CREATE TABLE IF NOT EXISTS runs (
    scenario TEXT NOT NULL, seed TEXT NOT NULL, replication INTEGER NOT NULL, model TEXT NOT NULL,
    name TEXT NOT NULL, events INTEGER NOT NULL, seconds REAL NOT NULL, engine TEXT NOT NULL, finished TEXT NOT NULL,
    issues TEXT NOT NULL, digest TEXT NOT NULL, outcome BLOB NOT NULL,
    UNIQUE (scenario, seed, replication, model));
CREATE TABLE IF NOT EXISTS claims (
    scenario TEXT NOT NULL, seed TEXT NOT NULL, replication INTEGER NOT NULL, model TEXT NOT NULL,
    owner TEXT NOT NULL, expires REAL NOT NULL,
    PRIMARY KEY (scenario, seed, replication, model)) WITHOUT ROWID;
"""

NETWORKS = {"9p", "afs", "beegfs", "ceph", "cifs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "orangefs", "pvfs2", "smb3", "smbfs", "vboxsf"}
MOUNTS = Path("/proc/self/mountinfo")
REMOTE_DRIVE = 4        # of Windows' GetDriveType


class RunError(RuntimeError):
    """Something about running or keeping results that the user can mend; its text is for the user."""


class StoreError(RunError):
    """The store cannot be used."""


def connect(path: str) -> sqlite3.Connection:
    """Open a store's file, or a new one, or `:memory:`.

    On a disk of this machine it is in write-ahead mode, in which readers and a writer do not wait for each other.  That takes memory
    which its users share, so a file on another machine keeps SQLite's journal, where they do.

    Raises
    ------
    StoreError
        A newer version of the program wrote it.
    sqlite3.Error
        It cannot be used.
    """
    database = sqlite3.connect(path, timeout=PATIENCE)
    try:
        with closing(database.execute("PRAGMA user_version")) as answer:
            version = answer.fetchone()[0]
        if version > FORMAT:
            raise StoreError(_("The store of finished runs {path} was written by a newer version of this program. "
                               "Update, or name another file in {variable}.").format(path=path, variable=ENVIRONMENT))
        mode = "DELETE" if path != ":memory:" and on_network(Path(path)) else "WAL"
        database.execute(f"PRAGMA journal_mode = {mode}").close()
        database.execute("PRAGMA synchronous = FULL").close()
        if version < FORMAT:
            _renew(database)
        database.execute("SELECT scenario, digest FROM runs LIMIT 1").close()
    except BaseException:
        database.close()
        raise
    return database


def _renew(database: sqlite3.Connection) -> None:
    """Lay out a new or older file; of two processes that begin at once, the second finds it done.

    What a file of an older format holds was made by older sources, and nobody will ask for it.
    """
    with database:
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] < FORMAT:
            database.execute("DROP TABLE IF EXISTS runs")
            for table in LAYOUT.split(";")[:-1]:
                database.execute(table)
            database.execute(f"PRAGMA user_version = {FORMAT}")


def on_network(path: Path) -> bool:
    """Whether a file lies on another machine's disk, as far as can be seen (网络文件夹).

    Examples
    --------
    >>> on_network(Path(__file__)) in (True, False)
    True
    """
    with suppress(OSError, ValueError):
        folder = path.absolute().parent.resolve()
        if sys.platform == "win32":
            import ctypes

            return str(folder).startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(folder.anchor) == REMOTE_DRIVE
        return _is_network(folder, MOUNTS.read_text("utf-8", "replace"))
    return False


def _is_network(folder: Path, mounts: str) -> bool:
    """The same from Linux's table of what is mounted where; of nested places the innermost counts, of equal ones the last."""
    longest, found = -1, False
    for line in mounts.splitlines():
        place, _dash, device = line.partition(" - ")
        point = Path(place.split(" ")[4].encode().decode("unicode_escape"))     # a blank is written \040
        if folder.is_relative_to(point) and len(point.parts) >= longest:
            kind = device.split(" ")[0]
            longest, found = len(point.parts), kind in NETWORKS or kind.startswith("fuse.")
    return found


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


def named_file(place: Path) -> Path:
    """The store's file where a file or a folder is named."""
    return place / "runs.sqlite" if place.is_dir() or not place.suffix else place


def is_damaged(error: Exception) -> bool:
    """Whether the file is no database, or one that has been torn."""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in DAMAGED


def unusable(path: Path, error: Exception) -> str:
    """A sentence about a store that cannot be used."""
    return _("The store of finished runs {path} cannot be used ({reason}). Name another file in {variable}.").format(
        path=path, reason=getattr(error, "strerror", None) or error, variable=ENVIRONMENT)
