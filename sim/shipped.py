"""Where the shipped scenarios are, whatever the folder a command is started in.

A name such as `scenarios/jimei/integrated.yaml` or `jimei/integrated` is looked for, in this order: as written, from the current
folder; in the `scenarios` folder of the checkout that holds this package; in the copy that an installed package carries.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

__all__ = ["find", "folder", "names", "nearest", "own"]

_HERE = Path(__file__).parent
_SWEEPS = "sweeps"       # a folder of examples that are no scenarios
_SUFFIX = ".yaml"


def folder() -> Path | None:
    """Folder of the shipped scenarios: that of the checkout, else the package's copy, else None.

    Examples
    --------
    >>> folder() is None or folder().name
    'scenarios'
    """
    for place in (_HERE.parent / "scenarios", _HERE / "scenarios"):
        if place.is_dir() and any(place.glob("*/*" + _SUFFIX)):
            return place
    return None


def names() -> list[str]:
    """Short names of the shipped scenarios, such as "jimei/integrated", sorted.

    Examples
    --------
    >>> all("/" in name for name in names())
    True
    """
    base = folder()
    if base is None:
        return []
    return sorted(p.relative_to(base).with_suffix("").as_posix() for p in base.rglob("*/*" + _SUFFIX) if p.parent.name != _SWEEPS)


def find(name: str | Path) -> Path | None:
    """File meant by a name: as written from the current folder, else the shipped scenario of that name, else None.

    Parameters
    ----------
    name : str or Path
        A path, with or without `scenarios/` in front and `.yaml` behind when it means a shipped scenario.

    Examples
    --------
    >>> find("no/such/scenario") is None
    True
    """
    path = Path(name)
    return path if path.is_file() else own(path)


def own(name: str | Path) -> Path | None:
    """File of the shipped scenario of that name, whatever the current folder holds, or None.

    Examples
    --------
    >>> own("no/such/scenario") is None
    True
    """
    path = Path(name)
    base = folder()
    if base is None or path.is_absolute() or ".." in path.parts:
        return None
    parts = path.parts[1:] if path.parts[:1] == ("scenarios",) else path.parts
    for candidate in (base.joinpath(*parts), base.joinpath(*parts).with_name((parts or ("",))[-1] + _SUFFIX)):
        if candidate.is_file():
            return candidate
    return None


def nearest(name: str) -> str | None:
    """Shipped scenario whose name is closest to a mistyped one, or None.

    Examples
    --------
    >>> nearest("xyzzy") is None
    True
    """
    word = name.replace("\\", "/").removeprefix("scenarios/").removesuffix(_SUFFIX)
    close = get_close_matches(word, names(), n=1, cutoff=0.6)
    return close[0] if close else None
