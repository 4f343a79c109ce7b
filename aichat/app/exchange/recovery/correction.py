"""Checking an answer against its schema, and asking once more if it does not match.

The correction is a request of its own: it is announced, its cost counts, and the spending
limits apply to both together.
"""

from collections.abc import Callable

from aichat.app.billing.remaining import rest_of_limit
from aichat.core.billing.money import total_cost
from aichat.core.billing.usage import sum_usage
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.request import Request
from aichat.core.message.json_schema.items import ItemReader
from aichat.core.message.json_schema.output import AnswerSchema, hold
from aichat.core.message.json_schema.position import Mismatch
from aichat.core.message.message import Message, Refusal, Text, ToolCall
from aichat.errors import Fault
from aichat.values import NamedTuple


class JudgedAnswer(NamedTuple):
    """An answer with its value, or with the mismatch as its fault."""

    answer: Answer
    mismatch: Mismatch | None = None


def judge(answer: Answer, asked: AnswerSchema) -> JudgedAnswer:
    """Check ``answer`` against its schema, unless it has a fault, or ends in tool calls."""
    parts = answer.message.parts
    calls = answer.finish_reason == "tool_calls" and any(isinstance(p, ToolCall) for p in parts)
    if answer.fault or calls:
        return JudgedAnswer(answer)
    held = hold(answer.text, asked)
    if held.mismatch is None:
        return JudgedAnswer(answer._replace(value=held.value))
    path, message = held.mismatch
    fault = Fault(
        "schema",
        f"the answer does not match the schema at {path}: {message}",
        provider=answer.provider,
        model=answer.model,
    )
    if any(isinstance(part, Refusal) for part in parts):
        fault = fault._replace(kind="refusal", message="the model refused to answer")
    return JudgedAnswer(answer._replace(fault=fault), held.mismatch)


def can_be_corrected(judged: JudgedAnswer, asked: AnswerSchema, options: AskOptions) -> bool:
    """Whether to ask again: the answer is complete, and no row of it has been shown."""
    answer = judged.answer
    if judged.mismatch is None or answer.finish_reason != "stop" or not answer.text.strip():
        return False
    if answer.fault is None or answer.fault.kind != "schema":
        return False
    return not (options.sampling.rows and ItemReader(asked).feed(answer.text))


def correction(request: Request, judged: JudgedAnswer, asked: AnswerSchema) -> Request:
    """The request for a corrected answer, which says what was wrong."""
    mismatch = judged.mismatch or Mismatch("$", "")
    said = Message("assistant", (Text(judged.answer.text),))
    asks = Message("user", (Text(asked.repair_prompt(mismatch)),))
    return request._replace(messages=(*request.messages, said, asks))


def join_answers(first: Answer, second: Answer) -> Answer:
    """The corrected answer ``second``, with the usage and cost of both."""
    outcome = second.schema._replace(repaired=True) if second.schema else None
    return second._replace(
        usage=sum_usage((first.usage, second.usage)),
        cost=total_cost((first.cost, second.cost)),
        schema=outcome,
    )


#: Sends a correction and returns the answer; None if it may not be sent.
Send = Callable[[Request, AskOptions], Answer | None]


class SettledAnswer(NamedTuple):
    """The answer to show, and the one to store if that differs."""

    shown: Answer
    stored: Answer


def settle(
    answer: Answer,
    asked: AnswerSchema,
    options: AskOptions,
    request: Request,
    tell: Callable[[str], object],
    send: Send,
) -> SettledAnswer:
    """Check ``answer`` against the schema, and ask once more if it does not match."""
    judged = judge(answer, asked)
    if not can_be_corrected(judged, asked, options):
        return SettledAnswer(judged.answer, answer)
    why = judged.answer.fault.message if judged.answer.fault else ""
    left = rest_of_limit(options, answer.whole_cost)
    if left is None:
        tell(f"{why}; --max-cost leaves nothing to have it corrected")
        return SettledAnswer(judged.answer, answer)
    tell(f"{why}; it is asked once more to correct that")
    second = send(correction(request, judged, asked), left)
    if second is None:
        return SettledAnswer(judged.answer, answer)
    second = second._replace(short_form=answer.short_form, summary=answer.summary)
    if second.schema:
        second = second._replace(schema=second.schema._replace(repaired=True))
    shown = judge(join_answers(answer, second), asked).answer
    if shown.fault and shown.fault.kind != "schema" and not shown.fault.signum:
        shown = join_answers(answer, judged.answer)._replace(
            cost=shown.cost, usage=shown.usage, schema=answer.schema
        )
    return SettledAnswer(shown, second)
