"""What all commands share that simulate: which scenarios, how to run, the result folder, the last lines."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from sim.cli.faults import Mendable, scenario_file
from sim.i18n import _, joined, ngettext

if TYPE_CHECKING:
    from sim.progress import Progress
    from sim.scenario import Scenario

__all__ = ["announce", "farewell", "how", "print_json", "progress", "records", "result_folder", "short", "sides", "told_reused"]

LONGEST = 140
"""Characters of a result folder's name that come from the scenarios' names."""


def sides(names: Sequence[str], options: Namespace) -> list[Scenario]:
    """Load every scenario; the faults of all of them are told at once."""
    from sim.base import Fault, ScenarioError
    from sim.cli.surging import surge_settings
    from sim.scenario import load

    found: list[Scenario] = []
    faults: list[Fault] = []
    surges = getattr(options, "surge", [])
    for name in names:
        try:
            side = load(scenario_file(name), options.settings)
            found.append(load(scenario_file(name), [*options.settings, *surge_settings(side, surges)]) if surges else side)
        except ScenarioError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise ScenarioError(faults)
    return found


@contextmanager
def how(options: Namespace) -> Iterator[dict[str, Any]]:
    """Arguments that all experiments take; a cluster is left again when the work is done."""
    said = {"jobs": options.jobs, "engine": options.engine, "fresh": options.fresh, "store": options.store,
            "progress": progress(options)}
    if getattr(options, "seed", None) is not None:
        said["seed"] = options.seed
    if options.cluster is None:
        yield said
        return
    with import_module("sim.cluster").executor(options.cluster) as executor:
        yield said | {"executor": executor}


def progress(options: Namespace) -> Progress:
    """Who is told how far it is."""
    from sim.progress import show

    return show(quiet=options.quiet, hints=not options.json)


@contextmanager
def result_folder(options: Namespace, default: str, identity: Sequence[str]) -> Iterator[Path]:
    """Result folder, free of other results, made and proved to be writable before any time is spent.

    Where nothing comes of it, no empty folder stays behind.
    """
    from sim.folder import free, typed

    wanted = Path(options.out) if options.out is not None else Path("results", default)
    folder = free(wanted, list(identity))
    if folder.exists() and not folder.is_dir():
        raise Mendable(_("Results need a folder, and {file} is a file. Name another with --out.").format(file=folder))
    new = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryFile(dir=folder):
            pass
        with typed(getattr(options, "typed", [])):
            yield folder
    except BaseException:
        with suppress(OSError):
            for place in new:
                place.rmdir()       # only if it is empty
        raise


def short(names: Sequence[str], between: str = "-vs-") -> str:
    """Name of a folder from several names, within what a file system takes.

    Examples
    --------
    >>> short(["town", "city"]), len(short(["x" * 60] * 5))
    ('town-vs-city', 146)
    """
    whole = between.join(names)
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]}-and-{len(names)}"


def announce(options: Namespace, scenarios: Sequence[Scenario]) -> None:
    """Say what is about to be done, and that the number of replications can be chosen."""
    if options.quiet:
        return
    number = options.replications or scenarios[0].run.replications
    names = " / ".join(side.name for side in scenarios)
    said = [ngettext("{names}: {number} replication", "{names}: {number} replications", number).format(names=names, number=number)]
    if options.replications is None:
        said.append(_("(the scenario's number; --replications changes it)"))
    print(joined(said), file=sys.stderr)


def farewell(folder: Path, total: int, reused: int) -> None:
    """The last lines: what was reused, and where everything is."""
    print()
    print(told_reused(total, reused))
    print(_("Everything, with charts and their data, is in {folder}").format(folder=f"{folder.as_posix()}/"))


def told_reused(total: int, reused: int) -> str:
    """How many replications were kept from before, in a sentence.

    Examples
    --------
    >>> told_reused(10, 4)
    'Replications in all: 10, of these kept from earlier runs: 4.'
    """
    return _("Replications in all: {total}, of these kept from earlier runs: {reused}.").format(total=f"{total:,}", reused=f"{reused:,}")


def records(table: Any) -> list[dict[str, Any]]:
    """Rows of a table as JSON can say them."""
    from sim.measures import plain

    rows: list[dict[str, Any]] = table.to_dict("records")
    return [{key: plain(value) if isinstance(value, float) else value for key, value in row.items()} for row in rows]


def print_json(value: Any) -> None:
    """Print JSON, whole lines, Chinese as it is."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=str) + "\n")
