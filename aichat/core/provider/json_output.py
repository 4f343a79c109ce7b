"""Choosing how to ask a server for JSON that matches a schema.

The ways, best first: strict, best effort, a forced tool call, JSON of any shape, words in
the prompt.
"""

import re
from collections.abc import Iterator

from aichat.core.message.json_schema.dialect import DIALECTS
from aichat.core.message.json_schema.output import AnswerSchema, JsonOutput, wrap_schema
from aichat.core.message.json_schema.rewrite import rewrite_schema
from aichat.core.provider.provider import JsonSupport
from aichat.values import NamedTuple

#: The remark on each way that does not enforce the schema.
_REMARKS = {
    "best_effort": "the server only tries to match the schema",
    "tool": "the schema is that of a tool which has to be called",
    "json": "the server holds the answer to JSON only; the schema is in the prompt",
    "prompt": "the schema is in the prompt only",
}


class SchemaNeighbours(NamedTuple):
    """What else a request has besides its schema."""

    model: str
    region: str | None = None
    effort: str | None = None
    tools: bool = False  # the client's or the server's


class JsonFit(NamedTuple):
    """How a server is asked, a remark on that, and why it cannot be asked, if so."""

    output: JsonOutput
    streams: bool = True
    remarks: tuple[str, ...] = ()
    refusal: str = ""


def fit_json_output(asked: AnswerSchema, support: JsonSupport, beside: SchemaNeighbours) -> JsonFit:
    """The best way that ``support`` has for a model, with the simpler ones below it."""
    refuses = support.refuses_tools and re.search(support.refuses_tools, beside.model)
    obstacles: list[str] = []
    ways = [*_ways(asked, support, beside, obstacles)]
    best = ways[0]._replace(lower=tuple(ways[1:]))
    streams = support.streams or best.mode == "prompt"
    if refuses and beside.tools:
        why = "--schema is not supported beside tools: nothing was sent; leave one of them out"
        return JsonFit(best, streams, refusal=why)
    remarks: tuple[str, ...] = ()
    if best.mode != "strict" and (obstacles or best.mode != "best_effort"):
        why = f" ({obstacles[0]})" if obstacles else ""
        remarks = (f"{beside.model}: {_REMARKS[best.mode]}{why}; the answer is checked here",)
    return JsonFit(best, streams, remarks)


def _ways(
    asked: AnswerSchema, support: JsonSupport, beside: SchemaNeighbours, obstacles: list[str]
) -> Iterator[JsonOutput]:
    fields = support.fields if beside.effort is None else {}
    blank = JsonOutput("", asked.name, fields=fields, chat_shape=support.chat_shape)
    told = "" if support.is_told else asked.instruction
    for mode, models in support.modes:
        if not re.search(models, beside.model):
            continue
        if mode != "json" and beside.region in support.not_in:
            continue
        if mode == "tool" and (beside.tools or beside.effort not in (None, "none")):
            continue  # a tool cannot be forced on a model that thinks
        if mode == "json":
            if not fields and support.fields and beside.effort != "none":
                continue  # nor JSON on one that was asked to think
            yield blank._replace(mode=mode, instruction=asked.instruction)
        elif mode == "strict":
            made = rewrite_schema(asked.schema.schema, DIALECTS[support.dialect])
            if made.obstacle:
                obstacles.append(made.obstacle)
                continue
            yield blank._replace(mode=mode, schema=made.schema, instruction=told)
        elif isinstance(asked.schema.schema, dict):
            schema = wrap_schema(asked.schema.schema)
            yield blank._replace(mode=mode, schema=schema, instruction=told)
    yield JsonOutput("prompt", asked.name, instruction=asked.instruction)
