"""Everybody's luck, drawn when it is needed: the k-th attempt at a purpose has the same luck in every organisation.

The rules are those of `sim.draws.luck`.  Where luck is written out (`CityLuck.written`), it is looked up in place of being drawn.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

import numpy as np

from sim.compiling import melted_part, part
from sim.draws.city import BLOCKS
from sim.draws.luck import (
    WIDTH,
    First,
    LuckNumbers,
    consultation_channel,
    how_reported,
    issue_luck,
    notice_luck,
    patrol_luck,
    turned,
    work_luck,
)
from sim.draws.luck import estate_luck as drawn_estate_luck
from sim.draws.luck import participation_luck as drawn_participation_luck
from sim.draws.luck import sensor_luck as drawn_sensor_luck
from sim.draws.random import Block, lanes
from sim.engine_numba.layout import FIRST_COUNTER, cube, float_at, floats, int_table, ints, issue_at, long_at, table
from sim.order import FIRST_REPORTERS

__all__ = ["CLOSED", "SWEEPS", "arising_luck", "channel_of", "contact_luck", "desk_luck", "estate_luck", "fix_luck", "luck", "luck_of",
           "misses_again", "next_attempt", "next_reporter", "participation_luck", "report_luck", "reporter_luck", "sensor_luck", "turn",
           "wrong_centre_luck"]

CLOSED = 17         # counter of what residents do when a ticket was closed
SWEEPS = 18         # counter of the sweeps that looked for it
_CONTACT, _NOTICE, _PATROL, _WORK, _DESK = int(Block.CONTACT), int(Block.NOTICE), int(Block.PATROL), int(Block.WORK), int(Block.DESK)
_SENSOR, _ESTATE, _PARTICIPATION = int(Block.SENSOR), int(Block.ESTATE), int(Block.PARTICIPATION)
_AT_NOTICE, _AT_CONTACT = int(First.NOTICE), int(First.CONTACT)
# Where the luck of a first attempt stands in a written table; -1 for blocks that have no place there.
_PLACE = np.full(BLOCKS, -1)
for _block in Block:
    if _block.name in First.__members__:
        _PLACE[_block] = First[_block.name]


@part
def _numbers(w):
    """All that luck depends on."""
    c = w.categories_n
    return LuckNumbers(
        w.k0, w.k1, w.grain, int_table(w.how, BLOCKS, 4), table(w.sigma, BLOCKS, 4), table(w.half, BLOCKS, 4), floats(w.touch_sigma),
        floats(w.touch_half), floats(w.travel_sigma), floats(w.travel_half), floats(w.notice_mean), floats(w.notice_sigma),
        floats(w.notice_half), table(w.channel, c, 3), floats(w.consultation_channel, 3), table(w.severity, c, 3),
        cube(w.authority, w.classes_n, c, 4), table(w.department, c, w.departments_n), table(w.more, c, 3), floats(w.lasts_share),
        floats(w.lasts_mean), floats(w.lasts_sigma), floats(w.lasts_half), floats(w.worsens), floats(w.worsens_after), floats(w.blind),
        table(w.reporters, c, 5))


@part
def _first(w, number, column):
    return float_at(w, "first_luck", number * WIDTH + column)


@part
def _written(w, number, block, attempt):
    """What is written about an attempt at a block's purpose, or what is usual."""
    keys, said = ints(w.luck_keys, w.luck_keys_n), floats(w.luck_lanes)
    key = (number << 20) + (block << 12) + attempt
    at = np.searchsorted(keys, key)
    if at < w.luck_keys_n and keys[at] == key:
        at *= 4
    else:
        said, at = floats(w.luck_usual), 4 * block
    return said[at], said[at + 1], said[at + 2], said[at + 3]


@melted_part
def arising_luck(w, number, subject, category, grid_class):
    """What an issue is like: see `sim.draws.luck.issue_luck`."""
    if w.written:
        return (int(_first(w, number, 0)), int(_first(w, number, 1)), _first(w, number, 2), int(_first(w, number, 3)),
                int(_first(w, number, 4)), int(_first(w, number, 5)), int(_first(w, number, 6)), int(_first(w, number, 7)),
                _first(w, number, 8), int(_first(w, number, 9)), int(_first(w, number, 10)))
    return issue_luck(_numbers(w), subject, category, grid_class)


@part
def next_attempt(w, i, counter):
    """Number of the next attempt at a purpose."""
    attempts = issue_at(w, i).attempts
    attempts[counter - FIRST_COUNTER] += 1
    return attempts[counter - FIRST_COUNTER]


@part
def turn(w, block, lane, u):
    """What a lane of a block becomes (`sim.draws.luck.turned`), once it is needed: most never are.  What is written is that already."""
    place = 4 * block + lane
    return turned(long_at(w, "how", place), float_at(w, "sigma", place), float_at(w, "half", place), u)


@part
def luck(w, i, block, counter):
    """The four lanes of the next attempt at a purpose; those that are no shares become what they are by `turn`."""
    issue, attempt = issue_at(w, i), next_attempt(w, i, counter)
    if w.written:
        place = _PLACE[block]
        if attempt == 0 and place >= 0:
            return (_first(w, issue.number, place), _first(w, issue.number, place + 1), _first(w, issue.number, place + 2),
                    _first(w, issue.number, place + 3))
        return _written(w, issue.number, block, attempt)
    return lanes(w.k0, w.k1, issue.subject, block, attempt)


