"""Issues 问题 and consultations 咨询: what arises, how often, how hard it is and how long it may take.

A category 类别 is a kind of issue.  Its rate is per resident and day; hour, weekday and month profiles shape it, and the rate
of a day varies on top of that (Gamma-Poisson, `daily_cv`).  The lowest tier with the authority to solve it, the departments it
needs, its touch times and its deadline are drawn from, or looked up in, what stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field

from sim.base import (
    Block,
    Deadline,
    Due,
    Duration,
    Key,
    NonNegativeFloat,
    PositiveDuration,
    Probability,
    Rate,
    Shares,
    Title,
    refuse,
)
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["Authority", "Category", "Channels", "Deadlines", "Issues", "Lasting", "MoreDepartments", "Nature", "Notice",
           "Severity", "Touch", "Travel", "Worsening", "faults", "month_factors", "profile", "shifted_authority", "worsened"]

Cv = Annotated[float, Field(ge=0, le=10)]
"""Coefficient of variation, 0 to 10."""

BUILT_IN_PROFILES = {
    "residents": (2.3, 1.3, 0.2, 0.3, 0.1, 0.4, 0.7, 1.5, 4.2, 6.2, 11.0, 8.6,
                  5.2, 5.0, 6.7, 9.1, 7.0, 7.0, 5.0, 3.9, 3.5, 3.9, 4.1, 2.8),
    "flat": (1.0,) * 24,
}
"""Hour profiles that need not be written: `residents` is the share by hour of 7,637 Chinese petitions; `flat` is even."""


def _some(weights: tuple[float, ...]) -> tuple[float, ...]:
    if sum(weights) <= 0:
        refuse(_("at least one of the weights must be above 0"))
    return weights


Hours = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=24, max_length=24), AfterValidator(_some)]
Week = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=7, max_length=7), AfterValidator(_some)]
Year = Annotated[tuple[NonNegativeFloat, ...], Field(min_length=12, max_length=12), AfterValidator(_some)]


class _Whole(Block):
    """Shares that add up to 1."""

    def model_post_init(self, context: Any, /) -> None:
        """Refuse shares that do not add up to 1."""
        total = sum(getattr(self, name) for name in type(self).model_fields)
        if abs(total - 1) > 1e-6:
            refuse(_("the shares must add up to 1, not to {total}").format(total=f"{total:.6g}"))

    def shares(self) -> tuple[float, ...]:
        """The shares in the order of the fields."""
        return tuple(getattr(self, name) for name in type(self).model_fields)


class Severity(_Whole):
    """Severity 严重程度 of an issue when it arises: shares that add up to 1."""

    ordinary: Probability = 1.0
    """Share of ordinary issues 一般."""
    serious: Probability = 0.0
    """Share of serious issues 较重."""
    urgent: Probability = 0.0
    """Share of urgent issues 紧急."""


class Authority(_Whole):
    """The lowest tier with the authority to solve it 处置权限: shares that add up to 1."""

    grid: Probability = 0.0
    """Share that a grid worker can solve on the spot."""
    community: Probability = 0.0
    """Share that needs the community 社区."""
    street: Probability = 0.0
    """Share that needs the street 街道."""
    district: Probability = 0.0
    """Share that needs a department of the district 区."""


class Nature(_Whole):
    """Nature 三事分流: shares that add up to 1.  Read by three-way triage."""

    private: Probability = 0.0
    """Private matters 私事: guided to self-help and the market."""
    small: Probability = 0.0
    """Small matters 小事: talked over in the community."""
    big: Probability = 1.0
    """Big matters 大事: the government's work, the fast way."""


class Channels(_Whole):
    """How residents report 渠道: shares that add up to 1."""

    phone: Probability = 0.6
    """By telephone 12345."""
    app: Probability = 0.3
    """By app 智慧近邻."""
    walk_in: Probability = 0.1
    """In person 来访."""


