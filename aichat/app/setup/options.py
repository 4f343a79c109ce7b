"""From the options of a question to its setup."""

from typing import TYPE_CHECKING, Any

from aichat.app.setup.setup import Flags, RecalledOptions, Setup, resolve_setup
from aichat.core.cli.options import AskOptions, TransportOptions
from aichat.core.config import body_options
from aichat.core.config.precedence import value_of
from aichat.core.config.schema import PROFILE, SECONDS, Rule
from aichat.disk.paths import config_dir, find_project_file
from aichat.errors import AichatError, usage_error
from aichat.process.world import World

if TYPE_CHECKING:
    from aichat.app.setup.trust.project import ProjectUse


def setup_from_options(world: World, options: AskOptions, recalled: RecalledOptions) -> Setup:
    """The setup by the options, the config and the conversation's recalled options.

    Errors: those of ``resolve_setup``; ``usage`` for invalid numbers, amounts and fields.
    """
    transport = options.transport
    if options.money.max_cost is not None:
        from aichat.core.billing.budget import parse_limit  # only where there is a limit

        parse_limit(options.money.max_cost)
    check_transport(transport)
    for name in ("temperature", "top_p", "max_tokens"):
        flag = f"--{name.replace('_', '-')}"
        check_value(flag, getattr(options.sampling, name), PROFILE[name])
    folder = config_dir(world.environ, options.config_dir)
    project = None if options.target.no_project else current_project(world)
    flags = _flags(options)._replace(project=project)
    return resolve_setup(folder, world.environ, flags, options.target.profile, recalled)


def current_project(world: World) -> "ProjectUse | None":
    """The current project, trusted or not; None if there is none."""
    path = find_project_file(world.environ)
    if path is None:
        return None
    from aichat.app.setup.trust.project import open_project  # few folders have any

    return open_project(world.environ, path)


def review_project(world: World, options: AskOptions) -> None:
    """Show the user what has changed in a trusted project, and ask again.

    If nobody can be asked, or the user says no, it is not used, which is reported later.
    """
    path = None if options.target.no_project else find_project_file(world.environ)
    if path is not None and world.stderr_tty:
        from aichat.app.setup.trust.review import ask_again  # few folders have any

        ask_again(world, path)


def wanted_prompt(world: World, options: AskOptions) -> str | None:
    """The prompt of ``-t``, else for a new conversation that of the profile; None if there is none.

    Errors in the config are left to whoever reads it next.
    """
    conversation = options.conversation
    named = conversation.conversation or conversation.resume or conversation.in_
    goes_on = conversation.goes_on or named
    if options.target.prompt is not None or goes_on:
        return options.target.prompt
    try:
        return value_of(setup_from_options(world, options, RecalledOptions()).conduct.prompt)
    except AichatError:
        return None


def check_transport(transport: TransportOptions) -> None:
    """Raise (``usage``) for retries below 0 and an invalid time-out."""
    if transport.retries is not None and transport.retries < 0:
        raise usage_error(f"--retries {transport.retries}: must be 0 or more")
    check_value("--timeout", transport.timeout, SECONDS)


def check_value(flag: str, value: float | None, rule: Rule) -> None:
    """Raise (``usage``) for the value of an option that the config would not take either."""
    if value is not None and not rule.fits(value):
        raise usage_error(f"{flag} {str(value).removesuffix('.0')}: expected {rule.expected}")


def _flags(options: AskOptions) -> Flags:
    target, sampling, transport = options.target, options.sampling, options.transport
    given = options.server_tools._asdict()
    tools: dict[str, Any] = {n: None if value is False else value for n, value in given.items()}
    return Flags(
        provider=target.provider,
        model=options.model,
        system=target.system,
        wire=transport.wire,
        region=transport.region,
        options=body_options.parse_options(sampling.option),
        headers=dict(map(parse_header, transport.header)),
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        stop=sampling.stop,
        seed=sampling.seed,
        effort=sampling.effort,
        cache=options.money.cache,
        schema=sampling.schema,
        background=options.conversation.background or None,
        **tools,
        tools=options.tooling.tool,
        mcp=options.tooling.mcp,
        verbosity=sampling.verbosity,
        tier=options.money.tier,
        logprobs=sampling.logprobs or None,
        live=transport.live or None,
        resolve_links=options.output.resolve_links or None,
    )


def parse_header(text: str) -> tuple[str, str]:
    """``Name: value`` of ``--header``. Errors: ``usage``."""
    name, colon, value = text.partition(":")
    name, value = name.strip(), value.strip()
    known = name.replace("-", "").replace("_", "").isalnum() and text.isascii()
    if not colon or not known or not value.isprintable():
        raise usage_error("--header: expected 'Name: value' in plain ASCII")
    return name, value
