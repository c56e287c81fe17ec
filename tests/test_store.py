"""The store of finished runs: keys, kills, two processes, damage, places that do not work."""

import ast
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from datetime import timedelta
from pathlib import Path

import pytest

from sim import store as module
from sim import store_claims, store_file
from sim.sources import NOT_MODEL, model_hash
from sim.store import Key, Record, Store, StoreError, default_path, open_store

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


@pytest.fixture
def read_only():
    """A folder that may be read and not written; to whoever is allowed everything, permissions mean something for a while."""
    top = Path(tempfile.mkdtemp())
    top.chmod(0o755)
    folder = top / "kept"
    folder.mkdir()
    with Store(folder / "runs.sqlite") as store:
        store.put(KEY, RECORD)
    (folder / "runs.sqlite").chmod(0o444)
    folder.chmod(0o555)
    everything = hasattr(os, "geteuid") and os.geteuid() == 0
    if everything:
        os.seteuid(65534)
    yield folder
    if everything:
        os.seteuid(0)
    folder.chmod(0o755)
    shutil.rmtree(top)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have other permissions there")
@pytest.mark.parametrize("name", ["runs.sqlite", "new.sqlite", "new/runs.sqlite"])
def test_a_read_only_folder_is_refused_where_it_was_asked_for(read_only, name):
    with pytest.raises(StoreError, match=r"cannot be used.*NINE_DRAGONS_STORE"):
        open_store(read_only / name)


@pytest.mark.skipif(sys.platform == "win32", reason="folders have other permissions there")
def test_a_read_only_cache_folder_is_done_without(read_only, monkeypatch):
    monkeypatch.delenv(module.ENVIRONMENT, raising=False)
    monkeypatch.setattr(module, "default_path", lambda: read_only / "runs.sqlite")
    with pytest.warns(UserWarning, match="until this command ends"):
        opened = open_store()
    with opened as store:
        store.put(KEY, RECORD)
        assert store.get(KEY) == RECORD


def test_a_full_disk_costs_no_finished_run(file, monkeypatch):
    store = Store(file)
    store.put(KEY, RECORD)
    store._database.execute("PRAGMA max_page_count = 1").close()
    large = RECORD._replace(outcome=b"x" * 500_000)
    with pytest.warns(UserWarning, match="cannot be used.*kept in memory until"):
        store.put(KEY._replace(replication=1), large)
    assert store.get(KEY._replace(replication=1)) == large
    assert store.get(KEY) == RECORD
    assert store.path is None
    assert len(store) == 2
    store.put(KEY._replace(replication=2), large)       # said once
    store.close()
    with Store(file) as again:
        assert again.get(KEY) == RECORD
        assert again.get(KEY._replace(replication=1)) is None


def test_what_could_not_be_written_is_written_when_there_is_room(file):
    store = Store(file)
    full_disk(store, KEY)
    store._failed = -1e9
    store.put(KEY._replace(replication=1), RECORD)
    assert store.path == file
    full_disk(store, KEY._replace(replication=2))
    store.close()       # or at the end
    with Store(file) as again:
        assert [again.get(KEY._replace(replication=number)).events for number in range(3)] == [12, 12, 12]


def full_disk(store, key):
    store._database.execute("PRAGMA max_page_count = 1").close()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        store.put(key, RECORD._replace(outcome=b"x" * 500_000))
    assert store.path is None
    store._database.execute("PRAGMA max_page_count = 1000000").close()


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY])
def test_a_disk_that_goes_away_costs_no_finished_run(file, monkeypatch, code):
    error = sqlite3.OperationalError("gone")
    error.sqlite_errorcode = code

    def gone(self, records):
        raise error

    with Store(file) as store:
        store.put(KEY, RECORD)
        with monkeypatch.context() as patch:
            patch.setattr(Store, "_insert", gone)
            with pytest.warns(UserWarning, match="gone.*kept in memory"):
                store.put(KEY._replace(replication=1), RECORD)
        assert [store.get(KEY._replace(replication=number)) for number in (0, 1)] == [RECORD, RECORD]
        assert store.claim([KEY._replace(replication=2)])
    with Store(file) as again:
        assert len(again) == 2


def test_an_older_file_is_laid_out_anew(file):
    file.parent.mkdir(parents=True)
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE runs (scenario TEXT, seed TEXT, replication INTEGER, model TEXT, outcome BLOB, digest TEXT)")
        database.execute("PRAGMA user_version = 1")
    database.close()
    with Store(file) as store:
        store.put(KEY, RECORD)
        assert (store.get(KEY), len(store)) == (RECORD, 1)


