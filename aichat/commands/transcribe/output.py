"""Output of transcripts: to stdout, partly as they arrive, or to separate files."""

from collections.abc import Sequence
from pathlib import Path

from aichat.app.billing.sound import Transcription
from aichat.app.media.sound.transcript_file import format_transcript
from aichat.core.media.transcript import Transcript
from aichat.core.text.sanitize import StreamSanitizer, sanitize
from aichat.disk.files.atomic import check_new_target
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.values import NamedTuple


class Written(NamedTuple):
    """The transcript of one recording, and its output file."""

    file: str
    made: Transcription
    path: str | None


class Printer:
    """Prints a transcript on stdout: text as it arrives, the rest at the end."""

    def __init__(self, world: World, timestamps: str | None) -> None:
        self._world, self._timestamps = world, timestamps
        self._sanitizer = StreamSanitizer()
        self._printed = ""

    def add(self, text: str) -> None:
        """Print more of the text."""
        if not self._printed:
            text = text.lstrip()
        self._printed += text
        self._write(self._sanitizer.feed(text) if self._world.stdout_tty else text)

    def finish(self, transcript: Transcript, style: str | None, target: str | None) -> None:
        """Print what is not yet printed, or the name of the file."""
        if target:
            self._world.print_lines(target)
        elif self._printed:
            self.close()
        else:
            text = format_transcript(transcript, style, self._timestamps)
            self._write(sanitize(text) if self._world.stdout_tty else text)

    def close(self) -> None:
        """End an unfinished line."""
        if self._printed:
            self._write(self._sanitizer.close() if self._world.stdout_tty else "")
            self._write("" if self._printed.endswith("\n") else "\n")

    def _write(self, text: str) -> None:
        if text:
            self._world.write_text(text)


def check_targets(
    output: str | None, style: str | None, names: Sequence[str], *, force: bool
) -> list[str | None]:
    """The output file of each recording, None for stdout.

    Errors: ``usage`` if one exists, or two are the same; ``output`` (exit 13).
    """
    if not output or output == "-":
        return [None] * len(names)
    path = expand_path(output)
    is_folder = path.is_dir() or output.endswith("/")
    if len(names) > 1 and not is_folder:
        raise usage_error(f"several files do not go into {path}", "give a folder: --output FOLDER/")
    suffix = {None: "txt", "text": "txt"}.get(style, style)
    found = [path / f"{Path(name).stem}.{suffix}" if is_folder else path for name in names]
    for target in found:
        check_new_target(target, force=force)
    if len({*found}) != len(found):
        raise usage_error("two of the files have the same name", "write them one by one")
    return [str(target) for target in found]
