"""``ask --each``: one question about many inputs, each asked once, in order, kept at once."""

import csv
import gc
import io
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from aichat.app.jobs.each import inputs
from tests.app.setup.test_providers import TARGETS, Say, aimed
from tests.commands.files.test_files import point
from tests.support.answering.answers_google import gemini_stream
from tests.support.answering.batches import Engine
from tests.support.answering.server import (
    CloseEarly,
    Hold,
    Reply,
    SeenRequest,
    Server,
    chat_stream,
    tool_call,
)
from tests.support.running.marks import long_case
from tests.support.running.program import TERMINAL, Program, curl_body
from tests.support.values.media import png

ASK = ("ask", "-p", "groq")
USAGE = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}


def said(request: SeenRequest) -> str:
    """What the user says in a request."""
    text: str = request.json()["messages"][-1]["content"]
    return text


def held(reply: Reply, until: threading.Event) -> Reply:
    """A reply that waits."""
    return Reply(reply.status, reply.headers, [Hold(until, 20), *reply.body])


def echo(request: SeenRequest) -> Reply:
    return chat_stream(["<", said(request), ">"], USAGE)


def failing(*words: str, status: int = 400) -> Callable[[SeenRequest], Reply]:
    """An echo that refuses what has one of these words."""

    def reply(request: SeenRequest) -> Reply:
        if any(word in said(request) for word in words):
            message = f"no {next(word for word in words if word in said(request))} here"
            body = json.dumps({"error": {"message": message}}).encode()
            return Reply(status, {"content-type": "application/json"}, [body], length=True)
        return echo(request)

    return reply


@pytest.fixture
def home(aichat: Program) -> Path:
    """A folder with inputs of every form."""
    home = aichat.home
    (home / "in.txt").write_text("eins\n\nzwei {x}\r\ndrei")
    (home / "one.txt").write_text("eins\n")
    (home / "in.jsonl").write_text('{"n": 1, "by": {"name": "Ann"}}\n"two"\n[3]\n')
    (home / "in.csv").write_text('\ufeffid,name\n1,Ann\n2,"Bob\nJr, ""x"""\n', encoding="utf-8")
    (home / "in.tsv").write_text("id\tname\n1\tAnn\n")
    (home / "docs" / "deep").mkdir(parents=True)
    (home / "docs" / "b.md").write_text("beta\n")
    (home / "docs" / "deep" / "a.md").write_text("alpha\n")
    (home / "docs" / ".hidden").write_text("no\n")
    return home


#: Words of the command line, and what is asked, in order.
QUESTIONS: dict[tuple[str, ...], list[str]] = {
    ("--each", "in.txt", "Say {}!"): ["Say eins!", "Say zwei {x}!", "Say drei!"],
    ("--each", "in.txt", "Translate"): [
        "Translate\n\neins",
        "Translate\n\nzwei {x}",
        "Translate\n\ndrei",
    ],
    ("--each", "in.txt"): ["eins", "zwei {x}", "drei"],
    ("--each", "in.csv", "{{{id}}} {name}"): ["{1} Ann", '{2} Bob\nJr, "x"'],
    ("--each", "in.csv", "{}"): [
        '{"id": "1", "name": "Ann"}',
        '{"id": "2", "name": "Bob\\nJr, \\"x\\""}',
    ],
    ("--each", "in.tsv", "{name}"): ["Ann"],
    ("--each", "in.csv", "--each-format", "lines", "{}"): [
        "id,name",
        "1,Ann",
        '2,"Bob',
        'Jr, ""x"""',
    ],
    ("--each", "docs", "{name}: {}"): ["b.md: beta", "a.md: alpha"],
    ("--each", "docs/**/*.md", "Sum {name} up"): [
        "docs/b.md\n```\nbeta\n```\n\nSum b.md up",
        "docs/deep/a.md\n```\nalpha\n```\n\nSum a.md up",
    ],
}


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
@pytest.mark.usefixtures("home")
def test_each_input_is_asked_about_once_and_answered_in_its_order(
    aichat: Program, words: tuple[str, ...]
) -> None:
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, *words, "--json")
        asked = sorted(map(said, server.requests))
    rows = [json.loads(line) for line in done.text.splitlines()]
    assert [row["text"] for row in rows] == [f"<{text}>" for text in QUESTIONS[words]]
    assert (asked, done.code) == (sorted(QUESTIONS[words]), 0)
    assert [row["row"] for row in rows] == [*range(1, len(rows) + 1)]


@pytest.mark.usefixtures("home")
def test_a_row_of_json_names_its_input_and_has_the_whole_answer(aichat: Program) -> None:
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "in.jsonl", "hi", "--json", "-m", "openai/gpt-oss-120b"
        )
    first, second, third = map(json.loads, done.text.splitlines())
    assert [row["input"] for row in (first, second, third)] == [
        {"n": 1, "by": {"name": "Ann"}},
        "two",
        "[3]",
    ]
    assert len({row["id"] for row in (first, second, third)}) == 3 and len(first["id"]) == 32
    assert first["usage"]["input"] == 100 and first["cost"]["amount"] > 0
    assert (first["version"], first["error"], first["complete"]) == (1, None, True)


