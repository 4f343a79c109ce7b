"""Showing an answer without drawing: text as it arrives, JSON, events, or one code block.

A sink is told every batch of events and, last, the answer. What it writes goes
through ``write``, which is stdout or, with ``--output``, a file's content.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.event import Event, Notice, ReasoningDelta, TextDelta
from aichat.core.exchange.event_log import EventLog
from aichat.core.message.code_blocks import first_block
from aichat.core.message.message import Refusal, ToolCall
from aichat.core.text.sanitize import StreamSanitizer, sanitize, sanitize_json
from aichat.errors import usage_error
from aichat.process.world import World

Write = Callable[[str], object]
Extra = Callable[[Answer], dict[str, Any]]


class Sink(Protocol):
    """Something that shows an answer while it comes and when it is there."""

    def show(self, events: list[Event]) -> None:
        """One batch of events."""

    def close(self, answer: Answer) -> None:
        """The end, whole or not."""


class TextSink:
    """The answer's text as it arrives; ``terminal`` makes controls visible.

    ``reason`` takes the reasoning, where it is to be shown.
    """

    def __init__(
        self, write: Write, say: Write, *, terminal: bool, reason: Write | None = None
    ) -> None:
        self._write, self._say, self._reason = write, say, reason
        self._stream = StreamSanitizer() if terminal else None
        self._last = ""
        self._reasoning = ""  # the last of it, while a line of it is open

    def show(self, events: list[Event]) -> None:
        """Everything of the batch in one write; notices are lines of their own."""
        texts = [event.text for event in events if isinstance(event, TextDelta)]
        if texts:
            text = "".join(texts)
            self._write_text(self._stream.feed(text) if self._stream else text)
        if len(texts) == len(events):
            return
        tell_notices(events, self._say)
        for event in events if self._reason else ():
            if self._reason and isinstance(event, ReasoningDelta):
                self._reasoning = event.text[-1:]
                self._reason(event.text)

    def close(self, answer: Answer) -> None:
        """The final newline, if the text lacks one; a refusal and tool calls go to stderr."""
        if self._stream:
            self._write_text(self._stream.close())
        self._end_reasoning()
        if self._last and self._last != "\n":
            self._write("\n")
        for part in answer.message.parts:
            if isinstance(part, Refusal):
                self._say(part.text)
            elif isinstance(part, ToolCall):
                self._say(f"aichat: tool call {part.name}({part.arguments}) [{part.id}]")

    def _write_text(self, text: str) -> None:
        if text:
            if self._reasoning:
                self._end_reasoning()
            self._last = text[-1]
            self._write(text)

    def _end_reasoning(self) -> None:
        if self._reason and self._reasoning:
            self._reason("\n" if self._reasoning == "\n" else "\n\n")
            self._reasoning = ""


class JsonSink:
    """One object at the end; ``extra`` adds to it."""

    def __init__(self, write: Write, note: Write, extra: Extra) -> None:
        self._write, self._note, self._extra = write, note, extra

    def show(self, events: list[Event]) -> None:
        """Only notices yet."""
        tell_notices(events, self._note)

    def close(self, answer: Answer) -> None:
        """The object."""
        self._write(json_line(answer_json(answer) | self._extra(answer)))


class EventSink:
    """One object a line, as things happen; the last is the ``--json`` object."""

    def __init__(self, write: Write, note: Write, extra: Extra) -> None:
        self._write, self._note, self._extra = write, note, extra
        self._log = EventLog()

    def begin(self, **facts: Any) -> None:
        """The ``start`` line, before anything is sent."""
        self._write(json_line({"type": "start", **facts}))

    def show(self, events: list[Event]) -> None:
        """One line an event, one write a batch."""
        tell_notices(events, self._note)
        lines = "".join(map(json_line, self._log.feed(events)))
        if lines:
            self._write(lines)

    def close(self, answer: Answer) -> None:
        """The ``finish`` line."""
        self._write(json_line({"type": "finish", **answer_json(answer), **self._extra(answer)}))


class CodeSink:
    """Only the first code block; without one the answer goes to stderr."""

    def __init__(self, write: Write, note: Write, world: World, language: str | None) -> None:
        self._write, self._note, self._world, self._language = write, note, world, language

    def show(self, events: list[Event]) -> None:
        """Notices only: the block is known at the end."""
        tell_notices(events, self._note)

    def close(self, answer: Answer) -> None:
        """The block, made safe for a terminal."""
        code = first_block(answer.text, self._language)
        if code is None:
            for line in answer.text.splitlines():
                self._world.say(line)
        elif code:
            self._write(sanitize(f"{code}\n") if self._world.stdout_tty else f"{code}\n")


def tell_notices(events: list[Event], note: Write) -> None:
    """A line for each notice in a batch."""
    for event in events:
        if isinstance(event, Notice):
            note(f"aichat: {event.message}")


def sink_for(world: World, values: Mapping[str, Any], write: Write, note: Write) -> Sink:
    """The sink that the options ask for. Errors: ``usage`` for options that exclude each other."""
    terminal = world.stdout_tty and not values["output"]
    language, extracts = values["extract_lang"], values["extract"] or values["extract_lang"]
    if values["json"] and values["events"]:
        raise usage_error("--json and --events exclude each other")
    if values["json"] or values["events"]:
        kind = EventSink if values["events"] else JsonSink
        extra = (lambda a: {"code": first_block(a.text, language)}) if extracts else lambda _: {}
        return kind((lambda text: write(sanitize_json(text))) if terminal else write, note, extra)
    if extracts:
        return CodeSink(write, note, world, language)
    reason = (
        world.write_stderr if values["show_reasoning"] and not values["hide_reasoning"] else None
    )
    return TextSink(write, note, terminal=terminal, reason=reason)


def json_line(value: Any) -> str:
    """One JSON value on a line of its own; what cannot be written as UTF-8 is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value)
    return f"{text}\n"
