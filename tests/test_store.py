"""The store of finished runs: keys, kills, two processes, damage, places that do not work."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from sim import store as module
from sim.store import Key, Record, Store, StoreError, default_path, model_hash, open_store

KEY = Key("scenario", 7, 0, "model")
RECORD = Record(b"\x00outcome\xff", "issues", 12, 0.25)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "deep" / "folder" / "runs.sqlite"


def test_what_is_put_comes_back(file):
    with Store(file) as store:
        assert store.get(KEY) is None
        store.put(KEY, RECORD, name="town")
    with Store(file) as store:
        assert store.get(KEY) == RECORD
        assert len(store) == 1


@pytest.mark.parametrize("other", [
    KEY._replace(scenario="another"), KEY._replace(seed=8), KEY._replace(replication=1), KEY._replace(model="edited")])
def test_every_part_of_the_key_counts(file, other):
    with Store(file) as store:
        store.put(KEY, RECORD)
        assert store.get(other) is None


def test_a_seed_may_be_of_any_size(file):
    huge = KEY._replace(seed=2**128 + 1)
    with Store(file) as store:
        store.put(huge, RECORD)
        assert store.get(huge) == RECORD


def test_putting_twice_keeps_one(file):
    with Store(file) as store:
        store.put(KEY, RECORD)
        store.put(KEY, RECORD._replace(seconds=9.0))
        assert len(store) == 1


def test_the_file_is_in_write_ahead_mode(file):
    Store(file).close()
    with sqlite3.connect(file) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


WRITER = """
import sys
from pathlib import Path
from sim.store import Key, Record, Store
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    store.put(Key(sys.argv[2], 1, number, "m"), Record(b"x" * 20_000, "i", number, 0.0))
    print(number, flush=True)
