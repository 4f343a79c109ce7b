"""What may stand in ``config.toml``: each rule's borders, and what is said beyond them."""

from datetime import date
from typing import Any

import pytest

from aichat.core.billing.usage import TIERS
from aichat.core.catalogue.card import EFFORTS
from aichat.core.config.check import Complaint, check_config
from aichat.core.config.schema import THEMES, Config
from aichat.core.provider.provider import WIRES

NAN, INF, DAY = float("nan"), float("inf"), date(2026, 1, 1)

# what is expected, what fits, what does not
TEXT = ("text", ["a", " "], ["", 1, True, None, ["a"]])
NAMES = ("a list of names", [["a"], []], ["a", [""], [1]])
TEXTS = ("a list of strings", [["a", ""], []], ["a", [1]])
BOOL = ("true or false", [True, False], [0, 1, "true"])
WHOLE = ("a whole number above 0", [1, 10**9], [0, -1, 1.0, True, "1"])
SECONDS = ("a time in seconds, above 0, up to 1e9", [1, 0.1, 1e9], [0, -1, 1.1e9, True, "1"])
AMOUNT = ("an amount above 0", [1, 0.01, 999_999_999], [0, -1, 1e9, True, "1"])
TABLE = ("a table", [{}], [[], "a", 1])
URL = (
    "an http or https URL",
    ["http://a", "https://a.example:8080/v1"],
    ["a.example", "ftp://a", "http://", "http://a:0", "http://a:99999", 1],
)
PROXY = (
    "a proxy's URL",
    ["http://p:1", "socks5://p", "p:1", "user:word@p"],
    ["", "http://", "p:0", "p:99999", 1],
)
STOP = ("a string or a list of strings", ["", "a", ["a"], []], [1, [1]])
COMMAND = (
    "a command: a string or a list of strings",
    ["pass x", ["pass", "x"], ["pass", ""]],
    ["", [], [1], 1],
)
CERTIFICATE = (
    "a file, or a list of a certificate file and a key file",
    ["a.pem", ["a"], ["a", "b"]],
    ["", [], ["a", "b", "c"], [1], 1],
)
OPTIONS = ("a table of JSON values", [{}, {"a": [1]}], [{"a": NAN}, {"a": DAY}, [1], "a"])
KEYS = ('keys such as "ctrl-x ctrl-e", or a list of them', ["ctrl-k"], ["", "ctrl", [], 1])

PROFILE = {
    **dict.fromkeys(("provider", "model", "region"), TEXT),
    "system": ("text", ["", "a"], [1]),
    "max_tokens": WHOLE,
    "temperature": ("a number from 0 to 2", [0, 2, 0.5], [-0.1, 2.1, True, "1", NAN]),
    "top_p": ("a number from 0 to 1", [0, 1, 0.5], [-0.1, 1.1, True, "1"]),
    "stop": STOP,
    "seed": ("a whole number", [0, -1, 7], [1.0, True, "1"]),
    "options": OPTIONS,
    "wire": (f"one of {', '.join(WIRES)}", WIRES, ["", "Chat", 1]),
    "base_url": URL,
    "headers": ("a table of strings", [{}], [[], "a"]),
    "timeout": SECONDS,
    "effort": (f"one of {', '.join(EFFORTS)}", EFFORTS, ["", "most", 1]),
    "strict": BOOL,
    "budget": TABLE,
    "fallback": NAMES,
    "verbosity": ("one of low, medium, high", ["low", "medium", "high"], ["", "max"]),
    "logprobs": BOOL,
    "tier": (f"one of {', '.join(TIERS)}", TIERS, ["", "cheap"]),
}
PROVIDER = {
    "key_command": COMMAND,
    **dict.fromkeys(("key_env", "ca_bundle", "region", "api_version"), TEXT),
    "base_url": URL,
    "wire": PROFILE["wire"],
    "headers": PROFILE["headers"],
    "timeout": SECONDS,
    "client_cert": CERTIFICATE,
    "keyring": ('true, false or "optional"', [True, False, "optional"], ["", "yes", 1]),
    "proxy": PROXY,
    "allow_http": BOOL,
    "models": TEXTS,
    "context": WHOLE,
}
BUDGET = {
    "day": AMOUNT,
    "month": AMOUNT,
    "currency": (
        "a currency code, such as USD",
        ["USD", "CNY"],
        ["usd", "US", "EURO", 1],
    ),
}
UI = {
    "editing": ("one of emacs, vi", ["emacs", "vi"], ["vim", ""]),
    "reasoning": ("one of fold, show, hide", ["fold", "show", "hide"], ["folded"]),
    "code_theme": (
        "auto, ansi_dark, ansi_light or a style of Pygments",
        ["auto", "ansi_dark", "ansi_light", "monokai"],
        ["", "Monokai"],
    ),
    "wrap": (
        'a number of columns, 0 or "terminal"',
        [0, 1, 80, "terminal"],
        [-1, 1.0, True, "Terminal"],
    ),
}
STORE = {
    "save": BOOL,
    "input_history": BOOL,
    "overflow": ("one of drop, refuse, compact", ["drop", "refuse", "compact"], ["keep"]),
}
TOP = {
    "default_profile": TEXT,
    **dict.fromkeys(("profiles", "providers", "store", "ui", "bindings"), TABLE),
}
BINDINGS = dict.fromkeys(
    (
        *("submit", "newline", "interrupt", "leave", "editor", "search", "suspend", "complete"),
        *("suggestion", "word"),
    ),
    KEYS,
)

