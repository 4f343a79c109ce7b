"""Settings cut to fit a model and a wire: every loss is remarked."""

import json
from typing import Any

import pytest

from aichat import providers, wires
from aichat.core.catalogue.card import EFFORTS, Card
from aichat.core.exchange.fit import BUDGETS, fit_settings, nearest_effort
from aichat.core.exchange.request import Request, Settings
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint

NOTHING: frozenset[str] = frozenset()
LEVELS = ("low", "medium", "high")
FULL = Settings(
    temperature=0.0,
    top_p=0.5,
    max_tokens=9,
    stop=("a",),
    seed=0,
    effort="high",
    show_reasoning=True,
    options={"x": 1},
)


def test_of_an_unknown_model_everything_is_asked() -> None:
    assert fit_settings(FULL, Card(), NOTHING, "m") == (FULL, ())


def test_settings_that_are_not_set_are_not_remarked() -> None:
    card = Card("m", control="none", rejects=frozenset({"stop", "seed"}), sampling="never")
    assert fit_settings(Settings(), card, frozenset({"stop", "seed"}), "m") == (Settings(), ())


# what is set, the card, what the wire lacks; what is left, and what is remarked
CASES: dict[str, tuple[dict[str, Any], Card, set[str], dict[str, Any], list[str]]] = {
    "the model rejects a setting": (
        {"stop": ("a",), "top_p": 0.5},
        Card("m", rejects=frozenset({"stop"})),
        set(),
        {"top_p": 0.5},
        ["m does not support 'stop': not sent"],
    ),
    "the wire lacks a setting": (
        {"seed": 0, "stop": ("a",)},
        Card(),
        {"seed", "stop"},
        {},
        ["m does not support 'seed': not sent", "m does not support 'stop': not sent"],
    ),
    "both refuse the same, once": (
        {"stop": ("a",)},
        Card("m", rejects=frozenset({"stop"})),
        {"stop"},
        {},
        ["m does not support 'stop': not sent"],
    ),
    "a value of 0 is a value": (
        {"temperature": 0.0},
        Card("m", sampling="never"),
        set(),
        {},
        ["m does not support 'temperature': not sent"],
    ),
    "sampling never": (
        {"temperature": 1.0, "top_p": 0.5, "seed": 1, "max_tokens": 5},
        Card("m", sampling="never"),
        set(),
        {"seed": 1, "max_tokens": 5},
        [
            "m does not support 'temperature': not sent",
            "m does not support 'top_p': not sent",
        ],
    ),
    "sampling always": (
        {"temperature": 1.0, "effort": "low"},
        Card("m", control="effort", efforts=LEVELS),
        set(),
        {"temperature": 1.0, "effort": "low"},
        [],
    ),
    "sampling unreasoned, and reasoning by default": (
        {"temperature": 1.0},
        Card("m", control="effort", efforts=EFFORTS, sampling="unreasoned"),
        set(),
        {},
        ["m does not support 'temperature' but with --effort none: not sent"],
    ),
    "sampling unreasoned, and reasoning": (
        {"top_p": 0.5, "effort": "low"},
        Card("m", control="effort", efforts=EFFORTS, sampling="unreasoned"),
        set(),
        {"effort": "low"},
        ["m does not support 'top_p' but with --effort none: not sent"],
    ),
    "sampling unreasoned, and none": (
        {"temperature": 1.0, "effort": "none"},
        Card("m", control="effort", efforts=EFFORTS, sampling="unreasoned"),
        set(),
        {"temperature": 1.0, "effort": "none"},
        [],
    ),
    "sampling that is unreasoned and rejected": (
        {"temperature": 1.0},
        Card("m", rejects=frozenset({"temperature"})),
        set(),
        {},
        ["m does not support 'temperature': not sent"],
    ),
    "an effort it has": (
        {"effort": "high"},
        Card("m", control="effort", efforts=LEVELS),
        set(),
        {"effort": "high"},
        [],
    ),
    "an effort it has not": (
        {"effort": "max"},
        Card("m", control="effort", efforts=LEVELS),
        set(),
        {"effort": "high"},
        ["m has no effort 'max': 'high' was sent"],
    ),
    "an effort for a model of adaptive thinking": (
        {"effort": "minimal"},
        Card("m", control="adaptive", efforts=LEVELS),
        set(),
        {"effort": "low"},
        ["m has no effort 'minimal': 'low' was sent"],
    ),
    "an effort for a model that always reasons": (
        {"effort": "low"},
        Card("m", control="fixed"),
        set(),
        {},
        ["the reasoning effort of m cannot be set: 'low' was not sent"],
    ),
    "an effort for a model that never reasons": (
        {"effort": "low", "top_p": 0.5},
        Card("m", control="none"),
        set(),
        {"top_p": 0.5},
        ["the reasoning effort of m cannot be set: 'low' was not sent"],
    ),
    "several losses, each its line": (
        {"seed": 1, "temperature": 1.0, "effort": "max"},
        Card("m", control="effort", efforts=LEVELS, sampling="never"),
        {"seed"},
        {"effort": "high"},
        [
            "m does not support 'seed': not sent",
            "m does not support 'temperature': not sent",
            "m has no effort 'max': 'high' was sent",
        ],
    ),
}


@pytest.mark.parametrize(("given", "card", "lacks", "left", "remarks"), CASES.values(), ids=CASES)
def test_what_does_not_fit_is_dropped_and_remarked(
    given: dict[str, Any], card: Card, lacks: set[str], left: dict[str, Any], remarks: list[str]
) -> None:
    fitted = fit_settings(Settings(**given), card, frozenset(lacks), "m")
    assert fitted.settings == Settings(**left)
    assert list(fitted.remarks) == remarks


