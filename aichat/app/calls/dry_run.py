"""What would be sent, printed as a command for a shell: no key, no engine, no connection."""

from collections.abc import Iterable

from aichat.app.calls.caller import outgoing_call, placeholders_for
from aichat.app.calls.curl import as_curl, as_websocat
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint
from aichat.process.world import World


def print_call(
    world: World,
    call: Call,
    more: Iterable[tuple[str, str]] = (),
    target: Endpoint | None = None,
) -> None:
    """Print a call as curl sends it, or as websocat where it opens a socket.

    ``more`` are other options of curl, each with its value. What must not get to ``target``
    is replaced, and counted on stderr.
    """
    placeholders = placeholders_for(target) if target else None
    if placeholders is not None:
        call = outgoing_call(call, placeholders)
        world.say(f"aichat: {placeholders.description}")
    opens_socket = call.url.startswith(("ws:", "wss:"))
    text = as_websocat(call) if opens_socket else as_curl(call, more)
    world.write_text(world.printable(text + "\n"))
