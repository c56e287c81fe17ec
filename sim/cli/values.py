"""What an option's value may be, and what is said of one that may not."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from sim.i18n import _

__all__ = ["name", "number", "one_of", "setting", "several_of", "whole"]


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number within bounds."""
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


def number(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(_("{value} is not a number above 0").format(value=repr(text)))
    return value


def one_of(*words: str) -> Callable[[str], str]:
    """One of some words."""
    def read(text: str) -> str:
        if text not in words:
            raise argparse.ArgumentTypeError(
                _("{value} is none of {choices}").format(value=repr(text), choices=", ".join(words)))
        return text
    return read


def several_of(*words: str) -> Callable[[str], list[str]]:
    """Some of some words, with commas between them."""
    def read(text: str) -> list[str]:
        return [one_of(*words)(word.strip()) for word in text.split(",")]
    return read


def name(text: str) -> str:
    """Anything but nothing."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_("a name is needed, and it is empty"))
    return text


def setting(text: str) -> str:
    """PATH=VALUE."""
    path, sign, _value = text.partition("=")
    if not sign or not path.strip():
        raise argparse.ArgumentTypeError(
            _("{value} is not of the form PATH=VALUE, such as run.replications=10").format(value=repr(text)))
    return text