@pytest.mark.usefixtures("home")
def test_text_is_one_line_a_row_and_an_empty_one_where_it_failed(aichat: Program) -> None:
    def lines(request: SeenRequest) -> Reply:
        if said(request) == "drei":
            return failing("drei")(request)
        return chat_stream([said(request), "\n\n", "- b\n"])

    with Server(default=lines) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, "--each", "in.txt")
    assert (done.text, done.code) == ("eins - b\nzwei {x} - b\n\n", 5)


@pytest.mark.usefixtures("home")
def test_a_table_gets_the_columns_of_a_schema(aichat: Program) -> None:
    def rated(request: SeenRequest) -> Reply:
        return chat_stream(['{"mood":"', said(request).split()[1], '","score":2}'])

    words = ("--each", "in.csv", "Rate {name}", "--schema", "mood, score int")
    with Server(default=rated) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*ASK, *words, "--csv", "--output", "out.csv")
        tabbed = aichat.invoke(*ASK, *words, "--tsv")
        assert len(server.requests) == 2
    table = list(csv.reader(io.StringIO((aichat.home / "out.csv").read_text())))
    assert table == [
        ["id", "name", "mood", "score"],
        ["1", "Ann", "Ann", "2"],
        ["2", 'Bob\nJr, "x"', "Bob", "2"],
    ]
    assert (done.text, done.code) == ("", 0)
    assert tabbed.text.splitlines()[2] == '2\tBob Jr, "x"\tBob\t2'


@pytest.mark.usefixtures("home")
def test_a_table_has_a_column_for_the_text_and_one_for_the_model_of_several(
    aichat: Program,
) -> None:
    def named(request: SeenRequest) -> Reply:
        return chat_stream([said(request)], model=request.json()["model"])

    models = ("-m", "openai/gpt-oss-20b", "-m", "openai/gpt-oss-120b")
    with Server(default=named) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*ASK, *models, "--each", "in.tsv", "hi {name}", "--csv")
        text = aichat.invoke(*ASK, *models, "--each", "in.tsv", "hi {name}")
    assert done.text == (
        "id,name,model,answer\n1,Ann,groq/openai/gpt-oss-20b,hi Ann\n"
        "1,Ann,groq/openai/gpt-oss-120b,hi Ann\n"
    )
    assert text.text.splitlines() == [
        "groq/openai/gpt-oss-20b\thi Ann",
        "groq/openai/gpt-oss-120b\thi Ann",
    ]


def test_what_a_table_has_no_column_for_is_told_once(aichat: Program) -> None:
    rows = [{"name": "Ann"}, {"name": "Bob", "age": 9, "b\x1b": 1}, {"name": "Cy", "age": 8}]
    (aichat.home / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with Server(default=chat_stream(["hi"])) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*ASK, "--each", "in.jsonl", "hi {name}", "--csv")
    assert done.stdout == b"name,answer\nAnn,hi\nBob,hi\nCy,hi\n"
    told = [line for line in done.stderr.splitlines() if "first row" in line]
    assert len(told) == 1 and "row 2 has 'age', 'b" in told[0] and "\x1b" not in done.stderr


@pytest.mark.usefixtures("home")
def test_a_code_block_is_taken_out_and_a_row_without_one_fails(aichat: Program) -> None:
    def coded(request: SeenRequest) -> Reply:
        code = "none" if said(request) == "drei" else f"so:\n```sh\necho {said(request)}\n```\n"
        return chat_stream([code])

    with Server(default=coded) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, "--each", "in.txt", "-x")
    assert (done.text, done.code) == ("echo eins\necho zwei {x}\n\n", 12)


# -- every provider


@pytest.mark.parametrize(
    "name", ["openai", "xai", "anthropic", long_case("perplexity"), long_case("groq responses")]
)
@pytest.mark.usefixtures("home")
def test_every_provider_is_asked_on_its_own_wire(aichat: Program, name: str) -> None:
    target = TARGETS[name]
    words = ("ask", "-p", target.provider, *target.words, "--each", "in.txt", "{}")
    with Server(default=target.reply(Say(("Hé", "llo")))) as server:
        done = aimed(aichat, target.provider, server.url).invoke(*words)
        assert {seen.path for seen in server.requests} == {target.path}
    assert (done.text, done.code) == ("Héllo\n" * 3, 0)


@pytest.mark.usefixtures("home")
def test_gemini_is_asked_too(aichat: Program) -> None:
    with Server(default=gemini_stream("ja")) as server:
        done = point(aichat, server, "gemini").invoke("ask", "-p", "gemini", "--each", "in.txt")
    assert (done.text, done.code) == ("ja\n" * 3, 0)


def test_pictures_of_a_folder_are_shown_one_by_one(aichat: Program) -> None:
    (aichat.home / "pics").mkdir()
    for name in ("a.png", "b.png"):
        (aichat.home / "pics" / name).write_bytes(png(2, 2))
    target = TARGETS["openai"]
    with Server(default=target.reply(Say(("a cat",)))) as server:
        aimed(aichat, "openai", server.url)
        words = ("ask", "-p", "openai", "--each", "pics", "What is on {name}?", "--json")
        done = aichat.invoke(*words)
        again = aichat.invoke(*words)
        assert len(server.requests) == 2
        parts = [seen.json()["input"][-1]["content"] for seen in server.requests]
        text = aichat.invoke("ask", "-p", "openai", "--each", "pics", "{}")
    kinds = [[part["type"] for part in one] for one in parts]
    assert kinds == [["input_image", "input_text"]] * 2
    assert sorted(one[1]["text"] for one in parts) == ["What is on a.png?", "What is on b.png?"]
    assert done.code == 0 and again.text == done.text
    assert text.code == 2 and "is not text" in text.stderr


