"""An MCP server that requires a login, and its authorization server, at one local URL."""

import json
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import urlopen

from aichat.process.threads import start_thread
from tests.support.mcp.web import modern

#: The default metadata of both; ``{url}`` is their URL.
RESOURCE = {"resource": "{url}/mcp", "authorization_servers": ["{url}"]}
ISSUER = {
    "issuer": "{url}",
    "authorization_endpoint": "{url}/authorize",
    "token_endpoint": "{url}/token",
    "registration_endpoint": "{url}/register",
    "revocation_endpoint": "{url}/revoke",
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["none"],
}


class LoginServer:
    """Both servers; ``valid`` is the accepted token, ``asked`` the requests by path."""

    def __init__(self, **said: Any) -> None:
        self.resource, self.issuer = dict(RESOURCE), {**ISSUER, **said}
        self.redirect: dict[str, str] = {}  # extra parameters of the browser's redirect
        self.token: dict[str, Any] = {"expires_in": 3600}
        self.challenge, self.revoked = "", 200
        self.valid, self.given = "token-0", 0
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self._codes: dict[str, str] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.get(self)

            def do_POST(self) -> None:
                server.post(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.root = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.url = f"{self.root}/mcp"

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]

    def fields_of(self, path: str) -> dict[str, str]:
        """The fields of the last request to a path."""
        return [fields for asked, fields, _ in self.asked if asked == path][-1]

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.asked.append((parts.path, fields, dict(handler.headers.items())))
        if parts.path == "/authorize":
            self._codes["code-1"] = fields["code_challenge"]
            back = {"code": "code-1", "state": fields["state"], **self.redirect}
            self._reply(handler, 302, {}, Location=f"{fields['redirect_uri']}?{urlencode(back)}")
        elif parts.path == "/.well-known/oauth-protected-resource/mcp":
            self._reply(handler, 200, self.resource)
        elif parts.path == "/.well-known/oauth-authorization-server":
            self._reply(handler, 200, self.issuer)
        else:
            self._reply(handler, 404, {})

    def post(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("content-length", 0))).decode()
        headers = dict(handler.headers.items())
        if handler.path == "/mcp":
            self._answer_mcp(handler, json.loads(body), headers)
            return
        if handler.path == "/register":
            fields = json.loads(body)
            self.asked.append((handler.path, fields, headers))
            self._reply(handler, 201, {**fields, "client_id": "client-1"})
            return
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        if "Authorization" in headers:
            fields["basic"] = b64decode(headers["Authorization"].split()[1]).decode()
        self.asked.append((handler.path, fields, headers))
        if handler.path == "/revoke":
            self._reply(handler, self.revoked, {})
            return
        self._reply(handler, *self._give_token(fields))

    def _give_token(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        digest = sha256(fields.get("code_verifier", "").encode()).digest()
        proof = urlsafe_b64encode(digest).decode().rstrip("=")
        is_new = self._codes.pop(fields.get("code", ""), None) == proof
        if not (is_new or fields.get("refresh_token") == f"refresh-{self.given}"):
            return 400, {"error": "invalid_grant", "error_description": "no \u202e such\ncode"}
        self.given += 1
        self.valid = f"token-{self.given}"
        kept = {"access_token": self.valid, "refresh_token": f"refresh-{self.given}"}
        return 200, {"token_type": "Bearer", **kept, **self.token}

    def _answer_mcp(
        self, handler: BaseHTTPRequestHandler, message: dict[str, Any], headers: dict[str, str]
    ) -> None:
        self.asked.append(("/mcp", {"method": message["method"]}, headers))
        if headers.get("Authorization") != f"Bearer {self.valid}":
            place = f"{self.root}/.well-known/oauth-protected-resource/mcp"
            challenge = self.challenge or f'Bearer resource_metadata="{place}"'
            self._reply(handler, 401, {}, **{"WWW-Authenticate": challenge})
            return
        status, _, body, _ = modern(message)
        self._reply(handler, status, json.loads(body))

    def _reply(
        self, handler: BaseHTTPRequestHandler, status: int, value: Any, **headers: str
    ) -> None:
        body = json.dumps(value).replace("{url}", self.root).encode()
        handler.send_response(status)
        named = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        for name, text in named.items():
            handler.send_header(name, text)
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def login_server(**said: Any) -> Iterator[LoginServer]:
    """Run such servers for the duration of the context."""
    server = LoginServer(**said)
    serve = partial(server.http.serve_forever, 0.02)
    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()


def browse(line: str) -> None:
    """Do what a user does with the shown URL: open it, and follow the redirect."""

    def visit() -> None:
        with suppress(OSError):  # refused, or nobody listens any more
            urlopen(line, timeout=20).close()

    if line.startswith("http"):
        start_thread(visit)
