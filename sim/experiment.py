"""Run a scenario, or several side by side, over replications and processes (仿真试验).

A replication's outcome is a function of the scenario, the seed and its number alone, so the number of processes, the way they are
started and the order of the scenarios change no bit of it.  Replications of the sides of a comparison alternate, so that pairs
finish together.  Each is kept in the store the moment it is finished; one that is there already is not run again.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import progress as _progress
from sim.city import places
from sim.engines import EngineMissing
from sim.precision import LEAST, MOST, Judgement, extend_until, read_targets, until_precise
from sim.precision import extend as _extended
from sim.results import Comparison, Result
from sim.session import Interrupted, Session, loaded, whole
from sim.store import RunError, Store
from sim.story import check, story
from sim.workers import WorkerLost, default_jobs

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.warmup import WarmUp

__all__ = ["EngineMissing", "Interrupted", "RunError", "WorkerLost", "compare", "default_jobs", "distinct",
           "extend", "run", "titles_of", "trace", "warm_up"]


@dataclass(frozen=True)
class _How:
    """How to run, as the user said it."""

    replications: int | None
    seed: int | None
    jobs: int | None
    engine: str
    store: Store | Path | str | None
    fresh: bool
    executor: Executor | None
    progress: _progress.Progress | bool | None
    timeline_dir: Path | str | None
    precision: str | Sequence[str] = ()
    at_most: int = MOST


def run(scenario: Scenario | str | Path, *, replications: int | None = None, seed: int | None = None, jobs: int | None = None,
        engine: str = "auto", store: Store | Path | str | None = None, fresh: bool = False, executor: Executor | None = None,
        progress: _progress.Progress | bool | None = None, timeline_dir: Path | str | None = None,
        precision: str | Sequence[str] = (), at_most: int = MOST) -> Result:
    """Run one scenario (运行).

    Parameters
    ----------
    scenario : Scenario or path
        What to run.
    replications : int, ≥ 1, optional
        How many; by default what the scenario says.
    seed : int, ≥ 0, optional
        Seed of all luck; by default what the scenario says.
    jobs : int, ≥ 1, optional
        Replications at a time; by default one for each core.  1 runs in this thread.
    engine : str
        "simpy", "compiled" (needs the extra `fast`), or "auto": the one expected to be done first.  No result depends on it.
    store, fresh
        Where finished replications are kept: a file, a folder, or ":memory:"; by default as `sim.store.open_store` says.  `fresh` runs
        every replication again, whatever is kept.
    executor : concurrent.futures.Executor, optional
        Who does the work in place of processes or threads started here; it is not shut down.
    progress : Progress or bool, optional
        Who is told; True shows it on the terminal.
    timeline_dir : path, optional
        Folder for every event of the first replication as CSV, one file a scenario.  That replication is always run again, for
        finished ones are kept as counts.
    precision, at_most
        Half-widths to reach, such as "time_to_resolution_mean=2%" (`sim.precision.read_targets`): from `replications` on, more are
        added until all are reached or there are `at_most`, 3 or more; `.precision` of the result says how it went.

    Returns
    -------
    Result
        Its tables are pandas DataFrames: `.measures`, `.summary`, `.daily`.

    Raises
    ------
    ScenarioError
        The scenario has faults.
    StoreError
        The store that was asked for cannot be used.
    EngineMissing
        The compiled engine was asked for and cannot be had.
    WorkerLost
        A process ended without an answer, most often for want of memory.
    Interrupted
        Ctrl-C; what is finished is kept, and the same call continues.

    Examples
    --------
    >>> from sim import load, run
    >>> queue = load("theory/mm1", ["run.warm_up=1 day", "run.horizon=7 days", "run.run_out=1 day"])
    >>> result = run(queue, replications=2, jobs=1, store=":memory:")
    >>> result.measures.columns.tolist()
    ['scenario', 'replication', 'measure', 'group', 'value', 'unit']
    """
    how = _How(replications, seed, jobs, engine, store, fresh, executor, progress, timeline_dir, precision, at_most)
    return _experiment([scenario], how)[0]


def compare(scenarios: Sequence[Scenario | str | Path], *, replications: int | None = None, seed: int | None = None,
            jobs: int | None = None, engine: str = "auto", store: Store | Path | str | None = None, fresh: bool = False,
            executor: Executor | None = None, progress: _progress.Progress | bool | None = None,
            timeline_dir: Path | str | None = None, precision: str | Sequence[str] = (), at_most: int = MOST) -> Comparison:
    """Run two or more scenarios on the same luck and compare all others with the first (对比).

    The parameters behind `scenarios` are those of `run`; the seed and the number of replications are by default those of the
    first scenario.

    Parameters
    ----------
    scenarios : sequence of Scenario or path, two or more
        The first is the base.

    Returns
    -------
    Comparison
        `.verdicts` has a row a measure; `.differences` also those by category, place and pool.

    Raises
    ------
    ValueError
        Fewer than two scenarios.

    Examples
    --------
    >>> compare(["scenarios/small/integrated.yaml"])
    Traceback (most recent call last):
    ValueError: a comparison needs at least two scenarios, not 1
    """
    if len(scenarios) < 2:
        raise ValueError(f"a comparison needs at least two scenarios, not {len(scenarios)}")
    how = _How(replications, seed, jobs, engine, store, fresh, executor, progress, timeline_dir, precision, at_most)
    return Comparison(_experiment(scenarios, how))


def extend(result: Result | Comparison, replications: int | None = None, *, jobs: int | None = None, engine: str = "auto",
           store: Store | Path | str | None = None, executor: Executor | None = None,
           progress: _progress.Progress | bool | None = None, precision: str | Sequence[str] = (), at_most: int = MOST) -> Any:
    """Add replications to a finished result (追加重复仿真次数); see `sim.precision.extend`.

    The parameters behind `replications`, how many there shall be in all, are those of `run`.  With a precision there are as many as
    it takes, at least those that are there.

    Examples
    --------
    >>> from sim import load, run
    >>> queue = load("theory/mm1", ["run.warm_up=1 day", "run.horizon=7 days", "run.run_out=1 day"])
    >>> len(extend(run(queue, replications=1, jobs=1, store=":memory:"), 3, jobs=1, store=":memory:").records)
    3
    """
    targets = read_targets(precision, [side.name for side in result.results], _kind(result.results[0].scenario)) if precision else ()
    with Session(seed=result.facts.seed, jobs=jobs, engine=engine, store=store, executor=executor, progress=progress) as session:
        if not targets:
            return _extended(session, result, replications)     # type: ignore[arg-type]
        grown = result if replications is None else _extended(session, result, replications)
        found, judgement = extend_until(session, grown, targets, most=at_most, told=lambda judgement: _aim(session, judgement))
    sides = [replace(side, precision=judgement) for side in found.results]
    return Comparison(sides) if isinstance(found, Comparison) else sides[0]


def warm_up(scenarios: Sequence[Scenario | str | Path], *, replications: int = 10, seed: int | None = None,
            jobs: int | None = None, engine: str = "auto", store: Store | Path | str | None = None, fresh: bool = False,
            executor: Executor | None = None, progress: _progress.Progress | bool | None = None,
            precision: str | Sequence[str] = (), at_most: int = MOST) -> WarmUp:
    """Say whether the warm-up of scenarios is long enough (预热期); see `sim.warmup`.

    The parameters behind `scenarios` are those of `run`; a precision is one of the runs that are averaged.

    Examples
    --------
    >>> from sim import load
    >>> queue = load("theory/mm1", ["run.warm_up=5 days", "run.horizon=45 days"])
    >>> warm_up([queue], replications=3, jobs=1, store=":memory:").verdicts["verdict"].tolist()
    ['long enough']
    """
    from sim.warmup import warm_up as judged  # who asks something else need not wait until it is loaded

    sides = [loaded(scenario) for scenario in scenarios]
    with Session(seed=whole("seed", seed, sides[0].run.seed, 0), jobs=jobs, engine=engine, store=store, fresh=fresh,
                 executor=executor, progress=progress) as session:
        named = dict(zip(distinct([side.name for side in sides]), sides, strict=True))
        targets = read_targets(precision, list(named), _kind(sides[0])) if precision else ()
        return judged(session, named, whole("replications", replications, 10, 1), targets, at_most,
                      lambda judgement: _aim(session, judgement))


def trace(scenario: Scenario | str | Path, issues: int | Sequence[int], *, replication: int = 0, seed: int | None = None,
          engine: str = "auto", progress: _progress.Progress | bool | None = None) -> list[str]:
    """The life of one issue or of several, as a story in the language in use (单件追踪).

    The replication is run again, whatever is kept, for finished ones are kept as counts.

    Parameters
    ----------
    scenario, seed, engine, progress
        As in `run`; the stories are the same from either engine.
    issues : int or sequence of int, ≥ 0
        Numbers of issues, or of customers of a bare system, as `--timeline` shows them.
    replication : int, ≥ 0
        Number of the replication, as the tables of results count them.

    Returns
    -------
    list of str
        A story each.

    Raises
    ------
    UnknownIssue
        No issue has such a number; the message says which there are.

    Examples
    --------
    >>> print(trace("theory/mm1", 0)[0].splitlines()[0])
    Customer 0, ticket
    """
    side = loaded(scenario)
    whole("replication", replication, 0, 0)
    asked = [issues] if isinstance(issues, int) else list(issues)
    with Session(seed=whole("seed", seed, side.run.seed, 0), jobs=1, engine=engine, store=":memory:", progress=progress) as session:
        number = session.arrivals(side, replication)
        for issue in asked:     # before a city is simulated for a year, for nothing
            check(issue, number)
        timeline, tables = session.timeline(side, replication)
    titles = titles_of(side)
    return [story(timeline, tables, issue, titles=titles) for issue in asked]


def titles_of(scenario: Scenario) -> dict[str, str]:
    """How categories, departments and places are called in the language in use, by the names that the tables have.

    Examples
    --------
    >>> from sim import load
    >>> titles_of(load("theory/mm1"))
    {}
    """
    if scenario.city is None:
        return {}
    where = places(scenario.city)
    named = {title.en: title.text() for title in (*where.street, *where.community, *where.grid)}
    blocks: tuple[tuple[str, Any], ...] = (*scenario.issues.categories.items(), *scenario.departments.items())
    return named | {key: block.title.text() for key, block in blocks}


def _experiment(scenarios: Sequence[Scenario | str | Path], how: _How) -> list[Result]:
    sides = [loaded(scenario) for scenario in scenarios]
    replications = whole("replications", how.replications, sides[0].run.replications, 1)
    seed = whole("seed", how.seed, sides[0].run.seed, 0)
    names = distinct([side.name for side in sides])
    with Session(seed=seed, jobs=how.jobs, engine=how.engine, store=how.store, fresh=how.fresh, executor=how.executor,
                 progress=how.progress, timeline_dir=how.timeline_dir) as session:
        if how.precision:
            targets = read_targets(how.precision, names, _kind(sides[0]))
            found, judgement = until_precise(session, dict(zip(names, sides, strict=True)), targets,
                                             least=max(LEAST, replications), most=max(how.at_most, LEAST, replications),
                                             told=lambda judgement: _aim(session, judgement))
            return [replace(result, precision=judgement) for result in found.results]
        tasks = [session.task(side, replication, name)
                 for replication in range(replications) for side, name in zip(sides, names, strict=True)]
        done = session.run(tasks)
        return [session.result(name, side, [done[task.key] for task in tasks[index::len(sides)]])
                for index, (side, name) in enumerate(zip(sides, names, strict=True))]


def _kind(scenario: Scenario) -> str:
    return "city" if scenario.bare is None else "bare"


def _aim(session: Session, judgement: Judgement) -> None:
    session.told.aim = "" if judgement.done else judgement.worst


def distinct(names: Sequence[str]) -> list[str]:
    """Names that differ: the second of the same name gets a 2, and so on.

    Examples
    --------
    >>> distinct(["town", "city", "town"])
    ['town', 'city', 'town_2']
    """
    found: list[str] = []
    for name in names:
        number, said = 1, name
        while said in found:
            number += 1
            said = f"{name}_{number}"
        found.append(said)
    return found
