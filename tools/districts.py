"""The tables of docs/districts/: what comparisons of the shipped districts give.

    python tools/districts.py                  run every comparison that a page asks for, and write its table
    python tools/districts.py siming nanhai    only on these pages
    python tools/districts.py --replications 3 fewer than the page asks for, for a look (the page then says so)

A page asks for a table by two comments with nothing but the table between them, the first of which says what is compared and shown:

    <!-- compare siming/fragmented siming/integrated x 10: harm, utilisation@pool:crew/justice -->
    <!-- end of comparison -->

Finished replications are taken from the store, so a second time costs nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "districts"
ASKED = re.compile(r"(<!-- compare (\S+) (\S+) x (\d+): (.*?) -->\n).*?(<!-- end of comparison -->)", re.DOTALL)
ALL = "all"

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


def table(base: str, other: str, replications: int, wanted: list[str]) -> str:
    """The table of a comparison, as Markdown.

    Parameters
    ----------
    wanted : list of str
        Keys of measures, each with `@GROUP` behind it where it is not of the whole.
    """
    import sim
    from sim.cli.verdict import Shown
    from sim.measures import MEASURES

    found: Any = sim.compare([base, other], replications=replications, progress=True)
    if not (found.issues_identical and found.staff_equal):
        raise SystemExit(f"{base}, {other}: not the same issues, or not the same heads and pay")
    sides = [side.summary.set_index(["measure", "group"]) for side in found.results]
    differences = found.differences.set_index(["measure", "group"])
    heads, pay = found.results[0].heads, found.results[0].pay
    equal = f"{heads:,} heads" + (f" and {pay / 1e6:,.1f} million yuan of pay" if pay else "")
    lines = [f"{equal} on either side; {replications} paired replications; means with 95% intervals.", "",
             f"| measure | {found.results[0].title} | {found.results[1].title} | difference | verdict |", "|---|--:|--:|--:|---|"]
    for key in wanted:
        measure, _at, group = key.partition("@")
        row, before, after = (one.loc[(measure, group or ALL)] for one in (differences, *sides))
        shown = Shown.of(row["unit"], before["mean"], after["mean"])
        cells = [shown.headed(MEASURES[measure].title) + (f": {group.partition(':')[2]}" if group else ""),
                 *(shown.interval(one["mean"], one["low"], one["high"]) for one in (before, after)),
                 shown.interval(row["difference"], row["low"], row["high"], sign=True), row["verdict"]]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _renewed(asked: re.Match[str], replications: int | None) -> str:
    head, base, other, number, wanted, end = asked.groups()
    return f"{head}\n{table(base, other, replications or int(number), [key.strip() for key in wanted.split(',')])}\n\n{end}"


def main() -> None:
    """Write the tables into the pages."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("pages", nargs="*")
    asked.add_argument("--replications", type=int)
    said = asked.parse_args()
    names = said.pages or sorted(path.stem for path in PAGES.glob("*.md"))
    for name in names:
        page = PAGES / f"{name}.md"
        text = page.read_text(encoding="utf-8")
        renewed = ASKED.sub(lambda one: _renewed(one, said.replications), text)
        page.write_text(renewed, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
