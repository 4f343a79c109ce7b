"""Slash commands as values, and the table of all."""

from collections.abc import Callable, Iterable, Mapping

from aichat.disk.config.prompts import prompt_names
from aichat.disk.paths import config_dir
from aichat.errors import AichatError, suggestion, usage_error
from aichat.repl.session import Session
from aichat.values import NamedTuple


class SlashCommand(NamedTuple):
    """One command: ``arguments`` are as in the help, ``completion_source`` names its completions.

    ``example``: one way to call it, if that says more than its usage.
    """

    name: str
    summary: str
    run: Callable[[Session, str], None]
    arguments: str = ""
    aliases: tuple[str, ...] = ()
    completion_source: str = ""
    example: str = ""

    @property
    def usage(self) -> str:
        """How it is called."""
        return f"/{self.name} {self.arguments}".rstrip()

    def call(self, session: Session, rest: str) -> None:
        """Run it with the words after its name. Errors: ``usage`` for words that it ignores."""
        if rest.strip() and not self.arguments:
            raise usage_error(f"/{self.name} takes no words", f"/{self.name} alone does it")
        self.run(session, rest)


#: Commands that only a spoken session has.
_OF_VOICE = ("mute", "voice")


class SlashTable:
    """Every command by name, in order; loaded on demand."""

    def __init__(self, load: Callable[[], Iterable[SlashCommand]]) -> None:
        self._load = load
        self._commands: dict[str, SlashCommand] = {}

    def commands(self) -> Mapping[str, SlashCommand]:
        """Every command by its name."""
        if not self._commands:
            self._commands |= {command.name: command for command in self._load()}
        return self._commands

    def get(self, name: str) -> SlashCommand | None:
        """The command of this name or alias, if there is one."""
        known = self.commands()
        return known.get(name) or next((c for c in known.values() if name in c.aliases), None)

    def find(self, name: str) -> SlashCommand:
        """The command of this name or alias. Errors: ``usage``, with the nearest name."""
        found = self.get(name)
        if found is None:
            raise self._unknown(name)
        return found

    def _unknown(self, name: str) -> AichatError:
        """The error for an unknown command: what may be meant, and how to send the line anyway."""
        names = [word for c in self.commands().values() for word in (c.name, *c.aliases)]
        hint = "nothing was sent; /help lists the commands, // sends a line starting with a slash"
        if name in _OF_VOICE:
            return usage_error(
                f"/{name} is of a session by voice", "aichat live --voice begins one"
            )
        close = suggestion(name, names).replace("'", "'/", 1)
        return usage_error(f"unknown command '/{name}'{close}", hint)


def own_prompts(session: Session) -> list[str]:
    """The names of the user's prompts, and of the current project's."""
    from aichat.app.question.prompts.role import project_folders

    world, options = session.world, session.options
    more = () if options.target.no_project else project_folders(world)
    return prompt_names(config_dir(world.environ, options.config_dir), more)
