"""Calls that cost money: sent once, and retried only if nothing can have been done."""

from collections.abc import Callable
from typing import TypeVar

from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext
from aichat.app.calls.retry import RetryLoop
from aichat.core.http.call import Call
from aichat.core.http.retry import NOT_BEGUN, can_repeat
from aichat.disk.catalogue import cards
from aichat.errors import AichatError, Fault, Interrupted
from aichat.net import http
from aichat.term.widgets.spinner import Spinner

T = TypeVar("T")

#: The hint before a repetition.
BILLING_HINT = "it may have been made and billed: look before you ask again"


def send_paid(
    context: ResourceContext, call: Call, model: str, read: Callable[[http.Response], T]
) -> T:
    """Send a call and return what ``read`` makes of the answer.

    Errors: as of any request, with a hint if it may have been billed nevertheless; the hint is
    also printed if a signal ends it.
    """
    caller = Caller(context.endpoint, context.world.clock, context.options, model)
    loop = RetryLoop(
        caller,
        context.world.clock,
        # the caller marks a connection that failed while sending
        lambda fault: can_repeat(call.method, fault, sent=False, keyed=False),
    )
    spinner = Spinner(context.world, f"{context.endpoint.provider.name} {model}")
    found: list[T] = []
    try:
        while loop.begin_attempt():
            if not context.quiet:
                spinner.start()
            try:
                with loop, caller.send(call) as response:
                    found.append(read(response))
            finally:
                spinner.stop()
            if loop.wait:
                context.say(loop.wait.why)
    except AichatError as error:
        if _may_be_billed(error.fault):
            error.fault = error.fault._replace(hint=BILLING_HINT)
        elif error.fault.kind == "not_found" and (hint := _successor_hint(context, model)):
            error.fault = error.fault._replace(hint=hint)
        raise
    except Interrupted as interrupted:
        if not (found or interrupted.is_closed_pipe):  # sent or not: the server may have acted
            context.world.say(f"aichat: {BILLING_HINT}")
        raise
    return found[-1]


def _successor_hint(context: ResourceContext, model: str) -> str:
    """A hint with the successor of a retired model."""
    card = cards.card(context.endpoint.provider.id, model.removeprefix("models/"))
    when = f" since {card.retired}" if card.retired else ""
    return f"{card.id} was retired{when}: use {card.successor}" if card.successor else ""


def _may_be_billed(fault: Fault) -> bool:
    """Whether the server may have started on the request."""
    begun = fault.status is not None and fault.status >= 500
    return fault.kind in ("timeout", "truncated") or (begun and fault.status not in NOT_BEGUN)
