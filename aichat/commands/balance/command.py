"""``aichat balance``: the credit that is left with a provider."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.probe import probe_call
from aichat.app.calls.resource import (
    ResourceContext,
    ResourceOptions,
    document,
    fetch_object,
    open_resource,
    protocol_error,
    shared_options,
)
from aichat.core.cli.argv import Command
from aichat.core.text.json import get_object
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.catalogue import models
from aichat.process.world import World
from aichat.term.widgets.table import format_table

#: Amounts that are beyond belief.
_MAX_AMOUNT = 10**12


class BalanceOptions(NamedTuple):
    """Whose credit."""

    shared: ResourceOptions


def run(world: World, options: BalanceOptions) -> int:
    """Print what is left, and what it consists of."""
    context = open_resource(
        world, options.shared, lambda provider: provider.probe.balance, "does not tell a balance"
    )
    call = probe_call(context.endpoint)
    if options.shared.dry_run:
        print_call(world, call)
        return 0
    amounts = _amounts(context, fetch_object(context, call))
    currency = _currency(context)
    if options.shared.json:
        world.write_json(document(context, "balance", currency=currency, amounts=amounts))
        return 0
    rows = [(sanitize_line(name), f"{amount:.2f}", currency) for name, amount in amounts.items()]
    head = ("what", "amount", "currency")
    world.write_text(
        format_table(head, rows, terminal=world.stdout_tty, columns=world.columns(), cuts=True)
    )
    return 0


def _amounts(context: ResourceContext, answer: Mapping[str, Any]) -> dict[str, float]:
    """What is left, first of all, and the other amounts beside it."""
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


COMMAND = Command(
    name="balance",
    summary="Show the credit that is left with a provider.",
    examples=("aichat balance -p moonshot", "aichat balance -p moonshot --json"),
    options=shared_options(),
    run=run,
    reads=BalanceOptions,
)
