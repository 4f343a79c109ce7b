"""The house rules: floors, cycles, imports, sizes, help, style."""

import ast
import gc
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from aichat.cli import dispatch
from aichat.core.cli.argv import Command
from tests.support.answering.server import Server, chat_stream
from tests.support.answering.tool_rounds import calling
from tests.support.running.marks import one_test_of
from tests.support.running.program import ROOT, Program
from tests.support.terminal.repl import Repl

PACKAGE = ROOT / "aichat"
FILES = sorted(PACKAGE.rglob("*.py"))

#: Lower floors know nothing of higher ones; the shells (net, disk, term) share floor 3.
FLOORS = {
    "core": 0,
    "errors": 0,
    "values": 0,
    "": 0,  # the package itself: its version
    "wires": 1,
    "providers": 2,
    "process": 2,
    "net": 3,
    "disk": 3,
    "term": 3,
    "app": 4,
    "repl": 5,
    "commands": 6,
    "cli": 7,
    "__main__": 7,
}
SHELLS = {"net", "disk", "term"}

#: Folders that hold like things, and may have more entries than a shelf of unlike ones.
LISTS = {
    "aichat": "one entry a floor, or part of one",
    "aichat/commands": "one folder a command",
    "aichat/providers": "one file a provider",
    "aichat/providers/catalogue": "one file a provider",
    "aichat/repl/slash": "one file a command of the chat",
    "aichat/wires/resources": "one file a resource",
}

#: What the pure floor may not touch: the world.
WORLDLY = {"os", "sys", "io", "socket", "sqlite3", "time", "subprocess"}

