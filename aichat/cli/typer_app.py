"""Command tables as a Typer tree, for help, completion and error messages."""

import contextlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from aichat import __version__
from aichat.core.cli.argv import GLOBAL_OPTIONS, Argument, Command, Option, run_parsed
from aichat.core.cli.help import FIRST_STEPS, SUMMARY, group_options
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import AichatError, suggestion, usage_error
from aichat.process.world import World

#: What Typer raises for a bad command line; its base has no public name of its own.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]

#: On a narrower terminal an option and its meaning do not fit side by side, and Typer never wraps.
_COLUMNS_OF_A_TABLE = 60

#: Help is as wide as the terminal, however wide that is; by default it would stop at 80.
_MAX_COLUMNS = 10_000

#: The widest option that still has its meaning beside it.
_COLUMNS_OF_A_TERM = 30

#: The heading of options that every command has.
_EVERYWHERE = "Everywhere"

#: A hyphen that no line breaks at: Typer would break in the middle of an option's name.
_HYPHEN = "\u2011"

#: Commands and their lines in help, under headings.
Sections = Mapping[str, Mapping[str, str]]


def run_typer(
    world: World, argv: Sequence[str], sections: Sections, command: Command | None
) -> int:
    """Have Typer read ``argv``: it prints help, or runs ``command``, or raises ``usage``.

    Errors: if help is asked for, those of ``World.write_text`` too.
    """
    if argv and "--help" not in argv:
        return _run_program(world, argv, sections, command)
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        code = _run_program(world, argv or ["--help"], sections, command)
    page = shown.getvalue().replace(_HYPHEN, "-")
    if not argv:
        world.write_stderr(page)
        return 2
    world.write_text(page)
    return code


def _run_program(
    world: World, argv: Sequence[str], sections: Sections, command: Command | None
) -> int:
    program = typer.main.get_command(_build_app(world, sections, command, argv))
    shows_help = "--help" in argv or not argv
    if shows_help and (columns := world.columns()) < _COLUMNS_OF_A_TABLE:
        _narrow_help(program, columns)
    try:
        code = program.main(list(argv), "aichat", standalone_mode=False)
    except typer.Exit as leave:
        return leave.exit_code
    except typer.Abort:
        return 130
    except _USAGE_ERROR as error:
        raise _to_usage_error(error, command) from None
    return code or 0


def _narrow_help(command: Any, columns: int) -> None:
    """Make the help of ``command`` and its subcommands put each meaning under its option."""

    class NarrowFormatter(command.context_class.formatter_class):  # type: ignore[misc]
        def __init__(self, **_widths: Any) -> None:
            super().__init__(width=columns)

        def write_dl(self, rows: Iterable[tuple[str, str]], **_layout: int) -> None:
            for term, meaning in rows:
                self.write_text(term)
                with self.indentation():
                    self.write_text(meaning)

    class NarrowContext(command.context_class):  # type: ignore[misc]
        formatter_class = NarrowFormatter

    command.context_class = NarrowContext
    for below in getattr(command, "commands", {}).values():
        _narrow_help(below, columns)


def _to_usage_error(error: Any, command: Command | None) -> AichatError:
    path = " ".join(filter(None, ("aichat", command and command.name)))
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    if error.ctx:
        path = error.ctx.command_path
        message = _unknown_option(error) or message
    words = " (use -- before words that start with a dash)" if hasattr(error, "option_name") else ""
    return usage_error(message, f"see: {path} --help{words}")


def _unknown_option(error: Any) -> str:
    """The message for an option that does not exist; empty if something else is wrong."""
    if not hasattr(error, "possibilities"):
        return ""
    flags = (flag for parameter in error.ctx.command.params for flag in parameter.opts)
    known = [flag[2:] for flag in flags if flag.startswith("--")]
    near = suggestion(error.option_name.lstrip("-"), known)  # the dashes are no likeness
    near = near.replace("'", "--", 1).replace("'", "")  # as it has to be typed
    return f"no such option {sanitize_line(error.option_name)}{near}"


def _build_app(
    world: World, sections: Sections, command: Command | None, argv: Sequence[str]
) -> typer.Typer:
    """The whole tree: ``command`` in full, every other one by its summary."""
    given: dict[str, Any] = {}
    app = _make_group(SUMMARY + FIRST_STEPS, sections)
    app.callback()(
        _make_callback(GLOBAL_OPTIONS, (), lambda parsed: _collect_globals(given, parsed))
    )
    lines = (line for section in sections.values() for line in section.items())
    for name, summary in lines:
        if command and name == command.name:
            _add_command(app, command, world, given)
            if command.extra_help and "--help" in argv:
                more = _unbroken(command.extra_help(world, argv))
                epilog = _examples_text(command.examples) + more
                made = app.registered_groups if command.commands else app.registered_commands
                made[-1].epilog = epilog
        else:
            app.command(name, help=summary)(lambda: None)
    return app


def _make_group(text: str, sections: Sections) -> typer.Typer:
    return typer.Typer(
        cls=_sectioned_class(sections),
        help=_unbroken(text),
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=False,
        context_settings={"max_content_width": _MAX_COLUMNS},
    )


