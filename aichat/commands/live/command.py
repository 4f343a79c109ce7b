"""``aichat live``: a realtime session, on a terminal or in a pipe."""

from aichat.app.exchange.live.session import LiveSession
from aichat.app.setup.setup import FOR_LIVE
from aichat.commands.live.options import SOUND, SoundOptions, check_sound
from aichat.core.cli.argv import Argument, Command
from aichat.core.cli.options import ASK_OPTIONS, CHAT_OPTIONS, AskOptions
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.values import NamedTuple

#: Options of ``ask`` that are useful in a pipe, and those of ``chat`` that are not.
_PIPED, _USELESS = frozenset(("events", "usage")), frozenset(("play", "no_stream", "wire"))


class LiveArguments(NamedTuple):
    """A command line of ``live``: the first message, the options of a question, and of sound."""

    words: tuple[str, ...]
    options: AskOptions
    sound: SoundOptions


def run(world: World, arguments: LiveArguments) -> int:
    """Run a session until the user leaves, or stdin ends; returns the exit code."""
    sound = arguments.sound._replace(wav=arguments.options.output.output)
    options = arguments.options.with_changes(live=True, output=None)
    check_sound(sound)
    session = LiveSession()
    try:
        if sound.voice:
            from aichat.commands.live.voice import hold_voice

            return hold_voice(world, session, arguments.words, options, sound)
        if _is_drawn(world, options, sound) and not (sound.is_written and arguments.words):
            _check_typed(sound)
            return _talk(world, session, arguments.words, options)
        from aichat.commands.live.piped import answer_lines

        return answer_lines(world, session, arguments.words, options, sound)
    finally:
        session.close()


def _is_drawn(world: World, options: AskOptions, sound: SoundOptions) -> bool:
    """Whether the user types and reads on a terminal."""
    typed = world.stdin_tty and world.stdout_tty
    return typed and not (options.output.events or sound.input)


def _check_typed(sound: SoundOptions) -> None:
    """Raise ``usage`` for outputs that a typed session does not have."""
    if sound.is_written:
        hint = "or give the words: aichat live --output a.wav WORDS"
        raise usage_error("--output, --transcript and --keep-audio need --voice or --input", hint)


def _talk(world: World, live: LiveSession, words: tuple[str, ...], options: AskOptions) -> int:
    """Run the chat with its questions over a socket."""
    from aichat.repl.conversations import opening
    from aichat.repl.loop import Loop
    from aichat.repl.prompt.open import open_prompt
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
    summary="Hold a realtime session, in text or by voice.",
    examples=(
        "aichat live -p openai",
        "aichat live -p openai --input question.wav --output answer.wav",
    ),
    options=(
        *(option for option in CHAT_OPTIONS if option.name not in _USELESS),
        *(option for option in ASK_OPTIONS if option.name in _PIPED),
        *SOUND,
    ),
    arguments=(
        Argument("words", "The first message; quotes are optional.", many=True, required=False),
    ),
    run=run,
    reads=LiveArguments,
    has_groups=True,
)
