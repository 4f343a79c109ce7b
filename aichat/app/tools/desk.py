"""Opening a conversation's tools as the options and the config say."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from aichat.app.exchange.context import TurnContext
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.request import is_strict
from aichat.app.setup.keys import without_configured_keys
from aichat.app.setup.setup import Setup
from aichat.app.tools.approval import ApprovalQuestion, ApprovalReply, Approver, Ask
from aichat.app.tools.rounds import (
    DEFAULT_ROUNDS,
    OpenSink,
    RoundLimit,
    ToolDesk,
    ToolTurn,
    Trail,
)
from aichat.app.tools.toolkit import Toolkit, loud_rules, open_toolkit, wanted_servers, wanted_tools
from aichat.core.cli.options import AskOptions
from aichat.core.config.tool_rule import ToolRule
from aichat.core.exchange.answer import Answer, ToolRun
from aichat.core.tools.rules import ToolRules, can_allow, dead_rules, parse_rules
from aichat.core.tools.tool import LocalTool
from aichat.errors import AichatError, usage_error
from aichat.process.world import World
from aichat.term.widgets.typed_line import can_ask

if TYPE_CHECKING:
    from aichat.app.tools.mcp.connection import ServerLink


def open_desk(
    world: World,
    setup: Setup,
    options: AskOptions,
    open_sink: OpenSink,
    tell: Callable[[str], object],
) -> ToolDesk | None:
    """The named tools, and who decides about their calls; None if there are none.

    Errors: ``usage`` for an invalid name or rule, and for a tool that could never be allowed
    because nobody can be asked; ``config`` for an invalid program in the config.
    """
    kit = open_toolkit(world, setup, options, tell)
    if kit is None:
        return None
    rules = _rules(setup, options)
    _tell_dead_rules(rules, kit, setup, tell)
    if not (options.transport.dry_run or can_ask(world)):
        _check_allowed(kit, lambda tool: can_allow(rules, tool))
    ask = _ask_at_terminal(world, terminal_editor(world, options), len, kit.place)
    approver = Approver(rules, ask, tell, is_strict=is_strict(setup, options))
    return ToolDesk(kit, approver, _limit(setup, options), open_sink)


class DeskKeeper:
    """A chat's tools, kept from turn to turn with what the user has allowed in it.

    ``edit`` lets the user edit a text.
    """

    def __init__(
        self, world: World, tell: Callable[[str], object], edit: Callable[[str], str]
    ) -> None:
        self._world, self._tell = world, tell
        self._typed = ""
        ask = _ask_at_terminal(world, edit, self._hold, str(Path.cwd()))
        self._key: object = None
        self._starting, self._is_opened = threading.Lock(), False
        self._ahead: list[ServerLink] = []
        self.kit: Toolkit | None = None
        self.approver = Approver(ToolRules(), ask, tell)
        self.last_runs: tuple[ToolRun, ...] = ()  # of the previous turn

    def _hold(self, typed: str) -> None:
        self._typed += "".join(char if char.isprintable() else " " for char in typed)

    def take_typed(self) -> str:
        """Return and clear what was typed too soon for an answer, for the next prompt."""
        typed, self._typed = self._typed, ""
        return typed

    def run(
        self,
        context: TurnContext,
        desk: ToolDesk,
        trail: Trail,
        question: PreparedQuestion,
        setup: Setup,
    ) -> Answer:
        """Ask until an answer has no more calls to run. Errors: as of ``ToolTurn.run``."""
        answer = ToolTurn(context, desk, trail, question.schema).run(question, setup)
        self.last_runs = answer.tool_runs
        return answer

    def start_servers(self, setup: Setup) -> None:
        """Start the trusted servers, once, in a thread while the user types.

        Errors: ``usage`` and ``config`` for invalid servers.
        """
        from aichat.app.tools.mcp.source import start_ahead  # few have any

        names, config = wanted_servers(setup), setup.config_file.config
        with self._starting:
            if not (self._is_opened or self._ahead):
                self._ahead = start_ahead(self._world, names, config, self._tell)

    def _take_ahead(self) -> "list[ServerLink]":
        with self._starting:
            ahead, self._ahead, self._is_opened = self._ahead, [], True
        return ahead

    def open(self, setup: Setup, options: AskOptions) -> Toolkit | None:
        """The current tools; sources that are running are reused.

        Errors: as of ``open_desk``.
        """
        config = setup.config_file.config
        named = (wanted_tools(setup), wanted_servers(setup))
        key = (named, options.tooling, config.tools, config.rules, config.mcp)
        if key != self._key:
            ahead = self._take_ahead() if wanted_servers(setup) else []
            self.close()
            self.kit = open_toolkit(
                self._world, setup, options, self._tell, must_come=False, ahead=ahead
            )
            self.approver.rules = _rules(setup, options)
            if self.kit:
                _tell_dead_rules(self.approver.rules, self.kit, setup, self._tell)
            self._key = key
        elif self.kit:
            self.kit.refresh()
        return self.kit

    def desk(
        self,
        setup: Setup,
        options: AskOptions,
        open_sink: OpenSink,
        pick: Callable[[str, list[str]], int | None],
    ) -> ToolDesk | None:
        """The desk of the next turn; ``pick`` lets the user choose. Errors: as of ``open_desk``."""
        kit = self.open(setup, options)
        if kit is None:
            return None

        def more(question: str) -> bool:
            return pick(question, ["stop", "go on"]) == 1

        return ToolDesk(kit, self.approver, _limit(setup, options), open_sink, more)

    def allow(self, setup: Setup, rule: ToolRule) -> None:
        """Allow in this chat what ``rule`` allows; a rule without effect is reported."""
        self.approver.allow(rule)
        if self.kit:
            rules, about = self.approver.rules._replace(allow=(rule,)), f"rule '{rule.text}' "
            _tell_dead_rules(rules, self.kit, setup, self._tell, about)

    def close(self) -> None:
        """Stop everything started."""
        if self.kit:
            self.kit.close()
        self.kit, self._key = None, None
        for link in self._take_ahead():
            link.close()


def _rules(setup: Setup, options: AskOptions) -> ToolRules:
    """The rules of the config and the command line. Errors: ``usage``."""
    return parse_rules(loud_rules(setup.config_file.config.rules), options.tooling.allow)


def _tell_dead_rules(
    rules: ToolRules,
    kit: Toolkit,
    setup: Setup,
    tell: Callable[[str], object],
    about: str = "",
) -> None:
    """Report rules without effect; only lines that begin with ``about``."""
    closed = setup.config_file.config.mcp.keys() - {source.name for source in kit.sources}
    for line in dead_rules(rules, kit.tools, kit.known, closed):
        if line.startswith(about):
            tell(f"warning: {line}")


def _check_allowed(kit: Toolkit, is_allowed: Callable[[LocalTool], bool]) -> None:
    """Raise (``usage``) for a tool that no rule allows, when nobody can be asked."""
    for tool in kit.tools:
        if not is_allowed(tool):
            example = f"{tool.name}({EXAMPLES[tool.subject]})" if tool.subject in EXAMPLES else ""
            raise usage_error(
                f"{tool.name} could never run: no rule allows it, and nobody can be asked here",
                f"nothing was sent; add --allow {quote(example or tool.name)}",
            )


#: Example patterns for tools whose rules need or should have one.
EXAMPLES = {
    "path": "**",
    "url": "https://HOST/**",
    "argv": "PROGRAM ARGUMENT",
    "exact": "SCRIPT",
}


def _ask_at_terminal(
    world: World, edit: Callable[[str], str | None], hold: Callable[[str], object], place: str
) -> Ask:
    """Asks at the terminal, as ``TerminalAsker`` does."""

    def ask(question: ApprovalQuestion) -> ApprovalReply | None:
        from aichat.app.tools.approval_prompt import (
            TerminalAsker,  # here, since rules decide most calls
        )

        return TerminalAsker(world, edit, hold, place).ask(question)

    return ask


def _limit(setup: Setup, options: AskOptions) -> RoundLimit:
    """Errors: ``usage`` for an invalid number of rounds."""
    given = options.tooling.max_rounds
    if given is not None and given < 1:
        raise usage_error(f"--max-rounds {given}: must be 1 or more")
    rounds = given or setup.config_file.config.rules.get("rounds")
    return RoundLimit(rounds or DEFAULT_ROUNDS, rounds is not None)


def terminal_editor(world: World, options: AskOptions) -> Callable[[str], str | None]:
    """Lets the user edit a text in their editor; None if that fails."""

    def edit(text: str) -> str | None:
        from aichat.process import editor  # here, since few edit a call

        with suppress(AichatError):
            return editor.edit_text(without_configured_keys(world, options.config_dir), text)
        return None

    return edit
