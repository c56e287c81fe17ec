"""From settings to arrays: shapes, neutral values of what is off, calendars, places, bare systems and files with rows."""

import dataclasses
import time

import numpy as np
import pytest

from sim.calendars import worked_many
from sim.scenario import from_dict, load
from sim.tabulate import cumulative, tabulate
from sim.timeline import Order

DAY = 86400
T = {"en": "x", "zh": "某"}
NOISE = {"title": T, "rate": "2 per 1000 residents/day", "hour": "flat", "weekday": [2, 1, 1, 1, 1, 1, 0],
         "severity": {"ordinary": 0.7, "serious": 0.3},
         "authority": {"grid": 0.2, "community": 0.3, "street": 0.4, "district": 0.1},
         "departments": {"police": 1.0}, "touch": {"grid": "10 min", "street": "1 h"}, "visible": 0.4, "role": "patrol",
         "subject": "order", "deadline": {"ordinary": "4 working hours", "serious": "1 working days", "urgent": "2 h"},
         "consultations": "1 per 1000 residents/day", "lasts": {"mean": "2 h", "cv": 0.5, "share": 0.6}}
WORKS = {"title": T, "rate": "1 per 1000 residents/day", "authority": {"district": 1.0},
         "departments": {"works": 0.8, "police": 0.2}, "more_departments": {"one": 0.1}, "touch": {"district": "4 h"},
         "subject": "works", "worsens": {"chance": 0.2, "after": "3 days", "touch_factor": 2.0}}
CITY = {
    "name": "two_streets", "run": {"start": "2025-01-06", "warm_up": "7 days", "horizon": "28 days", "run_out": "7 days"},
    "calendars": {"shifts": {"night": {"days": "all", "hours": ["20:00-06:00"], "holidays": "work"}}},
    "city": {"residents": 4000, "streets": ["East", "West"], "communities": 4, "grids": 8, "spread": 0.0,
             "estate_classes": {"managed": {"title": T, "share": 0.5},
                                "old": {"title": T, "share": 0.5, "issue_factor": 1.5, "local_solve": -0.25}}},
    "departments": {"works": {"title": T, "heads": 4, "wage": "100000 CNY/year"}, "police": {"title": T, "heads": 2}},
    "issues": {"scale": 2.0, "categories": {"works": WORKS, "noise": NOISE}},
    "grid_workers": {"roles": {"patrol": {"title": T, "share": 0.6}, "care": {"title": T, "share": 0.4}}, "round": "30 min",
                     "shifts": {"office": 0.5, "night": 0.5}},
    "centres": {"subjects": {"order": {"title": T, "share": 0.5}, "works": {"title": T, "share": 0.5}}},
    "staff": {"grid_workers": {"heads": 20}, "district_desk": {"heads": 5}, "street_desk": {"heads": 2},
              "community_desk": {"heads": 4}, "community_staff": {"heads": 4}, "street_team": {"heads": 2}},
}
MERGED = {"organisation.centres.mode": "merged", "organisation.grid_workers.mode": "merged",
          "organisation.integration_costs.training_days": 26}


def tables(overrides=None, data=CITY):
    return from_dict(data, overrides or {}).tables()


def same(left, right):
    """Where two sets of tables differ."""
    found = []
    for field in dataclasses.fields(left):
        a, b = getattr(left, field.name), getattr(right, field.name)
        if dataclasses.is_dataclass(a):
            found += [f"{field.name}.{name}" for name in same(a, b)]
        elif isinstance(a, np.ndarray):
            found += [] if a.shape == b.shape and a.dtype == b.dtype and (a == b).all() else [field.name]
        else:
            found += [] if a == b else [field.name]
    return found


