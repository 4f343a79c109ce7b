"""What the commands about files share: their options, and whose files they are about."""

from typing import NamedTuple

from aichat import providers
from aichat.app.calls.options import call_options
from aichat.app.media.files.upload import FilesContext
from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.keys import placeholder_key
from aichat.app.setup.setup import Flags, resolve_setup
from aichat.app.setup.targets import Targets
from aichat.core.cli.argv import JSON_OPTION, Option
from aichat.core.cli.options import ASK_OPTIONS, TransportOptions
from aichat.disk.paths import config_dir
from aichat.errors import AichatError, Fault
from aichat.process.world import World

_SHARED = ("provider", "profile", "region", "timeout", "retries", "dry_run", "debug", "quiet")

#: The options of every one of them.
OPTIONS: tuple[Option, ...] = (
    *(option for option in ASK_OPTIONS if option.name in _SHARED),
    JSON_OPTION,
)


class SharedOptions(NamedTuple):
    """Whose files, and on what terms; ``timeout`` is in seconds."""

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


def open_files(world: World, options: SharedOptions) -> FilesContext:
    """The provider that is meant, if it keeps files.

    Errors: ``invalid_request`` where it keeps none, naming those that do; those of a setup.
    """
    folder = config_dir(world.environ, options.config_dir)
    flags = Flags(provider=options.provider, region=options.region)
    setup = resolve_setup(folder, world.environ, flags, options.profile, needs_model=False)
    if not setup.provider.resources.files:
        keep = ", ".join(name for name in providers.names() if providers.load(name).resources.files)
        why = f"{setup.provider.name} keeps no files"
        raise AichatError(Fault("invalid_request", why, f"these do: {keep}"))

    def say(line: str) -> None:
        if not options.quiet:
            world.say(f"aichat: {line}")

    endpoint = (
        make_endpoint(setup, placeholder_key(setup))
        if options.dry_run
        else Targets(world, say).endpoint_for(setup)
    )
    retries = 1 if options.retries is None else options.retries
    transport = TransportOptions(
        no_stream=True, timeout=options.timeout, retries=retries, debug=options.debug
    )
    terms = call_options(setup, transport, world.say)
    return FilesContext(world, endpoint, terms, say, shown=not options.quiet)
