"""Measures over tickets and reports: intake, routing, work, residents, supervision."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.i18n import N_
from sim.measures.base import View, measure, ratio, register

# --- intake 受理 ------------------------------------------------------------------------------------------------------------


@measure(N_("Registration rate"), "立案率", group=N_("intake"), unit="share", direction=0, of="issues")
def registration_rate(view: View) -> Any:
    """Tickets registered / reports, both about issues of the measured interval.

    Reports are contacts of residents (each try) and finds that patrols file.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> registration_rate(tiny(issues={"reports": 10, "registered": 9}))
    0.9
    """
    return ratio(view.issues("registered"), view.issues("reports"))


@measure(N_("Duplicate rate"), "重复率", group=N_("intake"), unit="share", direction=-1, of="tickets")
def duplicate_rate(view: View) -> Any:
    """Tickets whose issue already had one / tickets.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> duplicate_rate(tiny(tickets={"due": 10, "duplicate": 1}))
    0.1
    """
    return ratio(view.tickets("duplicate"), view.tickets("due"))


@measure(N_("Lost signals"), "信号丢失率", group=N_("intake"), unit="share", direction=-1, of="tickets")
def lost_signals(view: View) -> Any:
    """Tickets not passed on at some hop / tickets sent up.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> lost_signals(tiny(tickets={"sent_up": 5, "lost": 1}))
    0.2
    """
    return ratio(view.tickets("lost"), view.tickets("sent_up"))


@measure(N_("Repeat rate"), "重复投诉率", group=N_("truth"), unit="share", direction=-1, of="tickets")
def repeat_rate(view: View) -> Any:
    """Tickets for an issue of which one was closed before / tickets.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> repeat_rate(tiny(tickets={"due": 10, "repeat": 2}))
    0.2
    """
    return ratio(view.tickets("repeat"), view.tickets("due"))


# --- routing 派遣 -------------------------------------------------------------------------------------------------------------

@measure(N_("Dispatch accuracy"), "派遣准确率", group=N_("routing"), unit="share", direction=1, of="tickets")
def dispatch_accuracy(view: View) -> Any:
    """Tickets whose first unit is their last / tickets dispatched.

    A ticket of several departments counts as right where no unit returned it.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> dispatch_accuracy(tiny(tickets={"dispatched": 10, "dispatched_right": 9}))
    0.9
    """
    return ratio(view.tickets("dispatched_right"), view.tickets("dispatched"))


@measure(N_("Return rate"), "退单率", group=N_("routing"), unit="share", direction=-1, of="tickets")
def return_rate(view: View) -> Any:
    """Tickets returned or refused at least once / tickets dispatched.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> return_rate(tiny(tickets={"dispatched": 10, "returned": 2}))
    0.2
    """
    return ratio(view.tickets("returned"), view.tickets("dispatched"))


@measure(N_("Bounces"), "推诿次数", group=N_("routing"), unit=N_("per ticket"), direction=-1, of="tickets")
def bounces(view: View) -> Any:
    """Returns and refusals / tickets dispatched.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> bounces(tiny(tickets={"dispatched": 10, "bounces": 12}))
    1.2
    """
    return ratio(view.tickets("bounces"), view.tickets("dispatched"))


@measure(N_("Ping-pong share"), "反复推诿率", group=N_("routing"), unit="share", direction=-1, of="tickets")
def ping_pong_share(view: View) -> Any:
    """Tickets sent to unit A, then B, then A again / tickets dispatched.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> ping_pong_share(tiny(tickets={"dispatched": 10, "ping_pong": 1}))
    0.1
    """
    return ratio(view.tickets("ping_pong"), view.tickets("dispatched"))


@measure(N_("On-time dispatch rate"), "按时派遣率", group=N_("routing"), unit="share", direction=1, of="tickets")
def on_time_dispatch_rate(view: View) -> Any:
    """Tickets first dispatched within 30 minutes of registration (urgent: 10) / tickets dispatched.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> on_time_dispatch_rate(tiny(tickets={"dispatched": 10, "dispatched_in_limit": 7}))
    0.7
    """
    return ratio(view.tickets("dispatched_in_limit"), view.tickets("dispatched"))


# --- work 处置 ----------------------------------------------------------------------------------------------------------------

@measure(N_("Response rate"), "响应率", group=N_("work"), unit="share", direction=1, of="tickets")
def response_rate(view: View) -> Any:
    """Tickets signed within 2 working hours of their dispatch (urgent: 30 minutes) / tickets dispatched.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> response_rate(tiny(tickets={"dispatched": 10, "accepted_in_limit": 8}))
    0.8
    """
    return ratio(view.tickets("accepted_in_limit"), view.tickets("dispatched"))


@measure(N_("Disposal rate"), "处置率", group=N_("work"), unit="share", direction=1, of="tickets")
def disposal_rate(view: View) -> Any:
    """Tickets worked (or found to have nothing left to do) / tickets due.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> disposal_rate(tiny(tickets={"due": 10, "worked": 9}))
    0.9
    """
    return ratio(view.tickets("worked"), view.tickets("due"))


@measure(N_("On-time disposal rate"), "按期处置率", group=N_("work"), unit="share", direction=1, of="tickets")
def on_time_disposal_rate(view: View) -> Any:
    """Tickets worked within the deadline / tickets due.

    The deadline covers all attempts: rework does not start it afresh.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> on_time_disposal_rate(tiny(tickets={"due": 10, "worked_in_time": 8}))
    0.8
    """
    return ratio(view.tickets("worked_in_time"), view.tickets("due"))


@measure(N_("Closing rate"), "结案率", group=N_("work"), unit="share", direction=1, of="tickets")
def closing_rate(view: View) -> Any:
    """Tickets closed / tickets due.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> closing_rate(tiny(tickets={"due": 10, "closed": 9}))
    0.9
    """
    return ratio(view.tickets("closed"), view.tickets("due"))


@measure(N_("On-time closing rate"), "按期结案率", group=N_("work"), unit="share", direction=1, of="tickets")
def on_time_closing_rate(view: View) -> Any:
    """Tickets closed within the deadline / tickets due.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> on_time_closing_rate(tiny(tickets={"due": 10, "closed_in_time": 6}))
    0.6
    """
    return ratio(view.tickets("closed_in_time"), view.tickets("due"))


@measure(N_("Overdue rate"), "超期率", group=N_("work"), unit="share", direction=-1, of="tickets")
def overdue_rate(view: View) -> Any:
    """Tickets not closed by their deadline / tickets due.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> overdue_rate(tiny(tickets={"due": 10, "closed_in_time": 6}))
    0.4
    """
    return ratio(view.tickets("due") - view.tickets("closed_in_time"), view.tickets("due"))


@measure(N_("Used time over limit"), "用时与时限之比", group=N_("work"), unit=N_("times the limit"), direction=-1, of="tickets")
def used_time_ratio(view: View) -> Any:
    """Time from registration to closing / time from registration to the deadline, both summed over the tickets closed.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> used_time_ratio(tiny(tickets={"closing_seconds": 300, "limit_seconds": 200}))
    1.5
    """
    return ratio(view.tickets("closing_seconds"), view.tickets("limit_seconds"))


@measure(N_("Time to closing, mean"), "结案用时均值", group=N_("work"), unit="s", direction=-1, of="tickets")
def time_to_closing_mean(view: View) -> Any:
    """Registered to closed, mean over the tickets closed.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> time_to_closing_mean(tiny(tickets={"closed": 2, "closing_seconds": 7200}))
    3600.0
    """
    return ratio(view.tickets("closing_seconds"), view.tickets("closed"))


@measure(N_("Rework rate"), "返工率", group=N_("work"), unit="share", direction=0, of="tickets")
def rework_rate(view: View) -> Any:
    """Tickets sent back by verification at least once / tickets worked.

    Neither better nor worse by itself: whoever checks nothing sends nothing back.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> rework_rate(tiny(tickets={"worked": 10, "rework": 1}))
    0.1
    """
    return ratio(view.tickets("rework"), view.tickets("worked"))


@measure(N_("False closing rate"), "虚假结案率", group=N_("truth"), unit="share", direction=-1, of="tickets")
def false_closing_rate(view: View) -> Any:
    """Tickets closed as worked while the issue went on (假性整改) / tickets closed.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> false_closing_rate(tiny(tickets={"closed": 10, "closed_false": 2}))
    0.2
    """
    return ratio(view.tickets("closed_false"), view.tickets("closed"))


# --- residents 居民 -----------------------------------------------------------------------------------------------------------

@measure(N_("Satisfaction"), "满意率", group=N_("residents"), unit="share", direction=1, of="tickets")
def satisfaction(view: View) -> Any:
    """Tickets scored 80 or 100 at the call-back / tickets evaluated.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> satisfaction(tiny(tickets={"evaluated": 10, "satisfied": 7}))
    0.7
    """
    return ratio(view.tickets("satisfied"), view.tickets("evaluated"))


@measure(N_("Call-back score"), "回访得分", group=N_("residents"), unit=N_("points"), direction=1, of="tickets")
def score_mean(view: View) -> Any:
    """Mean call-back score (100, 80, 50, 0, -100) over the tickets evaluated.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> score_mean(tiny(tickets={"evaluated": 2, "score_sum": 150}))
    75.0
    """
    return ratio(view.tickets("score_sum"), view.tickets("evaluated"))


# --- assessment 考评 -----------------------------------------------------------------------------------------------------------

@measure(N_("Score of departments"), "部门考评得分", group=N_("tiers"), unit=N_("points"), direction=1, of="whole")
def department_score(view: View) -> Any:
    """Mean score of departments, 0 to 100, over their assessments in the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> department_score(tiny(assessed_departments={"assessed": 2, "points": 1500}))
    75.0
    """
    return ratio(view.assessed_departments("points") / 10, view.assessed_departments("assessed"))


@measure(N_("Score of streets"), "街道考评得分", group=N_("tiers"), unit=N_("points"), direction=1, of="assessed streets")
def street_score(view: View) -> Any:
    """Mean score of streets, 0 to 100, over their assessments in the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> street_score(tiny(assessed_streets={"assessed": 4, "points": 3600}))
    90.0
    """
    return ratio(view.assessed_streets("points") / 10, view.assessed_streets("assessed"))


@measure(N_("Streets listed for supervision"), "挂牌督办率", group=N_("tiers"), unit="share", direction=-1, of="assessed streets")
def listed_share(view: View) -> Any:
    """Assessments of streets that ended below the bar, so that the street was listed / assessments of streets; 0 where there are none.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> listed_share(tiny(assessed_streets={"assessed": 4, "listed": 1}))
    0.25
    """
    return ratio(view.assessed_streets("listed"), np.maximum(view.assessed_streets("assessed"), 1))


# --- supervision 督办 -----------------------------------------------------------------------------------------------------------

def _per_thousand(count: str) -> Any:
    def per_thousand(view: View) -> Any:
        """How often it happened per 1,000 tickets due; neither better nor worse by itself, as there must be somebody to watch.

        Examples
        --------
        >>> from sim.measures.base import MEASURES, tiny
        >>> MEASURES["supervision_orders"].function(tiny(tickets={"due": 500, "ordered": 20}))
        40.0
        """
        return ratio(1000 * view.tickets(count), view.tickets("due"))
    return per_thousand


for _count, _key, _name, _chinese in (
        ("hops_up", "escalations", N_("Escalations"), "上报层级次数"),
        ("ordered", "supervision_orders", N_("Supervision orders"), "督办次数"),
        ("yellow", "yellow_lamps", N_("Yellow lamps"), "黄灯次数"),
        ("red", "red_lamps", N_("Red lamps"), "红灯次数"),
        ("lifted", "lifted", N_("Taken up a tier for being late"), "超时提级次数"),
        ("released", "released", N_("Set going by a dispatching review"), "旬调度释放次数"),
        ("guided", "guided", N_("Guided to self-help"), "私事引导次数"),
        ("consulted", "consulted", N_("Talked over in the community"), "小事议事次数"),
        ("agreed", "agreed", N_("Agreed on in the community"), "小事议成次数"),
        ("fast_way", "fast_way", N_("Big matters with a named owner"), "大事快办次数"),
        ("owned", "owned", N_("Cases owned by leaders"), "领导包案次数")):
    register(_per_thousand(_count), _key, _name, _chinese, group=N_("tiers"), unit=N_("per 1,000 tickets"), direction=0, of="tickets")