class MoreDepartments(Block):
    """Issues that need departments beside the one in charge: shares, together at most 1."""

    one: Probability = 0.0
    """Share that needs one more."""
    two: Probability = 0.0
    """Share that needs two more."""

    def model_post_init(self, context: Any, /) -> None:
        """Refuse shares above 1 together."""
        if self.one + self.two > 1:
            refuse(_("the shares must not add up to more than 1"))


class _Tiers(Block):
    grid: Duration | None = None
    """By a grid worker, s; left out: as at the next tier given."""
    community: Duration | None = None
    """By community staff, s; left out: as at the next tier given."""
    street: Duration | None = None
    """By a street team, s; left out: as at the next tier given."""
    district: Duration | None = None
    """By a department's crew, s; left out: as at the next tier given."""

    def seconds(self) -> tuple[float, float, float, float]:
        """By tier from the grid up; what is left out is as at the next tier given, upward first.

        Examples
        --------
        >>> Touch(grid="5 min", street="1 h").seconds()
        (300.0, 3600.0, 3600.0, 3600.0)
        """
        given = (self.grid, self.community, self.street, self.district)
        filled = [next((x for x in (*given[i:], *given[i::-1]) if x is not None), 0.0) for i in range(4)]
        return filled[0], filled[1], filled[2], filled[3]


class Touch(_Tiers):
    """Mean touch time 处置用时 by the tier that works on it."""

    def model_post_init(self, context: Any, /) -> None:
        """Refuse a touch time of nothing."""
        if max(self.seconds()) <= 0:
            refuse(_("a touch time is needed at one tier at least"))


class Travel(_Tiers):
    """Mean travel time 路程 by the tier that goes there."""

    grid: Duration | None = 300.0
    """Of a grid worker, s.  Assumption."""
    community: Duration | None = 600.0
    """Of community staff, s.  Assumption."""
    street: Duration | None = 1200.0
    """Of a street team, s.  Assumption."""
    district: Duration | None = 1800.0
    """Of a department's crew, s.  Assumption."""


class Lasting(Block):
    """How long it lasts if nobody acts 自然消失."""

    mean: PositiveDuration
    """Mean time from its occurrence until it ends by itself, s (lognormal)."""
    cv: Cv = 1.0
    """Coefficient of variation, 0 to 10.  Assumption."""
    share: Probability = 1.0
    """Share of the issues that end by themselves at all, 0 to 1."""


class Worsening(Block):
    """Worsening 小事拖大: severity rises one step, and with it the tier and the touch time."""

    chance: Probability
    """Chance that it would worsen if nothing is done, 0 to 1."""
    after: PositiveDuration
    """Mean delay from its occurrence, s (exponential)."""
    touch_factor: Annotated[float, Field(ge=1, le=100)] = 1.5
    """Factor on the touch time, 1 to 100.  Assumption."""


class Deadlines(Block):
    """Time limit 时限 from registration to closing, by severity."""

    ordinary: Deadline = Due(432_000, working=False)
    """Ordinary issues; such as "4 working hours", "3 working days", "24 h"."""
    serious: Deadline = Due(86_400, working=False)
    """Serious issues."""
    urgent: Deadline = Due(7_200, working=False)
    """Urgent issues.  2 h in the grades of Beijing's 12345 (danger to life and property)."""


class Notice(Block):
    """How soon a resident who would report it notices it."""

    mean: PositiveDuration = 86_400.0
    """Mean delay from its occurrence, s (lognormal).  Assumption."""
    cv: Cv = 1.0
    """Coefficient of variation, 0 to 10.  Assumption."""


