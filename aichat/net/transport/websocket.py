"""A WebSocket, opened by a ``Call``, with errors mapped to faults.

It uses the library ``websockets`` (the extra ``live``), which nothing else imports.
"""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from time import monotonic
from typing import TYPE_CHECKING

from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.text.redact import mask_url
from aichat.errors import AichatError, Fault, config_error
from aichat.net import tls
from aichat.net.causes import cause_of, chain, tls_refusal
from aichat.net.proxy import proxy_for
from aichat.net.transport import gate
from aichat.net.transport.messages import USER_AGENT, parse_address

if TYPE_CHECKING:
    from logging import Logger

    from websockets.exceptions import ConnectionClosed, InvalidStatus
    from websockets.protocol import State
    from websockets.sync.client import ClientConnection

#: The most bytes of one message: no piece of sound is larger.
MAX_MESSAGE = 16 << 20

#: The most bytes of a response that refuses to open one.
_MAX_ERROR = 1 << 20

#: Seconds between two pings, and to wait for the other side's close.
_PING_SECONDS, _CLOSE_SECONDS = 20.0, 2.0

#: Seconds between two checks whether one side has said goodbye while the other stays.
_LOOK_SECONDS = 0.5

#: The code for a connection that was lost without a close.
_NOT_CLOSED = 1006


class UpgradeRefusedError(AichatError):
    """The server refused to open a socket: its response, header names in lower case."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(Fault("protocol", "the socket was not opened", status=status))
        self.status, self.headers, self.body = status, headers, body


class ClosedError(AichatError):
    """A closed socket: its close code, and the server's reason."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(Fault("network", f"the connection was closed ({code})", quote=reason))
        self.code, self.reason = code, reason


class Patience:
    """How long is waited for something of use, whatever else comes meanwhile."""

    def __init__(self, seconds: float) -> None:
        self.renew(seconds)

    def renew(self, seconds: float) -> None:
        """Something came: so much longer from now on."""
        self._until = monotonic() + seconds

    @property
    def seconds(self) -> float:
        """Seconds that are left of it, at least 0."""
        return max(0.0, self._until - monotonic())


