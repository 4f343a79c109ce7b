"""Tools as a conversation has them: opened with what the options and the config say of them."""

from collections.abc import Callable
from contextlib import suppress
from shlex import quote

from aichat.app.question.request import is_strict
from aichat.app.setup.keys import without_configured_keys
from aichat.app.setup.setup import Setup
from aichat.app.tools.approval import Approver, Ask
from aichat.app.tools.asking import TerminalAsker
from aichat.app.tools.rounds import DEFAULT_ROUNDS, RoundLimit, ToolDesk
from aichat.app.tools.toolkit import Toolkit, loud_rules, open_toolkit, wanted_tools
from aichat.core.cli.options import AskOptions
from aichat.core.tools.rules import can_allow, dead_rules, parse_rules
from aichat.core.tools.tool import LocalTool
from aichat.errors import AichatError, usage_error
from aichat.process import editor
from aichat.process.world import World
from aichat.term.answer.plain import Sink
from aichat.term.widgets.typed_line import can_ask


def has_tools(setup: Setup) -> bool:
    """Whether any tools are to run."""
    return bool(wanted_tools(setup))


def open_desk(
    world: World,
    setup: Setup,
    options: AskOptions,
    open_sink: Callable[[], Sink],
    tell: Callable[[str], object],
    ask: Ask | None = None,
) -> ToolDesk | None:
    """The tools that are named, and who decides about their calls; None where there are none.

    ``ask`` puts a question, in place of what asks at the terminal. Errors: ``usage`` for a name
    or a rule that is none, and for a tool that nothing could ever allow where nobody can be
    asked; ``config`` for a program of the config that is none.
    """
    kit = open_toolkit(world, setup, options)
    if kit is None:
        return None
    table = setup.config_file.config.rules
    rules = parse_rules(loud_rules(table), options.tooling.allow)
    for line in dead_rules(rules, kit.tools, kit.known):
        tell(f"warning: {line}")
    if not (ask or options.transport.dry_run or can_ask(world)):
        _check_allowed(kit, lambda tool: can_allow(rules, tool))
    asker = ask or TerminalAsker(world, terminal_editor(world, options), len, kit.place).ask
    approver = Approver(rules, asker, tell, is_strict=is_strict(setup, options))
    return ToolDesk(kit, approver, _limit(setup, options), open_sink)


def _check_allowed(kit: Toolkit, is_allowed: Callable[[LocalTool], bool]) -> None:
    """Raise (``usage``) for a tool that no rule lets run, where nobody could be asked."""
    for tool in kit.tools:
        if not is_allowed(tool):
            example = f"{tool.name}({EXAMPLES[tool.subject]})" if tool.subject in EXAMPLES else ""
            raise usage_error(
                f"{tool.name} could never run: no rule allows it, and nobody can be asked here",
                f"nothing was sent; add --allow {quote(example or tool.name)}",
            )


#: Patterns of rules, one of each kind that needs one or should have one.
EXAMPLES = {
    "path": "**",
    "url": "https://HOST/**",
    "argv": "PROGRAM ARGUMENT",
    "exact": "SCRIPT",
}


def _limit(setup: Setup, options: AskOptions) -> RoundLimit:
    """Errors: ``usage`` for a number of rounds that is none."""
    given = options.tooling.max_rounds
    if given is not None and given < 1:
        raise usage_error(f"--max-rounds {given}: must be 1 or more")
    rounds = given or setup.config_file.config.rules.get("rounds")
    return RoundLimit(rounds or DEFAULT_ROUNDS, rounds is not None)


def terminal_editor(world: World, options: AskOptions) -> Callable[[str], str | None]:
    """What has the user change a text in their editor; None where that fails."""

    def edit(text: str) -> str | None:
        with suppress(AichatError):
            return editor.edit_text(without_configured_keys(world, options.config_dir), text)
        return None

    return edit
