"""The answers of a run, kept one by one."""

import sqlite3
from pathlib import Path

import pytest

from aichat.disk.jobs.run_rows import KeptRow, RunRows, other_runs, run_path
from aichat.errors import AichatError

ROW = KeptRow('{"text":"ä"}', False)


def test_what_was_kept_is_there_for_the_next(tmp_path: Path) -> None:
    path = run_path(tmp_path, "a" * 64, "b" * 64)
    with RunRows(path) as rows:
        assert rows.find(b"k") is None
        rows.keep(b"k", KeptRow("{}", True))
        assert rows.find(b"k") == ("{}", True)
        rows.keep(b"k", ROW)
    with RunRows(path) as rows:
        assert rows.find(b"k") == ROW
    assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0


def test_a_row_is_on_the_disk_as_soon_as_it_is_kept(tmp_path: Path) -> None:
    path = run_path(tmp_path, "a" * 64, "b" * 64)
    with RunRows(path) as rows:
        rows.keep(b"k", ROW)
        other = sqlite3.connect(path)
        assert other.execute("SELECT line FROM answer").fetchall() == [(ROW.line,)]
        other.close()


def test_equal_inputs_are_counted_in_each_process_anew(tmp_path: Path) -> None:
    path = run_path(tmp_path, "a" * 64, "b" * 64)
    for _ in range(2):
        with RunRows(path) as rows:
            assert [rows.count_of(key) for key in (b"a", b"b", b"a", b"a")] == [1, 1, 2, 3]


def test_one_process_has_a_run_at_a_time(tmp_path: Path) -> None:
    path = run_path(tmp_path, "a" * 64, "b" * 64)
    with RunRows(path), pytest.raises(AichatError) as raised:
        RunRows(path)
    assert (raised.value.fault.kind, "running already" in str(raised.value)) == ("usage", True)
    with RunRows(path):
        pass


def test_without_a_path_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with RunRows(None) as rows:
        rows.keep(b"k", ROW)
        assert rows.find(b"k") == ROW
    assert not [*tmp_path.iterdir()]


def test_runs_over_the_same_source_know_of_each_other(tmp_path: Path) -> None:
    one, two, other = (run_path(tmp_path, a * 64, b * 64) for a, b in ("ab", "ac", "xb"))
    for path in (one, two, other):
        with RunRows(path):
            pass
    assert [*other_runs(one)] == [two] and [*other_runs(other)] == []


def test_what_is_no_database_is_an_output_fault(tmp_path: Path) -> None:
    path = run_path(tmp_path, "a" * 64, "b" * 64)
    path.parent.mkdir()
    path.write_text("no database at all, and long enough to be seen as none" * 20)
    with pytest.raises(AichatError) as raised:
        RunRows(path)
    assert raised.value.fault.exit_code == 13
