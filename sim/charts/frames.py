"""The data of every chart as tidy tables, from the kept outcomes of one or several organisations.

Each function takes the results of a run or of a comparison (objects with `name`, `outcomes`, `scenario`) and gives the table that
the chart's `draw` takes and that is written beside it as CSV.  A table without rows means that the chart makes no sense here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.charts import backlog, flow, forest, load, resolved, streets, utilisation
from sim.charts.data import DAY, averaged, named, table_of
from sim.charts.survival import thinned
from sim.i18n import _, language
from sim.measures import cumulative_incidence
from sim.measures.surges import recovery_day

if TYPE_CHECKING:
    from sim.outcome import Outcome
    from sim.results import Comparison, Result

__all__ = ["backlog_frame", "flow_frame", "forest_frame", "load_frame", "resolved_frame", "streets_frame", "utilisation_frame"]

HEADLINES = (
    "harm", "true_resolution_rate", "resolved_within_7_days", "time_to_resolution_p50", "time_to_resolution_p90", "worsened",
    "proactive_discovery_rate", "latent_share", "time_to_discovery_mean", "backlog", "leftover_tickets", "connection_rate",
    "duplicate_rate", "lost_signals", "dispatch_accuracy", "return_rate", "ping_pong_share", "on_time_dispatch_rate",
    "on_time_disposal_rate", "on_time_closing_rate", "rework_rate", "reporting_gap", "repeat_rate", "supervision_orders",
    "satisfaction", "pay_per_resolved_issue", "resolution_time_ratio", "harm_gini",
)  # fmt: skip
"""Measures a planner looks at first; where eight of them are there, the forest plot keeps to them, in this order."""


def forest_frame(comparison: Comparison, scenario: str) -> pd.DataFrame:
    """Paired differences of one scenario from the first, as `forest.draw` takes them."""
    table = comparison.verdicts
    table = table[(table["scenario"] == scenario) & np.isfinite(table[["base_mean", "mean", "difference"]]).all(axis=1)]
    table = table[~(table["base_mean"].eq(0) & table["mean"].eq(0))]
    chosen = table[table["measure"].isin(HEADLINES)].sort_values("measure", key=lambda keys: keys.map(HEADLINES.index))
    if len(chosen) < 8:
        chosen = table[table["direction"] != 0] if (table["direction"] != 0).any() else table
    chosen = chosen.head(32).rename(columns={"base_mean": "base", "mean": "other"}).drop(columns=["low", "high"])
    chosen = chosen.rename(columns={"difference_low": "low", "difference_high": "high"})
    return chosen[list(forest.COLUMNS)].reset_index(drop=True)


def resolved_frame(results: Sequence[Result]) -> pd.DataFrame:
    """Cumulative incidence of true resolution by severity, at some hundred points of time up to 180 days."""
    frames = []
    for result in results:
        outcomes = result.outcomes
        axes = outcomes[0].axes
        if "bin" not in axes or outcomes[0].facts["kind"] != "city":
            continue
        edges = np.asarray(axes["bin"], float)
        ends = np.append(edges[1:], edges[-1]) / DAY
        kept = thinned(ends)
        kinds = [axes["time"].index(name) for name in ("resolved", "gone", "open")]
        prevented = axes["issue_count"].index("prevented")
        for place, severity in enumerate(axes["severity"]):
            counts = np.stack([outcome.arrays["times_by_severity"][place][kinds] for outcome in outcomes]).astype(float)
            counts[:, 1, 0] += [outcome.arrays["issues_by_severity"][place, prevented] for outcome in outcomes]     # ends as it begins
            if not counts.sum():
                continue
            shares = np.stack(
                [cumulative_incidence(*one)[kept] if one.sum() else np.full(len(kept), np.nan) for one in counts],
                axis=-1,
            )
            found = averaged(shares, {"scenario": [result.name] * len(kept), "severity": [severity] * len(kept), "days": ends[kept]})
            found[["low", "high"]] = found[["low", "high"]].clip(0, 1)
            frames.append(found.rename(columns={"mean": "share"}))
    return pd.concat(frames, ignore_index=True) if frames else table_of([], resolved.COLUMNS)


def backlog_frame(results: Sequence[Result]) -> pd.DataFrame:
    """What is open at the end of each measured day: unknown, known, and at each tier waiting or in work; bare: in the system."""
    frames = []
    for result in results:
        first = result.outcomes[0]
        tiers, states = first.axes["tier"], first.axes["backlog_state"]
        days = slice(first.facts["first_day"], first.facts["last_day"])
        held = np.stack([outcome.arrays["backlog"][days] for outcome in result.outcomes], axis=-1)
        at_work = held[:, states.index("waiting")] + held[:, states.index("in_work")]
        if first.facts["kind"] == "city":
            panels = {"latent": (_("Nobody knows of them"), held[:, states.index("latent")].sum(axis=1))}
            words = {
                "grid": _("Waiting or in work: grid workers"),
                "community": _("Waiting or in work: communities"),
                "street": _("Waiting or in work: streets"),
                "district": _("Waiting or in work: district"),
            }
            panels["known"] = (_("Known and not ended"), _daily(result.outcomes, "known", days))
            panels |= {tier: (words[tier], at_work[:, place]) for place, tier in enumerate(tiers)}
        else:
            panels = {"system": (_("Customers in the system"), at_work.sum(axis=1))}
        dates = first.axes["day"][days]
        for tier, (title, values) in panels.items():
            frames.append(
                averaged(
                    values,
                    {
                        "scenario": [result.name] * len(dates),
                        "tier": [tier] * len(dates),
                        "title": [title] * len(dates),
                        "day": range(len(dates)),
                        "date": dates,
                        **_marks(result.outcomes, tier, len(dates)),
                    },
                )
            )
    found = pd.concat(frames, ignore_index=True) if frames else table_of([], backlog.COLUMNS)
    found["low"] = found["low"].clip(lower=0)
    return found


def _marks(outcomes: Sequence[Outcome], tier: str, days: int) -> dict[str, Sequence[int]]:
    """Where there are surges: 1 on the first day of each, and 1 on the day on which open issues are back, as the mean over replications.

    With a reform, 1 on the days on which it begins and ends.
    """
    first = outcomes[0].facts
    begins, changes = first.get("surge_days", ()), [day - first["first_day"] for day in first.get("reform_days", ())]
    marked: dict[str, Sequence[int]] = {"reform": [int(bool(changes) and day in (changes[0], changes[-1])) for day in range(days)]} if changes else {}
    if not begins:
        return marked
    surge, back = np.zeros(days, np.int64), np.zeros(days, np.int64)
    for day in begins:
        if 0 <= day - first["first_day"] < days:
            surge[day - first["first_day"]] = 1
        found = [recovery_day(outcome.arrays["daily"][:, outcome.axes["daily_count"].index("known")], day) for outcome in outcomes]
        ends = day - first["first_day"] + np.mean(found)
        if tier == "known" and np.isfinite(ends) and 0 <= round(ends) < days and np.mean(found) > 0:
            back[round(ends)] = 1
    return {**marked, "surge": surge.tolist(), "back": back.tolist()}


def _daily(outcomes: Sequence[Outcome], count: str, days: slice) -> np.ndarray:
    place = outcomes[0].axes["daily_count"].index(count)
    return np.stack([outcome.arrays["daily"][days, place] for outcome in outcomes], axis=-1)


def flow_frame(results: Sequence[Result]) -> pd.DataFrame:
    """Mean number of issues by where they were found, how high they were sent and where they ended."""
    rows = []
    for result in results:
        first = result.outcomes[0]
        if first.facts["kind"] != "city":
            continue
        mean = np.mean([outcome.arrays["flow"].sum(axis=0) for outcome in result.outcomes], axis=0)
        for found, sent, ended in np.argwhere(mean > 0):
            rows.append(
                {
                    "scenario": result.name,
                    "found_at": first.axes["found_at"][found],
                    "sent_to": first.axes["sent_to"][sent],
                    "ended_at": first.axes["ended_at"][ended],
                    "issues": mean[found, sent, ended],
                }
            )
    return table_of(rows, flow.COLUMNS)


def utilisation_frame(results: Sequence[Result]) -> pd.DataFrame:
    """Busy as a share of rostered time, by role (desks by tier); in a bare system by pool."""
    frames = []
    for result in results:
        first = result.outcomes[0]
        roles = _roles(first)
        counts = first.axes["pool_count"]
        held = np.stack([outcome.arrays["pools"] for outcome in result.outcomes], axis=-1).astype(float)
        for role in dict.fromkeys(roles):
            pools = [place for place, other in enumerate(roles) if other == role]
            rostered = held[pools, counts.index("rostered_seconds")].sum(axis=0)
            if not rostered.all():
                continue
            busy = held[pools, counts.index("busy_seconds")].sum(axis=0)
            frames.append(
                averaged(
                    (busy / rostered)[None],
                    {"scenario": [result.name], "role": [role], "title": [_role_title(result, role, pools)]},
                )
            )
    if not frames:
        return table_of([], utilisation.COLUMNS)
    found = pd.concat(frames, ignore_index=True)
    found["low"] = found["low"].clip(lower=0)
    kinds = list(dict.fromkeys(role.partition(":")[0] for role in found["role"]))
    return found.sort_values("role", key=lambda roles: roles.map(lambda role: kinds.index(role.partition(":")[0])), kind="stable")


def _roles(outcome: Outcome) -> list[str]:
    axes = outcome.axes
    if outcome.facts["kind"] != "city":
        return list(axes["pool"])
    return [f"{role}:{tier}" if role == "desk" else role for role, tier in zip(axes["pool_role"], axes["pool_tier"], strict=True)]


def _role_title(result: Result, role: str, pools: Sequence[int]) -> str:
    axes = result.outcomes[0].axes
    known = {
        "desk:district": _("District desks"),
        "desk:street": _("Street desks"),
        "desk:community": _("Community desks"),
        "community_staff": _("Community staff"),
        "street_team": _("Street teams"),
        "grid_worker": _("Grid workers"),
        "grid_worker:merged": _("Grid workers"),
    }
    if role in known:
        return known[role]
    kind, _colon, key = role.partition(":")
    named = getattr(getattr(result.scenario, "grid_workers", None), "roles", None)
    if kind == "grid_worker" and isinstance(named, dict) and key in named:
        return _("Grid workers: {role}").format(role=getattr(named[key].title, language()))
    organisation = getattr(result.scenario, "organisation", None)
    if kind == "helper" and organisation is not None and key in organisation.participation.helpers:
        return str(getattr(organisation.participation.helpers[key].title, language()))
    titles = {axes[f"pool_title_{language()}"][place] for place in pools}
    return titles.pop() if len(titles) == 1 else key or role


def load_frame(results: Sequence[Result]) -> pd.DataFrame:
    """An average week: contacts with desks (bare: arrivals) an hour, and the mean number of staff who are busy."""
    rows = []
    for result in results:
        first = result.outcomes[0]
        names = first.axes["load"]
        mean = np.mean([outcome.arrays["load"] for outcome in result.outcomes], axis=0)
        days = np.array(first.axes["day"][first.facts["first_day"] : first.facts["last_day"]], "datetime64[D]")
        weeks = np.bincount((days.astype(int) + 3) % 7, minlength=7).clip(1)[:, None]  # 1970-01-01 was a Thursday
        busy = (mean[names.index("desk_busy")] + mean[names.index("field_busy")]) / 3600
        kinds = (
            {"contacts": mean[names.index("contacts")]}
            if first.facts["kind"] == "city"
            else {"arrivals": mean[names.index("occurrences")]}
        )
        for kind, cells in {**kinds, "busy": busy}.items():
            if not cells.any():
                continue
            rows += [
                {"scenario": result.name, "load": kind, "weekday": day, "hour": hour, "value": value}
                for day, hours in enumerate(cells / weeks)
                for hour, value in enumerate(hours)
            ]
    return table_of(rows, load.COLUMNS)


def streets_frame(results: Sequence[Result]) -> pd.DataFrame:
    """Severity-weighted days that issues existed, per 1,000 residents, by street."""
    frames = []
    for result in results:
        first = result.outcomes[0]
        if first.facts["kind"] != "city":
            continue
        people = first.arrays["population_by_street"].astype(float)
        place = first.axes["issue_count"].index("harm_seconds")
        harm = np.stack([outcome.arrays["issues_by_street"][:, place] for outcome in result.outcomes], axis=-1) / DAY
        lived = people > 0
        names = [name for name, some in zip(first.axes["street"], lived, strict=True) if some]
        titles = [name for name, some in zip(named(result, "street"), lived, strict=True) if some]
        frames.append(
            averaged(
                1000 * harm[lived] / people[lived, None],
                {"scenario": [result.name] * len(names), "street": names, "title": titles},
            )
        )
    found = pd.concat(frames, ignore_index=True) if frames else table_of([], streets.COLUMNS)
    found["low"] = found["low"].clip(lower=0)
    return found
