"""All randomness, and nothing but randomness.

Every number is a pure function of `(seed, replication, subject, block, attempt)`: one call of Philox4x32-10 (Salmon et al. 2011,
"Parallel random numbers: as easy as 1, 2, 3") with the seed and replication as key and the rest as counter gives four uniform
numbers, the four *lanes* of a block.  No draw depends on the order of events, so both sides of a comparison share every issue and
every piece of luck, and one more issue or worker changes nobody else's.

What surely happens once to every issue (attempt 0) is drawn here in bulk; what may happen again is drawn when it happens, with
`again`; both give the same bits.  Logarithms, powers and quantiles come from `sim.draws.elementary`, save for the Gamma law of a bare
system, which is always drawn in bulk and so by one library.  Times are rounded to the nearest second where they are used.
"""

from __future__ import annotations

from enum import IntEnum
from math import sqrt
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from scipy import special

from sim.compiling import inlined, inlined_as, melted
from sim.draws.elementary import exp, exps, log, logs, normal_quantile, normal_quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Block", "again", "codes", "exponential", "factor", "factors", "key_of", "lanes", "lognormal", "philox", "philox_once",
           "quantile", "service_block", "spread", "uniforms"]

_M0, _M1, _W0, _W1, _LOW = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85, 0xFFFFFFFF
_CELLS_AT_ONCE = 1 << 14
_UNIT = 2.0**-32


class Block(IntEnum):
    """What a draw is for.  Four lanes each; the comment names them."""

    CELL = 0            # number of events of a stream in a grid on four following days
    DAY = 1             # a stream's luck of the day, one lane a day
    ARISE = 2           # second of the day, severity, lowest tier able, delegation
    NEEDS = 3           # department in charge, how many more, which, which
    COURSE = 4          # ends by itself?, how long it lasts, worsens?, after how long
    PATROL = 5          # phase in the round, passes that miss it, number of reporters, -
    WORK = 6            # touch time, travel time, true fix?, -
    NOTICE = 7          # delay until noticed, channel, wrong centre?, which
    CONTACT = 8         # clerk's time, patience on the line, calls back?, after how long
    ASK = 9             # asks again?, after how long, repeats after a false fix?, after how long
    DISPATCH = 10       # wrong?, which, signing in, refused?
    HOP = 11            # passed on?, time of the hop, -, -
    CHECK = 12          # checked?, by telephone?, time of the check, detects a false fix?
    AFTER = 13          # called back for a score?, which score, -, -
    DESK = 14           # clerk's time for taking over, sending again or calling back, four in a row
    HOLD = 15           # time a wrong unit holds it, -, -, -
    TRANSFER = 16       # time of a transfer between platforms, -, -, -
    SCREEN = 37         # a sweep comes upon it?, staff time, -, -
    NATURE = 39         # nature, time of the deliberation, agreed at the meeting?, comes back?; attempt 0
    GUIDED = 40         # settled after how long, comes back after how long, -, -; attempt 0
    PETITION = 41       # after a false closing?, after how long, when overdue?, after how long; attempt: ticket
    TRUST = 42          # one more reports it? (attempt 0); reports it after all? (1 + number of the reporter), -, -, -
    CAUSE = 38          # prevented?, -, -, -; attempt 0
    SENSOR = 57         # which sensor detects it, after how long, clerk's time, dismissed?; attempt 0
    ABSENCE = 58        # of a member: leave, falls ill?, for how long, goes for good?; attempt is the day
    ESTATE = 59         # dealt with by the estate?, after how long, -, -; attempt 0
    PARTICIPATION = 60  # one more reporter?, residents help themselves?, after how long, helpers asked?; attempt 0
    ARRIVAL = 31        # bare: gap or acceptance, second lane, entry pool, batch size; attempt 0


def service_block(pool: str) -> int:
    """The block of a pool's services in a bare system: service time, next pool, patience, -; attempt = visit to that pool."""
    return 1 << 31 | (crc32(pool.encode()) & 0x7FFFFFFF)