@pytest.mark.usefixtures("home")
def test_an_answer_that_misses_its_schema_is_corrected_once(aichat: Program) -> None:
    def half(request: SeenRequest) -> Reply:
        is_first = len(request.json()["messages"]) == 1
        return chat_stream(['{"n":"x"}' if is_first else '{"n":7}'], USAGE)

    with Server(default=half) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "in.tsv", "{name}", "--schema", "n int", "--json"
        )
        assert len(server.requests) == 2
    row = json.loads(done.text)
    assert (row["json"], row["schema"]["repaired"], row["usage"]["input"]) == ({"n": 7}, True, 200)


# -- order and number


def test_an_answer_is_shown_while_a_stream_of_inputs_is_silent(aichat: Program) -> None:
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        running = aichat.start(*ASK, "--each", "-", stdin=subprocess.PIPE)
        assert running.stdin and running.stdout
        for word in (b"eins", b"zwei"):
            running.stdin.write(word + b"\n")
            running.stdin.flush()
            assert running.stdout.readline() == b"<" + word + b">\n"
        _, told = running.communicate(timeout=30)
    assert running.returncode == 0 and b"2 answers" in told


def test_all_are_asked_though_nothing_may_be_asked_for_a_while(aichat: Program) -> None:
    """Each answer says that there are no tokens left, while no other is on its way."""
    (aichat.home / "in.txt").write_text("eins\nzwei\ndrei\n")
    headers = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "3"}

    def told(request: SeenRequest) -> Reply:
        reply = echo(request)
        return Reply(reply.status, {**reply.headers, **headers}, reply.body)

    with Server(default=told) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "in.txt", "--jobs", "1", "{}"
        )
    assert (done.code, done.text) == (0, "<eins>\n<zwei>\n<drei>\n")


@pytest.mark.usefixtures("home")
def test_an_answer_waits_for_those_before_it_unless_order_is_no_wish(aichat: Program) -> None:
    free = threading.Event()

    def late(request: SeenRequest) -> Reply:
        if said(request) == "drei":  # which is asked once the answer before it has been taken
            free.set()
        return held(echo(request), free) if said(request) == "eins" else echo(request)

    words = ("--each", "in.txt", "--no-save", "--jobs", "2")
    with Server(default=late) as server:
        aichat.point_groq_at(server.url)
        ordered = aichat.invoke(*ASK, *words)
        free.clear()
        found = aichat.invoke(*ASK, *words, "--unordered")
    assert ordered.text == "<eins>\n<zwei {x}>\n<drei>\n"
    assert sorted(found.text.splitlines()) == ["<drei>", "<eins>", "<zwei {x}>"]
    assert found.text.startswith("<zwei")


def test_a_line_is_as_long_as_memory_bears(
    aichat: Program, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "_LONGEST_LINE", 1 << 20)
    (home / "long.txt").write_text("short\n" + "x" * (2 << 20) + "\n")
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, "--each", "long.txt")
        assert not server.requests
    assert done.code == 2 and "line 2 is longer than 1 MB" in done.stderr


@pytest.mark.parametrize("words", [("Sum up",), ("Sum up {}",)])
def test_a_file_that_cannot_be_read_is_a_row_that_failed(
    aichat: Program, home: Path, words: tuple[str, ...]
) -> None:
    (home / "docs" / "c.bin").write_bytes(bytes(range(128, 256)))
    (home / "docs" / "d.md").symlink_to("nowhere")
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        tried = aichat.invoke(*ASK, "--each", "docs", *words, "--dry-run")
        assert not server.requests
        done = aichat.invoke(*ASK, "--each", "docs", *words, "--json")
        (home / "docs" / "c.bin").write_text("gamma")
        mended = aichat.invoke(*ASK, "--each", "docs", *words, "--json")
        assert len(server.requests) == 3
    assert "2 files cannot be asked about" in tried.stderr
    assert "2 files cannot be asked about" in done.stderr
    told = [json.loads(line) for line in done.text.splitlines()]
    assert [row["error"] and row["error"]["kind"] for row in told] == [None, "usage", "usage", None]
    assert (tried.code, done.code) == (0, 2) and "2 failed" in done.stderr
    again = [json.loads(line) for line in mended.text.splitlines()]
    assert [bool(row["error"]) for row in again] == [False, False, True, False]


def test_a_file_that_a_model_does_not_take_is_a_row_that_failed(aichat: Program) -> None:
    (aichat.home / "docs").mkdir()
    (aichat.home / "docs" / "a.txt").write_text("alpha")
    (aichat.home / "docs" / "b.png").write_bytes(png(1, 1))
    (aichat.home / "docs" / "c.txt").write_text(" ")
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*ASK, "--each", "docs", "{}", "--json")
        (aichat.home / "docs" / "a.txt").unlink()
        (aichat.home / "docs" / "c.txt").unlink()
        alone = aichat.invoke(*ASK, "--each", "docs", "what")
        assert len(server.requests) == 1
    kinds = [json.loads(line)["error"] for line in done.text.splitlines()]
    assert [error and error["kind"] for error in kinds] == [None, "usage", "usage"]
    assert "2 files cannot be asked about" in done.stderr
    assert "docs/c.txt is empty" in done.text and "nothing was sent" in alone.stderr


