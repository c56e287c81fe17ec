"""A bare service system 排队系统: classes of customers, pools, routing, in place of a city.

It goes through the same schema, engine and measures as a city, so that the simulator can be checked from outside: against the
closed forms of queueing theory, and against given customers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.base import Block, Duration, Frequency, Heads, Key, PositiveDuration, Probability, Shares, refuse
from sim.calendars import ALWAYS, ShiftEnd, unknown_shift
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["Arrivals", "Bare", "BarePool", "CustomerClass", "Distribution", "faults", "is_full"]

EXIT = "exit"
"""Where customers go who leave the system."""


class Exponential(Block):
    """Exponential distribution."""

    mean: PositiveDuration
    """Mean, s."""


class Lognormal(Block):
    """Lognormal distribution."""

    mean: PositiveDuration
    """Mean, s."""
    cv: Annotated[float, Field(ge=0, le=100)]
    """Coefficient of variation, 0 to 100."""


class Gamma(Block):
    """Gamma distribution."""

    mean: PositiveDuration
    """Mean, s."""
    cv: Annotated[float, Field(gt=0, le=100)]
    """Coefficient of variation, above 0 to 100."""


class Erlang(Block):
    """Erlang distribution: the sum of exponential stages."""

    mean: PositiveDuration
    """Mean of the sum, s."""
    stages: Annotated[int, Field(ge=1, le=10_000)]
    """Number of stages, 1 to 10,000."""


class Uniform(Block):
    """Uniform distribution."""

    low: Duration
    """Lowest value, s."""
    high: Duration
    """Highest value, s, not below low."""

    def model_post_init(self, context: Any, /) -> None:
        """Refuse an empty span."""
        if self.high < self.low:
            refuse(_("high must not be below low"))


class Distribution(Block):
    """A distribution of times 分布: exactly one of its kinds.

    Examples
    --------
    >>> Distribution(erlang={"mean": "600 s", "stages": 4}).plain()
    {'kind': 'gamma', 'mean': 600.0, 'cv': 0.5}
    """

    exponential: Exponential | None = None
    """`{mean: "600 s"}`."""
    deterministic: Duration | None = None
    """Always this time, s."""
    lognormal: Lognormal | None = None
    """`{mean: "600 s", cv: 1.2}`."""
    gamma: Gamma | None = None
    """`{mean: "600 s", cv: 0.7}`."""
    erlang: Erlang | None = None
    """`{mean: "600 s", stages: 3}`."""
    uniform: Uniform | None = None
    """`{low: "300 s", high: "900 s"}`."""
    empirical: Annotated[tuple[Duration, ...], Field(min_length=1, max_length=1_000_000)] | None = None
    """One of these values, each as likely, s."""
    given: Literal["from trace"] | None = None
    """`from trace`: as the trace says for each customer."""

    def model_post_init(self, context: Any, /) -> None:
        """Refuse none or several kinds."""
        if len(self.model_dump(exclude_none=True)) != 1:
            refuse(_("exactly one kind of distribution is needed: {kinds}").format(kinds=", ".join(type(self).model_fields)))

    def plain(self) -> dict[str, Any]:
        """As the tables hold it: kind and plain numbers (s)."""
        for kind in ("exponential", "lognormal", "gamma", "uniform"):
            if (one := getattr(self, kind)) is not None:
                return {"kind": kind, **one.model_dump()}
        if self.erlang is not None:
            return {"kind": "gamma", "mean": self.erlang.mean, "cv": 1 / math.sqrt(self.erlang.stages)}
        if self.deterministic is not None:
            return {"kind": "deterministic", "value": self.deterministic}
        if self.empirical is not None:
            return {"kind": "empirical", "values": list(self.empirical)}
        return {"kind": "given"}


class Poisson(Block):
    """Poisson arrivals at a steady rate (no over-dispersion)."""

    kind: Literal["poisson"]
    """Kind of arrivals."""
    rate: Frequency
    """Rate, such as "4.8 per hour"."""

    def plain(self) -> dict[str, Any]:
        """As the tables hold it."""
        return self.model_dump()


class Piecewise(Block):
    """Poisson arrivals at a rate that is constant by pieces."""

    kind: Literal["piecewise"]
    """Kind of arrivals."""
    starts: Annotated[tuple[Duration, ...], Field(min_length=1)]
    """Where each piece starts, s from the start of the run or of the period; the first is 0, and they ascend."""
    rates: Annotated[tuple[Frequency, ...], Field(min_length=1)]
    """Rate of each piece, 1/s."""
    period: Duration = 0.0
    """After this the pieces start again, s; 0: never."""

    def model_post_init(self, context: Any, /) -> None:
        """Refuse pieces that do not fit together."""
        if len(self.starts) != len(self.rates):
            refuse(_("as many rates as starts are needed"))
        if self.starts[0] != 0 or any(b <= a for a, b in zip(self.starts, self.starts[1:], strict=False)):
            refuse(_("starts must begin with 0 and ascend"))
        if self.period and self.period <= self.starts[-1]:
            refuse(_("the period must end after its last piece starts"))

    def plain(self) -> dict[str, Any]:
        """As the tables hold it."""
        return {"kind": self.kind, "starts": list(self.starts), "rates": list(self.rates), "period": self.period}


class Sinusoidal(Block):
    """Poisson arrivals at the rate `rate` x (1 + `amplitude` x sin(2 pi (t + phase) / period))."""

    kind: Literal["sinusoidal"]
    """Kind of arrivals."""
    rate: Frequency
    """Mean rate, 1/s."""
    amplitude: Probability
    """Swing as a share of the mean rate, 0 to 1."""
    period: PositiveDuration
    """Period, s."""
    phase: Duration = 0.0
    """Shift of the wave to the left, s."""

    def plain(self) -> dict[str, Any]:
        """As the tables hold it."""
        return self.model_dump()


class Renewal(Block):
    """Arrivals with independent gaps of one distribution."""

    kind: Literal["renewal"]
    """Kind of arrivals."""
    gap: Distribution
    """Distribution of the gap between two arrivals."""

    def plain(self) -> dict[str, Any]:
        """As the tables hold it."""
        return {"kind": self.kind, "gap": self.gap.plain()}


class Regular(Block):
    """Arrivals at equal distances."""

    kind: Literal["deterministic"]
    """Kind of arrivals."""
    every: PositiveDuration
    """Distance, s."""
    first: Duration = 0.0
    """The first arrival, s."""

    def plain(self) -> dict[str, Any]:
        """As the tables hold it."""
        return self.model_dump()


class Batches(Block):
    """Batches at Poisson times."""

    kind: Literal["batches"]
    """Kind of arrivals."""
    rate: Frequency
    """Batches per time, 1/s."""
    size: Annotated[tuple[Annotated[int, Field(ge=1, le=100_000)], ...], Field(min_length=1)]
    """Size of a batch: one of these whole numbers, each as likely."""

    def plain(self) -> dict[str, Any]:
        """As the tables hold it."""
        return {"kind": self.kind, "rate": self.rate, "size": {"kind": "empirical", "values": list(self.size)}}


class Given(Block):
    """Arrivals as the trace says."""

    kind: Literal["csv"]
    """Kind of arrivals."""

    def plain(self) -> dict[str, Any]:
        """As the tables hold it."""
        return {"kind": "given"}


Arrivals = Annotated[Poisson | Piecewise | Sinusoidal | Renewal | Regular | Batches | Given, Field(discriminator="kind")]


class CustomerClass(Block):
    """A class of customers 顾客类别."""

    priority: Annotated[int, Field(ge=0, le=1000)] = 0
    """Priority, 0 to 1000; lower goes first."""
    arrivals: Arrivals
    """How they arrive: kind poisson, piecewise, sinusoidal, renewal, deterministic, batches, or csv (from the trace)."""
    entry: Key | Shares
    """Pool at which they enter, or shares by pool."""
    service: dict[Key, Distribution] = Field(default_factory=dict)
    """Service time by pool, drawn anew at each visit."""
    patience: dict[Key, Distribution] = Field(default_factory=dict)
    """How long they wait at a pool before they leave the system, drawn anew at each visit; left out: for ever."""
    routing: dict[Key, Shares] = Field(default_factory=dict)
    """Where they go after each pool: shares by pool and `exit`; left out: they leave."""


class BarePool(Block):
    """A pool of servers 服务台."""

    heads: Annotated[int, Field(ge=1, le=1_000_000)] | Literal["unlimited"]
    """Servers, 1 or more; `unlimited`: as many as there are customers."""
    calendar: Key = ALWAYS
    """Shift in which they work; `always` is day and night."""
    capacity: Heads | None = None
    """Customers waiting and in service together at most; left out: without bound."""
    overflow: Key = "lost"
    """Where a customer goes who finds it full: `lost`, or a pool."""
    order: Literal["priority", "fcfs"] = "fcfs"
    """Order of service: by priority of the class, or by time of joining."""
    preemptive: bool = False
    """Whether a higher class interrupts a lower one, which resumes later."""
    at_shift_end: ShiftEnd = "rest"
    """What becomes of an unfinished service at the shift's end."""


