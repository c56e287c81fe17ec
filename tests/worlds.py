"""Random small scenarios with random mixtures of mechanisms, and a run of each.

All times of a world are multiples of its grain (a second, a minute, a quarter, an hour, four hours), luck is rounded up to it as well,
so that many things happen in the same second, and in the seconds in which shifts begin and end: every rule about ties is put to use.
Many steps take no time at all.  Every run of a world goes through both engines (`script.simulate`).
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from script import city_settings, simulate

from sim.draws import Draws, in_replication, key_of
from sim.scenario import from_dict
from sim.tables import Tables
from sim.timeline import Timeline

DAY = 86400
SHIFTS = {"day": {"days": "all", "hours": ["08:00-20:00"], "holidays": "work"},
          "night": {"days": "all", "hours": ["20:00-08:00"], "holidays": "work"},
          "split": {"days": "all", "hours": ["08:00-12:00", "14:00-18:00"], "holidays": "work"},
          "weekdays": {"days": "Mon-Fri", "hours": ["09:00-17:00"], "holidays": "rest"}}
NO_TIME = 0.1       # s: what may not be nothing, and is nothing once it is rounded
RULES = ("rest", "overtime", "hand_over")
GRAINS = (1, 60, 900, 3600, 14400)
AUTHORITY = ({"grid": 0.25, "community": 0.25, "street": 0.25, "district": 0.25}, {"grid": 0.7, "community": 0.1, "street": 0.1, "district": 0.1},
             {"grid": 0.1, "community": 0.1, "street": 0.1, "district": 0.7})


def _of_both(**values: Any) -> dict[str, Any]:
    return {f"issues.categories.{category}.{name}": value for category in ("noise", "waste") for name, value in values.items()}


_LIMIT = {"ordinary": "1 h", "serious": "1 h", "urgent": "1 h"}
STRESSES: tuple[dict[str, Any], ...] = (
    {}, {},
    # On one ledger tickets go astray, centres are mistaken for each other, and most of what is done is done badly.
    {"organisation.ledger": {"mode": "shared", "recovery": "2 h"}, "organisation.signal": {"on": True, "pass_on": 0.3, "hop_time": "0 s"},
     "organisation.centres": {"mode": "separate", "wrong_centre": 0.7, "transfer": "1 h"}, "feedback.true_fix": 0.4,
     "organisation.verification": {"on": True, "share": 1.0, "by_call": 0.5, "time": "600 s", "detects": 0.8}},
    # Whole groups set out for what is gone when they arrive, and hand over at noon.
    {**_of_both(authority=AUTHORITY[2], more_departments={"one": 0.4, "two": 0.6}, lasts={"mean": "4 h", "cv": 1.0, "share": 1.0},
                travel={"grid": "0 s", "community": "0 s", "street": "0 s", "district": "3 h"}),
     "organisation.joint_work": {"mode": "parallel", "convene": "0 s"},
     **{f"departments.{key}": {"title": {"en": key, "zh": key}, "heads": heads, "shift": "split", "at_shift_end": "hand_over"}
        for key, heads in (("police", 1), ("water", 2), ("works", 3))}},
    # Tickets get lost, everything is late, and grid workers have more than they can do.
    {**_of_both(authority=AUTHORITY[1], visible=0.5, reporters=2.0, deadline=_LIMIT),
     "organisation.supervision": {"on": True, "yellow": 0.3, "red": 1.0, "lift": 1.0, "order_effort": 1.2},
     "organisation.signal": {"on": True, "pass_on": 0.3, "hop_time": "0 s"}, "residents.ask_again": 1.0},
    # Everything gets worse soon, and what is urgent interrupts.
    {**_of_both(authority={"grid": 0.1, "community": 0.1, "street": 0.7, "district": 0.1}, severity={"ordinary": 0.4, "serious": 0.5, "urgent": 0.1},
                worsens={"chance": 1.0, "after": "3 h", "touch_factor": 2.0}, deadline=_LIMIT),
     "organisation.pre_emption": {"on": True}},
    # Units sign late, and by then what was sent to them has outgrown them; many refuse, and the centre rules at once.
    {**_of_both(authority=AUTHORITY[0], worsens={"chance": 1.0, "after": "3 h", "touch_factor": 1.0}, more_departments={"one": 0.5, "two": 0.5}),
     "organisation.triage": {"on": True, "mis_dispatch": 0.0, "refuse": 0.3, "sign_in": "4 h", "sign_in_urgent": 1.0, "ruling_after": 0},
     "organisation.case_owners.on": False, "organisation.three_ways.on": False})
"""What is put on top of a mixture so that rare things are common."""


class World(NamedTuple):
    """A scenario as its settings (JSON), a grain (s) and a seed."""

    settings: str
    grain: int
    seed: int

    def tables(self, **changes: Any) -> Tables:
        """Its tables, with settings changed by path (double underscores for dots)."""
        return made(self.settings, json.dumps({key.replace("__", "."): value for key, value in changes.items()}))

    def run(self, **changes: Any) -> tuple[Tables, Timeline]:
        """Tables and timeline, with settings changed."""
        return ran(self, json.dumps({key.replace("__", "."): value for key, value in changes.items()}))


@lru_cache(maxsize=512)
def made(settings: str, changes: str) -> Tables:
    return from_dict(json.loads(settings), json.loads(changes)).tables()


@lru_cache(maxsize=512)
def ran(world: World, changes: str) -> tuple[Tables, Timeline]:
    tables = in_replication(made(world.settings, changes), key_of(world.seed, 0))
    return tables, simulate(tables, Draws(tables, world.seed, 0, world.grain))


def put(settings: dict[str, Any], changes: dict[str, Any]) -> None:
    """Set dotted paths in nested dicts."""
    for path, value in changes.items():
        *above, last = path.split(".")
        here = settings
        for step in above:
            here = here.setdefault(step, {})
        here[last] = value


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A city of two grids with a few dozen issues, any mixture of mechanisms, tight or ample staff, any shifts."""
    grain = draw(st.sampled_from(GRAINS))
    unit = max(grain, 300)

    def span(low: int, high: int) -> str:
        return f"{draw(st.integers(low, high)) * unit or NO_TIME} s"

    def chance(*values: float) -> float:
        return draw(st.sampled_from(values or (0.0, 0.3, 0.7, 1.0)))

    def flip() -> bool:
        return draw(st.booleans())

    settings = city_settings()
    places = draw(st.sampled_from(((1, 2, 2), (1, 2, 2), (2, 3, 5))))
    changes: dict[str, Any] = {
        "run.horizon": f"{draw(st.integers(40, 100)) * 3600 + draw(st.integers(0, 3)) * 900} s", "calendars.shifts": SHIFTS,
        **dict(zip(("city.streets", "city.communities", "city.grids"), places, strict=True)), "issues.daily_cv": chance(0.0, 0.35),
        "residents.call_back": chance(), "residents.call_back_after": span(1, 4), "residents.phone_patience": span(0, 3),
        "residents.ask_again": chance(), "residents.ask_again_after": span(4, 40), "residents.repeat": chance(),
        "residents.petitions": {"false_closing": chance(0.0, 0.0, 0.5), "overdue": chance(0.0, 0.0, 0.5), "after": span(1, 20)},
        "residents.trust": {"gain": chance(0.0, 0.0, 0.3), "loss": chance(0.0, 0.0, 0.3), "low": chance(0.0, 0.5), "high": chance(1.5, 4.0)},
        "residents.evaluated": chance(0.0, 0.5), "feedback.true_fix": chance(0.4, 0.8, 1.0), "feedback.look": span(0, 1),
        "grid_workers.round": span(1, 8), "grid_workers.at_shift_end": draw(st.sampled_from(RULES)),
        "centres.consultation": span(0, 1), "centres.forward": span(0, 1), "centres.call_back": span(0, 1),
        "centres.lines_per_clerk": chance(0.5, 1.0, 2.0), "centres.handling_cv": chance(0.0, 0.6)}
    for channel in ("phone", "app", "walk_in", "terminal"):
        changes[f"centres.handling.{channel}"] = span(0, 2)
    for category in ("noise", "waste"):
        at = f"issues.categories.{category}"
        changes |= {
            f"{at}.rate": f"{draw(st.integers(1, 8))} per 1000 residents/day",
            f"{at}.consultations": f"{draw(st.integers(0, 8))} per 1000 residents/day",
            f"{at}.severity": {"ordinary": 0.6, "serious": 0.2, "urgent": 0.2}, f"{at}.more_departments": {"one": 0.3, "two": 0.2},
            f"{at}.nature": draw(st.sampled_from(({"private": 0.3, "small": 0.4, "big": 0.3}, {"private": 0.0, "small": 0.0, "big": 1.0}))),
            f"{at}.visible": chance(0.0, 0.5, 1.0), f"{at}.reporters": chance(0.0, 0.5, 2.0), f"{at}.notice": {"mean": span(1, 20), "cv": 1.0},
            f"{at}.channels": {"phone": 0.6, "app": 0.2, "walk_in": 0.2}, f"{at}.touch_cv": chance(0.0, 1.0),
            f"{at}.lasts": {"mean": span(4, 100), "cv": 1.0, "share": chance(0.0, 0.5)},
            f"{at}.worsens": {"chance": chance(0.0, 0.5, 1.0), "after": span(1, 40), "touch_factor": 2.0},
            f"{at}.authority": draw(st.sampled_from(AUTHORITY)),
            f"{at}.deadline": {severity: draw(st.sampled_from(("1 h", "2 h", "8 h", "4 working hours", "1 working days")))
                               for severity in ("ordinary", "serious", "urgent")}}
        for tier in ("grid", "community", "street", "district"):
            changes[f"{at}.touch.{tier}"] = span(0, 6)
            changes[f"{at}.travel.{tier}"] = span(0, 2)
    # Surges: a wave of noise on the second day that ebbs away within the run.
    if flip():
        changes["surges"] = {"wave": {"start": "2025-01-07", "days": draw(st.integers(1, 2)), "half_life": "12 h", "factor": chance(0.5, 2.0, 4.0),
                                      "categories": {"noise": chance(0.0, 3.0)}, "consultations": chance(1.0, 2.0)}}
    if flip():
        changes["sensors"] = {key: {"title": key, "sees": {"noise": chance(0.0, 0.5), "waste": chance(0.2, 0.7)}, "delay": span(0, 4),
                                    "precision": chance(0.5, 0.9), "owner": draw(st.sampled_from((None, "order", "repair")))}
                              for key in draw(st.sampled_from((("eyes",), ("eyes", "heat"))))}
        changes["organisation.sensors"] = {"on": flip(), "mode": draw(st.sampled_from(("separate", "merged"))), "recognised": chance(0.0, 0.5),
                                           "hours": draw(st.sampled_from(("office", "always")))}
        changes["centres.handling.sensor"] = span(0, 1)
    changes["organisation.burden"] = {"on": flip(), "share": chance(0.0, 0.25, 0.5)}
    changes["absence"] = {"on": flip(), "leave_days": chance(0.0, 60.0), "sick_spells": chance(0.0, 20.0, 50.0), "sick_days": chance(1.0, 3.0),
                          "turnover": chance(0.0, 5.0), "vacancy": draw(st.integers(0, 2)), "learning": draw(st.integers(0, 3)),
                          "learning_share": chance(0.0, 0.5)}
    if flip():
        changes["city.estate_classes"] = {"estate": {"title": "estate", "solves": {"noise": chance(), "waste": chance(0.0, 0.5)},
                                                     "solves_after": span(0, 8)}}
    if flip():
        helpers = {"help": {"title": "help", "heads": places[1] + draw(st.integers(0, 2)), "shift": draw(st.sampled_from(("always", "split"))),
                            "categories": {"noise": chance(0.5, 1.0), "waste": 0.5}, "success": chance(0.0, 0.3, 0.7), "slower": chance(1.0, 2.0)}}
        changes["organisation.participation"] = {
            "on": chance(0.0, 1.0, 1.0) > 0, "reports": chance(), "self_help": chance(0.0, 0.0, 0.5),
            "self_help_after": span(0, 8), "rewarded": flip(),
            "half_life": "1 day", "visits_every": draw(st.sampled_from(("0 s", "1 day"))), "helpers": helpers}
    changes["organisation.padding"] = {"on": flip(), "quota": chance(0.0, 20.0), "period": draw(st.sampled_from(("1 day", "36 h"))),
                                       "honesty": chance(0.0, 0.5), "category": draw(st.sampled_from((None, "waste")))}
    changes |= staffing(draw, *places) | mechanisms(draw, span, chance, flip)
    put(settings, changes)
    put(settings, draw(st.sampled_from(STRESSES)))
    return World(json.dumps(settings), grain, draw(st.integers(0, 10**6)))


