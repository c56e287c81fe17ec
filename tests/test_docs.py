"""The documentation agrees with the program: examples run, tables are up to date, what is named exists."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from sim.draws.random import Block
from sim.timeline import Phase

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
DISTRICTS = sorted((ROOT / "docs" / "districts").glob("*.md"))
PROSE = [*PAGES, *DISTRICTS, *(ROOT / name for name in ("README.md", "README.zh.md", "CHANGELOG.md"))]
GENERATED = "settings.md"


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def module(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_generated_tables_are_up_to_date() -> None:
    """If this fails: python tools/reference.py."""
    assert module("tools/reference.py").outdated() == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_examples_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The python blocks of a page, one after another."""
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    text = "\n".join(blocks)
    assert all(">>>" in block for block in blocks), "an example shows what comes out"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, path.name, str(path), 0)
    told: list[str] = []
    failed = doctest.DocTestRunner(optionflags=flags, verbose=False).run(test, out=told.append).failed
    assert not failed, "".join(told)


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.name)
def test_nothing_is_left_to_fill_in(path: Path) -> None:
    assert re.findall(r"@[A-Z]+@|TODO|FIXME", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != GENERATED], ids=lambda path: path.name)
def test_a_page_can_be_read_at_a_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300


def test_every_page_is_in_the_index() -> None:
    index = page("README.md")
    assert [path.name for path in PAGES if path.name != "README.md" and f"({path.name})" not in index] == []
    assert [path.name for path in DISTRICTS if f"(districts/{path.name})" not in index] == []


def test_every_district_has_its_page() -> None:
    """It says which command renews its figures; what it shows are measures."""
    cities = {path.parent.name for path in (ROOT / "scenarios").glob("*/integrated.yaml")} - {"small", "specialists"}
    assert {path.stem for path in DISTRICTS} == cities
    asked, known = module("tools/districts.py").ASKED, set(importlib.import_module("sim.measures").MEASURES)
    for path in DISTRICTS:
        text = path.read_text(encoding="utf-8")
        assert f"nine-dragons compare {path.stem}/" in text, path.name
        assert {key.strip().partition("@")[0] for one in asked.findall(text) for key in one[4].split(",")} <= known, path.name


def test_every_module_has_its_line() -> None:
    """And every file named in the pages about the code is there."""
    text = page("modules.md")
    inside = {path.relative_to(ROOT / "sim").as_posix() for path in (ROOT / "sim").rglob("*.py") if not path.name.startswith("__")}
    assert sorted(name for name in inside if f"`{name}`" not in text) == []
    named = set(re.findall(r"`([a-z_/]+\.py)`", text + page("contracts.md") + page("extending.md") + page("verification.md")))
    known = inside | {path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/*.py")} | {f"sim/{name}" for name in inside}
    known |= {"sim/outcome/__init__.py", "sim/charts/__init__.py"} | {Path(name).name for name in inside}
    assert sorted(named - known) == []


def test_the_layers_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    shown = re.search(r"```text\n(.*?)```", page("architecture.md"), re.DOTALL)
    assert shown is not None
    assert shown[1].splitlines() == layers


def test_every_block_and_phase_is_explained() -> None:
    text = page("contracts.md")
    assert [one.name for one in (*Block, *Phase) if f"| `{one.name}` |" not in text] == []


def test_tests_that_are_named_exist() -> None:
    """What a page says is checked is checked by a test of that name."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    named = {name for path in PAGES for name in re.findall(r"`(test_\w+)`", path.read_text(encoding="utf-8"))}
    assert len(named) > 10
    assert sorted(name for name in named if f"def {name}(" not in source) == []


def test_every_theory_scenario_is_on_the_page_with_its_exact_values() -> None:
    """To four digits."""
    theory = module("tests/test_theory.py")
    lines = {line.split("`")[1]: line for line in page("verification.md").splitlines() if line.startswith("| `")}
    for name in theory.SLOW:
        for key, value in theory.expected(name)[1].items():
            assert f"{value:.4g}" in lines[name], f"{name}, {key}: {value:.4g}"
    others = {path.stem for path in theory.FOLDER.glob("*.yaml")} - set(theory.SLOW)
    assert sorted(name for name in others - {"tandem"} if name not in lines and f"`{name}.yaml`" not in page("verification.md")) == []
