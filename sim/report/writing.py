"""Reports as files: what is needed for each format, and where they go (输出报告).

A report that somebody has edited since it was written is left alone: the next one takes another name.  `reports.json` beside them
remembers what was written.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from sim import folder as files
from sim.i18n import _
from sim.report import pdf
from sim.report.building import build
from sim.report.document import Document
from sim.report.reading import ReportError, read

__all__ = ["FORMATS", "lacking", "report"]

FORMATS = ("html", "docx", "xlsx", "pdf")
NEEDED = {"html": ("jinja2",), "docx": ("docx",), "xlsx": ("xlsxwriter",), "pdf": ()}
MODULES = {"html": "sim.report.html", "docx": "sim.report.word", "xlsx": "sim.report.excel"}
WRITTEN = "reports.json"
INSTALL = 'pip install "nine-dragons[report]"'


def report(folders: Sequence[Path | str], formats: Sequence[str] = ("html",), *, lang: str = "en", out: Path | str | None = None,
           store: Path | str | None = None) -> tuple[Document, list[Path]]:
    """Write a report of one or several results.

    Parameters
    ----------
    folders : sequence of path
        Result folders.
    formats : sequence of str
        Of `FORMATS`.
    lang : str
        "en" or "zh".
    out : path, optional
        Folder where it goes; by default the first result folder.
    store : path, optional
        Where finished runs are kept, for charts that need them.

    Returns
    -------
    Document
        What it says.
    list of Path
        The files, in the order of the formats.

    Raises
    ------
    ReportError
        A folder cannot be read, or a format cannot be written here; with all that is wrong.
    """
    chosen = list(dict.fromkeys(formats))
    faults = lacking(chosen)
    try:
        kept = read(folders)
    except ReportError as error:
        faults = [*error.faults, *faults]
    if faults:
        raise ReportError(faults)
    place = Path(out) if out is not None else kept[0].folder
    if place.exists() and not place.is_dir():
        raise ReportError([_("A report needs a folder, and {file} is a file. Name another with --out.").format(file=place)])
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nine-dragons-", ignore_cleanup_errors=True) as spare:
        pixels = "docx" in chosen or ("pdf" in chosen and pdf.browser() is None)
        document = build(kept, lang, Path(spare), store=store, pixels=pixels)
        with ExitStack() as stack:
            printing = pdf.Printing(document, Path(spare)) if "pdf" in chosen else None
            if printing is not None:
                stack.callback(printing.stop)
            made = {kind: _written(place, f"report-{lang}", kind, _writer(kind, document, printing))
                    for kind in sorted(chosen, key=lambda kind: kind == "pdf")}      # the others while it is printed
        return document, [made[kind] for kind in chosen]


def lacking(formats: Sequence[str]) -> list[str]:
    """What is missing on this machine for these formats, as sentences.

    Examples
    --------
    >>> lacking(["html", "scroll"])
    ['There is no format scroll; choose of html, docx, xlsx, pdf.']
    """
    said = [_("There is no format {format}; choose of {formats}.").format(format=one, formats=", ".join(FORMATS))
            for one in formats if one not in FORMATS]
    asked = [one for one in formats if one in FORMATS]
    needed = dict.fromkeys(name for one in asked for name in NEEDED[one])
    if "pdf" in asked:
        if pdf.browser() is not None:
            needed |= dict.fromkeys(NEEDED["html"])
        elif pdf.office() is not None:
            needed |= dict.fromkeys(NEEDED["docx"])
        else:
            said.append(_("A PDF needs a browser (Chromium, Chrome or Edge) or LibreOffice, and none was found. Install one, or name the "
                          "browser's file in {variable}; or open the HTML report in any browser and print it.").format(
                              variable=pdf.ENVIRONMENT))
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        said.append(_("Reports need {libraries}, which are not installed: {command}").format(libraries=", ".join(missing), command=INSTALL))
    return said


def _writer(kind: str, document: Document, printing: pdf.Printing | None) -> Callable[[Path], object]:
    """What fills a file of this format."""
    if kind == "pdf" and printing is not None:
        return printing.finish
    return lambda path: importlib.import_module(MODULES[kind]).write(document, path)


def _written(place: Path, name: str, kind: str, fill: Callable[[Path], object]) -> Path:
    """Write a file whole, under a name that nobody has edited."""
    known = _known(place)
    path, number = place / f"{name}.{kind}", 1
    while path.exists() and _digest(path) != known.get(path.name):
        number += 1
        path = place / f"{name}-{number}.{kind}"
    known[path.name] = files._put(path, fill)
    text = json.dumps(known, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    files._put(place / WRITTEN, lambda one: one.write_text(text, encoding="utf-8", newline="\n"))
    return path


def _known(place: Path) -> dict[str, str]:
    try:
        found = json.loads((place / WRITTEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in found.items()} if isinstance(found, dict) else {}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
