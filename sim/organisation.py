"""The organisation 组织体系: the switchboard, and the one function that says who works where.

One block a mechanism, each on its own switch; a switch that is off equals its parameters at their neutral values.  Every
mixture of switches is a valid scenario with the same heads and the same pay: `allot` gives out the staff for any mixture, and
only moves people about.  Whoever moves from a department to a street keeps their pay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from sim.assessment import Assessment
from sim.base import Block, Title
from sim.burden import Burden, lost_share
from sim.case_owners import CaseOwners
from sim.centres import Ledger, MergedCentres, lines
from sim.city import Places, apportion, places
from sim.city import faults as city_faults
from sim.costs import IntegrationCosts, PreEmption
from sim.departments import JointWork
from sim.emergencies import Emergencies
from sim.escalation import Delegation, Force, Signal, delegated
from sim.feedback import Verification
from sim.grid_workers import MergedRoles
from sim.i18n import _
from sim.padding import Padding
from sim.participation import Participation
from sim.root_causes import RootCauses
from sim.rosters import by_shift, grids_of, post_cells
from sim.screening import Screening
from sim.sensors import Sensors
from sim.staff import Post
from sim.supervision import Supervision
from sim.tables import PoolKind, Tier
from sim.three_ways import ThreeWays
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
    emergencies: Emergencies = Emergencies()
    """What changes while much urgent work is open."""
    screening: Screening = Screening()
    """Sweeps and ten-day dispatching."""
    root_causes: RootCauses = RootCauses()
    """Analysis of classes of cases."""
    sensors: Sensors = Sensors()
    """Who watches the sensors."""
    burden: Burden = Burden()
    """Time that communities lose to forms."""
    assessment: Assessment = Assessment()
    """Monthly scores."""
    three_ways: ThreeWays = ThreeWays()
    """Private, small and big matters."""
    case_owners: CaseOwners = CaseOwners()
    """Senior owners of old and repeated cases."""
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
    cells = post_cells(scenario, city, "district_desk", post.heads, post.shifts, "district", roles)
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
    cells = post_cells(scenario, city, name, post.heads, post.shifts, area, {"": 1.0})
    return [done.add(PoolPlan(words[0].format(place.en), _both(words[1], words[2], place), kind, tier, unit, role,
                              post.at_shift_end, heads, sum(heads.values()) * _fen(post.wage), lost=lost))
            for unit, (place, heads) in enumerate(zip(city.names(area), cells, strict=True))]


def _grid_teams(scenario: Any, city: Places, done: Allotment) -> None:
    workers, post = scenario.grid_workers, scenario.staff.grid_workers
    merged = scenario.organisation.grid_workers.mode == "merged" or not workers.roles
    done.team_area = workers.team_area if merged else workers.role_area
    roles = {"": 1.0} if merged else {key: role.share for key, role in workers.roles.items()}
    cells = post_cells(scenario, city, "grid_workers", post.heads, workers.shifts, done.team_area, roles)
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
    cells = post_cells(scenario, city, "street_team", post.heads, post.shifts, "street", {"": 1.0})
    comers = [_fen(departments[key].wage) for key, number in moved.items() for _head in range(number)]
    joining = apportion(len(comers), city.population("street"))
    used = {shift: sum(cell.get(shift, 0) for cell in cells) for cell in cells for shift in cell}
    more = by_shift(joining, [number / max(sum(used.values()), 1) for number in used.values()]) if comers else None
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
        if row.place is not None and not len(grids_of(row.place, city)):
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
