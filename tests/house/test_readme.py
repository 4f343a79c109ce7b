"""Every command of the README does what the README says."""

import re
import shlex

import pytest

from aichat import providers
from tests.pictures.__main__ import BEST
from tests.pictures.drawing import GROUNDS
from tests.support.answering.server import Server, chat_stream, models_list, tool_call
from tests.support.running.program import ROOT, Program
from tests.support.values.media import pdf, png, wav

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(?:sh|console)\n(.*?)```", README, re.S)
LINES = [
    line.removeprefix("$ ").partition("  #")[0].strip()
    for block in BLOCKS
    for line in block.splitlines()
    if "aichat " in line.partition("  #")[0] and "pip install" not in line
]

#: What a line needs that a test cannot have, or how it ends by design.
FIXTURES = ("main.c", "util.c", "notes.txt", "pay.txt", "Qwen3-8B-Q4_K_M.gguf")
CODES = {
    "aichat ask -m local/Qwen3-8B-Q4_K_M.gguf why is the sky blue": 2,
    # without a terminal there is no chat
    "aichat": 2,
    "aichat chat -m anthropic/claude-sonnet-5-5 -s @prompt.md": 2,
    "aichat chat -c": 2,
}


def test_the_readme_shows_commands() -> None:
    assert len(LINES) >= 15
    assert all("aichat" in line for line in LINES)


def test_no_command_has_a_pattern_that_zsh_would_look_for_files_by() -> None:
    """It stops at a ``?`` that fits no file, before aichat is there at all."""
    commands = [line for block in BLOCKS for line in block.splitlines() if "aichat " in line]
    bare = [re.sub(r"'[^']*'|\"[^\"]*\"", "", line.partition("  #")[0]) for line in commands]
    assert len(bare) > 40 and not [line for line in bare if re.search(r"[?*\[]", line)]


#: How the answer before a line ended, where the line goes on from it.
BEFORE = {
    "--tool-result": chat_stream(["Let me see."], tool_calls=tool_call("sky", "{}")),
    "-c": chat_stream(["Half of"], finish="length"),
    "history": chat_stream(["A lake has fish."]),
    "replay": chat_stream(["A lake has fish."]),
}


#: What the model says to a line, where that has to be of some shape.
REPLIES = {"--schema": chat_stream(['{"name": "Ada", "age": 36}'])}


#: Lines that need a provider which answers with more than words.
ELSEWHERE = (
    "aichat batch ",
    "aichat image ",
    "aichat speak ",
    "aichat transcribe ",
    "aichat embed ",
)


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_readme_runs(line: str, aichat: Program) -> None:
    for name in FIXTURES:
        (aichat.home / name).write_text("int main(void) { return 0; }\n")
    (aichat.home / "tools.json").write_text('[{"name": "weather", "description": "of a place"}]')
    (aichat.home / "chart.png").write_bytes(png(9, 9))
    (aichat.home / "report.pdf").write_bytes(pdf(1))
    (aichat.home / "speech.json").write_text('{"input": "hello"}')
    (aichat.home / "talk.wav").write_bytes(wav(1))
    (aichat.home / "cities.csv").write_text("city\nRome\n")
    if "-t review" in line:
        (aichat.config_dir / "prompts").mkdir(parents=True)
        (aichat.config_dir / "prompts" / "review.md").write_text("Review {{lang}}.\n")
    with Server(default=chat_stream(["Sure:\n```sh\nls\n```\n"])) as server:
        server.routes["/v1/models"] = models_list("openai/gpt-oss-120b")
        aichat.point_groq_at(server.url)
        if "-p anthropic" in line or line.startswith(ELSEWHERE):
            line += " --dry-run"
        if "keys set" in line:
            del aichat.environ["GROQ_API_KEY"]
            line = f"echo gsk_0123456789abcdef | {line}"
        aichat.write_config(
            '[profiles.work]\nprovider = "groq"\n'
            f'[providers.box]\nbase_url = "{server.url}/v1"\nmodels = ["qwen3-8b"]\n'
        )
        before = next((reply for mark, reply in BEFORE.items() if mark in line.split()), None)
        if before:
            server.push(before)
            aichat.invoke("ask", "name", "a", "lake")
        for mark in REPLIES.keys() & {*line.split()}:
            server.push(REPLIES[mark])
        if "--each" in line:
            server.default = chat_stream(['{"country": "Italy", "people": 3}'])
        done = aichat.run_shell(
            f'aichat() {{ $AICHAT "$@"; }}; git() {{ echo diff; }}; set -o pipefail; {line}'
        )
        assert done.code == CODES.get(line, 0), done.stderr
        assert "unknown option" not in done.stderr and "unknown key" not in done.stderr


def test_it_stays_a_page_that_a_person_reads() -> None:
    """In three minutes: what is longer is shown, stands in a table, or is folded away."""
    shown = re.sub(
        r"<details>.*?</details>|```.*?```|<picture>.*?</picture>", "", README, flags=re.S
    )
    prose = re.sub(r"^\|.*$", "", shown, flags=re.M)
    assert len(prose.split()) <= 800
    assert max(len(line.split()) for line in prose.splitlines()) <= 80
    long = [line for block in BLOCKS for line in block.splitlines() if len(line) > 105]
    assert len(long) <= 3, "a reader would have to scroll sideways"


def test_it_names_every_benchmark() -> None:
    named = {*re.findall(r"`(?:python -m tests\.bench)?\.(\w+)`", README)}
    there = {path.stem for path in (ROOT / "tests" / "bench").glob("*.py")}
    assert there - {"__init__", "measure", "peers"} <= named


def test_every_picture_is_there_and_shown_on_both_grounds() -> None:
    shown = re.findall(r"\"(tests/pictures/[\w-]+\.svg)\"", README)
    drawn = {f"tests/pictures/{name}-{ground}.svg" for name in BEST for ground in GROUNDS}
    assert drawn == {*shown}
    assert all((ROOT / path).read_text().startswith("<svg") for path in shown)


def test_the_configuration_of_the_readme_is_accepted(aichat: Program) -> None:
    (toml,) = re.findall(r"```toml\n(.*?)```", README, re.S)
    (aichat.home / "prompts").mkdir()
    (aichat.home / "prompts" / "work.md").write_text("Be brief.\n")
    aichat.write_config(toml)
    done = aichat.run("ask", "--dry-run", "hello")
    assert (done.code, done.stderr) == (0, "")
    assert '"Be brief.' in done.text and '"reasoning_effort": "low"' in done.text


def test_the_test_command_is_the_one_that_ci_runs() -> None:
    ci = (ROOT / ".ci" / "run").read_text()
    (command,) = [line for line in README.splitlines() if line.endswith("&& pytest")]
    for install in re.findall(r"pip install -q ([^&]*[^& ])", command):
        wanted = [word for word in shlex.split(install) if word != "--no-deps"]
        assert all(word in ci for word in wanted), install
    assert ci.rstrip().endswith("\npytest")


def test_the_table_of_providers_says_what_the_code_says() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", README, re.M))
    for name in providers.names():
        provider = providers.load(name)
        keys, wires, model = rows[name].split(" | ")
        assert re.findall(r"`(\w+)`", keys) == list(provider.key_variables)
        assert re.sub(r" \(.*?\)", "", wires).split(", ") == list(provider.wires)
        assert provider.default_model in model
