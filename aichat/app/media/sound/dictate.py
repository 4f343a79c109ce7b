"""Live transcription by a provider."""

from collections.abc import Callable
from math import inf
from signal import SIGINT

from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext
from aichat.app.media.sound.sources import SoundSource
from aichat.core.http.call import Call
from aichat.core.media.sound.samples import SAMPLE_BYTES
from aichat.errors import AichatError, Fault, Interrupted
from aichat.net.transport.websocket import ClosedError, Patience, UpgradeRefusedError, WebSocket
from aichat.process.threads import start_thread
from aichat.wires import load
from aichat.wires.realtime.closing import close_fault
from aichat.wires.realtime.dictation import Dictation, DictationReader, DictationSpec, Said

#: Seconds between checks whether the user wants to stop; for the last text to arrive; and
#: without any text, if none is known to be outstanding.
_TICK_SECONDS, _LAST_SECONDS, _QUIET_SECONDS = 0.1, 10.0, 1.0


class Dictated:
    """The outcome: ``tell`` is called with the text; ``seconds`` is the duration of the input.

    ``wants_end`` is polled whether to stop.
    """

    def __init__(self, tell: Callable[[Said], object]) -> None:
        self.tell = tell
        self.wants_end: Callable[[], bool] = lambda: False
        self.seconds = 0.0


class _Listener:
    """The thread that sends the audio; its errors are reported by the other thread."""

    def __init__(
        self,
        socket: WebSocket,
        dictation: Dictation,
        source: SoundSource,
        made: Dictated,
    ) -> None:
        self._socket, self._dictation, self._source = socket, dictation, source
        self._made = made
        self.fault: Fault | None = None
        self.is_done = False

    def run(self) -> None:
        """Send all of the audio, and that it has ended."""
        try:
            self._source.run(self._hear, self._dictation.rate)
            for frame in self._dictation.end:
                self._socket.send(frame)
        except ClosedError:
            pass  # the reader has the reason
        except AichatError as error:
            self.fault = error.fault
        finally:
            self.is_done = True

    def _hear(self, samples: bytes) -> None:
        size = self._dictation.rate // 10 * SAMPLE_BYTES
        for place in range(0, len(samples), size):
            piece = samples[place : place + size]
            self._socket.send(self._dictation.encode(piece))
            self._made.seconds += len(piece) / SAMPLE_BYTES / self._dictation.rate


def dictate(
    context: ResourceContext,
    dictation: Dictation,
    spec: DictationSpec,
    source: SoundSource,
    made: Dictated,
) -> None:
    """Transcribe ``source`` until it ends; Ctrl-C ends the input.

    Errors: those of a socket, and of the server.
    """
    reader = dictation.reader()
    socket = _open(context, dictation.call(context.endpoint, spec))
    try:
        _begin(context, socket, dictation, spec, reader)
        listener = _Listener(socket, dictation, source, made)
        start_thread(listener.run)
        _read(socket, reader, listener, source, made)
        if listener.fault:
            raise AichatError(listener.fault)
    except ClosedError as error:
        caller = Caller(context.endpoint, context.world.clock, context.options, spec.model)
        fault = caller.complete_fault(close_fault(error.code, error.reason))
        raise AichatError(fault) from error
    finally:
        source.end()
        socket.close()


def _open(context: ResourceContext, call: Call) -> WebSocket:
    endpoint = context.endpoint
    try:
        return WebSocket(call, context.options.connection)
    except UpgradeRefusedError as error:
        fault = load(endpoint.wire).read_fault(error.status, error.headers, error.body)
        raise AichatError(fault._replace(provider=endpoint.provider.id)) from error


def _begin(
    context: ResourceContext,
    socket: WebSocket,
    dictation: Dictation,
    spec: DictationSpec,
    reader: DictationReader,
) -> None:
    """Send the settings, and wait until the server listens."""
    for wish in dictation.opening(spec):
        socket.send(wish)
    seconds = context.options.connection.first_byte
    patience = Patience(seconds)
    while not reader.is_ready:
        frame = socket.receive(patience.seconds)
        if frame is None or not patience.seconds:
            raise AichatError(Fault("timeout", f"no first byte within {seconds:g} s"))
        reader.feed(frame)


def _read(
    socket: WebSocket,
    reader: DictationReader,
    listener: _Listener,
    source: SoundSource,
    made: Dictated,
) -> None:
    """Read the text until the end."""
    patience, is_told, was_quiet = Patience(inf), False, False
    while patience.seconds and not (reader.is_over or listener.fault):
        try:
            frame = socket.receive(_TICK_SECONDS)
            if listener.is_done and not is_told:
                is_told = True
                reader.end()
            words = reader.feed(frame or "{}")
            for said in words:
                made.tell(said)
            if is_told and (words or patience.seconds == inf or reader.is_quiet != was_quiet):
                was_quiet = reader.is_quiet
                patience.renew(_QUIET_SECONDS if was_quiet else _LAST_SECONDS)
            if made.wants_end():
                source.end()
        except Interrupted as interrupted:
            if interrupted.signum != SIGINT or source.is_ended:
                raise
            source.end()
