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

__all__ = ["DOWN", "HERE", "UP", "Delegation", "Force", "Signal", "able_tier", "delegated", "desk_tier", "faults", "hop_seconds",
           "hops_down", "is_seen", "lifted_to", "may_be_lost_again", "may_be_lifted", "next_tier", "outgrown", "passes_on", "seen_after",
           "true_fix_chance", "truly_fixed", "way_again", "way_on", "work_tier"]


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

HERE, UP, DOWN = 0, 1, 2
"""Where a ticket goes from a desk: it is dispatched from there, or goes to a desk above or below."""


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
def desk_tier(able: int) -> int:
    """The tier of the desk that dispatches: where the authority is, the community at least (grids have no desk).

    Examples
    --------
    >>> desk_tier(0), desk_tier(2)
    (1, 2)
    """
    return able if able > 1 else 1


@inlined
def work_tier(able: int, team: int) -> int:
    """The tier of the unit that works on it: the lowest able; the community where no grid team looks for it (`team` -1).

    Examples
    --------
    >>> work_tier(0, 5), work_tier(0, -1), work_tier(3, 5)
    (0, 1, 3)
    """
    return 1 if able == 0 and team < 0 else able


@inlined
def way_on(at: int, wanted: int, shared_ledger: int) -> int:
    """What follows triage at the desk of tier `at`: UP; DOWN, a tier at a time without a shared ledger; or it is dispatched HERE.

    `wanted` is the `desk_tier` of the issue.

    Examples
    --------
    >>> way_on(1, 3, 0), way_on(3, 1, 0), way_on(3, 1, 1), way_on(1, 1, 0)
    (1, 2, 0, 0)
    """
    if wanted > at:
        return UP
    return DOWN if wanted < at and not shared_ledger else HERE


@inlined
def way_again(at: int, able: int) -> int:
    """What follows when it came back to the desk of tier `at`: dispatched HERE again, or UP where it needs more by now.

    Examples
    --------
    >>> way_again(3, 1), way_again(1, 2)
    (0, 1)
    """
    return UP if desk_tier(able) > at else HERE


@inlined
def hops_down(hops: int, way: int, at: int, wanted: int) -> int:
    """Hops down between the order and the work, once triage has said which way: none from above, else one for each tier.

    Examples
    --------
    >>> hops_down(0, DOWN, 3, 1), hops_down(1, HERE, 2, 1), hops_down(2, UP, 1, 3)
    (1, 2, 0)
    """
    if way == UP:
        return 0
    return hops + 1 if way == DOWN else hops + at - wanted


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
def hop_seconds(mean: float, luck: float) -> int:
    """Time that a hop takes (s); `luck` is a factor with mean 1.

    Examples
    --------
    >>> hop_seconds(14400.0, 0.5)
    7200
    """
    return int(mean * luck + 0.5)


@inlined
def seen_after(shared_ledger: int, recovery: float) -> int:
    """After how long what a hop lost is seen (s): with a shared ledger; -1 never by itself.

    Examples
    --------
    >>> seen_after(1, 86400.0), seen_after(0, 86400.0)
    (86400, -1)
    """
    return int(recovery + 0.5) if shared_ledger else -1


@inlined
def is_seen(lying: bool, losses: int, loss: int) -> bool:
    """Whether what lies there since the `loss`-th loss is seen now: unless it was taken up, and perhaps lost again, meanwhile.

    Examples
    --------
    >>> is_seen(True, 1, 1), is_seen(True, 2, 1), is_seen(False, 1, 1)
    (True, False, False)
    """
    return bool(lying) and losses == loss


@inlined
def may_be_lost_again(shared_ledger: int) -> bool:
    """Whether what is taken up again has a new chance to be lost: where nobody else can see it.  Else it goes up for sure, at once.

    Examples
    --------
    >>> may_be_lost_again(0), may_be_lost_again(1)
    (True, False)
    """
    return not shared_ledger


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


@inlined
def truly_fixed(u: float, base: float, keep: float, hops: int, effort: float) -> bool:
    """Whether finished work is a true fix, by its luck and `true_fix_chance`.

    Examples
    --------
    >>> truly_fixed(0.19, 0.8, 0.5, 2, 1.0), truly_fixed(0.21, 0.8, 0.5, 2, 1.0)
    (True, False)
    """
    return u < true_fix_chance(base, keep, hops, effort)


@inlined
def may_be_lifted(work: bool, tier: int) -> bool:
    """Whether a job that waits may be taken up a tier 提级: work, below the district.

    Examples
    --------
    >>> may_be_lifted(True, 2), may_be_lifted(True, 3), may_be_lifted(False, 1)
    (True, False, False)
    """
    return work and tier < 3
