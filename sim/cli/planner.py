"""`sweep`, `staff`, `sensitivity`: the planner's questions, their answers and their result folders."""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import common, screen
from sim.cli.faults import Mendable, scenario_file
from sim.i18n import _, joined, language, ngettext

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.sensitivity import Sensitivity
    from sim.staffing import Answer
    from sim.sweep import Plan, Sweep

__all__ = ["fixed_settings", "sensitivity", "staff", "sweep"]

MOST_ROWS = 40
"""Rows of a table on the screen; all are in the result folder."""
MOST_FACTORS = 24
"""The same of a sensitivity analysis."""


# --- what if ----------------------------------------------------------------------------------------------------------------


def sweep(options: Namespace, files: list[str]) -> int:
    """Run scenarios over many values of their settings."""
    from sim.sweep_folder import identity

    plan = _plan(options, files)
    default = f"sweep-{plan.name if plan.name != 'sweep' else common.short(plan.names, '-')}"
    with common.result_folder(options, default, identity(plan)) as folder:
        if not options.quiet:
            said = _("points: {points}, scenarios: {scenarios}, replications of each: {number}, in all: {runs}")
            print(said.format(points=f"{len(plan.points):,}", scenarios=len(plan.names), number=plan.replications,
                              runs=f"{plan.runs:,}"), file=sys.stderr)
        with common.how(options) as how:
            how.pop("seed", None)
            found = plan.run(precision=options.precision, at_most=options.at_most, **how)
        folder = found.write(folder, charts=not options.no_charts, lang=language())
        if options.json:
            common.print_json(_facts(found, folder, options) | {
                "summary": common.records(found.summary), "differences": common.records(found.differences)})
            return 0
        _print_sweep(found)
        if found.precision is not None:
            screen.text(found.precision.sentences())
        common.farewell(folder, found.facts.total, found.facts.reused)
        return 0


def _plan(options: Namespace, files: list[str]) -> Plan:
    """The sweep that was asked for, in a file or in words, with all its faults at once."""
    from sim.sweep import plan, planned
    from sim.sweep_file import request

    fixed = fixed_settings(options.settings)
    measures = [key.strip() for said in options.measures for key in said.split(",")] or None
    if options.vary:
        return planned([scenario_file(name) for name in files], options.vary, design=options.design or "grid", samples=options.samples,
                       sample_seed=options.sample_seed, fixed=fixed, base=_base(options.base), measures=measures,
                       groups=options.groups, replications=options.replications, seed=options.seed)
    path = scenario_file(files[0])
    if len(files) > 1 or not re.search(r"^(vary|points|extends)\b", path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE):
        raise Mendable(_("Nothing is varied: name settings with --vary PATH=VALUES, or one sweep file."))
    asked = request(path)
    asked.fixed |= fixed
    asked.measures, asked.groups = measures or asked.measures, options.groups or asked.groups
    asked.base = _base(options.base) or asked.base
    asked.replications = options.replications or asked.replications
    asked.seed = asked.seed if options.seed is None else options.seed
    return plan(asked)


