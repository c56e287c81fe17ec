"""Random small scenarios with random mixtures of mechanisms, and a run of each.

All times of a world are multiples of its grain (a second, a minute, a quarter, an hour), luck is rounded up to it as well, so that many
things happen in the same second and every rule about ties is put to use.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from script import city_settings

from sim.draws import Draws
from sim.engine_simpy import simulate
from sim.scenario import from_dict
from sim.tables import Tables
from sim.timeline import Timeline

DAY = 86400
SHIFTS = {"day": {"days": "all", "hours": ["08:00-20:00"], "holidays": "work"},
          "night": {"days": "all", "hours": ["20:00-08:00"], "holidays": "work"},
          "split": {"days": "all", "hours": ["08:00-12:00", "14:00-18:00"], "holidays": "work"},
          "weekdays": {"days": "Mon-Fri", "hours": ["09:00-17:00"], "holidays": "rest"}}
RULES = ("rest", "overtime", "hand_over")
GRAINS = (1, 60, 900, 3600)


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
    tables = made(world.settings, changes)
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
        return f"{draw(st.integers(low, high)) * unit} s"

    def chance(*values: float) -> float:
        return draw(st.sampled_from(values or (0.0, 0.3, 0.7, 1.0)))

    def flip() -> bool:
        return draw(st.booleans())

    settings = city_settings()
    changes: dict[str, Any] = {
        "run.horizon": f"{draw(st.integers(2, 4))} days", "calendars.shifts": SHIFTS, "issues.daily_cv": chance(0.0, 0.35),
        "residents.call_back": chance(), "residents.call_back_after": span(1, 4), "residents.phone_patience": span(1, 3),
        "residents.ask_again": chance(), "residents.ask_again_after": span(4, 40), "residents.repeat": chance(),
        "residents.evaluated": chance(0.0, 0.5), "feedback.true_fix": chance(0.4, 0.8, 1.0), "feedback.look": span(0, 1),
        "grid_workers.round": span(1, 8), "grid_workers.at_shift_end": draw(st.sampled_from(RULES)),
        "centres.consultation": span(1, 1), "centres.forward": span(1, 1), "centres.call_back": span(1, 1),
        "centres.lines_per_clerk": chance(0.5, 1.0, 2.0), "centres.handling_cv": chance(0.0, 0.6)}
    for channel in ("phone", "app", "walk_in", "terminal"):
        changes[f"centres.handling.{channel}"] = span(1, 2)
    for category in ("noise", "waste"):
        at = f"issues.categories.{category}"
        changes |= {
            f"{at}.rate": f"{draw(st.integers(1, 8))} per 1000 residents/day",
            f"{at}.consultations": f"{draw(st.integers(0, 8))} per 1000 residents/day",
            f"{at}.severity": {"ordinary": 0.6, "serious": 0.2, "urgent": 0.2}, f"{at}.more_departments": {"one": 0.3, "two": 0.2},
            f"{at}.visible": chance(0.0, 0.5, 1.0), f"{at}.reporters": chance(0.0, 0.5, 2.0), f"{at}.notice": {"mean": span(1, 20), "cv": 1.0},
            f"{at}.channels": {"phone": 0.6, "app": 0.2, "walk_in": 0.2}, f"{at}.touch_cv": chance(0.0, 1.0),
            f"{at}.lasts": {"mean": span(4, 100), "cv": 1.0, "share": chance(0.0, 0.5)},
            f"{at}.worsens": {"chance": chance(0.0, 0.5), "after": span(4, 60), "touch_factor": 2.0},
            f"{at}.deadline": {severity: draw(st.sampled_from(("2 h", "8 h", "4 working hours", "1 working days")))
                               for severity in ("ordinary", "serious", "urgent")}}
        for tier in ("grid", "community", "street", "district"):
            changes[f"{at}.touch.{tier}"] = span(1, 6)
            changes[f"{at}.travel.{tier}"] = span(0, 2)
    changes |= staffing(draw) | mechanisms(draw, span, chance, flip)
    put(settings, changes)
    return World(json.dumps(settings), grain, draw(st.integers(0, 10**6)))


def staffing(draw: st.DrawFn) -> dict[str, Any]:
    """Heads and shifts of every post."""
    found: dict[str, Any] = {}
    for post, least in (("district_desk", 2), ("street_desk", 1), ("community_desk", 2), ("community_staff", 2), ("street_team", 1)):
        shifts = draw(st.sampled_from(({"always": 1.0}, {"day": 0.5, "night": 0.5}, {"split": 1.0}, {"weekdays": 1.0}, {"day": 0.7, "split": 0.3})))
        found[f"staff.{post}"] = {"heads": least * len(shifts) + draw(st.integers(0, 2)), "shifts": shifts,
                                  "at_shift_end": draw(st.sampled_from(RULES))}
    shifts = draw(st.sampled_from(({"always": 1.0}, {"day": 1.0}, {"day": 0.5, "night": 0.5}, {"split": 0.5, "day": 0.5})))
    found |= {"grid_workers.shifts": shifts, "staff.grid_workers.heads": 2 * len(shifts) + draw(st.integers(0, 4))}
    for key in ("police", "water", "works"):
        found[f"departments.{key}.heads"] = draw(st.integers(1, 3))
        found[f"departments.{key}.shift"] = draw(st.sampled_from(("always", "day", "split", "weekdays")))
        found[f"departments.{key}.at_shift_end"] = draw(st.sampled_from(RULES))
    return found


def mechanisms(draw: st.DrawFn, span: Any, chance: Any, flip: Any) -> dict[str, Any]:
    """Any mixture of switches."""
    return {f"organisation.{key}": value for key, value in {
        "centres": {"mode": draw(st.sampled_from(("separate", "merged"))), "wrong_centre": chance(), "transfer": span(0, 20)},
        "grid_workers": {"mode": draw(st.sampled_from(("separate", "merged")))},
        "ledger": {"mode": draw(st.sampled_from(("silos", "shared"))), "recovery": span(0, 20)},
        "signal": {"on": flip(), "pass_on": chance(0.3, 0.8, 1.0), "hop_time": span(0, 8)},
        "force": {"on": flip(), "keep": chance(0.5, 0.9)},
        "triage": {"on": flip(), "mis_dispatch": chance(0.0, 0.4), "too_low": chance(0.0, 0.5), "hold": span(0, 20),
                   "refuse": chance(0.0, 0.3), "sign_in": span(0, 8), "sign_in_urgent": chance(0.0, 1.0),
                   "ruling_after": draw(st.sampled_from((None, 0, 1, 2)))},
        "authority": {"on": flip(), "delegated": chance(), "heads_moved": chance(0.0, 0.5)},
        "joint_work": {"mode": draw(st.sampled_from(("serial", "parallel"))), "convene": span(0, 4)},
        "supervision": {"on": flip(), "yellow": chance(0.3, 0.7), "red": 1.0, "lift": draw(st.sampled_from((None, 1.0, 1.5))),
                        "order_effort": 1.2},
        "verification": {"on": flip(), "share": chance(), "by_call": chance(), "time": span(1, 2), "detects": chance(0.5, 1.0)},
        "integration_costs": {"on": flip(), "generalist_slowdown": chance(0.0, 1.0), "training_days": chance(0.0, 60.0)},
        "pre_emption": {"on": flip()}, "queue_order": draw(st.sampled_from(("priority", "fcfs")))}.items()}


@st.composite
def systems(draw: st.DrawFn) -> World:
    """A service system of two pools and two classes: any order, pre-emption, calendar, capacity, patience, loops."""
    grain = draw(st.sampled_from(GRAINS))
    mean = f"{max(grain, 600) * draw(st.integers(1, 3))} s"

    def law() -> dict[str, Any]:
        return draw(st.sampled_from(({"exponential": {"mean": mean}}, {"deterministic": mean}, {"lognormal": {"mean": mean, "cv": 1.0}},
                                     {"empirical": ["0 s", mean]})))

    pools: dict[str, Any] = {}
    for name, other in (("a", "b"), ("b", "lost")):
        heads = draw(st.sampled_from((1, 2, 3, "unlimited")))
        pools[name] = {"heads": heads, "order": draw(st.sampled_from(("priority", "fcfs"))), "preemptive": draw(st.booleans()),
                       "at_shift_end": draw(st.sampled_from(RULES))}
        if heads != "unlimited":
            pools[name] |= {"calendar": draw(st.sampled_from(("always", "split", "day"))), "overflow": other,
                            "capacity": draw(st.sampled_from((None, heads, heads + 2)))}
    classes = {name: {
        "priority": priority, "arrivals": {"kind": "poisson", "rate": f"{draw(st.sampled_from((0.5, 1, 3)))} per hour"},
        "entry": {"a": 0.7, "b": 0.3}, "service": {"a": law(), "b": law()},
        "patience": {pool: {"exponential": {"mean": mean}} for pool in draw(st.sampled_from(((), ("a",), ("a", "b"))))},
        "routing": draw(st.sampled_from(({}, {"a": {"b": 1.0}}, {"a": {"b": 0.5, "a": 0.2, "exit": 0.3}, "b": {"a": 0.3, "exit": 0.7}})))}
        for name, priority in (("urgent", 0), ("ordinary", 1))}
    settings = {"name": "system", "run": {"start": "2025-01-06", "warm_up": "0 s", "horizon": "3 days", "run_out": "0 s", "replications": 1,
                                          "seed": 1},
                "calendars": {"holidays": "none", "shifts": SHIFTS}, "bare": {"pools": pools, "classes": classes}}
    return World(json.dumps(settings), grain, draw(st.integers(0, 10**6)))


def on_duty(tables: Tables, calendar: int, time: int) -> bool:
    """Whether a calendar works in the second that starts at `time`."""
    low, high = tables.calendars.first[calendar:calendar + 2]
    at = int(np.searchsorted(tables.calendars.start[low:high], time, "right")) - 1
    return at >= 0 and time < int(tables.calendars.end[low + at])
