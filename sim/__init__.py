"""Nine Dragons 九龙治水: how a Chinese city district deals with its issues, as nine separate departments and as one centre.

    >>> from sim import compare                                                                         # doctest: +SKIP
    >>> compare(["scenarios/small/fragmented.yaml", "scenarios/small/integrated.yaml"]).verdicts        # doctest: +SKIP

The planner's questions have modules of their own: `from sim.sweep import sweep`, `from sim.staffing import staff`,
`from sim.sensitivity import sensitivity`, `from sim.explain import explain`.

Nothing heavy is loaded until it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.experiment import compare, extend, run, trace, warm_up
    from sim.scenario import load

    __version__: str

__all__ = ["__version__", "compare", "extend", "load", "run", "trace", "warm_up"]

_MODULES = ("explain", "precision", "sensitivity", "staffing", "sweep", "warmup")
_HOME = {**dict.fromkeys(("compare", "extend", "run", "trace", "warm_up"), "sim.experiment"), "load": "sim.scenario"}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("nine-dragons")
        except PackageNotFoundError:
            return "unknown"
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"sim.{name}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
