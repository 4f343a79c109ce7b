"""``aichat balance``: an account's credit, spending or key, as far as its provider reports them."""

from collections.abc import Mapping, Sequence
from typing import Any

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.probe import probe_call
from aichat.app.calls.resource import (
    Ability,
    ResourceContext,
    ResourceOptions,
    document,
    fetch_object,
    open_resource,
    protocol_error,
    shared_options,
)
from aichat.app.models.gone import gone_help
from aichat.commands.balance.spending import admin_context, read_spending, start_of
from aichat.core.billing.money import BILLION, format_amount
from aichat.core.cli.argv import Command, Option
from aichat.core.text.json import get_object
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.catalogue import models
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple
from aichat.wires.resources.account.spending import Spent, spending_call

#: Larger amounts are taken for errors.
_MAX_AMOUNT = 10**12

_HEAD = ("what", "amount", "currency")


class BalanceOptions(NamedTuple):
    """The options of ``aichat balance``; ``since`` is for spending."""

    since: str | None
    shared: ResourceOptions


def run(world: World, options: BalanceOptions) -> int:
    """Print the credit, the spending, or the key's details, whichever the provider reports."""
    # an administrator's key is resolved separately
    opened = open_resource(world, options.shared._replace(dry_run=True), _TELLS)
    if opened.endpoint.provider.resources.spending:
        return _show_spending(opened, options)
    if options.since:
        raise usage_error(f"{opened.endpoint.provider.name} does not tell what was spent")
    context = open_resource(world, options.shared, _TELLS)
    call = probe_call(context.endpoint)
    if options.shared.dry_run:
        print_call(world, call)
        return 0
    told = fetch_object(context, call)
    if context.endpoint.provider.probe.balance:
        return _show_balance(context, options, told)
    return _show_key(context, options, told)


_TELLS = Ability(
    lambda provider: (
        provider.probe.balance or provider.resources.spending or provider.probe.blocked
    ),
    "tells nothing of an account",
)


def _show_balance(
    context: ResourceContext, options: BalanceOptions, told: Mapping[str, Any]
) -> int:
    amounts, currency = _amounts(context, told), _currency(context)
    if options.shared.json:
        context.world.write_json(
            document(context.endpoint, "balance", currency=currency, amounts=amounts)
        )
    else:
        rows = [(sanitize_line(name), f"{n:.2f}", currency) for name, n in amounts.items()]
        _print(context.world, _HEAD, rows)
    return 0


def _show_spending(opened: ResourceContext, options: BalanceOptions) -> int:
    shared = options.shared
    context = admin_context(opened, dry=shared.dry_run)
    since = start_of(context, options.since)
    if shared.dry_run:
        print_call(context.world, spending_call(context.endpoint, since))
        return 0
    found = read_spending(context, since)
    if shared.json:
        entries = [
            {"what": each.what, "amount": each.amount / BILLION, "currency": each.currency}
            for each in found
        ]
        context.world.write_json(document(context.endpoint, "balance", since=since, spent=entries))
        return 0
    rows = [(sanitize_line(each.what), format_amount(each.amount), each.currency) for each in found]
    _print(context.world, _HEAD, [*rows, *_totals(found)])
    return 0


def _totals(found: Sequence[Spent]) -> list[tuple[str, str, str]]:
    """The sum for each currency."""
    currencies = dict.fromkeys(each.currency for each in found)
    sums = {c: sum(each.amount for each in found if each.currency == c) for c in currencies}
    return [("all", format_amount(amount), currency) for currency, amount in sums.items()]


def _show_key(context: ResourceContext, options: BalanceOptions, told: Mapping[str, Any]) -> int:
    """Print xAI's details of the key in use."""
    facts = {
        name: value
        for name, value in told.items()
        if isinstance(value, str | bool) or (isinstance(value, list) and name == "acls")
    }
    if not facts:
        raise protocol_error(context, "the answer tells nothing of the key")
    if options.shared.json:
        context.world.write_json(document(context.endpoint, "balance", key=facts))
        return 0
    rows = [(sanitize_line(name), sanitize_line(_words(value))) for name, value in facts.items()]
    _print(context.world, ("what", "value"), rows)
    return 0


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _amounts(context: ResourceContext, answer: Mapping[str, Any]) -> dict[str, float]:
    """The remaining credit, then the other amounts."""
    *way, name = context.endpoint.provider.probe.balance
    told = answer
    for step in way:
        told = get_object(told, step)
    found = {
        key: float(value)
        for key, value in told.items()
        if isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < _MAX_AMOUNT
    }
    if name not in found:
        raise protocol_error(context, "the answer has no balance")
    return {name: found.pop(name), **found}


def _currency(context: ResourceContext) -> str:
    endpoint = context.endpoint
    where = models.region(endpoint.provider, endpoint.region, endpoint.base_url)
    return endpoint.provider.probe.currencies.get(where, "USD")


def _print(world: World, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    world.write_text(
        format_table(head, rows, terminal=world.stdout_tty, columns=world.columns(), cuts=True)
    )


COMMAND = Command(
    name="balance",
    summary="Show the credit left, or what was spent, as the provider counts.",
    examples=("aichat balance -p moonshot", "aichat balance -p openai --since 7d --json"),
    options=(
        Option(
            ("--since",),
            "What was spent since (OpenAI, Anthropic, with an admin key): 7d, month.",
            metavar="WHEN",
        ),
        *shared_options(),
    ),
    run=run,
    reads=BalanceOptions,
    extra_help=gone_help("balance"),
)
