"""What is said where a name or an option means nothing, or two things."""

from collections.abc import Sequence

import pytest

from aichat.core.config.body_options import parse_options
from aichat.core.config.model_name import ModelNames
from aichat.core.config.precedence import (
    COMMAND_LINE,
    MERGED_TABLES,
    PROVIDER_SETTINGS,
    Layer,
    Origin,
    SourcedValue,
    effective_settings,
    is_foreign,
    owner,
    select_model,
)
from aichat.errors import AichatError, Fault


def listed(model: str) -> Sequence[str]:
    return {"one": ["box"], "two": ["box", "groq"]}.get(model, [])


NAMES = ModelNames({"groq": ("groq/compound",), "box": ()}, listed)


KEY = Origin("key", "key")
FLAG = Origin("flag", "a")
PROFILE = Origin("profile", "p")
TABLE = Origin("provider_table", "b")


def fallback() -> SourcedValue[str]:
    return SourcedValue("groq", KEY)


def fault_of(*layers: Layer) -> Fault:
    with pytest.raises(AichatError) as caught:
        select_model(layers, NAMES, fallback)
    return caught.value.fault


def test_a_provider_that_is_none_is_told_with_the_nearest_and_all() -> None:
    fault = fault_of(Layer(COMMAND_LINE, {"provider": "grok"}))
    assert fault.message == "unknown provider 'grok'; did you mean 'groq'?"
    assert (fault.kind, fault.hint) == ("config", "choose from: groq, box")


def test_a_provider_of_a_lower_layer_is_checked_too() -> None:
    low = Layer(Origin("profile", "profile p"), {"provider": "zzz"})
    fault = fault_of(Layer(FLAG, {"model": "x"}), low)
    assert fault.message == "unknown provider 'zzz' (profile p)"


def test_a_model_of_two_is_told_with_both_and_a_way() -> None:
    fault = fault_of(Layer(COMMAND_LINE, {"model": "two"}))
    assert fault.message == "model 'two' is available from box and groq"
    assert (fault.kind, fault.hint) == ("usage", "choose one: -m box/two")


@pytest.mark.parametrize("pair", ["top_k", "=1", "a..b=1"])
def test_an_option_that_is_none_is_told_with_an_example(pair: str) -> None:
    with pytest.raises(AichatError) as caught:
        parse_options([pair])
    fault = caught.value.fault
    assert (fault.message, fault.hint) == (
        f"-o {pair}: expected KEY=JSON",
        "example: -o top_k=40",
    )


def test_nobody_names_anything() -> None:
    assert select_model([Layer(FLAG, {})], NAMES, fallback) == (fallback(), None)
    assert select_model([Layer(FLAG, {"model": "x"})], NAMES, fallback) == (
        fallback(),
        SourcedValue("x", FLAG),
    )


@pytest.mark.parametrize("setting", [*sorted(PROVIDER_SETTINGS), "timeout"])
def test_a_profile_of_another_provider_keeps_to_itself_what_is_bound(setting: str) -> None:
    assert (
        frozenset(
            ("model", "wire", "region", "base_url", "headers", "options", "tier", "file_search")
        )
        == PROVIDER_SETTINGS
    )
    layers = [Layer(PROFILE, {"provider": "box", setting: "x"})]
    for provider, there in (("box", True), ("groq", setting == "timeout")):
        found = dict(effective_settings(layers, provider, NAMES).listing)
        assert (setting in found) is (there and setting != "model")


@pytest.mark.parametrize("table", ["headers", "options", "bindings"])
def test_only_tables_of_a_request_are_laid_over_each_other(table: str) -> None:
    assert frozenset(("headers", "options")) == MERGED_TABLES
    layers = [Layer(FLAG, {table: {"x": 1}}), Layer(TABLE, {table: {"x": 2, "y": 2}})]
    found = dict(effective_settings(layers, "box", NAMES).listing)[table]
    merged = table in MERGED_TABLES
    assert found.value == ({"x": 1, "y": 2} if merged else {"x": 1})
    assert found.origin.label == ("a, b" if merged else "a")


@pytest.mark.parametrize(
    ("settings", "whose", "foreign_to"),
    [
        ({"provider": "box"}, "box", {"groq"}),
        ({"model": "groq/x"}, "groq", {"box"}),
        ({"model": "one"}, "box", {"groq"}),
        ({"model": "two"}, None, {"box", "groq"}),
        ({"model": "none"}, None, set()),
        ({}, None, set()),
    ],
)
def test_a_profile_is_for_whom_it_names(
    settings: dict[str, str], whose: str | None, foreign_to: set[str]
) -> None:
    layer = Layer(PROFILE, settings)
    assert owner(layer, NAMES) == whose
    assert {name for name in NAMES.providers if is_foreign(layer, name, NAMES)} == foreign_to
    assert not any(is_foreign(layer._replace(origin=FLAG), n, NAMES) for n in NAMES.providers)


@pytest.mark.parametrize(
    ("below", "model"),
    [
        ({"model": "groq/x"}, "x"),
        ({"model": "groq/compound"}, "groq/compound"),
        ({"provider": "groq", "model": "groq/x"}, "groq/x"),
        ({"model": "box/x"}, None),
        ({"model": "none"}, None),
    ],
)
def test_a_provider_alone_has_the_model_that_is_meant_for_it_below(
    below: dict[str, str], model: str | None
) -> None:
    layers = [Layer(FLAG, {"provider": "groq"}), Layer(TABLE, {}), Layer(PROFILE, below)]
    found = select_model(layers, NAMES, fallback)
    assert found.provider == SourcedValue("groq", FLAG)
    assert found.model == (SourcedValue(model, PROFILE) if model else None)
