"""Which provider, model and settings hold, and who said so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.setup import Flags, Setup, resolve_setup
from aichat.core.config.model_name import ModelNames, split_model
from aichat.core.config.precedence import (
    BUILT_IN,
    COMMAND_LINE,
    Layer,
    Origin,
    effective_settings,
)
from aichat.errors import AichatError

BOXES = """
[providers.box]
base_url = "http://127.0.0.1:1/v1"
models = ["qwen3-8b", "llama-4"]
headers = { x-team = "table" }
timeout = 9

[providers.rack]
base_url = "http://127.0.0.1:2/v1"
models = ["llama-4", "phi"]

[providers.groq]
base_url = "http://127.0.0.1:3/v1"
timeout = 8

[profiles.fast]
provider = "groq"
model = "openai/gpt-oss-20b"
temperature = 0.1
base_url = "http://127.0.0.1:4/v1"
headers = { x-team = "fast", x-only = "fast" }
options = { service_tier = "flex", deep = { a = 1 } }
timeout = 7

[profiles.home]
provider = "box"
model = "phi"
seed = 5
headers = { x-home = "1" }
options = { top_k = 1 }

[profiles.whole]
model = "groq/groq/compound"

[profiles.loose]
temperature = 0.9
options = { loose = true }

[profiles.listed]
model = "qwen3-8b"
base_url = "http://127.0.0.1:5/v1"
headers = { x-listed = "1" }
"""
GROQ = {"GROQ_API_KEY": "gsk_x"}
SDK = {"GROQ_BASE_URL": "http://127.0.0.1:6"}
OURS = {"AICHAT_GROQ_BASE_URL": "http://127.0.0.1:7/v1"}


class Case(NamedTuple):
    """What is said where, and what holds then."""

    holds: Mapping[str, Any]
    flags: Mapping[str, Any] = {}
    environ: Mapping[str, str] = {}
    profile: str | None = None
    top: str = ""  # lines before the tables of the config
    config: str = BOXES


def setup_of(folder: Path, case: Case) -> Setup:
    (folder / "config.toml").write_text(f"{case.top}\n{case.config}")
    return resolve_setup(folder, {**GROQ, **case.environ}, Flags(**case.flags), case.profile)


def held(setup: Setup, name: str) -> Any:
    plain = {"provider": setup.provider.id, "model": setup.model.value}
    listed = {name: found.value for name, found in setup.listing}
    return {**listed, **plain}.get(name)


DEFAULT = 'default_profile = "fast"'
FOREIGN = {"base_url": "http://127.0.0.1:3/v1", "headers": None, "options": None, "timeout": 7}
CASES = {
    # the highest that names a provider or a model has the word
    "a flag beats all": Case(
        {"provider": "box", "model": "m"},
        {"provider": "box", "model": "m"},
        {"AICHAT_PROVIDER": "groq", "AICHAT_MODEL": "e"},
        "fast",
    ),
    "-P beats the environment": Case(
        {"provider": "groq", "model": "openai/gpt-oss-20b"},
        environ={"AICHAT_PROVIDER": "box", "AICHAT_MODEL": "e"},
        profile="fast",
    ),
    "the environment beats the default profile": Case(
        {"provider": "box", "model": "e"},
        environ={"AICHAT_PROVIDER": "box", "AICHAT_MODEL": "e"},
        top=DEFAULT,
    ),
    "the environment beats the profile of AICHAT_PROFILE": Case(
        {"provider": "groq", "model": "e", "temperature": 0.1},
        environ={"AICHAT_PROFILE": "fast", "AICHAT_MODEL": "groq/e"},
    ),
    "AICHAT_PROFILE beats default_profile": Case(
        {"provider": "box", "model": "phi"}, environ={"AICHAT_PROFILE": "home"}, top=DEFAULT
    ),
    "-P beats AICHAT_PROFILE": Case(
        {"provider": "groq"}, environ={"AICHAT_PROFILE": "home"}, profile="fast"
    ),
    "the default profile": Case({"provider": "groq", "model": "openai/gpt-oss-20b"}, top=DEFAULT),
    "an empty variable says nothing": Case(
        {"provider": "groq", "model": "openai/gpt-oss-20b"},
        environ={"AICHAT_PROVIDER": "", "AICHAT_MODEL": "", "AICHAT_PROFILE": ""},
        top=DEFAULT,
    ),
    "nobody says: the provider whose key is set": Case(
        {"provider": "groq", "model": "openai/gpt-oss-120b"}
    ),
    # a provider alone is its default model, or the lower model that is meant for it
    "-p alone": Case({"provider": "box", "model": "qwen3-8b"}, {"provider": "box"}),
    "-p of the default profile keeps its model": Case(
        {"provider": "groq", "model": "openai/gpt-oss-20b"}, {"provider": "groq"}, top=DEFAULT
    ),
    "-p foreign to the default profile drops its model": Case(
        {"provider": "box", "model": "qwen3-8b"}, {"provider": "box"}, top=DEFAULT
    ),
    # settings
    "a flag beats a profile": Case({"temperature": 1.5}, {"temperature": 1.5}, profile="fast"),
    "a zero is a value": Case({"temperature": 0.0}, {"temperature": 0.0}, profile="fast"),
    "a profile beats [providers.ID]": Case(
        {"base_url": "http://127.0.0.1:4/v1", "timeout": 7}, profile="fast"
    ),
    "AICHAT_<ID>_BASE_URL is beaten by -P": Case(
        {"base_url": "http://127.0.0.1:4/v1"}, environ=OURS, profile="fast"
    ),
    "AICHAT_<ID>_BASE_URL beats the default profile": Case(
        {"base_url": "http://127.0.0.1:7/v1"}, environ={**OURS, **SDK}, top=DEFAULT
    ),
    "AICHAT_<ID>_BASE_URL is of its own provider": Case(
        {"base_url": "http://127.0.0.1:1/v1"}, {"provider": "box"}, OURS
    ),
    "[providers.ID] beats the SDK's variable": Case(
        {"base_url": "http://127.0.0.1:3/v1", "timeout": 8}, environ=SDK
    ),
    "the SDK's variable keeps its SDK's meaning": Case(
        {"base_url": "http://127.0.0.1:6/openai/v1"}, environ=SDK, config=""
    ),
    "the SDK's variable with a slash at its end": Case(
        {"base_url": "http://127.0.0.1:6/openai/v1"},
        environ={"GROQ_BASE_URL": "http://127.0.0.1:6/"},
        config="",
    ),
    "built in": Case({"base_url": "https://api.groq.com/openai/v1", "wire": "chat"}, config=""),
    # a profile's model, wire, base_url, headers and options are for its own provider
    "a foreign provider drops what is bound": Case(
        {"base_url": "http://127.0.0.1:1/v1", "headers": {"x-team": "table"}, "options": None},
        {"provider": "box"},
        top=DEFAULT,
    ),
    "a foreign provider keeps what is not bound": Case(
        {"temperature": 0.1, "timeout": 7}, {"provider": "box"}, top=DEFAULT
    ),
    "a foreign provider drops it from -P too": Case(
        FOREIGN | {"timeout": 8, "seed": 5}, {"provider": "groq"}, profile="home"
    ),
    "a foreign provider in the environment drops it": Case(
        {"provider": "box", "options": None, "headers": {"x-team": "table"}},
        environ={"AICHAT_PROVIDER": "box"},
        top=DEFAULT,
    ),
    "a foreign provider by the model's name drops it": Case(
        {"provider": "box", "model": "m", "options": None}, {"model": "box/m"}, top=DEFAULT
    ),
    "a profile for a provider by its model's name is bound": Case(
        {"provider": "box", "model": "qwen3-8b"}, {"provider": "box"}, profile="whole"
    ),
    "a profile for nobody in particular holds for all": Case(
        {"provider": "box", "temperature": 0.9, "options": {"loose": True}},
        {"provider": "box"},
        profile="loose",
    ),
    "a profile for a provider by a list is bound": Case(
        FOREIGN | {"timeout": 8}, {"provider": "groq"}, profile="listed"
    ),
    "the same provider keeps what is bound": Case(
        {"provider": "groq", "model": "m", "options": {"service_tier": "flex", "deep": {"a": 1}}},
        {"provider": "groq", "model": "m"},
        top=DEFAULT,
    ),
    # tables are laid over each other
    "headers of every layer": Case(
        {"headers": {"x-team": "mine", "x-only": "fast"}},
        {"headers": {"x-team": "mine"}},
        profile="fast",
    ),
    "options of every layer, deeply": Case(
        {"options": {"service_tier": "flex", "deep": {"a": 1, "b": 2}, "n": None}},
        {"options": {"deep": {"b": 2}, "n": None}},
        profile="fast",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_highest_layer_has_the_word(tmp_path: Path, case: Case) -> None:
    setup = setup_of(tmp_path, case)
    assert {name: held(setup, name) for name in case.holds} == case.holds


# -m, what else is said, and the provider and model that are meant
MODELS = {
    "a provider's prefix": Case(
        {"provider": "groq", "model": "openai/gpt-oss-120b"}, {"model": "groq/openai/gpt-oss-120b"}
    ),
    "with -p it is sent whole": Case(
        {"provider": "groq", "model": "openai/gpt-oss-120b"},
        {"provider": "groq", "model": "openai/gpt-oss-120b"},
    ),
    "with -p even the provider's own name stays": Case(
        {"provider": "box", "model": "box/m"}, {"provider": "box", "model": "box/m"}
    ),
    "an id that begins with its provider's name": Case(
        {"provider": "groq", "model": "groq/compound"}, {"model": "groq/compound"}
    ),
    "the other one": Case(
        {"provider": "groq", "model": "groq/compound-mini"}, {"model": "groq/compound-mini"}
    ),
    "the same behind a prefix": Case(
        {"provider": "groq", "model": "groq/compound"}, {"model": "groq/groq/compound"}
    ),
    "a file of the embedded model": Case(
        {"provider": "local", "model": "dir/x.gguf"}, {"model": "local/dir/x.gguf"}
    ),
    "an absolute file": Case(
        {"provider": "local", "model": "/abs/x.gguf"}, {"model": "local//abs/x.gguf"}
    ),
    "a configured provider's prefix": Case(
        {"provider": "box", "model": "any"}, {"model": "box/any"}
    ),
    "a model in a provider's list": Case(
        {"provider": "box", "model": "qwen3-8b"}, {"model": "qwen3-8b"}
    ),
    "a list goes before the default profile": Case(
        {"provider": "rack", "model": "phi"}, {"model": "phi"}, top=DEFAULT
    ),
    "of an unlisted model the environment's provider": Case(
        {"provider": "box", "model": "llama-5"},
        environ={"AICHAT_PROVIDER": "box", "AICHAT_MODEL": "llama-5"},
        top=DEFAULT,
    ),
    "a profile that names it": Case(
        {"provider": "box", "model": "own"},
        {"model": "own"},
        config=f'{BOXES}[profiles.own]\nprovider = "box"\nmodel = "own"\n',
    ),
    "of a profile's model the provider whose key is set": Case(
        {"provider": "groq", "model": "llama-5"},
        profile="free",
        config=f'{BOXES}[profiles.free]\nmodel = "llama-5"\n',
    ),
    "an unknown first segment is part of the id": Case(
        {"provider": "groq", "model": "meta/llama-5"}, {"provider": "groq", "model": "meta/llama-5"}
    ),
    "an alias": Case(
        {"provider": "groq", "model": "openai/gpt-oss-20b"},
        {"model": "fast"},
        config=f'[aliases]\nfast = "groq/openai/gpt-oss-20b"\n{BOXES}',
    ),
    "an alias before a model of that name": Case(
        {"provider": "rack", "model": "phi"},
        {"model": "qwen3-8b"},
        config=f'[aliases]\nqwen3-8b = "rack/phi"\n{BOXES}',
    ),
    "an alias in the environment": Case(
        {"provider": "rack", "model": "phi"},
        environ={"AICHAT_MODEL": "mine"},
        config=f'[aliases]\nmine = "rack/phi"\n{BOXES}',
    ),
    "no alias beside -p": Case(
        {"provider": "box", "model": "fast"},
        {"provider": "box", "model": "fast"},
        config=f'[aliases]\nfast = "groq/openai/gpt-oss-20b"\n{BOXES}',
    ),
    "words and hyphens alike": Case(
        {"provider": "groq", "model": "openai/gpt-oss-120b"}, {"model": "oss-120"}
    ),
    "a custom server's, by words": Case(
        {"provider": "box", "model": "qwen3-8b"}, {"model": "8b qwen3"}
    ),
    "AICHAT_MODEL with a prefix": Case(
        {"provider": "box", "model": "any"}, environ={"AICHAT_MODEL": "box/any"}, top=DEFAULT
    ),
    "a profile's model with a prefix": Case(
        {"provider": "groq", "model": "groq/compound"}, profile="whole"
    ),
}


@pytest.mark.parametrize("case", MODELS.values(), ids=MODELS)
def test_a_model_names_its_provider(tmp_path: Path, case: Case) -> None:
    setup = setup_of(tmp_path, case)
    assert (setup.provider.id, setup.model.value) == (case.holds["provider"], case.holds["model"])


# exit code, words of the message, and what was said
REFUSED = {
    "a model two providers list": (2, ["llama-4", "box", "rack"], Case({}, {"model": "llama-4"})),
    "a model nobody knows": (
        2,
        ["gpt-oss-121b", "groq/openai/gpt-oss-120b", "PROVIDER/gpt-oss-121b"],
        Case({}, {"model": "gpt-oss-121b"}),
    ),
    "a model nobody knows, with a profile's provider": (
        2,
        ["llama-5"],
        Case({}, {"model": "llama-5"}, top=DEFAULT),
    ),
    "a model nobody knows in the environment": (
        2,
        ["llama-5"],
        Case({}, environ={"AICHAT_MODEL": "llama-5"}),
    ),
    "parts that several have": (2, ["gpt-oss-120b", "gpt-oss-20b"], Case({}, {"model": "gpt-oss"})),
    "an alias for what nobody knows": (
        2,
        ["llama-5"],
        Case({}, {"model": "mine"}, config=f'[aliases]\nmine = "llama-5"\n{BOXES}'),
    ),
    "an unknown provider": (3, ["grok", "groq"], Case({}, {"provider": "grok"})),
    "an unknown provider in the environment": (
        3,
        ["grok"],
        Case({}, environ={"AICHAT_PROVIDER": "grok"}),
    ),
    "an unknown profile": (3, ["fats", "fast"], Case({}, profile="fats")),
    "a provider without a default model": (
        2,
        ["bare"],
        Case({}, {"provider": "bare"}, config='[providers.bare]\nbase_url = "http://127.0.0.1:1"'),
    ),
    "a provider without an address": (
        3,
        ["bare", "base_url"],
        Case({}, config="[providers.bare]\ntimeout = 1"),
    ),
}


@pytest.mark.parametrize(("code", "words", "case"), REFUSED.values(), ids=REFUSED)
def test_a_name_that_means_nothing_or_two_things_is_an_error(
    tmp_path: Path, code: int, words: list[str], case: Case
) -> None:
    with pytest.raises(AichatError) as caught:
        setup_of(tmp_path, case)
    fault = caught.value.fault
    assert fault.exit_code == code
    assert all(word in f"{fault.message} {fault.hint}" for word in words)


@pytest.mark.parametrize("model", ["groq", "groq/", "/groq", "meta/llama", "", "perplexity"])
def test_a_name_without_a_provider_before_a_slash_is_a_model(model: str) -> None:
    assert split_model(model, ModelNames({"groq": ()}, lambda _model: ())) == (None, model)


def test_every_value_tells_where_it_came_from(tmp_path: Path) -> None:
    flags = {"temperature": 1.0, "options": {"n": 1}}
    setup = setup_of(tmp_path, Case({}, flags, {"AICHAT_MODEL": "groq/m"}, top=DEFAULT))
    origins = {name: found.origin.label for name, found in setup.listing}
    assert origins["temperature"] == "command line"
    assert origins["timeout"] == "profile fast"
    assert origins["wire"] == "built in"
    assert origins["options"] == "command line, profile fast"
    assert setup.model.origin.label == "environment"
    assert setup.provider_origin.label == "environment"


def test_a_header_is_the_highest_ones_whatever_its_case(tmp_path: Path) -> None:
    case = Case({}, {"provider": "box", "headers": {"X-Team": "mine"}})
    headers = make_endpoint(setup_of(tmp_path, case), None).headers
    assert [(name.lower(), value) for name, value in headers] == [("x-team", "mine")]


def test_null_in_a_higher_layer_takes_an_option_out_of_the_body_in_the_end() -> None:
    layers = [
        Layer(COMMAND_LINE, {"options": {"x": None}}),
        Layer(BUILT_IN, {"options": {"x": 1, "y": 2}}),
    ]
    found = effective_settings(layers, "groq", ModelNames({"groq": ()}, lambda _model: ()))
    assert found.sampling.options and found.sampling.options.value == {"x": None, "y": 2}


@pytest.mark.parametrize("address", [Origin("sdk_variable", "OPENAI_BASE_URL"), BUILT_IN])
def test_a_wire_of_the_sdks_variable_holds_only_with_its_address(address: Origin) -> None:
    variable = Origin("sdk_variable", "OPENAI_BASE_URL")
    layers = [
        Layer(COMMAND_LINE, {} if address == variable else {"base_url": "http://mine"}),
        Layer(variable, {"wire": "chat", "base_url": "http://theirs"}),
        Layer(BUILT_IN, {"wire": "responses", "base_url": "http://ours"}),
    ]
    found = effective_settings(layers, "openai", ModelNames({}, lambda _model: ()))
    assert found.target.wire.value == ("chat" if address == variable else "responses")
