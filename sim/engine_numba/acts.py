"""What can lie ahead in the compiled engine: the numbers of its steps."""

from __future__ import annotations

ENDS_BY_ITSELF, WORSENS, NOTICES = 1, 2, 3
COMPLETES, HANDS_OVER, WAKES, LOSES_PATIENCE, GOES_ON, LINE_BUSY, HANGS_UP, LOOKS = 4, 5, 6, 7, 8, 9, 10, 11
ARRIVES, IS_SEEN, CONVENES, RETURNS, REFUSES, ACCEPTS, REVIEWS = 12, 13, 14, 15, 16, 17, 18
SWEEPS_BY, DISPATCHES = 60, 61      # screening
ANALYSES = 62                       # root causes
ASSESSES = 63                       # assessment
SORTS, MEETS = 64, 65               # three ways
OWNS = 66                           # case owners
PETITIONS, IS_LATE = 67, 68         # petitions
SURVEYS = 69                        # trust
MORE = 8        # bits of a step's number; what else it needs to know stands above them
ISSUES, TICKETS = NOTICES, ARRIVES     # the last step of an issue, the first of a ticket
