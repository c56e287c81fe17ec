"""Closed forms of queueing theory: what the simulator must agree with, worked out without it.

Every function takes rates in 1/s (or any unit, used throughout) and answers in the same unit of time.  Nothing here imports the
simulator, so that an error cannot agree with itself.

References
----------
Kleinrock (1975, 1976) Queueing Systems I, II; Cobham (1954) "Priority assignment in waiting line problems"; Mandelbaum and
Zeltyn (2007) "Service engineering in action: the Palm/Erlang-A queue"; Eick, Massey and Whitt (1993) "Mt/G/infinity queues with
sinusoidal arrival rates"; Jackson (1957) "Networks of waiting lines".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["bounces", "cobham", "erlang_a", "erlang_b", "erlang_c", "jackson", "mmc_wait", "mmck", "mt_m_inf", "patrol_delay",
           "pollaczek_khinchine", "preemptive_mm1", "signal", "waits_not_at_all"]


def erlang_b(servers: int, load: float) -> float:
    """Chance that all `servers` are busy in M/M/c/c with offered `load` erlangs (Erlang B).

    >>> round(erlang_b(1, 1.0), 6), round(erlang_b(2, 1.0), 6)
    (0.5, 0.2)
    """
    blocked = 1.0
    for server in range(1, servers + 1):
        blocked = load * blocked / (server + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Chance to wait in M/M/c with offered `load` < `servers` erlangs (Erlang C).

    >>> round(erlang_c(1, 0.8), 6)
    0.8
    """
    blocked = erlang_b(servers, load)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def mmc_wait(servers: int, utilisation: float, mean: float = 1.0) -> float:
    """Mean wait in M/M/c at `utilisation` < 1 with services of `mean`.

    Nine separate centres wait 4.00 mean services at a utilisation of 0.8, one of nine desks 0.240:

    >>> [round(mmc_wait(c, 0.8), 3) for c in (1, 2, 4, 9, 14)]
    [4.0, 1.778, 0.746, 0.24, 0.119]
    >>> [round(mmc_wait(c, 0.7), 3) for c in (1, 2, 4, 9, 14)]
    [2.333, 0.961, 0.357, 0.091, 0.037]
    >>> [round(mmc_wait(c, 0.9), 3) for c in (1, 2, 4, 9, 14)]
    [9.0, 4.263, 1.969, 0.761, 0.439]
    >>> [round(mmc_wait(c, 0.95), 3) for c in (1, 2, 4, 9, 14)]
    [19.0, 9.256, 4.457, 1.855, 1.134]
    """
    return erlang_c(servers, servers * utilisation) * mean / (servers * (1.0 - utilisation))


def waits_not_at_all(servers: int, utilisation: float) -> float:
    """Share of customers of M/M/c served at once.

    >>> round(waits_not_at_all(1, 0.7), 6)
    0.3
    """
    return 1.0 - erlang_c(servers, servers * utilisation)


