"""Root-cause analysis 类案分析: whoever counts the classes of cases and has the worst one worked on."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.draws.random import Block
from sim.engine_numba.acts import ANALYSES
from sim.engine_numba.clock import rank, record, schedule
from sim.engine_numba.layout import category_at, cause_at, issue_at, rules_of
from sim.engine_numba.luck import luck_of
from sim.order import ANALYSIS, WHOLE_DISTRICT
from sim.root_causes import NO_CLUSTER, after_work, is_prevented, reduction, said_of_analysis, worst
from sim.screening import next_round
from sim.timeline import Event, Phase

__all__ = ["analyses", "expect_analysis", "prevents"]

_ANALYSED, _REVIEW, _CAUSE = int(Event.ANALYSED), int(Phase.REVIEW), int(Block.CAUSE)


@part
def expect_analysis(w):
    """The next analysis, if there are any."""
    schedule(w, next_round(w.now, rules_of(w).analysis_every), rank(_REVIEW, WHOLE_DISTRICT, ANALYSIS), ANALYSES, 0, w.district)


@part
def analyses(w):
    """类案分析: the worst cluster is worked on, a share of what would still arise from it is prevented from now on."""
    rules, chosen, most = rules_of(w), NO_CLUSTER, 0
    for cluster in range(w.clusters_n):
        chosen, most = worst(chosen, most, cluster, cause_at(w, cluster).tickets, rules.analysis_least)
        cause_at(w, cluster).tickets = 0
    if chosen != NO_CLUSTER:
        cause = cause_at(w, chosen)
        cause.level, cause.since = after_work(_share(w, chosen), rules.analysis_cut), w.now
        record(w, _ANALYSED, -1, -1, -1, -1, said_of_analysis(chosen, most))
    expect_analysis(w)


@part
def _share(w, cluster):
    """Share of a cluster's issues that is prevented now."""
    cause = cause_at(w, cluster)
    return reduction(cause.level, w.now - cause.since, rules_of(w).analysis_half_life)


@part
def prevents(w, i):
    """Whether an issue that would arise now does not, since its cause was worked on."""
    cluster = category_at(w, issue_at(w, i).category).cluster
    if cause_at(w, cluster).level == 0.0:
        return False
    return is_prevented(luck_of(w, i, _CAUSE, 0)[0], _share(w, cluster))
