"""A question of ``ask`` on its way: as the command line says it, and as it is asked."""

from typing import TYPE_CHECKING

from aichat.app.question.request import PreparedQuestion
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import AskOptions
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.question.prompts.role import Role
    from aichat.app.tools.rounds import ToolDesk


class GivenQuestion(NamedTuple):
    """What the command line says: words and options, and the prompt they go through, if any.

    ``typed`` are the options without what the prompt sets.
    """

    words: tuple[str, ...]
    options: AskOptions
    role: "Role | None" = None
    typed: AskOptions | None = None

    @property
    def shown(self) -> AskOptions:
        """The options of the answer that is shown: with several steps that of the last."""
        if self.role and self.typed:
            return self.role.options_for(self.typed, -1)
        return self.options


class AskedQuestion(NamedTuple):
    """A question, whom it goes to, and the tools that run for it, if any do.

    ``given`` is its text before a prompt made something of it.
    """

    setup: Setup
    question: PreparedQuestion
    desk: "ToolDesk | None" = None
    given: str = ""
