"""A login's access token: renewed in time, and sent to its server only."""

from pathlib import Path

from aichat.core.text.clock import Clock
from aichat.disk.config.server_logins import ServerLogin, change_login, read_login
from aichat.errors import AichatError
from aichat.wires.mcp import oauth
from aichat.wires.mcp.oauth import Challenge, OAuthClient, OAuthRefusal

#: Seconds before its expiry at which a token is renewed.
_EARLY_SECONDS = 60.0


def client_of(login: ServerLogin) -> OAuthClient:
    """Our client at the server that granted a login."""
    return OAuthClient(login.client_id, login.client_secret, login.client_method)


class TokenKeeper:
    """The login at a server's address, if any; ``data`` is its folder."""

    def __init__(self, label: str, url: str, data: Path, clock: Clock) -> None:
        self._label, self._url, self._data, self._clock = label, url, data, clock

    def token(self) -> str:
        """The token for the server; empty if there is no login.

        Errors: ``auth`` if it cannot be renewed, ``network``.
        """
        login = read_login(self._data, self._url)
        if login is None:
            return ""
        until = login.expires_at
        if until is None or self._clock.now() < until - _EARLY_SECONDS or not login.refresh:
            return login.access
        return self._renew(login.access)

    def token_after(self, refused: str, challenge: Challenge) -> str:
        """Another token in place of a refused one; empty if there is none.

        Missing scopes are stored for the next login. Errors: as of ``token``.
        """
        login = read_login(self._data, self._url)
        if login is None or not refused:
            return ""
        if challenge.error == "insufficient_scope":
            change_login(self._data, self._url, lambda now: _wanting(now, challenge.scope))
            return ""
        return self._renew(refused)

    def _renew(self, old: str) -> str:
        """Renew it in one process, while others wait and use the result."""
        from aichat.app.tools.mcp.oauth.discovery import OAuthHttp  # it imports page fetching

        web = OAuthHttp(self._label, self._url)

        def renew(login: ServerLogin | None) -> ServerLogin | None:
            if login is None or login.access != old or not login.refresh:
                return login
            call = oauth.refresh_call(
                login.token_url, client_of(login), login.refresh, login.resource
            )
            status, document = web.send(call)
            try:
                tokens = oauth.read_tokens(document)
            except OAuthRefusal:
                if status in (400, 401):  # it has expired: the user must log in again
                    return login._replace(access="", refresh="", expires_at=None)
                raise
            return login._replace(
                access=tokens.access,
                refresh=tokens.refresh or login.refresh,
                scope=tokens.scope or login.scope,
                expires_at=None if tokens.seconds is None else self._clock.now() + tokens.seconds,
            )

        try:
            login = change_login(self._data, self._url, renew)
        except OAuthRefusal as refusal:
            raise web.refused(refusal) from None
        except AichatError as error:
            if error.fault.kind != "output":
                raise
            return ""
        return login.access if login and login.access != old else ""


def _wanting(login: ServerLogin | None, scope: str) -> ServerLogin | None:
    return login._replace(wanted=scope) if login else None
