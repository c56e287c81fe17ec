"""What charts of single events share: a replication with all its events, the same issue on several sides, one pool's rows."""

from __future__ import annotations

import datetime
from typing import NamedTuple

import numpy as np

from sim.i18n import LANGUAGES, _, language
from sim.tables import PoolKind, Tables
from sim.timeline import Event, Timeline

__all__ = ["Run", "busiest_day", "busiest_pool", "date_of", "day_number", "eventful", "pool_named", "pool_names", "pool_title",
           "rows_of_pool", "twin"]

_QUEUE = (Event.JOINED, Event.STARTED, Event.SUSPENDED, Event.ENDED, Event.HUNG_UP, Event.LIFTED, Event.SECONDED)


class Run(NamedTuple):
    """One replication of one organisation with every event.

    Attributes
    ----------
    name : str
        As the results call the organisation.
    timeline : Timeline
    tables : Tables
    """

    name: str
    timeline: Timeline
    tables: Tables


def twin(issue: int, first: Timeline, other: Timeline) -> int | None:
    """Number of the same issue (same stream, place, second and luck) in another timeline; None where it did not arise there.

    Examples
    --------
    >>> one = Timeline.of([], [0, 0], [3, 4], [5, 6], [11, 12], end=9)
    >>> two = Timeline.of([], [0], [4], [6], [12], end=9)
    >>> twin(1, one, two), twin(0, one, two)
    (0, None)
    """
    alike = np.flatnonzero((other.issue_subject == first.issue_subject[issue]) & (other.issue_stream == first.issue_stream[issue])
                           & (other.issue_grid == first.issue_grid[issue]) & (other.issue_time == first.issue_time[issue]))
    return int(alike[0]) if len(alike) else None


def eventful(run: Run) -> int | None:
    """The issue of the measured interval that most happened to, consultations left out; None where there is none.

    Parameters
    ----------
    run : Run
    """
    line, tables = run.timeline, run.tables
    issues = line.column("issue")
    rows = np.bincount(issues[issues >= 0], minlength=len(line.issue_time))
    low, high = tables.warm_up, tables.warm_up + tables.horizon
    wanted = (line.issue_time >= low) & (line.issue_time < high)
    if tables.city is not None:
        wanted &= line.issue_stream < len(tables.city.category)
    return int(np.where(wanted, rows, -1).argmax()) if wanted.any() else None


def pool_names(tables: Tables) -> list[str]:
    """Keys of all pools, in their order."""
    return list(tables.pools.key)


def pool_named(tables: Tables, said: str) -> int | None:
    """Place of a pool, by its key or its title in any language; None where there is none of that name."""
    pools = tables.pools
    if said in pools.key:
        return pools.key.index(said)
    for lang in LANGUAGES:
        titles = [title.get(lang) for title in pools.title]
        if titles.count(said) == 1:
            return titles.index(said)
    return None


def pool_title(tables: Tables, place: int) -> str:
    """Title of a pool in the language in use; of a desk that is called as another pool is, "... desk"."""
    pools = tables.pools
    titles = [one.get(language()) or key for one, key in zip(pools.title, pools.key, strict=True)]
    alike = pools.kind[place] == PoolKind.DESK and titles.count(titles[place]) > 1
    return _("{title} desk").format(title=titles[place]) if alike else titles[place]


def rows_of_pool(run: Run, place: int, until: int) -> Timeline:
    """A timeline of what happened in one pool's queue up to a second, and of all tickets that were closed by then."""
    line = run.timeline
    kind, time = line.column("kind"), line.column("time")
    chosen = (np.isin(kind, _QUEUE) & (line.column("place") == place)) | (kind == Event.CLOSED)
    rows = np.stack([line.column(name)[chosen & (time < until)] for name in
                     ("time", "kind", "issue", "ticket", "place", "member", "value")], axis=1)
    return Timeline.of(rows, line.issue_stream, line.issue_grid, line.issue_time, line.issue_subject, end=until)


def date_of(tables: Tables, second: int) -> datetime.date:
    """The date of a second of the run."""
    return datetime.date.fromordinal(tables.start_ordinal + second // 86400)


def day_number(tables: Tables, said: str) -> int | None:
    """Day of the run, from 0, of a date ("2025-03-04") or of a number of the measured interval ("1" is its first day).

    None where it is neither, or lies outside the run.
    """
    if said.isdigit():
        day = tables.warm_up // 86400 + int(said) - 1
    else:
        try:
            day = datetime.date.fromisoformat(said).toordinal() - tables.start_ordinal
        except ValueError:
            return None
    return day if 0 <= day < -(-tables.end // 86400) else None


def busiest_pool(run: Run, known: list[str]) -> str:
    """Key of the one of these pools whose queue was joined most often."""
    line, keys = run.timeline, run.tables.pools.key
    counts = np.bincount(line.column("place")[line.column("kind") == Event.JOINED], minlength=len(keys))
    return max(known, key=lambda key: int(counts[keys.index(key)]))


def busiest_day(run: Run, place: int) -> int:
    """The measured day on which most jobs joined a pool's queue (day of the run, from 0)."""
    line, tables = run.timeline, run.tables
    joined = (line.column("kind") == Event.JOINED) & (line.column("place") == place)
    days = line.column("time")[joined] // 86400
    first, last = tables.warm_up // 86400, max(tables.warm_up // 86400 + 1, (tables.warm_up + tables.horizon) // 86400)
    counts = np.bincount(days[(days >= first) & (days < last)] - first, minlength=1)
    return first + int(counts.argmax())
