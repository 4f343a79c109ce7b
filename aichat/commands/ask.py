"""``aichat ask``: one question, one answer."""

from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from aichat import wires
from aichat.commands.ask_input import attachments, parsed_header, prompt_text, system_text, tools_of
from aichat.commands.ask_options import OPTIONS
from aichat.core import options
from aichat.core.answer import Answer
from aichat.core.argv import Argument, Command
from aichat.core.call import as_curl
from aichat.core.code import first_block
from aichat.core.compose import user_message, with_system
from aichat.core.endpoint import Endpoint
from aichat.core.message import Message
from aichat.core.outcome import judged, remarks, usage_line
from aichat.core.request import Request, Settings
from aichat.core.sanitize import visible_json
from aichat.disk import credentials
from aichat.disk.paths import cache_dir, check_target, config_dir, expanded, write_whole
from aichat.errors import AichatError, Fault, Interrupted, usage_error
from aichat.fitting import fitted, own_limit, succeeded
from aichat.resolve import Setup, endpoint, find_key, link, resolve, stand_in
from aichat.term.plain import EventSink, Sink, sink_for
from aichat.term.world import World
from aichat.turn import Terms, Turn


class Prepared(NamedTuple):
    """All that is known before anything is sent."""

    setup: Setup
    request: Request
    system: str | None


def run(world: World, values: Mapping[str, Any]) -> int:
    """Ask, show, and give the exit code."""
    out = Out(world, values)
    sink = sink_for(world, values, out.write, out.note)
    try:
        if values["dry_run"]:
            return _dry_run(world, values, out)
        answer = _answer(world, values, sink, out)
        out.end(answer)
    except AichatError as error:
        answer = _unsent(error.fault)
        if out.machine and error.fault.kind != "output":
            sink.close(answer)
            out.end(answer)
    if answer.fault is None:
        return 0
    world.report(answer.fault)
    if answer.fault.signum:
        raise Interrupted(answer.fault.signum)
    return answer.fault.exit_code


class Out:
    """Where the answer goes: stdout at once, or a file in the end."""

    def __init__(self, world: World, values: Mapping[str, Any]) -> None:
        self._world, self._values = world, values
        self._pieces: list[str] = []
        self._file = expanded(values["output"]) if values["output"] else None
        self.write: Callable[[str], object] = self._pieces.append if self._file else world.text
        self.machine = bool(values["json"] or values["events"])

    def check(self) -> None:
        """Raise, before anything is sent, where the answer could not be written."""
        if self._file:
            check_target(self._file)
        elif self._world.stdout is None:
            raise AichatError(Fault("output", "stdout is closed: nothing was sent"))

    def note(self, line: str) -> None:
        """A line on stderr, unless the user wants none."""
        if not self._values["quiet"]:
            self._world.say(line)

    def end(self, answer: Answer) -> None:
        """Write the file, whole; an unfinished answer goes beside it. Then the last remarks."""
        text = "".join(self._pieces)
        if self._file and (text or not answer.fault):
            partial = self._file.with_name(f"{self._file.name}.partial")
            self._save(partial if answer.fault else self._file, text)
        for remark in remarks(answer):
            self.note(f"aichat: {remark}")
        if self._values["usage"] and answer.provider:
            self._world.say(usage_line(answer))

    def _save(self, path: Path, text: str) -> None:
        try:
            write_whole(path, text.encode("utf-8", "replace"))
        except AichatError:
            self._world.text(text)  # rather on the screen than lost
            raise


def _answer(world: World, values: Mapping[str, Any], sink: Sink, out: Out) -> Answer:
    out.check()
    prepared = _prepare(world, values, out)
    target, request = _target(world, prepared, out.note)
    request, notices = fitted(request, target, strict=_strict(prepared.setup, values))
    turn = Turn(request, target, world.clock, _terms(prepared.setup, values, world))
    if isinstance(sink, EventSink):
        sink.begin(
            provider=target.provider.id, model=request.model, wire=target.wire, conversation=None
        )
    sink.show([*notices])
    answer = judged(_stream(turn, sink), own_limit=own_limit(request, target))
    answer = _extracted(succeeded(answer, target.card), values)
    sink.close(answer)
    return answer


def _strict(setup: Setup, values: Mapping[str, Any]) -> bool:
    return bool(values["strict"] or setup.value("strict"))


def _extracted(answer: Answer, values: Mapping[str, Any]) -> Answer:
    """With ``-x`` an answer without the block it is asked for is a fault (exit 12)."""
    language = values["extract_lang"]
    if not (values["extract"] or language) or answer.fault:
        return answer
    if first_block(answer.text, language) is not None:
        return answer
    what = f"no {language} code block" if language else "no code block"
    return answer._replace(fault=Fault("no_code", f"the answer has {what}"))


