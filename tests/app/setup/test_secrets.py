"""A key is in its own request's header and in credentials.toml, and nowhere else."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.answering.server import (
    SSE,
    Cut,
    Hold,
    Reply,
    Server,
    chat_chunk,
    chat_error,
    chat_stream,
    sse,
)
from tests.support.running.program import ROOT, SENTINEL, Program, Result

OTHER = "box_OTHERKEY0123456789abcdefQRST"


def leaks(text: str, secret: str = SENTINEL) -> list[str]:
    """Eight characters in a row of the key are more than may be shown of it."""
    pieces = {secret[at : at + 8] for at in range(len(secret) - 7)}
    return [piece for piece in pieces if piece in text]


def shown(done: Result) -> str:
    return done.stdout.decode("utf-8", "replace") + done.stderr


def files_with_the_key(home: Path) -> set[str]:
    files = (path for path in home.rglob("*") if path.is_file())
    return {path.name for path in files if SENTINEL.encode() in path.read_bytes()}


# -- what a server says back

PAGE = f"<html><title>{{}} {SENTINEL}</title></html>"
ECHOED: dict[str, Reply] = {
    "message": chat_error(401, f"Incorrect API key provided: {SENTINEL}.", code="invalid_api_key"),
    "message twice": chat_error(400, f"{SENTINEL} and {SENTINEL}"),
    "code": chat_error(400, "no", code=SENTINEL),
    "type": chat_error(400, "no", type=SENTINEL),
    "request id": chat_error(401, "no", headers={"x-request-id": f"req_{SENTINEL}"}),
    "content type": Reply(401, {"content-type": f"text/{SENTINEL}"}, [b"no"], length=True),
    "plain text": Reply(401, body=[f"bad key {SENTINEL}".encode()], length=True),
    "plain text, cut in the key": Reply(401, body=[b"x" * 180 + SENTINEL.encode()], length=True),
    "detail": Reply(422, body=[json.dumps({"detail": SENTINEL}).encode()], length=True),
    "a JSON text": Reply(401, body=[json.dumps("x" * 380 + SENTINEL).encode()], length=True),
    "page": Reply(401, {"content-type": "text/html"}, [PAGE.format("").encode()], length=True),
    "page, cut in the key": Reply(
        200, {"content-type": "text/html"}, [PAGE.format("x" * 65).encode()], length=True
    ),
    "redirect": Reply(307, {"location": f"https://{SENTINEL}.invalid/{SENTINEL}"}, length=True),
    "in the stream": Reply(headers=SSE, body=sse({"error": {"message": SENTINEL, "code": "x"}})),
    "in the stream, cut in the key": Reply(
        headers=SSE, body=sse({"error": 1, "odd": "x" * 165 + SENTINEL})
    ),
    "broken stream": Reply(headers=SSE, body=[b"data: {" + SENTINEL.encode() + b"\n\n"]),
    "broken stream, cut in the key": Reply(
        headers=SSE, body=[b"data: {" + b"x" * 60 + SENTINEL.encode() + b"\n\n"]
    ),
    "no stream": Reply(headers=SSE, body=[b"x" * 60 + SENTINEL.encode()]),
}
MODES = {
    "text": ("--debug",),
    "json": ("--json",),
    "events": ("--events", "--debug", "--usage"),  # the last of them is the --json object
}


@pytest.mark.parametrize("mode", ["text", pytest.param("json", marks=pytest.mark.long), "events"])
@pytest.mark.parametrize("case", ECHOED)
def test_a_key_that_the_server_says_back_is_never_shown(
    aichat: Program, case: str, mode: str
) -> None:
    with Server(ECHOED[case]) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", *MODES[mode], "--retries", "0", "hi")
        (request,) = server.requests
    assert done.code in (4, 5, 7)
    assert request.headers["authorization"] == f"Bearer {SENTINEL}"
    assert leaks(shown(done)) == []
    assert files_with_the_key(aichat.home) == set()


def test_what_is_left_of_an_echoed_key_tells_which_one_it_was(aichat: Program) -> None:
    with Server(ECHOED["message"]) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "hi")
    assert f"{SENTINEL[:3]}…{SENTINEL[-4:]}" in done.stderr
    assert done.code == 4


def test_a_retry_notice_shows_no_key(aichat: Program) -> None:
    busy = chat_error(429, f"slow down, {SENTINEL}", headers={"retry-after": "0"})
    with Server(busy, chat_stream(["Hello"])) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "--events", "--debug", "hi")
    assert (done.code, "retrying" in shown(done)) == (0, True)
    assert leaks(shown(done)) == []


def test_an_answer_that_is_cut_shows_no_key(aichat: Program) -> None:
    first = sse(chat_chunk({"content": "Hel"}), done=False)
    with Server(Reply(headers=SSE, body=[*first, Cut()])) as server:
        done = aichat.point_groq_at(server.url).invoke("ask", "--debug", "hi")
    assert (done.code, done.text) == (9, "Hel\n")
    assert leaks(shown(done)) == []


def test_in_the_answer_itself_the_same_characters_pass_unchanged(aichat: Program) -> None:
    with Server(chat_stream(["It is ", SENTINEL[:9], SENTINEL[9:], "."])) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke("ask", "hi")
        whole = json.loads(aichat.invoke("ask", "--json", "hi").text)
        kept = aichat.invoke("ask", "--output", "answer", "hi")
    assert (done.text, done.stderr) == (f"It is {SENTINEL}.\n", "")
    assert whole["text"] == f"It is {SENTINEL}."
    assert (kept.code, (aichat.home / "answer").read_text()) == (0, f"It is {SENTINEL}.\n")


@pytest.mark.parametrize("where", ["variable", "file", "command"])
def test_a_dry_run_shows_the_variable_and_reads_no_key(aichat: Program, where: str) -> None:
    aichat.write_config("")
    if where == "variable":
        aichat.environ["GROQ_API_KEY"] = SENTINEL
    elif where == "file":
        aichat.invoke("keys", "set", "groq", stdin=SENTINEL.encode())
    else:
        aichat.write_config("[providers.groq]\nkey_command = ['touch', 'ran']\n")
    done = aichat.invoke("ask", "-p", "groq", "--dry-run", "--debug", "hi")
    assert done.code == 0
    assert '"authorization: Bearer $GROQ_API_KEY"' in done.text
    assert leaks(shown(done)) == []
    assert not (aichat.home / "ran").exists()


def test_a_key_in_a_header_of_the_config_is_not_in_a_dry_run(aichat: Program) -> None:
    aichat.write_config(f'[providers.groq]\nheaders = {{ X-Key = "{SENTINEL}" }}\n')
    words = ("ask", "-p", "groq", "--header", f"X-Other: {OTHER}", "--dry-run", "hi")
    done = aichat.invoke(*words)
    assert (leaks(shown(done)), leaks(shown(done), OTHER)) == ([], [])
    assert "$HEADER_X_KEY" in done.text
    assert "$HEADER_X_OTHER" in done.text


# -- a bug of ours


def hooked(aichat: Program, code: str) -> Program:
    """The program with ``code`` run at its start."""
    hook = aichat.home / "hook"
    hook.mkdir(exist_ok=True)
    (hook / "sitecustomize.py").write_text(code)
    aichat.environ["PYTHONPATH"] = f"{hook}:{ROOT}"
    return aichat


#: Functions that hold the key in an argument or a local, and raise with it in the message.
BUGS = {
    "find": ("aichat.disk.config.credentials", "placeholder"),
    "endpoint": ("aichat.app.setup.endpoint", "make_endpoint"),
    "encode": ("aichat.app.exchange.exchange", "Exchange._call"),
    "send": ("aichat.net.http", "_make_transport"),
}


@pytest.mark.parametrize("words", [(), ("--debug",), ("--json",)], ids=["", "debug", "json"])
@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_of_ours_shows_no_key(aichat: Program, bug: str, words: tuple[str, ...]) -> None:
    module, name = BUGS[bug]
    hooked(
        aichat.point_groq_at("http://127.0.0.1:9"),
        f"""