class Category(Block):
    """A category 类别 of issues."""

    title: Title
    """Name in English and Chinese."""
    rate: Rate
    """Actionable issues per resident and day in estates of factor 1, such as "0.2 per 1000 residents/day"."""
    hour: Hours | Key = "residents"
    """Weights of the 24 hours of the day at which it arises, or the name of a profile: of issues.profiles, `residents` or
    `flat`."""
    weekday: Week = (1.0,) * 7
    """Weights of the days of the week, Monday first; only their proportions count."""
    month: Year = (1.0,) * 12
    """Weights of the months, January first; only their proportions count."""
    severity: Severity = Severity()
    """Severity when it arises: shares."""
    nature: Nature = Nature()
    """Private, small, big: shares.  Assumption 15/55/30 for disputes and estates."""
    authority: Authority
    """The lowest tier able to solve it: shares."""
    departments: Shares
    """Department in charge where it needs one: shares by key of departments."""
    more_departments: MoreDepartments = MoreDepartments()
    """Shares that need one or two further departments, out of those named in `departments`."""
    touch: Touch
    """Mean touch time by tier (lognormal)."""
    touch_cv: Cv = 1.0
    """Coefficient of variation of the touch time, 0 to 10.  Assumption."""
    travel: Travel = Travel()
    """Mean travel time by tier (lognormal)."""
    travel_cv: Cv = 0.5
    """Coefficient of variation of the travel time, 0 to 10.  Assumption."""
    visible: Probability = 0.0
    """Chance that one pass of a patrol detects it, 0 to 1."""
    role: Key | None = None
    """Role of grid worker that looks for it and solves it on the spot while roles are separate; left out: none does.  Merged
    grid workers look for every category."""
    subject: Key | None = None
    """Centre in charge while centres are separate: a key of centres.subjects.  May be left out where there are no subjects."""
    reporters: Annotated[NonNegativeFloat, Field(le=100)] = 0.5
    """Mean number of residents who would report it (Poisson, cut at 4), 0 to 100."""
    notice: Notice = Notice()
    """How soon they notice."""
    channels: Channels = Channels()
    """How they report."""
    lasts: Lasting | None = None
    """How long it lasts if nobody acts; left out: for ever."""
    worsens: Worsening | None = None
    """Worsening; left out: it does not."""
    deadline: Deadlines = Deadlines()
    """Time limits by severity."""
    cluster: Key | None = None
    """Root-cause cluster 类案 that it belongs to; categories of one name are analysed together; left out: by itself."""
    consultations: Rate = 0.0
    """Consultations 咨询 on the subject per resident and day; they load the desks and become no ticket."""


class Issues(Block):
    """What arises 问题: categories and their common settings."""

    scale: Annotated[NonNegativeFloat, Field(le=1000)] = 1.0
    """Factor on all demand, issues and consultations, 0 to 1000."""
    daily_cv: Cv = 0.35
    """Coefficient of variation of a day's rate about its profile (Gamma), 0 to 10.  Petitions 2019 and Boston: 0.35 to 0.50."""
    profiles: dict[Key, Hours] = Field(default_factory=dict)
    """Hour profiles by name: 24 weights, midnight first."""
    consultation_hour: Hours | Key = "residents"
    """Weights of the hours at which consultations arise, or the name of a profile."""
    consultation_weekday: Week = (1.0,) * 7
    """Weights of the days of the week for consultations, Monday first."""
    categories: dict[Key, Category] = Field(default_factory=dict)
    """Categories by key."""


# --- for the tables -------------------------------------------------------------------------------------------------------
def profile(issues: Issues, hour: tuple[float, ...] | str) -> np.ndarray:
    """Shares of the 24 hours, from weights or the name of a profile.

    Examples
    --------
    >>> profile(Issues(), "flat")[:2].round(4).tolist()
    [0.0417, 0.0417]
    """
    weights = (issues.profiles.get(hour) or BUILT_IN_PROFILES[hour]) if isinstance(hour, str) else hour
    share = np.asarray(weights, float)
    return share / share.sum()


DAYS_IN_MONTH = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def month_factors(month: tuple[float, ...]) -> np.ndarray:
    """Factors by month with mean 1 over a year of 365 days.

    Examples
    --------
    >>> float(month_factors((2.0,) + (1.0,) * 11) @ DAYS_IN_MONTH) / 365
    1.0
    """
    factor = np.asarray(month, float)
    return factor * 365 / (factor @ DAYS_IN_MONTH)


