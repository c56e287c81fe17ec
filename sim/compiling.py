"""Compiled code, and where it is kept between runs: the only module that knows Numba.

`compiled` turns a plain function of numbers and arrays into machine code, on its first call.  The code is kept in a folder named
after a hash of all sources that decide outcomes (`sim.sources`) and the versions of Python, Numba and NumPy, so that no edited rule
ever meets stale code.  Where no folder can be written, nothing is kept and the code is compiled anew in each process.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar, cast

from sim.sources import model_hash

__all__ = ["ENVIRONMENT", "INSTALL", "Stopped", "available", "beside", "cache_folder", "compiled", "inlined", "inlined_as", "is_warm", "mark_warm",
           "melted", "melted_part", "numba_version", "part"]

ENVIRONMENT = "NINE_DRAGONS_CACHE"
"""Environment variable that names another folder for compiled code than the user's cache folder."""

INSTALL = 'python -m pip install "numba>=0.60,<0.70"'
"""What installs what the compiled engine needs: the extra `fast` of pyproject.toml."""

NEWEST = 4                  # folders of compiled code that are kept: these sources and three others
MARK = "complete"           # begins the names of files that say which engine has run from a folder of compiled code
_OURS = re.compile(r"[0-9a-f]{16}-py\d+-numba[\w.+-]+")     # names of such folders; nothing else is ever removed

_Function = TypeVar("_Function", bound=Callable[..., Any])
_waiting: list[Callable[..., Any]] = []     # marked functions that Numba does not know yet: it takes half a second to import
_melted: set[Callable[..., Any]] = set()    # those that become a part of each caller
_twins: dict[Callable[..., Any], Callable[..., Any]] = {}      # what compiled functions call in place of a marked function
_running: list[bool] = []                   # not empty once Numba is in use


def inlined(function: _Function) -> _Function:
    """Mark a plain function of numbers and arrays as one that compiled functions may call; it stays the plain function it is.

    Settings that come as a tuple of many arrays are called `numbers`: such a function is melted into its callers (`melted`).

    Examples
    --------
    >>> @inlined
    ... def twice(x):
    ...     return 2 * x
    >>> twice(21)
    42
    """
    _waiting.append(function)
    if _running:
        _make_known()
    return function


def melted(function: _Function) -> _Function:
    """`inlined`, and every caller has its code in place of a call: for what draws, as only a loop without calls draws several at once.

    Examples
    --------
    >>> @melted
    ... def twice(x):
    ...     return 2 * x
    >>> twice(21)
    42
    """
    _melted.add(function)
    return inlined(function)


def inlined_as(twin: Callable[..., Any]) -> Callable[[_Function], _Function]:
    """Mark a plain function as one in whose place compiled functions call `twin`, which gives the same results faster there.

    `twin` may use what only compiled code can, such as `float64(x).view(int64)`.

    Examples
    --------
    >>> @inlined_as(lambda x: x + x)
    ... def twice(x):
    ...     return 2 * x
    >>> twice(21)
    42
    """
    def marked(function: _Function) -> _Function:
        _twins[function] = twin
        return inlined(function)

    return marked


def _make_known() -> None:
    """Tell Numba of all functions marked so far."""
    from numba.extending import overload, register_jitable

    _running[:] = [True]
    while _waiting:
        function = _waiting.pop()
        # A tuple of thirty arrays is no argument to hand over.
        into_callers = "numbers" in inspect.signature(function).parameters or function in _twins or function in _melted
        options: Any = {"error_model": "numpy", "nogil": True, "forceinline": into_callers}
        if function in _twins:
            overload(function, jit_options=options, strict=False)(_always(_twins[function]))
        else:
            register_jitable(**options)(function)


def _always(twin: Callable[..., Any]) -> Callable[..., Any]:
    """What Numba asks which function to use for some types of arguments."""
    def for_types(*_types: Any, **_named: Any) -> Callable[..., Any]:
        return twin

    return for_types


class Stopped(Exception):
    """Compiled work was asked to stop before its end; what it had is dropped."""


def available() -> bool:
    """Whether Numba is installed (extra `fast`); without it everything runs on SimPy.

    Examples
    --------
    >>> available() in (True, False)
    True
    """
    return importlib.util.find_spec("numba") is not None


