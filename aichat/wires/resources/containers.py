"""Containers in which a provider runs code: the call that adds a file.

Source: the types of openai 3.57.
"""

from urllib.parse import quote

from aichat import wires
from aichat.core.http.call import Call, json_body, request_headers
from aichat.core.provider.endpoint import Endpoint


def add_file_call(endpoint: Endpoint, container: str, file_id: str) -> Call:
    """The request that adds an uploaded file to an existing container."""
    headers = request_headers(endpoint.headers, *wires.load(endpoint.wire).auth(endpoint, {}))
    url = f"{endpoint.base_url}/containers/{quote(container, safe='')}/files"
    return Call("POST", url, headers, json_body({"file_id": file_id}, ()))
