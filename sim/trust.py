"""Trust 信任: residents of a community report more after good experiences and less after bad ones.

It belongs to residents and is no switch of an organisation; what moves it is what an organisation does.  Trust is a number for each community,
1 at the start: below it so large a share of those who would report speak up, above it one more sometimes does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, Probability
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["AT_FIRST", "Trust", "after_experience", "faults", "is_experienced", "one_more", "said_of_trust", "speaks_up"]


class Trust(Block):
    """Trust 信任.  With gain and loss 0 it stays what it is."""

    gain: Probability = 0.0
    """Share of the way up to `high` that a good experience goes (truly fixed and closed in time), 0 to 1.  Assumption where it is used: 0.002; 0
    to 0.01."""
    loss: Probability = 0.0
    """Share of the way down to `low` that a bad one goes, 0 to 1.  Assumption where it is used: 0.006; 0 to 0.03, bad ones weighing more."""
    low: Annotated[float, Field(ge=0, le=1)] = 0.3
    """The least trust, 0 to 1.  Assumption 0.3; 0 to 0.6."""
    high: Annotated[float, Field(ge=1, le=4)] = 1.5
    """The most trust, 1 to 4.  Assumption 1.5; 1 to 2."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the trust of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    rule: Trust = scenario.residents.trust
    if rule.gain > 0 and rule.high == 1 and rule.low == 1:
        yield "residents.trust.high", rule.high, _("trust has no room to move: high is above 1 or low below it"), ()


# --- rules ----------------------------------------------------------------------------------------------------------------

AT_FIRST = 1.0
"""Trust at the start: as many report as `reporters` says."""


@inlined
def is_experienced(worked: bool, reported: bool) -> bool:
    """Whether residents learn from a closed ticket: it was worked on, and one of them had reported its issue.

    Examples
    --------
    >>> is_experienced(True, True), is_experienced(True, False), is_experienced(False, True)
    (True, False, False)
    """
    return worked and reported


@inlined
def after_experience(trust: float, good: bool, gain: float, loss: float, low: float, high: float) -> float:
    """Trust after a good or a bad experience.

    Examples
    --------
    >>> [after_experience(1.0, good, 0.1, 0.2, 0.5, 2.0) for good in (True, False)], after_experience(1.0, True, 0.0, 0.2, 0.5, 2.0)
    ([1.1, 0.9], 1.0)
    """
    return trust + gain * (high - trust) if good else trust - loss * (trust - low)


@inlined
def speaks_up(u: float, trust: float) -> bool:
    """Whether somebody who notices an issue reports it.

    Examples
    --------
    >>> speaks_up(0.79, 0.8), speaks_up(0.81, 0.8)
    (True, False)
    """
    return u < trust


@inlined
def one_more(u: float, trust: float, reporters: float, already: int) -> bool:
    """Whether one more will report it than usually would (`reporters` on average), four at most.

    Examples
    --------
    >>> one_more(0.09, 1.2, 0.5, 0), one_more(0.11, 1.2, 0.5, 0), one_more(0.09, 1.2, 0.5, 4)
    (True, False, False)
    """
    return already < 4 and u < (trust - 1.0) * reporters


@inlined
def said_of_trust(community: int, trust: float) -> int:
    """`value` of a row TRUSTED: thousandths (below 4096), and the community.

    Examples
    --------
    >>> said_of_trust(3, 1.25) % 4096, said_of_trust(3, 1.25) // 4096
    (1250, 3)
    """
    return int(1000.0 * trust + 0.5) + 4096 * community
