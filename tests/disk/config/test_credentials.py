"""Keys on disk, in the environment, from a command and from a ``.env``."""

import fcntl
import json
import os
import pty
import select
import signal
import stat
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from aichat.disk.config import credentials
from aichat.errors import AichatError
from tests.support.running.program import SENTINEL, Program, Result

GROQ = "gsk_0123456789abcdefLAST"


def fault(act: object, *words: object) -> str:
    """The message of the configuration fault that ``act`` must raise."""
    assert callable(act)
    with pytest.raises(AichatError) as caught:
        act(*words)
    assert caught.value.fault.exit_code == 3
    return caught.value.fault.message


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def stored(aichat: Program) -> dict[str, str]:
    return credentials.read(aichat.config_dir)


# -- what a key may be

BAD_KEYS = [
    ("abc def", "a space or line break", 4),
    ("abc\ndef", "a space or line break", 4),
    ("abc\tdef", "a space or line break", 4),
    (" abc", "a space or line break", 1),
    ("abc ", "a space or line break", 4),
    ("abc\xa0", "a space or line break", 4),
    ("abc\x1b[0m", "a control character", 4),
    ("abc\x00", "a control character", 4),
    ("abc\x7f", "a control character", 4),
    ("kéy", "not ASCII", 2),
    ("abc“", "not ASCII", 4),
]


@pytest.mark.parametrize(("value", "kind", "place"), BAD_KEYS)
def test_a_key_that_cannot_be_a_header_is_refused_by_position(
    value: str, kind: str, place: int
) -> None:
    message = fault(credentials.validate, value, "the key")
    assert kind in message
    assert message.endswith(f"at position {place}")
    assert "abc" not in message


@pytest.mark.parametrize(("value", "kind", "place"), BAD_KEYS[:3] + BAD_KEYS[-2:])
@pytest.mark.parametrize("way", ["set", "variable", "file"])
def test_a_bad_key_is_refused_wherever_it_comes_from(
    aichat: Program, way: str, value: str, kind: str, place: int
) -> None:
    if way == "file":
        aichat.write_config("").with_name("credentials.toml").write_text(
            f"[keys]\ngroq = {json.dumps(value)}\n"
        )
    environ = {"GROQ_API_KEY": value} if way == "variable" else {}
    words = ("keys", "set", "groq") if way == "set" else ("ask", "-p", "groq", "hi")
    done = aichat.invoke(*words, stdin=value.encode() + b"\n", environ=environ)
    assert (done.code, done.stdout) == (3, b"")
    assert f"at position {place}" in done.stderr
    assert value.strip() not in done.stderr
    assert kind in done.stderr


# -- the file

