"""Case ownership 领导包案: what is old, or comes again, gets a senior owner by name.

A street's leaders own so many cases each at most.  An owned ticket goes ahead of all else, is neither sent to the wrong unit nor refused any more,
is sent on if a hop lost it, and is worked on with more effort.  Where all of them have their hands full, it is asked again a day later.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, PositiveDuration
from sim.compiling import inlined
from sim.i18n import _
from sim.screening import SHORTEST

__all__ = ["CaseOwners", "faults", "first_look", "has_room", "owner_effort"]


class CaseOwners(Block):
    """Switch: case ownership 领导包案 (oversight).  Off: a ticket is nobody's in particular."""

    on: bool = False
    """Whether old and repeated cases get owners."""
    after: PositiveDuration = 1_296_000.0
    """A ticket open for so long gets an owner, s.  Chuzhou: old cases; assumption 15 days; 7 to 60 days."""
    repeats: bool = True
    """Whether a repeated one 重复投诉 gets an owner at once."""
    owners: Annotated[int, Field(ge=0, le=10_000)] = 5
    """Leaders of each street who own cases, 0 to 10,000.  Assumption 5; 3 to 10."""
    cases: Annotated[int, Field(ge=0, le=10_000)] = 6
    """Cases that each of them owns at a time at most, 0 to 10,000.  Assumption 6; 2 to 20."""
    ask_again: PositiveDuration = 86_400.0
    """Time until it is asked again where nobody has room for one more, s, an hour at least.  Assumption 1 day."""
    effort: Annotated[float, Field(ge=1, le=10)] = 1.1
    """Factor of an owner on the chance of a true fix, 1 to 10 (the chance stays at most 1).  Assumption 1.1, as of a supervision order; 1 to 1.3."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the case ownership of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    rule: CaseOwners = scenario.organisation.case_owners
    if rule.ask_again < SHORTEST:
        yield "organisation.case_owners.ask_again", rule.ask_again, _("an hour at least is needed"), ("1 h",)


# --- rules ----------------------------------------------------------------------------------------------------------------

@inlined
def first_look(now: int, after: float, repeat: bool, repeats: int) -> int:
    """When a ticket that opens now is first looked at for an owner (s): at once where it is a repeat and these get owners.

    Examples
    --------
    >>> first_look(100, 1000.0, False, 1), first_look(100, 1000.0, True, 1), first_look(100, 1000.0, True, 0)
    (1100, 100, 1100)
    """
    return now if repeat and repeats else now + int(after + 0.5)


@inlined
def has_room(owned: int, most: int) -> bool:
    """Whether somebody in the street can own one more case.

    Examples
    --------
    >>> has_room(29, 30), has_room(30, 30)
    (True, False)
    """
    return owned < most


@inlined
def owner_effort(owned: bool, effort: float) -> float:
    """Factor on the chance of a true fix: that of an owner, where there is one.

    Examples
    --------
    >>> owner_effort(True, 1.1), owner_effort(False, 1.1)
    (1.1, 1.0)
    """
    return effort if owned else 1.0
