"""Why a connection was lost, in plain words."""

import errno
import socket
import ssl
from collections.abc import Iterator


def cause_of(error: BaseException) -> str:
    """The cause, from the first exception in the chain that reveals it."""
    for below in chain(error):
        if isinstance(below, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {below.verify_message}"
        if isinstance(below, ssl.SSLError):
            return f"TLS failed: {below.reason or below}"
        if isinstance(below, socket.gaierror):
            return "cannot resolve the host name (DNS)"
        if isinstance(below, OSError) and below.errno:
            return _ERRNO.get(below.errno) or (below.strerror or str(below)).lower()
    text = str(error)
    return next((words for mark, words in _CAUSES if mark in text), "the connection was lost")


#: Messages of httpx and its parts, and what they mean.
_CAUSES = (
    ("incomplete", "the connection was closed before the response was complete"),
    ("closed", "the connection was closed before the response was complete"),
    ("disconnected", "the server disconnected without a response"),
    ("chunk", "the response has invalid chunked encoding"),
    ("status line", "the response is not HTTP"),
    ("status code", "the response is not HTTP"),
    ("response line", "the response is not HTTP"),
    ("too long", "the response headers are too long"),
    ("header", "the response headers are malformed"),
    ("Content-Length", "the response headers are malformed"),
    ("Transfer-Encoding", "the response headers are malformed"),
    ("SOCKS", "the SOCKS proxy refused or does not speak SOCKS"),
)

_ERRNO = {
    errno.ECONNREFUSED: "connection refused: nothing is listening there",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ECONNRESET: "the connection was reset",
    errno.EPIPE: "the connection was closed",
}


def tls_refusal(error: BaseException) -> ssl.SSLError | None:
    """The TLS error in the chain, if that is what failed."""
    return next((below for below in chain(error) if isinstance(below, ssl.SSLError)), None)


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and its causes."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