def shifted_authority(shares: tuple[float, ...], delta: float) -> np.ndarray:
    """Authority shares with `delta` moved from street and district to grid and community, in proportion.

    Neither side goes below 0; nothing moves to a side that has nothing, since nobody there has the authority at all.

    Parameters
    ----------
    shares : sequence of float
        Grid, community, street, district; add up to 1.
    delta : float
        -1 to 1; below 0 it moves upward.

    Returns
    -------
    ndarray of float, shape (4,)

    Examples
    --------
    >>> shifted_authority((0.2, 0.3, 0.4, 0.1), -0.1).round(3).tolist(), shifted_authority((0.0, 0.0, 1.0, 0.0), 0.2).tolist()
    ([0.16, 0.24, 0.48, 0.12], [0.0, 0.0, 1.0, 0.0])
    """
    share = np.asarray(shares, float)
    local, upper = share[:2].sum(), share[2:].sum()
    if local <= 0 or upper <= 0:
        return share
    moved = min(max(local + delta, 0.0), 1.0)
    return np.concatenate([share[:2] * (moved / local), share[2:] * ((1 - moved) / upper)])


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the issues of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    issues: Issues = scenario.issues
    names = (*issues.profiles, *BUILT_IN_PROFILES)
    if not issues.categories:
        yield "issues.categories", None, _("at least one category is needed"), ()
    hours = {"issues.consultation_hour": issues.consultation_hour}
    hours |= {f"issues.categories.{key}.hour": one.hour for key, one in issues.categories.items()}
    for path, hour in hours.items():
        if isinstance(hour, str) and hour not in names:
            yield path, hour, _("there is no such profile in issues.profiles"), names
    for key, one in issues.categories.items():
        yield from _category_faults(scenario, f"issues.categories.{key}", one)


def _category_faults(scenario: Any, path: str, one: Category) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    for department in one.departments:
        if department not in scenario.departments:
            yield (f"{path}.departments.{department}", one.departments[department],
                   _("there is no such department in departments"), tuple(scenario.departments))
    named = sum(share > 0 for share in one.departments.values())
    more = 3 if one.more_departments.two > 0 else 2 if one.more_departments.one > 0 else 1
    if more > named:
        rule = _("{more} departments may be needed, and only {named} are named in departments")
        yield f"{path}.more_departments", None, rule.format(more=more, named=named), ()
    roles, subjects = scenario.grid_workers.roles, scenario.centres.subjects
    if one.role is not None and one.role not in roles:
        yield f"{path}.role", one.role, _("there is no such role in grid_workers.roles"), tuple(roles)
    if one.subject is not None and one.subject not in subjects:
        yield f"{path}.subject", one.subject, _("there is no such centre in centres.subjects"), tuple(subjects)
    if one.role is None and one.authority.grid > 0 and scenario.organisation.grid_workers.mode == "separate" and roles:
        rule = _("nobody may solve it: grid workers have the authority for a share of it, and no role looks for it")
        yield f"{path}.role", None, rule, tuple(roles)
    if one.subject is None and subjects and scenario.organisation.centres.mode == "separate":
        yield f"{path}.subject", None, _("no centre is in charge of it"), tuple(subjects)


# --- rules ----------------------------------------------------------------------------------------------------------------
@inlined
def worsened(severity: int, able: int, touch: float, factor: float) -> tuple[int, int, float]:
    """Severity, lowest able tier and factor on the touch time after worsening 小事拖大: what is urgent stays as it is.

    Examples
    --------
    >>> worsened(0, 1, 1.0, 1.5), worsened(1, 3, 1.5, 1.5), worsened(2, 1, 1.0, 1.5)
    ((1, 2, 1.5), (2, 3, 2.25), (2, 1, 1.0))
    """
    return (severity, able, touch) if severity == 2 else (severity + 1, min(able + 1, 3), touch * factor)
