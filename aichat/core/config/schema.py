"""The shape of ``config.toml``: which keys each table has, and what fits each key."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aichat.core.billing.usage import TIERS
from aichat.core.catalogue.card import EFFORTS
from aichat.core.config.key_bindings import are_keys
from aichat.core.http.connection import has_host
from aichat.core.message.cache_marks import CACHE_MODES
from aichat.core.provider.provider import CONTEXTS, RECENCIES, VERBOSITIES, WIRES
from aichat.core.text.theme import THEME_NAMES
from aichat.values import NamedTuple


class Config(NamedTuple):
    """The user's configuration, checked."""

    default_profile: str | None = None
    profiles: Mapping[str, Mapping[str, Any]] = {}
    providers: Mapping[str, Mapping[str, Any]] = {}
    store: Mapping[str, Any] = {}
    ui: Mapping[str, Any] = {}
    bindings: Mapping[str, Any] = {}
    aliases: Mapping[str, str] = {}
    rules: Mapping[str, Any] = {}
    tools: Mapping[str, Mapping[str, Any]] = {}
    mcp: Mapping[str, Mapping[str, Any]] = {}
    privacy: Mapping[str, Any] = {}


#: What to do with a conversation that no longer fits its model.
OVERFLOW_MODES = ("drop", "refuse", "compact")

#: Colours of code on a terminal: the theme's, the terminal's own, or a style of Pygments.
THEMES = """
    auto ansi_dark ansi_light abap algol algol_nu arduino autumn borland bw coffee colorful default
    dracula emacs friendly friendly_grayscale fruity github-dark gruvbox-dark gruvbox-light igor
    inkpot lightbulb lilypond lovelace manni material monokai murphy native night-owl nord
    nord-darker one-dark paraiso-dark paraiso-light pastie perldoc rainbow_dash rrt sas
    solarized-dark solarized-light staroffice stata-dark stata-light tango trac vim vs xcode
    zenburn
""".split()  # noqa: SIM905  a list would take fifty lines
#: How a line of the REPL is edited.
EDITING_MODES = ("emacs", "vi")

#: How reasoning is shown on a terminal.
REASONING_MODES = ("fold", "show", "hide")

#: How pictures are shown on a terminal.
IMAGE_MODES = ("auto", "kitty", "iterm", "sixel", "blocks", "off")


class Rule(NamedTuple):
    """What a value must be: ``expected`` in words, ``fits`` as a test."""

    expected: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_rules(value: Any) -> bool:
    from aichat.core.config.tool_rule import is_rule  # here, for few configs have any

    return _is_text_list(value) and all(map(is_rule, value))


