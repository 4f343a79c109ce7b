"""How calls are made: time-out, retries, and who watches."""

from collections.abc import Callable, Mapping
from typing import Any

from aichat.app.calls.caller import Terms
from aichat.app.setup.endpoint import link
from aichat.app.setup.setup import Setup
from aichat.errors import usage_error


def terms(setup: Setup, values: Mapping[str, Any], say: Callable[[str], object]) -> Terms:
    """The terms on which the net is used; ``say`` is told every step, if that is wanted."""
    reach = link(setup, values["timeout"], stream=not values["no_stream"])
    retries = 2 if values["retries"] is None else values["retries"]
    if retries < 0:
        raise usage_error(f"--retries {retries}: it takes 0 or more")
    if values["timeout"] is not None and values["timeout"] <= 0:
        raise usage_error(f"--timeout {values['timeout']:g}: it takes seconds above 0")
    debug = (lambda line: say(f"aichat: debug: {line}")) if values["debug"] else None
    drops = setup.loaded.config.store.get("overflow", "drop") == "drop"
    return Terms(reach, retries, drops, debug)
