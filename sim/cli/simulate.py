"""`run`, `compare`, `extend`, `warmup`: simulate, write the result folder, tell the verdict."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import common
from sim.cli.commands import DEFAULT_SIDES
from sim.cli.faults import Mendable
from sim.i18n import _, language

if TYPE_CHECKING:
    from sim.results import Comparison, Result
    from sim.scenario import Scenario

__all__ = ["compare", "extend", "run", "warmup"]


def run(options: Namespace, files: list[str]) -> int:
    """Simulate one scenario and print its measures."""
    from sim import experiment

    scenario, = common.sides(files, options)
    if options.trace:
        return _trace(scenario, options)
    if options.replication is not None:
        raise Mendable(_("--replication goes with --trace; how many replications there are is said with --replications."))
    with common.result_folder(options, f"run-{scenario.name}", ["run", scenario.name]) as folder:
        common.announce(options, [scenario])
        with common.how(options) as how:
            result = experiment.run(scenario, **how, **_wanted(options, folder))
        return _told(result, folder, options)


def compare(options: Namespace, files: list[str]) -> int:
    """Simulate two or more scenarios on the same luck and print the verdict."""
    from sim import experiment

    names = files or list(DEFAULT_SIDES)
    if len(names) < 2:
        raise Mendable(_("A comparison needs at least two scenarios; only {file} is named.").format(file=names[0]))
    sides = common.sides(names, options)
    called = [side.name for side in sides]
    with common.result_folder(options, common.short(called), ["compare", *experiment.distinct(called)]) as folder:
        common.announce(options, sides)
        with common.how(options) as how:
            result = experiment.compare(sides, **how, **_wanted(options, folder))
        return _told(result, folder, options)


def extend(options: Namespace, files: list[str]) -> int:
    """Add replications to the result in a folder, and write it anew."""
    from sim import experiment
    from sim.folder import read_manifest
    from sim.sources import model_hash

    folder = Path(files[0])
    manifest = read_manifest(folder)
    kind, *_names = manifest.get("command") or [""]
    if kind not in ("run", "compare"):
        raise Mendable(_("{folder} holds no result of run or compare, so nothing can be added to it.").format(folder=folder))
    there = int(manifest["replications"])
    if options.replications is None and options.precision:
        options.replications = there
    if options.replications is None or options.replications < there:
        raise Mendable(_("{folder} holds {there} replications; say with --replications how many there shall be in all, more than "
                         "that, or with --precision how precise they shall be.").format(folder=folder, there=there))
    scenarios = [_kept(side) for side in manifest["scenarios"]]
    if not options.quiet and manifest["program"]["model"] != model_hash():
        print(_("The model was changed since this result was made, so all replications are simulated again."), file=sys.stderr)
    common.announce(options, scenarios)
    with common.how(options) as how:
        how |= {"seed": int(manifest["seed"]), "replications": options.replications, "precision": options.precision,
                "at_most": options.at_most}
        result: Result | Comparison = (experiment.run(scenarios[0], **how) if kind == "run" else
                                       experiment.compare(scenarios, **how))
    return _told(result, folder, options)


def warmup(options: Namespace, files: list[str]) -> int:
    """Judge the warm-up of scenarios."""
    from sim import experiment
    from sim.cli import screen

    sides = common.sides(files, options)
    names = experiment.distinct([side.name for side in sides])
    with common.result_folder(options, f"warmup-{common.short(names, '-')}", ["warmup", *names]) as folder:
        common.announce(options, sides)
        with common.how(options) as how:
            found = experiment.warm_up(sides, replications=options.replications, precision=options.precision,
                                       at_most=options.at_most, **how)
        folder = found.write(folder, charts=not options.no_charts, lang=language())
        facts = found.facts
        if options.json:
            common.print_json({"sentences": found.sentences(), "needed_days": found.needed, "seed": facts.seed,
                               "replications": facts.replications, "total": facts.total, "reused": facts.reused,
                               "verdicts": common.records(found.verdicts), "series": common.records(found.series),
                               "folder": folder.as_posix()} | _precision(found))
            return 0
        for sentence in found.sentences():
            screen.text(sentence)
        if found.precision is not None:
            screen.text(found.precision.sentences())
        if len(sides) > 1 and found.needed is not None:
            screen.text(_("A warm-up of {days} days is enough for all of them.").format(days=found.needed))
        common.farewell(folder, facts.total, facts.reused)
        return 0


def _kept(side: dict[str, Any]) -> Scenario:
    """A scenario as the manifest of a result has it."""
    from sim.base import ScenarioError
    from sim.scenario import from_dict

    try:
        return from_dict(side["resolved"])
    except ScenarioError as error:
        said = _("The scenario {name} of this result is none for this version of the program; run it again. {why}")
        raise Mendable(said.format(name=side["name"], why=error)) from None


def _trace(scenario: Scenario, options: Namespace) -> int:
    """Tell the lives of some issues."""
    from sim.experiment import trace
    from sim.story import UnknownIssue

    number = options.replication or 0
    try:
        stories = trace(scenario, options.trace, replication=number, seed=options.seed, engine=options.engine,
                        progress=common.progress(options))
    except UnknownIssue as unknown:
        raise Mendable(str(unknown)) from None
    if options.json:
        common.print_json({"scenario": scenario.name, "replication": number,
                           "stories": [{"issue": issue, "story": told} for issue, told in zip(options.trace, stories, strict=True)]})
    else:
        print("\n\n".join(stories))
    return 0


def _wanted(options: Namespace, folder: Path) -> dict[str, Any]:
    return {"replications": options.replications, "precision": options.precision, "at_most": options.at_most,
            "timeline_dir": folder / "timelines" if options.timeline else None}


def _told(result: Any, folder: Path, options: Namespace) -> int:
    """Write the folder, and print the result."""
    from sim.cli import screen, verdict
    from sim.precision import pairing_sentence

    folder = result.write(folder, charts=not options.no_charts, lang=language())
    several = len(result.results) > 1
    if options.json:
        found = _facts(result, folder) | ({"issues_identical": result.issues_identical, "staff_equal": result.staff_equal,
                                           "verdicts": common.records(result.verdicts),
                                           "pairing": common.records(result.pairing)} if several else
                                          {"measures": common.records(result.summary)})
        common.print_json(found)
        return 0
    (verdict.print_comparison if several else verdict.print_result)(result)
    if several and result.facts.replications > 2:
        screen.text(pairing_sentence(result.pairing))
    if result.precision is not None:
        screen.text(result.precision.sentences())
    common.farewell(folder, result.facts.total, result.facts.reused)
    return 0


def _facts(result: Result | Comparison, folder: Path) -> dict[str, Any]:
    from sim.results import engines_of

    facts = result.facts
    found = {
        "scenarios": [{"name": side.name, "title": side.title, "hash": side.scenario.hash, "heads": side.heads, "pay": side.pay}
                      for side in result.results],
        "seed": facts.seed, "replications": facts.replications, "seconds": round(facts.seconds, 3), "total": facts.total,
        "reused": facts.reused, "engines": engines_of(result.results), "folder": folder.as_posix(),
    }
    return found | _precision(result)


def _precision(result: Any) -> dict[str, Any]:
    """How the precision was reached; nothing where none was asked for."""
    return {} if result.precision is None else {"precision": result.precision.as_dict()}
