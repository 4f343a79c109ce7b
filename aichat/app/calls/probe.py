"""A look at a provider that costs nothing: its list of models, or what it knows of the key."""

from aichat import wires
from aichat.core.http.call import Call, request_headers
from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.error_response import fault_from_response
from aichat.core.provider.endpoint import Endpoint
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.values import NamedTuple
from aichat.wires.resources.models import prefixed_url

#: Bytes of a list of models.
_MAX_BYTES = 32 << 20


class ProbeReply(NamedTuple):
    """What the provider said: a body, or why it refused; ``date`` is its clock, as it told it."""

    body: bytes
    date: str = ""
    refusal: Fault | None = None


def probe_call(target: Endpoint) -> Call:
    """The look itself: the headers that every request must have, and no body."""
    auth = wires.load(target.wire).auth(target, {})
    sent = request_headers(target.headers, *auth, json_content=False)
    return Call("GET", prefixed_url(target) + target.provider.probe.path, sent)


def send_probe(call: Call, connection: ConnectionOptions) -> ProbeReply:
    """Take the look. Errors: ``network``, ``timeout``, and ``protocol`` for a page."""
    with http.send(call, connection) as response:
        date, body = response.headers.get("date", ""), response.read(_MAX_BYTES)
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/html") and response.status < 400:
            raise AichatError(http.html_fault(response, call.url, body))
        if 200 <= response.status < 300:
            return ProbeReply(body, date)
        return ProbeReply(body, date, fault_from_response(response.status, response.headers, body))
