"""Answers of the generateContent and DashScope wires, and of their neighbours, for the server.

Shapes are those of recorded traffic: Gemini's events end in CRLF and hold a whole response each,
DashScope's have an id, a name, a comment with a status and no space after `data:`. One HTTP chunk
is one event. `qwen_*` and `moonshot_*` are what these two say on chat completions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any

from tests.support.answering.server import SSE, Headers, Json, Reply, chat_chunk, sse

GEMINI = "gemini-3.8-flash"
RESPONSE_ID, REQUEST_ID = "FyIhav7bJNyw4-EP6eCsqA0", "5410e11b-2f6b-4c5c-9221-05b24096c8f6"
SIGNATURE = "CiQBvj72+y6VX8BA4jMLQJOJvw=="

#: Tokens of every answer: 12 in, 4 of them cached, and 3 out, 1 of them reasoning.
GEMINI_USAGE: Json = {
    "promptTokenCount": 12,
    "cachedContentTokenCount": 4,
    "candidatesTokenCount": 2,  # beside the thoughts
    "thoughtsTokenCount": 1,
    "totalTokenCount": 15,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 12}],
}
DASHSCOPE_USAGE: Json = {
    "total_tokens": 15,
    "output_tokens": 3,
    "input_tokens": 12,
    "prompt_tokens_details": {"cached_tokens": 4},
    "output_tokens_details": {"reasoning_tokens": 1},
}
CHAT_USAGE: Json = {
    "prompt_tokens": 12,
    "completion_tokens": 3,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 1},
}

Part = str | Json  # text, or a part as it stands


# --- Gemini


def thought(text: str) -> Json:
    """A part of visible reasoning."""
    return {"text": text, "thought": True}


def function_call(name: str, args: Json, call_id: str = "", signature: str = SIGNATURE) -> Json:
    """A part with a whole tool call; most recorded ones have no id."""
    call = {"name": name, "args": dict(args)} | ({"id": call_id} if call_id else {})
    return {"functionCall": call} | ({"thoughtSignature": signature} if signature else {})


def gemini_chunk(
    *parts: Part,
    finish: str | None = None,
    usage: Json | None = None,
    model: str = GEMINI,
    **candidate: Any,
) -> dict[str, Any]:
    """One `GenerateContentResponse`; `candidate` sets fields such as `groundingMetadata`."""
    shown = [{"text": part} if isinstance(part, str) else dict(part) for part in parts]
    first: dict[str, Any] = {"content": {"parts": shown, "role": "model"}}
    first |= {"finishReason": finish} if finish else {}
    counted = {"promptTokenCount": 12, "totalTokenCount": 12} if usage is None else dict(usage)
    chunk = {"candidates": [{**first, "index": 0, **candidate}], "usageMetadata": counted}
    return {**chunk, "modelVersion": model, "responseId": RESPONSE_ID}


def gemini_events(*chunks: Json) -> list[bytes]:
    """Each chunk as an event: no name, CRLF, no sentinel after the last."""
    return [f"data: {json.dumps(chunk, ensure_ascii=False)}\r\n\r\n".encode() for chunk in chunks]


def gemini_stream(
    *parts: Part,
    finish: str = "STOP",
    usage: Json = GEMINI_USAGE,
    model: str = GEMINI,
    **candidate: Any,
) -> Reply:
    """One chunk per part, then the end as recorded: an empty text with the finish reason."""
    chunks = [gemini_chunk(part, model=model) for part in parts]
    last = gemini_chunk("", finish=finish, usage=usage, model=model, **candidate)
    return Reply(headers=SSE, body=gemini_events(*chunks, last))


def gemini_whole(
    *parts: Part,
    finish: str = "STOP",
    usage: Json = GEMINI_USAGE,
    model: str = GEMINI,
    **candidate: Any,
) -> Reply:
    """The answer in one body, with pieces of text joined to one part."""
    joined = _join_parts(parts)
    return _body(gemini_chunk(*joined, finish=finish, usage=usage, model=model, **candidate))


def _join_parts(parts: Iterable[Part]) -> Iterator[Part]:
    """Parts with adjacent ones of one kind joined."""

    def kind(part: Part) -> str:
        thinks = isinstance(part, Mapping) and part.get("thought")
        return "text" if isinstance(part, str) else "thought" if thinks else f"part {id(part)}"

    for name, found in groupby(parts, kind):
        run = list(found)
        texts = [p if isinstance(p, str) else p.get("text", "") for p in run]
        joined = {"text": "".join(texts), "thought": True} if name == "thought" else "".join(texts)
        yield run[0] if name.startswith("part") else joined


def gemini_block_reply(reason: str = "PROHIBITED_CONTENT", *, stream: bool = True) -> Reply:
    """A blocked prompt: HTTP 200 without a candidate."""
    usage = {"promptTokenCount": 12, "totalTokenCount": 12}
    chunk = {"promptFeedback": {"blockReason": reason}, "usageMetadata": usage}
    chunk |= {"modelVersion": GEMINI, "responseId": RESPONSE_ID}
    return Reply(headers=SSE, body=gemini_events(chunk)) if stream else _body(chunk)


def google_error(status: int, name: str, message: str, *details: Json) -> dict[str, Any]:
    """The object of a Google error."""
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    return {"error": error | ({"details": list(details)} if details else {})}


def gemini_error(status: int, name: str, message: str, *details: Json) -> Reply:
    """An HTTP error."""
    return _body(google_error(status, name, message, *details), status)


def gemini_stream_error(
    status: int, name: str, message: str, *before: Part, prefixed: bool = True
) -> Reply:
    """An error after `before` in a stream; unprefixed, it is plain JSON on several lines."""
    error = google_error(status, name, message)
    bare = json.dumps(error, indent=2).replace("\n", "\r\n").encode()
    told = gemini_events(error) if prefixed else [bare]
    return Reply(headers=SSE, body=[*gemini_events(*map(gemini_chunk, before)), *told])


_RPC = "type.googleapis.com/google.rpc."


def error_info(reason: str) -> Json:
    """The detail with a machine-readable reason."""
    return {"@type": f"{_RPC}ErrorInfo", "reason": reason, "domain": "googleapis.com"}


def retry_info(delay: str) -> Json:
    """The detail with the time to wait, such as `37s`."""
    return {"@type": f"{_RPC}RetryInfo", "retryDelay": delay}


def quota_failure(quota_id: str) -> Json:
    """The detail with the exhausted quota."""
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    violation = {"quotaMetric": metric, "quotaId": quota_id, "quotaValue": "250"}
    return {"@type": f"{_RPC}QuotaFailure", "violations": [violation]}


# --- DashScope


def dashscope_events(*outputs: Json) -> list[bytes]:
    """Each `data` as an event, numbered and with its status."""
    return [_dashscope_event(number, output) for number, output in enumerate(outputs, 1)]


def _dashscope_event(number: int, data: Json, status: int = 200, name: str = "result") -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id:{number}\nevent:{name}\n:HTTP_STATUS/{status}\ndata:{text}\n\n".encode()


def _dashscope_data(
    message: Json, finish: str, usage: Json, sources: Sequence[Json] = ()
) -> dict[str, Any]:
    whole = {"role": "assistant", **message}
    output: dict[str, Any] = {"choices": [{"message": whole, "finish_reason": finish}]}
    if sources:
        output["search_info"] = {"search_results": list(sources)}
    return {"output": output, "usage": dict(usage), "request_id": REQUEST_ID}


def _content(text: str, multimodal: bool) -> str | list[dict[str, str]]:
    """Text, which is in a list on the multimodal path."""
    return ([{"text": text}] if text else []) if multimodal else text


def dashscope_stream(
    text_pieces: Iterable[str],
    *,
    reasoning: Iterable[str] = (),
    tool_calls: Sequence[Json] = (),
    sources: Sequence[Json] = (),
    finish: str = "stop",
    usage: Json = DASHSCOPE_USAGE,
    multimodal: bool = True,
    cumulative: bool = False,
) -> Reply:
    """A streamed answer; `tool_calls` takes `tool_call(…)` items.

    `listed` is the multimodal path. `cumulative` is what comes without incremental output.
    """
    texts, thoughts = tuple(text_pieces), tuple(reasoning)
    if cumulative:
        texts, thoughts = tuple(accumulate(texts)), tuple(accumulate(thoughts))
    known = thoughts[-1] if cumulative and thoughts else ""
    messages = [{"content": _content("", multimodal), "reasoning_content": t} for t in thoughts]
    messages += [{"content": _content(t, multimodal), "reasoning_content": known} for t in texts]
    messages += [
        {"content": _content("", multimodal), "tool_calls": [_native_call(c)]} for c in tool_calls
    ]
    said = texts[-1] if cumulative and texts else ""
    messages.append({"content": _content(said, multimodal), "reasoning_content": known})
    finish = "tool_calls" if tool_calls and finish == "stop" else finish
    datas = [_dashscope_data(message, "null", usage, sources) for message in messages[:-1]]
    last = _dashscope_data(messages[-1], finish, usage, sources)
    return Reply(headers=_NATIVE, body=dashscope_events(*datas, last))


_NATIVE = {"content-type": "text/event-stream;charset=UTF-8", "x-request-id": REQUEST_ID}


def _native_call(call: Json) -> dict[str, Any]:
    """A call's fragment; later ones have an empty id."""
    return {"id": "", "type": "function", **call}


