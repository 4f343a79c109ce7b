"""The schema of an answer, in the terms of each wire."""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.config.body_options import deep_merge
from aichat.core.message.json_schema.output import TOOL, JsonOutput

Fields = dict[str, Any]


def add_json_output(body: Mapping[str, Any], output: JsonOutput, wire: str) -> Fields:
    """``body``, asking for JSON; a forced tool is already in it."""
    spelled = _FORMATS[wire](output) if output.mode in _MODES else {}
    if output.mode == "tool":
        spelled = _CHOICES.get(wire, {})
    fields: Mapping[str, Any] = output.fields if output.mode != "prompt" else {}
    if wire == "dashscope":
        fields = {"parameters": fields} if fields else {}
    # null may be part of a schema
    return deep_merge(deep_merge(body, fields), spelled, keep_null=True)


#: The modes set in the body; the others are a tool, or words.
_MODES = frozenset(("strict", "best_effort", "json"))


def _named_schema(output: JsonOutput) -> Fields:
    strict = output.mode == "strict"
    return {"name": output.name, "schema": dict(output.schema), "strict": strict}


def _response_format(output: JsonOutput) -> Fields:
    """The ``response_format`` of chat completions."""
    if output.mode == "json":
        return {"response_format": {"type": "json_object"}}
    return {"response_format": {"type": "json_schema", "json_schema": _named_schema(output)}}


def _text_format(output: JsonOutput) -> Fields:
    if output.chat_shape:
        return _response_format(output)
    if output.mode == "json":
        return {"text": {"format": {"type": "json_object"}}}
    return {"text": {"format": {"type": "json_schema", **_named_schema(output)}}}


def _output_config(output: JsonOutput) -> Fields:
    """The ``output_config`` of Messages, which has no JSON mode without a schema."""
    if output.mode == "json":
        return {}
    return {"output_config": {"format": {"type": "json_schema", "schema": dict(output.schema)}}}


def _generation_config(output: JsonOutput) -> Fields:
    schema = {"responseJsonSchema": dict(output.schema)} if output.schema else {}
    return {"generationConfig": {"responseMimeType": "application/json", **schema}}


def _text_of_type(output: JsonOutput) -> Fields:
    schema = {"schema": dict(output.schema)} if output.schema else {}
    return {"response_format": {"type": "text", "mime_type": "application/json", **schema}}


_FORMATS: Mapping[str, Callable[[JsonOutput], Fields]] = {
    "chat": _response_format,
    "responses": _text_format,
    "messages": _output_config,
    "gemini": _generation_config,
    "interactions": _text_of_type,
    "dashscope": lambda output: {"parameters": _response_format(output)},
}

#: How each wire forces a call of the tool.
_CHOICES: Mapping[str, Fields] = {
    "chat": {"tool_choice": {"type": "function", "function": {"name": TOOL}}},
    "responses": {"tool_choice": {"type": "function", "name": TOOL}},
    "messages": {"tool_choice": {"type": "tool", "name": TOOL}},
    "gemini": {
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": [TOOL]}}
    },
    "dashscope": {"parameters": {"tool_choice": {"type": "function", "function": {"name": TOOL}}}},
}
