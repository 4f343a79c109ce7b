"""Showing an answer without drawing: text as it arrives, JSON, events, or one code block.

A sink gets every batch of events and, last, the answer. Its output goes through
``write``, to stdout or, with ``--output``, into a file.
"""

import json
from collections.abc import Callable
from typing import Any, Protocol

from aichat.core.cli.options import OutputOptions
from aichat.core.exchange.answer import Answer, answer_json
from aichat.core.exchange.citations import source_line
from aichat.core.exchange.event import Event, Notice, ReasoningDelta, ServerToolProgress, TextDelta
from aichat.core.exchange.event_log import EventLog
from aichat.core.message.message import Refusal, ToolCall
from aichat.core.text.sanitize import StreamSanitizer, sanitize, sanitize_json
from aichat.process.world import World
from aichat.values import NamedTuple

Write = Callable[[str], object]


class CodeChoice(NamedTuple):
    """The first code block of an answer, of ``language`` if that is given."""

    language: str | None


class AnswerStart(NamedTuple):
    """Who is asked, and in which stored conversation, if any.

    ``begun`` is the text that the answer continues, which was shown before.
    """

    provider: str
    model: str
    wire: str
    conversation: str | None
    begun: str = ""


class Sink(Protocol):
    """Shows an answer while it streams, and when it is complete."""

    @property
    def is_live(self) -> bool:
        """Whether it shows signs of life by itself, once the request is sent."""

    def begin(self, start: AnswerStart) -> None:
        """A request is about to be made; called again for a fallback."""

    def on_sent(self) -> None:
        """The request is on its way."""

    def show(self, events: list[Event]) -> None:
        """One batch of events."""

    def say(self, line: str) -> None:
        """A line of ours, outside the answer."""

    def close(self, answer: Answer) -> None:
        """The end, whole or not."""


class PlainSink:
    """A sink that draws nothing: no signs of life, and our own lines go to stderr."""

    is_live = False

    def __init__(self, world: World, write: Write, note: Write) -> None:
        self._world, self._write, self._note = world, write, note

    def begin(self, start: AnswerStart) -> None:
        """Nothing is shown yet."""

    def on_sent(self) -> None:
        """Nothing is shown yet."""

    def show(self, events: list[Event]) -> None:
        """Only notices yet."""
        self._tell_notices(events)

    def _tell_notices(self, events: list[Event]) -> None:
        """A line for each notice, except a wait that is counted down on the terminal."""
        if self._world.can_rewrite:
            events = [event for event in events if not is_wait(event)]
        tell_notices(events, self._note)

    def say(self, line: str) -> None:
        """A line on stderr."""
        self._world.say(line, "dim")


class TextSink(PlainSink):
    """The answer's text as it arrives; ``terminal`` makes control characters visible.

    ``note`` takes notices, ``reason`` the reasoning, if that is to be shown.
    """

    def __init__(
        self,
        world: World,
        write: Write,
        note: Write,
        *,
        terminal: bool,
        reason: Write | None = None,
    ) -> None:
        super().__init__(world, write, note)
        self._reason = reason
        self._stream = StreamSanitizer() if terminal else None
        self._last = ""
        self._line_open = False  # of the answer, on a terminal that shows our lines too
        self._reasoning = ""  # the end of it, while its line is incomplete
        self._tools: set[str] = set()  # those already shown

    def show(self, events: list[Event]) -> None:
        """Write the text of the batch at once, unless reasoning comes in between; then notices."""
        texts: list[str] = []
        for event in events:
            if isinstance(event, TextDelta):
                texts.append(event.text)
            elif self._reason and isinstance(event, ReasoningDelta):
                self._feed_text(texts)
                texts = []
                self._reasoning = event.text[-1:]
                self._reason(event.text)
        self._feed_text(texts)
        if len(texts) < len(events):
            self._tell_notices(events)
            self._tell_tools(events)

    def _tell_tools(self, events: list[Event]) -> None:
        """A line for each of the provider's tools, on a terminal."""
        told = [event for event in events if isinstance(event, ServerToolProgress)]
        if not (told and self._world.stderr_tty):
            return
        from aichat.term.answer.tool_line import tool_line  # few answers have any

        for event in told:
            line = tool_line(event)
            if line and event.id not in self._tools:
                self._tools.add(event.id)
                self._note(line)

    def say(self, line: str) -> None:
        """A line on stderr, in a row of its own if the answer is on the same terminal."""
        if self._line_open:
            self._world.write_stderr("\n")
            self._line_open, self._last = False, "\n"
        super().say(line)

    def close(self, answer: Answer) -> None:
        """Write the final newline, if missing; sources and everything else go to stderr."""
        if self._stream:
            self._write_text(self._stream.close())
        self._end_reasoning()
        if self._last and self._last != "\n":
            self._write("\n")
            self._line_open = False
        for source in answer.sources:
            self._note(source_line(source))
        for part in answer.message.parts:
            if isinstance(part, Refusal):
                self._note(part.text)
            elif isinstance(part, ToolCall):
                self._note(f"aichat: tool call {part.name}({part.arguments}) [{part.id}]")

    def _feed_text(self, texts: list[str]) -> None:
        if texts:
            text = "".join(texts)
            self._write_text(self._stream.feed(text) if self._stream else text)

    def _write_text(self, text: str) -> None:
        if text:
            if self._reasoning:
                self._end_reasoning()
            self._last = text[-1]
            self._line_open = text[-1] != "\n" and bool(self._stream) and self._world.stderr_tty
            self._write(text)

    def _end_reasoning(self) -> None:
        if self._reason and self._reasoning:
            self._reason("\n" if self._reasoning == "\n" else "\n\n")
            self._reasoning = ""


