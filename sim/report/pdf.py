"""A report as PDF: the HTML page printed by a browser, else the Word document converted by LibreOffice (PDF 报告)."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sim.charts.text import FONT
from sim.i18n import _
from sim.report.document import Document
from sim.report.reading import ReportError

__all__ = ["ENVIRONMENT", "browser", "office", "write"]

ENVIRONMENT = "NINE_DRAGONS_BROWSER"
SECONDS = 120
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "microsoft-edge-stable",
             "msedge")
_APPS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome",
         "Microsoft Edge.app/Contents/MacOS/Microsoft Edge")
_WINDOWS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe", "Chromium/Application/chrome.exe")
_FLAGS = ("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
          "--disable-sync", "--disable-extensions", "--no-pdf-header-footer", "--allow-file-access-from-files")


def browser() -> Path | None:
    """A browser that prints: the one named in the environment, else the first that is found."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        found = shutil.which(named)
        return Path(found) if found else None
    return _found(_BROWSERS, [Path("/Applications", one) for one in _APPS], _WINDOWS)


def office() -> Path | None:
    """LibreOffice, where it is installed."""
    return _found(("soffice", "libreoffice"), [Path("/Applications/LibreOffice.app/Contents/MacOS/soffice")],
                  ("LibreOffice/program/soffice.exe",))


def _found(names: Sequence[str], apps: Sequence[Path], windows: Sequence[str]) -> Path | None:
    for name in names:
        if path := shutil.which(name):
            return Path(path)
    places = list(apps) if sys.platform == "darwin" else []
    if sys.platform == "win32":
        roots = [os.environ.get(one) for one in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA")]
        places = [Path(root, one) for root in roots if root for one in windows]
    return next((place for place in places if place.is_file()), None)


def write(document: Document, path: Path, spare: Path) -> None:
    """Write a report as PDF.

    Parameters
    ----------
    document : Document
    path : Path
    spare : Path
        A folder for what is needed on the way.

    Raises
    ------
    ReportError
        Neither a browser nor LibreOffice is there, or it failed.
    """
    chrome, writer = browser(), office()
    if chrome is not None:
        _printed(chrome, document, path, spare)
    elif writer is not None:
        _converted(writer, document, path, spare)
    else:
        raise ReportError([_("A PDF needs a browser (Chromium, Chrome or Edge) or LibreOffice, and none was found.")])


def _printed(chrome: Path, document: Document, path: Path, spare: Path) -> None:
    """Print the page; a letter that no font of the machine has is taken from the one that charts use."""
    text = importlib.import_module("sim.report.html").page(document)
    face = f'@font-face{{font-family:"Nine Dragons Sans SC";src:url("{FONT.as_uri()}")}}'      # named last in the page's own style
    page, made = spare / "report.html", spare / "report.pdf"
    page.write_text(text.replace("<style>", f"<style>{face}", 1), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="browser-", dir=spare, ignore_cleanup_errors=True) as profile:
        rootless = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []     # a browser refuses to sandbox for root
        _run([str(chrome), *_FLAGS, *rootless, f"--user-data-dir={profile}", f"--print-to-pdf={made}", page.as_uri()], made)
    shutil.copyfile(made, path)


def _converted(writer: Path, document: Document, path: Path, spare: Path) -> None:
    """Let LibreOffice convert the Word document."""
    source, made = spare / "report.docx", spare / "report.pdf"
    importlib.import_module("sim.report.word").write(document, source)
    with tempfile.TemporaryDirectory(prefix="office-", dir=spare, ignore_cleanup_errors=True) as profile:
        _run([str(writer), "--headless", f"-env:UserInstallation={Path(profile).as_uri()}", "--convert-to", "pdf", "--outdir", str(spare),
              str(source)], made)
    shutil.copyfile(made, path)


def _run(words: Sequence[str], made: Path) -> None:
    """Run a program that makes a file."""
    made.unlink(missing_ok=True)
    try:
        done = subprocess.run(list(words), stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise ReportError([_("{program} made no PDF within {seconds} s.").format(program=words[0], seconds=SECONDS)]) from None
    except OSError as error:
        raise ReportError([_("{program} made no PDF: {why}").format(program=words[0], why=error)]) from error
    if not made.is_file() or not made.stat().st_size:
        why = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ReportError([_("{program} made no PDF: {why}").format(program=words[0], why=why[-1] if why else done.returncode)])
