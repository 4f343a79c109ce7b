"""What was typed into the chat: kept in a file that does not grow for ever."""

from itertools import islice
from pathlib import Path

import pytest

from aichat.disk.history import prompt_lines
from aichat.disk.history.prompt_lines import FILE, MAX_ENTRIES, OLDER_FILE, PromptHistory


def test_the_last_entry_comes_first_and_lines_that_are_no_entry_are_skipped(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('"one"\nnot json\n{"a": 1}\n"two\\nlines"\n"cut')
    assert [*PromptHistory(tmp_path).latest_entries()] == ["two\nlines", "one"]


def test_no_more_than_the_limit_is_loaded(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("".join(f'"{n}"\n' for n in range(MAX_ENTRIES + 10)))
    found = [*PromptHistory(tmp_path).latest_entries()]
    assert (len(found), found[0], found[-1]) == (MAX_ENTRIES, str(MAX_ENTRIES + 9), "10")


def test_a_long_file_becomes_the_older_one_and_no_entry_of_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_lines, "MAX_BYTES", 1_000)
    one, two = PromptHistory(tmp_path), PromptHistory(tmp_path)
    for n in range(1_000):
        (one, two)[n % 2].add(f"entry {n}")
        assert [*islice(one.latest_entries(), 50)] == [
            f"entry {m}" for m in range(n, max(-1, n - 50), -1)
        ]
    assert sum((tmp_path / name).stat().st_size for name in (FILE, OLDER_FILE)) < 2_100
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in (FILE, OLDER_FILE)} == {0o600}


def test_what_cannot_be_written_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = PromptHistory(tmp_path / "file")
    kept.add("one")
    assert [*kept.latest_entries()] == []
