"""What the commands about files share: their options, and whose files they are about."""

from aichat.app.calls.resource import Ability, ResourceOptions, open_resource, shared_options
from aichat.app.media.files.context import FilesContext
from aichat.core.cli.argv import Option
from aichat.process.world import World

#: The options of every one of them.
OPTIONS: tuple[Option, ...] = shared_options()


def open_files(world: World, options: ResourceOptions) -> FilesContext:
    """The provider that is meant, if it keeps files.

    Errors: ``invalid_request`` where it keeps none, naming those that do; those of a setup.
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
