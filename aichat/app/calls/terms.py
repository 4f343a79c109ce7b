"""How calls are made: time-out, retries, and who watches."""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.app.calls.caller import CallOptions
from aichat.app.setup.endpoint import connection_options
from aichat.app.setup.setup import Setup
from aichat.errors import usage_error


def call_options(
    setup: Setup, values: Mapping[str, Any], say: Callable[[str], object]
) -> CallOptions:
    """The terms on which the net is used; ``say`` is told every step, if that is wanted."""
    reach = connection_options(setup, values["timeout"], stream=not values["no_stream"])
    retries = 2 if values["retries"] is None else values["retries"]
    if retries < 0:
        raise usage_error(f"--retries {retries}: it takes 0 or more")
    if values["timeout"] is not None and values["timeout"] <= 0:
        raise usage_error(f"--timeout {values['timeout']:g}: it takes seconds above 0")
    debug = (lambda line: say(f"aichat: debug: {line}")) if values["debug"] else None
    drops = setup.config_file.config.store.get("overflow", "drop") == "drop"
    return CallOptions(reach, retries, drops, debug)
