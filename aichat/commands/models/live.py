"""``aichat models --live``: the providers' own lists, requested in parallel and cached."""

from collections.abc import Iterator, Sequence

from aichat.app.calls import model_list
from aichat.app.calls.caller import CallOptions
from aichat.app.calls.fan_out import JobGroup
from aichat.app.models.sources import ModelSources
from aichat.app.setup.endpoint import connection_options, make_endpoint
from aichat.app.setup.keys import find_key
from aichat.core.catalogue.model_list import ListedModel
from aichat.core.config.precedence import value_of
from aichat.core.provider.provider import Provider
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.cache import model_lists
from aichat.errors import AichatError, Fault
from aichat.term.widgets.progress import StatusLine
from aichat.values import NamedTuple

#: The default timeout of a silent list, and the limit for all lists together, in seconds.
MAX_SILENCE, MAX_SECONDS = 30.0, 90.0


class ListOutcome(NamedTuple):
    """The outcome for one provider: its models, or why there are none."""

    provider: Provider
    models: Sequence[ListedModel] = ()
    fault: Fault | None = None


#: Lines about waits, and finally the outcome.
ListEvent = str | ListOutcome


def refresh_lists(sources: ModelSources, named: bool) -> list[ListOutcome]:
    """Request the chosen providers' lists, cache them, and report failures, in the manual's order.

    Errors: ``missing_key`` if no provider can be asked.
    """
    asked = [p for p in sources.providers if not p.engine and (named or sources.has_key(p))]
    if not asked and not (named and sources.providers[0].engine):
        raise AichatError(
            Fault(
                "missing_key",
                "no provider to use: no API key is set",
                "set a variable such as GROQ_API_KEY, or run: aichat keys set groq",
            )
        )
    outcomes = _fetch_all(sources, asked)
    for outcome in outcomes:
        if outcome.fault:
            sources.world.report_fault(outcome.fault)
        else:
            base_url = sources.base_url(outcome.provider)
            now = sources.world.clock.now()
            cached = model_lists.CachedModelList(base_url, now, tuple(outcome.models))
            model_lists.write(sources.inventory.cache, outcome.provider.id, cached)
    return outcomes


def fetch_model(sources: ModelSources, provider: Provider, model: str) -> ListedModel:
    """A provider's own entry for one model, which is cached. Errors: as of any request."""
    found = model_list.fetch_model(_list_call(sources, provider), model)
    cached = model_lists.CachedModelList(
        sources.base_url(provider), sources.world.clock.now(), (found,)
    )
    model_lists.update(sources.inventory.cache, provider.id, cached)
    return found


def _list_call(sources: ModelSources, provider: Provider) -> model_list.ListCall:
    setup, world = sources.setup(provider), sources.world
    key = None if provider.listing.open and not sources.has_key(provider) else find_key(setup)
    silence = value_of(setup.conduct.timeout) or MAX_SILENCE
    connection = connection_options(setup, silence, stream=False)
    return model_list.ListCall(
        make_endpoint(setup, key), world.clock, CallOptions(connection), world.say
    )


def _fetch_all(sources: ModelSources, providers: Sequence[Provider]) -> list[ListOutcome]:
    """Request all lists in parallel; commands that print keys are run before, in turn."""
    world = sources.world
    outcomes: dict[int, ListOutcome] = {}
    with JobGroup[ListEvent]() as group:
        for number, provider in enumerate(providers):
            try:
                list_call = _list_call(sources, provider)
            except AichatError as error:
                outcomes[number] = ListOutcome(provider, fault=error.fault)
            else:
                group.run(number, _fetch_one(provider, _as_job(list_call, group, number)))
        names = [provider.id for provider in providers]
        for batch in group.all_batches(names, StatusLine(world), limit=MAX_SECONDS):
            for event in batch.events:
                if isinstance(event, str):
                    world.say(f"aichat: {sanitize_line(event)}")
                else:
                    outcomes[batch.number] = event
            if batch.fault:
                fault = batch.fault._replace(provider=names[batch.number])
                outcomes[batch.number] = ListOutcome(providers[batch.number], fault=fault)
    late = Fault("timeout", f"no whole list within {MAX_SECONDS:.0f} s")
    return [
        outcomes.get(number) or ListOutcome(provider, fault=late._replace(provider=provider.id))
        for number, provider in enumerate(providers)
    ]


def _as_job(
    list_call: model_list.ListCall, group: JobGroup[ListEvent], number: int
) -> model_list.ListCall:
    """The call, cancelled by its group, which also gets its lines."""
    connection = group.halt.connection_options(number, list_call.options.connection)
    return list_call._replace(
        options=list_call.options._replace(connection=connection),
        say=lambda line: group.add_events(number, [line]),
    )


def _fetch_one(provider: Provider, list_call: model_list.ListCall) -> Iterator[list[ListEvent]]:
    """Ask one provider and yield the outcome."""
    try:
        yield [ListOutcome(provider, model_list.fetch_models(list_call))]
    except AichatError as error:
        yield [ListOutcome(provider, fault=error.fault)]
