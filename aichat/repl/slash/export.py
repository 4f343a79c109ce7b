"""``/export``: the conversation as a file."""

from pathlib import Path

from aichat.app.history.export import ENDINGS, FORMATS, with_media
from aichat.core.text.sanitize import sanitize
from aichat.disk.files.atomic import write_whole
from aichat.disk.paths import data_dir, expand_path
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand


def run(session: Session, rest: str) -> None:
    """Write Markdown, JSON, JSONL or HTML, by the file's extension; never overwrites."""
    if session.tree.head is None:
        raise usage_error("nothing to export yet")
    path = (
        expand_path(rest)
        if rest
        else Path(f"{_file_name(session.tree.title) or session.tree.id}.md")
    )
    if path.is_dir():
        raise usage_error(f"{path} is a folder", "name a file in it, as talk.md")
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise usage_error(
            f"{path}: unknown export format", f"use a name ending in {', '.join(ENDINGS)}"
        )
    if path.exists():
        raise usage_error(f"{path} already exists", "choose another name")
    folder = data_dir(session.world.environ)
    pieces = FORMATS[kind]([with_media(session.tree.conversation(), kind, folder, session.tell)])
    write_whole(path, "".join(pieces).encode("utf-8", "replace"), private=True)
    session.tell(f"written to {sanitize(str(path))}")


def _file_name(title: str) -> str:
    """A title as a file name."""
    kept = "".join(c if c.isalnum() else "-" for c in title.lower())
    return "-".join(filter(None, kept.split("-")))[:60]


SLASH = SlashCommand(
    "export",
    "write the conversation to a file",
    run,
    "[FILE]",
    (),
    "paths",
    example="/export talk.md",
)