def test_times_and_names():
    made = tables()
    assert (made.key, made.start_weekday, made.start_ordinal, made.end) == ("two_streets", 0, 739_257, 42 * DAY)
    assert made.city.category == ("noise", "works")
    assert made.city.department == ("police", "works")
    assert made.city.street == ("East", "West")
    assert made.city.demand.stream == ("noise", "works", "consultation/noise")
    assert made.city.demand.category.tolist() == [0, 1, 0]


def test_demand_is_the_rate_times_residents_times_the_estates_factor_times_the_scale():
    demand, city = tables().city.demand, tables().city
    factor = np.where(city.grid_class == city.estate_class.index("old"), 1.5, 1.0)
    assert demand.cell_rate[0] == pytest.approx(2 * 0.002 * 500 * factor)
    assert demand.cell_rate[2] == pytest.approx(np.full(8, 2 * 0.001 * 500))         # consultations know no estates
    assert demand.weekday[0] == pytest.approx([2, 1, 1, 1, 1, 1, 0])
    assert demand.weekday.mean(axis=1) == pytest.approx(1)
    assert demand.hour.sum(axis=1) == pytest.approx(1)
    assert (demand.month == 1).all()


def test_shares_are_cumulative_and_end_with_exactly_1():
    city = tables().city
    demand, residents = city.demand, city.residents
    for shares in (demand.severity, demand.authority, demand.department, demand.more_departments, residents.channel,
                   residents.consultation_channel, residents.score):
        assert (shares[..., -1] == 1).all()
        assert (np.diff(shares, axis=-1) >= 0).all()
    assert demand.severity[0].tolist() == [0.7, 1.0, 1.0]
    assert demand.department.tolist() == [[1.0, 1.0], [0.2, 1.0]]


def test_a_share_of_nothing_at_the_end_is_never_drawn():
    assert cumulative([0.1, 0.2, 0.3, 0.4 - 1e-7, 0.0])[3] == 1.0


def test_an_estate_class_moves_authority_up_in_proportion():
    city = tables().city
    plain, old = np.diff(city.demand.authority[:, 0], prepend=0)
    assert plain == pytest.approx([0.2, 0.3, 0.4, 0.1])
    assert old == pytest.approx([0.1, 0.15, 0.6, 0.15])
    assert city.demand.authority[1, 1].tolist() == [0, 0, 0, 1]


def test_touch_times_left_out_are_those_of_the_next_tier():
    demand = tables().city.demand
    assert demand.touch_mean.tolist() == [[600, 3600, 3600, 3600], [14400] * 4]
    assert demand.deadline.tolist()[0] == [4 * 3600, 8 * 3600, 7200]
    assert demand.deadline_working.tolist()[0] == [1, 1, 0]
    assert tables().calendars.key[demand.deadline_calendar] == "office"
    assert (demand.lasts_mean.tolist(), demand.lasts_share.tolist()) == ([7200, 0], [0.6, 0])
    assert (demand.worsens.tolist(), demand.worsens_touch.tolist()) == ([0, 0.2], [1, 2])


def test_separate_roles_look_only_for_their_own_categories_over_a_larger_beat():
    made = tables()
    organisation, keys = made.city.organisation, made.pools.key
    assert [keys[pool] for pool in organisation.team[[0, 7], 0]] == ["grid_team/East/patrol", "grid_team/West/patrol"]
    assert (organisation.team[:, 1] == -1).all()
    assert organisation.round_time[organisation.team[0, 0]] == 4 * 1800
    assert organisation.round_time[organisation.crew].tolist() == [0, 0]
    assert [keys[pool] for pool in organisation.district_desk] == ["desk/district/order", "desk/district/works"]
    assert (organisation.speed == 1).all()


def test_merged_workers_look_for_everything_in_their_community_and_are_slower():
    made = tables(MERGED)
    organisation, keys = made.city.organisation, made.pools.key
    assert keys[organisation.team[7, 1]] == "grid_team/community 4/merged"
    assert organisation.round_time[organisation.team[0, 0]] == 2 * 1800
    assert [keys[pool] for pool in organisation.district_desk] == ["desk/district/merged"] * 2
    assert organisation.speed[organisation.team[0, 0]].tolist() == [1.05, 1.05]
    assert organisation.speed[organisation.crew[0]].tolist() == [1, 1]
    assert tables({**MERGED, "organisation.integration_costs.on": False}).city.organisation.speed.max() == 1


