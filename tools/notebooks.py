"""Notebooks: run them, renew what they show, check them.

    python tools/notebooks.py --execute          run every notebook from clean and keep what it shows
    python tools/notebooks.py --check            run them, change nothing; end with 1 if anything is wrong
    python tools/notebooks.py --check 02 05      only those whose names hold one of these

Each runs in a folder of its own that is gone afterwards, with a store of its own, in English: whoever opens one sees what anybody
else would see.  A notebook shows no warning and no path of a machine, is small, speaks both languages, and defines nothing: what
would be worth defining belongs in `sim`.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import base64
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
LARGEST = 300_000
"""Bytes of a notebook, at most."""
LONGEST = 600
"""Seconds that one cell may take, on a slow and busy machine."""
_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|usr|opt|var|work|mnt|Users|private)/|\b[A-Z]:\\\\?(?:Users|Temp)")
_CHINESE, _LATIN = re.compile("[一-鿿]"), re.compile("[A-Za-z]{3}")


def notebooks(words: Sequence[str] = ()) -> list[Path]:
    """Notebooks whose names hold one of the words; all without words."""
    return [path for path in sorted(FOLDER.glob("*.ipynb")) if not words or any(word in path.name for word in words)]


def read(path: Path) -> Any:
    """A notebook."""
    import nbformat

    return nbformat.read(path, as_version=4)


def executed(path: Path) -> Any:
    """The notebook with what it shows when it is run from clean.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell failed; the message has the cell and its traceback.
    """
    from nbclient import NotebookClient

    notebook = read(path)
    if sys.platform == "win32":
        asyncio.set_event_loop_policy(asyncio.WindowsSelectorEventLoopPolicy())
    with tempfile.TemporaryDirectory(prefix="notebook-") as place:
        kept = {name: text for name, text in os.environ.items() if name not in ("NINE_DRAGONS_LANG", "NINE_DRAGONS_STORE")}
        environment = kept | {"NINE_DRAGONS_STORE": str(Path(place) / "store.sqlite"), "PYTHONWARNINGS": "default",
                              "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))}
        work = Path(place) / "work"
        work.mkdir()
        client = NotebookClient(notebook, timeout=LONGEST, kernel_name="python3", record_timing=False, extra_arguments=["--log-level=40"],
                                resources={"metadata": {"path": str(work)}})
        client.execute(env=environment)
    return tidied(notebook)


def tidied(notebook: Any) -> Any:
    """The notebook without what depends on who ran it."""
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                         "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {}
        for output in cell.get("outputs", ()):
            output.pop("metadata", None)
            if output.output_type in ("display_data", "execute_result"):
                output.metadata = {}
                if "image/png" in output.data:
                    output.data["image/png"] = _smaller(output.data["image/png"])
    return notebook


def _smaller(picture: str) -> str:
    """The same picture (PNG in base64) in 128 colours, which charts hardly exceed: about a third of the bytes."""
    small = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").quantize(128).save(small, "PNG", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def written(notebook: Any) -> str:
    """The notebook as its file."""
    import nbformat

    return str(nbformat.writes(notebook)) + "\n"


def faults(notebook: Any, name: str) -> list[str]:
    """What is wrong with a notebook and with what it shows; empty if nothing is.

    Parameters
    ----------
    notebook : NotebookNode
    name : str
        What it is called in the messages.
    """
    found = [f"{name}: {len(written(notebook).encode()):,} bytes, more than {LARGEST:,}"] \
        if len(written(notebook).encode()) > LARGEST else []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append(f"{name}: not run from the top to the end in one go")
    for number, cell in enumerate(notebook.cells, 1):
        where = f"{name}, cell {number}"
        if cell.cell_type == "markdown" and not (_CHINESE.search(cell.source) and _LATIN.search(cell.source)):
            found.append(f"{where}: not in both languages")
        if cell.cell_type == "code":
            found += [f"{where}: {fault}" for fault in (*_in_code(cell.source), *_in_outputs(cell.outputs))]
    return found


def _in_code(source: str) -> Iterator[str]:
    plain = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    for node in ast.walk(ast.parse(plain)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"defines {node.name}, which belongs in sim"
    if _PATH.search(source):
        yield "a path of one machine"


def _in_outputs(outputs: Sequence[Any]) -> Iterator[str]:
    for output in outputs:
        if output.output_type == "error":
            yield f"failed: {output.ename}: {output.evalue}"
        if output.output_type == "stream" and output.name == "stderr":
            yield f"a warning: {output.text.strip()[:200]}"
        data = {key: text for key, text in output.get("data", {}).items() if not key.startswith("image/")}
        shown = json.dumps([output.get("text", ""), data], ensure_ascii=False)
        if _PATH.search(shown) or str(ROOT) in shown:
            yield f"shows a path of one machine: {shown[:200]}"
        if "Warning:" in shown:
            yield "shows a warning"


def main() -> int:
    """Renew the notebooks, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="only notebooks whose names hold one of these")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--execute", action="store_true", help="run them and keep what they show")
    what.add_argument("--check", action="store_true", help="run them, change nothing; end with 1 if anything is wrong")
    asked = parser.parse_args()
    wrong: list[str] = []
    for path in notebooks(asked.words):
        done = executed(path)
        wrong += faults(done, path.name)
        if asked.execute:
            path.write_text(written(done), encoding="utf-8", newline="\n")
        print(f"{path.name}: {len(written(done).encode()):,} bytes", flush=True)
    print("\n".join(wrong) if wrong else "notebooks: nothing is wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
