"""What is written follows the links of this user, and none that a stranger laid out."""

import os
from pathlib import Path

import pytest

from aichat.disk.files.atomic import resolve_target
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.running.stores import AS_ROOT

STRANGER = 65534


def lay_trap(aichat: Program, through: str) -> tuple[Path, Path]:
    """A link of a stranger's in a folder for everyone: the path to write, and where it leads."""
    shared, private = aichat.home / "shared", aichat.home / "private"
    for folder in (shared, private):
        folder.mkdir()
    shared.chmod(0o1777)
    link = shared / "link"
    link.symlink_to(private / "file.md" if through == "file" else private)
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    path = link if through == "file" else link / "file.md"
    if through == "own link":
        path = aichat.home / "mine.md"
        path.symlink_to(shared / "link" / "file.md")
    return path, private / "file.md"


@AS_ROOT
@pytest.mark.parametrize("through", ["file", "folder", "own link"])
def test_a_strangers_link_is_not_followed(aichat: Program, through: str) -> None:
    path, target = lay_trap(aichat, through)
    target.write_text("old")
    with Server(default=chat_stream(["Hello"])) as server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke("ask", "hi").code == 0
        runs = [
            aichat.invoke("ask", "--output", str(path), "hi"),
            aichat.invoke("history", "export", "last", "--output", str(path)),
            aichat.invoke("api", "groq", "GET", "/models", "--output", str(path)),
        ]
    assert [done.code for done in runs] == [13, 13, 13]
    assert all("is another user's link" in done.stderr for done in runs)
    assert target.read_text() == "old"
    assert [p.name for p in target.parent.iterdir()] == ["file.md"]


def test_own_links_are_followed_as_the_system_does(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "up").symlink_to("b/../../c")
    (tmp_path / "c").mkdir()
    (tmp_path / "whole").symlink_to(tmp_path / "a" / "up" / "x")
    (tmp_path / "loop").symlink_to("loop")
    for path in ("a/b/../up/f", "whole", "a/up/../a/new", "none/x"):
        assert resolve_target(tmp_path / path) == (tmp_path / path).resolve()
    with pytest.raises(OSError, match="loop"):
        resolve_target(tmp_path / "loop" / "x")
