"""Answers of Gemini's Interactions API, as section 3c of the wire reference has them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.support.answering.server import SSE, Reply

ID = "int_1"
USAGE: Mapping[str, Any] = {
    "total_input_tokens": 12,
    "total_output_tokens": 7,
    "total_thought_tokens": 30,
    "total_cached_tokens": 4,
    "total_tokens": 49,
}


def interaction_events(
    pieces: Iterable[str] = (),
    *,
    reasoning: Iterable[str] = (),
    calls: Sequence[tuple[str, str, str]] = (),
    annotations: Sequence[Mapping[str, Any]] = (),
    status: str = "",
    usage: Mapping[str, Any] = USAGE,
) -> list[dict[str, Any]]:
    """The events of an answer; ``calls`` are ids, names and arguments."""
    events: list[dict[str, Any]] = [_status("interaction.created", "in_progress")]
    index = 0

    def step(value: Mapping[str, Any], *deltas: Mapping[str, Any]) -> None:
        nonlocal index
        events.append({"event_type": "step.start", "index": index, "step": value})
        events.extend({"event_type": "step.delta", "index": index, "delta": d} for d in deltas)
        events.append({"event_type": "step.stop", "index": index})
        index += 1

    if thoughts := [*reasoning]:
        told = [
            {"type": "thought_summary", "content": {"type": "text", "text": text}}
            for text in thoughts
        ]
        step({"type": "thought"}, *told, {"type": "thought_signature", "signature": "c2ln"})
    if texts := [*pieces]:
        noted = [{"type": "text_annotation_delta", "annotations": [*annotations]}]
        spoken = [{"type": "text", "text": text} for text in texts]
        step({"type": "model_output"}, *spoken, *(noted if annotations else []))
    for call_id, name, arguments in calls:
        call = {"type": "function_call", "id": call_id, "name": name, "arguments": {}}
        step(call, {"type": "arguments_delta", "arguments": arguments})
    ended = status or ("requires_action" if calls else "completed")
    end = _status("interaction.completed", ended)
    end["interaction"]["usage"] = usage
    events.append(end)
    return [{**event, "event_id": f"e{n}"} for n, event in enumerate(events)]


def _status(kind: str, status: str) -> dict[str, Any]:
    return {"event_type": kind, "interaction": {"id": ID, "status": status, "model": "gemini-x"}}


def interaction_frames(events: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """Events as bytes to send."""
    return [f"event: {e['event_type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events]


DONE = b"event: done\ndata: [DONE]\n\n"


def interaction_stream(*pieces: str, **more: Any) -> Reply:
    """A whole stream."""
    return Reply(headers=SSE, body=[*interaction_frames(interaction_events(pieces, **more)), DONE])


def interaction_whole(
    *pieces: str,
    reasoning: Iterable[str] = (),
    calls: Sequence[tuple[str, str, str]] = (),
    usage: Mapping[str, Any] = USAGE,
) -> Reply:
    """An answer in one body."""
    thought = [{"type": "text", "text": "".join(reasoning)}]
    steps: list[dict[str, Any]] = [
        {"type": "thought", "summary": thought, "signature": "c2ln"},
        {"type": "model_output", "content": [{"type": "text", "text": "".join(pieces)}]},
    ]
    for call_id, name, arguments in calls:
        call = {"type": "function_call", "id": call_id, "name": name}
        steps.append(call | {"arguments": json.loads(arguments)})
    whole = _status("", "requires_action" if calls else "completed")["interaction"]
    body = json.dumps({**whole, "steps": steps, "usage": usage}).encode()
    return Reply(headers={"content-type": "application/json"}, body=[body])
