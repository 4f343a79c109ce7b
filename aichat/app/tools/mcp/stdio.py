"""A server that is a program, over its pipes.

One thread reads, and routes each response by its id, so that calls may overlap.
"""

import queue
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from typing import Any

from aichat.app.tools.mcp.channel import (
    CAPABILITIES,
    Connected,
    Ears,
    ProgressEar,
    Wanted,
    quoted,
    server_error,
)
from aichat.errors import AichatError
from aichat.process.programs.server import ServerProgram
from aichat.process.threads import start_thread
from aichat.wires.mcp import messages
from aichat.wires.mcp.messages import Era, McpReply, ServerNote, ServerRequest
from aichat.wires.mcp.negotiation import Negotiation, Step

#: Seconds of silence after which a server may be of the older era, and ignore unknown methods,
#: as rmcp and others do.
_SILENCE_SECONDS = 2.0

#: Lines that are no messages, which a server may print by mistake.
_MAX_JUNK = 1000

#: The most questions of a server waiting for an answer.
_MAX_ASKED = 100

#: Ends of waiting other than a response: the server ended, or the call was cancelled.
_ENDED, _CANCELLED = "ended", "cancelled"

_Inbox = queue.SimpleQueue[McpReply | str]


class StdioChannel:
    """The connection to a started program."""

    def __init__(self, label: str, name: str, program: ServerProgram, ears: Ears) -> None:
        self._label, self._name = label, name
        self._program, self._ears = program, ears
        self._era, self._ids = Era(capabilities=CAPABILITIES), count(1)
        self._inboxes: dict[int, tuple[_Inbox, Callable[[ServerNote], None]]] = {}
        self._end = ""
        self._asked: queue.Queue[ServerRequest | None] = queue.Queue(_MAX_ASKED)
        start_thread(self._read)
        start_thread(self._answer)

    @property
    def is_open(self) -> bool:
        """Whether the server can be reached."""
        return not self._end

    def connect(self, seconds: float) -> Connected:
        """Find out the server's era within ``seconds``. Errors: as of ``Channel``."""
        until = time.monotonic() + seconds
        inbox: _Inbox = queue.SimpleQueue()
        negotiation = Negotiation(CAPABILITIES, CAPABILITIES)
        asked = {self._ask_era(inbox, "discover"): negotiation.hear_discovery}
        step = Step()
        while step.era is None:
            left = until - time.monotonic()
            if left <= 0:
                why = f"no answer within {seconds:g} s"
                raise server_error(self._label, why, "timeout", "start_timeout allows more")
            reply = self._take(inbox, min(left, _SILENCE_SECONDS))
            step = asked[reply.id](reply) if reply else negotiation.hear_silence()
            if step.fault:
                raise server_error(self._label, f"refused: {quoted(step.fault)}", "protocol")
            if step.ask:
                id_ = self._ask_era(inbox, step.ask)
                hears = {"discover": negotiation.hear_discovery}
                asked[id_] = hears.get(step.ask, negotiation.hear_beginning)
        return self._settle(step.era, step.about)

    def _ask_era(self, inbox: _Inbox, question: str) -> int:
        id_ = next(self._ids)
        self._inboxes[id_] = (inbox, _ignore)
        is_modern = question == "discover"
        begin = (
            messages.discover(id_, self._era)
            if is_modern
            else messages.initialize(id_, CAPABILITIES)
        )
        self._write(begin)
        return id_

    def _settle(self, era: Era, about: Mapping[str, Any]) -> Connected:
        """Finish connecting; a server of the older era is sent an acknowledgement."""
        self._inboxes.clear()
        self._era = era
        if not era.is_modern:
            self._write(messages.notification("notifications/initialized"))
        return Connected(era, about)

    def request(self, wanted: Wanted) -> McpReply:
        """The response. Errors: as of ``Channel``."""
        id_, control = next(self._ids), wanted.control
        inbox: _Inbox = queue.SimpleQueue()
        self._inboxes[id_] = (inbox, ProgressEar(id_, control).hear)
        try:
            sent = messages.request(
                id_, wanted.method, wanted.params, self._era, with_progress=control is not None
            )
            if control:
                control.on_cancel(lambda: self._cancel(id_, inbox))
            self._write(sent)
            reply = self._take(inbox, wanted.seconds)
        finally:
            self._inboxes.pop(id_, None)
        if reply is None:
            self._cancel(id_, inbox)
            why = f"no answer to {wanted.method} within {wanted.seconds:g} s"
            raise server_error(self._label, why, "timeout")
        return reply

    def _cancel(self, id_: int, inbox: _Inbox) -> None:
        """Tell the server that a call is cancelled, without waiting."""
        inbox.put(_CANCELLED)
        start_thread(lambda: self._try_write(messages.cancelled(id_)))

    def _take(self, inbox: _Inbox, seconds: float | None) -> McpReply | None:
        """The next response; None on a time-out. Errors: the server ended, or it was cancelled."""
        if self._end and inbox.empty():
            raise self._end_error()
        try:
            found = inbox.get(timeout=seconds)
        except queue.Empty:
            return None
        if found == _CANCELLED:
            raise server_error(self._label, "cancelled", "interrupted")
        if isinstance(found, str):
            raise self._end_error()
        return found

    def _end_error(self) -> AichatError:
        hint = f"aichat mcp log {self._name} shows what it printed"
        return server_error(self._label, self._end, hint=hint)

    def _write(self, message: Mapping[str, Any]) -> None:
        try:
            self._program.write_line(messages.encode(message))
        except (OSError, ValueError):
            self._finish(self._ending())
            raise self._end_error() from None

    def _try_write(self, message: Mapping[str, Any]) -> None:
        try:
            self._program.write_line(messages.encode(message))
        except (OSError, ValueError):
            return  # the reader learns of it

    # in the reading thread

    def _read(self) -> None:
        junk = 0
        try:
            for line in self._program.lines():
                message = messages.parse_message(line)
                if message is None:
                    junk += bool(line.strip())
                    if junk > _MAX_JUNK:
                        raise ValueError(f"over {_MAX_JUNK} lines that are no messages")
                else:
                    self._hear(message)
        except ValueError as error:
            self._finish(f"stopped: it sent {error}")
            self._program.end()
        else:
            self._finish(self._ending())

    def _hear(self, message: messages.ServerMessage) -> None:
        if isinstance(message, McpReply):
            inbox = self._inboxes.get(message.id)
            if inbox:
                inbox[0].put(message)
        elif isinstance(message, ServerRequest):
            with suppress(queue.Full):  # nobody owes so many answers
                self._asked.put_nowait(message)
        else:
            self._ears.note(message)
            for _, hear in [*self._inboxes.values()]:
                hear(message)

    def _answer(self) -> None:
        """Answer the server's questions, in a thread of its own: the user may take time."""
        while asked := self._asked.get():
            self._try_write(messages.answer(asked, self._ears.answer(asked)))

    def _ending(self) -> str:
        """How its program ended, in words."""
        status = self._program.status_within(1.0)
        if status is None:
            return "it closed its output"
        return f"it was ended by signal {-status}" if status < 0 else f"it ended, status {status}"

    def _finish(self, why: str) -> None:
        self._end = self._end or why
        for inbox, _ in [*self._inboxes.values()]:
            inbox.put(_ENDED)
        with suppress(queue.Full):
            self._asked.put_nowait(None)

    def close(self) -> None:
        """End the program, and all that it started."""
        self._end = self._end or "it was closed"
        self._program.end()


def _ignore(_: ServerNote) -> None:
    """Ignore notifications until the era is known."""