def _add_command(
    app: typer.Typer, command: Command, world: World, given: Mapping[str, Any]
) -> None:
    if command.commands:
        lines = {below.name: below.summary for below in command.commands}
        group = _make_group(command.summary, {"Commands": lines})
        group.info.epilog = _examples_text(command.examples)
        for below in command.commands:
            _add_command(group, below, world, given)
        app.add_typer(group, name=command.name)
        return
    start = _make_runner(command, world, given)
    function = _make_callback((*command.options, *GLOBAL_OPTIONS), command.arguments, start)
    epilog = _examples_text(command.examples)
    kind = _grouped_class(command)
    app.command(command.name, help=_unbroken(command.summary), epilog=epilog, cls=kind)(function)


def _grouped_class(command: Command) -> type[TyperCommand]:
    """A command whose help lists its options under headings, those that every command has last."""
    groups = group_options(command.options) if command.has_groups else {"Options": command.options}
    headings = {option.name: title for title, options in groups.items() for option in options}

    class GroupedCommand(TyperCommand):
        def collect_usage_pieces(self, _ctx: Any) -> list[str]:
            return ["[OPTIONS]", *map(_usage_word, command.arguments)]

        def format_options(self, ctx: Any, formatter: Any) -> None:
            sections: dict[str, list[tuple[str, str]]] = {"Arguments": []}
            sections |= {title: [] for title in headings.values()}
            for parameter in self.get_params(ctx):
                if record := parameter.get_help_record(ctx):
                    own = headings.get(parameter.name or "", _EVERYWHERE)
                    title = own if parameter.param_type_name == "option" else "Arguments"
                    sections.setdefault(title, []).append(record)
            _write_sections(formatter, sections)

    return GroupedCommand


def _unbroken(text: str) -> str:
    return text.replace("-", _HYPHEN)


def _usage_word(argument: Argument) -> str:
    name = "|".join(argument.choices) or argument.name.upper()
    word = f"{name}..." if argument.many else name
    return word if argument.required else f"[{word}]"


def _sectioned_class(sections: Sections) -> type[TyperGroup]:
    """A group whose help lists its commands under headings, and never cuts their lines."""

    class SectionedGroup(TyperGroup):
        def format_commands(self, _ctx: Any, formatter: Any) -> None:
            _write_sections(
                formatter,
                {
                    title: [(name, _unbroken(line)) for name, line in rows.items()]
                    for title, rows in sections.items()
                },
            )

    return SectionedGroup


def _write_sections(formatter: Any, sections: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Rows under their headings, with the columns aligned across sections."""
    width = max(len(term) for rows in sections.values() for term, _ in rows)
    for title, rows in sections.items():
        if rows:
            with formatter.section(title):
                formatter.write_dl(
                    [(term.ljust(min(width, _COLUMNS_OF_A_TERM)), text) for term, text in rows]
                )


def _make_runner(
    command: Command, world: World, given: Mapping[str, Any]
) -> Callable[[dict[str, Any]], int]:
    def start(parsed: dict[str, Any]) -> int:
        for name, value in given.items():
            parsed[name] = parsed[name] or value
        if parsed["version"]:
            world.write_text(f"aichat {__version__}\n")
            return 0
        return run_parsed(command, world, parsed)

    return start


def _collect_globals(given: dict[str, Any], parsed: dict[str, Any]) -> int:
    given.update(parsed)
    return 0


def _examples_text(examples: Iterable[str]) -> str:
    """Examples below the help; the mark keeps Typer from refilling their lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)


def _make_callback(
    options: Iterable[Option],
    arguments: Iterable[Argument],
    start: Callable[[dict[str, Any]], int],
) -> Callable[..., int]:
    """A function whose signature is made from the tables, since that is what Typer reads."""

    def function(**parsed: Any) -> int:
        return start({k: tuple(v) if isinstance(v, list) else v for k, v in parsed.items()})

    parameters = [*map(_argument_parameter, arguments), *map(_option_parameter, options)]
    function.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    function.__annotations__ = {p.name: p.annotation for p in parameters}
    return function


def _option_parameter(option: Option) -> Parameter:
    kind: Any = list[str] if option.many else option.kind | None
    default: Any = [] if option.many else None
    if option.kind is bool:
        kind, default = bool, False
    info = typer.Option(
        default,
        *option.flags,
        help=_unbroken(option.help),
        metavar=_metavar(option),
        show_default=False,
        parser=_choice_parser(option.choices) if option.choices else None,
    )
    return Parameter(option.name, Parameter.KEYWORD_ONLY, default=info, annotation=kind)


def _metavar(option: Option) -> str | None:
    return "|".join(option.choices) or option.metavar or None


def _choice_parser(choices: Sequence[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in choices:
            near = suggestion(value, choices)
            raise typer.BadParameter(f"'{value}' is not one of {', '.join(choices)}{near}")
        return value

    return check


def _argument_parameter(argument: Argument) -> Parameter:
    kind: Any = list[str] if argument.many else str
    default: Any = ... if argument.required else ([] if argument.many else argument.default)
    if not argument.required and not argument.many:
        kind = str | None
    info = typer.Argument(
        default,
        help=_unbroken(argument.help),
        metavar="|".join(argument.choices) or argument.name.upper(),
        show_default=False,
        parser=_choice_parser(argument.choices) if argument.choices else None,
    )
    return Parameter(argument.name, Parameter.KEYWORD_ONLY, default=info, annotation=kind)
