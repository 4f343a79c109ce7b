"""A session in a pipe: each line of stdin, or each given recording, is a turn."""

from collections.abc import Iterator

from aichat.app.exchange import show
from aichat.app.exchange.live.session import LiveSession
from aichat.app.question.attachments import read_attachments
from aichat.app.question.input import Question
from aichat.commands.live.conversation import LiveConversation
from aichat.commands.live.options import SoundOptions, open_outputs, speech_of
from aichat.core.cli.options import AskOptions
from aichat.core.message.compose import Attachment
from aichat.core.message.media import Media
from aichat.errors import usage_error
from aichat.process import stdin
from aichat.process.signals import resend_signals
from aichat.process.world import World


def answer_lines(
    world: World,
    live: LiveSession,
    words: tuple[str, ...],
    options: AskOptions,
    sound: SoundOptions,
) -> int:
    """Ask all turns, one after the other; returns the exit code of the first failure, or 0.

    It ends early if further turns would fail too.
    Errors: ``usage`` if there is nothing to ask.
    """
    show.check_output(options.output)
    if "-" in options.input.file:
        raise usage_error("-f - cannot be used here: the lines of stdin are turns")
    reads = stdin.is_wanted(world, skip=bool(sound.input))
    if not (reads or words or sound.input):
        raise usage_error("nothing to say: no words given and no stdin", "usage: aichat live WORDS")
    turns = [*_recordings(world, sound.input)]
    conversation = LiveConversation(world, live, options, speech_of(sound))
    with open_outputs(live, sound, conversation.tell) as outputs:
        try:
            with resend_signals():
                for question in (*_words(words), *turns) if not reads else _lines(world, words):
                    outputs.add(question, conversation.put(question))
                    if conversation.is_over:
                        break
        finally:
            conversation.close()
    return conversation.exit_code


def _words(words: tuple[str, ...]) -> Iterator[Question]:
    if words:
        yield Question(" ".join(words))


def _lines(world: World, words: tuple[str, ...]) -> Iterator[Question]:
    """The words, then the non-empty lines of stdin as they come. Errors: ``usage``."""
    yield from _words(words)
    while world.stdin and (data := world.stdin.readline(stdin.DEFAULT_LIMIT)):
        text = stdin.text_of(data)
        if text.strip():
            yield Question(text)


def _recordings(world: World, names: tuple[str, ...]) -> Iterator[Question]:
    """A turn for each recording. Errors: ``usage`` for other files."""
    for name in names:
        for file in _read_recording(world, name):
            if file.media is None or file.media.kind != "audio":
                raise usage_error(f"{name} is not a recording", "--input takes a WAV file")
            media: Media = file.media._replace(transcript="")
            yield Question("", (file._replace(media=media),))


def _read_recording(world: World, name: str) -> list[Attachment]:
    if name != "-":
        return read_attachments(name, world.say)
    from aichat.app.question.media_files import bytes_attachment

    found = bytes_attachment(stdin.read_bytes(world, _MOST_PIPED), "stdin")
    return [found or Attachment("stdin")]


#: The most bytes of a piped recording: an hour at the best quality.
_MOST_PIPED = 400_000_000
