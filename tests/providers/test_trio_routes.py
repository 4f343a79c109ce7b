"""Gemini, Qwen and Moonshot: which host, which path, which key."""

from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from tests.app.setup.test_providers import curl_body, curl_url
from tests.support.answering import answers_google as google
from tests.support.answering.server import Server
from tests.support.answering.trio import (
    KEYS,
    MODE,
    MULTIMODAL,
    NATIVE,
    TARGETS,
    TEXT_ONLY,
    answer,
    ask_target,
    point_program_at,
)
from tests.support.running.program import SENTINEL, Program
from tests.support.running.whole_runs import stderr_lines

# -- base URLs, wires and regions


def at(provider: str, *words: str) -> tuple[str, ...]:
    return ("ask", "-p", provider, "hi", "--dry-run", *words)


HOST = "http://127.0.0.1:9"
GEMINI_URL = f"/models/{google.GEMINI}:streamGenerateContent?alt=sse"
ALI = "https://dashscope.aliyuncs.com"
WHERE: list[tuple[tuple[str, ...], dict[str, str], str]] = [
    (at("gemini"), {}, f"https://generativelanguage.googleapis.com/v1beta{GEMINI_URL}"),
    (at("gemini"), {"GOOGLE_GEMINI_BASE_URL": HOST}, f"{HOST}/v1beta{GEMINI_URL}"),
    (at("gemini"), {"GOOGLE_GEMINI_BASE_URL": f"{HOST}/g/"}, f"{HOST}/g/v1beta{GEMINI_URL}"),
    (at("gemini"), {"AICHAT_GEMINI_BASE_URL": f"{HOST}/v1"}, f"{HOST}/v1{GEMINI_URL}"),
    (
        at("gemini"),
        {"AICHAT_GEMINI_BASE_URL": f"{HOST}/own", "GOOGLE_GEMINI_BASE_URL": f"{HOST}/sdk"},
        f"{HOST}/own{GEMINI_URL}",
    ),
    (at("moonshot"), {}, "https://api.moonshot.ai/v1/chat/completions"),
    (at("moonshot"), {"MOONSHOT_BASE_URL": f"{HOST}/m/"}, f"{HOST}/m/chat/completions"),
    (at("moonshot"), {"AICHAT_MOONSHOT_BASE_URL": f"{HOST}/o"}, f"{HOST}/o/chat/completions"),
    (at("moonshot", "--region", "ai"), {}, "https://api.moonshot.ai/v1/chat/completions"),
    (at("moonshot", "--region", "cn"), {}, "https://api.moonshot.cn/v1/chat/completions"),
    (
        at("moonshot", "--region", "cn"),
        {"MOONSHOT_BASE_URL": HOST},
        "https://api.moonshot.cn/v1/chat/completions",
    ),
    (at("qwen"), {}, f"{ALI}{MODE}/chat/completions"),
    (at("qwen", "--wire", "responses"), {}, f"{ALI}{MODE}/responses"),
    (at("qwen", *NATIVE), {}, f"{ALI}{MULTIMODAL}"),
    (at("qwen", *NATIVE, "-m", "qwen-plus"), {}, f"{ALI}{TEXT_ONLY}"),
    (at("qwen", "--region", "cn"), {}, f"{ALI}{MODE}/chat/completions"),
    (
        at("qwen", "--region", "intl"),
        {},
        f"https://dashscope-intl.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "us"),
        {},
        f"https://dashscope-us.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "hk"),
        {},
        f"https://cn-hongkong.dashscope.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "ws-1.ap-southeast-1"),
        {},
        f"https://ws-1.ap-southeast-1.maas.aliyuncs.com{MODE}/chat/completions",
    ),
    (
        at("qwen", "--region", "ws-1.cn-beijing", *NATIVE),
        {},
        f"https://ws-1.cn-beijing.maas.aliyuncs.com{MULTIMODAL}",
    ),
    (
        at("qwen", "--region", "intl", "--wire", "responses"),
        {},
        f"https://dashscope-intl.aliyuncs.com{MODE}/responses",
    ),
    (
        at("qwen", "--region", "intl", *NATIVE),
        {},
        f"https://dashscope-intl.aliyuncs.com{MULTIMODAL}",
    ),
    # as is; the native API stands in place of the compatible one, else behind the base
    (at("qwen"), {"DASHSCOPE_BASE_URL": f"{HOST}/x"}, f"{HOST}/x/chat/completions"),
    (
        at("qwen", "--wire", "responses"),
        {"DASHSCOPE_BASE_URL": f"{HOST}/x"},
        f"{HOST}/x/responses",
    ),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}/x"}, f"{HOST}/x{MULTIMODAL}"),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}{MODE}"}, f"{HOST}{MULTIMODAL}"),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}{MODE}/"}, f"{HOST}{MULTIMODAL}"),
    (at("qwen", *NATIVE), {"DASHSCOPE_BASE_URL": f"{HOST}/api/v1"}, f"{HOST}{MULTIMODAL}"),
    (
        at("qwen", *NATIVE),
        {"AICHAT_QWEN_BASE_URL": f"{HOST}/p{MODE}"},
        f"{HOST}/p{MULTIMODAL}",
    ),
    # another provider's says nothing
    (at("qwen"), {"OPENAI_BASE_URL": HOST}, f"{ALI}{MODE}/chat/completions"),
    (at("moonshot"), {"OPENAI_BASE_URL": HOST}, "https://api.moonshot.ai/v1/chat/completions"),
]