def philox(key: tuple[int, int], counter: tuple) -> tuple[np.ndarray, ...]:
    """Philox4x32-10 on arrays: four 32-bit words (as uint64 arrays) for each counter.

    Parameters
    ----------
    key : two int below 2**32
    counter : four int or ndarray of uint64, each below 2**32, broadcast together

    Examples
    --------
    The test vector of the Random123 distribution for a key and counter of zeros:

    >>> [hex(int(word[0])) for word in philox((0, 0), (np.zeros(1, np.uint64), 0, 0, 0))]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    c0, c1, c2, c3 = (part.astype(np.uint64) for part in np.broadcast_arrays(*counter))
    words = tuple(np.empty(c0.size, np.uint64) for _ in range(4))
    for low in range(0, c0.size, _CELLS_AT_ONCE):
        part = slice(low, low + _CELLS_AT_ONCE)
        rounds = _rounds(key, c0[part], c1[part], c2[part], c3[part])
        for word, values in zip(words, rounds, strict=True):
            word[part] = values
    return words


def _rounds(key: tuple[int, int], c0: Any, c1: Any, c2: Any, c3: Any) -> tuple[Any, ...]:
    (k0, k1), low, shift = key, np.uint64(_LOW), np.uint64(32)
    m0, m1 = np.uint64(_M0), np.uint64(_M1)
    for _ in range(10):
        p0, p1 = c0 * m0, c2 * m1
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ np.uint64(k0), p1 & low, (p0 >> shift) ^ c3 ^ np.uint64(k1), p0 & low
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


def _philox_of_words(k0: Any, k1: Any, c0: Any, c1: Any, c2: Any, c3: Any) -> Any:
    # Without signs a processor multiplies eight pairs at once, wherever a loop asks for many.
    k0, k1, c0, c1, c2, c3 = np.uint64(k0), np.uint64(k1), np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    low, shift = np.uint64(_LOW), np.uint64(32)
    for _ in range(10):
        p0, p1 = c0 * np.uint64(_M0), c2 * np.uint64(_M1)
        c0, c1, c2, c3 = (p1 >> shift) ^ c1 ^ k0, p1 & low, (p0 >> shift) ^ c3 ^ k1, p0 & low
        k0, k1 = (k0 + np.uint64(_W0)) & low, (k1 + np.uint64(_W1)) & low
    return np.int64(c0), np.int64(c1), np.int64(c2), np.int64(c3)


@inlined_as(_philox_of_words)
def philox_once(k0: int, k1: int, c0: int, c1: int, c2: int, c3: int) -> tuple[int, int, int, int]:
    """The same for one counter, on plain integers.

    Examples
    --------
    >>> [hex(word) for word in philox_once(0, 0, 0, 0, 0, 0)]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    for _ in range(10):
        p0, p1 = c0 * _M0, c2 * _M1
        c0, c1, c2, c3 = ((p1 >> 32) ^ c1 ^ k0) & _LOW, p1 & _LOW, ((p0 >> 32) ^ c3 ^ k1) & _LOW, p0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


def key_of(seed: int, replication: int) -> tuple[int, int]:
    """The key of one replication.

    Examples
    --------
    >>> key_of(1, 0) != key_of(1, 1)
    True
    """
    words = philox_once(0x4E44, 0x3937, seed & _LOW, (seed >> 32) & _LOW, replication, 0)
    return words[0], words[1]


def codes(names: Sequence[str], bits: int) -> list[int]:
    """A number for each name that depends on the name, not on its place among the others (CRC-32; after a clash the next one).

    Examples
    --------
    >>> codes(["b", "noise", "a"], 20)[1] == codes(["noise"], 20)[0]
    True
    """
    taken: dict[int, str] = {}
    for name in sorted(names):
        code = crc32(name.encode()) & ((1 << bits) - 1)
        while code in taken:
            code = (code + 1) & ((1 << bits) - 1)
        taken[code] = name
    found = {name: code for code, name in taken.items()}
    return [found[name] for name in names]


