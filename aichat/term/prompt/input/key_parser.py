"""Parsing terminal input into keys; an unknown sequence never becomes text.

This replaces prompt-toolkit's own parser, which takes unknown sequences for typed
characters, and an unbracketed paste for lines to send.
"""

import re
import time
from collections.abc import Callable

from prompt_toolkit.input.ansi_escape_sequences import ANSI_SEQUENCES
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from aichat.term.prompt.input.extended_keys import plain_sequence

#: One piece of input: a sequence, an Alt key, a control character, or text.
_PIECE = re.compile(
    r"\x1b\[M[^\x1b]{3}"  # the mouse, which nobody asked for
    r"|\x1b\[\[[A-E]"  # function keys of the Linux console
    r"|\x1b\[(?![M\[])[0-?]*[ -/]*[@-~]"
    r"|\x1bO[0-9;]*[A-Za-z]"
    r"|\x1b[P\]_^X][^\x07\x1b]{1,65536}(?:\x07|\x1b\\)"  # the terminal's reports about itself
    r"|\x1b[^\x1b\[OP\]_^X]"
    r"|[\x00-\x1a\x1c-\x1f\x7f]"
    r"|[^\x00-\x1f\x7f]+",
    re.DOTALL,
)
#: What may become one of those with more input.
_BEGINNING = re.compile(
    r"\x1b(?:\[M[^\x1b]{0,2}|\[\[|\[[0-?]*[ -/]*|O[0-9;]*"
    r"|[P\]_^X][^\x07\x1b]{0,65536}(?:\x1b\Z)?)?",
    re.DOTALL,
)
_CURSOR = re.compile(r"\x1b\[\d{1,5};\d{1,5}R")
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"

#: Seconds to wait for the rest of a sequence.
_SEQUENCE_SECONDS = 0.5
#: Seconds within which more of a paste arrives.
_BURST_SECONDS = 0.05
#: Length of what can have been typed while nobody read, and of what nobody typed.
_TYPED_LENGTH, _LONG = 32, 1000


class KeyParser:
    """Takes input as it arrives and calls ``feed_key`` with every key.

    The terminal's reports about itself go to ``told``, whenever they arrive.
    """

    def __init__(
        self,
        feed_key: Callable[[KeyPress], object],
        now: Callable[[], float] = time.monotonic,
        told: Callable[[str], object] = str,
    ) -> None:
        self._feed_key, self._now, self._told = feed_key, now, told
        self._held = ""  # the beginning of a sequence
        self._held_at = self._burst_until = float("-inf")
        self._pasted: list[str] | None = None  # the pieces of an open paste

    def feed(self, data: str) -> None:
        """Parse the next piece of input."""
        now = self._now()
        if self._pasted is None:
            if self._held and now - self._held_at > _SEQUENCE_SECONDS:
                self.give_up()
            data, self._held = self._held + data, ""
        while data:
            data = self._feed_paste(data) if self._pasted is not None else self._feed_keys(data)
        if self._held:
            self._held_at = now

    def flush(self) -> None:
        """After a short silence: a lone escape was a key; a sequence may still go on."""
        if self._held == "\x1b" or re.fullmatch(r"\x1b[P\]_^XO]", self._held):
            held, self._held = self._held, ""
            self._press_alt(held)

    def give_up(self) -> None:
        """Drop a sequence whose rest never came."""
        self._held = ""

    def _feed_paste(self, data: str) -> str:
        """Continue a paste; return what follows it."""
        assert self._pasted is not None  # noqa: S101  guaranteed by the callers
        tail = "".join(self._pasted[-len(_PASTE_END) :])[-len(_PASTE_END) :]
        place = (tail + data).find(_PASTE_END)
        self._pasted.append(data)
        if place < 0:
            return ""
        whole = "".join(self._pasted)
        text, rest = whole.split(_PASTE_END, 1)
        self._pasted = None
        self._feed_key(KeyPress(Keys.BracketedPaste, text))
        return rest

    def _feed_keys(self, data: str) -> str:
        """Parse keys up to a paste; return what belongs to that."""
        data, mark, rest = data.partition(_PASTE_START)
        if mark:
            self._pasted = []
        pieces, self._held = _split(data)
        if mark:
            self._held = ""
        pasted, enter = self._burst(pieces)
        if pasted:
            self._feed_key(KeyPress(Keys.BracketedPaste, pasted))
        for piece in enter if pasted else pieces:
            self._press(piece)
        return rest

    def _burst(self, pieces: list[str]) -> tuple[str, str]:
        """The text of an unbracketed paste, and an Enter after it.

        Nobody types past a line end within one read, except for a few characters.
        """
        text = "".join(piece for piece in pieces if piece[0] != "\x1b")
        if not text or any(map(_is_control if len(text) > _LONG else _is_key, pieces)):
            return "", ""
        now = self._now()
        inner = text.rstrip("\r\n")
        if len(inner) < _TYPED_LENGTH:
            inner = inner.replace("\\\r", "")  # which asks for another line
        if now < self._burst_until or "\r" in (inner if len(text) < _LONG else text):
            self._burst_until = now + _BURST_SECONDS
            return text, ""
        body = text.rstrip("\r")
        return (body, text[len(body) :]) if "\n" in inner else ("", "")

    def _press(self, piece: str) -> None:
        if piece[0] != "\x1b":
            for character in piece:
                self._feed_key(KeyPress(ANSI_SEQUENCES.get(character, character), character))  # type: ignore[arg-type]
            return
        plain = plain_sequence(piece)
        if plain is None or plain == piece:
            self._press_sequence(piece)
            return
        for part in _split(plain)[0] or [plain]:
            if part:
                (self._press_sequence if part[0] == "\x1b" else self._press)(part)

    def _press_sequence(self, piece: str) -> None:
        """Press a known sequence or an Alt key; ignore any other."""
        if _CURSOR.fullmatch(piece):
            self._feed_key(KeyPress(Keys.CPRResponse, piece))
        elif piece in ANSI_SEQUENCES:
            keys = ANSI_SEQUENCES[piece]
            for key in keys if isinstance(keys, tuple) else (keys,):
                self._feed_key(KeyPress(key, ""))
        elif piece == "\x1b" or len(piece) == 2:
            self._press_alt(piece)
        else:
            self._told(piece)

    def _press_alt(self, piece: str) -> None:
        self._feed_key(KeyPress(Keys.Escape, "\x1b"))
        if piece[1:]:
            self._press(piece[1:])


def _is_control(piece: str) -> bool:
    """Whether it is a key by itself, which no text contains."""
    return (piece < " " and piece[0] not in "\t\r\n\x1b") or piece == "\x7f"


def _is_key(piece: str) -> bool:
    """The same, or any other known key: what is between keys was typed."""
    if piece[0] != "\x1b":
        return _is_control(piece)
    return piece in ANSI_SEQUENCES or len(piece) == 2 or plain_sequence(piece) is not None


def _split(data: str) -> tuple[list[str], str]:
    """The complete pieces, and the start of an incomplete one; the rest is dropped."""
    pieces: list[str] = []
    place = 0
    while place < len(data):
        if found := _PIECE.match(data, place):
            pieces.append(found[0])
            place = found.end()
            continue
        begun = _BEGINNING.match(data, place)
        if begun is None or begun.end() == len(data):
            return pieces, data[place:]
        pieces += ["\x1b"] if begun.end() == place + 1 else []
        place = begun.end()
    return pieces, ""