def spelled(case: tuple[tuple[str, ...], dict[str, str], str]) -> str:
    words, environ, _ = case
    return " ".join((*(f"{k}={v}" for k, v in environ.items()), words[2], *words[5:]))


@pytest.mark.parametrize("case", WHERE, ids=map(spelled, WHERE))
def test_a_request_goes_to_the_base_url_that_holds(
    case: tuple[tuple[str, ...], dict[str, str], str], aichat: Program
) -> None:
    words, environ, url = case
    result = aichat.invoke(*words, environ=environ)
    assert (curl_url(result), result.code) == (url, 0)


@pytest.mark.parametrize("dry_run", [("--dry-run",), ()], ids=["dry", "sent"])
@pytest.mark.parametrize(
    ("provider", "region", "have"),
    [
        ("qwen", "mars", ("cn", "intl", "us", "hk")),
        ("moonshot", "intl", ("ai", "cn")),
        ("moonshot", "ws-1.cn-beijing", ("ai", "cn")),
        ("gemini", "us", ()),
    ],
)
def test_a_region_that_is_not_there_is_exit_3_and_those_that_are_are_named(
    provider: str, region: str, have: Sequence[str], dry_run: tuple[str, ...], aichat: Program
) -> None:
    environ = {KEYS[provider]: SENTINEL}
    words = ("ask", "-p", provider, "--region", region, "hi", *dry_run)
    result = aichat.invoke(*words, environ=environ)
    assert (result.stdout, result.code) == (b"", 3)
    assert region in result.stderr and provider in result.stderr
    assert all(name in result.stderr for name in have)


@pytest.mark.parametrize(
    "region", ["evil.example/x.y", "a@evil.example/.", "evil.example#.x", ".", "a b.c"]
)
def test_a_workspace_is_part_of_a_host_name_and_of_nothing_else(
    region: str, aichat: Program
) -> None:
    result = aichat.invoke(*at("qwen", "--region", region))
    assert (result.stdout, result.code) == (b"", 3), "the key would go to another host"


@pytest.mark.parametrize(
    ("provider", "region", "host"),
    [("qwen", "hk", "//cn-hongkong.dashscope"), ("moonshot", "cn", "//api.moonshot.cn")],
)
def test_a_region_of_the_config_is_kept_and_a_flag_goes_above_it(
    provider: str, region: str, host: str, aichat: Program
) -> None:
    aichat.write_config(f'[providers.{provider}]\nregion = "{region}"\n')
    assert host in curl_url(aichat.invoke(*at(provider)))
    other = {"qwen": "us", "moonshot": "ai"}[provider]
    assert host not in curl_url(aichat.invoke(*at(provider, "--region", other)))


