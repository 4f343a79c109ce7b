"""The tools of a turn: their sources, and their names on the wire."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aichat.app.setup.setup import Setup
from aichat.app.tools.local.builtin import BuiltinSource, ToolPlace
from aichat.app.tools.local.programs import ConfigSource
from aichat.app.tools.local.sandbox import SandboxRule
from aichat.app.tools.local.table import BUILTINS
from aichat.app.tools.source import ToolSource
from aichat.core.cli.options import AskOptions
from aichat.core.config.precedence import value_of
from aichat.core.config.schema import Config
from aichat.core.exchange.answer import Answer
from aichat.core.message.message import ToolCall
from aichat.core.message.tool_schema import Tool
from aichat.core.tools.arguments import argument_fault, freeze_arguments
from aichat.core.tools.rules import Subject
from aichat.core.tools.tool import LocalTool
from aichat.core.tools.wire_names import wire_names
from aichat.disk.files.rooted import RootedFolder
from aichat.disk.paths import cache_dir, config_dir, data_dir, expand_path
from aichat.errors import AichatError, config_error, suggestion, usage_error
from aichat.process.threads import run_in_thread
from aichat.process.world import World
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.app.tools.mcp.connection import ServerLink

#: The most tools offered to a model: several providers refuse more.
MOST_OFFERED = 128

#: The most characters of a description for a model.
_MOST_DESCRIBED = 4000


class PlannedCall(NamedTuple):
    """A call to decide on and run; ``frozen`` is its arguments as JSON text.

    ``fault``: why it cannot run.
    """

    call: ToolCall
    tool: LocalTool
    source: ToolSource | None
    frozen: str = "{}"
    subject: Subject = Subject()
    fault: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """Its arguments."""
        found: dict[str, Any] = json.loads(self.frozen)
        return found

    @property
    def identity(self) -> str:
        """Its name and arguments, as one text."""
        return f"{self.tool.name}\0{self.frozen}"


class Toolkit:
    """The tools offered to a model and run here, by their names on the wire.

    ``known`` are the names of all tools of the sources; ``place`` is the folder they work in.
    """

    def __init__(
        self, sources: Iterable[ToolSource], wanted: Callable[[str], bool], place: str = ""
    ) -> None:
        self.sources, self.place, self._wanted = [*sources], place, wanted
        self._collect()

    def refresh(self) -> None:
        """Between two questions, update the tools of the sources. Errors: ``usage``."""
        changed = [source.refresh() for source in self.sources]
        if any(changed):
            self._collect()

    def _collect(self) -> None:
        self.known = [tool.name for source in self.sources for tool in source.tools()]
        found = {
            tool.name: (tool, source)
            for source in self.sources
            for tool in source.tools()
            if self._wanted(tool.name)
        }
        if len(found) > MOST_OFFERED:
            raise usage_error(
                f"{len(found)} tools are more than the {MOST_OFFERED} that models take",
                "name fewer with --tool, or with tools = [...] of a server in the config",
            )
        self._tools = {wire: found[name] for wire, name in wire_names(found).items()}

    @property
    def tools(self) -> tuple[LocalTool, ...]:
        """All of them."""
        return tuple(tool for tool, _ in self._tools.values())

    def definitions(self, declared: Sequence[Tool] = ()) -> tuple[Tool, ...]:
        """The tools to offer a model: these, and those that are only ``declared``."""
        own = tuple(
            Tool(name, tool.description[:_MOST_DESCRIBED], tool.parameters, runs_here=True)
            for name, (tool, _) in self._tools.items()
        )
        others = (tool for tool in declared if not tool.runs_here and tool.name not in self._tools)
        return (*own, *others)

    @property
    def guidance(self) -> str:
        """The sources' guidance for a model."""
        return "\n\n".join(filter(None, (source.guidance for source in self.sources)))

    def answers(self, answer: Answer, offered: Sequence[Tool]) -> bool:
        """Whether an answer has calls, all of which are ours to answer.

        The user answers calls of a function that was ``offered`` but does not run here. Calls of
        one that was not offered are ours: models make up names.
        """
        theirs = {tool.name for tool in offered if not tool.runs_here}
        calls = answer.calls
        return bool(calls) and answer.fault is None and all(c.name not in theirs for c in calls)

    def plan(self, call: ToolCall, arguments: str | None = None) -> PlannedCall:
        """A call as it would run, with its own or with other ``arguments``."""
        if call.name not in self._tools:
            why = f"there is no tool {call.name}; there are: {', '.join(self._tools)}"
            return PlannedCall(call, LocalTool(call.name, "", {}), None, fault=why)
        tool, source = self._tools[call.name]
        frozen = freeze_arguments(call.arguments if arguments is None else arguments)
        if frozen is None:
            return PlannedCall(call, tool, source, fault="the arguments are not a JSON object")
        given = json.loads(frozen)
        if fault := argument_fault(tool.parameters, given):
            return PlannedCall(call, tool, source, frozen, fault=fault)
        return PlannedCall(call, tool, source, frozen, source.subject(tool, given))

    def close(self) -> None:
        """Stop everything the sources have started, all at once."""
        for end in [run_in_thread(source.close, Exception) for source in self.sources]:
            with suppress(OSError, AichatError):
                end()


