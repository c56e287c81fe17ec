"""What an issue and a ticket leave in the margins when nothing more can happen to them: twins of `outcome.issues` and `outcome.tickets`."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import melted_part, part
from sim.outcome.compiled.memory import counts_of, grids_of, row_of, stages_of
from sim.outcome.compiled.spells import bin_of, here_at_midnight
from sim.outcome.days import OLD
from sim.outcome.margins import (
    BACKLOG_STATES,
    DAILY_COUNTS,
    DAY,
    ENDED_AT,
    FOUND_AT,
    HOUR,
    ISSUE_COUNTS,
    SCORES,
    SEVERITIES,
    STAGES,
    TICKET_COUNTS,
    TIME_EDGES,
    TIMES,
)
from sim.outcome.tickets import DISPATCH_LIMIT, RESPONSE_LIMIT
from sim.tables import TIERS
from sim.timeline import NEVER, Close, Registered

__all__ = ["GONE", "OPEN", "PREVENTED", "RESOLVED", "issue_is_over", "ticket_is_over", "times_of_issue", "times_of_ticket"]

OPEN, RESOLVED, GONE, PREVENTED = range(4)
"""How an issue ended."""

_ISSUE, _TICKET, _DAILY, _STAGES, _BINS, _TIMES, _FLOW, _ENDS = (
    len(names) for names in (ISSUE_COUNTS, TICKET_COUNTS, DAILY_COUNTS, STAGES, TIME_EDGES, TIMES, FOUND_AT, ENDED_AT))
_FOUND_BY_SENSOR, _AT_SETTLED, _PETITIONS = (ISSUE_COUNTS.index(name) for name in ("found_by_sensor", "settled", "petitions"))
_NOBODY, _AT_GONE, _AT_OPEN = FOUND_AT.index("nobody"), ENDED_AT.index("gone"), ENDED_AT.index("open")
_AT_PREVENTED = ENDED_AT.index("prevented")
_BACKLOG = len(BACKLOG_STATES) * len(TIERS)
_URGENT, _SCORES, _FIRST, _REPEAT, _DONE = len(SEVERITIES) - 1, len(SCORES), int(Registered.FIRST), int(Registered.REPEAT), int(Close.WORKED)
_D_OCCURRED, _D_DISCOVERED, _D_RESOLVED, _D_GONE, _D_KNOWN, _D_DUE, _D_OPEN, _D_OLD = (DAILY_COUNTS.index(name) for name in (
    "occurred", "discovered", "resolved", "gone", "known", "due", "open_tickets", "old_tickets"))


@melted_part
def _on_day(book, second, column):
    """One more on the day of a second."""
    if second // DAY < book.days:
        counts_of(book)[book.daily + second // DAY * _DAILY + column] += 1


@melted_part
def _add(book, margin, group, size):
    """The row just made up is added to those of a group."""
    out, row = counts_of(book), row_of(book)
    cell = margin + group * size
    for column in range(size):
        out[cell + column] += row[column]


@melted_part
def _add_stages(book, margin, group, stages):
    """Seconds in each stage are added to those of a group."""
    out = counts_of(book)
    cell = margin + group * _STAGES
    for stage in range(_STAGES):
        out[cell + stage] += stages_of(book)[stages + stage]


@part
def _in_bins(book, severity, category, time, duration):
    """A duration, by severity and by category."""
    out, where = counts_of(book), bin_of(TIME_EDGES, duration)
    out[book.times_by_severity + (severity * _TIMES + time) * _BINS + where] += 1
    out[book.times_by_category + (category * _TIMES + time) * _BINS + where] += 1


# --- issues ---------------------------------------------------------------------------------------------------------------------


@part
def issue_is_over(book, issue, slot):
    """An issue has ended and left nothing behind, or the run has stopped: it is counted."""
    out, grid = counts_of(book), grids_of(book)[max(issue.grid, 0)]
    occurred, found = issue.occurred, issue.discovered >= 0
    ended = issue.ended if issue.how else book.end
    here_at_midnight(book, book.backlog, _BACKLOG, occurred, issue.discovered if found else ended)
    _on_day(book, occurred, _D_OCCURRED)
    if found:
        _on_day(book, issue.discovered, _D_DISCOVERED)
        here_at_midnight(book, book.daily + _D_KNOWN, _DAILY, issue.discovered, ended)
    if issue.how == RESOLVED or issue.how == GONE:
        _on_day(book, ended, _D_RESOLVED if issue.how == RESOLVED else _D_GONE)
    _row_of_issue(book, issue, ended)
    _add(book, book.issues_by_day, min(occurred // DAY, book.days - 1), _ISSUE)
    if not issue.counted:
        return
    out[book.occurrences + occurred // HOUR] += 1
    _add(book, book.issues_by_category, issue.category, _ISSUE)
    _add(book, book.issues_by_severity, issue.severity, _ISSUE)
    ended_at = max(issue.resolved_tier, 0) if issue.how == RESOLVED else _AT_GONE if issue.how == GONE else _AT_OPEN
    if issue.how == PREVENTED:
        ended_at = _AT_PREVENTED
    sent_tier = issue.sent_tier if issue.sent_tier >= 0 else _NOBODY
    cell = (issue.category * _FLOW + issue.found_tier) * _FLOW + sent_tier
    out[book.flow + cell * _ENDS + ended_at] += 1
    _add_stages(book, book.stages_by_category, issue.category, slot * _STAGES)
    _add_stages(book, book.stages_by_severity, issue.severity, slot * _STAGES)
    _add_stages(book, book.stages_by_end, ended_at, slot * _STAGES)
    if book.city:
        _add(book, book.issues_by_street, grid.street, _ISSUE)
        _add(book, book.issues_by_community, grid.community, _ISSUE)
        _add(book, book.issues_by_estate_class, grid.estate_class, _ISSUE)
        _add_stages(book, book.stages_by_street, grid.street, slot * _STAGES)
    if issue.how != PREVENTED:
        times_of_issue(book, issue, ended)


@melted_part
def times_of_issue(book, issue, ended):
    """Its durations, in the order of `TIMES`."""
    severity, category, life, how = issue.severity, issue.category, ended - issue.occurred, issue.how
    outcome = 2 if how == RESOLVED else 3 if how == GONE else 4
    _in_bins(book, severity, category, outcome, life)
    if issue.discovered >= 0:
        _in_bins(book, severity, category, 0, issue.discovered - issue.occurred)
        _in_bins(book, severity, category, outcome + 3, ended - issue.discovered)
    else:
        _in_bins(book, severity, category, 1, life)


@melted_part
def _row_of_issue(book, issue, ended):
    """What an issue adds to each of `ISSUE_COUNTS`."""
    row = row_of(book)
    occurred, discovered, found, resolved = issue.occurred, issue.discovered, issue.discovered >= 0, issue.how == RESOLVED
    row[0] = 1
    row[1] = found
    row[2] = found and issue.by_staff
    row[3] = not found and not issue.settled and issue.how != PREVENTED
    row[4] = resolved
    row[5] = issue.how == GONE
    row[6] = issue.how == OPEN
    row[7] = issue.worsened
    row[8] = issue.claimed
    row[9] = max(issue.reports, issue.registered)
    row[10] = issue.registered
    row[11] = discovered - occurred if found else 0
    row[12] = ended - occurred if resolved else 0
    row[13] = ended - discovered if resolved and found else 0
    row[14] = ended - occurred
    row[15] = issue.weight * ended - issue.base
    row[16] = found and issue.screened
    row[17] = issue.how == PREVENTED
    row[_FOUND_BY_SENSOR] = found and issue.by_sensor
    row[_AT_SETTLED] = issue.settled
    row[_PETITIONS] = issue.petitions


# --- tickets --------------------------------------------------------------------------------------------------------------------


@part
def ticket_is_over(book, ticket, issue):
    """A ticket is closed and nobody works on it any more, or the run has stopped: it is counted."""
    out, grid = counts_of(book), grids_of(book)[max(issue.grid, 0)]
    registered, due = ticket.registered, ticket.due
    until = ticket.closed if ticket.closed >= 0 else book.end
    here_at_midnight(book, book.daily + _D_OPEN, _DAILY, registered, until)
    if registered + OLD < until or until >= book.end:
        here_at_midnight(book, book.daily + _D_OLD, _DAILY, registered + OLD, until)
    if due < NEVER:
        _on_day(book, due, _D_DUE)
    if due >= book.days * DAY:
        return
    _row_of_ticket(book, ticket, issue)
    _add(book, book.tickets_by_day, due // DAY, _TICKET)
    if due < book.low or due >= book.high:
        return
    _add(book, book.tickets_by_category, issue.category, _TICKET)
    _add(book, book.tickets_by_severity, ticket.severity, _TICKET)
    _add(book, book.tickets_by_tier, ticket.tier, _TICKET)
    if book.city:
        _add(book, book.tickets_by_street, grid.street, _TICKET)
        _add(book, book.tickets_by_community, grid.community, _TICKET)
    if ticket.scored >= 0:
        out[book.scores_by_category + issue.category * _SCORES + ticket.scored] += 1
        if book.city:
            out[book.scores_by_street + grid.street * _SCORES + ticket.scored] += 1
            out[book.scores_by_community + grid.community * _SCORES + ticket.scored] += 1
    times_of_ticket(book, ticket, issue, until)


@melted_part
def times_of_ticket(book, ticket, issue, until):
    """How long it was open: until it closed, or at least."""
    _in_bins(book, ticket.severity, issue.category, 8 if ticket.closed >= 0 else 9, until - ticket.registered)


@melted_part
def _row_of_ticket(book, ticket, issue):
    """What a ticket adds to each of `TICKET_COUNTS`."""
    row = row_of(book)
    registered, due, closed, dispatched = ticket.registered, ticket.due, ticket.closed, ticket.dispatched >= 0
    ended, worked, bounces = closed >= 0, ticket.worked if ticket.worked >= 0 else closed, ticket.returns + ticket.refused
    answered = ticket.signed - ticket.dispatched if ticket.severity == _URGENT else ticket.signed_office - ticket.dispatched_office
    scored = ticket.scored >= 0
    row[0] = 1
    row[1] = ticket.reason != _FIRST
    row[2] = ticket.reason == _REPEAT
    row[3] = ticket.hops > 0 or ticket.lost
    row[4] = ticket.lost
    row[5] = ticket.hops
    row[6] = dispatched
    row[7] = dispatched and ticket.dispatched - registered <= DISPATCH_LIMIT[ticket.severity]
    row[8] = dispatched and (ticket.first == ticket.last or ticket.returns == 0)
    row[9] = ticket.signed >= 0
    row[10] = dispatched and ticket.signed >= 0 and answered <= RESPONSE_LIMIT[ticket.severity]
    row[11] = dispatched and bounces > 0
    row[12] = bounces
    row[13] = dispatched and bounces > 0 and ticket.ping_pong
    row[14] = worked >= 0
    row[15] = worked >= 0 and worked <= due
    row[16] = ended
    row[17] = ended and closed <= due
    row[18] = ended and ticket.how == _DONE and (issue.how != RESOLVED or issue.ended > closed)
    row[19] = ticket.checked
    row[20] = ticket.rework
    row[21] = ticket.yellow
    row[22] = ticket.red
    row[23] = ticket.ordered
    row[24] = ticket.lifted
    row[25] = scored
    row[26] = scored and ticket.score >= 80
    row[27] = ticket.score if scored else 0
    row[28] = closed - registered if ended else 0
    row[29] = due - registered if ended and due < NEVER else 0
    row[30] = ticket.released
    row[31] = ticket.guided
    row[32] = ticket.consulted
    row[33] = ticket.agreed
    row[34] = ticket.fast_way
    row[35] = ticket.owned
