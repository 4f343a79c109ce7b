"""What can be completed where the cursor is. It runs in a thread of prompt-toolkit's."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from aichat import providers
from aichat.app.setup.registry import Registry
from aichat.core.billing.price import format_price
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.search import PriceContext
from aichat.core.cli.candidate import Candidate, match_candidates
from aichat.core.text.dates import utc_day
from aichat.disk.catalogue import models
from aichat.disk.history.store import Store
from aichat.disk.paths import data_dir, expand_path
from aichat.errors import AichatError
from aichat.repl.session import Session
from aichat.repl.settings import SETTINGS
from aichat.repl.slash_command import SlashTable

Pairs = Iterator[tuple[str, str]]

_COMMAND = re.compile(r"/(\S*)")
_ARGUMENT = re.compile(r"/(\S+)\s+(?:.*\s)?(\S*)", re.DOTALL)
_MENTION = re.compile(r"(?:.*\s)?@(\S*)", re.DOTALL)

#: How many entries of a folder, and conversations, are offered.
_MAX_OFFERED = 200


def complete(session: Session, slashes: SlashTable, before: str) -> Iterable[Candidate]:
    """The completions for the text ``before`` the cursor; what goes wrong gives none."""
    with suppress(AichatError, OSError, sqlite3.Error, RuntimeError):
        return list(_candidates(session, slashes, before))
    return ()


def _candidates(session: Session, slashes: SlashTable, before: str) -> Iterable[Candidate]:
    if found := _MENTION.fullmatch(before):
        return path_candidates(found[1])
    if found := _COMMAND.fullmatch(before):
        return match_candidates(found[1], _commands(slashes))
    if found := _ARGUMENT.fullmatch(before):
        source = slashes.find(found[1]).completion_source
        if source == "paths":
            return path_candidates(found[2])
        if source:
            return match_candidates(found[2], _source_pairs(session, slashes, source))
    return ()


def path_candidates(typed: str) -> Iterator[Candidate]:
    """The files and folders that begin as ``typed`` does; folders end in a slash."""
    folder, _, name = typed.rpartition("/")
    place = expand_path(f"{folder}/") if folder or typed.startswith("/") else Path()
    with os.scandir(place) as entries:
        found = sorted(
            (entry.name, entry.is_dir())
            for entry in entries
            if entry.name.lower().startswith(name.lower())
            and (name.startswith(".") or not entry.name.startswith("."))
        )
    for entry, is_dir in found[:_MAX_OFFERED]:
        text = f"{entry}/" if is_dir else entry
        yield Candidate(text.replace(" ", "\\ "), len(name), "", text)


def _models(session: Session) -> Pairs:
    standing = session.usable_setup
    here = standing.provider.id if standing else ""
    tables = standing.config_file.config.providers if standing else {}
    day = utc_day(session.world.clock.now())
    for provider in models.names():
        for name, price in priced_models(provider, tables.get(provider, {}).get("region"), day):
            yield (name if provider == here else f"{provider}/{name}"), price
    for provider, table in tables.items():
        for name in table.get("models", ()):
            yield (name if provider == here else f"{provider}/{name}"), provider


@cache
def priced_models(provider: str, region: str | None, day: str) -> list[tuple[str, str]]:
    """The models of a provider that can be asked on a day (ISO), with what they cost there."""
    about = providers.load(provider)
    prices = PriceContext(day, lambda _: models.region(about, region, about.base_url))
    return [
        (model.id, f"{provider}{_price_text(model, prices)}")
        for model in models.load(provider).models.values()
        if model.is_offered
    ]


def _price_text(model: Model, prices: PriceContext) -> str:
    """What a million tokens cost, of a question and of an answer; empty where it is unknown."""
    found = prices.price(model)
    if found is None or not {"input", "output"} <= found.rates.keys():
        return ""
    asked, said = (format_price(found.rates[what], what) for what in ("input", "output"))
    return f", {asked} in, {said} out {found.currency}"


def _conversations(session: Session) -> Pairs:
    store = Store.open_read_only(
        data_dir(session.world.environ)
    )  # the session's is its thread's own
    for about in store.summaries(_MAX_OFFERED) if store else ():
        yield about.id, about.title


def _providers(session: Session) -> Pairs:
    return ((name, "") for name in Registry(session.setup.config_file.config))


def _profiles(session: Session) -> Pairs:
    profiles = session.setup.config_file.config.profiles
    return ((name, str(table.get("model", ""))) for name, table in profiles.items())


def _commands(slashes: SlashTable) -> Pairs:
    return ((command.name, command.summary) for command in slashes.commands().values())


def _source_pairs(session: Session, slashes: SlashTable, source: str) -> Pairs:
    return _commands(slashes) if source == "commands" else SOURCES[source](session)


#: Where the completions of a command's arguments come from.
SOURCES: dict[str, Callable[[Session], Pairs]] = {
    "models": _models,
    "conversations": _conversations,
    "providers": _providers,
    "profiles": _profiles,
    "settings": lambda _: ((f"{name}=", option.help) for name, option in SETTINGS.items()),
}
