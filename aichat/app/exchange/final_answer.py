"""The final answer of an exchange: with its cost, fault and hint."""

from collections.abc import Callable, Iterable
from functools import partial

from aichat.app.calls.caller import WRONG_PATH
from aichat.app.exchange.exchange import Exchange
from aichat.app.question.request import Attempt
from aichat.core.cli.options import OutputOptions
from aichat.core.config.precedence import value_of
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import with_fault
from aichat.core.exchange.request import has_user_limit
from aichat.core.http.error_response import KEPT
from aichat.core.provider.endpoint import Endpoint
from aichat.disk.catalogue import cards, uncatalogued
from aichat.errors import Fault


def final_answer(exchange: Exchange, attempt: Attempt) -> Answer:
    """The answer with its cost, and with the fault that its ending amounts to."""
    answer = with_fault(
        billed_answer(exchange, attempt),
        user_limited=has_user_limit(attempt.request, attempt.target),
    )
    configured = attempt.setup.provider_table.get("models", ())
    names = partial(uncatalogued.names, attempt.setup.environ, attempt.target.provider, configured)
    return with_successor(answer, attempt.target, names)


def billed_answer(exchange: Exchange, attempt: Attempt) -> Answer:
    """The answer so far, with its cost."""
    from aichat.app.billing.answer_cost import with_cost  # late, when no request waits

    plan = value_of(attempt.setup.money.tier)
    return with_cost(exchange.answer(), attempt.request, attempt.target, plan, attempt.at)


def load_prices(attempt: Attempt) -> None:
    """Load the prices while we wait for the answer, to save time at its end."""
    from aichat.app.billing import answer_cost

    answer_cost.load_prices(attempt.target, attempt.request.model)


def check_extract(answer: Answer, output: OutputOptions) -> Answer:
    """With ``-x``, an answer without the wanted code block gets a fault (exit 12)."""
    language = output.extract_lang
    if not (output.extract or language) or answer.fault:
        return answer
    from aichat.term.markdown.code.numbered import first_block  # here, since few ask for it

    if first_block(answer.text, language) is not None:
        return answer
    what = f"no {language} code block" if language else "no code block"
    return answer._replace(fault=Fault("no_code", f"the answer has {what}"))


def with_successor(answer: Answer, target: Endpoint, names: Callable[[], Iterable[str]]) -> Answer:
    """For an unknown model, hint at its successor, or at the nearest name.

    ``names`` returns the provider's models, as far as known.
    """
    fault, card = answer.fault, target.card
    if fault is None or fault.kind != "not_found" or fault.param == KEPT:
        return answer
    if card.successor is None and fault.param == WRONG_PATH:
        return answer
    if card.successor is None:
        hint = _model_hint(fault.model or "", target.provider.id, names) or fault.hint
        return answer._replace(fault=fault._replace(hint=hint))
    when = f" since {card.retired}" if card.retired else ""
    hint = f"{card.id} was retired{when}: use {card.successor}"
    return answer._replace(fault=fault._replace(hint=hint))


def _model_hint(model: str, provider: str, names: Callable[[], Iterable[str]]) -> str:
    """Which provider has the model, or which model has a similar name."""
    from difflib import get_close_matches  # only here: most models are there

    from aichat.core.catalogue.search import close_model

    others = [name for name in cards.owners(model) if name != provider]
    if others:
        return f"{model} is served by {others[0]}: -m {others[0]}/{model}"
    known = {*names()} - {model}
    ends = {name.rpartition("/")[2]: name for name in sorted(known)}  # typed without its maker
    close = [*filter(None, [close_model(model, known)])] or get_close_matches(model, known, 3)
    close = close or [ends[end] for end in get_close_matches(model, ends, 3)]
    return f"did you mean {' or '.join(close)}?" if close else ""
