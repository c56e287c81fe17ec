"""Three-way triage 三事分流: private matters are guided, small ones talked over in the community, big ones go the fast way.

What is not urgent is first deliberated on at the desk where it comes in.  A private matter 私事 is guided to self-help and the market: its
ticket closes, most people settle it themselves after a while, and some come back as a help case, which goes the usual way.  A small matter
小事 that needs no department waits for the community's next meeting and is solved there if those concerned agree.  A big matter 大事 has a named
owner from then on: it goes ahead of all else and is neither sent to the wrong unit nor refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.base import Block, Duration, PositiveDuration, Probability
from sim.compiling import inlined
from sim.i18n import _
from sim.screening import SHORTEST

__all__ = ["BIG", "PRIVATE", "SMALL", "USUAL", "ThreeWays", "agreed", "comes_back", "deliberates", "deliberation_seconds", "faults", "guided_seconds",
           "way_of"]


class ThreeWays(Block):
    """Switch: three-way triage 三事分流 (authority).  Off: all natures queue alike."""

    on: bool = False
    """Whether matters are sorted by their nature (`nature` of their category)."""
    deliberation: Duration = 3_600.0
    """Mean time of the deliberation 审议 before that, s (lognormal, coefficient of variation 1); urgent matters are not deliberated on.
    Assumption 1 h; 0 to 1 day."""
    help_case: Probability = 0.1
    """Share of private matters that come back as a help case 求助, 0 to 1.  Assumption 0.1; 0.05 to 0.3."""
    help_after: PositiveDuration = 604_800.0
    """Mean time until they do, s (exponential).  Assumption 7 days; 2 to 30 days."""
    settles_after: PositiveDuration = 604_800.0
    """Mean time in which people settle the others themselves, s (exponential).  Assumption 7 days; 2 to 30 days."""
    meeting_every: PositiveDuration = 604_800.0
    """Time from one community meeting 议事会 to the next, s, an hour at least.  Assumption 7 days; 3 to 30 days."""
    meeting: PositiveDuration = 1_800.0
    """Mean time that a matter takes there, s, of one member of the community's staff.  Assumption 30 min; 15 min to 2 h."""
    agree: Probability = 0.7
    """Chance that those concerned agree there, 0 to 1.  Assumption 0.7; 0.4 to 0.9."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the three-way triage of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    rule: ThreeWays = scenario.organisation.three_ways
    if rule.meeting_every < SHORTEST:
        yield "organisation.three_ways.meeting_every", rule.meeting_every, _("an hour at least must lie between two rounds"), ("1 h",)


# --- rules ----------------------------------------------------------------------------------------------------------------

PRIVATE, SMALL, BIG, USUAL = 0, 1, 2, 3
"""Natures of matters, in the order of their shares; and the usual way, for what none of the three is open to."""


@inlined
def deliberates(on: int, done: bool, severity: int) -> bool:
    """Whether a ticket at the desk is deliberated on first: once, and not where it is urgent.

    Examples
    --------
    >>> deliberates(1, False, 0), deliberates(1, True, 0), deliberates(1, False, 2), deliberates(0, False, 0)
    (True, False, False, False)
    """
    return on == 1 and not done and severity < 2


@inlined
def deliberation_seconds(mean: float, luck: float) -> int:
    """How long that takes (s); `luck` is a factor with mean 1.

    Examples
    --------
    >>> deliberation_seconds(3600.0, 0.5)
    1800
    """
    return int(mean * luck + 0.5)


@inlined
def way_of(nature: int, known_before: bool, able: int) -> int:
    """Which way a matter takes: PRIVATE only the first time, SMALL unless it needs a department, BIG; else the USUAL one.

    Examples
    --------
    >>> way_of(PRIVATE, False, 3), way_of(PRIVATE, True, 3), way_of(SMALL, True, 2), way_of(SMALL, False, 3), way_of(BIG, True, 1)
    (0, 3, 1, 3, 2)
    """
    if (nature == PRIVATE and known_before) or (nature == SMALL and able == 3):
        return USUAL
    return nature


@inlined
def comes_back(u: float, share: float) -> bool:
    """Whether a private matter comes back as a help case.

    Examples
    --------
    >>> comes_back(0.09, 0.1), comes_back(0.11, 0.1)
    (True, False)
    """
    return u < share


@inlined
def guided_seconds(mean: float, luck: float) -> int:
    """After how long it does, or is settled (s); `luck` is exponential with mean 1.

    Examples
    --------
    >>> guided_seconds(604800.0, 2.0)
    1209600
    """
    return int(mean * luck + 0.5)


@inlined
def agreed(u: float, chance: float) -> bool:
    """Whether those concerned agree at the community's meeting.

    Examples
    --------
    >>> agreed(0.69, 0.7), agreed(0.71, 0.7)
    (True, False)
    """
    return u < chance
