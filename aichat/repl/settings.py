"""The settings that ``/set`` changes: options of the command line, under the same names."""

from typing import Any

from aichat.core.cli.argv import Option
from aichat.core.cli.options import MONEY, OUTPUT, SAMPLING, SERVER_TOOLS, TRANSPORT
from aichat.core.provider.provider import WIRES
from aichat.errors import usage_error

_NAMES = (
    *("temperature", "top_p", "max_tokens", "stop", "seed", "effort", "option", "tools", "cache"),
    *("verbosity", "tier", "logprobs"),
    *(option.name for option in SERVER_TOOLS),
    *("timeout", "retries", "region", "strict", "wire", "header", "no_stream", "debug", "quiet"),
    "resolve_links",
)

#: Every setting by its name.
_TABLES = (SAMPLING, MONEY, SERVER_TOOLS, OUTPUT, TRANSPORT)
SETTINGS = {o.name: o for table in _TABLES for o in table if o.name in _NAMES}

_SWITCHES = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


def shown_setting(name: str, value: Any) -> str:
    """A setting as ``/set`` takes it."""
    if value in (None, (), False):
        return f"{name} is not set"
    values = value if isinstance(value, tuple) else (value,)
    words = (
        "on" if each is True else f"{each:g}" if isinstance(each, float) else f"{each}"
        for each in values
    )
    return f"{name} = {', '.join(words)}"


def parse_setting(option: Option, text: str) -> Any:
    """The value of a setting; an empty text unsets it. Errors: ``usage``."""
    if not text:
        return () if option.many else False if option.kind is bool else None
    if option.kind is bool:
        if text.lower() not in _SWITCHES:
            raise usage_error(f"{option.name}: expected on or off, got '{text}'")
        return _SWITCHES[text.lower()]
    if option.choices and text not in option.choices:
        raise usage_error(f"{option.name}: expected one of {', '.join(option.choices)}")
    if option.name == "wire" and text not in WIRES:
        raise usage_error(f"wire: expected one of {', '.join(WIRES)}")
    try:
        value = option.kind(text)
    except ValueError:
        raise usage_error(f"{option.name}: '{text}' is not a number") from None
    return (value,) if option.many else value