@pytest.mark.parametrize(
    ("provider", "wire"),
    [
        ("gemini", "chat"),
        ("gemini", "responses"),
        ("moonshot", "responses"),
        ("moonshot", "messages"),
        ("qwen", "messages"),
        ("qwen", "gemini"),
        ("openai", "gemini"),
        ("groq", "dashscope"),
    ],
)
def test_a_wire_that_a_provider_does_not_take_is_exit_2(
    provider: str, wire: str, aichat: Program
) -> None:
    result = aichat.invoke(*at(provider, "--wire", wire))
    assert (result.stdout, result.code) == (b"", 2)
    assert wire in result.stderr and provider in result.stderr


# -- bare names of models

CHATS_AT = {
    "qwen": f"{ALI}{MODE}/chat/completions",
    "moonshot": "https://api.moonshot.ai/v1/chat/completions",
    "groq": "https://api.groq.com/openai/v1/chat/completions",
}
NAMES: list[tuple[str, str, str]] = [
    ("-m gemini-3.8-flash", "gemini", "gemini-3.8-flash"),
    ("-m gemini-flash-latest", "gemini", "gemini-flash-latest"),
    ("-m gemini/gemini-next", "gemini", "gemini-next"),
    ("-m kimi-k3", "moonshot", "kimi-k3"),
    ("-m moonshot/kimi-next", "moonshot", "kimi-next"),
    ("-m moonshot-v1-8k", "moonshot", "moonshot-v1-8k"),
    ("-m qwen-plus", "qwen", "qwen-plus"),
    ("-m qwen-plus-2026-09-11", "qwen", "qwen-plus-2026-09-11"),
    ("-m qwen3.6-35b-a3b", "qwen", "qwen3.6-35b-a3b"),
    ("-m qwen/qwen3.8-27b", "qwen", "qwen3.8-27b"),
    ("-p groq -m qwen/qwen3.8-27b", "groq", "qwen/qwen3.8-27b"),
    ("-m groq/qwen/qwen3.8-27b", "groq", "qwen/qwen3.8-27b"),
]


@pytest.mark.parametrize(("words", "provider", "model"), NAMES)
def test_a_models_name_decides_who_is_asked_whatever_key_is_set(
    words: str, provider: str, model: str, aichat: Program
) -> None:
    result = aichat.invoke(
        "ask", "hi", "--dry-run", *words.split(), environ={"XAI_API_KEY": SENTINEL}
    )
    assert result.code == 0
    if provider == "gemini":
        assert f"/models/{model}:" in curl_url(result)
    else:
        assert (curl_url(result), curl_body(result)["model"]) == (CHATS_AT[provider], model)


# -- keys

VARIABLES = {
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "moonshot": ("MOONSHOT_API_KEY", "KIMI_API_KEY"),
    "qwen": ("DASHSCOPE_API_KEY", "QWEN_API_KEY"),
}
FIRST, SECOND = "first_0123456789", "second_0123456789"


@pytest.mark.parametrize("provider", VARIABLES)
@pytest.mark.parametrize(("values", "key"), [((FIRST, SECOND), FIRST), (("", SECOND), SECOND)])
def test_the_first_variable_that_is_set_gives_the_key(
    provider: str, values: tuple[str, str], key: str, aichat: Program
) -> None:
    target = TARGETS[provider]
    with Server(answer(provider)) as server:
        point_program_at(aichat, target, server.url)
        aichat.environ |= dict(zip(VARIABLES[provider], values, strict=True))
        result = aichat.invoke("ask", "hi")
        (seen,) = server.requests
    assert result.code == 0
    assert seen.headers[target.auth].removeprefix("Bearer ") == key


@pytest.mark.parametrize("provider", VARIABLES)
def test_without_a_key_the_provider_names_its_variable(provider: str, aichat: Program) -> None:
    result = aichat.invoke("ask", "-p", provider, "hi")
    assert (result.stdout, result.code) == (b"", 3)
    for way in (KEYS[provider], f"aichat keys set {provider}", "key_command"):
        assert way in result.stderr


@pytest.mark.parametrize("name", TARGETS)
def test_a_dry_run_shows_the_variable_in_place_of_the_key(name: str, aichat: Program) -> None:
    target = TARGETS[name]
    key = KEYS[target.provider]
    result = aichat.invoke(*target.command("--dry-run"), environ={key: SENTINEL})
    value = TARGETS[name].secret.replace(SENTINEL, f"${key}")
    assert f'-H "{target.auth}: {value}"' in result.text
    assert SENTINEL not in result.text and "key=" not in curl_url(result)