TABLES: dict[tuple[str, ...], dict[str, Any]] = {
    (): TOP,
    ("profiles", "p"): PROFILE,
    ("profiles", "p", "budget"): BUDGET,
    ("providers", "b"): PROVIDER,
    ("ui",): UI,
    ("store",): STORE,
    ("bindings",): BINDINGS,
}
RULES = [
    pytest.param((*place, key), *rule, id=".".join((*place, key)))
    for place, rules in TABLES.items()
    for key, rule in rules.items()
]


def document(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return dict(value)


def complaints(path: tuple[str, ...], value: Any) -> list[Complaint]:
    """What is wrong with a document of one value, but that its default profile is not there."""
    found = check_config(document(path, value))[1]
    return [each for each in found if not each.message.startswith("no profile ")]


@pytest.mark.parametrize(("path", "expected", "good", "bad"), RULES)
def test_a_value_fits_its_rule_or_is_told_what_would(
    path: tuple[str, ...], expected: str, good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        assert complaints(path, value) == [], value
    for value in bad:
        (found,) = complaints(path, value)
        assert (found.path, found.warning) == (path, False), value
        assert found.message.startswith(f"expected {expected}, got "), value


@pytest.mark.parametrize("place", TABLES, ids=".".join)
def test_a_table_knows_these_keys_and_no_others(place: tuple[str, ...]) -> None:
    for key in (*TABLES[place], "zzz"):
        unknown = [c for c in complaints((*place, key), 0) if c.message.startswith("unknown key")]
        assert bool(unknown) is (key == "zzz"), key
    (found,) = complaints((*place, "zzz"), 0)
    assert found == Complaint((*place, "zzz"), "unknown key", warning=True)


def test_a_key_that_is_nearly_one_is_told_which() -> None:
    (found,) = complaints(("profiles", "p", "modle"), "m")
    assert found.message == "unknown key; did you mean 'model'?"


def test_what_is_good_is_kept_and_what_is_not_is_left_out() -> None:
    found, wrong = check_config(
        {
            "default_profile": "work",
            "profiles": {
                "work": {"model": "m", "seed": "x", "budget": {"day": 1, "week": 2}},
                "p": 1,
            },
            "providers": {"box": {"timeout": 3, "zzz": 1}},
            "store": {"save": False, "overflow": 1},
            "ui": {"wrap": 80},
            "bindings": {"submit": ["ctrl-k", "f2"]},
        }
    )
    assert found == Config(
        "work",
        {"work": {"model": "m", "budget": {"day": 1}}},
        {"box": {"timeout": 3}},
        {"save": False},
        {"wrap": 80},
        {"submit": ["ctrl-k", "f2"]},
    )
    assert [".".join(c.path) for c in wrong] == [
        *("store.overflow", "profiles.work.seed", "profiles.work.budget.week", "profiles.p"),
        "providers.box.zzz",
    ]


def test_an_empty_config_says_nothing() -> None:
    assert check_config({}) == (Config(), [])


def test_a_default_profile_that_is_not_there_is_named_with_the_nearest() -> None:
    found, wrong = check_config({"default_profile": "wrok", "profiles": {"work": {}}})
    message = "no profile 'wrok'; did you mean 'work'?"
    assert (found.default_profile, wrong) == ("wrok", [Complaint(("default_profile",), message)])


HEADERS = {
    "X-Team": ("a b", True),
    "empty": ("", True),
    "every!#$%&'*+.^_`|~-sign": ("x", True),
    "with space": ("x", False),
    "": ("x", False),
    "colon:": ("x", False),
    "letters": ("é", False),
    "lines": ("a\nb", False),
    "number": (1, False),
}


@pytest.mark.parametrize(("name", "given"), HEADERS.items())
def test_a_header_has_a_name_of_signs_and_plain_text(name: str, given: tuple[Any, bool]) -> None:
    value, fits = given
    for table in (("profiles", "p"), ("providers", "b")):
        found = complaints((*table, "headers"), {name: value})
        assert (found == []) is fits
        assert all(c.path == (*table, "headers", name) for c in found)


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        (("ui", "wrap"), "x" * 57, f"'{'x' * 57}'"),
        (("ui", "wrap"), "x" * 58, f"'{'x' * 56}..."),
        (("providers", "b", "key_command"), [["gsk_x"]], "a value of type list"),
        (("providers", "b", "key_command"), {"k": {"gsk_x": 1}}, "a value of type dict"),
        (("providers", "b", "key_command"), [1], "[1]"),
        (("providers", "b", "key_env"), ["gsk_x"], "a value of type list"),
        (("providers", "b", "key_env"), 7, "7"),
        (("providers", "b", "headers"), {"authorization": "gsk_é"}, "a value of type str"),
        (("profiles", "p", "headers"), "gsk_x", "a value of type str"),
        (("profiles", "p", "model"), ["m"], "['m']"),
    ],
)
def test_a_wrong_value_is_shown_short_and_unless_it_may_be_a_secret(
    path: tuple[str, ...], value: Any, shown: str
) -> None:
    (found,) = complaints(path, value)
    assert found.message.rpartition(", got ")[2] == shown


def test_the_themes_are_the_terminals_own_and_those_of_pygments() -> None:
    styles = pytest.importorskip("pygments.styles")
    assert set(THEMES) == {"auto", "ansi_dark", "ansi_light", *styles.get_all_styles()}
