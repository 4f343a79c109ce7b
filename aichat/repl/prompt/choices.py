"""The choices for slash commands: models, conversations, profiles."""

from collections.abc import Callable, Sequence
from functools import cache

from aichat import providers
from aichat.app.history.choices import conversation_choices
from aichat.app.setup.registry import Registry
from aichat.core.billing.money import pad_decimals, with_sign
from aichat.core.billing.price import format_price
from aichat.core.catalogue.model import Model
from aichat.core.catalogue.search import PriceContext
from aichat.core.cli.candidate import Choice
from aichat.core.text.cells import pad, text_width
from aichat.core.text.dates import utc_day
from aichat.core.text.numbers import format_tokens
from aichat.disk.catalogue import models
from aichat.disk.config import credentials
from aichat.disk.history.store import Store
from aichat.disk.paths import data_dir
from aichat.repl.session import Session
from aichat.repl.settings import SETTINGS
from aichat.repl.slash_command import own_prompts
from aichat.values import NamedTuple

#: How many conversations are offered.
MAX_CONVERSATIONS = 200


class ModelFacts(NamedTuple):
    """A model's name, its prices per million tokens of input and output, and its context."""

    name: str
    input: str
    output: str
    context: str


def model_choices(session: Session) -> list[Choice]:
    """The models that can be named: aliases first, then those of usable providers, then others."""
    standing = session.usable_setup
    here = standing.provider.id if standing else ""
    usable = usable_providers(session)
    tables = standing.config_file.config.providers if standing else {}
    every = list(filter(None, dict.fromkeys((here, *usable, *models.names(), *tables))))
    day = utc_day(session.world.clock.now())
    found = [
        (provider, facts)
        for provider in every
        for facts in (
            *known_models(provider, tables.get(provider, {}).get("region"), day),
            *(ModelFacts(name, "", "", "") for name in tables.get(provider, {}).get("models", ())),
        )
    ]
    helps = _align([facts for _, facts in found])

    def is_clear(provider: str, name: str) -> bool:  # and names no other provider
        return provider == here and name.partition("/")[0] not in every

    aliases = standing.config_file.config.aliases if standing else {}
    return [Choice(name, meant) for name, meant in aliases.items()] + [
        Choice(
            facts.name if is_clear(provider, facts.name) else f"{provider}/{facts.name}",
            help_.rstrip() if provider in usable else f"{help_}  no key",
        )
        for (provider, facts), help_ in zip(found, helps, strict=True)
    ]


def usable_providers(session: Session) -> list[str]:
    """The providers that need no key or have one, without running or showing anything."""
    setup = session.usable_setup
    if setup is None:
        return []
    config, stored = setup.config_file.config, credentials.read(setup.folder)

    def can_be_asked(name: str) -> bool:
        about = known[name]
        return not about.needs_key or bool(
            credentials.configured_origin(about, config, session.world.environ, stored)
        )

    known = Registry(config)
    return [name for name in known if can_be_asked(name)]


@cache
def known_models(provider: str, region: str | None, day: str) -> list[ModelFacts]:
    """The models of a provider that are served on a day (ISO), with their prices."""
    if provider not in models.names():
        return []
    about = providers.load(provider)
    prices = PriceContext(day, lambda _: models.region(about, region, about.base_url))
    return [
        _facts(model, prices) for model in models.load(provider).models.values() if model.is_offered
    ]


def _facts(model: Model, prices: PriceContext) -> ModelFacts:
    context = format_tokens(model.context) if model.context else ""
    found = prices.price(model)
    if found is None or not {"input", "output"} <= found.rates.keys():
        return ModelFacts(model.id, "", "", context)
    asked, said = (
        with_sign(pad_decimals(format_price(found.rates[what], what)), found.currency)
        for what in ("input", "output")
    )
    return ModelFacts(model.id, asked, said, context)


def _align(found: Sequence[ModelFacts]) -> list[str]:
    """``$0.25 / $1.25 · 200K``, with each of the three aligned across models."""
    asked, said, window = (max((text_width(one[n]) for one in found), default=0) for n in (1, 2, 3))
    return [
        f"{pad(one.input, asked, right=True)} {'/' if one.input else ' '} {pad(one.output, said)}"
        f" {'·' if one.context else ' '} {pad(one.context, window)}"
        for one in found
    ]


def load_choices(session: Session) -> list[Choice]:
    """The stored conversations, the last one used first."""
    # the session's own store belongs to its thread
    store = Store.open_read_only(data_dir(session.world.environ))
    return (
        conversation_choices(store, MAX_CONVERSATIONS, session.world.clock.now()) if store else []
    )


def profile_choices(session: Session) -> list[Choice]:
    """The profiles of the config, with their models."""
    profiles = session.setup.config_file.config.profiles
    return [Choice(name, str(table.get("model", ""))) for name, table in profiles.items()]


def provider_choices(session: Session) -> list[Choice]:
    """The providers, usable ones first."""
    usable = usable_providers(session)
    names = Registry(session.setup.config_file.config)
    return [
        Choice(name, "" if name in usable else "no key")
        for name in dict.fromkeys((*usable, *names))
    ]


def prompt_choices(session: Session) -> list[Choice]:
    """The user's prompts."""
    return [Choice(name) for name in own_prompts(session)]


def setting_choices(_session: Session) -> list[Choice]:
    """The settings that ``/set`` takes."""
    return [Choice(f"{name}=", option.help) for name, option in SETTINGS.items()]


#: Where the completions of a command's arguments come from.
SOURCES: dict[str, Callable[[Session], list[Choice]]] = {
    "models": model_choices,
    "conversations": load_choices,
    "providers": provider_choices,
    "profiles": profile_choices,
    "settings": setting_choices,
    "prompts": prompt_choices,
}
