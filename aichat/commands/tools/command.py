"""``aichat tools``: the tools that a model may call, their origins, and their rules."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from aichat.app.tools.source import ToolSource
from aichat.app.tools.toolkit import (
    NamedPrograms,
    PlannedCall,
    Toolkit,
    every_source,
    is_python_file,
    loud_rules,
    start_sources,
    tool_place,
)
from aichat.core.billing.token_estimate import estimate_text
from aichat.core.cli.argv import JSON_OPTION, Argument, Command, Option
from aichat.core.message.message import ToolCall
from aichat.core.text.sanitize import sanitize
from aichat.core.tools.rules import Decision, decide, parse_rules, rule_for
from aichat.core.tools.tool import LocalTool
from aichat.disk.config import toml_file
from aichat.disk.paths import config_dir
from aichat.errors import suggestion, usage_error
from aichat.process.world import World
from aichat.term.widgets.table import format_table
from aichat.values import NamedTuple


class StartedOptions(NamedTuple):
    """Further sources of tools to start: Python files and MCP servers."""

    tool: tuple[str, ...]
    mcp: tuple[str, ...]
    config_dir: str | None


class ToolListOptions(NamedTuple):
    """The options of ``tools list``."""

    started: StartedOptions
    json: bool


class ToolShowOptions(NamedTuple):
    """The options of ``tools show``."""

    name: str
    started: StartedOptions
    json: bool


class ToolTestOptions(NamedTuple):
    """The options of ``tools test``."""

    name: str
    arguments: str
    started: StartedOptions
    allow: tuple[str, ...]
    root: str | None
    json: bool


def list_tools(world: World, options: ToolListOptions) -> int:
    """List tools with their origin, their size in a request, and a hash of their definition."""
    with _opened_sources(world, None, options.started) as sources:
        tools = _tools_of(sources)
    if options.json:
        world.write_json([_facts(tool) for tool in tools])
        return 0
    rows = [
        (tool.name, tool.origin, str(_size(tool)), _hash(tool)[:8], tool.description)
        for tool in tools
    ]
    head = ("tool", "from", "tokens", "hash", "description")
    shown = [tuple(sanitize(cell) for cell in row) for row in rows]
    world.write_text(format_table(head, shown, terminal=world.stdout_tty, columns=world.columns()))
    return 0


def show_tool(world: World, options: ToolShowOptions) -> int:
    """Show all details of one tool."""
    with _opened_sources(world, None, options.started) as sources:
        facts = _facts(_tool_called(_tools_of(sources), options.name))
    if options.json:
        world.write_json(facts)
        return 0
    for name, value in facts.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        world.print_lines(f"{name}: {text}", hang=2)
    return 0


def test_rules(world: World, options: ToolTestOptions) -> int:
    """Show which rule decides about a call with these arguments; nothing is run."""
    with _opened_sources(world, options.root, options.started) as sources:
        planned = _plan(sources, options.name, options.arguments)
    tool = planned.tool
    if planned.fault:
        raise usage_error(
            f"{tool.name}: {planned.fault}", f"parameters: {json.dumps(tool.parameters)}"
        )
    config = toml_file.load(config_dir(world.environ, options.started.config_dir)).config
    rules = parse_rules(loud_rules(config.rules), options.allow)
    decision = decide(rules, tool, planned.subject, planned.arguments)
    rule = rule_for(tool, planned.subject)
    if options.json:
        world.write_json({**decision._asdict(), "subject": planned.subject.words, "would": rule})
        return 0
    world.print_lines(_decision_text(decision), hang=2)
    if decision.effect == "ask":
        world.print_lines(f"this rule would allow it: {rule}", hang=2)
    return 0


def _decision_text(decision: Decision) -> str:
    by = f"by the rule {decision.rule}" if decision.rule else ""
    return ", ".join(filter(None, (decision.effect, by, decision.why)))


@contextmanager
def _opened_sources(
    world: World, root: str | None, options: StartedOptions
) -> Iterator[list[ToolSource]]:
    """All sources, including the named ones; started ones are stopped at the end."""
    config = toml_file.load(config_dir(world.environ, options.config_dir)).config
    place = tool_place(world, root, options.config_dir, config)
    for name in options.tool:
        if not is_python_file(name):
            raise usage_error(f"--tool {name}: here it is a FILE.py whose tools are listed too")
    sources = every_source(place, config)
    started = start_sources(world, config, NamedPrograms(options.mcp, options.tool), world.say)
    try:
        yield [*sources, *started]
    finally:
        for source in started:
            source.close()


def _tools_of(sources: Sequence[ToolSource]) -> list[LocalTool]:
    return [tool for source in sources for tool in source.tools()]


def _plan(sources: Sequence[ToolSource], name: str, arguments: str) -> PlannedCall:
    """A call as a model would make it. Errors: ``usage`` for an unknown tool."""
    tool = _tool_called(_tools_of(sources), name)
    kit = Toolkit(sources, lambda known: known == tool.name)
    (called,) = (definition.name for definition in kit.definitions())
    return kit.plan(ToolCall("test", called, arguments))


def _tool_called(tools: Sequence[LocalTool], name: str) -> LocalTool:
    found = next((tool for tool in tools if tool.name == name), None)
    if found is None:
        known = [tool.name for tool in tools]
        raise usage_error(
            f"unknown tool '{name}'{suggestion(name, known)}", f"there are: {', '.join(known)}"
        )
    return found


def _definition(tool: LocalTool) -> str:
    """A tool's definition as sent to models."""
    return json.dumps([tool.name, tool.description, tool.parameters], ensure_ascii=False)


