"""Converting sound with ffmpeg. Source: its manual page."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import BinaryIO

from aichat.process.audio.recorders import RECORDED_RATE
from aichat.process.programs.environment import tool_environment

#: The most bytes that a conversion may produce, and seconds that it may take.
_MOST_MADE, _MOST_SECONDS = 200_000_000, 120.0

#: Seconds that decoding hours of sound may take.
_DECODING_SECONDS = 3600.0

#: ffmpeg's name for each input format: given explicitly, so that it never reads a playlist.
_READS = {
    "audio/aac": "aac",
    "audio/aiff": "aiff",
    "audio/flac": "flac",
    "audio/mp4": "mov",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
}
_WRITES = {
    "audio/mpeg": ("-f", "mp3", "-b:a", "128k"),
    "audio/wav": ("-f", "wav", "-c:a", "pcm_s16le"),
}


#: Videos, of which only the sound is read.
_FILMS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "audio/webm": "matroska",
}


def can_convert(mime: str) -> bool:
    """Whether sound of this type can be converted here."""
    return mime in _READS and shutil.which("ffmpeg") is not None


def can_decode(mime: str) -> bool:
    """Whether a file of this type, perhaps a video, can be decoded to samples here."""
    return mime in {**_READS, **_FILMS} and shutil.which("ffmpeg") is not None


def convert(path: Path, mime: str, target: str) -> bytes:
    """The sound of a file converted to another type, without its metadata.

    Errors: ``ValueError`` with a reason.
    """
    made = _run_ffmpeg(path, mime, ("-fs", str(_MOST_MADE), *_WRITES[target]), _MOST_SECONDS)
    if len(made) >= _MOST_MADE:
        raise ValueError(f"it would have more than {_MOST_MADE / 10**6:g} MB")
    return made


def decode(path: Path, mime: str, target: BinaryIO) -> None:
    """Write the samples of a file, as from a microphone, to ``target``. Errors: ``ValueError``."""
    form = ("-ac", "1", "-ar", str(RECORDED_RATE), "-f", "s16le")
    _run_ffmpeg(path, mime, form, _DECODING_SECONDS, target)


def _run_ffmpeg(
    path: Path, mime: str, form: tuple[str, ...], seconds: float, target: BinaryIO | None = None
) -> bytes:
    """Run ffmpeg on the sound of a file; its output is returned, or written to ``target``."""
    command = [
        *("ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error"),
        *("-protocol_whitelist", "file,pipe", "-f", {**_READS, **_FILMS}[mime]),
        *("-i", f"file:{path}", "-vn", "-sn", "-dn", "-map_metadata", "-1", *form, "pipe:1"),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=target or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=tool_environment(os.environ),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"not done within {seconds:.0f} s") from None
    except OSError as error:
        raise ValueError(error.strerror or "ffmpeg cannot be started") from error
    if done.returncode or not (done.stdout or (target and os.fstat(target.fileno()).st_size)):
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ValueError(lines[-1] if lines else f"ffmpeg ended with {done.returncode}")
    return done.stdout or b""
