"""The manual page, in the language of man(7)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from aichat.core.cli.argv import GLOBAL_OPTIONS, Command, Option
from aichat.core.cli.help import group_options

_EXITS = (
    (0, "a complete answer"),
    (1, "internal error: a bug in aichat"),
    (2, "usage: flags, arguments, input files"),
    (3, "configuration, or no key"),
    (4, "key refused, or no permission"),
    (5, "request rejected: model, parameter, too long"),
    (6, "rate limit or quota, after retries"),
    (7, "the provider failed"),
    (8, "network: DNS, connect, TLS, time-out, proxy"),
    (9, "incomplete answer"),
    (10, "refused or filtered"),
    (11, "over budget"),
    (12, "no code block for -x, or the answer does not match the schema"),
    (13, "the answer could not be written"),
)

_FILES = (
    ("~/.config/aichat/config.toml", "settings, profiles and servers; aichat profiles path"),
    ("~/.config/aichat/credentials.toml", "API keys, readable only by you"),
    ("~/.local/share/aichat/", "conversations; set AICHAT_DATA_DIR to move them"),
    ("~/.cache/aichat/", "caches, safe to delete"),
)

_VARIABLES = (
    ("AICHAT_MODEL, AICHAT_PROVIDER, AICHAT_PROFILE", "defaults, overridden by options"),
    ("AICHAT_CONFIG_DIR, AICHAT_DATA_DIR", "where config and conversations are stored"),
    ("AICHAT_<ID>_BASE_URL", "a provider's address, such as AICHAT_GROQ_BASE_URL"),
    ("AICHAT_NO_STDIN", "same as --no-stdin"),
    ("OPENAI_API_KEY, GROQ_API_KEY, ...", "API keys; aichat keys list shows them all"),
    ("NO_COLOR, FORCE_COLOR, TERM, COLUMNS", "colours and width of the output"),
    ("ACCESSIBLE", "1 for a screen reader: plain lines, nothing drawn or rewritten"),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR", "proxy and certificates"),
)


def page(summary: str, commands: Sequence[Command], version: str) -> str:
    """The whole page."""
    lines = [
        f'.TH AICHAT 1 "" "aichat {version}" "User Commands"',
        *(".SH NAME", f"aichat \\- {_escape(summary[:1].lower() + summary[1:].rstrip('.'))}"),
        ".SH SYNOPSIS",
        *(line for command in commands for line in _synopsis(command)),
        ".SH DESCRIPTION",
        "Ask AI models questions from the command line. Standard output is the answer and",
        "nothing else; notices and errors go to standard error.",
        "Without a command, it opens the chat on a terminal.",
        ".SH COMMANDS",
        *(line for command in commands for line in _command(command, "aichat")),
        *(".SH GLOBAL OPTIONS", "These go before or after a command."),
        *(line for option in GLOBAL_OPTIONS for line in _option(option)),
        ".SH EXIT STATUS",
        *(line for code, what in _EXITS for line in (".TP", f"\\fB{code}\\fR", _escape(what))),
        *(".TP", "\\fB129\\fR, \\fB130\\fR, \\fB143\\fR, \\fB141\\fR"),
        "ended by SIGHUP, SIGINT, SIGTERM; the reader closed the pipe",
        *_section("ENVIRONMENT", _VARIABLES),
        *_section("FILES", _FILES),
    ]
    return "\n".join(lines) + "\n"


def _section(title: str, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f".SH {title}"
    for name, what in pairs:
        yield from (".TP", f"\\fB{_escape(name)}\\fR", _escape(what))


def _synopsis(command: Command) -> Iterator[str]:
    words = " ".join(_argument_words(command)) or ("\\fICOMMAND\\fR" if command.commands else "")
    options = "[\\fIOPTIONS\\fR]" if command.options else ""
    yield f"\\fBaichat {command.name}\\fR {options} {words}".replace("  ", " ").rstrip()
    yield ".br"


def _argument_words(command: Command) -> Iterator[str]:
    for argument in command.arguments:
        name = f"\\fI{'|'.join(argument.choices) or argument.name.upper()}\\fR"
        shown = f"{name}..." if argument.many else name
        yield shown if argument.required else f"[{shown}]"


def _command(command: Command, above: str) -> Iterator[str]:
    name = f"{above} {command.name}"
    yield f".SS {' '.join((name, *_argument_words(command)))}"
    yield _escape(command.summary)
    for title, options in _groups(command).items():
        yield from (".PP", f"\\fI{_escape(title)}\\fR") if title else ()
        for option in options:
            yield from _option(option)
    if not command.commands:
        yield from (".PP", "Examples:", ".PP", ".nf", ".RS")
        yield from map(_escape, command.examples)
        yield from (".RE", ".fi")
    for below in command.commands:
        yield from _command(below, name)


def _groups(command: Command) -> Mapping[str, Sequence[Option]]:
    """A command's options under their headings, if it has any."""
    return group_options(command.options) if command.has_groups else {"": command.options}


def _option(option: Option) -> Iterator[str]:
    shown = "|".join(option.choices) or option.metavar
    value = f" \\fI{_escape(shown)}\\fR" if shown else ""
    yield from (".TP", ", ".join(f"\\fB{_escape(flag)}\\fR" for flag in option.flags) + value)
    yield _escape(option.help)


def _escape(text: str) -> str:
    """Text that man shows unchanged: options keep their hyphens, lines their first character."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text[:1] in (".", "'") else text
