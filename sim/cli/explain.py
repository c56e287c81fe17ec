"""`explain`: how much of the difference between two organisations each mechanism brings."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import common, screen
from sim.cli.faults import scenario_file
from sim.cli.planner import fixed_settings
from sim.i18n import _, language

if TYPE_CHECKING:
    from sim.explain import Explanation, Plan

__all__ = ["explain"]

STYLES = {"helps": "green", "harms": "red"}


def explain(options: Namespace, files: list[str]) -> int:
    """Divide the difference between two organisations among their mechanisms."""
    from sim.explain import planned, run
    from sim.explain_folder import identity

    base, other = [scenario_file(name) for name in files]
    measures = [key.strip() for said in options.measures for key in said.split(",")] or None
    within = [key.strip() for said in options.within for key in said.split(",")]
    plan = planned(base, other, measures=measures, within=within, everything=options.all, method=options.method,
                   orders=options.orders, order_seed=options.order_seed, fixed=fixed_settings(options.settings),
                   replications=options.replications, seed=options.seed, runs=options.runs, precision=options.precision)
    with common.result_folder(options, f"explain-{common.short(plan.names)}", identity(plan)) as folder:
        if not options.quiet:
            print(_announced(plan), file=sys.stderr)
        with common.how(options) as how:
            how.pop("seed", None)
            found = run(plan, at_most=options.at_most, **how)
        folder = found.write(folder, charts=not options.no_charts, lang=language())
        if options.json:
            common.print_json(_facts(found, folder))
            return 0
        _print(found)
        common.farewell(folder, found.facts.total, found.facts.reused)
        return 0


def _announced(plan: Plan) -> str:
    """What is about to be run."""
    names = ", ".join(part.title for part in plan.game.parts if not part.mechanism)
    mixtures = len(plan.coalitions(0))
    if plan.method == "exact":
        return _("groups: {groups}; all {mixtures} mixtures are run in each replication").format(groups=names, mixtures=mixtures)
    return _("groups: {groups}; {orders} random orders and their reverses, about {mixtures} mixtures, are run in each replication").format(
        groups=names, orders=plan.pairs, mixtures=mixtures)


def _facts(found: Explanation, folder: Path) -> dict[str, Any]:
    facts = found.facts
    said: dict[str, Any] = {"scenarios": list(found.plan.names), **found.plan.how(), "seed": facts.seed,
                            "replications": facts.replications, "seconds": round(facts.seconds, 3), "total": facts.total,
                            "reused": facts.reused, "folder": folder.as_posix(), "answer": found.sentences()}
    if found.precision is not None:
        said["precision"] = {"reached": found.precision.reached, "sentences": found.precision.sentences()}
    return said | {name: common.records(getattr(found, name)) for name in ("summary", "shares", "ends", "interactions")}


def _print(found: Explanation) -> None:
    """A table a measure, with what there is to say about it; then what was left out and how it was found."""
    for key in found.plan.measures:
        _table(found, key)
        print()
        for sentence in found.sentences(key):
            screen.text(sentence)
    print()
    screen.text(_("Share: what a part brings on average over the orders in which the parts might be brought in, with its 95% interval. "
                  "Alone: what it does switched on by itself in {base}. Last: what is lost where it alone is switched off in {other}.")
                .format(base=found.plan.names[0], other=found.plan.names[1]))
    for sentence in found.sentences()[sum(len(found.sentences(key)) for key in found.plan.measures):]:
        screen.text(sentence)


def _table(found: Explanation, key: str) -> None:
    from sim.cli.verdict import Shown
    from sim.explain.words import percent
    from sim.i18n import _ as translated
    from sim.measures import MEASURES
    from sim.results import titled

    shares = found.shares[found.shares["measure"] == key].to_dict("records")
    ends = found.ends[found.ends["measure"] == key].to_dict("records")
    whole = found.summary[found.summary["measure"] == key].iloc[0].to_dict()
    shown = Shown.of(whole["unit"], whole["difference"], *(row["share"] for row in shares))
    screen.heading(shown.headed(titled(MEASURES[key].title, key)))
    cells, styles = [], []
    for part, row, end in zip(found.plan.game.parts, shares, ends, strict=True):
        cells.append([("  " if part.mechanism else "") + part.title, shown.interval(row["share"], row["low"], row["high"], sign=True),
                      percent(row["of_whole"]), shown.amount(end["on"], sign=True), shown.amount(end["off"], sign=True),
                      translated(row["verdict"])])
        styles.append(STYLES.get(row["verdict"], ""))
    cells.append([_("The whole difference"), shown.interval(whole["difference"], whole["low"], whole["high"], sign=True),
                  "100%" if shares and shares[0]["of_whole"] == shares[0]["of_whole"] else "–", "", "", translated(whole["verdict"])])
    screen.table([_("Part"), _("Share"), _("Of the whole"), _("Alone"), _("Last"), _("Effect")], cells, right=(1, 2, 3, 4),
                 styles=[*styles, STYLES.get(whole["verdict"], "")])
