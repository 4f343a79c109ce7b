"""config.toml: every complaint has file, line and key; rewriting keeps what the user wrote."""

import difflib
import io
import time
from pathlib import Path

import pytest

from aichat.cli.dispatch import dispatch
from aichat.core.config.schema import PROFILE, PROVIDER, Config
from aichat.disk.config import toml_file
from aichat.errors import AichatError
from aichat.process.world import system_world
from tests.support.running.marks import long_case
from tests.support.running.program import Program, Result

NUMBER = "a number"
TEXT = "text"
#: What each field must refuse: a TOML value, how the message shows it, what it expects.
NAMES = "a list of names"
WRONG_PROFILE = {
    "resolve_links": ("5", "5", "true or false"),
    "provider": ("5", "5", TEXT),
    "prompt": ("5", "5", TEXT),
    "model": ('""', "''", TEXT),
    "system": ("false", "False", TEXT),
    "max_tokens": ("0", "0", "a whole number above 0"),
    "temperature": ('"abc"', "'abc'", NUMBER),
    "top_p": ("1.5", "1.5", NUMBER),
    "stop": ("[1]", "[1]", "a string or a list of strings"),
    "seed": ("1.5", "1.5", "a whole number"),
    "options": ('"a=1"', "'a=1'", "a table"),
    "wire": ("[]", "[]", "one of chat, responses, messages"),
    "region": ("5", "5", TEXT),
    "tier": ('"cheap"', "'cheap'", "one of standard, batch, flex, priority, fast, free"),
    "verbosity": ('"max"', "'max'", "one of low, medium, high"),
    "logprobs": ("5", "5", "true or false"),
    "effort": ('"hard"', "'hard'", "one of none, minimal, low, medium, high, xhigh, max"),
    "strict": ('"yes"', "'yes'", "true or false"),
    "budget": ("5.0", "5.0", "a table"),
    "fallback": ('[""]', "['']", "a list of names"),
    "base_url": ('"ftp://x"', "'ftp://x'", "an http or https URL"),
    "headers": ("[1]", "[1]", "a table of strings"),
    "timeout": ('"abc"', "'abc'", "a time in seconds"),
    "cache": ('"on"', "'on'", "one of auto, off, long"),
    "schema": ("5", "5", TEXT),
    **dict.fromkeys(("search", "search_x", "fetch", "code", "maps"), ("5", "5", "true or false")),
    **dict.fromkeys(("search_domain", "file_search", "tools", "mcp"), ("[1]", "[1]", NAMES)),
    "search_context": ('"all"', "'all'", "one of low, medium, high"),
    "search_recency": ('"hour"', "'hour'", "one of day, week, month, year"),
    "search_location": ("5", "5", TEXT),
}
WRONG_PROVIDER = {
    "key_command": ("[1]", "[1]", "a command"),
    "key_env": ("1", "1", TEXT),
    "base_url": ('"box"', "'box'", "an http or https URL"),
    "wire": ("1", "1", "one of chat, responses, messages"),
    "region": ("5", "5", TEXT),
    "api_version": ("2026", "2026", TEXT),
    "headers": ('"a"', "a value of type str", "a table of strings"),
    "timeout": ("-1", "-1", "a time in seconds"),
    "ca_bundle": ("true", "True", TEXT),
    "client_cert": ('["a", "b", "c"]', "['a', 'b', 'c']", "a file, or a list"),
    "keyring": ('"on"', "'on'", 'true, false or "optional"'),
    "proxy": ("8080", "8080", "a proxy's URL"),
    "allow_http": ('"yes"', "'yes'", "true or false"),
    "models": ('"m"', "'m'", "a list of strings"),
    "context": ("4096.0", "4096.0", "a whole number"),
}
FIELDS = [("profiles", *item) for item in WRONG_PROFILE.items()] + [
    ("providers", *item) for item in WRONG_PROVIDER.items()
]


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def complaint(folder: Path, text: str | bytes) -> str:
    """What loading the text is refused with, the path cut off."""
    path = write(folder, text)
    with pytest.raises(AichatError) as caught:
        toml_file.load(folder)
    fault = caught.value.fault
    assert fault.exit_code == 3
    assert fault.message.startswith(f"{path}:")
    return fault.message.removeprefix(f"{path}:")


