"""An answer of a schema: as the user asks for it, and as one request asks a server."""

import json
from collections.abc import Mapping
from typing import Any

from aichat.core.message.json_schema.position import Mismatch
from aichat.core.message.json_schema.reading import find_json, restore
from aichat.core.message.json_schema.rewrite import WRAPPER
from aichat.core.message.json_schema.validate import Schema
from aichat.core.message.tool_schema import Tool
from aichat.core.text.json import MAX_DEPTH, is_deep
from aichat.values import NamedTuple

#: The tool that has to be called where a server takes a schema only of a tool.
TOOL = "respond"


class AnswerSchema(NamedTuple):
    """What an answer has to be; ``name`` is one that every server takes."""

    schema: Schema
    name: str = "answer"

    @property
    def text(self) -> str:
        """The schema as it is told in words."""
        return json.dumps(self.schema.schema, ensure_ascii=False, separators=(",", ":"))

    @property
    def instruction(self) -> str:
        """What is said in the prompt where a server cannot be told otherwise."""
        return (
            "Answer with JSON only: no code fence, no other words. "
            f"It has to match this JSON Schema:\n{self.text}"
        )

    def repair_prompt(self, mismatch: Mismatch) -> str:
        """What is asked where an answer did not match."""
        return (
            f"Your answer does not match the schema at {mismatch.path}: {mismatch.message}. "
            f"Give the whole answer again, corrected. {self.instruction}"
        )


class JsonOutput(NamedTuple):
    """One way to ask a server for JSON; ``lower`` are the ways that are left if it refuses.

    ``mode`` as in ``JsonSupport``, or ``prompt``. ``schema`` is in the server's dialect;
    ``fields`` go into the body beside it.
    """

    mode: str
    name: str
    schema: Mapping[str, Any] = {}
    instruction: str = ""
    fields: Mapping[str, Any] = {}
    chat_shape: bool = False
    lower: tuple["JsonOutput", ...] = ()

    @property
    def tool_name(self) -> str:
        """What the tool is called where a tool is the way."""
        return TOOL

    @property
    def tool(self) -> Tool | None:
        """The tool whose arguments are the answer, where that is the way."""
        if self.mode != "tool":
            return None
        return Tool(TOOL, "Give the answer by calling this, once.", self.schema)


class HeldAnswer(NamedTuple):
    """What a text holds: the value that matches a schema, or why none does."""

    value: Any = None
    mismatch: Mismatch | None = None


def hold(text: str, asked: AnswerSchema) -> HeldAnswer:
    """The JSON in an answer's text, held to its schema; the first that matches is meant."""
    first = None
    for found in find_json(text):
        held = _hold_value(found, asked.schema)
        if held.mismatch is None:
            return held
        first = first or held.mismatch
    return HeldAnswer(mismatch=first or Mismatch("$", "there is no JSON"))


def _hold_value(found: Any, schema: Schema) -> HeldAnswer:
    if is_deep(found):
        return HeldAnswer(mismatch=Mismatch("$", f"has more than {MAX_DEPTH} levels"))
    value = restore(found, schema)
    return HeldAnswer(value, schema.mismatch(value))


def wrap_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema whose value is an object: it is put into one where it is none."""
    if schema.get("type") == "object":
        return schema
    below = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in below}
    outer = {"type": "object", "properties": {WRAPPER: inner}, "required": [WRAPPER]}
    return {**outer, "additionalProperties": False, **below}
