"""How many people, and when? The planner's questions about staff (人员配置).

`staff` finds the cheapest heads that meet every target; `sustain` the largest demand that given heads stand; `shifts` the hours
in which given heads should work.  All try their points on common random numbers and say what is certain about the answer.
"""

from sim.staffing.answers import Answer, StaffingAnswer
from sim.staffing.bench import Effort
from sim.staffing.demand import DemandAnswer, demand_range, sustain
from sim.staffing.pools import Lever, StaffingError, known_pools, lever
from sim.staffing.rosters import ShiftAnswer, shifts
from sim.staffing.search import staff
from sim.staffing.targets import MET, MISSED, UNDECIDED, Target, target

__all__ = ["MET", "MISSED", "UNDECIDED", "Answer", "DemandAnswer", "Effort", "Lever", "ShiftAnswer", "StaffingAnswer", "StaffingError",
           "Target", "demand_range", "known_pools", "lever", "shifts", "staff", "sustain", "target"]
