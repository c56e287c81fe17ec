"""The compiled count: `Counter` takes an engine's rows as they are written, and nobody has to keep them.

Only where Numba is installed (`sim.compiling.available`).  `sim.outcome.count` says what is counted; this says the same, once over the
rows, in memory for what is alive.
"""

from sim.outcome.compiled.counter import Counter, count_compiled

__all__ = ["Counter", "count_compiled"]
