"""What ``ask`` sends: flags, profile, words and files put together, and whom they go to."""

from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from aichat.commands.ask_conversation import Asked, Said, Thread, asked, results_of
from aichat.commands.ask_input import (
    attachments,
    parsed_header,
    prompt_text,
    system_text,
    text_file,
    tools_of,
)
from aichat.core import options
from aichat.core.compose import user_message
from aichat.core.conversation import title_from
from aichat.core.endpoint import Endpoint
from aichat.core.request import Request, Settings
from aichat.disk import credentials
from aichat.disk.paths import cache_dir, config_dir
from aichat.errors import usage_error
from aichat.exchange import Terms
from aichat.resolve import Setup, endpoint, find_key, link, resolve
from aichat.term.world import World

Tell = Callable[[str], None]


class Prepared(NamedTuple):
    """All that is known before anything is sent."""

    setup: Setup
    request: Request  # without its messages
    asked: Asked
    system: str | None


def prepare(world: World, values: Mapping[str, Any], begun: Thread, tell: Tell) -> Prepared:
    """Settings first: a bad one is told before stdin is waited for."""
    setup = _setup(world, values, begun)
    for warning in filter(None, (*setup.loaded.warnings, credentials.exposed(setup.folder))):
        tell(f"warning: {warning}")
    system = _system(setup, values, begun)
    tools = tools_of(values["tools"]) or begun.tools
    results = results_of(values["tool_result"], text_file)
    text, piped = prompt_text(world, values, needed=not (begun.path or begun.unanswered))
    files = attachments(values["file"], piped)
    message = user_message(text, files) if text.strip() or files else None
    title = begun.title or title_from(text) or title_from(files[0].name if files else "")
    said = Said(message, results, system, tools)
    given = asked(begun._replace(title=title), said, world.clock.now(), tell)
    model, stream = str(setup.model.value), not values["no_stream"]
    request = Request(model, (), _settings(setup, values), tools, stream)
    return Prepared(setup, request, given, system or begun.system)


def _setup(world: World, values: Mapping[str, Any], begun: Thread) -> Setup:
    for name in ("temperature", "top_p", "timeout"):
        if values[name] is not None and not isfinite(values[name]):
            raise usage_error(f"--{name.replace('_', '-')}: {values[name]} is not a number")
    folder = config_dir(world.environ, values["config_dir"])
    names = (*_SETTINGS, "model", "provider", "system", "wire", "region")
    flags = {name: values[name] for name in names}
    flags["stop"] = list(values["stop"])
    flags["options"] = options.parsed(values["option"])
    flags["headers"] = dict(map(parsed_header, values["header"]))
    return resolve(folder, world.environ, flags, values["profile"], begun.recalled)


def _system(setup: Setup, values: Mapping[str, Any], begun: Thread) -> str | None:
    """A conversation keeps its system prompt, unless another is asked for."""
    if begun.path and not (values["system"] or values["profile"]):
        return None
    return system_text(setup.values.get("system"), setup.folder)


_SETTINGS = ("temperature", "top_p", "max_tokens", "seed", "effort")


def _settings(setup: Setup, values: Mapping[str, Any]) -> Settings:
    stop = setup.value("stop", ())
    plain = {name: setup.value(name) for name in _SETTINGS}
    return Settings(
        **plain,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        show_reasoning=False if values["hide_reasoning"] else values["show_reasoning"] or None,
        prefill=values["prefill"],
        options=setup.value("options", {}),
    )


def target_of(world: World, prepared: Prepared, tell: Tell) -> Endpoint:
    """The endpoint, with its key, or with its engine started."""
    setup = prepared.setup
    runs = setup.provider.engine
    if runs is None:
        return endpoint(setup, find_key(setup))
    from aichat import engine

    tell(_local_line(setup))
    local = engine.Local(
        prepared.request.model,
        setup.folder if setup.model.origin.startswith("profile") else Path(),
        cache_dir(world.environ),
        setup.table.get("context"),
    )
    return engine.run(setup.provider, runs, local, endpoint(setup, None).wire)


def _local_line(setup: Setup) -> str:
    if setup.provider_origin == "no key is set":
        return (
            f"no key is set, so a small local model ({setup.model.value}) answers; "
            "for a better one: aichat keys set PROVIDER"
        )
    return f"loading {setup.model.value} into llama.cpp"


def terms(setup: Setup, values: Mapping[str, Any], say: Tell) -> Terms:
    """The terms on which the net is used; ``say`` is told every step, if that is wanted."""
    reach = link(setup, values["timeout"], stream=not values["no_stream"])
    retries = 2 if values["retries"] is None else values["retries"]
    if retries < 0 or (values["timeout"] is not None and values["timeout"] <= 0):
        raise usage_error("--retries and --timeout take numbers above 0")
    debug = (lambda line: say(f"aichat: debug: {line}")) if values["debug"] else None
    drops = setup.loaded.config.store.get("overflow", "drop") == "drop"
    return Terms(reach, retries, drops, debug)


def strict(setup: Setup, values: Mapping[str, Any]) -> bool:
    """Whether what would be dropped or adapted is an error."""
    return bool(values["strict"] or setup.value("strict"))
