"""Logging out: forgetting the login here, and revoking its tokens if possible."""

from collections.abc import Callable
from pathlib import Path

from aichat.app.tools.mcp.oauth.discovery import OAuthHttp
from aichat.app.tools.mcp.oauth.tokens import client_of
from aichat.app.tools.mcp.server import McpServer
from aichat.core.http.connection import host_of
from aichat.disk.config.server_logins import ServerLogin, change_login, read_login
from aichat.errors import AichatError
from aichat.wires.mcp import oauth


def log_out(server: McpServer, data: Path, tell: Callable[[str], object]) -> bool:
    """Forget the login at a server, in any case here; False if there is none.

    ``tell`` is told if its tokens may stay valid. Errors: ``output``.
    """
    login = read_login(data, server.url)
    if login is None:
        return False
    why = _end_tokens(login, OAuthHttp(server.label, server.url))
    change_login(data, server.url, lambda _: None)
    if why:
        tell(f"the login is forgotten here, but may hold until it runs out: {why}")
    return True


def _end_tokens(login: ServerLogin, web: OAuthHttp) -> str:
    """Revoke its tokens, the refresh token first; return why one was not, if so."""
    tokens = [("refresh_token", login.refresh), ("access_token", login.access)]
    held = [(kind, token) for kind, token in tokens if token]
    if held and not login.revoke_url:
        return f"{host_of(login.issuer)} does not say how to end it"
    for kind, token in held:
        call = oauth.revoke_call(login.revoke_url, client_of(login), token, kind)
        try:
            status, _ = web.send(call)
        except AichatError as error:
            return error.fault.message
        if status >= 400:
            return f"{host_of(login.revoke_url)} answered {status}"
    return ""
