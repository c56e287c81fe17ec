"""What a measure is, and the views of an outcome that measures are functions of.

A measure is a function of a view: of the whole outcome (`View(outcome)`), which gives it plain numbers, or of the outcome along
one axis (`View(outcome, "street")`), which gives it arrays with one entry a street.  So one formula serves the whole district,
every street and every pool.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import numpy as np

from sim.i18n import _
from sim.measures.curves import cumulative_incidence, quantile, ratio, restricted_mean
from sim.outcome import TIME_EDGES, WAIT_EDGES, Outcome

__all__ = ["AXES", "MEASURES", "POOL_AXES", "Measure", "View", "cumulative_incidence", "measure", "once_a_view", "quantile", "ratio",
           "register", "restricted_mean", "tiny"]

POOL_AXES = {"pool": "pool", "pool_kind": "pool_kind", "pool_tier": "pool_tier", "pool_role": "pool_role"}
AXES = ("category", "severity", "tier", "street", "community", "estate_class", *POOL_AXES)
"""Axes along which measures may be taken."""
_STEMS = {
    "issues": ("category", "severity", "street", "community", "estate_class"),
    "tickets": ("category", "severity", "tier", "street", "community"),
    "scores": ("category", "street", "community"),
    "times": ("severity", "category"),
    "stages": ("category", "severity", "street"),
    "flow": ("category",),
    "pools": (*POOL_AXES, "category"),
    "whole": (),
    "assessed streets": ("street",),
    "trust": ("community",),
}


class View:
    """An outcome, whole or along one axis.

    Parameters
    ----------
    outcome : Outcome
    axis : str, optional
        One of `AXES`; numbers are then arrays with one entry a group.

    Raises
    ------
    KeyError
        When a number is asked for that is not kept along this axis.
    """

    def __init__(self, outcome: Outcome, axis: str | None = None) -> None:
        self.outcome, self.axis = outcome, axis
        self._kept_for: dict[Any, Any] = {}

    @property
    def groups(self) -> list[str]:
        """Names of the groups: each once, in the order of the axis."""
        return list(dict.fromkeys(self.outcome.axes[self.axis])) if self.axis else ["all"]

    def once(self, what: Any, make: Callable[[], Any]) -> Any:
        """What is worked out for this view once: a report asks for a hundred numbers of the same few sums."""
        if what not in self._kept_for:
            self._kept_for[what] = make()
        return self._kept_for[what]

    def _kept(self, stem: str) -> np.ndarray:
        arrays = self.outcome.arrays
        if self.axis is None:
            found: np.ndarray = self.once(stem, lambda: arrays[f"{stem}_by_category"].sum(axis=0))
            return found
        return arrays[f"{stem}_by_{self.axis}"]

    def _count(self, stem: str, axis: str, label: str) -> Any:
        return self._kept(stem)[..., self.outcome.axes[axis].index(label)]

    def issues(self, label: str) -> Any:
        """One of `ISSUE_COUNTS`."""
        return self._count("issues", "issue_count", label)

    def tickets(self, label: str) -> Any:
        """One of `TICKET_COUNTS`."""
        return self._count("tickets", "ticket_count", label)

    def scores(self, label: str) -> Any:
        """Number of evaluated tickets with this call-back score."""
        return self._count("scores", "score", label)

    def stages(self, label: str) -> Any:
        """Seconds in one of `STAGES`."""
        return self._count("stages", "stage", label)

    def times(self, label: str) -> np.ndarray:
        """Histogram of one of `TIMES`, bins on the last axis."""
        return self._kept("times")[..., self.outcome.axes["time"].index(label), :]

    def flow(self) -> np.ndarray:
        """Issues by (found_at, sent_to, ended_at) on the last three axes."""
        flow = self.outcome.arrays["flow"]
        if self.axis not in (None, "category"):
            raise KeyError(self.axis)
        return flow.sum(axis=0) if self.axis is None else flow

    @cached_property
    def _member_of(self) -> np.ndarray:
        """Which pools belong to which group, shape (groups, pools)."""
        if self.axis is None:
            return np.ones((1, len(self.outcome.axes["pool"])), np.int64)
        labels = self.outcome.axes[POOL_AXES[self.axis]]
        return np.array([[label == group for label in labels] for group in self.groups], np.int64).reshape(-1, len(labels))

    def _of_pools(self, values: np.ndarray) -> Any:
        if self.axis == "category":
            raise KeyError(self.axis)
        if self.axis == "pool":
            return values
        summed = self._member_of @ values
        return summed[0] if self.axis is None else summed

    def pools(self, label: str) -> Any:
        """One of `POOL_COUNTS`, summed over the pools of each group."""
        if self.axis == "category":
            return self.outcome.arrays["waits_by_category"].sum(axis=1)[:, self._wait_count(label)]
        return self._of_pools(self.outcome.arrays["pools"][:, self.outcome.axes["pool_count"].index(label)])

    def _wait_count(self, label: str) -> int:
        labels = self.outcome.axes["wait_count"]
        if label not in labels:
            raise KeyError(label)
        return labels.index(label)

    def waits(self) -> np.ndarray:
        """Histogram of waits at pools, bins on the last axis."""
        return self._of_pools(self.outcome.arrays["pool_waits"])

    def of_kind(self, label: str, *kinds: str) -> Any:
        """One of `POOL_COUNTS`, over pools of these kinds alone."""
        chosen = np.isin(self.outcome.axes["pool_kind"], kinds)
        return self._of_pools(np.where(chosen, self.outcome.arrays["pools"][:, self.outcome.axes["pool_count"].index(label)], 0))

    def staff(self, label: str) -> Any:
        """One of `POOL_COUNTS`, over pools of paid staff; volunteers and mediators only where pools, roles or kinds are told apart."""
        if self.axis in ("pool", "pool_role", "pool_kind"):
            return self.pools(label)
        return self.of_kind(label, *(set(self.outcome.axes["pool_kind"]) - {"helpers"}))

    def pay(self) -> Any:
        """Pay of the measured interval (CNY)."""
        return self._of_pools(self.outcome.arrays["pay"]) / 1e6

    def assessed_departments(self, label: str) -> Any:
        """One of `ASSESSMENT_COUNTS`, over all departments."""
        if self.axis is not None:
            raise KeyError(self.axis)
        return self.outcome.arrays["assessments_by_department"].sum(axis=0)[self.outcome.axes["assessment_count"].index(label)]

    def assessed_streets(self, label: str) -> Any:
        """One of `ASSESSMENT_COUNTS`, over all streets or of each."""
        if self.axis not in (None, "street"):
            raise KeyError(self.axis)
        table = self.outcome.arrays["assessments_by_street"][:, self.outcome.axes["assessment_count"].index(label)]
        return table.sum() if self.axis is None else table

    def trust(self, label: str) -> Any:
        """One of `TRUST_COUNTS`, over all communities or of each."""
        if self.axis not in (None, "community"):
            raise KeyError(self.axis)
        table = self.outcome.arrays["trust_by_community"][:, self.outcome.axes["trust_count"].index(label)]
        return table.sum() if self.axis is None else table

    def residents(self) -> Any:
        """Residents of the city, the street or the community."""
        if self.axis in ("street", "community"):
            return self.outcome.arrays[f"population_by_{self.axis}"]
        return self.outcome.facts["residents"]

    def days(self, array: str) -> np.ndarray:
        """`backlog` or `daily` over the days of the measured interval."""
        facts = self.outcome.facts
        if self.axis is not None:
            raise KeyError(self.axis)
        return self.outcome.arrays[array][facts["first_day"]:max(facts["last_day"], facts["first_day"] + 1)]

    def daily(self, label: str) -> np.ndarray:
        """One of `DAILY_COUNTS` on each day of the measured interval."""
        return self.days("daily")[:, self.outcome.axes["daily_count"].index(label)]


def once_a_view(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function of a view (and of plain words) on which many measures rest: it is worked out once for each view."""
    @wraps(function)
    def kept(view: View, *words: Any) -> Any:
        return view.once((function, *words), lambda: function(view, *words))

    return kept


