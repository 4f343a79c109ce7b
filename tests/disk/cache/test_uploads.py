"""What was uploaded is known by account and content while it lives, and never believed blindly."""

from pathlib import Path

import pytest

from aichat.disk.cache import uploads
from aichat.disk.cache.uploads import KnownUpload

FILE = KnownUpload("f1", "files/f1", "image/png", 10_000.0)
PLACE = f"{uploads.account('https://a.example/v1', 'key')} image"


def test_it_is_found_until_shortly_before_its_end(tmp_path: Path) -> None:
    assert not uploads.has_any(tmp_path, "openai")
    uploads.add(tmp_path, "openai", PLACE, "d1", FILE)
    assert uploads.has_any(tmp_path, "openai")
    assert uploads.find(tmp_path, "openai", PLACE, "d1", 9_000.0) == FILE
    assert uploads.find(tmp_path, "openai", PLACE, "d1", 9_800.0) is None
    assert uploads.find(tmp_path, "openai", PLACE, "d2", 0.0) is None
    assert uploads.find(tmp_path, "openai", "elsewhere", "d1", 0.0) is None


def test_one_without_an_end_lives_until_it_is_removed(tmp_path: Path) -> None:
    uploads.add(tmp_path, "openai", PLACE, "d1", FILE._replace(expires=None))
    assert uploads.find(tmp_path, "openai", PLACE, "d1", 1e12)
    uploads.forget(tmp_path, "openai", "f1")
    assert uploads.find(tmp_path, "openai", PLACE, "d1", 0.0) is None


def test_no_key_can_be_read_in_an_account() -> None:
    one, other = uploads.account("https://a", "key"), uploads.account("https://a", "other")
    assert one != other and "key" not in one and len(one) == 16


DAMAGED = ["", "[]", "null", '{"a": 1}', '{"p d": {"id": 1, "reference": "x", "mime": "y"}}']


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "openai.json").write_text(text)
    assert uploads.find(tmp_path, "openai", "p", "d", 0.0) is None
    uploads.add(tmp_path, "openai", "p", "d", FILE)
    assert uploads.find(tmp_path, "openai", "p", "d", 0.0) == FILE


def test_there_is_an_end_to_what_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "_MAX_FILES", 2)
    for n in range(3):
        uploads.add(tmp_path, "openai", PLACE, f"d{n}", FILE)
    found = [uploads.find(tmp_path, "openai", PLACE, f"d{n}", 0.0) for n in range(3)]
    assert found == [None, FILE, FILE]