def stored(aichat: Program, **keys: str) -> None:
    aichat.config_dir.mkdir(exist_ok=True)
    path = aichat.config_dir / "credentials.toml"
    path.write_text(
        "[keys]\n" + "".join(f'{n.replace("_", "-")} = "{v}"\n' for n, v in keys.items())
    )
    path.chmod(0o600)


REGIONAL: list[tuple[str, str, dict[str, str], str]] = [
    ("qwen", "intl", {"qwen": "general_0123", "qwen_intl": "regional_0123"}, "regional_0123"),
    ("qwen", "intl", {"qwen_intl": "regional_0123"}, "regional_0123"),
    ("qwen", "intl", {"qwen": "general_0123"}, "general_0123"),
    ("qwen", "hk", {"qwen": "general_0123", "qwen_intl": "regional_0123"}, "general_0123"),
    ("moonshot", "cn", {"moonshot": "general_0123", "moonshot_cn": "regional_01"}, "regional_01"),
]


@pytest.mark.parametrize(("provider", "region", "keys", "wanted"), REGIONAL)
def test_a_region_has_a_key_of_its_own(
    provider: str, region: str, keys: dict[str, str], wanted: str, aichat: Program
) -> None:
    target = TARGETS[provider]
    with Server(answer(provider)) as server:
        aichat.write_config(f'[providers.{provider}]\nregion = "{region}"\n')
        stored(aichat, **keys)
        point_program_at(aichat, target, server.url).environ.pop(KEYS[provider])
        result = aichat.invoke("ask", "-p", provider, "hi")
        (seen,) = server.requests
    assert (result.code, seen.headers["authorization"]) == (0, f"Bearer {wanted}")


def test_a_regions_own_key_is_a_key_when_nobody_says_whom_to_ask(aichat: Program) -> None:
    aichat.write_config('[providers.qwen]\nregion = "intl"\n')
    stored(aichat, qwen_intl="regional_0123456789")
    result = aichat.invoke("ask", "hi", "--dry-run")
    assert "//dashscope-intl.aliyuncs.com/" in curl_url(result)


@pytest.mark.parametrize("entry", ["qwen-intl", "moonshot-cn"])
def test_a_regions_own_key_is_stored_like_any_other(entry: str, aichat: Program) -> None:
    done = aichat.run("keys", "set", entry, stdin=b"regional_0123456789\n")
    assert done.code == 0, done.stderr
    assert (
        f'{entry} = "regional_0123456789"' in (aichat.config_dir / "credentials.toml").read_text()
    )


@pytest.mark.parametrize("name", ["qwen", "qwen dashscope", "moonshot"])
def test_a_key_that_is_refused_says_that_it_may_be_of_another_region(
    name: str, aichat: Program
) -> None:
    refusals = {
        "qwen": google.qwen_error(401, "invalid_api_key", "Incorrect API key provided."),
        "qwen dashscope": google.dashscope_error(401, "InvalidApiKey", "Invalid API-key provided."),
        "moonshot": google.moonshot_error(401, "invalid_authentication_error", "Invalid key"),
    }
    result, requests = ask_target(aichat, name, refusals[name])
    assert (result.code, len(requests)) == (4, 1)
    assert "--region" in result.stderr and "region" in stderr_lines(result)[1]


def test_an_overridden_host_gets_that_providers_key_and_no_other(aichat: Program) -> None:
    every = {variable: f"key-of-{name}-0123456789" for name, variable in KEYS.items()}
    with ExitStack() as stack:
        server = stack.enter_context(Server(default=answer("moonshot")))
        point_program_at(aichat, TARGETS["moonshot"], server.url)
        aichat.environ |= every
        aichat.invoke("ask", "-p", "moonshot", "hi")
        (seen,) = server.requests
    sent = [v for v in seen.headers.values() if "key-of" in v]
    assert sent == [f"Bearer {every['MOONSHOT_API_KEY']}"]
