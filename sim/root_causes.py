"""Root-cause analysis 类案分析: from solving one problem to resolving a class of problems.

Every so often the centre counts the tickets registered since the last time by their root-cause cluster and has the worst one worked on.  A share
of what would arise from it is prevented from then on, and less and less as time goes by.  Issues are drawn once and for all: the same issues
arise on both sides of a comparison, and a prevented one is one whose own luck falls under the present reduction; it ends in the second in
which it would have arisen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, PositiveDuration, Probability
from sim.compiling import inlined
from sim.i18n import _
from sim.screening import SHORTEST

__all__ = ["NO_CLUSTER", "RootCauses", "after_work", "cluster_names", "clusters", "faults", "is_prevented", "reduction", "said_of_analysis", "worst"]


class RootCauses(Block):
    """Switch: root-cause analysis 类案分析 (prevention).  Off: every problem is solved by itself, and its cause stays."""

    on: bool = False
    """Whether classes of cases are analysed."""
    every: PositiveDuration = 2_592_000.0
    """Time from one analysis to the next, s, an hour at least; the first comes when it has passed once.  Tongliang: regularly; assumption
    30 days."""
    least: Annotated[int, Field(ge=1, le=1_000_000)] = 10
    """So many tickets at least make a class of cases; where no cluster has them nothing is worked on, 1 to 1,000,000.  Assumption."""
    cut: Probability = 0.2
    """Share of what would still arise from the worst cluster that work on its causes prevents, 0 to 1.  Assumption 0.2; 0.05 to 0.5."""
    half_life: PositiveDuration = 15_552_000.0
    """Time in which half of that is lost again, s, an hour at least.  Assumption 180 days; 60 to 730 days."""


def cluster_names(categories: Mapping[str, Any]) -> list[str]:
    """Clusters of categories in the order in which they first occur: as they name them, else each by itself.

    Examples
    --------
    >>> from types import SimpleNamespace as Category
    >>> cluster_names({"bins": Category(cluster="waste"), "noise": Category(cluster=None), "litter": Category(cluster="waste")})
    ['waste', 'noise']
    """
    return list(dict.fromkeys(one.cluster or key for key, one in categories.items()))


def clusters(categories: Mapping[str, Any]) -> list[int]:
    """Number of the cluster of each category.

    Examples
    --------
    >>> from types import SimpleNamespace as Category
    >>> clusters({"bins": Category(cluster="waste"), "noise": Category(cluster=None), "litter": Category(cluster="waste")})
    [0, 1, 0]
    """
    names = cluster_names(categories)
    return [names.index(one.cluster or key) for key, one in categories.items()]


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the root-cause analysis of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    rule: RootCauses = scenario.organisation.root_causes
    if rule.every < SHORTEST:
        yield "organisation.root_causes.every", rule.every, _("an hour at least must lie between two rounds"), ("1 h",)
    if rule.half_life < SHORTEST:
        yield "organisation.root_causes.half_life", rule.half_life, _("an hour at least is needed"), ("1 h",)


# --- rules ----------------------------------------------------------------------------------------------------------------

NO_CLUSTER = -1
"""There is no cluster of enough tickets."""


@inlined
def reduction(level: float, age: int, half_life: float) -> float:
    """Share that is prevented so long (s) after the causes were worked on: half of it is lost in each half-life, straight in between.

    Examples
    --------
    >>> [reduction(0.4, age, 100.0) for age in (0, 50, 100, 200)], reduction(0.4, 10**9, 100.0)
    ([0.4, 0.30000000000000004, 0.2, 0.1], 0.0)
    """
    left = float(age)
    while left >= half_life:
        level, left = 0.5 * level, left - half_life
        if level < 1e-6:
            return 0.0
    return level * (1.0 - 0.5 * (left / half_life))


@inlined
def after_work(level: float, cut: float) -> float:
    """Share that is prevented once a cluster has been worked on: a part of what still arose.

    Examples
    --------
    >>> after_work(0.0, 0.25), after_work(0.5, 0.25)
    (0.25, 0.625)
    """
    return level + (1.0 - level) * cut


@inlined
def is_prevented(u: float, share: float) -> bool:
    """Whether an issue is prevented: its own luck falls under the present reduction.

    Examples
    --------
    >>> is_prevented(0.19, 0.2), is_prevented(0.21, 0.2)
    (True, False)
    """
    return u < share


@inlined
def worst(best: int, most: int, cluster: int, tickets: int, least: int) -> tuple[int, int]:
    """The worst cluster so far and its tickets, after one more was looked at: the one of most tickets, the first of those alike.

    Examples
    --------
    >>> worst(NO_CLUSTER, 0, 0, 9, 10), worst(NO_CLUSTER, 0, 1, 12, 10), worst(1, 12, 2, 12, 10), worst(1, 12, 3, 13, 10)
    ((-1, 0), (1, 12), (1, 12), (3, 13))
    """
    return (cluster, tickets) if tickets >= least and tickets > most else (best, most)


@inlined
def said_of_analysis(cluster: int, tickets: int) -> int:
    """`value` of a row ANALYSED: cluster (below 1024) and tickets (two million at most).

    Examples
    --------
    >>> said_of_analysis(3, 12) % 1024, said_of_analysis(3, 12) // 1024
    (3, 12)
    """
    return cluster + 1024 * min(tickets, 2_000_000)