import sys
from importlib import import_module
sys.path.insert(0, {str(ROOT)!r})
def broken(*args, **options):
    key = {SENTINEL!r}
    raise RuntimeError(f"{{args}} {{options}} {{key}}") from ValueError(key)
*places, name = {name!r}.split(".")
place = import_module({module!r})
for below in places:
    place = getattr(place, below)
setattr(place, name, broken)
""",
    )
    done = aichat.run("ask", *words, "hi")
    assert done.code == 1, done.stderr
    assert leaks(shown(done)) == []
    lines = done.stderr.splitlines()
    at = lines.index("aichat: internal error: RuntimeError")
    assert "--debug" in lines[at + 1]
    assert (len(lines) > at + 2) == ("--debug" in words)


# -- where it may be seen by others


def command_lines(pid: int) -> Iterator[str]:
    """Of the process and everything below it."""
    yield Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from command_lines(int(child))


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no /proc")
@pytest.mark.parametrize("where", ["variable", "file", "command"])
def test_no_key_is_on_a_command_line_during_a_request(aichat: Program, where: str) -> None:
    go = threading.Event()
    reply = chat_stream(["Hello"])
    with Server(Reply(headers=SSE, body=[Hold(go, 20), *reply.body])) as server:
        aichat.point_groq_at(server.url)
        if where != "variable":
            del aichat.environ["GROQ_API_KEY"]
        if where == "file":
            aichat.run("keys", "set", "groq", stdin=SENTINEL.encode())
        if where == "command":
            (aichat.home / "secret").write_text(SENTINEL)
            aichat.write_config("[providers.groq]\nkey_command = 'cat secret'\n")
        process = aichat.start("ask", "hi")
        (request,) = server.wait_requests(1)
        lines = list(command_lines(process.pid))
        go.set()
        out, _ = process.communicate(timeout=10)
    assert request.headers["authorization"] == f"Bearer {SENTINEL}"
    assert out == b"Hello\n"
    assert "-m aichat ask hi" in lines[0]
    assert leaks(" ".join(lines)) == []


def test_the_stored_key_is_in_its_file_only(aichat: Program) -> None:
    with Server(chat_stream(["Hello"])) as server:
        aichat.point_groq_at(server.url)
        del aichat.environ["GROQ_API_KEY"]
        for words in (("keys", "set", "groq"), ("profiles", "set", "a", "provider=groq")):
            assert aichat.run(*words, stdin=SENTINEL.encode()).code == 0
        for words in (("-P", "a", "--output", "f"), ("-P", "a", "--debug")):
            assert aichat.run("ask", *words, "hi").code == 0
        assert aichat.run("keys", "list").code == 0
    assert files_with_the_key(aichat.home) == {"credentials.toml"}
    assert server.requests[0].headers["authorization"] == f"Bearer {SENTINEL}"


@pytest.mark.parametrize("command", ["ask -p groq hi", "keys list", "profiles show"])
def test_a_credentials_file_that_others_can_read_is_warned_of(
    aichat: Program, command: str
) -> None:
    with Server(chat_stream(["Hello"])) as server:
        aichat.point_groq_at(server.url)
        del aichat.environ["GROQ_API_KEY"]
        aichat.invoke("keys", "set", "groq", stdin=SENTINEL.encode())
        path = aichat.config_dir / "credentials.toml"
        path.chmod(0o640)
        done = aichat.invoke(*command.split())
    assert done.code == 0
    assert f"{path} can be read by others" in done.stderr
    assert "chmod 600" in done.stderr


def test_an_editor_gets_no_key(aichat: Program) -> None:
    secrets = {
        "GROQ_API_KEY": SENTINEL,
        "OPENAI_API_KEY": SENTINEL,
        "GITHUB_TOKEN": SENTINEL,
        "CLIENT_SECRET": SENTINEL,
    }
    script = aichat.home / "editor"
    script.write_text('#!/bin/sh\nenv > seen\necho "$0 $@" > line\n')
    script.chmod(0o755)
    done = aichat.run(
        "profiles", "edit", environ={**secrets, "EDITOR": str(script), "VIMINIT": "me"}
    )
    assert done.code == 0, done.stderr
    seen = dict(x.split("=", 1) for x in (aichat.home / "seen").read_text().splitlines())
    assert seen.keys() & secrets.keys() == set()
    assert (seen["VIMINIT"], seen["HOME"]) == ("me", str(aichat.home))
    assert files_with_the_key(aichat.home) == set()


# -- to whom it is sent


def box(server: Server, *lines: str) -> str:
    table = ["[providers.box]", f'base_url = "{server.url}/v1"', 'models = ["m"]', *lines]
    return "\n".join(table) + "\n"


def sent_keys(server: Server) -> list[str | None]:
    return [request.headers.get("authorization") for request in server.requests]


def test_a_key_goes_to_its_own_provider_only(aichat: Program) -> None:
    hello = chat_stream(["Hello"])
    with Server(default=hello) as groq, Server(default=hello) as other:
        aichat.point_groq_at(groq.url).write_config(box(other, 'key_env = "BOX_KEY"'))
        aichat.environ["BOX_KEY"] = OTHER
        for words in ("-p box", "-m m", "-m box/m", "-p groq", "-p groq -m x"):
            assert aichat.invoke("ask", *words.split(), "hi").code == 0, words
    assert sent_keys(other) == [f"Bearer {OTHER}"] * 3
    assert sent_keys(groq) == [f"Bearer {SENTINEL}"] * 2
    for server, foreign in ((groq, OTHER), (other, SENTINEL)):
        assert not any(leaks(str(r.raw_headers) + str(r.body), foreign) for r in server.requests)


def test_a_server_without_a_key_of_its_own_gets_none(aichat: Program) -> None:
    with Server(default=chat_stream(["Hello"])) as other:
        aichat.point_groq_at("http://127.0.0.1:9").write_config(box(other))
        assert aichat.invoke("ask", "-p", "box", "hi").code == 0
    assert sent_keys(other) == [None]


def test_a_profiles_address_is_dropped_with_its_provider(aichat: Program) -> None:
    """Else ``-p groq`` would send Groq's key to the other server."""
    hello = chat_stream(["Hello"])
    with Server(default=hello) as groq, Server(default=hello) as other:
        profile = f'[profiles.x]\nprovider = "box"\nbase_url = "{other.url}/v1"\n'
        aichat.point_groq_at(groq.url).write_config(profile + box(other))
        assert aichat.invoke("ask", "-P", "x", "-p", "groq", "hi").code == 0
    assert (sent_keys(groq), sent_keys(other)) == ([f"Bearer {SENTINEL}"], [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_is_not_sent_again(
    aichat: Program, status: int
) -> None:
    with Server(default=chat_stream(["stolen"])) as target:
        away = Reply(status, {"location": f"{target.url}/v1/chat/completions"}, length=True)
        with Server(default=away) as server:
            done = aichat.point_groq_at(server.url).invoke("ask", "hi")
            asked = len(server.requests)
    assert (done.code, done.stdout, asked) == (7, b"", 1)
    assert target.connections == 0
    assert target.url.removeprefix("http://") in done.stderr
    assert leaks(shown(done)) == []


BEYOND = [
    "http://example.invalid/v1",
    "http://0.0.0.0:9/v1",
    "http://localhost.example.invalid",
    "http://127.0.0.1.example.invalid",
    "http://127.0.0.1@example.invalid",
    "http://192.168.0.1",
    "http://example.invalid#@127.0.0.1",
    "http://example.invalid?@127.0.0.1",
]


@pytest.mark.parametrize("url", BEYOND)
def test_a_key_is_not_sent_in_the_clear_beyond_this_machine(aichat: Program, url: str) -> None:
    environ = {"GROQ_API_KEY": SENTINEL, "AICHAT_GROQ_BASE_URL": url}
    done = aichat.invoke("ask", "--retries", "0", "hi", environ=environ)
    assert (done.code, done.stdout) == (3, b"")
    assert "unencrypted" in done.stderr
    assert "allow_http = true in [providers.groq]" in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_needs_no_encryption(aichat: Program, host: str) -> None:
    with Server(chat_stream(["Hello"])) as server:
        done = aichat.point_groq_at(f"http://{host}:{server.port}").invoke("ask", "hi")
    assert (done.code, done.text) == (0, "Hello\n")


def test_allow_http_lets_a_key_travel_in_the_clear(aichat: Program) -> None:
    """0.0.0.0 is this machine too, but not by a name that we know."""
    with Server(default=chat_stream(["Hello"])) as server:
        aichat.point_groq_at(f"http://0.0.0.0:{server.port}")
        refused = aichat.invoke("ask", "hi")
        aichat.write_config("[providers.groq]\nallow_http = true\n")
        done = aichat.invoke("ask", "hi")
    assert (refused.code, done.code, done.text) == (3, 0, "Hello\n")
    assert sent_keys(server) == [f"Bearer {SENTINEL}"]


# -- a key from a command, as a whole run


@pytest.fixture
def commanded(aichat: Program) -> Iterator[Callable[[str], Result]]:
    """A question whose key comes from a command."""
    with Server(default=chat_stream(["Hello"])) as server:

        def run(command: str) -> Result:
            aichat.write_config(f"[providers.groq]\nkey_command = {json.dumps(command)}\n")
            aichat.point_groq_at(server.url)
            del aichat.environ["GROQ_API_KEY"]
            done = aichat.run("ask", "hi", stdin=b"the prompt")
            keys = [key for key in sent_keys(server) if key]
            return done._replace(stderr=done.stderr + "".join(keys))

        yield run


def test_the_key_of_a_command_is_sent_and_its_stderr_passed_on(
    commanded: Callable[[str], Result],
) -> None:
    done = commanded(f"sh -c 'echo unlocking >&2; printf \"{SENTINEL}\\r\\n\"'")
    assert (done.code, done.text) == (0, "Hello\n")
    assert done.stderr == f"unlocking\nBearer {SENTINEL}"


def test_a_key_command_may_need_keys_and_gets_no_prompt(
    aichat: Program, commanded: Callable[[str], Result]
) -> None:
    """Fails where it has the whole environment, and where it has nothing of its store."""
    aichat.environ |= {"VAULT_TOKEN": "vault-0123456789", "OTHER_API_KEY": "k", "GH_PAT": "g"}
    done = commanded("sh -c 'echo $VAULT_TOKEN$OTHER_API_KEY$GH_PAT; cat'")
    assert done.stderr == "Bearer vault-0123456789"


def test_a_key_command_is_given_to_no_shell(
    aichat: Program, commanded: Callable[[str], Result]
) -> None:
    done = commanded("echo $HOME;touch${IFS}pwned`id`|cat>pwned&&x")
    assert done.stderr == "Bearer $HOME;touch${IFS}pwned`id`|cat>pwned&&x"
    assert not (aichat.home / "pwned").exists()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (f"sh -c 'echo {SENTINEL}; echo locked >&2; exit 7'", "exit status 7"),
        (f"printf '{SENTINEL}\\nmore\\n'", "one line"),
        (f"printf '{SENTINEL} \\n'", "position 33"),
        (f"printf '{SENTINEL}\\033'", "a control character at position 33"),
    ],
)
def test_a_key_command_that_gives_no_key_is_exit_3(
    commanded: Callable[[str], Result], command: str, why: str
) -> None:
    done = commanded(command)
    assert (done.code, done.stdout) == (3, b"")
    assert why in done.stderr
    assert leaks(done.stderr) == []
    assert ("locked\n" in done.stderr) == ("locked" in command)


