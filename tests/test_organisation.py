"""Who works where: every mixture of switches has the same heads and the same pay, and nobody is left out."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import organisation
from sim.calendars import Calendars
from sim.centres import Centres
from sim.city import City, Grid, apportion, even_order, places
from sim.departments import Department
from sim.grid_workers import GridWorkers
from sim.issues import Issues
from sim.organisation import Organisation, allot, canonical
from sim.scenario import from_dict
from sim.staff import RosterRow, Staff
from sim.tables import PoolKind

T = {"en": "x", "zh": "某"}


def people(*, modes=None, city=None, roster=None, staff=None, departments=None, workers=None, subjects=None):
    """What `allot` reads, small: two streets, four communities, eight grids; two roles, two centres, two departments."""
    roles = {"patrol": {"title": T, "share": 0.75}, "mediation": {"title": T, "share": 0.25}}
    return SimpleNamespace(
        city=city or City(residents=8000, streets=["East", "West"], communities=4, grids=8, spread=0.0),
        calendars=Calendars(),
        staff=Staff(**{"grid_workers": {"heads": 40, "wage": "70000.10 CNY/year"}, "street_team": {"heads": 6},
                       "community_desk": {"heads": 4}, "community_staff": {"heads": 7},
                       "district_desk": {"heads": 9, "shifts": {"office": 0.6, "always": 0.4}}, "roster_csv": roster,
                       **(staff or {})}),
        departments={key: Department.model_validate({"title": T, **one}) for key, one in (departments or {
            "fire": {"heads": 5, "wage": "120000.33 CNY/year"}, "water": {"heads": 3, "wage": "90000 CNY/year"}}).items()},
        grid_workers=GridWorkers(**{"roles": roles, "shifts": {"office": 0.8, "always": 0.2}, **(workers or {})}),
        issues=Issues(), organisation=Organisation.model_validate(modes or {}),
        centres=Centres(subjects=subjects or {"order": {"title": T, "share": 0.7}, "works": {"title": T, "share": 0.3}}))


def totals(scenario):
    pools = allot(scenario).pools
    return sum(pool.members for pool in pools), sum(pool.pay for pool in pools)


MIXTURES = st.fixed_dictionaries({
    "centres": st.fixed_dictionaries({"mode": st.sampled_from(["separate", "merged"])}),
    "grid_workers": st.fixed_dictionaries({"mode": st.sampled_from(["separate", "merged"])}),
    "authority": st.fixed_dictionaries({"on": st.booleans(), "heads_moved": st.floats(0, 1)}),
    "integration_costs": st.fixed_dictionaries({"on": st.booleans(), "training_days": st.floats(0, 30)}),
    "ledger": st.fixed_dictionaries({"mode": st.sampled_from(["silos", "shared"])}),
    "pre_emption": st.fixed_dictionaries({"on": st.booleans()}),
})
AREAS = st.sampled_from(["grid", "community", "street", "district"])


def row(post, heads, shift="office", *, place=None, role=None):
    return RosterRow(post=post, place=place, role=role, shift=shift, heads=heads)


ROSTER = [row("grid_workers", 17, place="East", role="patrol"), row("grid_workers", 11, "always", place="community 3"),
          row("grid_workers", 12, role="mediation"), row("district_desk", 5), row("district_desk", 4, "always", role="works"),
          row("departments", 2, role="fire"), row("departments", 3, "always", role="fire"), row("street_team", 4, place="East"),
          row("street_team", 2, "always", place="West")]


@given(MIXTURES, MIXTURES, AREAS, AREAS, st.booleans())
def test_every_mixture_of_switches_has_the_same_heads_and_the_same_pay(one, other, team_area, role_area, with_roster):
    keys = {"roster": ROSTER if with_roster else None, "workers": {"team_area": team_area, "role_area": role_area}}
    assert totals(people(modes=one, **keys)) == totals(people(modes=other, **keys)) == (
        40 + 6 + 4 + 7 + 9 + 2 + 5 + 3,
        40 * 70_000_10 + (6 + 4 + 7 + 9 + 2) * 90_000_00 + 5 * 120_000_33 + 3 * 90_000_00)


@given(MIXTURES, st.lists(st.integers(3, 60), min_size=6, max_size=6), st.integers(1, 5), st.integers(0, 4), st.integers(0, 9))
def test_heads_and_pay_are_the_same_in_cities_of_every_shape(mixture, heads, streets, more, grids):
    communities = streets + more
    city = City(residents=5000, streets=streets, communities=communities, grids=communities + grids)
    posts = ["grid_workers", "district_desk", "street_desk", "community_desk", "community_staff", "street_team"]
    staff = {post: {"heads": number, "wage": f"{60_000 + number} CNY/year"} for post, number in zip(posts, heads, strict=True)}
    scenario = people(modes=mixture, city=city, staff=staff)
    assert totals(scenario) == (sum(heads) + 8, sum(h * (60_000 + h) * 100 for h in heads) + 5 * 120_000_33 + 3 * 90_000_00)


@given(MIXTURES)
def test_pools_stand_in_the_order_declared_and_none_is_empty(mixture):
    done = allot(people(modes=mixture))
    kinds = [(pool.kind, pool.key.split("/")[1] if pool.kind == PoolKind.DESK else "") for pool in done.pools]
    order = [(PoolKind.DESK, "district"), (PoolKind.DESK, "street"), (PoolKind.DESK, "community"), (PoolKind.GRID_TEAM, ""),
             (PoolKind.COMMUNITY_STAFF, ""), (PoolKind.STREET_TEAM, ""), (PoolKind.DEPARTMENT_CREW, "")]
    assert list(dict.fromkeys(kinds)) == order
    assert len({pool.key for pool in done.pools}) == len(done.pools)
    assert all(pool.members > 0 for pool in done.pools)
    assert all(number > 0 for pool in done.pools for number in pool.heads.values())


def test_separate_roles_have_teams_over_larger_beats_and_merged_ones_one_team_an_area():
    apart, merged = allot(people()), allot(people(modes={"grid_workers": {"mode": "merged"}}))
    assert {role: len(teams) for role, teams in apart.team.items()} == {"patrol": 2, "mediation": 2}
    assert {role: len(teams) for role, teams in merged.team.items()} == {"": 4}
    assert [apart.pools[pool].members for pool in (*apart.team["patrol"], *apart.team["mediation"])] == [15, 15, 5, 5]
    assert [merged.pools[pool].heads for pool in merged.team[""]] == [{"always": 2, "office": 8}] * 4


def test_nine_desks_or_one_have_the_same_clerks():
    apart, merged = allot(people()), allot(people(modes={"centres": {"mode": "merged"}}))
    assert [(apart.pools[p].key, apart.pools[p].heads) for p in apart.district_desk.values()] == [
        ("desk/district/order", {"always": 2, "office": 4}), ("desk/district/works", {"always": 1, "office": 2})]
    assert [(merged.pools[p].key, merged.pools[p].heads) for p in merged.district_desk.values()] == [
        ("desk/district/merged", {"always": 4, "office": 5})]
    assert [apart.pools[p].lines for p in apart.district_desk.values()] == [6, 3]
    assert {pool.lines for pool in apart.pools if "district" not in pool.key} == {-1}


def test_those_who_move_to_the_streets_keep_their_pay_and_every_crew_keeps_one():
    moved = allot(people(modes={"authority": {"on": True, "heads_moved": 0.5}}))
    assert {key: moved.pools[pool].members for key, pool in moved.crew.items()} == {"fire": 2, "water": 2}
    assert [moved.pools[pool].members for pool in moved.street_team] == [5, 5]
    assert [moved.pools[pool].pay for pool in moved.street_team] == [
        3 * 90_000_00 + 2 * 120_000_33, 3 * 90_000_00 + 120_000_33 + 90_000_00]
    drained = allot(people(modes={"authority": {"on": True, "heads_moved": 1.0}}))
    assert {key: drained.pools[pool].members for key, pool in drained.crew.items()} == {"fire": 1, "water": 1}
    stay = allot(people(modes={"authority": {"on": False, "heads_moved": 0.5}}))
    assert {key: stay.pools[pool].members for key, pool in stay.crew.items()} == {"fire": 5, "water": 3}


def test_a_roster_is_followed_where_the_organisation_has_the_same_places():
    done = allot(people(roster=ROSTER))
    heads = {pool.key: pool.heads for pool in done.pools}
    assert heads["grid_team/East/patrol"] == {"office": 17}
    assert heads["grid_team/East/mediation"] == {"office": 6}
    assert heads["grid_team/West/mediation"] == {"office": 6, "always": 3}        # community 3 lies in the west
    assert heads["grid_team/West/patrol"] == {"always": 8}
    assert heads["crew/fire"] == {"office": 2, "always": 3}
    assert heads["street_team/West"] == {"always": 2}


def test_a_roster_of_separate_roles_serves_merged_teams_too():
    done = allot(people(roster=ROSTER, modes={"grid_workers": {"mode": "merged"}, "centres": {"mode": "merged"}}))
    heads = {pool.key: pool.heads for pool in done.pools}
    assert heads["desk/district/merged"] == {"office": 5, "always": 4}
    assert [sum(heads[f"grid_team/community {i}/merged"].values()) for i in (1, 2, 3, 4)] == [12, 11, 14, 3]
    assert heads["grid_team/community 3/merged"] == {"always": 11, "office": 3}


def problems(scenario):
    return [(path, value) for path, value, _rule, _near in organisation.faults(scenario)]


def test_too_few_heads_for_each_place_and_shift_are_a_fault_with_its_path():
    assert problems(people()) == []
    assert problems(people(staff={"community_desk": {"heads": 3}})) == [("staff.community_desk.heads", 3)]
    assert problems(people(staff={"district_desk": {"heads": 3, "shifts": {"office": 0.6, "always": 0.4}}})) == [
        ("staff.district_desk.heads", 3)]
    few = {"grid_workers": {"heads": 7}}
    assert problems(people(staff=few)) == [("staff.grid_workers.heads", 7)]                # 2 roles, 2 streets, 2 shifts
    assert problems(people(staff=few, workers={"role_area": "district"})) == []
    assert problems(people(staff={"street_team": {"heads": 0}})) == [("staff.street_team.heads", 0)]


def test_a_roster_with_an_unknown_place_or_an_empty_pool_is_a_fault():
    rows = [row("street_team", 6, place="North")]
    assert problems(people(roster=rows)) == [("staff.roster_csv.0.place", "North"), ("staff.roster_csv", "street_team/East"),
                                             ("staff.roster_csv", "street_team/West")]
    rows = [row("street_team", 6, place="East")]
    assert problems(people(roster=rows)) == [("staff.roster_csv", "street_team/West")]


def test_the_order_of_keys_changes_nothing():
    here = people()
    there = people(departments={"water": {"heads": 3, "wage": "90000 CNY/year"},
                                "fire": {"heads": 5, "wage": "120000.33 CNY/year"}},
                   subjects={"works": {"title": T, "share": 0.3}, "order": {"title": T, "share": 0.7}},
                   workers={"shifts": {"always": 0.2, "office": 0.8}})
    for scenario in (here, there):
        for name in ("staff", "grid_workers", "centres", "departments"):
            setattr(scenario, name, canonical(getattr(scenario, name)))
    assert allot(here).pools == allot(there).pools


@given(st.integers(0, 500), st.lists(st.floats(0, 1000), min_size=1, max_size=12), st.integers(0, 3))
def test_apportioning_gives_out_exactly_what_there_is_and_nobody_less_than_the_least(total, weights, least):
    given_out = apportion(total, weights, least)
    assert given_out.sum() == total
    assert (given_out >= 0).all()
    if total >= least * len(weights):
        assert (given_out >= least).all()
    if least == 0 and sum(weights) > 1e-9:
        assert (np.abs(given_out - total * np.array(weights) / sum(weights)) < 1 + 1e-6).all()


@given(st.integers(1, 300))
def test_the_even_order_is_an_order(count):
    assert sorted(even_order(count).tolist()) == list(range(count))


@given(st.integers(1, 5), st.integers(0, 5), st.integers(0, 20), st.integers(1, 100_000), st.floats(0, 2))
def test_a_city_by_counts_has_its_residents_and_no_empty_place(streets, more, grids, residents, spread):
    city = City(residents=residents, streets=streets, communities=streets + more, grids=streets + more + grids, spread=spread)
    where = places(city)
    assert where.grid_population.sum() == residents
    assert sorted(set(where.grid_community.tolist())) == list(range(streets + more))
    assert sorted(set(where.community_street.tolist())) == list(range(streets))
    assert where.population("street").sum() == where.population("district").sum() == residents


def test_the_spread_of_a_city_is_the_one_asked_for_and_has_nothing_to_do_with_classes():
    classes = {"a": {"title": T, "share": 0.7}, "b": {"title": T, "share": 0.3}}
    where = places(City.model_validate({"residents": 1_000_000, "streets": 6, "communities": 70, "grids": 708, "spread": 0.35,
                                        "estate_classes": classes}))
    size = where.grid_population
    assert size.std() / size.mean() == pytest.approx(0.35, abs=0.01)
    assert np.bincount(where.grid_class).tolist() == [496, 212]
    assert size[where.grid_class == 1].mean() == pytest.approx(size.mean(), rel=0.06)
    assert abs(np.corrcoef(np.arange(708), size)[0, 1]) < 0.1


def test_a_listed_city_is_as_listed():
    rows = [Grid(grid="g1", community="c1", street="s1", population=10),
            Grid(grid="g2", community="c2", street="s1", population=20),
            Grid(grid="g3", community="c1", street="s1", population=30, name_zh="三")]
    where = places(City(grids_csv=rows))
    assert where.grid_key == ("g1", "g2", "g3")
    assert where.grid_community.tolist() == [0, 1, 0]
    assert where.population("community").tolist() == [40, 20]
    assert where.grid[2].zh == "三"


def small(**blocks):
    """A scenario with every block that a city needs, for checks between blocks."""
    return from_dict({
        "name": "small", "city": {"residents": 1000, "streets": 1, "communities": 1, "grids": 1},
        "departments": {"fire": {"title": T, "heads": 2}, "water": {"title": T, "heads": 2}},
        "issues": {"categories": {"noise": {
            "title": T, "rate": "1 per 1000 residents/day", "authority": {"grid": 0.5, "district": 0.5},
            "departments": {"fire": 1.0}, "touch": {"grid": "10 min"}, "role": "patrol", "subject": "order"}}},
        "grid_workers": {"roles": {"patrol": {"title": T, "share": 1.0}}},
        "centres": {"subjects": {"order": {"title": T, "share": 1.0}}}, "staff": {}}, blocks)


@pytest.mark.parametrize("path, value, where", [
    ("departments.fire.heads", 0, "departments.fire.heads"),
    ("departments.fire.shift", "nigth", "departments.fire.shift"),
    ("issues.categories.noise.departments", {"fir": 1.0}, "issues.categories.noise.departments.fir"),
    ("issues.categories.noise.departments", {"fire": 0.7}, "issues.categories.noise.departments"),
    ("issues.categories.noise.authority", {"grid": 0.5}, "issues.categories.noise.authority"),
    ("issues.categories.noise.role", "patrl", "issues.categories.noise.role"),
    ("issues.categories.noise.role", None, "issues.categories.noise.role"),
    ("issues.categories.noise.subject", None, "issues.categories.noise.subject"),
    ("issues.categories.noise.hour", "evening", "issues.categories.noise.hour"),
    ("issues.categories.noise.more_departments", {"one": 0.1}, "issues.categories.noise.more_departments"),
    ("issues.categories", {}, "issues.categories"),
    ("grid_workers.roles.patrol.share", 0.5, "grid_workers.roles"),
    ("grid_workers.shifts", {"nowhere": 1.0}, "grid_workers.shifts.nowhere"),
    ("centres.subjects.order.share", 0.5, "centres.subjects"),
    ("staff.street_team", {"heads": 0}, "staff.street_team.heads"),
    ("staff.street_team", {"heads": -1}, "staff.street_team.heads"),
    ("city.communities", 2, "city.grids"),
    ("city.estate_classes", {"a": {"title": T, "share": 0.5}}, "city.estate_classes"),
    ("organisation.supervision", {"on": True, "red": 0.5}, "organisation.supervision.red"),
    ("organisation.authority.by_category", {"nois": 0.5}, "organisation.authority.by_category.nois"),
    ("calendars.office", "buro", "calendars.office"),
    ("run.start", "2023-01-01", "calendars.holidays"),
])
def test_impossible_organisations_are_refused_at_their_path(path, value, where):
    from sim.base import ScenarioError

    assert small().organisation.centres.mode == "separate"
    with pytest.raises(ScenarioError) as caught:
        small(**{path: value})
    assert where in [fault.path for fault in caught.value.faults]