def dashscope_whole(
    text: str,
    *,
    reasoning: str = "",
    tool_calls: Sequence[Json] = (),
    sources: Sequence[Json] = (),
    finish: str = "stop",
    usage: Json = DASHSCOPE_USAGE,
    multimodal: bool = True,
) -> Reply:
    """An answer in one body; `tool_calls` takes whole `tool_call(…)` items."""
    message: dict[str, Any] = {"content": _content(text, multimodal)}
    message |= {"reasoning_content": reasoning} if reasoning else {}
    message |= {"tool_calls": list(tool_calls)} if tool_calls else {}
    finish = "tool_calls" if tool_calls and finish == "stop" else finish
    return _body(_dashscope_data(message, finish, usage, sources), headers=_REQUEST)


_REQUEST = {"x-request-id": REQUEST_ID, "x-dashscope-call-gateway": "true"}


def dashscope_error(status: int, code: str, message: str) -> Reply:
    """An HTTP error of the native API, possibly with status 200."""
    told = {"code": code, "message": message, "request_id": REQUEST_ID}
    return _body(told, status, _REQUEST)


def dashscope_stream_error(
    status: int, code: str, message: str, *before: str, multimodal: bool = True
) -> Reply:
    """An error event in a stream of status 200, after the text `before`."""
    texts = [{"content": _content(text, multimodal)} for text in before]
    datas = [_dashscope_data(text, "null", DASHSCOPE_USAGE) for text in texts]
    error = {"code": code, "message": message, "request_id": REQUEST_ID}
    told = _dashscope_event(len(datas) + 1, error, status, "error")
    return Reply(headers=_NATIVE, body=[*dashscope_events(*datas), told])


