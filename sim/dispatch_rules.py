"""Settings of the desks and of routing, as every engine reads them: part of the tables (`sim.tables`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["DispatchRules"]


@dataclass(frozen=True)
class DispatchRules:
    """Settings of the desks and of routing, the same for all of an organisation.  Times in seconds, chances plain."""

    handling_mean: np.ndarray       # by channel, clerk's time for a report (lognormal, cv `handling_cv`)
    consultation_mean: float
    forward_mean: float             # taking over or sending again
    call_back_mean: float           # 核查 by telephone
    handling_cv: float
    wrong_centre: float             # chance that a resident picks the wrong one of several centres
    transfer_mean: float            # paper routing between platforms (lognormal cv 0.5)
    signal_pass: float              # chance that a hop passes a ticket on
    signal_time: float              # mean time a hop takes (lognormal cv 1)
    signal_recovery: float          # shared ledger: after this what a hop lost is seen and taken up; silos: never by itself
    force_keep: float               # factor of each hop down on the chance of a true fix
    mis_dispatch: float
    too_low: float                  # share of wrong dispatches of district work that go to a street without authority
    hold_mean: float                # a wrong unit holds it (lognormal cv 1)
    refuse: float
    sign_in_mean: float             # 签收 in working time of the unit (lognormal cv 1)
    sign_in_urgent: float           # factor on it for urgent issues
    ruling_after: int               # after so many returns the centre rules; -1 never
    delegated: np.ndarray           # (categories,) share of district work that street teams may do
    parallel: int                   # joint work: 1 all parts at once, 0 one after another
    convene: float                  # parallel: until the team stands (s)
    true_fix: float                 # base chance of a true fix
    look: float                     # time to see that nothing is left to do (s)
    supervision: int                # 1: lamps and orders
    lamp_yellow: float              # share of the limit
    lamp_red: float
    lift: float                     # share of the limit at which it is taken up a tier; 0 never
    order_effort: float             # factor of an order on the chance of a true fix
    verify_share: float             # share of worked tickets checked
    verify_by_call: float           # share of the checks made by telephone, the rest by grid workers
    verify_mean: float              # a check on the spot with its way (lognormal cv 0.5)
    verify_detects: float           # chance that a check sees a false fix
    # screening
    screened: np.ndarray            # (categories,) chance that a sweep finds what nobody knows of
    sweep_every: float              # time between two sweeps; 0 none
    sweep_mean: float               # staff time a find (lognormal cv 0.5)
    dispatch_every: float           # time between two dispatching reviews; 0 none
    stuck_after: float              # a ticket open for so long with nobody at work on it is stuck
    # root causes
    cluster: np.ndarray             # (categories,) root-cause cluster
    analysis_every: float           # time between two analyses; 0 none
    analysis_least: int             # tickets that make a class of cases
    analysis_cut: float             # share of what still arises that work on its causes prevents
    analysis_half_life: float       # time in which half of that is lost again
    # assessment
    assess_every: float             # time between two assessments; 0 none
    self_share: float               # weight of a unit's own score
    self_bias: float                # what it adds to it
    bar: float                      # a score below it is felt
    assess_effort: float            # what a department without points adds to the chance of a true fix
    refusal_cut: float              # share of its refusals that it gives up
    listed_effort: float            # factor on the chance of a true fix of a listed street
    listed_checks: float            # share of the work checked there at least
    # three ways
    three_ways: int                 # 1: matters are sorted by nature
    nature: np.ndarray              # (categories, 3) cumulative over private, small, big
    deliberation: float             # mean time of it (lognormal cv 1)
    help_case: float                # share of private matters that come back
    help_after: float               # mean time until then (exponential)
    settles_after: float            # mean time in which the others are settled (exponential)
    meeting_every: float            # time between two community meetings
    meeting: float                  # mean time of a matter there
    agree: float                    # chance of an agreement
    # case owners
    owned_at_most: int              # cases owned in a street at a time; 0 none
    owned_after: float              # a ticket open for so long gets an owner
    own_repeats: int                # 1: so does a repeated one, at once
    own_again: float                # time until it is asked again where nobody has room
    owner_effort: float             # factor of an owner on the chance of a true fix
    # padding
    padding: int                    # 1: there is a quota of reports
    quota: float                    # reports asked of a grid worker in a period
    padding_period: int             # s
