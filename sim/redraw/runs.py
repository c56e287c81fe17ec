"""Charts of a run or a comparison from its folder, and of single events."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from sim import charts
from sim.charts import events, life, pool_day
from sim.experiment import titles_of
from sim.i18n import N_, _, joined
from sim.redraw.folder import Asked, Folder, Kind, RedrawError, near
from sim.results import Comparison, Result
from sim.session import Session
from sim.sources import model_hash
from sim.story import headline

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["EVENTS", "KINDS"]

EVENTS = {
    "life": N_("The life of one issue: where it was, when it waited, when somebody worked on it (--issue)"),
    "pool": N_("One pool's day: who worked on what, and how long the queue was (--pool, --day)"),
}
"""Charts of single events, which simulate one replication again."""


def _results(folder: Folder, first_only: bool = False) -> tuple[Result, ...] | None:
    """The results as they were; with `first_only` one replication of each, or None where it is not kept."""
    with Session(seed=int(folder.manifest["seed"]), **folder.how) as session:
        number = 1 if first_only else int(folder.manifest["replications"])
        tasks = {name: [session.task(side, replication, name) for replication in range(number)]
                 for name, side in folder.scenarios.items()}
        if first_only:
            kept = [session.store.get(task[0].key) for task in tasks.values()]
            if None in kept:
                return None
            records = {task[0].key: record for task, record in zip(tasks.values(), kept, strict=True) if record is not None}
        else:
            records = session.run([tasks[name][replication] for replication in range(number) for name in tasks])
            if session.total > session.reused:
                folder.notes.append(_("{number} of {total} replications were not kept any more, and were simulated again.").format(
                    number=session.total - session.reused, total=session.total))
                if folder.manifest["program"].get("model") != model_hash():
                    folder.notes.append(_("The model was changed since this result was made: the chart may differ from its tables."))
        found = tuple(session.result(name, folder.scenarios[name], [records[task.key] for task in tasks[name]]) for name in tasks)
    return Comparison(found).results if len(found) > 1 else found


def offers(folder: Folder) -> dict[str, str]:
    """Charts of the folder by name, with what each shows."""
    found = _results(folder, first_only=True)
    empty = {name for name, frame in charts.FRAMES.items() if found is not None and not len(frame(found))}
    return {name: _(EVENTS[name]) if name in EVENTS else charts.caption(name) for name in thinkable(folder) if name not in empty}


def thinkable(folder: Folder) -> tuple[str, ...]:
    """Names of charts that such a folder may have, whatever is in it."""
    names = list(folder.scenarios)
    forests = [] if len(names) == 1 else ["forest"] if len(names) == 2 else [f"forest-{name}" for name in names[1:]]
    return (*forests, *charts.FRAMES, *EVENTS)


def draw(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    """One of them, with the table that it shows."""
    if name in EVENTS:
        return _draw_events(folder, name, asked)
    found = _results(folder)
    assert found is not None
    if not name.startswith("forest"):
        return _of(folder, found, name)
    comparison = Comparison(found)
    summary, differences = folder.table("summary"), folder.table("differences")
    for result in comparison.results:       # as the tables have them: they were made from the same replications
        result.__dict__["summary"] = summary[summary["scenario"] == result.name]
    comparison.__dict__["differences"] = differences
    return _of(folder, comparison, name)


def _of(folder: Folder, found: Comparison | tuple[Result, ...], name: str) -> tuple[Figure, pd.DataFrame]:
    try:
        return charts.drawn(found, name)
    except ValueError:
        raise RedrawError(_("The chart {name} would be empty: nothing of the kind is in {folder}.").format(
            name=name, folder=folder.place.as_posix())) from None


# --- single events ----------------------------------------------------------------------------------------------------------

def _draw_events(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    most = int(folder.manifest["replications"])
    if asked.replication >= most:
        raise RedrawError(_("There is no replication {number}: this result has {total}, from 0 to {last}.").format(
            number=asked.replication, total=most, last=most - 1))
    if name == "pool":
        _check_pool(folder, asked)
    with Session(seed=int(folder.manifest["seed"]), **folder.how) as session:
        runs = [events.Run(one, *session.timeline(side, asked.replication)) for one, side in folder.scenarios.items()]
    bases = [result.title for result in _bare_results(folder)]
    sides = charts.sides_of(dict(zip(folder.scenarios, bases, strict=True)))
    note = _("Replication {number}, seed {seed}, simulated again.").format(number=asked.replication, seed=folder.manifest["seed"])
    return (_draw_life if name == "life" else _draw_pool)(folder, runs, sides, asked, note)


def _bare_results(folder: Folder) -> tuple[Result, ...]:
    """The sides without any replication, for their titles."""
    sides = tuple(Result(name, side, (), SimpleNamespace()) for name, side in folder.scenarios.items())  # type: ignore[arg-type]
    return Comparison(sides).results if len(sides) > 1 else sides


def _draw_life(folder: Folder, runs: list[events.Run], sides: list[charts.Side], asked: Asked, note: str) -> tuple[Figure, pd.DataFrame]:
    issue = asked.issue
    if issue is None:
        issue = events.eventful(runs[0])
        if issue is None:
            raise RedrawError(_("Nothing arises in this replication."))
        note = joined([note, _("The issue to which most happened; --issue chooses another.")])
    number = len(runs[0].timeline.issue_time)
    if issue >= number:
        raise RedrawError(_("There is no number {issue}: this replication has {number}, from 0 to {last}.").format(
            issue=issue, number=f"{number:,}", last=number - 1))
    title = headline(runs[0].timeline, runs[0].tables, issue, titles_of(next(iter(folder.scenarios.values()))))
    data = life.frame(runs, issue)
    with charts.drawing():
        return life.draw(data, sides, title, note), data


def _check_pool(folder: Folder, asked: Asked) -> None:
    """Everything that is wrong with pool and day, before any time is spent."""
    tables = [side.tables() for side in folder.scenarios.values()]
    said = []
    if asked.pool is not None and all(events.pool_named(one, asked.pool) is None for one in tables):
        known = list(dict.fromkeys(name for one in tables for name in events.pool_names(one)))
        said.append(joined([_("No side has a pool {name}.").format(name=asked.pool), near(asked.pool, known)]))
    if asked.day is not None and events.day_number(tables[0], asked.day) is None:
        first, last = (events.date_of(tables[0], second) for second in (0, tables[0].end - 1))
        said.append(_("{day} is no day of this run: name a date from {first} to {last}, or the number of a measured day, from 1.").format(
            day=asked.day, first=first, last=last))
    if said:
        raise RedrawError("\n".join(said))


def _draw_pool(folder: Folder, runs: list[events.Run], sides: list[charts.Side], asked: Asked, note: str) -> tuple[Figure, pd.DataFrame]:
    pool = asked.pool
    if pool is None:
        shared = [key for key in events.pool_names(runs[0].tables) if all(key in events.pool_names(run.tables) for run in runs)]
        pool = events.busiest_pool(runs[0], shared or events.pool_names(runs[0].tables))
        note = joined([note, _("The pool whose queue was joined most; --pool chooses another.")])
    places = [events.pool_named(run.tables, pool) for run in runs]
    there = next(nth for nth, place in enumerate(places) if place is not None)
    run, place = runs[there], places[there]
    assert place is not None
    if asked.day is None:
        day = events.busiest_day(run, place)
        note = joined([note, _("The day on which most jobs came; --day chooses another.")])
    else:
        known = events.day_number(run.tables, asked.day)
        assert known is not None
        day = known
    for side, one in zip(sides, places, strict=True):
        if one is None:
            folder.notes.append(_("{title} has no pool {name}.").format(title=side.title, name=pool))
    title = _("{pool}, {date}").format(pool=events.pool_title(run.tables, place), date=events.date_of(run.tables, day * 86400))
    data = pool_day.frame(runs, places, day)
    with charts.drawing():
        return pool_day.draw(data, sides, title, note), data


KINDS = dict.fromkeys(("run", "compare"), Kind(offers, draw, thinkable))
