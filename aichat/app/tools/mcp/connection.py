"""One server in use: started on demand, asked, and restarted once if it dies."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from aichat.app.tools.mcp.channel import (
    Channel,
    Connected,
    Ears,
    Wanted,
    quoted,
    server_error,
)
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.mcp.stdio import StdioChannel
from aichat.app.tools.source import CallControl
from aichat.core.text.json import get_object, objects, text_or_none
from aichat.disk.config.credentials import key_from_command
from aichat.disk.files.atomic import make_private_folder
from aichat.disk.paths import cache_dir, data_dir, expand_path
from aichat.errors import AichatError, Fault
from aichat.process.programs.environment import tool_environment
from aichat.process.programs.server import ServerProgram
from aichat.process.world import World
from aichat.wires.mcp.headers import has_valid_mirrors
from aichat.wires.mcp.messages import Era, ServerNote, ServerRequest
from aichat.wires.mcp.tools import ListedTool, list_seconds, read_tools, visible_text

#: The most pages of a list, tools of a server, and requests for input during a call.
_MAX_PAGES, _MAX_TOOLS, _MAX_INPUTS = 100, 1000, 8

#: The most characters of its instructions for a model.
_MAX_INSTRUCTIONS = 4000


class ServerLink:
    """The connection to one server; ``tell`` gets questions of its that are declined.

    All errors name the server.
    """

    def __init__(self, world: World, server: McpServer, tell: Callable[[str], object]) -> None:
        self.server = server
        self._world, self._tell = world, tell
        self._channel: Channel | None = None
        self._lock = threading.Lock()
        self._starts, self._is_closed = 0, False
        self._list_until = inf  # when its list expires, by our clock
        self._running: list[CallControl] = []  # the calls under way
        self.connected = Connected(Era(), {})

    def connect(self) -> Connected:
        """Start or reach it, unless that is done. Errors: ``network``, ``timeout``, ``config``.

        A dead server is restarted once: what killed it would kill it again.
        """
        with self._lock:
            if self._channel and self._channel.is_open:
                return self.connected
            if self._channel and self._starts > 1:
                raise server_error(self.server.label, "it ended twice and is not started again")
            self._starts += 1
            self._channel = self._open()
            try:
                if self._is_closed:  # meanwhile, by another thread that saw no channel yet
                    raise server_error(self.server.label, "it was closed")
                self.connected = self._channel.connect(self.server.start_seconds)
            except BaseException:
                self._channel.close()
                raise
            return self.connected

    @property
    def starts(self) -> int:
        """How often it was started."""
        return self._starts

    def _open(self) -> Channel:
        server, ears = self.server, Ears(self._answer_aside, self._tell, self._note)
        if server.url:
            return self._open_http(ears)
        ours, own = self._world.environ, server.environ
        environ = (
            {**tool_environment(ours), **own} if server.is_foreign else tool_environment(ours, own)
        )
        folder = expand_path(server.folder) if server.folder else Path.cwd()
        log = log_path(self._world.environ, server.name)
        with suppress(AichatError):
            make_private_folder(log.parent)
        try:
            program = ServerProgram(server.command, folder, environ, log)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            what = f"cannot run {server.command[0]}: {why}"
            raise server_error(server.label, what) from None
        return StdioChannel(server.label, server.name, program, ears)

    def _open_http(self, ears: Ears) -> Channel:
        from aichat.app.tools.mcp.oauth.tokens import TokenKeeper  # here, since most are programs
        from aichat.app.tools.mcp.streamable import HttpChannel

        server, world = self.server, self._world
        login = TokenKeeper(server.label, server.url, data_dir(world.environ), world.clock)
        return HttpChannel(server, self._headers(), login, ears)

    def _headers(self) -> list[tuple[str, str]]:
        """Its headers and its key, which is sent to its own host only."""
        found = [*self.server.headers]
        secret, environ = self.server.secret, self._world.environ
        key = environ.get(str(secret["key_env"]), "") if "key_env" in secret else ""
        if not key and "key_command" in secret:
            key = key_from_command(secret["key_command"])
        if key:
            found.append(("Authorization", f"Bearer {key}"))
        if not all(n.isascii() and v.isascii() and (n + v).isprintable() for n, v in found):
            raise server_error(self.server.label, "a header has characters not allowed", "config")
        return found

    @property
    def instructions(self) -> str:
        """Its instructions for use, if the config passes them on to the model."""
        if not self.server.gives_instructions:
            return ""
        words = text_or_none(self.connected.about.get("instructions")) or ""
        return visible_text(words)[:_MAX_INSTRUCTIONS].strip()

    @property
    def world(self) -> World:
        """Our world."""
        return self._world

    @property
    def has_changed(self) -> bool:
        """Whether its list of tools is out of date: it said so, or the list has expired."""
        return self._world.clock.monotonic() >= self._list_until

    def _note(self, note: ServerNote) -> None:
        """Handle a notification, in the reading thread."""
        if note.method == "notifications/tools/list_changed":
            self._list_until = -inf

    # requests

    def tools(self) -> list[ListedTool]:
        """Its tools, page by page; of two with the same name, the first counts.

        Errors: ``protocol`` for too many.
        """
        self.connect()
        able = get_object(self.connected.about, "capabilities")
        if able and "tools" not in able:
            return []
        found: dict[str, ListedTool] = {}
        self._list_until = inf
        for page in self._pages("tools/list"):
            until = self._world.clock.monotonic() + list_seconds(page)
            self._list_until = min(self._list_until, until)
            for tool in read_tools(page):
                found.setdefault(tool.name, tool)
            if len(found) > _MAX_TOOLS:
                raise server_error(self.server.label, f"it has over {_MAX_TOOLS} tools", "protocol")
        if not self.server.url:
            return [*found.values()]
        return [tool for tool in found.values() if has_valid_mirrors(_raw_schema(tool))]

    def listed(self, what: str) -> list[Mapping[str, Any]]:
        """Its ``resources`` or ``prompts``."""
        return [item for page in self._pages(f"{what}/list") for item in objects(page.get(what))]

    def _pages(self, method: str) -> "list[Mapping[str, Any]]":
        pages: list[Mapping[str, Any]] = []
        cursor: str | None = None
        while True:
            result = self.ask(method, {"cursor": cursor} if cursor else {})
            pages.append(result)
            cursor = text_or_none(result.get("nextCursor"))
            if cursor is None:
                return pages
            if len(pages) >= _MAX_PAGES:
                why = f"its list has over {_MAX_PAGES} pages"
                raise server_error(self.server.label, why, "protocol")

    def call(
        self, tool: ListedTool, arguments: Mapping[str, Any], control: CallControl
    ) -> Mapping[str, Any]:
        """The result of a call, which is never sent twice: the connection exists already."""
        params = {"name": tool.name, "arguments": dict(arguments)}
        self._running.append(control)
        try:
            return self._request(Wanted("tools/call", params, None, _raw_schema(tool), control))
        finally:
            self._running.remove(control)

    def ask(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The result of any other request."""
        self.connect()
        return self._request(Wanted(method, params, self.server.start_seconds))

    def _request(self, wanted: Wanted) -> Mapping[str, Any]:
        """The result; requests for input meanwhile are answered, up to a limit."""
        channel, given = self._channel, wanted.params
        for _ in range(_MAX_INPUTS):
            if channel is None:
                break
            reply = channel.request(wanted)
            if reply.error:
                raise McpRefusedError(self.server.label, quoted(reply.error.message))
            if reply.result.get("resultType") != "input_required":
                return reply.result
            wanted = wanted._replace(params={**given, **self._inputs(reply.result, wanted.control)})
        why = f"it asked for more input {_MAX_INPUTS} times"
        raise server_error(self.server.label, why, "protocol")

    def _inputs(self, result: Mapping[str, Any], control: CallControl | None) -> Mapping[str, Any]:
        """The answers to a server that needs input first."""
        answers = {}
        for key, asked in get_object(result, "inputRequests").items():
            method = text_or_none(asked.get("method")) if isinstance(asked, dict) else None
            request = ServerRequest(
                key, method or "", get_object(asked, "params") if method else {}
            )
            found = self._answer(request, control)
            if found is None:
                why = f"it asked for {quoted(method or 'nothing')}, which is not supported"
                raise server_error(self.server.label, why, "protocol")
            answers[key] = found
        state = result.get("requestState")
        echoed = {"requestState": state} if isinstance(state, str) else {}
        return {"inputResponses": answers, **echoed} if answers else echoed

    def _answer_aside(self, asked: ServerRequest) -> Mapping[str, Any] | None:
        """The same for a server of the older era, which does not say for which call it asks."""
        running = [*self._running]
        return self._answer(asked, running[0] if len(running) == 1 else None)

    def _answer(
        self, asked: ServerRequest, control: CallControl | None
    ) -> Mapping[str, Any] | None:
        """The answer to a server's request: a ping, or a question to the user, if one is there.

        None: the request is unknown.
        """
        if asked.method == "ping":
            return {}
        if asked.method != "elicitation/create":
            return None
        from aichat.app.tools.mcp.elicitation import DECLINED, ask_user  # here, since few ask
        from aichat.wires.mcp.elicitation import read_elicitation

        label, wanted = self.server.label, read_elicitation(asked.params)
        if control and not wanted.refusal:
            said = control.at_terminal(partial(ask_user, self._world, label, wanted, self._tell))
            if isinstance(said, Mapping):
                return said
        why = f": {wanted.refusal}" if wanted.refusal else ""
        self._tell(f"{label} asked: “{quoted(wanted.message)}” It was told no{why}.")
        return DECLINED

    def close(self) -> None:
        """End it for good, whatever it is doing."""
        self._is_closed = True
        channel = self._channel
        if channel:
            channel.close()


class McpRefusedError(AichatError):
    """A server's error response to one request; the connection itself is fine."""

    def __init__(self, label: str, said: str) -> None:
        super().__init__(Fault("invalid_request", f"{label}: {said}"))


def log_path(environ: Mapping[str, str], name: str) -> Path:
    """The file for a server's stderr, since its last start."""
    return cache_dir(environ) / "mcp" / f"{name}.log"


def _raw_schema(tool: ListedTool) -> Mapping[str, Any]:
    return get_object(tool.whole, "inputSchema")
