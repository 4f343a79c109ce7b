"""A question of ``ask``: as given on the command line, and as it is sent."""

from typing import TYPE_CHECKING

from aichat.app.question.prepare import PreparedQuestion
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import AskOptions
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.question.prompts.role import Role
    from aichat.app.tools.rounds import ToolDesk


class GivenQuestion(NamedTuple):
    """The command line: words and options, and the prompt template, if any.

    ``typed`` are the options without those that the prompt sets.
    """

    words: tuple[str, ...]
    options: AskOptions
    role: "Role | None" = None
    typed: AskOptions | None = None

    @property
    def shown(self) -> AskOptions:
        """The options of the displayed answer, which is that of the last step."""
        if self.role and self.typed:
            return self.role.options_for(self.typed, -1)
        return self.options


class AskedQuestion(NamedTuple):
    """A question, the setup to ask, and the tools that run for it, if any.

    ``given`` is its text before a prompt template was applied.
    """

    setup: Setup
    question: PreparedQuestion
    desk: "ToolDesk | None" = None
    given: str = ""
