"""Queueing formulas 排队论: how many people a load needs, before anything is simulated.

Work that arrives at random at a pool of identical members is described by its *offered load* in erlangs: the number of members it
would keep busy all the time.  From load and members follow, for Poisson arrivals and exponential services, the chance that all
are busy (Erlang B, blocked customers lost), the chance to wait and the wait (Erlang C, everybody waits), and both with customers
who give up (Erlang A).  A pool is well staffed with `load + quality * sqrt(load)` members (square-root staffing): the margin
that chance needs grows with the root of the load, which is why large pools may be busier than small ones.

A city is no such system; here the formulas only propose where a search may begin (`sim.staffing`), and a bare system is held
against them in the tests.

References
----------
Erlang, A. K. (1917). Solution of some problems in the theory of probabilities of significance in automatic telephone exchanges.
Mandelbaum, A. and Zeltyn, S. (2007). Service engineering in action: the Palm/Erlang-A queue, with applications to call centers.
Halfin, S. and Whitt, W. (1981). Heavy-traffic limits for queues with many exponential servers. Operations Research 29, 567-588.
Allen, A. O. (1990). Probability, Statistics, and Queueing Theory, 2nd ed. (the Allen-Cunneen approximation).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["ErlangA", "PoolLoad", "allen_cunneen", "balanced", "delay_limit", "erlang_a", "erlang_b", "erlang_c", "least_servers",
           "quality_for", "served_within", "square_root_staffing", "wait_mean"]

MOST_SERVERS = 10_000_000


def erlang_b(servers: int, load: float) -> float:
    """Chance that all are busy, those who find it so being lost: M/M/c/c (Erlang B 公式).

    Parameters
    ----------
    servers : int, ≥ 0
    load : float, ≥ 0
        Offered load, erlangs.

    Examples
    --------
    >>> round(erlang_b(10, 4.461), 4), erlang_b(0, 1.0)
    (0.01, 1.0)
    """
    _sane(servers, load)
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Chance to wait in M/M/c (Erlang C 公式); 1 where the load is more than the members can ever do; see `erlang_b`.

    Examples
    --------
    >>> round(erlang_c(2, 1.0), 6), erlang_c(2, 2.0)
    (0.333333, 1.0)
    """
    if load >= servers:
        return 1.0 if load > 0 else 0.0
    blocked = erlang_b(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def wait_mean(servers: int, load: float, service: float = 1.0) -> float:
    """Mean wait in M/M/c (平均等待), in the unit of `service`; infinite where the load is too much.

    Parameters
    ----------
    ----------    servers, load
        As in `erlang_b`.
    service : float, > 0
        Mean service.

    Examples
    --------
    >>> round(wait_mean(1, 0.8), 6), round(wait_mean(9, 7.2), 3), wait_mean(2, 2.5)
    (4.0, 0.24, inf)
    """
    return erlang_c(servers, load) * service / (servers - load) if load < servers else math.inf


def served_within(servers: int, load: float, limit: float, service: float = 1.0) -> float:
    """Share of the customers of M/M/c who wait at most `limit` (服务水平).

    Parameters
    ----------
    servers : int, ≥ 0
    load : float, ≥ 0
        Offered load, erlangs.
    limit : float, ≥ 0
        In the unit of `service`.
    service : float, > 0
        Mean service.

    Examples
    --------
    >>> round(served_within(14, 10.0, 20.0, 180.0), 3)
    0.888
    """
    if load >= servers:
        return 0.0 if load > 0 else 1.0
    return 1.0 - erlang_c(servers, load) * math.exp(-(servers - load) * limit / service)


class ErlangA(NamedTuple):
    """What customers meet who may give up (Erlang A).

    Attributes
    ----------
    waits : float
        Chance to find all members busy.
    abandons : float
        Share that gives up before it is served.
    wait : float
        Mean wait of all, served or not, in mean services.
    waiting : float
        Mean number waiting.
    """

    waits: float
    abandons: float
    wait: float
    waiting: float


def erlang_a(servers: int, load: float, patience: float) -> ErlangA:
    """M/M/c with exponential patience (Erlang A 公式).

    Parameters
    ----------
    servers : int, ≥ 0
    load : float, > 0
        Offered load, erlangs.
    patience : float, > 0
        Mean patience in mean services.

    Returns
    -------
    ErlangA

    Notes
    -----
    Below `servers` the states weigh as in Erlang B; above, each weighs load / (servers + n / patience) of the one before.

    Examples
    --------
    With patience as long as service the number present is Poisson, so the chance to find two busy is 1 - 3 exp(-2):

    >>> found = erlang_a(2, 2.0, 1.0)
    >>> round(found.waits, 6) == round(1 - 3 * math.exp(-2), 6)
    True
    """
    _sane(servers, load)
    if patience <= 0 or load <= 0:
        raise ValueError(f"patience is {patience} and load {load}, and both must be above 0")
    below = 1.0 / erlang_b(servers, load)
    term, above, waiting, n = 1.0, 0.0, 0.0, 0
    while term > 1e-17 * (below + above) or n < 2:
        n += 1
        term *= load / (servers + n / patience)
        above += term
        waiting += n * term
    full = 1.0 / (below + above)
    number = waiting * full
    return ErlangA((1.0 + above) * full, number / patience / load, number / load, number)


def allen_cunneen(servers: int, load: float, service: float, arrival_cv: float, service_cv: float) -> float:
    """Mean wait in G/G/c, approximately: that of M/M/c times the mean squared variation (近似等待).

    Parameters
    ----------
    servers : int, ≥ 0
    load : float, ≥ 0
        Offered load, erlangs.
    service : float, > 0
        Mean service.
    arrival_cv, service_cv : float, ≥ 0
        Coefficients of variation of gaps and services.

    Examples
    --------
    It is exact for one server and Poisson arrivals (Pollaczek-Khinchine):

    >>> round(allen_cunneen(1, 0.8, 1.0, 1.0, 0.0), 6)
    2.0
    """
    return wait_mean(servers, load, service) * (arrival_cv**2 + service_cv**2) / 2


def delay_limit(quality: float) -> float:
    """Chance to wait of a large pool with `load + quality * sqrt(load)` members (Halfin and Whitt 1981).

    Parameters
    ----------
    quality : float
        The margin in roots of the load; at 0 or below everybody waits.

    Examples
    --------
    >>> round(delay_limit(1.0), 3), delay_limit(0.0)
    (0.223, 1.0)
    """
    if quality <= 0:
        return 1.0
    density = math.exp(-quality * quality / 2) / math.sqrt(2 * math.pi)
    return 1.0 / (1.0 + quality * 0.5 * math.erfc(-quality / math.sqrt(2)) / density)


def quality_for(delay: float) -> float:
    """The margin, in roots of the load, at which so large a share waits: the inverse of `delay_limit`.

    Parameters
    ----------
    delay : float, in (0, 1)

    Examples
    --------
    >>> round(quality_for(delay_limit(1.3)), 6)
    1.3
    """
    if not 0 < delay < 1:
        raise ValueError(f"delay is {delay}, and must lie between 0 and 1")
    low, high = 0.0, 40.0
    for _halving in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if delay_limit(middle) > delay else (low, middle)
    return high


def square_root_staffing(load: float, quality: float) -> int:
    """Members for a load with a margin of `quality` roots of it (平方根配员).

    Parameters
    ----------
    load : float, ≥ 0
        Offered load, erlangs.
    quality : float
        0.5 lean, 1 usual, 2 generous.

    Examples
    --------
    >>> square_root_staffing(100.0, 1.0), square_root_staffing(4.0, 1.0), square_root_staffing(0.0, 1.0)
    (110, 6, 0)
    """
    return max(0, math.ceil(load + quality * math.sqrt(load) - 1e-9))


def least_servers(meets: Callable[[int], bool], start: int = 1) -> int:
    """The smallest number of members for which `meets` holds, where more members never do worse (最少人数).

    Parameters
    ----------
    meets : callable
        From a number of members to whether it is enough.
    start : int, ≥ 0
        The smallest number allowed.

    Raises
    ------
    ValueError
        Ten million do not suffice.

    Examples
    --------
    >>> least_servers(lambda c: wait_mean(c, 8.0, 10.0) <= 2.0)
    11
    >>> least_servers(lambda c: erlang_b(c, 4.461) <= 0.0101)
    10
    """
    if meets(start):
        return start
    low, step = start, 1
    while not meets(low + step):
        low, step = low + step, step * 2
        if low + step > MOST_SERVERS:
            raise ValueError(f"{MOST_SERVERS} do not suffice")
    high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high


# --- pools of a run -------------------------------------------------------------------------------------------------------

class PoolLoad(NamedTuple):
    """What one pool had to do in a run (负荷).

    Attributes
    ----------
    key : str
        The pool.
    heads : int
        Its members.
    load : float
        Members' worth of work: the share of their rostered time in which they were busy, times the members.
    wait : float
        Mean wait of its jobs, s; NaN without any.
    """

    key: str
    heads: int
    load: float
    wait: float

    @property
    def utilisation(self) -> float:
        """How busy its members were, 0 to 1."""
        return self.load / self.heads if self.heads else math.nan

    def wait_with(self, heads: int) -> float:
        """Mean wait with other heads, s: what was seen, scaled as Erlang C scales it.

        Examples
        --------
        >>> round(PoolLoad("desk", 2, 1.6, 600.0).wait_with(3), 1)
        66.0
        """
        now = wait_mean(self.heads, min(self.load, 0.999 * self.heads))
        return self.wait * wait_mean(heads, self.load) / now if now > 0 else self.wait


def balanced(loads: list[PoolLoad], quality: float) -> int:
    """Heads of several pools of one post, each with the same margin in roots of its load (均衡配员).

    Parameters
    ----------
    loads : list of PoolLoad
    quality : float
        See `square_root_staffing`.

    Examples
    --------
    >>> balanced([PoolLoad("a", 5, 4.0, 60.0), PoolLoad("b", 2, 1.0, 60.0)], 1.0)
    8
    """
    return sum(max(1, square_root_staffing(pool.load, quality)) for pool in loads)


def _sane(servers: int, load: float) -> None:
    if servers < 0 or not load >= 0:
        raise ValueError(f"servers is {servers} and load {load}, and neither may be below 0")