def test_files_are_asked_about_once_though_links_go_in_circles(aichat: Program) -> None:
    (aichat.home / "docs" / "deep").mkdir(parents=True)
    for name in ("a.md", "deep/b.md", ".hidden.md"):
        (aichat.home / "docs" / name).write_text(name)
    for name in ("x", "y", "deep/up"):  # two make more paths than there is time for
        (aichat.home / "docs" / name).symlink_to(aichat.home / "docs")
    os.mkfifo(aichat.home / "docs" / "pipe")  # which nobody writes to
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        for source in ("docs", "docs/**", "docs/**/*.md", f"{aichat.home}/d*/**/*.md"):
            done = aichat.invoke(*ASK, "--each", source, "--no-save", "{}")
            assert (done.code, done.text) == (0, "<a.md>\n<deep/b.md>\n")


@pytest.mark.parametrize("source", ["docs", "docs/*"])
def test_the_file_of_the_rows_is_no_input(aichat: Program, source: str) -> None:
    (aichat.home / "docs").mkdir()
    (aichat.home / "docs" / "a.md").write_text("alpha")
    words = (*ASK, "--each", source, "--output", "docs/out", "{}")
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke(*words).code == aichat.invoke(*words).code == 0
        assert len(server.requests) == 1
    assert (aichat.home / "docs" / "out").read_text() == "<alpha>\n"


@pytest.mark.parametrize("jobs", [3, long_case(1)])
def test_no_more_than_so_many_are_under_way(aichat: Program, jobs: int) -> None:
    running, most, lock = [0], [0], threading.Lock()

    def counted(request: SeenRequest) -> Reply:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.005)
        with lock:
            running[0] -= 1
        return echo(request)

    rows = "".join(f"{n}\n" for n in range(30)).encode()
    with Server(default=counted) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "-", "--jobs", str(jobs), stdin=rows
        )
        assert len(server.requests) == 30
    assert most[0] <= jobs and done.text.splitlines() == [f"<{n}>" for n in range(30)]


# -- it goes on


@pytest.mark.usefixtures("home")
def test_the_same_command_asks_only_what_is_missing(aichat: Program) -> None:
    with Server(default=failing("drei")) as server:
        aichat.point_groq_at(server.url)
        first = aichat.invoke(*ASK, "--each", "in.txt", "--output", "o")
        (aichat.home / "in.txt").write_text("neu\neins\ndrei\neins\n")
        second = aichat.invoke(*ASK, "--each", "in.txt", "--output", "p")
        assert sorted(map(said, server.requests)) == ["drei", "eins", "eins", "neu", "zwei {x}"]
        assert (first.code, second.code) == (5, 5)
        server.default = echo
        third = aichat.invoke(*ASK, "--each", "in.txt", "--output", "p", "--retry-failed")
        assert [said(request) for request in server.requests[5:]] == ["drei"]
    assert "going on" not in first.stderr and "going on" in second.stderr
    assert (aichat.home / "o").read_text() == "<eins>\n<zwei {x}>\n\n"
    assert (aichat.home / "p").read_text() == "<neu>\n<eins>\n<drei>\n<eins>\n"
    assert third.code == 0 and "3 of them from before" in third.stderr


@pytest.mark.usefixtures("home")
def test_the_rows_of_another_run_stay_in_their_file_and_nothing_is_sent(aichat: Program) -> None:
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        aichat.invoke(*ASK, "--each", "in.txt", "--output", "o")
        asked, before = len(server.requests), (aichat.home / "o").read_text()
        other = aichat.invoke(*ASK, "--each", "in.txt", "--output", "o", "other words")
        assert (other.code, len(server.requests)) == (2, asked)
    assert "something else in it" in other.stderr
    assert (aichat.home / "o").read_text() == before


#: What makes a run another one.
OTHER = ("--temperature 0.5", "-m openai/gpt-oss-20b", "-s Short", "-x", "also", "-f docs/b.md")


@pytest.mark.usefixtures("home")
def test_another_question_is_another_run_and_says_so(aichat: Program) -> None:
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        aichat.invoke(*ASK, "--each", "in.tsv", "say")
        for number, words in enumerate(OTHER, 2):
            again = aichat.invoke(*ASK, "--each", "in.tsv", "say", *words.split())
            assert len(server.requests) == number, words
            assert "a new run: something else was asked about in.tsv before" in again.stderr


@pytest.mark.usefixtures("home")
def test_without_saving_nothing_is_left_and_nothing_goes_on(aichat: Program) -> None:
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        for _ in range(2):
            aichat.invoke(*ASK, "--each", "in.txt", "--no-save")
        assert len(server.requests) == 6
    assert not (aichat.data_dir / "each").exists()


