"""What terminals send, as keys: both extended encodings, what is unknown, and unmarked pastes."""

import random

import pytest
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from aichat.term.prompt.input.key_parser import KeyParser


def pressed(*data: str, pause: float = 0.0, flush: bool = False) -> list[str]:
    """The keys of what comes in pieces; a paste is its text after ``PASTE ``."""
    found: list[KeyPress] = []
    seconds = iter(pause * n for n in range(1000))
    now = [0.0]
    parser = KeyParser(found.append, lambda: now[0])
    for piece in data:
        now[0] = next(seconds)
        parser.feed(piece)
        if flush:
            parser.flush()
    return [
        f"PASTE {press.data}"
        if press.key is Keys.BracketedPaste
        else str(getattr(press.key, "value", press.key))
        for press in found
    ]


KEYS = [
    ("\x1b[13u", ["c-m"]),  # Enter
    ("\x1b[13;1u", ["c-m"]),
    ("\x1b[13;1:1u", ["c-m"]),
    ("\x1b[13;1:3u", []),  # its release
    ("\x1b[13;129u", ["c-m"]),  # with num lock
    ("\x1b[13;2u", ["escape", "c-m"]),  # Shift-Enter: another line
    ("\x1b[27;2;13~", ["escape", "c-m"]),
    ("\x1b[27;5;13~", ["c-m"]),
    ("\x1b[99;5u", ["c-c"]),
    ("\x1b[27;5;99~", ["c-c"]),
    ("\x1b[99;5:1u", ["c-c"]),
    ("\x1b[99:67:99;6u", ["c-c"]),
    ("\x1b[100;5u", ["c-d"]),
    ("\x1b[27;5;100~", ["c-d"]),
    ("\x1b[98;3u", ["escape", "b"]),
    ("\x1b[27;3;98~", ["escape", "b"]),
    ("\x1b[97;2u", ["A"]),
    ("\x1b[97:65;2u", ["A"]),
    ("\x1b[55:47;2u", ["/"]),  # the 7 of a German keyboard
    ("\x1b[97;;97u", ["a"]),
    ("\x1b[228u", ["ä"]),
    ("\x1b[9;2u", ["s-tab"]),
    ("\x1b[9u", ["c-i"]),
    ("\x1b[27u", ["escape"]),
    ("\x1b[127u", ["c-h"]),
    ("\x1b[32;5u", ["c-@"]),
    ("\x1b[47;5u", ["c-_"]),
    ("\x1b[57414u", ["c-m"]),  # Enter of the number pad
    ("\x1b[57404u", ["5"]),
    ("\x1b[57419u", ["up"]),
    ("\x1b[1;129A", ["up"]),
    ("\x1b[1;1:3A", []),
    ("\x1b[1;5C", ["c-right"]),
    ("\x1b[3;5~", ["c-delete"]),
    ("\x1b[3~", ["delete"]),
    ("\x1bOP", ["f1"]),
    ("\x1b[1;1P", ["f1"]),
    ("\x1b[[A", ["f1"]),
    ("\x1b\x1b[A", ["escape", "up"]),
    ("\x1b\r", ["escape", "c-m"]),
    ("\x1b[12;40R", ["<cursor-position-response>"]),
]


@pytest.mark.parametrize(("data", "keys"), KEYS)
def test_a_key_is_what_it_is_in_any_encoding_and_in_any_pieces(data: str, keys: list[str]) -> None:
    assert pressed(data) == keys
    assert pressed(*data) == keys
    assert pressed(f"a{data}b") == ["a", *keys, "b"]


