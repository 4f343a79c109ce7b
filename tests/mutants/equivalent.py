"""Mutants that nobody could notice: each with the reason."""

from typing import NamedTuple


class Equivalent(NamedTuple):
    """A change that changes nothing: the line before and after, as unparsed, and why."""

    file: str
    function: str
    before: str
    after: str
    why: str


EQUIVALENT: tuple[Equivalent, ...] = (
    Equivalent(
        "core/exchange/fold.py",
        "AnswerBuilder._add_opaque",
        "part = Reasoning('', event.data, event.id, event.redacted)",
        "part = Reasoning('x', event.data, event.id, event.redacted)",
        "the text of a part is put together when it is closed",
    ),
    Equivalent(
        "core/exchange/fold.py",
        "AnswerBuilder._start_call",
        "call = ToolCall(event.id, event.name, '', event.item_id, event.signature, event",
        "call = ToolCall(event.id, event.name, 'x', event.item_id, event.signature, event",
        "the arguments of a call are put together when it is closed",
    ),
    Equivalent(
        "core/exchange/fold.py",
        "",
        ", _NO_REASONING = (Text(''), Reasoning(''))",
        ", _NO_REASONING = (Text(''), Reasoning('x'))",
        "the text of a part is put together when it is closed",
    ),
    Equivalent(
        "core/exchange/fold.py",
        "",
        "_NO_TEXT, _NO_REASONING = (Text(''), Reasoning(''))",
        "_NO_TEXT, _NO_REASONING = (Text('x'), Reasoning(''))",
        "the text of a part is put together when it is closed",
    ),
    Equivalent(
        "core/exchange/cost_meter.py",
        "",
        "_MAX_TOKENS = 1 << 24",
        "_MAX_TOKENS = 2 << 24",
        "no answer has so many tokens",
    ),
    Equivalent(
        "core/exchange/cost_meter.py",
        "",
        "_MAX_TOKENS = 1 << 24",
        "_MAX_TOKENS = 1 << 25",
        "no answer has so many tokens",
    ),
    Equivalent(
        "core/exchange/cost_meter.py",
        "CostMeter._affordable_output",
        "return low if low < _MAX_TOKENS - 1 else 1 << 62",
        "return low if low < _MAX_TOKENS - 2 else 1 << 62",
        "no answer has so many tokens",
    ),
    Equivalent(
        "core/exchange/fit.py",
        "_set_budget",
        "whole = 2 ** 20 if card.budget_beside else (card.",
        "whole = 3 ** 20 if card.budget_beside else (card.",
        "no level asks for so many tokens",
    ),
    Equivalent(
        "core/exchange/fit.py",
        "_set_budget",
        "whole = 2 ** 20 if card.budget_beside else (card.max_ou",
        "whole = 2 ** 21 if card.budget_beside else (card.max_ou",
        "no level asks for so many tokens",
    ),
    Equivalent(
        "core/http/url.py",
        "",
        '_SAFE = "/:?&=%+,;@!$\'()*~[]"',
        '_SAFE = "/:?&=%+,;@!$\'()*~[]x"',
        "a letter is never encoded",
    ),
    Equivalent(
        "core/billing/totals.py",
        "currencies",
        "counts[currency] = counts.get(currency, 0) + sums.requests",
        "counts[currency] = counts.get(currency, 1) + sums.requests",
        "one more for every currency leaves their order",
    ),
    Equivalent(
        "wires/responses/items.py",
        "tool_name",
        "em.get('name') or str(item.get('type', '')).removesuffix('_call'))",
        "em.get('name') or str(item.get('type', 'x')).removesuffix('_call'))",
        "only items that have a type are named",
    ),
    Equivalent(
        "core/cli/each/template.py",
        "parse_template",
        "pieces.append(sign[0] if sign in ('{{', '}}') else Field(sig",
        "pieces.append(sign[1] if sign in ('{{', '}}') else Field(sig",
        "both braces of a pair are the same",
    ),
)