BROKEN = {
    "open text": '[keys]\ngroq = "gsk_secret\n',
    "bad escape": '[keys]\ngroq = "gsk_secret\\q"\n',
    "no quotes": "[keys]\ngroq = gsk_secret\n",
    "a number first": "[keys]\ngroq = 0gsk_secret\n",
    "a list": '[keys]\ngroq = ["gsk_secret"]\n',
    "a table": '[keys.groq]\nkey = "gsk_secret"\n',
    "keys is text": 'keys = "gsk_secret"\n',
    "twice": '[keys]\ngroq = "gsk_secret"\ngroq = "gsk_secret"\n',
    "nested": "x = " + "[" * 20000,
    "digits": "x = " + "1" * 5000,
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_and_no_key_of_it_is_shown(tmp_path: Path, case: str) -> None:
    (tmp_path / "credentials.toml").write_text(BROKEN[case])
    message = fault(credentials.read, tmp_path)
    assert str(tmp_path / "credentials.toml") in message
    assert "secret" not in message


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "credentials.toml"
    for data in ('[keys]\ngroq = "a"\n'.encode("utf-16"), b"[keys]\ngroq = '\xe9'\n"):
        path.write_bytes(data)
        assert "not UTF-8" in fault(credentials.read, tmp_path)


@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_a_byte_order_mark_and_carriage_returns_are_fine(
    tmp_path: Path, head: bytes, end: bytes
) -> None:
    (tmp_path / "credentials.toml").write_bytes(head + end.join([b"[keys]", b'groq = "a"', b""]))
    assert credentials.read(tmp_path) == {"groq": "a"}


def test_no_file_is_no_keys(tmp_path: Path) -> None:
    assert credentials.read(tmp_path) == credentials.read(tmp_path / "none") == {}


@pytest.mark.parametrize("bits", [0o604, 0o640, 0o644, 0o602, 0o660])
def test_a_file_that_others_may_touch_is_warned_of(tmp_path: Path, bits: int) -> None:
    credentials.change(tmp_path, lambda _: {"groq": GROQ})
    path = tmp_path / "credentials.toml"
    assert credentials.exposure_warning(tmp_path) is None
    path.chmod(bits)
    warning = credentials.exposure_warning(tmp_path)
    assert warning is not None
    assert f"{bits:03o}" in warning
    assert f"chmod 600 '{path}'" in warning


def test_the_file_and_its_folder_are_private_from_birth_under_umask_0(aichat: Program) -> None:
    """Every creation is noted, so that no moment is missed."""
    hook = aichat.home / "hook"
    hook.mkdir()
    log = aichat.home / "made"
    (hook / "sitecustomize.py").write_text(f"""
import os
true_open, true_mkdir = os.open, os.mkdir
def note(kind, path, mode):
    with open({str(log)!r}, "a") as file:
        file.write(f"{{kind}} {{mode:o}} {{path}}\\n")
def opened(path, flags, mode=0o777, **options):
    if flags & os.O_CREAT:
        note("file", path, mode)
    return true_open(path, flags, mode, **options)
def made(path, mode=0o777, **options):
    note("folder", path, mode)
    return true_mkdir(path, mode, **options)
os.open, os.mkdir = opened, made
os.umask(0)
""")
    environ = {"PYTHONPATH": f"{hook}:{aichat.environ['PYTHONPATH']}"}
    done = aichat.run("keys", "set", "groq", stdin=GROQ.encode(), environ=environ)
    assert done.code == 0, done.stderr
    made = [line.split() for line in log.read_text().splitlines()]
    here = [(kind, bits) for kind, bits, path in made if path.startswith(str(aichat.config_dir))]
    assert here == [("folder", "700"), ("file", "600")]
    assert mode(aichat.config_dir / "credentials.toml") == 0o600
    assert mode(aichat.config_dir) == 0o700
    assert [p.name for p in aichat.config_dir.iterdir()] == ["credentials.toml"]


# -- the command

COMMANDS = {
    "a list": (["printf", "%s\\n", GROQ], GROQ),
    "a text": (f"printf '%s\\n' '{GROQ}'", GROQ),
    "no newline": (["printf", GROQ], GROQ),
    "crlf": (["printf", f"{GROQ}\\r\\n"], GROQ),
    "quotes as in a shell": ("printf %s 'a'\"b\"\\c", "abc"),
    "no variable": ("echo $HOME", "$HOME"),
    "no second command": ("echo a;id", "a;id"),
    "no redirection": ("echo a>file", "a>file"),
    "no substitution": ("echo `id`$(id)", "`id`$(id)"),
    "no pattern": ("echo /*", "/*"),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_a_key_command_is_split_like_a_shell_would_and_given_to_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.chdir(tmp_path)
    command, key = COMMANDS[case]
    assert credentials.key_from_command(command) == key
    assert list(tmp_path.iterdir()) == []


FAILING = {
    "exit status": (["sh", "-c", "echo gsk_secret; exit 7"], "exit status 7"),
    "signal": (["sh", "-c", "kill -9 $$"], "9"),
    "two lines": (["printf", "gsk_secret\\nmore\\n"], "one line"),
    "empty line after": (["printf", "gsk_secret\\n\\n"], "one line"),
    "return inside": (["printf", "gsk_secret\\rmore\\n"], "one line"),
    "nothing": (["true"], "one line"),
    "not UTF-8": (["printf", "gsk_secret\\377"], "not UTF-8"),
    "missing": (["no-such-command-here"], "cannot run"),
    "not a program": (["/"], "cannot run"),
    "open quote": ("echo 'gsk_secret", "cannot run"),
    "blank": ("   ", "cannot run"),
    "nul": (["echo\0"], "cannot run"),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_key_command_that_fails_says_why_without_what_it_printed(case: str) -> None:
    command, why = FAILING[case]
    message = fault(credentials.key_from_command, command)
    assert message.startswith("key_command ")
    assert why in message
    assert "secret" not in message


def test_a_key_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.2)
    message = fault(credentials.key_from_command, ["sleep", "60"])
    assert message.startswith("key_command 'sleep' printed no key within ")


def test_thirty_seconds_are_borne() -> None:
    assert credentials.COMMAND_SECONDS == 30


# -- keys set, on a terminal and from a pipe


class Terminal:
    """A pseudo-terminal that is the program's own."""

    def __init__(self, aichat: Program, *words: str) -> None:
        self.ours, theirs = pty.openpty()
        self.process = aichat.start(
            *words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        self.theirs = theirs
        self.shown = b""

    def until(self, text: bytes) -> None:
        while text not in self.shown:
            assert select.select([self.ours], [], [], 10)[0], self.shown
            self.shown += os.read(self.ours, 4096)

    def send(self, data: bytes) -> None:
        os.write(self.ours, data)

    def end(self) -> str:
        self.process.wait(timeout=10)
        os.close(self.theirs)
        try:
            while piece := os.read(self.ours, 4096):
                self.shown += piece
        except OSError:  # a terminal without a program reads as an error
            pass
        return self.shown.decode()

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self.theirs)[3] & termios.ECHO)


@pytest.fixture
def typing(aichat: Program) -> Iterator[Terminal]:
    terminal = Terminal(aichat, "keys", "set", "groq")
    terminal.until(b"Key for Groq")
    yield terminal
    terminal.process.kill()
    terminal.process.wait()
    os.close(terminal.ours)


def test_a_typed_key_is_not_shown(aichat: Program, typing: Terminal) -> None:
    assert not typing.echoes()
    typing.send(SENTINEL.encode() + b"\n")
    shown = typing.end()
    assert typing.process.returncode == 0
    assert SENTINEL not in shown
    assert SENTINEL[-4:] in shown
    assert SENTINEL[-5:] not in shown
    assert stored(aichat) == {"groq": SENTINEL}


@pytest.mark.parametrize("typed", [b"\n", b"\x04"], ids=["enter", "ctrl-d"])
def test_nothing_typed_changes_nothing(aichat: Program, typing: Terminal, typed: bytes) -> None:
    typing.send(typed)
    shown = typing.end()
    assert (typing.process.returncode, stored(aichat)) == (2, {})
    assert "nothing was changed" in shown


def test_ctrl_c_at_the_prompt_dies_by_the_signal_and_the_terminal_echoes_again(
    aichat: Program, typing: Terminal
) -> None:
    typing.send(b"gsk_ha\x03")
    typing.process.wait(timeout=10)
    assert typing.echoes()
    shown = typing.end()
    assert (typing.process.returncode, stored(aichat)) == (-signal.SIGINT, {})
    assert "Traceback" not in shown


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"], ids=["bare", "lf", "crlf"])
def test_a_piped_key_is_stored_without_its_line_end(aichat: Program, end: bytes) -> None:
    done = aichat.invoke("keys", "set", "groq", stdin=SENTINEL.encode() + end)
    assert (done.code, done.stdout) == (0, b"")
    assert stored(aichat) == {"groq": SENTINEL}
    assert SENTINEL[-4:] in done.stderr
    assert SENTINEL[-5:] not in done.stderr


@pytest.mark.parametrize("data", [b"", b"\n", b"\r\n"])
def test_an_empty_pipe_changes_nothing(aichat: Program, data: bytes) -> None:
    done = aichat.invoke("keys", "set", "groq", stdin=data)
    assert (done.code, stored(aichat)) == (2, {})
    assert "nothing was changed" in done.stderr


def test_a_key_cannot_be_given_as_an_argument(aichat: Program) -> None:
    for words in (("groq", SENTINEL), ("groq", "--key", SENTINEL), (f"groq={SENTINEL}",)):
        done = aichat.invoke("keys", "set", *words)
        assert done.code in (2, 3)
        assert stored(aichat) == {}


def test_setting_and_removing_one_key_leaves_the_others(aichat: Program) -> None:
    aichat.write_config('[providers.box]\nbase_url = "http://127.0.0.1:1"\nkey_env = "BOX_KEY"\n')
    for name, key in (("groq", "a" * 12), ("box", "b" * 12), ("groq", "c" * 12)):
        assert aichat.run("keys", "set", name, stdin=key.encode()).code == 0
    assert stored(aichat) == {"groq": "c" * 12, "box": "b" * 12}
    assert aichat.run("keys", "remove", "groq").code == 0
    assert stored(aichat) == {"box": "b" * 12}


def test_an_unknown_provider_has_no_key(aichat: Program) -> None:
    done = aichat.invoke("keys", "set", "grok", stdin=GROQ.encode())
    assert (done.code, stored(aichat)) == (3, {})
    assert "unknown provider 'grok'; did you mean 'groq'?" in done.stderr
    done = aichat.invoke("keys", "remove", "groq")
    assert done.code in (2, 3)
    assert "no stored key for 'groq'" in done.stderr


def test_a_variable_that_stands_above_the_stored_key_is_told(aichat: Program) -> None:
    environ = {"GROQ_API_KEY": "gsk_another_012345"}
    done = aichat.invoke("keys", "set", "groq", stdin=GROQ.encode(), environ=environ)
    assert done.code == 0
    assert "$GROQ_API_KEY is set and takes precedence" in done.stderr


# -- keys list


def rows(text: str) -> dict[str, list[str]]:
    return {line.split("\t")[0]: line.split("\t") for line in text.splitlines()[1:]}


#: How the key is given, and what the list says: its last characters and its source.
LISTED = {
    "none": ({}, None, "", "-", "-"),
    "variable": ({"GROQ_API_KEY": GROQ}, None, "", "…LAST", "$GROQ_API_KEY"),
    "empty variable": ({"GROQ_API_KEY": ""}, GROQ, "", "…LAST", "credentials.toml"),
    "file": ({}, GROQ, "", "…LAST", "credentials.toml"),
    "command": ({}, None, 'key_command = ["touch", "ran"]', "?", "key_command"),
    "command above file": ({}, GROQ, 'key_command = "touch ran"', "?", "key_command"),
    "own variable": ({"MINE": GROQ}, None, 'key_env = "MINE"', "…LAST", "$MINE"),
    "short key": ({"GROQ_API_KEY": "abcdefgh"}, None, "", "…", "$GROQ_API_KEY"),
}


@pytest.mark.parametrize("case", LISTED)
def test_the_list_says_the_source_and_at_most_four_characters(aichat: Program, case: str) -> None:
    environ, in_file, table, shown, source = LISTED[case]
    aichat.write_config(f"[providers.groq]\n{table}\n")
    if in_file:
        credentials.change(aichat.config_dir, lambda _: {"groq": in_file})
    done = aichat.invoke("keys", "list", environ=environ)
    assert (done.code, done.stderr) == (0, "")
    assert rows(done.text)["groq"][1:3] == [shown, source]
    assert GROQ[-5:] not in done.text
    assert not (aichat.home / "ran").exists()


def test_the_list_is_json_with_the_same_facts(aichat: Program) -> None:
    environ = {"GROQ_API_KEY": GROQ}
    head, *_ = aichat.invoke("keys", "list", environ=environ).text.splitlines()
    done = aichat.invoke("keys", "list", "--json", environ=environ)
    items = {item["provider"]: item for item in json.loads(done.text)}
    assert list(items["groq"]) == head.split("\t")
    assert (items["groq"]["key"], items["groq"]["from"]) == ("…LAST", "$GROQ_API_KEY")
    assert items["local"]["from"] == "needs none"
    assert GROQ[-5:] not in done.text


def test_a_key_of_the_configured_region_is_the_providers(aichat: Program) -> None:
    aichat.write_config('[providers.qwen]\nregion = "intl"\n[profiles.q]\nprovider = "qwen"\n')
    credentials.change(aichat.config_dir, lambda _: {"qwen-intl": "sk-0123456789LAST"})
    row = rows(aichat.invoke("keys", "list").text)["qwen"]
    assert row[1:3] == ["…LAST", "credentials.toml"] and "intl" in row[4]
    assert "key\tset\tcredentials.toml" in aichat.invoke("profiles", "show", "q").text


# -- keys import

ENV = f"""\
# my keys
export GROQ_API_KEY="{GROQ}" # the usual

BOX_KEY='box_0123456789'
UNKNOWN=1
export  OTHER=2
"""
BOX = '[providers.box]\nbase_url = "http://127.0.0.1:1"\nkey_env = "BOX_KEY"\n'


def imported(aichat: Program, text: str | bytes, *words: str) -> Result:
    path = aichat.home / ".env"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return aichat.invoke("keys", "import", str(path), *words)


def test_import_takes_the_known_names(aichat: Program) -> None:
    aichat.write_config(BOX)
    done = imported(aichat, ENV)
    assert (done.code, done.stdout) == (0, b"")
    assert stored(aichat) == {"groq": GROQ, "box": "box_0123456789"}
    assert "imported: box, groq" in done.stderr
    assert "2 other names" in done.stderr
    assert GROQ[-5:] not in done.stderr
    assert mode(aichat.config_dir / "credentials.toml") == 0o600


@pytest.mark.parametrize("words", [(), ("--force",)], ids=["kept", "forced"])
def test_import_keeps_what_is_there_unless_forced(aichat: Program, words: tuple[str, ...]) -> None:
    credentials.change(aichat.config_dir, lambda _: {"groq": "gsk_old_0123456789"})
    done = imported(aichat, ENV, *words)
    assert done.code == 0
    assert stored(aichat) == {"groq": GROQ if words else "gsk_old_0123456789"}
    assert ("already stored, not replaced (use --force): groq" in done.stderr) == (not words)


VALUES = [
    ("GROQ_API_KEY=abc", "abc"),
    ("GROQ_API_KEY = abc ", "abc"),
    ("  export GROQ_API_KEY=abc", "abc"),
    ("export\tGROQ_API_KEY=abc", "abc"),
    ("GROQ_API_KEY='abc'", "abc"),
    ('GROQ_API_KEY="abc" # said so', "abc"),
    ("GROQ_API_KEY=abc # said so", "abc"),
    ("GROQ_API_KEY=abc#def", "abc#def"),
    ("GROQ_API_KEY=a=b=", "a=b="),
    ("GROQ_API_KEY=$OTHER", "$OTHER"),
    ("\ufeffGROQ_API_KEY=abc", "abc"),
    ("A=1\r\nGROQ_API_KEY=abc\r\n", "abc"),
    ("# GROQ_API_KEY=abc", None),
    ("GROQ_API_KEY=", None),
    ("GROQ_API_KEY=''", None),
    ("MY_GROQ_API_KEY=abc", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "key"), VALUES)
def test_a_line_of_an_env_file_is_read_as_it_is_meant(
    aichat: Program, text: str, key: str | None
) -> None:
    done = imported(aichat, text)
    assert done.code == 0, done.stderr
    assert stored(aichat) == ({"groq": key} if key else {})


@pytest.mark.parametrize(
    ("text", "code", "why"),
    [
        ("GROQ_API_KEY=gsk_secret key", 3, "position 11"),
        ("GROQ_API_KEY=gsk_secrét", 3, "position 9"),
        ("gsk_secret", 2, "line 1 is not NAME=value"),
        ("A=1\n\ngsk_secret\n", 2, "line 3 is not NAME=value"),
        (b"GROQ_API_KEY=\xff", 2, "not UTF-8"),
        ("GROQ_API_KEY=a".encode("utf-16"), 2, "not UTF-8"),
    ],
)
def test_an_env_file_that_cannot_be_read_imports_nothing(
    aichat: Program, text: str | bytes, code: int, why: str
) -> None:
    done = imported(aichat, text)
    assert (done.code, stored(aichat)) == (code, {})
    assert why in done.stderr
    assert "secr" not in done.stderr


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_is_not_there_is_exit_2(aichat: Program, name: str) -> None:
    done = aichat.invoke("keys", "import", name)
    assert done.code == 2
    assert done.stderr.startswith(f"aichat: cannot read {name}: ")


def test_a_file_without_an_end_is_not_read(aichat: Program) -> None:
    done = aichat.invoke("keys", "import", "/dev/zero")
    assert done.code == 2 and "/dev/zero has more than 10 MB" in done.stderr


def test_the_list_shows_the_address_in_force(aichat: Program) -> None:
    aichat.write_config(
        '[providers.groq]\nbase_url = "http://table.example/v1"\n'
        '[providers.qwen]\nregion = "intl"\n[providers.moonshot]\nregion = "nowhere"\n'
    )
    environ = {
        "AICHAT_XAI_BASE_URL": "http://mine.example/v1",
        "OPENAI_BASE_URL": "http://sdk.example",
    }
    listed = rows(aichat.invoke("keys", "list", environ=environ).text)
    assert [listed[name][4] for name in ("groq", "xai", "openai", "moonshot")] == [
        *("http://table.example/v1", "http://mine.example/v1", "http://sdk.example"),
        "https://api.moonshot.ai/v1",
    ]
    assert "intl" in listed["qwen"][4] and listed["openai"][5] == "chat"


def test_a_key_command_that_fails_is_named_with_its_provider_and_file(aichat: Program) -> None:
    path = aichat.write_config('[providers.groq]\nkey_command = ["false", "x"]\n')
    done = aichat.invoke("ask", "-p", "groq", "hi")
    assert done.code == 3
    assert "groq: key_command 'false' failed with exit status 1" in done.stderr
    assert f"[providers.groq] of {path}" in done.stderr