@dataclass(frozen=True)
class Measure:
    """A measure 指标.

    Attributes
    ----------
    key : str
        Fixed English key.
    name, chinese : str
        Its names, with gaps for what `fill` holds; `title` is the one in the language in use.
    group : str
        Subject under which it is listed.
    unit : str
        "share" (0 to 1), "s" (seconds), or as written.
    direction : int
        1 more is better, -1 worse, 0 neither.
    of : str
        What it counts: "issues", "tickets", ...; decides along which axes it may be taken.
    kinds : tuple of str
        Kinds of scenario that have it: "city", "bare".
    function : callable
        From a `View` to a number or an array.
    fill : mapping
        What goes into the gaps of the names, such as percent: P90.
    """

    key: str
    name: str
    chinese: str
    group: str
    unit: str
    direction: int
    of: str
    kinds: tuple[str, ...]
    function: Callable[[View], Any]
    fill: Mapping[str, Any]

    @property
    def title(self) -> str:
        """Name in the language in use."""
        return _(self.name).format(**self.fill)

    @property
    def formula(self) -> str:
        """First paragraph of its documentation."""
        return (self.function.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")

    @property
    def axes(self) -> tuple[str, ...]:
        """Axes along which it may be taken."""
        return _STEMS[self.of]


MEASURES: dict[str, Measure] = {}
"""All measures by key, in the order of the report."""


def register(function: Callable[[View], Any], key: str, name: str, chinese: str, *, group: str, unit: str, direction: int,
             of: str, kinds: tuple[str, ...] = ("city",), **fill: Any) -> None:
    """Enter a function as a measure; `fill` goes into the gaps of its names."""
    MEASURES[key] = Measure(key, name, chinese, group, unit, direction, of, kinds, function, fill)


def measure(name: str, chinese: str, *, group: str, unit: str, direction: int, of: str, kinds: tuple[str, ...] = ("city",),
            ) -> Callable[[Callable[[View], Any]], Callable[[View], Any]]:
    """Decorator: the function is the measure of its own name."""
    def enter(function: Callable[[View], Any]) -> Callable[[View], Any]:
        register(function, function.__name__, name, chinese, group=group, unit=unit, direction=direction, of=of, kinds=kinds)
        return function
    return enter


def tiny(kind: str = "city", *, facts: Mapping[str, Any] | None = None, **counts: Mapping[str, Any]) -> View:
    """A view of a made-up outcome for examples: one category, one pool and the counts named, all others 0.

    Parameters
    ----------
    kind : "city" or "bare"
    facts : mapping, optional
        Facts of the run to change.
    **counts : mapping
        By stem (issues, tickets, pools, stages, scores, assessed_departments, assessed_streets, trust): label and number; times: label and
        {seconds: number}.

    Examples
    --------
    >>> tiny(tickets={"due": 4}).tickets("due").item()
    4
    """
    from sim.outcome import margins as m

    axes = {"issue_count": m.ISSUE_COUNTS, "ticket_count": m.TICKET_COUNTS, "pool_count": m.POOL_COUNTS, "stage": m.STAGES,
            "score": tuple(map(str, m.SCORES)), "time": m.TIMES, "daily_count": m.DAILY_COUNTS, "category": ("one",),
            "pool": ("one",), "pool_kind": ("desk" if kind == "city" else "servers",),
            "pool_tier": ("district",), "pool_role": ("desk",), "found_at": m.FOUND_AT, "sent_to": m.FOUND_AT,
            "ended_at": m.ENDED_AT, "wait_count": m.WAIT_COUNTS, "assessment_count": m.ASSESSMENT_COUNTS, "trust_count": m.TRUST_COUNTS,
            "backlog_state": m.BACKLOG_STATES, "street": ("one",), "community": ("one",)}
    stems = {"issues": "issue_count", "tickets": "ticket_count", "stages": "stage", "scores": "score"}
    arrays = {f"{stem}_by_category": np.array([[counts.get(stem, {}).get(label, 0) for label in axes[axis]]])
              for stem, axis in stems.items()}
    arrays["pools"] = np.array([[counts.get("pools", {}).get(label, 0) for label in m.POOL_COUNTS]])
    arrays["times_by_category"] = np.zeros((1, len(m.TIMES), len(TIME_EDGES)), np.int64)
    for label, spans in counts.get("times", {}).items():
        for seconds, number in spans.items():
            arrays["times_by_category"][0, m.TIMES.index(label), np.searchsorted(TIME_EDGES, seconds, side="right") - 1] += number
    arrays["pool_waits"] = np.zeros((1, len(WAIT_EDGES)), np.int64)
    for seconds, number in counts.get("waits", {}).items():
        arrays["pool_waits"][0, np.searchsorted(WAIT_EDGES, int(seconds), side="right") - 1] += number
    arrays["daily"] = np.array([[counts.get("daily", {}).get(label, 0) for label in m.DAILY_COUNTS]])
    arrays["backlog"] = np.zeros((1, 3, 4), np.int64)
    arrays["waits_by_category"] = np.array([[[counts.get("pools", {}).get(label, 0) for label in m.WAIT_COUNTS]]])
    arrays["flow"] = np.zeros((1, 5, 5, len(m.ENDED_AT)), np.int64)
    for unit in ("department", "street"):
        said = counts.get(f"assessed_{unit}s", {})
        arrays[f"assessments_by_{unit}"] = np.array([[said.get(label, 0) for label in m.ASSESSMENT_COUNTS]])
    arrays["trust_by_community"] = np.array([[counts.get("trust", {}).get(label, 0) for label in m.TRUST_COUNTS]])
    arrays["pay"] = np.array([int(counts.get("cost", {}).get("pay", 0) * 1e6)])
    for place, label in enumerate(m.ENDED_AT):
        arrays["flow"][0, 4, 4, place] = counts.get("ended", {}).get(label, 0)
    plain = {"scenario": "tiny", "kind": kind, "warm_up": 0, "horizon": 365 * m.DAY, "run_out": 0, "end": 365 * m.DAY,
             "residents": 1000, "first_day": 0, "last_day": 1}
    return View(Outcome(arrays, {name: list(labels) for name, labels in axes.items()}, {**plain, **(facts or {})}))
