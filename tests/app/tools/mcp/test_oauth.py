"""Logins at servers: found out about, given, kept, renewed, and sent to nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aichat.app.tools.mcp.connection import ServerLink
from aichat.app.tools.mcp.oauth.login import LoginDesk, log_in
from aichat.app.tools.mcp.oauth.logout import log_out
from aichat.app.tools.mcp.server import McpServer
from aichat.app.tools.mcp.streamable import McpAuthError
from aichat.disk.config.server_logins import ServerLogin, change_login, read_login
from aichat.disk.paths import data_dir
from aichat.errors import AichatError
from aichat.process.world import World
from aichat.wires.mcp.oauth import Challenge
from tests.support.mcp.links import world_in
from tests.support.mcp.login_server import ISSUER, LoginServer, browse, login_server


@pytest.fixture
def server() -> Iterator[LoginServer]:
    with login_server() as made:
        yield made


class User:
    """Somebody with a home, who logs in at a server and lists its tools."""

    def __init__(self, home: Path, url: str, **client: str) -> None:
        self.world: World = world_in(home, SECRET="s3cret")
        self.server = McpServer("box", url=url, given="box", client=client)
        self.data = data_dir(self.world.environ)

    def names(self) -> list[str]:
        link = ServerLink(self.world, self.server, len)
        try:
            return [tool.name for tool in link.tools()]
        finally:
            link.close()

    def log_in(self, challenge: Challenge = Challenge()) -> ServerLogin:  # noqa: B008
        return log_in(LoginDesk(self.world, browse, seconds=20), self.server, challenge)

    def refusal(self, challenge: Challenge = Challenge(), code: int = 4) -> str:  # noqa: B008
        with pytest.raises(AichatError) as caught:
            self.log_in(challenge)
        assert caught.value.fault.exit_code == code
        return caught.value.fault.message

    def log_out(self) -> list[str]:
        told: list[str] = []
        assert log_out(self.server, self.data, told.append)
        return told

    @property
    def login(self) -> ServerLogin | None:
        return read_login(self.data, self.server.url)

    def change(self, **fields: Any) -> None:
        change_login(self.data, self.server.url, lambda login: login and login._replace(**fields))


@pytest.fixture
def user(server: LoginServer, tmp_path: Path) -> User:
    return User(tmp_path, server.url)


def test_a_server_that_wants_a_login_says_how_to_get_one(user: User) -> None:
    with pytest.raises(McpAuthError) as caught:
        user.names()
    fault = caught.value.fault
    assert (fault.exit_code, fault.hint) == (4, "aichat mcp login box")
    assert caught.value.challenge.metadata_url.endswith("/.well-known/oauth-protected-resource/mcp")


def test_a_login_is_used_from_then_on(user: User, server: LoginServer) -> None:
    user.log_in()
    assert user.names() == ["echo"]
    asked = server.fields_of("/authorize")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert (asked["resource"], asked["client_id"]) == (server.url, "client-1")
    given = server.fields_of("/token")
    assert given["resource"] == server.url and given["redirect_uri"] == asked["redirect_uri"]
    registered = server.fields_of("/register")
    assert registered["redirect_uris"] == [asked["redirect_uri"]]
    assert registered["application_type"] == "native"


def test_its_file_is_for_nobody_else(user: User) -> None:
    user.log_in()
    (path,) = user.data.glob("mcp-logins.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_token_is_renewed_before_it_ends(user: User, server: LoginServer) -> None:
    user.log_in()
    user.change(expires_at=30.0)  # the clock of these tests says 0
    assert user.names() == ["echo"]
    assert server.given == 2 and server.fields_of("/token")["grant_type"] == "refresh_token"
    assert user.login and (user.login.access, user.login.refresh) == ("token-2", "refresh-2")


def test_a_token_that_is_refused_is_renewed_once(user: User, server: LoginServer) -> None:
    user.log_in()
    server.valid = "another"
    assert user.names() == ["echo"]
    server.valid, server.token = "another", {"access_token": "no-good"}
    with pytest.raises(McpAuthError):
        user.names()
    assert server.given == 3


def test_a_login_that_is_over_is_told_as_one(user: User, server: LoginServer) -> None:
    user.log_in()
    user.change(refresh="old")
    server.valid = "another"
    with pytest.raises(McpAuthError) as caught:
        user.names()
    assert caught.value.fault.hint == "aichat mcp login box"
    assert user.login and (user.login.access, user.login.refresh) == ("", "")


def test_a_client_of_the_users_own_is_who_we_are(server: LoginServer, tmp_path: Path) -> None:
    server.issuer["token_endpoint_auth_methods_supported"] = ["client_secret_basic"]
    user = User(tmp_path, server.url, client_id="mine", client_secret_env="SECRET")
    user.log_in()
    assert server.fields_of("/token")["basic"] == "mine:s3cret"
    assert "/register" not in server.paths


def test_an_address_says_who_we_are_where_that_is_taken(
    server: LoginServer, tmp_path: Path
) -> None:
    page = "https://example.org/aichat.json"
    user = User(tmp_path, server.url, client_id=page)
    user.log_in()
    assert server.fields_of("/authorize")["client_id"] == "client-1"
    server.issuer["client_id_metadata_document_supported"] = True
    user.log_in()
    assert server.fields_of("/authorize")["client_id"] == page


def test_who_takes_only_clients_it_knows_is_plain_words(server: LoginServer, user: User) -> None:
    del server.issuer["registration_endpoint"]
    assert user.refusal() == "MCP server box: it takes only clients that it knows"


def test_scopes_are_what_is_wanted_what_was_had_and_to_renew(
    server: LoginServer, user: User
) -> None:
    server.resource["scopes_supported"] = ["read"]
    server.issuer["scopes_supported"] = ["read", "write", "offline_access"]
    user.log_in()
    assert server.fields_of("/authorize")["scope"] == "read offline_access"
    server.challenge = 'Bearer error="insufficient_scope", scope="write"'
    server.valid = "another"
    with pytest.raises(McpAuthError, match="the login lacks write"):
        user.names()
    user.log_in()
    assert server.fields_of("/authorize")["scope"] == "read offline_access write"


def test_a_login_that_is_left_is_ended_where_it_was_given(user: User, server: LoginServer) -> None:
    user.log_in()
    assert user.log_out() == []
    revoked = [fields for path, fields, _ in server.asked if path == "/revoke"]
    assert [(fields["token"], fields["token_type_hint"]) for fields in revoked] == [
        ("refresh-1", "refresh_token"),
        ("token-1", "access_token"),
    ]
    assert {fields["client_id"] for fields in revoked} == {"client-1"}
    assert user.login is None


def test_a_login_that_nobody_ends_is_forgotten_and_told(user: User, server: LoginServer) -> None:
    begin = "the login is forgotten here, but may hold until it runs out: "
    server.revoked = 503
    user.log_in()
    assert user.log_out() == [f"{begin}127.0.0.1 answered 503"]
    user.log_in()
    user.change(revoke_url="http://127.0.0.1:1/revoke")
    (told,) = user.log_out()
    assert told.startswith(f"{begin}MCP server box: 127.0.0.1: ")
    del server.issuer["revocation_endpoint"]
    user.log_in()
    assert user.log_out() == [f"{begin}127.0.0.1 does not say how to end it"]
    assert user.login is None and "token-" not in "".join(told)


# -- threats


UNSAFE = [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://example.org/authorize",
    "ms-settings:x",
    'https://a.org/"; calc; "',
    "https://a.org/$(calc) x",
]


def test_threat_12_an_address_that_could_do_something_else_is_never_shown(
    server: LoginServer, user: User
) -> None:
    """Fails where ``read_auth_server`` does not ask ``check_address``."""
    told: list[str] = []
    for endpoint in ("authorization_endpoint", "revocation_endpoint"):
        for url in UNSAFE:
            server.issuer = {**ISSUER, endpoint: url}
            with pytest.raises(AichatError, match="an address is not safe"):
                log_in(LoginDesk(user.world, told.append, seconds=0), user.server, Challenge())
    assert told == []


def test_threat_12_a_server_points_at_nothing_within(
    user: User, server: LoginServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fails where ``OAuthHttp`` dials whatever it is told; here the server is of the open net."""
    monkeypatch.setattr("aichat.net.pages.web_page.is_inner", lambda _: False)
    place = f"{server.root}/.well-known/oauth-protected-resource/mcp"
    assert "is an address of this machine" in user.refusal(Challenge(place), code=2)
    assert server.paths == []


