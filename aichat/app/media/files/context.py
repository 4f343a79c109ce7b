"""Calls about the files that a provider keeps, and the wait until it has read one."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from aichat.app.calls.caller import Caller, CallOptions
from aichat.app.calls.looks import LookLoop
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

#: Bytes of an answer about files.
_MAX_ANSWER = 8 << 20

#: Seconds for which a provider may read a file.
_PATIENCE = 600.0

T = TypeVar("T")


class FilesContext(NamedTuple):
    """Whose files, and on what terms; ``say`` is told of waits, ``shown``: so is progress."""

    world: World
    endpoint: Endpoint
    options: CallOptions
    say: Callable[[str], object]
    shown: bool = True

    @property
    def dialect(self) -> FilesDialect:
        """How this provider keeps files."""
        return DIALECTS[self.endpoint.provider.resources.files]

    @property
    def cache(self) -> Path:
        """Where uploads are remembered."""
        return json_file.cache_folder(self.world.environ)


class SentBytes(NamedTuple):
    """How many bytes of how many were there before."""

    done: int
    whole: int


class Reply(NamedTuple):
    """An answer about files, whole."""

    headers: Mapping[str, str]
    body: bytes


def send(
    context: FilesContext,
    call: Call,
    body: StreamedBody | None = None,
    span: SentBytes | None = None,
) -> Reply:
    """A call answered whole, tried again where that is of use. Errors: those of any request.

    ``span``: the body is a part of something, of which all is shown as progress.
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
    """What a ``look`` finds at last, once the provider has read the file of this ``name``.

    A look gives what it found, None while it is being read, and the seconds that the server asks
    to wait. Errors: ``timeout``; those of a look.
    """
    world = context.world
    loop, line, waited = LookLoop(world.clock), StatusLine(world, shown=context.shown), 0.0
    found: list[T] = []
    try:
        while loop.begin_look():
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
    """The seconds that an answer asks to wait before the next look, if it does."""
    return parse_retry_after(reply.headers, b"", context.world.clock.now())
