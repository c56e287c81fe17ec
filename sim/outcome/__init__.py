"""What is kept of a run: counts and sums as whole numbers, by one or two axes at a time (margins), never the events themselves.

`count(timeline, tables)` makes them from any engine's timeline, `Outcome` holds them (`arrays`, `axes`, `facts`).  Rates are
ratios of two kept counts, so margins of several replications may be added before dividing.  `sim.outcome.compiled` gives the same
outcome from rows as an engine writes them, in compiled code; what is counted is defined here.

**Which issues and tickets count.**  Issues belong to the day they occur, tickets to the day they fall due, events and staff
time to the second they happen.  Only those in the measured interval `[warm_up, warm_up + horizon)` count; the run-out lets late
ones end; what is still open when the run stops is censored (`open`), never dropped.  Arrays by day reach over the whole run
(warm-up and run-out included), the only exception.  In a bare system an issue is a customer, a category a class, resolved means
served and departed, gone means lost (blocked or hung up).

**Margins.**  Every array is int64; s = seconds; "axes" are keys of `Outcome.axes`, whose entries are the labels in order.

=========================  ====================================  ===============================================================
array                      axes                                  meaning, unit
=========================  ====================================  ===============================================================
issues_by_category         category, issue_count                 issues and sums over issues (below)
issues_by_severity         severity, issue_count                 severity when it occurred
issues_by_street           street, issue_count                   the street in which it lies
issues_by_community        community, issue_count
issues_by_estate_class     estate_class, issue_count
issues_by_day              day, issue_count                      day of occurrence, whole run
tickets_by_category        category, ticket_count                tickets and sums over tickets (below)
tickets_by_severity        severity, ticket_count                severity when registered
tickets_by_tier            tier, ticket_count                    tier of the last unit that had it
tickets_by_street          street, ticket_count
tickets_by_community       community, ticket_count
tickets_by_day             day, ticket_count                     day it fell due, whole run
scores_by_category         category, score                       evaluated tickets by call-back score
scores_by_street           street, score
scores_by_community        community, score
times_by_severity          severity, time, bin                   histogram of durations (`time` below), bins `TIME_EDGES`
times_by_category          category, time, bin
flow                       category, found_at, sent_to, ended_at issues: tier that learnt of it first -> highest tier one of
                                                                 its tickets was sent to -> where it ended (tier of the unit
                                                                 that truly resolved it, gone, or open)
stages_by_category         category, stage                       s, the whole life of the issues, split (`stage` below)
stages_by_severity         severity, stage
stages_by_street           street, stage
stages_by_end              ended_at, stage
pools                      pool, pool_count                      jobs and seconds of each pool (below)
pool_waits                 pool, wait_bin                        waits of jobs that started, joined -> first start, bins
                                                                 `WAIT_EDGES`
pool_wait_at               pool, wait_quantile                   s, exact order statistics of the same waits (-1 without jobs)
pool_stays                 pool, wait_bin                        sojourns of jobs that ended, joined -> ended
waits_by_category          category, wait_place, wait_count      the same by category (consultations of it included): place is
                                                                 the pool in a bare system, the pool kind in a city
load                       load, weekday, hour                   contacts and occurrences (number), desk_busy and field_busy (s)
backlog                    day, backlog_state, tier              at the last second of the day: latent (issues; stand at tier
                                                                 grid), waiting and in_work (jobs at pools of the tier)
daily                      day, daily_count                      events of the day; issues and tickets open at its last second
assessments_by_department  department, assessment_count          assessments, points of 1000, listings
assessments_by_street      street, assessment_count
trust_by_community         community, trust_count                trust at the end of the run, thousandths
heads, pay                 pool                                  members; pay of the measured interval in millionths of a yuan
population_by_street       street                                residents
population_by_community    community
=========================  ====================================  ===============================================================

Labels of the axes that are fixed (the others are names from the scenario):

- `issue_count`: see `ISSUE_COUNTS`; `ticket_count`: `TICKET_COUNTS`; `pool_count`: `POOL_COUNTS`; `daily_count`:
  `DAILY_COUNTS`; `wait_count`: `WAIT_COUNTS`; `assessment_count`: `ASSESSMENT_COUNTS`;
  `trust_count`: `TRUST_COUNTS`.
- `severity`: ordinary, serious, urgent.  `tier`: grid, community, street, district.  `score`: 100, 80, 50, 0, -100.
- `time`: `TIMES`.  For the share resolved over time feed `resolved`, `gone`, `open` to `sim.measures.cumulative_incidence`.
- `stage`: `STAGES`.  At any second an issue is in exactly one: the first that applies of rework (worked on or travelled to
  after it was sent back), working, handling (a clerk files it, a check is made), travelling, resting (its worker is off duty),
  waiting_* (in a queue, by pool kind), hand_off (a ticket is on its way or being held), lying (known, but no ticket moves),
  latent (nobody knows). They add up to the life, from occurrence to true resolution, natural end or the end of the run.
- `found_at`, `sent_to`: the four tiers, then nobody.  `ended_at`: the four tiers (truly resolved there), gone, open, prevented.
- `load`: contacts, occurrences, desk_busy, field_busy.  `backlog_state`: latent, waiting, in_work.
- `pool_kind`, `pool_tier`, `pool_role`, `pool_title_en`, `pool_title_zh`: one label for each pool, beside `pool`.
- `day`: ISO dates of the whole run; days of the measured interval are `facts["first_day"] <= index < facts["last_day"]`.

`TIME_EDGES` and `WAIT_EDGES` (s) are the bins' left edges; bin k holds `edge[k] <= duration < edge[k + 1]`, the last bin has no
end. `TIME_EDGES` has edges at exactly 1, 7, 30, 90 and 180 days.

`facts`: scenario, kind ("city" or "bare"), warm_up, horizon, run_out, end (s), residents, first_day, last_day, start (ISO
date); surge_days where there are surges: their first days; reform_days where
there is a reform: those on which somebody changes.

Examples
--------
>>> int(TIME_EDGES[(TIME_EDGES == 7 * 86400).argmax()]) // 86400
7
>>> len(STAGES), STAGES[0]
(14, 'latent')
"""

from sim.outcome.counting import count
from sim.outcome.margins import (
    ASSESSMENT_COUNTS,
    BACKLOG_STATES,
    DAILY_COUNTS,
    ENDED_AT,
    FOUND_AT,
    ISSUE_COUNTS,
    LOADS,
    POOL_COUNTS,
    SCORES,
    SEVERITIES,
    STAGES,
    TICKET_COUNTS,
    TIME_EDGES,
    TIMES,
    TRUST_COUNTS,
    WAIT_COUNTS,
    WAIT_EDGES,
    WAIT_QUANTILES,
    Outcome,
)

__all__ = ["ASSESSMENT_COUNTS", "BACKLOG_STATES", "DAILY_COUNTS", "ENDED_AT", "FOUND_AT", "ISSUE_COUNTS", "LOADS",
           "POOL_COUNTS", "SCORES", "SEVERITIES", "STAGES", "TICKET_COUNTS", "TIMES", "TIME_EDGES", "TRUST_COUNTS",
           "WAIT_COUNTS", "WAIT_EDGES", "WAIT_QUANTILES", "Outcome", "count"]
