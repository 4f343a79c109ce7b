"""Finding a server's authorization server, without letting a stranger point us anywhere."""

from collections.abc import Mapping, Sequence
from typing import Any

from aichat.app.tools.mcp.channel import quoted, server_error
from aichat.core.http.call import Call, Header
from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.text.json import read_object
from aichat.errors import AichatError
from aichat.net import http
from aichat.net.pages import web_page
from aichat.values import NamedTuple
from aichat.wires.mcp import oauth
from aichat.wires.mcp.oauth import AuthServer, Challenge, OAuthRefusal, Resource

#: The most bytes of a response, and its time limit in seconds.
_MAX_BYTES, _SECONDS = 1 << 20, 20.0


class OAuthHttp:
    """OAuth requests for one server: encrypted, without redirects or private addresses.

    Private addresses are allowed only if the server has one itself. Errors name the server.
    """

    def __init__(self, label: str, url: str) -> None:
        self._label = label
        self._is_inner = web_page.is_inner(url)

    def get(self, url: str) -> Mapping[str, Any] | None:
        """A document; None if there is none."""
        status, found = self.send(Call("GET", url, (Header("Accept", "application/json"),)))
        return found if status == 200 and found else None

    def send(self, call: Call) -> tuple[int, Mapping[str, Any]]:
        """The response's status and JSON object. Errors: ``network``, ``protocol``."""
        options = ConnectionOptions(first_byte=_SECONDS, idle=_SECONDS)
        try:
            oauth.check_address(call.url)
            address = web_page.dial_address(call.url, allow_local=self._is_inner)
            with http.open_response(call, options, address=address) as response:
                return response.status, read_object(response.read(_MAX_BYTES))
        except OAuthRefusal as refusal:
            raise self.refused(refusal) from None
        except AichatError as error:
            why = f"{host_of(call.url)}: {quoted(error.fault.message)}"
            raise server_error(self._label, why, error.fault.kind) from error

    def refused(self, refusal: OAuthRefusal) -> AichatError:
        """The error when nobody is logged in."""
        return server_error(self._label, f"no login: {refusal}", "auth")


class Discovery(NamedTuple):
    """A server's metadata, and that of its authorization server."""

    resource: Resource
    server: AuthServer


def discover(label: str, url: str, challenge: Challenge, web: OAuthHttp) -> Discovery:
    """Find the authorization server for ``url``. Errors: ``auth``, ``network``."""
    document = _first(oauth.resource_metadata_urls(url, challenge), web)
    if document is None:
        raise server_error(label, "it does not say who gives tokens for it", "auth")
    try:
        resource = oauth.read_resource(url, document)
        issuer = resource.issuers[0]
        document = _first(oauth.issuer_metadata_urls(issuer), web)
        if document is None:
            raise OAuthRefusal(f"{quoted(issuer)} has no metadata")
        return Discovery(resource, oauth.read_auth_server(issuer, document))
    except OAuthRefusal as refusal:
        raise web.refused(refusal) from None


def _first(urls: Sequence[str], web: OAuthHttp) -> Mapping[str, Any] | None:
    """The first document that exists."""
    for url in urls:
        found = web.get(url)
        if found is not None:
            return found
    return None
