"""Notebooks: what they show is clean, and they run from clean."""

import importlib.util

import pytest

pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
NAMES = ("01_first_comparison", "02_staffing", "03_sweep_and_sensitivity", "04_your_own_district", "05_reading_the_timeline")


@pytest.fixture
def tool(root):
    spec = importlib.util.spec_from_file_location("notebooks_tool", root / "tools" / "notebooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_both_languages_pictures_and_nothing_of_a_machine(tool, name):
    notebook = tool.read(tool.FOLDER / f"{name}.ipynb")
    assert tool.faults(notebook, name) == []
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert notebook.metadata.language_info == {"name": "python"}


def test_all_notebooks_are_listed(tool):
    assert tuple(path.stem for path in tool.notebooks()) == NAMES
    assert [path.stem for path in tool.notebooks(["04", "sweep"])] == [NAMES[2], NAMES[3]]


def test_faults_are_found(tool):
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
    bad = new_notebook(cells=[
        new_markdown_cell("Only one language"),
        new_code_cell("def own(): ...", execution_count=2),
        new_code_cell("1", execution_count=3, outputs=[
            new_output("stream", name="stderr", text="careful"), new_output("stream", name="stdout", text="/home/me/x.csv"),
            new_output("error", ename="ValueError", evalue="no", traceback=[])]),
        new_code_cell('load("/home/me/mine.yaml")', execution_count=4, outputs=[
            new_output("execute_result", {"text/plain": "x" * 400_000}), new_output("stream", name="stdout", text="FutureWarning: soon")]),
    ])
    said = "\n".join(tool.faults(bad, "bad"))
    for part in ("more than 300,000", "not run from the top", "cell 1: not in both languages", "cell 2: defines own", "cell 3: a warning: careful",
                 "cell 3: shows a path", "cell 3: failed: ValueError: no", "cell 4: a path of one machine", "cell 4: shows a warning"):
        assert part in said


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_from_clean(tool, name):
    assert tool.faults(tool.executed(tool.FOLDER / f"{name}.ipynb"), name) == []