def wanted_tools(setup: Setup) -> tuple[str, ...]:
    """The tools named on the command line, else in the profile; ``none`` means none."""
    given: Sequence[str] = value_of(setup.conduct.tools, ())
    return tuple(name for name in given if name != "none")


def wanted_servers(setup: Setup) -> tuple[str, ...]:
    """The servers named on the command line, else in the profile; ``none`` means none."""
    given: Sequence[str] = value_of(setup.conduct.mcp, ())
    return tuple(name for name in given if name != "none")


def open_toolkit(
    world: World,
    setup: Setup,
    options: AskOptions,
    tell: Callable[[str], object],
    *,
    must_come: bool = True,
    ahead: "Sequence[ServerLink]" = (),
) -> Toolkit | None:
    """The named tools, starting servers for them; None if there are none.

    ``ahead`` are connections to servers started before, which are closed if unused.

    Errors: ``usage`` for an unknown name, ``config`` for an invalid program and for an untrusted
    server; with ``must_come`` also those of a server that cannot be reached.
    """
    names, servers = wanted_tools(setup), wanted_servers(setup)
    if not (names or servers):
        return None
    local = options.input.allow_local
    config = setup.config_file.config
    place = tool_place(world, options.tooling.root, options.config_dir, config, local_pages=local)
    files = [name for name in names if is_python_file(name)]
    names = tuple(name for name in names if name not in files)
    programs = NamedPrograms(servers, files, is_typed=_is_typed(setup))
    started = start_sources(world, config, programs, tell, must_come=must_come, ahead=ahead)
    with closed_on_error(started):
        sources = [*every_source(place, config), *started]
        kit = Toolkit(sources, partial(_is_wanted, names, started), str(place.root.path))
        _check_names(names, kit)
    return kit


def is_python_file(name: str) -> bool:
    """Whether a tool's name is that of a file whose functions are tools."""
    return name.endswith(".py")


class NamedPrograms(NamedTuple):
    """Programs to start for their tools: servers, and Python files.

    ``is_typed``: the files are on the command line, relative to the current folder.
    """

    servers: Sequence[str] = ()
    files: Sequence[str] = ()
    is_typed: bool = True


def start_sources(
    world: World,
    config: Config,
    programs: NamedPrograms,
    tell: Callable[[str], object],
    *,
    must_come: bool = True,
    ahead: "Sequence[ServerLink]" = (),
) -> tuple[ToolSource, ...]:
    """The sources that need something started. Errors: as of ``open_toolkit``."""
    found: tuple[ToolSource, ...] = ()
    if programs.servers:
        from aichat.app.tools.mcp.source import open_servers  # few have any

        servers = programs.servers
        found = open_servers(world, servers, config, tell, must_come=must_come, ahead=ahead)
    if programs.files:
        from aichat.app.tools.mcp.python_file import open_python_files  # few have any

        with closed_on_error(found):
            found += open_python_files(world, programs.files, tell, is_typed=programs.is_typed)
    return found


@contextmanager
def closed_on_error(sources: Sequence[ToolSource]) -> Iterator[None]:
    """A context that stops what ``sources`` have started if it ends with an error."""
    try:
        yield
    except BaseException:
        for source in sources:
            source.close()
        raise


def _is_typed(setup: Setup) -> bool:
    """Whether the tools are named on the command line."""
    return bool(setup.conduct.tools and setup.conduct.tools.origin.kind != "profile")


def _is_wanted(names: Sequence[str], servers: Sequence[ToolSource], tool: str) -> bool:
    """Whether a tool is named, or belongs to a server none of whose tools is named."""
    if any(fnmatchcase(tool, wanted) for wanted in names):
        return True
    server = next((f"{s.name}." for s in servers if tool.startswith(f"{s.name}.")), "")
    return bool(server) and not any(name.startswith(server) for name in names)


def every_source(place: ToolPlace, config: Config) -> list[ToolSource]:
    """All sources that need nothing started. Errors: ``config``."""
    for name in config.tools:
        if name in BUILTINS:
            raise config_error(f"[tools.{name}] has the name of a built-in tool")
    return [BuiltinSource(place, BUILTINS), ConfigSource(place, config.tools)]


def tool_place(
    world: World,
    root: str | None,
    given_config: str | None,
    config: Config,
    *,
    local_pages: bool = False,
) -> ToolPlace:
    """Where tools work: in ``root``, else the current folder. Errors: ``usage`` if invalid."""
    folder = expand_path(root) if root else Path.cwd()
    if not folder.is_dir():
        raise usage_error(f"--root {root}: there is no such folder")
    environ = world.environ
    ours = (config_dir(environ, given_config), data_dir(environ), cache_dir(environ))
    sandbox = SandboxRule(config.rules.get("sandbox", "auto"))
    return ToolPlace(RootedFolder(folder, ours), environ, world.clock, local_pages, sandbox)


def _check_names(names: Sequence[str], kit: Toolkit) -> None:
    """Raise (``usage``) for a name or glob that matches no tool."""
    for name in names:
        if not any(fnmatchcase(tool.name, name) for tool in kit.tools):
            hint = f"there are: {', '.join(kit.known)}"
            raise usage_error(f"unknown tool '{name}'{suggestion(name, kit.known)}", hint)


def loud_rules(rules: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """The rules in the config's table, without its other settings."""
    return {name: rules.get(name, ()) for name in ("allow", "ask", "deny")}
