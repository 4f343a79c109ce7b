"""Calls to one endpoint: what is sent, what a refusal means, when it may be sent again.

Whoever asks for an answer (``exchange``) and whoever uses the plain HTTP
interface (``aichat api``) call through it, so both end in the same faults.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aichat import wires
from aichat.core.exchange.event import Event, Source
from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.error_response import is_wrong_path, request_id_of
from aichat.core.http.rate_limits import rate_limits
from aichat.core.http.retry import (
    LONGEST_WAIT,
    is_repeated_only_unsent,
    parse_retry_after,
    retry_delay,
    retry_reason,
)
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.core.text.redact import mask_url, redact, secret_values
from aichat.errors import HINTS, AichatError, Fault, describe
from aichat.net import http
from aichat.net.transport.pool import ConnectionPool
from aichat.values import NamedTuple

if TYPE_CHECKING:  # a connection is begun before messages are loaded
    from aichat.core.exchange.request import Request
    from aichat.core.message.private.placeholders import Placeholders

#: Characters of a server's own words that are shown: of a quotation, of a message.
_MAX_QUOTE, _MAX_MESSAGE = 80, 400


class RefusalMemory(NamedTuple):
    """What the endpoint refused before of what we add, and where more of it is told."""

    known: frozenset[str] = frozenset()
    add: Callable[[str], object] | None = None


#: The ``param`` of a refusal that is about the address, and not about a model.
WRONG_PATH = "base_url"


class CallOptions(NamedTuple):
    """On what terms the net is used; ``on_step`` is told one line a step (``--debug``).

    ``on_sent`` is called when a whole request has been written. ``keep_media`` is given each
    batch that has media or ends, and gives it with files in the place of their bytes.
    ``watch`` sees every batch after it was shown, and raises where the answer is to end.
    ``drop_old_turns``: the oldest turns leave a conversation that no longer fits, with a notice.
    Connections wait in ``pool``. ``place_media`` gives a request with what it shows uploaded,
    as far as that has to be. ``follow_links`` gives those sources anew whose links lead elsewhere.
    """

    connection: ConnectionOptions = ConnectionOptions()
    retries: int = 2
    drop_old_turns: bool = False
    on_step: Callable[[str], object] | None = None
    on_sent: Callable[[], None] | None = None
    keep_media: Callable[[list[Event]], list[Event]] | None = None
    watch: Callable[[list[Event]], object] | None = None
    refusals: RefusalMemory = RefusalMemory()
    pool: ConnectionPool | None = None
    place_media: "Callable[[Request], Request] | None" = None
    follow_links: Callable[[tuple[Source, ...]], list[Source]] | None = None


class Wait(NamedTuple):
    """Another attempt: in how many seconds, and why, as a line and in a word or two."""

    seconds: float
    why: str
    reason: str


class RefusedError(AichatError):
    """A request that was answered with an error: its fault, and what came with it."""

    def __init__(self, fault: Fault, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(fault)
        self.headers, self.body = headers, body


def placeholders_for(endpoint: Endpoint, first: int = 1) -> "Placeholders | None":
    """What stands for what is private in calls to ``endpoint``; None where all may go there.

    They are numbered from ``first`` on.
    """
    if endpoint.redaction is None:
        return None
    from aichat.core.message.private.placeholders import Placeholders  # few have it

    return Placeholders(endpoint.redaction, first)


def outgoing_call(call: Call, placeholders: "Placeholders | None") -> Call:
    """``call`` as it may leave."""
    if placeholders is None:
        return call
    from aichat.core.message.private.calls import conceal_call

    return conceal_call(call, placeholders)


def as_sent(call: Call, endpoint: Endpoint) -> Call:
    """``call`` as it may leave for ``endpoint``: for what shows it, or sends it in another way."""
    return outgoing_call(call, placeholders_for(endpoint))


#: What to do about a fault of a call that names no model, such as one for a file.
_HINTS_WITHOUT_MODEL = {**HINTS, "not_found": "check the id, and that it is this provider's"}


class Caller:
    """Sends calls to ``endpoint``; ``model`` is named in its faults, ``hints`` say what to do.

    ``secrets`` must appear nowhere but in a request: every value of a header may be one.
    ``keys`` are those of them that cannot be anything else. ``placeholders`` stand for what is
    private in its calls.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        options: CallOptions,
        model: str | None = None,
        hints: Mapping[str, str] | None = None,
    ) -> None:
        self._endpoint, self._clock, self._options = endpoint, clock, options
        self._model = model
        self._hints = hints or (HINTS if model else _HINTS_WITHOUT_MODEL)
        self._parse_fault = wires.load(endpoint.wire).read_fault
        self._is_sent = False  # the whole request was written
        self.request_id: str | None = None  # of the last answer
        self.limits: Mapping[str, str] = {}  # what it said of how much more may be asked
        values = [value for _, value in endpoint.headers]
        key = (endpoint.key.value,) if endpoint.key else ()
        self.keys = (*secret_values(endpoint.headers, endpoint.base_url), *key)
        self.secrets = (*values, *self.keys)
        self.placeholders = placeholders_for(endpoint)

    @contextmanager
    def send(self, call: Call) -> Iterator[http.Response]:
        """Send ``call`` and give its answer. Errors: ``RefusedError`` for a status that is none."""
        call = outgoing_call(call, self.placeholders)
        self.log_step(f"> {call.method} {mask_url(call.url)} ({call.size} bytes)")
        self._is_sent = False
        try:
            options = self._options
            with http.send(call, options.connection, self._note_sent, options.pool) as response:
                self.log_step(f"< {response.status} {response.headers.get('content-type', '')}")
                self._read_headers(response)
                if not 200 <= response.status < 300:
                    raise self._refused_error(response, call)
                yield response
        except AichatError as error:
            if self._is_sent and is_repeated_only_unsent(call.method, error.fault):
                hint = "the request had been sent and may be billed: ask again to send it again"
                error.fault = error.fault._replace(retryable=False, hint=error.fault.hint or hint)
            raise

    def _note_sent(self) -> None:
        self._is_sent = True
        if self._options.on_sent:
            self._options.on_sent()

    def _read_headers(self, response: http.Response) -> None:
        request_id, limits = request_id_of(response.headers), rate_limits(response.headers)
        self.request_id = request_id and redact(request_id, self.secrets)
        self.limits = {name: redact(value, self.secrets) for name, value in limits.items()}

    def _refused_error(self, response: http.Response, call: Call) -> RefusedError:
        body = response.read()
        fault = self._parse_fault(response.status, response.headers, body)
        if self._model and is_wrong_path(fault, self._model):
            section = f"base_url in [providers.{self._endpoint.provider.id}]"
            where = f"{call.method} {redact(call.url, self.secrets)}"
            why = f"{fault.message}: {where}"
            hint = f"check {section}: it is asked as it stands"
            fault = fault._replace(message=why, hint=hint, param=WRONG_PATH)
        if not fault.retryable:
            return RefusedError(fault, response.headers, body)
        wait = parse_retry_after(response.headers, body, self._clock.now())
        late = wait is not None and wait > LONGEST_WAIT
        hint = f"the server asks to wait {wait:.0f} s; try again after that" if late else ""
        return RefusedError(fault._replace(retry_after=wait, hint=hint), response.headers, body)

    def retry_wait(self, fault: Fault, attempt: int) -> Wait | None:
        """When and why to try again after attempt number ``attempt``; None where it ends here."""
        seconds = retry_delay(fault, attempt, self._options.retries, self._clock.random())
        if seconds is None:
            return None
        times = f"{attempt} of {self._options.retries}"
        why = f"{describe(fault)}; retrying in {seconds:.1f} s ({times})"
        return Wait(seconds, why, retry_reason(fault))

    def complete_fault(self, fault: Fault) -> Fault:
        """The fault with who it happened to and what to do, and no key in any of its words."""
        quote = redact(fault.quote, self.secrets)[:_MAX_QUOTE]
        message = redact(fault.message, self.secrets)[:_MAX_MESSAGE]
        return fault._replace(
            message=f"{message}: {quote}" if quote else message,
            quote="",
            hint=fault.hint or self._hint(fault.kind),
            code=fault.code and redact(fault.code, self.secrets)[:_MAX_MESSAGE],
            request_id=fault.request_id and redact(fault.request_id, self.secrets)[:_MAX_MESSAGE],
            provider=self._endpoint.provider.id,
            model=self._model,
        )

    def _hint(self, kind: str) -> str:
        provider = self._endpoint.provider
        if kind == "auth" and (provider.regional_keys or self._endpoint.region):
            here = f" (this was '{self._endpoint.region}')" if self._endpoint.region else ""
            regions = "|".join(provider.regions)
            hint = self._hints[kind]
            return f"keys may be limited to one region{here}: --region {regions}, or {hint}"
        return self._hints.get(kind, "")

    def log_step(self, line: str) -> None:
        """Tell ``--debug`` one line."""
        if self._options.on_step:
            self._options.on_step(redact(line, self.secrets))