def _is_header_value(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and (value == "" or value.isprintable())


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://")) and has_host(value)


def _is_proxy(value: Any) -> bool:
    return isinstance(value, str) and has_host(value if "://" in value else f"http://{value}")


def _is_json_object(value: Any) -> bool:
    """TOML has dates and infinities, a request body does not."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return isinstance(value, dict)


TEXT = Rule("text", lambda v: isinstance(v, str) and v != "")
POSITIVE_INTEGER = Rule("a whole number above 0", lambda v: _is_integer(v) and v > 0)
#: A time to wait: sockets take up to 9e9 seconds.
SECONDS = Rule("a time in seconds, above 0, up to 1e9", lambda v: _is_number(v) and 0 < v <= 1e9)
BOOL = Rule("true or false", lambda v: isinstance(v, bool))
TEXTS = Rule("a list of strings", _is_text_list)
NAMES = Rule("a list of names", lambda v: _is_text_list(v) and all(v))
RULES = Rule("a list of rules, NAME or NAME(PATTERN)", _are_rules)
HEADERS = Rule("a table of strings", lambda v: isinstance(v, dict))
HEADER = Rule("plain ASCII text after a header name", _is_header_value)
OPTIONS = Rule("a table of JSON values", _is_json_object)
WIRE = Rule(f"one of {', '.join(WIRES)}", lambda v: v in WIRES)
PROXY = Rule("a proxy's URL", _is_proxy)
TABLE = Rule("a table", lambda v: isinstance(v, dict))
URL = Rule("an http or https URL", _is_url)
COMMAND = Rule(
    "a command: a string or a list of strings",
    lambda v: bool(v) and (TEXT.fits(v) or _is_text_list(v)),
)
CERTIFICATE = Rule(
    "a file, or a list of a certificate file and a key file",
    lambda v: TEXT.fits(v) or (_is_text_list(v) and len(v) in (1, 2)),
)
STOP = Rule("a string or a list of strings", lambda v: isinstance(v, str) or _is_text_list(v))

PROFILE: Mapping[str, Rule] = {
    "provider": TEXT,
    "model": TEXT,
    "system": Rule("text", lambda v: isinstance(v, str)),
    "max_tokens": POSITIVE_INTEGER,
    "temperature": Rule("a number from 0 to 2", lambda v: _is_number(v) and 0 <= v <= 2),
    "top_p": Rule("a number from 0 to 1", lambda v: _is_number(v) and 0 <= v <= 1),
    "stop": STOP,
    "seed": Rule("a whole number", _is_integer),
    "options": OPTIONS,
    "wire": WIRE,
    "base_url": URL,
    "headers": HEADERS,
    "timeout": SECONDS,
    "region": TEXT,
    "effort": Rule(f"one of {', '.join(EFFORTS)}", lambda v: v in EFFORTS),
    "verbosity": Rule(f"one of {', '.join(VERBOSITIES)}", lambda v: v in VERBOSITIES),
    "logprobs": BOOL,
    "strict": BOOL,
    "schema": TEXT,
    "prompt": TEXT,
    "budget": TABLE,
    "fallback": NAMES,
    "tier": Rule(f"one of {', '.join(TIERS)}", lambda v: v in TIERS),
    "cache": Rule(f"one of {', '.join(CACHE_MODES)}", lambda v: v in CACHE_MODES),
    "search": BOOL,
    "search_x": BOOL,
    "search_domain": NAMES,
    "search_recency": Rule(f"one of {', '.join(RECENCIES)}", lambda v: v in RECENCIES),
    "search_context": Rule(f"one of {', '.join(CONTEXTS)}", lambda v: v in CONTEXTS),
    "search_location": TEXT,
    "fetch": BOOL,
    "code": BOOL,
    "file_search": NAMES,
    "maps": BOOL,
    "resolve_links": BOOL,
    "tools": NAMES,
    "mcp": NAMES,
}

#: The keys of a profile's ``budget``; without a currency it is in US dollars.
BUDGET: Mapping[str, Rule] = {
    "day": Rule("an amount above 0", lambda v: _is_number(v) and 0 < v < 1e9),
    "month": Rule("an amount above 0", lambda v: _is_number(v) and 0 < v < 1e9),
    "currency": Rule(
        "a currency code, such as USD",
        lambda v: isinstance(v, str) and re.fullmatch(r"[A-Z]{3}", v) is not None,
    ),
}

KEYS = Rule('keys such as "ctrl-x ctrl-e", or a list of them', are_keys)

UI: Mapping[str, Rule] = {
    "theme": Rule(f"one of {', '.join(THEME_NAMES)}", lambda v: v in THEME_NAMES),
    "notify": Rule("a number of seconds, 0 for never", lambda v: _is_number(v) and v >= 0),
    "images": Rule(f"one of {', '.join(IMAGE_MODES)}", lambda v: v in IMAGE_MODES),
    "screen_reader": BOOL,
    "editing": Rule(f"one of {', '.join(EDITING_MODES)}", lambda v: v in EDITING_MODES),
    "reasoning": Rule(f"one of {', '.join(REASONING_MODES)}", lambda v: v in REASONING_MODES),
    "code_theme": Rule("auto, ansi_dark, ansi_light or a style of Pygments", lambda v: v in THEMES),
    "wrap": Rule(
        'a number of columns, 0 or "terminal"',
        lambda v: v == "terminal" or (_is_integer(v) and v >= 0),
    ),
}

STORE: Mapping[str, Rule] = {
    "save": BOOL,
    "input_history": BOOL,
    "mirror": TEXT,
    "overflow": Rule(f"one of {', '.join(OVERFLOW_MODES)}", lambda v: v in OVERFLOW_MODES),
}

#: The prefix of an entry of ``redact`` that is the user's own pattern.
PATTERN_PREFIX = "regex:"


def _is_redact_list(value: Any) -> bool:
    return _is_text_list(value) and all(
        entry in ("email", "secret") or _is_pattern(entry) for entry in value
    )


def _is_pattern(entry: str) -> bool:
    from aichat.core.message.json_schema.texts.regex import is_regex  # few have one

    pattern = entry.removeprefix(PATTERN_PREFIX)
    return pattern not in (entry, "") and is_regex(pattern)


#: What may leave this machine, to whom, and where that is logged.
PRIVACY: Mapping[str, Rule] = {
    "redact": Rule('a list of "email", "secret" and "regex:PATTERN"', _is_redact_list),
    "allow_providers": NAMES,
    "offline": BOOL,
    "log": TEXT,
}

PROVIDER: Mapping[str, Rule] = {
    "key_command": COMMAND,
    "key_env": TEXT,
    "base_url": URL,
    "wire": WIRE,
    "headers": HEADERS,
    "timeout": SECONDS,
    "ca_bundle": TEXT,
    "client_cert": CERTIFICATE,
    "keyring": Rule('true, false or "optional"', lambda v: isinstance(v, bool) or v == "optional"),
    "proxy": PROXY,
    "allow_http": BOOL,
    "models": TEXTS,
    "context": POSITIVE_INTEGER,
    "region": TEXT,
    "api_version": TEXT,
}

#: Whether programs that a model runs are sandboxed: if the system can, never, or always.
SANDBOXES = ("auto", "off", "require")

#: Which tools may run, and how many rounds of calls a turn may have.
TOOL_RULES: Mapping[str, Rule] = {
    "allow": RULES,
    "ask": RULES,
    "deny": RULES,
    "rounds": POSITIVE_INTEGER,
    "sandbox": Rule(f"one of {', '.join(SANDBOXES)}", lambda v: v in SANDBOXES),
}

#: A program as a tool: ``{name}`` in its command stands for one whole argument.
PROGRAM_TOOL: Mapping[str, Rule] = {
    "command": Rule("a list of strings", lambda v: bool(v) and _is_text_list(v)),
    "description": TEXT,
    "parameters": Rule("names as in 'path, depth int', or a JSON schema", lambda v: bool(v)),
    "env": HEADERS,
    "timeout": SECONDS,
}

#: A server of the Model Context Protocol: a program to start, or an address.
MCP_SERVER: Mapping[str, Rule] = {
    "command": Rule("a list of strings", lambda v: bool(v) and _is_text_list(v)),
    "url": URL,
    "env": HEADERS,
    "cwd": TEXT,
    "headers": HEADERS,
    "key_env": TEXT,
    "key_command": COMMAND,
    "client_id": TEXT,
    "client_secret_env": TEXT,
    "tools": NAMES,
    "timeout": SECONDS,
    "start_timeout": SECONDS,
    "instructions": BOOL,
    "trust": Rule(
        'a pin as aichat mcp list --json prints it, "sha256:..."',
        lambda v: isinstance(v, str) and re.fullmatch(r"sha256:[0-9a-f]{64}", v) is not None,
    ),
}
