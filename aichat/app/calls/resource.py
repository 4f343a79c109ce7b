"""Calls to a provider's other endpoints: whose, with which model, on what terms, answered whole."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aichat import providers
from aichat.app.calls.caller import Caller, CallOptions
from aichat.app.calls.options import call_options
from aichat.app.calls.retry import RetryLoop
from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.keys import placeholder_key
from aichat.app.setup.setup import Flags, Setup, resolve_setup
from aichat.app.setup.targets import Targets
from aichat.core.catalogue.model import Model
from aichat.core.cli.argv import JSON_OPTION, Option
from aichat.core.cli.options import ASK_OPTIONS, AskOptions, TransportOptions
from aichat.core.exchange.answer import fault_json
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.provider import Provider
from aichat.core.text.json import read_json
from aichat.disk.paths import config_dir
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.values import NamedTuple

#: Bytes of an answer.
_MAX_ANSWER = 256 << 20

#: Models that are named in the place of one that cannot do it, at most.
_NAMED = 4

_SHARED = ("provider", "profile", "region", "timeout", "retries", "dry_run", "debug", "quiet")

#: That of every such command which asks a model.
MODEL_OPTION = Option(("-m", "--model"), "Model; default: the provider's usual one.", metavar="M")

#: What is worded otherwise where nothing is asked of a model.
_HELP = {
    "provider": "The provider that is called; default: that of ask.",
    "quiet": "Print only the result and errors.",
}


def shared_options(*more: str) -> tuple[Option, ...]:
    """The options of every such command, and those of ``ask`` that are named."""
    names = (*more, *_SHARED)
    asked = (option for option in ASK_OPTIONS if option.name in names)
    return (*(o._replace(help=_HELP.get(o.name, o.help)) for o in asked), JSON_OPTION)


class ResourceOptions(NamedTuple):
    """Whom to call, and on what terms; ``timeout`` is in seconds."""

    provider: str | None
    profile: str | None
    region: str | None
    timeout: float | None
    retries: int | None
    dry_run: bool
    debug: bool
    quiet: bool
    json: bool
    config_dir: str | None


def options_beside(asked: AskOptions, provider: str | None) -> ResourceOptions:
    """Those of a call beside a conversation with ``asked``; of another ``provider`` if None."""
    transport = asked.transport
    return ResourceOptions(
        *(provider, asked.target.profile, transport.region if provider else None),
        *(transport.timeout, transport.retries),
        dry_run=False,
        debug=transport.debug,
        quiet=asked.output.quiet,
        json=False,
        config_dir=asked.config_dir,
    )


class Ability(NamedTuple):
    """Something that some providers and models can do: ``offers`` says so of a provider.

    ``suits`` says so of a model that is known. ``lacks`` is what is said of who cannot.
    """

    offers: Callable[[Provider], object]
    lacks: str
    suits: Callable[[Model], object] = bool


DRAWS = Ability(
    lambda provider: provider.resources.images,
    "draws no pictures",
    lambda model: "image" in model.what_for,
)
FILMS = Ability(
    lambda provider: provider.resources.videos,
    "makes no videos",
    lambda model: "video" in model.what_for,
)
SPEAKS = Ability(
    lambda provider: provider.resources.speech,
    "does not read aloud",
    lambda model: model.what_for & {"speech", "realtime"},
)
WRITES_DOWN = Ability(
    lambda provider: provider.resources.transcription,
    "writes nothing down",
    lambda model: model.what_for & {"transcribe", "realtime"} or "audio" in model.inputs,
)
EMBEDS = Ability(
    lambda provider: provider.resources.embeddings,
    "makes no embeddings",
    lambda model: "embed" in model.what_for,
)
MODERATES = Ability(
    lambda provider: provider.resources.moderation,
    "has no moderation",
    lambda model: "moderate" in model.what_for,
)


class ResourceContext(NamedTuple):
    """Who is called, on what terms; ``say`` is told of waits."""

    world: World
    setup: Setup
    endpoint: Endpoint
    options: CallOptions
    say: Callable[[str], None]
    quiet: bool = False


def open_resource(
    world: World,
    options: ResourceOptions,
    ability: Ability,
    model: str | None = None,
) -> ResourceContext:
    """The provider that is meant, if it and its ``model`` can do what is wanted.

    Errors: ``invalid_request`` (exit 5) where one cannot, naming those that can; those of a
    setup.
    """
    folder = config_dir(world.environ, options.config_dir)
    flags = Flags(provider=options.provider, model=model, region=options.region)
    setup = resolve_setup(folder, world.environ, flags, options.profile, needs_model=False)
    if not ability.offers(setup.provider):
        have = (name for name in providers.names() if ability.offers(providers.load(name)))
        raise _refusal(setup.provider.name, ability, have)
    if model:
        _check_model(setup, ability)

    def say(line: str) -> None:
        if not options.quiet:
            world.say(f"aichat: {line}")

    endpoint = (
        make_endpoint(setup, placeholder_key(setup))
        if options.dry_run
        else Targets(world, say).endpoint_for(setup)
    )
    transport = TransportOptions(
        no_stream=True, timeout=options.timeout, retries=options.retries, debug=options.debug
    )
    terms = call_options(setup, transport, world.say)
    return ResourceContext(world, setup, endpoint, terms, say, options.quiet)


def _check_model(setup: Setup, ability: Ability) -> None:
    """Errors: ``invalid_request`` for a model of which is known that it is for something else."""
    from aichat.disk.catalogue import models  # the whole list, where a model is named alone

    provider, name = setup.provider.id, setup.model.value
    known = models.find(provider, name)
    if known is None or ability.suits(known):
        return
    listed = sorted(
        models.load(provider).models.values(), key=lambda each: each.released or "", reverse=True
    )
    able = [each.id for each in listed if each.status == "current" and ability.suits(each)]
    raise _refusal(name, ability, able[:_NAMED])


def _refusal(who: str, ability: Ability, able: Iterable[str]) -> AichatError:
    hint = f"these do: {', '.join(able)}"
    return AichatError(Fault("invalid_request", f"{who} {ability.lacks}", hint))


def fetch(context: ResourceContext, call: Call, model: str | None = None) -> bytes:
    """The answer, whole; asked again where that is of use. Errors: those of any request."""
    caller = Caller(context.endpoint, context.world.clock, context.options, model)
    loop, body = RetryLoop(caller, context.world.clock), b""
    while loop.begin_attempt():
        with loop, caller.send(call) as response:
            body = response.read(_MAX_ANSWER)
        if loop.wait:
            context.say(loop.wait.why)
    return body


def fetch_object(context: ResourceContext, call: Call, model: str | None = None) -> dict[str, Any]:
    """The object that is answered. Errors: ``protocol`` where it is none."""
    try:
        found = read_json(fetch(context, call, model))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise protocol_error(context, "the answer is no JSON object")
    return found


def protocol_error(context: ResourceContext, why: str) -> AichatError:
    """An answer that is none of what was asked for."""
    return AichatError(Fault("protocol", why, provider=context.endpoint.provider.id))


def end_command(world: World, fault: Fault | None) -> int:
    """The exit code of a command that has printed what came; what ended it before is told."""
    if fault and not fault.signum:
        world.report_fault(fault)
    return fault.ending if fault else 0


def document(
    endpoint: Endpoint, command: str, fault: Fault | None = None, /, **fields: Any
) -> Mapping[str, Any]:
    """What ``--json`` prints of what came; ``fault`` ended it before all of it did."""
    about = {"version": 1, "command": command, "provider": endpoint.provider.id}
    return {**about, **fields, "error": fault and fault_json(fault)}
