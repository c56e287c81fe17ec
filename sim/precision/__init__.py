"""How many replications are enough: until every named interval is as narrow as asked for (重复仿真次数与精度).

The replications algorithm of Hoad, Robinson and Davies: replications are added one after the other, and after each the half-width
of the interval is held against what was asked for.  The first number at which it is narrow enough is the answer, if it stays so
for some more replications (the look-ahead): an interval of few values may be narrow by chance.  With several targets all of them
must hold together.

Replications are judged in their order and in no other way, so that the answer does not depend on how many are run at a time, nor
on which of them are finished first.  Whoever runs them asks `Judge` how far to go: as far as it says is needed whatever comes.

A rule that looks at the data to decide when to stop makes intervals a little too narrow.  In simulations with normal, gamma,
lognormal and exponential values, 95% intervals so found hold the true mean in 93 to 95 of 100 cases; without the look-ahead, and
where few replications suffice, in 91.

References
----------
Hoad, K., Robinson, S. and Davies, R. (2010). Automated selection of the number of replications for a discrete-event simulation.
Journal of the Operational Research Society 61, 1632-1644.
"""

from __future__ import annotations

from sim.precision.growing import Growing, extend, extend_until, until_precise
from sim.precision.pairing import pairing_sentence, pairing_table
from sim.precision.rule import LEAST, LOOK_AHEAD, MOST, Judge, Judgement, Needed, look_ahead_of, needed
from sim.precision.targets import OPTION, Target, read_targets, value_of

__all__ = ["LEAST", "LOOK_AHEAD", "MOST", "OPTION", "Growing", "Judge", "Judgement", "Needed", "Target", "extend", "extend_until", "look_ahead_of",
           "needed", "pairing_sentence", "pairing_table", "read_targets", "until_precise", "value_of"]
