"""Order within a second and within a queue: what the model says about ties, as plain numbers for every engine.

Events of one second go by phase (`sim.timeline.Phase`), then by subject, then by a detail; jobs in a queue by a key, then by issue,
then by a tail.  All of them are whole numbers without unit; times in them are seconds since the start.
"""

from __future__ import annotations

from sim.compiling import inlined

__all__ = ["ANALYSIS", "ASSESSMENT", "DISPATCHING", "FIRST_REPORTERS", "FOUND", "LATENESS", "OWNERS", "RAISED", "SENSOR_ATTEMPT",
           "SETTLED", "SWEEP_TAIL", "SWEPT", "TERMINAL_ATTEMPT", "WAKES", "WHOLE_DISTRICT", "beyond_all", "contact_tail",
           "detail_of_busy", "detail_of_notice", "detail_of_patience", "detail_of_resident", "detail_of_review", "detail_of_ticket",
           "queue_key", "rank", "ticket_tail"]

# --- order within a second -------------------------------------------------------------------------------------------------
# What falls on one second and has the same phase goes by subject (issue, member, pool), and for one subject by a detail below 4096.

FIRST_REPORTERS = 4
"""So many residents at most notice an issue by themselves; those who report it again after a closed ticket are numbered from here."""
FOUND = 4000
"""Detail of a find on patrol."""
WAKES = 1
"""Detail of a pool that looks for somebody on duty at a shift's start: after the shifts of members that end."""
TERMINAL_ATTEMPT = 1 << 19
"""Number of the attempt of a report by terminal, which has no luck of its own; more than any resident ever makes."""
SWEPT = 20
"""Detail of a sweep that passes an issue: between its residents and those who report it again."""
SWEEP_TAIL = 0
"""Last part of the queue's order of a sweep's find: before all tickets of the issue."""
DISPATCHING, OWNERS, LATENESS = 0, 1, 2
"""Kinds of periodic reviews of a ticket, for `detail_of_review`."""
WHOLE_DISTRICT = (1 << 32) - 1
"""Subject of what concerns no single issue: after all issues."""
RAISED = 12
"""Detail of a sensor's alarm: after those who notice, before those who call again."""
SENSOR_ATTEMPT = TERMINAL_ATTEMPT + 1
"""The same number for an alarm."""
ANALYSIS, ASSESSMENT = 0, 1
"""Details of reviews of the whole district; from the last on by unit assessed."""
SETTLED = 13
"""Detail of those who deal with an issue themselves, the first of them: after an alarm."""
_SUBJECT_BITS, _DETAIL_BITS = 32, 12
_NOTICES, _CALLS, _REPEATS, _TICKETS, _BUSY = 2, 16, 32, 64, FOUND + 1
_REVIEWS, _REVIEW_BITS = 2048, 8


@inlined
def rank(phase: int, subject: int, detail: int = 0) -> int:
    """Order within a second: phase, then subject (below 2**32), then a detail (below 2**12).

    Examples
    --------
    >>> rank(0, 5) < rank(0, 6) < rank(0, 6, 1) < rank(1, 0)
    True
    """
    return (((phase << _SUBJECT_BITS) + subject) << _DETAIL_BITS) + detail


@inlined
def detail_of_notice(reporter: int) -> int:
    """Detail of a resident who comes by an issue: the first reporters by number, then those who report it again.

    Examples
    --------
    >>> [detail_of_notice(reporter) for reporter in (0, 3, 4, 5, 99)]
    [2, 5, 36, 37, 63]
    """
    return _NOTICES + reporter if reporter < FIRST_REPORTERS else min(_REPEATS + reporter, _TICKETS - 1)


@inlined
def detail_of_resident(reporter: int) -> int:
    """Detail of what this resident does later: calls again, asks again.  Who only has a question counts as reporter 0.

    Examples
    --------
    >>> [detail_of_resident(reporter) for reporter in (0, 3, 4, 99)]
    [16, 19, 36, 63]
    """
    return _CALLS + reporter if reporter < FIRST_REPORTERS else min(_REPEATS + reporter, _TICKETS - 1)


@inlined
def detail_of_ticket(ordinal: int) -> int:
    """Detail of a step of an issue's ticket (from 0): after its residents, before its finds.

    Examples
    --------
    >>> detail_of_ticket(0), detail_of_ticket(10_000)
    (64, 3999)
    """
    return min(_TICKETS + ordinal, FOUND - 1)


@inlined
def detail_of_review(ordinal: int, kind: int) -> int:
    """Detail of a periodic review of an issue's ticket (from 0), which may fall on the second of a lamp: after all lamps, by kind.

    Examples
    --------
    >>> detail_of_review(0, 0) > detail_of_ticket(1000), detail_of_review(999, 0) < detail_of_review(0, 1)
    (True, True)
    """
    return _REVIEWS + (kind << _REVIEW_BITS) + min(ordinal, (1 << _REVIEW_BITS) - 1)


@inlined
def detail_of_busy(attempt: int) -> int:
    """Detail of a caller who finds all lines taken: last of all that happens to the issue.

    Examples
    --------
    >>> detail_of_busy(0), detail_of_busy(10_000)
    (4001, 4095)
    """
    return min(_BUSY + attempt, (1 << _DETAIL_BITS) - 1)


@inlined
def detail_of_patience(attempt: int) -> int:
    """Detail of a caller who loses patience: by the number of the call, after an issue's end by itself.

    Examples
    --------
    >>> detail_of_patience(0), detail_of_patience(10_000)
    (1, 4095)
    """
    return min(1 + attempt, (1 << _DETAIL_BITS) - 1)


@inlined
def beyond_all(pool: int) -> int:
    """Number, among all members, of the first who comes to a pool only when needed: beyond those of all who are always there.

    Examples
    --------
    >>> beyond_all(1) - beyond_all(0)
    1048576
    """
    return (1 << 24) + (pool << 20)


@inlined
def queue_key(fcfs: int, urgency: int, since: int, now: int) -> int:
    """Place in a queue, smaller first: by urgency, then by the time registered; in an `fcfs` queue by the time of joining.

    Examples
    --------
    >>> queue_key(0, 8, 500, 900) < queue_key(0, 8, 501, 900) < queue_key(0, 9, 0, 900), queue_key(1, 8, 500, 900)
    (True, 900)
    """
    return now if fcfs else (urgency << 32) + since


@inlined
def ticket_tail(ordinal: int, given: int) -> int:
    """Last part of a queue's order, among jobs of one issue: by ticket, then by the number of the job given out for it.

    Examples
    --------
    >>> ticket_tail(0, 2) < ticket_tail(1, 1)
    True
    """
    return (ordinal << 12) + given


@inlined
def contact_tail(attempt: int) -> int:
    """The same for contacts: by number of the attempt, before all tickets of the issue.

    Examples
    --------
    >>> contact_tail(0) < contact_tail(1) < contact_tail(TERMINAL_ATTEMPT) < ticket_tail(0, 1)
    True
    """
    return attempt - (1 << 20)
