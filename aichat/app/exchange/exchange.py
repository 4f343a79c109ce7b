"""The one conductor: a request goes to an endpoint, events come back, an answer is left.

``Exchange`` is iterated for batches of events, one batch for each chunk that
arrives, so that whoever shows them can write once a chunk. It never raises for
a fault of the provider or the net: the last event is then a ``Failure``.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import NamedTuple

from aichat import wires
from aichat.app.calls.caller import Caller, Terms
from aichat.core.conversation.truncate import drop_oldest_turns
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Event, Failure, Finish, Image, Notice, TextDelta, UsageUpdate
from aichat.core.exchange.fold import AnswerBuilder
from aichat.core.exchange.request import Request
from aichat.core.http import sse
from aichat.core.http.call import Call
from aichat.core.message.message import Message
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault
from aichat.net import http

_ENDS = (Finish, Failure)

#: What nearly every batch is made of.
_TEXT = {TextDelta}


class _Again(NamedTuple):
    """Another attempt: when, why (empty: told later), and whether it counts as a retry."""

    seconds: float
    why: str
    counts: bool = True


def _names(fault: Fault, field: str) -> bool:
    """Whether a refusal is about ``field``: its ``param`` decides, else words that quote it."""
    if fault.param:
        return fault.param.partition(".")[0] == field
    pattern = rf"(?:['\"`]|: |field |parameter |argument ){re.escape(field)}\b"
    return re.search(pattern, fault.message, re.IGNORECASE) is not None


def _turns(messages: tuple[Message, ...]) -> int:
    return sum(message.role != "system" for message in messages)


class Exchange:
    """One question and its answer. Iterate it once, then ask for ``answer()``.

    ``secrets`` must appear nowhere but in the request.
    """

    def __init__(self, request: Request, endpoint: Endpoint, clock: Clock, terms: Terms) -> None:
        self._request, self._endpoint = request, endpoint
        self._clock, self._terms = clock, terms
        self._wire = wires.load(endpoint.wire)
        self._fold = AnswerBuilder(endpoint.provider.id, request.model)
        self._began = clock.monotonic()
        self._first_token: float | None = None
        self._prefill = None if request.resumes else request.settings.prefill
        self._asked = _turns(request.messages)
        self._attempts = 1
        self._begun = False  # the first output came, and text needs nothing more but showing
        self._caller = Caller(endpoint, clock, terms, request.model)
        self.secrets = self._caller.secrets

    def answer(self) -> Answer:
        """The answer as far as it has come."""
        total = self._clock.monotonic() - self._began
        return self._fold.answer(self._first_token, total)._replace(
            request_id=self._caller.request_id,
            retries=self._attempts - 1,
            limits=self._caller.limits,
        )

    def interrupt(self, signum: int) -> None:
        """A signal ended it: what has come is kept, marked as unfinished."""
        fault = Fault("interrupted", "interrupted", signum=signum)
        self._fold.add([Finish("cancelled"), Failure(self._caller.signed(fault))])

    def fail(self, fault: Fault) -> None:
        """What comes can no longer be shown: it ends here."""
        self._fold.fail(fault)

    def __iter__(self) -> Iterator[list[Event]]:
        while True:
            try:
                watch = self._terms.watch
                yield from self._watched(watch) if watch else self._attempt()
                return
            except AichatError as error:
                fault = self._caller.signed(error.fault)
            again = None if self._fold.has_output else self._again(fault)
            if again is None:
                yield self._told([Failure(fault)])
                return
            self._attempts += again.counts
            if again.why:
                yield self._told([Notice("retry", again.why, again.seconds)])
            self._clock.sleep(again.seconds)

    def _watched(self, watch: Callable[[list[Event]], object]) -> Iterator[list[Event]]:
        """One attempt, as far as it is let."""
        # closed by name, so that the connection is closed now
        with closing(self._attempt()) as batches:
            for batch in batches:
                yield batch
                watch(batch)

    def _again(self, fault: Fault) -> _Again | None:
        """Whether and when to try again: without what the server refused, or after a while."""
        if dropped := self._refused_extra(fault):
            self._request = self._request._replace(without=self._request.without | {dropped})
            why = f"the server refused '{dropped}', which we had added; sent again without it"
            return _Again(0.0, why, counts=False)
        if fault.kind == "context_length":
            return self._shortened(fault) if self._terms.drops else None
        wait = self._caller.again(fault, self._attempts)
        return wait and _Again(wait.seconds, wait.why)

    def _shortened(self, fault: Fault) -> _Again | None:
        """The same question without the oldest turns, where there are any."""
        messages = drop_oldest_turns(self._request.messages, fault.message)
        if messages is None:
            return None
        self._request = self._request._replace(messages=messages)
        return _Again(0.0, "", counts=False)

    def _left_out(self) -> list[Event]:
        """A notice of the turns that did not fit, once the rest of them did."""
        gone = self._asked - _turns(self._request.messages)
        if not gone:
            return []
        why = f"the conversation no longer fits {self._request.model}: the oldest {gone} of "
        return [Notice("context", f"{why}{self._asked} turns are left out")]

    def _refused_extra(self, fault: Fault) -> str | None:
        """A field that only we had asked for and that the server names in its refusal."""
        if fault.kind != "invalid_request":
            return None
        return next((name for name in self._call().added_fields if _names(fault, name)), None)

    def _call(self) -> Call:
        return self._wire.encode(self._request, self._endpoint)

    def _attempt(self) -> Generator[list[Event], None, None]:
        call = self._call()
        with self._caller.sent(call) as response:
            if left_out := self._left_out():
                yield self._told(left_out)
            yield from self._read(response, call)

    def _read(self, response: http.Response, call: Call) -> Iterator[list[Event]]:
        """The body, event by event; a link lost on the way ends it where it is."""
        decoder = self._wire.make_decoder(self._request, self._endpoint)
        lost = None
        try:
            # closed by name: what a signal raises while garbage is collected is lost
            with closing(self._frames(response, call)) as received:
                for frames in received:
                    events = decoder.feed(frames)
                    if events:
                        yield self._told(events)
                        if isinstance(events[-1], _ENDS):
                            return
        except AichatError as error:
            lost = error
        yield self._told(self._ending(decoder.close(), lost))

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
        reader, heard = sse.SseReader(), b""
        try:
            with closing(response.chunks()) as chunks:
                for chunk in chunks:
                    heard = heard or chunk
                    yield reader.feed(chunk)
        except AichatError:
            yield reader.close()
            raise
        yield reader.close()
        if heard and not reader.frames:
            begin = heard[:4096].decode("utf-8", "replace")
            raise AichatError(Fault("protocol", "not the API: the answer begins", quote=begin))

    def _ending(self, events: list[Event], lost: AichatError | None) -> list[Event]:
        """How it ends once the body has: a lost link matters only to an unfinished answer."""
        if lost is None or not events or isinstance(events[-1], Finish):
            return events
        if not self._fold.has_output:
            raise lost
        kind = "truncated" if lost.fault.kind in ("network", "timeout") else lost.fault.kind
        message = f"the answer was cut: {lost.fault.message}"
        return [*events[:-1], Failure(lost.fault._replace(kind=kind, message=message, hint=""))]

    def _told(self, events: list[Event]) -> list[Event]:
        """Fold a batch, stamp the first output, and pass it on."""
        if self._begun and events and set(map(type, events)) == _TEXT:
            self._fold.add(events)  # the next of thousands: nothing of the below is left to do
            return events
        if keeps := self._terms.keeps:
            events = [
                e for event in events for e in (keeps(event) if type(event) is Image else [event])
            ]
        if events and isinstance(events[-1], Failure):
            events[-1] = Failure(self._caller.signed(events[-1].fault))
        if self._endpoint.preamble_tokens:
            events = [self._without_preamble(event) for event in events]
        place = next((n for n, event in enumerate(events) if isinstance(event, TextDelta)), None)
        if self._prefill and place is not None:
            events = [*events[:place], TextDelta(self._prefill), *events[place:]]
            self._prefill = None
        self._fold.add(events)
        if self._first_token is None and self._fold.has_output:
            self._first_token = self._clock.monotonic() - self._began
            self._begun = not (self._prefill or self._endpoint.preamble_tokens)
        return events

    def _without_preamble(self, event: Event) -> Event:
        """The user did not write the preamble: its tokens are not theirs."""
        if not isinstance(event, UsageUpdate):
            return event
        tokens, usage = self._endpoint.preamble_tokens, event.usage
        less = {
            name: max(value - tokens, 0)
            for name in ("input", "cached_input")
            if (value := getattr(usage, name)) is not None
        }
        return event._replace(usage=usage._replace(**less))
