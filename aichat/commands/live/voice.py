"""A session by voice: the microphone is always on, and lines may be typed as well."""

from collections import deque
from collections.abc import Callable
from signal import SIGINT

from aichat.app.exchange.live.session import LiveSession
from aichat.app.media.sound.playing import speaker_of
from aichat.app.media.sound.recording import deaf_error, open_microphone, recorder_of
from aichat.app.question.input import Question
from aichat.commands.live.conversation import LiveConversation
from aichat.commands.live.options import Outputs, SoundOptions, open_outputs, speech_of
from aichat.commands.live.speakers import BothSpeakers, HeardSink
from aichat.core.cli.options import AskOptions
from aichat.core.media.sound.wav import wav_header
from aichat.core.message.compose import Attachment
from aichat.core.message.sound import DEFAULT_RATE
from aichat.core.message.spoken import spoken
from aichat.errors import AichatError, Interrupted, describe
from aichat.process.audio.devices import LoudSpeaker, OpenMicrophone
from aichat.process.signals import resend_signals
from aichat.process.stdin import TypedLines
from aichat.process.world import World
from aichat.term.answer.plain import Sink

#: Opens the microphone. Errors: ``usage``.
Listen = Callable[[], OpenMicrophone]

#: Seconds to wait for the server between checks of typed input.
_TICK_SECONDS = 0.05

#: The most checks for which a line waits for an answer to earlier speech.
_MOST_OWED = 40

#: Tenths of a second of silence sent to end a sentence before muting.
_MUTED_PIECES = 8

#: The most tenths of a second to keep of speech before a turn, if audio is stored.
_MOST_KEPT = 600

#: The question for speech, which the server already has.
_SPOKEN = Question("", (Attachment("", media=spoken(b"")),))

_LOST = "the connection was lost; it is open again, and the conversation was told anew"


def hold_voice(
    world: World,
    live: LiveSession,
    words: tuple[str, ...],
    options: AskOptions,
    sound: SoundOptions,
) -> int:
    """Run a voice session until the user leaves; returns the exit code.

    Errors: ``usage`` without programs for microphone or loudspeaker; those of the session.
    """
    begin, recorder = speaker_of("--voice", world.environ), recorder_of("--voice")
    speaker = LoudSpeaker(begin, DEFAULT_RATE, world.clock.monotonic)
    talk = VoiceTalk(world, live, options, sound)
    with open_outputs(live, sound, talk.tell) as outputs, resend_signals():
        live.speaker = BothSpeakers(speaker, live.speaker) if live.speaker else speaker

        def listen() -> OpenMicrophone:
            return open_microphone(recorder, world, live.rate, talk.on_sound)

        try:
            talk.run(words, outputs, listen)
            speaker.close()
        except Interrupted as interrupted:
            if interrupted.signum != SIGINT:
                raise
        finally:
            speaker.stop()
            talk.close()
    return talk.exit_code


