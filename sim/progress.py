"""How far an experiment is: a bar on a terminal, plain lines elsewhere, or nothing (进度).

Everything goes to the error stream, so that a command's results can be piped.
"""

from __future__ import annotations

import sys
import time
from math import ceil
from typing import TYPE_CHECKING, TextIO

from sim.i18n import N_, _

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Bar", "Lines", "Progress", "duration", "show"]


COMPILING = N_("Compiling the engine, once: about a minute. It is kept, and starts at once from then on.")


SHORT = 10.0
"""Seconds; to load what a process needs before its first replication takes a good part of a shorter one."""


class Progress:
    """Who is told how far an experiment is; this one keeps silent.

    Examples
    --------
    >>> silent = Progress()
    >>> silent.begin(total=10, reused=4, jobs=2)
    >>> silent.todo, silent.left() is None
    (6, True)
    """

    total = reused = finished = 0
    jobs = 1
    aim = ""
    """What is still to be reached, in words: shown beside what is done."""
    _began = _since = 0.0       # when it began; from when on, and from how many on, time is a guide to what is left
    _before, _seconds = 0, 0.0
    _compiling = _loaded = False
    hints = True
    """Whether it wants to be told what could be faster."""

    def begin(self, total: int, reused: int, jobs: int) -> None:
        """`total` replications were asked for, `reused` of them are kept from before, and `jobs` run at a time."""
        self.total, self.reused, self.jobs, self.finished = total, reused, max(1, jobs), 0
        self._began = self._since = time.monotonic()
        self._before, self._seconds = 0, 0.0

    def more(self, total: int, reused: int) -> None:
        """So many replications have come to those asked for, so many of them kept from before."""
        self.total, self.reused = self.total + total, self.reused + reused

    def note(self, text: str) -> None:
        """Something worth knowing before it begins, in a sentence."""

    def compiling(self, begins: bool) -> None:
        """The engine is compiled for the first time since the program was installed or changed, or that is done.

        What was finished meanwhile says nothing about the time that is left.
        """
        self._compiling = begins
        if not begins:
            self._loaded = True
            self._anew()

    def done(self, name: str, replication: int, seconds: float) -> None:
        """A replication of scenario `name` is finished; it took `seconds` of computing.

        One that compiled the engine says nothing about those to come, nor do short ones of the first round, which loaded it.
        """
        telling = not self._compiling and (seconds >= SHORT or self._loaded or self.finished >= self.jobs)
        self.finished += 1
        self._seconds += seconds
        if not telling:
            self._anew()

    def _anew(self) -> None:
        """From here on time is a guide to what is left."""
        self._since, self._before, self._seconds = time.monotonic(), self.finished, 0.0

    def tick(self) -> None:
        """Some time has passed."""

    def end(self) -> None:
        """Nothing more will come, whether all is done or not."""

    @property
    def todo(self) -> int:
        """Replications that have to be run, those already finished included."""
        return self.total - self.reused

    def left(self) -> float | None:
        """Seconds that remain, guessed from the finished replications; None before the first that tells."""
        timed = self.finished - self._before
        if self.finished and self.finished >= self.todo:
            return 0.0
        if not timed:
            return None
        rounds = ceil((self.todo - self._before) / self.jobs)
        return max(0.0, self._seconds / timed * rounds - (time.monotonic() - self._since))


class Lines(Progress):
    """One plain line a finished replication: for logs and pipes.

    Parameters
    ----------
    stream : text stream
        Where the lines go.

    Examples
    --------
    >>> lines = Lines(sys.stdout)
    >>> lines.begin(total=2, reused=1, jobs=1)
    replications: 2, of them kept from before: 1
    >>> lines.done("town", 1, 3.0)
    [2/2] town, replication 2 took 3 s
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def begin(self, total: int, reused: int, jobs: int) -> None:
        """Say how much there is to do."""
        super().begin(total, reused, jobs)
        self._say(_("replications: {total}, of them kept from before: {reused}").format(total=total, reused=reused))

    def note(self, text: str) -> None:
        """Say it."""
        self._say(text)

    def compiling(self, begins: bool) -> None:
        """Say it as it begins."""
        super().compiling(begins)
        if begins:
            self._say(_(COMPILING))

    def done(self, name: str, replication: int, seconds: float) -> None:
        """Say what is finished."""
        super().done(name, replication, seconds)
        said = _("[{done}/{total}] {name}, replication {number} took {time}").format(
            done=self.reused + self.finished, total=self.total, name=name, number=replication + 1, time=duration(seconds))
        left = self.left()
        if left and round(left):
            said += _("; about {time} left").format(time=duration(left))
        self._say(f"{said}; {self.aim}" if self.aim else said)

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class Bar(Progress):
    """A bar that shows what is done, what was reused and how long it will still take, on a terminal."""

    def __init__(self) -> None:
        self._bar: RichProgress | None = None

    def begin(self, total: int, reused: int, jobs: int) -> None:
        """Show the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as Rich

        super().begin(total, reused, jobs)
        self._bar = Rich(SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True),
                         refresh_per_second=4)
        self._task = self._bar.add_task(self._state(), total=total, completed=reused)
        self._bar.start()

    def note(self, text: str) -> None:
        """Say it above the bar."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def more(self, total: int, reused: int) -> None:
        """Make the bar longer."""
        super().more(total, reused)
        if self._bar is not None:
            self._bar.update(self._task, total=self.total)
        self.tick()

    def compiling(self, begins: bool) -> None:
        """Say beside the spinner why nothing moves yet."""
        super().compiling(begins)
        self.tick()

    def done(self, name: str, replication: int, seconds: float) -> None:
        """Move the bar on."""
        super().done(name, replication, seconds)
        self.tick()

    def tick(self) -> None:
        """Show the time that has passed."""
        if self._bar is not None:
            self._bar.update(self._task, completed=self.reused + self.finished, description=self._state())

    def end(self) -> None:
        """Leave the bar as it stands."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _state(self) -> str:
        if self._compiling:
            return _(COMPILING)
        said = _("{done} of {total} done, {reused} of them kept from before, {passed} passed").format(
            done=self.reused + self.finished, total=self.total, reused=self.reused,
            passed=duration(time.monotonic() - self._began))
        said = f"{said}; {self.aim}" if self.aim else said
        left = self.left()
        if left is None and self.todo:
            return said + _("; time left is known after the first")
        return said + _("; about {time} left").format(time=duration(left)) if left and round(left) else said


def show(quiet: bool = False, stream: TextIO | None = None, *, hints: bool = True) -> Progress:
    """The progress that fits: nothing if `quiet`, a bar on a terminal, lines elsewhere; with or without hints.

    Examples
    --------
    >>> type(show(quiet=True)).__name__
    'Progress'
    """
    if quiet:
        return Progress()
    stream = stream or sys.stderr
    told: Progress = Bar() if stream.isatty() and stream is sys.stderr else Lines(stream)
    told.hints = hints
    return told


def duration(seconds: float) -> str:
    """A length of time for people, in the two largest units that matter.

    Examples
    --------
    >>> duration(8), duration(125), duration(7300)
    ('8 s', '2 min 5 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    if whole < 3600:
        return _("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)
    return _("{hours} h {minutes} min").format(hours=whole // 3600, minutes=whole % 3600 // 60)
