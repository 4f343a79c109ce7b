"""Folders and whole-file writes: crashes, modes, links, and where the config lies."""

import os
import shutil
import stat
import subprocess
import sys
from itertools import product
from pathlib import Path

import platformdirs
import pytest

from aichat.disk.files.atomic import check_target, make_private_folder, write_whole
from aichat.disk.paths import cache_dir, config_dir, data_dir
from aichat.errors import AichatError
from tests.support.running.marks import one_test_of
from tests.support.running.program import ROOT, Program, Result

OLD, NEW = b"old\n" * 9000, b"new\n" * 9000  # more than one buffer

#: A child that writes NEW over the file in argv and is killed at the named call.
CHILD = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from aichat.disk.files.atomic import write_whole
name, number, path, private = sys.argv[1:]
true, calls = getattr(os, name), []
def killed(*args, **options):
    calls.append(args)
    if len(calls) == int(number):
        os._exit(77)
    return true(*args, **options)
setattr(os, name, killed)
os.umask(0)
write_whole(Path(path), {NEW!r}, private=private == "private")
"""


def write_killed_at(call: str, number: int, path: Path, private: bool) -> int:
    kind = "private" if private else "open"
    words = [sys.executable, "-c", CHILD, call, str(number), str(path), kind]
    return subprocess.run(words, check=False).returncode


def litter(path: Path) -> list[Path]:
    return [other for other in path.parent.iterdir() if other != path]


@pytest.mark.parametrize("private", [True, False], ids=["private", "open"])
@pytest.mark.parametrize(
    ("call", "number", "left"),
    [
        ("fsync", 1, OLD),  # the data is in the temporary file
        ("chmod", 1, OLD),
        ("replace", 1, OLD),
        ("fsync", 2, NEW),  # the folder's own
    ],
)
def test_a_kill_while_writing_leaves_the_old_or_the_new_file_whole(
    tmp_path: Path, call: str, number: int, left: bytes, private: bool
) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(OLD)
    path.chmod(0o600)
    assert write_killed_at(call, number, path, private) == 77
    assert path.read_bytes() == left
    assert mode(path) == 0o600
    assert [mode(other) for other in litter(path)] == ([0o600] if left == OLD else [])


@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
def test_a_kill_before_the_first_version_is_whole_leaves_no_file(tmp_path: Path, call: str) -> None:
    path = tmp_path / "credentials.toml"
    assert write_killed_at(call, 1, path, private=True) == 77
    assert not path.exists()
    assert [mode(other) for other in litter(path)] == [0o600]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("call", ["fsync", "chmod", "replace"])
def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)

    def fails(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(AichatError) as caught:
        write_whole(path, NEW)
    assert caught.value.fault.exit_code == 13
    assert str(path) in caught.value.fault.message
    assert "No space left on device" in caught.value.fault.message
    assert path.read_bytes() == OLD
    assert litter(path) == []


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
def test_a_private_file_is_for_its_owner_only_whatever_the_umask(
    tmp_path: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "file", NEW, private=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "file") == 0o600


def test_a_private_file_that_others_could_read_is_closed_by_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    path.chmod(0o644)
    write_whole(path, NEW, private=True)
    assert mode(path) == 0o600


@pytest.mark.parametrize("before", [0o600, 0o640, 0o644])
def test_another_file_keeps_its_mode(tmp_path: Path, before: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    path.chmod(before)
    write_whole(path, NEW)
    assert (mode(path), path.read_bytes()) == (before, NEW)


def test_a_new_file_obeys_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", NEW)
    finally:
        os.umask(before)
    assert mode(tmp_path / "file") == 0o640


def test_a_link_is_written_through_and_stays_a_link(tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    (dotfiles / "config.toml").write_bytes(OLD)
    first, second = tmp_path / "first", tmp_path / "second"
    first.symlink_to("dotfiles/config.toml")
    second.symlink_to("first")
    write_whole(second, NEW)
    assert (dotfiles / "config.toml").read_bytes() == NEW
    assert list(map(str, (second.readlink(), first.readlink()))) == [
        "first",
        "dotfiles/config.toml",
    ]


def test_a_dangling_link_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_whole(tmp_path / "link", NEW)
    assert (tmp_path / "target").read_bytes() == NEW
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("act", [check_target, lambda path: write_whole(path, NEW)])
@pytest.mark.parametrize("name", ["loop", "folder", "missing/file", "file/below"])
def test_what_cannot_be_written_is_a_fault_with_its_name(
    tmp_path: Path, act: object, name: str
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert callable(act)
    with pytest.raises(AichatError) as caught:
        act(tmp_path / name)
    assert caught.value.fault.exit_code == 13
    assert name in caught.value.fault.message


def test_a_private_folder_is_for_its_owner_only_even_under_umask_0(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_private_folder(tmp_path / "folder")
    finally:
        os.umask(before)
    assert mode(tmp_path / "folder") == 0o700


HOME = {"AICHAT_CONFIG_DIR": None}
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="macOS has folders of its own")
#: Variables on top of HOME={home}, and the folder that they give.
FOLDERS: dict[str, tuple[dict[str, str | None], str]] = {
    "HOME alone": (HOME, "{home}/.config/aichat"),
    "XDG": (HOME | {"XDG_CONFIG_HOME": "{home}/xdg"}, "{home}/xdg/aichat"),
    "XDG empty": (HOME | {"XDG_CONFIG_HOME": ""}, "{home}/.config/aichat"),
    "XDG relative": (HOME | {"XDG_CONFIG_HOME": "xdg"}, "{home}/.config/aichat"),
    "own variable": (
        {"AICHAT_CONFIG_DIR": "{home}/own", "XDG_CONFIG_HOME": "{home}/xdg"},
        "{home}/own",
    ),
    "own variable empty": ({"AICHAT_CONFIG_DIR": ""}, "{home}/.config/aichat"),
    "own variable with tilde": ({"AICHAT_CONFIG_DIR": "~/own"}, "{home}/own"),
}


@LINUX
@pytest.mark.parametrize("case", FOLDERS)
def test_the_config_lies_where_the_variables_say(aichat: Program, case: str) -> None:
    changes, expected = FOLDERS[case]
    for name, value in changes.items():
        aichat.environ.pop(name, None)
        if value is not None:
            aichat.environ[name] = value.format(home=aichat.home)
    done = aichat.invoke("profiles", "path")
    assert done.text == expected.format(home=aichat.home) + "/config.toml\n"
    assert (done.code, done.stderr) == (0, "")


@LINUX
@one_test_of(*product(("config", "data", "cache"), ("", "/elsewhere")))
def test_the_systems_folders_are_those_that_platformdirs_gives(kind: str, chosen: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", "/home/ada")
        patch.setenv(f"XDG_{kind.upper()}_HOME", chosen)
        folder = {"config": config_dir, "data": data_dir, "cache": cache_dir}[kind](
            {n: v for n, v in os.environ.items() if not n.startswith("AICHAT_")}
        )
        known = getattr(platformdirs, f"user_{kind}_path")("aichat", appauthor=False)
    assert folder == known


@pytest.mark.parametrize(
    "words",
    [
        ("--config-dir", "{home}/flag", "profiles", "path"),
        ("profiles", "path", "--config-dir", "{home}/flag"),
        ("profiles", "path", "--config-dir={home}/flag"),
    ],
)
def test_the_flag_stands_above_the_variable(aichat: Program, words: tuple[str, ...]) -> None:
    done = aichat.invoke(*(word.format(home=aichat.home) for word in words))
    assert (done.code, done.text) == (0, f"{aichat.home}/flag/config.toml\n")


def test_a_config_in_the_current_folder_is_never_loaded(aichat: Program) -> None:
    hostile = '[profiles.evil]\nprovider = "groq"\n'
    for name in ("config.toml", "aichat.toml", ".aichat.toml", "aichat/config.toml"):
        path = aichat.home / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(hostile)
    (aichat.home / "credentials.toml").write_text('[keys]\ngroq = "gsk_hostile_0123456789"\n')
    assert "evil" not in aichat.invoke("profiles", "list").text
    assert "hostile" not in aichat.invoke("keys", "list").text
    assert "credentials.toml" not in aichat.invoke("keys", "list").text


def nobody_knows_the_home(aichat: Program) -> Program:
    """No HOME, and no entry in the user database either."""
    hook = aichat.home / "hook"
    hook.mkdir()
    gone = "def gone(*_): raise KeyError('no such user')"
    (hook / "sitecustomize.py").write_text(f"import pwd\n{gone}\npwd.getpwuid = gone\n")
    for name in ("HOME", "AICHAT_CONFIG_DIR", "XDG_CACHE_HOME"):
        del aichat.environ[name]
    aichat.environ["PYTHONPATH"] = f"{hook}:{ROOT}"
    return aichat


@pytest.mark.parametrize(
    "words",
    [
        ("profiles", "list"),
        ("profiles", "set", "a", "provider=groq"),
        ("keys", "list"),
        ("ask", "x"),
    ],
    ids=" ".join,
)
def test_without_a_home_the_program_says_what_to_set(
    aichat: Program, words: tuple[str, ...]
) -> None:
    done = nobody_knows_the_home(aichat).run(*words)
    assert (done.code, done.stdout) == (3, b"")
    assert done.stderr.splitlines() == [
        "aichat: cannot find your home folder",
        "  set HOME, or AICHAT_CONFIG_DIR",
    ]
    assert not (aichat.home / "~").exists()


@LINUX
def test_without_home_the_user_database_says_where_it_is(aichat: Program) -> None:
    for name in ("HOME", "AICHAT_CONFIG_DIR"):
        del aichat.environ[name]
    done = aichat.invoke("profiles", "path")
    expected = Path("~/.config/aichat/config.toml")
    environ = {k: v for k, v in os.environ.items() if k == "PATH"}
    code = f"import os.path; print(os.path.expanduser({str(expected)!r}))"
    known = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, check=True
    )
    assert (done.code, done.stdout) == (0, known.stdout)


@pytest.mark.parametrize(
    "words",
    [
        ("--config-dir", "~nosuchuser/x", "profiles", "path"),
        ("ask", "-p", "groq", "-f", "~nosuchuser/x", "hi"),
        ("ask", "-p", "groq", "--output", "~nosuchuser/x", "hi"),
        ("ask", "-p", "groq", "-s", "@~nosuchuser/x", "hi"),
        ("keys", "import", "~nosuchuser/x"),
    ],
    ids=" ".join,
)
def test_a_home_of_an_unknown_user_is_no_bug_of_ours(
    aichat: Program, words: tuple[str, ...]
) -> None:
    done = aichat.invoke(*words)
    assert done.code in (0, 2, 3, 13), done.stderr
    assert "nosuchuser" in done.stderr + done.text


#: Root may write anywhere, but not without its capabilities.
POWERLESS = () if os.geteuid() else ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
WRITERS = {
    "keys set groq": b"gsk_0123456789abcdef",
    "profiles set a provider=groq": b"",
    "profiles edit": b"",
}


def run_powerless(aichat: Program, *words: str, data: bytes = b"") -> Result:
    """As a user whom a folder's mode can stop."""
    if POWERLESS and not shutil.which(POWERLESS[0]):
        pytest.skip("root, and no setpriv to give its powers up")
    done = subprocess.run(
        [*POWERLESS, *aichat.command(*words)],
        input=data,
        capture_output=True,
        env=aichat.environ,
        cwd=aichat.home,
        timeout=30,
        check=False,
    )
    return Result(done.stdout, done.stderr.decode(), done.returncode)