@st.composite
def reforms(draw: st.DrawFn) -> World:
    """A world on its way to another organisation: all at once or street by street, early or late, with whatever waits or is in hand then."""
    world = draw(worlds())
    settings, other = json.loads(world.settings), json.loads(draw(worlds()).settings)["organisation"]
    other["queue_order"] = settings["organisation"]["queue_order"]
    for helpers in other.get("participation", {}).get("helpers", {}).values():
        helpers["heads"] = max(helpers["heads"], settings["city"]["communities"])
    for organisation in (settings["organisation"], other):      # these two do not go together
        organisation.get("emergencies", {})["on"] = False
    days = int(settings["run"]["horizon"].split()[0]) // DAY
    first = draw(st.integers(0, days - 1))
    settings["reform"] = {
        "organisation": other, "day": first, "phase_in": f"{draw(st.integers(0, days - 1 - first))} days",
        "hand_over": f"{draw(st.integers(0, 8)) * max(world.grain, 300)} s", "take_up_lost": draw(st.booleans()),
        "training_dip": {"share": draw(st.sampled_from((0.0, 0.5))), "days": f"{draw(st.integers(0, 2))} days"}}
    return World(json.dumps(settings), world.grain, world.seed)


def staffing(draw: st.DrawFn, streets: int, communities: int, grids: int) -> dict[str, Any]:
    """Heads and shifts of every post."""
    found: dict[str, Any] = {}
    for post, least in (("district_desk", 2), ("street_desk", streets), ("community_desk", communities), ("community_staff", communities),
                        ("street_team", streets)):
        shifts = draw(st.sampled_from(({"always": 1.0}, {"day": 0.5, "night": 0.5}, {"split": 1.0}, {"weekdays": 1.0}, {"day": 0.7, "split": 0.3})))
        found[f"staff.{post}"] = {"heads": least * len(shifts) + draw(st.integers(0, 2)), "shifts": shifts,
                                  "at_shift_end": draw(st.sampled_from(RULES))}
    shifts = draw(st.sampled_from(({"always": 1.0}, {"day": 1.0}, {"day": 0.5, "night": 0.5}, {"split": 0.5, "day": 0.5})))
    found |= {"grid_workers.shifts": shifts, "staff.grid_workers.heads": max(2 * streets, communities) * len(shifts) + draw(st.integers(0, 4))}
    for key in ("police", "water", "works"):
        found[f"departments.{key}.heads"] = draw(st.integers(1, 3))
        found[f"departments.{key}.shift"] = draw(st.sampled_from(("always", "day", "split", "weekdays")))
        found[f"departments.{key}.at_shift_end"] = draw(st.sampled_from(RULES))
    return found


