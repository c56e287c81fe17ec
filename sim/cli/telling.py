"""`report`: what a planner carries away."""

from __future__ import annotations

from argparse import Namespace

from sim.cli import common
from sim.i18n import _, language

__all__ = ["report"]


def report(options: Namespace, files: list[str]) -> int:
    """Write a report of result folders, and say the answer."""
    from sim.cli import screen
    from sim.report import writing
    from sim.report.document import Paragraph

    document, made = writing.report(files, options.formats, lang=language(), out=options.out, store=options.store)
    sentences = [block.text for block in document.sections[0].blocks if isinstance(block, Paragraph)]
    if options.json:
        common.print_json({"title": document.title, "sentences": sentences, "files": [path.as_posix() for path in made]})
        return 0
    if options.quiet:
        print("\n".join(path.as_posix() for path in made))
        return 0
    screen.heading(document.title)
    for sentence in sentences:
        screen.text(sentence)
    print()
    for path in made:
        print(_("Wrote {file}.").format(file=path.as_posix()))
    return 0
