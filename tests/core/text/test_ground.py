"""What terminals say of their ground."""

import pytest

from aichat.core.text.ground import ground_from_reply


@pytest.mark.parametrize(
    ("colour", "ground"),
    [
        ("rgb:0000/0000/0000", "dark"),
        ("rgb:ffff/ffff/ffff", "light"),
        ("rgb:00/2b/36", "dark"),  # Solarized both ways
        ("rgb:fdfd/f6f6/e3e3", "light"),
        ("rgba:ffff/ffff/ffff/8000", "light"),
        ("rgb:F/F/F", "light"),
        ("rgb:7000/7000/7000", "dark"),  # white stands out better up to here, black from there on
        ("rgb:7c00/7c00/7c00", "light"),
        ("rgb:0000/ffff/0000", "light"),  # green shines, blue does not
        ("rgb:0000/0000/ffff", "dark"),
        ("rgb:zz/00/00", "unknown"),
        ("rgb:00000/00000/00000", "unknown"),
        ("?", "unknown"),
        ("", "unknown"),
    ],
)
@pytest.mark.parametrize("end", ["\x07", "\x1b\\"])
def test_a_ground_is_light_where_black_is_read_better(colour: str, ground: str, end: str) -> None:
    assert ground_from_reply(f"\x1b]11;{colour}{end}") == ground
    assert ground_from_reply(f"\x1b]10;{colour}{end}") == "unknown"  # that of the text
