"""Reform 改革: one organisation gives way to another in the middle of a run, so that the way there can be planned.

From a day on the district's own desks and reviews follow the new organisation, and its streets take it over, all at once or one after
another.  What happens to an issue follows the rules that its street has at that moment.  Nobody is hired or let go: whoever leaves a pool
that is no more, or smaller, begins in another in the same second, or as soon as the job in hand is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, Date, Duration, Fault, ScenarioError
from sim.city import places
from sim.compiling import inlined
from sim.i18n import _
from sim.organisation import Organisation
from sim.units import DAY

__all__ = ["Reform", "TrainingDip", "asked_so_far", "clock_left", "faults", "first_day", "of_after", "run_in", "slowed", "street_days",
           "unchanged"]

_MAY_DIFFER = ("organisation", "reform", "run")


class TrainingDip(Block):
    """Training dip 磨合期: at first everything takes longer under new rules."""

    share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the usual speed that is lost on the first day, 0 to less than 1: with 0.2 everything takes 1.25 times as long.  Assumption:
    0.1 to 0.3."""
    days: Duration = 5_184_000.0
    """Time in which it fades to nothing, in a straight line, from the day on which the street has changed.  Assumption: 60 days."""


class Reform(Block):
    """Reform 改革: another organisation from a day on; the city, its issues, heads and pay stay."""

    to: str | None = None
    """File of a scenario whose organisation is the one after, from the folder of this file; nothing but the organisation may differ."""
    organisation: Organisation | None = None
    """The organisation after, written out; what stands here goes before the file."""
    date: Date | None = None
    """The day on whose midnight it begins."""
    day: Annotated[int, Field(ge=0, le=36_600)] | None = None
    """The same as a day of the run, counted from 0; either this or `date`."""
    phase_in: Duration = 0.0
    """Time from the first street to the last, s: streets change one after another, in the order of the city and as evenly as midnights
    allow; 0 all at once.  The district's own desks change on the first day."""
    hand_over: Duration = 86_400.0
    """Time in which a ticket that waited at a desk or with a team that is no more is handed over to whoever is in charge now, s.  Assumption:
    a working day.  Whoever is on the line is put through at once."""
    take_up_lost: bool = True
    """Whether what the old ledgers have lost is looked through and seen after the new ledger's recovery time, where that is shared;
    otherwise it lies until somebody asks again."""
    training_dip: TrainingDip = TrainingDip()
    """What the change itself costs at first."""


def first_day(reform: Reform, run: Any) -> int:
    """The day of the run on which a reform begins, from 0.

    Examples
    --------
    >>> from sim.scenario import RunSettings
    >>> first_day(Reform(date="2025-02-01"), RunSettings(start="2025-01-01")), first_day(Reform(day=7), RunSettings())
    (31, 7)
    """
    return reform.day if reform.day is not None else (reform.date - run.start).days if reform.date is not None else 0


