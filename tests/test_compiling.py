"""Compiled code between runs: never stale, never in the way, safe for several processes.

A package of three small modules stands for the program, so that its sources can be edited.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sim import compiling
from sim.sources import model_hash

ROOT = Path(__file__).parent.parent
RULES = "from sim.compiling import inlined\n@inlined\ndef rule(x):\n    return x + {}\n"
PROGRAM = """
import sys
import numpy as np
from sim.compiling import cache_folder, compiled, is_warm, mark_warm
from sim.rules import rule
warm = is_warm()
@compiled
def total(values):
    found = values[0] - values[0]
    for value in values:
        found += rule(value)
    return found
kinds = sys.argv[1:] or ["float64"]
said = [float(total(np.ones(3, kind))) for kind in kinds]
mark_warm("city")
hits = sum(total.stats.cache_hits.values())
print(said[0], len(set(said)), hits, warm, cache_folder() is not None)
"""


@pytest.fixture
def program(tmp_path):
    """The package, and its program, whose answer is three times (1 + what the rule adds)."""
    pytest.importorskip("numba")
    package = tmp_path / "sim"
    package.mkdir()
    for needed in ("compiling.py", "sources.py"):
        shutil.copy(ROOT / "sim" / needed, package)
    (package / "__init__.py").touch()
    (package / "rules.py").write_text(RULES.format(1))
    (package / "program.py").write_text(PROGRAM)
    return tmp_path


def start(program, *kinds, cache="cache"):
    return subprocess.Popen([sys.executable, "-W", "error", "-m", "sim.program", *kinds], cwd=program, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True,
                            env=os.environ | {"PYTHONPATH": str(program), compiling.ENVIRONMENT: str(program / cache)})


def ran(program, *kinds, cache="cache"):
    """What the program says: answer, different answers, functions found compiled, whether it was warm, whether it has a folder."""
    process = start(program, *kinds, cache=cache)
    shown, err = process.communicate(timeout=100)
    assert (process.returncode, err) == (0, "")
    return shown.split()


@pytest.mark.slow
def test_the_second_process_finds_the_code_of_the_first(program):
    assert ran(program) == ["6.0", "1", "0", "False", "True"]
    assert ran(program) == ["6.0", "1", "1", "True", "True"]


def test_an_edited_rule_is_never_met_by_old_code(program):
    """Also if it is a function in another file that compiled code calls, which Numba by itself would not notice."""
    ran(program)
    (program / "sim" / "rules.py").write_text(RULES.format(2))
    assert ran(program) == ["9.0", "1", "0", "False", "True"]
    (program / "sim" / "rules.py").write_text(RULES.format(1))      # and back: its code is still there
    assert ran(program) == ["6.0", "1", "1", "True", "True"]


def test_a_source_that_was_only_touched_keeps_its_code(program):
    ran(program)
    for path in (program / "sim").glob("*.py"):
        os.utime(path, (1, 1))
    assert ran(program)[2] == "1"


def test_without_a_folder_it_works_and_says_nothing(program):
    (program / "file").touch()
    assert ran(program, cache="file/below") == ["6.0", "1", "0", "False", "False"]
    if getattr(os, "geteuid", lambda: 0)():     # a superuser may write anywhere, and Windows has other rules
        (program / "locked").mkdir(mode=0o500)
        assert ran(program, cache="locked") == ["6.0", "1", "0", "False", "False"]


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_cache_counts_as_none_and_is_mended(program, ending):
    ran(program)
    damaged = list((program / "cache").rglob(f"*.{ending}"))
    assert damaged
    for path in damaged:
        path.write_bytes(b"")
    assert ran(program)[:3] == ["6.0", "1", "0"]
    assert ran(program)[:3] == ["6.0", "1", "1"]


@pytest.mark.slow
def test_processes_that_compile_at_once_do_not_mix_up_their_code(program):
    kinds = ["float64", "int64", "float32", "int32"]
    together = [start(program, *kinds[number:], *kinds[:number]) for number in range(3)]
    for process in together:
        shown, err = process.communicate(timeout=100)
        assert (process.returncode, err) == (0, "")
        assert shown.split()[:2] == ["6.0", "1"]
    assert ran(program, *kinds)[:3] == ["6.0", "1", "4"]


# --- the folder -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where compiled code is kept in this test."""
    monkeypatch.setenv(compiling.ENVIRONMENT, str(tmp_path))
    monkeypatch.setattr(compiling, "available", lambda: True)
    compiling.cache_folder.cache_clear()
    yield tmp_path
    compiling.cache_folder.cache_clear()


def test_folders_of_older_sources_go_and_nothing_else(folder):
    names = [f"{number:016x}-py311-numba0.60.0-numpy1.26.4" for number in range(6)]
    for age, name in enumerate([*names, "my-thesis", "0123456789abcdef"]):
        (folder / name).mkdir()
        (folder / name / "code.nbc").touch()
        os.utime(folder / name, (1e9 - age, 1e9 - age))
    here = compiling.cache_folder()
    assert sorted(path.name for path in folder.iterdir()) == sorted([here.name, *names[:3], "my-thesis", "0123456789abcdef"])


def test_a_folder_that_is_there_already_removes_none(folder):
    here = compiling.cache_folder()
    for number in range(6):
        (folder / f"{number:016x}-py311-numba0.60.0-numpy1.26.4").mkdir()
    compiling.cache_folder.cache_clear()
    assert compiling.cache_folder() == here
    assert len(list(folder.iterdir())) == 7


def test_it_is_warm_once_it_is_marked(folder):
    assert not compiling.is_warm()
    compiling.mark_warm("bare")
    assert (compiling.is_warm("bare"), compiling.is_warm()) == (True, False)


def test_the_default_place_is_the_users_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv(compiling.ENVIRONMENT, raising=False)
    monkeypatch.setattr(compiling, "_users_cache", lambda: tmp_path)
    assert compiling._place().parent == tmp_path / "nine-dragons" / "compiled"
    assert model_hash()[:16] in compiling._place().name
