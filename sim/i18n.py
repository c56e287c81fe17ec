"""Languages: every text a person sees, in English and Chinese 中文.

Texts are written in English and wrapped in `_` where they are used, never at import: `_("{n} issues").format(n=3)`.  The Chinese
stands in `locale/zh_CN/LC_MESSAGES/nine_dragons.po`; `tools/messages.py` collects the texts and checks that each has its Chinese.
A text in a table at module level is marked with `N_` and translated by `_` when it is shown.
"""

from __future__ import annotations

import gettext as _gettext
import locale
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DOMAIN", "LANGUAGES", "LOCALE", "N_", "_", "detect", "joined", "language", "library_texts", "ngettext", "set_language",
           "speaking"]

DOMAIN = "nine_dragons"
LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("en", "zh")
_FOLDER = {"zh": "zh_CN"}

_language = "en"


def set_language(name: str) -> None:
    """Show texts in this language from now on.

    Parameters
    ----------
    name : str
        "en" or "zh".

    Raises
    ------
    ValueError
        If there is no such language.

    Examples
    --------
    >>> set_language("en")
    >>> language()
    'en'
    """
    global _language
    if name not in LANGUAGES:
        raise ValueError(f"no language {name!r}: choose one of {', '.join(LANGUAGES)}")
    _language = name


def language() -> str:
    """Name of the language in use: "en" or "zh".

    Examples
    --------
    >>> language() in ("en", "zh")
    True
    """
    return _language


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Show texts in language `name` for the length of a `with` block.

    Examples
    --------
    >>> with speaking("zh"):
    ...     language()
    'zh'
    """
    before = _language
    set_language(name)
    try:
        yield
    finally:
        set_language(before)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(name: str) -> _gettext.NullTranslations:
    if name not in _FOLDER:
        return _gettext.NullTranslations()
    return _gettext.translation(DOMAIN, str(LOCALE), [_FOLDER[name]], fallback=True)


def _(message: str) -> str:
    """Text in the language in use; English where the catalogue has none.

    Examples
    --------
    >>> with speaking("en"):
    ...     _("Usage")
    'Usage'
    """
    return _catalogue(_language).gettext(message) if message else message


def ngettext(one: str, many: str, n: int) -> str:
    """Text for `n` things in the language in use (Chinese has one form).

    Examples
    --------
    >>> with speaking("en"):
    ...     ngettext("{n} issue", "{n} issues", 2).format(n=2)
    '2 issues'
    """
    return _catalogue(_language).ngettext(one, many, n)


def joined(sentences: Sequence[str]) -> str:
    """Sentences in a row: with a space between them in English, with none in Chinese.

    Examples
    --------
    >>> joined(["One.", "Two."])
    'One. Two.'
    >>> with speaking("zh"):
    ...     joined(["其一。", "其二。"])
    '其一。其二。'
    """
    return ("" if _language == "zh" else " ").join(sentences)


def N_(message: str) -> str:
    """Mark a text for the catalogue without translating it yet.

    Examples
    --------
    >>> N_("better")
    'better'
    """
    return message


def detect(arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None) -> str:
    """Language asked for: `--lang` of a command line, then NINE_DRAGONS_LANG, then the locale.

    An unknown name after `--lang` or in NINE_DRAGONS_LANG is passed over here; the command line reports it.

    Parameters
    ----------
    arguments : sequence of str
        Arguments of the command, without the program's name.
    environment : mapping, optional
        Environment variables; those of the process by default.

    Returns
    -------
    str
        "zh" or "en".

    Examples
    --------
    >>> detect(["compare", "--lang", "zh"], {})
    'zh'
    >>> detect([], {"NINE_DRAGONS_LANG": "en", "LANG": "zh_CN.UTF-8"})
    'en'
    >>> detect([], {"LANG": "zh_CN.UTF-8"})
    'zh'
    """
    env = os.environ if environment is None else environment
    asked = [env.get("NINE_DRAGONS_LANG", "")]
    for i, word in enumerate(arguments):
        if word == "--":
            break
        if word == "--lang" and i + 1 < len(arguments):
            asked.insert(0, arguments[i + 1])
        elif word.startswith("--lang="):
            asked.insert(0, word.removeprefix("--lang="))
    for name in asked:
        if name in LANGUAGES:
            return name
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if env.get(variable):
            return "zh" if env[variable].lower().startswith("zh") else "en"
    if sys.platform == "win32" and environment is None:
        return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
    return "en"


@contextmanager
def library_texts() -> Iterator[None]:
    """Let the standard library's own messages (argparse) speak the language in use for the length of a `with` block.

    They ask the process-wide catalogue of the `gettext` module, which chooses its language by the variable LANGUAGE; both are put
    back afterwards.

    Examples
    --------
    >>> with speaking("en"), library_texts():
    ...     _gettext.gettext("expected one argument")
    'expected one argument'
    """
    domain, asked = _gettext.textdomain(), os.environ.get("LANGUAGE")
    folder = _gettext.bindtextdomain(DOMAIN)
    _gettext.bindtextdomain(DOMAIN, str(LOCALE))
    _gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = _FOLDER.get(_language, "C")
    try:
        yield
    finally:
        _gettext.bindtextdomain(DOMAIN, folder)
        _gettext.textdomain(domain)
        if asked is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = asked
