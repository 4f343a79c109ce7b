"""Answers of the Responses and Messages wires for `server`, whose own are of chat.

Shapes are those of recorded traffic and of the official SDKs' types: `responses_*` speak in three
styles (OpenAI's, xAI's, Perplexity's), `messages_*` as Anthropic. One HTTP chunk is one event.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from tests.support.answering.server import SSE, Headers, Json, Reply

Style = Literal["openai", "xai", "perplexity"]

RESPONSE_ID = {
    "openai": "resp_a1",
    "xai": "1c5f0d9e-77a1-4c1e-9d0b-5f3c0e8f0001",
    "perplexity": "resp_p1",
}
MODELS = {"openai": "gpt-6.1-terra", "xai": "grok-4.7", "perplexity": "perplexity/sonar"}
CLAUDE = "claude-sonnet-5-5"
CREATED = 1789986346

#: The default usages, in which every field of the wire is set.
USAGES: Mapping[str, Json] = {
    "openai": {
        "input_tokens": 41,
        "input_tokens_details": {"cached_tokens": 32, "cache_write_tokens": 4},
        "output_tokens": 14,
        "output_tokens_details": {"reasoning_tokens": 8},
        "total_tokens": 55,
    },
    "xai": {
        "input_tokens": 120,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 30,
        "output_tokens_details": {"reasoning_tokens": 22},
        "total_tokens": 150,
        "num_sources_used": 0,
        "num_server_side_tools_used": 0,
        "cost_in_usd_ticks": 4210000,
        "context_details": {"input_tokens": 120, "output_tokens": 30},
    },
    "perplexity": {
        "input_tokens": 900,
        "input_tokens_details": {
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 512,
            "cached_tokens": 512,
        },
        "output_tokens": 12,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 912,
        "cost": {
            "currency": "USD",
            "input_cost": 0.0002,
            "output_cost": 0.00003,
            "cache_read_cost": 0.00001,
            "total_cost": 0.00024,
        },
    },
}
CLAUDE_USAGE: Json = {
    "input_tokens": 14,
    "cache_creation_input_tokens": 100,
    "cache_read_input_tokens": 900,
    "output_tokens": 64,
    "output_tokens_details": {"thinking_tokens": 31},
}
OWN_USAGE: Json = {}  # "the style's own usage"; None is a usage of null


class ScriptedCall(NamedTuple):
    """A tool call: its name, and its arguments in the pieces in which they come."""

    name: str
    pieces: tuple[str, ...]
    id: str

    @property
    def arguments(self) -> str:
        return "".join(self.pieces)


class ScriptedCitation(NamedTuple):
    """A source, and the span of text that cites it."""

    url: str
    title: str = "Tide board"
    start: int = 0
    end: int = 5


def scripted_call(name: str, *pieces: str, call_id: str = "call_1") -> ScriptedCall:
    """A call of a client tool on either wire."""
    return ScriptedCall(name, pieces, call_id)


# --- the Responses wire


def responses_stream(
    text_pieces: Iterable[str],
    *,
    reasoning: Iterable[str] = (),
    tool_calls: Iterable[ScriptedCall] = (),
    citations: Sequence[ScriptedCitation] = (),
    refusal: Iterable[str] = (),
    usage: Json | None = OWN_USAGE,
    status: str = "completed",
    incomplete: str | None = None,
    style: Style = "openai",
    model: str | None = None,
) -> Reply:
    """A streamed answer: reasoning, search, text (or refusal), tool calls, then the end.

    ``incomplete`` is the reason of a status ``incomplete``.
    """
    script = _Script(style, model or MODELS[style], "incomplete" if incomplete else status)
    script.begin()
    script.add_reasoning(tuple(reasoning))
    script.add_search(citations)
    script.add_message(tuple(text_pieces), tuple(refusal), citations)
    for called in tool_calls:
        script.add_call(called)
    script.end(script.reported_usage(usage, citations), incomplete)
    return script.reply()


def responses_whole(
    text: str | None,
    *,
    reasoning: str = "",
    tool_calls: Iterable[ScriptedCall] = (),
    citations: Sequence[ScriptedCitation] = (),
    refusal: str = "",
    usage: Json | None = OWN_USAGE,
    status: str = "completed",
    incomplete: str | None = None,
    error: Json | None = None,
    style: Style = "openai",
    model: str | None = None,
) -> Reply:
    """An answer in one body; with ``error`` a failure that arrives as HTTP 200."""
    status = "failed" if error else "incomplete" if incomplete else status
    script = _Script(style, model or MODELS[style], status)
    script.add_reasoning((reasoning,) if reasoning else ())
    script.add_search(citations)
    script.add_message((text,) if text else (), (refusal,) if refusal else (), citations)
    for called in tool_calls:
        script.add_call(called)
    used = None if error else script.reported_usage(usage, citations)
    return _body(script.response(status, used, incomplete, error))


def responses_stream_error(
    message: str,
    code: str = "server_error",
    *,
    error_type: str = "server_error",
    after: Iterable[str] = (),
    shape: Literal["recorded", "flat", "nested", "failed"] = "recorded",
    style: Style = "openai",
    model: str | None = None,
) -> Reply:
    """An error inside a stream of status 200, after the text ``after``.

    ``recorded`` is what the provider was seen to send: OpenAI an ``error`` event and then
    ``response.failed``, xAI a flat ``error`` event, Perplexity ``response.failed`` with the
    error beside the response. The other shapes send that one event alone.
    """
    script = _Script(style, model or MODELS[style], "failed")
    script.begin()
    script.open_message(tuple(after))
    error = {"type": error_type, "code": code, "message": message, "param": None}
    flat = {"code": code, "message": message, "param": None}
    if shape == "recorded" and style == "perplexity":
        script.add_event(
            "response.failed", error={"message": message, "type": error_type, "code": code}
        )
        return script.reply()
    if shape == "flat" or (shape == "recorded" and style == "xai"):
        script.add_event("error", **flat)
        return script.reply()
    if shape != "failed":
        script.add_event("error", error=error)
    if shape != "nested":
        said = {"code": code, "message": message}
        script.add_event("response.failed", response=script.response("failed", None, None, said))
    return script.reply()


def responses_error(
    status: int,
    message: str,
    code: str | None = None,
    *,
    error_type: str = "invalid_request_error",
    param: str | None = None,
    style: Style = "openai",
    headers: Headers = (),
) -> Reply:
    """An HTTP error; xAI's ``error`` is a string, Perplexity's ``code`` is the status."""
    if style == "xai":
        return _body({"code": code or str(status), "error": message}, status, headers)
    error = {"message": message, "type": error_type, "param": param, "code": code}
    if style == "perplexity":
        error = {"message": message, "type": code or error_type, "code": status}
    return _body({"error": error}, status, headers)


class _Script:
    """One answer under construction: the events so far, and the finished output items."""

    def __init__(self, style: Style, model: str, status: str) -> None:
        self.style, self.model, self.status = style, model, status
        self.id = RESPONSE_ID[style]
        self.events: list[dict[str, Any]] = []
        self.output: list[dict[str, Any]] = []
        self.sequence = 0
        self.texts: list[dict[str, Any]] = []
        #: the status of an item that the end of the answer cuts off
        self.end_status = "incomplete" if status == "incomplete" else "completed"

    def add_event(self, kind: str, **fields: Any) -> None:
        """Add an event. Perplexity's numbers have gaps."""
        self.events.append({"type": kind, "sequence_number": self.sequence, **fields})
        skips = self.style == "perplexity" and kind in _BEFORE_GAPS
        self.sequence += 2 if skips else 1

    def reply(self) -> Reply:
        """The stream, which ends with its last event, since this wire has no ``[DONE]``."""
        comments = [b": keepalive\n\n"] * 2 if self.style == "xai" else []
        return Reply(headers=SSE, body=[*comments, *map(_event, self.events)])

    def begin(self) -> None:
        for kind in ("response.created", "response.in_progress"):
            self.add_event(kind, response=self.response("in_progress", None))

    def end(self, usage: Json | None, incomplete: str | None) -> None:
        response = self.response(self.status, usage, incomplete)
        self.add_event(f"response.{self.status}", response=response)

    def response(
        self,
        status: str,
        usage: Json | None,
        incomplete: str | None = None,
        error: Json | None = None,
    ) -> dict[str, Any]:
        """The response object so far."""
        over = status == "completed"
        return {
            "id": self.id,
            "object": "response",
            "created_at": CREATED,
            "completed_at": CREATED + 1 if over else None,
            "status": status,
            "model": self.model,
            "output": list(self.output) if status != "in_progress" else [],
            "error": error,
            "incomplete_details": {"reason": incomplete} if incomplete else None,
            "usage": usage,
            **_ECHOES,
            **_MORE_ECHOES[self.style],
        } | ({"tool_usage": self._tool_usage()} if self.style == "openai" else {})

    def _tool_usage(self) -> dict[str, Any]:
        searches = sum(item["type"] == "web_search_call" for item in self.output)
        return {"image_gen": _NO_IMAGES, "web_search": {"num_requests": searches}}

    def reported_usage(
        self, usage: Json | None, citations: Sequence[ScriptedCitation]
    ) -> Json | None:
        """The usage to report, with a search in the style's own field."""
        if usage is not OWN_USAGE:
            return usage
        used = dict(USAGES[self.style])
        if citations and self.style == "xai":
            details = dict.fromkeys(_XAI_TOOLS, 0) | {"web_search_calls": 1}
            used |= {"num_server_side_tools_used": 1, "server_side_tool_usage_details": details}
        if citations and self.style == "perplexity":
            used["tool_calls_details"] = {"search_web": {"invocation": 1, "cost_usd": 0.0025}}
            used["cost"] = {
                **used["cost"],
                "tool_calls_cost": 0.0025,
                "tool_calls_cost_details": {"search_web": 0.0025},
                "total_cost": 0.00274,
            }
        return used

    def next_item(self, kind: str) -> tuple[int, str]:
        """The index and id of the next item."""
        place = len(self.output)
        name = {"reasoning": "rs", "message": "msg", "web_search_call": "ws"}.get(kind, "fc")
        return place, f"{name}_{self.id}_{place}" if self.style == "xai" else f"{name}_{place + 1}"

    def finish_item(self, item: dict[str, Any]) -> None:
        self.add_event("response.output_item.done", output_index=len(self.output), item=item)
        self.output.append(item)

    def add_reasoning(self, pieces: tuple[str, ...]) -> None:
        """Add a summary; Perplexity sends thoughts outside the output."""
        if not pieces:
            return
        if self.style == "perplexity":
            for thought in pieces:
                self.add_event("response.reasoning.started", thought=thought)
            self.add_event("response.reasoning.stopped")
            return
        index, name = self.next_item("reasoning")
        progress = {"status": "in_progress"} if self.style == "xai" else {}
        # the sealed copy in `added` is shorter: only the one in `done` may be replayed
        opened = {"id": name, "type": "reasoning", "summary": []} | progress
        self.add_event(
            "response.output_item.added",
            output_index=index,
            item=opened | {"encrypted_content": "gAAA"},
        )
        at = {"item_id": name, "output_index": index, "summary_index": 0}
        text = "".join(pieces)
        empty, part = ({"type": "summary_text", "text": t} for t in ("", text))
        self.add_event("response.reasoning_summary_part.added", **at, part=empty)
        for piece in pieces:
            self.add_event(
                "response.reasoning_summary_text.delta", **at, delta=piece, **self._padding()
            )
        self.add_event("response.reasoning_summary_text.done", **at, text=text)
        self.add_event("response.reasoning_summary_part.done", **at, part=part)
        finished = {"status": "completed"} if self.style == "xai" else {}
        sealed = {"encrypted_content": "gAAAsealed"}
        self.finish_item({"id": name, "type": "reasoning", "summary": [part]} | finished | sealed)

    def add_search(self, citations: Sequence[ScriptedCitation]) -> None:
        """The provider's own search, before the text that cites what it found."""
        if citations and self.style == "perplexity":
            self._search_web(citations)
        elif citations:
            self._web_search(citations)

    def _web_search(self, citations: Sequence[ScriptedCitation]) -> None:
        index, name = self.next_item("web_search_call")
        at = {"output_index": index, "item_id": name}
        opened = {"id": name, "type": "web_search_call", "status": "in_progress"}
        self.add_event("response.output_item.added", output_index=index, item=opened)
        for phase in ("in_progress", "searching", "completed"):
            self.add_event(f"response.web_search_call.{phase}", **at)
        sources = [{"type": "url", "url": cited.url} for cited in citations]
        query = "leith high water"
        action = {"type": "search", "query": query, "queries": [query], "sources": sources}
        self.finish_item(opened | {"status": "completed", "action": action})

    def _search_web(self, citations: Sequence[ScriptedCitation]) -> None:
        """Add a call of the server's own, which results replace at the end."""
        queries = ["leith high water"]
        results = [_search_result(place, cited) for place, cited in enumerate(citations, 1)]
        asked = json.dumps({"queries": queries})
        item = _function_call(ScriptedCall("search_web", (asked,), "call_s1"), "fc_s1", "completed")
        self.add_event("response.output_item.added", output_index=len(self.output), item=item)
        told: dict[str, Any] = {"call_id": "call_s1", "thought": "Searching the web..."}
        self.add_event("response.reasoning.search_queries", **told, queries=queries)
        told["thought"] = f"Found {len(results)} results"
        self.add_event("response.reasoning.search_results", **told, results=results)
        self.finish_item({"type": "search_results", "queries": queries, "results": results})

    def add_message(
        self,
        texts: tuple[str, ...],
        refusal: tuple[str, ...],
        citations: Sequence[ScriptedCitation],
    ) -> None:
        if not texts and not refusal:
            return
        at = self.open_message(texts, refusal)
        content: list[dict[str, Any]] = []
        if texts:
            content.append(self._close_text(at, "".join(texts), citations))
        if refusal:
            content.append(self._close_refusal(at, "".join(refusal)))
        item = {"id": at["item_id"], "type": "message", "role": "assistant", "content": content}
        self.finish_item(item | {"status": self.end_status})

    def open_message(self, texts: tuple[str, ...], refusal: tuple[str, ...] = ()) -> dict[str, Any]:
        """Start a message; returns the location of its part."""
        index, name = self.next_item("message")
        at = {"item_id": name, "output_index": index, "content_index": 0}
        if not texts and not refusal:
            return at
        strict = self.style == "perplexity"
        state: dict[str, Any] = {"status": "completed" if strict else "in_progress"}
        state["content"] = None if strict else []
        item = {"id": name, "type": "message", "role": "assistant", **state}
        self.add_event("response.output_item.added", output_index=index, item=item)
        if not strict:
            empty = {"type": "refusal", "refusal": ""} if refusal else self._text("")
            self.add_event("response.content_part.added", **at, part=empty)
        for piece in texts:
            self.add_event(
                "response.output_text.delta",
                **at,
                delta=piece,
                **self._logprobs(),
                **self._padding(),
            )
        for piece in refusal:
            self.add_event("response.refusal.delta", **at, delta=piece)
        return at

    def _close_text(
        self, at: Json, text: str, citations: Sequence[ScriptedCitation]
    ) -> dict[str, Any]:
        part = self._text(text)
        for place, cited in enumerate(citations if self.style != "perplexity" else ()):
            annotation = {
                "type": "url_citation",
                "url": cited.url,
                "title": str(place + 1) if self.style == "xai" else cited.title,
                "start_index": cited.start,
                "end_index": cited.end,
            }
            part["annotations"].append(annotation)
            self.add_event(
                "response.output_text.annotation.added",
                **at,
                annotation_index=place,
                annotation=annotation,
            )
        self.add_event("response.output_text.done", **at, text=text, **self._logprobs())
        if self.style != "perplexity":
            self.add_event("response.content_part.done", **at, part=part)
        return part

    def _close_refusal(self, at: Json, refusal: str) -> dict[str, Any]:
        part = {"type": "refusal", "refusal": refusal}
        self.add_event("response.refusal.done", **at, refusal=refusal)
        self.add_event("response.content_part.done", **at, part=part)
        return part

    def add_call(self, called: ScriptedCall) -> None:
        """Add a client tool's call: fragments (OpenAI), one delta (xAI), whole (Perplexity)."""
        index, name = self.next_item("function_call")
        finished = _function_call(called, name, self.end_status)
        if self.style == "perplexity":
            self.add_event("response.output_item.added", output_index=index, item=finished)
            self.finish_item(finished)
            return
        opened = finished | {"status": "in_progress", "arguments": ""}
        self.add_event("response.output_item.added", output_index=index, item=opened)
        at = {"item_id": name, "output_index": index}
        for piece in called.pieces if self.style == "openai" else [called.arguments]:
            self.add_event(
                "response.function_call_arguments.delta", **at, delta=piece, **self._padding()
            )
        self.add_event("response.function_call_arguments.done", **at, arguments=called.arguments)
        self.finish_item(finished)

    def _text(self, text: str) -> dict[str, Any]:
        return {"type": "output_text", "text": text, "annotations": [], **self._logprobs()}

    def _logprobs(self) -> dict[str, Any]:
        return {} if self.style == "perplexity" else {"logprobs": []}

    def _padding(self) -> dict[str, str]:
        return {"obfuscation": "x7Qm"} if self.style == "openai" else {}


