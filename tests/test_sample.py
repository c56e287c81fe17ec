"""The sample under results/ is whole, small, names no machine, and is read as any result."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

from sim.report.headlines import FIRST
from sim.report.lines import lines
from sim.report.reading import read

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "results" / "README.md").exists(), reason="a source archive has no results")
_spec = importlib.util.spec_from_file_location("sample_tool", ROOT / "tools" / "sample.py")
assert _spec is not None
sample = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sample)  # type: ignore[union-attr]


def test_the_sample_is_sound() -> None:
    assert list(sample.wrong()) == []


def test_what_is_wrong_with_a_sample_is_seen(tmp_path: Path) -> None:
    """One fault of each kind."""
    folder = tmp_path / "sample"
    shutil.copytree(sample.FOLDER, folder)
    (folder / "report-zh.docx").unlink()
    (folder / "other.csv").write_bytes(b"/home/secret" + bytes(sample.LARGEST))
    (folder / "summary.csv").write_text((folder / "summary.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["program"]["typed"] += ["--out", "/home/somebody/results"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = "\n".join(sample.wrong(folder))
    for part in ("report-zh.docx is missing", "other.csv does not belong there", "other.csv has 2,000,012 bytes", "other.csv has a path",
                 "manifest.json has a path of a machine: ", "summary.csv was changed"):
        assert part in said, part


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_report_of_the_sample_says_what_its_tables_hold(lang: str) -> None:
    kept, = read([sample.FOLDER])
    found = lines(kept, kept.names[1])
    text = (sample.FOLDER / f"report-{lang}.html").read_text(encoding="utf-8")
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<(svg|script|style)\b.*?</\1>", "", text, flags=re.DOTALL)))
    for key in FIRST:
        line = found[key]
        how = line.shown
        assert " ".join(how.number(value, signed=signed) for value, signed in (
            (line.base.mean, False), (line.other.mean, False), (line.difference, True), (line.low, True), (line.high, True))) in words, key


def test_readmes_show_the_charts_of_the_sample() -> None:
    for name in ("README.md", "README.zh.md"):
        pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / name).read_text(encoding="utf-8"))
        assert pictures
        assert all(picture.startswith("results/sample/charts/") and (ROOT / picture).is_file() for picture in pictures), pictures