def uniforms(key: tuple[int, int], subject: np.ndarray, block: int, attempt: int = 0) -> tuple[np.ndarray, ...]:
    """Four arrays of uniform numbers in (0, 1), one number a lane for each subject (uint64)."""
    subject = np.asarray(subject, np.uint64)
    counter = (subject & np.uint64(_LOW), subject >> np.uint64(32), np.uint64(block), np.uint64(attempt))
    return tuple((word.astype(np.float64) + 0.5) * _UNIT for word in philox(key, counter))


@melted
def lanes(k0: int, k1: int, subject: int, block: int, attempt: int) -> tuple[float, float, float, float]:
    """The four uniform numbers of one subject (64 bits, signed or not), block and attempt, under the key `k0, k1`.

    Examples
    --------
    >>> bulk = uniforms((1, 2), np.array([7], np.uint64), Block.WORK, 3)
    >>> lanes(1, 2, 7, Block.WORK, 3) == tuple(float(lane[0]) for lane in bulk)
    True
    """
    a, b, c, d = philox_once(k0, k1, subject & _LOW, (subject >> 32) & _LOW, block, attempt)
    return (a + 0.5) * _UNIT, (b + 0.5) * _UNIT, (c + 0.5) * _UNIT, (d + 0.5) * _UNIT


def again(key: tuple[int, int], subject: int, block: int, attempt: int) -> tuple[float, float, float, float]:
    """`lanes` with the key as one."""
    return lanes(key[0], key[1], subject, block, attempt)


@inlined
def spread(cv: float) -> tuple[float, float]:
    """Standard deviation of the logarithm of a lognormal factor with mean 1, and half its square, from its coefficient of variation.

    Examples
    --------
    >>> spread(0.0), [round(value, 4) for value in spread(1.0)]
    ((0.0, 0.0), [0.8326, 0.3466])
    """
    variance = log(1.0 + cv * cv)
    return sqrt(variance), variance / 2.0


@melted
def factor(sigma: float, half: float, u: float) -> float:
    """Lognormal factor with mean 1 from its `spread` and a uniform number; exactly 1 without any spread.

    Examples
    --------
    >>> factor(0.0, 0.0, 0.3), round(factor(*spread(1.0), 0.5), 4)
    (1.0, 0.7071)
    """
    return 1.0 if sigma == 0.0 else exp(sigma * normal_quantile(u) - half)


def factors(sigma: Any, half: Any, u: np.ndarray) -> np.ndarray:
    """`factor` for arrays (broadcast together)."""
    return exps(sigma * normal_quantiles(u) - half)


def lognormal(u: Any, cv: float) -> np.ndarray:
    """Lognormal factors with mean 1 and coefficient of variation `cv`, from uniform numbers.

    Examples
    --------
    >>> lognormal([0.5, 0.9], 0.0).tolist(), lognormal([0.5], 1.0).round(4).tolist()
    ([1.0, 1.0], [0.7071])
    """
    return factors(*spread(float(cv)), np.asarray(u, float))


def exponential(u: Any) -> np.ndarray:
    """Exponential numbers with mean 1, from uniform numbers."""
    return -logs(u)


def quantile(distribution: dict, u: Any) -> Any:
    """Quantile of a distribution of the bare block (s), array or scalar; see `sim.bare` for the kinds.

    Examples
    --------
    >>> float(quantile({"kind": "uniform", "low": 10.0, "high": 20.0}, 0.25))
    12.5
    """
    kind = distribution["kind"]
    if kind == "exponential":
        return distribution["mean"] * exponential(u)
    if kind == "deterministic":
        return np.full(np.shape(u), float(distribution["value"]))
    if kind == "lognormal":
        return distribution["mean"] * lognormal(u, distribution["cv"])
    if kind == "gamma":
        shape = 1 / distribution["cv"] ** 2
        return distribution["mean"] / shape * special.gammaincinv(shape, u)
    if kind == "uniform":
        return distribution["low"] + (distribution["high"] - distribution["low"]) * np.asarray(u)
    if kind == "empirical":
        values = np.sort(np.asarray(distribution["values"], float))
        return values[np.minimum((np.asarray(u) * len(values)).astype(int), len(values) - 1)]
    raise ValueError(kind)