def test_threat_12_the_words_of_a_server_are_plain(user: User, server: LoginServer) -> None:
    """Fails where ``_plain_words`` gives them as they are."""
    server.redirect = {"error": "no\u202e", "error_description": "evil\nline\u200b"}
    assert user.refusal() == "MCP server box: no login: no: evil line"


def test_threat_13_metadata_of_another_server_are_refused(user: User, server: LoginServer) -> None:
    """Fails where ``read_resource`` takes any resource."""
    for other in ("https://evil.example/mcp", f"{server.root}/other", f"{server.url}x"):
        server.resource["resource"] = other
        assert "its metadata are of another server" in user.refusal()
    assert "/authorize" not in server.paths


def test_threat_13_an_issuer_is_who_it_says(user: User, server: LoginServer) -> None:
    """Fails where ``read_auth_server`` or ``read_redirect`` does not compare issuers."""
    server.issuer["issuer"] = "https://evil.example"
    assert "says that it is https://evil.example" in user.refusal()
    server.issuer["issuer"] = "{url}"
    server.redirect = {"iss": f"{server.root}/"}
    assert "is not from whom it was asked of" in user.refusal()
    server.redirect, server.issuer["authorization_response_iss_parameter_supported"] = {}, True
    assert "is not from whom it was asked of" in user.refusal()
    assert "/token" not in server.paths


