"""Charts inside a page: small, with names that no other chart uses, and each letter once (内嵌 SVG)."""

from __future__ import annotations

import re
from collections.abc import MutableMapping

__all__ = ["defined", "inlined"]

_HEAD = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_NOISE = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<style\b.*?</style>", re.DOTALL)
_GLYPH = re.compile(r'<path id="([A-Za-z][\w.]*-[0-9a-fA-F]+)" d="([^"]*)"([^>]*)/>')
_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_PATH = re.compile(r'(\sd|\spoints)="([^"]*)"')
_PLACE = re.compile(r'(\s(?:x|y|width|height))="(-?\d+\.\d+)"')
_ID = re.compile(r'\sid="([^"]*)"')
_USED = re.compile(r'(?:href="#|url\(#)([^")]*)')
_SIZE = re.compile(r'(<svg\b[^>]*?)\swidth="[^"]*"|\sheight="[^"]*"')


def inlined(text: str, key: str, glyphs: MutableMapping[str, str]) -> str:
    r"""An SVG file as it stands in a page.

    Parameters
    ----------
    text : str
        The file.
    key : str
        Put before every name in it.
    glyphs : mapping
        Letters by name; those that are new are added, for `defined`.

    Examples
    --------
    >>> letters = {}
    >>> file = '<?xml version="1.0"?><svg width="9pt" viewBox="0 0 9 9"><g id="axes"><defs><path id="Sans-a1" d="M 1.23456 0\nz" '
    >>> inlined(file + 'transform="scale(0.1)"/></defs><use xlink:href="#Sans-a1"/></g></svg>', "one", letters)
    '<svg viewBox="0 0 9 9"><g><use href="#Sans-a1"/></g></svg>'
    >>> letters
    {'Sans-a1': '<path id="Sans-a1" d="M1.23 0z" transform="scale(0.1)"/>'}
    """
    text = _NOISE.sub("", _HEAD.sub("", text, count=1))
    text = _PATH.sub(lambda found: f'{found[1]}="{_short(found[2])}"', text)
    text = _PLACE.sub(lambda found: f'{found[1]}="{_rounded(found[2])}"', text).replace("xlink:href=", "href=")
    renamed: dict[str, str] = {}

    def shared(found: re.Match[str]) -> str:
        name = found[1]
        path = f'<path id="{name}" d="{found[2]}"{found[3].rstrip()}/>'
        if glyphs.setdefault(name, path) == path:
            return ""
        renamed[name] = f"{key}-{name}"     # another font of the same name
        return f'<path id="{renamed[name]}" d="{found[2]}"{found[3].rstrip()}/>'

    text = re.sub(r"<defs>\s*</defs>", "", _GLYPH.sub(shared, text))
    used = set(_USED.findall(text))
    text = _ID.sub(lambda found: f' id="{_name(found[1], key, glyphs)}"' if found[1] in used else "", text)
    text = _USED.sub(lambda found: found[0][:len(found[0]) - len(found[1])] + renamed.get(found[1], _name(found[1], key, glyphs)), text)
    text = re.sub(r'\s(?:xmlns:xlink|version)="[^"]*"', "", text, count=2)
    text = _SIZE.sub(lambda found: found[1] or "", text, count=2)
    return re.sub(r">\s+<", "><", re.sub(r"\s*\n\s*", " ", text)).strip()


def defined(glyphs: MutableMapping[str, str]) -> str:
    """The letters of all charts of a page, once."""
    return f'<svg width="0" height="0" aria-hidden="true" class="letters"><defs>{"".join(glyphs.values())}</defs></svg>' if glyphs else ""


def _name(name: str, key: str, glyphs: MutableMapping[str, str]) -> str:
    return name if name in glyphs or name.startswith(f"{key}-") else f"{key}-{name}"


def _short(path: str) -> str:
    """A path with two digits behind the point, and without spaces that say nothing."""
    path = _NUMBER.sub(lambda found: _rounded(found[0]), path)
    return re.sub(r"\s*([A-Za-z])\s*", r"\1", path.replace("\n", " ")).strip()


def _rounded(number: str) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".") if float(number) else "0"
