"""The tools of a turn: which sources they come from, and what they are called on a wire."""

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

#: Tools that a model may be offered: more are refused by several providers.
MOST_OFFERED = 128

#: Characters of a description that a model is told.
_MOST_DESCRIBED = 4000


class PlannedCall(NamedTuple):
    """A call as it is decided on and run: ``frozen`` is its arguments, as one text of JSON.

    ``fault``: why it is none that could run.
    """

    call: ToolCall
    tool: LocalTool
    source: ToolSource | None
    frozen: str = "{}"
    subject: Subject = Subject()
    fault: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """What it is called with."""
        found: dict[str, Any] = json.loads(self.frozen)
        return found

    @property
    def identity(self) -> str:
        """Its name and arguments, as one text."""
        return f"{self.tool.name}\0{self.frozen}"


class Toolkit:
    """The tools that a model is offered and that run here, by the names they have on a wire.

    ``known`` are the names of all that the sources have; ``place`` is the folder they work in.
    """

    def __init__(
        self, sources: Iterable[ToolSource], wanted: Callable[[str], bool], place: str = ""
    ) -> None:
        self.sources, self.place, self._wanted = [*sources], place, wanted
        self._collect()

    def refresh(self) -> None:
        """Look, between two questions, whether sources have other tools. Errors: ``usage``."""
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
        """What a model is offered: these, and those that are only ``declared``."""
        own = tuple(
            Tool(name, tool.description[:_MOST_DESCRIBED], tool.parameters, runs_here=True)
            for name, (tool, _) in self._tools.items()
        )
        others = (tool for tool in declared if not tool.runs_here and tool.name not in self._tools)
        return (*own, *others)

    @property
    def guidance(self) -> str:
        """What a model is told besides each tool, by their sources."""
        return "\n\n".join(filter(None, (source.guidance for source in self.sources)))

    def answers(self, answer: Answer, offered: Sequence[Tool]) -> bool:
        """Whether an answer has calls, and none that is the user's to answer.

        That is one of a function that was ``offered`` and does not run here. What was not
        offered at all is answered: models make up names.
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
        """End whatever sources have started, all at once."""
        for end in [run_in_thread(source.close, Exception) for source in self.sources]:
            with suppress(OSError, AichatError):
                end()


def wanted_tools(setup: Setup) -> tuple[str, ...]:
    """The tools that the command line names, else the profile; ``none`` is the name of none."""
    given: Sequence[str] = value_of(setup.conduct.tools, ())
    return tuple(name for name in given if name != "none")


def wanted_servers(setup: Setup) -> tuple[str, ...]:
    """The servers that the command line names, else the profile; ``none`` is the name of none."""
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
    """The tools that are named; None where there are none. Servers are started for it.

    ``ahead`` are ways to servers that were started before: ended where nothing comes of it.

    Errors: ``usage`` for a name that nothing has, ``config`` for a program that is none and for
    a server that is not trusted; of a server that does not come, where it ``must_come``.
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
    """Whether the name of a tool is that of a file whose functions are tools."""
    return name.endswith(".py")


class NamedPrograms(NamedTuple):
    """What has to be started for its tools: servers, and Python files.

    ``is_typed``: the files stand on the command line, where the current folder is meant.
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
    """The sources that something is started for. Errors: as of ``open_toolkit``."""
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
    """What ``sources`` have started is ended where this ends with an error."""
    try:
        yield
    except BaseException:
        for source in sources:
            source.close()
        raise


def _is_typed(setup: Setup) -> bool:
    """Whether the tools stand on the command line."""
    return bool(setup.conduct.tools and setup.conduct.tools.origin.kind != "profile")


def _is_wanted(names: Sequence[str], servers: Sequence[ToolSource], tool: str) -> bool:
    """Whether a tool is named, or of a server of whose tools none is named."""
    if any(fnmatchcase(tool, wanted) for wanted in names):
        return True
    server = next((f"{s.name}." for s in servers if tool.startswith(f"{s.name}.")), "")
    return bool(server) and not any(name.startswith(server) for name in names)


def every_source(place: ToolPlace, config: Config) -> list[ToolSource]:
    """All sources that there are without anything being started. Errors: ``config``."""
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
    """Where tools work: in ``root``, else the current folder. Errors: ``usage`` if it is none."""
    folder = expand_path(root) if root else Path.cwd()
    if not folder.is_dir():
        raise usage_error(f"--root {root}: there is no such folder")
    environ = world.environ
    ours = (config_dir(environ, given_config), data_dir(environ), cache_dir(environ))
    sandbox = SandboxRule(config.rules.get("sandbox", "auto"))
    return ToolPlace(RootedFolder(folder, ours), environ, world.clock, local_pages, sandbox)


def _check_names(names: Sequence[str], kit: Toolkit) -> None:
    """Raise (``usage``) for a name or glob that is no tool's."""
    for name in names:
        if not any(fnmatchcase(tool.name, name) for tool in kit.tools):
            hint = f"there are: {', '.join(kit.known)}"
            raise usage_error(f"unknown tool '{name}'{suggestion(name, kit.known)}", hint)


def loud_rules(rules: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """The rules of the config's table, without what else stands in it."""
    return {name: rules.get(name, ()) for name in ("allow", "ask", "deny")}