def test_a_key_command_that_hangs_is_exit_3(
    aichat: Program, commanded: Callable[[str], Result]
) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    hooked(
        aichat,
        code + "from aichat.disk.config import credentials\ncredentials.COMMAND_SECONDS = 0.2\n",
    )
    done = commanded("sleep 60")
    assert (done.code, done.stdout) == (3, b"")
    assert "key_command 'sleep' printed no key within" in done.stderr


def test_the_command_line_of_a_key_command_is_its_own(
    aichat: Program, commanded: Callable[[str], Result]
) -> None:
    script = aichat.home / "pass"
    script.write_text('#!/bin/sh\nfor word; do printf "<%s>" "$word"; done\n')
    script.chmod(0o755)
    done = commanded(f"'{script}' show 'two\twords' \"it's\" a\\ b".replace("\t", "-"))
    assert done.code == 3  # the last word holds a space
    done = commanded(f"'{script}' show 'two-words' \"it's\"")
    assert done.stderr.endswith("Bearer <show><two-words><it's>")


def test_an_environment_key_stands_above_the_command(aichat: Program) -> None:
    with Server(default=chat_stream(["Hello"])) as server:
        aichat.point_groq_at(server.url).write_config(
            "[providers.groq]\nkey_command = 'touch ran'\n"
        )
        assert aichat.invoke("ask", "hi").code == 0
    assert sent_keys(server) == [f"Bearer {SENTINEL}"]
    assert not os.path.lexists(aichat.home / "ran")
