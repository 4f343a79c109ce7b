"""An answer that has to match a schema: as the user asks for it, and as a server is asked."""

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

#: The name of the forced tool, for servers that accept a schema only for a tool.
TOOL = "respond"


class AnswerSchema(NamedTuple):
    """The schema of an answer; ``name`` is one that every server accepts."""

    schema: Schema
    name: str = "answer"

    @property
    def text(self) -> str:
        """The schema as text."""
        return json.dumps(self.schema.schema, ensure_ascii=False, separators=(",", ":"))

    @property
    def instruction(self) -> str:
        """The instruction in the prompt, if a server cannot be told otherwise."""
        return (
            "Answer with JSON only: no code fence, no other words. "
            f"It has to match this JSON Schema:\n{self.text}"
        )

    def repair_prompt(self, mismatch: Mismatch) -> str:
        """The request to correct an answer that did not match."""
        return (
            f"Your answer does not match the schema at {mismatch.path}: {mismatch.message}. "
            f"Give the whole answer again, corrected. {self.instruction}"
        )


class JsonOutput(NamedTuple):
    """One way to ask a server for JSON; ``lower`` are the simpler ways left if it refuses.

    ``mode`` is as in ``JsonSupport``, or ``prompt``. ``schema`` is in the server's dialect;
    ``fields`` go into the body in addition.
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
        """The tool's name, if a forced tool is the way."""
        return TOOL

    @property
    def tool(self) -> Tool | None:
        """The tool whose arguments are the answer, if that is the way."""
        if self.mode != "tool":
            return None
        return Tool(TOOL, "Give the answer by calling this, once.", self.schema)


class HeldAnswer(NamedTuple):
    """What was found in a text: the value that matches a schema, or why none does."""

    value: Any = None
    mismatch: Mismatch | None = None


def hold(text: str, asked: AnswerSchema) -> HeldAnswer:
    """Check the JSON in an answer's text against its schema; the first match counts."""
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
    """A schema for an object: any other value is wrapped in one."""
    if schema.get("type") == "object":
        return schema
    below = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in below}
    outer = {"type": "object", "properties": {WRAPPER: inner}, "required": [WRAPPER]}
    return {**outer, "additionalProperties": False, **below}
