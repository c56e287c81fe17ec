"""`chart`: draw one chart from a result folder, or list what the folder offers."""

from __future__ import annotations

import gc
import re
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import common, screen
from sim.cli.faults import Mendable
from sim.i18n import _, joined

if TYPE_CHECKING:
    from sim.redraw import Folder

__all__ = ["FORMATS", "SIZES", "chart"]

FORMATS = ("png", "svg", "pdf")
SIZES: dict[str, tuple[float, float | None]] = {"report": (160.0, None), "half": (80.0, None), "slide": (254.0, 143.0)}
"""Sizes by name: width and height in mm; without a height the chart is as high as it needs."""
SMALLEST, LARGEST = 20.0, 2000.0        # mm
MM = 25.4                               # to the inch
READABLE = 5.0                          # points
TEXT = 9.0                              # points, of most texts of a chart as it is laid out


def chart(options: Namespace, files: list[str]) -> int:
    """Draw one chart, or list those that there are."""
    gc.disable()        # what is imported stays: looking through it for rubbish would take a tenth of the whole time
    try:
        from sim.redraw import RedrawError, opened

        folder = opened(files[0], jobs=options.jobs, engine=options.engine, store=options.store, progress=common.progress(options))
        gc.freeze()
    finally:
        gc.enable()
    name = files[1] if len(files) > 1 else None
    if name is None:
        return _list(folder, options)
    faults: list[str] = []
    said = folder.unknown(name)
    faults += [said] if said else _out_of_place(name, options)
    size = _size(options.size, faults)
    pictures, table = _places(folder, name, options, faults)
    if faults:
        raise Mendable("\n".join(faults))
    try:
        return _draw(folder, name, size, pictures, table, options)
    except RedrawError as error:
        raise Mendable(str(error)) from None


def _list(folder: Folder, options: Namespace) -> int:
    offers = folder.offers()
    if options.json:
        common.print_json({"folder": folder.place.as_posix(), "kind": folder.kind,
                           "charts": [{"name": name, "shows": text} for name, text in offers.items()]})
    else:
        screen.table([_("Chart"), _("Shows")], [[name, text] for name, text in offers.items()])
    return 0


def _draw(folder: Folder, name: str, size: tuple[float, float | None] | None, pictures: list[Path], table: Path, options: Namespace) -> int:
    from sim.charts.page import shaped
    from sim.charts.style import save_as
    from sim.redraw import Asked

    with shaped(*(size or (1.0, None))):
        figure, data = folder.draw(name, Asked(options.issue, options.pool, options.day, options.replication or 0))
    width = size[0] / MM if size else None
    written = save_as(figure, data, pictures, table, width)
    points = TEXT * (width / float(figure.get_size_inches()[0]) if width else 1.0)
    if points < READABLE:
        folder.notes.append(_("At this size most texts are {points:.1f} points high, hard to read in print: give the chart more "
                              "room.").format(points=points))
    if options.json:
        common.print_json({"chart": name, "files": [path.as_posix() for path in written], "notes": folder.notes})
        return 0
    for note in folder.notes:
        print(note, file=sys.stderr)
    for path in written:
        print(path.as_posix())
    return 0


def _size(said: str | None, faults: list[str]) -> tuple[float, float | None] | None:
    """Width and height in mm."""
    if said is None:
        return None
    if said in SIZES:
        return SIZES[said]
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:[x×](\d+(?:\.\d+)?))?(?:\s*mm)?", said.strip(), re.IGNORECASE)
    sides = [float(side) for side in found.groups() if side] if found else []
    if not sides or not all(SMALLEST <= side <= LARGEST for side in sides):
        faults.append(_("--size: {value} is no size. Name WIDTHxHEIGHT or WIDTH in mm, each from {least:g} to {most:g}, or one of "
                        "{names}.").format(value=repr(said), least=SMALLEST, most=LARGEST, names=", ".join(SIZES)))
        return None
    return sides[0], sides[1] if len(sides) > 1 else None


def _places(folder: Folder, name: str, options: Namespace, faults: list[str]) -> tuple[list[Path], Path]:
    """Files of the pictures and of the table."""
    formats = [one.strip().lower() for one in options.format.split(",")] if options.format else []
    unknown = [one for one in formats if one not in FORMATS]
    if unknown:
        faults.append(_("--format: there is no format {names}; choose of {choices}.").format(
            names=", ".join(map(repr, unknown)), choices=", ".join(FORMATS)))
    out = Path(options.out) if options.out else Path(f"{folder.place.resolve().name}-{name}")
    if out.is_dir():
        out = out / name
    ending = out.suffix.lower().removeprefix(".")
    if ending in FORMATS:
        if options.format and formats != [ending]:
            faults.append(_("--out ends in .{ending}, and --format says {formats}: name the file without an ending, or leave --format "
                            "out.").format(ending=ending, formats=options.format))
        out, formats = out.with_suffix(""), [ending]
    elif ending and options.out and not formats and re.fullmatch(r"[a-z]{2,5}", ending):
        faults.append(_("--out: a chart cannot be written as .{ending}; choose of {choices}.").format(
            ending=ending, choices=", ".join(FORMATS)))
    formats = list(dict.fromkeys(formats)) or ["png"]
    return [out.with_name(f"{out.name}.{one}") for one in formats], out.with_name(f"{out.name}.csv")


def _out_of_place(name: str, options: Namespace) -> list[str]:
    """Options that have no meaning for this chart."""
    given: dict[str, tuple[Any, tuple[str, ...]]] = {
        "--issue": (options.issue, ("life",)), "--pool": (options.pool, ("pool",)), "--day": (options.day, ("pool",)),
        "--replication": (options.replication, ("life", "pool"))}
    return [joined([_("{option} says nothing about the chart {name}.").format(option=option, name=name),
                    _("It goes with: {names}.").format(names=", ".join(charts))])
            for option, (value, charts) in given.items() if value is not None and name not in charts]
