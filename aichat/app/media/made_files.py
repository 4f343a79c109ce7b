"""Files that a provider's tools made, fetched while they are still there."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from aichat import wires
from aichat.core.exchange.event import Event, MadeFile, Notice
from aichat.core.http.call import Call, request_headers
from aichat.core.message.media import ProviderFile
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import AichatError, describe
from aichat.net import http

Send = Callable[[Call], AbstractContextManager[http.Response]]

#: The most bytes of a file that are fetched.
MOST_BYTES = 100_000_000


def fetch_file(file: MadeFile, endpoint: Endpoint, send: Send) -> list[Event]:
    """The file with its bytes; if they cannot be fetched, a notice that says where it is."""
    source = file.media.source
    if not isinstance(source, ProviderFile):
        return [file]
    name, pieces = file.media.name or source.id.rpartition("/")[2], list[bytes]()
    auth = wires.load(endpoint.wire).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *auth, json_content=False)
    path = f"{source.id}/content"
    try:
        with send(Call("GET", f"{endpoint.base_url}/{path}", headers)) as response:
            for piece in response.chunks():
                pieces.append(piece)
                if sum(map(len, pieces)) > MOST_BYTES:
                    return [_left_behind(name, "more than 100 MB", endpoint, path)]
    except AichatError as error:
        return [_left_behind(name, describe(error.fault), endpoint, path)]
    return [file._replace(media=file.media._replace(source=b"".join(pieces), name=name))]


def _left_behind(name: str, why: str, endpoint: Endpoint, path: str) -> Notice:
    get = f"aichat api {endpoint.provider.id} GET /{path} --output FILE"
    return Notice("file", f"the provider's file {name} was not fetched: {why}; get it with: {get}")
