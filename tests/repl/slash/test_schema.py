"""``/schema``: answers with a shape in a conversation, on a pty."""

from tests.repl.slash.test_commands import told
from tests.support.answering.server import Server, chat_stream
from tests.support.running.program import Program
from tests.support.running.whole_runs import configure_box
from tests.support.terminal.repl import open_repl


def test_answers_are_held_to_it_until_it_is_taken_away(aichat: Program) -> None:
    good, bad = '{"name": "Rex", "age": 3}', '{"name": "Rex"}'
    server = Server(*(chat_stream([text]) for text in (good, bad, good, "Woof.")))
    with server, open_repl(configure_box(aichat, server.url), "-m", "box/m") as chat:
        chat.wait_for_prompt()
        told(chat, "/schema", "answers are prose: no schema is set")
        told(chat, "/schema name, age intt", "unknown type 'intt'; did you mean 'int'?")
        told(chat, "/schema name, age int", "answers are JSON of this schema")
        assert '"name": "Rex"' in told(chat, "a dog", '"age": 3')
        assert "'age' is missing" in told(chat, "another", "24 in")
        told(chat, "/schema", '"type": "integer"')
        told(chat, "/schema -", "answers are prose again")
        told(chat, "and its bark", "Woof.")
        chat.press("ctrl-d").wait_for_exit()
    bodies = [seen.json() for seen in server.requests]
    assert ["response_format" in body for body in bodies] == [True, True, True, False]
    assert [m["content"] for m in bodies[3]["messages"]] == [
        "a dog",
        good,
        "another",
        good,
        "and its bark",
    ]