@pytest.mark.parametrize("command", WRITERS)
def test_a_home_that_is_not_writable_is_one_clear_line(aichat: Program, command: str) -> None:
    home = aichat.home / "readonly"
    home.mkdir(mode=0o555)
    aichat.environ |= {"HOME": str(home), "EDITOR": "true"}
    del aichat.environ["AICHAT_CONFIG_DIR"]
    done = run_powerless(aichat, *command.split(), data=WRITERS[command])
    assert done.code in (3, 13), done.stderr
    assert "Permission denied" in done.stderr
    assert str(home) in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("command", ["profiles list", "keys list"])
def test_a_home_that_is_not_writable_can_be_read(aichat: Program, command: str) -> None:
    home = aichat.home / "readonly"
    home.mkdir(mode=0o555)
    aichat.environ["HOME"] = str(home)
    del aichat.environ["AICHAT_CONFIG_DIR"]
    done = run_powerless(aichat, *command.split())
    assert (done.code, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
def test_a_config_that_may_not_be_read_is_named(aichat: Program, name: str) -> None:
    path = aichat.write_config("").with_name(name)
    path.touch()
    path.chmod(0)
    done = run_powerless(aichat, "ask", "-p", "groq", "hi")
    assert done.code == 3
    assert done.stderr.splitlines()[0] == f"aichat: cannot read {path}: Permission denied"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask", "-p", "groq", "--output", "locked/answer", "hi"), 13),
        (("ask", "-p", "groq", "-f", "locked/file", "hi"), 2),
        (("ask", "-p", "groq", "-s", "@locked/file", "hi"), 2),
        (("keys", "import", "locked/.env"), 2),
        (("--config-dir", "locked/config", "ask", "-p", "groq", "hi"), 3),
    ],
)
def test_a_folder_that_may_not_be_entered_is_named(
    aichat: Program, words: tuple[str, ...], code: int
) -> None:
    (aichat.home / "locked").mkdir(mode=0)
    done = run_powerless(aichat, *words)
    assert (done.code, done.stdout) == (code, b""), done.stderr
    assert "locked" in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("command", WRITERS)
def test_a_config_folder_that_is_a_file_is_named(aichat: Program, command: str) -> None:
    (aichat.home / "config").touch()
    done = aichat.invoke(*command.split(), stdin=WRITERS[command], environ={"EDITOR": "true"})
    assert done.code in (3, 13), done.stderr
    assert str(aichat.config_dir) in done.stderr
    assert len(done.stderr.splitlines()) <= 2
