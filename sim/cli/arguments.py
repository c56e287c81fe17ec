"""Arguments and help of every command, in the language in use.

Built on argparse of the standard library, all of whose messages go through gettext: a planner who reads Chinese meets no English
sentence.  Files are whatever stands between the options, so that `compare a.yaml --seed 3 b.yaml` means what it says.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn

from sim.cli.text import fold, pad, width
from sim.i18n import LANGUAGES, N_, _

__all__ = ["DEFAULT_SIDES", "ENGINES", "LISTS", "Command", "UsageFault", "commands", "overview", "parse"]

DEFAULT_SIDES = ("jimei/fragmented", "jimei/integrated")
ENGINES = ("auto", "simpy")
LISTS = ("scenarios", "measures", "settings")
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
        parts = [_("Usage: {usage}").format(usage=usage), fold(self.summary, _columns())]
        if self.details:
            parts.append(fold(self.details, _columns()))
        parts.append(_("Options:") + "\n" + _rows(self.rows))
        return "\n\n".join(parts) + "\n"


class _Parser(argparse.ArgumentParser):
    def __init__(self, command: str) -> None:
        super().__init__(prog=f"{PROGRAM} {command}", add_help=False, allow_abbrev=False)
        self.command = command

    def error(self, message: str) -> NoReturn:
        raise UsageFault(message, self.command)


def _columns() -> int:
    return max(40, min(100, shutil.get_terminal_size((100, 24)).columns))


def _rows(rows: Sequence[tuple[str, str]]) -> str:
    left = max(width(name) for name, _text in rows) + 2
    lines = []
    for name, text in rows:
        first, *rest = fold(text, _columns() - left - 2).split("\n")
        lines.append("  " + pad(name, left) + first)
        lines.extend(" " * (left + 2) + line for line in rest)
    return "\n".join(lines)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text) if len(text) <= 40 else most + 1
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(
                _("{value} is not a whole number from {least} up").format(value=repr(text), least=least))
        if value > most:
            raise argparse.ArgumentTypeError(_("{value} is too large: at most {most}").format(value=repr(text), most=f"{most:,}"))
        return value
    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(
                _("{value} is none of {choices}").format(value=repr(text), choices=", ".join(words)))
        return text
    return read


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(_("a name is needed, and it is empty"))
    return text


def _setting(text: str) -> str:
    path, sign, _value = text.partition("=")
    if not sign or not path.strip():
        raise argparse.ArgumentTypeError(
            _("{value} is not of the form PATH=VALUE, such as run.replications=10").format(value=repr(text)))
    return text


def _set(command: Command) -> None:
    command.option("--set", _("PATH=VALUE"), _("Set one setting, such as organisation.signal.pass_on=0.9. May be repeated."),
                   dest="settings", action="append", default=[], type=_setting)


def _general(command: Command, json: str = "") -> None:
    if json:
        command.option("--json", "", json, action="store_true")
    command.option("--lang", "zh|en", _("Language of every text (default: NINE_DRAGONS_LANG, then the locale)."),
                   type=_one_of(*LANGUAGES))
    command.option("--help", "", _("Show this help and exit."), action="store_true")


def _simulating(command: Command, default_out: str) -> Command:
    _set(command)
    option = command.option
    option("--seed", _("N"), _("Seed of all randomness (default: run.seed of the scenario)."), type=_whole(0, 2**63 - 1))
    option("--replications", _("N"), _("How many independent years (default: run.replications of the scenario)."),
           type=_whole(1, 100_000))
    option("--jobs", _("N"), _("Processes at a time; results do not depend on it (default: one a core)."),
           type=_whole(1, 1024))
    option("--engine", "|".join(ENGINES), _("Engine that simulates (default: auto, the fastest there is)."),
           type=_one_of(*ENGINES), default="auto")
    option("--out", _("FOLDER"), _("Result folder (default: {folder}).").format(folder=default_out), type=_name)
    option("--fresh", "", _("Simulate again even what is already kept from earlier runs."), action="store_true")
    option("--timeline", "", _("Also write every event of the first replication as CSV."), action="store_true")
    option("--no-charts", "", _("Draw no charts."), action="store_true")
    option("--quiet", "", _("Show no progress; print only the result."), action="store_true")
    _general(command, _("Print the result as JSON instead of tables."))
    return command


def commands() -> dict[str, Command]:
    """All commands by name, with help in the language in use."""
    file, files = _("SCENARIO"), _("[SCENARIO ...]")
    compare = _simulating(Command(
        "compare", _("Compare organisations of the same district, year against year, with the same issues and the same luck."),
        _("The first scenario is the base. Without files: the Jimei district, fragmented against integrated."), files, 0, None),
        "results/NAME-vs-NAME")
    run = _simulating(Command(
        "run", _("Simulate one organisation and print its measures."), "", file, 1, 1), "results/run-NAME")
    check = Command("check", _("Check scenario files and report every fault at once, with its line and the nearest valid key."),
                    "", _("SCENARIO ..."), 1, None)
    _set(check)
    _general(check, _("Print the faults as JSON."))
    show = Command("show", _("Show a scenario with everything it inherits and every default filled in."), "", file, 1, 1)
    show.option("--diff", _("BASE"), _("Show only where it differs from scenario BASE."), type=_name)
    _set(show)
    _general(show, _("Print JSON instead of YAML."))
    new = Command("new", _("Write a commented template of a scenario, ready to run and to change."),
                  _("An existing file is never overwritten."), _("FILE"), 1, 1)
    _general(new)
    schema = Command("schema", _("Print the JSON Schema with which an editor checks and completes scenario files."), "", "", 0, 0)
    _general(schema)
    listing = Command("list", _("List what there is: shipped scenarios, measures, settings."),
                      _("Name one of {choices} to see only that.").format(choices=", ".join(LISTS)),
                      f"[{'|'.join(LISTS)}]", 0, 1)
    _general(listing, _("Print JSON instead of tables."))
    return {c.name: c for c in (compare, run, check, show, new, schema, listing)}


def overview() -> str:
    """Help of the whole program."""
    rows = [(c.name, c.summary) for c in commands().values()]
    options = [("--lang zh|en", _("Language of every text (default: NINE_DRAGONS_LANG, then the locale).")),
               ("--version", _("Show the version and exit.")), ("--help", _("Show this help and exit."))]
    usage = f"{PROGRAM} {_('COMMAND')} {_('[options]')}"
    about = _("Nine Dragons simulates how a Chinese city district deals with its issues over a year, and compares its "
              "organisation as nine separate departments with that of one centre.")
    return "\n\n".join((
        _("Usage: {usage}").format(usage=usage), fold(about, _columns()), _("Commands:") + "\n" + _rows(rows),
        _("Options:") + "\n" + _rows(options),
        fold(_("Help of one command: {command}").format(command=f"{PROGRAM} compare --help"), _columns()))) + "\n"


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
