"""Logarithm, exponential and normal quantile that give the same bits everywhere.

Libraries and processors differ in the last bit of these three, and one bit may move an event by a second.  Here they are made of
additions, multiplications, divisions and square roots alone, which IEEE 754 rounds in one way only, in an order that is written down
once: `log`, `exp` and `normal_quantile` for one number, interpreted or compiled, `logs`, `exps` and `normal_quantiles` for arrays.
They err by about one unit in the last place.

The logarithm and the exponential reduce their argument by powers of two and use the approximations of FDLIBM (Sun Microsystems, 1993);
the quantile is AS 241 (Wichura 1988), as far out as 32 random bits reach.
"""

from __future__ import annotations

from collections.abc import Callable
from math import floor, frexp, inf, ldexp, sqrt
from typing import Any

import numpy as np

from sim.compiling import inlined, inlined_as, melted

__all__ = ["exp", "exps", "log", "logs", "normal_quantile", "normal_quantiles"]

_LN2_HIGH, _LN2_LOW, _PER_LN2 = 6.93147180369123816490e-01, 1.90821492927058770002e-10, 1.44269504088896338700e+00
_TURN = 0x3FE6A09E << 32            # bits of a number just below the root of a half: mantissas run from there to twice as far
_ROOT_HALF = float(np.int64(_TURN).view(np.float64))
_MANTISSA, _ONE = (1 << 52) - 1, 1023 << 52
_AT_ONCE = 4096                     # numbers in a block: all its temporaries together stay in the cache


# --- one number -----------------------------------------------------------------------------------------------------------


@melted
def log(x: float) -> float:
    """Natural logarithm of a positive number.

    Examples
    --------
    >>> log(1.0), round(log(10.0), 12)
    (0.0, 2.302585092994)
    """
    mantissa, power = _reduced(x)
    return _log(mantissa - 1.0, float(power))


def _reduced_by_bits(x: Any) -> Any:
    bits = np.float64(x).view(np.int64) + (_ONE - _TURN)
    return np.int64((bits & _MANTISSA) + _TURN).view(np.float64), (bits >> 52) - 1023


@inlined_as(_reduced_by_bits)
def _reduced(x: float) -> tuple[float, int]:
    """A number as mantissa times a power of two, the mantissa between sqrt(1/2) and sqrt(2)."""
    mantissa, power = frexp(x)
    return (mantissa * 2.0, power - 1) if mantissa < _ROOT_HALF else (mantissa, power)


def _exp_by_bits(x: Any) -> Any:
    if not -700.0 < x < 700.0:
        return _far_exp(x)
    power = np.floor(x * _PER_LN2 + 0.5)
    return np.int64(np.float64(_exp(x, power)).view(np.int64) + (np.int64(power) << 52)).view(np.float64)


@inlined_as(_exp_by_bits)
def exp(x: float) -> float:
    """Exponential; 0 below -745, infinite above 709.

    Examples
    --------
    >>> exp(0.0), round(exp(1.0), 12)
    (1.0, 2.718281828459)
    """
    return _far_exp(x)


@inlined
def _far_exp(x: float) -> float:
    """The same by a power of two that may be out of reach."""
    if x < -745.0:
        return 0.0
    if x > 709.0:
        return inf
    power = floor(x * _PER_LN2 + 0.5)
    return ldexp(_exp(x, float(power)), power)


@inlined
def normal_quantile(u: float) -> float:
    """Quantile of the standard normal distribution for `u` from 2**-36 to 1 - 2**-36.

    Examples
    --------
    >>> normal_quantile(0.5), round(normal_quantile(0.975), 12)
    (0.0, 1.95996398454)
    """
    q = u - 0.5
    if -0.425 <= q <= 0.425:
        return _middle(q, 0.180625 - q * q)
    far = _tail(sqrt(-log(u if q < 0.0 else 1.0 - u)) - 1.6)
    return -far if q < 0.0 else far


# --- arrays ---------------------------------------------------------------------------------------------------------------


def logs(x: Any) -> np.ndarray:
    """`log` of every number of an array, each from 1e-300 to 1e300.

    Examples
    --------
    >>> logs([0.25, 8.0]).tolist() == [log(0.25), log(8.0)]
    True
    """
    return _in_blocks(_logs, x)


def exps(x: Any) -> np.ndarray:
    """`exp` of every number of an array, each from -700 to 700.

    Examples
    --------
    >>> exps([-1.5, 0.0]).tolist() == [exp(-1.5), 1.0]
    True
    """
    return _in_blocks(_exps, x)


