"""The measures that a planner looks at first (重点指标): on the terminal, and on the first page of a report."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["FIRST", "HEADLINES", "KEY", "WHERE_ANY", "chosen", "first_keys"]

HEADLINES = (
    "proactive_discovery_rate", "latent_share", "time_to_discovery_p50",
    "duplicate_rate", "lost_signals", "connection_rate",
    "dispatch_accuracy", "return_rate", "bounces",
    "on_time_disposal_rate", "on_time_closing_rate", "rework_rate", "time_to_closing_mean",
    "true_resolution_rate", "resolved_within_30_days", "time_to_resolution_p50", "reporting_gap", "repeat_rate", "worsened",
    "harm", "satisfaction", "solved_at_grass_roots", "supervision_orders",
    "utilisation", "patrol_share", "backlog", "surge_recovery", "surge_height", "pay_per_resolved_issue", "harm_gini",
)
"""Measures shown on the terminal, in this order; all others are in the result folder."""

WHERE_ANY = ("surge_recovery", "surge_height")
"""Headlines of what not every scenario has: shown where one side has something to show."""

KEY = ("time_to_resolution_p50", "resolved_within_30_days", "true_resolution_rate", "sojourn_mean", "time_to_resolution_mean")
"""What answers a planner first: the first of these that can be compared."""

FIRST = ("time_to_resolution_p50", "true_resolution_rate", "on_time_closing_rate", "harm", "satisfaction", "proactive_discovery_rate",
         "dispatch_accuracy", "backlog", "utilisation", "pay_per_resolved_issue")
"""The table of the first page, of a city."""


def chosen(keys: Sequence[str]) -> list[str]:
    """Measures for the terminal: the headlines of a city; all of the few that a bare system has.

    Examples
    --------
    >>> chosen(["wait_mean", "utilisation"])
    ['wait_mean', 'utilisation']
    >>> chosen(["true_resolution_rate", "harm", "latent_share", "something_else"])
    ['latent_share', 'true_resolution_rate', 'harm']
    """
    return [key for key in HEADLINES if key in keys] if "true_resolution_rate" in keys else list(keys)


def first_keys(keys: Sequence[str], most: int = 10) -> list[str]:
    """Measures for the table of the first page: those of a city, else the first that there are.

    Examples
    --------
    >>> first_keys(["wait_mean", "utilisation", "sojourn_mean"], 2)
    ['wait_mean', 'utilisation']
    """
    return [key for key in FIRST if key in keys] if "true_resolution_rate" in keys else list(keys)[:most]