def mechanisms(draw: st.DrawFn, span: Any, chance: Any, flip: Any) -> dict[str, Any]:
    """Any mixture of switches."""
    def rounds(low: int, high: int) -> str:
        return f"{draw(st.integers(low, high)) * 4} h"

    return {f"organisation.{key}": value for key, value in {
        "centres": {"mode": draw(st.sampled_from(("separate", "merged"))), "wrong_centre": chance(), "transfer": span(0, 20)},
        "grid_workers": {"mode": draw(st.sampled_from(("separate", "merged")))},
        "ledger": {"mode": draw(st.sampled_from(("silos", "shared"))), "recovery": span(0, 20)},
        "signal": {"on": flip(), "pass_on": chance(0.3, 0.8, 1.0), "hop_time": span(0, 8)},
        "force": {"on": flip(), "keep": chance(0.5, 0.9)},
        "triage": {"on": flip(), "mis_dispatch": chance(0.0, 0.0, 0.4), "too_low": chance(0.0, 0.5), "hold": span(0, 20),
                   "refuse": chance(0.0, 0.3), "sign_in": span(0, 8), "sign_in_urgent": chance(0.0, 1.0),
                   "ruling_after": draw(st.sampled_from((None, 0, 1, 2)))},
        "authority": {"on": flip(), "delegated": chance(), "heads_moved": chance(0.0, 0.5)},
        "joint_work": {"mode": draw(st.sampled_from(("serial", "parallel"))), "convene": span(0, 4)},
        "supervision": {"on": flip(), "yellow": chance(0.3, 0.7), "red": 1.0, "lift": draw(st.sampled_from((None, 1.0, 1.0, 1.5))),
                        "order_effort": 1.2},
        "verification": {"on": flip(), "share": chance(0.0, 0.5, 1.0), "by_call": chance(), "time": span(0, 2), "detects": chance(0.5, 1.0)},
        "integration_costs": {"on": flip(), "generalist_slowdown": chance(0.0, 1.0), "training_days": chance(0.0, 60.0)},
        "pre_emption": {"on": flip()},
        "emergencies": {"on": flip(), "bar": draw(st.sampled_from((0.0, 50.0, 100.0, 200.0))), "over": chance(0.3, 0.7, 1.0), "pre_empts": flip(),
                        "team": flip(), "convene": span(0, 4), "seconded": chance(0.0, 0.5, 1.0), "slower": chance(0.5, 1.0, 2.0)},
        "screening": {"on": flip(), "every": rounds(4, 24), "share": 0.0, "by_category": {"noise": chance(0.5, 1.0), "waste": chance(0.0, 0.5)},
                      "time": span(0, 4), "dispatch_every": draw(st.sampled_from((None, rounds(2, 12)))), "stuck_after": span(0, 20)},
        "three_ways": {"on": flip(), "deliberation": span(0, 8), "help_case": chance(0.0, 0.5), "help_after": span(1, 20),
                       "settles_after": span(1, 20), "meeting_every": rounds(1, 6), "meeting": span(0, 4), "agree": chance(0.0, 0.5, 1.0)},
        "case_owners": {"on": flip(), "after": rounds(1, 8), "repeats": flip(), "owners": 1, "cases": draw(st.integers(0, 3)),
                        "ask_again": rounds(1, 3), "effort": chance(1.0, 1.5)},
        "assessment": {"on": flip(), "every": rounds(1, 6), "self_share": chance(0.0, 0.5), "self_bias": chance(0.0, 0.3),
                       "bar": chance(0.5, 0.9, 1.0), "effort": chance(0.0, 1.0), "refusal_cut": chance(), "listed_effort": chance(1.0, 2.0),
                       "listed_checks": chance()},
        "root_causes": {"on": flip(), "every": rounds(1, 8), "least": draw(st.integers(1, 4)), "cut": chance(0.3, 1.0), "half_life": rounds(2, 20)},
        "queue_order": draw(st.sampled_from(("priority", "fcfs")))}.items()}