class VoiceTalk:
    """One spoken conversation; ``on_sound`` gets the microphone's audio."""

    def __init__(
        self, world: World, live: LiveSession, options: AskOptions, sound: SoundOptions
    ) -> None:
        self._world, self._live, self._sound = world, live, sound
        self._conversation = LiveConversation(world, live, options, speech_of(sound), self._dress)
        self._typed, self._left = TypedLines(world.stdin), deque[str]()
        self._has_left = self._is_muted = self._is_talking = False
        self._silent_pieces = self._losses = 0
        self._said: deque[bytes] = deque(maxlen=_MOST_KEPT)
        self._microphone: OpenMicrophone | None = None
        self.tell = self._conversation.tell
        live.wants_floor = self._wants_floor

    @property
    def exit_code(self) -> int:
        """The exit code of the first failed turn, or 0."""
        return self._conversation.exit_code

    def run(self, words: tuple[str, ...], outputs: Outputs, listen: Listen) -> None:
        """Run turns until the user leaves."""
        self._say(_HOW_TO_TALK if self._sound.push_to_talk else _HOW_TO_SPEAK)
        question = Question(" ".join(words)) if words else self._next(listen)
        while question and not self._conversation.is_over:
            try:
                outputs.add(question, self._conversation.put(question))
                self._losses = 0
            except Interrupted as interrupted:
                if interrupted.signum != SIGINT:
                    raise
            question = None if self._conversation.is_over else self._next(listen)

    def close(self) -> None:
        """Close the microphone."""
        if self._microphone:
            self._microphone.close()
        self._conversation.close()

    def on_sound(self, samples: bytes) -> None:
        """Take audio from the microphone, in its thread."""
        if self._silent_pieces:
            self._silent_pieces -= 1
            self._live.hear(bytes(len(samples)))
        elif not (self._is_muted or self._is_waiting()):
            self._live.hear(samples)
            if self._sound.keep_audio:
                self._said.append(samples)

    def _spoken_question(self) -> Question:
        """The speech since the last turn, with its audio if that is stored."""
        if not self._sound.keep_audio:
            return _SPOKEN
        said = b"".join(self._said)
        self._said.clear()
        sound = spoken(wav_header(len(said), self._live.rate) + said)
        return Question("", (Attachment("", media=sound),))

    def _is_waiting(self) -> bool:
        """Whether the user has to wait for an answer."""
        if self._sound.push_to_talk:
            return not self._is_talking
        speaker = self._live.speaker
        return self._sound.half_duplex and speaker is not None and speaker.ahead() > 0

    # the next question

    def _next(self, listen: Listen) -> Question | None:
        """The next typed or spoken question; None if the user leaves."""
        while not self._has_left:
            if self._conversation.open_line(_SPOKEN):
                self._say(_LOST)
            self._open_microphone(listen)
            while self._live.is_open and not self._has_left:
                if self._hears():
                    return self._spoken_question()
                line = self._typed_line()
                if line is None:
                    continue
                if self._owes_answer():
                    self._left.appendleft(line)
                    return self._spoken_question()
                if text := self._text_of(line):
                    return Question(text)
        return None

    def _open_microphone(self, listen: Listen) -> None:
        self._microphone = self._microphone or listen()
        if self._microphone.has_ended:
            words, self._microphone = self._microphone.close(), None
            raise deaf_error("the recorder hears nothing", words)

    def _hears(self) -> bool:
        """Whether the server answers what it heard; a lost connection is reopened once."""
        try:
            if self._microphone and self._microphone.has_ended:
                self._live.close()
            return self._live.listen(_TICK_SECONDS)
        except AichatError as error:
            if self._live.is_open:  # only a refusal
                self._say(describe(error.fault))
                return False
            if self._losses:
                raise
            self._losses += 1
            return False

    def _owes_answer(self) -> bool:
        """Whether the server still answers speech from before a typed line, which comes first."""
        for _ in range(_MOST_OWED):
            if self._hears():
                return True
            if not self._live.owes_answer:
                break
        return False

    # typed input

    def _typed_line(self) -> str | None:
        """The next typed line, in order."""
        line = self._left.popleft() if self._left else self._typed.poll()
        if line is None:
            self._has_left |= self._typed.is_over and self._world.stdin_tty
        return line

    def _text_of(self, line: str) -> str:
        """The text of a line to send; commands are carried out."""
        if not line.strip():
            self._toggle_talk()
            return ""
        return "" if self._steers(line.strip()) else line

    def _wants_floor(self) -> bool:
        """Whether the user interrupts by Enter or Ctrl-D; typed lines wait for the end."""
        line = self._typed.poll()
        if line is None:
            self._has_left |= self._typed.is_over and self._world.stdin_tty
            return self._has_left
        is_enter = not line.strip()
        if line.strip() == "/mute":
            self._steers("/mute")
        elif not is_enter or self._sound.push_to_talk:
            self._left.append(line)
        return is_enter

    def _toggle_talk(self) -> None:
        """Start or end the user's speech on Enter."""
        if not self._sound.push_to_talk:
            return
        if self._is_talking:
            self._is_talking = False
            self._live.end_speech()
            self._say("…")
        else:
            self._live.begin_speech()
            self._is_talking = True
            self._say("speak; Enter ends it")

    def _steers(self, line: str) -> bool:
        """Carry out a command; whether the line was one."""
        name, _, rest = line.partition(" ")
        if name in ("/quit", "/exit"):
            self._has_left = True
        elif name == "/mute":
            self._is_muted = not self._is_muted
            self._silent_pieces = _MUTED_PIECES if self._is_muted else 0
            self._say("you are not heard" if self._is_muted else "you are heard")
        elif name == "/voice":
            self._change_voice(rest.strip())
        elif name == "/cost":
            self._say(f"this session: {self._live.limits.describe(self._world.clock.now())}")
        elif name.startswith("/"):
            self._say("only /mute, /voice NAME, /cost and /quit are known here")
        else:
            return False
        return True

    def _change_voice(self, name: str) -> None:
        speech = self._conversation.speech
        if name:
            self._conversation.speech = speech._replace(voice=name)
            self._live.close()  # the voice of a session cannot be changed
        self._say(f"the voice is {name or speech.voice or 'the usual one'}")

    def _dress(self, sink: Sink) -> Sink:
        return HeardSink(sink)

    def _say(self, line: str) -> None:
        self._world.say(f"aichat: {line}", "dim")


_HOW_TO_SPEAK = "speak, or type; Enter ends an answer, /mute the listening, Ctrl-D the session"
_HOW_TO_TALK = "Enter, speak, Enter; or type; /voice NAME changes who speaks, Ctrl-D ends it"
