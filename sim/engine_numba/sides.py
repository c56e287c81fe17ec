"""The sides of a reform as the compiled engine holds them: a set of settings for each, whose addresses are exchanged on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine_numba.layout import RULES, SIDE
from sim.memory import LINE, blank

if TYPE_CHECKING:
    from sim.tables import CityTables

__all__ = ["aligned", "lay_out_reform", "rules_record"]


def lay_out_reform(world: Any, arrays: dict[str, np.ndarray], put: Callable[[str, np.ndarray], None], city: CityTables) -> None:
    """When what changes, and the settings of every side, whose addresses are exchanged."""
    reform = city.reform
    assert reform is not None
    sides = np.zeros((len(reform.sides), len(SIDE)), np.int64)
    for name, values in (("moments", reform.moments), ("street_time", reform.street_time), ("street_regime", reform.street_time * 0),
                         ("street_since", reform.street_time * 0), ("pool_time", reform.pool_time), ("pool_until", reform.pool_until),
                         ("pool_born", reform.pool_born), ("member_comes", reform.member_comes), ("member_from", reform.member_from),
                         ("member_until", reform.member_until)):
        put(name, values.astype(np.int64))
    put("pool_preemptive", reform.preemptive.astype(np.int32))
    put("pool_success", reform.sides[-1].participation.helper_success.astype(np.float64))
    coming_from = np.full(len(reform.member_next), -1, np.int64)
    leave = np.flatnonzero(reform.member_next >= 0)
    coming_from[reform.member_next[leave]] = leave
    put("coming_from", coming_from)
    arrays["members"]["following"][:len(reform.member_next)] = reform.member_next
    arrays["pools"]["presses"] |= reform.preemptive.astype(np.int8)
    for number, side in enumerate(reform.sides):
        own = replace(city, rules=side.rules, organisation=side.organisation, sensors=side.sensors, participation=side.participation)
        categories = arrays["categories"].copy()
        desk, centres = side.organisation.district_desk, side.organisation.centres
        for name, values in (("delegated", side.rules.delegated), ("screened", side.rules.screened), ("district_desk", desk),
                             ("centre", (desk[:, None] == centres).argmax(axis=1))):
            categories[name] = values
        held = {"rules": rules_record(own), "categories": categories, "team": side.organisation.team.astype(np.int32),
                "centres": centres.astype(np.int32), "speed": side.organisation.speed.astype(np.float64),
                "sensor_reached": side.sensors.sensor_reached.astype(np.float64), "sensor_delay": side.sensors.sensor_delay.astype(np.float64),
                "helper_of": side.participation.helper_of.astype(np.int32), "helper_share": side.participation.helper_share.astype(np.float64),
                "helper_pool": side.participation.helper_pool.astype(np.int32)}
        for at, (name, values) in enumerate(held.items()):
            arrays[f"{name}/{number}"] = kept = aligned(np.ascontiguousarray(values))
            sides[number, at] = kept.ctypes.data
        sides[number, len(held):] = len(centres), side.sensors.sensor_kinds
    put("sides", sides)
    world["reforms"], world["streets_n"], world["regime"] = len(reform.moments), len(reform.street_time), -1
    for name in ("joins_in", "hand_over", "take_up_lost", "stays_analysed", "stays_assessed", "dip_share", "dip_seconds"):
        world[name] = getattr(reform, name)


def aligned(values: np.ndarray) -> np.ndarray:
    """The same array at an address that begins a cache line, as those of records should."""
    if values.ctypes.data % LINE == 0 or not values.size:
        return values
    found = blank(values.dtype, values.size).reshape(values.shape)
    found[...] = values
    return found


def rules_record(city: CityTables) -> np.ndarray:
    """The settings of desks, routing and residents as one record."""
    rules = np.zeros(1, RULES)
    sources: tuple[Any, ...] = (city.rules, city.residents, city.organisation, city.demand, city.sensors, city.participation,
                                 city.emergencies)
    for name in RULES.names or ():
        rules[name] = next(getattr(source, name) for source in sources if hasattr(source, name))
    return rules