def test_street_teams_are_slower_by_the_share_of_their_work_that_was_delegated():
    made = tables({"organisation.authority.on": True, "organisation.authority.delegated": 0.5})
    team = made.city.organisation.street_team[0]
    assert made.city.organisation.speed[team] == pytest.approx([1 + 0.05 * 0.05 / 0.45, 1.05])


def test_members_of_merged_pools_train_half_at_a_time_and_stay_on_full_pay():
    made, apart = tables(MERGED), tables()
    assert {"office~1", "office~2", "night~1", "night~2"} <= set(made.calendars.key)
    assert not any("~" in key for key in apart.calendars.key)
    for one in (made, apart):
        every = np.arange(len(one.calendars.key))
        seconds = worked_many(one.calendars, every, 35 * DAY) - worked_many(one.calendars, every, 7 * DAY)
        pool = np.repeat(np.arange(len(one.pools.key)), np.diff(one.pools.first_member))
        paid = (seconds[one.pools.member_calendar] * one.pools.wage_per_second[pool]).sum()
        assert paid == pytest.approx((20 * 72_000 + 17 * 90_000 + 4 * 100_000 + 2 * 120_000) * 28 / 365, rel=1e-12)


OFF = {
    "signal": ({"on": False}, {"on": True, "pass_on": 1.0, "hop_time": "0 s"}),
    "force": ({"on": False}, {"on": True, "keep": 1.0}),
    "triage": ({"on": False}, {"on": True, "mis_dispatch": 0.0, "too_low": 0.0, "hold": "0 s", "refuse": 0.0, "sign_in": "0 s",
                               "sign_in_urgent": 1.0}),
    "authority": ({"on": False}, {"on": True, "delegated": 0.0, "heads_moved": 0.0}),
    "integration_costs": ({"on": False}, {"on": True, "generalist_slowdown": 0.0, "ownership_loss": 0.0, "training_days": 0.0}),
    "verification": ({"on": False}, {"on": True, "share": 0.0}),
}


@pytest.mark.parametrize("mechanism", OFF)
def test_a_mechanism_that_is_off_equals_its_neutral_values(mechanism):
    off, neutral = ({**MERGED, f"organisation.{mechanism}": block} for block in OFF[mechanism])
    assert same(tables(off), tables(neutral)) == []


@pytest.mark.parametrize("mechanism, block, name", [
    ("signal", {"on": True, "pass_on": 0.5}, "signal_pass"), ("force", {"on": True, "keep": 0.5}, "force_keep"),
    ("triage", {"on": True, "mis_dispatch": 0.4}, "mis_dispatch"), ("triage", {"on": True, "ruling_after": 0}, "ruling_after"),
    ("authority", {"on": True}, "delegated"), ("joint_work", {"mode": "parallel"}, "parallel"),
    ("supervision", {"on": True}, "supervision"), ("verification", {"on": True}, "verify_share"),
    ("centres", {"mode": "merged"}, "wrong_centre"), ("integration_costs", {"ownership_loss": 0.1}, "true_fix"),
])
def test_a_mechanism_that_is_on_shows_in_the_rules(mechanism, block, name):
    base = MERGED if mechanism == "integration_costs" else {}
    before, after = tables(base), tables({**base, f"organisation.{mechanism}": block})
    assert name in same(before.city.rules, after.city.rules)


def test_queue_order_and_pre_emption_reach_the_pools():
    plain, other = tables(), tables({"organisation.queue_order": "fcfs", "organisation.pre_emption.on": True})
    assert set(plain.pools.order.tolist()) == {int(Order.PRIORITY)}
    assert set(other.pools.order.tolist()) == {int(Order.FCFS)}
    assert plain.pools.preemptive.sum() == 0
    assert {key.split("/")[0] for key, on in zip(other.pools.key, other.pools.preemptive, strict=True) if not on} == {"desk"}