def fixed_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Settings from --set, read as a scenario file would read them."""
    from sim.base import Fault, ScenarioError
    from sim.reading import SET
    from sim.yaml_tree import parse, plain

    faults: list[Fault] = []
    pairs = [(path.strip(), value) for path, _sign, value in (said.partition("=") for said in settings)]
    found = {path: plain(parse("- " + (value.strip() or "null"), SET, faults).value[0]) for path, value in pairs}
    if faults:
        raise ScenarioError(faults)
    return found


def _base(words: Sequence[str]) -> dict[str, Any] | None:
    from sim.sweep_file import SCENARIO

    names = [word for word in words if "=" not in word]
    return fixed_settings([word for word in words if "=" in word]) | ({SCENARIO: names[-1]} if names else {}) or None


def _print_sweep(found: Sweep) -> None:
    """A table a measure: a row a cell, with its mean and how it differs from its base."""
    from sim.cells import headlines
    from sim.cli.verdict import Shown
    from sim.i18n import _ as translated
    from sim.measures import MEASURES
    from sim.results import titled

    axes = [axis.path for axis in found.plan.axes]
    of = ["scenario", "point", "measure", "group"]
    table = found.summary.merge(found.differences[[*of, "difference", "verdict"]].rename(columns={"difference": "gap"}), on=of,
                                how="left")
    table = table[table["group"] == "all"]
    for key in found.plan.measures or headlines(list(dict.fromkeys(table["measure"]))):
        rows = table[table["measure"] == key].to_dict("records")
        shown = Shown.of(rows[0]["unit"], *(row["mean"] for row in rows))
        screen.heading(shown.headed(titled(MEASURES[key].title, key)))
        cells = [[row["scenario"], *(str(row[axis]) for axis in axes), shown.interval(row["mean"], row["low"], row["high"]),
                  shown.amount(row["gap"], sign=True), translated(row["verdict"]) if isinstance(row["verdict"], str) else ""]
                 for row in rows]
        screen.table([_("Scenario"), *axes, _("Mean"), _("Difference"), _("Verdict")], cells[:MOST_ROWS],
                     right=tuple(range(1, 3 + len(axes))))
        if len(cells) > MOST_ROWS:
            print(_("… and {number} rows more in {file}").format(number=len(cells) - MOST_ROWS, file="summary.csv"))
    print()
    screen.text(_("Means with 95% intervals; differences are paired, and hold together for all points of a measure."))


# --- what matters most ------------------------------------------------------------------------------------------------------


def sensitivity(options: Namespace, files: list[str]) -> int:
    """Say which declared ranges matter most, and whether the conclusion flips."""
    from sim.sensitivity import analysed, study
    from sim.sweep_folder import identity

    if options.measure is None:
        raise Mendable(joined([_("Say with --measure which measure is looked at."),
                               _("All measures: {command}").format(command="nine-dragons list measures")]))
    if options.samples & (options.samples - 1):
        raise Mendable(_("--samples must be a power of 2, such as 64 or 128, and is {number}.").format(number=options.samples))
    paths = [scenario_file(name) for name in files]
    made = study(paths, options.measure, only=options.only, without=options.without, together=options.together,
                 fixed=fixed_settings(options.settings), replications=options.replications, seed=options.seed)
    made.judge(options.precision)       # tells what is wrong with it before a folder is taken
    default = f"sensitivity-{made.measure}-{common.short(made.names)}"
    with common.result_folder(options, default, identity(made)) as folder:
        if not options.quiet:
            said = ngettext("{number} setting has a range and is varied.", "{number} settings have a range and are varied.",
                            len(made.factors))
            print(said.format(number=len(made.factors)), file=sys.stderr)
        with common.how(options) as how:
            how.pop("seed", None)
            found = analysed(made, options.method, paths=options.paths, samples=options.samples, few=options.few,
                             design_seed=options.design_seed, precision=options.precision, at_most=options.at_most, **how)
        folder = found.write(folder, charts=not options.no_charts, lang=language())
        if options.json:
            common.print_json(_facts(found, folder, options) | {
                "answer": found.answer(), "measure": made.measure, "tornado": common.records(found.tornado),
                "morris": common.records(found.morris), "sobol": common.records(found.sobol)})
            return 0
        _print_sensitivity(found)
        if found.precision is not None:
            screen.text(found.precision.sentences())
        common.farewell(folder, found.facts.total, found.facts.reused)
        return 0


def _print_sensitivity(found: Sensitivity) -> None:
    from sim.cli.verdict import Shown
    from sim.measures import MEASURES

    screen.text(found.answer())
    tables = (
        ("tornado", _("Each setting alone, at both ends of its range"), found.tornado,
         {"factor": _("Setting"), "value": _("Value"), "mean": _("Mean"), "effect": _("Effect")}, ("mean", "effect")),
        ("morris", _("Morris's screening"), found.morris,
         {"factor": _("Setting"), "mu_star": _("mu* (how much)"), "sigma": _("sigma (how unevenly)")}, ("mu_star", "sigma")),
        ("sobol", _("Sobol indices"), found.sobol, {"factor": _("Setting"), "first": _("By itself"), "total": _("In all")}, ()),
    )
    for name, title, table, columns, measured in tables:
        if not len(table):
            continue
        values = [abs(value) for key in measured for value in table[key]]
        shown = Shown.of(MEASURES[found.study.measure].unit, *values)
        screen.heading(shown.headed(title) if measured else title)
        rows = [[shown.amount(row[key], sign=key == "effect") if key in measured else
                 _share(row, key) if key in ("first", "total") else str(row[key])
                 for key in columns] for row in table.head(MOST_FACTORS).to_dict("records")]
        screen.table(list(columns.values()), rows, right=tuple(range(1, len(columns))))
        if len(table) > MOST_FACTORS:
            print(_("… and {number} rows more in {file}").format(number=len(table) - MOST_FACTORS, file=f"{name}.csv"))


def _share(row: dict[str, Any], key: str) -> str:
    """A Sobol index with its interval; without one, where the samples are too few for it."""
    low, high = row[key + "_low"], row[key + "_high"]
    return f"{row[key]:.2f} ({low:.2f} … {high:.2f})" if low == low and high == high else f"{row[key]:.2f}"


def _facts(found: Any, folder: Path, options: Namespace) -> dict[str, Any]:
    facts = found.facts
    about = found.plan if hasattr(found, "plan") else found.study
    said = {"scenarios": list(about.names), "points": len(found.points), "seed": facts.seed, "replications": facts.replications,
            "seconds": round(facts.seconds, 3), "total": facts.total, "reused": facts.reused, "folder": folder.as_posix()}
    if getattr(found, "precision", None) is not None:
        said["precision"] = found.precision.as_dict()
    return said


# --- how many people, and when ----------------------------------------------------------------------------------------------


def staff(options: Namespace, files: list[str]) -> int:
    """Answer one question about staff; 0 too where the answer is that no staffing will do."""
    scenario, = common.sides(files, options)
    asked = [name for name, said in (("staff", options.pools), ("demand", options.demand), ("shifts", options.shift_of)) if said]
    if len(asked) != 1:
        raise Mendable(joined([_("Ask one question: --pool for the cheapest heads, --demand for the largest demand, or --shift-of for "
                                 "the best shifts."), _("Help: {command}").format(command="nine-dragons staff --help")]))
    if asked[0] == "shifts" and options.aim is None:
        raise Mendable(_("--shift-of needs --aim MEASURE: what the shifts shall make as good as can be."))
    if asked[0] != "shifts" and not options.targets:
        raise Mendable(_("Say with --target what must be reached, such as --target \"on_time_closing_rate >= 0.9\"."))
    strays = [option for option, said, questions in (
        ("--budget", options.budget, "staff"), ("--target", options.targets, "staff demand"), ("--aim", options.aim, "shifts"),
        ("--may-close", options.may_close, "shifts"), ("--zone", options.zone, "staff shifts")) if said and asked[0] not in questions]
    if strays:
        raise Mendable(_("{options} has no meaning for this question. Help: {command}").format(
            options=", ".join(strays), command="nine-dragons staff --help"))
    with common.result_folder(options, f"{asked[0]}-{scenario.name}", [asked[0], scenario.name]) as folder:
        with common.how(options) as how:
            answer = _answer(asked[0], scenario, options, how)
        folder = answer.write(folder, charts=not options.no_charts, lang=language())
        if options.json:
            common.print_json(answer.as_dict() | {"folder": folder.as_posix()})
            return 0
        for sentence in answer.sentences:
            screen.text(sentence)
        if answer.changes:
            print()
            print(_("The scenario as it should be: {file}").format(file=f"{folder.as_posix()}/scenario.yaml"))
        common.farewell(folder, answer.facts.replications, answer.facts.reused)
        return 0


def _answer(asked: str, scenario: Scenario, options: Namespace, how: dict[str, Any]) -> Answer:
    from sim.staffing import Effort, demand_range, shifts, sustain
    from sim.staffing import staff as cheapest
    from sim.staffing.pools import gathered
    from sim.staffing.precise import wanted
    from sim.staffing.search import read_targets

    if asked == "demand":
        gathered([lambda: demand_range(options.demand), lambda: read_targets(options.targets, scenario),
                  lambda: wanted(options.precision, scenario)])
    how = how | {"effort": Effort(options.first, max(options.first, options.most), options.points), "precision": options.precision,
                 "at_most": options.at_most}
    if asked == "staff":
        return cheapest(scenario, options.pools, options.targets, budget=options.budget, zone=options.zone, **how)
    if asked == "demand":
        low, high, step = demand_range(options.demand)
        return sustain(scenario, options.targets, low=low, high=high, step=step, **how)
    return shifts(scenario, options.shift_of, options.aim, keep=not options.may_close, zone=options.zone, **how)
