"""Putting the user's words, stdin and files together into one message."""

import re
from collections.abc import Iterable

from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Text
from aichat.values import NamedTuple

#: The name of the clipboard among attachments.
CLIPBOARD = "clip:"


class Attachment(NamedTuple):
    """A text to inline under its name, or a medium to send as it is."""

    name: str
    text: str = ""
    media: Media | None = None

    @property
    def size(self) -> str:
        """Its size, for people."""
        return self.media.mime if self.media else f"{len(self.text):,} characters"


def compose_prompt(words: Iterable[str], piped: str | None) -> str:
    """The prompt: words joined by spaces, then ``piped``, unless ``-`` says where it goes.

    In place of ``-``, stdin is on lines of its own.
    """
    words = list(words)
    if "-" in words:
        place = words.index("-")
        before, after = " ".join(words[:place]), " ".join(words[place + 1 :])
        return "\n".join(text for text in (before, piped or "", after) if text)
    return "\n\n".join(text for text in (" ".join(words), piped or "") if text)


def user_message(prompt_text: str, attachments: Iterable[Attachment]) -> Message:
    """One user turn: media first, then the texts of files, each under its name, then the words.

    If there are several media they are named too, so that the words can refer to each.
    """
    given = list(attachments)
    media = [one for one in given if one.media]
    parts: list[Part] = []
    for one in media:
        if len(media) > 1:
            parts.append(Text(f"{one.name}:"))
        if one.media:
            parts.append(one.media)
    text = "".join(inline_text(one.name, one.text) for one in given if not one.media)
    said = text + prompt_text
    return Message("user", (*parts, *([Text(said)] if said or not media else ())))


def inline_text(name: str, text: str) -> str:
    """A text under its name, in a fence that is longer than any within it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    newline = "" if text.endswith("\n") else "\n"
    return f"{name}\n{fence}\n{text}{newline}{fence}\n\n"