def test_tables_are_the_same_every_time_and_whatever_the_order_of_keys():
    def turned(value):
        return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    assert same(tables(MERGED), tables(MERGED)) == []
    assert same(tables(MERGED), tables(MERGED, turned(CITY))) == []


def test_settings_of_one_side_leave_the_demand_of_the_other_alone():
    assert same(tables().city.demand, tables(MERGED).city.demand) == []


def test_grids_and_roster_come_from_files(tmp_path):
    (tmp_path / "grids.csv").write_text("grid,community,street,population,estate_class,name_zh\n"
                                        "1,A,S,100,managed,一\n2,A,S,300,old,\n3,B,S,200,managed,\n", encoding="utf-8")
    (tmp_path / "roster.csv").write_text("post,place,role,shift,heads\ngrid_workers,A,patrol,office,12\n"
                                         "grid_workers,,care,night,8\n", encoding="utf-8")
    base = from_dict(CITY)
    (tmp_path / "city.yaml").write_text(base.to_yaml(), encoding="utf-8")
    (tmp_path / "listed.yaml").write_text("extends: city.yaml\ncity.grids_csv: grids.csv\nstaff.roster_csv: roster.csv\n",
                                          encoding="utf-8")
    made = load(tmp_path / "listed.yaml").tables()
    assert made.city.grid == ("1", "2", "3")
    assert made.city.community == ("A", "B")
    assert made.city.grid_population.tolist() == [100, 300, 200]
    assert [made.city.estate_class[one] for one in made.city.grid_class] == ["managed", "old", "managed"]
    heads = dict(zip(made.pools.key, np.diff(made.pools.first_member).tolist(), strict=True))
    assert (heads["grid_team/S/patrol"], heads["grid_team/S/care"]) == (12, 8)


def test_jimei_is_tabulated_in_half_a_second():
    for name in ("jimei/fragmented", "jimei/integrated"):
        scenario = load(name)
        begin = time.process_time()
        made = tabulate(scenario)
        assert time.process_time() - begin < 0.5
        assert len(made.city.grid) == 708
        assert len(made.pools.member_calendar) > 1132


BARE = {
    "name": "tandem", "run": {"start": "2025-01-06", "warm_up": "0 s", "horizon": "2 days", "run_out": "0 s"},
    "bare": {
        "pools": {"a": {"heads": 2, "capacity": 5, "overflow": "b", "order": "priority", "preemptive": True},
                  "b": {"heads": 1, "calendar": "office", "at_shift_end": "overtime"}, "c": {"heads": "unlimited"}},
        "classes": {
            "high": {"priority": 0, "arrivals": {"kind": "poisson", "rate": "6 per hour"}, "entry": {"a": 0.25, "b": 0.75},
                     "service": {"a": {"exponential": {"mean": "600 s"}}, "b": {"erlang": {"mean": "600 s", "stages": 4}},
                                 "c": {"uniform": {"low": "1 min", "high": "2 min"}}},
                     "patience": {"a": {"deterministic": "5 min"}}, "routing": {"a": {"b": 0.5, "exit": 0.5}, "b": {"c": 1.0}}},
            "low": {"priority": 3, "arrivals": {"kind": "batches", "rate": "1 per h", "size": [1, 3]}, "entry": "c",
                    "service": {"c": {"empirical": ["60 s", "120 s"]}}}}}}


