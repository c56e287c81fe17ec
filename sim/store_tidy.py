"""What is kept in a store, how large it is, and how it is made smaller (结果库整理)."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sim.i18n import _
from sim.store_file import StoreError, is_damaged, unusable

__all__ = ["Entry", "Pruned", "Size", "entries", "prune", "size", "vacuum"]

SHORTEST = 4            # hex digits that may stand for a scenario's hash
HURRY = 2_000           # ms that a vacuum waits for other commands

CHOSEN = """(:name IS NULL OR name = :name OR substr(scenario, 1, length(:digits)) = :digits)
    AND (NOT :stale OR model <> :model) AND (:before IS NULL OR finished < :before)"""


class Entry(NamedTuple):
    """The replications of one scenario, seed and model that are kept (一组结果).

    Attributes
    ----------
    name : str
        The scenario's name; that of the newest where equal scenarios had several.
    scenario : str
        Hash of its content.
    seed : int
    replications, first, last : int
        How many, and the lowest and highest number, from 0.
    model : str
        Hash of the model's sources.
    current : bool
        Whether these are the sources of this program; others are never read again by it.
    engines : tuple of str
        Engines that ran them, "simpy" or "compiled".
    size : int
        Of the outcomes, bytes.
    seconds : float
        Computing time of all of them, s.
    finished : str
        When the newest was finished, ISO 8601, UTC.
    """

    name: str
    scenario: str
    seed: int
    replications: int
    first: int
    last: int
    model: str
    current: bool
    engines: tuple[str, ...]
    size: int
    seconds: float
    finished: str


class Size(NamedTuple):
    """How much is kept (大小).

    Attributes
    ----------
    runs, stale : int
        Replications, and how many of them are of other versions of the model.
    outcomes : int
        Bytes of their outcomes.
    file, free : int
        Bytes on disk, and how many of them a vacuum would give back.
    """

    runs: int
    stale: int
    outcomes: int
    file: int
    free: int


class Pruned(NamedTuple):
    """What was removed, or would be: replications, and bytes of their outcomes."""

    runs: int
    size: int


def entries(database: sqlite3.Connection, model: str, scenario: str | None = None) -> list[Entry]:
    """What is kept, newest first; all, or that of a scenario's name or hash."""
    rows = database.execute(f"""
        SELECT name, scenario, seed, count(*), min(replication), max(replication), model, group_concat(DISTINCT engine),
            sum(length(outcome)), sum(seconds), max(finished)
        FROM runs WHERE {CHOSEN} GROUP BY scenario, seed, model
        ORDER BY max(finished) DESC, name, scenario, CAST(seed AS INTEGER)""", _chosen(model, scenario)).fetchall()    # noqa: S608
    return [Entry(name, kept, int(seed), number, first, last, made_by, made_by == model, tuple(sorted(engines.split(","))), length,
                  seconds, finished)
            for name, kept, seed, number, first, last, made_by, engines, length, seconds, finished in rows]


def size(database: sqlite3.Connection, path: Path | None, model: str) -> Size:
    """How much is kept; of a store in memory nothing is on disk."""
    runs, stale, outcomes = database.execute(
        "SELECT count(*), count(CASE WHEN model <> ? THEN 1 END), coalesce(sum(length(outcome)), 0) FROM runs", (model,)).fetchone()
    page, unused = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "freelist_count"))
    parts = [] if path is None else [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")]
    return Size(runs, stale, outcomes, sum(part.stat().st_size for part in parts if part.exists()), page * unused)


def prune(database: sqlite3.Connection, model: str, *, stale: bool, older_than: timedelta | None, scenario: str | None,
          everything: bool, dry_run: bool) -> Pruned:
    """Remove what fits all conditions, or only count it."""
    if not (stale or older_than is not None or scenario or everything):
        raise ValueError("say what is to be removed: stale, older_than, scenario or everything")
    values = _chosen(model, scenario, stale, older_than)
    with database:
        database.execute("BEGIN" if dry_run else "BEGIN IMMEDIATE")
        found = Pruned(*database.execute(f"SELECT count(*), coalesce(sum(length(outcome)), 0) FROM runs WHERE {CHOSEN}",   # noqa: S608
                                         values).fetchone())
        if not dry_run:
            database.execute(f"DELETE FROM runs WHERE {CHOSEN}", values)      # noqa: S608
    return found


def vacuum(database: sqlite3.Connection, path: Path | None, model: str) -> int:
    """Give unused room back to the disk; how many bytes.

    Raises
    ------
    StoreError
        Another command is using the file, or the disk has no room for the copy that this takes.
    """
    if path is None:
        return 0
    before, patience = size(database, path, model).file, database.execute("PRAGMA busy_timeout").fetchone()[0]
    try:
        database.execute(f"PRAGMA busy_timeout = {HURRY}").close()
        database.execute("VACUUM").close()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    except sqlite3.Error as error:
        if is_damaged(error):
            raise StoreError(unusable(path, error)) from error
        raise StoreError(_("The store of finished runs {path} cannot be made smaller now ({reason}): another command may be using "
                           "it, or the disk is too full for the copy. Nothing is lost; try again later.").format(
                               path=path, reason=error)) from error
    finally:
        database.execute(f"PRAGMA busy_timeout = {patience}").close()
    return max(0, before - size(database, path, model).file)


def _chosen(model: str, scenario: str | None, stale: bool = False, older_than: timedelta | None = None) -> dict[str, object]:
    """What `CHOSEN` asks for."""
    digits = scenario.lower() if scenario and len(scenario) >= SHORTEST and not set(scenario.lower()) - set("0123456789abcdef") else "-"
    before = None if older_than is None else (datetime.now(UTC) - older_than).isoformat(timespec="seconds")
    return {"name": scenario or None, "digits": digits, "model": model, "stale": stale, "before": before}
