"""The organisation 组织体系: the switchboard, and the one function that says who works where.

One block a mechanism, each on its own switch; a switch that is off equals its parameters at their neutral values.  Every
mixture of switches is a valid scenario with the same heads and the same pay: `allot` gives out the staff for any mixture, and
only moves people about.  Whoever moves from a department to a street keeps their pay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from sim.base import Block, Key, Title
from sim.burden import Burden, lost_share
from sim.centres import Ledger, MergedCentres, lines
from sim.city import Places, apportion, places
from sim.city import faults as city_faults
from sim.costs import IntegrationCosts, PreEmption
from sim.departments import JointWork
from sim.escalation import Delegation, Force, Signal, delegated
from sim.feedback import Verification
from sim.grid_workers import MergedRoles
from sim.i18n import _
from sim.padding import Padding
from sim.participation import Participation
from sim.sensors import Sensors
from sim.staff import Post, RosterRow
from sim.supervision import Supervision
from sim.tables import PoolKind, Tier
from sim.triage import Triage

__all__ = ["HELPERS", "Allotment", "IntegrationCosts", "Organisation", "PoolPlan", "PreEmption", "allot", "canonical", "faults"]


HELPERS = "helper:"
"""Beginning of the roles of unpaid helpers."""


class Organisation(Block):
    """The organisation 组织体系: one switch a mechanism; the left column of the model's table by default."""

    centres: MergedCentres = MergedCentres()
    """Separate centres or one."""
    grid_workers: MergedRoles = MergedRoles()
    """Separate roles or merged peace officers."""
    ledger: Ledger = Ledger()
    """Silos or a shared ledger."""
    signal: Signal = Signal()
    """Upward signal."""
    force: Force = Force()
    """Downward force."""
    triage: Triage = Triage()
    """Triage and routing."""
    authority: Delegation = Delegation()
    """Authority delegated to the streets."""
    joint_work: JointWork = JointWork()
    """Serial or parallel joint work."""
    supervision: Supervision = Supervision()
    """Lamps and orders."""
    verification: Verification = Verification()
    """Checks before closing."""
    integration_costs: IntegrationCosts = IntegrationCosts()
    """What integration costs."""
    pre_emption: PreEmption = PreEmption()
    """Urgent work first."""
    sensors: Sensors = Sensors()
    """Who watches the sensors."""
    burden: Burden = Burden()
    """Time that communities lose to forms."""
    participation: Participation = Participation()
    """What residents do themselves, and who helps."""
    padding: Padding = Padding()
    """Quotas of reports, and what is made up to meet them."""
    queue_order: Literal["priority", "fcfs"] = "priority"
    """Order of every queue: `priority` (lamp, severity, time registered) or `fcfs` (time of joining)."""


# --- who works where ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class PoolPlan:
    """A pool before it becomes rows of a table.

    Attributes
    ----------
    pay : int
        Yearly pay of all members together, in fen (CNY / 100), so that sums are exact.
    merged : bool
        Whether its members were merged from several posts, and bear the costs of integration.
    lines : int
        Telephone lines; -1 without telephones.
    lost : float
        Share of their hours that its members lose to forms.
    """

    key: str
    title: dict[str, str]
    kind: PoolKind
    tier: Tier
    unit: int
    role: str
    at_shift_end: str
    heads: dict[str, int]       # by shift
    pay: int
    merged: bool = False
    lines: int = -1
    lost: float = 0.0

    @property
    def members(self) -> int:
        """Members in all shifts together."""
        return sum(self.heads.values())


@dataclass
class Allotment:
    """Every pool in the order declared, and which pool serves what.

    `district_desk` is by subject ("" where there is one desk), `team` by role ("" where merged) and area; the others are by place
    or department; `helpers` by their key and community.
    """

    pools: list[PoolPlan] = field(default_factory=list)
    district_desk: dict[str, int] = field(default_factory=dict)
    street_desk: list[int] = field(default_factory=list)
    community_desk: list[int] = field(default_factory=list)
    team: dict[str, list[int]] = field(default_factory=dict)
    team_area: str = "community"
    community_staff: list[int] = field(default_factory=list)
    street_team: list[int] = field(default_factory=list)
    crew: dict[str, int] = field(default_factory=dict)
    helpers: dict[str, list[int]] = field(default_factory=dict)

    def add(self, plan: PoolPlan) -> int:
        """Number of the pool just added."""
        self.pools.append(plan)
        return len(self.pools) - 1


def _fen(wage: float) -> int:
    return round(wage * 100)