def test_a_bare_system():
    made = tables(data=BARE)
    bare, pools = made.bare, made.pools
    assert made.city is None
    assert (pools.key, pools.capacity.tolist(), pools.overflow.tolist()) == (("a", "b", "c"), [5, -1, -1], [1, -1, -1])
    assert (pools.unlimited.tolist(), pools.first_member.tolist()) == ([0, 0, 1], [0, 2, 3, 3])
    assert [made.calendars.key[one] for one in pools.member_calendar] == ["always", "always", "office"]
    assert (pools.order.tolist(), pools.preemptive.tolist(), pools.at_shift_end.tolist()) == ([0, 1, 1], [1, 0, 0], [0, 1, 0])
    assert bare.entry.tolist() == [[0.25, 1, 1], [0, 0, 1]]
    assert bare.routing[0].tolist() == [[0, 0.5, 0.5, 1], [0, 0, 1, 1], [0, 0, 0, 1]]
    assert bare.service[0] == ({"kind": "exponential", "mean": 600.0}, {"kind": "gamma", "mean": 600.0, "cv": 0.5},
                               {"kind": "uniform", "low": 60.0, "high": 120.0})
    assert bare.service[1] == (None, None, {"kind": "empirical", "values": [60.0, 120.0]})
    assert bare.patience[0] == ({"kind": "deterministic", "value": 300.0}, None, None)
    assert bare.arrivals == ({"kind": "poisson", "rate": 6 / 3600},
                             {"kind": "batches", "rate": 1 / 3600, "size": {"kind": "empirical", "values": [1, 3]}})
    assert bare.trace is None


def test_a_trace_with_priorities_of_its_own_makes_classes_of_them():
    given = {"arrivals": {"kind": "csv"}, "entry": "a", "service": {"a": {"given": "from trace"}}}
    data = {**BARE, "bare": {"pools": {"a": {"heads": 1}}, "classes": {"x": {"priority": 1, **given}}, "trace": [
        {"time": 0, "class": "x", "service_a": 60, "patience_a": 30.5},
        {"time": 5, "class": "x", "priority": 0, "service_a": 70}]}}
    bare = tables(data=data).bare
    assert (bare.class_name, bare.priority.tolist()) == (("x", "x (priority 0)"), [1, 0])
    assert bare.arrivals == ({"kind": "given"},) * 2
    assert bare.trace.tolist() == [[0, 0, 60, 30.5], [5, 1, 70, -1]]


@pytest.mark.parametrize("path, value, where", [
    ("bare.pools.a.overflow", "z", "bare.pools.a.overflow"),
    ("bare.pools.a.overflow", "a", "bare.pools.a.overflow"),
    ("bare.pools.a.capacity", 1, "bare.pools.a.capacity"),
    ("bare.pools.b.calendar", "offise", "bare.pools.b.calendar"),
    ("bare.pools.c.capacity", 5, "bare.pools.c.heads"),
    ("bare.classes.low.entry", "z", "bare.classes.low.entry"),
    ("bare.classes.high.entry", {"a": 0.5}, "bare.classes.high.entry"),
    ("bare.classes.high.routing", {"a": {"z": 1.0}}, "bare.classes.high.routing.a.z"),
    ("bare.classes.low.routing", {"c": {"a": 1.0}}, "bare.classes.low.service"),
    ("bare.classes.low.arrivals", {"kind": "csv"}, "bare.classes.low.arrivals"),
    ("bare.classes.low.arrivals", {"kind": "piecewise", "starts": ["0 s", "1 h"], "rates": ["1 per h"]},
     "bare.classes.low.arrivals"),
    ("bare.classes.low.service", {"c": {"exponential": {"mean": "1 h"}, "deterministic": "1 h"}}, "bare.classes.low.service.c"),
    ("bare.trace", [{"time": 0, "class": "nobody"}], "bare.trace.0.class"),
])
def test_impossible_bare_systems_are_refused_at_their_path(path, value, where):
    from sim.base import ScenarioError

    from_dict(BARE)
    with pytest.raises(ScenarioError) as caught:
        from_dict(BARE, {path: value})
    assert any(fault.path.startswith(where) for fault in caught.value.faults), caught.value
