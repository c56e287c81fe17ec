"""How words become options and files, and how help is laid out, in the language in use.

Built on argparse of the standard library, all of whose messages go through gettext: a planner who reads Chinese meets no English
sentence.  Files are whatever stands between the options, so that `compare a.yaml --seed 3 b.yaml` means what it says.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from sim.cli.text import fold, pad, width
from sim.i18n import N_, _

__all__ = ["PROGRAM", "Command", "UsageFault", "columns", "laid_out", "parse"]

PROGRAM = "nine-dragons"

# What argparse itself may say.
_ARGPARSE = (
    N_("argument %(argument_name)s: %(message)s"), N_("expected one argument"), N_("ignored explicit argument %r"),
    N_("expected at least one argument"),
)


class UsageFault(Exception):
    """The command line itself cannot be understood; the text says why."""

    def __init__(self, message: str, command: str = "") -> None:
        super().__init__(message)
        self.command = command


@dataclass
class Command:
    """One command: what it is for, how many files it takes, and its options."""

    name: str
    summary: str
    details: str
    files: str                      # how files are written in the usage line
    least: int
    most: int | None
    parser: _Parser = field(init=False)
    rows: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parser = _Parser(self.name)

    def option(self, flag: str, metavar: str, text: str, **more: object) -> None:
        """Add an option with its line of help."""
        self.parser.add_argument(flag, **more)  # type: ignore[arg-type]
        self.rows.append((f"{flag} {metavar}".strip(), text))

    def help(self) -> str:
        """Help of this command."""
        usage = " ".join(filter(None, (PROGRAM, self.name, self.files, _("[options]"))))
        parts = [_("Usage: {usage}").format(usage=usage), fold(self.summary, columns())]
        if self.details:
            parts.append(fold(self.details, columns()))
        parts.append(_("Options:") + "\n" + laid_out(self.rows))
        return "\n\n".join(parts) + "\n"


class _Parser(argparse.ArgumentParser):
    def __init__(self, command: str) -> None:
        super().__init__(prog=f"{PROGRAM} {command}", add_help=False, allow_abbrev=False)
        self.command = command

    def error(self, message: str) -> NoReturn:
        raise UsageFault(message, self.command)


def columns() -> int:
    """Width of a page of help."""
    return max(40, min(100, shutil.get_terminal_size((100, 24)).columns))


def laid_out(rows: Sequence[tuple[str, str]]) -> str:
    """Names and what they mean, side by side."""
    left = max(width(name) for name, _text in rows) + 2
    lines = []
    for name, text in rows:
        first, *rest = fold(text, columns() - left - 2).split("\n")
        lines.append("  " + pad(name, left) + first)
        lines.extend(" " * (left + 2) + line for line in rest)
    return "\n".join(lines)


def parse(command: Command, words: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Options and files of a command.

    Raises
    ------
    UsageFault
        For an unknown option, a bad value, or too few or too many files.
    """
    words, behind = list(words), []
    if "--" in words:
        at = words.index("--")
        words, behind = words[:at], words[at + 1:]
    options, rest = command.parser.parse_known_args(words)
    if options.help:
        return options, []
    for word in rest:
        if word.startswith("-") and word != "-":
            raise UsageFault(_unknown_option(command, word), command.name)
    files = [*rest, *behind]
    if not all(map(str.strip, files)):
        raise UsageFault(_("a name is needed, and it is empty"), command.name)
    if len(files) < command.least:
        usage = f"{PROGRAM} {command.name} {command.files}"
        raise UsageFault(_("name what to work on: {usage}").format(usage=usage), command.name)
    if command.most is not None and len(files) > command.most:
        raise UsageFault(_("too many arguments: {words}").format(words=" ".join(files[command.most:])), command.name)
    return options, files


def _unknown_option(command: Command, word: str) -> str:
    flag = word.partition("=")[0]
    message = _("there is no option {option}").format(option=flag)
    close = get_close_matches(flag, [row[0].split()[0] for row in command.rows], n=1)
    return message + (_("; did you mean {candidates}?").format(candidates=close[0]) if close else "")