@pytest.mark.usefixtures("home")
def test_old_runs_are_pruned_by_age_and_those_with_an_open_batch_stay(aichat: Program) -> None:
    engine = Engine("groq")
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url).environ["AICHAT_GROQ_BASE_URL"] = f"{server.url}/openai/v1"
        aichat.invoke(*ASK, "--each", "in.txt")
        (old,) = (aichat.data_dir / "each").glob("*.db")
        server.default = engine
        aichat.invoke(*ASK, "--each", "in.tsv", "{name}", "--batch")
        for path in (aichat.data_dir / "each").iterdir():
            os.utime(path, (10**9, 10**9))
        words = ("history", "prune", "--older-than", "30d")
        listed = aichat.invoke(*words, "--dry-run")
        assert old.exists()
        done = aichat.invoke(*words, "--yes")
        assert aichat.invoke(*words, "--yes").stderr == "aichat: nothing to prune\n"
        server.default = echo
        aichat.invoke(*ASK, "--each", "in.txt")
    assert listed.text.startswith("--each  2001-09-0") and "3 answers" in listed.text
    assert done.stderr == "aichat: 1 run of --each removed\n" and "is under way" not in done.stderr
    assert [path.suffix for path in sorted((aichat.data_dir / "each").iterdir())].count(".db") == 2


def test_a_run_that_is_killed_goes_on_with_what_was_under_way(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("".join(f"{n}\n" for n in range(20)))
    free = threading.Event()

    def stuck(request: SeenRequest) -> Reply:
        return held(echo(request), free) if int(said(request)) >= 10 else echo(request)

    words = (*ASK, "--each", "in.txt", "--jobs", "4", "--output", "o")
    with Server(default=stuck) as server:
        running = aichat.point_groq_at(server.url).start(*words)
        server.wait_requests(14, 20)
        running.kill()
        running.communicate()
        free.set()
        done = aichat.invoke(*words)
        asked = sorted(int(said(request)) for request in server.requests)
    twice = {n for n in range(20) if asked.count(n) > 1}
    assert {*asked} == {*range(20)} and twice <= {10, 11, 12, 13}
    assert (aichat.home / "o").read_text() == "".join(f"<{n}>\n" for n in range(20))
    assert done.code == 0 and "10 of them from before" in done.stderr


def test_a_signal_ends_it_and_says_that_it_goes_on(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("a\nb\n")

    def stuck(request: SeenRequest) -> Reply:
        return held(echo(request), threading.Event()) if said(request) == "b" else echo(request)

    with Server(default=stuck) as server:
        running = aichat.point_groq_at(server.url).start(*ASK, "--each", "in.txt", "--jobs", "1")
        server.wait_requests(2, 20)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
        (request,) = server.requests[1:]
        assert request.closed.wait(5)
    assert (out, running.returncode) == (b"<a>\n", -signal.SIGINT)
    assert b"1 answer" in err and b"the same command goes on" in err


# -- what goes wrong


def test_refusals_for_the_number_are_repeated_and_the_rest_is_not(aichat: Program) -> None:
    count, lock = [0], threading.Lock()
    hostile = {
        3: Reply(429, {"retry-after": "0.01"}, [b"{}"], length=True),
        7: Reply(429, {"retry-after-ms": "5"}, [b"{}"], length=True),
        11: Reply(503, {"retry-after": "0.01"}, [b"{}"], length=True),
        13: Reply(400, {}, [b'{"error":{"message":"bad"}}'], length=True),
    }

    def server_of_many(request: SeenRequest) -> Reply:
        with lock:
            count[0] += 1
            if count[0] == 17:
                cut = chat_stream(["half", "gone"])
                return Reply(200, cut.headers, [*cut.body[:2], CloseEarly()])
            return hostile.get(count[0]) or echo(request)

    rows = "".join(f"{n}\n" for n in range(100)).encode()
    with Server(default=server_of_many) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, "--each", "-", "--json", stdin=rows)
        assert len(server.requests) == 103
    told = [json.loads(line) for line in done.text.splitlines()]
    assert [row["row"] for row in told] == [*range(1, 101)]
    failed = [row["error"]["kind"] for row in told if row["error"]]
    assert sorted(failed) == ["invalid_request", "truncated"]
    assert "98 answers · 2 failed" in done.stderr


def test_the_exit_code_is_that_of_the_most_frequent_failure_and_reasons_are_told(
    aichat: Program,
) -> None:
    def reply(request: SeenRequest) -> Reply:
        number = int(said(request))
        if number % 3 == 0:
            return chat_stream(["x"], finish="length")
        return failing("5", "7")(request)

    rows = "".join(f"{n}\n" for n in range(1, 11)).encode()
    with Server(default=reply) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, "--each", "-", stdin=rows)
    lines = done.stderr.splitlines()
    assert done.code == 9 and "5 answers · 5 failed" in lines[0]
    reason = "length: answer cut off at the model's output limit (rows 3, 6, 9)"
    assert lines[1].strip() == f"3  {reason}"
    assert [line.split()[0:2] for line in lines[2:4]] == [["1", "invalid_request:"]] * 2
    assert "--retry-failed" in lines[4]


@pytest.mark.parametrize(("status", "code"), [(401, 4), (404, 5)])
def test_what_every_question_would_fail_with_stops_it_at_once(
    aichat: Program, status: int, code: int
) -> None:
    rows = "".join(f"{n}\n" for n in range(100)).encode()
    with Server(default=failing("", status=status)) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "-", "--jobs", "2", stdin=rows
        )
        assert len(server.requests) <= 4
    assert (done.text, done.code) == ("", code)