def normal_quantiles(u: Any) -> np.ndarray:
    """`normal_quantile` of every number of an array.

    Examples
    --------
    >>> normal_quantiles([0.001, 0.6]).tolist() == [normal_quantile(0.001), normal_quantile(0.6)]
    True
    """
    return _in_blocks(_quantiles, u)


def _in_blocks(values: Callable[[np.ndarray], np.ndarray], x: Any) -> np.ndarray:
    x = np.ascontiguousarray(x, float) if np.ndim(x) else np.asarray(x, float)
    flat, found = x.reshape(-1), np.empty(x.size)
    for low in range(0, x.size, _AT_ONCE):
        found[low:low + _AT_ONCE] = values(flat[low:low + _AT_ONCE])
    return found.reshape(x.shape)


def _logs(x: np.ndarray) -> np.ndarray:
    # The same reduction as in `log`, read off the bits.
    bits = x.view(np.int64) + (_ONE - _TURN)
    power = (bits >> 52) - 1023
    bits &= _MANTISSA
    bits += _TURN
    found: np.ndarray = _log(bits.view(np.float64) - 1.0, power.astype(np.float64))
    return found


def _exps(x: np.ndarray) -> np.ndarray:
    power = np.floor(x * _PER_LN2 + 0.5)
    found: np.ndarray = _exp(x, power)
    bits = found.view(np.int64)
    bits += power.astype(np.int64) << 52
    return found


def _quantiles(u: np.ndarray) -> np.ndarray:
    q = u - 0.5
    found: np.ndarray = _middle(q, 0.180625 - q * q)
    outer = np.flatnonzero(np.abs(q) > 0.425)
    if len(outer):
        below = q[outer] < 0.0
        rest = u[outer]
        rest = np.where(below, rest, 1.0 - rest)
        far = _tail(np.sqrt(-_logs(rest)) - 1.6)
        found[outer] = np.where(below, -far, far)
    return found


# --- the approximations, for numbers and arrays alike ---------------------------------------------------------------------


@melted
def _log(f: Any, power: Any) -> Any:
    """Logarithm of (1 + f) * 2**power for f between sqrt(1/2) - 1 and sqrt(2) - 1."""
    half = 0.5 * f * f
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (
        1.818357216161805012e-01 + w * 1.479819860511658591e-01)))
    return s * (half + (odd + even)) + power * _LN2_LOW - half + f + power * _LN2_HIGH


@inlined
def _exp(x: Any, power: Any) -> Any:
    """Exponential of x over 2**power, where that lies between sqrt(1/2) and sqrt(2)."""
    high, low = x - power * _LN2_HIGH, power * _LN2_LOW
    r = high - low
    z = r * r
    c = r - z * (1.66666666666666019037e-01 + z * (-2.77777777770155933842e-03 + z * (
        6.61375632143793436117e-05 + z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))))
    return 1.0 + (r * c / (2.0 - c) - low + high)


@inlined
def _middle(q: Any, r: Any) -> Any:
    """Quantile of 0.5 + q, for r = 0.425**2 - q**2 of 0 or more."""
    above = ((((((2.5090809287301226727e+3 * r + 3.3430575583588128105e+4) * r + 6.7265770927008700853e+4) * r
                + 4.5921953931549871457e+4) * r + 1.3731693765509461125e+4) * r + 1.9715909503065514427e+3) * r
             + 1.3314166789178437745e+2) * r + 3.3871328727963666080e+0
    below = ((((((5.2264952788528545610e+3 * r + 2.8729085735721942674e+4) * r + 3.9307895800092710610e+4) * r
                + 2.1213794301586595867e+4) * r + 5.3941960214247511077e+3) * r + 6.8718700749205790830e+2) * r
             + 4.2313330701600911252e+1) * r + 1.0
    return q * above / below


@inlined
def _tail(r: Any) -> Any:
    """Distance from 0 of the quantile of u, for r = sqrt(-log(u)) - 1.6 up to 3.4."""
    above = ((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r
                + 1.27045825245236838258e+0) * r + 3.64784832476320460504e+0) * r + 5.76949722146069140550e+0) * r
             + 4.63033784615654529590e+0) * r + 1.42343711074968357734e+0
    below = ((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r
                + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e+0) * r
             + 2.05319162663775882187e+0) * r + 1.0
    return above / below
