"""Which engine runs a command: the readable one or the compiled one (仿真引擎).

Both give the same outcome to the last bit, so the choice is one of time alone.  `auto` takes the engine that is expected to be done
first: the compiled one is dozens of times faster, but has to start, and to be compiled where that has not been done before.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from sim import compiling
from sim.i18n import _
from sim.store import RunError

if TYPE_CHECKING:
    from sim.tables import Tables

__all__ = ["COMPILED", "ENGINES", "SIMPY", "Choice", "EngineMissing", "choose", "expected_arrivals", "seconds_on_simpy"]

SIMPY, COMPILED = "simpy", "compiled"
ENGINES = ("auto", SIMPY, COMPILED)

# Measured once (docs/performance.md); only the choice of `auto` depends on them, no result does.
CITY_ARRIVALS_A_SECOND = 8_000.0        # SimPy engine on one core, draws and counts included
BARE_ARRIVALS_A_SECOND = 60_000.0
START_WARM = 1.0                        # s until the compiled engine runs, from compiled code that is kept
START_COLD = 60.0                       # s until it runs where it has to be compiled first


class EngineMissing(RunError):
    """The compiled engine was asked for and cannot be had."""


class Choice(NamedTuple):
    """The engine to use, and a sentence for the user where there is something to say.

    Attributes
    ----------
    engine : str
        "simpy" or "compiled".
    hint : str
        A sentence, or nothing.
    """

    engine: str
    hint: str = ""


def choose(asked: str, work: Iterable[float], *, jobs: int = 1, warm: bool = False) -> Choice:
    """The engine that runs some replications.

    Parameters
    ----------
    asked : str
        "auto", "simpy" or "compiled".
    work : iterable of float
        What each of them would take on the SimPy engine, s, > 0; it is read only as far as needed.
    jobs : int, ≥ 1
        How many run at a time.
    warm : bool
        Whether the compiled code is kept from before.

    Raises
    ------
    EngineMissing
        The compiled engine was asked for, and Numba is not installed or does not work.
    ValueError
        There is no such engine.

    Examples
    --------
    >>> choose("simpy", [1e6]), choose("auto", [0.1, 0.2], warm=True).engine
    (Choice(engine='simpy', hint=''), 'simpy')
    """
    if asked not in ENGINES:
        raise ValueError(f"no engine {asked!r}: choose one of {', '.join(ENGINES)}")
    if asked == SIMPY:
        return Choice(SIMPY)
    if not compiling.available():
        if asked == COMPILED:
            raise EngineMissing(_("The compiled engine needs Numba, which is not installed: {command}").format(
                command=compiling.INSTALL))
        return Choice(SIMPY, _("Runs on the SimPy engine; the compiled one is dozens of times faster: {command}").format(
            command=compiling.INSTALL))
    if asked == "auto" and not _worth_it(work, jobs * (START_WARM if warm else START_COLD)):
        return Choice(SIMPY)
    trouble = _trouble()
    if trouble and asked == COMPILED:
        raise EngineMissing(_("The compiled engine cannot start, for Numba does not work here ({reason}). A version that fits: "
                              "{command}").format(reason=trouble, command=compiling.INSTALL))
    if trouble:
        return Choice(SIMPY, _("Runs on the SimPy engine, for Numba does not work here ({reason}).").format(reason=trouble))
    return Choice(COMPILED)


def _worth_it(work: Iterable[float], start: float) -> bool:
    passed = 0.0
    for seconds in work:
        passed += seconds
        if passed > start:
            return True
    return False


def _trouble() -> str:
    """Why Numba, though installed, cannot be used; nothing if it can."""
    try:
        importlib.import_module("numba")
    except Exception as error:      # a version that does not fit NumPy or Python says so in many ways
        return str(error).partition("\n")[0] or type(error).__name__
    return ""


def seconds_on_simpy(tables: Tables) -> float:
    """What one replication takes on the SimPy engine, roughly, s.

    Examples
    --------
    >>> from sim import load
    >>> 1.0 < seconds_on_simpy(load("small/integrated").tables()) < 10.0
    True
    """
    return expected_arrivals(tables) / (BARE_ARRIVALS_A_SECOND if tables.city is None else CITY_ARRIVALS_A_SECOND)


def expected_arrivals(tables: Tables) -> float:
    """Issues and consultations, or customers, that arise in a replication, on average.

    Examples
    --------
    >>> from sim import load
    >>> day = load("theory/mm1", ["run.warm_up=0 s", "run.horizon=1 day", "run.run_out=0 s"]).tables()
    >>> expected_arrivals(day) == day.bare.arrivals[0]["rate"] * 86400
    True
    """
    if tables.city is not None:
        return float(tables.city.demand.cell_rate.sum()) * tables.end / 86400
    assert tables.bare is not None
    found = sum(_customers(arrivals, tables.end) for arrivals in tables.bare.arrivals)
    return found + (len(tables.bare.trace) if tables.bare.trace is not None else 0)


def _customers(arrivals: dict, end: int) -> float:
    """Expected arrivals of one class until the end; those of a trace are counted elsewhere."""
    kind = arrivals["kind"]
    if kind == "given":
        return 0.0
    if kind == "deterministic":
        return max(0.0, (end - arrivals["first"]) / arrivals["every"] + 1)
    if kind == "renewal":
        return end / max(_mean(arrivals["gap"]), 1e-3)
    if kind == "poisson":
        return float(arrivals["rate"] * end)
    if kind == "batches":
        return float(arrivals["rate"] * end * _mean(arrivals["size"]))
    load = importlib.import_module("sim.draws.bare").thinned_time(arrivals, end)[1]
    return float(load[-1])


def _mean(law: dict) -> float:
    """Mean of a distribution as the tables hold it."""
    if "mean" in law:
        return float(law["mean"])
    if law["kind"] == "empirical":
        return float(sum(law["values"]) / len(law["values"]))
    return float(law["value"]) if "value" in law else float((law["low"] + law["high"]) / 2)
