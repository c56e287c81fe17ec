"""What each command does."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.commands import LISTS
from sim.cli.faults import Mendable, scenario_file
from sim.i18n import _, joined, language

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["ACTIONS"]

Action = Callable[[Namespace, list[str]], int]


def check(options: Namespace, files: list[str]) -> int:
    """Report every fault of every file; 2 if there is any."""
    from sim.base import ScenarioError
    from sim.scenario import load

    report: list[dict[str, Any]] = []
    for name in files:
        entry: dict[str, Any] = {"file": name, "faults": []}
        try:
            scenario = load(scenario_file(name), options.settings)
            scenario.tables()
        except ScenarioError as error:
            entry["faults"] = [{"file": f.file, "line": f.line, "path": f.path, "value": f.value, "rule": f.rule,
                                "nearest": list(f.nearest)} for f in error.faults]
            if not options.json:
                print(f"{name}: {error}", file=sys.stderr)
        except (Mendable, OSError) as error:
            if not options.json:
                raise
            entry["faults"] = [{"file": name, "line": 0, "path": "", "value": None, "rule": str(error), "nearest": []}]
        else:
            if not options.json:
                print(_("{file}: no fault").format(file=name))
        report.append(entry)
    if options.json:
        _print_json(report)
    return 2 if any(entry["faults"] for entry in report) else 0


def show(options: Namespace, files: list[str]) -> int:
    """Print a resolved scenario, or how it differs from another."""
    scenario = _load(files[0], options)
    if options.diff is None:
        if options.json:
            _print_json(scenario.resolved())
        else:
            sys.stdout.write(scenario.to_yaml())
        return 0
    base = _load(options.diff, None)
    rows = [{"path": path, "base": before, "here": after} for path, before, after in scenario.diff(base)]
    if options.json:
        _print_json(rows)
        return 0
    from sim.cli import screen

    if rows:
        screen.table([_("Setting"), base.name, scenario.name],
                     [[row["path"], _plain(row["base"]), _plain(row["here"])] for row in rows])
    else:
        print(_("{file} and {base} are the same.").format(file=files[0], base=options.diff))
    return 0


def new(options: Namespace, files: list[str]) -> int:
    """Write a template."""
    from sim.template import template

    path = Path(files[0])
    if not path.absolute().parent.is_dir():
        raise Mendable(_("There is no folder {folder}; make it first.").format(folder=path.parent))
    text = template(language())
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise Mendable(_("{file} exists already and is left as it is. Name a new file.").format(file=path)) from None
    print(_("Wrote {file}. Change it, then: {command}").format(file=path, command=f"nine-dragons check {path}"))
    return 0


def schema(options: Namespace, files: list[str]) -> int:
    """Print the JSON Schema of scenario files."""
    from sim.schema import json_schema

    _print_json(json_schema())
    return 0


def listing(options: Namespace, files: list[str]) -> int:
    """List scenarios, measures, settings."""
    kind = files[0] if files else None
    if kind is not None and kind not in LISTS:
        close = get_close_matches(kind, LISTS, n=1)
        said = [_("There is no list {name}; choose one of {choices}.").format(name=kind, choices=", ".join(LISTS))]
        raise Mendable(joined([*said, *(_("Did you mean {nearest}?").format(nearest=name) for name in close)]))
    from sim.cli import listings

    chosen = {name: listings.LISTINGS[name]() for name in ([kind] if kind else LISTS)}
    if options.json:
        _print_json(chosen)
        return 0
    from sim.cli import screen

    for name, rows in chosen.items():
        screen.heading(listings.title(name))
        if not rows:
            print(_("none"))
            continue
        screen.table([listings.column(key) for key in rows[0]], [[str(cell) for cell in row.values()] for row in rows])
    return 0


def _later(module: str, name: str) -> Action:
    """A command whose module is heavy, and loaded when it is asked for."""
    def act(options: Namespace, files: list[str]) -> int:
        return int(getattr(import_module(f"sim.cli.{module}"), name)(options, files))
    return act


def _load(name: str, options: Namespace | None) -> Scenario:
    from sim.scenario import load

    return load(scenario_file(name), options.settings if options is not None else ())


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


ACTIONS: dict[str, Action] = {
    "check": check, "show": show, "new": new, "schema": schema, "list": listing, "store": _later("keeping", "store"),
    "report": _later("telling", "report"),
    **{name: _later("simulate", name) for name in ("run", "compare", "extend", "warmup")},
    **{name: _later("planner", name) for name in ("sweep", "staff", "sensitivity")}, "explain": _later("explain", "explain"),
    "chart": _later("drawing", "chart"),
}

