"""Pools whose heads may be moved, by the names a planner gives them, and what they cost.

The heads of a city stand at posts (`staff.grid_workers.heads`, ...) and departments (`departments.fire.heads`); those of a bare
system at its pools.  One post may staff many pools: `grid_workers` stands for all grid teams together, `crew:fire` for one crew.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from sim.base import Money, ScenarioError, Title
from sim.i18n import N_, _, joined, language
from sim.nearest import closest
from sim.store import RunError

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["Lever", "StaffingError", "changed", "gathered", "known_pools", "lever", "money_of", "near", "pay_of", "titles_of"]

POSTS = {
    "grid_workers": (N_("Grid workers"), "grid_team/"), "district_desk": (N_("District desks"), "desk/district/"),
    "street_desk": (N_("Street desks"), "desk/street/"), "community_desk": (N_("Community desks"), "desk/community/"),
    "community_staff": (N_("Community staff"), "community_staff/"), "street_team": (N_("Street teams"), "street_team/"),
}
"""Posts of a city: what they are called, and how the keys of their pools begin."""

MOST_VALUES = 2000
_Answer = TypeVar("_Answer")


class StaffingError(RunError):
    """A question about staffing that cannot be asked so; its text says what would be right."""


def gathered(asks: Iterable[Callable[[], _Answer]]) -> list[_Answer]:
    """What all of these give.

    Raises
    ------
    StaffingError
        Some are refused: all that is wrong, a line each.

    Examples
    --------
    >>> gathered([lambda: money_of("much"), lambda: money_of("7"), lambda: money_of("0")])
    Traceback (most recent call last):
    sim.staffing.pools.StaffingError: much: a pay is needed, such as "5000000 CNY/year".
    0: a pay is needed, such as "5000000 CNY/year".
    """
    found, wrong = [], []
    for ask in asks:
        try:
            found.append(ask())
        except (StaffingError, ScenarioError) as error:
            wrong.append(str(error))
    if wrong:
        raise StaffingError("\n".join(dict.fromkeys(wrong)))
    return found


@dataclass(frozen=True)
class Lever:
    """A pool or post whose heads may be moved, and how far (可调岗位).

    Attributes
    ----------
    name : str
        As it is called on the command line: `grid_workers`, `crew:fire`, `desk`.
    path : str
        The setting that holds its heads.
    pools : str
        How the keys of its pools begin; in a bare system the key itself.
    said : Title or None
        What the scenario calls it, in both languages; None for a post and for a pool of a bare system.
    wage : float
        Pay of a member, CNY a year; 0 in a bare system.
    now : int
        Heads as the scenario has them.
    values : tuple of int
        Heads that may be tried, ascending.
    """

    name: str
    path: str
    pools: str
    said: Title | None
    wage: float
    now: int
    values: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """What it is called in the language in use."""
        if self.name in POSTS:
            return _(POSTS[self.name][0])
        return self.said.text() if self.said is not None else self.name

    def staffs(self, pool: str) -> bool:
        """Whether a pool of this key is staffed from here."""
        return pool == self.pools or (self.pools.endswith("/") and pool.startswith(self.pools))


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """The scenario with other settings, by dotted path (改设置).

    Examples
    --------
    >>> from sim.scenario import load
    >>> changed(load("theory/mmc"), {"bare.pools.desk.heads": 7}).bare.pools["desk"].heads
    7
    """
    from sim.scenario import from_dict

    return from_dict(scenario.resolved(), changes)


def known_pools(scenario: Scenario) -> dict[str, Lever]:
    """Every pool and post whose heads can be set, by name (可调岗位一览).

    Examples
    --------
    >>> from sim.scenario import load
    >>> list(known_pools(load("theory/mmc"))), known_pools(load("small/integrated"))["crew:municipal"].path
    (['desk'], 'departments.municipal.heads')
    """
    if scenario.bare is not None:
        return {key: Lever(key, f"bare.pools.{key}.heads", key, None, 0.0, pool.heads)
                for key, pool in scenario.bare.pools.items() if pool.heads != "unlimited"}
    found = {}
    for name, (_title, pools) in POSTS.items():
        post = getattr(scenario.staff, name)
        found[name] = Lever(name, f"staff.{name}.heads", pools, None, post.wage, post.heads)
    for key, one in scenario.departments.items():
        name = f"crew:{key}"
        found[name] = Lever(name, f"departments.{key}.heads", f"crew/{key}", one.title, one.wage, one.heads)
    return found


def titles_of(scenario: Scenario) -> dict[str, str]:
    """What posts and pools are called in the language in use: posts and crews by the names of `known_pools`, pools by their keys.

    Examples
    --------
    >>> from sim.scenario import load
    >>> found = titles_of(load("small/integrated"))
    >>> found["street_team"], found["crew/municipal"] == found["crew:municipal"]
    ('Street teams', True)
    """
    pools = scenario.tables().pools
    named = {key: title.get(language(), key) for key, title in zip(pools.key, pools.title, strict=True)}
    return named | {name: one.title for name, one in known_pools(scenario).items()}


def lever(scenario: Scenario, said: str) -> Lever:
    """A pool with its range, from what a planner writes (岗位与范围).

    Parameters
    ----------
    scenario : Scenario
    said : str
        `NAME`, `NAME=LOW..HIGH`, `NAME=LOW..HIGH..STEP` or `NAME=8,10,12`.  The name is one of `known_pools`, or the path of the
        setting (`staff.grid_workers.heads`); `crew/fire` and `fire` are read as `crew:fire`.  Without a range: from half to
        twice the heads that the scenario has.

    Raises
    ------
    StaffingError
        There is no such pool, its heads cannot be moved, or the range is none.

    Examples
    --------
    >>> from sim.scenario import load
    >>> lever(load("theory/mmc"), "desk=3..9..2").values
    (3, 5, 7, 9)
    >>> lever(load("small/integrated"), "street_teem")
    Traceback (most recent call last):
    sim.staffing.pools.StaffingError: There is no pool street_teem whose heads can be set. Did you mean street_team?
    """
    name, _equals, span = (part.strip() for part in said.partition("="))
    known = known_pools(scenario)
    found = known.get(name) or known.get("crew:" + name.removeprefix("crew/")) or next(
        (one for one in known.values() if name in (one.path, one.path.removesuffix(".heads"))), None)
    if found is None:
        what = _("There is no pool {name} whose heads can be set.").format(name=name)
        raise StaffingError(joined([what, near(name, list(known))]))
    _not_rostered(scenario, found)
    least = _least(scenario, found)
    if not span:
        values = tuple(range(max(least, found.now // 2), max(least, found.now * 2) + 1))
        values = values if len(values) <= 60 else tuple(sorted({*values[::-(-len(values) // 60)], found.now, values[-1]}))
    else:
        values = _values(said, span)
    if values[0] < least:
        raise StaffingError(_("{said}: {name} needs at least {least} heads, one for each place and shift.").format(
            said=said, name=name, least=least))
    return Lever(found.name, found.path, found.pools, found.said, found.wage, found.now, values)


def near(name: str, known: Sequence[str], also: Sequence[str] = ()) -> str:
    """A sentence that helps whoever misspelt a name: the nearest one, `also` by other names, else all of them.

    Examples
    --------
    >>> near("dsek", ["desk", "field"]), near("xyzzy", ["desk", "field"])
    ('Did you mean desk?', 'There are: desk, field.')
    """
    close = closest(name, [*known, *also], 3)
    if close:
        return _("Did you mean {nearest}?").format(nearest=_(" or ").join(close))
    return _("There are: {names}.").format(names=", ".join(known))


def pay_of(scenario: Scenario, levers: Sequence[Lever], heads: Sequence[int]) -> float:
    """Pay of the whole staff with these heads, CNY a year; in a bare system the heads of all pools (年薪酬).

    Examples
    --------
    >>> from sim.scenario import load
    >>> small = load("small/integrated")
    >>> crews = lever(small, "crew:municipal=1..3")
    >>> pay_of(small, [crews], [3]) - pay_of(small, [crews], [1])
    240000.0
    """
    moved = {one.name: number for one, number in zip(levers, heads, strict=True)}
    total = 0.0
    for name, one in known_pools(scenario).items():
        total += moved.get(name, one.now) * (one.wage if scenario.bare is None else 1.0)
    return total


def money_of(said: str) -> float:
    """An amount a year from text (读取预算).

    Raises
    ------
    StaffingError
        It is none.

    Examples
    --------
    >>> money_of("5,000,000"), money_of("6000 CNY/month")
    (5000000.0, 72000.0)
    """
    text = said.strip()
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        try:
            value = float(TypeAdapter(Money).validate_python(text))
        except ValidationError:
            value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise StaffingError(_("{said}: a pay is needed, such as \"5000000 CNY/year\".").format(said=said))
    return value


def _values(said: str, span: str) -> tuple[int, ...]:
    if found := re.fullmatch(r"(\d+)\s*\.\.\s*(\d+)(?:\s*\.\.\s*(\d+))?", span):
        low, high, step = int(found[1]), int(found[2]), int(found[3] or 1)
        values = tuple(range(low, high + 1, step)) if step else ()
    elif re.fullmatch(r"\d+(\s*,\s*\d+)*", span):
        values = tuple(sorted({int(one) for one in span.split(",")}))
    else:
        values = ()
    if not values or values[0] < 1 or len(values) > MOST_VALUES:
        raise StaffingError(_("{said}: a range of heads is needed, such as 10..40, 10..40..5 or 10,15,20; at most {most} "
                              "values.").format(said=said, most=MOST_VALUES))
    return values


def _not_rostered(scenario: Scenario, one: Lever) -> None:
    """Heads that a roster gives out one by one cannot be moved as a number."""
    rows = scenario.staff.roster_csv or () if scenario.bare is None else ()
    for row in rows:
        if (f"crew:{row.role}" if row.post == "departments" else row.post) == one.name:
            raise StaffingError(_("The heads of {name} stand in the roster staff.roster_csv, row by row. Leave the roster out "
                                  "(--set staff.roster_csv=null) to try other numbers.").format(name=one.name))


def _least(scenario: Scenario, one: Lever) -> int:
    """The fewest heads with which the scenario is possible."""
    try:
        changed(scenario, {one.path: 1})
    except ScenarioError as error:
        for fault in error.faults:
            if fault.path == one.path and fault.nearest and fault.nearest[0].isdigit():
                return int(fault.nearest[0])
    return 1
