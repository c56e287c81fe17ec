"""The city 城市: district 区, streets 街道, communities 社区, grids 网格 and their estates.

A city is given by counts and totals with a stated spread, or by a list with one row a grid.  Given by counts, grids are dealt
out to communities and communities to streets as evenly as whole numbers allow, in order; populations are the quantiles of a
lognormal distribution, put in an order that looks random and is always the same.  Nothing here is drawn: a city is part of the
question, not of the luck.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import Annotated, Any, NamedTuple

import numpy as np
from pydantic import Field

from sim.base import Block, Duration, Key, Name, NonNegativeFloat, Probability, Title
from sim.i18n import _

__all__ = ["City", "EstateClass", "Grid", "Places", "apportion", "even_order", "faults", "places"]


class EstateClass(Block):
    """A class of estates 小区类型, such as estates with and without a property manager 物业/无物业小区."""

    title: Title
    """Name in English and Chinese."""
    share: Probability = 1.0
    """Share of the grids in this class, 0 to 1; the shares of all classes add up to 1.  Unused where grids are listed."""
    issue_factor: Annotated[NonNegativeFloat, Field(le=100)] = 1.0
    """Factor on the rate of issues per resident, 0 to 100; 1 is the category's own rate."""
    local_solve: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """Added to the chance that grid or community is able to solve an issue, -1 to 1; what they lose goes to street and district
    in proportion, and what they gain comes from there.  Assumption: -0.15 without a property manager."""
    solves: dict[Key, Probability] = Field(default_factory=dict)
    """Chance that the estate deals with an issue itself, by key of issues.categories, 0 to 1, unless somebody else has set out before.
    Assumption: 0.1 to 0.4 of small matters with a property manager, none without."""
    solves_after: Duration = 86_400.0
    """Mean time after which it has done so, s (exponential).  Assumption."""


class Grid(Block):
    """A grid 网格: one row of the list (columns of the CSV file are these names; `name_en` and `name_zh` may be left out)."""

    grid: Name
    """Name of the grid, used once."""
    community: Name
    """Name of its community; a community lies in one street."""
    street: Name
    """Name of its street or town."""
    population: Annotated[int, Field(ge=0, le=10_000_000)]
    """Residents."""
    estate_class: Key | None = None
    """Key of its estate class; may be left out where there is only one."""
    name_en: Name | None = None
    """English name for reports; left out: the name itself."""
    name_zh: Name | None = None
    """Chinese name for reports; left out: the name itself."""


_ESTATE = Title(en="estate", zh="小区")


class City(Block):
    """The city 城市."""

    residents: Annotated[int, Field(ge=1, le=100_000_000)] = 20_000
    """Residents 常住人口, 1 to 100,000,000.  Unused where grids are listed."""
    streets: Annotated[int, Field(ge=1, le=10_000)] | tuple[Title, ...] = 1
    """Streets and towns 街道/镇: their number, or the list of their names.  Unused where grids are listed."""
    communities: Annotated[int, Field(ge=1, le=100_000)] = 2
    """Communities and villages 社区/村; at least one a street.  Unused where grids are listed."""
    grids: Annotated[int, Field(ge=1, le=1_000_000)] = 14
    """Grids 网格; at least one a community.  Unused where grids are listed."""
    spread: Annotated[NonNegativeFloat, Field(le=3)] = 0.3
    """Coefficient of variation of the population of grids (lognormal quantiles), 0 to 3.  Assumption."""
    estate_classes: dict[Key, EstateClass] = Field(default_factory=lambda: {"estate": EstateClass(title=_ESTATE)})
    """Estate classes by key."""
    grids_csv: tuple[Grid, ...] | None = None
    """CSV file with one row a grid, named from the scenario's folder: grid, community, street, population, estate_class[,
    name_en, name_zh]; or the rows themselves.  Left out: the counts above."""