def street_days(first: int, phase_in: float, streets: int) -> list[int]:
    """The day on which each street changes: the first one on the first day, the last one when the phase-in is over.

    Parameters
    ----------
    first : int
        First day of the reform, from 0.
    phase_in : float
        Time from the first street to the last, s.
    streets : int

    Examples
    --------
    >>> street_days(10, 86400.0 * 5, 3), street_days(10, 0.0, 2), street_days(10, 86400.0, 1)
    ([10, 12, 15], [10, 10], [10])
    """
    return [first + int(phase_in * street / max(streets - 1, 1) / DAY) for street in range(streets)]


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the reform of a scenario: (path, value, rule, candidates)."""
    reform: Reform | None = scenario.reform
    if reform is None or scenario.city is None:
        return
    after = reform.organisation
    if after is None:
        yield ("reform.to", reform.to, _("name the file with the organisation after the reform") if reform.to is None else
               _("a file is named in a scenario file only; elsewhere write reform.organisation out"), ())
        return
    if (reform.date is None) == (reform.day is None):
        yield "reform.date", None if reform.date is None else reform.date.isoformat(), _("give the first day, as `date` or as `day`"), ()
        return
    run = scenario.run
    days = int((run.warm_up + run.horizon + run.run_out) // DAY)
    first, at = first_day(reform, run), "reform.day" if reform.date is None else "reform.date"
    if not 0 <= first < days:
        yield at, first if reform.date is None else reform.date.isoformat(), _(
            "the reform must begin within the run, which has {days} days from {first}").format(days=days, first=run.start), ()
    elif first + int(reform.phase_in / DAY) >= days and reform.phase_in:
        yield "reform.phase_in", f"{reform.phase_in / DAY:g} days", _("the last street must change within the run of {days} days").format(
            days=days), ()
    for side, path in ((scenario.organisation, "organisation"), (after, "reform.organisation")):
        if side.emergencies.on:
            yield f"{path}.emergencies.on", True, _("emergencies cannot be declared in a run with a reform: switch them off on both sides"), ()
    if after.queue_order != scenario.organisation.queue_order:
        yield "reform.organisation.queue_order", after.queue_order, _("a reform cannot change the order of queues: it is {order} before").format(
            order=scenario.organisation.queue_order), ()
    workers = scenario.grid_workers
    wide = any(area == "district" for area in (workers.team_area, workers.role_area)) and workers.roles
    if wide and reform.phase_in and len(places(scenario.city).street) > 1 and after.grid_workers.mode != scenario.organisation.grid_workers.mode:
        yield "reform.phase_in", f"{reform.phase_in / DAY:g} days", _(
            "grid teams of the whole district cannot change street by street: use 0, or smaller areas"), ()


def of_after(rules: Any, scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """Faults of the organisation after a reform, by the same rules as those of the one before; what that has as well is not said twice."""
    if scenario.reform is None or scenario.reform.organisation is None or scenario.city is None:
        return
    old = scenario.model_copy(update={"reform": None})
    said = {(path, rule) for path, _value, rule, _near in rules(old)}
    for path, value, rule, near in rules(old.model_copy(update={"organisation": scenario.reform.organisation})):
        if (path, rule) not in said:
            yield f"reform.{path}" if path.startswith("organisation.") else path, value, rule, near


def unchanged(scenario: Any, after: Any, at: Any) -> Any:
    """The scenario, unless its reform changes more than the organisation.

    Parameters
    ----------
    scenario, after : Scenario
        The scenario with the reform, and that of the file named for the organisation after; None where none is named.
    at : Node
        Where the reform stands.

    Raises
    ------
    ScenarioError
        With every setting that differs.
    """
    rule = _("{path} is {after} there and {before} here: only the organisation may differ")
    found = [Fault(at.file, at.line, "reform.to", None, rule.format(path=path, after=there, before=here))
             for path, there, here in (scenario.diff(after) if after is not None else ()) if path.split(".")[0] not in _MAY_DIFFER]
    if found:
        raise ScenarioError(found)
    return scenario


# --- rules ----------------------------------------------------------------------------------------------------------------

@inlined
def slowed(share: float, fades_in: float, since: int) -> float:
    """Factor on the time that something takes so long (s) after the change: a share of the speed is lost, and comes back in a straight line.

    Examples
    --------
    >>> slowed(0.2, 100.0, 0), slowed(0.5, 100.0, 50), slowed(0.2, 100.0, 100), slowed(0.0, 0.0, 0)
    (1.25, 1.3333333333333333, 1.0, 1.0)
    """
    if since >= fades_in:
        return 1.0
    return 1.0 / (1.0 - share * (1.0 - since / fades_in))


@inlined
def clock_left(left: int, before: float, after: float) -> int:
    """Patrol clock until something is found, once another team walks there: the same part of its round (member-seconds).

    Examples
    --------
    >>> clock_left(300, 600.0, 1200.0)
    600
    """
    return int(left * after / before + 0.5)


@inlined
def asked_so_far(members: int, quota: float, period: float, now: int) -> int:
    """Reports with which a team begins that takes over in the middle of a period: as many as its quota has asked for by now.

    Examples
    --------
    >>> asked_so_far(2, 10.0, 100.0, 150), asked_so_far(2, 10.0, 100.0, 100), asked_so_far(1, 1.0, 100.0, 150)
    (10, 0, 1)
    """
    asked = quota * members * (now % period) / period
    return int(asked) + (1 if asked > int(asked) else 0)


@inlined
def run_in(now: int, since: int, is_new: int) -> int:
    """Time (s) for which residents have been asked to take part: since the change where that is what began it, else since the run began.

    Examples
    --------
    >>> run_in(500, 200, 1), run_in(500, 200, 0)
    (300, 500)
    """
    return now - since if is_new else now
