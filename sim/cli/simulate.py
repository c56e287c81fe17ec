"""`run` and `compare`: simulate, write the result folder, tell the verdict."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from sim.cli.arguments import DEFAULT_SIDES
from sim.cli.faults import Mendable, scenario_file
from sim.i18n import _, joined, language, ngettext

if TYPE_CHECKING:
    from sim.results import Comparison, Result
    from sim.scenario import Scenario

__all__ = ["compare", "run"]

LONGEST = 140
"""Characters of a result folder's name that come from the scenarios' names."""


def run(options: Namespace, files: list[str]) -> int:
    """Simulate one scenario and print its measures."""
    from sim import experiment
    from sim.cli import verdict

    scenario, = _sides(files, options)
    folder = _folder(options, "run", [scenario])
    _announce(options, [scenario])
    result = experiment.run(scenario, **_how(options, folder))
    folder = result.write(folder, charts=not options.no_charts, lang=language())
    if options.json:
        _print_json(_facts(result, folder) | {"measures": _records(result.summary)})
    else:
        verdict.print_result(result)
        _farewell(folder)
    return 0


def compare(options: Namespace, files: list[str]) -> int:
    """Simulate two or more scenarios on the same luck and print the verdict."""
    from sim import experiment
    from sim.cli import verdict

    names = files or list(DEFAULT_SIDES)
    if len(names) < 2:
        raise Mendable(_("A comparison needs at least two scenarios; only {file} is named.").format(file=names[0]))
    sides = _sides(names, options)
    folder = _folder(options, "compare", sides)
    _announce(options, sides)
    result = experiment.compare(sides, **_how(options, folder))
    folder = result.write(folder, charts=not options.no_charts, lang=language())
    if options.json:
        _print_json(_facts(result, folder) | {
            "issues_identical": result.issues_identical, "staff_equal": result.staff_equal,
            "verdicts": _records(result.verdicts)})
    else:
        verdict.print_comparison(result)
        _farewell(folder)
    return 0


def _sides(names: Sequence[str], options: Namespace) -> list[Scenario]:
    """Load every scenario; the faults of all of them are told at once."""
    from sim.base import Fault, ScenarioError
    from sim.scenario import load

    sides: list[Scenario] = []
    faults: list[Fault] = []
    for name in names:
        try:
            sides.append(load(scenario_file(name), options.settings))
        except ScenarioError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise ScenarioError(faults)
    return sides


def _how(options: Namespace, folder: Path) -> dict[str, Any]:
    from sim.progress import show

    return {"replications": options.replications, "seed": options.seed, "jobs": options.jobs, "fresh": options.fresh,
            "progress": show(quiet=options.quiet), "timeline_dir": folder / "timelines" if options.timeline else None}


def _folder(options: Namespace, kind: str, sides: Sequence[Scenario]) -> Path:
    """Result folder, free of other results, made and proved to be writable before any time is spent."""
    from sim.experiment import distinct
    from sim.folder import free

    names = [side.name for side in sides]
    wanted = Path(options.out) if options.out is not None else Path("results", f"run-{names[0]}" if kind == "run" else _short(names))
    folder = free(wanted, [kind, *distinct(names)])
    if folder.exists() and not folder.is_dir():
        raise Mendable(_("Results need a folder, and {file} is a file. Name another with --out.").format(file=folder))
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder):
        pass
    return folder


def _short(names: Sequence[str]) -> str:
    """Name of a comparison's folder, within what a file system takes.

    Examples
    --------
    >>> _short(["town", "city"]), len(_short(["x" * 60] * 5))
    ('town-vs-city', 146)
    """
    whole = "-vs-".join(names)
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}-and-{len(names)}"


def _announce(options: Namespace, sides: Sequence[Scenario]) -> None:
    """Say what is about to be done, and that the number of replications can be chosen."""
    if options.quiet:
        return
    number = options.replications or sides[0].run.replications
    names = " / ".join(side.name for side in sides)
    said = [ngettext("{names}: {number} replication", "{names}: {number} replications", number).format(names=names, number=number)]
    if options.replications is None:
        said.append(_("(the scenario's number; --replications changes it)"))
    print(joined(said), file=sys.stderr)


def _farewell(folder: Path) -> None:
    print()
    print(_("Everything, with charts and their data, is in {folder}").format(folder=f"{folder.as_posix()}/"))


def _facts(result: Result | Comparison, folder: Path) -> dict[str, Any]:
    facts = result.facts
    return {
        "scenarios": [{"name": side.name, "title": side.title, "hash": side.scenario.hash, "heads": side.heads, "pay": side.pay}
                      for side in result.results],
        "seed": facts.seed, "replications": facts.replications, "seconds": round(facts.seconds, 3), "reused": facts.reused,
        "folder": folder.as_posix(),
    }


def _records(table: Any) -> list[dict[str, Any]]:
    from sim.measures import plain

    rows: list[dict[str, Any]] = table.to_dict("records")
    return [{key: plain(value) if isinstance(value, float) else value for key, value in row.items()} for row in rows]


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=str) + "\n")