@pytest.mark.parametrize(("status", "code"), [(429, 6), long_case(503, 7)])
def test_a_provider_that_is_gone_is_not_asked_about_the_rest(
    aichat: Program, status: int, code: int
) -> None:
    rows = "".join(f"{n}\n" for n in range(500)).encode()
    gone = Reply(status, {"retry-after-ms": "1"}, [b"{}"], length=True)
    with Server(default=gone) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "-", "--retries", "1", "--json", stdin=rows
        )
        assert len(server.requests) <= 2 * 40
    kept = [json.loads(line) for line in done.text.splitlines()]
    assert done.code == code and 20 <= len(kept) < 40 and all(row["error"] for row in kept)
    assert "20 questions in a row failed" in done.stderr and "--retry-failed" in done.stderr


#: Inputs, their form and words that are exit 2, and what is said of them.
BAD: dict[str, tuple[str, bytes, str, str]] = {
    "no such field": ("csv", b"id,name\n1,Ann\n", "{nam}", "row 1 has no field 'nam'"),
    "a later row lacks it": ("jsonl", b'{"a":1}\n{"b":1}\n', "{a}", "row 2 has no field 'a'"),
    "a line has no fields": ("txt", b"one\n", "{a}", "row 1 has no field 'a'"),
    "no JSON": ("jsonl", b'{"a":1}\n{"a":\n', "{a}", "row 2:"),
    "no number": ("jsonl", b'{"a":NaN}\n', "{a}", "row 1:"),
    "too deep": ("jsonl", b'{"a":' + b"[" * 200_000 + b"\n", "{a}", "row 1 is nested too deeply"),
    "too many digits": ("jsonl", b'{"a":' + b"9" * 5000 + b"}\n", "{a}", "more than 1000 digits"),
    "a field twice": ("jsonl", b'{"a":1,"b":{"a":1,"a":2}}\n', "{a}", "two fields have one name"),
    "beyond all numbers": ("jsonl", b'{"a":1e999}\n', "{a}", "row 1: a number is too large"),
    "an empty text": ("jsonl", b'{"a":1}\n{"a":""}\n', "{a}", "row 2 is empty"),
    "UTF-16": ("txt", "hi\n".encode("utf-16"), "{}", "not UTF-8 text: line 1, byte 0"),
    "too many cells": ("csv", b"a,b\n1,2\n1,2,3\n", "{a}", "row 2: it has 3 cells, and the head 2"),
    "a column twice": ("csv", b"a,a\n1,2\n", "{a}", "two columns have one name"),
    "a torn quote": ("csv", b'a,b\n1,"2\n', "{a}", "row 1:"),
    "no text": ("txt", b"a\nb\xff\n", "{}", "not UTF-8 text: line 2, byte 1"),
    "no rows": ("txt", b"\n \n", "{}", "has no inputs"),
    "a brace alone": ("txt", b"a\n", "{", "stands alone"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_input_that_cannot_be_asked_about_is_told_before_anything_is_sent(
    aichat: Program, case: str
) -> None:
    kind, data, words, why = BAD[case]
    (aichat.home / f"in.{kind}").write_bytes(data)
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*ASK, "--each", f"in.{kind}", words)
        assert not server.requests
    assert (done.code, done.text) == (2, "") and why in done.stderr


def test_a_bad_row_of_a_stream_ends_it_with_what_came_kept(aichat: Program) -> None:
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "-", "--each-format", "jsonl", "{a}", stdin=b'{"a":"x"}\n{"b":1}\n'
        )
        assert len(server.requests) == 1
    assert (done.code, done.text) == (2, "<x>\n") and "row 2 has no field 'a'" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "--each no.txt",
        "--each= hi",
        "--each one.txt --output one.txt",
        "--each none*.txt",
        "--each docs --each-format csv",
        "--each -",
        "--each in.txt --jobs 0",
        "--each in.txt -c",
        "--each in.txt --background",
        "--each in.txt --rows a",
        "--each in.txt --json --csv",
        "--each in.txt --tool run",
        "--each in.txt --events --output o",
        "--each in.txt --events --csv",
        "--each in.txt --batch --events",
        "--each in.txt -f -",
        "--each in.txt - x",
        "--each in.csv --csv --schema name",
        "--jobs 3 hi",
        "--retry-failed hi",
        "--each in.txt -m openai/gpt-oss-20b --output docs",
    ],
)
@pytest.mark.usefixtures("home")
def test_what_makes_no_sense_is_told_and_not_sent(aichat: Program, words: str) -> None:
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, *words.split())
        assert not server.requests
    assert done.code in (2, 13) and done.stderr.startswith("aichat:")
    asked_json = {"--json", "--events"} & {*words.split()}
    assert json.loads(done.text)["error"]["exit"] == done.code if asked_json else not done.text


# -- tools and events


def calling(request: SeenRequest) -> Reply:
    """A model that reads the file that an input names, and says what is in it."""
    last = request.json()["messages"][-1]
    if last["role"] == "tool":
        return chat_stream(["<", last["content"].strip().splitlines()[-1], ">"], USAGE)
    path = json.dumps({"path": last["content"]})
    return chat_stream([], USAGE, tool_calls=tool_call("read_file", path))