#: What must not be imported before a request is written.
HEAVY = {
    "websockets",
    "rich",
    "prompt_toolkit",
    "pydantic",
    "asyncio",
    "click",
    "pygments",
    "typer",
}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Everything in a file."""
    gc.disable()  # to look for garbage among trees takes longer than to make them
    try:
        return tuple(ast.walk(ast.parse(path.read_text())))
    finally:
        gc.enable()


@pytest.fixture(scope="module", autouse=True)
def forget() -> Iterator[None]:
    """A worker that kept them would search them with every test that it runs later."""
    yield
    nodes.cache_clear()


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file: lazily too."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (_target(node.module or "", alias.name) for alias in node.names)


@cache
def _target(module: str, name: str) -> str:
    inner = ROOT / Path(*module.split("."), name)
    return f"{module}.{name}" if inner.is_dir() or inner.with_suffix(".py").exists() else module


def room(module: str) -> str:
    """The folder or file of the package that a module is in."""
    return [*module.split("."), ""][1]


def ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] == "aichat"}


@one_test_of(*((path,) for path in FILES))
def test_a_file_imports_only_its_own_floor_or_lower_ones(path: Path) -> None:
    here = room(module_of(path))
    for name in ours(path):
        there = room(name)
        assert FLOORS[there] <= FLOORS[here], f"{module_of(path)} imports {name}"
        assert there == here or {here, there} - SHELLS, f"shell {here} imports shell {there}"


FOLDERS = sorted({path.parent for path in FILES})


def rooms_of(folder: Path) -> dict[str, set[str]]:
    """The subfolders and files of a folder, and which of the others each imports."""
    prefix = module_of(folder / "__init__.py") + "."
    inner = {path.stem for path in folder.iterdir() if path in FILES or path in FOLDERS}
    graph: dict[str, set[str]] = {name: set() for name in inner - {"__init__"}}
    for path in FILES:
        here = module_of(path)
        if here.startswith(prefix):
            name = here.removeprefix(prefix).split(".")[0]
            below = {
                m.removeprefix(prefix).split(".")[0] for m in ours(path) if m.startswith(prefix)
            }
            graph[name] |= below & graph.keys() - {name}
    return graph


@one_test_of(*((folder,) for folder in FOLDERS))
def test_the_rooms_of_a_folder_are_floors_too(folder: Path) -> None:
    graph = rooms_of(folder)
    while graph:
        lowest = {name for name, below in graph.items() if not below & graph.keys()}
        assert lowest, f"a circle among {graph}"
        graph = {name: below for name, below in graph.items() if name not in lowest}


@one_test_of(*((folder,) for folder in FOLDERS))
def test_a_folder_has_at_most_twelve_entries(folder: Path) -> None:
    entries = [p.name for p in folder.iterdir() if p.name not in ("__init__.py", "__pycache__")]
    name = folder.relative_to(ROOT).as_posix()
    assert len(entries) <= 12 or name in LISTS, sorted(entries)


#: All that stands beside the package, apart from what ``.gitignore`` names.
TOP = {
    *(".ci", ".gitignore", "CHANGELOG.md", "README.md", "pyproject.toml"),
    *("aichat", "completions", "tests"),
}


def test_nothing_lies_at_the_top_but_what_belongs_there() -> None:
    """A test or a try-out that writes where it stands shows here."""
    passed_over = {".git", "PKG-INFO", *(ROOT / ".gitignore").read_text().replace("/", "").split()}
    found = {
        path.name
        for path in ROOT.iterdir()
        if not any(path.match(pattern) for pattern in passed_over)
    }
    assert found == TOP


def test_the_changelog_tells_each_thing_once() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    begun = Counter(" ".join(line.split()[:6]) for line in lines if line.startswith(("-", "#")))
    assert not [begin for begin, count in begun.items() if count > 1]


@one_test_of(*((path,) for path in sorted((PACKAGE / "core").rglob("*.py"))))
def test_the_pure_floor_imports_the_standard_library_only_and_nothing_of_the_world(
    path: Path,
) -> None:
    for name in imports(path):
        top = name.split(".")[0]
        assert top == "aichat" or top in sys.stdlib_module_names, name
        assert top not in WORLDLY, name


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {module_of(path): ours(path) for path in FILES}
    proven: set[str] = set()  # each module is looked at once, however many ways lead to it

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        for below in graph[module] & graph.keys() - {module} - proven:
            visit(below, (*trail, module))
        proven.add(module)

    for module in graph:
        visit(module, ())


def test_a_class_name_has_one_meaning() -> None:
    places: dict[str, list[str]] = {}
    for path in FILES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(module_of(path))
    assert not {name: where for name, where in places.items() if len(where) > 1}


#: What says that something has been done, not what a call does or gives.
PARTICIPLES = {
    *("aimed", "asked", "begun", "done", "ended", "found", "given", "gone", "held", "kept"),
    *("known", "left", "made", "said", "seen", "taken", "told"),
}


#: Documents that only those had who wrote this.
_ELSEWHERE = re.compile(
    r"wire reference|reference of extras|(?:beyond-chat|chat-extras|realtime-frames)\b"
)


def test_no_source_is_named_that_a_reader_cannot_find() -> None:
    named = [module_of(path) for path in FILES if _ELSEWHERE.search(path.read_text())]
    assert not named


#: Where an error is a user's mistake by nature, and told by whoever runs them.
_RUN = ("aichat/commands", "aichat/cli", "aichat/repl/slash")


def test_a_public_function_that_raises_says_so() -> None:
    silent = [
        f"{module_of(path)}: {function.name}"
        for path in FILES
        if not path.relative_to(ROOT).as_posix().startswith(_RUN)
        for function in _public_functions(path)
        if any(_raises(function)) and not re.search("Error|[Rr]aise|[Rr]efus", _doc(function))
    ]
    assert not silent


def _doc(function: ast.FunctionDef) -> str:
    return ast.get_docstring(function) or ""


def _public_functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Those of a file and of its public classes."""
    tree = ast.parse(path.read_text())
    classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
    for node in (each for holder in (tree, *classes) for each in holder.body):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def _raises(node: ast.AST) -> Iterator[bool]:
    """Whether it raises something by itself: not what a function in it does, or again."""
    for below in ast.iter_child_nodes(node):
        if isinstance(below, ast.FunctionDef | ast.Lambda):
            continue
        yield isinstance(below, ast.Raise) and below.exc is not None
        yield from _raises(below)


def test_no_function_is_called_by_a_bare_participle() -> None:
    named = [
        f"{module_of(path)}: {node.name}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef) and node.name.strip("_") in PARTICIPLES
    ]
    assert not named


def test_no_parameter_is_called_values() -> None:
    """What a command line or a file says has a type with a name for each of its values."""
    named = [
        f"{module_of(path)}:{node.lineno}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.arg) and node.arg == "values"
    ]
    assert not named


