"""``aichat live``: a realtime session, on a terminal or in a pipe."""

from aichat.app.exchange.ways.live_session import LiveSession
from aichat.app.setup.setup import FOR_LIVE
from aichat.core.cli.argv import Argument, Command
from aichat.core.cli.options import ASK_OPTIONS, CHAT_OPTIONS, AskOptions
from aichat.process.world import World
from aichat.values import NamedTuple

#: Options of ``ask`` that are of use in a pipe, and those of ``chat`` that are of none here.
_PIPED, _USELESS = frozenset(("events", "usage")), frozenset(("play", "no_stream", "wire"))


class LiveArguments(NamedTuple):
    """A command line of ``live``: the first message, and the options of a question."""

    words: tuple[str, ...]
    options: AskOptions


def run(world: World, arguments: LiveArguments) -> int:
    """Hold a session until the user leaves, or stdin ends; give the exit code."""
    options = arguments.options.with_changes(live=True)
    session = LiveSession()
    try:
        if world.stdin_tty and world.stdout_tty and not options.output.events:
            return _talk(world, session, arguments.words, options)
        from aichat.commands.live.piped import answer_lines

        return answer_lines(world, session, arguments.words, options)
    finally:
        session.close()


def _talk(world: World, live: LiveSession, words: tuple[str, ...], options: AskOptions) -> int:
    """The chat, whose questions go over a socket."""
    from aichat.repl.loop import Loop
    from aichat.repl.menus.prompting import open_prompt
    from aichat.repl.past import opening
    from aichat.repl.session import Session
    from aichat.repl.slash.registry import SLASH_COMMANDS

    session = Session(world, options)
    session.live = live
    setup = session.setup
    with open_prompt(session, SLASH_COMMANDS) as prompt:
        opening.resume(session)
        opening.attach(session)
        if words:
            prompt.await_ground()
        if setup.target.wire.origin == FOR_LIVE:
            session.tell(f"a live session with {setup.provider.id}/{setup.model.value}")
        try:
            Loop(session, prompt, SLASH_COMMANDS).run(" ".join(words))
        finally:
            session.end_tools()
    if session.tree.is_stored:
        session.dim(f"resume with: aichat live -C {session.tree.id}")
    return 0


COMMAND = Command(
    name="live",
    summary="Hold a realtime session, in text.",
    examples=(
        "aichat live -p openai",
        "printf 'What is a monad?\\nSimpler.\\n' | aichat live -p gemini --events",
    ),
    options=(
        *(option for option in CHAT_OPTIONS if option.name not in _USELESS),
        *(option for option in ASK_OPTIONS if option.name in _PIPED),
    ),
    arguments=(
        Argument("words", "The first message; quotes are optional.", many=True, required=False),
    ),
    run=run,
    reads=LiveArguments,
    has_groups=True,
)