def test_tools_run_for_each_input_by_rules_alone(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("a.txt\nb.md\n")
    (aichat.home / "a.txt").write_text("alpha\n")
    (aichat.home / "b.md").write_text("beta\n")
    words = (*ASK, "--each", "in.txt", "--tool", "read_file", "--allow", "read_file(*.txt)")
    with Server(default=calling) as server:
        done = aichat.point_groq_at(server.url).invoke(*words, "--json", **TERMINAL)
        asked = len(server.requests)
        same = aichat.invoke(*words, "--json")
        assert (len(server.requests), asked) == (4, 4)
    first, second = map(json.loads, same.text.splitlines())
    assert (first["text"], first["rounds"], first["usage"]["input"]) == ("<alpha>", 2, 200)
    (call,) = first["tool_calls"]
    assert (call["name"], call["status"], call["round"]) == ("read_file", "ok", 1)
    assert second["tool_calls"][0]["status"] == "denied" and "nobody could" in second["text"]
    assert "read_file was not run, for nobody could be asked" in done.stderr
    assert (done.code, same.code) == (0, 0)


def test_rounds_of_calls_end_and_the_row_is_not_whole(aichat: Program) -> None:
    (aichat.home / "a.txt").write_text("alpha\n")

    def again(request: SeenRequest) -> Reply:
        if request.json().get("tool_choice") == "none":
            return chat_stream(["enough"], USAGE)
        return chat_stream([], USAGE, tool_calls=tool_call("read_file", '{"path":"a.txt"}'))

    words = (*ASK, "--each", "-", "--tool", "read_file", "--allow", "read_file(**)", "--json")
    with Server(default=again) as server:
        aichat.point_groq_at(server.url)
        aichat.write_config("[rules]\nrounds = 2\n")
        ours = aichat.invoke(*words, stdin=b"x\n")
        assert len(server.requests) == 3
    row = json.loads(ours.text)
    assert (row["text"], row["rounds"], len(row["tool_calls"]), ours.code) == ("enough", 3, 2, 0)


def test_events_are_rows_between_a_start_and_one_finish(aichat: Program) -> None:
    with Server(default=failing("drei")) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*ASK, "--each", "-", "--events", stdin=b"eins\ndrei\n")
    start, first, second, finish = map(json.loads, done.text.splitlines())
    assert [e["type"] for e in (start, first, second, finish)] == ["start", "row", "row", "finish"]
    assert (start["provider"], start["wire"]) == ("groq", "chat") and first["input"] == "eins"
    assert (first["text"], second["error"]["kind"]) == ("<eins>", "invalid_request")
    counts = {name: finish[name] for name in ("answers", "kept", "failed", "tokens")}
    assert counts == {"answers": 1, "kept": 0, "failed": 1, "tokens": 110}
    assert (finish["error"]["exit"], done.code) == (5, 5) and finish["costs"][0]["amount"] > 0


def test_a_fault_before_anything_was_sent_is_the_only_event(aichat: Program) -> None:
    with Server() as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, "--each", "no.txt", "--events")
    finish = json.loads(done.text)
    assert (finish["type"], finish["error"]["exit"], done.code) == ("finish", 2, 2)


# -- money


@pytest.mark.usefixtures("home")
def test_the_questions_and_their_price_are_told_before_and_the_ledger_has_each(
    aichat: Program,
) -> None:
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(*ASK, "--each", "in.txt", "say {}")
        told = aichat.invoke("cost", "--by", "model")
    assert done.stderr.startswith("aichat: 3 questions to groq/openai/gpt-oss-120b, about ")
    assert "before any output" in done.stderr.splitlines()[0]
    table = [line.split("\t") for line in told.text.splitlines()]
    assert dict(zip(*table, strict=True))["requests"] == "3"


def test_a_limit_of_money_stops_it_and_more_money_goes_on(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("".join(f"{n}\n" for n in range(20)))
    one = 100 * 0.15 + 10 * 0.6  # millionths of a dollar: the price of the default model
    words = (*ASK, "--each", "in.txt", "--jobs", "2", "--json")
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        limit = f"{one * 10 / 10**6:.7f}"
        stopped = aichat.invoke(*words, "--max-cost", limit)
        asked = len(server.requests)
        unlimited = aichat.invoke(*words)
        assert len(server.requests) == 20
    rows = [json.loads(line) for line in stopped.text.splitlines()]
    spent = sum(row["cost"]["amount"] for row in rows)
    assert (stopped.code, 8 <= asked <= 10, len(rows)) == (11, True, asked)
    assert spent <= float(limit) and "--max-cost" in stopped.stderr
    assert unlimited.code == 0 and f"{asked} of them from before" in unlimited.stderr


def test_nothing_is_asked_where_one_question_is_more_than_the_limit(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("word " * 400 + "\n")
    words = (*ASK, "--each", "in.txt", "--max-cost")
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url)
        for limit in ("0", "0.00003"):  # with its 500 tokens it is 0.000075
            done = aichat.invoke(*words, limit)
            assert done.code == 11 and f"--max-cost {limit}" in done.stderr and not done.text
        assert not server.requests


def test_the_first_answer_is_waited_for_where_money_is_limited(aichat: Program) -> None:
    """Nobody knows before what one costs: twenty at once could be twenty times the limit."""
    (aichat.home / "in.txt").write_text("".join(f"{n}\n" for n in range(20)))
    dear = {"prompt_tokens": 9, "completion_tokens": 100_000, "total_tokens": 100_009}
    with Server(default=lambda request: chat_stream([said(request)], dear)) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "in.txt", "--max-cost", "0.06"
        )
        assert len(server.requests) == 1
    assert (done.code, done.text) == (11, "0\n")


