"""Commands in tests: what they print, and small worlds to ask them about."""

from __future__ import annotations

import pytest

from sim.cli import main

__all__ = ["DESK", "SHORT", "UNCERTAIN", "said"]

SHORT = ("--set", "run.warm_up=1 day", "--set", "run.horizon=5 days", "--set", "run.run_out=1 day")
DESK = "bare.pools.desk.heads"
UNCERTAIN = """
name: desk
run: {warm_up: 1 day, horizon: 5 days, run_out: 1 day, replications: 2}
calendars: {holidays: none}
bare:
  pools: {clerk: {heads: 1}}
  classes:
    all:
      arrivals: {kind: poisson, rate: 4 per hour}
      entry: clerk
      service: {clerk: {exponential: {mean: {value: 10 min, range: [8 min, 12 min], source: assumption}}}}
"""
"""A desk with one setting that has a range."""


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Status, output and messages of a command."""
    capsys.readouterr()
    status = main(list(words))
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return status, shown.out, shown.err