def _asks_prose(node: ast.AST) -> bool:
    """Whether it looks into the words that say where something came from."""
    looks: list[ast.expr] = []
    if isinstance(node, ast.Compare):
        looks = [node.left, *node.comparators]
        if all(not isinstance(o, ast.Constant | ast.JoinedStr) for o in looks):
            looks = [look for look in looks if getattr(look, "attr", "") == "label"]
    elif isinstance(node, ast.Attribute) and node.attr in ("startswith", "endswith", "find"):
        looks = [node.value]
    words = ("origin", "label", "provider_origin", "key_origin")
    return any(isinstance(look, ast.Attribute) and look.attr in words for look in looks)


def test_no_origin_steers_by_its_words() -> None:
    """An origin has a kind for us, and a label for people."""
    steered = [
        f"{module_of(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.expr) and _asks_prose(node)
    ]
    assert not steered


def test_only_one_file_imports_httpx() -> None:
    users = [module_of(path) for path in FILES if "httpx" in imports(path)]
    assert users == ["aichat.net.httpx_library"]


def test_only_the_prompt_imports_prompt_toolkit() -> None:
    users = {module_of(p) for p in FILES if any("prompt_toolkit" in n for n in imports(p))}
    assert users and all(user.startswith("aichat.term.prompt.") for user in users)


def test_everything_is_caught_in_two_places_only() -> None:
    """In the guard of a command and of a line of the chat, and around drawing.

    In another process too, whose functions are the user's and may raise whatever they like.
    """
    blind = [
        module_of(path)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
    ]
    others = "aichat.app.tools.mcp.python_server"
    assert blind == ["aichat.app.guard", others, "aichat.term.answer.renderer"]


def test_no_file_but_its_own_compares_a_provider_id() -> None:
    ids = {path.stem for path in (PACKAGE / "providers").glob("*.py")} - {"__init__", "custom"}
    for path in FILES:
        if path.parent.name == "providers":
            continue
        for node in nodes(path):
            if isinstance(node, ast.Compare):
                words = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
                assert not words & ids, f"{path}:{node.lineno}: {ast.unparse(node)}"


#: Distributions whose module is called otherwise.
IMPORTED_AS = {"markdown_it_py": "markdown_it", "pillow": "PIL", "pyyaml": "yaml"}


def test_every_import_is_declared_and_every_dependency_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lists = [
        project["dependencies"],
        *(
            extras[name]
            for name in ("keyring", "live", "local", "media", "system", "voice", "yaml")
        ),
    ]
    names = {re.split(r"[\[<>=~!]", d)[0].replace("-", "_") for group in lists for d in group}
    declared = {IMPORTED_AS.get(name, name) for name in names}
    used = {
        name.split(".")[0]
        for path in FILES
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
    } - {"aichat"}
    assert used == declared


def bodies(tree: ast.AST) -> Iterator[tuple[str, int, int]]:
    """Name, length of the body without docstring, and number of parameters of each function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            size = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            args = node.args
            count = len(args.posonlyargs + args.args + args.kwonlyargs)
            yield node.name, size, count - bool(args.args and args.args[0].arg == "self")


def test_functions_are_short_and_take_few_parameters() -> None:
    sizes = []
    for path in FILES:
        for name, size, parameters in bodies(ast.parse(path.read_text())):
            assert size <= 50, f"{path}: {name} has {size} lines"
            assert parameters <= 6, f"{path}: {name} takes {parameters} parameters"
            sizes.append(size)
    assert sorted(sizes)[len(sizes) // 2] <= 7


@one_test_of(*((path,) for path in FILES))
def test_modules_are_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", sorted((PACKAGE / "providers").glob("*.py")), ids=module_of)
def test_a_provider_is_a_small_file(path: Path) -> None:
    """The embedded model's examples apart, which are data that only it needs."""
    most = 120 if path.stem == "local" else 80
    assert len(path.read_text().splitlines()) <= most


def commands(
    prefix: tuple[str, ...], command: Command
) -> Iterator[tuple[tuple[str, ...], Command]]:
    here = (*prefix, command.name)
    yield here, command
    for below in command.commands:
        yield from commands(here, below)


EVERY = [pair for name in dispatch.COMMANDS for pair in commands((), dispatch.load_command(name))]


