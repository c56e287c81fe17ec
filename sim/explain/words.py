"""The answer of an explanation in words, claiming no more than was seen (归因结论)."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.i18n import N_, _, joined, language, ngettext
from sim.mechanisms import group_title, title_of

if TYPE_CHECKING:
    import pandas as pd

    from sim.explain.plan import Plan
    from sim.explain.widths import Judgement
    from sim.results import RunFacts

__all__ = ["HARMS", "HELPS", "LOWERS", "RAISES", "REINFORCE", "SUBSTITUTE", "Told", "amount", "answer", "percent"]

HELPS, HARMS, RAISES, LOWERS = N_("helps"), N_("harms"), N_("raises it"), N_("lowers it")
REINFORCE, SUBSTITUTE = N_("reinforce each other"), N_("substitute each other")
STRONGEST = 3
"""Interactions of a measure that are told in words."""
MOST_TOLD = 6
"""Settings outside the organisation that are named."""


@dataclass(frozen=True, eq=False)
class Told:
    """What there is to tell."""

    plan: Plan
    facts: RunFacts
    precision: Judgement | None
    summary: pd.DataFrame
    shares: pd.DataFrame
    interactions: pd.DataFrame


def amount(value: float, unit: str, size: float, *, signed: bool = True, named: bool = True) -> str:
    """A value as people write it; differences of shares in percentage points.

    Parameters
    ----------
    value : float
    unit : str
        Of the measure.
    size : float
        The largest value that it stands beside: times get the unit that suits it.
    signed : bool
        Whether it is a difference.
    named : bool
        Whether the unit stands behind it; that of shares always does.

    Examples
    --------
    >>> amount(-0.034, "share", 0.1), amount(0.25, "share", 1.0, signed=False), amount(7200.0, "s", 9000.0)
    ('-3.4 pp', '25.0%', '+2 h')
    """
    if not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{100 * value:+.1f} {_('pp')}" if signed else f"{100 * value:.1f}%"
    shown = importlib.import_module("sim.charts.scales").unit_of(unit, np.array([size]))
    return f"{shown.text(value, signed=signed)} {shown.name if named else ''}".strip().replace("−", "-")


def percent(share: float) -> str:
    """A share of the whole difference in whole per cent; "–" where it has none.

    Examples
    --------
    >>> percent(0.434), percent(-0.001), percent(float("nan"))
    ('43%', '0%', '–')
    """
    return f"{100 * share:.0f}%".replace("-0%", "0%") if math.isfinite(share) else "–"


def answer(told: Told, measure: str | None = None) -> list[str]:
    """Sentences about one measure, or about all measures, what was left out and how it was found."""
    said = [sentence for key in told.plan.measures if measure in (None, key) for sentence in _of_measure(told, key)]
    return said if measure is not None else [*said, *_left_out(told), *_how(told)]


def _of_measure(told: Told, key: str) -> list[str]:
    known = importlib.import_module("sim.measures").MEASURES[key]
    title = known.title if isinstance(known.title, str) else known.title[language()]
    whole = told.summary[told.summary["measure"] == key].iloc[0].to_dict()
    if not whole["n"]:
        return [_("“{measure}” cannot be divided: in some mixture it is not defined, or has no bound.").format(measure=title)]
    unit, size = whole["unit"], max(abs(whole["base"]), abs(whole["other"]))
    rows = [row | {"title": part.title} for row, part in zip(
        told.shares[told.shares["measure"] == key].to_dict("records"), told.plan.game.parts, strict=True)]
    head = _("{measure}: from {base} to {other}, a difference of {difference}.").format(
        measure=title, base=amount(whole["base"], unit, size, signed=False, named=False),
        other=amount(whole["other"], unit, size, signed=False), difference=amount(whole["difference"], unit, size, named=False))
    if whole["n"] < 2:
        return [head]
    said = [head]
    groups = [row for row in rows if not row["mechanism"]]
    for word, text in ((HELPS, _("What helps: {parts}.")), (HARMS, _("What harms: {parts}.")), (RAISES, _("What raises it: {parts}.")),
                       (LOWERS, _("What lowers it: {parts}."))):
        here = sorted((row for row in groups if row["verdict"] == word), key=lambda row: -abs(row["share"]))
        if here:
            said.append(text.format(parts=_("; ").join(_share(row, size) for row in here)))
    if len(said) == 1:
        said.append(_("No group's share can be told from nothing."))
    return [joined(said), *_interactions(told, key)]


def _share(row: Mapping[str, Any], size: float) -> str:
    value = amount(row["share"], row["unit"], size, named=False)
    if not math.isfinite(row["of_whole"]):
        return f"{row['title']} {value}"
    return _("{part} {value} ({percent} of the difference)").format(part=row["title"], value=value,
                                                                   percent=percent(row["of_whole"]))


def _interactions(told: Told, key: str) -> list[str]:
    table = told.interactions[told.interactions["measure"] == key]
    rows = table[table["kind"].isin([REINFORCE, SUBSTITUTE])].to_dict("records")[:STRONGEST]
    texts = {REINFORCE: _("“{first}” and “{second}” reinforce each other: together {amount} beyond the sum of each."),
             SUBSTITUTE: _("“{first}” and “{second}” substitute each other: together {amount} against the sum of each.")}
    said = []
    for row in rows:
        name = title_of if row["group"] else group_title
        said.append(texts[row["kind"]].format(first=name(row["first"]), second=name(row["second"]),
                                              amount=amount(row["index"], row["unit"], abs(row["index"]))))
    return [joined(said)] if said else []


def _left_out(told: Told) -> list[str]:
    made, said = told.plan.game, []
    if made.equal:
        said.append(_("Equal on both sides, and left out: {names}.").format(names=_("; ").join(map(title_of, made.equal))))
    if made.outside:
        names = ", ".join(made.outside[:MOST_TOLD]) + (", …" if len(made.outside) > MOST_TOLD else "")
        said.append(ngettext("“Other settings” is {number} setting that is no switch of the organisation: {names}.",
                             "“Other settings” are {number} settings that are no switches of the organisation: {names}.",
                             len(made.outside)).format(number=len(made.outside), names=names))
    return said


def _how(told: Told) -> list[str]:
    plan, number = told.plan, told.facts.replications
    if plan.method == "exact":
        said = _("Exact: all {mixtures} mixtures that the shares need, in each of {replications} replications.").format(
            mixtures=len(plan.coalitions(0)), replications=number)
    else:
        said = _("Sampled: {orders} orders and their reverses in each of {replications} replications, {total} orders in all; the standard "
                 "errors hold both luck and the choice of orders.").format(orders=plan.pairs, replications=number,
                                                                        total=2 * plan.pairs * number)
    short = [key for key, n in zip(told.summary["measure"], told.summary["n"], strict=True) if 0 < n < number]
    more = _("Replications in which a measure is not defined in some mixture do not count for it: {names}.").format(
        names=", ".join(short)) if short else ""
    return [joined([text for text in (said, more) if text]), *([told.precision.sentences()] if told.precision is not None else [])]


