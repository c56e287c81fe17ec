"""What a planner gets: a command, its files, and two commands that need nothing else."""

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from sim import shipped

HEAVY = ("numba", "pydantic", "numpy", "scipy", "simpy", "matplotlib", "pandas", "yaml", "rich")


def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def test_help_needs_no_heavy_library(root):
    code = f"import sys; from sim.cli import main; main(['--help']); sys.exit(' '.join(m for m in {HEAVY} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.stderr.split() == []
    assert "compare" in done.stdout


@pytest.mark.slow
def test_help_answers_in_half_a_second(root):
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "sim", "--help"], cwd=root, capture_output=True, check=True)
        return time.perf_counter() - start
    assert min(seconds() for _ in range(5)) < 0.5


def test_every_library_is_pinned_without_the_address_of_an_index(root):
    text = (root / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line) for line in lines), lines
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines}
    about = project(root)["project"]
    wanted = [*about["dependencies"], *(line for extra in about["optional-dependencies"].values() for line in extra)]
    names = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower() for line in wanted}
    assert names <= pinned, names - pinned
    assert all(">=" in line and ("<" in line or ";" in line) for line in wanted)


def test_the_command_and_the_package_are_what_they_are_called(root):
    about = project(root)["project"]
    assert about["name"] == "nine-dragons"
    assert about["scripts"] == {"nine-dragons": "sim.cli:main"}
    assert about["requires-python"].startswith(">=3.11")


def test_shipped_scenarios_are_found_from_anywhere(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("jimei/integrated", "jimei/integrated.yaml", "scenarios/jimei/integrated", "scenarios/jimei/integrated.yaml"):
        assert shipped.find(name) == root / "scenarios" / "jimei" / "integrated.yaml"
    assert shipped.find("../scenarios/jimei/integrated.yaml") is None
    assert shipped.nearest("jimei/integrate") == "jimei/integrated"


def test_a_file_in_the_current_folder_goes_before_a_shipped_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "scenarios" / "jimei" / "integrated.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("name: mine\n")
    assert shipped.find("scenarios/jimei/integrated.yaml").resolve() == mine


@pytest.mark.skipif(sys.platform == "win32", reason="make is not part of Windows; the README gives the pip commands")
def test_the_makefile_picks_a_python_that_suits_and_says_so_if_there_is_none(root, tmp_path):
    """With no interpreter on the path, the message names the versions and the way out."""
    make, shell = (next((p for d in ("/usr/bin", "/bin", "/usr/local/bin") if (p := Path(d) / name).exists()), None)
                   for name in ("make", "sh"))
    if make is None or shell is None:
        pytest.skip("make is not installed")
    (tmp_path / "sh").symlink_to(shell)
    (tmp_path / "Makefile").write_text((root / "Makefile").read_text())
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "constraints.txt").touch()
    done = subprocess.run([make, "demo"], cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Python 3.11, 3.12 or 3.13" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="make is not part of Windows; the README gives the pip commands")
def test_make_demo_works_in_a_clean_copy(root, tmp_path):
    """Python and make are all there is; the demo sets itself up and ends with a verdict (here of the small city)."""
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    unwanted = shutil.ignore_patterns(".*_cache", ".git", ".venv", ".hypothesis", "__pycache__", "results")
    copy = shutil.copytree(root, tmp_path / "clean", ignore=unwanted)
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")
    environment = {key: value for key, value in os.environ.items() if key not in ours}
    words = "small/fragmented small/integrated --replications 2 --no-charts --quiet --set run.horizon='20 days'"
    done = subprocess.run([make, "demo", f"PYTHON={sys.executable}", f"ARGS={words}"], cwd=copy, env=environment,
                          capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode and not (copy / ".venv" / ".ready").exists() and "Could not find a version" in done.stderr:
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    assert re.search(r"better|worse|not distinguishable", done.stdout)
    assert (copy / "results" / "small-fragmented-vs-small-integrated" / "manifest.json").exists()


@pytest.mark.slow
def test_a_wheel_carries_scenarios_texts_and_font(root, tmp_path):
    """Installed without the checkout, the command still finds what it ships."""
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, root]
    subprocess.run(build, capture_output=True, check=True)
    wheel, = tmp_path.glob("nine_dragons-*.whl")
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, tmp_path / "site"], check=True)
    code = "from sim import i18n, shipped; i18n.set_language('zh'); print(shipped.names(), i18n._('better'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "site", capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONUTF8": "1"})
    assert "'jimei/integrated'" in done.stdout
    assert "better" not in done.stdout
    assert list((tmp_path / "site" / "sim" / "charts" / "fonts").glob("*.otf"))
    assert {path.suffix for path in (tmp_path / "site" / "sim" / "report" / "page").iterdir()} == {".j2", ".css", ".js"}