class Bare(Block):
    """A bare service system 排队系统."""

    classes: dict[Key, CustomerClass] = Field(min_length=1)
    """Classes of customers by key."""
    pools: dict[Key, BarePool] = Field(min_length=1)
    """Pools by key, in the order in which free servers are offered work."""
    trace: tuple[dict[str, float | int | str], ...] | None = None
    """CSV file of given customers, named from the scenario's folder: time (s), class, priority, service_<pool> (s),
    patience_<pool> (s); or the rows themselves.  `priority` may be left out; where it differs from the class's, it counts."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in a bare system: (path, value, rule, candidates)."""
    bare: Bare | None = scenario.bare
    if bare is None:
        return
    pools = tuple(bare.pools)
    no_pool = _("there is no such pool in bare.pools")
    for key, pool in bare.pools.items():
        yield from unknown_shift(scenario.calendars, f"bare.pools.{key}.calendar", pool.calendar)
        if pool.overflow != "lost" and pool.overflow not in pools:
            yield f"bare.pools.{key}.overflow", pool.overflow, no_pool, ("lost", *pools)
        if pool.overflow == key:
            yield f"bare.pools.{key}.overflow", pool.overflow, _("a pool cannot overflow to itself"), ("lost",)
        if pool.heads == "unlimited" and (pool.calendar != ALWAYS or pool.capacity is not None):
            yield f"bare.pools.{key}.heads", pool.heads, _("an unlimited pool works always and has no capacity"), ()
        if pool.capacity is not None and isinstance(pool.heads, int) and pool.capacity < pool.heads:
            yield (f"bare.pools.{key}.capacity", pool.capacity,
                   _("the capacity counts those in service too: at least {heads}").format(heads=pool.heads), (str(pool.heads),))
        if key in (EXIT, "lost"):
            yield f"bare.pools.{key}", None, _("this name has a meaning of its own"), ()
    for key, one in bare.classes.items():
        yield from _class_faults(bare, f"bare.classes.{key}", one)
    if bare.trace is not None:
        yield from _trace_faults(bare, bare.trace)


