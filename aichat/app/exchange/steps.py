"""Further requests of one answer: after a provider's pause, and after calls of its own tools.

The events of each request know nothing of the others. Here they become those of one answer:
sources keep their numbers, citations their positions, and usage is added up.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager

from aichat.core.billing.money import total_cost
from aichat.core.billing.usage import Usage, UsageDetail
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import (
    Citation,
    Event,
    Finish,
    Notice,
    ServerToolProgress,
    Source,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    UsageUpdate,
)
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.message.message import Message, Reasoning, Text, ToolCall, ToolResult
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.server_tools import chosen_specs
from aichat.errors import AichatError, describe
from aichat.net import http
from aichat.values import NamedTuple
from aichat.wires.resources import formulas

#: How often an answer may continue by itself: after pauses, and after calls.
MOST_PAUSES, MOST_CALLS = 5, 20

Send = Callable[[Call], AbstractContextManager[http.Response]]


class OwnTools(NamedTuple):
    """The provider's tools that need the client's help.

    ``echoes`` are calls answered with their own arguments, ``formulas`` maps each function to
    its formula.
    """

    echoes: frozenset[str] = frozenset()
    formulas: Mapping[str, str] = {}

    def has(self, name: str) -> bool:
        """Whether a call with this name is for one of these tools."""
        return name in self.echoes or name in self.formulas


def with_own_tools(request: Request, endpoint: Endpoint, send: Send) -> tuple[Request, OwnTools]:
    """``request`` with the functions of the formulas that it asks for.

    Errors: those of a call, and ``protocol`` for a formula that is none.
    """
    if request.server_tools is None:
        return request, OwnTools()
    chosen = chosen_specs(request.server_tools, endpoint.server_tools, request.model).values()
    found: dict[str, str] = {}
    tools = list(request.tools)
    for formula in dict.fromkeys(spec["formula"] for spec in chosen if "formula" in spec):
        with send(formulas.tools_call(formula, endpoint)) as response:
            functions = formulas.parse_tools(b"".join(response.chunks()), endpoint)
        tools += functions
        found |= {function.name: formula for function in functions}
    echoes = frozenset(spec["echoes"] for spec in chosen if "echoes" in spec)
    return request._replace(tools=tuple(tools)), OwnTools(echoes, found)


class Steps:
    """The steps of one answer. ``take`` is given every batch but plain text."""

    def __init__(self, own: OwnTools = OwnTools()) -> None:  # noqa: B008  it is immutable
        self._own = own
        self._pauses = self._rounds = 0
        self._calls: list[ToolCall] = []  # of the provider's own tools, in this step
        self._slots: dict[int, ToolCall] = {}
        self._has_others = False  # calls that are the user's
        self._ending: Finish | None = None  # of a step that another one follows
        self._before: Answer | None = None  # what the steps before this one left
        self._added = 0  # messages at the end of a request that are of the answer itself
        self._numbers: dict[str, int] = {}
        self._renumbered: dict[int, int] = {}

    @property
    def leads_on(self) -> bool:
        """Whether the answer continues with another request."""
        return self._ending is not None

    def take(self, events: list[Event]) -> list[Event]:
        """Convert events of a step to those of the whole answer."""
        return [told for event in events for told in self._take(event)]

    def _take(self, event: Event) -> Iterator[Event]:
        if isinstance(event, ToolCallStart):
            yield from self._start_call(event)
        elif isinstance(event, ToolCallDelta | ToolCallEnd) and event.slot in self._slots:
            yield from self._end_call(event) if isinstance(event, ToolCallEnd) else ()
        elif isinstance(event, Finish):
            yield from self._finish(event)
        elif self._before is not None:
            yield self._shift(event, self._before)
        else:
            yield event

    def _start_call(self, event: ToolCallStart) -> Iterator[Event]:
        if self._own.has(event.name):
            self._slots[event.slot] = ToolCall(event.id, event.name, "", kind=event.kind)
        else:
            self._slots.pop(event.slot, None)
            self._has_others = True
            yield event

    def _end_call(self, event: ToolCallEnd) -> Iterator[Event]:
        call = self._slots.pop(event.slot)._replace(arguments=event.arguments)
        self._calls.append(call)
        yield ServerToolProgress(call.id, call.name, "start", call.arguments)

    def _finish(self, event: Finish) -> Iterator[Event]:
        """The end of a step, which is passed on only for the last one."""
        if event.reason == "pause" and self._pauses < MOST_PAUSES:
            self._pauses += 1
            self._ending = event
            times = f"{self._pauses} of {MOST_PAUSES}"
            yield Notice("pause", f"the provider paused the answer; going on ({times})")
        elif event.reason == "tool_calls" and self._calls and not self._has_others:
            self._rounds += 1
            self._ending = event if self._rounds <= MOST_CALLS else None
            yield from () if self._ending else (event._replace(reason="pause"),)
        else:
            yield event

    def _shift(self, event: Event, before: Answer) -> Event:
        """An event of a later step, with its numbers shifted."""
        if isinstance(event, Source):
            number = self._numbers.setdefault(event.url, max(self._numbers.values(), default=0) + 1)
            self._renumbered[event.number] = number
            return event._replace(number=number)
        if isinstance(event, Citation):
            number = self._renumbered.get(event.number, event.number)
            if event.start is None or event.end is None:
                return event._replace(number=number)
            base = len(before.text)
            return event._replace(number=number, start=base + event.start, end=base + event.end)
        if isinstance(event, UsageUpdate):
            return add_usage(before, event)
        return event

    def lead_on(
        self, request: Request, answer: Answer, endpoint: Endpoint, send: Send
    ) -> tuple[Request, list[Event]]:
        """The next request, and the events of the calls that were run for it.

        ``answer`` is the answer so far. Errors: those of calls that cannot be made.
        """
        ending, self._ending = self._ending, None
        calls, self._calls = self._calls, []
        done = len(self._before.message.parts) if self._before else 0
        results = [(call, _run(call, self._own, endpoint, send)) for call in calls]
        messages = request.messages[: len(request.messages) - self._added]
        if calls:
            said = [p for p in answer.message.parts[done:] if isinstance(p, Reasoning | Text)]
            told = tuple(ToolResult(call.id, call.name, (Text(text),)) for call, text in results)
            asked = answer.message._replace(parts=(*said, *calls))
            messages = (*request.messages, asked, Message("tool", told))
        elif not (ending and ending.token):
            messages, self._added = (*messages, answer.message), 1
        self._begin(answer)
        events: list[Event] = [
            ServerToolProgress(call.id, call.name, "end", output=_shown_result(call, text))
            for call, text in results
        ]
        return request._replace(
            messages=messages,
            continuation=ending.token if ending else None,
            settings=request.settings._replace(prefill=None),
        ), events

    def _begin(self, answer: Answer) -> None:
        """Another step begins after ``answer``."""
        self._before = answer
        self._numbers = {source.url: source.number for source in answer.sources}
        self._renumbered, self._slots, self._has_others = {}, {}, False


def add_usage(before: Answer, event: UsageUpdate) -> UsageUpdate:
    """The usage of a step, plus that of the steps before it."""
    usage = Usage(*map(_add, before.usage, event.usage))
    counts = {
        name: before.detail.counts.get(name, 0) + event.detail.counts.get(name, 0)
        for name in {**before.detail.counts, **event.detail.counts}
    }
    return event._replace(
        usage=usage,
        cost=total_cost((before.cost, event.cost)),
        detail=UsageDetail(counts, event.detail.tier or before.detail.tier),
    )


def _add(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


def _run(call: ToolCall, own: OwnTools, endpoint: Endpoint, send: Send) -> str:
    """The result of a call for the model, even if it failed, since the model may do without."""
    if call.name in own.echoes:
        return call.arguments
    sent = formulas.run_call(own.formulas[call.name], call.name, call.arguments, endpoint)
    try:
        with send(sent) as response:
            return formulas.parse_result(b"".join(response.chunks()))
    except AichatError as error:
        if error.fault.kind in ("auth", "permission", "quota"):
            raise
        return f"error: {describe(error.fault)}"


def _shown_result(call: ToolCall, text: str) -> str:
    """A result for people, unless only the provider can read it."""
    return "" if text == call.arguments or "ENCRYPTED BEGIN" in text[:100] else text
