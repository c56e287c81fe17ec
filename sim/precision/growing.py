"""Add replications: until they are precise enough, or to a finished result (追加重复仿真)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sim import statistics
from sim.i18n import _
from sim.outcome import Outcome
from sim.precision.rule import LEAST, LOOK_AHEAD, MOST, Judge, Judgement
from sim.precision.targets import Target, value_of
from sim.results import Comparison, Result
from sim.sources import model_hash
from sim.store import Key, Record, RunError

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.workers import Task

__all__ = ["Growing", "Runs", "extend", "extend_until", "until_precise"]

Finished = Callable[["Task", Record], "Iterable[Task] | None"]


class Runs(Protocol):
    """Who runs tasks and keeps what they bring: a session."""

    def task(self, scenario: Scenario, replication: int, name: str | None = None) -> Task:
        """One replication of a scenario."""

    def run(self, tasks: Iterable[Task], finished: Finished | None = None) -> dict[Key, Record]:
        """Run tasks, and those that `finished` asks for when one is finished."""

    def result(self, name: str, scenario: Scenario, records: Sequence[Record]) -> Result:
        """The result of the first replications of one scenario."""


def until_precise(session: Runs, sides: Mapping[str, Scenario], targets: Sequence[Target], *, least: int = LEAST,
                  look_ahead: int = LOOK_AHEAD, most: int = MOST, level: float = statistics.LEVEL,
                  told: Callable[[Judgement], None] = lambda judgement: None) -> tuple[Result | Comparison, Judgement]:
    """Run replications until every target is met (按精度追加重复仿真).

    Parameters
    ----------
    session : Session
        Who runs them.
    sides : mapping of str to Scenario
        By name; the first is the base.  All get the same number of replications.
    targets : sequence of Target
        From `read_targets`.
    least, look_ahead, most : int
        See `Judge`.
    level : float, in (0, 1)
        Confidence level.
    told : callable
        Told after each replication that could be judged, for the progress: `Judgement.worst`.

    Returns
    -------
    result : Result or Comparison
        Of the replications that were judged, whatever else was finished meanwhile.
    judgement : Judgement
        Whether it is reached, and the table of half-widths.
    """
    judge = Judge(targets, tuple(sides), least=least, look_ahead=look_ahead, most=most, level=level)
    growing = Growing(session, sides, judge, told)
    judgement = growing.run()
    results = [session.result(name, scenario, [growing.held[place, number] for number in range(judgement.n)])
               for place, (name, scenario) in enumerate(sides.items())]
    return results[0] if len(results) == 1 else Comparison(results), judgement


class Growing:
    """Runs ever more replications of some scenarios, until a judge has enough (按精度追加).

    Parameters
    ----------
    session, sides, told
        As for `until_precise`.
    judge : Judge
        Of the same scenarios, in the same order.
    hold : callable
        What to hold of a record; by default all of it.

    Attributes
    ----------
    held : dict
        By place of the scenario and number of the replication; more than were judged, perhaps.
    """

    def __init__(self, session: Runs, sides: Mapping[str, Scenario], judge: Judge,
                 told: Callable[[Judgement], None] = lambda judgement: None,
                 hold: Callable[[Record], Any] = lambda record: record) -> None:
        self.session, self.sides, self.judge, self.told, self.hold = session, sides, judge, told, hold
        self.judgement: Judgement | None = None
        self.asked = 0
        self.held: dict[tuple[int, int], Any] = {}
        self._who: dict[Key, list[tuple[int, int]]] = {}
        self._values: dict[tuple[int, int], list[float]] = {}
        self._whole = 0         # so many replications are there, without a gap and on every side

    def run(self) -> Judgement:
        """Run them; what was found."""
        self.session.run(self.ask(self.judge.first), self.finished)
        if self.judgement is None or not self.judgement.done:
            raise RunError(_("Some replications came back without a result; start the same command again."))
        return self.judgement

    def ask(self, number: int) -> list[Task]:
        """Tasks that are missing for so many replications of each side."""
        tasks = []
        for replication in range(self.asked, number):
            for place, (name, scenario) in enumerate(self.sides.items()):
                task = self.session.task(scenario, replication, name)
                self._who.setdefault(task.key, []).append((place, replication))
                tasks.append(task)
        self.asked = max(self.asked, number)
        return tasks

    def finished(self, task: Task, record: Record) -> list[Task]:
        """Take in what came back; what shall be run as well."""
        outcome = Outcome.from_bytes(record.outcome)
        values = [value_of(outcome, measure, group) for measure, group in self.judge.wanted]
        kept = self.hold(record)
        for who in self._who[task.key]:
            self.held[who], self._values[who] = kept, values
        before = self._whole
        while all((place, self._whole) in self.held for place in range(len(self.sides))):
            self._whole += 1
        if self._whole == before or (self.judgement is not None and self.judgement.done):
            return []
        self.judgement = self.judge.judge(self._table())
        self.told(self.judgement)
        return self.ask(self.judgement.ask)

    def _table(self) -> dict[tuple[str, str], np.ndarray]:
        held = np.array([[self._values[place, number] for number in range(self._whole)] for place in range(len(self.sides))])
        return {wanted: held[..., column] for column, wanted in enumerate(self.judge.wanted)}


def extend_until(session: Runs, result: Result | Comparison, targets: Sequence[Target], *, most: int = MOST,
                 told: Callable[[Judgement], None] = lambda judgement: None) -> tuple[Any, Judgement]:
    """Add replications to a finished result until every target is met (按精度追加).

    Parameters
    ----------
    session, result
        As for `extend`.
    targets, most, told
        As for `until_precise`; the replications that are there are the fewest.

    Returns
    -------
    result : Result or Comparison
        As was given, with the replications that were judged.
    judgement : Judgement
    """
    there = len(result.results[0].records)
    least = max(LEAST, there)
    judge = Judge(targets, [side.name for side in result.results], least=least, most=max(least, most))
    grown, number = result, judge.first
    while True:
        grown = extend(session, grown, number)
        judgement = judge.judge({wanted: [[value_of(outcome, *wanted) for outcome in side.outcomes] for side in grown.results]
                                 for wanted in judge.wanted})
        told(judgement)
        if judgement.done:
            sides = [session.result(side.name, side.scenario, side.records[:judgement.n]) for side in grown.results]
            return (Comparison(sides) if isinstance(result, Comparison) else sides[0]), judgement
        number = judgement.ask


def extend(session: Runs, result: Result | Comparison, replications: int) -> Any:
    """Add replications to a finished result (追加重复仿真次数).

    What it holds is not run again, even where no store kept it; the new replications go on from its last one, so that the whole is
    what one run of so many would have been.

    Parameters
    ----------
    session : Session
        With the seed of the result.
    result : Result or Comparison
        Not changed.
    replications : int
        How many there shall be in all, at least as many as there are.

    Returns
    -------
    Result or Comparison
        As was given.

    Raises
    ------
    ValueError
        Fewer than there are already.
    RunError
        The model was changed since the result was made: its replications and new ones do not belong together.
    """
    old = result.results
    there = len(old[0].records)
    if not isinstance(replications, int) or isinstance(replications, bool) or replications < there:
        raise ValueError(f"replications is {replications!r}, and must be a whole number from {there} up: as many are there already")
    if any(side.facts.model != model_hash() for side in old):
        raise RunError(_("The program's model was changed since this result was made, so no replications can be added to it. "
                         "Run it again from the beginning."))
    tasks = {(side.name, number): session.task(side.scenario, number, side.name)
             for number in range(there, replications) for side in old}
    if any(task.key.seed != old[0].facts.seed for task in tasks.values()):
        raise ValueError(f"the session's seed differs from that of the result, {old[0].facts.seed}")
    found = session.run(tasks.values())
    grown = [session.result(side.name, side.scenario,
                            [*side.records, *(found[tasks[side.name, number].key] for number in range(there, replications))])
             for side in old]
    return Comparison(grown) if isinstance(result, Comparison) else grown[0]
