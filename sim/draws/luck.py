"""How the uniform numbers of a city become luck: the rules for one issue, on plain numbers and arrays.

`LuckNumbers` is all they need to know of a city.  Every function here is marked `inlined`: it runs as it stands, and compiled
functions may call it; it calls nothing but its like.  `sim.draws.city` draws the same luck in bulk, to the last bit.

A block's four lanes turn into shares, exponential numbers or lognormal factors (`HOW`).  With a `grain` above 1 all times are whole
grains and all factors whole numbers, both rounded up, and patrols are met half-way round: then much falls on the same second.
"""

from __future__ import annotations

from enum import IntEnum
from math import ceil
from typing import NamedTuple

import numpy as np

from sim.compiling import inlined
from sim.draws.elementary import log
from sim.draws.random import Block, factor, lanes
from sim.residents import chosen
from sim.timeline import NEVER

__all__ = ["EXPONENTIAL", "KEPT", "LOGNORMAL", "NEVER_SEEN", "SHARE", "WHOLE", "WIDTH", "First", "LuckNumbers", "block_luck",
           "consultation_channel", "departments_of", "estate_luck", "how_reported", "issue_luck", "misses_of", "notice_luck",
           "participation_luck", "patrol_luck", "seconds_of", "sensor_luck", "turned", "up", "work_luck"]

SHARE, EXPONENTIAL, LOGNORMAL = 0, 1, 2
WHOLE = 2       # added to the last two: rounded up to a whole number
NEVER_SEEN = 1_000_000
_ARISE, _NEEDS, _COURSE, _PATROL = int(Block.ARISE), int(Block.NEEDS), int(Block.COURSE), int(Block.PATROL)
_WORK, _NOTICE = int(Block.WORK), int(Block.NOTICE)
_PARTICIPATION = int(Block.PARTICIPATION)
_SENSOR, _ESTATE, _DESK = int(Block.SENSOR), int(Block.ESTATE), int(Block.DESK)
_NEVER = int(NEVER)


class First(IntEnum):
    """Columns of the table of what surely happens once to each issue (attempt 0): where each thing begins.

    Times are in seconds, shares uniform in (0, 1), factors have mean 1.  Up to the delay of NOTICE it is asked for when the issue arises, from
    there (`KEPT`) on during its life.
    """

    SEVERITY = 0
    ABLE = 1            # the lowest tier able, before delegation
    DELEGATION = 2
    DEPARTMENT = 3      # three: in charge, and needed besides; -1 none
    LASTS = 6           # NEVER where it does not end by itself
    WORSENS = 7
    PHASE = 8
    MISSES = 9
    REPORTERS = 10
    NOTICE = 11         # delay, channel, wrong centre?, which
    WORK = 15           # touch time, travel time, fix
    CONTACT = 18        # from here the four lanes of a block each
    ASK = 22
    DISPATCH = 26
    HOP = 30
    CHECK = 34
    AFTER = 38
    DESK = 42
    HOP_AGAIN = 46      # the second hop and the second find happen to many, and are drawn in bulk as well
    MISSES_AGAIN = 50


KEPT, WIDTH = int(First.NOTICE) + 1, 51


class LuckNumbers(NamedTuple):
    """What the luck of a city's issues depends on: float64 and int64, C-contiguous; times in seconds.

    `sigma` and `half` are `sim.draws.random.spread` of a coefficient of variation; shares are cumulative over the last axis.
    """

    k0: int                             # the key of the replication
    k1: int
    grain: int                          # s; 1: nothing is rounded
    how: np.ndarray                     # (blocks, 4) what a lane becomes
    sigma: np.ndarray                   # (blocks, 4)
    half: np.ndarray                    # (blocks, 4)
    touch_sigma: np.ndarray             # (categories,)
    touch_half: np.ndarray
    travel_sigma: np.ndarray
    travel_half: np.ndarray
    notice_mean: np.ndarray
    notice_sigma: np.ndarray
    notice_half: np.ndarray
    channel: np.ndarray                 # (categories, 3)
    consultation_channel: np.ndarray    # (3,)
    severity: np.ndarray                # (categories, 3)
    authority: np.ndarray               # (classes, categories, 4)
    department: np.ndarray              # (categories, departments)
    more: np.ndarray                    # (categories, 3)
    lasts_share: np.ndarray             # (categories,)
    lasts_mean: np.ndarray
    lasts_sigma: np.ndarray
    lasts_half: np.ndarray
    worsens: np.ndarray
    worsens_after: np.ndarray
    blind: np.ndarray                   # (categories,) logarithm of the chance that one pass misses it
    reporters: np.ndarray               # (categories, 5)