@pytest.mark.parametrize(("words", "command"), EVERY, ids=[" ".join(w) for w, _ in EVERY])
def test_every_command_has_help_with_two_examples(
    words: tuple[str, ...], command: Command, aichat: Program
) -> None:
    done = aichat.invoke(*words, "--help")
    assert (done.code, done.stderr) == (0, "")
    assert command.summary.split(".")[0] in " ".join(done.text.split())
    assert len(command.examples) == 2
    for example in command.examples:
        assert example in done.text and "aichat" in example


def test_the_list_of_commands_says_what_each_file_says() -> None:
    assert {
        name: dispatch.load_command(name).summary for name in dispatch.COMMANDS
    } == dispatch.COMMANDS


@pytest.mark.parametrize("words", [(), ("--help",)], ids=["bare", "help"])
def test_the_general_help_imports_no_command(words: tuple[str, ...], aichat: Program) -> None:
    loaded = _modules(aichat, *words)
    assert not {m for m in loaded if m.startswith("aichat.commands.")}
    assert not loaded & {"rich", "httpx", "pydantic", "click"}


#: What only an answer that has ended, or another command, needs.
LATE = {"subprocess", "xllamacpp"} | {
    f"aichat.{name}" for name in ("disk.endpoints", "app.billing", "core.price")
}

BUDGETS = {
    ("--version",): {"typer", "httpx", "tomllib"},
    ("keys", "list"): HEAVY | {"httpx"},
    ("profiles", "list"): HEAVY | {"httpx"},
    ("models",): HEAVY | {"httpx", "markdown_it"},
    ("cost",): HEAVY | {"httpx", "markdown_it", "tomllib", "csv", "tempfile"},
    ("history", "list"): HEAVY | {"httpx", "markdown_it", "tomllib"},
    ("history", "search", "word"): HEAVY | {"httpx", "markdown_it", "tomllib"},
    ("ask", "--dry-run", "-p", "groq", "hi"): HEAVY
    | {
        "subprocess",
        "xllamacpp",
        "aichat.disk.catalogue.endpoints",
        "aichat.app.billing.answer_cost",
        "aichat.core.billing.price",
    },
    ("api", "groq", "GET", "/models", "--dry-run"): HEAVY | {"subprocess", "xllamacpp", "tomlkit"},
}


@pytest.mark.parametrize(
    ("words", "forbidden"), BUDGETS.items(), ids=[" ".join(w) for w in BUDGETS]
)
def test_a_command_imports_nothing_it_does_not_need(
    words: tuple[str, ...], forbidden: set[str], aichat: Program
) -> None:
    assert not _modules(aichat, *words) & forbidden


#: What speaks on sockets, and what hears and plays.
LIVE = (
    *("websockets", "sounddevice", "aichat.commands.live", "aichat.app.exchange.live.exchange"),
    *("aichat.wires.realtime", "aichat.net.transport.websocket", "aichat.process.audio"),
    "aichat.app.media.sound",
)

#: As many of our own as a plain question loads: each costs 0.2 % of a start, and what is not
#: needed for it belongs behind a lazy import.
MOST_MODULES = 190


def test_nothing_heavy_is_imported_before_the_request_is_written(aichat: Program) -> None:
    with Server(chat_stream(["hi"])) as server:
        loaded = _modules(aichat.point_groq_at(server.url), "ask", "hi")
        assert len(server.requests) == 1
    assert "aichat.net.transport.plain" in loaded
    assert not loaded & (HEAVY | {"subprocess", "xllamacpp", "tomlkit"})
    assert not loaded & {"httpx", "http.client", "email", "urllib.request", "ssl"}
    assert not loaded & {"platformdirs", "shutil", "tempfile", "pkgutil", "inspect", "dataclasses"}
    assert len({name for name in loaded if name.startswith("aichat")}) <= MOST_MODULES
    media = ("aichat.core.media", "aichat.app.media.fit", "aichat.app.question.media_files")
    tools = ("aichat.app.tools", "aichat.wires.mcp", "aichat.core.tools", "aichat.app.shell")
    assert not {name for name in loaded if name.startswith((*media, "PIL", "pypdf", *tools))}
    assert not {name for name in loaded if name.startswith(LIVE)}