def _size(tool: LocalTool) -> int:
    return estimate_text(_definition(tool))


def _hash(tool: LocalTool) -> str:
    return sha256(_definition(tool).encode("utf-8", "replace")).hexdigest()


def _facts(tool: LocalTool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "from": tool.origin,
        "description": tool.description,
        "parameters": tool.parameters,
        "matched": tool.subject,
        "tokens": _size(tool),
        "sha256": _hash(tool),
    }


_NAME = Argument("name", "The tool.")
_STARTED = (
    Option(
        ("--tool",),
        "The functions of this Python file are among the tools. Repeatable.",
        metavar="FILE.py",
        many=True,
    ),
    Option(
        ("--mcp",),
        "The tools of this MCP server are among them, as for ask. Repeatable.",
        metavar="NAME|COMMAND|URL|FILE",
        many=True,
    ),
)

COMMAND = Command(
    name="tools",
    summary="List the tools a model may have run here; test rules.",
    examples=("aichat tools list", 'aichat tools test read_file \'{"path": "notes.txt"}\''),
    commands=(
        Command(
            "list",
            "List the tools, where they are from and what they take of a request.",
            ("aichat tools list", "aichat tools list --tool ./calc.py --mcp time"),
            options=(*_STARTED, JSON_OPTION),
            run=list_tools,
            reads=ToolListOptions,
        ),
        Command(
            "show",
            "Show everything about a tool.",
            ("aichat tools show run_command", "aichat tools show fetch_url --json"),
            options=(*_STARTED, JSON_OPTION),
            arguments=(_NAME,),
            run=show_tool,
            reads=ToolShowOptions,
        ),
        Command(
            "test",
            "Say which rule decides about a call, and why; nothing is run.",
            (
                'aichat tools test run_command \'{"argv": ["git", "status"]}\'',
                "aichat tools test read_file '{\"path\": \"a.txt\"}' --allow 'read_file(*.txt)'",
            ),
            options=(
                *_STARTED,
                Option(
                    ("--allow",), "A rule besides those of the config.", metavar="RULE", many=True
                ),
                Option(("--root",), "The folder that tools stay in.", metavar="DIR"),
                JSON_OPTION,
            ),
            arguments=(_NAME, Argument("arguments", "The arguments, as a JSON object.")),
            run=test_rules,
            reads=ToolTestOptions,
        ),
    ),
)