class Places(NamedTuple):
    """Where everything is: names and parents, by index."""

    street: tuple[Title, ...]
    community: tuple[Title, ...]
    grid: tuple[Title, ...]
    community_street: np.ndarray    # int32
    grid_community: np.ndarray      # int32
    grid_class: np.ndarray          # int32
    grid_population: np.ndarray     # int64
    grid_key: tuple[str, ...]       # names of the grids as they were given

    def parent(self, level: str) -> np.ndarray:
        """For each grid, the index of its "grid", "community", "street" or "district"."""
        count = np.arange(len(self.grid))
        return {"grid": count, "community": self.grid_community, "street": self.community_street[self.grid_community],
                "district": count * 0}[level]

    def population(self, level: str) -> np.ndarray:
        """Residents of every place of a level."""
        return np.bincount(self.parent(level), self.grid_population, minlength=len(self.names(level))).astype(np.int64)

    def names(self, level: str) -> tuple[Title, ...]:
        """Names of the places of a level."""
        return {"grid": self.grid, "community": self.community, "street": self.street,
                "district": (Title(en="district", zh="全区"),)}[level]


def apportion(total: int, weights: Sequence[float] | np.ndarray, least: int = 0) -> np.ndarray:
    """Whole numbers that add up to `total`, in proportion to weights (largest remainders 最大余数法), each at least `least`.

    Ties go to the first.  Where there is not `least` for everybody, all get at least what there is for all; where that is
    nothing, those with the largest weights get one each.

    Returns
    -------
    ndarray of int64

    Examples
    --------
    >>> apportion(10, [1, 1, 1]).tolist(), apportion(5, [98, 1, 1], least=1).tolist(), apportion(2, [1, 5, 3], least=1).tolist()
    ([4, 3, 3], [3, 1, 1], [0, 1, 1])
    """
    weight = np.asarray(weights, float)
    if not len(weight):
        return np.zeros(0, np.int64)
    if total < least * len(weight):
        least = total // len(weight)
        if not least:
            given = np.zeros(len(weight), np.int64)
            given[np.argsort(-weight, kind="stable")[:total]] = 1
            return given
    if weight.sum() <= 0:
        weight = np.ones(len(weight))
    free = np.ones(len(weight), bool)
    while True:
        quota = np.where(free, (total - least * (~free).sum()) * weight / max(weight[free].sum(), 1e-300), least)
        short = free & (quota < least)
        if not short.any():
            break
        free &= ~short
    given = np.where(free, np.floor(quota + 1e-9), least).astype(np.int64)
    remainder = np.where(free, quota - given, -2.0)
    given[np.argsort(-np.round(remainder, 9), kind="stable")[:total - given.sum()]] += 1
    return given


def even_order(count: int, kind: int = 0) -> np.ndarray:
    """An order of 0 .. count-1 that looks random, spreads neighbours apart and is always the same.

    The two kinds are the coordinates of a low-discrepancy sequence (multiples of 1/p and 1/p^2, where p^3 = p + 1), and so have
    nothing to do with each other.

    Examples
    --------
    >>> even_order(5).tolist(), even_order(5, 1).tolist()
    ([3, 2, 1, 0, 4], [2, 0, 3, 1, 4])
    """
    step = (0.7548776662466927, 0.5698402909980532)[kind]
    return np.argsort(np.argsort(((np.arange(count) + 1) * step) % 1.0, kind="stable"), kind="stable")


def _populations(residents: int, grids: int, spread: float) -> np.ndarray:
    sigma = math.sqrt(math.log(1 + spread * spread))
    normal = NormalDist()
    size = np.array([math.exp(sigma * normal.inv_cdf((i + 0.5) / grids)) for i in range(grids)])
    return apportion(residents, size[even_order(grids)])


def _numbered(count: int, en: str, zh: str) -> tuple[Title, ...]:
    return tuple(Title(en=f"{en} {i + 1}", zh=f"{zh}{i + 1}") for i in range(count))


