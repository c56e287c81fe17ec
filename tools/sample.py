"""The sample under results/: the full-size Jimei comparison, its report, and the charts of the READMEs.

    python tools/sample.py            make it anew: a minute or two where the runs are not kept
    python tools/sample.py --check    change nothing; end with 1 if anything is wrong with it

It is what `nine-dragons compare` writes, made small enough to keep: without the daily table, with single pools, streets and communities
only as far as the report shows them, and with the charts of the READMEs alone, as pictures of few colours.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "results" / "sample"
REPLICATIONS, SEED = 10, 1
COMPARE = ("compare", "--replications", str(REPLICATIONS), "--seed", str(SEED), "--no-charts", "--lang", "en")
FORMATS = ("html", "docx", "xlsx")
CHARTS = ("forest", "stages")
"""Those that the READMEs show."""
DOTS, COLOURS = 144, 128        # to the inch, of a picture
SINGLE = ("pool:", "street:", "community:")
SHOWN = frozenset({"harm", "utilisation", "wait_mean"})
"""Measures of single pools and places that the report shows."""
LARGEST, WHOLE = 2_000_000, 8_000_000
"""Bytes of a file, and of the whole folder, at most."""
_PATH = re.compile(rb"(?<![\w.:/<])/(?:home|root|tmp|usr|opt|var|work|mnt|Users|private)/|\b[A-Z]:\\\\?(?:Users|Temp)")


def names() -> list[str]:
    """Files that the sample must have."""
    return ["manifest.json", "summary.csv", "differences.csv", "measures.csv", "reports.json",
            *(f"report-{lang}.{kind}" for lang in ("en", "zh") for kind in FORMATS),
            *(f"charts/{chart}{ending}" for chart in CHARTS for ending in (".png", ".zh.png", ".csv"))]


def make() -> None:
    """Make the sample anew, and put it in the place of the old one."""
    import sim
    from sim.cli import main

    if sim.__version__ == "unknown":        # run from the sources, without having been installed
        sim.__version__ = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as spare:
        os.chdir(spare)         # so that no path of this machine is in what is written
        try:
            made = Path(FOLDER.name)
            if main([*COMPARE, "--out", made.name]):
                raise SystemExit("the comparison failed")
            _thin(made)
            _draw(made)
            _seal(made)
            for lang in ("en", "zh"):
                if main(["report", made.name, "--format", ",".join(FORMATS), "--lang", lang, "--quiet"]):
                    raise SystemExit("the report failed")
            if faults := list(wrong(made)):
                raise SystemExit("\n".join(faults))
            shutil.rmtree(FOLDER, ignore_errors=True)
            shutil.copytree(made, FOLDER)
        finally:
            os.chdir(here)


def _thin(folder: Path) -> None:
    """Leave out what the report does not need."""
    (folder / "daily.csv").unlink()
    _rows(folder / "summary.csv", lambda row: not row["group"].startswith(SINGLE) or row["measure"] in SHOWN)
    _rows(folder / "differences.csv", lambda row: not row["group"].startswith(SINGLE) or row["measure"] in SHOWN)
    _rows(folder / "measures.csv", lambda row: row["group"] == "all" or (
        row["group"].startswith(("street:", "community:")) and row["measure"] in SHOWN))


def _rows(path: Path, keep: Callable[[dict[str, str]], bool]) -> None:
    """Keep some rows of a table, to the letter."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        kept = [row for row in table if keep(row)]
        head = list(table.fieldnames or ())
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, head, lineterminator="\n")
        out.writeheader()
        out.writerows(kept)


def _draw(folder: Path) -> None:
    """The charts of the READMEs, in both languages."""
    from sim.charts.style import drawing, pixels
    from sim.i18n import speaking
    from sim.redraw import Asked, opened

    place = folder / "charts"
    place.mkdir(exist_ok=True)
    for lang, ending in (("en", ""), ("zh", ".zh")):
        with speaking(lang):
            result = opened(folder, progress=False)
            for name in CHARTS:
                figure, data = result.draw(name, Asked())
                with drawing():
                    pixels(figure, DOTS, colours=COLOURS).save(place / f"{name}{ending}.png", format="png", optimize=True)
                if lang == "en":
                    data.to_csv(place / f"{name}.csv", index=False, float_format="%.10g", lineterminator="\n", encoding="utf-8-sig")


def _seal(folder: Path) -> None:
    """The manifest with the files that there are, and with what was left out."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["files"] = {one.relative_to(folder).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest()
                         for one in sorted(folder.rglob("*")) if one.is_file() and one != path}
    manifest["sample"] = ("Made small by tools/sample.py: without daily.csv; of single pools, streets and communities only "
                          f"{', '.join(sorted(SHOWN))}; measures.csv for the whole district and harm by place; charts of the READMEs only.")
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def wrong(folder: Path = FOLDER) -> Iterator[str]:
    """Everything that is wrong with the sample."""
    from sim.report.reading import ReportError, read

    for name in names():
        if not (folder / name).is_file():
            yield f"{name} is missing"
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    known = {*names()}
    for path in files:
        name = path.relative_to(folder).as_posix()
        if name not in known:
            yield f"{name} does not belong there"
        if path.stat().st_size > LARGEST:
            yield f"{name} has {path.stat().st_size:,} bytes, and may have {LARGEST:,}"
        for part, held in _contents(path):
            if found := _PATH.search(held):
                yield f"{name}{part} has a path of a machine: {held[max(0, found.start() - 40):found.end() + 40]!r}"
    if sum(path.stat().st_size for path in files) > WHOLE:
        yield f"the whole has more than {WHOLE:,} bytes"
    try:
        kept, = read([folder])
    except ReportError as error:
        yield str(error)
        return
    if len(kept.scenarios) != 2 or kept.replications != REPLICATIONS:
        yield "the manifest does not hold both scenarios as this version reads them, with all replications"
    for name, digest in kept.manifest["files"].items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            yield f"{name} was changed since the manifest was written"


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """What is in a file, and in the parts of a packed one."""
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(path) as packed:
            yield from ((f" ({part})", packed.read(part)) for part in packed.namelist() if part.endswith((".xml", ".rels")))
    elif path.suffix != ".png":
        yield "", path.read_bytes()


def run() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Renew or check the sample under results/.")
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if anything is wrong")
    if not parser.parse_args().check:
        make()
    faults = list(wrong())
    print("\n".join(faults) or "sample: sound", file=sys.stderr if faults else sys.stdout)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(run())
