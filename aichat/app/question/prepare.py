"""What is sent, and to whom: flags, profile, words and files put together."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from aichat.app.question.attachments import read_named_file
from aichat.app.question.input import Question, parse_header, read_system_prompt, read_tools
from aichat.app.question.thread import (
    PendingTurns,
    Thread,
    UserInput,
    parse_tool_results,
    pending_turns,
)
from aichat.app.setup.setup import RecalledOptions, Setup, resolve_setup
from aichat.app.setup.targets import Tell
from aichat.core.config import body_options
from aichat.core.conversation.turn import title_from
from aichat.core.exchange.request import Request, Settings
from aichat.core.message.compose import user_message
from aichat.disk.paths import config_dir
from aichat.errors import usage_error
from aichat.process.world import World


class PreparedQuestion(NamedTuple):
    """All that is known before anything is sent."""

    setup: Setup
    request: Request  # without its messages
    pending: PendingTurns
    system: str | None
    recalled_options: RecalledOptions = RecalledOptions()  # of the conversation


class Context(NamedTuple):
    """Where it happens, and who is told what a user should know."""

    world: World
    tell: Tell


def prepare(
    setup: Setup,
    values: Mapping[str, Any],
    thread: Thread,
    read: Callable[[], Question],
    context: Context,
) -> PreparedQuestion:
    """What is asked, and with what; ``read`` gives the question once all else is in order."""
    system = _system_prompt(setup, values, thread, context.tell)
    tools = read_tools(values["tools"]) or thread.tools
    results = parse_tool_results(values["tool_result"], read_named_file)
    text, files = read()
    message = user_message(text, files) if text.strip() or files else None
    title = thread.title or title_from(text) or title_from(files[0].name if files else "")
    said = UserInput(message, results, system, tools)
    given = pending_turns(
        thread._replace(title=title), said, context.world.clock.now(), context.tell
    )
    model, stream = str(setup.model.value), not values["no_stream"]
    request = Request(model, (), _settings(setup, values), tools, stream)
    system = thread.system if system is None else system
    return PreparedQuestion(setup, request, given, system, thread.recalled_options)


def setup_for_thread(world: World, values: Mapping[str, Any], thread: Thread) -> Setup:
    """Whom to ask, and how: flags, files and the conversation put together."""
    return setup_from_options(world, values, thread.recalled_options)


def setup_from_options(world: World, values: Mapping[str, Any], recalled: RecalledOptions) -> Setup:
    """The same, where only what is recalled of a conversation matters."""
    for name in ("temperature", "top_p", "timeout"):
        if values[name] is not None and not isfinite(values[name]):
            raise usage_error(f"--{name.replace('_', '-')}: {values[name]} is not a number")
    if values["max_cost"] is not None:
        from aichat.core.billing.budget import parse_limit  # only where there is a limit

        parse_limit(values["max_cost"])
    folder = config_dir(world.environ, values["config_dir"])
    names = (*_SETTINGS, "model", "provider", "system", "wire", "region")
    flags = {name: values[name] for name in names}
    flags["stop"] = list(values["stop"])
    flags["options"] = body_options.parse_options(values["option"])
    flags["headers"] = dict(map(parse_header, values["header"]))
    return resolve_setup(folder, world.environ, flags, values["profile"], recalled)


def _system_prompt(
    setup: Setup, values: Mapping[str, Any], thread: Thread, tell: Tell
) -> str | None:
    """A conversation keeps its system prompt, unless another is asked for, or with "" none."""
    if thread.path and values["system"] is None and not values["profile"]:
        return None
    return read_system_prompt(setup.values.get("system"), setup.folder, tell)


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


def retarget(
    prepared: PreparedQuestion, setup: Setup, values: Mapping[str, Any]
) -> PreparedQuestion:
    """The same question, put to another model."""
    request = prepared.request
    same = request._replace(model=str(setup.model.value), settings=_settings(setup, values))
    return prepared._replace(setup=setup, request=same)


def is_strict(setup: Setup, values: Mapping[str, Any]) -> bool:
    """Whether what would be dropped or adapted is an error."""
    return bool(values["strict"] or setup.value("strict"))
