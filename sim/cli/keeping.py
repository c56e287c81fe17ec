"""`store`: what is kept of finished runs, how large it is, and what can go."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sim.cli import common, screen
from sim.cli.commands import ACTS
from sim.cli.faults import Mendable
from sim.i18n import _
from sim.progress import duration

if TYPE_CHECKING:
    from sim.store import Store

__all__ = ["store"]

MOST_ROWS = 40
"""Rows of a list on the screen; `--json` has them all."""
UNITS = ("B", "kB", "MB", "GB", "TB")


def store(options: Namespace, files: list[str]) -> int:
    """List, measure or prune the store of finished runs."""
    from sim.store import open_store

    act = files[0] if files else ACTS[0]
    if act not in ACTS:
        raise Mendable(_("The store knows no {word}; choose one of {choices}.").format(word=act, choices=", ".join(ACTS)))
    chosen = options.stale or options.everything or options.older_than or options.dry_run
    if chosen and act != "prune":
        raise Mendable(_("--stale, --older-than, --everything and --dry-run go with store prune."))
    with open_store(options.store) as kept:
        return {"list": _list, "size": _size, "prune": _prune}[act](kept, options)


def _list(kept: Store, options: Namespace) -> int:
    entries = kept.entries(options.only)
    if options.json:
        common.print_json({"place": str(kept.where or ""), "entries": [entry._asdict() for entry in entries]})
        return 0
    if not entries:
        print(_("Nothing is kept in {place}.").format(place=kept.where))
        return 0
    rows = [[entry.name, entry.scenario[:8], str(entry.seed), f"{entry.replications:,}", " + ".join(entry.engines),
             bytes_of(entry.size), duration(entry.seconds), entry.finished[:16].replace("T", " "),
             _("this") if entry.current else _("earlier")] for entry in entries[:MOST_ROWS]]
    screen.table([_("Scenario"), _("Hash"), _("Seed"), _("Replications"), _("Engine"), _("Size"), _("Computing time"), _("Finished"),
                  _("Model")], rows, right=(2, 3, 5, 6))
    if len(entries) > MOST_ROWS:
        print(_("… and {number} more; --json shows all").format(number=len(entries) - MOST_ROWS))
    return 0


def _size(kept: Store, options: Namespace) -> int:
    size = kept.size()
    if options.json:
        common.print_json({"place": str(kept.where or ""), **size._asdict()})
        return 0
    print(_("{place}: {runs} runs, {file} on disk.").format(place=kept.where, runs=f"{size.runs:,}", file=bytes_of(size.file)))
    if size.stale:
        print(_("{stale} of them are of earlier versions of the model and are never used again: {command}").format(
            stale=f"{size.stale:,}", command="nine-dragons store prune"))
    return 0


def _prune(kept: Store, options: Namespace) -> int:
    from sim.store import StoreError

    said: dict[str, Any] = {"stale": options.stale, "older_than": _age(options.older_than), "scenario": options.only,
                            "everything": options.everything}
    if not any(said.values()):
        said["stale"] = True
    gone = kept.prune(**said, dry_run=options.dry_run)
    freed = 0
    if gone.runs and not options.dry_run:
        try:
            freed = kept.vacuum()
        except StoreError as error:
            print(_("Note: {message}").format(message=error), file=sys.stderr)
    if options.json:
        common.print_json({"place": str(kept.where or ""), **gone._asdict(), "freed": freed, "dry_run": options.dry_run})
        return 0
    text = _("{runs} runs would be removed ({size}).") if options.dry_run else _("{runs} runs were removed ({size}).")
    print(text.format(runs=f"{gone.runs:,}", size=bytes_of(gone.size)))
    return 0


def _age(text: str | None) -> timedelta | None:
    from pydantic import TypeAdapter, ValidationError

    from sim.base import PositiveDuration

    if text is None:
        return None
    try:
        return timedelta(seconds=float(TypeAdapter(PositiveDuration).validate_python(text)))
    except (ValidationError, OverflowError):
        raise Mendable(_("--older-than needs a time with its unit, such as \"30 days\", and is {text}.").format(text=repr(text))) from None


def bytes_of(number: float) -> str:
    """Bytes for people.

    Examples
    --------
    >>> bytes_of(512), bytes_of(12_345_678)
    ('512 B', '12.3 MB')
    """
    unit = 0
    while number >= 999.5 and unit < len(UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.3g} {UNITS[unit]}"
