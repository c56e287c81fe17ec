"""Under which organisation things happen in a reform: the addresses of its settings are exchanged in the world's record.

Nothing else knows that there is more than one: whoever asks `rules_of(w)` gets those of the street that the present step is about.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import melted_part, part
from sim.engine_numba.layout import SIDE, category_at, int_at, job_at, long_at, member_at, pool_at
from sim.order import WHOLE_DISTRICT
from sim.reform import slowed
from sim.tables import PoolKind
from sim.timeline import Phase

__all__ = ["AFTER", "BEFORE", "BETWEEN", "comes_under", "follow", "in_charge", "under"]

BEFORE, BETWEEN, AFTER = 0, 1, 2
_COMPLETION, _SHIFT = int(Phase.COMPLETION), int(Phase.SHIFT)
_DESK, _GRID_TEAM = int(PoolKind.DESK), int(PoolKind.GRID_TEAM)
_N = len(SIDE)


@part
def follow(w, regime, since):
    """The organisation of a side; after its reform a street is slow at first."""
    if regime != w.regime:
        w.regime = regime
        at = _N * regime
        w.rules, w.categories = long_at(w, "sides", at), long_at(w, "sides", at + 1)
        w.team, w.centres, w.speed = long_at(w, "sides", at + 2), long_at(w, "sides", at + 3), long_at(w, "sides", at + 4)
        w.sensor_reached, w.sensor_delay = long_at(w, "sides", at + 5), long_at(w, "sides", at + 6)
        w.helper_of, w.helper_share, w.helper_pool = long_at(w, "sides", at + 7), long_at(w, "sides", at + 8), long_at(w, "sides", at + 9)
        w.centres_n, w.sensor_kinds = long_at(w, "sides", at + 10), long_at(w, "sides", at + 11)
    w.slower, w.asked_since = 1.0, 0
    if regime == AFTER:
        w.slower = slowed(w.dip_share, w.dip_seconds, w.now - since)
        if w.joins_in:
            w.asked_since = since


@part
def under(w, street):
    """The organisation that this street has now."""
    follow(w, long_at(w, "street_regime", street), long_at(w, "street_since", street))


@melted_part
def comes_under(w, order):
    """What happens now is up to the organisation of the street that it concerns; what concerns nobody's street, to the district's."""
    phase, subject = order >> 44, order >> 12 & WHOLE_DISTRICT
    if phase == _SHIFT:
        return
    if phase == _COMPLETION:
        j = member_at(w, subject).job
        if j >= 0:
            under(w, int_at(w, "grid_street", int_at(w, "grid", job_at(w, j).issue)))
    elif subject != WHOLE_DISTRICT:
        under(w, int_at(w, "grid_street", int_at(w, "grid", subject)))
    else:
        follow(w, w.district, 0)


@part
def in_charge(w, p, category, grid):
    """Who does now what a pool did: the pool itself, if it still is."""
    if not w.reforms or not pool_at(w, p).gone:
        return p
    if pool_at(w, p).kind == _DESK:
        return category_at(w, category).district_desk
    team = int_at(w, "team", grid * w.categories_n + category)
    if pool_at(w, p).kind == _GRID_TEAM and team >= 0:
        return team
    return int_at(w, "staff", int_at(w, "grid_community", grid))
