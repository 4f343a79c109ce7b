"""Pictures that a server leaves in the text as ``data:image/png;base64,...``.

They become picture events, and a short name replaces them in the text; code, and anything
that is no picture, stays as it is. A URI may be split across any number of deltas.
"""

import re

from aichat.core.exchange.event import Event, TextDelta
from aichat.wires.shared.media_parts import read_image

_BEGIN = "data:image/"
_HEAD = re.compile(r"data:(image/([\w.+-]{1,40}))(?:;[\w.=+-]{1,80}){0,4};base64,", re.ASCII)
_LONGEST_HEAD = 400
_NO_DATA = re.compile(r"[^A-Za-z0-9+/=_-]")

#: Characters that may precede one: the bracket of a Markdown picture, or space.
_BEFORE = "(<\n\t "


class DataUriFilter:
    """Takes pictures out of an answer's text as it arrives."""

    def __init__(self) -> None:
        self._count = 0  # of pictures
        self._last = "\n"  # character passed on
        self._held = ""  # what may become a URI
        self._mime: str | None = None  # of the picture that is being read
        self._data: list[str] = []
        self._in_code = False
        self._told: list[str] = []  # since ``_in_code`` was determined

    def feed(self, delta: TextDelta) -> list[Event]:
        """The events that ``delta`` makes certain: text, and complete pictures."""
        text = delta.text
        is_plain = not self._held and self._mime is None and _BEGIN not in text
        if is_plain and text and not self._beginning(text):  # the usual case
            self._last = text[-1]
            self._told.append(text)
            return [delta]
        text, self._held = self._held + delta.text, ""
        events: list[Event] = []
        while text:
            if self._mime is not None:
                text = self._read_data(text, delta.part, events)
                continue
            place = self._find(text)
            if place < 0:
                place = len(text) - self._beginning(text)
                self._tell(text[:place], delta.part, events)
                self._held = text[place:]
                break
            self._tell(text[:place], delta.part, events)
            text = text[place:]
            head = _HEAD.match(text)
            if head and not self._is_code():
                self._mime, text = head[1], text[head.end() :]
            elif head or len(text) > _LONGEST_HEAD or _is_no_head(text):
                self._tell(text[: len(_BEGIN)], delta.part, events)
                text = text[len(_BEGIN) :]
            else:
                self._held, text = text, ""
        return events

    def close(self, part: int) -> list[Event]:
        """What was held back, and a picture at the very end."""
        events: list[Event] = []
        if self._mime is not None:
            self._end_picture(part, events)
        self._tell(self._held, part, events)
        self._held = ""
        return events

    def _find(self, text: str) -> int:
        """Where a URI may begin in ``text``, or -1."""
        place = text.find(_BEGIN)
        while place >= 0 and (text[place - 1] if place else self._last) not in _BEFORE:
            place = text.find(_BEGIN, place + 1)
        return place

    def _beginning(self, text: str) -> int:
        """How many of the last characters may be the beginning of a URI."""
        place = text.rfind("d", -len(_BEGIN))
        if place < 0:
            return 0
        fits = _BEGIN.startswith(text[place:])
        return (
            len(text) - place
            if fits and (text[place - 1] if place else self._last) in _BEFORE
            else 0
        )

    def _tell(self, text: str, part: int, events: list[Event]) -> None:
        if text:
            self._last = text[-1]
            self._told.append(text)
            events.append(TextDelta(text, part))

    def _is_code(self) -> bool:
        """Whether the text passed on ends within a code block."""
        self._in_code ^= "".join(self._told).count("```") % 2 == 1
        self._told = []
        return self._in_code

    def _read_data(self, text: str, part: int, events: list[Event]) -> str:
        """Read more of a picture, and return the text after it."""
        end = _NO_DATA.search(text)
        self._data.append(text[: end.start()] if end else text)
        if end is None:
            return ""
        self._end_picture(part, events)
        return text[end.start() :]

    def _end_picture(self, part: int, events: list[Event]) -> None:
        mime, data = self._mime or "", "".join(self._data)
        self._mime, self._data = None, []
        self._count += 1
        kind = mime.partition("/")[2].partition("+")[0]
        self._tell(f"image-{self._count}.{kind}", part, events)
        events.append(read_image(mime, data.replace("-", "+").replace("_", "/")))


def _is_no_head(text: str) -> bool:
    """Whether a text can no longer become the head of a picture's URI."""
    return re.search(r"[^\w.+;=/:-]", text.partition(",")[0], re.ASCII) is not None or "," in text