@st.composite
def systems(draw: st.DrawFn) -> World:
    """A service system of one to four pools and up to three classes: any order, pre-emption, calendar, capacity, overflow, patience, loops,
    arrivals and services of every kind."""
    grain = draw(st.sampled_from(GRAINS))
    pools = ("a", "b", "c", "d")[:draw(st.integers(1, 4))]
    found: dict[str, Any] = {}
    for name in pools:
        heads = draw(st.sampled_from((1, 1, 2, 3, "unlimited")))
        found[name] = {"heads": heads, "order": draw(st.sampled_from(("priority", "fcfs"))), "preemptive": draw(st.sampled_from((False, True, True))),
                       "at_shift_end": draw(st.sampled_from(RULES))}
        if heads != "unlimited":
            found[name] |= {"calendar": draw(st.sampled_from(("always", *SHIFTS))), "capacity": draw(st.sampled_from((None, heads, heads + 2))),
                            "overflow": draw(st.sampled_from(("lost", *(other for other in pools if other != name))))}
    trace: list[dict[str, Any]] = []
    classes = {name: _customers(draw, name, priority, grain, pools, trace)
               for priority, name in enumerate(("urgent", "ordinary", "minor")[:draw(st.integers(1, 3))])}
    end = draw(st.integers(1, 4)) * DAY + draw(st.sampled_from((0, 6 * 3600, 12 * 3600, 17 * 3600 + 1)))
    settings = {"name": "system", "run": {"start": "2025-01-06", "warm_up": "0 s", "horizon": f"{end} s", "run_out": "0 s", "replications": 1,
                                          "seed": 1},
                "calendars": {"holidays": "none", "shifts": SHIFTS}, "bare": {"pools": found, "classes": classes}}
    if trace:
        settings["bare"]["trace"] = sorted(trace, key=lambda row: row["time"])      # type: ignore[index]
    return World(json.dumps(settings), grain, draw(st.integers(0, 10**6)))