@part
def luck_of(w, i, block, attempt):
    """The four lanes of a given attempt at a purpose, whose attempts nobody counts; those that are no shares before their `turn`."""
    issue = issue_at(w, i)
    return _written(w, issue.number, block, attempt) if w.written else lanes(w.k0, w.k1, issue.subject, block, attempt)


@melted_part
def contact_luck(w, number, subject, attempt):
    """A contact's clerk's time, patience, whether they call back and after how long, each before its `turn`."""
    if w.written:
        if attempt == 0:
            return (_first(w, number, _AT_CONTACT), _first(w, number, _AT_CONTACT + 1), _first(w, number, _AT_CONTACT + 2),
                    _first(w, number, _AT_CONTACT + 3))
        return _written(w, number, _CONTACT, attempt)
    return lanes(w.k0, w.k1, subject, _CONTACT, attempt)


@melted_part
def fix_luck(w, i):
    """The next visit's factors on touch and travel time, and the luck of the fix."""
    issue, attempt = issue_at(w, i), next_attempt(w, i, _WORK)
    if w.written:
        if attempt == 0:
            place = _PLACE[_WORK]
            return _first(w, issue.number, place), _first(w, issue.number, place + 1), _first(w, issue.number, place + 2)
        touch, travel, fix, _ = _written(w, issue.number, _WORK, attempt)
        return touch, travel, fix
    return work_luck(_numbers(w), issue.subject, issue.category, attempt)


@part
def sensor_luck(w, number, subject):
    """Which sensor detects it, after how long, a clerk's time for the alarm, and whether it is dismissed."""
    return _written(w, number, _SENSOR, 0) if w.written else drawn_sensor_luck(_numbers(w), subject)


@part
def estate_luck(w, number, subject):
    """Whether the estate deals with it, and after how long."""
    return _written(w, number, _ESTATE, 0) if w.written else drawn_estate_luck(_numbers(w), subject)


@part
def participation_luck(w, number, subject):
    """One more reporter, self-help, after how long, whether helpers are asked."""
    return _written(w, number, _PARTICIPATION, 0) if w.written else drawn_participation_luck(_numbers(w), subject)


@part
def desk_luck(w, i):
    """Factor on a clerk's time for the next thing a desk does with it; four a block."""
    issue, attempt = issue_at(w, i), next_attempt(w, i, _DESK)
    lane = attempt % 4
    if w.written:
        if attempt < 4:
            return _first(w, issue.number, _PLACE[_DESK] + attempt)
        said = _written(w, issue.number, _DESK, attempt // 4)
        return said[0] if lane == 0 else said[1] if lane == 1 else said[2] if lane == 2 else said[3]
    drawn = lanes(w.k0, w.k1, issue.subject, _DESK, attempt // 4)
    u = drawn[0] if lane == 0 else drawn[1] if lane == 1 else drawn[2] if lane == 2 else drawn[3]
    return turn(w, _DESK, lane, u)


@melted_part
def misses_again(w, i):
    """Passes that miss it before it is seen the next time."""
    issue, attempt = issue_at(w, i), next_attempt(w, i, _PATROL)
    if w.written:
        return int(_written(w, issue.number, _PATROL, attempt)[1])
    return patrol_luck(_numbers(w), issue.subject, issue.category, attempt)[1]


@part
def patrol_luck_of(w, i):
    """Phase in the round and passes that miss it, the first time that it is looked for."""
    issue = issue_at(w, i)
    if w.written:
        drawn = _written(w, issue.number, _PATROL, 0)
        return drawn[0], int(drawn[1])
    return patrol_luck(_numbers(w), issue.subject, issue.category, 0)


@part
def reporter_luck(w, i, reporter):
    """Delay (s), channel and luck with the centres of one of those who report it."""
    issue = issue_at(w, i)
    if w.written:
        if reporter == 0:
            n = issue.number
            return (int(_first(w, n, _AT_NOTICE)), int(_first(w, n, _AT_NOTICE + 1)), _first(w, n, _AT_NOTICE + 2),
                    _first(w, n, _AT_NOTICE + 3))
        delay, channel, wrong, which = _written(w, issue.number, _NOTICE, reporter)
        return int(delay), int(channel), wrong, which
    return notice_luck(_numbers(w), issue.subject, issue.category, reporter)


@melted_part
def report_luck(w, i, reporter):
    """The same without the delay: channel and luck with the centres, asked for when it is over."""
    issue = issue_at(w, i)
    if w.written:
        _, channel, wrong, which = reporter_luck(w, i, reporter)
        return channel, wrong, which
    return how_reported(_numbers(w), issue.subject, issue.category, reporter)


@part
def next_reporter(w, i):
    """Number of the next one who reports it after the first ones."""
    return next_attempt(w, i, _NOTICE) + FIRST_REPORTERS


@melted_part
def channel_of(w, number, subject):
    """Channel of somebody who only asks."""
    return int(_first(w, number, _AT_NOTICE + 1)) if w.written else consultation_channel(_numbers(w), subject)


@melted_part
def wrong_centre_luck(w, number, subject):
    """Of somebody who only asks: two shares, whether they pick a wrong centre, and which."""
    if w.written:
        return _first(w, number, _AT_NOTICE + 2), _first(w, number, _AT_NOTICE + 3)
    drawn = lanes(w.k0, w.k1, subject, _NOTICE, 0)
    return drawn[2], drawn[3]
