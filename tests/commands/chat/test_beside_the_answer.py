"""What the chat says beside an answer: errors, retries, what it took; and the room around them."""

import re

from tests.support.answering.server import Server, SilentReply, chat_error, chat_stream
from tests.support.running.program import Program
from tests.support.terminal.repl import open_repl

BUSY = chat_error(429, "slow down", headers={"retry-after": "0.3"})


def test_an_error_is_one_line_and_the_next_of_the_same_model_does_not_name_it(
    aichat: Program,
) -> None:
    replies = [BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, chat_stream(["At last."])]
    replies += [SilentReply()]
    with Server(*replies) as server, open_repl(aichat.point_groq_at(server.url)) as chat:
        chat.wait_for_prompt()
        chat.send_line("hi").wait_for_prompt()
        chat.send_line("/retry").wait_for_prompt()
        chat.send_line("/nope").wait_for_prompt()
        chat.send_line("/mute").wait_for_prompt()
        shown = chat.send_line("/retry").wait_until("to first")
        chat.wait_for_prompt()
        chat.send_line("and?").wait_until("groq · 0 s · Ctrl-C stops")
        chat.press("ctrl-c").wait_for_prompt()
        raw = chat.raw.decode()
    assert shown[: shown.index("At last.")].split("\n") == [
        "> hi",
        "",
        "error: groq openai/gpt-oss-120b: slow down (HTTP 429)",
        "  wait a moment, or use a smaller model",
        "",
        "> /retry",
        "",
        "error: slow down (HTTP 429)",
        "  wait a moment, or use a smaller model",
        "",
        "> /nope",
        "error: unknown command '/nope'",
        "  nothing was sent; /help lists the commands, // sends a line starting with a slash",
        "",
        "> /mute",
        "error: /mute is of a session by voice",
        "  aichat live --voice begins one",
        "",
        "> /retry",
        "",
        "",
    ]
    answer, blank, usage = shown[shown.index("At last.") :].split("\n")[:3]
    assert (answer, blank) == ("At last.", "") and usage.startswith("12 in · 3 out · ")
    assert "groq · retrying in 1 s (rate limited) · Ctrl-C stops" in raw
    marks = re.findall(r"\x1b\]133;([ABC]|D;\d+)\x1b\\", raw)
    assert marks[:17] == [*"ABC", "D;6", *"ABC", "D;6", *"ABC", "D;2", *"ABC", "D;2", "A"]
    assert "D;130" in marks[-3:]
    prompt, typed = raw.split("\x1b]133;B")[:2]
    assert "m>" in prompt.rpartition("\x1b]133;A")[2]
    assert "hi" in typed and "slow down" not in typed.partition("\x1b]133;C")[0]