class WebSocket:
    """An open socket. ``close`` may be called at any time, and repeatedly."""

    def __init__(self, call: Call, options: ConnectionOptions) -> None:
        """Open a socket. Errors: ``UpgradeRefusedError``, ``network``, ``protocol``, ``config``."""
        self._url = f"http{call.url.removeprefix('ws')}"
        self._stack = ExitStack()
        self._connection = self._stack.enter_context(_connect(call, options))
        self._closed, self._open = _closed_exception(), _open_state()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response that opened it; names in lower case."""
        response = self._connection.response
        items = response.headers.raw_items() if response else ()
        return {name.lower(): value for name, value in items}

    def send(self, message: str | bytes) -> None:
        """Send one message, text or bytes. Errors: ``ClosedError``."""
        data = message.encode() if isinstance(message, str) else message
        gate.pass_out(self._url, (data,))
        try:
            self._connection.send(message)
        except self._closed as error:
            raise _closed_error(error) from error

    def receive(self, seconds: float) -> str | None:
        """The next message; None if none comes within so many seconds.

        Errors: ``ClosedError``; ``protocol`` for one that is not text, too large, or broken.
        """
        at_once = min(seconds, _LOOK_SECONDS)
        message = self._take(at_once)
        if message is None:
            message = self._wait(seconds - at_once)
        return message if message is None or isinstance(message, str) else _decode(message)

    def _wait(self, seconds: float) -> str | bytes | None:
        """The next message; what ``receive`` does if none came at once."""
        patience, message = Patience(seconds), None
        while message is None:
            if self._connection.state is not self._open:
                self._connection.close()  # one side has said goodbye, and the other stays
            elif not patience.seconds:
                return None
            message = self._take(min(patience.seconds, _LOOK_SECONDS))
        return message

    def _take(self, seconds: float) -> str | bytes | None:
        try:
            return self._connection.recv(timeout=seconds)
        except TimeoutError:
            return None
        except self._closed as error:
            raise _closed_error(error) from error
        except UnicodeDecodeError as error:
            raise _no_text_error() from error

    def close(self) -> None:
        """Close it, waiting a moment for the other side to do the same."""
        with suppress(OSError):
            self._stack.close()


def _closed_exception() -> "type[ConnectionClosed]":
    """The exception of a closed connection, cached since looking it up takes time per frame."""
    from websockets.exceptions import ConnectionClosed

    return ConnectionClosed


def _open_state() -> "State":
    """The state of a connection that is open on both sides."""
    from websockets.protocol import State

    return State.OPEN


def _decode(message: bytes) -> str:
    """A binary message as the text that it should have been, as Gemini sends it."""
    try:
        return message.decode()
    except UnicodeDecodeError:
        raise _no_text_error() from None


def _no_text_error() -> AichatError:
    return AichatError(Fault("protocol", "not the API: a message that is not text"))


def _connect(call: Call, options: ConnectionOptions) -> "ClientConnection":
    """The connection, not entered yet. Errors: as in ``WebSocket``."""
    try:
        from websockets import exceptions
        from websockets.sync.client import connect
    except ImportError:
        from aichat.process.installation import install_command

        why = "live sessions need the extra 'live'"
        raise config_error(why, install_command("live")) from None
    plain = f"http{call.url.removeprefix('ws')}"
    if not call.url.startswith(("ws://", "wss://")) or parse_address(plain) is None:
        raise config_error(f"base URL {mask_url(call.url)}: not a valid URL")
    gate.check_no_tape("live sessions")
    gate.pass_out(plain, ())
    given = {header.name: header.value for header in call.headers}
    agent = next((value for name, value in given.items() if name.lower() == "user-agent"), None)
    try:
        return connect(
            call.url,
            ssl=tls.make_context(options) if call.url.startswith("wss:") else None,
            proxy=proxy_for(plain, options),
            additional_headers=given,
            user_agent_header=None if agent else USER_AGENT,
            logger=_mute_logger(),
            compression=None,
            max_size=MAX_MESSAGE,
            open_timeout=options.connect,
            ping_interval=_PING_SECONDS,
            ping_timeout=_PING_SECONDS,
            close_timeout=_CLOSE_SECONDS,
        )
    except exceptions.InvalidStatus as error:
        raise _refused_error(error, plain) from error
    except exceptions.InvalidURI as error:
        raise config_error(f"base URL {mask_url(call.url)}: not a valid URL") from error
    except exceptions.ProxyError as error:
        why = f"the proxy refused: {error}"
        raise AichatError(Fault("network", why, retryable=True)) from error
    except exceptions.InvalidHandshake as error:
        raise _handshake_error(error, plain) from error
    except TimeoutError as error:
        why = f"no connection within {options.connect:g} s"
        raise _lost_error(plain, why, final=False) from error
    except (OSError, EOFError) as error:
        final = tls_refusal(error) is not None
        raise _lost_error(plain, cause_of(error), final=final) from error


def _mute_logger() -> "Logger":
    """A muted logger, since problems are reported as faults."""
    from logging import CRITICAL, getLogger

    logger = getLogger("aichat.websocket")
    logger.setLevel(CRITICAL + 1)
    return logger


def _lost_error(url: str, why: str, *, final: bool) -> AichatError:
    return AichatError(Fault("network", f"{host_of(url)}: {why}", retryable=not final))


def _handshake_error(error: Exception, url: str) -> AichatError:
    """The error if there was no response, or one from something that is no socket."""
    if any(isinstance(below, EOFError | OSError) for below in chain(error)):
        return _lost_error(url, cause_of(error), final=False)
    why = f"not the API: {host_of(url)} opens no WebSocket"
    return AichatError(Fault("protocol", why, "check the base URL"))


def _refused_error(error: "InvalidStatus", url: str) -> AichatError:
    """The error for a response that refuses to open one; redirects are not followed."""
    response = error.response
    status, body = response.status_code, bytes(response.body or b"")[:_MAX_ERROR]
    if 300 <= status < 400:
        why = f"{status}: {host_of(url)} redirects; not followed, to keep the key from another host"
        return AichatError(Fault("protocol", why, "check the base URL", status=status))
    headers = {name.lower(): value for name, value in response.headers.raw_items()}
    return UpgradeRefusedError(status, headers, body)


def _closed_error(error: "ConnectionClosed") -> AichatError:
    """The error that says who closed it and why: the server, we, or nobody if it was lost."""
    if error.rcvd is not None and error.rcvd_then_sent is not False:
        return ClosedError(error.rcvd.code, error.rcvd.reason)
    ours = error.sent.code if error.sent else _NOT_CLOSED
    if ours == 1009:
        return AichatError(Fault("protocol", f"a message is over {MAX_MESSAGE >> 20} MB"))
    if ours == 1007:
        return _no_text_error()
    if ours == 1002:
        return AichatError(Fault("protocol", "not the API: bytes that no WebSocket sends"))
    return ClosedError(_NOT_CLOSED)
