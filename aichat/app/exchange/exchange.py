"""One exchange: a request goes to an endpoint, events come back and make up an answer.

``Exchange`` is iterated for batches of events, one batch for each chunk that
arrives, so that it can be shown with one write per chunk. It never raises for a
fault of the provider or the network: the last event is then a ``Failure``.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from aichat import wires
from aichat.app.calls.caller import Caller, CallOptions
from aichat.app.calls.retry import RetryLoop
from aichat.core.conversation.truncate import drop_oldest_turns
from aichat.core.exchange.answer import Answer, SchemaOutcome
from aichat.core.exchange.event import (
    Audio,
    Event,
    Failure,
    Finish,
    Image,
    MadeFile,
    Notice,
    Source,
    TextDelta,
    UsageUpdate,
)
from aichat.core.exchange.filters.event_filter import (
    SPOKEN,
    EventLimiter,
    EventMask,
    ForcedToolText,
)
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.refusal import (
    is_lasting,
    lower_json_output,
    lower_output_notice,
    refusal_notice,
    refused_part,
    without_part,
)
from aichat.core.exchange.request import Request
from aichat.core.http import sse
from aichat.core.http.call import Call
from aichat.core.message.message import Message
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault
from aichat.net import http

if TYPE_CHECKING:
    from aichat.app.exchange.steps import Steps
    from aichat.core.exchange.filters.restoring import EventRestorer

_END_EVENTS = (Finish, Failure)

#: Events with media, or their end.
_KEPT_EVENTS = (Audio, Image, MadeFile, *_END_EVENTS)

#: The only type in most batches.
_ONLY_TEXT = {TextDelta}


def _count_turns(messages: tuple[Message, ...]) -> int:
    return sum(message.role != "system" for message in messages)


def _is_paused(events: list[Event]) -> bool:
    end = events[-1] if events else None
    return isinstance(end, Finish) and end.reason == "pause"


class Exchange:
    """One question and its answer. Iterate it once, then ask for ``answer()``.

    ``secrets`` must appear nowhere but in the request.
    """

    def __init__(
        self, request: Request, endpoint: Endpoint, clock: Clock, options: CallOptions
    ) -> None:
        self._request, self._endpoint = request, endpoint
        for part in options.refusals.known:
            self._request = without_part(self._request, part)
        self._newly_refused: list[str] = []  # since the last accepted request
        self._clock, self._options = clock, options
        self._wire = wires.load(endpoint.wire)
        self._builder = AnswerBuilder(endpoint.provider.id, request.model)
        self._started_at = clock.monotonic()
        self._first_token: float | None = None
        self._prefill = None if request.resumes else request.settings.prefill
        self._turn_count = _count_turns(request.messages)
        self._is_placed = False  # the request's media have been uploaded if needed
        self._fast_path = False  # after the first output, text only needs to be shown
        self._caller = Caller(endpoint, clock, options, request.model)
        self._loop = RetryLoop(self._caller, clock, self._can_repeat)
        self.secrets = self._caller.keys
        self._mask = EventMask(self.secrets, but=SPOKEN)
        self._limiter = EventLimiter()
        output = request.json_output
        self._tool_text = ForcedToolText(output.tool_name) if output else None
        self._made_files: list[MadeFile] = []  # still at the provider
        self._steps: Steps | None = None  # if the answer may take several requests
        self._retries = 0  # of earlier requests
        self._restorer: EventRestorer | None = None  # if something private was replaced

    def answer(self) -> Answer:
        """The answer so far."""
        total = self._clock.monotonic() - self._started_at
        output = self._request.json_output
        return self._builder.answer(self._first_token, total)._replace(
            request_id=self._caller.request_id,
            retries=self._retries + self._loop.retries,
            limits=self._caller.limits,
            schema=SchemaOutcome(output.mode) if output else None,
        )

    def interrupt(self, signum: int) -> None:
        """End it by a signal: what has arrived is kept, marked as unfinished."""
        fault = Fault("interrupted", "interrupted", signum=signum)
        self._builder.add(
            [*self._held_back(), Finish("cancelled"), Failure(self._caller.complete_fault(fault))]
        )

    def fail(self, fault: Fault) -> None:
        """End it, since it can no longer be shown."""
        self._builder.add(self._held_back())
        self._builder.fail(fault)

    def _held_back(self) -> list[Event]:
        """The text held back, since a placeholder may begin in it."""
        return self._restorer.flush() if self._restorer else []

    def __iter__(self) -> Iterator[list[Event]]:
        yield from self._run_request()
        while self._steps and self._steps.leads_on:
            yield from self._begin_step(self._steps)
            yield from self._run_request()
        if self._made_files:
            yield from self._fetch_files()
        if self._options.follow_links and self._builder.sources:
            yield self._follow_links(self._options.follow_links)

    def _follow_links(self, follow: Callable[[tuple[Source, ...]], list[Source]]) -> list[Event]:
        """Events for the sources whose links redirect elsewhere."""
        events: list[Event] = [*follow(self._builder.sources)]
        self._builder.add(events)
        return events

    def _fetch_files(self) -> Iterator[list[Event]]:
        """Fetch the files that the provider's tools made, before they are deleted there."""
        from aichat.app.media.made_files import fetch_file  # few answers have any

        made, self._made_files = dict.fromkeys(self._made_files), []
        for file in made:
            yield self._process_events(fetch_file(file, self._endpoint, self._caller.send))

    def _begin_step(self, steps: "Steps") -> Iterator[list[Event]]:
        """Prepare the next request of this answer, which can be retried until it is answered."""
        self._retries += self._loop.retries
        self._loop = RetryLoop(self._caller, self._clock, self._can_repeat)
        try:
            self._request, events = steps.lead_on(
                self._request, self.answer(), self._endpoint, self._caller.send
            )
        except AichatError as error:
            self._loop.end()
            events = [Failure(error.fault)]
        if events:
            yield self._process_events(events)
        self._builder.has_output = self._fast_path = False

    def _run_request(self) -> Iterator[list[Event]]:
        while self._loop.begin_attempt():
            fault = None
            try:
                with self._loop:
                    yield from self._attempt_adapted()
            except AichatError as error:
                fault = error.fault  # reported below: here it would keep the attempt alive
            if fault:
                yield self._process_events([Failure(fault)])
            elif wait := self._loop.wait:
                yield self._process_events([Notice("retry", wait.why, wait.seconds, wait.reason)])

    def _can_repeat(self, fault: Fault) -> bool:
        return not self._builder.has_output and fault.kind != "context_length"

    def _attempt_adapted(self) -> Iterator[list[Event]]:
        """One attempt; parts that the server refuses are left out, and the rest is sent at once."""
        watch = self._options.watch
        if self._request.server_tools and self._steps is None:
            self._steps = self._open_steps()
        if self._options.place_media and not self._is_placed:
            self._request = self._options.place_media(self._request)
            self._is_placed = True
        while True:
            try:
                yield from self._attempt_watched(watch) if watch else self._attempt()
                return
            except AichatError as error:
                notices = self._leave_out(self._caller.complete_fault(error.fault))
                if notices is None:
                    raise
            if notices:
                yield self._process_events(notices)

    def _open_steps(self) -> "Steps":
        """Set up the further requests that a provider may want from the client."""
        from aichat.app.exchange.steps import Steps, with_own_tools  # few answers need it

        self._request, own = with_own_tools(self._request, self._endpoint, self._caller.send)
        return Steps(own)

    def _attempt_watched(self, watch: Callable[[list[Event]], object]) -> Iterator[list[Event]]:
        """One attempt, ended by ``watch`` if necessary."""
        # closed explicitly, so that the connection is closed now
        with closing(self._attempt()) as batches:
            for batch in batches:
                yield batch
                watch(batch)

    def _leave_out(self, fault: Fault) -> list[Event] | None:
        """Remove the refused part of the request, with a notice; None if nothing can be removed."""
        if self._builder.has_output:
            return None
        if lower := lower_json_output(fault, self._request):
            self._request = lower
            return [Notice("retry", lower_output_notice(lower), 0.0)]
        part = refused_part(fault, self._request, self._call().added_fields)
        if part and part not in self._request.without:
            self._request = without_part(self._request, part)
            if is_lasting(fault):
                self._newly_refused.append(part)
            return [Notice("retry", refusal_notice(part), 0.0)]
        if fault.kind == "context_length" and self._options.drop_old_turns:
            messages = drop_oldest_turns(self._request.messages, fault.message)
            if messages:
                self._request = self._request._replace(messages=messages)
                return []  # reported once the rest fits
        return None

    def _dropped_notice(self) -> list[Event]:
        """A notice of the turns that did not fit, once the rest of them did."""
        gone = self._turn_count - _count_turns(self._request.messages)
        if not gone:
            return []
        why = f"the conversation no longer fits {self._request.model}: the oldest {gone} of "
        return [Notice("context", f"{why}{self._turn_count} turns were dropped")]

    def _remember_refusals(self) -> None:
        """Remember that the request was accepted without these parts."""
        if add := self._options.refusals.add:
            for part in self._newly_refused:
                add(part)
        self._newly_refused = []

    def _call(self) -> Call:
        return self._wire.encode(self._request, self._endpoint)

    def _attempt(self) -> Generator[list[Event], None, None]:
        call = self._call()
        with self._caller.send(call) as response:
            self._begin_restoring()
            self._remember_refusals()
            if left_out := self._dropped_notice():
                yield self._process_events(left_out)
            yield from self._read(response, call)

    def _begin_restoring(self) -> None:
        """From here on, put back what was redacted in the request."""
        if placeholders := self._caller.placeholders:
            from aichat.core.exchange.filters.restoring import EventRestorer  # few need it

            in_json = self._request.json_output is not None
            self._restorer = EventRestorer(placeholders, in_json=in_json)

    def _read(self, response: http.Response, call: Call) -> Iterator[list[Event]]:
        """The body, event by event."""
        return self._decode(self._frames(response, call))

    def _decode(self, source: Generator[list[sse.Frame], None, None]) -> Iterator[list[Event]]:
        """The events in frames; a lost connection ends them."""
        decoder = self._wire.make_decoder(self._request, self._endpoint)
        lost = None
        try:
            # closed explicitly: an exception raised during garbage collection is lost
            with closing(source) as received:
                for frames in received:
                    events = decoder.feed(frames)
                    if events:
                        yield self._process_events(events)
                        if isinstance(events[-1], _END_EVENTS):
                            return
        except AichatError as error:
            lost = error
        yield self._process_events(self._end_events(decoder.close(), lost))

    def _frames(
        self, response: http.Response, call: Call
    ) -> Generator[list[sse.Frame], None, None]:
        content = response.headers.get("content-type", "")
        if "html" in content:
            raise AichatError(http.html_fault(response, call.url, response.read()))
        if "json" in content and "stream" not in content:
            body = b"".join(response.chunks())
            yield [sse.Frame(body.decode("utf-8", "replace"))]
            return
        reader = sse.SseReader()
        yield from response.frames(reader)
        if reader.beginning and not reader.frames:
            begin = reader.beginning.decode("utf-8", "replace")
            raise AichatError(
                Fault("protocol", "not the API: the response starts with", quote=begin)
            )

    def _end_events(self, events: list[Event], error: AichatError | None) -> list[Event]:
        """The last events: a lost connection matters only to an unfinished answer."""
        if error is None or not events or isinstance(events[-1], Finish):
            return events
        if not self._builder.has_output:
            raise error
        kind = "truncated" if error.fault.kind in ("network", "timeout") else error.fault.kind
        message = f"the answer was cut off: {error.fault.message}"
        return [*events[:-1], Failure(error.fault._replace(kind=kind, message=message, hint=""))]

    def _process_events(self, events: list[Event]) -> list[Event]:
        """Add a batch to the answer, note the time of the first output, and pass it on."""
        if self._fast_path and events and set(map(type, events)) == _ONLY_TEXT:
            self._builder.add(events)  # the usual case: nothing else to do
            return events
        events = self._taken_events(events)
        if events and isinstance(events[-1], Failure):
            events[-1] = Failure(self._caller.complete_fault(events[-1].fault))
        if self._endpoint.preamble_tokens:
            events = [self._without_preamble(event) for event in events]
        place = next((n for n, event in enumerate(events) if isinstance(event, TextDelta)), None)
        if self._prefill and place is not None:
            events = [*events[:place], TextDelta(self._prefill), *events[place:]]
            self._prefill = None
        self._builder.add(events)
        if self._first_token is None and self._builder.has_output:
            self._first_token = self._clock.monotonic() - self._started_at
            plain = not (self._prefill or self._endpoint.preamble_tokens)
            self._fast_path = plain and self._restorer is None
        return events

    def _taken_events(self, events: list[Event]) -> list[Event]:
        """A batch within limits, without secrets, and with media as files."""
        if self._restorer:
            events = self._restorer.feed(events)
        if self._tool_text:
            events = self._tool_text.feed(events)
        events = [*self._limiter.limit(self._mask.mask(events))]
        if self._steps is None and _is_paused(events):
            self._steps = self._open_steps()
        if self._steps:
            events = self._steps.take(events)
        if any(type(event) is MadeFile and not event.media.data for event in events):
            self._made_files += [event for event in events if isinstance(event, MadeFile)]
            events = [event for event in events if not isinstance(event, MadeFile)]
        if self._options.keep_media and any(isinstance(event, _KEPT_EVENTS) for event in events):
            events = self._options.keep_media(events)
        return events

    def _without_preamble(self, event: Event) -> Event:
        """Subtract the tokens of the preamble, which the user did not write."""
        if not isinstance(event, UsageUpdate):
            return event
        tokens, usage = self._endpoint.preamble_tokens, event.usage
        less = {
            name: max(value - tokens, 0)
            for name in ("input", "cached_input")
            if (value := getattr(usage, name)) is not None
        }
        return event._replace(usage=usage._replace(**less))
