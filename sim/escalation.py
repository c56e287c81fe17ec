"""Escalation 上报与下沉: upward signal, downward force, and how far authority is delegated.

A hop 层级 up passes a ticket on with some chance and takes time (信号层层衰减); what it does not pass on lies there.  A hop
down keeps only a part of the chance of a true fix (力度层层衰减).  Delegated authority 权力下沉 lets street teams do a share of
what departments do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field

from sim.base import Block, Duration, Key, Probability
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["Delegation", "Force", "Signal", "able_tier", "delegated", "faults", "lifted_to", "next_tier", "outgrown",
           "passes_on", "true_fix_chance"]


class Signal(Block):
    """Switch: upward signal 信号衰减.  Off: every hop passes everything on at once."""

    on: bool = True
    """Whether signals weaken at all."""
    pass_on: Probability = 0.80
    """Chance that a hop passes a ticket on, 0 to 1.  Assumption: 0.80 without, 0.95 with one platform."""
    hop_time: Duration = 14_400.0
    """Mean time that a hop takes, s (lognormal, coefficient of variation 1).  Assumption."""


class Force(Block):
    """Switch: downward force 力度衰减.  Off: nothing is lost on the way down."""

    on: bool = True
    """Whether force weakens at all."""
    keep: Probability = 0.90
    """Factor of each hop down on the chance of a true fix, 0 to 1.  Assumption: 0.90 without, 0.97 with one chain of command."""


class Delegation(Block):
    """Switch: authority delegated to the streets 权力下放、力量下沉.  Off: departments do all district work."""

    on: bool = False
    """Whether street teams may do district work."""
    delegated: Probability = 0.5
    """Share of district work that street teams may do, 0 to 1.  Assumption."""
    by_category: dict[Key, Probability] = Field(default_factory=dict)
    """The share for single categories, in place of `delegated`."""
    heads_moved: Probability = 0.0
    """Share of the departments' heads who move to the street teams, with their pay, 0 to 1; every crew keeps at least one
    member."""


def delegated(delegation: Delegation, category: str) -> float:
    """Share of the category's district work that street teams may do.

    Examples
    --------
    >>> delegated(Delegation(on=True, by_category={"noise": 0.9}), "noise"), delegated(Delegation(), "noise")
    (0.9, 0.0)
    """
    return delegation.by_category.get(category, delegation.delegated) if delegation.on else 0.0


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the delegation of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    categories = scenario.issues.categories
    for key, share in scenario.organisation.authority.by_category.items():
        if key not in categories:
            yield (f"organisation.authority.by_category.{key}", share, _("there is no such category in issues.categories"),
                   tuple(categories))


# --- rules ----------------------------------------------------------------------------------------------------------------
# Plain functions of plain numbers, shared by every engine.  Tiers count 0 grid, 1 community, 2 street, 3 district.


@inlined
def able_tier(able: int, u: float, delegated_share: float) -> int:
    """The lowest tier able to solve it once authority 权力下沉 is delegated: a share of district work may be done by the street.

    Examples
    --------
    >>> able_tier(3, 0.2, 0.3), able_tier(3, 0.5, 0.3), able_tier(1, 0.0, 0.3)
    (2, 3, 1)
    """
    return 2 if able == 3 and u < delegated_share else able


@inlined
def next_tier(at: int, wanted: int, shared_ledger: int) -> int:
    """The desk a ticket goes to next: straight to the right tier with a shared ledger, one tier at a time without.

    Examples
    --------
    >>> next_tier(1, 3, 1), next_tier(1, 3, 0), next_tier(3, 1, 0)
    (3, 2, 2)
    """
    if shared_ledger:
        return wanted
    return at + 1 if wanted > at else at - 1


@inlined
def passes_on(u: float, chance: float) -> bool:
    """Whether a hop up passes the ticket on 信号衰减.

    Examples
    --------
    >>> passes_on(0.79, 0.8), passes_on(0.81, 0.8)
    (True, False)
    """
    return u < chance


@inlined
def true_fix_chance(base: float, keep: float, hops: int, effort: float) -> float:
    """Chance that the work truly fixes the issue: each hop down keeps a part of the force 力度衰减, effort adds to it; at most 1.

    Examples
    --------
    >>> true_fix_chance(0.8, 0.5, 2, 1.0), true_fix_chance(0.8, 1.0, 3, 2.0)
    (0.2, 1.0)
    """
    chance = base * effort
    for _hop in range(hops):
        chance = chance * keep
    return chance if chance < 1.0 else 1.0


@inlined
def outgrown(able: int, tier: int) -> bool:
    """Whether an issue has outgrown the authority of the unit it was sent to 管不了: it needs a street or the district by now.

    Examples
    --------
    >>> outgrown(3, 2), outgrown(2, 2), outgrown(1, 0)
    (True, False, False)
    """
    return able > 1 and tier < able


@inlined
def lifted_to(able: int, tier: int) -> int:
    """The tier that takes over what is late by far: the next one, the street at least.

    Examples
    --------
    >>> lifted_to(0, 0), lifted_to(1, 1), lifted_to(2, 2)
    (2, 2, 3)
    """
    return max(able, tier + 1, 2)
