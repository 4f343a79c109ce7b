"""``aichat models --live``: the providers' own lists, asked for all at once and kept."""

import queue
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from aichat.app.calls import model_list
from aichat.app.calls.caller import Terms
from aichat.app.models.sources import Shelf
from aichat.app.setup.endpoint import endpoint, link
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
SILENCE = 30.0

#: Seconds between two looks at the clock.
_PERIOD = 0.1


class Outcome(NamedTuple):
    """What became of one provider: its models, or why there are none."""

    provider: Provider
    models: Sequence[ListedModel] = ()
    fault: Fault | None = None


def refresh(shelf: Shelf, named: bool) -> list[Outcome]:
    """Ask the chosen providers, keep what they say, tell what failed; in the order of the manual.

    Errors: ``missing_key`` where nobody can be asked.
    """
    asked = [p for p in shelf.chosen if not p.engine and (named or shelf.has_key(p))]
    if not asked and not (named and shelf.chosen[0].engine):
        raise AichatError(
            Fault(
                "missing_key",
                "no provider to ask: no key is set",
                "set a variable such as GROQ_API_KEY; or run: aichat keys set groq",
            )
        )
    outcomes = _all(shelf, asked)
    for outcome in outcomes:
        if outcome.fault:
            shelf.world.report_fault(outcome.fault)
        else:
            base_url = shelf.base_url(outcome.provider)
            now = shelf.world.clock.now()
            told = model_lists.CachedModelList(base_url, now, tuple(outcome.models))
            model_lists.write(shelf.place.cache, outcome.provider.id, told)
    return outcomes


def one(shelf: Shelf, provider: Provider, model: str) -> ListedModel:
    """What a provider says of one model; kept beside the rest. Errors: those of a request."""
    found = model_list.one(_asked(shelf, provider, shelf.world.say), model)
    told = model_lists.CachedModelList(shelf.base_url(provider), shelf.world.clock.now(), (found,))
    model_lists.update(shelf.place.cache, provider.id, told)
    return found


def _asked(shelf: Shelf, provider: Provider, say: model_list.Say) -> model_list.Asked:
    setup = shelf.setup(provider)
    key = None if provider.listing.open and not shelf.has_key(provider) else find_key(setup)
    reach = link(setup, setup.value("timeout") or SILENCE, stream=False)
    return model_list.Asked(endpoint(setup, key), shelf.world.clock, Terms(reach), say)


_Told = tuple[str, Outcome | str]


def _all(shelf: Shelf, asked: Iterable[Provider]) -> list[Outcome]:
    """Every provider asked at the same time; a key's own command runs before, in turn."""
    said: queue.SimpleQueue[_Told] = queue.SimpleQueue()
    found: dict[str, Outcome | None] = {}
    for provider in asked:
        found[provider.id] = None
        try:
            order = _asked(shelf, provider, partial(_say, said, provider.id))
        except AichatError as error:
            found[provider.id] = Outcome(provider, fault=error.fault)
        else:
            start_thread(partial(_work, said, provider, order))
    _wait(shelf.world, said, found)
    return [outcome for outcome in found.values() if outcome]


def _say(said: "queue.SimpleQueue[_Told]", provider: str, line: str) -> None:
    said.put((provider, line))


def _work(said: "queue.SimpleQueue[_Told]", provider: Provider, order: model_list.Asked) -> None:
    """Ask one provider; whatever happens, an outcome is told."""
    outcome = Outcome(provider, fault=Fault("internal", f"asking {provider.id} failed"))
    try:
        outcome = Outcome(provider, model_list.every(order))
    except AichatError as error:
        outcome = Outcome(provider, fault=error.fault)
    finally:
        said.put((provider.id, outcome))


def _wait(world: World, said: "queue.SimpleQueue[_Told]", found: dict[str, Outcome | None]) -> None:
    """Until everybody has answered; who is waited for is said where it takes over a second."""
    line = StatusLine(world)
    try:
        while waiting := [name for name, outcome in found.items() if outcome is None]:
            try:
                name, told = said.get(timeout=_PERIOD)
            except queue.Empty:
                if line.is_due:
                    line.show(f"waiting for {', '.join(waiting)}")
                continue
            line.clear()
            if isinstance(told, str):
                world.say(f"aichat: {sanitize_line(told)}")
            else:
                found[name] = told
    finally:
        line.clear()
