"""What is run to explain a difference: which mixtures, in which replications, exactly or by sampled orders (归因计划)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim import shapley
from sim.base import Fault, ScenarioError
from sim.cells import chosen, headlines, unknown_measures
from sim.explain.game import Game, game
from sim.i18n import _
from sim.precision import OPTION, Target, read_targets
from sim.scenario import Scenario

__all__ = ["EXACT", "HEADLINES", "METHODS", "ORDERS", "Plan", "planned"]

HEADLINES = ("harm", "lifetime_mean", "true_resolution_rate", "on_time_closing_rate", "satisfaction")
"""Measures that are explained where none are named."""
EXACT, ORDERS = "exact", "orders"
METHODS = ("auto", EXACT, ORDERS)
"""How shares are found: from all mixtures, from sampled orders, or by whichever is cheaper."""
CHEAP = 2
"""All mixtures are run where they are at most so many times as many as those of the orders: an exact share has no noise of orders."""
PAIRS = 2
"""Pairs of orders in each replication, where nothing else is said."""


@dataclass(frozen=True, eq=False)
class Plan:
    """An explanation that has been checked and can be run (归因计划).

    Attributes
    ----------
    game : Game
    measures : tuple of str
        Keys.
    method : str
        "exact" or "orders".
    pairs : int
        Pairs of opposite orders in each replication, where orders are sampled.
    order_seed : int
        Seed of the orders; the luck of the runs has another.
    seed, replications : int
        Replications where no precision is asked for.
    budget : int or None
        Runs at most, of all mixtures together.
    targets : tuple of Target
        How narrow the shares shall be.
    """

    game: Game
    measures: tuple[str, ...]
    method: str
    pairs: int
    order_seed: int
    seed: int
    replications: int
    budget: int | None = None
    targets: tuple[Target, ...] = ()
    _coalitions: dict[int, tuple[int, ...]] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> tuple[str, str]:
        """What the tables call the two scenarios."""
        return self.game.names

    def orders(self, replication: int) -> list[tuple[int, ...]]:
        """The orders of a replication, each followed by its reverse; none where all mixtures are run."""
        if self.method == EXACT:
            return []
        return shapley.orders(self.game.groups, self.pairs, np.random.default_rng([self.order_seed, replication]))

    def coalitions(self, replication: int) -> tuple[int, ...]:
        """The mixtures that are run in a replication."""
        at = 0 if self.method == EXACT else replication
        if at not in self._coalitions:
            self._coalitions[at] = _coalitions(self.game, self.orders(at))
        return self._coalitions[at]

    def runs(self, replications: int) -> int:
        """Runs of so many replications."""
        if self.method == EXACT:
            return replications * len(self.coalitions(0))
        return sum(len(self.coalitions(replication)) for replication in range(replications))

    def within(self, budget: int, most: int) -> int:
        """How many replications so many runs are enough for, up to `most`."""
        left, number = budget, 0
        while number < most and left >= len(self.coalitions(number)):
            left -= len(self.coalitions(number))
            number += 1
        return number

    def how(self) -> dict[str, Any]:
        """Method, groups and players as JSON can say them, for the manifest."""
        made = self.game
        return {"method": self.method, "pairs_of_orders": self.pairs if self.method == ORDERS else None,
                "order_seed": self.order_seed if self.method == ORDERS else None,
                "mixtures": len(self.coalitions(0)) if self.method == EXACT else None, "measures": list(self.measures),
                "parts": [{"part": part.key, "mechanisms": list(part.members)} for part in made.parts],
                "equal": list(made.equal), "other_settings": list(made.outside)}


def _coalitions(made: Game, drawn: Sequence[Sequence[int]]) -> tuple[int, ...]:
    ends = {found for part in made.parts for found in (part.coalition, made.everyone & ~part.coalition)}
    if not drawn:
        return tuple(sorted({*shapley.exact_coalitions(made.groups), *ends}))
    return tuple(sorted({0, made.everyone, *ends}.union(*(shapley.order_coalitions(order, made.groups) for order in drawn))))


def planned(base: Scenario | str | Path, other: Scenario | str | Path, *, measures: Sequence[str] | None = None,
            within: Iterable[str] = (), everything: bool = False, method: str = "auto", orders: int = PAIRS, order_seed: int = 1,
            fixed: dict[str, Any] | None = None, replications: int | None = None, seed: int | None = None, runs: int | None = None,
            precision: str | Sequence[str] = ()) -> Plan:
    """An explanation, checked and not yet run; parameters as those of `explain`.

    Raises
    ------
    ScenarioError
        With all faults at once.

    Examples
    --------
    >>> plan = planned("small/fragmented", "small/integrated")
    >>> plan.method, len(plan.game.groups), len(plan.coalitions(0))
    ('exact', 4, 16)
    >>> fuller = planned("small/fragmented", "small/integrated", everything=True, method="orders")
    >>> len(fuller.game.units), len(fuller.orders(0)), fuller.orders(0) == fuller.orders(1)
    (11, 4, False)
    """
    if method not in METHODS:
        raise ValueError(f"no method {method!r}: choose one of {', '.join(METHODS)}")
    for name, number in (("orders", orders), ("runs", runs), ("replications", replications)):
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
            raise ValueError(f"{name} is {number!r}, and must be a whole number from 1 up")
    made = game(base, other, within=within, everything=everything, fixed=fixed)
    faults = [Fault("--measure", 0, name, None, rule, near)
              for name, rule, near in unknown_measures(measures or (), [made.base, made.other])]
    targets: tuple[Target, ...] = ()
    try:
        targets = read_targets(precision, made.names, "city") if precision else ()
    except ScenarioError as error:
        faults += error.faults
    faults += [Fault(OPTION, 0, "", None, _("{target}: it holds for the shares of the whole difference; write it as MEASURE=WIDTH").format(
        target=target)) for target in targets if target.side is not None or target.group != "all"]
    if faults:
        raise ScenarioError(faults)
    known = chosen(made.base)
    keys = list(measures) if measures else [key for key in HEADLINES if key in known] or headlines(known)
    keys = list(dict.fromkeys([*([] if targets and not measures else keys), *(target.measure for target in targets)]))
    run = made.base.run
    plan = Plan(made, tuple(keys), EXACT, orders, order_seed, run.seed if seed is None else seed,
                run.replications if replications is None else replications, runs, targets)
    if method == ORDERS or (method == "auto" and not _cheap(plan)):
        plan = Plan(made, plan.measures, ORDERS, orders, order_seed, plan.seed, plan.replications, runs, targets)
    if runs is not None and plan.within(runs, 2) < 2:
        raise ScenarioError([Fault("--runs", 0, f"{runs:,}", None, _("too few: two replications take {number} runs").format(
            number=plan.runs(2)))])
    return plan


def _cheap(plan: Plan) -> bool:
    """Are all mixtures few enough?"""
    made = plan.game
    number = len(made.groups)
    most = 2 ** (number - 1) * sum(2 ** len(group) for group in made.groups)
    if most > 100_000:
        return False
    drawn = shapley.orders(made.groups, plan.pairs, np.random.default_rng([plan.order_seed, 0]))
    return len(plan.coalitions(0)) <= CHEAP * len(_coalitions(made, drawn))
