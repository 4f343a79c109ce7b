"""Program tools: any command by its words, shell scripts, and the config's programs."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aichat.app.tools.local.builtin import Builtin, ToolPlace, parameters
from aichat.app.tools.source import CallControl, Progress
from aichat.core.message.tool_schema import parse_tools
from aichat.core.tools.cut import MOST_KEPT
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import CALL_SECONDS, LocalTool, ToolOutcome, text_outcome
from aichat.errors import AichatError, config_error, usage_error
from aichat.process.programs.background import BackgroundProgram, ProgramResult, end_programs
from aichat.process.programs.environment import tool_environment
from aichat.values import NamedTuple

#: Bytes of stderr to report after a failure.
_STDERR_TOLD = 2000

#: Bytes of output per progress update.
_PROGRESS_BYTES = 1000


class ProgramCommand(NamedTuple):
    """What to run, where, and with which environment."""

    argv: Sequence[str]
    folder: Path
    environ: Mapping[str, str]


def run_program(
    command: ProgramCommand, control: CallControl, given: bytes = b"", *, merged: bool = False
) -> ToolOutcome:
    """Run a program and return its output; ``merged``: with stderr and any status.

    Errors: ``usage`` if it cannot be started.
    """
    try:
        program = BackgroundProgram(*command, given)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise usage_error(f"cannot run {command.argv[0]}: {why}") from None
    control.on_cancel(program.stop)

    def see(data: bytes) -> None:
        control.report(Progress(0, None, data[-_PROGRESS_BYTES:].decode("utf-8", "replace")))

    return _outcome(program.result(MOST_KEPT, see), merged=merged)


def _outcome(done: ProgramResult, *, merged: bool) -> ToolOutcome:
    text = done.stdout.decode("utf-8", "replace")
    stderr = done.stderr.decode("utf-8", "replace")
    if done.size > len(done.stdout):
        text += f"\n[... {done.size - len(done.stdout)} bytes more were not kept ...]"
    said = stderr if merged else stderr[-_STDERR_TOLD:] if done.status else ""
    if said:
        text += f"\n[stderr]\n{said}"
    if done.status:
        ending = f"by signal {-done.status}" if done.status < 0 else f"with status {done.status}"
        text += f"\n[ended {ending}]"
    return text_outcome(text, "error" if done.status else "ok")


# -- run_command and run_shell


def _command_folder(place: ToolPlace, arguments: Mapping[str, Any]) -> Path:
    return place.root.path / place.root.relative(str(arguments.get("cwd") or "."))


def _argv(arguments: Mapping[str, Any]) -> list[str]:
    """The words of a command. Errors: ``usage`` if they are invalid."""
    argv = arguments.get("argv")
    fits = isinstance(argv, list) and argv and all(isinstance(word, str) for word in argv)
    if not fits or not argv[0]:  # type: ignore[index]  # it fits
        raise usage_error("argv must be a list of strings: the program, then its arguments")
    if any("\0" in word for word in argv):  # type: ignore[union-attr]
        raise usage_error("an argument cannot have a NUL in it")
    return list(argv)  # type: ignore[arg-type]


def _command_subject(place: ToolPlace, arguments: Mapping[str, Any]) -> Subject:
    try:
        argv, folder = _argv(arguments), place.root.relative(str(arguments.get("cwd") or "."))
    except AichatError as error:
        return Subject(refusal=error.fault.message)
    caution = f"it runs in {folder}, not in the root" if folder != "." else ""
    rule = place.sandbox
    return Subject(tuple(argv), caution, rule.refusal, terms=rule.terms)


def _run_command(
    place: ToolPlace, arguments: Mapping[str, Any], control: CallControl
) -> ToolOutcome:
    from shutil import which  # here, since it imports compression modules

    environ = tool_environment(place.environ)
    argv = _argv(arguments)
    if which(argv[0], path=environ.get("PATH")) is None:
        raise usage_error(f"there is no program {argv[0]}")
    folder = _command_folder(place, arguments)
    return _run_within(place, ProgramCommand(argv, folder, environ), control)


def _run_within(place: ToolPlace, command: ProgramCommand, control: CallControl) -> ToolOutcome:
    """Run a model's program in the sandbox, if any, which may be why it fails."""
    argv = place.sandbox.command(command.argv, place.root, command.folder)
    done = run_program(command._replace(argv=argv), control, merged=True)
    if not (done.is_error and place.sandbox.wrap):
        return done
    return text_outcome(f"{done.text}\n[{place.sandbox.terms}]", done.status)


def _shell_subject(place: ToolPlace, arguments: Mapping[str, Any]) -> Subject:
    script = arguments.get("script")
    if not isinstance(script, str) or not script.strip() or "\0" in script:
        return Subject(refusal="script must be a text without NUL")
    return Subject((script,), "", place.sandbox.refusal, terms=place.sandbox.terms)