def numba_version() -> str | None:
    """Version of Numba, without importing it; None where it is not installed."""
    return _version("numba") if available() else None


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _place() -> Path:
    """Where the compiled code of these sources belongs, whether or not it is there."""
    said = os.environ.get(ENVIRONMENT)
    versions = f"py{sys.version_info.major}{sys.version_info.minor}-numba{_version('numba')}-numpy{_version('numpy')}"
    top = Path(said).expanduser() if said else _users_cache() / "nine-dragons" / "compiled"
    return top / f"{model_hash()[:16]}-{versions}"


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled code of these sources, made and written to; None where there is none.

    `NINE_DRAGONS_CACHE` names another place than the user's cache folder.  A new folder pushes out those of older sources.
    """
    try:
        folder = _place().absolute()
        new = not folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        os.utime(folder)        # used now: what was not used for longest goes first
    except (OSError, RuntimeError):     # RuntimeError: no home directory
        return None
    if new:
        _prune(folder.parent, folder)
    return folder


def _prune(top: Path, here: Path) -> None:
    """Remove the folders of compiled code used longest ago; one that cannot be removed stays for another time."""
    with suppress(OSError):
        others = [path for path in top.iterdir() if _OURS.fullmatch(path.name) and path != here and not path.is_symlink()]
        for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[NEWEST - 1:]:
            shutil.rmtree(path, ignore_errors=True)


def is_warm(kind: str = "city") -> bool:
    """Whether the engine has been compiled for these sources before, so that it starts in a second.

    Parameters
    ----------
    kind : str
        "city" or "bare", which have code of their own; "city-events" or "bare-events" for the engine without the counting.

    Examples
    --------
    >>> is_warm() in (True, False)
    True
    """
    try:
        return available() and (_place() / f"{MARK}-{kind}").exists()
    except (OSError, RuntimeError):
        return False


def mark_warm(*kinds: str) -> None:
    """Note that all that these kinds of runs need is in the cache folder now; without one, nothing happens."""
    folder = cache_folder()
    if folder is not None:
        with suppress(OSError):
            for mark in (folder / f"{MARK}-{kind}" for kind in kinds):
                if not mark.exists():       # after each replication it is asked to
                    mark.touch()


@contextmanager
def beside(module: str, function: str) -> Iterator[None]:
    """While the block runs, another process calls a function of a module, whose compiled code it leaves in the cache folder.

    Numba compiles one function at a time in a process; two processes halve the wait on two cores.  Without a cache folder, or with one
    core, nothing is started, and code that is not there in time is compiled by whoever needs it: no result depends on this.
    """
    if cache_folder() is None or (os.cpu_count() or 1) < 2:
        yield
        return
    here = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")]))}
    words = [sys.executable, "-c", f"from {module} import {function}; {function}()"]
    # Its words are all our own.
    helper = subprocess.Popen(words, env=here, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield
    finally:
        helper.kill()
        helper.wait()


def _users_cache() -> Path:
    if platform.system() == "Windows":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if platform.system() == "Darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def compiled(function: _Function) -> _Function:
    """The function as machine code; it lets other threads run meanwhile.

    Division follows IEEE 754 (no ZeroDivisionError), and sums are never reassociated or fused, so that results equal those of
    plain Python to the last bit.
    """
    import numba

    _make_known()
    folder = cache_folder()
    if folder is not None:
        numba.config.CACHE_DIR = str(folder)     # type: ignore[attr-defined,unused-ignore]
    found: Any = numba.njit(nogil=True, error_model="numpy", cache=folder is not None)(function)
    if folder is not None:
        _guard(getattr(found, "_cache", None), folder)
    return cast(_Function, found)


def _guard(kept: Any, folder: Path) -> None:
    """Make Numba's cache of one function safe.

    What cannot be read or written (a damaged file, a full disk) counts as not there.  Processes write in turn, for Numba numbers
    its files by what it finds.  A source that was touched but not edited keeps its code: the folder's name knows the sources.
    """
    if not hasattr(kept, "load_overload") or not hasattr(kept, "save_overload"):
        return
    load, save = kept.load_overload, kept.save_overload

    def load_if_sound(*what: Any) -> Any:
        try:
            return load(*what)
        except Exception:
            with suppress(Exception):
                Path(kept._cache_file._index_path).unlink()
            return None

    def save_in_turn(*what: Any) -> None:
        with suppress(Exception), _alone(folder):
            save(*what)

    kept.load_overload, kept.save_overload = load_if_sound, save_in_turn
    if hasattr(getattr(kept, "_cache_file", None), "_source_stamp"):
        kept._cache_file._source_stamp = "by the folder's name"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; where a file system has none, do without."""
    with (folder / "lock").open("ab") as file:
        with suppress(OSError, ImportError):
            if os.name == "nt":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)    # type: ignore[attr-defined,unused-ignore]
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
        yield       # closing the file gives the lock back


def part(function: _Function) -> _Function:
    """A function that compiled code calls: it becomes a part of its callers, and is not kept by itself.

    It is compiled once for all whole numbers that it is given, as 64-bit ones, and not for each mixture of widths.
    """
    return _part(function, into_callers=False)


def melted_part(function: _Function) -> _Function:
    """`part`, and every caller has its code in place of a call: for what is short, or called from one place and often."""
    return _part(function, into_callers=True)


def _part(function: _Function, *, into_callers: bool) -> _Function:
    import numba

    _make_known()
    found: Any = numba.njit(nogil=True, error_model="numpy", forceinline=into_callers)(function)
    template = found.get_call_template

    def widened(arguments: Any, named: Any) -> Any:
        return template(tuple(numba.types.int64 if isinstance(kind, numba.types.Integer | numba.types.Boolean) else kind
                              for kind in arguments), named)

    found.get_call_template = widened
    return cast(_Function, found)