def _function_call(called: ScriptedCall, name: str, status: str) -> dict[str, Any]:
    item = {"id": name, "type": "function_call", "call_id": called.id, "name": called.name}
    return item | {"arguments": called.arguments, "status": status}


def _search_result(number: int, cited: ScriptedCitation) -> dict[str, Any]:
    found = {"id": number, "url": cited.url, "title": cited.title, "snippet": "High water 06:12."}
    return found | {"date": "2026-11-20", "last_updated": "2026-11-21", "source": "web"}


_BEFORE_GAPS = ("response.in_progress", "response.output_text.delta")
_XAI_TOOLS = ("web_search_calls", "x_search_calls", "code_interpreter_calls", "file_search_calls")
_NO_IMAGES = {
    "input_tokens": 0,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
    "output_tokens": 0,
    "output_tokens_details": {"image_tokens": 0, "text_tokens": 0},
    "total_tokens": 0,
}
#: The fields of a request that every response repeats.
_ECHOES: Json = {
    "background": False,
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "safety_identifier": None,
    "service_tier": "default",
    "store": False,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
_MORE_ECHOES: Mapping[str, Json] = {
    "openai": {
        "moderation": None,
        "prompt_cache_retention": "24h",
        "reasoning": {"context": "all_turns", "effort": "low", "mode": "standard", "summary": None},
    },
    "xai": {
        "metadata": {"system_fingerprint": "fp_1"},
        "reasoning": {"effort": None, "summary": None},
    },
    "perplexity": {"reasoning": None, "truncation": ""},
}


# --- the Messages wire


def messages_stream(
    text_pieces: Iterable[str],
    *,
    thinking: Iterable[str] = (),
    tool_uses: Iterable[ScriptedCall] = (),
    citations: Sequence[ScriptedCitation] = (),
    usage: Json = CLAUDE_USAGE,
    stop_reason: str = "end_turn",
    stop_sequence: str | None = None,
    stop_details: Json | None = None,
    model: str = CLAUDE,
) -> Reply:
    """A streamed answer: thinking, search, text, calls (then ``end_turn`` is ``tool_use``)."""
    blocks = [*_thinking_blocks(tuple(thinking)), *_search_blocks(citations)]
    blocks += [*_text_blocks(tuple(text_pieces), citations), *_tool_use_blocks(tool_uses)]
    first = {name: n for name, n in usage.items() if name != "output_tokens_details"}
    message = _message([], None, first | {"output_tokens": 1}, model)
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(blocks):
        events += block.events(index)
    events.insert(2, {"type": "ping"})
    delta = _ending(_reason(stop_reason, blocks), stop_sequence, stop_details)
    events.append({"type": "message_delta", "delta": delta, "usage": dict(usage)})
    events.append({"type": "message_stop"})
    return Reply(headers=SSE, body=[*map(_event, events)])


def messages_whole(
    text: str | None,
    *,
    thinking: str = "",
    tool_uses: Iterable[ScriptedCall] = (),
    citations: Sequence[ScriptedCitation] = (),
    usage: Json = CLAUDE_USAGE,
    stop_reason: str = "end_turn",
    stop_sequence: str | None = None,
    stop_details: Json | None = None,
    model: str = CLAUDE,
) -> Reply:
    """An answer in one body."""
    blocks = [*_thinking_blocks((thinking,) if thinking else ()), *_search_blocks(citations)]
    blocks += [*_text_blocks((text,) if text else (), citations), *_tool_use_blocks(tool_uses)]
    message = _message([block.whole for block in blocks], None, usage, model)
    ending = _ending(_reason(stop_reason, blocks), stop_sequence, stop_details)
    return _body(message | ending)


def messages_error(
    status: int,
    error_type: str,
    message: str,
    *,
    error_code: str | None = None,
    headers: Headers = (),
) -> Reply:
    """An HTTP error with the request's id in the body and in a header."""
    everything = {"request-id": "req_011", **dict(headers)}
    return _body(_error_object(error_type, message, error_code), status, everything)


def messages_stream_error(
    error_type: str, message: str, *, after: Iterable[str] = (), model: str = CLAUDE
) -> Reply:
    """An ``error`` event inside a stream of status 200, after the text ``after``."""
    texts = tuple(after)
    begun = _message([], None, dict(CLAUDE_USAGE) | {"output_tokens": 1}, model)
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    for block in _text_blocks(texts, ()):
        events += block.events(0)[:-1]
    error = {"type": "error", "error": {"type": error_type, "message": message}}
    return Reply(headers=SSE, body=[*map(_event, [*events, error])])


class _Block(NamedTuple):
    """One content block: at its start, its deltas, and the whole."""

    opened: dict[str, Any]
    deltas: tuple[dict[str, Any], ...]
    whole: dict[str, Any]

    def events(self, index: int) -> list[dict[str, Any]]:
        told = [{"type": "content_block_delta", "index": index, "delta": d} for d in self.deltas]
        start = {"type": "content_block_start", "index": index, "content_block": self.opened}
        return [start, *told, {"type": "content_block_stop", "index": index}]


def _thinking_blocks(pieces: tuple[str, ...]) -> Iterator[_Block]:
    if pieces:
        deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
        opened = {"type": "thinking", "thinking": "", "signature": ""}
        whole = {"type": "thinking", "thinking": "".join(pieces), "signature": "EqQBsigned"}
        signed = {"type": "signature_delta", "signature": "EqQBsigned"}
        yield _Block(opened, (*deltas, signed), whole)


def _search_blocks(citations: Sequence[ScriptedCitation]) -> Iterator[_Block]:
    """The search, whose input is streamed, and its whole result."""
    if not citations:
        return
    query = '{"query": "leith high water"}'
    use = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
    deltas = tuple({"type": "input_json_delta", "partial_json": p} for p in ("", query))
    yield _Block(use, deltas, use | {"input": json.loads(query)})
    results = [
        {
            "type": "web_search_result",
            "url": cited.url,
            "title": cited.title,
            "page_age": None,
            "encrypted_content": "EtkB",
        }
        for cited in citations
    ]
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": results}
    yield _Block(found, (), found)


def _text_blocks(
    pieces: tuple[str, ...], citations: Sequence[ScriptedCitation]
) -> Iterator[_Block]:
    """The text; a citation belongs to its whole block."""
    if not pieces:
        return
    cited = [
        {
            "type": "web_search_result_location",
            "url": source.url,
            "title": source.title,
            "cited_text": "High water 06:12.",
            "encrypted_index": "Eo8B",
        }
        for source in citations
    ]
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    deltas += [{"type": "citations_delta", "citation": citation} for citation in cited]
    opened: dict[str, Any] = {"type": "text", "text": ""} | ({"citations": []} if cited else {})
    whole = {"type": "text", "text": "".join(pieces)} | ({"citations": cited} if cited else {})
    yield _Block(opened, tuple(deltas), whole)


def _tool_use_blocks(tool_uses: Iterable[ScriptedCall]) -> Iterator[_Block]:
    for called in tool_uses:
        opened = {"type": "tool_use", "id": called.id, "name": called.name, "input": {}}
        opened["caller"] = {"type": "direct"}
        deltas = [{"type": "input_json_delta", "partial_json": p} for p in ("", *called.pieces)]
        whole = opened | {"input": _parse_arguments(called.arguments)}
        yield _Block(opened, tuple(deltas), whole)


def _parse_arguments(arguments: str) -> Any:
    """The parsed arguments, unless they are truncated."""
    try:
        return json.loads(arguments or "{}")
    except ValueError:
        return {}


def _message(
    content: list[dict[str, Any]], reason: str | None, usage: Json, model: str
) -> dict[str, Any]:
    details = {"service_tier": "standard", "inference_geo": "global"}
    message = {"id": "msg_01", "type": "message", "role": "assistant", "model": model}
    ending = _ending(reason, None, None)
    return {**message, "content": content, **ending, "usage": {**usage, **details}}


def _ending(reason: str | None, sequence: str | None, details: Json | None) -> dict[str, Any]:
    return {"stop_reason": reason, "stop_sequence": sequence, "stop_details": details}


def _reason(stop_reason: str, blocks: Iterable[_Block]) -> str:
    called = any(block.opened["type"] == "tool_use" for block in blocks)
    return "tool_use" if called and stop_reason == "end_turn" else stop_reason


def _error_object(error_type: str, message: str, error_code: str | None) -> dict[str, Any]:
    details = {"details": {"error_code": error_code}} if error_code else {}
    error = {"type": error_type, "message": message, **details}
    return {"type": "error", "error": error, "request_id": "req_011"}


# --- both


def _compact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _event(event: Mapping[str, Any]) -> bytes:
    """An event with a line that names its type, as all four providers send it."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), _compact(event))


def _body(value: object, status: int = 200, headers: Headers = ()) -> Reply:
    everything = {"content-type": "application/json", **dict(headers)}
    return Reply(status, everything, [_compact(value)], length=True)


def events_of(reply: Reply) -> list[dict[str, Any]]:
    """The events of a stream, decoded."""
    lines = b"".join(step for step in reply.body if isinstance(step, bytes)).split(b"\n")
    return [json.loads(line[6:]) for line in lines if line.startswith(b"data: ")]


def cut_before(reply: Reply, kind: str) -> Reply:
    """The stream, ended in order before its first event of the type ``kind``."""
    name = f"event: {kind}\n".encode()
    places = [at for at, step in enumerate(reply.body) if step.startswith(name)]  # type: ignore[union-attr]
    return Reply(reply.status, reply.headers, list(reply.body[: places[0]]))
