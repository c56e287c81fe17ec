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
from sim.timeline import Found, Registered

__all__ = ["HANDED_OVER", "MERGED", "NOTHING", "TRIAGED", "Centres", "Handling", "Ledger", "MergedCentres", "Subject", "all_lines_taken",
           "centre_turned_to", "desk_seconds", "faults", "found_by", "goes_to_community", "is_by_sensor", "is_by_telephone", "is_by_terminal",
           "lines", "sees", "seen_severity", "transfer_seconds", "what_follows_report", "why_registered"]


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
    sensor: PositiveDuration = 120.0
    """A sensor's alarm: look at the picture, and file it.  Assumption."""


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
# Plain functions of plain numbers, shared by every engine.  Channels count 0 telephone, 1 app, 2 in person, 3 terminal, 4 sensor.

NOTHING, MERGED, HANDED_OVER, TRIAGED = 0, 1, 2, 3
"""What follows a report once the clerk is done with it."""
_PHONE, _WALK_IN, _TERMINAL, _SENSOR = 0, 2, 3, 4
_BY_RESIDENT, _BY_SENSOR = int(Found.RESIDENT), int(Found.SENSOR)
_FIRST, _DUPLICATE, _REPEAT = int(Registered.FIRST), int(Registered.DUPLICATE), int(Registered.REPEAT)


@inlined
def is_by_telephone(channel: int) -> bool:
    """Whether a contact takes a telephone line, and somebody's patience.

    Examples
    --------
    >>> [is_by_telephone(channel) for channel in range(4)]
    [True, False, False, False]
    """
    return channel == _PHONE


@inlined
def is_by_terminal(channel: int) -> bool:
    """Whether a contact is a grid worker's report.

    Examples
    --------
    >>> [is_by_terminal(channel) for channel in range(4)]
    [False, False, False, True]
    """
    return channel == _TERMINAL


@inlined
def is_by_sensor(channel: int) -> bool:
    """Whether a contact is a sensor's alarm.

    Examples
    --------
    >>> [is_by_sensor(channel) for channel in range(5)]
    [False, False, False, False, True]
    """
    return channel == _SENSOR


@inlined
def found_by(channel: int) -> int:
    """From whom a desk learns of an issue through a channel: a resident, or a sensor (`Found`).

    Examples
    --------
    >>> found_by(0), found_by(4)
    (1, 2)
    """
    return _BY_SENSOR if channel == _SENSOR else _BY_RESIDENT


@inlined
def goes_to_community(channel: int) -> bool:
    """Whether a resident turns to the community's desk 来访: in person; everything else goes to the district.

    Examples
    --------
    >>> [goes_to_community(channel) for channel in range(3)]
    [False, False, True]
    """
    return channel == _WALK_IN


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
def centre_turned_to(u: float, chance: float, which: float, right: int, centres: int) -> int:
    """Number of the centre that a resident turns to: the right one, or one of the others, each as likely.

    Parameters
    ----------
    u, which : float
        Luck, uniform in (0, 1): whether it is a wrong one, and which.

    Examples
    --------
    >>> [centre_turned_to(0.1, 0.15, which, 1, 3) for which in (0.2, 0.7)], centre_turned_to(0.2, 0.15, 0.2, 1, 3)
    ([0, 2], 1)
    """
    if centres < 2 or u >= chance:
        return right
    other = int(which * (centres - 1))
    return other + 1 if other >= right else other


@inlined
def all_lines_taken(lines: int, calls: int) -> bool:
    """Whether a caller finds the line busy 占线: so many lines (-1 without bound), so many on the telephone or in the queue.

    Examples
    --------
    >>> all_lines_taken(2, 2), all_lines_taken(2, 1), all_lines_taken(-1, 99)
    (True, False, False)
    """
    return 0 <= lines <= calls


@inlined
def seen_severity(severity: int, channel: int, question: bool) -> int:
    """The severity by which a contact waits: a telephone does not show it, and a question has none; a form or a visitor does.

    Examples
    --------
    >>> seen_severity(2, 0, False), seen_severity(2, 1, False), seen_severity(2, 2, True)
    (0, 2, 0)
    """
    return 0 if question or channel == _PHONE else severity


@inlined
def desk_seconds(mean: float, speed: float, luck: float) -> int:
    """Time of a clerk for something (s): its mean, slower where clerks are generalists, times a factor with mean 1.

    Examples
    --------
    >>> desk_seconds(360.0, 1.05, 0.5)
    189
    """
    return int(mean * speed * luck + 0.5)


@inlined
def transfer_seconds(shared: int, mean: float, luck: float) -> int:
    """Time that handing a ticket to another centre takes (s): by paper, or none with a shared ledger.

    Examples
    --------
    >>> transfer_seconds(0, 86400.0, 0.5), transfer_seconds(1, 86400.0, 0.5)
    (43200, 0)
    """
    return 0 if shared else int(mean * luck + 0.5)


@inlined
def why_registered(open_ticket: bool, closed_before: bool) -> int:
    """立案: an issue's first ticket, a duplicate of one that is open elsewhere, or a repeat 重复投诉 of a closed one (`Registered`).

    Examples
    --------
    >>> why_registered(False, False), why_registered(True, True), why_registered(False, True)
    (0, 1, 2)
    """
    if open_ticket:
        return _DUPLICATE
    return _REPEAT if closed_before else _FIRST


@inlined
def what_follows_report(there: bool, known: bool, right_centre: bool) -> int:
    """What a desk does with a report: NOTHING where it is there no more; MERGED 合并 with a ticket known here; HANDED_OVER; TRIAGED.

    Examples
    --------
    >>> what_follows_report(False, True, True), what_follows_report(True, True, False)
    (0, 1)
    >>> what_follows_report(True, False, False), what_follows_report(True, False, True)
    (2, 3)
    """
    if not there:
        return NOTHING
    if known:
        return MERGED
    return TRIAGED if right_centre else HANDED_OVER
