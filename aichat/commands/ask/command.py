"""``aichat ask``: one question, one answer."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aichat import wires
from aichat.app.exchange import show
from aichat.app.exchange.adapt import fit_request
from aichat.app.exchange.turn import TurnContext, carry_out, complete_request
from aichat.app.history.recorder import Recorder
from aichat.app.question.input import read_question
from aichat.app.question.prepare import (
    Context,
    PreparedQuestion,
    is_strict,
    prepare,
    setup_for_thread,
)
from aichat.app.question.thread import open_thread
from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.keys import placeholder_key
from aichat.app.setup.targets import Targets
from aichat.core.cli.argv import Argument, Command
from aichat.core.cli.options import ASK_OPTIONS
from aichat.core.exchange.answer import Answer
from aichat.core.exchange.outcome import remarks, usage_line
from aichat.core.http.curl import as_curl
from aichat.core.message.code_blocks import first_block
from aichat.core.message.message import Message
from aichat.disk.config import credentials
from aichat.disk.files.atomic import check_target, write_whole
from aichat.disk.paths import expand_path
from aichat.errors import AichatError, Fault, Interrupted
from aichat.process.signals import resend_signals
from aichat.process.world import World
from aichat.term.answer.plain import Sink


def run(world: World, values: Mapping[str, Any]) -> int:
    """Ask, show, and give the exit code."""
    with resend_signals():
        return _run(world, values)


def _run(world: World, values: Mapping[str, Any]) -> int:
    models = values["model"]
    values = {**values, "model": models[0] if models else None}
    out = AskOutput(world, values)
    if len(models) > 1:
        from aichat.app.exchange import several

        def first(recorder: Recorder) -> PreparedQuestion:
            return _prepare(world, values, recorder, out)

        return several.run(several.ComparisonContext(world, values, out.note), models, first)
    sink = show.make_sink(world, values, out.write, out.note, lambda: out.ui)
    out.say = getattr(sink, "say", world.say)
    try:
        if values["dry_run"]:
            return _dry_run(world, values, out)
        answer = _ask(world, values, sink, out)
        out.finish(answer)
    except AichatError as error:
        answer = _unsent_answer(error.fault)
        if out.is_structured and error.fault.kind != "output":
            sink.close(answer)
            out.finish(answer)
    if answer.fault is None:
        return 0
    world.report_fault(answer.fault)
    if answer.fault.signum:
        raise Interrupted(answer.fault.signum)
    return answer.fault.exit_code


class AskOutput:
    """Where the answer goes: stdout at once, or a file in the end."""

    def __init__(self, world: World, values: Mapping[str, Any]) -> None:
        self._world, self._values = world, values
        self._pieces: list[str] = []
        self._file = expand_path(values["output"]) if values["output"] else None
        self.write: Callable[[str], object] = (
            self._pieces.append if self._file else world.write_text
        )
        self.say: Callable[[str], object] = world.say
        self.ui: Mapping[str, Any] = {}  # once the config has been read
        self.is_structured = bool(values["json"] or values["events"])

    def check_writable(self) -> None:
        """Raise, before anything is sent, where the answer could not be written."""
        if self._file:
            check_target(self._file)
        elif self._world.stdout is None:
            raise AichatError(Fault("output", "stdout is closed: nothing was sent"))

    def note(self, line: str) -> None:
        """A line on stderr, unless the user wants none."""
        if not self._values["quiet"]:
            self.say(line)

    def tell(self, line: str) -> None:
        """A line of ours."""
        self.note(f"aichat: {line}")

    def finish(self, answer: Answer) -> None:
        """Write the file, whole; an unfinished answer goes beside it. Then the last remarks."""
        text = "".join(self._pieces)
        if self._file and (text or not answer.fault):
            partial = self._file.with_name(f"{self._file.name}.partial")
            self._save(partial if answer.fault else self._file, text)
        for remark in remarks(answer):
            self.tell(remark)
        if self._values["usage"] and answer.provider:
            self.say(usage_line(answer))

    def _save(self, path: Path, text: str) -> None:
        try:
            write_whole(path, text.encode("utf-8", "replace"))
        except AichatError:
            self._world.write_text(text)  # rather on the screen than lost
            raise


def _ask(world: World, values: Mapping[str, Any], sink: Sink, out: AskOutput) -> Answer:
    out.check_writable()
    recorder = Recorder(world.environ, world.clock, out.tell, quiet=values["no_save"])
    prepared = _prepare(world, values, recorder, out)
    out.ui = prepared.setup.config_file.config.ui
    targets, others = Targets(world, out.tell), None
    if prepared.setup.value("fallback"):
        from aichat.app.exchange.fallback import Fallback

        others = Fallback(world, values, targets).attempts_for(prepared)
    target = targets.endpoint_for(prepared.setup)

    def end(answer: Answer) -> Answer:
        return _check_extract(answer, values)

    turn = TurnContext(world, values, sink, recorder, out.say, end, others)
    return carry_out(turn, prepared, target)


def _prepare(
    world: World, values: Mapping[str, Any], recorder: Recorder, out: AskOutput
) -> PreparedQuestion:
    """Settings first: a bad one is told before stdin is waited for."""
    begun = open_thread(recorder.store, values, recorder.new_id(), out.tell)
    setup = setup_for_thread(world, values, begun)
    for warning in filter(
        None, (*setup.config_file.warnings, credentials.exposure_warning(setup.folder))
    ):
        out.tell(f"warning: {warning}")
    needed = not (begun.path or begun.unanswered)
    return prepare(
        setup,
        values,
        begun,
        lambda: read_question(world, values, out.tell, needed=needed),
        Context(world, out.tell),
    )


def _check_extract(answer: Answer, values: Mapping[str, Any]) -> Answer:
    """With ``-x`` an answer without the block it is asked for is a fault (exit 12)."""
    language = values["extract_lang"]
    if not (values["extract"] or language) or answer.fault:
        return answer
    if first_block(answer.text, language) is not None:
        return answer
    what = f"no {language} code block" if language else "no code block"
    return answer._replace(fault=Fault("no_code", f"the answer has {what}"))


def _dry_run(world: World, values: Mapping[str, Any], out: AskOutput) -> int:
    """Print what would be sent, without a key, an engine or a connection."""
    recorder = Recorder(world.environ, world.clock, out.tell, quiet=True)
    prepared = _prepare(world, values, recorder, out)
    target = make_endpoint(prepared.setup, placeholder_key(prepared.setup))
    _, request, target = complete_request(prepared, target, world.clock.now())
    request, notices = fit_request(request, target, strict=is_strict(prepared.setup, values))
    for notice in notices:
        out.tell(notice.message)
    text = as_curl(wires.load(target.wire).encode(request, target)) + "\n"
    world.write_text(world.printable(text))
    return 0


def _unsent_answer(fault: Fault) -> Answer:
    """The answer of a question that was never sent."""
    return Answer(fault.provider or "", fault.model or "", Message("assistant", ()), fault=fault)


COMMAND = Command(
    name="ask",
    summary="Ask one question and print the answer.",
    examples=(
        "aichat ask What is a monad, in one sentence?",
        "git diff | aichat ask write a commit message for this",
    ),
    options=ASK_OPTIONS,
    arguments=(
        Argument(
            "words",
            "The question; needs no quotes. - marks where stdin goes.",
            many=True,
            required=False,
        ),
    ),
    run=run,
)