@inlined
def turned(how: int, sigma: float, half: float, u: float) -> float:
    """What a lane becomes: a share, an exponential number with mean 1 or a lognormal factor with mean 1.

    Examples
    --------
    >>> [round(turned(how, 0.5, 0.125, 0.3), 4) for how in range(5)]
    [0.3, 1.204, 0.679, 2.0, 1.0]
    """
    if how == 0:
        return u
    if how == 2:
        return factor(sigma, half, u)
    if how == 1:
        return -log(u)
    return float(ceil(-log(u) if how == 3 else factor(sigma, half, u)))


@inlined
def seconds_of(value: float) -> int:
    """The nearest whole second, NEVER at most.

    Examples
    --------
    >>> seconds_of(2.5), seconds_of(1e12) == NEVER
    (3, True)
    """
    return int(value + 0.5) if value < _NEVER else _NEVER


@inlined
def up(seconds: int, grain: int) -> int:
    """The next whole grain; NEVER stays.

    Examples
    --------
    >>> up(61, 60), up(61, 1)
    (120, 61)
    """
    return seconds if seconds >= _NEVER else -(-seconds // grain) * grain


@inlined
def misses_of(blind: float, u: float) -> int:
    """Patrol passes that miss an issue before one detects it; a million at most, which nobody lives to see.

    Parameters
    ----------
    blind : float
        Logarithm of the chance that one pass misses it; 0 never detects, minus infinity always.

    Examples
    --------
    >>> misses_of(log(0.6), 0.2), misses_of(0.0, 0.2), misses_of(float("-inf"), 0.2)
    (3, 1000000, 0)
    """
    if blind == 0.0:
        return NEVER_SEEN
    passes = log(u) / blind
    return int(passes) if passes < 1e6 else NEVER_SEEN


@inlined
def departments_of(cumulative: np.ndarray, more: np.ndarray, u0: float, u1: float, u2: float, u3: float) -> tuple[int, int, int]:
    """The department in charge and those needed besides, each once, -1 for none: by its share, among those not yet taken.

    Parameters
    ----------
    cumulative : ndarray
        Shares of the departments.
    more : ndarray
        Shares of needing none, one or two besides.
    u0, u1, u2, u3 : float
        Lanes: the first, how many besides, the second, the third.

    Examples
    --------
    >>> [departments_of([0.5, 0.8, 1.0], [0.5, 0.9, 1.0], 0.6, u, 0.1, 0.1) for u in (0.2, 0.7, 0.95)]
    [(1, -1, -1), (1, 0, -1), (1, 0, 2)]
    """
    besides = chosen(more, u1)
    first = _department(cumulative, -1, -1, u0)
    second = _department(cumulative, first, -1, u2) if besides > 0 else -1
    third = _department(cumulative, first, second, u3) if besides > 1 and second >= 0 else -1
    return first, second, third


@inlined
def _department(cumulative: np.ndarray, one: int, other: int, u: float) -> int:
    """One of the departments that are neither of two; -1 where none has a share."""
    left, before = 0.0, 0.0
    for at in range(len(cumulative)):
        if at != one and at != other:
            left += cumulative[at] - before
        before = cumulative[at]
    if left <= 1e-12:
        return -1
    reached, before = 0.0, 0.0
    for at in range(len(cumulative) - 1):
        if at != one and at != other:
            reached += cumulative[at] - before
        before = cumulative[at]
        if u <= reached / left:
            return at
    return len(cumulative) - 1


@inlined
def issue_luck(numbers: LuckNumbers, subject: int, category: int, grid_class: int) -> tuple[
        int, int, float, int, int, int, int, int, float, int, int]:
    """What an issue is like.

    Returns
    -------
    severity, able, delegation, department, second, third, lasts, worsens, phase, misses, reporters
        `lasts` and `worsens` in seconds, NEVER where it does not; departments -1 for none; the rest as in `sim.draws.city.First`.
    """
    n, k0, k1 = numbers, numbers.k0, numbers.k1
    _, u1, u2, delegation = lanes(k0, k1, subject, _ARISE, 0)
    severity, able = chosen(n.severity[category], u1), chosen(n.authority[grid_class, category], u2)
    u0, u1, u2, u3 = lanes(k0, k1, subject, _NEEDS, 0)
    first, second, third = departments_of(n.department[category], n.more[category], u0, u1, u2, u3)
    u0, u1, u2, u3 = lanes(k0, k1, subject, _COURSE, 0)
    lasts = worsens = _NEVER
    if u0 < n.lasts_share[category]:
        lasts = up(seconds_of(n.lasts_mean[category] * factor(n.lasts_sigma[category], n.lasts_half[category], u1)), n.grain)
    if u2 < n.worsens[category]:
        worsens = up(seconds_of(n.worsens_after[category] * -log(u3)), n.grain)
    phase, u1, u2, _ = lanes(k0, k1, subject, _PATROL, 0)
    if n.grain > 1:
        phase = 0.5
    return (severity, able, delegation, first, second, third, lasts, worsens, phase, misses_of(n.blind[category], u1),
            chosen(n.reporters[category], u2))


@inlined
def work_luck(numbers: LuckNumbers, subject: int, category: int, attempt: int) -> tuple[float, float, float]:
    """Factors on touch and travel time, and the luck of the fix."""
    n = numbers
    u0, u1, fix, _ = lanes(n.k0, n.k1, subject, _WORK, attempt)
    whole = WHOLE if n.grain > 1 else 0
    return (turned(LOGNORMAL + whole, n.touch_sigma[category], n.touch_half[category], u0),
            turned(LOGNORMAL + whole, n.travel_sigma[category], n.travel_half[category], u1), fix)


@inlined
def notice_luck(numbers: LuckNumbers, subject: int, category: int, attempt: int) -> tuple[int, int, float, float]:
    """Delay until a reporter notices (s), channel, and two shares about the wrong centre: whether, and which."""
    n = numbers
    u0, u1, wrong, which = lanes(n.k0, n.k1, subject, _NOTICE, attempt)
    delay = seconds_of(n.notice_mean[category] * factor(n.notice_sigma[category], n.notice_half[category], u0))
    return up(delay, n.grain), chosen(n.channel[category], u1), wrong, which


@inlined
def how_reported(numbers: LuckNumbers, subject: int, category: int, attempt: int) -> tuple[int, float, float]:
    """The same without the delay."""
    n = numbers
    _, u1, wrong, which = lanes(n.k0, n.k1, subject, _NOTICE, attempt)
    return chosen(n.channel[category], u1), wrong, which


@inlined
def patrol_luck(numbers: LuckNumbers, subject: int, category: int, attempt: int) -> tuple[float, int]:
    """Phase in the round, and passes that miss it."""
    n = numbers
    phase, u, _, _ = lanes(n.k0, n.k1, subject, _PATROL, attempt)
    return 0.5 if n.grain > 1 else phase, misses_of(n.blind[category], u)


@inlined
def sensor_luck(numbers: LuckNumbers, subject: int) -> tuple[float, float, float, float]:
    """Which sensor detects it (a share), after how long (exponential), factor on the clerk's time, whether it is dismissed (a share)."""
    which, u1, u2, dismissed = lanes(numbers.k0, numbers.k1, subject, _SENSOR, 0)
    whole = WHOLE if numbers.grain > 1 else 0
    sigma, half = numbers.sigma[_DESK], numbers.half[_DESK]
    return (which, turned(EXPONENTIAL + whole, 0.0, 0.0, u1), turned(LOGNORMAL + whole, sigma[0], half[0], u2), dismissed)


@inlined
def estate_luck(numbers: LuckNumbers, subject: int) -> tuple[float, float, float, float]:
    """Whether the estate deals with it (a share), and after how long (exponential)."""
    takes_on, u1, third, fourth = lanes(numbers.k0, numbers.k1, subject, _ESTATE, 0)
    return takes_on, turned(EXPONENTIAL + (WHOLE if numbers.grain > 1 else 0), 0.0, 0.0, u1), third, fourth


@inlined
def participation_luck(numbers: LuckNumbers, subject: int) -> tuple[float, float, float, float]:
    """One more reporter, self-help (shares), after how long (exponential), whether helpers are asked (a share)."""
    too, helps, u2, asked = lanes(numbers.k0, numbers.k1, subject, _PARTICIPATION, 0)
    return too, helps, turned(EXPONENTIAL + (WHOLE if numbers.grain > 1 else 0), 0.0, 0.0, u2), asked


@inlined
def block_luck(numbers: LuckNumbers, subject: int, block: int, attempt: int) -> tuple[float, float, float, float]:
    """The four lanes of any other block, turned into what they are."""
    u0, u1, u2, u3 = lanes(numbers.k0, numbers.k1, subject, block, attempt)
    how, sigma, half = numbers.how[block], numbers.sigma[block], numbers.half[block]
    return (turned(how[0], sigma[0], half[0], u0), turned(how[1], sigma[1], half[1], u1), turned(how[2], sigma[2], half[2], u2),
            turned(how[3], sigma[3], half[3], u3))


@inlined
def consultation_channel(numbers: LuckNumbers, subject: int) -> int:
    """Channel of somebody who only asks; the centre comes from `notice_luck`'s lanes, attempt 0."""
    return chosen(numbers.consultation_channel, lanes(numbers.k0, numbers.k1, subject, _ARISE, 0)[1])
