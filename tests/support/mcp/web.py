"""A server of the Model Context Protocol over HTTP, with all answers chosen by tests."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ABOUT = {"supportedVersions": ["2026-07-28"], "capabilities": {}}
TOOL = {"name": "echo", "inputSchema": {"type": "object"}}
SAID = {"content": [{"type": "text", "text": "hello"}]}

JSON, EVENTS = "application/json", "text/event-stream"

#: An answer: status, content type, body, and further headers.
Given = tuple[int, str, bytes, dict[str, str]]


def reply(message: dict[str, Any], result: dict[str, Any]) -> Given:
    body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
    return 200, JSON, body, {}


def modern(message: dict[str, Any]) -> Given:
    results = {"server/discover": ABOUT, "tools/list": {"tools": [TOOL]}, "tools/call": SAID}
    return reply(message, results[message["method"]])


class Box:
    """A server that answers messages with ``answer``; ``heard`` are the requests."""

    def __init__(self, answer: Callable[[dict[str, Any]], Given]) -> None:
        self.heard: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.later: list[bytes] = []  # content of requested streams
        box = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers.get("content-length", 0))
                message = json.loads(self.rfile.read(size) or b"{}")
                box.heard.append((self.command, dict(self.headers.items()), message))
                if self.command == "GET":
                    given: Given = 200, EVENTS, box.later.pop(0), {}
                elif "id" not in message:
                    given = 202, JSON, b"", {}
                else:
                    given = answer(message)
                status, kind, body, more = given
                self.send_response(status)
                named = {"Content-Type": kind, "Content-Length": str(len(body)), **more}
                for name, value in named.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_DELETE = do_GET = do_POST  # noqa: N815  the names that http.server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/mcp"

    @property
    def methods(self) -> list[str]:
        return [message.get("method", kind) for kind, _, message in self.heard]


@contextmanager
def serving(answer: Callable[[dict[str, Any]], Given]) -> Iterator[Box]:
    """Run such a server for the duration of the context."""
    box = Box(answer)
    threading.Thread(target=partial(box.server.serve_forever, 0.02), daemon=True).start()
    try:
        yield box
    finally:
        box.server.shutdown()
        box.server.server_close()