def _class_faults(bare: Bare, path: str, one: CustomerClass) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    pools = tuple(bare.pools)
    no_pool = _("there is no such pool in bare.pools")
    entries = {one.entry: 1.0} if isinstance(one.entry, str) else one.entry
    for pool in entries:
        if pool not in pools:
            yield (f"{path}.entry" if isinstance(one.entry, str) else f"{path}.entry.{pool}"), pool, no_pool, pools
    for name, table in (("service", one.service), ("patience", one.patience), ("routing", one.routing)):
        for pool in table:
            if pool not in pools:
                yield f"{path}.{name}.{pool}", None, no_pool, pools
    for pool, shares in one.routing.items():
        for goal in shares:
            if goal != EXIT and goal not in pools:
                yield f"{path}.routing.{pool}.{goal}", shares[goal], no_pool, (*pools, EXIT)
    reached, new = set(), {pool for pool, share in entries.items() if share > 0 and pool in pools}
    while new:
        reached |= new
        goals = {goal for pool in new for goal, share in one.routing.get(pool, {}).items() if share > 0 and goal in pools}
        goals |= {bare.pools[pool].overflow for pool in new if bare.pools[pool].overflow in pools}
        new = goals - reached
    for pool in pools:
        if pool in reached and pool not in one.service:
            yield f"{path}.service", None, _("a service time is needed at {pool}, which this class visits").format(pool=pool), ()
    given = [one.arrivals.kind == "csv"]
    given += [spread.given is not None for spread in (*one.service.values(), *one.patience.values())]
    if any(given) and bare.trace is None:
        yield f"{path}.arrivals", None, _("bare.trace is needed for what is given from a trace"), ()
    if any(given[1:]) and not given[0]:
        yield f"{path}.arrivals", None, _("times from a trace need arrivals of kind csv"), ("csv",)


def _trace_faults(bare: Bare, rows: tuple[dict[str, Any], ...]) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    columns = ("time", "class", "priority", *(f"{name}_{pool}" for name in ("service", "patience") for pool in bare.pools))
    for number, row in enumerate(rows):
        path = f"bare.trace.{number}"
        for column in ("time", "class"):
            if column not in row:
                yield path, None, _("the column {column} is needed").format(column=column), ()
        for column, cell in row.items():
            if column not in columns:
                yield f"{path}.{column}", cell, _("unknown column"), columns
            elif column == "class":
                if str(cell) not in bare.classes:
                    yield f"{path}.class", cell, _("there is no such class in bare.classes"), tuple(bare.classes)
                elif bare.classes[str(cell)].arrivals.kind != "csv":
                    yield f"{path}.class", cell, _("the arrivals of this class are not of kind csv"), ()
            elif isinstance(cell, str) or cell < 0 or (column in ("time", "priority") and cell != int(cell)):
                yield f"{path}.{column}", cell, _("a number of seconds, or a whole number, from 0 is needed"), ()
        one = bare.classes.get(str(row.get("class")))
        for pool, spread in (one.service.items() if one else ()):
            if spread.given is not None and f"service_{pool}" not in row:
                yield f"{path}.service_{pool}", None, _("a service time is needed here"), ()


# --- rules ----------------------------------------------------------------------------------------------------------------


@inlined
def is_full(capacity: int, inside: int) -> bool:
    """Whether a pool takes nobody more: so many places (-1 without bound), so many waiting or in service.

    Examples
    --------
    >>> is_full(3, 3), is_full(3, 2), is_full(-1, 99)
    (True, False, False)
    """
    return 0 <= capacity <= inside