def _loaded_by(*names: str) -> set[str]:
    """The modules that are loaded once those of these ``names`` are."""
    code = f"import sys, {', '.join(names)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_what_writes_and_keeps_a_question_is_loaded_while_its_connection_opens() -> None:
    loaded = _loaded_by("aichat.app.setup.early", "aichat.providers.groq")
    assert "aichat.net.transport.pool" in loaded
    late = ("wires", "core.exchange", "core.http.call", "core.http.sse", "core.message.message")
    late += ("core.text.redact", "disk.cache", "disk.history", "app.exchange", "app.question")
    assert not {n for n in loaded if n.startswith(tuple(f"aichat.{name}" for name in late))}
    assert not loaded & {"ssl", "sqlite3", "base64"}


def test_what_reads_an_answer_is_loaded_while_it_is_awaited() -> None:
    names = [path.parent.name for path in (PACKAGE / "wires").glob("*/encode.py")]
    loaded = _loaded_by(*(f"aichat.wires.{name}.encode" for name in names))
    assert len(names) == 6 and {f"aichat.wires.{name}" for name in names} <= loaded
    assert not {f"aichat.wires.{name}.decode" for name in names} & loaded


def test_a_chat_loads_nothing_of_what_is_live_before_a_turn_and_after_one(
    aichat: Program,
) -> None:
    """What was loaded is told at the end: no module goes away."""
    script = (
        "import json, os, runpy, sys\n"
        "def leave(code, real=os._exit):\n"
        "    from aichat.repl.slash.registry import SLASH_COMMANDS\n"
        "    SLASH_COMMANDS.commands()\n"  # they are loaded while nothing is typed
        "    open('loaded', 'w').write(json.dumps([*sys.modules])); real(code)\n"
        "os._exit = leave\n"
        "sys.argv = sys.argv[3:]\n"
        "runpy.run_module('aichat', run_name='__main__', alter_sys=True)\n"
    )
    with Server(chat_stream(["hi"])) as server:
        chat = Repl(aichat.point_groq_at(server.url), "chat", launcher=script)
        try:
            chat.wait_for_prompt()
            chat.send_line("hello").wait_until("hi")
            chat.wait_for_prompt()
            chat.press("ctrl-d")
            chat.process.wait(30)
        finally:
            chat.close()
    loaded = json.loads((aichat.home / "loaded").read_text())
    assert "prompt_toolkit" in loaded and "aichat.repl.session" in loaded
    assert not {name for name in loaded if name.startswith(LIVE)}


def test_a_tool_that_starts_no_program_loads_nothing_for_it(aichat: Program) -> None:
    call = calling(("now", {}))
    with Server(call, chat_stream(["hi"])) as server:
        words = ("ask", "--tool", "now", "--tool", "read_file", "--allow", "*", "hi")
        loaded = _modules(aichat.point_groq_at(server.url), *words)
        assert len(server.requests) == 2
    assert "aichat.app.tools.rounds" in loaded
    assert not loaded & {"subprocess", "shutil", "difflib", "hashlib", "tempfile"}
    assert not loaded & {"aichat.app.tools.approval_prompt", "aichat.app.question.secret_files"}


def _modules(program: Program, *words: str) -> set[str]:
    """The modules of a whole run: the real entry, asked at its very end."""
    script = (
        "import sys, os, json\n"
        "import aichat.__main__ as entry\n"
        "def leave(code): sys.stderr.write('\\n#' + json.dumps(sorted(sys.modules))); "
        "sys.stderr.flush(); real(code)\n"
        "real, os._exit = os._exit, leave\n"
        f"sys.argv[1:] = {list(words)!r}\n"
        "before = set(sys.modules)\n"
        "entry.main()\n"
        "sys.stderr.write('\\n#' + json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=program.environ,
        check=False,
    )
    return set(json.loads(done.stderr.decode().rpartition("\n#")[2]))


def test_httpx_is_loaded_without_its_own_command_line(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('click was imported')\n")
    script = "import sys, aichat.net.httpx_library; sys.exit('httpx._main' in sys.modules)"
    environ = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    assert subprocess.run([sys.executable, "-c", script], env=environ, check=False).returncode == 0


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "aichat", "tests"),
        ("ruff", "format", "--check", "aichat", "tests"),
        ("mypy",),
    ],
    ids=" ".join,
)
def test_the_code_passes(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
