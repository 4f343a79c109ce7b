"""What is not given says nothing: no value that carries something stands in for it."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from aichat import core, wires

#: The defaults that do say something; a ``type`` is the name of its kind besides.
TELLING = {
    "AskedField": {"kind": "string"},
    "AnswerSchema": {"name": "answer"},
    "Argument": {"required": True},
    "Background": {"id_field": "id"},
    "BatchDialect": {
        "hours": 24,
        "create": "/batches",
        "look": "/batches/{id}",
        "cancel": "/batches/{id}/cancel",
        "around": (b"", b""),
    },
    "BatchResult": {"status": 200},
    "Beside": {"stream": True},
    "Blank": {"fill": b"\x00"},
    "CacheWish": {"mode": "auto"},
    "FileStore": {"state": "ready"},
    "FilesDialect": {
        "upload": "form",
        "life": (3600, 2_592_000),
        "max_bytes": 512 << 20,
        "inline_bytes": 5 << 20,
        "cursor": ("after", "last_id"),
        "page_size": "limit",
        "keeps_content": True,
    },
    "LocalTool": {"origin": "built in", "subject": "arguments", "seconds": 60.0},
    "RemoteFile": {"state": "ready"},
    "ToolOutcome": {"status": "ok"},
    "TuningSpec": {"method": "sft"},
    "Card": {"sampling": "always"},
    "ConnectionOptions": {"connect": 10.0, "first_byte": 120.0, "idle": 300.0},
    "Cost": {"currency": "USD", "source": "provider"},
    "Era": {"version": "2026-07-28", "is_modern": True},
    "EmbeddingsDialect": {"shape": "openai"},
    "Exif": {"orientation": 1},
    "Frame": {"whole": True},
    "Dialect": {
        "root_object": True,
        "closed": True,
        "references": True,
        "recursion": True,
        "typed_choices": True,
    },
    "IdRule": {"longest": 64},
    "ImageSpec": {"pictures": 1},
    "Job": {"state": "pending"},
    "JobWay": {"base": str},
    "JsonFit": {"streams": True},
    "JsonSupport": {"dialect": "any", "streams": True, "is_told": True},
    "ListPaging": {"cursor_name": "after"},
    "Listing": {"path": "/models"},
    "MediaFacts": {"rate": 1.0},
    "Model": {"status": "current"},
    "ModelFilter": {"currency": "USD", "use": "chat"},
    "ModelNames": {"typed": str},
    "OAuthClient": {"method": "none"},
    "Option": {"kind": str},
    "Position": {"path": "$"},
    "Price": {"currency": "USD", "tier": "standard"},
    "PriceTerms": {"tier": "standard", "is_certain": True},
    "Probe": {"path": "/models"},
    "PromptCaching": {"seconds": 300, "least": 1024, "models": ".*", "mark_after": 1},
    "Provider": {"needs_key": True},
    "Samples": {"channels": 1, "width": 2},
    "Quirks": {
        "max_tokens_field": "max_completion_tokens",
        "stream_usage": True,
        "reasoning_field": "reasoning_content",
        "instructions": True,
        "reports_limit": True,
        "replays_items": True,
        "image_detail": True,
        "tools": True,
        "tool_choice": True,
        "schema_dialect": "json",
    },
    "Request": {"stream": True},
    "Source": {"kind": "web"},
    "StoredFile": {"state": "ready"},
    "StoresDialect": {"purpose": "assistants"},
    "TokenRule": {"models": "*", "grid": 512, "times": 1.0},
    "Tool": {"kind": "function"},
    "ToolCall": {"kind": "function"},
    "ToolCallStart": {"kind": "function"},
    "Turn": {"status": "complete"},
}
TYPES = {
    "LocalFile": "file",
    "ProviderFile": "provider_file",
    "Url": "url",
    "Alive": "alive",
    "Approval": "approval",
    "Heard": "heard",
    "SpeechBegun": "speech_begun",
    "SpeechTaken": "speech_taken",
    "SpeechRead": "speech_read",
    "AnswerBegun": "answer_begun",
    "Speaking": "speaking",
    "Said": "said",
    "Greeting": "greeting",
    "Handle": "handle",
    "Leaving": "leaving",
    "Limits": "limits",
    "Ready": "ready",
    "Refused": "refused",
    "Audio": "audio",
    "RoundStart": "round",
    "ToolEnd": "tool_result",
    "ToolProgress": "tool_progress",
    "Citation": "citation",
    "Failure": "error",
    "Finish": "finish",
    "Image": "image",
    "MadeFile": "file",
    "Logprobs": "logprobs",
    "Media": "media",
    "Notice": "notice",
    "Raw": "raw",
    "RawItem": "item",
    "Reasoning": "reasoning",
    "ReasoningDelta": "reasoning",
    "ReasoningOpaque": "reasoning_opaque",
    "Refusal": "refusal",
    "RefusalDelta": "refusal",
    "ServerTool": "server_tool",
    "ServerToolProgress": "server_tool",
    "Source": "source",
    "Start": "start",
    "Text": "text",
    "TextDelta": "text",
    "ToolCall": "tool_call",
    "ToolCallDelta": "tool_call_delta",
    "ToolCallEnd": "tool_call_end",
    "ToolCallStart": "tool_call_start",
    "ToolResult": "tool_result",
    "UnknownItem": "raw",
    "UsageUpdate": "usage",
}


def kinds() -> Iterator[Any]:
    """Every named tuple of the two lowest floors."""
    for room in (core, wires):
        for found in walk_packages(room.__path__, f"{room.__name__}."):
            module = import_module(found.name)
            for kind in vars(module).values():
                if (
                    isinstance(kind, type)
                    and hasattr(kind, "_fields")
                    and kind.__module__ == found.name
                ):
                    yield kind


def is_plain(value: Any) -> bool:
    """Whether a default says nothing: nothing at all, or a value whose fields say nothing new."""
    if isinstance(value, type):  # of what is read: of nothing
        return not getattr(value, "_fields", True)
    if getattr(value, "__name__", "") == "_say_nothing":
        return True
    return not value or (hasattr(value, "_fields") and value == type(value)())


def test_a_field_that_is_not_given_says_nothing_but_what_is_listed() -> None:
    telling = {
        kind.__name__: {
            name: value
            for name, value in kind._field_defaults.items()
            if not is_plain(value) and name != "type"
        }
        for kind in kinds()
    }
    assert {name: fields for name, fields in telling.items() if fields} == TELLING


def test_a_type_is_one_of_the_words_that_are_printed_and_stored() -> None:
    defaults = {kind.__name__: kind._field_defaults for kind in kinds()}
    assert {n: fields["type"] for n, fields in defaults.items() if "type" in fields} == TYPES