def test_the_tables_below_cover_every_field() -> None:
    assert set(WRONG_PROFILE) == set(PROFILE)
    assert set(WRONG_PROVIDER) == set(PROVIDER)


@pytest.mark.parametrize(("table", "key", "case"), FIELDS, ids=lambda x: x if str(x) == x else "")
def test_a_wrong_type_is_named_with_line_key_and_value(
    tmp_path: Path, table: str, key: str, case: tuple[str, str, str]
) -> None:
    value, shown, expected = case
    found = complaint(tmp_path, f"# a comment\n\n[{table}.x]\n{key} = {value}\n")
    start = f"4: {table}.x.{key}: expected {expected}"
    assert found.startswith(start)
    assert found.endswith(f", got {shown}")


@pytest.mark.parametrize("key", ["max_tokens", "temperature", "top_p", "seed", "timeout"])
@pytest.mark.parametrize("value", ["true", '"1"', "[1]", "{}", "2026-01-01", "nan", "-inf"])
def test_a_number_is_nothing_but_a_number(tmp_path: Path, key: str, value: str) -> None:
    found = complaint(tmp_path, f"[profiles.x]\n{key} = {value}\n")
    assert found.startswith(f"2: profiles.x.{key}: expected a ")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("default_profile = 1\n", "1: default_profile: expected text, got 1"),
        ("\nprofiles = 5\n", "2: profiles: expected a table, got 5"),
        ("[profiles]\nx = 5\n", "2: profiles.x: expected a table, got 5"),
        ("[[profiles]]\n", "1: profiles: expected a table, got [{}]"),
        ('providers = "groq"\n', "1: providers: expected a table, got 'groq'"),
    ],
)
def test_what_must_be_a_table_or_a_text_is_told(tmp_path: Path, text: str, found: str) -> None:
    assert complaint(tmp_path, text) == found


