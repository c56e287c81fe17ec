"""Code is compiled once, beside tests that need none of it.

After a rule was edited the engine and its counter have to be compiled anew, which takes a minute.  When the whole suite runs in several
processes, the one that hands out the tests has it done while the others begin with what needs no compiled code, instead of each of them
compiling everything for itself.  No test depends on this: what is not ready in time is compiled by whoever needs it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from sim import compiling

ROOT = Path(__file__).parent.parent

COMPILE = """
from sim import run
for name in ("small/integrated", "theory/mm1"):
    run(name, replications=1, engine="compiled", store=":memory:")
"""

NEEDS_IT = re.compile(r"COMPILED|compiled|engine_numba|^(from|import) (script|worlds)\b", re.MULTILINE)
"""What in the text of a file says that its tests run compiled code."""

_helper = pytest.StashKey["subprocess.Popen[bytes]"]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to compile, where the whole suite is handed out to several processes and nothing is there yet."""
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        return
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or not compiling.available() or compiling.is_warm():
        return
    here = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    config.stash[_helper] = subprocess.Popen([sys.executable, "-c", COMPILE], env=here, stdin=subprocess.DEVNULL,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever stops early does not leave a compiler behind."""
    helper = config.stash.get(_helper, None)
    if helper is not None:
        helper.kill()
        helper.wait()


@cache
def needs_compiled_code(path: Path) -> bool:
    """Whether tests of a file run compiled code."""
    if path.parent != Path(__file__).parent:
        return False        # an example in a module
    return bool(NEEDS_IT.search(path.read_text(encoding="utf-8")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that need compiled code come last, otherwise in the order in which they stand."""
    items.sort(key=lambda item: needs_compiled_code(item.path))
