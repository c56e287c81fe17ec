"""Events and customers' visits as CSV, from timelines made by hand."""

from array import array
from types import SimpleNamespace

import pandas as pd

from sim.events_csv import CHUNK, events, visits, write
from sim.timeline import Event, Timeline

BARE = SimpleNamespace(city=None, bare=SimpleNamespace(class_name=("urgent", "ordinary")),
                       pools=SimpleNamespace(key=("street", "district")))
CITY = SimpleNamespace(city=SimpleNamespace(grid=("North", "South")), bare=None, pools=SimpleNamespace(key=("desk", "team")))


def timeline(*rows, customers=3):
    """Rows are (time, event, customer, place)."""
    cells = array("i", [cell for time, event, customer, place in rows for cell in (time, event, customer, -1, place, 0, 0)])
    return Timeline.of(cells, [0, 1, 1][:customers], [-1] * customers, [5, 6, 7][:customers], [1, 2, 3][:customers], end=99)


VISITS = timeline(
    (5, Event.OCCURRED, 0, -1), (5, Event.JOINED, 0, 0), (5, Event.STARTED, 0, 0),
    (6, Event.OCCURRED, 1, -1), (6, Event.JOINED, 1, 0),
    (7, Event.OCCURRED, 2, -1), (7, Event.BLOCKED, 2, 0),
    (8, Event.SUSPENDED, 0, 0), (9, Event.STARTED, 0, 0), (11, Event.ENDED, 0, 0), (11, Event.JOINED, 0, 1),
    (12, Event.HUNG_UP, 1, 0))


def test_every_visit_has_its_times():
    found = visits(VISITS, BARE).astype(object).where(lambda table: table.notna(), None)
    assert found.to_numpy().tolist() == [
        [0, "urgent", 5, "street", 5, 5, 11, "served"],         # suspended and resumed: it started once
        [1, "ordinary", 6, "street", 6, None, 12, "hung_up"],
        [2, "ordinary", 7, "street", None, None, 7, "blocked"],
        [0, "urgent", 5, "district", 11, None, None, "open"],
    ]


def test_events_have_names():
    rows = (5, Event.OCCURRED, 0, 1), (9, Event.DISCOVERED, 0, 1), (9, Event.RESOLVED, 0, -1)
    found = events(timeline(*rows, customers=1), CITY)
    assert found.columns.tolist() == ["time", "event", "issue", "ticket", "place", "place_name", "member", "value"]
    assert found["event"].tolist() == ["occurred", "discovered", "resolved"]
    assert found["place_name"].tolist() == ["South", "team", ""]


def test_files_are_whole_and_excel_reads_them(tmp_path):
    write(VISITS, BARE, tmp_path / "new" / "a.csv")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.csv", "a.customers.csv"]
    assert (tmp_path / "new" / "a.csv").read_bytes().startswith(b"\xef\xbb\xbftime,event,")
    assert len(pd.read_csv(tmp_path / "new" / "a.csv")) == len(VISITS)
    assert pd.read_csv(tmp_path / "new" / "a.customers.csv")["end"].tolist() == ["served", "hung_up", "blocked", "open"]


def test_long_timelines_are_written_piece_by_piece(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.events_csv.CHUNK", 5)
    write(VISITS, BARE, tmp_path / "pieces.csv")
    monkeypatch.setattr("sim.events_csv.CHUNK", CHUNK)
    write(VISITS, BARE, tmp_path / "once.csv")
    assert (tmp_path / "pieces.csv").read_bytes() == (tmp_path / "once.csv").read_bytes()


def test_nothing_happened(tmp_path):
    write(Timeline.of(array("i"), [], [], [], [], end=9), CITY, tmp_path / "none.csv")
    assert (tmp_path / "none.csv").read_text(encoding="utf-8-sig").splitlines() == [
        "time,event,issue,ticket,place,place_name,member,value"]
