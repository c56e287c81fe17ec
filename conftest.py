"""What every test stands on: English texts, a store of its own, and property tests that do not depend on the machine's speed.

Code is compiled once.  After a rule was edited the engine and its counter have to be compiled anew, which takes a minute.  When the whole
suite runs in several processes, the one that hands out the tests has it done while the others begin with what needs no compiled code,
instead of each of them compiling everything for itself.  No test depends on this: what is not ready in time is compiled by whoever needs it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sim import compiling, i18n

ROOT = Path(__file__).resolve().parent
# Modules that are imported only where code can be compiled, as the program does.
collect_ignore_glob = [] if compiling.available() else ["sim/engine_numba/*", "sim/outcome/compiled/*", "sim/draws/compiled.py"]

settings.register_profile("default", deadline=None, print_blob=True, derandomize=True, max_examples=50,
                          suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", parent=settings.get_profile("default"), derandomize=False, max_examples=1000)
settings.load_profile(os.environ.get("NINE_DRAGONS_HYPOTHESIS", "default"))


@pytest.fixture(scope="session", autouse=True)
def _own_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Finished runs of this session are kept apart from the user's; other processes that a test starts inherit it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NINE_DRAGONS_STORE", str(tmp_path_factory.mktemp("store") / "runs.sqlite"))
        patch.setenv("MPLBACKEND", "Agg")
        for variable in ("LC_ALL", "LC_MESSAGES", "LANGUAGE", "NINE_DRAGONS_LANG"):
            patch.delenv(variable, raising=False)
        patch.setenv("LANG", "C.UTF-8")
        # A session started in the background ignores Ctrl-C, and so would every program that a test starts and then interrupts.
        if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Every test begins in English, whatever the machine or the test before spoke."""
    i18n.set_language("en")
    yield
    i18n.set_language("en")


@pytest.fixture
def root() -> Path:
    """Top of the repository."""
    return ROOT


# --- compiled code, once ------------------------------------------------------------------------------------------------------------------

COMPILE = """
from sim import run
for name in ("small/integrated", "theory/mm1"):
    run(name, replications=1, engine="compiled", store=":memory:")
"""

NEEDS_IT = re.compile(r"COMPILED|compiled|engine_numba|^(from|import) (script|worlds)\b", re.MULTILINE)
"""What in the text of a file says that its tests run compiled code."""

_compiler = pytest.StashKey["subprocess.Popen[bytes]"]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to compile, where the whole suite is handed out to several processes and nothing is there yet."""
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        return
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS or not compiling.available() or compiling.is_warm():
        return
    here = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    words = [sys.executable, "-c", COMPILE]
    config.stash[_compiler] = subprocess.Popen(words, env=here, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,  # noqa: S603
                                               stderr=subprocess.DEVNULL)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever stops early does not leave a compiler behind."""
    compiler = config.stash.get(_compiler, None)
    if compiler is not None:
        compiler.kill()
        compiler.wait()


@cache
def _needs_compiled_code(path: Path) -> bool:
    """Whether tests of a file run compiled code; examples in modules hardly ever do."""
    return path.parent.name == "tests" and bool(NEEDS_IT.search(path.read_text(encoding="utf-8")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that need compiled code come last, otherwise in the order in which they stand."""
    items.sort(key=lambda item: _needs_compiled_code(item.path))
