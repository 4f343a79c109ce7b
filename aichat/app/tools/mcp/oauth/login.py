"""Logging in at a server: the user consents in a browser, and we get tokens for that server."""

import secrets
from collections.abc import Callable

from aichat.app.tools.mcp.channel import server_error
from aichat.app.tools.mcp.oauth.discovery import Discovery, OAuthHttp, discover
from aichat.app.tools.mcp.server import McpServer
from aichat.core.http.call import Call, Header, json_body
from aichat.core.text.sanitize import sanitize_line
from aichat.disk.config.server_logins import ServerLogin, change_login, read_login
from aichat.disk.paths import data_dir
from aichat.net.redirect_port import RedirectPort, open_redirect_port
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.mcp import oauth
from aichat.wires.mcp.oauth import Challenge, Login, OAuthClient, OAuthRefusal

#: Seconds that the user has.
PATIENCE_SECONDS = 600.0


class LoginDesk(NamedTuple):
    """Where a login is stored, and how the user is shown its address.

    ``port`` is the local port to return to; 0: any.
    """

    world: World
    tell: Callable[[str], object]
    port: int = 0
    seconds: float = PATIENCE_SECONDS


def log_in(desk: LoginDesk, server: McpServer, challenge: Challenge) -> ServerLogin:
    """Let the user consent, and store the tokens.

    Errors: ``auth`` if refused, ``timeout`` if nobody returns, ``network``,
    ``output``.
    """
    web = OAuthHttp(server.label, server.url)
    found = discover(server.label, server.url, challenge, web)
    data = data_dir(desk.world.environ)
    before = read_login(data, server.url)
    is_known = before and before.issuer == found.server.issuer
    had = f"{before.scope} {before.wanted}" if before and is_known else ""
    scope = oauth.wanted_scope(challenge, found.resource, found.server, had)
    try:
        with open_redirect_port(desk.port) as back:
            login = _begin(desk, server, found, scope, web, back)
            tokens = _end(desk, server, login, web, back)
    except OSError as error:
        why = f"cannot wait for the browser: {error.strerror}"
        raise server_error(server.label, why) from None
    except OAuthRefusal as refusal:
        raise web.refused(refusal) from None
    now = desk.world.clock.now()
    made = ServerLogin(
        found.server.issuer,
        found.resource.resource,
        found.server.token_url,
        *login.client,
        tokens.access,
        tokens.refresh,
        tokens.scope or scope,
        None if tokens.seconds is None else now + tokens.seconds,
        revoke_url=found.server.revoke_url,
    )
    change_login(data, server.url, lambda _: made)
    return made


def _begin(
    desk: LoginDesk,
    server: McpServer,
    found: Discovery,
    scope: str,
    web: OAuthHttp,
    back: RedirectPort,
) -> Login:
    """A new login request."""
    client = _client(desk, server, found, scope, web, back.url)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    resource = found.resource.resource
    return Login(found.server, client, resource, back.url, scope, state, verifier)


def _client(
    desk: LoginDesk,
    server: McpServer,
    found: Discovery,
    scope: str,
    web: OAuthHttp,
    redirect_url: str,
) -> OAuthClient:
    """Our client there: the configured one, by id or by URL if accepted, or a new one."""
    name = str(server.client.get("client_id", ""))
    is_url = name.startswith("https://")
    if name and (not is_url or found.server.takes_client_urls):
        variable = str(server.client.get("client_secret_env", ""))
        secret = desk.world.environ.get(variable, "") if variable else ""
        return oauth.known_client(found.server, name, secret)
    if not found.server.register_url:
        hint = f"register aichat there, and set client_id in [mcp.{server.name}]"
        raise server_error(server.label, "it takes only clients that it knows", "auth", hint)
    body = json_body(oauth.registration_body(found.server, redirect_url, scope))
    headers = (Header("Content-Type", "application/json"), Header("Accept", "application/json"))
    _, document = web.send(Call("POST", found.server.register_url, headers, body))
    return oauth.read_registration(document)


def _end(
    desk: LoginDesk, server: McpServer, login: Login, web: OAuthHttp, back: RedirectPort
) -> oauth.Tokens:
    """Show the address for consent, wait for the user, and fetch the tokens."""
    desk.tell(f"to log in at {server.label}, open this in a browser of this machine:")
    desk.tell(sanitize_line(oauth.authorize_url(login)))
    query = back.wait(desk.seconds, lambda query: oauth.is_answer_to(login, query))
    if query is None:
        why = f"nobody came back within {desk.seconds:g} s"
        raise server_error(server.label, why, "timeout")
    code = oauth.read_redirect(login, query)
    _, document = web.send(oauth.code_call(login, code))
    return oauth.read_tokens(document)
