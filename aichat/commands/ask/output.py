"""The output of ``ask``: stdout while the answer arrives, or a file at the end."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aichat.app.exchange import show
from aichat.core.cli.options import AskOptions
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import has_figures, remarks, usage_line
from aichat.core.message.media import named_kind
from aichat.core.message.message import Message
from aichat.core.text.sanitize import sanitize, sanitize_line
from aichat.disk.files.atomic import check_target, write_whole
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Fault
from aichat.process.world import World
from aichat.term.answer.plain import Sink

if TYPE_CHECKING:
    from aichat.core.message.json_schema.output import AnswerSchema


def _read(path: str | None) -> bytes | None:
    """The bytes of a file just saved; None if it is not local."""
    try:
        return Path(path).read_bytes() if path else None
    except OSError:
        return None


class AskOutput:
    """Writes our lines to stderr, or through the sink once that is open."""

    def __init__(self, world: World, options: AskOptions) -> None:
        self._world, self._options = world, options
        self._pieces: list[str] = []
        output = options.output.output
        self._file = expand_path(output) if output else None
        self._write: Callable[[str], object] = (
            self._pieces.append if self._file else world.write_text
        )
        self._sink: Sink | None = None

    def check_writable(self) -> None:
        """Raise, before anything is sent, if the answer could not be written."""
        if self._file:
            check_target(self._file)
        elif self._world.stdout is None:
            raise AichatError(Fault("output", "stdout is closed: nothing was sent"))

    def open_sink(self, ui: Mapping[str, Any], asked: "AnswerSchema | None" = None) -> Sink:
        """The sink for the answer; ``ui`` is the config's table, ``asked`` the answer's schema."""
        self._sink = show.make_sink(self._world, self._options, ui, self._write, self.note, asked)
        return self._sink

    def say(self, line: str) -> None:
        """Print a line on stderr, without disturbing an answer that is being drawn."""
        if self._sink:
            self._sink.say(line)
        else:
            self._world.say(line, "dim")

    def note(self, line: str) -> None:
        """Print a line on stderr, unless quiet."""
        if not self._options.output.quiet:
            self.say(line)

    def tell(self, line: str) -> None:
        """Print a line of ours."""
        self.note(f"aichat: {line}")

    def fail(self, fault: Fault) -> Answer:
        """The answer to a question that was not sent, with the fault for programs."""
        message = Message("assistant", ())
        answer = Answer(fault.provider or "", fault.model or "", message, fault=fault)
        output = self._options.output
        if (output.json or output.events) and fault.kind != "output":
            (self._sink or self.open_sink({})).close(answer)
            self.finish(answer)
        return answer

    def show_unfinished(self, answer: Answer) -> None:
        """Report the fault of an answer that no sink has shown to programs."""
        if self._options.output.json or self._options.output.events:
            self.open_sink({}).close(answer)

    def finish(self, answer: Answer) -> None:
        """Write the file, or an unfinished answer beside it, then the last remarks."""
        text = "".join(self._pieces)
        if self._file and not answer.fault and self._save_media(self._file, answer, text):
            self._world.write_text(sanitize(text) if self._world.stdout_tty else text)
        elif self._file and (text or not answer.fault):
            partial = self._file.with_name(f"{self._file.name}.partial")
            self._save(partial if answer.fault else self._file, text)
            if answer.fault:
                self.tell(f"the incomplete answer is in {partial}")
        self._sink = None  # it is closed
        told = remarks(answer)
        has_usage = self._options.output.usage and has_figures(answer)
        if answer.first_token_s is not None and (told or has_usage):
            self._part_from_answer()
        for remark in told:
            self.tell(remark)
        if has_usage:
            self.say(usage_line(answer))

    def _save_media(self, path: Path, answer: Answer, text: str) -> bool:
        """Save the answer's images or audio if the file's name has such a type; whether it did.

        Errors: ``output``, after the ``text`` was printed.
        """
        kind = named_kind(path.name)
        kept = {"image": answer.images, "audio": answer.audio}.get(kind or "", ())
        for number, each in enumerate(kept):
            target = path if not number else path.with_stem(f"{path.stem}-{number + 1}")
            if number and target.exists():
                continue  # not named by the user: not overwritten, and the image is stored anyway
            data = each.data if each.data is not None else _read(each.address)
            if data is None:
                return False
            try:
                write_whole(target, data)
            except AichatError as error:
                self._world.write_text(text)
                if each.address:
                    error.fault = error.fault._replace(hint=f"it is kept as {each.address}")
                raise
        return bool(kept)

    def show_id(self, answer: Answer) -> None:
        """Say how to fetch a background answer; only its id goes to stdout."""
        from aichat.app.calls.polling import way_back_line  # few answers are

        output, found = self._options.output, answer.response_id or ""
        if not (output.json or output.events):
            self._world.write_text(f"{sanitize_line(found)}\n")
        self.tell(way_back_line("the answer", f"aichat ask --resume {found}"))

    def _part_from_answer(self) -> None:
        """Print a blank line below the answer if remarks follow on the same terminal."""
        if self._world.stdout_tty and self._world.stderr_tty and not self._file:
            self._world.say("")

    def _save(self, path: Path, text: str) -> None:
        try:
            write_whole(path, text.encode("utf-8", "replace"))
        except AichatError:
            self._world.write_text(text)  # so that it is not lost
            raise