def _run_shell(place: ToolPlace, arguments: Mapping[str, Any], control: CallControl) -> ToolOutcome:
    argv = ["/bin/sh", "-c", str(arguments["script"])]
    command = ProgramCommand(argv, place.root.path, tool_environment(place.environ))
    return _run_within(place, command, control)


_WORDS = {"type": "array", "items": {"type": "string"}, "minItems": 1}

PROGRAM_TOOLS = (
    Builtin(
        LocalTool(
            "run_command",
            "Run a program with these arguments, without a shell: no pipes, no redirection, "
            'no globs. argv is the program and its arguments, as ["git", "status"].',
            parameters({"argv": _WORDS}, cwd="string"),
            subject="argv",
            subject_keys=("argv",),
        ),
        _command_subject,
        _run_command,
    ),
    Builtin(
        LocalTool(
            "run_shell",
            "Run a script of the POSIX shell. Prefer run_command where no shell is needed.",
            parameters({"script": "string"}),
            subject="exact",
            subject_keys=("script",),
        ),
        _shell_subject,
        _run_shell,
    ),
)


# -- the config's programs


def config_tool(name: str, table: Mapping[str, Any]) -> LocalTool:
    """A ``[tools.NAME]`` of the config as a tool. Errors: ``config``."""
    if not (name.isascii() and re.fullmatch(r"[\w-]+", name)):
        raise config_error(f"[tools.{name}]: only letters, digits, _ and - can be in its name")
    given = table.get("parameters", "")
    schema = given if isinstance(given, Mapping) else _short_schema(name, str(given))
    try:
        parse_tools(json.dumps([{"name": "x", "parameters": schema}]))
    except AichatError as error:
        raise config_error(f"tools.{name}.parameters: {error.fault.message}") from None
    if "command" not in table:
        raise config_error(f"tools.{name}: command is missing")
    words = " ".join(table["command"])
    about = table.get("description") or f"runs {words}"
    seconds = float(table.get("timeout", CALL_SECONDS))
    return LocalTool(name, about, schema, f"[tools.{name}]", seconds=seconds)


def _short_schema(name: str, text: str) -> dict[str, Any]:
    """The schema of ``'path, depth int'``: names with their types, text by default."""
    kinds = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "": "string"}
    required: dict[str, Any] = {}
    for piece in filter(None, map(str.strip, text.split(","))):
        key, _, kind = piece.partition(" ")
        if not key.isidentifier() or kind.strip() not in kinds:
            raise config_error(f"tools.{name}.parameters: '{piece}' is not NAME or NAME TYPE")
        required[key] = kinds[kind.strip()]
    return parameters(required)


class ConfigSource:
    """The config's programs as tools."""

    name, guidance = "config", ""
    is_parallel = True

    def __init__(self, place: ToolPlace, tables: Mapping[str, Mapping[str, Any]]) -> None:
        self._place, self._tables = place, tables

    def tools(self) -> tuple[LocalTool, ...]:
        """One for each table."""
        return tuple(config_tool(name, table) for name, table in self._tables.items())

    def refresh(self) -> bool:
        """They never change."""
        return False

    def subject(self, tool: LocalTool, arguments: Mapping[str, Any]) -> Subject:
        """What a call is about: its arguments; one that looks like an option is refused."""
        try:
            self._command(tool, arguments)
        except AichatError as error:
            return Subject(refusal=error.fault.message)
        return Subject()

    def call(
        self, tool: LocalTool, arguments: Mapping[str, Any], control: CallControl
    ) -> ToolOutcome:
        """Run it, with its arguments among its words or, if none has a place there, on stdin."""
        argv, is_placed = self._command(tool, arguments)
        given = b"" if is_placed else json.dumps(dict(arguments)).encode()
        named = self._tables[tool.name].get("env", {})
        environ = tool_environment(self._place.environ, named)
        return run_program(ProgramCommand(argv, self._place.root.path, environ), control, given)

    def _command(self, tool: LocalTool, arguments: Mapping[str, Any]) -> tuple[list[str], bool]:
        """The words to run, and whether arguments have a place among them."""
        command = self._tables[tool.name]["command"]
        argv, is_placed, options_end = [], False, False
        for word in command:
            options_end = options_end or word == "--"
            key = word[1:-1] if word[:1] == "{" and word[-1:] == "}" else ""
            if key not in tool.parameters.get("properties", {}):
                argv.append(word)
                continue
            is_placed = True
            if key in arguments:
                argv.append(_placed_value(key, arguments[key], options_end=options_end))
        return argv, is_placed

    def close(self) -> None:
        """Stop the programs still running."""
        end_programs()


def _placed_value(key: str, value: Any, *, options_end: bool) -> str:
    """A value as a word of a command. Errors: ``usage`` if it looks like an option."""
    text = value if isinstance(value, str) else json.dumps(value)
    if "\0" in text:
        raise usage_error(f"{key} cannot have a NUL in it")
    if text.startswith("-") and not options_end:
        raise usage_error(f"{key} cannot begin with -: it would be an option")
    return text
