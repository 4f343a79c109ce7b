"""The user's words, stdin and files put together into one message."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from aichat.core.message.message import Message, Text


class Attachment(NamedTuple):
    """A text file to inline under its name."""

    name: str
    text: str


def compose_prompt(words: Iterable[str], piped: str | None) -> str:
    """The prompt: words joined by spaces; ``piped`` follows them, or stands where ``-`` is.

    ``-`` puts stdin on lines of its own.
    """
    words = list(words)
    if "-" in words:
        place = words.index("-")
        before, after = " ".join(words[:place]), " ".join(words[place + 1 :])
        return "\n".join(text for text in (before, piped or "", after) if text)
    return "\n\n".join(text for text in (" ".join(words), piped or "") if text)


def user_message(prompt_text: str, attachments: Iterable[Attachment]) -> Message:
    """One user turn: the files first, each between lines that name it, then the words."""
    files = "".join(_inline(attachment) for attachment in attachments)
    return Message("user", (Text(files + prompt_text),))


def _inline(attachment: Attachment) -> str:
    """A fence longer than any in the file, so that the file cannot end it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", attachment.text)), default=0))
    newline = "" if attachment.text.endswith("\n") else "\n"
    return f"{attachment.name}\n{fence}\n{attachment.text}{newline}{fence}\n\n"