UNKNOWN = [
    *("\x1b[<65;10;20M", "\x1b[<0;1;1m", "\x1b[0m", "\x1b[1;31m", "\x1b[M !!", "\x1b[96;14;13M"),
    *("\x1b[?62;22c", "\x1b[?1u", "\x1b[I", "\x1b[O", "\x1b[57358u", "\x1b[57441;2u", "\x1b[97;9u"),
    *("\x1b]11;rgb:0000/0000/0000\x07", "\x1b]11;rgb:0/0/0\x1b\\", "\x1bP>|tmux 3.4\x1b\\"),
    *(
        "\x1b_Gi=31;OK\x1b\\",
        "\x1b[9999999u",
        "\x1b[55296u",
        "\x1b[200;5;77~",
        "\x1b[27;5;9999999~",
    ),
    *("\x1b[1;2;3;4x", "\x1b[ q", "\x1b[1;99999999R", "\x1b[;;;u", "\x1b[27;;~", "\x1b[8;24;80t"),
]


@pytest.mark.parametrize("data", UNKNOWN)
def test_what_is_no_key_never_becomes_text(data: str) -> None:
    assert pressed(data) == []
    assert pressed(*data) == []
    assert pressed(f"a{data}b") == ["a", "b"]


def test_no_sequence_at_all_ends_in_an_error_or_in_its_own_characters() -> None:
    choose = random.Random(1)
    for _ in range(5000):
        body = "".join(choose.choices("0123456789;:<=>?", k=choose.randrange(12)))
        pressed(f"\x1b[{body}{choose.choice('ABCHMPQRSZhlmnqrtuy~')}")
        keys = pressed(f"\x1b[{body}y", "\x1b[", "\x1b", pause=1.0)
        assert not set(keys) & set("[;:<=>?y")


def test_an_escape_is_a_key_after_a_moment_and_a_slow_sequence_is_none() -> None:
    assert pressed("\x1b", "x", flush=True) == ["escape", "x"]
    assert pressed("\x1b[1", "3u", flush=True, pause=0.2) == ["c-m"]
    assert pressed("\x1b[", "x", flush=True, pause=1.0) == ["x"]
    assert pressed("\x1b]", "x", flush=True) == ["escape", "]", "x"]


BURSTS = [
    (("one\rtwo\r",), ["PASTE one\rtwo\r"]),
    (("one\r\ntwo\r\n",), ["PASTE one\r\ntwo\r\n"]),
    (("\x1b[31mone\rtwo\x1b[0m",), ["PASTE one\rtwo"]),
    (
        ("docker run \\\r  -it --rm debian:bookworm\r",),
        ["PASTE docker run \\\r  -it --rm debian:bookworm\r"],
    ),
    (("see\n@.env\n",), ["PASTE see\n@.env\n"]),
    ((f"{'x' * 2000}\r",), [f"PASTE {'x' * 2000}\r"]),
    (("one\rtwo", "three\r"), ["PASTE one\rtwo", "PASTE three\r"]),
    (("ab\r",), ["a", "b", "c-m"]),
    (("\r",), ["c-m"]),
    (("a\x1b\rb\r",), ["a", "escape", "c-m", "b", "c-m"]),
    (("a\\\rb\r",), ["a", "\\", "c-m", "b", "c-m"]),
    (("a\nb\r",), ["PASTE a\nb", "c-m"]),
    (("ab\r\x04",), ["a", "b", "c-m", "c-d"]),
    (("\x1b[200~a\rb\x1b[201~c",), ["PASTE a\rb", "c"]),
    (("\x1b[200~a\x1b[2", "0", "1~\r"), ["PASTE a", "c-m"]),
]


@pytest.mark.parametrize(("data", "keys"), BURSTS)
def test_line_ends_inside_what_comes_at_once_are_a_paste(
    data: tuple[str, ...], keys: list[str]
) -> None:
    assert pressed(*data) == keys


def test_what_the_terminal_says_of_itself_is_told_and_is_no_key() -> None:
    reply, found, told = "\x1b]11;rgb:0000/0000/0000\x1b\\", [], []
    for cut in range(1, len(reply)):
        parser = KeyParser(found.append, lambda: 0.0, told.append)
        parser.feed("a" + reply[:cut])
        parser.feed(reply[cut:] + "b")
    assert told == [reply] * (len(reply) - 1)
    assert [press.data for press in found] == ["a", "b"] * (len(reply) - 1)
