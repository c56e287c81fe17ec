"""Charts inside a page: small, with names that no other chart uses, and each letter once (内嵌 SVG)."""

from __future__ import annotations

import re
from collections.abc import MutableMapping

__all__ = ["defined", "inlined"]

LONG = 12
"""Lines of a path that is written in steps."""
_HEAD = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_NOISE = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<style\b.*?</style>", re.DOTALL)
_GLYPH = re.compile(r'<path id="([A-Za-z][\w.-]*-[0-9a-fA-F]+)" d="([^"]*)"([^>]*)/>')
_SHIFTED = re.compile(r'(<use href="#[^"]*")\s+transform="translate\((-?[\d.]+)(?:[ ,]+(-?[\d.]+))?\)"')
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_WRITTEN = re.compile(r'<!-- ((?:(?!-->).)*) -->\s*<g style="([^"]*)" transform="([^"]*?)\s*scale\(([\d.]+) -[\d.]+\)">'
                      r'\s*(?:<defs>(?:(?!</defs>).)*</defs>)?(?:\s*<use [^>]*/>)+\s*</g>', re.DOTALL)
"""A text that was drawn as outlines: matplotlib says above it what it is."""
_DOTS = re.compile(r'<path d="((?:M[-\d. ]+(?:C[-\d. ]+)+z)+)" style="fill:(#\w+);stroke:\2;stroke-width:([\d.]+);stroke-linecap:butt')
_STEP = re.compile(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)")
_STYLE = re.compile(r'style="([^"]*)"')
_PATH = re.compile(r'(\sd|\spoints)="([^"]*)"')
_PLACE = re.compile(r'(\s(?:x|y|width|height))="(-?\d+\.\d+)"')
_ID = re.compile(r'\sid="([^"]*)"')
_USED = re.compile(r'(?:href="#|url\(#)([^")]*)')
_SIZE = re.compile(r'(<svg\b[^>]*?)\swidth="[^"]*"|\sheight="[^"]*"')


def inlined(text: str, key: str, glyphs: MutableMapping[str, str] | None) -> str:
    r"""An SVG file as it stands in a page.

    Parameters
    ----------
    text : str
        The file.
    key : str
        Put before every name in it.
    glyphs : mapping
        Names of letters by how they are drawn; those that are new are added, for `defined`.  None: text stays text, for a page that has
        the font.

    Examples
    --------
    >>> letters = {}
    >>> file = '<?xml version="1.0"?><svg width="9pt" viewBox="0 0 9 9"><g id="axes"><defs><path id="Sans-a1" d="M 1.23456 0\nz" '
    >>> inlined(file + 'transform="scale(0.1)"/></defs><use xlink:href="#Sans-a1" transform="translate(5 0)"/></g></svg>', "one", letters)
    '<svg viewBox="0 0 9 9"><g><use href="#l0" x="5"/></g></svg>'
    >>> letters
    {'d="M1.23 0z" transform="scale(0.1)"': 'l0'}
    """
    if glyphs is None:
        text, glyphs = _WRITTEN.sub(_written, text), {}
    text = _NOISE.sub("", _HEAD.sub("", text, count=1))
    text = _PATH.sub(lambda found: f'{found[1]}="{_short(found[2])}"', text)
    text = _STYLE.sub(lambda found: f'style="{found[1].replace(": ", ":").replace("; ", ";")}"', text)
    text = _DOTS.sub(_dotted, text)
    text = _PLACE.sub(lambda found: f'{found[1]}="{_rounded(found[2])}"', text).replace("xlink:href=", "href=")
    renamed: dict[str, str] = {}

    def shared(found: re.Match[str]) -> str:
        renamed[found[1]] = glyphs.setdefault(f'd="{found[2]}"{found[3].rstrip()}', f"l{len(glyphs):x}")    # numbers of letters are a chart's own
        return ""

    text = re.sub(r"<defs>\s*</defs>", "", _GLYPH.sub(shared, text))
    used = set(_USED.findall(text))
    text = _ID.sub(lambda found: f' id="{key}-{found[1]}"' if found[1] in used else "", text)
    text = _USED.sub(lambda found: found[0][:len(found[0]) - len(found[1])] + renamed.get(found[1], f"{key}-{found[1]}"), text)
    text = _SHIFTED.sub(lambda found: f'{found[1]} x="{_rounded(found[2])}"' + (
        f' y="{_rounded(found[3])}"' if float(found[3] or 0) else ""), text).replace("<g/>", "")
    text = re.sub(r'\s(?:xmlns:xlink|version)="[^"]*"', "", text, count=2)
    text = _SIZE.sub(lambda found: found[1] or "", text, count=2)
    return re.sub(r">\s+<", "><", re.sub(r"\s*\n\s*", " ", text)).strip()


def _written(found: re.Match[str]) -> str:
    """A line of text that was drawn as outlines, as text; letters are drawn in hundredths of the font's size."""
    return f'<text class="written" style="font-size:{100 * float(found[4]):g}px;{found[2]}" transform="{found[3]}">{found[1]}</text>'


def defined(glyphs: MutableMapping[str, str]) -> str:
    """The letters of all charts of a page, once."""
    letters = "".join(f'<path id="{name}" {drawn}/>' for drawn, name in glyphs.items())
    return f'<svg width="0" height="0" aria-hidden="true" class="letters"><defs>{letters}</defs></svg>' if glyphs else ""


def _short(path: str) -> str:
    """A path with two digits behind the point, and without spaces that say nothing; long lines from point to point, in tenths.

    Examples
    --------
    >>> _short("M 1.234 5.678 C 1 2 3 4 5 6 z"), _short("M 0.04 10 " + 20 * "L 0.51 9.97 ")[:20]
    ('M1.23 5.68C1 2 3 4 5 6z', 'M0 10l.5 0 0 0 0 0 0')
    """
    if path.count("L") >= LONG and not set(re.findall("[A-Za-z]", path)) - set("MLz"):
        return _in_steps(path)
    path = _NUMBER.sub(lambda found: _rounded(found[0]), path)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", path.replace("\n", " ")).strip()


def _in_steps(path: str) -> str:
    """A path of straight lines, each point by how far it is from the last, in tenths: what is rounded does not add up."""
    out: list[str] = []
    words = iter(_STEP.findall(path))
    at, before, last = (0, 0), "", ""
    for word in words:
        if word.isalpha():
            before = word
            if word == "z":
                out.append("z")
                last = "z"
            continue
        here = (round(float(word) * 10), round(float(next(words)) * 10))
        shown = here if before == "M" else (here[0] - at[0], here[1] - at[1])
        out.append((" " if last == "L" == before else before if before == "M" else "l") + " ".join(map(_tenths, shown)))
        at, last = here, before
    return "".join(out).replace(" -", "-")


def _tenths(number: int) -> str:
    return f"{number / 10:g}".replace("0.", ".", 1) if abs(number) < 10 else f"{number / 10:.10g}"


def _dotted(found: re.Match[str]) -> str:
    """Dots of a hatch, which matplotlib draws as eight curves each, as the round ends of lines that go nowhere."""
    dots, wide = [], 0.0
    for dot in found[1].split("z")[:-1]:
        points = [float(number) for number in _NUMBERS.findall(dot)]
        low, high = min(points[1::2]), max(points[1::2])
        dots.append(f"M{_rounded(str(points[0]))} {_rounded(str((low + high) / 2))}h0")
        wide = high - low
    return f'<path d="{"".join(dots)}" style="fill:none;stroke:{found[2]};stroke-width:{wide + float(found[3]):.3g};stroke-linecap:round'


def _rounded(number: str) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".") if float(number) else "0"
