"""What every test stands on: English texts, a store of its own, and property tests that do not depend on the machine's speed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
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
