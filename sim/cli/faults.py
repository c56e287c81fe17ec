"""What the user can mend is told in a sentence; only a fault of the program shows a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sim import shipped
from sim.i18n import _, joined

__all__ = ["Mendable", "explained", "scenario_file"]

MEND = 2


class Mendable(Exception):
    """Something that the user can mend; the text says what."""


@dataclass
class _Outcome:
    status: int = 0


@contextmanager
def explained(say: Callable[[str], None]) -> Iterator[_Outcome]:
    """Turn what the user can mend into a message and exit status 2."""
    outcome = _Outcome()
    try:
        yield outcome
    except BrokenPipeError:
        raise
    except Mendable as problem:
        say(str(problem))
        outcome.status = MEND
    except OSError as problem:
        say(_os_problem(problem))
        outcome.status = MEND
    except MemoryError:
        say(_("The memory of this machine does not suffice. Try --jobs 1, or a smaller issues.scale."))
        outcome.status = MEND
    except Exception as problem:
        if not _ours(problem):
            raise
        say(str(problem))
        outcome.status = MEND


def _ours(problem: Exception) -> bool:
    """Is it a `ScenarioError` or a `RunError`?  Their modules are heavy; if they are not loaded, it is not."""
    kinds = [getattr(sys.modules.get(module), name, None) for module, name in (("sim.base", "ScenarioError"),
                                                                               ("sim.store", "RunError"))]
    return isinstance(problem, tuple(kind for kind in kinds if kind is not None))


def _os_problem(problem: OSError) -> str:
    reasons = {
        FileNotFoundError: _("it does not exist"), PermissionError: _("access is denied"),
        IsADirectoryError: _("it is a folder"), NotADirectoryError: _("a part of its path is a file, not a folder"),
        FileExistsError: _("it exists already"),
    }
    reason = next((text for kind, text in reasons.items() if isinstance(problem, kind)), problem.strerror or str(problem))
    if problem.errno == 28:
        reason = _("the disk is full")
    file = problem.filename or _("a file")
    return _("Cannot use {file}: {reason}.").format(file=file, reason=reason)


def scenario_file(name: str) -> Path:
    """File of a scenario that the user named.

    Raises
    ------
    Mendable
        If there is none; with the shipped scenario of the nearest name.
    """
    path = shipped.find(name)
    if path is not None:
        return path
    if Path(name).is_dir():
        raise Mendable(_("{name} is a folder; name a scenario file in it.").format(name=name))
    said = [_("There is no scenario file {name}.").format(name=name)]
    near = shipped.nearest(name)
    if near:
        said.append(_("Did you mean the shipped scenario {name}?").format(name=near))
    raise Mendable(joined([*said, _("All shipped scenarios: {command}").format(command="nine-dragons list scenarios")]))
