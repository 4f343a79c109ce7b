"""The rules of each wire's strictest server for conversations, as checks of a request's body."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Body = Mapping[str, Any]


def _is_object(text: object) -> bool:
    try:
        return isinstance(json.loads(str(text)), dict)
    except ValueError:
        return False


def chat_problems(body: Body) -> Iterator[str]:
    """Chat completions: results directly after their calls, in order; no empty message."""
    waiting: list[str] = []
    for line in body["messages"]:
        if line["role"] == "tool":
            if not waiting or waiting.pop(0) != line["tool_call_id"]:
                yield f"a result out of place: {line['tool_call_id']}"
            continue
        if waiting:
            yield f"calls without results: {waiting}"
        waiting = [call["id"] for call in line.get("tool_calls", ())]
        for call in line.get("tool_calls", ()):
            if not re.fullmatch(r"[\w.:-]{1,40}", call["id"], re.ASCII):
                yield f"an id: {call['id']}"
            if not _is_object(call["function"]["arguments"]):
                yield f"arguments: {call['function']['arguments']}"
        if not line.get("content") and not line.get("tool_calls"):
            yield f"an empty message: {line}"
    if waiting:
        yield f"calls without results: {waiting}"


def moonshot_problems(body: Body) -> Iterator[str]:
    """As chat completions, with reasoning for every call."""
    yield from chat_problems(body)
    for line in body["messages"]:
        if line.get("tool_calls") and not line.get("reasoning_content"):
            yield "a call without reasoning"


def dashscope_problems(body: Body) -> Iterator[str]:
    """As chat completions, in DashScope's format."""
    return chat_problems(body["input"])


def responses_problems(body: Body) -> Iterator[str]:
    """Responses: every output follows its call, each once; ids of 64 characters."""
    open_calls: list[str] = []
    for item in body["input"]:
        if item["type"] == "function_call":
            open_calls.append(item["call_id"])
            if not re.fullmatch(r"[\w-]{1,64}", item["call_id"], re.ASCII):
                yield f"an id: {item['call_id']}"
            if not _is_object(item["arguments"]):
                yield f"arguments: {item['arguments']}"
        elif item["type"] == "function_call_output":
            if item["call_id"] not in open_calls:
                yield f"an output without its call: {item['call_id']}"
            else:
                open_calls.remove(item["call_id"])
        elif item["type"] == "message" and not item["content"]:
            yield "an empty message"
    if open_calls:
        yield f"calls without outputs: {open_calls}"


def messages_problems(body: Body) -> Iterator[str]:
    """Messages: roles alternate, all results come first and together, no blank text."""
    before: list[str] = []
    turns = body["messages"]
    for turn, last in zip(turns, [{"role": "assistant"}, *turns], strict=False):
        if turn["role"] == last["role"]:
            yield f"two turns of the {turn['role']}"
        if not turn["content"]:
            yield "an empty turn"
        kinds = [block["type"] for block in turn["content"]]
        results = [b["tool_use_id"] for b in turn["content"] if b["type"] == "tool_result"]
        if sorted(results) != sorted(before) or kinds[: len(results)] != ["tool_result"] * len(
            results
        ):
            yield f"results {results} of calls {before}"
        before = [block["id"] for block in turn["content"] if block["type"] == "tool_use"]
        for block in turn["content"]:
            if block["type"] == "text" and not block["text"].strip():
                yield "a blank text"
            if block["type"] == "tool_use" and not re.fullmatch(r"[a-zA-Z0-9_-]+", block["id"]):
                yield f"an id: {block['id']}"
            if block["type"] == "tool_use" and not isinstance(block["input"], dict):
                yield f"an input: {block['input']}"


def gemini_problems(body: Body) -> Iterator[str]:
    """Gemini: results of all calls in the next turn, in order; signed first calls."""
    before: list[str] = []
    for turn in body["contents"]:
        parts = turn["parts"]
        if not parts:
            yield "an empty turn"
        results = [p["functionResponse"]["name"] for p in parts if "functionResponse" in p]
        if results != before:
            yield f"results {results} of calls {before}"
        calls = [part for part in parts if "functionCall" in part]
        if calls and "thoughtSignature" not in calls[0]:
            yield "a call without a signature"
        before = [part["functionCall"]["name"] for part in calls]


def interactions_problems(body: Body) -> Iterator[str]:
    """Gemini's Interactions: results directly after the calls of an answer, one for each."""
    waiting: list[str] = []
    for step in body["input"]:
        if step["type"] == "function_result":
            if step["call_id"] not in waiting:
                yield f"a result out of place: {step['call_id']}"
            else:
                waiting.remove(step["call_id"])
        elif step["type"] == "function_call":
            waiting.append(step["id"])
            if not isinstance(step["arguments"], dict):
                yield f"arguments: {step['arguments']}"
        elif waiting and step["type"] != "thought":
            yield f"calls without results: {waiting}"
    if waiting:
        yield f"calls without results: {waiting}"


CHECKERS: Mapping[str, Callable[[Body], Iterator[str]]] = {
    "chat": chat_problems,
    "moonshot": moonshot_problems,
    "dashscope": dashscope_problems,
    "responses": responses_problems,
    "messages": messages_problems,
    "gemini": gemini_problems,
    "interactions": interactions_problems,
}