"""


def writer(file, name, number):
    return subprocess.Popen([sys.executable, "-c", WRITER, str(file), name, str(number)], stdout=subprocess.PIPE, text=True,
                            cwd=Path(__file__).parent.parent)


def test_two_processes_share_one_file(file):
    """Both open it for the first time at once, and both write."""
    writers = [writer(file, name, 40) for name in "ab"]
    with Store(file) as store:
        for process in writers:
            process.communicate(timeout=60)
            assert process.returncode == 0
        assert len(store) == 80
        assert store.get(Key("b", 1, 39, "m")).events == 39


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_killed_process_loses_nothing_that_it_had_finished(file):
    process = writer(file, "a", 100_000)
    said = [process.stdout.readline() for _ in range(25)]
    process.kill()
    process.communicate()
    with Store(file) as store:
        finished = int(said[-1]) + 1
        assert all(store.get(Key("a", 1, number, "m")).events == number for number in range(finished))
        store.put(KEY, RECORD)
        assert store.get(KEY) == RECORD


def test_a_file_that_is_no_database_is_moved_aside(file):
    file.parent.mkdir(parents=True)
    file.write_bytes(b"this is no database, but somebody may want it back" * 100)
    with pytest.warns(UserWarning, match="damaged.*moved to"):
        opened = Store(file)
    with opened as store:
        store.put(KEY, RECORD)
        assert store.get(KEY) == RECORD
    aside = [path for path in file.parent.iterdir() if "damaged" in path.name]
    assert [path.read_bytes()[:15] for path in aside] == [b"this is no data"]


def test_a_database_with_a_torn_page_is_moved_aside(file):
    with Store(file) as store:
        for number in range(50):
            store.put(KEY._replace(replication=number), RECORD._replace(outcome=os.urandom(5000)))
    torn = bytearray(file.read_bytes())
    torn[4096:] = b"\xaa" * (len(torn) - 4096)
    file.write_bytes(bytes(torn))
    with pytest.warns(UserWarning, match="damaged"):
        assert used(file)
    assert any("damaged" in path.name for path in file.parent.iterdir())


def used(file):
    with Store(file) as store:
        missing = store.get(KEY) is None
        store.put(KEY, RECORD)
        return missing and store.get(KEY) == RECORD


def test_a_changed_outcome_counts_as_missing(file):
    with Store(file) as store:
        store.put(KEY, RECORD)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE runs SET outcome = ?", (b"\x00outcome\xfe",))
    database.close()
    with Store(file) as store:
        assert store.get(KEY) is None


def test_a_store_of_a_newer_version_is_left_alone(file):
    Store(file).close()
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        Store(file)
    assert file.read_bytes() == before


def test_a_place_that_was_asked_for_must_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv(module.ENVIRONMENT, str(tmp_path / "file" / "runs.sqlite"))
    with pytest.raises(StoreError, match="NINE_DRAGONS_STORE"):
        open_store()
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "file" / "folder")


def test_the_cache_folder_need_not_work(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.delenv(module.ENVIRONMENT, raising=False)
    monkeypatch.setattr(module, "default_path", lambda: tmp_path / "file" / "runs.sqlite")
    with pytest.warns(UserWarning, match="until this command ends"):
        opened = open_store()
    with opened as store:
        store.put(KEY, RECORD)
        assert store.get(KEY) == RECORD
        assert store.path is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs permissions that bind")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(StoreError):
        Store(tmp_path / "new" / "runs.sqlite")


def test_a_full_disk_costs_no_finished_run(file, monkeypatch):
    store = Store(file)
    store.put(KEY, RECORD)
    store._database.execute("PRAGMA max_page_count = 1").close()
    large = RECORD._replace(outcome=b"x" * 500_000)
    with pytest.warns(UserWarning, match="cannot be used.*until this command ends"):
        store.put(KEY._replace(replication=1), large)
    assert store.get(KEY._replace(replication=1)) == large
    store.close()
    with Store(file) as again:
        assert again.get(KEY) == RECORD


def test_a_place_names_a_file_or_a_folder(tmp_path, monkeypatch):
    with open_store(tmp_path / "mine.db") as store:
        assert store.path == tmp_path / "mine.db"
    with open_store(tmp_path / "folder") as store:
        assert store.path == tmp_path / "folder" / "runs.sqlite"
    monkeypatch.setenv(module.ENVIRONMENT, str(tmp_path))
    with open_store() as store:
        assert store.path == tmp_path / "runs.sqlite"
        assert open_store(store) is store


@pytest.mark.parametrize(("platform", "variable", "ends"), [
    ("linux", "XDG_CACHE_HOME", "nine-dragons/runs.sqlite"), ("win32", "LOCALAPPDATA", "nine-dragons/runs.sqlite")])
def test_platform_folders(tmp_path, monkeypatch, platform, variable, ends):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert default_path() == tmp_path / ends


def test_the_mac_keeps_caches_in_the_library(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert default_path() == tmp_path / "Library" / "Caches" / "nine-dragons" / "runs.sqlite"


def test_waiting_for_another_writer(file, monkeypatch):
    """While another process writes, we wait; we do not fail and do not move its file away."""
    with Store(file) as store:
        other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        import threading

        threading.Timer(0.5, lambda: other.execute("COMMIT")).start()
        began = time.monotonic()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            store.put(KEY, RECORD)
        assert time.monotonic() - began > 0.3
        other.close()


def test_model_hash_changes_with_rules_and_not_with_charts(tmp_path):
    def package(name, **files):
        folder = tmp_path / name
        for file, text in files.items():
            path = folder / file.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".py").write_bytes(text.encode())
        return model_hash(folder)

    one = package("one", triage="rule = 1\n", engine__pools="work", charts__style="red", cli="a", measures__table="x")
    assert package("two", triage="rule = 1\r\n", engine__pools="work", charts__style="blue", cli__main="b", results="new") == one
    assert package("three", triage="rule = 2\n", engine__pools="work") != one
    assert package("four", triage="rule = 1\n", engine__pools="play") != one
    assert package("five", triage="rule = 1\n", engine__pools="work", brand_new="?") != one
