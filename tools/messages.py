"""Catalogues of texts: collect, merge, compile, check.

    python tools/messages.py            collect every text of `sim`, merge it into the catalogue, compile it
    python tools/messages.py --check    change nothing; say what is missing, and end with 1 if anything is

Texts are the arguments of `_`, `N_` and `ngettext`, and the manual of every setting: the docstring under a field of a block.
"""

from __future__ import annotations

import argparse
import ast
import gettext
import importlib
import inspect
import pkgutil
import re
import string
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "sim" / "locale" / "zh_CN" / "LC_MESSAGES" / "nine_dragons.po"
MO = PO.with_suffix(".mo")
KEYWORDS = {"_": 1, "N_": 1, "ngettext": 2}
"""Functions that take texts, and how many."""
HEADER = "# Chinese texts of Nine Dragons.  Renewed by tools/messages.py; only the msgstr lines are written by hand."

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


def collect() -> Catalog:
    """Every text of the program, with the file it is in."""
    catalog = Catalog()
    for file in sorted((ROOT / "sim").rglob("*.py")):
        for message in marked(file.read_text(encoding="utf-8")):
            catalog.add(message, locations=[(file.relative_to(ROOT).as_posix(), 0)])
    for file_name, text in manuals():
        catalog.add(text, locations=[(file_name, 0)])
    return catalog


def marked(source: str) -> Iterator[str | tuple[str, ...]]:
    r"""Texts that a module marks, in their order; those in f-strings too, which a reader of tokens finds on some Pythons only.

    Examples
    --------
    >>> list(marked("print(_('one'), f'{_(\"two\")}', ngettext('a', 'b', n), _(name))"))
    ['one', 'two', ('a', 'b')]
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        texts = [argument.value for argument in call.args[:KEYWORDS.get(call.func.id, 0)]       # type: ignore[attr-defined]
                 if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
        if texts and texts[0]:
            yield texts[0] if len(texts) == 1 else tuple(texts)


def manuals() -> list[tuple[str, str]]:
    """Manual of every setting: (file, description)."""
    found: dict[str, str] = {}
    package = importlib.import_module("sim")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name in ("__main__", "cli", "charts", "engine_numba", "engine_simpy"):
            continue
        loaded = importlib.import_module(f"sim.{module.name}")
        for _name, kind in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(kind, BaseModel) and kind.__module__ == loaded.__name__:
                for field in kind.model_fields.values():
                    if field.description:
                        found.setdefault(field.description, f"sim/{module.name}.py")
    return [(file, text) for text, file in found.items()]


def stored() -> Catalog:
    """The Chinese catalogue as it is."""
    if not PO.exists():
        return Catalog(locale="zh_CN", domain="nine_dragons")
    with PO.open("rb") as file:
        return read_po(file, locale="zh_CN", domain="nine_dragons")


def merged() -> Catalog:
    """What is in the program now, with the Chinese there is; texts that are gone are dropped."""
    old = stored()
    new = Catalog(locale="zh_CN", domain="nine_dragons", fuzzy=False, header_comment=HEADER, charset="utf-8", version="0",
                  project="nine-dragons", msgid_bugs_address="-", last_translator="-", language_team="zh_CN")
    new.creation_date = new.revision_date = old.creation_date
    for message in collect():
        if message.id:
            known = old.get(message.id[0] if isinstance(message.id, tuple) else message.id)
            text = known.string if known is not None and not known.fuzzy else ""
            new.add(message.id, _shaped(message, text), locations=sorted(set(message.locations)))
    return new


def _shaped(message: Message, text: str | list[str] | tuple[str, ...] | None) -> str | tuple[str, ...]:
    """A translation with one form where the text has a plural (Chinese has one), plain otherwise."""
    first = text if isinstance(text, str) else text[0] if text else ""
    return (first,) if message.pluralizable else first


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def texts(mo: bytes) -> dict[str, str]:
    """What a compiled catalogue says, without its head."""
    read = gettext.GNUTranslations(BytesIO(mo))
    return {key: text for key, text in read._catalog.items() if key}      # type: ignore[attr-defined]


def po_text(catalog: Catalog) -> bytes:
    """The catalogue as a person reads it."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=130, include_lineno=False, sort_by_file=True, ignore_obsolete=True)
    return b"\n".join(line for line in buffer.getvalue().splitlines() if not line.startswith(b'"Generated-By')) + b"\n"


def placeholders(text: str) -> list[str]:
    """What is filled into a text: `{names}` without their format, `%(names)s`, `%s`."""
    percent = re.findall(r"%(?:\(\w+\))?[rsd]", text)
    try:
        braces = [name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None]
    except ValueError:          # not a format: braces that are meant
        braces = []
    return sorted(percent + braces)


def faults() -> list[str]:
    """What is wrong with the catalogue; empty if nothing is."""
    have, want = stored(), merged()
    known = {m.id for m in have if m.id}
    wrong = [f"not in the catalogue: {m.id!r}" for m in want if m.id and m.id not in known]
    wrong += [f"no longer in the program: {m.id!r}" for m in have if m.id and want.get(_first(m)) is None]
    for message in have:
        if not message.id:
            continue
        text = _shaped(message, message.string)
        chinese = text[0] if isinstance(text, tuple) else text
        english = message.id if isinstance(message.id, str) else message.id[-1]
        if message.fuzzy or not chinese:
            wrong.append(f"no Chinese: {message.id!r}")
        elif placeholders(english) != placeholders(chinese):
            wrong.append(f"placeholders differ: {message.id!r} → {chinese!r}")
    if not wrong and (not MO.exists() or texts(MO.read_bytes()) != texts(compiled(have))):
        wrong.append(f"{MO.relative_to(ROOT)} is out of date")
    return wrong


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def main() -> int:
    """Renew the catalogue, or check it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if a text lacks its Chinese")
    if parser.parse_args().check:
        wrong = faults()
        print("\n".join([*wrong, "python tools/messages.py renews the catalogue"] if wrong else ["messages: all in Chinese"]))
        return 1 if wrong else 0
    catalog = merged()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(po_text(catalog))
    MO.write_bytes(compiled(stored()))
    empty = sum(1 for m in catalog if m.id and not "".join(_shaped(m, m.string)))
    print(f"messages: {len(catalog)} texts, {empty} without Chinese")
    return 0


if __name__ == "__main__":
    sys.exit(main())
