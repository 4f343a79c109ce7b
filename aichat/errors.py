"""What can go wrong, classed by what the user has to do about it.

A fault is a value: wires, the net and the disk describe it, ``AichatError``
carries it upwards, and one table turns its kind into the exit code.
"""

from collections.abc import Iterable

from aichat.values import NamedTuple

SIGPIPE = 13  # POSIX's number, since Windows has no such name

#: The exit code of each kind of fault; ``--json`` uses the same names.
EXIT_CODES = {
    "internal": 1,
    "usage": 2,
    "declined": 2,
    "config": 3,
    "missing_key": 3,
    "auth": 4,
    "permission": 4,
    "not_found": 5,
    "invalid_request": 5,
    "context_length": 5,
    "rate_limit": 6,
    "quota": 6,
    "server": 7,
    "overloaded": 7,
    "protocol": 7,
    "malformed_tool_call": 7,
    "network": 8,
    "timeout": 8,
    "not_recorded": 8,
    "truncated": 9,
    "length": 9,
    "pause": 9,
    "content_filter": 10,
    "refusal": 10,
    "budget": 11,
    "no_code": 12,
    "schema": 12,
    "output": 13,
    "interrupted": 130,
}

#: What to do about a fault that has no hint of its own.
HINTS = {
    "auth": "check the key: aichat keys list says where it comes from",
    "permission": "the key lacks permission for this; see the provider's console",
    "quota": "the account is out of credit or quota; see the provider's console",
    "rate_limit": "wait a moment, or use a smaller model",
    "not_found": "check the model name; aichat models lists them all",
    "context_length": "send less, or choose a model with a larger context",
    "overloaded": "try again in a moment",
    "server": "try again in a moment",
    "network": "check the connection, the base URL and the proxy",
    "truncated": "the answer above is incomplete; ask again",
}


class Fault(NamedTuple):
    """One thing that went wrong, as the user and ``--json`` see it."""

    kind: str
    message: str
    hint: str = ""
    provider: str | None = None
    model: str | None = None
    status: int | None = None
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    retry_after: float | None = None  # seconds
    retryable: bool = False
    signum: int | None = None  # set if a signal interrupted the program
    quote: str = ""  # what the server sent; redacted, then cut, before it is shown

    @property
    def exit_code(self) -> int:
        """The process's exit code for this kind of fault."""
        return 128 + self.signum if self.signum else EXIT_CODES.get(self.kind, 1)

    @property
    def ending(self) -> int:
        """How a command that has told of it ends: the exit code, or minus the signal's number."""
        return -self.signum if self.signum else self.exit_code


class AichatError(Exception):
    """A fault on its way up to the one place that reports it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Interrupted(BaseException):
    """A signal asked the program to end; not an ``Exception``, so nothing swallows it."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum

    @property
    def is_closed_pipe(self) -> bool:
        """Whether the reader of our output went away, so that there is nobody left to tell."""
        return self.signum == SIGPIPE

    @property
    def fault(self) -> Fault:
        """What ended, as ``--json`` has it."""
        return Fault("interrupted", "interrupted", signum=self.signum)


def describe(fault: Fault) -> str:
    """What happened, on one line: provider, model, words, HTTP status, request id."""
    who = " ".join(filter(None, (fault.provider, fault.model)))
    facts = [f"HTTP {fault.status}"] if fault.status else []
    facts += [f"request {fault.request_id}"] if fault.request_id else []
    tail = f" ({', '.join(facts)})" if facts else ""
    return f"{who}: {fault.message}{tail}" if who else f"{fault.message}{tail}"


def broken_json(data: str) -> Fault:
    """The fault of a frame that is not JSON: what follows it cannot be trusted either."""
    return Fault("protocol", "the stream contains invalid JSON", quote=data[:4096])


def usage_error(message: str, hint: str = "") -> AichatError:
    """A mistake in flags, arguments or an input file (exit 2)."""
    return AichatError(Fault("usage", message, hint))


def config_error(message: str, hint: str = "") -> AichatError:
    """A fault in the configuration (exit 3)."""
    return AichatError(Fault("config", message, hint))


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` if one of ``known`` is close to ``word``, else an empty string."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), 1)
    return f"; did you mean '{found[0]}'?" if found else ""
