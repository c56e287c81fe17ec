"""Reference pages, written from the program itself.

    python tools/reference.py            write docs/settings.md and the tables of docs/measures.md
    python tools/reference.py --check    change nothing; name the pages that are out of date, and end with 1 if any is

The meaning of a setting is the docstring under its field, that of a measure the first paragraph of its function: change it there.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = ROOT / "docs" / "settings.md"
MEASURES = ROOT / "docs" / "measures.md"
BEGIN, END = "<!-- tables: tools/reference.py -->", "<!-- end of tables -->"
WAYS = {1: "more", -1: "less", 0: "–"}
GROUPS = "What a measure is of decides by what it may be divided besides the whole; a bare system has only its classes and pools."
SAME_FROM = 3       # so many rows that stand elsewhere already become a pointer

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

HEAD = """# Settings

Every setting of a scenario file. This page is written by `tools/reference.py` from the program; `nine-dragons list settings --lang zh`
shows it in Chinese, `nine-dragons new FILE` writes a commented file, and editors that know JSON Schema show the same texts while typing.

- `<name>` stands for a key of your own choice, `<row>` for a row of a list, `arrivals(poisson)` for arrivals of that kind. "needed" has
  no default; "–" is a block with settings of its own, or something that may be left out.
- Quantities carry their unit: "15 min", "2 h", "3 days", "1 week" (durations); "4 working hours", "3 working days" (time limits; a
  working day is 8 working hours); "0.9 per 1000 residents/day" (rates); "6 per hour" (frequencies); "72000 CNY/year" (pay). Only 0
  needs no unit. A share may be written "15%".
- Any value may be written with its range and source: `{value: 0.8, range: [0.6, 0.9], source: "…"}`.
- A file may begin with `extends: other.yaml` (or the name of a shipped scenario, or a list), and change single settings by a dotted
  key, `organisation.signal.pass_on: 0.9`. `key: null` deletes an inherited entry. On the command line: `--set PATH=VALUE`.
- A scenario has either `city`, with the blocks that follow it here, or `bare`.
"""


class Setting(NamedTuple):
    """One row of `sim.template.reference`."""

    path: str
    kind: str
    default: str
    meaning: str


def settings_page() -> str:
    """The whole of docs/settings.md."""
    rows = [Setting(*row) for row in importlib.import_module("sim.template").reference("en")]
    lines, block = [HEAD.rstrip(), "", "| of the file itself | what | default | meaning |", "|---|---|---|---|"], ""
    for row in _without_repetition(rows):
        top, _dot, rest = row.path.partition(".")
        if rest and top != block:
            raise ValueError(f"{row.path} stands outside its block")
        if not rest and any(other.path.startswith(f"{top}.") for other in rows):
            block = top
            lines += ["", f"## {top}", "", row.meaning, "", f"| {top}. | what | default | meaning |", "|---|---|---|---|"]
        else:
            lines.append(_row(f"`{rest or top}`", row.kind, f"`{row.default}`" if row.default not in ("–", "needed") else row.default,
                              row.meaning))
    return "\n".join(lines) + "\n"


def _without_repetition(rows: Sequence[Setting]) -> Iterator[Setting]:
    """The rows; what stands below two places word for word (a distribution, a post) is shown below the first."""
    seen: dict[tuple[Setting, ...], str] = {}
    number = 0
    while number < len(rows):
        steps = rows[number].path.split(".")
        for depth in range(2, len(steps)):
            prefix = ".".join(steps[:depth]) + "."
            if number and rows[number - 1].path.startswith(prefix):
                continue
            below = [row for row in rows[number:] if row.path.startswith(prefix)]
            same = tuple(row._replace(path=row.path.removeprefix(prefix)) for row in below)
            if len(below) >= SAME_FROM and seen.setdefault(same, prefix) != prefix:
                yield Setting(f"{prefix}…", "", "–", f"As `{seen[same]}…`")
                number += len(below)
                break
        else:
            yield rows[number]
            number += 1


def measures_tables() -> str:
    """The tables of docs/measures.md, a subject each."""
    module = importlib.import_module("sim.measures")
    measures: list[Any] = list(module.MEASURES.values())
    lines = []
    for group in dict.fromkeys(measure.group for measure in measures):
        lines += ["", f"## {group[0].upper()}{group[1:]}", "",
                  "| key | measure | 指标 | unit | better | definition | of |", "|---|---|---|---|---|---|---|"]
        for one in measures:
            if one.group == group:
                of = one.of + {("city",): "", ("bare",): " (bare)"}.get(one.kinds, " (both)")
                said = module.describe(one.key)
                lines.append(_row(f"`{one.key}`", said["en"], said["zh"], one.unit or "–", WAYS[one.direction],
                                  " ".join(one.formula.split()), of))
    lines += ["", "## Groups", "", GROUPS, "", "| of | also by |", "|---|---|"]
    for of, axes in {measure.of: measure.axes for measure in measures}.items():
        lines.append(_row(of, ", ".join(axis.replace("_", " ") for axis in axes) or "nothing else"))
    return "\n".join(lines).strip() + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(_escaped(cell.replace("|", "\\|")) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """No tags outside of code: `service_<pool>` is meant as it stands."""
    parts = text.split("`")
    return "`".join(part if number % 2 else part.replace("<", "&lt;") for number, part in enumerate(parts))


def pages() -> dict[Path, str]:
    """What each page should be."""
    before, begin, rest = MEASURES.read_text(encoding="utf-8").partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{MEASURES.name} lacks the line {BEGIN if not begin else END}")
    return {SETTINGS: settings_page(), MEASURES: f"{before}{BEGIN}\n\n{measures_tables()}\n{END}{after}"}


def outdated() -> list[str]:
    """Names of the pages that are not what they should be."""
    return [path.relative_to(ROOT).as_posix() for path, text in pages().items()
            if not path.exists() or path.read_text(encoding="utf-8") != text]


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if a page is out of date")
    if parser.parse_args().check:
        old = outdated()
        print("\n".join([f"out of date: {name}" for name in old] + ["python tools/reference.py writes them"])
              if old else "reference: all pages are up to date")
        return 1 if old else 0
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path.relative_to(ROOT).as_posix())
    return 0


if __name__ == "__main__":
    sys.exit(main())
