"""Decoding DashScope's answers."""

from collections.abc import Mapping
from typing import Any

from aichat.core.exchange.event import Event
from aichat.core.text.json import objects, text_or_none
from aichat.wires.chat.decode import ChatDecoder
from aichat.wires.chat.reasoning import is_thinking_part
from aichat.wires.shared.openai_usage import chat_usage


class DashscopeDecoder(ChatDecoder):
    """Unwraps each event into a chat completions chunk.

    ``cumulative``: each event repeats all text so far, since output is not incremental.
    """

    def __init__(self, *, cumulative: bool) -> None:
        super().__init__()
        self._cumulative = cumulative
        self._arguments_read: dict[str, int] = {}  # characters of each call's arguments so far
        self._reasoning_read = 0  # characters of reasoning so far

    def _is_error(self, chunk: Mapping[str, Any]) -> bool:
        """Whether an event is an error: a truthy ``code`` is one, even with HTTP 200."""
        return bool(chunk.get("code")) or super()._is_error(chunk)

    def _read_chunk(self, chunk: dict[str, Any], events: list[Event]) -> None:
        output = chunk.get("output")
        output = output if isinstance(output, dict) else {}
        choices = list(objects(output.get("choices")))
        if not choices and "text" in output:  # an answer to a bare prompt
            choices = [{**output, "message": {"content": output["text"]}}]
        found = output.get("search_info")
        super()._read_chunk(
            {
                "id": text_or_none(chunk.get("request_id")),
                "choices": [self._chat_choice(choice) for choice in choices],
                "usage": chunk.get("usage"),
                **{k: v for k, v in chunk.items() if k not in _KNOWN_FIELDS},
                **{k: v for k, v in output.items() if k not in _KNOWN_FIELDS},
                "search_results": [
                    {**page, "id": page.get("index")}
                    for page in objects(
                        found.get("search_results") if isinstance(found, dict) else ()
                    )
                ],
            },
            events,
        )

    def _read_usage(self, raw: Any, events: list[Event]) -> None:
        if isinstance(raw, dict) and not raw.items() <= self._usage.items():
            self._usage = raw
            events.append(chat_usage(_chat_usage_fields(raw), None)._replace(raw=raw))

    def _new_arguments(self, call: Mapping[str, Any]) -> dict[str, Any]:
        """A call with only the arguments that are new."""
        function = call.get("function")
        function = dict(function) if isinstance(function, dict) else {}
        said, index = str(function.get("arguments") or ""), str(call.get("index"))
        function["arguments"] = said[self._arguments_read.get(index, 0) :]
        self._arguments_read[index] = max(self._arguments_read.get(index, 0), len(said))
        return {**call, "function": function}

    def _chat_choice(self, choice: Mapping[str, Any]) -> dict[str, Any]:
        message = choice.get("message")
        fields = dict(message) if isinstance(message, dict) else {}
        content = fields.get("content")
        if isinstance(content, list) and (self._cumulative or all(map(_is_text, content))):
            fields["content"] = "".join(str(part.get("text") or "") for part in objects(content))
        finish = choice.get("finish_reason")
        kind = "delta"
        if self._cumulative:
            kind = "message"
            thought = str(fields.get("reasoning_content") or "")
            fields["reasoning_content"] = thought[self._reasoning_read :]
            self._reasoning_read = max(self._reasoning_read, len(thought))
            fields["tool_calls"] = [
                self._new_arguments({"index": place, **call})
                for place, call in enumerate(objects(fields.get("tool_calls")))
            ]
        first = {n: fields[n] for n in ("reasoning_content",) if n in fields}  # it comes first
        beside = {
            n: choice[n]
            for n in ("index", "logprobs", "error", "native_finish_reason")
            if n in choice
        }
        told = None if finish == "null" else finish
        return {**beside, kind: first | fields, "finish_reason": told}


def _is_text(part: Any) -> bool:
    """Whether a part contains text, or nothing known."""
    return not is_thinking_part(part) and not (isinstance(part, dict) and part.get("image"))


_KNOWN_FIELDS = frozenset(
    (
        *("output", "usage", "request_id", "code", "message", "status_code"),
        *("choices", "text", "finish_reason", "search_info"),
    )
)


def _chat_usage_fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "prompt_tokens": raw.get("input_tokens"),
        "completion_tokens": raw.get("output_tokens"),
        "prompt_tokens_details": raw.get("prompt_tokens_details"),
        "completion_tokens_details": raw.get("output_tokens_details"),
    }
