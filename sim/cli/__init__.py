"""The command line: `nine-dragons`, or `python -m sim`.

This package reads arguments and prints; all else is done below it.  Nothing heavy is imported before a command needs it, so that
`nine-dragons --help` answers at once.
"""

from sim.cli.main import main

__all__ = ["main"]
