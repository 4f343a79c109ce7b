"""An answer that comes over a socket: asked, shown, priced and stored as any other."""

from collections.abc import Generator, Mapping

from aichat.app.calls.caller import CallOptions
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.ways.live_session import LiveQuestion, LiveSession
from aichat.core.exchange.event import Event, UsageUpdate
from aichat.core.exchange.request import Request
from aichat.core.http.retry import parse_retry_after
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.core.text.redact import mask_url
from aichat.errors import AichatError, Fault
from aichat.net.transport.websocket import UpgradeRefusedError


class LiveExchange(Exchange):
    """One question over ``session``, or where there is none over one of its own."""

    def __init__(
        self,
        session: LiveSession | None,
        request: Request,
        endpoint: Endpoint,
        clock: Clock,
        options: CallOptions,
    ) -> None:
        super().__init__(request, endpoint, clock, options)
        self._session, self._is_own = session or LiveSession(), session is None

    def _attempt(self) -> Generator[list[Event], None, None]:
        session, call = self._session, self._call()
        terms = self._options.connection
        self._caller.log_step(f"> {call.method} {mask_url(call.url)} ({call.size} bytes)")
        question = LiveQuestion(self._request, self._endpoint, call, terms)
        self._caller.placeholders = session.keep_placeholders(self._caller.placeholders)
        try:
            notices = session.put(question)
        except UpgradeRefusedError as error:
            raise AichatError(self._refusal(error.status, error.headers, error.body)) from error
        if self._options.on_sent:
            self._options.on_sent()
        self._remember_refusals()
        self._begin_restoring()
        try:
            if notices:
                yield self._process_events(notices)
            yield from self._decode(session.answer(terms))
        except AichatError as error:
            error.fault = error.fault._replace(retryable=False)  # it may be billed
            raise
        finally:
            self._end(session)

    def _end(self, session: LiveSession) -> None:
        """Whatever ended it: an answer that still comes is ended too, and what it took counted."""
        decoder = self._wire.make_decoder(self._request, self._endpoint)
        told = decoder.feed(session.cancel())
        self._builder.add([event for event in told if isinstance(event, UsageUpdate)])
        self._caller.limits = session.limits
        if self._is_own:
            session.close()

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Fault:
        """What a server has against opening the socket."""
        fault = self._wire.read_fault(status, headers, body)
        wait = parse_retry_after(headers, body, self._clock.now())
        return fault._replace(retry_after=wait)