def _customers(draw: st.DrawFn, name: str, priority: int, grain: int, pools: tuple[str, ...], trace: list[dict[str, Any]]) -> dict[str, Any]:
    """A class: drawn, or given row by row in the trace."""
    seconds = max(grain, 600) * draw(st.integers(1, 3))
    mean = f"{seconds} s"
    laws = [{"exponential": {"mean": mean}}, {"deterministic": mean}, {"deterministic": "0 s"}, {"lognormal": {"mean": mean, "cv": 1.0}},
            {"empirical": ["0 s", mean]}, {"gamma": {"mean": mean, "cv": 0.7}}, {"erlang": {"mean": mean, "stages": 3}},
            {"uniform": {"low": "0 s", "high": mean}}]
    waits = draw(st.sampled_from(((), pools[:1], pools)))
    routing = {}
    for pool in pools:
        onward = draw(st.sampled_from(("exit", *pools)))
        back = draw(st.sampled_from((0.0, 0.2, 0.5)))
        routing[pool] = {"exit": 1.0} if onward == "exit" else {onward: 0.3 + back, "exit": 0.7 - back}
    rate = draw(st.sampled_from((0.5, 1, 3)))
    if draw(st.integers(0, 4)) == 0:
        for _ in range(draw(st.integers(1, 40))):
            row: dict[str, Any] = {"time": draw(st.integers(0, DAY // grain)) * grain, "class": name}
            row |= {f"service_{pool}": draw(st.integers(0, 3)) * max(grain, 600) for pool in pools}
            row |= {f"patience_{pool}": draw(st.integers(0, 4)) * max(grain, 600) for pool in waits}
            trace.append(row)
        given = {"given": "from trace"}
        return {"priority": priority, "arrivals": {"kind": "csv"}, "entry": pools[0], "service": dict.fromkeys(pools, given),
                "patience": dict.fromkeys(waits, given), "routing": routing}
    arrivals = draw(st.sampled_from((
        {"kind": "poisson", "rate": f"{rate} per hour"}, {"kind": "batches", "rate": f"{rate / 3} per hour", "size": [1, 2, 5]},
        {"kind": "deterministic", "every": mean}, {"kind": "renewal", "gap": {"gamma": {"mean": f"{3600 / rate} s", "cv": 0.5}}},
        {"kind": "sinusoidal", "rate": f"{rate} per hour", "amplitude": 1.0, "period": "1 days"},
        {"kind": "piecewise", "starts": ["0 s", "8 h"], "rates": [f"{rate} per hour", "0.1 per hour"], "period": "1 days"})))
    return {"priority": priority, "arrivals": arrivals, "entry": {pool: 1 / len(pools) for pool in pools},
            "service": {pool: draw(st.sampled_from(laws)) for pool in pools},
            "patience": {pool: {"exponential": {"mean": mean}} for pool in waits}, "routing": routing}


def on_duty(tables: Tables, calendar: int, time: int) -> bool:
    """Whether a calendar works in the second that starts at `time`."""
    low, high = tables.calendars.first[calendar:calendar + 2]
    at = int(np.searchsorted(tables.calendars.start[low:high], time, "right")) - 1
    return at >= 0 and time < int(tables.calendars.end[low + at])