def _by_shift(heads: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Heads of each cell by shift, at least one in each where there are enough; remainders are carried on to the next cell.

    A shift with the larger share never has fewer heads than one with the smaller.
    """
    share = np.asarray(shares, float)
    split = np.zeros((len(heads), len(share)), np.int64)
    if len(share) == 1:
        split[:, 0] = heads
        return split
    carried = np.zeros(len(share))
    for cell, number in enumerate(heads.tolist()):
        wanted = share * number + carried
        given = apportion(number, wanted.clip(0), least=1)
        split[cell, np.lexsort((-given, -share))] = np.sort(given)[::-1]
        carried = wanted - split[cell]
    return split


def _rostered(rows: Sequence[RosterRow], city: Places, area: str, roles: Sequence[str],
              weights: np.ndarray) -> list[dict[str, int]]:
    """Heads of each cell (role by place) by shift, as a roster says; rows that fit several cells are shared out by weight."""
    parent = city.parent(area)
    number = len(city.names(area))
    wanted, given = np.zeros(len(weights)), np.zeros(len(weights))
    cells: list[dict[str, int]] = [{} for _cell in weights]
    for row in rows:
        near = np.unique(parent[_grids_of(row.place, city)])
        kin = [r for r, role in enumerate(roles) if not row.role or not role or role == row.role]
        fitting = np.concatenate([near + r * number for r in kin]) if kin else np.zeros(0, int)
        if not len(fitting) or not row.heads:
            continue
        weight = np.maximum(weights[fitting], 1e-12)
        wanted[fitting] += row.heads * weight / weight.sum()
        for _head in range(row.heads):
            cell = int(fitting[np.argmax(np.round(wanted[fitting] - given[fitting], 9))])
            given[cell] += 1
            cells[cell][row.shift] = cells[cell].get(row.shift, 0) + 1
    return cells


def _grids_of(name: str | None, city: Places) -> np.ndarray:
    """Grids of the place of that name; all where there is no name."""
    if name is None:
        return np.arange(len(city.grid))
    if name in city.grid_key:
        return np.array([city.grid_key.index(name)])
    for level in ("street", "community", "grid"):
        at = [i for i, title in enumerate(city.names(level)) if name in (title.en, title.zh)]
        if at:
            return np.flatnonzero(city.parent(level) == at[0])
    return np.zeros(0, int)


def _post_cells(scenario: Any, city: Places, post: str, heads: int, shifts: dict[Key, float], area: str,
                roles: dict[str, float]) -> list[dict[str, int]]:
    """Heads by shift of every cell of a post: role by place, in proportion to role share and residents."""
    weights = np.outer(list(roles.values()), np.maximum(city.population(area), 1e-9)).ravel()
    rows = [row for row in scenario.staff.roster_csv or () if row.post == post]
    if rows:
        return _rostered(rows, city, area, list(roles), weights)
    used = {shift: share for shift, share in shifts.items() if share > 0}
    split = _by_shift(apportion(heads, weights, least=len(used)), list(used.values()))
    return [{shift: int(n) for shift, n in zip(used, row, strict=True) if n} for row in split]


def _moved(scenario: Any) -> dict[str, int]:
    """Heads that each department gives to the streets; every crew keeps at least one."""
    delegation: Delegation = scenario.organisation.authority
    heads = np.array([one.heads for one in scenario.departments.values()], np.int64)
    share = delegation.heads_moved if delegation.on else 0.0
    moved = np.minimum(apportion(int(heads.sum() * share + 0.5), heads), np.maximum(heads - 1, 0))
    return dict(zip(scenario.departments, moved.tolist(), strict=True))


def _both(en: str, zh: str, place: Title) -> dict[str, str]:
    return {"en": en.format(place.en), "zh": zh.format(place.zh)}


def canonical(value: Any) -> Any:
    """The same settings with the keys of every mapping in alphabetical order: the order they were written in changes nothing.

    Examples
    --------
    >>> list(canonical({"b": 1, "a": 2}))
    ['a', 'b']
    """
    if isinstance(value, Block):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        ordered = {name: canonical(one) for name, one in fields.items() if isinstance(one, Block | dict)}
        return value.model_copy(update={name: one for name, one in ordered.items() if one is not fields[name]})
    if isinstance(value, dict):
        return {key: canonical(value[key]) for key in sorted(value)}
    return value


def allot(scenario: Any, city: Places | None = None) -> Allotment:
    """Give out the staff for any mixture of switches: the same heads and the same pay for all of them.

    The order declared is: district desks, street desks, community desks, grid teams, community staff, street teams, crews,
    helpers.

    Parameters
    ----------
    scenario : Scenario
        Read: city, staff, departments, issues, grid_workers, centres, organisation.
    city : Places, optional
        The city's places where they are known already.

    Returns
    -------
    Allotment
    """
    scenario = canonical(scenario)
    city = city if city is not None else places(scenario.city)
    done = Allotment()
    _district_desks(scenario, city, done)
    staff = scenario.staff
    done.street_desk = _placed(scenario, city, done, "street_desk", staff.street_desk, "street", PoolKind.DESK, "desk",
                               ("desk/street/{}", "{} centre", "{}指挥中心"))
    done.community_desk = _placed(scenario, city, done, "community_desk", staff.community_desk, "community", PoolKind.DESK,
                                  "desk", ("desk/community/{}", "{} desk", "{}服务台"))
    _grid_teams(scenario, city, done)
    done.community_staff = _placed(scenario, city, done, "community_staff", staff.community_staff, "community",
                                   PoolKind.COMMUNITY_STAFF, "community_staff", ("community_staff/{}", "{} staff", "{}工作者"))
    _street_teams_and_crews(scenario, city, done)
    _helpers(scenario, city, done)
    return done


def _helpers(scenario: Any, city: Places, done: Allotment) -> None:
    """Volunteers and mediators of every community: unpaid, and beside the staff."""
    part = scenario.organisation.participation
    for key, one in part.helpers.items() if part.on else ():
        heads = apportion(one.heads, city.population("community"), least=1)
        done.helpers[key] = [done.add(PoolPlan(
            f"helpers/{key}/{place.en}", _both("{} " + one.title.en, "{}" + one.title.zh, place), PoolKind.COMMUNITY_STAFF, Tier.COMMUNITY, unit,
            f"{HELPERS}{key}", "rest", {one.shift: int(number)}, 0)) for unit, (place, number) in enumerate(
                zip(city.names("community"), heads, strict=True))]


def _district_desks(scenario: Any, city: Places, done: Allotment) -> None:
    post, centres = scenario.staff.district_desk, scenario.centres
    merged = scenario.organisation.centres.mode == "merged" or not centres.subjects
    roles = {"": 1.0} if merged else {key: subject.share for key, subject in centres.subjects.items()}
    cells = _post_cells(scenario, city, "district_desk", post.heads, post.shifts, "district", roles)
    for role, heads in zip(roles, cells, strict=True):
        title = centres.subjects[role].title if role else Title(en="district centre", zh="区指挥中心")
        done.district_desk[role] = done.add(PoolPlan(
            f"desk/district/{role or 'merged'}", _both("{}", "{}", title), PoolKind.DESK, Tier.DISTRICT, 0, "desk",
            post.at_shift_end, heads, sum(heads.values()) * _fen(post.wage), merged and len(centres.subjects) > 1,
            lines(max(heads.values(), default=0), centres.lines_per_clerk)))


def _placed(scenario: Any, city: Places, done: Allotment, name: str, post: Post, area: str, kind: PoolKind, role: str,
            words: tuple[str, str, str]) -> list[int]:
    """One pool of a post for every street or community."""
    tier = {"community": Tier.COMMUNITY, "street": Tier.STREET}[area]
    lost = lost_share(scenario.organisation.burden) if tier == Tier.COMMUNITY else 0.0
    cells = _post_cells(scenario, city, name, post.heads, post.shifts, area, {"": 1.0})
    return [done.add(PoolPlan(words[0].format(place.en), _both(words[1], words[2], place), kind, tier, unit, role,
                              post.at_shift_end, heads, sum(heads.values()) * _fen(post.wage), lost=lost))
            for unit, (place, heads) in enumerate(zip(city.names(area), cells, strict=True))]


def _grid_teams(scenario: Any, city: Places, done: Allotment) -> None:
    workers, post = scenario.grid_workers, scenario.staff.grid_workers
    merged = scenario.organisation.grid_workers.mode == "merged" or not workers.roles
    done.team_area = workers.team_area if merged else workers.role_area
    roles = {"": 1.0} if merged else {key: role.share for key, role in workers.roles.items()}
    cells = _post_cells(scenario, city, "grid_workers", post.heads, workers.shifts, done.team_area, roles)
    named = city.names(done.team_area)
    keys = city.grid_key if done.team_area == "grid" else [title.en for title in named]
    for r, role in enumerate(roles):
        title = workers.roles[role].title if role else Title(en="grid team", zh="网格队")
        done.team[role] = []
        for at, place in enumerate(named):
            heads = cells[r * len(named) + at]
            unit = int(city.grid_community[at]) if done.team_area == "grid" else at
            done.team[role].append(done.add(PoolPlan(
                f"grid_team/{keys[at]}/{role or 'merged'}", {"en": f"{place.en} {title.en}", "zh": f"{place.zh}{title.zh}"},
                PoolKind.GRID_TEAM, Tier.GRID, unit, f"grid_worker:{role or 'merged'}", workers.at_shift_end, heads,
                sum(heads.values()) * _fen(post.wage), merged and len(workers.roles) > 1)))


def _street_teams_and_crews(scenario: Any, city: Places, done: Allotment) -> None:
    post, departments, moved = scenario.staff.street_team, scenario.departments, _moved(scenario)
    cells = _post_cells(scenario, city, "street_team", post.heads, post.shifts, "street", {"": 1.0})
    comers = [_fen(departments[key].wage) for key, number in moved.items() for _head in range(number)]
    joining = apportion(len(comers), city.population("street"))
    used = {shift: sum(cell.get(shift, 0) for cell in cells) for cell in cells for shift in cell}
    more = _by_shift(joining, [number / max(sum(used.values()), 1) for number in used.values()]) if comers else None
    authority = scenario.organisation.authority
    given = bool(comers) or any(delegated(authority, key) > 0 for key in scenario.issues.categories)
    taken = 0
    for unit, (place, heads) in enumerate(zip(city.street, cells, strict=True)):
        pay = sum(heads.values()) * _fen(post.wage)
        if more is not None:
            pay += sum(comers[taken:taken + int(joining[unit])])
            taken += int(joining[unit])
            heads = {shift: heads.get(shift, 0) + int(n) for shift, n in zip(used, more[unit], strict=True)}
        done.street_team.append(done.add(PoolPlan(
            f"street_team/{place.en}", _both("{} enforcement team", "{}综合执法队", place), PoolKind.STREET_TEAM, Tier.STREET,
            unit, "street_team", post.at_shift_end, heads, pay, given)))
    for key, one in departments.items():
        heads = {one.shift: one.heads}
        if any(row.post == "departments" and row.role == key for row in scenario.staff.roster_csv or ()):
            heads = {}
            for row in scenario.staff.roster_csv:
                if row.post == "departments" and row.role == key:
                    heads[row.shift] = heads.get(row.shift, 0) + row.heads
        for _head in range(moved[key]):
            heads[max(heads, key=lambda shift, now=heads: now[shift])] -= 1     # type: ignore[misc]
        done.crew[key] = done.add(PoolPlan(
            f"crew/{key}", _both("{}", "{}", one.title), PoolKind.DEPARTMENT_CREW, Tier.DISTRICT, 0, f"crew:{key}",
            one.at_shift_end, {shift: n for shift, n in heads.items() if n}, sum(heads.values()) * _fen(one.wage)))


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the allotment of a scenario: (path, value, rule, candidates).  Call it once all else is right."""
    if scenario.city is None or any(True for _fault in city_faults(scenario)):
        return
    staff, organisation = scenario.staff, scenario.organisation
    city = places(scenario.city)
    roster = staff.roster_csv or ()
    for number, row in enumerate(roster):
        if row.place is not None and not len(_grids_of(row.place, city)):
            names = [title.en for level in ("street", "community", "grid") for title in city.names(level)]
            yield f"staff.roster_csv.{number}.place", row.place, _("there is no such place in the city"), tuple(names)
    desks = len(scenario.centres.subjects) if organisation.centres.mode == "separate" else 1
    separate = organisation.grid_workers.mode == "separate" and scenario.grid_workers.roles
    teams = len(scenario.grid_workers.roles) if separate else 1
    area = scenario.grid_workers.role_area if separate else scenario.grid_workers.team_area
    cells = {"grid_workers": teams * len(city.names(area)), "district_desk": max(desks, 1), "street_desk": len(city.street),
             "community_desk": len(city.community), "community_staff": len(city.community), "street_team": len(city.street)}
    rostered = {row.post for row in roster}
    for name, number in cells.items():
        post = getattr(staff, name)
        shifts = scenario.grid_workers.shifts if name == "grid_workers" else post.shifts
        times = sum(share > 0 for share in shifts.values())
        if name not in rostered and post.heads < number * times:
            yield (f"staff.{name}.heads", post.heads,
                   _("too few: {pools} places or roles with {shifts} shifts each need at least {least} members").format(
                       pools=number, shifts=times, least=number * times), (str(number * times),))
    for key, one in organisation.participation.helpers.items():
        if organisation.participation.on and one.heads < len(city.community):
            yield (f"organisation.participation.helpers.{key}.heads", one.heads,
                   _("too few: each of the {number} communities needs at least one").format(number=len(city.community)), ())
    if rostered:
        for plan in allot(scenario, city).pools:
            if not plan.members:
                yield "staff.roster_csv", plan.key, _("the roster leaves {pool} without staff").format(pool=plan.key), ()
