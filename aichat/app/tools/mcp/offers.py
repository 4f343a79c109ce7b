"""A server's resources as attachments, and its prompts as text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from aichat.app.question.media_files import bytes_attachment
from aichat.app.tools.mcp.connection import McpRefusedError, ServerLink
from aichat.app.tools.mcp.server import configured_server
from aichat.app.tools.mcp.source import McpSource
from aichat.app.tools.mcp.trust import TrustDesk, check_before_start, trusted_of
from aichat.app.tools.source import ToolSource
from aichat.core.config.schema import Config
from aichat.core.message.compose import Attachment
from aichat.core.text.json import text_or_none
from aichat.core.text.sanitize import sanitize_line
from aichat.errors import suggestion, usage_error
from aichat.process.stdin import decode_text
from aichat.wires.mcp.offers import (
    ListedPrompt,
    ResourceContent,
    fill_arguments,
    read_filled_prompt,
    read_prompts,
    read_resource,
)

#: The most names in a hint.
_MOST_NAMED = 20


class ServerShelf:
    """The servers that can be named: the config's, and the open ``sources``.

    Errors of all methods: ``usage`` for an unknown name, ``config`` for an untrusted server, and
    those of the connection, which name it.
    """

    def __init__(self, desk: TrustDesk, config: Config, sources: Iterable[ToolSource] = ()) -> None:
        self._desk, self._config = desk, config
        self._open = {s.name: s.link for s in sources if isinstance(s, McpSource)}

    @contextmanager
    def _link(self, name: str) -> Iterator[ServerLink]:
        """The connection to a server, which must be trusted; closed again if it was not open."""
        if name in self._open:
            yield self._open[name]
            return
        if name not in self._config.mcp:
            known = {*self._config.mcp, *self._open}
            raise usage_error(
                f"there is no MCP server {name}{suggestion(name, known)}",
                "add [mcp.NAME] to the config, or name one with --mcp",
            )
        desk = self._desk
        server = configured_server(name, self._config.mcp[name])._replace(given=name)
        check_before_start(desk, server)
        link = ServerLink(desk.world, server, desk.tell)
        try:
            trusted_of(desk, link, link.tools())
            yield link
        finally:
            link.close()

    def attachments(self, given: str) -> list[Attachment]:
        """The attachments for ``mcp:NAME:URI``. Errors: ``usage``."""
        name, _, uri = given.removeprefix("mcp:").partition(":")
        if not name:
            raise usage_error(f"{given} names no MCP server", "as in: -f mcp:NAME:URI")
        with self._link(name) as link:
            if not uri:
                raise usage_error(f"{given}: name one of its resources", _resources_hint(link))
            try:
                contents = read_resource(link.ask("resources/read", {"uri": uri}))
            except McpRefusedError as refused:
                why = refused.fault.message
                raise usage_error(f"cannot attach {uri}: {why}", _resources_hint(link)) from None
        if not contents:
            raise usage_error(f"cannot attach {given}: there is nothing in it")
        return [_attachment(content, f"mcp:{name}:{content.uri or uri}") for content in contents]

    def prompt(self, name: str, wanted: str, words: Sequence[str]) -> tuple[str, list[Attachment]]:
        """A server's prompt, filled in with ``words``, and its attachments.

        Errors: ``usage``.
        """
        with self._link(name) as link:
            found = self._find_prompt(link, wanted)
            params: Mapping[str, Any] = {
                "name": found.name,
                "arguments": fill_arguments(found, words),
            }
            filled = read_filled_prompt(link.ask("prompts/get", params))
        files = [_attachment(one, f"mcp:{name}:{one.uri}") for one in filled.resources]
        if not (filled.text.strip() or files):
            raise usage_error(f"the prompt {wanted} of MCP server {name} is empty")
        return filled.text, files

    @staticmethod
    def _find_prompt(link: ServerLink, wanted: str) -> ListedPrompt:
        every = {prompt.name: prompt for prompt in read_prompts(link.listed("prompts"))}
        if wanted in every:
            return every[wanted]
        hint = f"there are: {_named(every)}" if every else "it has none"
        raise usage_error(
            f"MCP server {link.server.name} has no prompt '{wanted}'{suggestion(wanted, every)}",
            hint,
        )

    def entries(self, name: str) -> list[tuple[str, str]]:
        """A server's prompts, then its resources, each with its description."""
        with self._link(name) as link:
            prompts = read_prompts(_listed(link, "prompts"))
            resources = _listed(link, "resources")
        return [
            *((f"/mcp:{name}:{p.usage}", p.description) for p in prompts),
            *(
                (f"@mcp:{name}:{uri}", text_or_none(r.get("description") or r.get("name")) or "")
                for r in resources
                if (uri := text_or_none(r.get("uri")))
            ),
        ]


def _listed(link: ServerLink, what: str) -> list[Mapping[str, Any]]:
    """Its resources or prompts; none if it does not know the method."""
    try:
        return link.listed(what)
    except McpRefusedError:
        return []


def _resources_hint(link: ServerLink) -> str:
    uris = (text_or_none(item.get("uri")) for item in _listed(link, "resources"))
    named = _named(filter(None, uris))
    return f"there are: {named}" if named else "it lists none"


def _named(names: Iterable[str]) -> str:
    every = [sanitize_line(name) for name in names]
    more = f", and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(every[:_MOST_NAMED]) + more


def _attachment(content: ResourceContent, name: str) -> Attachment:
    """A medium by its first bytes, whatever the server calls it, or else text."""
    if content.text is not None:
        return Attachment(name, content.text)
    return bytes_attachment(content.data, name) or Attachment(name, decode_text(content.data, name))