def test_an_answer_that_passes_what_is_left_is_stopped_and_ends_the_run(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("eins\nzwei\ndrei\n")
    free = threading.Event()

    def endless(request: SeenRequest) -> Reply:
        if said(request) == "eins":
            return echo(request)
        reply = chat_stream(["word " * 400] * 100, USAGE)
        return Reply(reply.status, reply.headers, [*reply.body[:50], Hold(free, 20)])

    words = (*ASK, "--each", "in.txt", "--jobs", "1", "--json", "--max-cost")
    with Server(default=endless) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*words, "0.005")  # of which 50 pieces would take 0.015
        free.set()
        assert len(server.requests) == 2
    rows = [json.loads(line) for line in done.text.splitlines()]
    assert [row["error"] and row["error"]["kind"] for row in rows] == [None, "budget"]
    assert done.code == 11 and rows[1]["text"] and "with a higher limit" in done.stderr


def test_all_models_have_to_have_a_price_under_a_limit(aichat: Program) -> None:
    (aichat.home / "in.txt").write_text("eins\n")
    models = ("-m", "openai/gpt-oss-20b", "-m", "new-model")
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, *models, "--each", "in.txt", "--max-cost", "1"
        )
        assert not server.requests
    assert done.code == 11 and "price is unknown" in done.stderr


@pytest.mark.usefixtures("home")
def test_a_price_that_nobody_knows_is_not_spent_under_a_limit(aichat: Program) -> None:
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "-m", "new-model", "--each", "in.txt", "--max-cost", "1"
        )
        assert not server.requests
    assert done.code == 11 and "price is unknown" in done.stderr


@pytest.mark.usefixtures("home")
def test_a_dry_run_prints_the_first_request_and_what_all_would_take(aichat: Program) -> None:
    with Server(default=echo) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "in.txt", "a {}", "--dry-run"
        )
        assert not server.requests
    assert curl_body(done)["messages"] == [{"role": "user", "content": "a eins"}]
    assert "3 questions to groq" in done.stderr and not (aichat.data_dir / "each").exists()
    assert "of late" not in done.stderr


@pytest.mark.usefixtures("home")
def test_a_dry_run_says_how_long_it_may_take_by_what_answers_took(aichat: Program) -> None:
    with Server(default=echo) as server:
        aichat.point_groq_at(server.url).invoke(*ASK, "--each", "in.txt", "a {}")
        rows = b"".join(b"%d\n" % n for n in range(50_001))
        (aichat.home / "many.txt").write_bytes(rows)
        done = aichat.invoke(*ASK, "--each", "many.txt", "b {}", "--dry-run", "--batch")
        assert len(server.requests) == 3
    here, there = done.stderr.splitlines()
    assert here.startswith("aichat: 50001 questions") and here.endswith("as answers took of late")
    assert there.startswith("aichat: as 2 batches or more: ")


# -- a terminal


def test_nothing_that_a_model_says_drives_the_terminal(aichat: Program) -> None:
    with Server(default=chat_stream(["\x1b]0;owned\x07 a"])) as server:
        done = aichat.point_groq_at(server.url).invoke(
            *ASK, "--each", "-", stdin=b"x\n", **TERMINAL
        )
    assert b"\x1b]0" not in done.stdout and "␛]0;owned␇ a" in done.text


def test_a_row_that_is_done_leaves_nothing_behind(aichat: Program) -> None:
    """Circles of values would fill the memory of a run of many, for they are seldom searched."""
    count = 40
    rows = "".join(f"{n}\n" for n in range(count)).encode()
    with Server(default=chat_stream(["ok"])) as server:
        aichat.point_groq_at(server.url)
        aichat.invoke(*ASK, "--each", "-", "--no-save", stdin=rows)  # loads what it needs
        gc.collect()
        gc.disable()
        try:
            aichat.invoke(*ASK, "--each", "-", "--no-save", stdin=rows)
            left = gc.collect()
        finally:
            gc.enable()
    assert left < 20 * count  # a row has several hundred, and the rest is of connections


def test_lines_of_any_length_and_content_are_asked_as_they_are(aichat: Program) -> None:
    lines = ["x" * 10_000_000, "a\0b", "c\rd\u2028e", "\u00e9"]
    (aichat.home / "odd.txt").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    with Server(default=chat_stream(["ok"])) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*ASK, "--each", "odd.txt", "--no-save", "-q")
        assert sorted(map(said, server.requests)) == sorted(lines)
    assert (done.text, done.code) == ("ok\n" * 4, 0)


def test_answers_are_kept_before_more_is_asked_however_fast_they_come(aichat: Program) -> None:
    asked, behind, lock = [0], [0], threading.Lock()
    out = aichat.home / "o"

    def counted(request: SeenRequest) -> Reply:
        with lock:
            asked[0] += 1
            kept = out.read_bytes().count(b"\n") if out.exists() else 0
            behind[0] = max(behind[0], asked[0] - kept)
        return chat_stream(["ok"])

    rows = "".join(f"{n}\n" for n in range(300)).encode()
    with Server(default=counted) as server:
        words = ("--each", "-", "--jobs", "16", "--output", "o", "--unordered", "--no-save")
        assert aichat.point_groq_at(server.url).invoke(*ASK, *words, stdin=rows).code == 0
    assert behind[0] <= 3 * 16  # what is under way, and what has just come
