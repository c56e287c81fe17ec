"""Participation 群众参与: residents who report and help themselves, volunteers and mediators who take work off the community.

Points, an app and household visits make residents report more and deal with more themselves; without reward the interest fades.
Helpers are auxiliary pools in every community, unpaid and on nobody's staff: volunteers 志愿者 for simple work, mediators 调委会、评理堂
for disputes.  What they cannot solve goes back to the desk, and from there to whoever is paid for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, Duration, Heads, Key, NonNegativeFloat, PositiveDuration, Probability, Title
from sim.calendars import OFFICE, unknown_shift
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["Helpers", "Participation", "are_asked", "faults", "helps_itself", "interest", "reports_too", "succeeds"]


class Helpers(Block):
    """Helpers 群众力量: an auxiliary pool in every community."""

    title: Title
    """Name in English and Chinese."""
    heads: Heads
    """Helpers on duty, all communities together; at least one in each.  Chuzhou: 20,031 volunteers for 1,234 villages and communities, of
    whom a few are at hand at a time."""
    shift: Key = OFFICE
    """Shift in which they are at hand."""
    categories: dict[Key, Probability] = Field(default_factory=dict)
    """Share of a category's work at grid and community that is given to them first, by key of issues.categories, 0 to 1."""
    success: Probability = 0.6
    """Chance that they solve it, 0 to 1; what they cannot solve goes to the usual unit.  Assumption: 0.4 to 0.8; Chuzhou reports that
    98.3% of screened disputes were resolved in the end."""
    slower: Annotated[NonNegativeFloat, Field(ge=0.1, le=10)] = 1.5
    """Factor on the community's touch time, 0.1 to 10.  Assumption."""


class Participation(Block):
    """Switch: participation of residents 群众参与.  Off: none.  Group: prevention."""

    on: bool = False
    """Whether residents take part."""
    reports: Probability = 0.2
    """Chance that one more resident notices and reports an issue, at full interest, 0 to 1 (four reporters at most).  Assumption: 0.1 to
    0.4."""
    self_help: Probability = 0.1
    """Chance that residents deal with an issue themselves that grid or community could solve, at full interest, 0 to 1, unless somebody
    else has set out before.  Assumption: 0.05 to 0.2."""
    self_help_after: Duration = 86_400.0
    """Mean time after which they have, s (exponential).  Assumption."""
    rewarded: bool = True
    """Whether points are rewarded 积分兑换; otherwise interest fades."""
    half_life: PositiveDuration = 7_776_000.0
    """Without reward: time after which interest has fallen to half (to a third after twice that).  Assumption: 90 days."""
    visits_every: Duration = 0.0
    """Household visits 入户走访 that raise interest to the full again, every so often; 0 never.  Siming: two rounds of visits."""
    helpers: dict[Key, Helpers] = Field(default_factory=dict)
    """Volunteers and mediators by key."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the participation of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    known, given = tuple(scenario.issues.categories), dict[str, str]()
    for key, helpers in scenario.organisation.participation.helpers.items():
        path = f"organisation.participation.helpers.{key}"
        yield from unknown_shift(scenario.calendars, f"{path}.shift", helpers.shift)
        for name in helpers.categories:
            if name not in known:
                yield (f"{path}.categories.{name}", helpers.categories[name],
                       _("there is no such category in issues.categories"), known)
            elif given.setdefault(name, key) != key:
                rule = _("this category is given to {other} already")
                yield f"{path}.categories.{name}", helpers.categories[name], rule.format(other=given[name]), ()


# --- rules ----------------------------------------------------------------------------------------------------------------

_COMMUNITY = 1


@inlined
def interest(now: int, rewarded: int, half_life: float, visits_every: float) -> float:
    """Interest of residents, 1 at the full: it stays while points are rewarded, else it falls with the time since the last visits.

    Examples
    --------
    >>> interest(300, 1, 100.0, 0.0), interest(100, 0, 100.0, 0.0), interest(200, 0, 100.0, 0.0), interest(200, 0, 100.0, 150.0)
    (1.0, 0.5, 0.3333333333333333, 0.6666666666666666)
    """
    if rewarded:
        return 1.0
    since = now % visits_every if visits_every > 0 else float(now)
    return half_life / (half_life + since)


@inlined
def reports_too(u: float, reports: float, now: float) -> bool:
    """Whether one more resident reports, with the interest that there is now.

    Examples
    --------
    >>> reports_too(0.1, 0.2, 1.0), reports_too(0.1, 0.2, 0.4)
    (True, False)
    """
    return u < reports * now


@inlined
def helps_itself(u: float, self_help: float, now: float, able: int) -> bool:
    """Whether residents deal with an issue themselves: only with what grid or community could solve.

    Examples
    --------
    >>> helps_itself(0.05, 0.1, 1.0, 1), helps_itself(0.05, 0.1, 1.0, 2), helps_itself(0.05, 0.1, 0.4, 1)
    (True, False, False)
    """
    return able <= _COMMUNITY and u < self_help * now


@inlined
def are_asked(u: float, share: float, able: int, asked: int) -> bool:
    """Whether helpers are asked first: once for a ticket, for work of grid or community.

    Examples
    --------
    >>> are_asked(0.3, 0.5, 1, 0), are_asked(0.3, 0.5, 1, 1), are_asked(0.3, 0.5, 2, 0), are_asked(0.6, 0.5, 1, 0)
    (True, False, False, False)
    """
    return not asked and able <= _COMMUNITY and u < share


@inlined
def succeeds(u: float, success: float) -> bool:
    """Whether helpers solve it; `u` is the luck of the fix.

    Examples
    --------
    >>> succeeds(0.5, 0.6), succeeds(0.7, 0.6)
    (True, False)
    """
    return u < success
