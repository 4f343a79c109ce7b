"""Reading the input of ``ask``: words, stdin, files, the system prompt, tools."""

from collections.abc import Callable, Iterable
from pathlib import Path

from aichat.app.question.attachments import Tell, is_resource, read_attachments, read_text
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import InputOptions
from aichat.core.message import tool_schema
from aichat.core.message.compose import CLIPBOARD, Attachment, compose_prompt
from aichat.core.message.tool_schema import Tool
from aichat.disk.paths import expand_path
from aichat.errors import usage_error
from aichat.process import stdin
from aichat.process.world import World
from aichat.values import NamedTuple

_USAGE = "usage: aichat ask [OPTIONS] WORDS..."


#: What is attached by the name ``mcp:NAME:URI``.
ReadResource = Callable[[str], Iterable[Attachment]]


def _read_no_resource(name: str) -> Iterable[Attachment]:
    raise usage_error(f"{name}: servers cannot be asked here")


class AttachmentTerms(NamedTuple):
    """How to attach what is named; ``for_code``: for the provider's code tool."""

    read_resource: ReadResource = _read_no_resource
    for_code: bool = False


class Question(NamedTuple):
    """What is asked: words and files."""

    text: str = ""
    files: tuple[Attachment, ...] = ()


def read_question(
    world: World,
    words: tuple[str, ...],
    options: InputOptions,
    tell: Tell,
    *,
    needed: bool,
    terms: AttachmentTerms = AttachmentTerms(),  # noqa: B008  it is immutable
) -> Question:
    """The question of a command line and stdin.

    Errors: ``usage`` if there is nothing to ask, and it is ``needed``.
    """
    attached = "-" in options.file
    readable = stdin.is_wanted(world, options.no_stdin)
    if not readable and ("-" in words or attached):
        raise usage_error("- means stdin, but there is no stdin to read", _USAGE)
    limit = stdin.parse_size(options.max_stdin) if options.max_stdin else stdin.DEFAULT_LIMIT
    is_rest = readable and bool(words) and stdin.is_partly_read(world)
    data = stdin.read_bytes(world, limit) if readable else b""
    media = _piped_media(data)
    piped = None if media or not readable else stdin.text_of(data)
    if is_rest and data and not attached and "-" not in words:
        tell("the rest of stdin goes with the question; in a loop --no-stdin leaves it there")
    text = compose_prompt(words, None if attached else piped)
    if needed and not (text.strip() or options.file or media):
        raise usage_error("nothing to ask: no question given and stdin is empty", _USAGE)
    first = (media,) if media and not attached else ()
    given = media or Attachment("stdin", piped or "")
    files = collect_attachments(world, options, given, tell, terms)
    return Question(text, (*first, *files))


def _piped_media(data: bytes) -> Attachment | None:
    """Piped media; a PDF or a video may look like text."""
    try:
        data.decode()
        if not data.startswith(b"%PDF-") and b"\0" not in data[:64]:
            return None
    except UnicodeDecodeError:
        pass
    from aichat.app.question.media_files import bytes_attachment

    return bytes_attachment(data, "stdin")


def collect_attachments(
    world: World,
    options: InputOptions,
    piped: Attachment,
    tell: Tell,
    terms: AttachmentTerms,
) -> list[Attachment]:
    """All attachments, in order; ``piped`` is stdin. Errors: ``usage``, naming the file."""
    found: list[Attachment] = []
    for name in options.file:
        if name == "-" and terms.for_code:
            from aichat.app.question.media_files import piped_attachment

            found.append(piped_attachment(piped))
        elif name == "-":
            found.append(piped)
        elif name == CLIPBOARD:
            from aichat.app.question.media_files import clipboard_attachment

            found.append(clipboard_attachment(world))
        elif is_resource(name):
            found += terms.read_resource(name)
        else:
            local, for_code = options.allow_local, terms.for_code
            found += read_attachments(name, tell, allow_local=local, for_code=for_code)
    return found


def read_system_prompt(setup: Setup, tell: Tell) -> str | None:
    """The system prompt; ``@FILE`` is read, in a profile relative to the config's folder."""
    system = setup.conduct.system
    if system is None:
        return None
    text = system.value
    if not text.startswith("@") or system.origin.kind == "project":
        return text
    base = setup.folder if system.origin.kind == "profile" else Path()
    return read_text(base / expand_path(text[1:]), tell)


def read_tools(given: str | None) -> tuple[Tool, ...]:
    """The tools of ``--tools``: JSON, or the name of a JSON file."""
    if not given:
        return ()
    return tool_schema.parse_tools(
        given if given.lstrip()[:1] in ("[", "{") else read_text(expand_path(given))
    )
