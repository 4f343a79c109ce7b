"""Where results go: where the user says, or under names that nobody has, whole or not at all."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aichat.disk.files.exchanges import ExchangeWriter
from aichat.disk.files.result_name import ResultFile, ResultPlace, write_result
from aichat.disk.files.row_file import RowFile
from aichat.errors import AichatError
from tests.support.answering.made import MP4, PNG


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


#: The words, and the name that is made of them.
NAMES = {
    "a red fox": "a-red-fox-1.png",
    "../../etc/passwd": "etc-passwd-1.png",
    "\x1b[2J\u202e.png": "2j-png-1.png",
    "Ünïcode 漢字": "ünïcode-漢字-1.png",
    "...": "result-1.png",
    "": "result-1.png",
    "w" * 99: f"{'w' * 40}-1.png",
}


@pytest.mark.parametrize(("words", "name"), NAMES.items(), ids=range(len(NAMES)))
def test_a_name_is_made_of_the_words_and_of_what_is_in_it(words: str, name: str) -> None:
    assert write_result(ResultPlace(None, words), PNG) == Path(name)
    assert Path(name).read_bytes() == PNG


def test_a_name_that_is_taken_meanwhile_is_left_to_who_has_it() -> None:
    place = ResultPlace(None, "a")
    one, two = ResultFile(place), ResultFile(place)
    one.write(PNG)
    two.write(MP4[:6])
    two.write(MP4[6:])
    Path("a-1.png").write_bytes(b"theirs")
    assert one.commit() == Path("a-2.png")
    assert two.commit() == Path("a-1.mp4")
    assert Path("a-1.png").read_bytes() == b"theirs"


def test_a_file_that_appears_at_the_very_path_is_not_overwritten() -> None:
    place = ResultPlace("x.png", "words")
    place.check()
    Path("x.png").write_bytes(b"theirs")
    assert write_result(place, PNG) == Path("x-2.png")
    assert Path("x.png").read_bytes() == b"theirs"
    assert write_result(place._replace(force=True), PNG) == Path("x.png")


def test_several_of_one_name_are_numbered() -> None:
    place = ResultPlace("x.png", "words", files=2)
    assert [write_result(place, PNG, n) for n in (1, 2)] == [Path("x-1.png"), Path("x-2.png")]
    with pytest.raises(AichatError, match=r"x-1\.png already exists"):
        place.check()


def test_what_is_not_whole_leaves_nothing() -> None:
    file = ResultFile(
        ResultPlace("folder/", "a") if Path("folder").mkdir() else ResultPlace(None, "a")
    )
    file.write(PNG)
    file.restart()
    assert file.size == 0 and file.head == b""
    file.discard()
    assert [*Path().glob("**/*.*")] == []


def test_a_link_stays_one_and_a_device_is_not_replaced() -> None:
    Path("real.png").write_bytes(b"old")
    Path("link.png").symlink_to("real.png")
    assert write_result(ResultPlace("link.png", "a", force=True), PNG) == Path("link.png")
    assert Path("link.png").is_symlink() and Path("real.png").read_bytes() == PNG
    with pytest.raises(AichatError, match="not a file"):
        ResultPlace("/dev/null", "a", force=True).check()


def test_a_link_to_no_file_yet_is_followed() -> None:
    """As curl and wget do."""
    Path("there").mkdir()
    Path("link.png").symlink_to("there/real.png")
    place = ResultPlace("link.png", "a")
    place.check()
    assert write_result(place, PNG) == Path("link.png")
    assert Path("link.png").is_symlink() and Path("there/real.png").read_bytes() == PNG
    assert write_result(place, PNG) == Path("link-2.png")


#: What is asked for, and the kind of the fault.
REFUSED = {
    "none/x.png": "output",
    "none/": "output",
    "there.png": "usage",
}


@pytest.mark.parametrize(("output", "kind"), REFUSED.items())
def test_what_cannot_be_written_is_known_before(output: str, kind: str) -> None:
    Path("there.png").write_bytes(b"")
    with pytest.raises(AichatError) as raised:
        ResultPlace(output, "a").check()
    assert raised.value.fault.kind == kind


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file takes more than ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_is_said_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    rows = RowFile(tmp_path / "rows.csv", is_new=True)
    copy = ExchangeWriter(tmp_path / "tape.json")
    copy.write(PNG)
    with full_disk(10), pytest.raises(AichatError, match="cannot write"):
        write_result(ResultPlace(None, "a"), PNG)
    with full_disk(10):
        copy.drop()
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]
    with full_disk(10), pytest.raises(AichatError, match="cannot write"), rows:
        rows.write("a row that is longer\n")
