"""Playing an answer's audio while it arrives."""

from collections.abc import Callable, Mapping
from signal import SIGINT

from aichat.core.exchange.answer import Answer
from aichat.core.exchange.event import Audio, Event
from aichat.core.message.media import LocalFile, Media
from aichat.core.message.sound import rate_of, sample_rate, samples, sound_type
from aichat.errors import Interrupted, usage_error
from aichat.process.audio.devices import SamplePlayer
from aichat.process.audio.players import PLAYERS, Playback, Player, find_player
from aichat.process.audio.portaudio import PortAudioPlayer, find_portaudio
from aichat.process.installation import install_command
from aichat.process.world import World
from aichat.term.answer.forwarding import ForwardingSink
from aichat.term.answer.plain import Sink


def player_of(wish: str) -> Player:
    """A program that plays audio. Errors: ``usage`` if there is none, naming ``wish``."""
    player = find_player()
    if player is None:
        names = ", ".join(player.program for player in PLAYERS)
        raise usage_error(f"{wish} needs a program that plays sound", f"install one of: {names}")
    return player


def find_speaker(environ: Mapping[str, str]) -> Callable[[], SamplePlayer] | None:
    """A function that starts playing samples as they arrive, if a player is installed."""
    if player := find_player(streams=True):
        return lambda: Playback(player, environ)
    if library := find_portaudio("output"):
        return lambda: PortAudioPlayer(library)
    return None


def speaker_of(wish: str, environ: Mapping[str, str]) -> Callable[[], SamplePlayer]:
    """As ``find_speaker``. Errors: ``usage`` if there is no player, naming ``wish``."""
    speaker = find_speaker(environ)
    if speaker is None:
        names = ", ".join(player.program for player in PLAYERS if player.samples)
        hint = f"install one of: {names}; or: {install_command('voice')}"
        raise usage_error(f"{wish} needs a program that plays sound while it comes", hint)
    return speaker


def play_samples(playback: SamplePlayer) -> Callable[[bytes, str], object]:
    """A function that plays samples of a media type as they arrive."""

    def play(data: bytes, mime: str) -> None:
        playback.write(samples(data), rate_of(data, mime))

    return play


class PlayingSink(ForwardingSink):
    """Shows an answer with ``sink``, and plays its audio.

    Ctrl-C stops the audio but leaves a complete answer so. Errors: ``usage`` without a player.
    """

    def __init__(self, sink: Sink, world: World) -> None:
        super().__init__(sink)
        self._playback = Playback(player_of("--play"), world.environ)
        self._is_bare: bool | None = None  # whether the audio is raw samples; None before any

    def show(self, events: list[Event]) -> None:
        """Show events and play their audio."""
        super().show(events)
        for event in events:
            if isinstance(event, Audio):
                self._play(event.media)

    def _play(self, media: Media) -> None:
        if isinstance(media.source, LocalFile):
            if not self._playback.has_begun:
                self._playback.play_file(media.source.path)
            return
        data = media.data or b""
        if self._is_bare is None and data:
            kind = sound_type(data)
            self._is_bare = kind in (None, "audio/wav") and self._playback.can_stream
            data = samples(data)
        if self._is_bare and data:
            self._playback.write(data, sample_rate(media.mime))

    def close(self, answer: Answer) -> None:
        """Wait for the end of the audio, unless the user stopped it."""
        try:
            super().close(answer)
            if not (answer.fault and answer.fault.signum):
                self._playback.wait()
        except Interrupted as interrupted:
            if interrupted.signum != SIGINT:
                raise
        finally:
            self._playback.stop()
