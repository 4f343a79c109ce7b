"""What the commands about files share: options, and opening the provider's files."""

from aichat.app.calls.resource import Ability, ResourceOptions, open_resource, shared_options
from aichat.app.media.files.context import FilesContext
from aichat.app.media.files.upload import spec_of
from aichat.core.cli.argv import Option
from aichat.disk.files.upload import media_type
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.wires.resources.files import FileSpec

#: The common options.
OPTIONS: tuple[Option, ...] = shared_options()


def open_files(world: World, options: ResourceOptions) -> FilesContext:
    """The context for the chosen provider's files.

    Errors: ``invalid_request`` if it has no files API, naming those that do; those of a setup.
    """
    retries = 1 if options.retries is None else options.retries
    context = open_resource(
        world,
        options._replace(retries=retries),
        Ability(lambda provider: provider.resources.files, "keeps no files"),
    )
    return FilesContext(
        world, context.endpoint, context.options, context.say, shown=not options.quiet
    )


def read_spec(name: str) -> FileSpec:
    """The spec of a named file. Errors: ``usage`` if it is not a file, or empty."""
    path = expand_path(name)
    try:
        if not path.is_file():
            raise usage_error(f"{path} is not a file" if path.exists() else f"{path}: no such file")
        spec = spec_of(path, media_type(path.name))
    except OSError as error:
        raise usage_error(f"cannot read {path}: {error.strerror}") from error
    if not spec.size:
        raise usage_error(f"{path} is empty")
    return spec
