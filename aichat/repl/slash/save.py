"""``/save``: save a code block of the last answer to a file."""

import re
from pathlib import Path

from aichat.core.cli.repl_line import split_words
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.files.atomic import write_whole
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.repl.session import Session
from aichat.repl.slash_command import SlashCommand
from aichat.term.markdown.code.numbered import numbered_block


def run(session: Session, rest: str) -> None:
    """Write it whole or not at all; overwrite a file only if the user agrees."""
    found = re.fullmatch(r"(\d+)\s+(.+)", rest, re.DOTALL)
    if found is None:
        raise usage_error(f"usage: {SLASH.usage}", "/copy N takes the block to the clipboard")
    code = numbered_block(session.tree.answer_text("save"), found[1])
    path = _path(found[2])
    shown = sanitize_line(str(path))
    if path.is_dir():
        raise usage_error(f"{shown} is a folder", "name a file in it")
    answers = ["leave it as it is", "overwrite it"]
    if path.exists() and session.pick(f"{shown} already exists:", answers) != 1:
        raise usage_error("nothing was written")
    write_whole(path, f"{code}\n".encode("utf-8", "replace"))
    session.tell(f"code block {found[1]} written to {shown}")


def _path(text: str) -> Path:
    """A path as typed: quoted, with escaped blanks, or with bare ones."""
    words = split_words(text)
    return expand_path(words[0] if len(words) == 1 else text)


SLASH = SlashCommand(
    "save",
    "write code block N of the answer",
    run,
    "N FILE",
    (),
    "paths",
    example="/save 1 fetch.py",
)