# --- a folder on another machine ----------------------------------------------------------------------------------------------

MOUNTS = """22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime shared:5 - nfs4 server:/home rw
31 30 8:2 / /home/local rw - xfs /dev/sda2 rw
32 22 0:41 / /mnt/my\\040share rw - cifs //server/share rw
33 22 0:42 / /mnt/far rw - fuse.sshfs user@host: rw
"""


@pytest.mark.parametrize(("folder", "far"), [
    ("/tmp", False), ("/home/anna/.cache", True), ("/home/local/x", False), ("/homes", False), ("/mnt/my share/a", True),
    ("/mnt/far", True)])
def test_folders_of_other_machines_are_known(folder, far):
    assert store_file._is_network(Path(folder), MOUNTS) is far


def test_a_store_on_another_machine_shares_no_memory(file, monkeypatch):
    monkeypatch.setattr(store_file, "on_network", lambda path: True)
    with Store(file) as store, Store(file) as another:
        assert store._database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        store.put(KEY, RECORD)
        another.put(KEY._replace(seed=8), RECORD)
        assert another.get(KEY) == RECORD
        assert store.claim([KEY]) == {KEY}


# --- who is at work on what ---------------------------------------------------------------------------------------------------


@pytest.fixture
def two(file):
    """Two commands on one store."""
    with Store(file) as one, Store(file) as other:
        other._claims.owner = f"elsewhere 1 {os.getpid()}"
        yield one, other


def keys(number):
    return [KEY._replace(replication=replication) for replication in range(number)]


def test_a_claim_keeps_others_away(two):
    one, other = two
    a, b, c, d = keys(4)
    assert one.claim([a, b]) == {a, b}
    assert other.claim([a, b, c]) == {c}
    assert one.claim([a, c, d]) == {a, d}


def test_a_finished_or_released_run_is_free(two):
    one, other = two
    a, b, c = keys(3)
    one.claim([a, b, c])
    one.put(a, RECORD)
    one.release([b])
    assert other.claim([a, b, c]) == {a, b}
    other.release()
    with Store(one.where) as third:
        assert third.claim([a, b]) == {a, b}
        assert other.claim([a, b]) == set()
    assert other.claim([a, b, c]) == {a, b}     # closed; c is still the first one's


def test_a_claim_that_nobody_renews_runs_out(two, monkeypatch):
    one, other = two
    one.claim([KEY])
    now = time.time()
    monkeypatch.setattr(store_claims.time, "time", lambda: now + store_claims.LEASE - 5)
    assert other.claim([KEY]) == set()
    monkeypatch.setattr(store_claims.time, "time", lambda: now + store_claims.LEASE + 5)
    assert other.claim([KEY]) == {KEY}


def test_a_claim_of_a_clock_that_was_put_back_does_not_last(two, monkeypatch):
    one, other = two
    one.claim([KEY])
    now = time.time()
    monkeypatch.setattr(store_claims.time, "time", lambda: now - 3600)
    assert other.claim([KEY]) == {KEY}


def test_a_claim_is_renewed_as_long_as_its_command_lives(file, monkeypatch):
    monkeypatch.setattr(store_claims, "BEAT", 0.05)
    with Store(file) as store:
        store.claim([KEY])
        first = store._database.execute("SELECT expires FROM claims").fetchone()[0]
        deadline = time.monotonic() + 20
        while store._database.execute("SELECT expires FROM claims").fetchone()[0] == first:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be asked for there; the claim runs out")
def test_the_claim_of_a_killed_process_is_free_at_once(two):
    one, other = two
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    one._claims.owner = one._claims.owner.replace(f" {os.getpid()} ", f" {gone.pid} ")
    one.claim([KEY])
    assert other.claim([KEY]) == {KEY}


def test_claims_that_cannot_be_written_keep_nobody_from_working(two, monkeypatch):
    def locked(*_unused):
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(store_claims.Claims, "take", locked)
    assert two[0].claim(keys(3)) == set(keys(3))


def test_in_memory_everything_may_be_run():
    with Store(None) as store:
        assert store.claim(keys(2)) == set(keys(2))


# --- looking into it, and tidying up ------------------------------------------------------------------------------------------


@pytest.fixture
def full(file):
    """Two scenarios, one of them also of an older model and of long ago."""
    with Store(file) as store:
        for number in range(3):
            store.put(Key("ab" * 32, 2**70, number, model_hash()), RECORD, name="town")
            store.put(Key("ab" * 32, 1, number, "older"), RECORD, name="town")
        store.put(Key("cd" * 32, 1, 7, model_hash()), RECORD._replace(engine="compiled", outcome=b"y" * 300_000), name="village")
        store._database.execute("UPDATE runs SET finished = '2001-01-01T00:00:00+00:00' WHERE model = 'older'")
        store._database.commit()
        yield store