# --- chat completions of Qwen and Moonshot


def qwen_error(status: int, code: str | None, message: str) -> Reply:
    """An HTTP error of the compatible mode, with the request's id beside it."""
    error = {"message": message, "type": code or "invalid_request_error", "param": None}
    return _body({"error": {**error, "code": code}, "request_id": REQUEST_ID}, status, _REQUEST)


def moonshot_error(status: int, error_type: str, message: str, headers: Headers = ()) -> Reply:
    """An HTTP error of Moonshot, which has no code."""
    named = {"msh-request-id": "666a5359-a660-11f1-b705-00163e1dadc2", **dict(headers)}
    return _body({"error": {"message": message, "type": error_type}}, status, named)


def moonshot_stream(
    text_pieces: Iterable[str],
    *,
    reasoning: Iterable[str] = (),
    tool_calls: Sequence[Json] = (),
    finish: str = "stop",
    usage: Json = CHAT_USAGE,
    model: str = "kimi-k3.1-pro",
) -> Reply:
    """A streamed answer with the usage in the last choice."""
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": piece} for piece in reasoning]
    deltas += [{"content": piece} for piece in text_pieces]
    deltas += [{"tool_calls": [call]} for call in tool_calls]
    finish = "tool_calls" if tool_calls and finish == "stop" else finish
    last = chat_chunk({}, finish, model=model)
    last["choices"][0]["usage"] = dict(usage)
    return Reply(headers=SSE, body=sse(*(chat_chunk(d, model=model) for d in deltas), last))


def _body(value: object, status: int = 200, headers: Headers = ()) -> Reply:
    everything = {"content-type": "application/json; charset=UTF-8", **dict(headers)}
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return Reply(status, everything, [text.encode()], length=True)
