"""Preparing a question for any endpoint: what is asked, in which conversation, with which tools."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from aichat.app.question.attachments import read_named_file
from aichat.app.question.input import Question, read_system_prompt, read_tools
from aichat.app.question.thread import (
    Instructions,
    PendingTurns,
    Thread,
    UserInput,
    parse_tool_results,
    pending_turns,
)
from aichat.app.setup.setup import RecalledOptions, Setup
from aichat.core.cli.options import AskOptions
from aichat.core.conversation.turn import title_from
from aichat.core.message.compose import user_message
from aichat.core.message.tool_schema import Tool
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.core.message.json_schema.output import AnswerSchema
    from aichat.core.provider.realtime import Speech


class PreparedQuestion(NamedTuple):
    """A question for any endpoint; ``recalled_options`` are those of the conversation.

    ``goes_on``: more questions are expected. ``speech``: which parts are sound.
    """

    pending: PendingTurns
    system: str | None
    tools: tuple[Tool, ...]
    recalled_options: RecalledOptions = RecalledOptions()
    tools_off: bool = False
    goes_on: bool = False
    schema: "AnswerSchema | None" = None
    speech: "Speech | None" = None


def read_instructions(
    setup: Setup, options: AskOptions, thread: Thread, tell: Callable[[str], None]
) -> Instructions:
    """Read everything but the words, so that errors are reported before stdin is read.

    A conversation keeps its system prompt, unless another one is given ("" removes it).
    """
    keeps = thread.path and options.target.system is None and not options.target.profile
    return Instructions(
        None if keeps else read_system_prompt(setup, tell),
        read_tools(options.sampling.tools) or thread.tools,
        parse_tool_results(options.conversation.tool_result, read_named_file),
        schema=_read_schema(setup, options),
    )


def _read_schema(setup: Setup, options: AskOptions) -> "AnswerSchema | None":
    sampling = options.sampling
    typed = sampling.schema_list or sampling.rows or sampling.csv or sampling.tsv
    if not (setup.conduct.schema or typed):
        return None
    from aichat.app.question import json_output  # few ask for it

    json_output.check_rows(options)
    return (
        json_output.read_schema(setup, options) if json_output.is_wanted(setup, options) else None
    )


def prepare(
    thread: Thread,
    instructions: Instructions,
    question: Question,
    now: float,
    tell: Callable[[str], None],
) -> PreparedQuestion:
    """Prepare the question as the next turns of its conversation.

    Errors: ``usage`` if there is nothing to ask, or a result has no call.
    """
    text, files = question
    message = user_message(text, files) if text.strip() or files else None
    title = thread.title or title_from(text) or title_from(files[0].name if files else "")
    pending = pending_turns(
        thread._replace(title=title), UserInput(message, instructions), now, tell
    )
    own = thread.system if instructions.system is None else instructions.system
    system = "\n\n".join(filter(None, (own, instructions.guidance))) or own
    schema = instructions.schema
    if schema and pending.unfinished:
        tell("the rest of an answer is not held to the schema")
        schema = None
    tools, off = instructions.tools, False
    if not instructions.tools_run:  # local tools do not run any more
        off = bool(tools) and all(tool.runs_here for tool in tools)
        tools = tools if off else tuple(tool for tool in tools if not tool.runs_here)
    goes_on = bool(thread.path or tools)
    recalled = thread.recalled_options
    return PreparedQuestion(pending, system, tools, recalled, off, goes_on, schema)