def test_a_list_of_what_is_kept(full):
    village, = full.entries("village")
    assert village[:7] == ("village", "cd" * 32, 1, 1, 7, 7, model_hash())
    assert village[7:11] == (True, ("compiled",), 300_000, 0.25)
    assert [(entry.name, entry.seed, entry.replications, entry.first, entry.last, entry.current) for entry in full.entries("town")] == [
        ("town", 2**70, 3, 0, 2, True), ("town", 1, 3, 0, 2, False)]
    assert [entry.name for entry in full.entries("CDCD")] == ["village"]
    assert [entry.name for entry in full.entries()] == ["town", "village", "town"]
    assert full.entries("cd") == full.entries("nowhere") == []


def test_the_size(full):
    found = full.size()
    assert found[:3] == (7, 3, 300_000 + 6 * len(RECORD.outcome))
    assert found.file > 300_000
    with Store(None) as empty:
        assert empty.size()[:4] == (0, 0, 0, 0)
        assert empty.vacuum() == 0


@pytest.mark.parametrize(("what", "removed"), [
    ({"stale": True}, 3), ({"older_than": timedelta(days=365)}, 3), ({"older_than": timedelta(days=20_000)}, 0),
    ({"scenario": "town"}, 6), ({"scenario": "town", "stale": True}, 3), ({"scenario": "village", "stale": True}, 0),
    ({"scenario": "abab"}, 6), ({"everything": True}, 7)])
def test_pruning(full, what, removed):
    assert full.prune(**what, dry_run=True).runs == removed
    assert len(full) == 7
    found = full.prune(**what)
    assert found.runs == removed
    assert len(full) == 7 - removed


def test_pruning_asks_what(full):
    with pytest.raises(ValueError, match="say what"):
        full.prune()


def test_a_vacuum_gives_room_back(full):
    full.prune(everything=True)
    assert full.size().free > 200_000
    assert full.vacuum() > 200_000
    assert full.size().free == 0


def test_a_vacuum_of_a_file_in_use_is_refused(full, monkeypatch):
    monkeypatch.setattr(module.store_tidy, "HURRY", 50)
    other = sqlite3.connect(full.where, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another command"):
        full.vacuum()
    other.execute("COMMIT")
    other.close()
    assert full.vacuum() >= 0


def test_a_list_reads_no_outcome(full):
    """What is listed lies before the outcome in its row."""
    columns = [row[1] for row in full._database.execute("PRAGMA table_info(runs)")]
    assert columns[-1] == "outcome"


# --- where it is --------------------------------------------------------------------------------------------------------------


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


def test_nothing_that_decides_outcomes_rests_on_what_the_hash_leaves_out(root):
    """A module of the model imports none that is no part of its hash, but for texts, places of files and the store's own names."""
    found = [f"{inside}: {part}" for inside, parts in imports(root).items() if head(inside) not in NOT_MODEL
             for part in parts if part in NOT_MODEL - HARMLESS]
    assert sorted(set(found)) == ["workers.py: events_csv"]     # writes what has been counted already


def test_whatever_no_run_needs_is_left_out_of_the_hash(root):
    """So that an edited chart, search or table makes no kept run miss."""
    needs = {}
    for inside, parts in imports(root).items():
        needs.setdefault(head(inside), set()).update(parts)
    needed, queue = set(), ["workers"]
    while queue:
        one = queue.pop()
        if one not in needed | HARMLESS | {"events_csv"}:
            needed.add(one)
            queue += needs.get(one, ())
    assert set(needs) - needed <= NOT_MODEL


HARMLESS = {"i18n", "nearest", "processes", "shipped", "sources", "store"}


def head(inside):
    return inside.parts[0].removesuffix(".py")


def imports(root):
    """Top-level names of the package that each of its files imports, anywhere."""
    found = {}
    for path in (root / "sim").rglob("*.py"):
        parts = found.setdefault(path.relative_to(root / "sim"), set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in getattr(node, "names", [])
                                                                                 if isinstance(node, ast.Import)]
            if isinstance(node, ast.ImportFrom) and node.module == "sim":
                names = [f"sim.{one.name}" for one in node.names]
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module" and isinstance(node.args[0], ast.Constant):
                names = [node.args[0].value]
            parts.update(name.split(".")[1] for name in names if name.startswith("sim."))
    return found