def test_threat_13_codes_are_protected_or_not_asked_for(user: User, server: LoginServer) -> None:
    """Fails where ``read_auth_server`` does without PKCE."""
    server.issuer["code_challenge_methods_supported"] = ["plain"]
    assert "does not protect its codes" in user.refusal()


def test_threat_13_a_token_goes_to_its_server_alone(user: User, tmp_path: Path) -> None:
    """Fails where ``read_login`` gives the login of any server."""
    user.log_in()
    with login_server() as other:
        with pytest.raises(McpAuthError):
            User(tmp_path, other.url).names()
        assert all("Authorization" not in headers for _, _, headers in other.asked)


def test_threat_13_a_key_of_the_config_goes_before_a_login(user: User, server: LoginServer) -> None:
    """Fails where ``_token`` does not look whether there is one already."""
    user.log_in()
    user.server = user.server._replace(headers=(("Authorization", "Bearer own"),))
    with pytest.raises(McpAuthError):
        user.names()
    assert server.asked[-1][2]["Authorization"] == "Bearer own"


def test_threat_13_who_comes_back_to_another_login_ends_nothing(
    user: User, server: LoginServer
) -> None:
    """Fails where ``wait`` takes what is not wanted, or goes on listening once it has it."""
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    pages: list[str] = []

    def tell(line: str) -> None:
        if line.startswith("http"):
            back = line.partition("redirect_uri=")[2].partition("&")[0]
            pages.append(back.replace("%3A", ":").replace("%2F", "/"))
            browse(f"{pages[0]}?code=evil&state=guessed")
            browse(line)

    log_in(LoginDesk(user.world, tell, seconds=20), user.server, Challenge())
    assert server.fields_of("/token")["code"] == "code-1"
    with pytest.raises((URLError, HTTPError)):
        urlopen(pages[0], timeout=5)
