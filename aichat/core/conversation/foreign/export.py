"""Our conversations in other formats: ChatGPT's export, and training examples."""

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from aichat.core.conversation.foreign.chatgpt import PREFIX
from aichat.core.conversation.turn import Conversation, Turn, path_to
from aichat.core.message.media import LocalFile, Media
from aichat.core.message.message import (
    Part,
    Reasoning,
    ServerTool,
    Text,
    ToolCall,
    ToolResult,
    text_of,
)

#: The id of the root node.
_ROOT = "root"


def chatgpt_conversation(given: Conversation) -> dict[str, Any]:
    """One entry of ``conversations.json``, branches and all. Source: as in ``foreign.chatgpt``.

    Media are referred to by name, as that export does: ``media_files`` gives the files.
    """
    about = given.about
    nodes: dict[str, dict[str, Any]] = {_ROOT: _node(_ROOT, None, None)}
    last: dict[int, str] = {}  # the node that each turn ends in
    for turn in given.turns:
        above = last.get(turn.parent or 0, _ROOT)
        for place, message in enumerate(_messages(turn)):
            key = f"{turn.number}-{place}"
            nodes[key] = _node(key, above, {"id": key, **message})
            nodes[above]["children"].append(key)
            above = key
        last[turn.number] = above
    known = about.id.removeprefix(PREFIX)
    return {
        "id": known,
        "conversation_id": known,
        "title": about.title,
        "create_time": about.created,
        "update_time": about.updated,
        "current_node": last.get(about.head or 0, _ROOT),
        "mapping": nodes,
    }


def media_files(given: Conversation) -> Iterator[tuple[str, str]]:
    """The path of each medium that is a file, and its name in an archive."""
    for turn in given.turns:
        for part in turn.message.parts:
            if isinstance(part, Media) and isinstance(part.source, LocalFile):
                path = part.source.path
                yield path, _file_id(part) + PurePath(path).suffix


def _file_id(part: Media) -> str:
    """The name of a medium in an archive: for a file of ours, the beginning of its hash."""
    if isinstance(part.source, LocalFile):
        return f"file-{PurePath(part.source.path).stem[:32]}"
    return part.name or (part.address or "").rpartition("/")[2] or part.mime


def _node(key: str, parent: str | None, message: dict[str, Any] | None) -> dict[str, Any]:
    return {"id": key, "message": message, "parent": parent, "children": []}


def _messages(turn: Turn) -> Iterator[dict[str, Any]]:
    """A turn as ChatGPT's messages: reasoning, calls and their results are separate ones."""
    said: list[Any] = []
    for part in turn.message.parts:
        if isinstance(part, Text):
            said.append(part.text)
        elif isinstance(part, Media):
            kind = f"{part.kind}_asset_pointer"
            said.append({"content_type": kind, "asset_pointer": f"file-service://{_file_id(part)}"})
        elif isinstance(part, Reasoning | ServerTool | ToolCall | ToolResult):
            yield from _said_message(turn, said)
            said = []
            yield from _step(turn, part)
    yield from _said_message(turn, said)


def _said_message(turn: Turn, said: list[Any]) -> Iterator[dict[str, Any]]:
    plain = all(isinstance(one, str) for one in said)
    content = {"content_type": "text" if plain else "multimodal_text", "parts": said}
    yield from [_message(turn, turn.role, content)] if said else ()


def _step(turn: Turn, part: Part) -> Iterator[dict[str, Any]]:
    """The messages for a step on the way to an answer: reasoning, a call or a result."""
    if isinstance(part, Reasoning) and part.text:
        thoughts = {"content_type": "thoughts", "thoughts": [{"content": part.text}]}
        yield _message(turn, "assistant", thoughts)
    elif isinstance(part, ServerTool | ToolCall):
        called = part.input if isinstance(part, ServerTool) else part.arguments
        name = part.tool if isinstance(part, ServerTool) else part.name
        if called:
            content = {"content_type": "code", "text": called}
            yield _message(turn, "assistant", content, recipient=name or "tool")
        if isinstance(part, ServerTool) and part.output:
            yield _message(turn, "tool", _output(part.output), name=name)
    elif isinstance(part, ToolResult):
        text = "".join(below.text for below in part.parts if isinstance(below, Text))
        yield _message(turn, "tool", _output(text), name=part.name)


def _output(text: str) -> dict[str, Any]:
    return {"content_type": "execution_output", "text": text}


def _message(
    turn: Turn, role: str, content: dict[str, Any], name: str = "", recipient: str = "all"
) -> dict[str, Any]:
    model = turn.message.model or (turn.answer.model if turn.answer else "")
    named = [part for part in turn.message.parts if isinstance(part, Media) and part.name]
    files = [{"id": _file_id(one), "name": one.name, "mime_type": one.mime} for one in named]
    is_said = content["content_type"] == "multimodal_text"
    about = {"model_slug": model} if model else {}
    return {
        "author": {"role": role, "name": name or None, "metadata": {}},
        "create_time": turn.at,
        "content": content,
        "status": "finished_successfully",
        "end_turn": recipient == "all",
        "metadata": {**about, "attachments": files} if is_said and files else about,
        "recipient": recipient,
    }


def training_example(given: Conversation) -> dict[str, Any] | None:
    """The current path of a conversation as a training example; None if it is of no use.

    Source: the chat format of fine-tuning files (OpenAI's guide, 2026), which others accept too.
    Media, reasoning and the providers' own tools are left out.
    """
    path = path_to(given.turns, given.about.head) or given.turns
    messages = [message for turn in path for message in _learned(turn)]
    while messages and (messages[-1]["role"] != "assistant" or not messages[-1].get("content")):
        messages.pop()
    asked = any(message["role"] == "user" for message in messages)
    return {"messages": messages} if messages and asked else None


def _learned(turn: Turn) -> Iterator[dict[str, Any]]:
    if turn.role == "tool":
        for part in turn.message.parts:
            if isinstance(part, ToolResult):
                text = "".join(below.text for below in part.parts if isinstance(below, Text))
                yield {"role": "tool", "tool_call_id": part.id, "content": text}
        return
    if turn.answer and turn.answer.fault:
        return
    text = text_of(turn.message)
    calls = [_call(part) for part in turn.message.parts if isinstance(part, ToolCall)]
    if calls:
        yield {"role": turn.role, "content": text or None, "tool_calls": calls}
    elif text:
        yield {"role": turn.role, "content": text}


def _call(part: ToolCall) -> dict[str, Any]:
    called = {"name": part.name, "arguments": part.arguments}
    return {"id": part.id, "type": "function", "function": called}


def training_line(given: Conversation) -> str:
    """The same as a line of a training file; empty if it is of no use."""
    example = training_example(given)
    return json.dumps(example, ensure_ascii=False) + "\n" if example else ""