def places(city: City) -> Places:
    """Names, parents, estate classes and populations of a city.

    Examples
    --------
    >>> small = places(City(residents=1000, streets=["East", "West"], communities=3, grids=4, spread=0.0))
    >>> [name.en for name in small.community], small.community_street.tolist(), small.grid_population.tolist()
    (['community 1', 'community 2', 'community 3'], [0, 0, 1], [250, 250, 250, 250])
    """
    if city.grids_csv is not None:
        return _listed(city, city.grids_csv)
    named = city.streets
    street = _numbered(named, "street", "街道") if isinstance(named, int) else named
    community_street = np.arange(city.communities) * len(street) // city.communities
    grid_community = np.arange(city.grids) * city.communities // city.grids
    share = [one.share for one in city.estate_classes.values()]
    sorted_class = np.repeat(np.arange(len(share)), apportion(city.grids, share))
    # Another order than that of the populations, so that class and size do not go together.
    grid_class = sorted_class[even_order(city.grids, 1)]
    return Places(street, _numbered(city.communities, "community", "社区"), _numbered(city.grids, "grid", "网格"),
                  community_street.astype(np.int32), grid_community.astype(np.int32), grid_class.astype(np.int32),
                  _populations(city.residents, city.grids, city.spread), tuple(f"grid {i + 1}" for i in range(city.grids)))


def _listed(city: City, rows: tuple[Grid, ...]) -> Places:
    streets: dict[str, int] = {}
    communities: dict[str, int] = {}
    community_street: list[int] = []
    for row in rows:
        streets.setdefault(row.street, len(streets))
        if row.community not in communities:
            communities[row.community] = len(communities)
            community_street.append(streets[row.street])
    classes = list(city.estate_classes)

    def same(names: dict[str, int]) -> tuple[Title, ...]:
        return tuple(Title(en=name, zh=name) for name in names)

    grids = tuple(Title(en=row.name_en or row.grid, zh=row.name_zh or row.grid) for row in rows)
    return Places(same(streets), same(communities), grids,
                  np.asarray(community_street, np.int32), np.asarray([communities[row.community] for row in rows], np.int32),
                  np.asarray([classes.index(row.estate_class) if row.estate_class else 0 for row in rows], np.int32),
                  np.asarray([row.population for row in rows], np.int64), tuple(row.grid for row in rows))


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the city of a scenario: (path, value, rule, candidates)."""
    city: City | None = scenario.city
    if city is None:
        return
    classes = city.estate_classes
    if not classes:
        yield "city.estate_classes", None, _("at least one estate class is needed"), ()
    if city.grids_csv is not None:
        yield from _list_faults(city, city.grids_csv)
        return
    streets = city.streets if isinstance(city.streets, int) else len(city.streets)
    names = [] if isinstance(city.streets, int) else [name.en for name in city.streets]
    if not streets:
        yield "city.streets", city.streets, _("at least one street is needed"), ()
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield "city.streets", name, _("two streets have the same name"), ()
    if city.communities < streets:
        yield ("city.communities", city.communities,
               _("there must be at least one community a street ({streets})").format(streets=streets), ())
    if city.grids < city.communities:
        yield ("city.grids", city.grids,
               _("there must be at least one grid a community ({communities})").format(communities=city.communities), ())
    total = sum(one.share for one in classes.values())
    if classes and abs(total - 1) > 1e-6:
        yield "city.estate_classes", f"{total:.6g}", _("the shares of the estate classes must add up to 1"), ()


def _list_faults(city: City, rows: tuple[Grid, ...]) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    seen: set[str] = set()
    street_of: dict[str, str] = {}
    if not rows:
        yield "city.grids_csv", None, _("at least one grid is needed"), ()
    elif not sum(row.population for row in rows):
        yield "city.grids_csv", 0, _("at least one resident is needed"), ()
    for number, row in enumerate(rows):
        path = f"city.grids_csv.{number}"
        if row.grid in seen:
            yield f"{path}.grid", row.grid, _("two grids have the same name"), ()
        seen.add(row.grid)
        if street_of.setdefault(row.community, row.street) != row.street:
            yield (f"{path}.street", row.street,
                   _("community {community} lies in two streets").format(community=row.community), (street_of[row.community],))
        classes = tuple(city.estate_classes)
        if row.estate_class not in classes and (row.estate_class or len(classes) > 1):
            yield f"{path}.estate_class", row.estate_class, _("there is no such estate class in city.estate_classes"), classes