def test_the_users_own_options_are_never_touched() -> None:
    card = Card("m", control="none", sampling="never")
    settings = Settings(options={"temperature": 1, "seed": 1})
    assert fit_settings(settings, card, frozenset({"seed"}), "m") == (settings, ())


def test_fitting_twice_changes_nothing_more() -> None:
    card = Card(
        "m", control="effort", efforts=LEVELS, rejects=frozenset({"stop"}), sampling="never"
    )
    once = fit_settings(FULL, card, frozenset({"seed"}), "m").settings
    assert fit_settings(once, card, frozenset({"seed"}), "m") == (once, ())


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_level_that_is_there_is_the_nearest(effort: str) -> None:
    assert nearest_effort(effort, EFFORTS) == effort
    assert nearest_effort(effort, (effort,)) == effort
    assert nearest_effort(effort, ()) is None


@pytest.mark.parametrize(
    ("effort", "levels", "found"),
    [
        ("none", ("low", "medium", "high"), "low"),
        ("minimal", ("low", "medium", "high"), "low"),
        ("xhigh", ("low", "medium", "high"), "high"),
        ("max", ("none", "low", "medium", "high", "xhigh"), "xhigh"),
        ("max", ("low",), "low"),
        ("none", ("max",), "max"),
        ("medium", ("low", "high"), "low"),
        ("medium", ("high", "low"), "low"),
        ("high", ("minimal", "medium", "max"), "medium"),
        ("low", ("none", "high"), "high"),  # none stands only for itself
    ],
)
def test_the_nearest_level_is_sent_the_lower_of_two(
    effort: str, levels: tuple[str, ...], found: str
) -> None:
    assert nearest_effort(effort, levels) == found


def test_budgets_grow_with_the_dial_from_the_least_that_anthropic_takes() -> None:
    assert [*BUDGETS] == [effort for effort in EFFORTS if effort != "none"]
    assert sorted(BUDGETS.values()) == [*BUDGETS.values()]
    assert min(BUDGETS.values()) == 1024


@pytest.mark.parametrize(
    ("control", "reasons"),
    [
        ("effort", True),
        ("adaptive", True),
        ("budget", True),
        ("fixed", True),
        ("none", False),
        (None, False),
    ],
)
def test_a_card_says_whether_its_model_is_known_to_reason(
    control: str | None, reasons: bool
) -> None:
    assert Card("m", control=control).can_reason is reasons


# --- every wire of every provider

SET: dict[str, Any] = {
    "temperature": 0.25,
    "top_p": 0.125,
    "max_tokens": 77,
    "stop": ("END",),
    "seed": 12345,
    "effort": "high",
}
WIRES = [(name, wire) for name in providers.names() for wire in providers.load(name).wires]


@pytest.mark.parametrize("name", SET)
@pytest.mark.parametrize(("provider", "wire"), WIRES, ids=[f"{p}-{w}" for p, w in WIRES])
def test_a_setting_is_sent_or_remarked(provider: str, wire: str, name: str) -> None:
    """Nothing that the user typed is lost in silence."""
    where, spoken = providers.load(provider), wires.load(wire)
    lacks = spoken.unsupported - {
        name for kind, name in where.quirks.extra_settings if kind == wire
    }
    fitted = fit_settings(Settings(**{name: SET[name]}), Card(), lacks, "m")
    question = Message("user", (Text("Hi"),))
    request = Request("m", (question,), fitted.settings)
    call = spoken.encode(request, Endpoint(where, wire, where.base_url))
    value = list(SET[name]) if name == "stop" else SET[name]
    sent = json.dumps(json.loads(b"".join(call.body)))
    assert (json.dumps(value).lower() in sent.lower()) != bool(fitted.remarks)


BUDGETED = Card("m", control="budget", efforts=tuple(BUDGETS))
#: The card, the effort and the limit that is set; the budget, and what is remarked.
BORDERS: dict[str, tuple[Card, str, int | None, int | None, list[str]]] = {
    "within half of the limit": (BUDGETED, "low", 4096, 2048, []),
    "one more than half": (
        BUDGETED,
        "low",
        4095,
        2047,
        ["m reasons with 2047 tokens, half of the limit, not 2048"],
    ),
    "the least": (
        BUDGETED,
        "low",
        2048,
        1024,
        ["m reasons with 1024 tokens, half of the limit, not 2048"],
    ),
    "less than the least": (
        BUDGETED,
        "low",
        2047,
        None,
        ["m cannot reason within 2047 tokens: 'low' was not sent"],
    ),
    "half of the model's limit": (BUDGETED._replace(max_output=10_000), "high", None, 5000, []),
    "no limit known": (BUDGETED, "max", None, 65_536, []),
    "its own most": (BUDGETED._replace(max_budget=3000), "high", None, 3000, []),
    "beside the limit": (BUDGETED._replace(budget_beside=True), "low", 100, 2048, []),
    "beside a small model's limit": (
        BUDGETED._replace(budget_beside=True, max_output=10),
        "max",
        None,
        65_536,
        [],
    ),
}


@pytest.mark.parametrize(
    ("card", "effort", "limit", "budget", "remarks"), BORDERS.values(), ids=BORDERS
)
def test_a_budget_leaves_half_of_the_limit_for_the_answer(
    card: Card, effort: str, limit: int | None, budget: int | None, remarks: list[str]
) -> None:
    found = fit_settings(Settings(effort=effort, max_tokens=limit), card, NOTHING, "m")
    assert (found.settings.budget, found.remarks) == (budget, tuple(remarks))
    assert found.settings.effort == (None if budget is None else effort)


def test_a_level_is_so_many_tokens() -> None:
    assert BUDGETS == {
        "minimal": 1024,
        "low": 2048,
        "medium": 8192,
        "high": 16384,
        "xhigh": 32768,
        "max": 65536,
    }
