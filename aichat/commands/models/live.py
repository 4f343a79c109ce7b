"""``aichat models --live``: the providers' own lists, asked for all at once and kept."""

import queue
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from aichat.app.calls import model_list
from aichat.app.calls.caller import CallOptions
from aichat.app.models.sources import ModelSources
from aichat.app.setup.endpoint import connection_options, make_endpoint
from aichat.app.setup.keys import find_key
from aichat.core.catalogue.model_list import ListedModel
from aichat.core.provider.provider import Provider
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.cache import model_lists
from aichat.errors import AichatError, Fault
from aichat.process.threads import start_thread
from aichat.process.world import World
from aichat.term.widgets.progress import StatusLine

#: The longest silence that is borne of a list, unless the config says otherwise: seconds.
MAX_SILENCE = 30.0

#: Seconds between two looks at the clock.
_POLL_SECONDS = 0.1


class ListOutcome(NamedTuple):
    """What became of one provider: its models, or why there are none."""

    provider: Provider
    models: Sequence[ListedModel] = ()
    fault: Fault | None = None


def refresh_lists(sources: ModelSources, named: bool) -> list[ListOutcome]:
    """Ask the chosen providers, keep what they say, tell what failed; in the order of the manual.

    Errors: ``missing_key`` where nobody can be asked.
    """
    asked = [p for p in sources.providers if not p.engine and (named or sources.has_key(p))]
    if not asked and not (named and sources.providers[0].engine):
        raise AichatError(
            Fault(
                "missing_key",
                "no provider to ask: no key is set",
                "set a variable such as GROQ_API_KEY; or run: aichat keys set groq",
            )
        )
    outcomes = _fetch_all(sources, asked)
    for outcome in outcomes:
        if outcome.fault:
            sources.world.report_fault(outcome.fault)
        else:
            base_url = sources.base_url(outcome.provider)
            now = sources.world.clock.now()
            told = model_lists.CachedModelList(base_url, now, tuple(outcome.models))
            model_lists.write(sources.inventory.cache, outcome.provider.id, told)
    return outcomes


def fetch_model(sources: ModelSources, provider: Provider, model: str) -> ListedModel:
    """What a provider says of one model; kept beside the rest. Errors: those of a request."""
    found = model_list.fetch_model(_list_call(sources, provider, sources.world.say), model)
    told = model_lists.CachedModelList(
        sources.base_url(provider), sources.world.clock.now(), (found,)
    )
    model_lists.update(sources.inventory.cache, provider.id, told)
    return found


def _list_call(
    sources: ModelSources, provider: Provider, say: model_list.Say
) -> model_list.ListCall:
    setup = sources.setup(provider)
    key = None if provider.listing.open and not sources.has_key(provider) else find_key(setup)
    reach = connection_options(setup, setup.value("timeout") or MAX_SILENCE, stream=False)
    return model_list.ListCall(
        make_endpoint(setup, key), sources.world.clock, CallOptions(reach), say
    )


_Message = tuple[str, ListOutcome | str]


def _fetch_all(sources: ModelSources, providers: Iterable[Provider]) -> list[ListOutcome]:
    """Every provider asked at the same time; a key's own command runs before, in turn."""
    said: queue.SimpleQueue[_Message] = queue.SimpleQueue()
    found: dict[str, ListOutcome | None] = {}
    for provider in providers:
        found[provider.id] = None
        try:
            order = _list_call(sources, provider, partial(_queue_line, said, provider.id))
        except AichatError as error:
            found[provider.id] = ListOutcome(provider, fault=error.fault)
        else:
            start_thread(partial(_fetch_one, said, provider, order))
    _wait_all(sources.world, said, found)
    return [outcome for outcome in found.values() if outcome]


def _queue_line(messages: "queue.SimpleQueue[_Message]", provider: str, line: str) -> None:
    messages.put((provider, line))


def _fetch_one(
    messages: "queue.SimpleQueue[_Message]", provider: Provider, list_call: model_list.ListCall
) -> None:
    """Ask one provider; whatever happens, an outcome is told."""
    outcome = ListOutcome(provider, fault=Fault("internal", f"asking {provider.id} failed"))
    try:
        outcome = ListOutcome(provider, model_list.fetch_models(list_call))
    except AichatError as error:
        outcome = ListOutcome(provider, fault=error.fault)
    finally:
        messages.put((provider.id, outcome))


def _wait_all(
    world: World, messages: "queue.SimpleQueue[_Message]", outcomes: dict[str, ListOutcome | None]
) -> None:
    """Until everybody has answered; who is waited for is said where it takes over a second."""
    line = StatusLine(world)
    try:
        while waiting := [name for name, outcome in outcomes.items() if outcome is None]:
            try:
                name, told = messages.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if line.is_due:
                    line.show(f"waiting for {', '.join(waiting)}")
                continue
            line.clear()
            if isinstance(told, str):
                world.say(f"aichat: {sanitize_line(told)}")
            else:
                outcomes[name] = told
    finally:
        line.clear()