def _stationary(births: Sequence[float], deaths: Sequence[float]) -> np.ndarray:
    """Stationary distribution of a birth-death chain; `births[n]` leads from n to n + 1, `deaths[n]` from n + 1 to n."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.asarray(births)) - np.log(np.asarray(deaths)))])
    weights = np.exp(logs - logs.max())
    return weights / weights.sum()


def mmck(arrival: float, mean: float, servers: int, capacity: int) -> dict[str, float]:
    """M/M/c/K: share lost, mean wait of those let in, mean number in the system.

    With room for one it is Erlang B:

    >>> round(mmck(1.0, 1.0, 1, 1)["lost"], 6)
    0.5
    >>> values = mmck(0.8, 1.0, 1, 200)
    >>> round(values["wait"], 6), round(values["number"], 6)
    (4.0, 4.0)
    """
    states = _stationary([arrival] * capacity, [min(n, servers) / mean for n in range(1, capacity + 1)])
    waiting = sum(max(0, n - servers) * p for n, p in enumerate(states))
    admitted = arrival * (1.0 - states[-1])
    return {"lost": float(states[-1]), "wait": float(waiting / admitted), "number": float(np.arange(capacity + 1) @ states)}


def erlang_a(arrival: float, mean: float, servers: int, patience: float) -> dict[str, float]:
    """M/M/c+M (Erlang A): share that abandons, mean wait of all (served or not), share served at once.

    With patience as long as service it is M/M/infinity in disguise: the number in the system is Poisson.

    >>> values = erlang_a(2.0, 1.0, 2, 1.0)
    >>> round(values["number"], 6)
    2.0
    """
    top = servers + int(20 * (arrival * max(mean, patience) + 10))
    states = _stationary([arrival] * top, [min(n, servers) / mean + max(0, n - servers) / patience for n in range(1, top + 1)])
    waiting = sum(max(0, n - servers) * p for n, p in enumerate(states))
    return {"abandoned": float(waiting / patience / arrival), "wait": float(waiting / arrival),
            "at_once": float(states[:servers].sum()), "number": float(np.arange(top + 1) @ states)}


def pollaczek_khinchine(arrival: float, mean: float, cv: float) -> float:
    """Mean wait in M/G/1 whose services have `mean` and coefficient of variation `cv` (Pollaczek 1930, Khinchine 1932).

    >>> round(pollaczek_khinchine(0.8, 1.0, 1.0), 6), round(pollaczek_khinchine(0.8, 1.0, 0.0), 6)
    (4.0, 2.0)
    """
    return arrival * mean * mean * (1.0 + cv * cv) / (2.0 * (1.0 - arrival * mean))


def cobham(arrivals: Sequence[float], mean: float, servers: int) -> list[float]:
    """Mean wait of each class, first class first, in M/M/c with non-preemptive priority and one service law (Cobham 1954).

    The waits weighted by arrivals are those of the same system without priorities:

    >>> first, second = cobham([0.3, 0.5], 1.0, 1)
    >>> round(first, 6), round(second, 6), round((0.3 * first + 0.5 * second) / 0.8, 6)
    (1.142857, 5.714286, 4.0)
    """
    load = sum(arrivals) * mean
    ahead = erlang_c(servers, load) * mean / servers
    waits, before = [], 0.0
    for arrival in arrivals:
        upto = before + arrival * mean / servers
        waits.append(ahead / ((1.0 - before) * (1.0 - upto)))
        before = upto
    return waits


def preemptive_mm1(arrivals: Sequence[float], mean: float) -> list[float]:
    """Mean time in the system of each class in M/M/1 with preemptive-resume priority and one service law.

    The first class does not see the others:

    >>> first, second = preemptive_mm1([0.3, 0.5], 1.0)
    >>> round(first, 6), round(second, 6)
    (1.428571, 7.142857)
    """
    times, before = [], 0.0
    for arrival in arrivals:
        upto = before + arrival * mean
        times.append(mean / (1.0 - before) + upto * mean / ((1.0 - before) * (1.0 - upto)))
        before = upto
    return times


def jackson(outside: Sequence[float], routing: Sequence[Sequence[float]], means: Sequence[float],
            servers: Sequence[int]) -> list[dict[str, float]]:
    """Each station of an open Jackson network: arrival rate, utilisation, mean wait of a visit, mean number there.

    >>> [round(station["rate"], 6) for station in jackson([1.0, 0.0], [[0.0, 0.5], [0.2, 0.0]], [0.1, 0.1], [1, 1])]
    [1.111111, 0.555556]
    """
    rates = np.linalg.solve(np.eye(len(outside)) - np.asarray(routing).T, np.asarray(outside))
    stations = []
    for rate, mean, number in zip(rates.tolist(), means, servers, strict=True):
        wait = mmc_wait(number, rate * mean / number, mean)
        stations.append({"rate": rate, "utilisation": rate * mean / number, "wait": wait, "number": rate * (wait + mean)})
    return stations


def mt_m_inf(rate: float, amplitude: float, period: float, mean: float, time: float, phase: float = 0.0) -> float:
    """Expected number in service at `time` in Mt/M/infinity; arrivals at rate * (1 + amplitude * sin(2 pi (t + phase) / period)).

    The crest follows that of the arrivals late and flattened (Eick, Massey and Whitt 1993).

    >>> mt_m_inf(2.0, 0.0, 24.0, 3.0, 5.0)
    6.0
    """
    speed = 2.0 * math.pi / period
    angle = speed * (time + phase)
    lag = speed * mean
    return rate * mean * (1.0 + amplitude * (math.sin(angle) - lag * math.cos(angle)) / (1.0 + lag * lag))


def patrol_delay(round_time: float, detects: float) -> float:
    """Mean patrol clock from occurrence to discovery: T/2 + T (1 - d) / d.

    >>> patrol_delay(4.0, 1.0), patrol_delay(4.0, 0.5)
    (2.0, 6.0)
    """
    return round_time / 2.0 + round_time * (1.0 - detects) / detects


def signal(pass_on: float, hops: int) -> float:
    """Share that reaches the top where each of `hops` hops passes on `pass_on`.

    >>> [round(signal(p, 3), 3) for p in (0.9, 0.8, 0.7)]
    [0.729, 0.512, 0.343]
    """
    return pass_on ** hops


def bounces(returned: float) -> float:
    """Expected dispatches where each is sent back with chance `returned`.

    >>> [round(bounces(b), 3) for b in (0.05, 0.10, 0.15, 0.30)]
    [1.053, 1.111, 1.176, 1.429]
    """
    return 1.0 / (1.0 - returned)