def _stream(turn: Turn, sink: Sink) -> Answer:
    """Show the answer while it comes; whatever ends it, what has come is kept."""
    try:
        for batch in turn:
            sink.show(batch)
    except Interrupted as interrupted:
        if interrupted.closed_pipe:
            raise
        turn.interrupt(interrupted.signum)
    return turn.answer()


def _prepare(world: World, values: Mapping[str, Any], out: Out) -> Prepared:
    """Settings first: a bad one is told before stdin is waited for."""
    for name in ("temperature", "top_p", "timeout"):
        if values[name] is not None and not isfinite(values[name]):
            raise usage_error(f"--{name.replace('_', '-')}: {values[name]} is not a number")
    folder = config_dir(world.environ, values["config_dir"])
    names = (*_SETTINGS, "model", "provider", "system", "wire", "region")
    flags = {name: values[name] for name in names}
    flags["stop"] = list(values["stop"])
    flags["options"] = options.parsed(values["option"])
    flags["headers"] = dict(map(parsed_header, values["header"]))
    setup = resolve(folder, world.environ, flags, values["profile"])
    warnings = (*setup.loaded.warnings, credentials.exposed(folder))
    for warning in filter(None, warnings):
        out.note(f"aichat: warning: {warning}")
    system = system_text(setup.values.get("system"), folder)
    text, piped = prompt_text(world, values)
    message = user_message(text, attachments(values["file"], piped))
    request = Request(
        str(setup.model.value),
        (message,),
        _settings(setup, values),
        tools_of(values["tools"]),
        stream=not values["no_stream"],
    )
    return Prepared(setup, request, system)


_SETTINGS = ("temperature", "top_p", "max_tokens", "seed", "effort")


def _settings(setup: Setup, values: Mapping[str, Any]) -> Settings:
    stop = setup.value("stop", ())
    plain = {name: setup.value(name) for name in _SETTINGS}
    return Settings(
        **plain,
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        show_reasoning=False if values["hide_reasoning"] else values["show_reasoning"] or None,
        prefill=values["prefill"],
        options=setup.value("options", {}),
    )


def _target(
    world: World, prepared: Prepared, note: Callable[[str], None]
) -> tuple[Endpoint, Request]:
    """The endpoint, with its key or its engine started, and the request that fits it."""
    setup, request = prepared.setup, prepared.request
    runs = setup.provider.engine
    if runs is None:
        target = endpoint(setup, find_key(setup))
    else:
        from aichat import engine

        note(_local_line(setup))
        local = engine.Local(
            request.model,
            setup.folder if setup.model.origin.startswith("profile") else Path(),
            cache_dir(world.environ),
            setup.table.get("context"),
        )
        target = engine.run(setup.provider, runs, local, endpoint(setup, None).wire)
    target, system = with_system(target, prepared.system)
    return target, request._replace(messages=(*system, *request.messages))


def _local_line(setup: Setup) -> str:
    if setup.provider_origin == "no key is set":
        return (
            f"aichat: no key is set, so a small local model ({setup.model.value}) answers; "
            "for a better one: aichat keys set PROVIDER"
        )
    return f"aichat: loading {setup.model.value} into llama.cpp"


def _terms(setup: Setup, values: Mapping[str, Any], world: World) -> Terms:
    reach = link(setup, values["timeout"], stream=not values["no_stream"])
    retries = 2 if values["retries"] is None else values["retries"]
    if retries < 0 or (values["timeout"] is not None and values["timeout"] <= 0):
        raise usage_error("--retries and --timeout take numbers above 0")
    debug = (lambda line: world.say(f"aichat: debug: {line}")) if values["debug"] else None
    return Terms(reach, retries, debug)


def _dry_run(world: World, values: Mapping[str, Any], out: Out) -> int:
    """Print what would be sent, without a key, an engine or a connection."""
    prepared = _prepare(world, values, out)
    target = endpoint(prepared.setup, stand_in(prepared.setup))
    target, system = with_system(target, prepared.system)
    request = prepared.request._replace(messages=(*system, *prepared.request.messages))
    request, notices = fitted(request, target, strict=_strict(prepared.setup, values))
    for notice in notices:
        out.note(f"aichat: {notice.message}")
    text = as_curl(wires.load(target.wire).encode(request, target)) + "\n"
    world.text(visible_json(text) if world.stdout_tty else text)
    return 0


def _unsent(fault: Fault) -> Answer:
    """The answer of a question that was never sent."""
    return Answer(fault.provider or "", fault.model or "", Message("assistant", ()), fault=fault)


COMMAND = Command(
    name="ask",
    summary="Ask one question and print the answer.",
    examples=(
        "aichat ask What is a monad, in one sentence?",
        "git diff | aichat ask write a commit message for this",
    ),
    options=OPTIONS,
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
