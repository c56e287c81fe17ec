"""Centres 指挥中心: desks of the three tiers, how long they take, and who is in charge of what.

The district has one centre, or one for each subject 九龙治水, each with its own desk and telephone lines; streets and
communities have one each.  A ledger 台账 is what a centre can see: silos see their own tickets, a shared one merges what is
reported twice and loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.base import Block, Duration, Key, PositiveDuration, Probability, Title
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["Centres", "Handling", "Ledger", "MergedCentres", "Subject", "faults", "lines", "picks_wrong_centre", "sees"]


class Handling(Block):
    """A clerk's mean time for a report by channel, s (lognormal)."""

    phone: PositiveDuration = 360.0
    """Telephone 12345: answer, record, file.  6 min at Beijing's 12345."""
    app: PositiveDuration = 240.0
    """App: read and file.  Assumption."""
    walk_in: PositiveDuration = 600.0
    """In person 来访.  Assumption."""
    terminal: PositiveDuration = 120.0
    """Reported by a grid worker's terminal, already filed.  Assumption."""


class Subject(Block):
    """A separate centre in charge of a subject 专题指挥中心."""

    title: Title
    """Name in English and Chinese."""
    share: Probability
    """Share of the clerks of the district while centres are separate, 0 to 1; the shares of all subjects add up to 1."""


class Centres(Block):
    """Centres 指挥中心."""

    handling: Handling = Handling()
    """A clerk's time for a report by channel."""
    handling_cv: Annotated[float, Field(ge=0, le=10)] = 0.6
    """Coefficient of variation of all times at a desk, 0 to 10.  Assumption."""
    consultation: PositiveDuration = 180.0
    """Mean time to answer a consultation 咨询, s.  2 to 4 min (Xinyu)."""
    forward: PositiveDuration = 180.0
    """Mean time to take over a ticket from another desk or send one again, s.  Assumption."""
    call_back: PositiveDuration = 180.0
    """Mean time of a check by telephone 回访核查, s.  Assumption."""
    subjects: dict[Key, Subject] = Field(default_factory=dict)
    """Separate centres by key; without any, there is one centre either way."""
    lines_per_clerk: Annotated[float, Field(gt=0, le=100)] = 1.5
    """Telephone lines of a district desk for each clerk of its largest shift (talking and waiting), above 0 to 100; at least
    one line."""


class MergedCentres(Block):
    """Switch: separate centres or one 九个中心并一个."""

    mode: Literal["separate", "merged"] = "separate"
    """`separate`: one district centre for each subject; `merged`: one desk, one queue."""
    wrong_centre: Probability = 0.15
    """Separate: chance that a resident turns to the wrong centre, 0 to 1.  Assumption."""
    transfer: Duration = 86_400.0
    """Separate: mean time of handing a ticket from one centre's platform to another's by letter, s (lognormal, coefficient of
    variation 0.5).  Assumption: 0.5 to 2 days."""


class Ledger(Block):
    """Switch: silos or a shared ledger 统一台账."""

    mode: Literal["silos", "shared"] = "silos"
    """`silos`: each centre sees its own tickets, and files again what another already has; `shared`: duplicates are merged, and
    what a hop lost is seen."""
    recovery: Duration = 86_400.0
    """Shared: after this what a hop lost is taken up again, s.  Assumption."""


def lines(largest_shift: int, per_clerk: float) -> int:
    """Telephone lines of a desk: a whole number, at least one.

    Parameters
    ----------
    largest_shift : int
        Clerks in its largest shift.
    per_clerk : float
        Lines for each.

    Examples
    --------
    >>> lines(3, 1.5), lines(0, 1.5)
    (5, 1)
    """
    return max(1, int(largest_shift * per_clerk + 0.5))


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the centres of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    subjects = scenario.centres.subjects
    total = sum(subject.share for subject in subjects.values())
    if subjects and abs(total - 1) > 1e-6:
        yield "centres.subjects", f"{total:.6g}", _("the shares of the subjects must add up to 1"), ()
    for key, subject in subjects.items():
        if subject.share == 0:
            yield f"centres.subjects.{key}.share", 0, _("nobody staffs this centre"), ()


# --- rules ----------------------------------------------------------------------------------------------------------------


@inlined
def sees(shared: int, has_had_it: bool) -> bool:
    """Whether a desk can see a ticket: every one with a shared ledger, else those that it has had.

    Examples
    --------
    >>> sees(1, False), sees(0, False), sees(0, True)
    (True, False, True)
    """
    return bool(shared) or has_had_it


@inlined
def picks_wrong_centre(u: float, chance: float, centres: int) -> bool:
    """Whether a resident turns to the wrong one of several centres.

    Examples
    --------
    >>> picks_wrong_centre(0.1, 0.15, 9), picks_wrong_centre(0.1, 0.15, 1)
    (True, False)
    """
    return centres > 1 and u < chance