#: A fault in profiles.<name>.timeout, and the line it must be found on.
PLACES = {
    "plain": ("[profiles.x]\nmodel = 'm'\ntimeout = 'abc'\n", 3),
    "quoted table": ('[profiles."x"]\ntimeout = "abc"\n', 2),
    "literal table": ("[profiles.'x']\n'timeout' = 'abc'\n", 2),
    "quoted key": ('[profiles.x]\n"timeout" = "abc"\n', 2),
    "dotted key": ("[profiles]\n\nx.timeout = 'abc'\n", 3),
    "dotted from the top": ("profiles.x.model = 'm'\nprofiles . x . timeout = 'abc'\n", 2),
    "inline table": ("[profiles]\nx = { model = 'm', timeout = 'abc' }\n", 2),
    "inline all": ("\nprofiles = { x = { timeout = 'abc' } }\n", 2),
    "spaces and a comment": ("  [ profiles . x ] # mine\n\t timeout='abc' # here\n", 2),
    "another of that name before": (
        "[providers.x]\ntimeout = 1\nbase_url = 'http://h'\n[profiles.x]\ntimeout = 'abc'\n",
        5,
    ),
    "the key of another table before": (
        "[profiles.y]\ntimeout = 1\n[profiles.x]\ntimeout='abc'\n",
        4,
    ),
    "after a list over lines": (
        "[profiles.x]\nstop = [\n  'a', # one\n  'b',\n]\ntimeout = 'abc'\n",
        6,
    ),
    "after a text over lines": (
        '[profiles.x]\nsystem = """\nhello\nworld\n"""\ntimeout = "abc"\n',
        6,
    ),
    "after a text that looks like it": (
        '[profiles.x]\nsystem = """\ntimeout = 5\n"""\ntimeout = "abc"\n',
        5,
    ),
    "after a text that looks like a table": (
        "[profiles.x]\nsystem = '''\n[profiles.y]\n'''\ntimeout = 'abc'\n",
        5,
    ),
    "with carriage returns": ("[profiles.x]\r\nmodel = 'm'\r\ntimeout = 'abc'\r\n", 3),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_fault_is_found_on_its_line_however_it_is_written(tmp_path: Path, case: str) -> None:
    text, line = PLACES[case]
    assert complaint(tmp_path, text) == (
        f"{line}: profiles.x.timeout: expected a time in seconds, above 0, up to 1e9, got 'abc'"
    )


def test_a_table_whose_name_has_dots_is_found(tmp_path: Path) -> None:
    found = complaint(tmp_path, '[profiles.x]\ntimeout = 1\n\n[profiles."a.b"]\ntimeout = "abc"\n')
    assert found.startswith("5: ")


def test_several_faults_are_counted_and_the_first_is_told(tmp_path: Path) -> None:
    found = complaint(tmp_path, "[profiles.x]\ntimeout = 'abc'\nseed = 'b'\nmodel = 1\n")
    assert found.startswith("2: profiles.x.timeout: ")
    assert found.endswith("(and 2 more)")


def test_a_default_profile_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    found = complaint(tmp_path, '\ndefault_profile = "wrok"\n[profiles.work]\n')
    assert found == "2: default_profile: no profile 'wrok'; did you mean 'work'?"


SYNTAX = {
    "no value": ("a = 1\nb =\n", "2:4"),
    "no equals": ("[profiles.x]\n\nmodel 'm'\n", "3:7"),
    "open text": ('a = "b\n', "1:7"),
    "open table": ("[profiles.x\n", "1:12"),
    "key twice": ("a = 1\na = 2\n", "2:"),
    "table twice": ("[profiles.x]\n[profiles.y]\n[profiles.x]\n", "3:"),
    "open list": ("a = [1,\n", "2:1"),
    "unquoted": ("a = b\n", "1:5"),
}


@pytest.mark.parametrize("case", SYNTAX)
def test_a_syntax_error_has_file_line_and_column(tmp_path: Path, case: str) -> None:
    text, place = SYNTAX[case]
    found = complaint(tmp_path, text)
    assert found.startswith(place)
    assert found.split(" ", 1)[1][0].islower()
    assert found.count(":") == 2


NESTED, DIGITS = "x = " + "[" * 20000, "x = " + "1" * 5000


@pytest.mark.parametrize("text", [NESTED, DIGITS], ids=["nested", "digits"])
def test_what_python_cannot_parse_is_a_fault_of_the_file(tmp_path: Path, text: str) -> None:
    complaint(tmp_path, text)


UNKNOWN = [
    ("[profiles.x]\ntemprature = 1\n", "2: profiles.x.temprature: unknown key", "temperature"),
    ("defualt_profile = 'x'\n", "1: defualt_profile: unknown key", "default_profile"),
    (
        "[providers.groq]\nkey_comand = 'a'\n",
        "2: providers.groq.key_comand: unknown key",
        "key_command",
    ),
    ("[bindings]\nsubmt = 'enter'\n", "2: bindings.submt: unknown key", "submit"),
    (
        "[profiles.x]\n\n[profiles.x.weather]\nday = 5.0\n",
        "3: profiles.x.weather: unknown key",
        None,
    ),
    (
        "[profiles.x]\n\n[profiles.x.budget]\nmnth = 5\n",
        "4: profiles.x.budget.mnth: unknown key",
        "month",
    ),
]


@pytest.mark.parametrize(("text", "found", "nearest"), UNKNOWN)
def test_an_unknown_key_is_a_warning_with_line_and_nearest_name(
    tmp_path: Path, text: str, found: str, nearest: str | None
) -> None:
    path = write(tmp_path, text)
    ending = f"; did you mean '{nearest}'?" if nearest else ""
    assert toml_file.load(tmp_path).warnings == (f"{path}:{found}{ending}",)


def test_a_key_in_the_wrong_place_is_named_without_its_value(tmp_path: Path) -> None:
    write(tmp_path, '[providers.groq]\napi_key = "gsk_do_not_show_me"\n')
    (warning,) = toml_file.load(tmp_path).warnings
    assert "providers.groq.api_key: unknown key" in warning
    assert "show" not in warning


@pytest.mark.parametrize(
    "line",
    [
        'headers = ["authorization: gsk_do_not_show"]',
        'headers = { authorization = ["gsk_do_not_show"] }',
    ],
)
def test_header_values_of_a_wrong_type_are_not_shown(tmp_path: Path, line: str) -> None:
    assert "do_not_show" not in complaint(tmp_path, f"[providers.groq]\n{line}\n")


GOOD = '[profiles.x]\nprovider = "groq"\nsystem = "é"\n'


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(),
        GOOD.rstrip().encode(),
    ],
    ids=["plain", "bom", "crlf", "bom and crlf", "no last newline"],
)
def test_a_byte_order_mark_and_carriage_returns_are_fine(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, data)
    loaded = toml_file.load(tmp_path)
    assert loaded.config.profiles == {"x": {"provider": "groq", "system": "é"}}
    assert loaded.warnings == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_utf_16_is_named(tmp_path: Path, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b"\xff\xfe" if encoding[-2:] == "le" else b""
    path = write(tmp_path, mark + GOOD.encode(encoding))
    with pytest.raises(AichatError) as caught:
        toml_file.load(tmp_path)
    fault = caught.value.fault
    assert (fault.exit_code, fault.message) == (3, f"{path} is UTF-16")
    assert "UTF-8" in fault.hint


def test_another_encoding_is_named_with_line_and_byte(tmp_path: Path) -> None:
    found = complaint(tmp_path, b"# a\nsystem = '\xe9'\n")
    assert found == "2: not UTF-8 (byte 14)"


@pytest.mark.parametrize("made", ["absent", "empty", "no folder"])
def test_no_config_is_an_empty_one(tmp_path: Path, made: str) -> None:
    if made == "empty":
        write(tmp_path, "")
    folder = tmp_path / "none" if made == "no folder" else tmp_path
    loaded = toml_file.load(folder)
    assert (loaded.config.profiles, loaded.config.default_profile, loaded.warnings) == (
        {},
        None,
        (),
    )


# -- rewriting: the difference of before and after, line by line

DOTFILE = """\
# My settings; keep me.
default_profile = "work" # the usual

[ui] # not there yet
editing = "vi"

# work things
[profiles.work] # w
provider = "groq" # g
options = { a = 1, b = [1, 2] } # inline
system = \"\"\"
Be brief.
\"\"\"

# home things
[profiles.home]
provider = "box"
temprature = 1 # misspelt

# the box
[providers.box]
base_url = "http://127.0.0.1:1" # here

# late
[profiles.late]
provider = "groq"
# the end
"""

#: A command, and what diff(1) would say of the file: lines that go (-) and come (+).
EDITS: dict[str, tuple[str, list[str]]] = {
    "a new setting": ("set work temperature=0.2", ["+temperature = 0.2"]),
    "another value": (
        "set work provider=box",
        ['-provider = "groq" # g', '+provider = "box" # g'],
    ),
    "a setting less": ("set work provider=", ['-provider = "groq" # g']),
    "nothing to remove": ("set work seed=", []),
    "inside a table": (
        "set work options.a=2",
        [
            "-options = { a = 1, b = [1, 2] } # inline",
            "+options = { a = 2, b = [1, 2] } # inline",
        ],
    ),
    "before the next one's comment": ("set home seed=1", ["+seed = 1"]),
    "the last one": ("set late seed=1", ["+seed = 1"]),
    "the default": (
        "use home",
        ['-default_profile = "work" # the usual', '+default_profile = "home" # the usual'],
    ),
}


def profiles_here(aichat: Program, *words: str) -> Result:
    """``aichat profiles WORDS`` in this process, which is faster; a bug of ours raises."""
    out, errors = io.BytesIO(), io.BytesIO()
    world = system_world()._replace(environ=aichat.environ, stdin=None, stdout=out, stderr=errors)
    try:
        code = dispatch(world, ["profiles", *words])
    except AichatError as error:
        world.report_fault(error.fault)
        code = error.fault.exit_code
    return Result(out.getvalue(), errors.getvalue().decode(), code)


def run(aichat: Program, command: str) -> None:
    done = profiles_here(aichat, *command.split())
    assert done.code == 0, done.stderr


def changed(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[0] + line[2:] for line in lines if line[0] in "+-" and line[2:].strip()]


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_changes_its_own_line_and_no_other(aichat: Program, case: str) -> None:
    command, expected = EDITS[case]
    path = aichat.write_config(DOTFILE)
    run(aichat, command)
    assert changed(DOTFILE, path.read_text()) == expected


def test_a_new_setting_stands_in_its_own_section_above_the_next_ones_comment(
    aichat: Program,
) -> None:
    path = aichat.write_config(DOTFILE)
    run(aichat, "set home seed=1")
    text = path.read_text()
    assert text.index("seed = 1") < text.index("# the box") < text.index("[providers.box]")


def test_a_new_profile_leaves_every_line_as_it_was(aichat: Program) -> None:
    path = aichat.write_config(DOTFILE)
    run(aichat, "set new provider=groq options.top_k=4")
    found = changed(DOTFILE, path.read_text())
    assert [line for line in found if line[0] == "-"] == []
    assert toml_file.load(path.parent).config.profiles["new"] == {
        "provider": "groq",
        "options": {"top_k": 4},
    }


@pytest.mark.parametrize("name", ["home", "late"])
def test_removing_a_profile_removes_only_its_own_lines(aichat: Program, name: str) -> None:
    path = aichat.write_config(DOTFILE)
    run(aichat, f"remove {name}")
    own = {
        "home": ["-[profiles.home]", '-provider = "box"', "-temprature = 1 # misspelt"],
        "late": ["-[profiles.late]", '-provider = "groq"'],
    }
    kept_or_gone = {"-# home things", "-# late", "-# the end"}  # its own comments may go with it
    found = changed(DOTFILE, path.read_text())
    assert [line for line in found if line not in kept_or_gone] == own[name]


def test_removing_the_default_profile_removes_the_default(aichat: Program) -> None:
    path = aichat.write_config('default_profile = "a"\n[profiles.a]\n[profiles.b]\n')
    run(aichat, "remove a")
    assert toml_file.load(path.parent).config == Config(profiles={"b": {}})


#: Configs written in other ways, and a command that must work on them all.
SHAPES = {
    "none": "",
    "comment only": "# mine\n",
    "no last newline": '[profiles.a]\nprovider = "groq"',
    "inline profile": '[profiles]\na = { provider = "groq" } # a\n',
    "inline profiles": 'profiles = { a = { provider = "groq" } }\n',
    "empty inline": "profiles = {}\n",
    "empty table": "[profiles]\n",
    "dotted in a table": '[profiles]\na.provider = "groq" # a\n',
    "dotted from the top": (
        'profiles.a.provider = "groq" # a\n\n# b\n[providers.box]\nbase_url = "http://127.0.0.1:1"\n'
    ),
    "dotted twice from the top": (
        'profiles.a.provider = "groq" # a\nprofiles.a.seed = 2\n\n'
        '# b\n[providers.box]\nbase_url = "http://127.0.0.1:1"\n'
    ),
    "out of order": (
        '[profiles.a]\nprovider = "groq"\n[providers.box]\nbase_url = "http://127.0.0.1:1"\n'
        '[profiles.b]\nprovider = "box"\n'
    ),
    "quoted": '["profiles"."a"]\n"provider" = "groq"\n',
    "crlf": '[profiles.a]\r\nprovider = "groq" # a\r\n',
    "bom": '\ufeff[profiles.a]\nprovider = "groq"\n',
    "sub-table first": "[profiles.a.options]\nx = 1\n[profiles.a]\nprovider = 'groq'\n",
}

#: Dotted keys with comments: refused, since the change would cost the comment.
UNSAFE = {
    ("dotted in a table", "set a seed=1 options.y=2"),
    ("dotted twice from the top", "set a seed=1 options.y=2"),
}


@pytest.mark.parametrize("command", ["set a seed=1", "set c seed=1", "set a seed=1 options.y=2"])
@pytest.mark.parametrize("shape", SHAPES)
def test_set_adds_its_values_and_nothing_else_to_a_config_of_any_shape(
    aichat: Program, shape: str, command: str
) -> None:
    folder = aichat.write_config(SHAPES[shape]).parent
    before = toml_file.load(folder).config
    if (shape, command) in UNSAFE:
        text = (folder / "config.toml").read_text()
        done = aichat.invoke("profiles", *command.split())
        assert (done.code, (folder / "config.toml").read_text()) == (3, text)
        assert "profiles edit" in done.stderr
        return
    run(aichat, command)
    loaded = toml_file.load(folder)
    name = command.split()[1]
    added: dict[str, object] = {"seed": 1}
    own = before.profiles.get(name, {})
    if "options" in command:
        added |= {"options": {**own.get("options", {}), "y": 2}}
    assert loaded.config.profiles == {**before.profiles, name: {**own, **added}}
    assert loaded.config.providers == before.providers
    assert loaded.warnings == ()
    for comment in ("# a", "# b", "# mine"):
        assert (comment in SHAPES[shape]) == (comment in loaded.path.read_text())


@pytest.mark.parametrize("command", ["use a", "remove a"])
@pytest.mark.parametrize("shape", [name for name, text in SHAPES.items() if "groq" in text])
def test_use_and_remove_work_on_a_config_of_any_shape(
    aichat: Program, shape: str, command: str
) -> None:
    folder = aichat.write_config(SHAPES[shape]).parent
    before = toml_file.load(folder).config
    run(aichat, command)
    after = toml_file.load(folder).config
    if command == "use a":
        assert after == before._replace(default_profile="a")
    else:
        rest = {name: table for name, table in before.profiles.items() if name != "a"}
        assert after == before._replace(profiles=rest)


#: Nothing of these may be written: the config or the value is wrong.
REFUSED = {
    "profiles is a number": ("profiles = 5\n", "set a provider=groq"),
    "the profile is a number": ("[profiles]\na = 5\n", "set a provider=groq"),
    "below a number": ("[profiles.a]\ntemperature = 0.5\n", "set a temperature.x=1"),
    "less below a number": ("[profiles.a]\ntemperature = 0.5\n", "set a temperature.x="),
    "broken": ("[profiles.a\n", "set a provider=groq"),
    "a wrong type": ("[profiles.a]\n", "set a temperature=hot"),
    "a wrong value": ("[profiles.a]\n", "set a max_tokens=-1"),
    "an unknown setting": ("[profiles.a]\n", "set a temprature=1"),
    "no value": ("[profiles.a]\n", "set a temperature"),
    "no key": ("[profiles.a]\n", "set a =1"),
    "an empty part": ("[profiles.a]\n", "set a options..x=1"),
    "a giant number": ("[profiles.a]\n", "set a seed=" + "1" * 5000),
    "deep": ("[profiles.a]\n", "set a options=" + "[" * 5000),
    "unknown to use": ("[profiles.a]\n", "use b"),
    "unknown to remove": ("[profiles.a]\n", "remove b"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_the_file_stays(aichat: Program, case: str) -> None:
    text, command = REFUSED[case]
    path = aichat.write_config(text)
    done = profiles_here(aichat, *command.split())
    assert done.code in (2, 3), done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert path.read_text() == text


def test_a_value_that_is_not_utf_8_is_refused(aichat: Program) -> None:
    path = aichat.write_config("")
    done = aichat.run_shell("$AICHAT profiles set a system=$'a\\xffb'")
    assert done.code in (2, 3), done.stderr
    assert path.read_text() == ""


@pytest.mark.parametrize(
    "value",
    ["two\nlines", "5\nmodel = 'evil'", 'a "quote" and \\', "# no comment", "é 👩‍💻", " padded "],
)
def test_a_text_is_kept_as_it_was_typed(aichat: Program, value: str) -> None:
    done = profiles_here(aichat, "set", "a", f"system={value}")
    assert done.code == 0, done.stderr
    assert toml_file.load(aichat.config_dir).config.profiles == {"a": {"system": value}}


@pytest.mark.parametrize("name", ["a b", "a.b", "é", "-", 'a"b', "profiles"])
def test_a_profile_may_have_any_name(aichat: Program, name: str) -> None:
    for words in (("set", "x", "seed=2"), ("set", name, "seed=1"), ("use", name)):
        done = profiles_here(aichat, *words)
        assert done.code == 0, done.stderr
    config = toml_file.load(aichat.config_dir).config
    assert config == Config(name, {"x": {"seed": 2}, name: {"seed": 1}})


def test_a_linked_config_is_written_through_its_link(aichat: Program) -> None:
    real = aichat.home / "dotfiles" / "aichat.toml"
    real.parent.mkdir()
    real.write_text(DOTFILE)
    aichat.write_config("").unlink()
    (aichat.config_dir / "config.toml").symlink_to("../dotfiles/aichat.toml")
    run(aichat, "set work temperature=0.2")
    assert (aichat.config_dir / "config.toml").is_symlink()
    assert changed(DOTFILE, real.read_text()) == ["+temperature = 0.2"]
    assert list(real.parent.iterdir()) == [real]


# -- values that pass the check and must not break what comes after

#: A config, and what asking with it must say: the exit code and a word.
HOSTILE: dict[str, tuple[str, int, str]] = {
    "date in options": ("[profiles.x]\noptions = { day = 2026-01-01 }\n", 3, "options"),
    "nan in options": ("[profiles.x]\noptions = { a = nan }\n", 3, "options"),
    "newline in a header": (
        "[profiles.x]\nheaders = { X-A = 'a\\nb' }\n".replace("'", '"'),
        3,
        "X-A",
    ),
    "header not ASCII": ("[profiles.x]\nheaders = { X-A = 'é' }\n", 3, "X-A"),
    "header name with a space": ("[profiles.x]\nheaders = { 'X A' = 'b' }\n", 3, "X A"),
    "unknown wire": ("[profiles.x]\nwire = 'nonsense'\n", 3, "nonsense"),
    "bad proxy": ("[providers.groq]\nproxy = 'http://[::1'\n[profiles.x]\n", 3, "proxy"),
    "another bad proxy": ("[providers.groq]\nproxy = 'ftp://x'\n[profiles.x]\n", 3, "proxy"),
    "bad address": ("[profiles.x]\nbase_url = 'http://[::1'\n", 3, "http://[::1"),
    "bad port": ("[profiles.x]\nbase_url = 'http://127.0.0.1:x'\n", 3, "127.0.0.1:x"),
    "endless time-out": ("[providers.groq]\ntimeout = inf\n[profiles.x]\n", 3, "time in seconds"),
    "unknown provider": ("[profiles.x]\nprovider = 'grok'\n", 3, "grok"),
    "custom without address": ("[providers.box]\nwire = 'chat'\n[profiles.x]\n", 3, "base_url"),
    "custom with a bad wire": (
        "[providers.box]\nbase_url = 'http://127.0.0.1:9'\nwire = 'nonsense'\nmodels = ['m']\n"
        "[profiles.x]\nprovider = 'box'\n",
        3,
        "nonsense",
    ),
    "missing system file": ("[profiles.x]\nsystem = '@nofile'\n", 2, "nofile"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_config_that_cannot_work_is_told_and_no_bug_of_ours(aichat: Program, case: str) -> None:
    text, code, word = HOSTILE[case]
    if "provider" not in text.partition("[profiles.x]")[2]:
        text += "provider = 'groq'\n"
    aichat.write_config(text)
    aichat.environ["GROQ_API_KEY"] = "gsk_0123456789abcdef"
    if "base_url" not in text:
        aichat.environ["GROQ_BASE_URL"] = "http://127.0.0.1:9"
    done = aichat.invoke("ask", "-P", "x", "--retries", "0", "hi")
    assert (done.code, done.stdout) == (code, b""), done.stderr
    assert word in done.stderr
    assert len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize("words", [("profiles", "show", "x"), ("profiles", "show", "x", "--json")])
def test_show_prints_every_value_that_toml_has(aichat: Program, words: tuple[str, ...]) -> None:
    values = "{ a = 2026-01-01T00:00:00Z, b = 12:00:00, c = inf, d = [1] }"
    aichat.write_config(f"[profiles.x]\nprovider = 'groq'\noptions = {values}\n")
    done = aichat.invoke(*words)
    assert done.code in (0, 3), done.stderr


def test_a_system_file_is_relative_to_the_config(aichat: Program) -> None:
    aichat.write_config("[profiles.x]\nprovider = 'groq'\nsystem = '@prompts/s.md'\n")
    (aichat.config_dir / "prompts").mkdir()
    (aichat.config_dir / "prompts" / "s.md").write_text("From the file.")
    done = aichat.invoke("ask", "-P", "x", "--dry-run", "hi")
    assert (done.code, done.stderr) == (0, "")
    assert "From the file." in done.text


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("[ui]\n", 20_000),
        *(long_case(p, 100_000) for p in ("", "[profiles.a]\n", "[providers.groq]\n")),
    ],
)
def test_a_hundred_thousand_unknown_keys_cost_little_and_are_counted(
    place: str, count: int, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text(place + "".join(f"k{n} = 1\n" for n in range(count)))
    began = time.process_time()
    warnings = toml_file.load(tmp_path).warnings
    assert time.process_time() - began < 10
    assert len(warnings) == 21 and warnings[-1].endswith(
        f"{count - 20} more keys that nobody knows"
    )
    assert ":2: " in warnings[0] or place == ""