class JsonSink(PlainSink):
    """One object at the end; with ``code`` it includes the first code block."""

    def __init__(self, world: World, write: Write, note: Write, code: CodeChoice | None) -> None:
        super().__init__(world, write, note)
        self._code = code

    def close(self, answer: Answer) -> None:
        """The object."""
        self._write(json_line(self._document(answer)))

    def _document(self, answer: Answer) -> dict[str, Any]:
        document = answer_json(answer)
        if self._code:
            from aichat.term.markdown.code.numbered import first_block  # here, for few ask for it

            document["code"] = first_block(answer.text, self._code.language)
        return document


class EventSink(JsonSink):
    """One object per line, as things happen; the last is the ``--json`` object."""

    def __init__(self, world: World, write: Write, note: Write, code: CodeChoice | None) -> None:
        super().__init__(world, write, note, code)
        self._log = EventLog()

    def begin(self, start: AnswerStart) -> None:
        """The ``start`` line, before anything is sent."""
        told = {name: getattr(start, name) for name in start._fields if name != "begun"}
        self._write(json_line({"type": "start", **told}))

    def show(self, events: list[Event]) -> None:
        """One line for each event, one write for each batch."""
        tell_notices(events, self._note)
        lines = "".join(map(json_line, self._log.feed(events)))
        if lines:
            self._write(lines)

    def close(self, answer: Answer) -> None:
        """The ``finish`` line."""
        self._write(json_line({"type": "finish", **self._document(answer)}))


class CodeSink(PlainSink):
    """Only the first code block; without one the answer goes to stderr."""

    def __init__(self, world: World, write: Write, note: Write, code: CodeChoice) -> None:
        super().__init__(world, write, note)
        self._language = code.language

    def close(self, answer: Answer) -> None:
        """The block, made safe for a terminal."""
        from aichat.term.markdown.code.numbered import first_block

        code = first_block(answer.text, self._language)
        if code is None:
            for line in answer.text.splitlines():
                self._world.say(line)
        elif code:
            self._write(sanitize(f"{code}\n") if self._world.stdout_tty else f"{code}\n")


def is_wait(event: Event) -> bool:
    """Whether an event says that we wait for another attempt."""
    return isinstance(event, Notice) and event.seconds > 0


def tell_notices(events: list[Event], note: Write) -> None:
    """A line for each notice in a batch."""
    for event in events:
        if isinstance(event, Notice):
            note(f"aichat: {event.message}")


def sink_for(world: World, output: OutputOptions, write: Write, note: Write) -> Sink:
    """The sink that the options ask for, if nothing is drawn."""
    terminal = world.stdout_tty and not output.output
    extracts = output.extract or output.extract_lang
    code = CodeChoice(output.extract_lang) if extracts else None
    if output.json or output.events:
        sink = EventSink if output.events else JsonSink
        return sink(world, _escaping(write) if terminal else write, note, code)
    if code:
        return CodeSink(world, write, note, code)
    shown = output.show_reasoning and not output.hide_reasoning
    reason = world.write_stderr if shown else None
    return TextSink(world, write, note, terminal=terminal, reason=reason)


def _escaping(write: Write) -> Write:
    """Make ``write`` safe for JSON on a terminal."""
    return lambda text: write(sanitize_json(text))


def json_line(value: Any, *, compact: bool = False) -> str:
    """One JSON value on a line of its own; what UTF-8 cannot encode is escaped."""
    between = (",", ":") if compact else (", ", ": ")
    text = json.dumps(value, ensure_ascii=False, separators=between)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, separators=between)
    return f"{text}\n"
