"""From the words typed to an exit status: 0 done, 2 for what the user can mend, 130 interrupted."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

from sim import i18n
from sim.cli import arguments, commands
from sim.cli.arguments import PROGRAM, UsageFault
from sim.i18n import _

__all__ = ["main"]

DONE, MEND, INTERRUPTED = 0, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Words after the program's name; by default those typed.

    Returns
    -------
    int
        Exit status: 0 done, 2 the user can mend it (the message says how), 130 interrupted.

    Examples
    --------
    >>> main(["list", "nonsense", "--lang", "en"])
    2
    """
    words = list(sys.argv[1:] if argv is None else argv)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:      # closed from outside (`>&-`), or started without a console
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        _never_fail_on_a_character(stream)
    with i18n.speaking(i18n.detect(words)), i18n.library_texts(), warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            status = _dispatch(words)
            sys.stdout.flush()
        except BrokenPipeError:     # who reads our output has seen enough
            _silence(sys.stdout)
            return DONE
        except KeyboardInterrupt as stop:
            _say(str(stop) or _("Interrupted."))
            return INTERRUPTED
        return status


def _dispatch(words: list[str]) -> int:
    """Find the command, read its options, run it."""
    from sim.cli.faults import explained

    try:
        name, rest = _command(words)
        if name is None:
            return DONE
        command = commands.commands()[name]
        options, files = arguments.parse(command, rest)
        if options.help:
            sys.stdout.write(command.help())
            return DONE
    except UsageFault as fault:
        program = f"{PROGRAM} {fault.command}".strip()
        _say(_("{program}: {message}").format(program=program, message=fault))
        _say(_("Help: {command}").format(command=f"{program} --help"))
        return MEND
    options.typed = [command.name, *rest]
    with explained(_say) as outcome:
        from sim.cli import actions

        outcome.status = actions.ACTIONS[command.name](options, files)
    return outcome.status


def _command(words: list[str]) -> tuple[str | None, list[str]]:
    """Command and its words; None where the program's own options have been answered."""
    ahead: list[str] = []
    names = list(commands.commands())
    while words:
        word, *words = words
        if word == "--lang" and words:
            value, *words = words
            ahead += [word, value]
        elif word.startswith("--lang="):
            ahead.append(word)
        elif word in ("--help", "-h", "help"):
            break
        elif word == "--version":
            sys.stdout.write(f"{PROGRAM} {version()}\n")
            return None, []
        elif word.startswith("-"):
            raise UsageFault(_("there is no option {option}").format(option=word))
        elif word in names:
            return word, ahead + ["--help" if w == "-h" else w for w in words]
        else:
            close = get_close_matches(word, names, n=1)
            message = _("there is no command {command}").format(command=word)
            raise UsageFault(message + (_("; did you mean {candidates}?").format(candidates=close[0]) if close else ""))
    sys.stdout.write(commands.overview())
    return None, []


def version() -> str:
    """Version of the installed program, or "unknown" where it runs from a bare folder.

    Examples
    --------
    >>> len(version()) > 0
    True
    """
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("nine-dragons")
    except PackageNotFoundError:
        return "unknown"


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        _silence(sys.stderr)


def _show_warning(message: Warning | str, category: type[Warning], filename: str, lineno: int, file: TextIO | None = None,
                  line: str | None = None) -> None:
    """Show our own warnings as sentences; those of libraries are no user's business."""
    if category is UserWarning and filename.startswith(str(Path(__file__).parent.parent)):
        _say(_("Note: {message}").format(message=message))


def _never_fail_on_a_character(stream: object) -> None:
    """A terminal that cannot show Chinese shows "?" in its place."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _silence(stream: TextIO) -> None:
    """Point a closed stream at nothing, so that Python's last flush does not complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
