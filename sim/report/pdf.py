"""A report as PDF: the HTML page printed by a browser, else the Word document converted by LibreOffice (PDF 报告)."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sim.charts.text import FONT
from sim.i18n import _
from sim.report.document import Document
from sim.report.reading import ReportError

__all__ = ["ENVIRONMENT", "Printing", "browser", "office"]

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


class Printing:
    """A PDF in the making (打印中): begun at once, so that other formats are written meanwhile.

    Parameters
    ----------
    document : Document
    spare : Path
        A folder for what is needed on the way, until it is finished.

    Raises
    ------
    ReportError
        Neither a browser nor LibreOffice is there, or it cannot be started.
    """

    def __init__(self, document: Document, spare: Path) -> None:
        chrome, writer = browser(), office()
        if chrome is not None:
            words, self.made = _by_browser(chrome, document, spare)
        elif writer is not None:
            words, self.made = _by_office(writer, document, spare)
        else:
            raise ReportError([_("A PDF needs a browser (Chromium, Chrome or Edge) or LibreOffice, and none was found.")])
        self.program = words[0]
        self.errors = (spare / "errors.txt").open("w+b")
        try:
            self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)  # noqa: S603
        except OSError as error:
            self.errors.close()
            raise ReportError([_("{program} made no PDF: {why}").format(program=self.program, why=error)]) from error

    def finish(self, path: Path) -> None:
        """Wait for it, and put it in its place."""
        try:
            status = self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise ReportError([_("{program} made no PDF within {seconds} s.").format(program=self.program, seconds=SECONDS)]) from None
        if not self.made.is_file() or not self.made.stat().st_size:
            self.errors.seek(0)
            why = self.errors.read().decode("utf-8", "replace").strip().splitlines()
            raise ReportError([_("{program} made no PDF: {why}").format(program=self.program, why=why[-1] if why else status)])
        shutil.copyfile(self.made, path)

    def stop(self) -> None:
        """End it, done or not."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()


def _by_browser(chrome: Path, document: Document, spare: Path) -> tuple[list[str], Path]:
    """Print the page; a letter that no font of the machine has is taken from the one that charts use."""
    text = importlib.import_module("sim.report.html").page(document, lettered=False)
    face = (f'@font-face{{font-family:"Nine Dragons Sans SC";src:url("{FONT.as_uri()}")}}'      # named last in the page's own style
            '.written{font-family:"Nine Dragons Sans SC",sans-serif;white-space:pre}')
    page, made = spare / "printed.html", spare / "printed.pdf"
    page.write_text(text.replace("<style>", f"<style>{face}", 1), encoding="utf-8")
    rootless = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []     # a browser refuses to sandbox for root
    return [str(chrome), *_FLAGS, *rootless, f"--user-data-dir={spare / 'browser'}", f"--print-to-pdf={made}", page.as_uri()], made


def _by_office(writer: Path, document: Document, spare: Path) -> tuple[list[str], Path]:
    """Let LibreOffice convert the Word document."""
    source, made = spare / "printed.docx", spare / "printed.pdf"
    importlib.import_module("sim.report.word").write(document, source)
    return [str(writer), "--headless", f"-env:UserInstallation={(spare / 'office').as_uri()}", "--convert-to", "pdf", "--outdir",
            str(spare), str(source)], made
