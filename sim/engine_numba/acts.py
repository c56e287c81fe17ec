"""What can lie ahead in the compiled engine: the numbers of its steps."""

from __future__ import annotations

ENDS_BY_ITSELF, WORSENS, NOTICES = 1, 2, 3
COMPLETES, HANDS_OVER, WAKES, LOSES_PATIENCE, GOES_ON, LINE_BUSY, HANGS_UP, LOOKS = 4, 5, 6, 7, 8, 9, 10, 11
ARRIVES, IS_SEEN, CONVENES, RETURNS, REFUSES, ACCEPTS, REVIEWS = 12, 13, 14, 15, 16, 17, 18
SWEEPS_BY, DISPATCHES = 60, 61      # screening
ANALYSES = 62                       # root causes
ALARMS = 80     # a sensor's alarm on an issue
ASSESSES = 63                       # assessment
SETTLES = 81    # those who live there have dealt with an issue
SORTS, MEETS = 64, 65               # three ways
OWNS = 66                           # case owners
PETITIONS, IS_LATE = 67, 68         # petitions
SURVEYS = 69                        # trust
REFORMS, IS_HANDED = 90, 91         # reform
MORE = 8        # bits of a step's number; what else it needs to know stands above them
ISSUES, TICKETS = NOTICES, ARRIVES     # the last step of an issue, the first of a ticket
WHOSE = {"issues": (ENDS_BY_ITSELF, WORSENS, NOTICES, SWEEPS_BY, ALARMS, SETTLES),
         "members": (COMPLETES, HANDS_OVER), "pools": (WAKES, LOOKS),
         "jobs": (LOSES_PATIENCE, HANGS_UP, IS_HANDED), "residents": (GOES_ON, LINE_BUSY),
         "tickets": (*range(ARRIVES, REVIEWS + 1), DISPATCHES, SORTS, MEETS, OWNS)}
"""Whose steps they are: the array of records in which each has its place."""
