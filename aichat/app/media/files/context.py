"""Calls about a provider's files, and waiting until it has processed one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from aichat.app.calls.caller import Caller, CallOptions
from aichat.app.calls.polling import PollLoop
from aichat.app.calls.retry import RetryLoop
from aichat.core.http.call import Call, StreamedBody
from aichat.core.http.retry import parse_retry_after
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.cache import json_file
from aichat.disk.files.upload import CountedBody
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.term.widgets.progress import ByteProgress, StatusLine
from aichat.values import NamedTuple
from aichat.wires.resources.files import DIALECTS, FilesDialect

#: The most bytes of an answer about files.
_MAX_ANSWER = 8 << 20

#: The most seconds to wait for a provider to process a file.
_PATIENCE = 600.0

T = TypeVar("T")


class FilesContext(NamedTuple):
    """Whose files, and how to call; ``say`` reports waits and, if ``shown``, progress."""

    world: World
    endpoint: Endpoint
    options: CallOptions
    say: Callable[[str], object]
    shown: bool = True

    @property
    def dialect(self) -> FilesDialect:
        """The provider's files API."""
        return DIALECTS[self.endpoint.provider.resources.files]

    @property
    def cache(self) -> Path:
        """The folder of the cache of uploads."""
        return json_file.cache_folder(self.world.environ)


class SentBytes(NamedTuple):
    """The bytes sent before, and the bytes of the whole."""

    done: int
    whole: int


class Reply(NamedTuple):
    """A whole answer about files."""

    headers: Mapping[str, str]
    body: bytes


def send(
    context: FilesContext,
    call: Call,
    body: StreamedBody | None = None,
    span: SentBytes | None = None,
) -> Reply:
    """Send a call, with retries where useful; returns the whole answer. Errors: as of any request.

    ``span`` is set if the body is a part of something larger, for the progress.
    """
    caller = Caller(context.endpoint, context.world.clock, context.options)
    loop, reply = RetryLoop(caller, context.world.clock), Reply({}, b"")
    while loop.begin_attempt():
        whole = span.whole if span else body.size if body else None
        meter = ByteProgress(context.world, "sent", whole, shown=context.shown)
        meter.add(span.done if span else 0)
        if body:
            call = call._replace(body=CountedBody(body, meter.add))
        try:
            with loop, caller.send(call) as response:
                reply = Reply(response.headers, response.read(_MAX_ANSWER))
        finally:
            meter.finish()
        if loop.wait:
            context.say(loop.wait.why)
    return reply


def wait_until_read(
    context: FilesContext, name: str, look: Callable[[], tuple[T | None, float | None]]
) -> T:
    """Call ``look`` until the provider has processed the file ``name``; returns its result.

    ``look`` returns its result, None while still processing, and the seconds that the server
    asks to wait. Errors: ``timeout``; those of ``look``.
    """
    world = context.world
    loop, line, waited = PollLoop(world.clock), StatusLine(world, shown=context.shown), 0.0
    found: list[T] = []
    try:
        while loop.begin_poll():
            line.clear()
            with loop:
                seen, wait = look()
                loop.obey(wait)
                if seen is not None:
                    found.append(seen)
                    loop.end()
            waited += loop.wait
            if not found and waited > _PATIENCE:
                raise AichatError(Fault("timeout", f"{name} is still being processed"))
            if not found and line.is_due:
                line.show(f"{context.endpoint.provider.name} is reading {sanitize_line(name)}")
    finally:
        line.clear()
    return found[-1]


def asked_wait(context: FilesContext, reply: Reply) -> float | None:
    """The seconds that an answer asks to wait before polling again, if any."""
    return parse_retry_after(reply.headers, b"", context.world.clock.now())
