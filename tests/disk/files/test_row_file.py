"""A file that rows are added to, of which some are there already."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from aichat.disk.files.row_file import RowFile
from aichat.errors import AichatError

ROWS = ("head\n", "one\n", "zwei ä\n", "three\n")

#: What the file has before, and whether a run that goes on leaves it as it was till then.
BEFORE = {
    "nothing": "",
    "all": "".join(ROWS),
    "the first": ROWS[0],
    "a torn row": "head\none\nzw",
    "a torn first row": "he",
    "a failed row": "head\n\nzwei ä\nthree\n",
    "more": "".join(ROWS) + "four\nfive\n",
}


def write(path: Path, rows: Sequence[str]) -> None:
    with RowFile(path) as file:
        for row in rows:
            file.write(row)
        file.end()


@pytest.mark.parametrize("case", BEFORE)
def test_all_rows_are_in_it_once(tmp_path: Path, case: str) -> None:
    path = tmp_path / "out"
    path.write_text(BEFORE[case])
    write(path, ROWS)
    assert path.read_text() == "".join(ROWS)


def test_what_it_has_is_not_written_again_and_new_rows_are_there_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("".join(ROWS[:3]))
    with RowFile(path) as file:
        for row in ROWS[:3]:
            file.write(row)
        path.write_text("HEAD\n" + "".join(ROWS[1:3]))  # seen only if nothing is written there
        file.write(ROWS[3])
        assert path.read_text() == "HEAD\n" + "".join(ROWS[1:])


@pytest.mark.parametrize("other", ["a letter\nto somebody\n", "hear\n", "heads or tails\n"])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, other: str) -> None:
    path = tmp_path / "out"
    path.write_text(other)
    with pytest.raises(AichatError, match="something else") as raised:
        write(path, ROWS)
    assert (path.read_text(), raised.value.fault.exit_code) == (other, 2)


@pytest.mark.parametrize("before", ["head\none\n", "head\none\nzw", "head\nh"])
def test_of_a_file_that_the_run_has_written_nothing_to_nothing_goes(
    tmp_path: Path, before: str
) -> None:
    path = tmp_path / "out"
    path.write_text(before)
    with pytest.raises(AichatError, match="something else"):
        RowFile(path, is_new=True)
    assert path.read_text() == before


@pytest.mark.parametrize("before", ["", "he", "head\n"])
def test_a_run_that_kept_nothing_goes_on_behind_its_head(tmp_path: Path, before: str) -> None:
    path = tmp_path / "out"
    path.write_text(before)
    with RowFile(path, is_new=True) as file:
        for row in ROWS:
            file.write(row)
    assert path.read_text() == "".join(ROWS)


def test_without_a_row_the_file_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("mine\n")
    write(path, ())
    assert path.read_text() == "mine\n"


def test_a_file_that_cannot_be_written_is_an_output_fault(tmp_path: Path) -> None:
    with pytest.raises(AichatError) as raised:
        RowFile(tmp_path / "no" / "out")
    assert raised.value.fault.exit_code == 13


def test_a_pipe_gets_the_rows_and_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with RowFile(tmp_path / "pipe", is_new=True) as file:
        file.write("one\n")
        assert os.read(reading, 99) == b"one\n"
        file.end()
    os.close(reading)


def test_a_device_that_is_full_says_so_at_once() -> None:
    with RowFile(Path("/dev/full"), is_new=True) as file, pytest.raises(AichatError) as caught:
        file.write("one\n")
    assert caught.value.fault.kind == "output" and "No space left" in caught.value.fault.message


def test_what_another_run_writes_is_left_to_it(tmp_path: Path) -> None:
    with RowFile(tmp_path / "rows"), pytest.raises(AichatError, match="another run"):
        RowFile(tmp_path / "rows")
    with RowFile(tmp_path / "rows", is_new=True) as file:
        file.write("one\n")
